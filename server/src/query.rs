//! `vigie query`: answers a search from the command line, exactly as the page's address would.

use crate::api::answer::{Format, answer};
use crate::api::group;
use crate::config::{DataArgs, default_site};
use crate::serve::build_context;
use crate::statistics::StoreStatistics;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use vigie_domain::ports::Viewer;

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
    let statistics = StoreStatistics::new(args.data.load()?.open_store().await?);
    let query = args.query.split_once('?').map_or(args.query.as_str(), |(_, query)| query);
    let bytes = group::answer(&statistics, &Viewer::Local, query, args.format).await?;
    std::io::stdout().write_all(&bytes)?;
    Ok(ExitCode::SUCCESS)
}

/// Answers on standard output.
///
/// # Errors
/// When the data cannot be opened, or when the search has no answer.
pub async fn run(args: &QueryArgs) -> anyhow::Result<ExitCode> {
    let store = args.data.load()?.open_store().await?;
    let context = build_context(store, &args.site.clone().unwrap_or_else(default_site), Arc::new(Utc::now))?;
    let query = args.query.split_once('?').map_or(args.query.as_str(), |(_, query)| query);
    let (_, bytes) = answer(&context, &Viewer::Local, query, args.format).await?;
    std::io::stdout().write_all(&bytes)?;
    Ok(ExitCode::SUCCESS)
}
