//! Whether the data of a question may be taken away as a file, and over which days.
//!
//! Fiche 7-2, part C: « Les extractions sont possibles sur une période glissante d’une année, à l’exception de trois indicateurs pour
//! lesquels la volumétrie impose de limiter les extractions à une période glissante de trois mois ». The window slides: it limits how
//! many days a file covers, not how long ago they were, so that last school year can still be had in November.

use crate::catalogue::{Indicator, IndicatorId, Window};
use crate::format;
use crate::period::{Day, Interval};
use crate::search::Search;
use chrono::{Datelike, Months};

/// Why the data of a question cannot be taken away as they are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The period is longer than the window.
    TooLong {
        /// The indicator whose window is the narrowest.
        indicator: IndicatorId,
        /// Its window.
        window: Window,
        /// The days asked for, up to today.
        days: Interval,
    },
    /// Every day of the period is to come.
    ToCome {
        /// The first of them.
        first: Day,
    },
}

impl Window {
    /// The last day of a file that begins on `first`.
    pub fn last_from(self, first: Day) -> Day {
        let Some(after) = first.checked_add_months(Months::new(self.months())) else { return first };
        // Where the month has no such day (a year from 29 February), its last one ends the window.
        if after.day() == first.day() { after.pred_opt().unwrap_or(first) } else { after }
    }

    /// The first day of the longest file that ends on `last`.
    fn first_until(self, last: Day) -> Day {
        let before = last.succ_opt().and_then(|day| day.checked_sub_months(Months::new(self.months())));
        // Months differ in length: the file must not be longer than the window from its own first day.
        before
            .into_iter()
            .flat_map(|day| day.iter_days().take(4))
            .find(|day| self.last_from(*day) >= last)
            .unwrap_or(last)
    }

    fn months(self) -> u32 {
        match self {
            Self::OneYear => 12,
            Self::ThreeMonths => 3,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::OneYear => "d’une année",
            Self::ThreeMonths => "de trois mois",
        }
    }
}

/// The narrowest window of the indicators of a question, and the first indicator that has it.
///
/// A voluminous indicator has its window however it is divided and whatever is asked for beside it, as the fiche says; and so has a
/// question that is divided as one of them is by default, whatever the name of its indicator. What the fiche does not count has the
/// window of most.
pub fn window_of(search: &Search) -> Option<(IndicatorId, Window)> {
    let by = search.split.map(|split| split.by);
    let window = |id: IndicatorId| {
        let is_alike = |other: &&Indicator| {
            other.slug == id.get().slug
                || (by.is_some() && other.formula == id.get().formula && other.default_split() == by)
        };
        let alike = IndicatorId::all().map(IndicatorId::get).filter(is_alike);
        let mut extractions = alike.flat_map(|other| other.extractions);
        match extractions.any(|extraction| extraction.window == Window::ThreeMonths) {
            true => Window::ThreeMonths,
            false => Window::OneYear,
        }
    };
    let windows = search.indicators.iter().map(|id| (*id, window(*id)));
    windows.min_by_key(|(_, window)| window.months())
}

/// The days that a file about a question covers, when it may be asked for today.
///
/// # Errors
/// [`Refusal`], which says what would do.
pub fn days_of(search: &Search, today: Day) -> Result<Interval, Refusal> {
    let asked = search.period.interval(today);
    let days = asked.until(today).ok_or(Refusal::ToCome { first: asked.first })?;
    match window_of(search) {
        Some((indicator, window)) if days.last > window.last_from(days.first) => {
            Err(Refusal::TooLong { indicator, window, days })
        }
        _ => Ok(days),
    }
}

impl Refusal {
    /// Periods that may be asked for instead, one after the other, and that cover the one asked for; none when nothing would do.
    pub fn pieces(&self) -> Vec<Interval> {
        let Self::TooLong { window, days, .. } = self else { return Vec::new() };
        let mut pieces = Vec::new();
        let mut first = days.first;
        while first <= days.last {
            let last = window.last_from(first).min(days.last);
            pieces.push(Interval { first, last });
            let Some(next) = last.succ_opt() else { break };
            first = next;
        }
        pieces
    }

    /// The latest period that may be asked for instead.
    pub fn suggestion(&self) -> Option<Interval> {
        let Self::TooLong { window, days, .. } = self else { return None };
        Some(Interval { first: window.first_until(days.last), last: days.last })
    }

