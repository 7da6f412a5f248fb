//! Numbers and dates as French readers expect them: narrow no-break spaces, decimal comma, « 1er septembre 2025 ».

use crate::catalogue::RatioUnit;
use crate::period::{Bucket, Coverage, Day, Interval, SchoolYear, Step};
use chrono::{Datelike, NaiveDateTime, Timelike, Weekday};

/// Narrow no-break space: between thousands, before `%`, `;`, `!`, `?`.
pub const THIN_SPACE: char = '\u{202f}';
/// No-break space: before `:` and inside « ».
pub const NO_BREAK_SPACE: char = '\u{a0}';

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const SHORT_MONTHS: [&str; 12] =
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];

/// So many of something, with its plural, which begins at two: `1 ligne`, `12 345 lignes`.
pub fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{}{NO_BREAK_SPACE}{}", integer(count), if count < 2 { one } else { several })
}

/// A whole number, thousands apart: `12 345`.
pub fn integer(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(THIN_SPACE);
        }
        text.push(digit);
    }
    text
}

/// A number rounded to `decimals` digits after the comma (half away from zero): `1 234,5`.
pub fn decimal(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "—".into();
    }
    let scale = 10f64.powi(decimals as i32);
    let rounded = (value.abs() * scale).round() / scale;
    let text = format!("{rounded:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if value < 0.0 && rounded > 0.0 { "−" } else { "" };
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), integer);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole},{fraction}") }
}

/// A ratio, with one decimal and `%` for a percentage, two decimals for a number.
pub fn ratio(value: f64, unit: RatioUnit) -> String {
    match unit {
        RatioUnit::Percent => format!("{}{THIN_SPACE}%", decimal(value, 1)),
        RatioUnit::Number => decimal(value, 2),
    }
}

/// A value of a bucket: a count when `unit` is None. A missing value is a dash.
pub fn value(value: Option<f64>, unit: Option<RatioUnit>) -> String {
    match (value, unit) {
        (None, _) => "—".into(),
        (Some(value), None) => decimal(value, 0),
        (Some(value), Some(unit)) => ratio(value, unit),
    }
}

/// The name of a month: `septembre 2025`.
pub fn month(day: Day) -> String {
    format!("{} {}", MONTHS[day.month0() as usize], day.year())
}

/// The name of a month, short: `sept. 2025`.
pub fn short_month(day: Day) -> String {
    format!("{} {}", SHORT_MONTHS[day.month0() as usize], day.year())
}

/// The name of a day of the week.
pub fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "lundi",
        Weekday::Tue => "mardi",
        Weekday::Wed => "mercredi",
        Weekday::Thu => "jeudi",
        Weekday::Fri => "vendredi",
        Weekday::Sat => "samedi",
        Weekday::Sun => "dimanche",
    }
}

/// A date: `1er septembre 2025`.
pub fn date(day: Day) -> String {
    format!("{}{NO_BREAK_SPACE}{}", day_of_month(day), month(day))
}

/// A date and a time of a clock: `1er septembre 2025 à 8 h 05`.
pub fn moment(local: NaiveDateTime) -> String {
    let (hour, minute) = (local.hour(), local.minute());
    format!("{} à{NO_BREAK_SPACE}{hour}{NO_BREAK_SPACE}h{NO_BREAK_SPACE}{minute:02}", date(local.date()))
}

/// A date with its day of the week: `lundi 1er septembre 2025`.
pub fn full_date(day: Day) -> String {
    format!("{} {}", weekday(day.weekday()), date(day))
}

/// A date, short: `1er sept. 2025`.
pub fn short_date(day: Day) -> String {
    format!("{}{NO_BREAK_SPACE}{}", day_of_month(day), short_month(day))
}

fn day_of_month(day: Day) -> String {
    if day.day() == 1 { "1er".into() } else { day.day().to_string() }
}

/// A period in words: `du 1er septembre 2025 au 3 juillet 2026`, `le 3 juillet 2026`.
pub fn interval(interval: Interval) -> String {
    if interval.first == interval.last {
        format!("le {}", date(interval.last))
    } else {
        format!("du {} au {}", date(interval.first), date(interval.last))
    }
}

