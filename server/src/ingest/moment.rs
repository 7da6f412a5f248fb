//! When something happened, in the spellings of the sources, and on which day that is in a school.

use super::refusal::{Refusal, ShownDate};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use vigie_domain::period::FIRST_DAY;

/// When something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A day of the school's own calendar: a date, or a time without offset. Such a time needs no conversion, so neither the
    /// hour that the clocks skip in March nor the one they repeat in October can change its day.
    Local(NaiveDate),
    /// A point in time.
    Instant(DateTime<Utc>),
}

impl Moment {
    /// Reads a date (`2025-09-02`, `02/09/2025`) or a date and time (`2025-09-02T07:12`, with or without seconds, fraction
    /// and offset; a space may stand for the `T`, a comma for the point).
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let unreadable = || Refusal::Date(ShownDate::of(text.trim()));
        let text = text.trim();
        // Longer than the longest spelling, and nothing but ASCII is cut below.
        if text.len() > 40 || !text.is_ascii() {
            return Err(unreadable());
        }
        let (date, time) = match text.find(['T', 't', ' ']) {
            Some(at) => (&text[..at], Some(text[at + 1..].trim_start())),
            None => (text, None),
        };
        let date = parse_date(date).ok_or_else(unreadable)?;
        let Some(time) = time else { return Ok(Self::Local(date)) };
        let (clock, offset) = split_offset(time).ok_or_else(unreadable)?;
        let clock = clock.replace(',', ".");
        let clock = ["%H:%M:%S%.f", "%H:%M"]
            .iter()
            .find_map(|pattern| chrono::NaiveTime::parse_from_str(&clock, pattern).ok())
            .ok_or_else(unreadable)?;
        let local = NaiveDateTime::new(date, clock);
        match offset {
            None => Ok(Self::Local(date)),
            Some(seconds) => local
                .checked_sub_signed(chrono::TimeDelta::seconds(seconds))
                .map(|utc| Self::Instant(utc.and_utc()))
                .ok_or_else(unreadable),
        }
    }

    /// Reads a number of milliseconds since 1970.
    pub fn from_epoch_ms(milliseconds: i64) -> Result<Self, Refusal> {
        // 10 digits: from 2001 to 2286 in seconds, January to April 1970 in milliseconds.
        if (1_000_000_000..10_000_000_000).contains(&milliseconds) {
            return Err(Refusal::Seconds);
        }
        // Years -9999 to 9999: no conversion to a zone can leave what chrono can hold.
        DateTime::from_timestamp_millis(milliseconds)
            .filter(|instant| instant.date_naive().year().abs() <= 9_999)
            .map(Self::Instant)
            .ok_or_else(|| Refusal::Date(ShownDate::of(&milliseconds.to_string())))
    }

    /// The point in time, when it is one.
    pub fn instant(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Local(_) => None,
            Self::Instant(instant) => Some(instant),
        }
    }

    /// The day, in a school of zone `zone`.
    pub fn day(self, zone: Tz) -> NaiveDate {
        match self {
            Self::Local(day) => day,
            Self::Instant(instant) => instant.with_timezone(&zone).date_naive(),
        }
    }
}

/// Refuses a day before 2000 or after tomorrow (clocks differ, and the day ends earlier in Nouméa than in Paris).
pub fn admit(day: NaiveDate, today: NaiveDate) -> Result<NaiveDate, Refusal> {
    if day < FIRST_DAY {
        Err(Refusal::TooEarly(day))
    } else if today.succ_opt().is_some_and(|tomorrow| day > tomorrow) {
        Err(Refusal::TooLate(day))
    } else {
        Ok(day)
    }
}

/// Reads `AAAA-MM-JJ`, or `JJ/MM/AAAA` as spreadsheets write it.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let shape = |separator: char, lengths: [usize; 3]| {
        let mut parts = text.split(separator);
        let numbers = lengths.map(|length| {
            parts
                .next()
                .filter(|part| part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|part| part.parse::<u32>().ok())
        });
        match (numbers, parts.next()) {
            ([Some(a), Some(b), Some(c)], None) => Some([a, b, c]),
            _ => None,
        }
    };
    if let Some([year, month, day]) = shape('-', [4, 2, 2]) {
        return NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day);
    }
    let [day, month, year] = shape('/', [2, 2, 4])?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// Cuts a time from its offset, given in seconds: `Z`, `+02:00`, `+0200`, `+02`.
