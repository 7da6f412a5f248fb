//! `vigie query`: answers a search from the command line, exactly as the page's address would.

use crate::api::answer::{AnswerError, Format, answer};
use crate::api::group;
use crate::config::{DataArgs, default_site};
use crate::render::{QuickJsRenderer, Settings};
use crate::statistics::StoreStatistics;
use anyhow::{bail, ensure};
use clap::Args;
use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use vigie_domain::format::{counted, integer};
use vigie_domain::ports::{ChartRenderer, Statistics, Viewer};
use vigie_domain::search::{FIELDS, MADE_FOR, Search};

/// The field that names the school.
const SCHOOL: &str = "etablissement";
/// How many schools are named to whoever named none.
const NAMED: usize = 10;

/// What `vigie query` may be told.
#[derive(Args, Clone, Debug)]
pub struct QueryArgs {
    /// L’adresse d’une recherche, avec ou sans ce qui précède « ? »
    #[arg(value_name = "URL-QUERY")]
    pub query: String,
    /// Format de la réponse
    #[arg(long, value_enum, default_value = "csv")]
    pub format: Format,
    /// Dossier du client construit, pour les images
    #[arg(long, env = "VIGIE_SITE", value_name = "DIR")]
    pub site: Option<PathBuf>,
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
}

/// What `vigie group` may be told.
#[derive(Args, Clone, Debug)]
pub struct GroupArgs {
    /// La question, par exemple « academie=20&nature=college&indicateur=acces-total&annee=2025-2026&par=profil »
    #[arg(value_name = "QUESTION")]
    pub query: String,
    /// Format de la réponse
    #[arg(long, value_enum, default_value = "csv")]
    pub format: group::Format,
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
}

/// Answers a question about a group of schools on standard output.
///
/// # Errors
/// When the data cannot be opened, or when the question is not one.
pub async fn run_group(args: &GroupArgs) -> anyhow::Result<ExitCode> {
    let statistics = StoreStatistics::new(args.data.load()?.open_existing_store().await?);
    let query = after_mark(&args.query);
    let bytes = group::answer(&statistics, &Viewer::Local, query, args.format).await?;
    std::io::stdout().write_all(&bytes)?;
    Ok(ExitCode::SUCCESS)
}

/// Answers on standard output.
///
/// # Errors
/// When the data cannot be opened, or when the search has no answer.
pub async fn run(args: &QueryArgs) -> anyhow::Result<ExitCode> {
    let statistics = StoreStatistics::new(args.data.load()?.open_existing_store().await?);
    // Figures are told wherever the program is, with or without the built client.
    let charts = args.format.is_picture().then(|| {
        let site = args.site.clone().unwrap_or_else(default_site);
        QuickJsRenderer::new(&site, Settings::default())
    });
    let charts = charts.transpose()?;
    let charts = charts.as_ref().map(|charts| charts as &dyn ChartRenderer);
    let query = after_mark(&args.query);
    ensure_fields(query, &["largeur", "hauteur", "vignette"])?;
    let reading = Search::from_query(query);
    if reading.errors.is_empty() {
        ensure_school(&statistics, &reading.search).await?;
    }
    let (_, bytes) = answer(&statistics, charts, &Viewer::Local, query, args.format).await?;
    std::io::stdout().write_all(&bytes)?;
    Ok(ExitCode::SUCCESS)
}

/// The question of an address, with or without what comes before it.
pub(crate) fn after_mark(address: &str) -> &str {
    address.split_once('?').map_or(address, |(_, query)| query)
}

/// Refuses a question with a field that no question has, but for some: whoever wrote it means something by it, which would be left out
/// without a word. A link keeps what mail programs add to it.
///
/// # Errors
/// When it has one.
pub(crate) fn ensure_fields(query: &str, others: &[&str]) -> anyhow::Result<()> {
    for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
        let is_known = Search::is_field(&name) || [SCHOOL, MADE_FOR].contains(&&*name) || others.contains(&&*name);
        ensure!(
            is_known,
            "« {name} » n’est pas un champ d’une recherche : etablissement, {} le sont",
            FIELDS.join(", ")
        );
    }
    Ok(())
}

/// Refuses a question that names no school where there are several: which one is meant is not to be guessed.
///
/// # Errors
/// When it does not, and when the data cannot be read.
pub(crate) async fn ensure_school(statistics: &StoreStatistics, search: &Search) -> anyhow::Result<()> {
    if search.school.is_some() {
        return Ok(());
    }
    let schools = statistics.schools(&Viewer::Local).await.map_err(AnswerError::from)?;
    let [first, _, ..] = schools.as_slice() else { return Ok(()) };
    let mut named = String::new();
    for school in schools.iter().take(NAMED) {
        write!(named, "\n  {}  {}", school.uai, school.name)?;
    }
    if schools.len() > NAMED {
        write!(named, "\n  … et {}", counted((schools.len() - NAMED) as u64, "autre", "autres"))?;
    }
    bail!(
        "ces données sont celles de {} établissements : dites duquel il s’agit en ajoutant à la question, par exemple, \
         « etablissement={} ».{named}",
        integer(schools.len() as u64),
        first.uai
    )
}
