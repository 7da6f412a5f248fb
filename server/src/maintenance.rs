//! `vigie check`, `vigie backup` and `vigie restore`.

mod digests;
mod restore;

use crate::config::{DataArgs, DataConfig};
use crate::ingest::pseudonym::{KEY_FILE, PseudonymError};
use crate::ingest::report::describe_fall;
use crate::pseudonym_key::{self, KeyError};
use crate::store::Store;
use anyhow::{Context as _, bail, ensure};
use clap::Args;
use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vigie_domain::format;

pub use restore::restore;

/// What `vigie check` may be told.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
}

/// What `vigie backup` may be told.
#[derive(Args, Clone, Debug)]
pub struct BackupArgs {
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
    /// Dossier de la sauvegarde, qui ne doit pas exister encore
    #[arg(value_name = "DOSSIER")]
    pub folder: PathBuf,
}

/// What `vigie restore` may be told.
#[derive(Args, Clone, Debug)]
pub struct RestoreArgs {
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
    /// Dossier de la sauvegarde
    #[arg(value_name = "DOSSIER")]
    pub folder: PathBuf,
    /// Remplace les données qui sont déjà là
    #[arg(long)]
    pub replace: bool,
}

/// How many counts of a source that fell are shown.
const SHOWN_FALLS: u32 = 10;

/// Name of the database in a backup.
const BACKUP_FILE: &str = "vigie.db";

/// Says what is wrong with the data, on the standard output. The exit code is 1 when something is.
///
/// # Errors
/// When the data cannot be opened.
pub async fn check(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let data = args.data.load()?;
    let mut problems = check_folder(&data)?;
    let store = data.open_store_to_read().await?;
    problems.extend(check_key(&data, &store).await?);
    problems.extend(store.check(progress("vérification")).await?);
    let schools = store.list_schools().await?.len();
    // Tables that are gone were said.
    let (falls, all) = store.list_falls(SHOWN_FALLS).await.unwrap_or_default();
    store.close().await;
    let mut output = std::io::stdout().lock();
    for problem in &problems {
        writeln!(output, "{problem}")?;
    }
    for fall in &falls {
        writeln!(output, "à savoir, un décompte en baisse : {}", describe_fall(fall))?;
    }
    if all > falls.len() as u64 {
        writeln!(output, "à savoir : {} décomptes en baisse en tout", format::integer(all))?;
    }
    let schools = format::counted(schools as u64, "établissement relu", "établissements relus");
    match problems.len() {
        0 => writeln!(output, "Tout va bien : {schools}.")?,
        count => writeln!(output, "{}, {schools}.", format::counted(count as u64, "problème", "problèmes"))?,
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is wrong with the folder of the data.
fn check_folder(data: &DataConfig) -> anyhow::Result<Vec<String>> {
    let key = data.folder.join(KEY_FILE);
    let mut private = vec![key.clone()];
    let mut problems = Vec::new();
    data.ensure_database()?;
    if data.database.is_none() {
        private.push(data.database_file());
        // The folder is a backup, when it says what was copied.
        problems.extend(digests::find_altered(&data.folder)?.unwrap_or_default());
    }
    #[cfg(unix)]
    for path in private.iter().filter(|path| path.exists()) {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            problems.push(format!("{} peut être lu par d’autres que son propriétaire (chmod 600)", path.display()));
        }
    }
    Ok(problems)
}

/// What is wrong with the key of the pseudonyms.
async fn check_key(data: &DataConfig, store: &Store) -> anyhow::Result<Option<String>> {
    match pseudonym_key::find(data, store).await {
        Ok(_) if store.find_key_check().await?.is_none() => Ok(Some(format!(
            "la clé des pseudonymes {} est là, et la base n’a encore servi avec aucune : ce n’est peut-être pas cette base",
            data.folder.join(KEY_FILE).display()
        ))),
        // Nobody is in the database yet: the first import makes one.
        Ok(_) | Err(KeyError::Key(PseudonymError::Missing(_))) => Ok(None),
        Err(KeyError::Store(error)) => Err(error.into()),
        Err(error) => Ok(Some(error.to_string())),
    }
}

/// Copies the data and the key of the pseudonyms into a new folder.
///
/// # Errors
/// When the folder exists; when there are no data, or they cannot be read; when the key is not the one of the data, or damaged; when the
/// copy cannot be written, and then nothing of it is left.
pub async fn back_up(args: &BackupArgs) -> anyhow::Result<ExitCode> {
    let data = args.data.load()?;
    data.ensure_database()?;
    ensure!(
        !args.folder.exists(),
        "{} existe déjà : une sauvegarde se fait dans un nouveau dossier",
        args.folder.display()
    );
    let store = data.open_store().await?;
    let lost = match pseudonym_key::find(&data, &store).await {
        Ok(_) | Err(KeyError::Key(PseudonymError::Missing(_))) => None,
        // The figures are worth a backup all the same.
        Err(error @ KeyError::Lost(_)) => Some(error),
        // A backup whose key is not that of its people could not be gone on with.
        Err(error) => bail!(error),
    };
    create_private(&args.folder).with_context(|| format!("sauvegarde dans {}", args.folder.display()))?;
    let outcome = store.back_up(&args.folder.join(BACKUP_FILE), progress("sauvegarde")).await;
    store.close().await;
    let copied = outcome.map_err(anyhow::Error::new).and_then(|()| copy_key(&data.folder, &args.folder));
    let copied = copied.and_then(|()| digests::write(&args.folder));
    if let Err(error) = copied {
        // What is left of a failed copy must not pass for a backup.
        let _ = fs::remove_dir_all(&args.folder);
        return Err(error.context(format!("sauvegarde dans {}", args.folder.display())));
    }
    let said = match (&lost, args.folder.join(KEY_FILE).exists()) {
        (Some(_), _) => "Elle ne contient pas la clé des pseudonymes.",
        (None, true) => "Elle contient la clé des pseudonymes : gardez-la à l’abri.",
        (None, false) => "Aucune clé des pseudonymes n’a encore servi.",
    };
    writeln!(
        std::io::stdout(),
        "Sauvegarde écrite dans {}. {said} Les fichiers exportés n’y sont pas.",
        args.folder.display()
    )?;
    lost.map_or(Ok(ExitCode::SUCCESS), |error| Err(error.into()))
}

fn create_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Copies the key of the pseudonyms, if there is one: a database that was never imported into has none.
fn copy_key(from: &Path, to: &Path) -> anyhow::Result<()> {
    let (from, to) = (from.join(KEY_FILE), to.join(KEY_FILE));
    if from.exists() {
        // The copy keeps the permissions.
        fs::copy(&from, &to).with_context(|| format!("copie de {}", from.display()))?;
        fs::File::open(&to)?.sync_all()?;
    }
    Ok(())
}

/// Shows how many schools are done, when someone looks.
fn progress(what: &'static str) -> impl FnMut(usize, usize) + Send + 'static {
    let bar = std::io::stderr().is_terminal().then(|| indicatif::ProgressBar::new(0).with_prefix(what));
    move |done, all| {
        let Some(bar) = &bar else { return };
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        if done == all {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests;