/// What a bucket is called in a table: a day, « semaine du », a month, a school year.
pub fn bucket(bucket: &Bucket, step: Step) -> String {
    let whole = step.whole_bucket(bucket.days.first);
    match step {
        Step::Day => format!("{} {}", short_weekday(bucket.days.first), short_date(bucket.days.first)),
        Step::Week => format!("Sem. du {}", short_date(whole.first)),
        Step::Month => month(bucket.days.first),
        Step::SchoolYear => SchoolYear::of(bucket.days.first).label(),
    }
}

/// What a bucket is called in a sentence: « le lundi 1er septembre 2025 », « la semaine du 1er septembre 2025 »…
pub fn bucket_in_sentence(bucket: &Bucket, step: Step) -> String {
    let whole = step.whole_bucket(bucket.days.first);
    match step {
        Step::Day => format!("le {}", full_date(bucket.days.first)),
        Step::Week => format!("la semaine du {}", date(whole.first)),
        Step::Month => format!("en {}", month(bucket.days.first)),
        Step::SchoolYear => format!("l’année scolaire {}", SchoolYear::of(bucket.days.first).label()),
    }
}

/// What a bucket is called as the subject of a sentence: « la semaine du 1er septembre 2025 », « septembre 2025 »…
pub fn bucket_as_subject(bucket: &Bucket, step: Step) -> String {
    match step {
        Step::Month => month(bucket.days.first),
        _ => bucket_in_sentence(bucket, step),
    }
}

/// What is said of a bucket that does not have all its days: « en cours », « incomplète ». None of a whole one.
pub fn coverage(bucket: &Bucket, step: Step) -> Option<&'static str> {
    match (bucket.coverage, step) {
        (Coverage::Whole, _) => None,
        (Coverage::Ongoing, _) => Some("en cours"),
        (Coverage::Cut, Step::Day | Step::Month) => Some("incomplet"),
        (Coverage::Cut, Step::Week | Step::SchoolYear) => Some("incomplète"),
    }
}

fn short_weekday(day: Day) -> &'static str {
    ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."][day.weekday().num_days_from_monday() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::buckets;

    fn day(text: &str) -> Day {
        text.parse().expect("a date")
    }

    #[test]
    fn numbers_are_written_in_french() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1\u{202f}000"), (1_234_567, "1\u{202f}234\u{202f}567")] {
            assert_eq!(integer(number), text);
        }
        assert_eq!(decimal(1234.56, 1), "1\u{202f}234,6");
        assert_eq!(decimal(-0.04, 1), "0,0");
        assert_eq!(decimal(-2.5, 0), "−3");
        assert_eq!(decimal(f64::NAN, 1), "—");
        assert_eq!(ratio(33.333, RatioUnit::Percent), "33,3\u{202f}%");
        assert_eq!(value(None, None), "—");
    }

    #[test]
    fn dates_and_buckets_are_written_in_french() {
        assert_eq!(full_date(day("2025-09-01")), "lundi 1er\u{a0}septembre 2025");
        assert_eq!(short_date(day("2026-02-03")), "3\u{a0}févr. 2026");
        let period = Interval { first: day("2025-09-03"), last: day("2025-09-10") };
        assert_eq!(interval(period), "du 3\u{a0}septembre 2025 au 10\u{a0}septembre 2025");
        for (step, label) in [
            (Step::Day, "mer. 3\u{a0}sept. 2025"),
            (Step::Week, "Sem. du 1er\u{a0}sept. 2025"),
            (Step::Month, "septembre 2025"),
            (Step::SchoolYear, "2025-2026"),
        ] {
            assert_eq!(bucket(&buckets(period, step)[0], step), label);
        }
    }

    #[test]
    fn buckets_that_lack_days_are_said_to() {
        let days = Interval { first: day("2025-09-03"), last: day("2025-09-10") };
        let said = |coverage, step| super::coverage(&Bucket { days, coverage }, step);
        assert_eq!(said(Coverage::Whole, Step::Week), None);
        assert_eq!(said(Coverage::Ongoing, Step::Month), Some("en cours"));
        assert_eq!(said(Coverage::Cut, Step::Month), Some("incomplet"));
        assert_eq!(said(Coverage::Cut, Step::SchoolYear), Some("incomplète"));
    }
}
