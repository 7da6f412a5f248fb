//! Exports: the data of a question as a file that tells the truth.
//!
//! # Layout
//! - [`source`]: the answer, some days after the others, with the rights and the groupings of the page; [`layout`]: what a row says.
//! - [`cell`], [`piece`], [`format`](mod@format): typed cells, those that come back, and what writes rows of them. [`csv`], [`ods`],
//!   [`xlsx`], [`parquet`]: one format each; [`defuse`]: texts that would be run as formulas.
//! - [`workbook`], [`pages`]: what a workbook has beside the data. [`recipe`]: what goes beside every file.
//! - [`aside`], [`sink`], [`watch`]: a file without a name until it is whole, counted, hashed and followed while it is written.
//! - [`estimate`](mod@estimate): what it will be, before it is asked for. [`command`]: `vigie export`.
//!
//! The answers are read on one side and written on the other, with one answer in between: what is in memory does not grow with the file.

pub mod aside;
pub mod cell;
pub mod command;
pub mod csv;
pub mod defuse;
mod error;
pub mod estimate;
pub mod format;
pub mod layout;
pub mod ods;
pub mod pages;
pub mod parquet;
pub mod piece;
pub mod recipe;
pub mod sink;
pub mod source;
pub mod watch;
pub mod workbook;
pub mod xlsx;

#[cfg(test)]
mod tests;

use crate::statistics::StoreStatistics;
use aside::AsideFile;
use chrono::{DateTime, Utc};
use format::{Format, SHEET_ROWS, Settings};
use layout::Layout;
use recipe::{Ingredients, Recipe};
use sink::{Sink, Written};
use source::Source;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;
use vigie_domain::period::Day;
use vigie_domain::ports::Viewer;
use vigie_domain::result::SearchResult;
use vigie_domain::search::Search;
use watch::Watch;
use workbook::Closing;

pub use error::ExportError;
pub use estimate::{Estimate, estimate};

/// How often an export begins again because the data were written meanwhile.
const ATTEMPTS: usize = 3;

/// A file that was written, and its recipe.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The file.
    pub path: PathBuf,
    /// Its recipe, which stands beside it as JSON and as a text.
    pub recipe: Recipe,
}

/// Writes the data of a question to a file, and its recipe beside it: all three, or nothing.
///
/// The files get their names once they are on the disk, the data last: who sees them has their recipe.
///
/// # Errors
/// See [`ExportError`]; nothing is left then.
pub async fn export(
    statistics: &StoreStatistics,
    viewer: &Viewer,
    search: &Search,
    format: Format,
    path: &Path,
    watch: &Arc<Watch>,
) -> Result<Exported, ExportError> {
    let mut attempt = 1;
    loop {
        match export_once(statistics, viewer, search, format, path, watch).await {
            Err(ExportError::Changing) if attempt < ATTEMPTS => attempt += 1,
            outcome => return outcome,
        }
    }
}

async fn export_once(
    statistics: &StoreStatistics,
    viewer: &Viewer,
    search: &Search,
    format: Format,
    path: &Path,
    watch: &Arc<Watch>,
) -> Result<Exported, ExportError> {
    let source = Source::open(statistics, viewer, search).await?;
    let layout = Layout::of(source.search());
    let page = source.page().await?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (sender, receiver) = mpsc::channel(1);
    let writing = {
        let (layout, path, watch, day) = (layout.clone(), path.to_owned(), Arc::clone(watch), source.today());
        let answers = source.answers() as u64;
        tokio::task::spawn_blocking(move || write(format, &layout, &path, day, answers, receiver, &watch))
    };
    let mut regrouping = None;
    let read = source.read(&page, watch, |result| {
        // Of every part: the page may show the first ones only.
        regrouping = regrouping.or(result.regrouping());
        send(&sender, Message::Answer(Box::new(result)))
    });
    let read = read.await;
    // Of a reading that failed the writer must hear nothing that looks like an end.
    if read.is_ok() {
        let (moment, source, page, layout, name) = (statistics.now(), &source, &page, &layout, name.as_str());
        let (ask, asked) = tokio::sync::oneshot::channel();
        if send(&sender, Message::End(ask)).await.is_ok()
            && let Ok(rows) = asked.await
        {
            let sheets = format.sheets(rows, SHEET_ROWS);
            let ingredients = Ingredients { source, page, layout, regrouping, format, name, rows, sheets, now: moment };
            let recipe = recipe::recipe(ingredients);
            let closing = closing(&recipe, page, format);
            let _ = send(&sender, Message::Closing(Box::new(recipe), Box::new(closing))).await;
        }
    }
    drop(sender);
    let written = writing.await.map_err(|error| ExportError::Write(std::io::Error::other(error)))?;
    // What stopped the reading says more than what the writer makes of it, unless the writer stopped first.
    match (read, written) {
        (_, Ok(recipe)) => Ok(Exported { path: path.to_owned(), recipe }),
        (Err(ExportError::Cancelled) | Ok(()), Err(error)) => Err(error),
        (Err(error), Err(_)) => Err(error),
    }
}

