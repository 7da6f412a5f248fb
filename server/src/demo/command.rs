//! `vigie demo`: writes the source files of the demonstration and says what they hold.

use super::{DemoOptions, DemoSummary, write};
use anyhow::Context;
use chrono::Utc;
use chrono_tz::Europe::Paris;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use vigie_domain::format;
use vigie_domain::period::Day;

/// Écrit les fichiers sources d’établissements fictifs, dans les formats réels.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Dossier où écrire les fichiers ; créé s’il n’existe pas.
    #[arg(long, value_name = "DOSSIER")]
    pub out: PathBuf,
    /// Nombre d’établissements : une école, un collège, un lycée, et ainsi de suite.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub schools: usize,
    /// Dernier jour écrit (AAAA-MM-JJ) ; aujourd’hui par défaut.
    #[arg(long, value_name = "DATE")]
    pub until: Option<Day>,
    /// Graine du hasard : les mêmes options donnent les mêmes fichiers, à l’octet près.
    #[arg(long, value_name = "GRAINE", default_value_t = 1)]
    pub seed: u64,
}

/// Writes the files, then their summary on standard output.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let until = args.until.unwrap_or_else(|| Utc::now().with_timezone(&Paris).date_naive());
    let options = DemoOptions { schools: args.schools, until, seed: args.seed };
    let summary = write(&args.out, &options)
        .with_context(|| format!("la démonstration n’a pas pu être écrite dans {}", args.out.display()))?;
    let text = describe(&summary, &args);
    std::io::stdout().lock().write_all(text.as_bytes()).context("la sortie standard est fermée")?;
    Ok(ExitCode::SUCCESS)
}

fn describe(summary: &DemoSummary, args: &Args) -> String {
    let mut text = format!(
        "{} événements dans {} fichiers ({} Mo), dans {}\n",
        format::integer(summary.events()),
        format::integer(summary.files.len() as u64),
        format::decimal(summary.bytes() as f64 / 1e6, 1),
        args.out.display(),
    );
    for school in &summary.schools {
        text += &format!("\n{} – {}\n", school.uai, school.name);
        text += &format!("  {} personnes\n", format::integer(school.people as u64));
        for (year, accesses) in &school.accesses {
            text += &format!("  {}\u{a0}: {} accès\n", year.label(), format::integer(*accesses));
        }
        text += &format!("  suggestions et console\u{a0}: {} événements\n", format::integer(school.other_events));
    }
    text += &format!(
        "\nAbonnements\u{a0}: {} opérations\nPour les lire\u{a0}: vigie import {dir}\n",
        format::integer(summary.subscription_operations),
        dir = args.out.display(),
    );
    text
}
