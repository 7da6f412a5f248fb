//! Lines, areas and bars.

use super::axes;
use super::colours::{BACKGROUND, OTHERS, SERIES};
use super::drawn::{Drawing, Drawn};
use charming::Chart;
use charming::datatype::{CompositeValue, DataPoint, DataPointItem, NumericValue};
use charming::element::{AreaStyle, ItemStyle, LineStyle, LineStyleType, Step, Symbol};
use charming::series::{Bar, Line};
use serde_json::{Value, json};
use vigie_domain::form::ChartForm;
use vigie_domain::period::Bucket;
use vigie_domain::result::SearchResult;

/// The most buckets for which each point of a line has its marker; beyond, markers appear under the pointer only.
const MAX_MARKED: usize = 45;
/// The most bars for which patterns are drawn besides colours: a pattern takes the server long to draw.
const MAX_PATTERNED: usize = 160;
/// How much of a partial bucket shows.
const PARTIAL_OPACITY: f64 = 0.4;
/// Ends the name of the series that draws the partial ends of a line; the bundle leaves it out of the tooltip.
const PARTIAL_ID: &str = "~partiel";

/// Dashes of lines: their lengths, series by series. The first is solid.
const DASHES: [&[u8]; 8] = [&[], &[8, 4], &[2, 4], &[12, 4, 2, 4], &[5, 3], &[14, 5], &[8, 3, 2, 3, 2, 3], &[4, 6]];

/// Which dashes, marker or pattern a series has: another one when its colour comes back.
fn look(place: usize) -> usize {
    (place + 3 * (place / SERIES.len())) % DASHES.len()
}

fn symbol(place: usize) -> Symbol {
    match look(place) % 4 {
        0 => Symbol::Circle,
        1 => Symbol::Rect,
        2 => Symbol::Triangle,
        _ => Symbol::Diamond,
    }
}

/// Adds the series of every form but the heat map.
pub(super) fn fill(chart: Chart, result: &SearchResult, drawing: &Drawing) -> Chart {
    let form = result.search.form;
    let partial: Vec<bool> = result.buckets.iter().map(Bucket::is_partial).collect();
    // A level is whole on any day: nothing lacks in that of a partial bucket.
    let whole = vec![false; partial.len()];
    let partial_of = |series: &Drawn| if series.is_stock { &whole[..] } else { &partial[..] };
    let mut chart = chart;
    for series in &drawing.series {
        let axis = usize::from(axes::is_on_the_right(series, drawing)) as f64;
        match form {
            ChartForm::Line => {
                let (whole, ends) = split_ends(&series.values, partial_of(series));
                chart = chart.series(line(series, &whole).y_axis_index(axis));
                if ends.iter().any(Option::is_some) {
                    chart = chart.series(ends_of(series, &ends).y_axis_index(axis));
                }
            }
            ChartForm::Area => {
                let stacked = drawing.is_stacked(form);
                let opacity = if stacked { 0.8 } else { 0.18 };
                let area = if stacked { edge(series) } else { line(series, &series.values) }
                    .area_style(AreaStyle::new().color(series.colour).opacity(opacity));
                chart = chart.series(if stacked { area.stack("tout") } else { area });
            }
            ChartForm::Bars => chart = chart.series(bar(series, &series.values, partial_of(series)).y_axis_index(axis)),
            ChartForm::StackedBars => {
                chart = chart.series(bar(series, &series.values, partial_of(series)).stack("tout"))
            }
            ChartForm::Shares => {
                let shares = shares(series, drawing);
                chart = chart.series(bar(series, &shares, partial_of(series)).stack("tout"));
            }
            ChartForm::HeatMap => {}
        }
    }
    chart
}

fn line(series: &Drawn, values: &[Option<f64>]) -> Line {
    let marked = values.len() <= MAX_MARKED || has_lone_points(values);
    let line = if series.is_stock { Line::new().step(Step::Middle) } else { Line::new() };
    line.name(series.name.as_str())
        .symbol(symbol(series.place))
        .symbol_size(if values.len() <= MAX_MARKED { 7 } else { 5 })
        .show_symbol(marked)
        .line_style(LineStyle::new().color(series.colour).width(2))
        .item_style(ItemStyle::new().color(series.colour))
        .data(points(values))
}

