//! Days as the tables hold them: days since 1 January 1970.

use super::StoreError;
use chrono::TimeDelta;
use vigie_domain::period::Day;

const EPOCH: Day = match Day::from_ymd_opt(1970, 1, 1) {
    Some(day) => day,
    None => panic!("1 January 1970 exists"),
};

/// The number of a day.
pub(super) fn to_number(day: Day) -> i64 {
    (day - EPOCH).num_days()
}

/// The day of a number.
pub(super) fn from_number(number: i64) -> Result<Day, StoreError> {
    TimeDelta::try_days(number)
        .and_then(|days| EPOCH.checked_add_signed(days))
        .ok_or(StoreError::Corrupt("un jour est hors du calendrier"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_back_and_nonsense_is_refused() {
        for day in [Day::MIN, EPOCH, Day::MAX, "2026-02-28".parse().expect("a date")] {
            assert_eq!(from_number(to_number(day)).expect("a day"), day);
        }
        assert_eq!(to_number("1970-01-02".parse().expect("a date")), 1);
        assert!(from_number(i64::MAX).is_err());
    }
}
