//! School holidays behind the chart: a drop in February is not news when there is no class.

use vigie_domain::calendar::{Zone, holidays, is_school_day};
use vigie_domain::form::ChartForm;
use vigie_domain::period::{Bucket, Step};
use vigie_domain::result::SearchResult;

/// A run of buckets without class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Band {
    /// Position of the first.
    pub(super) first: usize,
    /// Position of the last.
    pub(super) last: usize,
    /// What people call these holidays.
    pub(super) label: &'static str,
}

/// The zone whose holidays are drawn: that of the school, for days and weeks only, where holidays are as long as buckets.
pub(super) fn zone(result: &SearchResult) -> Option<Zone> {
    let drawn = matches!(result.step, Step::Day | Step::Week) && result.search.form != ChartForm::HeatMap;
    Zone::of(&result.school.uai).filter(|_| drawn)
}

/// The runs of buckets without class, in order.
pub(super) fn bands(result: &SearchResult) -> Vec<Band> {
    let Some(zone) = zone(result) else { return Vec::new() };
    let mut bands: Vec<Band> = Vec::new();
    for (position, bucket) in result.buckets.iter().enumerate() {
        let Some(label) = holiday(bucket, zone) else { continue };
        match bands.last_mut() {
            Some(band) if band.last + 1 == position && band.label == label => band.last = position,
            _ => bands.push(Band { first: position, last: position, label }),
        }
    }
    bands
}

/// The holiday that a bucket falls in, when there is no class on any of its days.
fn holiday(bucket: &Bucket, zone: Zone) -> Option<&'static str> {
    let found = holidays(Some(zone), bucket.days).into_iter().next()?;
    let mut days = bucket.days.first.iter_days().take_while(|day| *day <= bucket.days.last);
    days.all(|day| !is_school_day(day, Some(zone))).then_some(found.label)
}

#[cfg(test)]
mod tests {
    use super::super::tests::samples;
    use super::*;
    use vigie_domain::uai::Uai;

    fn bands_of(query: &str) -> Vec<(usize, usize, &'static str)> {
        let mut result = samples::result(query);
        result.school.uai = Uai::parse("0750001A").expect("a UAI");
        bands(&result).into_iter().map(|band| (band.first, band.last, band.label)).collect()
    }

    #[test]
    fn weeks_without_class_make_bands() {
        // In 2025 the holidays of autumn went from 18 October to 2 November.
        let bands = bands_of("indicateur=acces-total&par=aucun&du=2025-10-06&au=2025-11-09&pas=semaine");
        assert_eq!(bands, [(2, 3, "Vacances de la Toussaint")]);
    }

    #[test]
    fn days_without_class_make_bands_and_weekends_do_not() {
        let bands = bands_of("indicateur=acces-total&par=aucun&du=2025-10-10&au=2025-10-21&pas=jour");
        assert_eq!(bands, [(8, 11, "Vacances de la Toussaint")]);
    }

    #[test]
    fn months_and_schools_without_a_zone_have_none() {
        assert_eq!(bands_of("indicateur=acces-total&par=aucun&du=2025-07-01&au=2026-06-09&pas=mois"), []);
        let result = samples::result("indicateur=acces-total&par=aucun&du=2025-10-06&au=2025-11-09&pas=semaine");
        assert_eq!(bands(&result), []);
    }
}
