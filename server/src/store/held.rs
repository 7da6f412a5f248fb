//! Values of rows that are kept for a while, before they are written elsewhere.

use super::StoreError;
use super::sql::{Row, Value};

/// What a column holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Whole numbers, or nothing.
    Int,
    /// Texts, or nothing.
    Text,
    /// Bytes, or nothing.
    Bytes,
}

/// A value of a row, kept.
pub(super) enum Held {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Held {
    /// The value, as a statement takes it.
    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::Int(*number),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

/// Keeps a row, after those that are kept already.
pub(super) fn hold_row(
    row: &dyn Row,
    kinds: impl IntoIterator<Item = Kind>,
    held: &mut Vec<Held>,
) -> Result<(), StoreError> {
    for (at, kind) in kinds.into_iter().enumerate() {
        held.push(match kind {
            Kind::Int => row.known_int(at)?.map_or(Held::Null, Held::Int),
            Kind::Text => row.known_text(at)?.map_or(Held::Null, |text| Held::Text(text.to_owned())),
            Kind::Bytes => row.known_bytes(at)?.map_or(Held::Null, |bytes| Held::Bytes(bytes.to_owned())),
        });
    }
    Ok(())
}
