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
        Some("976") => Indian::Mayotte,
        Some("983") => Pacific::Noumea,
        // The Marquesas and the Gambier, at other hours, are not told apart by the UAI.
        Some("984" | "987") => Pacific::Tahiti,
        Some("986") => Pacific::Wallis,
        _ => Europe::Paris,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("9830001A", "Pacific/Noumea"),
            ("9840001A", "Pacific/Tahiti"),
            ("9870001A", "Pacific/Tahiti"),
            ("9860001A", "Pacific/Wallis"),
        ] {
            assert_eq!(zone_of(&Uai::parse(uai).expect("a UAI")).name(), zone, "{uai}");
        }
    }
}
