//! Parquet: typed columns, for programs.
//!
//! Rows are gathered into groups; the texts of a group are kept once each, since parts come back row after row.

use super::cell::{Cell, Column, ColumnKind, out_of_100};
use super::error::ExportError;
use super::format::RowWriter;
use super::piece::Piece;
use super::workbook::Closing;
use foldhash::{HashMap, HashMapExt};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;
use std::io::Write;
use std::sync::Arc;
use vigie_domain::period::Day;

/// How many rows are gathered: some twenty megabytes with the columns of an export.
pub(super) const GROUP_ROWS: usize = 128 << 10;

/// Writes rows as Parquet.
pub struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Gathered>,
    rows: usize,
}

/// The cells of a column of the group under way.
struct Gathered {
    column: Column,
    /// 1 where there is something.
    levels: Vec<i16>,
    values: Values,
}

enum Values {
    Texts { known: HashMap<ByteKey, u32>, texts: Vec<ByteArray>, numbers: Vec<u32> },
    Days(Vec<i32>),
    Integers(Vec<i64>),
    Numbers(Vec<f64>),
    Flags(Vec<bool>),
}

type ByteKey = Box<str>;

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(sink: W, columns: &[Column]) -> Result<Self, ExportError> {
        let fields = columns.iter().map(|column| Ok(Arc::new(field(column)?))).collect::<Result<_, ExportError>>()?;
        let schema = Type::group_type_builder("export").with_fields(fields).build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("Vigie {}", env!("CARGO_PKG_VERSION")))
            .build();
        let file = SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties))?;
        let columns = columns.iter().map(|column| Gathered::new(*column)).collect();
        Ok(Self { file, columns, rows: 0 })
    }

    /// Ends the file; what it was written to.
    ///
    /// # Errors
    /// When the end cannot be written.
    pub(super) fn close(mut self, closing: &Closing) -> Result<W, ExportError> {
        self.end_group()?;
        for (name, value) in &closing.notes {
            self.file.append_key_value_metadata(KeyValue::new((*name).to_owned(), value.clone()));
        }
        Ok(self.file.into_inner()?)
    }

    fn end_group(&mut self) -> Result<(), ExportError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            column.write(&mut group)?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

impl<W: Write + Send> RowWriter for ParquetWriter<W> {
    fn row(&mut self, pieces: &[Piece<'_>]) -> Result<(), ExportError> {
        let mut columns = self.columns.iter_mut();
        for piece in pieces {
            // The cells first: a piece that is at its end takes no column.
            for (cell, column) in piece.cells().iter().zip(&mut columns) {
                column.push(cell.written())?;
            }
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS { self.end_group() } else { Ok(()) }
    }

    fn finish(self: Box<Self>, closing: &Closing) -> Result<(), ExportError> {
        self.close(closing).map(drop)
    }
}

impl Gathered {
    fn new(column: Column) -> Self {
        let values = match column.kind {
            ColumnKind::Text => Values::Texts { known: HashMap::new(), texts: Vec::new(), numbers: Vec::new() },
            ColumnKind::Date => Values::Days(Vec::new()),
            ColumnKind::Integer => Values::Integers(Vec::new()),
            ColumnKind::Number => Values::Numbers(Vec::new()),
            ColumnKind::Flag => Values::Flags(Vec::new()),
        };
        Self { column, levels: Vec::new(), values }
    }

    fn push(&mut self, cell: Cell<'_>) -> Result<(), ExportError> {
        match (&mut self.values, cell) {
            (_, Cell::Empty) => {}
            (Values::Texts { known, texts, numbers }, Cell::Text(text)) => {
                let last = numbers.last().copied();
                // Most texts are those of the row before.
                let last = last.filter(|last| texts[*last as usize].data() == text.as_bytes());
                let number = last.or_else(|| known.get(text).copied()).unwrap_or_else(|| {
                    let number = texts.len() as u32;
                    texts.push(text.into());
                    known.insert(text.into(), number);
                    number
                });
                numbers.push(number);
            }
            (Values::Days(days), Cell::Date(day)) => days.push(since_1970(day)),
            (Values::Integers(integers), Cell::Integer(integer)) => integers.push(integer),
            (Values::Numbers(numbers), Cell::Integer(integer)) => numbers.push(integer as f64),
            (Values::Numbers(numbers), Cell::Decimal(number)) => numbers.push(number),
            (Values::Numbers(numbers), Cell::Percentage(fraction)) => numbers.push(out_of_100(fraction)),
            (Values::Flags(flags), Cell::Flag(flag)) => flags.push(flag),
            _ => return Err(ExportError::WrongCell { column: self.column.name }),
        }
        self.levels.push(i16::from(cell != Cell::Empty));
        Ok(())
    }

    /// Writes the cells and forgets them.
    fn write<W: Write + Send>(&mut self, group: &mut SerializedRowGroupWriter<'_, W>) -> Result<(), ExportError> {
        let levels = std::mem::take(&mut self.levels);
        match &mut self.values {
            Values::Texts { known, texts, numbers } => {
                let all: Vec<ByteArray> = numbers.iter().map(|number| texts[*number as usize].clone()).collect();
                write::<ByteArrayType, W>(group, &all, &levels)?;
                known.clear();
                texts.clear();
                numbers.clear();
            }
            Values::Days(days) => write::<Int32Type, W>(group, &std::mem::take(days), &levels)?,
            Values::Integers(integers) => write::<Int64Type, W>(group, &std::mem::take(integers), &levels)?,
            Values::Numbers(numbers) => write::<DoubleType, W>(group, &std::mem::take(numbers), &levels)?,
            Values::Flags(flags) => write::<BoolType, W>(group, &std::mem::take(flags), &levels)?,
        }
        Ok(())
    }
}

fn write<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    levels: &[i16],
) -> Result<(), ExportError> {
    if let Some(mut column) = group.next_column()? {
        column.typed::<T>().write_batch(values, Some(levels), None)?;
        column.close()?;
    }
    Ok(())
}

fn field(column: &Column) -> Result<Type, ExportError> {
    let (physical, logical) = match column.kind {
        ColumnKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnKind::Date => (Physical::INT32, Some(LogicalType::Date)),
        ColumnKind::Integer => (Physical::INT64, None),
        ColumnKind::Number => (Physical::DOUBLE, None),
        ColumnKind::Flag => (Physical::BOOLEAN, None),
    };
    let field = Type::primitive_type_builder(column.name, physical).with_repetition(Repetition::OPTIONAL);
    Ok(field.with_logical_type(logical).build()?)
}

fn since_1970(day: Day) -> i32 {
    (day - Day::default()).num_days() as i32
}