/// The upper edge of a stacked area, thin and without markers: what it holds matters, not where it is.
fn edge(series: &Drawn) -> Line {
    line(series, &series.values).show_symbol(false).line_style(LineStyle::new().color(series.colour).width(1))
}

/// The dotted ends of a line, under the same name so that the legend shows and hides both.
fn ends_of(series: &Drawn, values: &[Option<f64>]) -> Line {
    Line::new()
        .id(format!("{}{PARTIAL_ID}", series.place))
        .name(series.name.as_str())
        .symbol(symbol(series.place))
        .symbol_size(5)
        .show_symbol(values.len() == 1)
        .line_style(LineStyle::new().color(series.colour).width(2).type_(LineStyleType::Dotted))
        .item_style(ItemStyle::new().color(series.colour))
        .silent(true)
        .data(points(values))
}

fn bar(series: &Drawn, values: &[Option<f64>], partial: &[bool]) -> Bar {
    let pale = || ItemStyle::new().color(series.colour).opacity(PARTIAL_OPACITY);
    let data: Vec<DataPoint> = values
        .iter()
        .zip(partial)
        .map(|(value, partial)| match (number(*value), partial) {
            (value, false) => DataPoint::Value(value),
            (value, true) => DataPointItem::new(value).item_style(pale()).into(),
        })
        .collect();
    Bar::new().name(series.name.as_str()).item_style(ItemStyle::new().color(series.colour)).data(data)
}

fn points(values: &[Option<f64>]) -> Vec<DataPoint> {
    values.iter().map(|value| DataPoint::Value(number(*value))).collect()
}

/// A value as short as it can be written without moving a pixel; a gap when there is none.
fn number(value: Option<f64>) -> CompositeValue {
    let number = value.map(|value| match value.fract() {
        0.0 if value.abs() < 1e15 => NumericValue::Integer(value as i64),
        _ => NumericValue::Float((value * 1e4).round() / 1e4),
    });
    CompositeValue::OptionalNumber(number)
}

/// Whether a point stands between two gaps, where a line without markers would not show it.
fn has_lone_points(values: &[Option<f64>]) -> bool {
    let missing = |at: Option<usize>| at.and_then(|at| values.get(at)).is_none_or(Option::is_none);
    (0..values.len()).any(|at| values[at].is_some() && missing(at.checked_sub(1)) && missing(Some(at + 1)))
}

/// A line without its partial ends, and those ends, each joined to its neighbour.
fn split_ends(values: &[Option<f64>], partial: &[bool]) -> (Vec<Option<f64>>, Vec<Option<f64>>) {
    let mut whole = values.to_vec();
    let mut ends = vec![None; values.len()];
    for at in (0..values.len()).filter(|at| partial[*at]) {
        whole[at] = None;
        ends[at] = values[at];
        for neighbour in [at.wrapping_sub(1), at + 1] {
            if let Some(value) = values.get(neighbour) {
                ends[neighbour] = *value;
            }
        }
    }
    (whole, ends)
}

/// Shares of the whole, out of 100, bucket by bucket; none where the whole is nought.
fn shares(series: &Drawn, drawing: &Drawing) -> Vec<Option<f64>> {
    let whole = |bucket: usize| drawing.series.iter().filter_map(|s| s.values[bucket]).sum::<f64>();
    series
        .values
        .iter()
        .enumerate()
        .map(|(bucket, value)| {
            Some(whole(bucket)).filter(|whole| *whole > 0.0).and_then(|whole| Some(value.as_ref()? * 100.0 / whole))
        })
        .collect()
}

