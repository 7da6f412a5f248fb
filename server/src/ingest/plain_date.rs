//! Dates written plainly: from the hour that a line gives to the day of a school, worked out once for all the lines of that hour.

use super::plain_scan::Value;
use crate::store::events::PackedDay;
use chrono::{DateTime, Datelike, NaiveDate};
use chrono_tz::Tz;
use vigie_domain::period::SchoolYear;

/// A day of a school.
#[derive(Clone, Copy)]
pub(super) struct Day {
    pub(super) date: NaiveDate,
    pub(super) packed: PackedDay,
    /// The first year of its school year.
    pub(super) year: i32,
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self { date, packed: date.into(), year: SchoolYear::of(date).0 }
    }
}

/// When something happened, as it is written.
pub(super) enum Date<'a> {
    Text(&'a str),
    Milliseconds(i64),
}

/// An hour: territories that a UAI tells apart are all a whole number of hours away from UTC, so that an hour is in one day.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hour {
    /// Of the day that is written, by the first and the last eight of its bytes: an hour of the school's own calendar, or so many hours of
    /// UTC after its beginning.
    Written([u64; 2], Option<i8>),
    /// Hours since 1970.
    Utc(i64),
}

/// The days of the hours met lately in zones. Every hour has its place, which others may take: a line looks at one place only.
pub(super) struct Days(Vec<Option<(Hour, Tz, Day)>>);

impl Default for Days {
    fn default() -> Self {
        Self(vec![None; 1 << Self::PLACES])
    }
}

impl Days {
    /// How many places there are, as a power of two: those of half a year.
    const PLACES: u32 = 12;

    /// The day of an hour in a zone, worked out by `find` when it is not there.
    #[inline]
    pub(super) fn get(&mut self, hour: Hour, zone: Tz, find: impl FnOnce() -> Option<Day>) -> Option<Day> {
        let spread = match hour {
            Hour::Written([first, last], hours) => first ^ last.rotate_left(20) ^ u64::from(hours.unwrap_or(-1) as u8),
            Hour::Utc(hours) => hours as u64,
        };
        let place = &mut self.0[(spread.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - Self::PLACES)) as usize];
        if let Some((of, known_zone, day)) = place
            && (*of, *known_zone) == (hour, zone)
        {
            return Some(*day);
        }
        let day = find()?;
        *place = Some((hour, zone, day));
        Some(day)
    }
}

impl Hour {
    /// The day that it is in, if there is such a day.
    pub(super) fn day(self, zone: Tz) -> Option<NaiveDate> {
        let hours = match self {
            Self::Written(date, None) => return day_of(unpacked(date)),
            Self::Written(date, Some(hours)) => {
                i64::from(day_of(unpacked(date))?.num_days_from_ce() - 719_163) * 24 + i64::from(hours)
            }
            Self::Utc(hours) => hours,
        };
        Some(DateTime::from_timestamp(hours * 3_600, 0)?.with_timezone(&zone).date_naive())
    }
}

impl<'a> Date<'a> {
    /// A text or a number of milliseconds.
    pub(super) fn read(value: Value<'a>) -> Option<Self> {
        match value.text() {
            Some(text) => Some(Self::Text(text)),
            None => value.raw.parse().ok().map(Self::Milliseconds),
        }
    }

    pub(super) fn hour(&self) -> Option<Hour> {
        match self {
            // Smaller numbers may be seconds, larger ones are beyond the calendar.
            Self::Milliseconds(number) if (10_000_000_000..253_402_300_800_000).contains(number) => {
                Some(Hour::Utc(number.div_euclid(3_600_000)))
            }
            Self::Milliseconds(_) => None,
            Self::Text(text) => hour_of(text.as_bytes()),
        }
    }
}

/// The first and the last eight bytes of ten.
fn packed(text: &[u8; 10]) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, i, j] = *text;
    [u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([c, d, e, f, g, h, i, j])]
}

fn unpacked(packed: [u64; 2]) -> [u8; 10] {
    let ([a, b, c, d, e, f, g, h], [.., i, j]) = (packed[0].to_le_bytes(), packed[1].to_le_bytes());
    [a, b, c, d, e, f, g, h, i, j]
}

/// `AAAA-MM-JJ`
fn day_of([y1, y2, y3, y4, dash, m1, m2, other_dash, d1, d2]: [u8; 10]) -> Option<NaiveDate> {
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let day = NaiveDate::from_ymd_opt(year, two(m1, m2)? as u32, two(d1, d2)? as u32)?;
    ([dash, other_dash] == *b"--").then_some(day)
}

/// A date, alone or before `THH:MM:SS`, a fraction of a second, and `Z` or a whole number of hours. Whether there is such a day is
/// looked at later.
fn hour_of(text: &[u8]) -> Option<Hour> {
    let (date, time) = text.split_first_chunk()?;
    let date = packed(date);
    if time.is_empty() {
        return Some(Hour::Written(date, None));
    }
    let [b'T' | b' ', time @ ..] = time else { return None };
    let (time, rest) = time.split_first_chunk()?;
    let hour = hour_of_day(*time)?;
    let offset = match rest {
        [b'.', digits @ ..] => {
            let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&length) {
                return None;
            }
            &digits[length..]
        }
        rest => rest,
    };
    let hours = match *offset {
        [] => return Some(Hour::Written(date, None)),
        [b'Z'] => 0,
        [b'+', h1, h2, b':', b'0', b'0'] => two(h1, h2)?,
        [b'-', h1, h2, b':', b'0', b'0'] => -two(h1, h2)?,
        _ => return None,
    };
    (hours.abs() <= 18).then_some(Hour::Written(date, Some((hour - hours) as i8)))
}

/// The hour of `HH:MM:SS`.
fn hour_of_day(time: [u8; 8]) -> Option<i32> {
    // What each byte is above the nought or the colon that it should be, and what it may be at most.
    let above = u64::from_le_bytes(time) ^ u64::from_le_bytes(*b"00:00:00");
    const ABOVE_MOST: u64 =
        u64::from_le_bytes([0x7f - 2, 0x7f - 9, 0x7f, 0x7f - 5, 0x7f - 9, 0x7f, 0x7f - 5, 0x7f - 9]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    if (((above & !HIGHS) + ABOVE_MOST) | above) & HIGHS != 0 {
        return None;
    }
    let [tens, units, ..] = above.to_le_bytes();
    let hour = i32::from(tens) * 10 + i32::from(units);
    (hour < 24).then_some(hour)
}

fn two(tens: u8, units: u8) -> Option<i32> {
    (tens.is_ascii_digit() && units.is_ascii_digit()).then(|| i32::from(tens - b'0') * 10 + i32::from(units - b'0'))
}
