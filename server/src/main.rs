//! The `vigie` command.

use clap::{Parser, Subcommand};
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use vigie_server::{
    config::ServeArgs, demo, export, ingest, maintenance, opt_outs, outside, query, receive, retention, serve,
};

/// Statistiques d’abonnement, d’affectation et d’usage des ressources numériques d’un établissement.
#[derive(Parser)]
#[command(name = "vigie", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sert l’application
    Serve(ServeArgs),
    /// Importe des fichiers d’événements, d’abonnements ou de ressources
    Import(ingest::command::Args),
    /// Écrit les fichiers d’établissements fictifs
    Demo(demo::command::Args),
    /// Répond à une recherche
    Query(query::QueryArgs),
    /// Écrit les données d’une recherche dans un fichier, et sa recette à côté
    Export(export::command::ExportArgs),
    /// Répond à une question sur un groupe d’établissements
    Group(query::GroupArgs),
    /// Rassemble les chiffres des groupes d’établissements, ce que chaque nuit fait aussi
    RollUp(outside::RollUpArgs),
    /// Dit ce qui ne va pas dans les données
    Check(maintenance::CheckArgs),
    /// Copie les données dans un nouveau dossier, même pendant que Vigie sert
    Backup(maintenance::BackupArgs),
    /// Remplace les données par celles d’une sauvegarde, même pendant que Vigie sert
    Restore(maintenance::RestoreArgs),
    /// Donne et retire les clés des sources qui envoient des événements
    Source(receive::command::SourceArgs),
    /// Efface ce que la durée de conservation ne laisse plus garder
    Purge(retention::PurgeArgs),
    /// Ne compte plus les personnes qui s’y opposent
    OptOut(opt_outs::OptOutArgs),
}

// Streaming a page may block a worker while another one draws its chart: never fewer than four.
#[tokio::main(worker_threads = 4)]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("VIGIE_LOG").unwrap_or_else(|_| EnvFilter::new("warn")))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let outcome = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args).await,
        Command::Import(args) => ingest::command::run(args).await,
        Command::Demo(args) => demo::command::run(args),
        Command::Query(args) => query::run(&args).await,
        Command::Export(args) => export::command::run(&args).await,
        Command::Group(args) => query::run_group(&args).await,
        Command::RollUp(args) => outside::run(&args).await,
        Command::Check(args) => maintenance::check(&args).await,
        Command::Backup(args) => maintenance::back_up(&args).await,
        Command::Restore(args) => maintenance::restore(&args).await,
        Command::Source(args) => receive::command::run(&args).await,
        Command::Purge(args) => retention::run(&args).await,
        Command::OptOut(args) => opt_outs::run(&args).await,
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("vigie : {error:#}");
        ExitCode::FAILURE
    })
}
