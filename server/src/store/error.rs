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
    /// The file of the database could not be made.
    #[error("impossible de créer la base {} : {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file could not be opened.
    #[error("impossible d’ouvrir la base {} : {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The server could not be reached, or refused.
    #[error("impossible d’ouvrir la base PostgreSQL : {}", explain(.0))]
    Connect(tokio_postgres::Error),
    /// The address of the server cannot be read. It holds a password, and is not repeated.
    #[error(
        "l’adresse de la base PostgreSQL ne se lit pas : elle est de la forme postgres://utilisateur:mot-de-passe@hôte/base?sslmode=prefer, où %40 s’écrit pour @, %2F pour / et %3F pour ?"
    )]
    Address,
    /// The address asks for an encryption that does not exist.
    #[error(
        "l’adresse de la base PostgreSQL demande un sslmode inconnu : disable, prefer, require, verify-ca ou verify-full"
    )]
    Encryption,
    /// The certificates of those who vouch for the server cannot be read.
    #[error("les certificats des autorités ne se lisent pas : {}", path.as_ref().map_or("le système n’en a aucun, nommez-en par sslrootcert".to_owned(), |path| path.display().to_string()))]
    Authorities {
        /// Their file, when it is not the system that says whom to trust.
        path: Option<PathBuf>,
    },
    /// The extension that spreads the database is too old.
    #[error("la base PostgreSQL est répartie par Citus {found} : Vigie demande Citus 11.2 ou plus récent")]
    OldCitus {
        /// Its version.
        found: String,
    },
    /// The database is that of a worker of Citus.
    #[error("la base PostgreSQL est celle d’un nœud de travail de Citus : indiquez à Vigie celle du coordinateur")]
    CitusWorker,
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
    /// A later version of the program wrote the database of the server.
    #[error(
        "la base PostgreSQL a été écrite par une version plus récente de Vigie (schéma {found}, cette version connaît {known}) : mettez Vigie à jour"
    )]
    NewerDatabase {
        /// Its schema.
        found: i64,
        /// The last schema that this program knows.
        known: i64,
    },
    /// What the connections to a server need of the system is not there.
    #[error("impossible de préparer une connexion : {0}")]
    Thread(#[source] std::io::Error),
    /// A version of the program that was never published wrote the file.
    #[error(
        "la base {} date d’avant la première version de Vigie : choisissez un autre dossier et importez de nouveau vos fichiers",
        path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
    },
    /// A version of the program that was never published wrote the database of the server.
    #[error(
        "la base PostgreSQL date d’avant la première version de Vigie : donnez à Vigie une base vide et importez de nouveau vos fichiers"
    )]
    OlderDatabase,
    /// Nothing was ever written to the file.
    #[error("la base {} est vide : remettez celle d’une sauvegarde (vigie restore), ou importez vos fichiers", .0.display())]
    Empty(PathBuf),
    /// Nothing was ever written to the database of the server.
    #[error("la base PostgreSQL est vide : remettez celle d’une sauvegarde (vigie restore), ou importez vos fichiers")]
    EmptyDatabase,
    /// An earlier version of the program wrote the file.
    #[error("la base {} est d’une version plus ancienne de Vigie : vigie serve la met à jour", .0.display())]
    Behind(PathBuf),
    /// An earlier version of the program wrote the database of the server.
    #[error("la base PostgreSQL est d’une version plus ancienne de Vigie : vigie serve la met à jour")]
    BehindDatabase,
    /// The batch does not begin where the import of its file stands: another import of the same file is at work, or the batch
    /// is already in. Nothing was counted twice.
    #[error(
        "un autre import de « {name} » est en cours ou vient de finir : rien n’a été compté deux fois ; une fois l’autre fini, relancez celui-ci pour savoir ce qu’il reste"
    )]
    OutOfStep {
        /// The file being imported.
        name: String,
        /// Where the batch begins.
        start: u64,
        /// Where the import stands.
        recorded: u64,
    },
    /// A subscription is no longer as it was when the batch was compared with it: something else wrote about it meanwhile. Nothing of the
    /// batch was counted.
    #[error(
        "un abonnement de « {name} » vient de changer par ailleurs : rien n’a été compté deux fois ; relancez l’import"
    )]
    Overtaken {
        /// The file being imported.
        name: String,
    },
    /// Something that only Vigie writes cannot be read back.
    #[error("la base est abîmée : {0}")]
    Corrupt(&'static str),
    /// The store was closed.
    #[error("la base est fermée")]
    Closed,
    /// The database failed.
    #[error("la base de données a échoué : {0}")]
    Database(#[from] DatabaseError),
}

/// What a database says of its failure.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL.
    #[error("{}", explain(.0))]
    Postgres(#[from] tokio_postgres::Error),
}

impl DatabaseError {
    /// A column of another kind than expected.
    pub(super) fn column(error: rusqlite::types::FromSqlError) -> Self {
        Self::Sqlite(rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Null, Box::new(error)))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What the server says, which the error of the client leaves out.
fn explain(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(said), _) => said.message().to_owned(),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}
