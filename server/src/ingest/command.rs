//! `vigie import`.

use super::archive::{Sources, open_sources};
use super::event::SubscriptionOperation;
use super::format::{Format, FormatError};
use super::import::{ImportOptions, import_sources};
use super::moment::{admit, parse_date};
use super::progress;
use super::pseudonym::Pseudonymiser;
use super::report::Report;
use super::source_file::list_files;
use super::structures::Structures;
use super::typography::french;
use crate::config::DataArgs;
use crate::pseudonym_key;
use crate::store::Store;
use anyhow::{Context as _, anyhow, ensure};
use clap::ValueEnum;
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use vigie_domain::uai::Uai;

/// Exit code when something could not be used and the rest was.
pub const SOME_REFUSED: u8 = 3;
/// Exit code when nothing was of use.
pub const NOTHING_DONE: u8 = 1;

/// Importe des fichiers d’événements, d’abonnements ou de ressources
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
    /// Format des fichiers, s’il ne faut pas le reconnaître à leur contenu
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Établissement des événements qui n’en nomment aucun
    #[arg(long, value_name = "UAI")]
    pub uai: Option<String>,
    /// Table des structures de l’ENT : CSV « structure;uai » ou objet JSON
    #[arg(long, value_name = "FICHIER")]
    pub structures: Option<PathBuf>,
    /// Opération des fichiers d’abonnements
    #[arg(long, value_name = "OPERATION")]
    pub operation: Option<Operation>,
    /// Jour des opérations sur les abonnements et des événements sans date (AAAA-MM-JJ)
    #[arg(long, value_name = "JOUR")]
    pub date: Option<String>,
    /// Enregistrements écrits d’un coup
    #[arg(long, hide = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub batch_records: Option<u32>,
    /// Écrit le compte rendu en JSON
    #[arg(long)]
    pub json: bool,
    /// Fichiers ou dossiers à importer ; « - » pour l’entrée standard
    #[arg(required = true, value_name = "FICHIER")]
    pub files: Vec<PathBuf>,
}

/// An operation of the subscription web service, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Operation {
    /// Abonnements créés
    Creation,
    /// Abonnements modifiés
    Modification,
    /// Abonnements supprimés
    Suppression,
}

impl From<Operation> for SubscriptionOperation {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::Creation => Self::Created,
            Operation::Modification => Self::Modified,
            Operation::Suppression => Self::Deleted,
        }
    }
}

/// Imports files and writes the report on the standard output.
///
/// The exit code is 0 when everything was read, 3 when something was refused, 1 when nothing was of use.
///
/// # Errors
/// When the arguments make no sense, or the database fails: what was written before stays.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let options = read_options(&args)?;
    let data = args.data.load()?;
    let files = Files::of(&args.files);
    let store = data.open_store().await?;
    let pseudonymiser = pseudonym_key::open(&data, &store).await?;
    let outcome = import_files(&args, files, &options, &store, &pseudonymiser).await;
    store.leave().await;
    outcome
}

/// What a path stands for, or why it cannot be read.
type Found<T> = Result<T, (PathBuf, io::Error)>;

/// The files to import. The first is opened while the database is; the others in their turn, since they may still be written meanwhile.
struct Files {
    first: Option<Found<(PathBuf, Sources)>>,
    left: std::vec::IntoIter<Found<PathBuf>>,
}

impl Files {
    fn of(paths: &[PathBuf]) -> Self {
        let mut files = Self { first: None, left: list_files(paths).into_iter() };
        files.first = files.next();
        files
    }
}

impl Iterator for Files {
    type Item = Found<(PathBuf, Sources)>;

    fn next(&mut self) -> Option<Self::Item> {
        let opened = |path: PathBuf| (path.clone(), open_sources(path));
        self.first.take().or_else(|| Some(self.left.next()?.map(opened)))
    }
}

