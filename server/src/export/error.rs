//! Why there is no file.

use super::watch::Stopped;
use crate::api::answer::AnswerError;
use std::io;
use vigie_domain::extraction::Refusal;
use vigie_domain::ports::PortError;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The question may not be exported as it is.
    #[error("{}", .0.sentence())]
    Refused(Refusal),
    /// The question is not one, or has no answer for this person.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// Whoever asked wants it no more.
    #[error("L’export a été annulé.")]
    Cancelled,
    /// The data were written again and again while they were read.
    #[error("Les données changent en ce moment. Réessayez quand l’import en cours sera terminé.")]
    Changing,
    /// A text has no place in a cell of this format.
    #[error("Un texte est trop long pour une cellule de ce format. Choisissez le format CSV ou Parquet.")]
    TextTooLong,
    /// A cell is not what its column says: a defect of the program.
    #[error("La colonne « {column} » a reçu autre chose que ce qu’elle contient.")]
    WrongCell {
        /// The name of the column.
        column: &'static str,
    },
    /// The recipe cannot be replayed.
    #[error("{0}")]
    Recipe(String),
    /// It could not be written.
    #[error("Le fichier n’a pas pu être écrit : {0}")]
    Write(io::Error),
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        if is_cancellation(&error) { Self::Cancelled } else { Self::Write(error) }
    }
}

impl From<PortError> for ExportError {
    fn from(error: PortError) -> Self {
        Self::Answer(error.into())
    }
}

impl From<Refusal> for ExportError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<zip::result::ZipError> for ExportError {
    fn from(error: zip::result::ZipError) -> Self {
        match error {
            zip::result::ZipError::Io(error) => error.into(),
            other => Self::Write(io::Error::other(other)),
        }
    }
}

impl From<parquet::errors::ParquetError> for ExportError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        match error {
            parquet::errors::ParquetError::External(source) => match source.downcast::<io::Error>() {
                Ok(error) => (*error).into(),
                Err(source) => Self::Write(io::Error::other(source)),
            },
            other => Self::Write(io::Error::other(other)),
        }
    }
}

impl From<rust_xlsxwriter::XlsxError> for ExportError {
    fn from(error: rust_xlsxwriter::XlsxError) -> Self {
        match error {
            rust_xlsxwriter::XlsxError::MaxStringLengthExceeded => Self::TextTooLong,
            rust_xlsxwriter::XlsxError::IoError(error) => error.into(),
            rust_xlsxwriter::XlsxError::ZipError(error) => error.into(),
            other => Self::Write(io::Error::other(other)),
        }
    }
}

fn is_cancellation(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Stopped>())
}