/// Adds what charming has no word for: dashes, patterns, widths of bars, the veil over partial buckets of areas.
pub(super) fn finish(option: &mut Value, result: &SearchResult, drawing: &Drawing) {
    let form = result.search.form;
    let stacked = drawing.is_stacked(form);
    let patterned = drawing.series.len() > 1 && drawing.series.len() * result.buckets.len() <= MAX_PATTERNED;
    // The veil stands above the areas: ECharts reads this here, not in the series.
    option["markArea"] = json!({ "z": 5 });
    let Some(all) = option["series"].as_array_mut() else { return };
    for one in all.iter_mut() {
        let Some(series) = drawing.series.iter().find(|series| one["name"] == series.name.as_str()) else { continue };
        match form {
            ChartForm::Line | ChartForm::Area => finish_line(one, series, stacked),
            ChartForm::HeatMap => super::merge(one, json!({ "emphasis": { "itemStyle": { "color": "inherit" } } })),
            _ => finish_bar(
                one,
                series,
                drawing,
                stacked,
                (patterned || series.place >= SERIES.len()) && series.colour != OTHERS,
            ),
        }
    }
    if form == ChartForm::Area
        && drawing.series.iter().any(|series| !series.is_stock)
        && let (veils, Some(last)) = (veils(result), all.last_mut())
        && !veils.is_empty()
    {
        last["markArea"] = json!({
            "silent": true, "data": veils,
            "itemStyle": { "color": BACKGROUND.css(), "opacity": 1.0 - PARTIAL_OPACITY },
        });
    }
}

/// Under the pointer a line keeps its look, said in full: ECharts would otherwise lighten a colour that it cannot read.
fn finish_line(one: &mut Value, series: &Drawn, stacked: bool) {
    let is_end = !one["id"].is_null();
    let emphasis = json!({
        "disabled": stacked || is_end, "scale": 1.3,
        "lineStyle": { "color": series.colour.css(), "width": 2 },
        "itemStyle": { "color": series.colour.css() },
        "areaStyle": one["areaStyle"].clone(),
    });
    super::merge(one, json!({ "emphasis": emphasis }));
    if has_lone_points(&series.values) {
        one["showAllSymbol"] = json!(true);
    }
    let dashes = DASHES[look(series.place)];
    if !stacked && !is_end && !dashes.is_empty() {
        one["lineStyle"]["type"] = json!(dashes);
    }
}

fn finish_bar(one: &mut Value, series: &Drawn, drawing: &Drawing, stacked: bool, patterned: bool) {
    let (gap, least) = if stacked { ("28%", 0) } else { ("22%", 1) };
    super::merge(
        one,
        json!({
            "barMaxWidth": 56, "barCategoryGap": gap, "barGap": "8%", "barMinHeight": least, "emphasis": { "disabled": true },
        }),
    );
    if stacked {
        let width = if drawing.series.len() > 6 { 0.5 } else { 1.0 };
        super::merge(&mut one["itemStyle"], json!({ "borderColor": BACKGROUND.css(), "borderWidth": width }));
    }
    if patterned {
        one["itemStyle"]["decal"] = decal(series.place);
    }
}

/// Where areas are paled: between a partial bucket and its neighbours.
fn veils(result: &SearchResult) -> Vec<Value> {
    let Some(last) = result.buckets.len().checked_sub(1).filter(|last| *last > 0) else { return Vec::new() };
    result
        .buckets
        .iter()
        .enumerate()
        .filter(|(_, bucket)| bucket.is_partial())
        .map(|(at, _)| json!([{ "xAxis": at.saturating_sub(1) }, { "xAxis": (at + 1).min(last) }]))
        .collect()
}

/// The pattern of bars: none for the first series, then lines of several slopes and dots.
fn decal(place: usize) -> Value {
    let ink = "rgba(255,255,255,0.45)";
    let lines = |rotation: f64, gap: u8| json!({ "symbol": "rect", "color": ink, "dashArrayX": [1, 0], "dashArrayY": [2, gap], "rotation": rotation });
    match look(place) {
        0 => Value::Null,
        1 => lines(-0.785, 6),
        2 => {
            json!({ "symbol": "circle", "color": ink, "dashArrayX": [[6, 6], [0, 6, 6, 0]], "dashArrayY": [4, 2], "symbolSize": 0.7 })
        }
        3 => lines(0.785, 6),
        4 => lines(0.0, 5),
        5 => lines(1.571, 5),
        6 => lines(-0.785, 3),
        _ => lines(0.785, 3),
    }
}
