//! What the bundle needs to know besides the option: the key `vigie`.

use super::drawn::Drawing;
use super::{Shape, axes, colours, heat_map, holidays, ticks};
use serde_json::{Value, json};
use vigie_domain::catalogue::RatioUnit;
use vigie_domain::form::ChartForm;
use vigie_domain::format;
use vigie_domain::period::{Bucket, SchoolYear, Step};
use vigie_domain::result::SearchResult;

/// The key `vigie` of the option.
///
/// - `grades`: labels of the axis of time, see [`ticks`];
/// - `shape`: `flat` or `tall`, where its frame is not that of most charts;
/// - `days`: the full names of the cells of a heat map, in their order;
/// - `bands`: the holidays, as positions of their first and last buckets and their name;
/// - `legend`: whether the chart needs one;
/// - `series`: name, unit, side and values of each series, whatever the option draws of them (shares, gaps of partial buckets);
/// - `whole`: the values of « Ensemble », for the tooltip; a sum of the parts where they may be added up, a union elsewhere;
/// - `shares`: whether parts have a share of the whole;
/// - `note`: how to read what is drawn differently.
pub(super) fn of(result: &SearchResult, drawing: &Drawing) -> Value {
    let series: Vec<_> = drawing
        .series
        .iter()
        .map(|series| {
            let right = axes::is_on_the_right(series, drawing);
            json!({ "name": series.name, "unit": unit(series.unit), "right": right, "values": series.values })
        })
        .collect();
    let whole = result.whole.as_ref().filter(|_| drawing.left_out == 0 && drawing.series.len() > 1).map(|whole| {
        let values: Vec<_> = (0..whole.figures.len()).map(|bucket| whole.figures.value(bucket)).collect();
        json!({ "name": whole.label(), "unit": unit(whole.figures.unit()), "values": values })
    });
    let bands: Vec<_> =
        holidays::bands(result).into_iter().map(|band| json!([band.first, band.last, band.label])).collect();
    let mut known = json!({
        "form": result.search.form.slug(),
        "grades": match result.search.form {
            ChartForm::HeatMap => heat_map::grades(result),
            _ if result.has_only_levels() => ticks::grades_of_levels(&result.buckets, result.step),
            _ => ticks::grades(&result.buckets, result.step),
        },
        "days": (result.search.form == ChartForm::HeatMap).then(|| heat_map::days(result, drawing)),
        "legend": drawing.series.len() > 1 || result.search.split.is_some(),
        "bands": bands,
        "bandColour": colours::BAND.css(),
        "series": series,
        "whole": whole,
        "shares": drawing.is_stacked(result.search.form),
        "note": note(result, drawing),
    });
    if let Some(shape) = Shape::of(result) {
        known["shape"] = json!(shape.slug());
    }
    known
}

/// The name under which the bundle knows how to write values.
fn unit(unit: Option<RatioUnit>) -> &'static str {
    match unit {
        None => "nombre",
        Some(RatioUnit::Percent) => "pourcent",
        Some(RatioUnit::Number) => "decimal",
    }
}

/// The full names of the buckets.
pub(super) fn labels(result: &SearchResult) -> Vec<String> {
    let is_about_days = result.has_only_levels() && result.step != Step::Day;
    let label = |bucket| if is_about_days { day_label(bucket) } else { label(bucket, result.step) };
    result.buckets.iter().map(label).collect()
}

/// The last day of a bucket, which levels are about. It is today when the bucket is under way, unless the period stops before.
fn day_label(bucket: &Bucket) -> String {
    capitalised(&format::full_date(bucket.days.last))
}

/// The full name of a bucket, which heads the tooltip.
pub(super) fn label(bucket: &Bucket, step: Step) -> String {
    let text = match step {
        Step::Day => capitalised(&format::full_date(bucket.days.first)),
        Step::Week => format!("Semaine du {}", format::date(step.whole_bucket(bucket.days.first).first)),
        Step::Month => capitalised(&format::month(bucket.days.first)),
        Step::SchoolYear => format!("Année scolaire {}", SchoolYear::of(bucket.days.first).label()),
    };
    match format::coverage(bucket, step) {
        None => text,
        Some(note) => format!("{text} ({note})"),
    }
}

/// The first letter as a capital; a plain one, as sentences here begin with.
pub(super) fn capitalised(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn with_note(what: &str, bucket: &Bucket, step: Step) -> String {
    format!("{what} {}", format::coverage(bucket, step).unwrap_or_default())
}

/// On which day levels are read, beside figures that are not.
fn stock_note(result: &SearchResult, drawing: &Drawing) -> Option<String> {
    let names: Vec<_> = drawing.series.iter().filter(|one| one.is_stock).map(|one| one.name.as_str()).collect();
    (!names.is_empty()).then(|| format!("{}\u{a0}: {}.", names.join(", "), result.step.at_end()))
}

/// A line below the chart that says how partial buckets are drawn and what is left out.
fn note(result: &SearchResult, drawing: &Drawing) -> Option<String> {
    let mut notes = Vec::new();
    let partial: Vec<&Bucket> = result.buckets.iter().filter(|bucket| bucket.is_partial()).collect();
    // A level lacks nothing: it is drawn as the others.
    let shown = result.search.form != ChartForm::HeatMap && drawing.series.iter().any(|series| !series.is_stock);
    if let ([first, rest @ ..], true) = (partial.as_slice(), shown) {
        let what = match (result.step, rest) {
            (Step::Day, _) => "jour en cours".to_owned(),
            (Step::Week, [_, ..]) => "semaines incomplètes".to_owned(),
            (Step::Month, [_, ..]) => "mois incomplets".to_owned(),
            (Step::SchoolYear, [_, ..]) => "années scolaires incomplètes".to_owned(),
            (Step::Week, []) => with_note("semaine", first, result.step),
            (Step::Month, []) => with_note("mois", first, result.step),
            (Step::SchoolYear, []) => with_note("année scolaire", first, result.step),
        };
        let how = match result.search.form {
            ChartForm::Line => "Pointillés",
            _ => "Plus clair",
        };
        notes.push(format!("{how}\u{a0}: {what}."));
    }
    if result.step != Step::Day && !result.has_only_levels() {
        notes.extend(stock_note(result, drawing));
    }
    if let (count @ 1.., Some(others)) = (drawing.added_up, drawing.series.last()) {
        // The table gathers no more than it was asked to, which may be less than a chart can tell apart.
        let count = format::integer(count as u64);
        notes.push(format!("«\u{a0}{}\u{a0}» réunit les {count} dernières parts du tableau.", others.name));
    }
    if drawing.left_out > 0 {
        notes.push(format!("{} autres séries dans le tableau.", format::integer(drawing.left_out as u64)));
    }
    if let Some(zone) = holidays::zone(result).filter(|_| !holidays::bands(result).is_empty()) {
        notes.push(format!("Bandes\u{a0}: vacances scolaires, {}.", zone.label().replace("Zone ", "zone\u{a0}")));
    }
    (!notes.is_empty()).then(|| notes.join(" "))
}
