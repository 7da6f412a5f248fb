//! The answer to a search as JSON, for programs. Version 1 of the shape; names are French, like those of the address.

use serde_json::{Value, json};
use vigie_domain::catalogue::RatioUnit;
use vigie_domain::facts::PART_SEPARATOR;
use vigie_domain::period::{Bucket, Coverage, Interval};
use vigie_domain::privacy::grouping::GROUP_SEPARATOR;
use vigie_domain::result::{Extreme, Falls, Figures, Fraction, Part, PeriodCount, SearchResult, Series, Spread};

/// Builds the document.
///
/// Ratios carry their numerator and denominator; percentages are out of 100. A figure that cannot be known is `null`.
pub fn document(result: &SearchResult) -> Value {
    let of_series = |series: &Series| {
        let mut told = self::series(series, &result.buckets);
        told["regroupe"] = json!(result.is_regrouped(series));
        told
    };
    json!({
        "version": 1,
        "question": result.search.to_query(),
        "etablissement": { "uai": result.school.uai, "nom": result.school.name },
        "service": result.search.service.get().slug,
        "periode": period(result.period),
        "pas": result.step.slug(),
        "calcule_le": result.computed_on,
        "donnees": result.data_extent.map(period),
        "efface": result.erased.map(period),
        "cumuls_en_baisse": result.falls.map(falls),
        "intervalles": result.buckets.iter().map(bucket).collect::<Vec<_>>(),
        "series": result.series.iter().map(of_series).collect::<Vec<_>>(),
        "ensemble": result.whole.as_ref().map(of_series),
        "regroupement": result.regrouping(),
        "indisponibles": result.unavailable.iter().map(|id| id.get().slug).collect::<Vec<_>>(),
    })
}

fn period(days: Interval) -> Value {
    json!({ "du": days.first, "au": days.last })
}

fn falls(falls: Falls) -> Value {
    json!({ "nombre": falls.count, "du": falls.days.first, "au": falls.days.last })
}

/// A bucket, and whether it lacks days.
pub(super) fn bucket(bucket: &Bucket) -> Value {
    json!({
        "du": bucket.days.first, "au": bucket.days.last, "incomplet": bucket.is_partial(),
        "en_cours": bucket.coverage == Coverage::Ongoing,
    })
}

/// A series over buckets.
pub(super) fn series(series: &Series, buckets: &[Bucket]) -> Value {
    let indicator = series.indicator.get();
    let values: Vec<Value> = match &series.figures {
        Figures::Additive { values, .. } => values.iter().map(|n| json!(n)).collect(),
        Figures::Distinct { values, .. } | Figures::Stock { values, .. } => values.iter().map(|n| json!(n)).collect(),
        Figures::Ratio { values, unit, .. } => values.iter().map(|f| fraction(*f, *unit)).collect(),
    };
    json!({
        "indicateur": indicator.slug,
        "libelle": series.label(),
        "partie": series.part.as_ref().and_then(|part| part.code.as_deref()).map(part_code),
        "regroupe": series.part.as_ref().is_some_and(Part::is_regrouped),
        "nature": indicator.kind().label(),
        "valeurs": values,
        "resume": summary(&series.figures, buckets),
    })
}

/// The code of a part; a resource and a profile come as two codes, profiles that are shown together as a list.
fn part_code(code: &str) -> Value {
    let profile = |code: &str| match code.split(GROUP_SEPARATOR).collect::<Vec<_>>().as_slice() {
        [one] => json!(one),
        several => json!(several),
    };
    match code.split_once(PART_SEPARATOR) {
        Some((resource, code)) => json!({ "ressource": resource, "profil": profile(code) }),
        None => profile(code),
    }
}

/// A ratio and its terms; `null` when one of them cannot be known.
fn fraction(fraction: Option<Fraction>, unit: RatioUnit) -> Value {
    fraction.map_or(
        Value::Null,
        |f| json!({ "valeur": f.value(unit), "numerateur": f.numerator, "denominateur": f.denominator }),
    )
}

fn summary(figures: &Figures, buckets: &[Bucket]) -> Value {
    let extreme = |extreme: Option<Extreme>| {
        extreme
            .map(|e| json!({ "valeur": e.value, "du": buckets.get(e.bucket as usize).map(|bucket| bucket.days.first) }))
    };
    // A level is that of one day, the last of its bucket.
    let level = |level: Option<Extreme>| {
        let day = |level: Extreme| buckets.get(level.bucket as usize).map(|bucket| bucket.days.last);
        level.map(|l| json!({ "valeur": l.value as u64, "le": day(l) }))
    };
    let spread = |spread: Option<Spread>| {
        json!({
            "min": extreme(spread.map(|s| s.min)),
            "max": extreme(spread.map(|s| s.max)),
            "moyenne": spread.map(|s| s.mean),
            "ecart_type": spread.map(|s| s.standard_deviation),
            "mediane": spread.map(|s| s.median),
        })
    };
    let mut document = match figures {
        Figures::Additive { summary, .. } => spread(summary.spread),
        Figures::Distinct { summary, .. } => spread(summary.spread),
        Figures::Ratio { summary, .. } => json!({ "min": extreme(summary.min), "max": extreme(summary.max) }),
        Figures::Stock { summary, .. } => json!({
            "dernier": level(summary.last), "min": level(summary.min), "max": level(summary.max),
        }),
    };
    match figures {
        Figures::Stock { .. } => {}
        Figures::Additive { summary, .. } => document["total"] = json!(summary.total),
        Figures::Ratio { summary, unit, .. } => document["sur_la_periode"] = fraction(summary.over_period, *unit),
        Figures::Distinct { summary, .. } => match &summary.over_period {
            PeriodCount::Exact(count) => document["distincts_sur_la_periode"] = json!(count),
            PeriodCount::Unknown => document["distincts_sur_la_periode"] = Value::Null,
            PeriodCount::BySchoolYear(counts) => {
                document["distincts_par_annee_scolaire"] = counts
                    .iter()
                    .map(|(year, count)| (year.label(), json!(count)))
                    .collect::<serde_json::Map<_, _>>()
                    .into();
            }
        },
    }
    document
}