async fn import_files(
    args: &Args,
    files: Files,
    options: &ImportOptions,
    store: &Store,
    pseudonymiser: &Pseudonymiser,
) -> anyhow::Result<ExitCode> {
    let mut progress = progress::to_stderr();
    let mut reports = Vec::new();
    let mut failure = None;
    let mut shown = Ok(());
    let mut tell = |report: Report| {
        if !args.json && shown.is_ok() {
            shown = std::io::stdout().lock().write_all(report.text().as_bytes());
        }
        reports.push(report);
    };
    for file in files {
        let (path, sources) = match file {
            Ok(file) => file,
            Err((path, error)) => {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                let error = FormatError::from(error);
                tell(Report::unreadable(name, &error.to_string()));
                continue;
            }
        };
        if let Err(error) = import_sources(store, pseudonymiser, sources, options, progress.as_mut(), &mut tell).await {
            failure = Some(anyhow!(error).context(french(&format!("import de {}", path.display()))));
            break;
        }
    }
    shown?;
    if args.json {
        #[derive(Serialize)]
        struct Shown<'a> {
            fichiers: &'a [Report],
        }
        let mut output = std::io::stdout().lock();
        serde_json::to_writer_pretty(&mut output, &Shown { fichiers: &reports })?;
        writeln!(output)?;
    }
    failure.map_or_else(|| Ok(exit_code(&reports)), Err)
}

fn exit_code(reports: &[Report]) -> ExitCode {
    let refused = reports.iter().any(Report::refused_something);
    let useful = reports.iter().any(Report::did_something);
    match (refused, useful) {
        (false, _) if !reports.is_empty() => ExitCode::SUCCESS,
        (true, true) => ExitCode::from(SOME_REFUSED),
        _ => ExitCode::from(NOTHING_DONE),
    }
}

/// The school that somebody typed. A file may name schools of any form; what is typed has the real one, and its letter, when it is not the
/// right one, is warned of like those of files.
fn read_uai(text: &str) -> anyhow::Result<Uai> {
    let uai = Uai::parse(text)?;
    ensure!(
        uai.check_letter().is_some(),
        "« {uai} » n’est pas un UAI : il faut sept chiffres et une lettre, comme 9999991F"
    );
    Ok(uai)
}

fn read_options(args: &Args) -> anyhow::Result<ImportOptions> {
    let mut options = ImportOptions { format: args.format, ..ImportOptions::default() };
    options.operation = args.operation.map(SubscriptionOperation::from);
    if let Some(records) = args.batch_records {
        options.batch_records = records as usize;
    }
    options.uai = args.uai.as_deref().map(read_uai).transpose().context("--uai")?;
    if let Some(text) = &args.date {
        let day = parse_date(text.trim()).ok_or_else(|| anyhow!("--date : AAAA-MM-JJ est attendu"))?;
        options.day = Some(admit(day, options.today).context("--date")?);
    }
    if let Some(path) = &args.structures {
        let bytes = std::fs::read(path).with_context(|| format!("--structures {}", path.display()))?;
        options.structures = Structures::parse(&bytes)?;
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::report::Outcome;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn options(arguments: &[&str]) -> Result<ImportOptions, String> {
        let cli = Cli::try_parse_from([&["vigie"], arguments].concat()).map_err(|error| error.to_string())?;
        read_options(&cli.args).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn options_that_make_no_sense_are_refused() {
        for (arguments, expected) in [
            (&["--uai", "é", "f"][..], "--uai"),
            (&["--uai", "XX", "f"], "« XX » n’est pas un UAI : il faut sept chiffres et une lettre"),
            (&["--date", "hier", "f"], "--date"),
            (&["--date", "2199-01-01", "f"], "--date"),
            (&["--structures", "/nonexistent", "f"], "--structures"),
            (&["--operation", "ajout", "f"], "creation, modification, suppression"),
            (&["--format", "excel", "f"], "gar-ent, xapi"),
            (&[], "FICHIER"),
        ] {
            let error = options(arguments).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
        let read =
            options(&["--operation", "creation", "--date", "2025-09-02", "--uai", "9999991f", "f"]).expect("options");
        assert_eq!(read.operation, Some(SubscriptionOperation::Created));
        assert_eq!(read.uai.map(String::from).as_deref(), Some("9999991F"));
    }

    #[test]
    fn the_exit_code_tells_all_some_or_nothing() {
        let report = |counted, rejected| Report { counted, rejected, ..Report::new("f".into(), Outcome::Imported) };
        let unreadable = || Report::unreadable("f".into(), "vide");
        for (reports, expected) in [
            (vec![report(1, 0)], 0),
            (vec![Report::new("f".into(), Outcome::AlreadyImported)], 0),
            (vec![report(1, 1)], SOME_REFUSED),
            (vec![report(1, 0), unreadable()], SOME_REFUSED),
            (vec![report(0, 1)], NOTHING_DONE),
            (vec![unreadable()], NOTHING_DONE),
            (vec![], NOTHING_DONE),
        ] {
            assert_eq!(exit_code(&reports), ExitCode::from(expected), "{reports:?}");
        }
    }
}
