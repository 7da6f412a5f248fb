//! What of the figures of a school cannot be made again, because the people whom it counted are erased: it stays as it was.

use crate::store::SchoolFigures;
use vigie_domain::catalogue::IndicatorId;
use vigie_domain::group::Figure;
use vigie_domain::period::Step;
use vigie_domain::result::{Figures, Fraction, PeriodCount};

/// Puts into figures of a school what they do not say any more. `holds` says whether no directory came since.
pub(super) fn keep(before: &SchoolFigures, now: &mut Vec<Figure>, holds: bool) {
    let gone: Vec<Figure> = before
        .figures
        .iter()
        .filter(|figure| find(now, key(figure)).is_none())
        .filter_map(|figure| nothing(figure, now))
        .collect();
    now.extend(gone);
    let is_under_way = before.until < Step::Month.whole_bucket(before.until).last;
    for figure in now {
        let before = find(&before.figures, key(figure)).and_then(|before| before.figures.as_ref());
        if let Some((before, now)) = before.zip(figure.figures.as_mut()) {
            keep_values(before, now, holds, is_under_way);
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

/// Puts into values what they do not say any more. `holds` says whether no directory came since, and `is_under_way` whether the last month
/// of before was.
fn keep_values(before: &Figures, now: &mut Figures, holds: bool, is_under_way: bool) {
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
            if holds {
                or(values, old);
                // What was last listed holds until the next directory, in months that were to come too.
                let last = old.last().copied().flatten();
                values.iter_mut().skip(old.len()).take_while(|value| value.is_none()).for_each(|value| *value = last);
            } else {
                // One that lists some of the profiles leaves the others unknown, at the end of a month that was under way too.
                or(values, &old[..old.len() - usize::from(is_under_way && !old.is_empty())]);
            }
        }
        _ => {}
    }
}

fn or<T: Copy>(values: &mut [Option<T>], old: &[Option<T>]) {
    values.iter_mut().zip(old).for_each(|(value, old)| *value = value.or(*old));
}
