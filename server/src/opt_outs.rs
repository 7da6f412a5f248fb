//! `vigie opt-out`: people who do not want to be counted.

use crate::config::{DataArgs, DataConfig};
use crate::ingest::pseudonym::{Kind, Pseudonymiser};
use crate::pseudonym_key;
use crate::store::{Pseudonyms, Store};
use anyhow::{Context as _, bail, ensure};
use chrono::Utc;
use clap::{Args, Subcommand};
use std::collections::HashSet;
use std::io::{BufRead, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use vigie_domain::format;
use vigie_domain::period::{Day, SchoolYear};
use vigie_domain::uai::Uai;

/// School years before this one in which somebody is unlinked: what is kept longer is erased anyway.
const YEARS_BACK: i32 = 3;
/// School years to come in which somebody is not counted: nobody stays longer in a school without saying so again.
const YEARS_AHEAD: i32 = 12;
/// An identifier is shorter, whatever the source.
const MAX_IDENTIFIER: usize = 1_000;

/// What `vigie opt-out` may be told.
#[derive(Args, Clone, Debug)]
pub struct OptOutArgs {
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
    #[command(subcommand)]
    /// What is done.
    pub action: Action,
}

/// What is done.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Ne compte plus des personnes : leurs identifiants sont lus sur l’entrée standard, un par ligne
    Add {
        /// Leur établissement
        #[arg(long)]
        uai: String,
    },
    /// Compte à nouveau des personnes : leurs identifiants sont lus sur l’entrée standard, un par ligne
    Remove {
        /// Leur établissement
        #[arg(long)]
        uai: String,
    },
    /// Dit combien de personnes s’y opposent dans chaque établissement
    List,
}

