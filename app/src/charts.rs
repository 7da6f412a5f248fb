//! What a result looks like: a [`SearchResult`] becomes an ECharts option, a description in French, a picture.
//!
//! Everything here is a function of its arguments, the same on the server and in the browser. The server draws the option to
//! SVG with the bundle of `charts/bundle.js`; the browser takes the drawing over with the same bundle. What depends on the
//! size of the drawing (which labels of the axis fit, how many lines the legend takes) is decided by the bundle, from what the
//! key `vigie` of the option says; ECharts does not read that key. Functions are names beginning with `@`, which the bundle
//! replaces.

mod axes;
mod colours;
mod describe;
mod drawn;
mod heat_map;
mod holidays;
mod meta;
mod picture;
mod series;
mod ticks;

pub use colours::{Colour, Theme, custom_properties};
pub use describe::{describe, gist, title};
pub use picture::{picture, thumbnail};

use charming::Chart;
use charming::component::{Grid, Legend};
use charming::element::{AxisPointer, AxisPointerType, LineStyle, LineStyleType, TextStyle, Tooltip, Trigger};
use drawn::Drawing;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vigie_domain::form::ChartForm;
use vigie_domain::result::SearchResult;

/// The typefaces of drawings.
const FONT: &str = "Vigie Sans, system-ui, sans-serif";

/// A complete ECharts option, as the bundle reads it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChartOption(String);

impl ChartOption {
    /// The option, as JSON.
    pub fn json(&self) -> &str {
        &self.0
    }

    /// The option, as JSON.
    pub fn into_json(self) -> String {
        self.0
    }
}

/// The option of a result, its colours left to the style sheet of the page.
pub fn option(result: &SearchResult) -> ChartOption {
    ChartOption(complete(result).to_string())
}

/// The chart of a result: what charming can say of it.
pub fn chart(result: &SearchResult) -> Chart {
    let drawing = Drawing::of(result);
    let pointer = match result.search.form {
        ChartForm::Bars | ChartForm::StackedBars | ChartForm::Shares => AxisPointerType::Shadow,
        _ => AxisPointerType::Line,
    };
    let line = LineStyle::new().color(colours::AXIS).type_(LineStyleType::Dashed);
    let chart = Chart::new().animation(false).grid(Grid::new().contain_label(true));
    if result.search.form == ChartForm::HeatMap {
        return heat_map::fill(chart, result, &drawing).tooltip(Tooltip::new().trigger(Trigger::Item));
    }
    let chart = chart
        .legend(
            Legend::new()
                .text_style(TextStyle::new().color(colours::TEXT).font_size(13))
                .inactive_color(colours::OTHERS)
                .data(drawing.series.iter().map(|series| series.name.as_str()).collect::<Vec<_>>()),
        )
        .tooltip(
            Tooltip::new()
                .trigger(Trigger::Axis)
                .axis_pointer(AxisPointer::new().type_(pointer).animation(false).line_style(line)),
        );
    series::fill(axes::fill(chart, result, &drawing), result, &drawing)
}

/// The names of the series that the chart draws, in the order of its legend; empty when it has none.
pub fn series_names(result: &SearchResult) -> Vec<String> {
    match result.search.form {
        ChartForm::HeatMap => Vec::new(),
        _ => Drawing::of(result).series.into_iter().map(|series| series.name).collect(),
    }
}

/// The frame of a chart, where it is not that of most: the style sheet has a class for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Days by weeks over a year need less height.
    Flat,
    /// Many names in a narrow legend need more.
    Tall,
}

impl Shape {
    /// That of the chart of a result.
    pub fn of(result: &SearchResult) -> Option<Self> {
        const MANY_NAMES: usize = 8;
        if result.search.form == ChartForm::HeatMap {
            return heat_map::is_flat(result).then_some(Self::Flat);
        }
        // A chart draws more series than that before it draws fewer than there are.
        (result.series.len() > MANY_NAMES).then_some(Self::Tall)
    }

    /// The end of its class.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Tall => "tall",
        }
    }
}

/// The option, whole: the chart, what charming has no word for, and what the bundle needs to know.
fn complete(result: &SearchResult) -> Value {
    let drawing = Drawing::of(result);
    // A chart is made of strings and finite numbers: it can always be written.
    let mut option = serde_json::to_value(chart(result)).unwrap_or_default();
    series::finish(&mut option, result, &drawing);
    axes::finish(&mut option, result);
    merge(
        &mut option,
        json!({
            "textStyle": { "fontFamily": FONT, "color": colours::TEXT.css(), "fontSize": 13 },
            "stateAnimation": { "duration": 0 },
            "tooltip": {
                "formatter": "@infobulle", "confine": true, "transitionDuration": 0, "padding": [8, 12], "borderWidth": 1,
                "backgroundColor": colours::BACKGROUND.css(), "borderColor": colours::AXIS.css(),
                "textStyle": { "color": colours::TEXT.css(), "fontSize": 14 }, "className": "infobulle",
                "axisPointer": { "shadowStyle": { "color": colours::AXIS.css(), "opacity": 0.12 } },
            },
            "vigie": meta::of(result, &drawing),
        }),
    );
    option
}

/// Adds the members of `more` to `value`, going into objects that both have.
fn merge(value: &mut Value, more: Value) {
    match (value, more) {
        (Value::Object(object), Value::Object(more)) => {
            for (key, value) in more {
                merge(object.entry(key).or_insert(Value::Null), value);
            }
        }
        (value, more) => *value = more,
    }
}

#[cfg(test)]
mod tests;
