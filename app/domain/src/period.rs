//! Periods, school years and the buckets that a period is cut into.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// A day of the school's own calendar.
pub type Day = NaiveDate;

/// The longest period that may be asked for, in days: a dozen years.
pub const MAX_DAYS: i64 = 4_400;

/// The first day that Vigie knows.
pub const FIRST_DAY: Day = match NaiveDate::from_ymd_opt(2000, 1, 1) {
    Some(day) => day,
    None => panic!("1 January 2000 exists"),
};
/// The last day that may be written in an address.
pub const LAST_DAY: Day = match NaiveDate::from_ymd_opt(2099, 12, 31) {
    Some(day) => day,
    None => panic!("31 December 2099 exists"),
};

/// A school year for statistics: 1 August to 31 July, as the ministry's audience figures count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SchoolYear(pub i32);

impl SchoolYear {
    /// The school year a day belongs to.
    pub fn of(day: Day) -> Self {
        Self(if day.month() >= 8 { day.year() } else { day.year() - 1 })
    }

    /// From 1 August to 31 July.
    pub fn interval(self) -> Interval {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(FIRST_DAY);
        Interval { first: day(self.0, 8, 1), last: day(self.0 + 1, 7, 31) }
    }

    /// The year before.
    pub fn previous(self) -> Self {
        Self(self.0 - 1)
    }

    /// As people write it: `2025-2026`.
    pub fn label(self) -> String {
        format!("{}-{}", self.0, self.0 + 1)
    }
}

/// Days from one to another, both included. `first` is never after `last` in one that a function of this crate gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Interval {
    /// First day.
    pub first: Day,
    /// Last day.
    pub last: Day,
}

impl Interval {
    /// How many days.
    pub fn days(self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// Whether a day is in it.
    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// The same without the days after `day`; None when nothing is left.
    pub fn until(self, day: Day) -> Option<Self> {
        (self.first <= day).then(|| Self { first: self.first, last: self.last.min(day) })
    }

    /// The school years it meets, in order.
    pub fn school_years(self) -> impl Iterator<Item = SchoolYear> {
        (SchoolYear::of(self.first).0..=SchoolYear::of(self.last).0).map(SchoolYear)
    }
}

/// A period that follows the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// The seven days that end today.
    Last7Days,
    /// The thirty days that end today.
    Last30Days,
    /// From the first of this month to its end.
    ThisMonth,
    /// The month before.
    LastMonth,
    /// The twelve months that end today.
    Last12Months,
    /// From 1 August to 31 July.
    ThisSchoolYear,
    /// The school year before.
    LastSchoolYear,
}

impl Preset {
    /// Every preset, in the order of the form.
    pub const ALL: [Self; 7] = [
        Self::Last7Days,
        Self::Last30Days,
        Self::ThisMonth,
        Self::LastMonth,
        Self::Last12Months,
        Self::ThisSchoolYear,
        Self::LastSchoolYear,
    ];

    /// The value of `periode` in the address.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Last7Days => "7-jours",
            Self::Last30Days => "30-jours",
            Self::ThisMonth => "ce-mois",
            Self::LastMonth => "mois-dernier",
            Self::Last12Months => "12-mois",
            Self::ThisSchoolYear => "annee-scolaire",
            Self::LastSchoolYear => "annee-scolaire-precedente",
        }
    }

    /// What the form calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Last7Days => "7 derniers jours",
            Self::Last30Days => "30 derniers jours",
            Self::ThisMonth => "Ce mois-ci",
            Self::LastMonth => "Mois dernier",
            Self::Last12Months => "12 derniers mois",
            Self::ThisSchoolYear => "Cette année scolaire",
            Self::LastSchoolYear => "Année scolaire précédente",
        }
    }

    /// The preset that a value of `periode` names.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.slug() == slug)
    }

    /// Its days when today is `today`. A month or a school year is whole, even when its end is still to come.
    pub fn interval(self, today: Day) -> Interval {
        let back = |days| today.checked_sub_days(Days::new(days)).unwrap_or(FIRST_DAY);
        match self {
            Self::Last7Days => Interval { first: back(6), last: today },
            Self::Last30Days => Interval { first: back(29), last: today },
            Self::ThisMonth => month_of(today),
            Self::LastMonth => month_of(month_of(today).first.pred_opt().unwrap_or(FIRST_DAY)),
            Self::Last12Months => {
                let year_ago = today.checked_sub_months(Months::new(12)).unwrap_or(FIRST_DAY);
                Interval { first: next(year_ago), last: today }
            }
            Self::ThisSchoolYear => SchoolYear::of(today).interval(),
            Self::LastSchoolYear => SchoolYear::of(today).previous().interval(),
        }
    }
}

