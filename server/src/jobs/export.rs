//! A job that makes a file, for everybody who asked for the same.

use super::folder::{make_folder_of, mark};
use super::runner::Run;
use super::{Jobs, Outcome, mail};
use crate::export::format::Format;
use crate::export::{self as writers, Exported};
use crate::exports::file_name::file_name;
use crate::exports::key_of;
use crate::store::{ExportFile, Waiter};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vigie_domain::ports::PortError;
use vigie_domain::rights::{self, Action, Target, Viewer};
use vigie_domain::search::Search;

/// The kind of these jobs.
pub const KIND: &str = "export";

/// Why there is no file for whoever may no longer have it. Their colleagues read it too.
const REFUSED: &str = "Qui l’a demandé n’a plus le droit d’emporter les chiffres de cet établissement, ou ne s’est pas connecté depuis \
                       trop longtemps.";
const UNAVAILABLE: &str = "Le service est resté indisponible. Réessayez plus tard.";

/// What the job is to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportJob {
    /// The address form of the question, its school, days and step written out.
    pub question: String,
    /// The name of the format.
    pub format: String,
}

/// Makes the file. It stands under the name of the run: a run that has lost its job disturbs no other.
pub async fn run(jobs: &Jobs, run: &Arc<Run>) -> Outcome {
    let Some((search, format)) = read(&run.job.payload) else {
        return Outcome::Never("Cette demande ne peut plus être lue.".to_owned());
    };
    let waiters = match jobs.0.store.list_waiters(&run.job.id).await {
        Ok(waiters) => waiters,
        Err(error) => return later(&error),
    };
    let (viewer, refused) = match sort(jobs, &waiters).await {
        Ok(sorted) => sorted,
        Err(error) => return later(&error),
    };
    let Some(viewer) = viewer else { return Outcome::Never(REFUSED.to_owned()) };
    let folder = jobs.0.folder.join(&run.job.lease);
    let path = folder.join(file_name(&search, format));
    let outcome = make(jobs, run, &viewer, (&search, format), &path).await;
    let outcome = match outcome {
        Ok(exported) => finish(jobs, run, (&exported, format), refused).await,
        Err(outcome) => Err(outcome),
    };
    // Whatever is not in the database by now is nobody's.
    match outcome {
        Ok(()) => Outcome::Ended,
        Err(outcome) => {
            erase(&folder);
            outcome
        }
    }
}

fn read(payload: &str) -> Option<(Search, Format)> {
    let job: ExportJob = serde_json::from_str(payload).ok()?;
    let reading = Search::from_query(&job.question);
    reading.errors.is_empty().then_some((reading.search, Format::from_slug(&job.format)?))
}

/// Somebody who may still have the file, and those who may not.
async fn sort(jobs: &Jobs, waiters: &[Waiter]) -> Result<(Option<Viewer>, Vec<(String, String)>), PortError> {
    let mut allowed = None;
    let mut refused = Vec::new();
    for waiter in waiters {
        let viewer = if waiter.person == Viewer::Local.owner() {
            Some(Viewer::Local)
        } else {
            jobs.0.people.find(&waiter.person).await?.map(Viewer::Person)
        };
        match viewer.filter(|viewer| rights::may(viewer, Action::Export, Target::School(&waiter.school))) {
            Some(viewer) => allowed = allowed.or(Some(viewer)),
            None => refused.push((waiter.export.clone(), REFUSED.to_owned())),
        }
    }
    Ok((allowed, refused))
}

async fn make(
    jobs: &Jobs,
    run: &Arc<Run>,
    viewer: &Viewer,
    (search, format): (&Search, Format),
    path: &Path,
) -> Result<Exported, Outcome> {
    // A folder that is not marked takes files all the same: they are found as long as it is the one.
    mark(jobs).await.map_err(|error| later(&error))?;
    make_folder_of(&jobs.0.folder, path).map_err(|error| Outcome::from(writers::ExportError::Write(error)))?;
    writers::export(&jobs.0.statistics, viewer, search, format, path, &run.watch()).await.map_err(Outcome::from)
}

async fn finish(
    jobs: &Jobs,
    run: &Arc<Run>,
    (exported, format): (&Exported, Format),
    refused: Vec<(String, String)>,
) -> Result<(), Outcome> {
    let (inner, recipe) = (&jobs.0, &exported.recipe);
    let now = (inner.clock)();
    let file = ExportFile {
        id: run.job.lease.clone(),
        // Of what the file holds: the data may have changed since it was asked for.
        key: key_of(&recipe.question.adresse, format, recipe.donnees.data_version(), recipe.calcule_le),
        name: recipe.fichier.nom.clone(),
        bytes: recipe.fichier.octets,
        sha256: recipe.fichier.sha256.clone(),
        rows: recipe.fichier.lignes,
        made_at: now,
        expires_at: now + TimeDelta::days(i64::from(inner.settings.days)),
    };
    let has_mailer = inner.mailer.is_some();
    let mails = move |export: &str| has_mailer.then(|| mail::job(export, now));
    match inner.store.finish_export(run.job.clone(), file, refused, mails, now).await {
        Ok(true) => {
            jobs.wake();
            Ok(())
        }
        // The job is another run's: so is its file.
        Ok(false) => Err(Outcome::Ended),
        // It may be written all the same: only the sweep of the night, which asks the database, may erase the file.
        Err(error) => {
            tracing::error!(%error, job = run.job.id, "the end of an export could not be written");
            Ok(())
        }
    }
}

fn later(error: &impl std::fmt::Display) -> Outcome {
    Outcome::Later { cause: error.to_string(), sentence: UNAVAILABLE.to_owned() }
}

/// Erases the folder of a file.
pub fn erase(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, folder = %folder.display(), "the file of an export could not be erased");
    }
}

/// Lets go of the files whose time is over, and of those that nobody ever had, unless the folder is another than theirs.
///
/// # Errors
/// When the database does not answer.
pub async fn purge(jobs: &Jobs) -> Result<(), crate::store::StoreError> {
    let inner = &jobs.0;
    let now = (inner.clock)();
    let kept = TimeDelta::days(i64::from(inner.settings.days));
    for file in inner.store.expire_exports(now, kept).await? {
        erase(&inner.folder.join(file));
    }
    inner.store.purge_jobs(now - kept).await?;
    if !mark(jobs).await? {
        return Ok(());
    }
    let known = inner.store.list_export_folders().await?;
    for folder in list_old_folders(&inner.folder) {
        if folder.file_name().is_some_and(|name| !known.iter().any(|known| name == known.as_str())) {
            erase(&folder);
        }
    }
    Ok(())
}

/// The folders that are older than any run: a run that made one a moment ago may not have said so yet.
fn list_old_folders(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    let is_old = |entry: &std::fs::DirEntry| {
        let modified = entry.metadata().ok().filter(|data| data.is_dir()).and_then(|data| data.modified().ok());
        modified.and_then(|at| at.elapsed().ok()).is_some_and(|age| age.as_secs() > 24 * 3600)
    };
    let is_ours = |name: &str| name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let ours = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(is_ours));
    ours.filter(is_old).map(|entry| entry.path()).collect()
}
