//! The pages of a workbook beside the data: the table as the page shows it, with its chart, and the résumé.

use super::cell::Cell;
use super::workbook::{ChartPlan, OwnedCell, Page};
use vigie_app::text;
use vigie_domain::catalogue::{Kind, RatioUnit};
use vigie_domain::form::ChartForm;
use vigie_domain::format;
use vigie_domain::result::{Extreme, Figures, PeriodCount, SearchResult, Series, Spread};

/// The name of the page of the table.
const TABLE: &str = "Tableau";
/// The name of the page of the résumé.
const SUMMARY: &str = "Résumé";
/// The most series that the chart draws: those of the chart of the page.
const MOST_DRAWN: usize = 12;

fn columns_of(result: &SearchResult) -> Vec<&Series> {
    result.series.iter().chain(&result.whole).collect()
}

/// The table as the page shows it: a row a bucket, a column a series.
pub fn table(result: &SearchResult) -> Page {
    let all = columns_of(result);
    let first = OwnedCell::Head(text::bucket_head(result.step).to_owned());
    let heads = all.iter().map(|series| OwnedCell::Head(series.label().to_owned()));
    let mut rows: Vec<Vec<OwnedCell>> = vec![[first].into_iter().chain(heads).collect()];
    for (position, bucket) in result.buckets.iter().enumerate() {
        let name = match text::bucket_note(result, bucket) {
            Some(note) => format!("{} ({note})", format::bucket(bucket, result.step)),
            None => format::bucket(bucket, result.step),
        };
        let cells = all.iter().map(|series| OwnedCell::Other(value(&series.figures, position)));
        rows.push([OwnedCell::Text(name)].into_iter().chain(cells).collect());
    }
    let widths = std::iter::once(28).chain(all.iter().map(|_| 16)).collect();
    Page { name: TABLE, widths, rows }
}

/// The chart of the table; None when there is nothing to draw.
pub fn chart(result: &SearchResult) -> Option<ChartPlan> {
    let drawn = result.series.len().min(MOST_DRAWN);
    let buckets = u32::try_from(result.buckets.len()).ok().filter(|buckets| *buckets > 0)?;
    let stacked = result.search.split.is_some() && result.search.form != ChartForm::HeatMap;
    let values = match result.series.first()?.figures.unit() {
        Some(RatioUnit::Percent) => "%".to_owned(),
        Some(RatioUnit::Number) => "Rapport".to_owned(),
        None => "Nombre".to_owned(),
    };
    (drawn > 0 && !result.is_empty()).then(|| ChartPlan {
        page: TABLE,
        head: 0,
        buckets,
        series: (1..=drawn as u16).collect(),
        title: format!("{} — {}", text::question(&result.search), text::scope(result)),
        form: result.search.form,
        stacked,
        values,
        categories: text::bucket_head(result.step),
    })
}

fn value(figures: &Figures, bucket: usize) -> Cell<'static> {
    match figures {
        Figures::Additive { values, .. } => values.get(bucket).map_or(Cell::Empty, |count| Cell::count(*count)),
        Figures::Distinct { values, .. } | Figures::Stock { values, .. } => {
            values.get(bucket).copied().flatten().map_or(Cell::Empty, Cell::count)
        }
        Figures::Ratio { values, unit, .. } => {
            values.get(bucket).copied().flatten().map_or(Cell::Empty, |fraction| Cell::ratio(fraction, *unit))
        }
    }
}

/// The résumé: the tables of the page, their figures as numbers.
pub fn summary(result: &SearchResult) -> Page {
    let mut rows = Vec::new();
    for table in text::summaries(result) {
        rows.push(vec![OwnedCell::Head(table.caption)]);
        let mut heads = vec![OwnedCell::Head("Série".to_owned())];
        for head in table.heads {
            heads.push(OwnedCell::Head((*head).to_owned()));
            if matches!(*head, "Minimum" | "Maximum" | "Dernier niveau") {
                heads.push(OwnedCell::Head("Quand".to_owned()));
            }
        }
        rows.push(heads);
        let of_kind = columns_of(result).into_iter().filter(|series| series.figures.kind() == table.kind);
        for ((label, cells), series) in table.rows.iter().zip(of_kind) {
            let figures = figures_of(&series.figures);
            let mut row = vec![OwnedCell::Text(label.clone())];
            for ((head, cell), figure) in table.heads.iter().zip(cells).zip(figures) {
                // What is not one number (a count for each school year) is said as on the page.
                row.push(figure.map_or_else(|| OwnedCell::Text(cell.value.clone()), OwnedCell::Other));
                if matches!(*head, "Minimum" | "Maximum" | "Dernier niveau") {
                    row.push(OwnedCell::Text(cell.when.clone().unwrap_or_default()));
                }
            }
            rows.push(row);
        }
        rows.extend(table.note.map(|note| vec![OwnedCell::from(note)]));
        rows.push(Vec::new());
    }
    if result.series.iter().any(|series| matches!(series.figures.kind(), Kind::Additive | Kind::Distinct)) {
        rows.push(vec![OwnedCell::from(text::STANDARD_DEVIATION)]);
        if result.buckets.iter().any(vigie_domain::period::Bucket::is_partial) {
            rows.push(vec![OwnedCell::from(text::PARTIAL_BUCKETS_COUNT)]);
        }
    }
    Page { name: SUMMARY, widths: vec![60, 18, 14, 24, 14, 24, 14, 14, 14], rows }
}

/// The figures of a résumé as numbers, in the order of the heads of its kind.
fn figures_of(figures: &Figures) -> Vec<Option<Cell<'static>>> {
    let at = |extreme: Extreme| value(figures, extreme.bucket as usize);
    let extreme = |extreme: Option<Extreme>| Some(extreme.map_or(Cell::Empty, at));
    let middle =
        |of: fn(&Spread) -> f64| Some(figures.spread().map_or(Cell::Empty, |spread| Cell::Decimal(of(&spread))));
    let first = match figures {
        Figures::Additive { summary, .. } => Some(Cell::count(summary.total)),
        Figures::Distinct { summary, .. } => match &summary.over_period {
            PeriodCount::Exact(count) => Some(Cell::count(*count)),
            PeriodCount::Unknown => Some(Cell::Empty),
            PeriodCount::BySchoolYear(_) => None,
        },
        Figures::Ratio { summary, unit, .. } => {
            Some(summary.over_period.map_or(Cell::Empty, |fraction| Cell::ratio(fraction, *unit)))
        }
        Figures::Stock { summary, .. } => extreme(summary.last),
    };
    let mut all = vec![first, extreme(figures.min()), extreme(figures.max())];
    if matches!(figures, Figures::Additive { .. } | Figures::Distinct { .. }) {
        all.extend([middle(|s| s.mean), middle(|s| s.standard_deviation), middle(|s| s.median)]);
    }
    all
}