/// Does it.
///
/// # Errors
/// When the data cannot be opened, when there is no key of the pseudonyms, when the school is unknown.
pub async fn run(args: &OptOutArgs) -> anyhow::Result<ExitCode> {
    let data = args.data.load()?;
    let today = Utc::now().date_naive();
    let (uai, opt_out) = match &args.action {
        Action::Add { uai } => (uai, true),
        Action::Remove { uai } => (uai, false),
        Action::List => return list(&data, today).await,
    };
    let Ok(uai) = Uai::parse(uai) else { bail!("« {uai} » n’est pas un UAI") };
    let store = data.open_existing_store().await?;
    let pseudonymiser = pseudonym_key::find(&data, &store).await?;
    let people = {
        let input = std::io::stdin().lock();
        if input.is_terminal() {
            eprintln!("Un identifiant par ligne, tel que la source l’envoie ; Ctrl-D pour finir.");
        }
        read_people(input, &pseudonymiser, &uai, SchoolYear::of(today))?
    };
    let count = people.len() as u64;
    let changed = change(&store, &uai, people, opt_out).await;
    store.close().await;
    let unmet = changed?;
    let said = match (opt_out, count < 2) {
        (true, true) => "ne sera plus comptée",
        (true, false) => "ne seront plus comptées",
        (false, true) => "sera à nouveau comptée",
        (false, false) => "seront à nouveau comptées",
    };
    let mut output = std::io::stdout().lock();
    writeln!(output, "{} de {uai} {said}.", format::counted(count, "personne", "personnes"))?;
    if unmet > 0 {
        writeln!(output, "{}", doubt(unmet))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What to say of identifiers that nothing kept of the school was ever about: they may be of people to come, or not be written as the
/// source does.
fn doubt(unmet: u64) -> String {
    let (met, them) =
        if unmet < 2 { ("n’a jamais été rencontré", "lui") } else { ("n’ont jamais été rencontrés", "leur") };
    format!(
        "{} {met} dans ce qui est gardé de cet établissement\u{202f}: vérifiez la forme que la source {them} donne (docs/PRIVACY.md, « Opposition »).",
        format::counted(unmet, "identifiant", "identifiants")
    )
}

/// How many of the people were never met in the school, when they are to be counted no more.
async fn change(store: &Store, uai: &Uai, people: Vec<Pseudonyms>, opt_out: bool) -> anyhow::Result<u64> {
    // One transaction: a school that is unknown, or a failure, changes nobody.
    let unmet = if opt_out { store.opt_out(uai, people).await? } else { store.opt_in(uai, people).await?.then_some(0) };
    unmet.with_context(|| format!("aucune source n’a encore parlé de l’établissement {uai} : rien n’est changé"))
}

async fn list(data: &DataConfig, today: Day) -> anyhow::Result<ExitCode> {
    let store = data.open_existing_store().await?;
    let all = store.count_opt_outs(SchoolYear::of(today)).await;
    store.close().await;
    let all = all?;
    let mut output = std::io::stdout().lock();
    for (uai, count) in &all {
        writeln!(output, "{uai}\t{}", format::integer(*count))?;
    }
    if all.is_empty() {
        writeln!(output, "Personne ne s’oppose à être compté.")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The pseudonyms of the people named on the lines of `input`, each once; empty lines name nobody.
fn read_people(
    input: impl BufRead,
    pseudonymiser: &Pseudonymiser,
    uai: &Uai,
    year: SchoolYear,
) -> anyhow::Result<Vec<Pseudonyms>> {
    let mut people = Vec::new();
    let mut named = HashSet::new();
    for (number, line) in (1..).zip(input.lines()) {
        let line = match line {
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                bail!(
                    "ligne {number} : la liste n’est pas en UTF-8 ; enregistrez-la ainsi, et recommencez : rien n’a été fait"
                )
            }
            line => line?,
        };
        // Some programs put a mark at the beginning of a text.
        let identifier = line.trim_start_matches('\u{feff}').trim();
        ensure!(identifier.len() <= MAX_IDENTIFIER, "ligne {number} : un identifiant est plus court que cela");
        if !identifier.is_empty() && named.insert(identifier.to_owned()) {
            let years = (year.0 - YEARS_BACK..=year.0 + YEARS_AHEAD).map(SchoolYear);
            people.push(
                years
                    .map(|year| (year, pseudonymiser.pseudonym(Kind::Person, uai, year.interval().first, identifier)))
                    .collect(),
            );
        }
    }
    ensure!(!people.is_empty(), "aucun identifiant sur l’entrée standard");
    Ok(people)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_named_on_lines_for_the_years_around() {
        let pseudonymiser = Pseudonymiser::new([7; 32]);
        let uai = Uai::parse("9999991F").expect("a UAI");
        let read = |text: &str| read_people(text.as_bytes(), &pseudonymiser, &uai, SchoolYear(2025));
        let people = read("u-1\r\n\n  u-2 \n").expect("two people");
        assert_eq!(people.len(), 2);
        let day: Day = "2026-07-31".parse().expect("a day");
        let one = pseudonymiser.pseudonym(Kind::Person, &uai, day, "u-1");
        assert!(people[0].contains(&(SchoolYear(2025), one)));
        assert_eq!(people[0].first().map(|(year, _)| year.0), Some(2022));
        assert_eq!(people[0].last().map(|(year, _)| year.0), Some(2037));
        // The mark of UTF-8 is nobody's, and whoever is named twice is one person.
        assert_eq!(read("\u{feff}u-1\nu-2\n u-1\nu-2").expect("two people"), people);
        assert!(read("\u{feff}\n").is_err());
        assert!(read("\n \n").is_err());
        assert!(read(&"x".repeat(1_001)).expect_err("too long").to_string().contains("ligne 1"));
        let latin = read_people(&b"u-1\nu-\xe9\n"[..], &pseudonymiser, &uai, SchoolYear(2025));
        assert!(latin.expect_err("no UTF-8").to_string().starts_with("ligne 2 : la liste n’est pas en UTF-8"));
    }
}
