//! How long people are kept: `vigie purge`, and what the nights do of it.

use crate::config::{DataArgs, RetentionArgs};
use crate::store::{Horizons, Purged, Store};
use anyhow::Context as _;
use chrono::{Days, Months, NaiveDate, Utc};
use clap::Args;
use std::io::Write;
use std::process::ExitCode;
use vigie_domain::format;

/// Days during which what is delivered twice counts once.
pub const REPETITION_DAYS: u64 = 45;

/// What `vigie purge` may be told.
#[derive(Args, Clone, Debug)]
pub struct PurgeArgs {
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
    #[command(flatten)]
    /// How long people are kept.
    pub retention: RetentionArgs,
}

/// How long people are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Months from the day on which they were received.
    pub months: u32,
}

impl Retention {
    /// The days before which nothing is kept, on a day.
    ///
    /// # Errors
    /// When the day has no such past.
    pub fn horizons(self, today: NaiveDate) -> anyhow::Result<Horizons> {
        let people = today.checked_sub_months(Months::new(self.months));
        let repetitions = today.checked_sub_days(Days::new(REPETITION_DAYS));
        let (people, repetitions) = people.zip(repetitions).context("cette durée de conservation est trop longue")?;
        Ok(Horizons { people, repetitions })
    }

    /// Erases what is not kept any longer on a day.
    ///
    /// # Errors
    /// When the store fails; the schools that were done stay done.
    pub async fn purge(self, store: &Store, today: NaiveDate) -> anyhow::Result<Purged> {
        Ok(store.purge(self.horizons(today)?).await?)
    }
}

/// Erases what is not kept any longer, and says what.
///
/// # Errors
/// When the data cannot be opened or written.
pub async fn run(args: &PurgeArgs) -> anyhow::Result<ExitCode> {
    let (data, retention) = (args.data.load()?, args.retention.load(&args.data)?);
    let store = data.open_existing_store().await?;
    let purged = retention.purge(&store, Utc::now().date_naive()).await;
    store.close().await;
    writeln!(std::io::stdout(), "{}", text(purged?, retention))?;
    Ok(ExitCode::SUCCESS)
}

fn text(purged: Purged, retention: Retention) -> String {
    let Purged { members, sets, runs, deliveries } = purged;
    if purged == Purged::default() {
        return "Rien à effacer : tout a été reçu il y a moins longtemps que la durée de conservation.".into();
    }
    [
        (members, "pseudonyme", "pseudonymes", format!("de plus de {} mois", retention.months)),
        (sets, "ensemble", "ensembles", "de personnes d’un jour ; les comptes de ces jours restent".to_owned()),
        (runs, "suite", "suites", format!("d’identifiants d’événements de plus de {REPETITION_DAYS} jours")),
        (deliveries, "livraison", "livraisons", format!("de plus de {REPETITION_DAYS} jours")),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, several, which)| format!("Effacé : {} {which}.", format::counted(count, one, several)))
    .collect::<Vec<_>>()
    .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let horizons = |months, today| Retention { months }.horizons(day(today)).expect("horizons");
        assert_eq!(horizons(13, "2026-03-31"), Horizons { people: day("2025-02-28"), repetitions: day("2026-02-14") });
        assert!(Retention { months: u32::MAX }.horizons(day("2026-03-31")).is_err());
    }

    #[test]
    fn what_was_erased_is_said() {
        let retention = Retention { months: 13 };
        assert!(text(Purged::default(), retention).starts_with("Rien à effacer"));
        let some = Purged { members: 1_200, deliveries: 1, ..Purged::default() };
        let said = text(some, retention);
        assert_eq!(said.lines().count(), 2);
        assert!(said.contains("plus de 13 mois"), "{said}");
    }
}
