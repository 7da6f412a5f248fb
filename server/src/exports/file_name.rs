//! How the files of exports are called, on the disk and in the browser.

use crate::export::format::Format;
use crate::letters::without_accent;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt::Write as _;
use vigie_app::text;
use vigie_domain::period::PeriodChoice;
use vigie_domain::search::Search;

/// The most characters of the subject: names of files have 255 bytes at most.
const SUBJECT: usize = 60;

/// What may stand as it is in the value of `filename*` (RFC 8187).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The name of the file of a settled question: « Accès aux ressources par profil – par mois – 9999991F – 2025-08-01 à 2026-07-31.csv ».
pub fn file_name(search: &Search, format: Format) -> String {
    let mut name =
        cleaned(&text::divided_question(search)).chars().take(SUBJECT).collect::<String>().trim_end().to_owned();
    // Writing to a string cannot fail.
    if let Some(step) = text::step(search) {
        let _ = write!(name, " – {step}");
    }
    if let Some(school) = &search.school {
        let _ = write!(name, " – {school}");
    }
    if let PeriodChoice::Dates(days) = search.period {
        let _ = write!(name, " – {} à {}", days.first, days.last);
    }
    // Two formats end alike, and people keep both.
    let dialect = if format == Format::Csv { " (RFC 4180)" } else { "" };
    let _ = write!(name, "{dialect}.{}", format.extension());
    name
}

/// A text without what some system does not take in the name of a file.
fn cleaned(text: &str) -> String {
    let place = |character: char| match character {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '÷' => '-',
        '\'' => '’',
        other if other.is_control() => '-',
        other if other.is_whitespace() => ' ',
        other => other,
    };
    let text: String = text.chars().map(place).collect();
    text.split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .trim_matches(['.', '-', ' '])
        .to_owned()
}

/// The value of `Content-Disposition` that gives a file its name: as it is for the browsers of today, without accents for the others.
pub fn disposition(name: &str) -> String {
    let plain: String = name.chars().map(plain).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, PLAIN))
}

/// A sign that every browser takes in the name of a file.
fn plain(character: char) -> char {
    match without_accent(character) {
        '–' => '-',
        '’' => '\'',
        other @ ' '..='~' if !matches!(other, '"' | '\\' | '%') => other,
        _ => '_',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vigie_domain::catalogue::IndicatorId;

    #[test]
    fn a_name_says_what_is_in_the_file() {
        let query = "etablissement=9999991F&service=acces&indicateur=acces-total&du=2025-08-01&au=2026-07-31&par=profil&pas=mois";
        let search = Search::from_query(query).search;
        let name = file_name(&search, Format::CsvFr);
        assert_eq!(
            name,
            "Total des accès aux ressources par profil – par mois – 9999991F – 2025-08-01 à 2026-07-31.csv"
        );
        let twice = Search::from_query("indicateur=utilisateurs-distincts&du=2025-08-01&au=2026-07-31").search;
        assert_eq!(file_name(&twice, Format::Ods), "Utilisateurs distincts par profil – 2025-08-01 à 2026-07-31.ods");
        assert!(file_name(&search, Format::Csv).ends_with(" (RFC 4180).csv"));
        let disposition = disposition(&name);
        assert!(disposition.is_ascii(), "{disposition}");
        assert!(disposition.contains("2025-08-01 a 2026-07-31.csv\"; filename*=UTF-8''"), "{disposition}");
    }

    #[test]
    fn every_indicator_gives_a_name_that_every_system_takes() {
        for id in IndicatorId::all() {
            let query =
                format!("etablissement=9999991F&indicateur={}&du=2025-08-01&au=2026-07-31&pas=mois", id.get().slug);
            let name = file_name(&Search::from_query(&query).search, Format::Parquet);
            assert!(name.len() < 200 && !name.starts_with(['.', ' ', '-']), "{name}");
            assert!(!name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']), "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_disposition_is_one_header_whatever_the_name(name in "\\PC{0,80}") {
            let value = disposition(&name);
            prop_assert!(axum::http::HeaderValue::from_str(&value).is_ok());
            prop_assert_eq!(value.matches('"').count(), 2);
        }
    }
}
