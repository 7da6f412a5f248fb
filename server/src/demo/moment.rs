//! Moments of the day in Paris, and the ways in which the sources write them.

use chrono::{Days, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Europe::Paris;
use vigie_domain::period::Day;

/// A second of a day in Paris.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    /// The day.
    pub(super) day: Day,
    second: u32,
}

impl Moment {
    /// The moment `second` seconds after midnight by the clock on the wall, brought back into the day.
    pub(super) fn new(day: Day, second: u32) -> Self {
        Self { day, second: second.min(24 * 3600 - 1) }
    }

    fn local(self) -> NaiveDateTime {
        NaiveTime::from_num_seconds_from_midnight_opt(self.second, 0)
            .map_or_else(|| self.day.and_time(NaiveTime::MIN), |time| self.day.and_time(time))
    }

    /// `2025-09-04T10:12`
    pub(super) fn zoneless_minute(self) -> String {
        self.local().format("%Y-%m-%dT%H:%M").to_string()
    }

    /// `2025-09-04T10:12:33`
    pub(super) fn zoneless(self) -> String {
        self.local().format("%Y-%m-%dT%H:%M:%S").to_string()
    }

    /// `2025-09-04T10:12:33+02:00`
    pub(super) fn with_offset(self) -> String {
        self.in_paris().format("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// `2025-09-04T10:12:33.000+02:00`
    pub(super) fn with_offset_ms(self) -> String {
        self.in_paris().format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
    }

    /// `2025-09-04T08:12:33.000Z`
    pub(super) fn utc_ms(self) -> String {
        self.in_paris().with_timezone(&Utc).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    /// Milliseconds since 1970.
    pub(super) fn epoch_ms(self) -> i64 {
        self.in_paris().timestamp_millis()
    }

    fn in_paris(self) -> chrono::DateTime<chrono_tz::Tz> {
        let local = self.local();
        // The hour that summer time skips is the only one without an instant: nobody is at school then.
        Paris.from_local_datetime(&local).earliest().unwrap_or_else(|| {
            let later = local.checked_add_days(Days::new(1)).unwrap_or(local);
            Paris.from_utc_datetime(&later)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_every_spelling() {
        let moment = Moment::new("2025-09-04".parse().expect("a date"), 10 * 3600 + 12 * 60 + 33);
        assert_eq!(moment.zoneless_minute(), "2025-09-04T10:12");
        assert_eq!(moment.zoneless(), "2025-09-04T10:12:33");
        assert_eq!(moment.with_offset(), "2025-09-04T10:12:33+02:00");
        assert_eq!(moment.with_offset_ms(), "2025-09-04T10:12:33.000+02:00");
        assert_eq!(moment.utc_ms(), "2025-09-04T08:12:33.000Z");
        assert_eq!(moment.epoch_ms(), 1_756_973_553_000);
        let winter = Moment::new("2025-12-04".parse().expect("a date"), 0);
        assert_eq!(winter.with_offset(), "2025-12-04T00:00:00+01:00");
    }
}