/// The period of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodChoice {
    /// One that follows the calendar.
    Preset(Preset),
    /// Two dates.
    Dates(Interval),
}

impl PeriodChoice {
    /// Its days when today is `today`.
    pub fn interval(self, today: Day) -> Interval {
        match self {
            Self::Preset(preset) => preset.interval(today),
            Self::Dates(interval) => interval,
        }
    }
}

/// How a period is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Day by day.
    Day,
    /// Weeks from Monday to Sunday.
    Week,
    /// Calendar months.
    Month,
    /// School years, from 1 August.
    SchoolYear,
}

impl Step {
    /// Every step, from the finest.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::SchoolYear];

    /// The value of `pas` in the address.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Day => "jour",
            Self::Week => "semaine",
            Self::Month => "mois",
            Self::SchoolYear => "annee-scolaire",
        }
    }

    /// What the form calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Day => "Jour",
            Self::Week => "Semaine (du lundi)",
            Self::Month => "Mois",
            Self::SchoolYear => "Année scolaire",
        }
    }

    /// « par jour », « par semaine »…
    pub fn per(self) -> &'static str {
        match self {
            Self::Day => "par jour",
            Self::Week => "par semaine",
            Self::Month => "par mois",
            Self::SchoolYear => "par année scolaire",
        }
    }

    /// When a level is read: « au dernier jour de chaque mois »…
    pub fn at_end(self) -> &'static str {
        match self {
            Self::Day => "chaque jour",
            Self::Week => "au dernier jour de chaque semaine",
            Self::Month => "au dernier jour de chaque mois",
            Self::SchoolYear => "au dernier jour de chaque année scolaire",
        }
    }

    /// The step that a value of `pas` names.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.slug() == slug)
    }

    /// A step that gives a readable number of buckets: days up to seven weeks, weeks up to two years, then months.
    pub fn suited_to(interval: Interval) -> Self {
        match interval.days() {
            ..=49 => Self::Day,
            50..=740 => Self::Week,
            _ => Self::Month,
        }
    }

    /// The whole bucket that a day belongs to.
    pub fn whole_bucket(self, day: Day) -> Interval {
        match self {
            Self::Day => Interval { first: day, last: day },
            Self::Week => {
                let week = day.week(Weekday::Mon);
                Interval { first: week.first_day(), last: week.last_day() }
            }
            Self::Month => month_of(day),
            Self::SchoolYear => SchoolYear::of(day).interval(),
        }
    }
}

/// Whether a bucket has all the days of its week, month or school year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// It has them all, and they are over.
    Whole,
    /// The period leaves some of them out.
    Cut,
    /// It is not over: today is in it. Its figures will change.
    Ongoing,
}

/// One bucket of a period: a day, a week, a month or a school year, cut at the ends of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its days inside the period, and up to today.
    pub days: Interval,
    /// Which of its days they are.
    pub coverage: Coverage,
}

impl Bucket {
    /// Whether days are missing: its counts are then not comparable with those of a whole one.
    pub fn is_partial(&self) -> bool {
        self.coverage != Coverage::Whole
    }
}

/// Cuts an interval into the buckets of a step, in order; the interval may cut the first and the last.
pub fn buckets(interval: Interval, step: Step) -> Vec<Bucket> {
    let mut buckets = Vec::new();
    let mut day = interval.first;
    while day <= interval.last {
        let whole = step.whole_bucket(day);
        let days = Interval { first: day, last: whole.last.min(interval.last) };
        buckets.push(Bucket { days, coverage: if days == whole { Coverage::Whole } else { Coverage::Cut } });
        day = next(whole.last);
    }
    buckets
}

/// The same when today is `today`: nothing is known of the days to come, and the bucket that holds today is not over, even
/// when it ends today.
pub fn buckets_until(interval: Interval, step: Step, today: Day) -> Vec<Bucket> {
    let mut buckets = interval.until(today).map_or_else(Vec::new, |known| buckets(known, step));
    if let Some(last) = buckets.last_mut()
        && step.whole_bucket(last.days.first).last >= today
    {
        last.coverage = Coverage::Ongoing;
    }
    buckets
}

fn month_of(day: Day) -> Interval {
    let first = day.with_day(1).unwrap_or(day);
    let last = first.checked_add_months(Months::new(1)).and_then(|d| d.pred_opt()).unwrap_or(day);
    Interval { first, last }
}

fn next(day: Day) -> Day {
    day.succ_opt().unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests;
