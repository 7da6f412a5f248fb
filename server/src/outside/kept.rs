//! What of the figures of a school cannot be made again, because the people whom it counted are erased: it stays as it was.

use vigie_domain::catalogue::IndicatorId;
use vigie_domain::group::Figure;
use vigie_domain::result::{Figures, Fraction, PeriodCount};

/// Puts into figures what they do not say any more.
pub(super) fn keep(before: &[Figure], now: &mut Vec<Figure>) {
    let gone: Vec<Figure> = before
        .iter()
        .filter(|figure| find(now, key(figure)).is_none())
        .filter_map(|figure| nothing(figure, now))
        .collect();
    now.extend(gone);
    for figure in now {
        let before = find(before, key(figure)).and_then(|before| before.figures.as_ref());
        if let Some((before, now)) = before.zip(figure.figures.as_mut()) {
            keep_values(before, now);
        }
    }
}

/// What a figure of a school is about.
type Key<'f> = (IndicatorId, Option<usize>, Option<&'f str>);

fn key(figure: &Figure) -> Key<'_> {
    (figure.indicator, figure.profiles, figure.profile.as_deref())
}

fn find<'f>(figures: &'f [Figure], of: Key) -> Option<&'f Figure> {
    figures.iter().find(|figure| key(figure) == of)
}

/// A figure of some profiles of whom no day is left: nothing where the whole is known, unknown elsewhere. None when all of it is known.
fn nothing(gone: &Figure, now: &[Figure]) -> Option<Figure> {
    let whole = find(now, (gone.indicator, None, None))?.figures.as_ref()?;
    let noughts = |values: &[Option<u64>]| values.iter().map(|value| value.map(|_| 0)).collect::<Vec<_>>();
    let figures = match whole {
        Figures::Distinct { values, summary } if values.contains(&None) => {
            let mut summary = summary.clone();
            if summary.over_period != PeriodCount::Unknown {
                summary.over_period = PeriodCount::Exact(0);
            }
            Figures::Distinct { values: noughts(values), summary }
        }
        Figures::Stock { values, summary } if values.contains(&None) => {
            Figures::Stock { values: noughts(values), summary: *summary }
        }
        _ => return None,
    };
    Some(Figure { figures: Some(figures), ..gone.clone() })
}

fn keep_values(before: &Figures, now: &mut Figures) {
    match (before, now) {
        (Figures::Distinct { values: old, summary: of_old }, Figures::Distinct { values, summary }) => {
            or(values, old);
            if summary.over_period == PeriodCount::Unknown {
                summary.over_period = of_old.over_period.clone();
            }
        }
        (Figures::Ratio { values: old, summary: of_old, .. }, Figures::Ratio { values, summary, .. }) => {
            or::<Fraction>(values, old);
            summary.over_period = summary.over_period.or(of_old.over_period);
        }
        (Figures::Stock { values: old, .. }, Figures::Stock { values, .. }) => {
            or(values, old);
            // What was last listed holds until the next directory, in months that were to come too.
            let last = old.last().copied().flatten();
            values.iter_mut().skip(old.len()).take_while(|value| value.is_none()).for_each(|value| *value = last);
        }
        _ => {}
    }
}

fn or<T: Copy>(values: &mut [Option<T>], old: &[Option<T>]) {
    values.iter_mut().zip(old).for_each(|(value, old)| *value = value.or(*old));
}
