//! The series that a chart draws: those of the result, or the first of them when there are too many to tell apart.

use super::colours::{Colour, OTHERS, SERIES};
use vigie_domain::catalogue::{Kind, RatioUnit};
use vigie_domain::form::ChartForm;
use vigie_domain::names::told_apart;
use vigie_domain::result::{Figures, Part, SearchResult, Series};

/// The most series that a chart draws: beyond, neither colours nor patterns tell them apart. The table has them all.
pub(super) const MAX_SERIES: usize = 12;

/// What a chart draws.
pub(super) struct Drawing {
    /// Its series.
    pub(super) series: Vec<Drawn>,
    /// How many series of the result its last one adds up.
    pub(super) added_up: usize,
    /// How many series of the result it leaves out because they cannot be added up.
    pub(super) left_out: usize,
}

/// A series, as it is drawn.
pub(super) struct Drawn {
    /// What the legend calls it; unique in the drawing, because ECharts knows series by their names.
    pub(super) name: String,
    /// Its colour.
    pub(super) colour: Colour,
    /// Its place, which decides its marker and its pattern.
    pub(super) place: usize,
    /// How its values are written; None for counts.
    pub(super) unit: Option<RatioUnit>,
    /// Whether its values are levels, which last from one bucket to the next.
    pub(super) is_stock: bool,
    /// One a bucket.
    pub(super) values: Vec<Option<f64>>,
}

impl Drawing {
    /// What is drawn of a result.
    pub(super) fn of(result: &SearchResult) -> Self {
        let (shown, rest) = result.series.split_at(kept(result));
        let mut drawing = Self { series: Vec::new(), added_up: 0, left_out: 0 };
        for series in shown {
            drawing.push(series.label(), is_others(series), &series.figures, values(series));
        }
        if rest.iter().all(|series| matches!(series.figures, Figures::Additive { .. } | Figures::Stock { .. })) {
            if let [first, ..] = rest {
                drawing.push(&Part::others(gathered(rest)).label, true, &first.figures, sum(rest));
                drawing.added_up = rest.len();
            }
        } else {
            drawing.left_out = rest.len();
        }
        drawing.tell_apart();
        drawing
    }

    fn push(&mut self, label: &str, others: bool, figures: &Figures, values: Vec<Option<f64>>) {
        let place = self.series.len();
        let colour = if others { OTHERS } else { SERIES[place % SERIES.len()] };
        self.series.push(Drawn {
            name: label.to_owned(),
            colour,
            place,
            unit: figures.unit(),
            is_stock: figures.kind() == Kind::Stock,
            values,
        });
    }

    /// Whatever an answer calls its series, the chart has no two of one name.
    fn tell_apart(&mut self) {
        let names = told_apart(self.series.iter().map(|series| series.name.as_str()));
        for (series, name) in self.series.iter_mut().zip(names) {
            series.name = name;
        }
    }

    /// Whether parts of a whole are put on top of one another.
    pub(super) fn is_stacked(&self, form: ChartForm) -> bool {
        match form {
            ChartForm::StackedBars | ChartForm::Shares => true,
            ChartForm::Area => self.series.len() > 1,
            _ => false,
        }
    }
}

/// How many series are drawn as they are.
fn kept(result: &SearchResult) -> usize {
    match result.series.len() {
        ..=MAX_SERIES => result.series.len(),
        _ => MAX_SERIES - 1,
    }
}

/// How many parts there are in series, one of which may gather several.
fn gathered(series: &[Series]) -> usize {
    series.iter().map(|one| one.part.as_ref().and_then(|part| part.gathered).unwrap_or(1)).sum()
}

fn is_others(series: &Series) -> bool {
    series.part.as_ref().is_some_and(|part| part.code.is_none())
}

fn values(series: &Series) -> Vec<Option<f64>> {
    (0..series.figures.len()).map(|bucket| series.figures.value(bucket)).collect()
}

/// The sum of the parts of a whole, bucket by bucket: counts of events, or levels of the same day. Nothing else may be added
/// up. What is not known in one is not known in the sum.
fn sum(series: &[Series]) -> Vec<Option<f64>> {
    let len = series.first().map_or(0, |first| first.figures.len());
    (0..len).map(|bucket| series.iter().map(|s| s.figures.value(bucket)).sum()).collect()
}
