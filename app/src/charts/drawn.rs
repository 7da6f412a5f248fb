//! The series that a chart draws: those of the result, or the first of them when there are too many to tell apart.

use super::colours::{Colour, OTHERS, SERIES};
use vigie_domain::catalogue::RatioUnit;
use vigie_domain::form::ChartForm;
use vigie_domain::result::{Figures, SearchResult, Series};

/// The most series that a chart draws: beyond, neither colours nor patterns tell them apart. The table has them all.
pub(super) const MAX_SERIES: usize = 12;

/// The patterns of lines and of bars repeat after this many series.
pub(super) const LOOKS: usize = SERIES.len();

/// What a chart draws.
pub(super) struct Drawing {
    /// Its series.
    pub(super) series: Vec<Drawn>,
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
    /// One a bucket.
    pub(super) values: Vec<Option<f64>>,
}

impl Drawing {
    /// What is drawn of a result.
    pub(super) fn of(result: &SearchResult) -> Self {
        let mut left_out = 0;
        let mut shown: Vec<(String, bool, Option<RatioUnit>, Vec<Option<f64>>)> = result
            .series
            .iter()
            .take(kept(result))
            .map(|s| (s.label().to_owned(), is_others(s), s.figures.unit(), values(s)))
            .collect();
        let rest = &result.series[shown.len()..];
        if !rest.is_empty() {
            if rest.iter().all(|series| matches!(series.figures, Figures::Additive { .. })) {
                shown.push(("Autres".into(), true, None, sum(rest)));
            } else {
                left_out = rest.len();
            }
        }
        let mut names = Vec::<String>::new();
        let series = shown.into_iter().enumerate().map(|(place, (label, others, unit, values))| {
            let name = unique(label, &names);
            names.push(name.clone());
            let colour = if others { OTHERS } else { SERIES[place % LOOKS] };
            Drawn { name, colour, place, unit, values }
        });
        Self { series: series.collect(), left_out }
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

fn is_others(series: &Series) -> bool {
    series.part.as_ref().is_some_and(|part| part.code.is_none())
}

fn values(series: &Series) -> Vec<Option<f64>> {
    (0..series.figures.len()).map(|bucket| series.figures.value(bucket)).collect()
}

/// The sum of counts of events, bucket by bucket. Nothing else may be added up.
fn sum(series: &[Series]) -> Vec<Option<f64>> {
    let len = series.first().map_or(0, |first| first.figures.len());
    (0..len).map(|bucket| Some(series.iter().filter_map(|s| s.figures.value(bucket)).sum())).collect()
}

/// Two resources may bear the same title.
fn unique(label: String, names: &[String]) -> String {
    if !names.contains(&label) {
        return label;
    }
    (2..).map(|n| format!("{label} ({n})")).find(|name| !names.contains(name)).unwrap_or(label)
}
