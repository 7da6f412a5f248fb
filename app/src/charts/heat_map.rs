//! The heat map: weeks across, days of the week downwards, one colour for each class of figures.

use super::colours::{BACKGROUND, HEAT, MUTED};
use super::drawn::Drawing;
use super::{meta, ticks};
use charming::Chart;
use charming::component::{Axis, VisualMap, VisualMapPiece, VisualMapType};
use charming::datatype::{CompositeValue, DataPoint};
use charming::element::{AxisLabel, AxisLine, AxisTick, AxisType, ItemStyle, Orient, SplitLine, TextStyle};
use charming::series::Heatmap;
use chrono::Datelike;
use vigie_domain::catalogue::RatioUnit;
use vigie_domain::format;
use vigie_domain::period::{Bucket, Coverage, Step};
use vigie_domain::result::SearchResult;

const WEEKDAYS: [&str; 7] = ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."];

/// The weeks that days fall in, each whole.
pub(super) fn weeks(days: &[Bucket]) -> Vec<Bucket> {
    let mut weeks: Vec<Bucket> = days
        .iter()
        .map(|day| Bucket { days: Step::Week.whole_bucket(day.days.first), coverage: Coverage::Whole })
        .collect();
    weeks.dedup();
    weeks
}

/// Whether there are so many weeks that days are narrow: they need not be high either.
pub(super) fn is_flat(result: &SearchResult) -> bool {
    const MANY_WEEKS: usize = 36;
    weeks(&result.buckets).len() > MANY_WEEKS
}

/// The labels of the axis of weeks: months only, since a week here is a column of seven days.
pub(super) fn grades(result: &SearchResult) -> Vec<ticks::Grade> {
    ticks::grades(&weeks(&result.buckets), Step::Week)
}

/// The full names of the days that have a cell, in the order of the cells.
pub(super) fn days(result: &SearchResult, drawing: &Drawing) -> Vec<String> {
    let Some(series) = drawing.series.first() else { return Vec::new() };
    let known = result.buckets.iter().zip(&series.values).filter(|(_, value)| value.is_some());
    known.map(|(bucket, _)| meta::label(bucket, Step::Day)).collect()
}

/// Adds the axes, the classes and the cells.
pub(super) fn fill(chart: Chart, result: &SearchResult, drawing: &Drawing) -> Chart {
    let weeks = weeks(&result.buckets);
    let Some(series) = drawing.series.first() else { return chart };
    let bare = |axis: Axis| {
        axis.type_(AxisType::Category)
            .axis_line(AxisLine::new().show(false))
            .axis_tick(AxisTick::new().show(false))
            .split_line(SplitLine::new().show(false))
            .axis_label(AxisLabel::new().color(MUTED).font_size(13))
    };
    let highest = series.values.iter().flatten().fold(0.0_f64, |highest, value| highest.max(*value));
    let cells = result.buckets.iter().zip(&series.values).filter_map(|(bucket, value)| {
        let day = bucket.days.first;
        let week = weeks.partition_point(|week| week.days.last < day);
        Some([week as f64, f64::from(day.weekday().num_days_from_monday()), (*value)?])
    });
    chart
        .x_axis(bare(Axis::new()).data(weeks.iter().map(|week| meta::label(week, Step::Week)).collect::<Vec<_>>()))
        .y_axis(bare(Axis::new()).inverse(true).data(WEEKDAYS.to_vec()))
        .visual_map(
            VisualMap::new()
                .type_(VisualMapType::Piecewise)
                .orient(Orient::Horizontal)
                .dimension(2)
                .item_width(14)
                .item_height(14)
                .text_style(TextStyle::new().color(MUTED).font_size(13))
                .pieces(classes(highest, series.unit)),
        )
        .series(
            Heatmap::new()
                .name(series.name.as_str())
                .item_style(ItemStyle::new().border_color(BACKGROUND).border_width(2).border_radius(3))
                .data(cells.map(cell).collect::<Vec<_>>()),
        )
}

fn cell([week, weekday, value]: [f64; 3]) -> Vec<DataPoint> {
    let whole = |number: f64| DataPoint::Value(CompositeValue::from(number as i64));
    let value =
        if value.fract() == 0.0 { whole(value) } else { DataPoint::Value(((value * 1e4).round() / 1e4).into()) };
    vec![whole(week), whole(weekday), value]
}

/// Nought, then at most five classes of the same width, whose bounds are round numbers.
fn classes(highest: f64, unit: Option<RatioUnit>) -> Vec<VisualMapPiece> {
    let none = VisualMapPiece::new().min(0).max(0).label(write(0.0, unit)).color(HEAT[0]);
    let width = round_up(highest / 5.0, unit);
    let needed = (highest / width).ceil().max(1.0) as usize;
    let class = |index: usize| {
        let (above, to) = (width * index as f64, width * (index + 1) as f64);
        let label = match unit {
            None if width <= 1.0 => write(to, unit),
            None => format!("{} à {}", write(above + 1.0, unit), write(to, unit)),
            Some(RatioUnit::Percent) => format!("{:.0} à {}", above, write(to, unit)),
            Some(_) => format!("{} à {}", write(above, unit), write(to, unit)),
        };
        // The classes that are needed are spread over the palette, so that the highest is always the strongest colour.
        let shade = if needed >= 5 { index + 1 } else { 5 - (needed - 1 - index) * 5 / needed };
        VisualMapPiece::new().gt(above).lte(to).label(label).color(HEAT[shade])
    };
    std::iter::once(none).chain((0..needed.min(5)).map(class)).collect()
}

fn write(value: f64, unit: Option<RatioUnit>) -> String {
    match unit {
        Some(RatioUnit::Percent) => format!("{}{}%", format::decimal(value, 0), format::THIN_SPACE),
        _ if value.fract() == 0.0 => format::decimal(value, 0),
        _ => format::decimal(value, 2),
    }
}

/// The next of 1, 2, 2.5, 5 × a power of ten; a whole number for counts and percentages.
fn round_up(value: f64, unit: Option<RatioUnit>) -> f64 {
    let least: f64 = if unit == Some(RatioUnit::Number) { 0.01 } else { 1.0 };
    let value = value.max(least);
    let power = 10f64.powf(value.log10().floor());
    let whole = |candidate: f64| unit == Some(RatioUnit::Number) || candidate.fract() == 0.0;
    [1.0, 2.0, 2.5, 3.0, 4.0, 5.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|candidate| *candidate >= value - 1e-9 && whole(*candidate))
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(highest: f64, unit: Option<RatioUnit>) -> Vec<String> {
        let pieces = serde_json::to_value(classes(highest, unit)).expect("pieces");
        pieces.as_array().expect("pieces").iter().map(|p| p["label"].as_str().expect("a label").to_owned()).collect()
    }

    #[test]
    fn classes_have_round_bounds_and_hold_the_highest_value() {
        assert_eq!(labels(87.0, None), ["0", "1 à 20", "21 à 40", "41 à 60", "61 à 80", "81 à 100"]);
        assert_eq!(labels(3.0, None), ["0", "1", "2", "3"]);
        assert_eq!(labels(0.0, None), ["0", "1"]);
        assert_eq!(labels(100.0, Some(RatioUnit::Percent))[1], "0 à 20\u{202f}%");
        for highest in [1.0, 6.0, 11.0, 24.0, 26.0, 99.0, 101.0, 12_345.0] {
            let width = round_up(highest / 5.0, None);
            assert!(width * 5.0 >= highest && width.fract() == 0.0, "{highest}");
        }
    }
}
