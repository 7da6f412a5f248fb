//! The axes: buckets across, figures upwards; percentages have an axis of their own, on the right, beside counts.

use super::colours::{AXIS, GRID, MUTED};
use super::drawn::{Drawing, Drawn};
use super::meta;
use charming::Chart;
use charming::component::Axis;
use charming::element::{AxisLabel, AxisTick, AxisType, LineStyle, SplitLine};
use serde_json::{Value, json};
use vigie_domain::catalogue::RatioUnit;
use vigie_domain::form::ChartForm;
use vigie_domain::result::SearchResult;

/// Whether a series is measured on the right: it is a percentage and some other series is not.
pub(super) fn is_on_the_right(series: &Drawn, drawing: &Drawing) -> bool {
    series.unit == Some(RatioUnit::Percent) && drawing.series.iter().any(|other| other.unit != Some(RatioUnit::Percent))
}

/// Adds the axes of every form but the heat map.
pub(super) fn fill(chart: Chart, result: &SearchResult, drawing: &Drawing) -> Chart {
    let form = result.search.form;
    let bars = matches!(form, ChartForm::Bars | ChartForm::StackedBars | ChartForm::Shares);
    let across = Axis::new()
        .type_(AxisType::Category)
        .boundary_gap(bars || result.buckets.len() == 1)
        .axis_label(AxisLabel::new().color(MUTED).font_size(13))
        .axis_tick(AxisTick::new().show(true).line_style(LineStyle::new().color(AXIS)))
        .data(meta::labels(result));
    let right: Vec<_> = drawing.series.iter().filter(|series| is_on_the_right(series, drawing)).collect();
    let left: Vec<_> = drawing.series.iter().filter(|series| !is_on_the_right(series, drawing)).collect();
    let percent =
        form == ChartForm::Shares || left.iter().all(|s| s.unit == Some(RatioUnit::Percent)) && !left.is_empty();
    let mut upwards = if percent {
        percentages()
    } else {
        let whole = left.iter().all(|series| series.unit.is_none());
        let axis = vertical("@nombre");
        // Half an access means nothing.
        if whole { axis.min_interval(1.0) } else { axis }
    };
    if form == ChartForm::Shares {
        upwards = upwards.max(100);
    }
    let chart = chart.x_axis(across).y_axis(upwards);
    if right.is_empty() {
        return chart;
    }
    chart.y_axis(percentages().align_ticks(true).split_line(SplitLine::new().show(false)))
}

fn vertical(formatter: &str) -> Axis {
    Axis::new()
        .type_(AxisType::Value)
        .min(0)
        .axis_label(AxisLabel::new().color(MUTED).font_size(13).formatter(formatter))
        .split_line(SplitLine::new().line_style(LineStyle::new().color(GRID)))
}

fn percentages() -> Axis {
    vertical("@pourcent").max("@plafond")
}

/// Gives the line of the axis its colour: charming knows that of gauges only.
pub(super) fn finish(option: &mut Value, result: &SearchResult) {
    if result.search.form == ChartForm::HeatMap {
        return;
    }
    super::merge(
        &mut option["xAxis"],
        json!({ "axisLine": { "lineStyle": { "color": AXIS.css() } }, "axisTick": { "alignWithLabel": true } }),
    );
}