    /// Why not, and what would do, in French.
    pub fn sentence(&self) -> String {
        match self {
            Self::ToCome { first } => format!(
                "Il n’y a encore rien à exporter\u{a0}: la période commence le {}. Choisissez une période déjà commencée.",
                format::date(*first)
            ),
            Self::TooLong { indicator, window, days } => {
                let limit = match window {
                    Window::OneYear => "Un fichier couvre une année au plus".to_owned(),
                    Window::ThreeMonths => format!(
                        "Un fichier de «\u{a0}{}\u{a0}» couvre trois mois au plus, parce que ces données sont volumineuses",
                        indicator.get().label
                    ),
                };
                let suggestion = self.suggestion().map(format::interval).unwrap_or_default();
                format!(
                    "{limit}\u{a0}; votre période va {}. Demandez par exemple {suggestion}, ou {} fichiers {} \
                     qui se suivent.",
                    format::interval(*days),
                    self.pieces().len(),
                    window.words(),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a date")
    }

    fn ask(query: &str) -> Result<Interval, Refusal> {
        let reading = Search::from_query(query);
        assert_eq!(reading.errors, []);
        days_of(&reading.search, day("2026-11-25"))
    }

    #[test]
    fn a_school_year_may_be_taken_away_however_long_ago_it_was() {
        for period in
            ["du=2025-08-01&au=2026-07-31", "du=2023-08-01&au=2024-07-31", "periode=12-mois", "periode=annee-scolaire"]
        {
            assert!(ask(&format!("indicateur=acces-total&{period}")).is_ok(), "{period}");
        }
        assert_eq!(
            ask("indicateur=acces-total&periode=annee-scolaire"),
            Ok(Interval { first: day("2026-08-01"), last: day("2026-11-25") }),
            "days to come are not counted"
        );
    }

    #[test]
    fn the_last_twelve_months_are_a_year_even_from_29_february() {
        for (today, first) in [("2025-02-28", "2024-02-29"), ("2024-02-29", "2023-03-01"), ("2025-03-01", "2024-03-02")]
        {
            let search = Search::from_query("indicateur=acces-total&periode=12-mois").search;
            let year = Interval { first: day(first), last: day(today) };
            assert_eq!(days_of(&search, day(today)), Ok(year), "{today}");
        }
        assert_eq!(Window::ThreeMonths.last_from(day("2025-11-30")), day("2026-02-28"));
    }

    #[test]
    fn a_file_covers_a_year_at_most_and_the_refusal_says_what_would_do() {
        let refusal = ask("indicateur=acces-total&du=2025-08-01&au=2026-08-01").expect_err("a day too long");
        assert_eq!(
            refusal.sentence(),
            "Un fichier couvre une année au plus\u{a0}; votre période va du 1er\u{a0}août 2025 au 1er\u{a0}août 2026. Demandez \
             par exemple du 2\u{a0}août 2025 au 1er\u{a0}août 2026, ou 2 fichiers d’une année qui se suivent."
        );
    }

    #[test]
    fn the_voluminous_indicators_stop_at_three_months() {
        for indicator in [
            "acces-par-ressource",
            "acces-par-presentation",
            "acces-total&par=presentation",
            "acces-par-ressource&par=ressource",
            "acces-par-ressource&par=profil",
            "acces-par-presentation&par=aucun",
            "acces-total,acces-par-ressource",
            "tous&service=acces",
        ] {
            let ask = |last| ask(&format!("indicateur={indicator}&du=2026-08-25&au={last}"));
            assert!(ask("2026-11-24").is_ok(), "{indicator}");
            let sentence = ask("2026-11-25").expect_err(indicator).sentence();
            assert!(sentence.contains("couvre trois mois au plus, parce que"), "{sentence}");
            assert!(sentence.ends_with("ou 2 fichiers de trois mois qui se suivent."), "{sentence}");
        }
        for indicator in ["acces-total&par=ressource", "utilisateurs-distincts", "utilisateurs-distincts,acces-total"] {
            assert!(
                ask(&format!("service=acces&indicateur={indicator}&du=2025-12-01&au=2026-11-25")).is_ok(),
                "{indicator}"
            );
        }
    }

    #[test]
    fn what_is_to_come_cannot_be_taken_away() {
        let refusal = ask("indicateur=acces-total&du=2026-12-01&au=2026-12-31").expect_err("to come");
        assert!(refusal.sentence().contains("le 1er\u{a0}décembre 2026"));
        assert_eq!((refusal.pieces(), refusal.suggestion()), (vec![], None));
    }

    proptest! {
        #[test]
        fn what_is_proposed_instead_may_be_asked_for_and_covers_what_was_asked(first in 0i64..9_000, days in 1i64..4_000, voluminous: bool) {
            let first = crate::period::FIRST_DAY + chrono::TimeDelta::days(first);
            let last = first + chrono::TimeDelta::days(days);
            let indicator = if voluminous { "acces-par-ressource" } else { "acces-total" };
            let of = |days: Interval| format!("indicateur={indicator}&du={}&au={}", days.first, days.last);
            if let Err(refusal @ Refusal::TooLong { .. }) = ask(&of(Interval { first, last })) {
                let pieces = refusal.pieces();
                for piece in pieces.iter().copied().chain(refusal.suggestion()) {
                    prop_assert_eq!(ask(&of(piece)), Ok(piece));
                }
                let known = Interval { first, last: last.min(day("2026-11-25")) };
                prop_assert_eq!(pieces.iter().map(|piece| piece.days()).sum::<i64>(), known.days());
                prop_assert!(pieces.len() > 1);
            }
        }
    }
}
