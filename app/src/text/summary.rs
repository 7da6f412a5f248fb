//! The résumé as tables of words: one for each kind of figures, because what may be said of them differs.

use vigie_domain::catalogue::Kind;
use vigie_domain::format;
use vigie_domain::result::{Extreme, Figures, PeriodCount, SearchResult, Series, Spread};

/// What the standard deviation is, for people who do not practise statistics.
pub const STANDARD_DEVIATION: &str = "L’écart-type mesure la dispersion des valeurs autour de leur moyenne\u{a0}: plus il est faible, plus les valeurs se ressemblent. Il est calculé sur l’ensemble des intervalles affichés.";

/// The head of its column.
pub const STANDARD_DEVIATION_HEAD: &str = "Écart-type";

/// What becomes of the buckets that do not have all their days.
pub const PARTIAL_BUCKETS_COUNT: &str = "Les intervalles incomplets (en cours, ou coupés par la période) comptent comme les autres dans ces résultats\u{a0}: ils tirent vers le bas le minimum et la moyenne.";

/// A figure, and when it was met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// The figure.
    pub value: String,
    /// The bucket, for a minimum or a maximum.
    pub when: Option<String>,
}

/// The résumé of the series of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryTable {
    /// The kind.
    pub kind: Kind,
    /// What the table is about.
    pub caption: String,
    /// Heads of the columns, after the one of the series.
    pub heads: &'static [&'static str],
    /// Name of each series of the kind, in their order, and its figures, one for each head.
    pub rows: Vec<(String, Vec<Cell>)>,
    /// Why a figure that might be expected is not there.
    pub note: Option<&'static str>,
}

const WHY_NO_TOTAL: &str = "Pas de total\u{a0}: la même personne, la même ressource ou la même session peut être comptée dans plusieurs intervalles ou dans plusieurs parts, et l’addition n’aurait pas de sens. Le nombre exact sur toute la période est compté à part, chacun une fois.";
const WHY_NO_MEAN: &str = "Pas de moyenne\u{a0}: la moyenne de rapports n’est pas le rapport de la période. Celui-ci divise le nombre de toute la période par l’autre.";
const WHY_NO_SUM: &str = "Ni total ni moyenne\u{a0}: un niveau est l’état d’un jour, celui où se termine chaque intervalle. Additionner ceux de plusieurs jours compterait plusieurs fois la même chose.";

/// The résumés of an answer, in the order in which their kinds first appear. The undivided indicator comes last.
pub fn summaries(result: &SearchResult) -> Vec<SummaryTable> {
    let all: Vec<&Series> = result.series.iter().chain(&result.whole).collect();
    [Kind::Additive, Kind::Distinct, Kind::Ratio, Kind::Stock]
        .into_iter()
        .filter_map(|kind| {
            let of_kind: Vec<&Series> = all.iter().copied().filter(|series| series.figures.kind() == kind).collect();
            (!of_kind.is_empty()).then(|| table(kind, &of_kind, result))
        })
        .collect()
}

fn table(kind: Kind, series: &[&Series], result: &SearchResult) -> SummaryTable {
    let (what, heads, note): (_, &[&str], _) = match kind {
        Kind::Distinct => (
            "nombres distincts",
            &["Sur toute la période", "Minimum", "Maximum", "Moyenne", STANDARD_DEVIATION_HEAD, "Médiane"],
            Some(WHY_NO_TOTAL),
        ),
        Kind::Ratio => ("rapports", &["Sur toute la période", "Minimum", "Maximum"], Some(WHY_NO_MEAN)),
        Kind::Stock => ("niveaux", &["Dernier niveau", "Minimum", "Maximum"], Some(WHY_NO_SUM)),
        Kind::Additive => {
            ("nombres", &["Total", "Minimum", "Maximum", "Moyenne", STANDARD_DEVIATION_HEAD, "Médiane"], None)
        }
    };
    SummaryTable {
        kind,
        caption: format!(
            "Résumé des {what} {}",
            if kind == Kind::Stock { result.step.at_end() } else { result.step.per() }
        ),
        heads,
        rows: series.iter().map(|series| (series.label().to_owned(), cells(&series.figures, result))).collect(),
        note,
    }
}

fn cells(figures: &Figures, result: &SearchResult) -> Vec<Cell> {
    let plain = |value: String| Cell { value, when: None };
    let extreme = |extreme: Option<Extreme>| extreme.map_or_else(|| plain("—".into()), |e| at(e, figures, result));
    let first = match figures {
        Figures::Additive { summary, .. } => plain(format::integer(summary.total)),
        Figures::Distinct { summary, .. } => plain(period_count(&summary.over_period)),
        Figures::Ratio { summary, unit, .. } => {
            plain(format::value(summary.over_period.and_then(|fraction| fraction.value(*unit)), Some(*unit)))
        }
        Figures::Stock { summary, .. } => extreme(summary.last),
    };
    let mut cells = vec![first, extreme(figures.min()), extreme(figures.max())];
    if matches!(figures, Figures::Additive { .. } | Figures::Distinct { .. }) {
        let middle =
            |of: fn(&Spread) -> f64| figures.spread().map_or_else(|| "—".into(), |s| format::decimal(of(&s), 1));
        cells.extend([plain(middle(|s| s.mean)), plain(middle(|s| s.standard_deviation)), plain(middle(|s| s.median))]);
    }
    cells
}

/// A minimum or a maximum with its bucket; a level with its day.
fn at(extreme: Extreme, figures: &Figures, result: &SearchResult) -> Cell {
    let bucket = result.buckets.get(extreme.bucket as usize);
    Cell {
        value: format::value(Some(extreme.value), figures.unit()),
        when: bucket.map(|bucket| match figures {
            Figures::Stock { .. } => format!("le {}", format::short_date(bucket.days.last)),
            _ => match format::coverage(bucket, result.step) {
                None => format::bucket(bucket, result.step),
                Some(note) => format!("{} ({note})", format::bucket(bucket, result.step)),
            },
        }),
    }
}

fn period_count(count: &PeriodCount) -> String {
    match count {
        PeriodCount::Exact(n) => format::integer(*n),
        PeriodCount::Unknown => "—".into(),
        PeriodCount::BySchoolYear(years) => {
            let years: Vec<_> =
                years.iter().map(|(year, n)| format!("{}\u{a0}: {}", year.label(), format::integer(*n))).collect();
            years.join("\u{202f}; ")
        }
    }
}
