//! Days as the tables hold them: days since 1 January 1970.

use super::StoreError;
use chrono::Datelike;
use vigie_domain::period::Day;

/// The days from 1 January of the year 1, as chrono counts them, to 1 January 1970.
const EPOCH: i64 = 719_163;

/// The number of a day.
pub(super) fn to_number(day: Day) -> i64 {
    i64::from(day.num_days_from_ce()) - EPOCH
}

/// The day of a number.
pub(super) fn from_number(number: i64) -> Result<Day, StoreError> {
    let days = number.checked_add(EPOCH).and_then(|days| i32::try_from(days).ok());
    days.and_then(Day::from_num_days_from_ce_opt).ok_or(StoreError::Corrupt("un jour est hors du calendrier"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_back_and_nonsense_is_refused() {
        for day in [Day::MIN, Day::MAX, "2026-02-28".parse().expect("a date")] {
            assert_eq!(from_number(to_number(day)).expect("a day"), day);
        }
        assert_eq!(to_number("1970-01-02".parse().expect("a date")), 1);
        assert_eq!(to_number("1969-12-31".parse().expect("a date")), -1);
        assert!(from_number(i64::MAX).is_err());
    }
}
