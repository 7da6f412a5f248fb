//! Parquet: typed columns, for programs.
//!
//! Rows are gathered into groups; the texts of a group are kept once each, since parts come back row after row.

use super::cell::{Cell, Column, ColumnKind, out_of_100};
use super::error::ExportError;
use super::format::RowWriter;
use super::piece::{Gathering, Piece};
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
/// How many rows of a column are handed to the library at once: few enough for their values to stay in the cache of the processor.
const BLOCK_ROWS: usize = 1024;

/// Writes rows as Parquet.
pub struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Gathered>,
    gathering: Gathering,
    rows: usize,
}

/// The cells of a column of the group under way.
struct Gathered {
    column: Column,
    values: Values,
}

/// What the cells hold, row by row.
enum Values {
    /// Each text once, and the number of that of each row.
    Texts {
        known: HashMap<Box<str>, u32>,
        texts: Vec<ByteArray>,
        numbers: Vec<Option<u32>>,
    },
    Days(Vec<Option<i32>>),
    Integers(Vec<Option<i64>>),
    Numbers(Vec<Option<f64>>),
    Flags(Vec<Option<bool>>),
}

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
        Ok(Self { file, columns, gathering: Gathering::begin(), rows: 0 })
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
        self.gathering = Gathering::begin();
        self.rows = 0;
        Ok(())
    }
}

impl<W: Write + Send> RowWriter for ParquetWriter<W> {
    fn row(&mut self, pieces: &[Piece<'_>]) -> Result<(), ExportError> {
        let mut at = 0;
        for piece in pieces {
            let cells = piece.cells();
            let columns = self.columns.iter_mut().skip(at).take(cells.len());
            let first = match piece {
                Piece::Once(_) => self.rows,
                Piece::Again(repeated) => repeated.meet(self.gathering, at, self.rows),
            };
            if first == self.rows {
                columns.zip(cells).try_for_each(|(column, cell)| column.push(cell.written()))?;
            } else {
                columns.for_each(|column| column.push_again(first));
            }
            at += cells.len();
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
        Self { column, values }
    }

    fn push(&mut self, cell: Cell<'_>) -> Result<(), ExportError> {
        match (&mut self.values, cell) {
            (Values::Texts { numbers, .. }, Cell::Empty) => numbers.push(None),
            (Values::Texts { known, texts, numbers }, Cell::Text(text)) => {
                let number = known.get(text).copied().unwrap_or_else(|| {
                    let number = texts.len() as u32;
                    texts.push(text.into());
                    known.insert(text.into(), number);
                    number
                });
                numbers.push(Some(number));
            }
            (Values::Days(days), Cell::Empty) => days.push(None),
            (Values::Days(days), Cell::Date(day)) => days.push(Some(since_1970(day))),
            (Values::Integers(integers), Cell::Empty) => integers.push(None),
            (Values::Integers(integers), Cell::Integer(integer)) => integers.push(Some(integer)),
            (Values::Numbers(numbers), Cell::Empty) => numbers.push(None),
            (Values::Numbers(numbers), Cell::Integer(integer)) => numbers.push(Some(integer as f64)),
            (Values::Numbers(numbers), Cell::Decimal(number)) => numbers.push(Some(number)),
            (Values::Numbers(numbers), Cell::Percentage(fraction)) => numbers.push(Some(out_of_100(fraction))),
            (Values::Flags(flags), Cell::Empty) => flags.push(None),
            (Values::Flags(flags), Cell::Flag(flag)) => flags.push(Some(flag)),
            _ => return Err(ExportError::WrongCell { column: self.column.name }),
        }
        Ok(())
    }

    /// Takes for one more row the cell of another.
    fn push_again(&mut self, row: usize) {
        match &mut self.values {
            Values::Texts { numbers, .. } => numbers.push(numbers[row]),
            Values::Days(days) => days.push(days[row]),
            Values::Integers(integers) => integers.push(integers[row]),
            Values::Numbers(numbers) => numbers.push(numbers[row]),
            Values::Flags(flags) => flags.push(flags[row]),
        }
    }

    /// Writes the cells and forgets them.
    fn write<W: Write + Send>(&mut self, group: &mut SerializedRowGroupWriter<'_, W>) -> Result<(), ExportError> {
        match &mut self.values {
            Values::Texts { known, texts, numbers } => {
                write_texts(group, numbers, texts)?;
                known.clear();
                texts.clear();
                numbers.clear();
            }
            Values::Days(days) => write_numbers::<Int32Type, W>(group, days)?,
            Values::Integers(integers) => write_numbers::<Int64Type, W>(group, integers)?,
            Values::Numbers(numbers) => write_numbers::<DoubleType, W>(group, numbers)?,
            Values::Flags(flags) => write_numbers::<BoolType, W>(group, flags)?,
        }
        Ok(())
    }
}

/// Writes a column of numbers and forgets them.
fn write_numbers<T: DataType<T: Copy>, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    cells: &mut Vec<Option<T::T>>,
) -> Result<(), ExportError> {
    write::<T, _, W>(group, cells, |values, block| {
        values.clear();
        values.extend(block.iter().flatten().copied());
        values.len()
    })?;
    cells.clear();
    Ok(())
}

/// Writes a column of texts. Where a text stands for which the same one stood a block before, it is still there.
fn write_texts<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    numbers: &[Option<u32>],
    texts: &[ByteArray],
) -> Result<(), ExportError> {
    let mut there: Vec<u32> = Vec::with_capacity(BLOCK_ROWS);
    write::<ByteArrayType, _, W>(group, numbers, |values, block| {
        let mut count = 0;
        for number in block.iter().flatten().copied() {
            let text = || texts[number as usize].clone();
            match there.get_mut(count) {
                Some(before) if *before == number => {}
                Some(before) => (*before, values[count]) = (number, text()),
                None => {
                    there.push(number);
                    values.push(text());
                }
            }
            count += 1;
        }
        count
    })
}

/// Writes a column block after block: `fill` puts what the cells of a block hold at the beginning of the values, and says how many they are.
fn write<T: DataType, C, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    cells: &[Option<C>],
    mut fill: impl FnMut(&mut Vec<T::T>, &[Option<C>]) -> usize,
) -> Result<(), ExportError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    let mut values = Vec::with_capacity(BLOCK_ROWS);
    // 1 where there is something.
    let mut levels: Vec<i16> = Vec::with_capacity(BLOCK_ROWS);
    for block in cells.chunks(BLOCK_ROWS) {
        levels.clear();
        levels.extend(block.iter().map(|cell| i16::from(cell.is_some())));
        let count = fill(&mut values, block);
        column.typed::<T>().write_batch(&values[..count], Some(&levels), None)?;
    }
    Ok(column.close()?)
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