/// What the writer is told, in this order: answers, the end, what comes after the rows. A channel that closes before is an export that
/// was given up.
enum Message {
    Answer(Box<SearchResult>),
    /// There is no more answer; how many rows were written?
    End(tokio::sync::oneshot::Sender<u64>),
    Closing(Box<Recipe>, Box<Closing>),
}

async fn send(sender: &mpsc::Sender<Message>, message: Message) -> Result<(), ExportError> {
    // The writer hangs up when it fails, and says itself why.
    sender.send(message).await.map_err(|_| ExportError::Cancelled)
}

/// Writes what comes through the channel, on a thread of its own.
fn write(
    format: Format,
    layout: &Layout,
    path: &Path,
    day: Day,
    answers: u64,
    mut receiver: mpsc::Receiver<Message>,
    watch: &Watch,
) -> Result<Recipe, ExportError> {
    let mut aside = AsideFile::create(path)?;
    let mut sink = Sink::new(&mut aside, watch);
    let scratch = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let settings = Settings { scratch, sheet_rows: SHEET_ROWS, day };
    let mut writer = format.writer(&mut sink, layout.columns(), settings)?;
    let (mut rows, mut done) = (0, 0);
    let recipe = loop {
        match receiver.blocking_recv().ok_or(ExportError::Cancelled)? {
            Message::Answer(result) => {
                layout.each_row(&result, |row| {
                    rows += 1;
                    watch.reach(rows);
                    writer.row(row)
                })?;
                done += 1;
                // The answers to come have as many rows as those that came, about.
                watch.expect(rows * answers / done);
            }
            Message::End(told) => told.send(rows).map_err(|_| ExportError::Cancelled)?,
            Message::Closing(recipe, closing) => {
                writer.finish(&closing)?;
                break recipe;
            }
        }
    };
    let (_, written) = sink.finish()?;
    watch.check()?;
    place(aside, path, *recipe, written)
}

/// Gives the file and its recipe their names.
fn place(aside: AsideFile, path: &Path, recipe: Recipe, written: Written) -> Result<Recipe, ExportError> {
    let recipe = recipe.of_file(written);
    let mut json = serde_json::to_vec_pretty(&recipe).map_err(std::io::Error::from)?;
    json.push(b'\n');
    let text = recipe::to_text(&recipe);
    let mut beside = Vec::new();
    for (extension, content) in RECIPES.into_iter().zip([json.as_slice(), text.as_bytes()]) {
        let mut file = AsideFile::create(&beside_of(path, extension))?;
        file.write_all(content)?;
        beside.push(file);
    }
    for file in beside {
        file.place()?;
    }
    aside.place()?;
    Ok(recipe)
}

/// How the names of the recipes of a file end: the one for programs, and the one to read.
pub const RECIPES: [&str; 2] = ["recette.json", "recette.txt"];

/// A file beside another: `export.csv.recette.json`.
pub fn beside_of(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// What comes after the rows of a file that is only measured.
fn closing_of(
    source: &Source<'_>,
    page: &SearchResult,
    layout: &Layout,
    format: Format,
    rows: u64,
    now: DateTime<Utc>,
) -> Closing {
    let sheets = format.sheets(rows, SHEET_ROWS);
    let (regrouping, name) = (page.regrouping(), "export");
    let recipe = recipe::recipe(Ingredients { source, page, layout, regrouping, format, name, rows, sheets, now });
    closing(&recipe, page, format)
}

fn closing(recipe: &Recipe, page: &SearchResult, format: Format) -> Closing {
    let notes = vec![
        ("vigie.question", recipe.question.adresse.clone()),
        ("vigie.phrase", recipe.question.phrase.clone()),
        ("vigie.donnees", recipe.donnees.data_version().to_string()),
        ("vigie.fuseau", recipe.etablissement.fuseau.clone()),
    ];
    if !format.is_workbook() {
        return Closing { notes, ..Closing::default() };
    }
    let pages = vec![pages::table(page), pages::summary(page), recipe::page(recipe)];
    let chart = pages::chart(page).filter(|_| format == Format::Xlsx);
    Closing { pages, chart, notes }
}
