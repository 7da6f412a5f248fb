//! The time zone of a school.

use chrono_tz::{America, Europe, Indian, Pacific, Tz};
use vigie_domain::uai::Uai;

/// The zone of the territory that a UAI begins with: days are counted, and dates without an offset are read, in it. Paris
/// for the metropole and for a code that does not begin with a département.
pub fn zone_of(uai: &Uai) -> Tz {
    match uai.department() {
        // 977 and 978 are Saint-Barthélemy and Saint-Martin, on the time of Guadeloupe.
        Some("971" | "977" | "978") => America::Guadeloupe,
        Some("972") => America::Martinique,
        Some("973") => America::Cayenne,
        Some("974") => Indian::Reunion,
        Some("975") => America::Miquelon,
        // 985 was Mayotte before it was a département.
        Some("976" | "985") => Indian::Mayotte,
        // 988 is New Caledonia for the statisticians of the state, 983 for schools; the same goes for 987 and 984.
        Some("983" | "988") => Pacific::Noumea,
        // The Marquesas and the Gambier, at other hours, are not told apart by the UAI.
        Some("984" | "987") => Pacific::Tahiti,
        Some("986") => Pacific::Wallis,
        _ => Europe::Paris,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

    #[test]
    fn schools_live_in_the_time_of_their_territory() {
        for (uai, zone) in [
            ("0750001A", "Europe/Paris"),
            ("6200001A", "Europe/Paris"),
            ("9999991F", "Europe/Paris"),
            ("DEMO", "Europe/Paris"),
            ("97", "Europe/Paris"),
            ("9710001A", "America/Guadeloupe"),
            ("9720001A", "America/Martinique"),
            ("9730001A", "America/Cayenne"),
            ("9740001A", "Indian/Reunion"),
            ("9750001A", "America/Miquelon"),
            ("9760001A", "Indian/Mayotte"),
            ("9850001A", "Indian/Mayotte"),
            ("9770001A", "America/Guadeloupe"),
            ("9780001A", "America/Guadeloupe"),
            ("9830001A", "Pacific/Noumea"),
            ("9880001A", "Pacific/Noumea"),
            ("9840001A", "Pacific/Tahiti"),
            ("9870001A", "Pacific/Tahiti"),
            ("9860001A", "Pacific/Wallis"),
        ] {
            assert_eq!(zone_of(&Uai::parse(uai).expect("a UAI")).name(), zone, "{uai}");
        }
    }

    #[test]
    fn days_begin_at_midnight_in_the_territory() {
        for (uai, day, begins_at) in [
            ("0750001A", "2026-01-01", "2025-12-31T23:00:00Z"),
            ("0750001A", "2026-07-01", "2026-06-30T22:00:00Z"),
            ("9710001A", "2026-01-01", "2026-01-01T04:00:00Z"),
            ("9720001A", "2026-01-01", "2026-01-01T04:00:00Z"),
            ("9730001A", "2026-01-01", "2026-01-01T03:00:00Z"),
            ("9740001A", "2026-01-01", "2025-12-31T20:00:00Z"),
            ("9750001A", "2026-01-01", "2026-01-01T03:00:00Z"),
            ("9750001A", "2026-07-01", "2026-07-01T02:00:00Z"),
            ("9760001A", "2026-01-01", "2025-12-31T21:00:00Z"),
            ("9830001A", "2026-01-01", "2025-12-31T13:00:00Z"),
            ("9840001A", "2026-01-01", "2026-01-01T10:00:00Z"),
            ("9860001A", "2026-01-01", "2025-12-31T12:00:00Z"),
            // The two nights on which clocks change: a day of 23 hours, then one of 25.
            ("0750001A", "2025-03-30", "2025-03-29T23:00:00Z"),
            ("0750001A", "2025-03-31", "2025-03-30T22:00:00Z"),
            ("0750001A", "2025-10-26", "2025-10-25T22:00:00Z"),
            ("0750001A", "2025-10-27", "2025-10-26T23:00:00Z"),
            // Saint-Pierre-et-Miquelon changes with Canada; La Réunion never does.
            ("9750001A", "2025-03-09", "2025-03-09T03:00:00Z"),
            ("9750001A", "2025-03-10", "2025-03-10T02:00:00Z"),
            ("9740001A", "2025-03-31", "2025-03-30T20:00:00Z"),
        ] {
            let zone = zone_of(&Uai::parse(uai).expect("a UAI"));
            let begins_at: DateTime<Utc> = begins_at.parse().expect("an instant");
            let day: NaiveDate = day.parse().expect("a date");
            let day_of = |instant: DateTime<Utc>| instant.with_timezone(&zone).date_naive();
            assert_eq!(day_of(begins_at), day, "{uai} {day}");
            assert_eq!(day_of(begins_at - TimeDelta::nanoseconds(1)).succ_opt(), Some(day), "{uai} {day}");
        }
    }
}
