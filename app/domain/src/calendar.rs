//! School time: zones, school holidays, public holidays, days of class.
//!
//! The dates are data of the crate (see `data.rs`): a few kilobytes, so that the browser may know them too.

mod data;

use crate::period::{Day, Interval};
use crate::uai::Uai;
use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// A zone of the school calendar of mainland France.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Zone {
    /// Besançon, Bordeaux, Clermont-Ferrand, Dijon, Grenoble, Limoges, Lyon, Poitiers.
    A,
    /// Aix-Marseille, Amiens, Lille, Nancy-Metz, Nantes, Nice, Normandie, Orléans-Tours, Reims, Rennes, Strasbourg.
    B,
    /// Créteil, Montpellier, Paris, Toulouse, Versailles.
    C,
}

impl Zone {
    /// The zone of a school, by the département that its UAI begins with. None in Corse, overseas (their rectors set their
    /// own calendars) and for a code that names no département.
    pub fn of(uai: &Uai) -> Option<Self> {
        let department = uai.department()?;
        data::DEPARTMENTS.iter().find(|(_, codes)| codes.contains(&department)).map(|(zone, _)| *zone)
    }

    /// « Zone A », as the ministry writes it.
    pub fn label(self) -> &'static str {
        match self {
            Self::A => "Zone A",
            Self::B => "Zone B",
            Self::C => "Zone C",
        }
    }
}

/// Days without class that the calendar names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// What people call it.
    pub label: &'static str,
    /// From the official day of departure (a Saturday, as a rule: schools that have class that morning leave after it) to
    /// the eve of the return.
    pub days: Interval,
}

/// The days for which school holidays are known; outside them, [`holidays`] finds none.
pub fn known_days() -> Interval {
    Interval { first: day(data::KNOWN.0), last: day(data::KNOWN.1) }
}

/// The school holidays of a zone that meet an interval, whole, in order. None without a zone.
pub fn holidays(zone: Option<Zone>, interval: Interval) -> Vec<Holiday> {
    let Some(zone) = zone else { return Vec::new() };
    data::HOLIDAYS
        .iter()
        .filter(|(_, zones, ..)| zones.contains(&zone))
        .map(|&(label, _, departure, back)| Holiday { label, days: days_between(departure, back) })
        .filter(|holiday| holiday.days.first <= interval.last && interval.first <= holiday.days.last)
        .collect()
}

/// The eleven public holidays of a calendar year, in order (article L. 3133-1 of the *code du travail*). Those that only
/// Alsace, Moselle or an overseas territory has are not among them.
pub fn public_holidays(year: i32) -> Vec<(Day, &'static str)> {
    let Some(easter) = easter(year) else { return Vec::new() };
    let fixed = |month, day_of_month, label| NaiveDate::from_ymd_opt(year, month, day_of_month).map(|day| (day, label));
    let after_easter = |days, label| easter.checked_add_days(Days::new(days)).map(|day| (day, label));
    let mut found: Vec<_> = [
        fixed(1, 1, "Jour de l’An"),
        after_easter(1, "Lundi de Pâques"),
        fixed(5, 1, "Fête du Travail"),
        fixed(5, 8, "Victoire de 1945"),
        after_easter(39, "Ascension"),
        after_easter(50, "Lundi de Pentecôte"),
        fixed(7, 14, "Fête nationale"),
        fixed(8, 15, "Assomption"),
        fixed(11, 1, "Toussaint"),
        fixed(11, 11, "Armistice de 1918"),
        fixed(12, 25, "Noël"),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.sort_by_key(|(day, _)| *day);
    found
}

/// The name of the public holiday that a day is, if it is one.
pub fn public_holiday(day: Day) -> Option<&'static str> {
    public_holidays(day.year()).into_iter().find(|(holiday, _)| *holiday == day).map(|(_, label)| label)
}

/// Whether a school of a zone has class on a day: Monday to Friday, outside public and school holidays. Without a zone, or
/// outside [`known_days`], only weekends and public holidays are known to be without class.
///
/// Wednesdays count, and Saturdays do not: schools differ on both, and no national source says which does what.
pub fn is_school_day(day: Day, zone: Option<Zone>) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
        && public_holiday(day).is_none()
        && holidays(zone, Interval { first: day, last: day }).is_empty()
}

/// Easter Sunday in the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher.
fn easter(year: i32) -> Option<Day> {
    let (a, b, c) = (year.rem_euclid(19), year.div_euclid(100), year.rem_euclid(100));
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(n / 31).ok()?, u32::try_from(n % 31 + 1).ok()?)
}

fn days_between(departure: u32, back: u32) -> Interval {
    let back = day(back);
    Interval { first: day(departure), last: back.pred_opt().unwrap_or(back) }
}

/// Reads `yyyymmdd`. A test reads every date of the data.
fn day(number: u32) -> Day {
    NaiveDate::from_ymd_opt((number / 10_000) as i32, number / 100 % 100, number % 100).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests;
