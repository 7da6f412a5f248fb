//! Why the database could not do what was asked.

use std::path::PathBuf;

/// Why the database could not do what was asked. The messages are for whoever operates the instance.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder of the database could not be made.
    #[error("impossible de créer le dossier {} : {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file could not be opened.
    #[error("impossible d’ouvrir la base {} : {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// The file holds something else.
    #[error("{} n’est pas une base de Vigie : indiquez-en une autre, ou un fichier qui n’existe pas encore", .0.display())]
    NotVigie(PathBuf),
    /// A later version of the program wrote the file.
    #[error(
        "la base {} a été écrite par une version plus récente de Vigie (schéma {found}, cette version connaît {known}) : mettez Vigie à jour",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The last schema that this program knows.
        known: i64,
    },
    /// The batch does not begin where the import of its file stands: another import of the same file is at work, or the batch
    /// is already in. Nothing was written.
    #[error(
        "le lot de « {name} » commence à {start} alors que l’import de ce fichier en est à {recorded} : un autre import du même fichier est en cours ou vient de finir"
    )]
    OutOfStep {
        /// The file being imported.
        name: String,
        /// Where the batch begins.
        start: u64,
        /// Where the import stands.
        recorded: u64,
    },
    /// Something that only Vigie writes cannot be read back.
    #[error("la base est abîmée : {0}")]
    Corrupt(&'static str),
    /// The database failed.
    #[error("la base de données a échoué : {0}")]
    Database(#[from] sqlx::Error),
}