fn split_offset(time: &str) -> Option<(&str, Option<i64>)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, Some(0)));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, None)) };
    let digits = time[at + 1..].replacen(':', "", 1);
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i64 = digits[..2].parse().ok()?;
    let minutes: i64 = digits.get(2..).filter(|rest| !rest.is_empty()).map_or(Ok(0), str::parse).ok()?;
    if hours > 18 || minutes > 59 {
        return None;
    }
    let sign = if time.as_bytes()[at] == b'-' { -1 } else { 1 };
    Some((time[..at].trim_end(), Some(sign * (hours * 3600 + minutes * 60))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{Europe::Paris, Indian::Reunion, Pacific::Noumea};

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn the_day_is_the_schools_own() {
        for (text, zone, expected) in [
            ("2025-09-02", Paris, "2025-09-02"),
            ("02/09/2025", Paris, "2025-09-02"),
            ("2025-09-02T23:59", Paris, "2025-09-02"),
            ("2025-09-02 23:59:59,785", Paris, "2025-09-02"),
            ("2025-09-02T22:30:00Z", Paris, "2025-09-03"),
            ("2025-09-02T21:59:59.999Z", Paris, "2025-09-02"),
            ("2025-12-31T23:30:00+0100", Paris, "2025-12-31"),
            ("2025-12-31T23:30:00+00:00", Paris, "2026-01-01"),
            ("2025-09-02T21:00:00Z", Reunion, "2025-09-03"),
            ("2025-09-02T14:00:00Z", Noumea, "2025-09-03"),
            ("2025-09-02T01:00:00+02", Paris, "2025-09-02"),
        ] {
            assert_eq!(Moment::parse(text).map(|moment| moment.day(zone)), Ok(day(expected)), "{text}");
        }
    }

    #[test]
    fn hours_that_the_clocks_skip_or_repeat_keep_their_day() {
        // 30 March 2025: 02:30 does not exist in Paris. 26 October 2025: 02:30 happens twice.
        for text in ["2025-03-30T02:30:00", "2025-03-30T01:30:00Z"] {
            assert_eq!(Moment::parse(text).map(|moment| moment.day(Paris)), Ok(day("2025-03-30")));
        }
        for text in ["2025-10-26T02:30:00", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z"] {
            assert_eq!(Moment::parse(text).map(|moment| moment.day(Paris)), Ok(day("2025-10-26")));
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "hier",
            "2025-02-29",
            "2025-13-01",
            "2025-9-2",
            "20250902",
            "2025-09-02T25:00",
            "2025-09-02T24:00:00",
            "2025-09-02T",
            "2025-09-02T10:00+99:00",
            "2025-09-02T10:00+0",
            "31/02/2025",
            "2025/09/02",
            "éé-09-02",
            "+2025-09-02",
            "2025-09-02T10",
            "2025-09-02T+02:00",
            "9999999-01-01",
        ] {
            assert!(matches!(Moment::parse(text), Err(Refusal::Date(_))), "{text}");
        }
    }

    #[test]
    fn seconds_are_not_taken_for_milliseconds() {
        assert_eq!(Moment::from_epoch_ms(1_719_309_600), Err(Refusal::Seconds));
        assert_eq!(Moment::from_epoch_ms(1_719_309_600_000).map(|m| m.day(Paris)), Ok(day("2024-06-25")));
        for extreme in [i64::MIN, i64::MAX] {
            assert!(Moment::from_epoch_ms(extreme).is_err());
        }
    }

    #[test]
    fn days_run_from_2000_to_tomorrow() {
        let today = day("2025-11-21");
        assert_eq!(admit(day("2000-01-01"), today), Ok(day("2000-01-01")));
        assert_eq!(admit(day("2025-11-22"), today), Ok(day("2025-11-22")));
        assert_eq!(admit(day("1999-12-31"), today), Err(Refusal::TooEarly(day("1999-12-31"))));
        assert_eq!(admit(day("2025-11-23"), today), Err(Refusal::TooLate(day("2025-11-23"))));
    }

    #[test]
    fn a_name_in_the_date_column_is_not_quoted() {
        assert_eq!(
            Refusal::Date(ShownDate::of("marie.dupont")).to_string(),
            "date illisible : AAAA-MM-JJ ou JJ/MM/AAAA, avec ou sans heure, est attendu"
        );
        assert!(Refusal::Date(ShownDate::of("31/02/2025")).to_string().contains("« 31/02/2025 »"));
    }
}
