//! When people use the resources: the weight of each day of a school year.

use super::school::{Nature, ZONE};
use chrono::{Datelike, Days, Weekday};
use vigie_domain::calendar::{holidays, is_school_day, known_days};
use vigie_domain::period::{Day, Interval, SchoolYear};

/// Whose rhythm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Pupils.
    Pupils,
    /// Adults, who prepare lessons when there is no class.
    Staff,
}

/// What a day is at school.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayKind {
    /// There is class.
    Class,
    /// Saturday of a week of class.
    Saturday,
    /// Sunday before a week of class, when homework is done.
    HomeworkSunday,
    /// A public holiday, or another Sunday.
    Off,
    /// School holidays, the long summer aside.
    Holiday,
    /// The last days of August: adults are back.
    PreReturn,
    /// The long summer.
    Summer,
}

/// What a day is at school.
pub(super) fn kind(day: Day) -> DayKind {
    let tomorrow = day + Days::new(1);
    if has_class(day) {
        DayKind::Class
    } else if day.weekday() == Weekday::Sun && has_class(tomorrow) {
        DayKind::HomeworkSunday
    } else if day.month() == 8 && day.day() >= 26 {
        DayKind::PreReturn
    } else if day.month() == 8 || (day.month() == 7 && !is_class_week(day)) {
        DayKind::Summer
    } else if in_holidays(day) {
        DayKind::Holiday
    } else if day.weekday() == Weekday::Sat {
        DayKind::Saturday
    } else {
        DayKind::Off
    }
}

/// Whether there is class on a day.
pub(super) fn has_class(day: Day) -> bool {
    is_school_day(day, Some(ZONE)) && !in_holidays(day)
}

/// The first day of class of a school year.
pub(super) fn first_day_of_class(year: SchoolYear) -> Day {
    let first = year.interval().first + Days::new(24);
    first.iter_days().take(30).find(|day| has_class(*day)).unwrap_or(first)
}

/// How much a day weighs among those of its school year.
pub(super) fn weight(nature: Nature, audience: Audience, day: Day) -> f64 {
    let adult = audience == Audience::Staff;
    let by_audience = |pupils: f64, staff: f64| if adult { staff } else { pupils };
    match kind(day) {
        DayKind::Class => weekday(nature, audience, day.weekday()) * season(nature, day),
        DayKind::Saturday => by_audience(0.05, 0.10),
        DayKind::HomeworkSunday => by_audience(if nature == Nature::Ecole { 0.05 } else { 0.16 }, 0.28),
        DayKind::Off => 0.03,
        DayKind::Holiday => by_audience(0.015, 0.05),
        DayKind::PreReturn => by_audience(0.005, 0.35),
        DayKind::Summer => by_audience(0.001, 0.006),
    }
}

fn weekday(nature: Nature, audience: Audience, day: Weekday) -> f64 {
    match (day, nature, audience) {
        (Weekday::Wed, Nature::Ecole, Audience::Pupils) => 0.03,
        (Weekday::Wed, Nature::Ecole, Audience::Staff) => 0.3,
        (Weekday::Wed, Nature::College, _) => 0.55,
        (Weekday::Wed, Nature::Lycee, _) => 0.65,
        (Weekday::Tue, ..) => 1.10,
        (Weekday::Thu, ..) => 1.05,
        (Weekday::Fri, ..) => 0.85,
        _ => 1.0,
    }
}

/// The discovery of September, then the weeks before exams and the end of the year.
fn season(nature: Nature, day: Day) -> f64 {
    let week = (day - first_day_of_class(SchoolYear::of(day))).num_days() / 7;
    let start = [1.7, 2.0, 1.8, 1.6, 1.35, 1.15];
    if let Some(factor) = usize::try_from(week).ok().and_then(|week| start.get(week)) {
        return *factor;
    }
    match (nature, day.month(), day.day()) {
        (Nature::Ecole, 1, 15..) => 1.25,
        (Nature::Ecole, 6, 15..) => 0.55,
        // Mock exams, then the brevet at the end of June.
        (Nature::College, 1, 12..=31) | (Nature::College, 4, _) => 1.3,
        (Nature::College, 6, 8..=26) => 1.55,
        (Nature::College, 6, 27..) => 0.4,
        // Mock exams of February and March; French, philosophy and specialities from the end of May.
        (Nature::Lycee, 2 | 3, _) => 1.25,
        (Nature::Lycee, 5, 18..) | (Nature::Lycee, 6, ..=15) => 1.65,
        (Nature::Lycee, 6, 16..) => 0.35,
        (_, 7, _) => 0.25,
        (_, 12, 8..) => 0.85,
        _ => 0.95,
    }
}

fn in_holidays(day: Day) -> bool {
    let day = known(day);
    !holidays(Some(ZONE), Interval { first: day, last: day }).is_empty()
}

fn is_class_week(day: Day) -> bool {
    day.week(Weekday::Mon).first_day().iter_days().take(5).any(has_class)
}

/// A day whose holidays are known, the same day of the week and about the same date: years that the ministry has not fixed
/// yet look like the last ones it did.
fn known(day: Day) -> Day {
    let known = known_days();
    let shifted = |years: u64| {
        let days = Days::new((years * 36_525 / 100 + 3) / 7 * 7);
        if day > known.last { day.checked_sub_days(days) } else { day.checked_add_days(days) }
    };
    let mut candidates = (0..100).filter_map(shifted);
    candidates.find(|day| known.contains(*day)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_apart() {
        for (day, expected) in [
            ("2025-09-02", DayKind::Class),
            ("2025-09-06", DayKind::Saturday),
            ("2025-09-07", DayKind::HomeworkSunday),
            ("2025-10-26", DayKind::Holiday),
            ("2025-11-02", DayKind::HomeworkSunday),
            ("2025-11-11", DayKind::Off),
            ("2025-08-28", DayKind::PreReturn),
            ("2025-08-10", DayKind::Summer),
            ("2026-07-14", DayKind::Summer),
        ] {
            assert_eq!(kind(day.parse().expect("a date")), expected, "{day}");
        }
    }

    #[test]
    fn years_that_nobody_fixed_yet_still_have_holidays() {
        for year in [2015, 2022, 2026, 2027, 2031] {
            let days = SchoolYear(year).interval();
            let class =
                days.first.iter_days().take_while(|day| *day <= days.last).filter(|day| has_class(*day)).count();
            assert!((160..=190).contains(&class), "{year}: {class}");
            let first = first_day_of_class(SchoolYear(year));
            assert!((first.month(), first.day()) <= (9, 6), "{first}");
        }
    }
}
