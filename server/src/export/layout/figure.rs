//! The figure of a series in a bucket, or why there is none.

use super::unit_label;
use crate::export::cell::Cell;
use vigie_domain::catalogue::RatioUnit;
use vigie_domain::result::{Figures, Fraction};

/// The figure of a series in a bucket.
#[derive(Clone, Copy)]
pub(super) enum Figure {
    Count(u64),
    Ratio(Fraction, RatioUnit),
    /// None, and why.
    None(Absence),
}

/// Why there is no figure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// There is one.
    No,
    Unknown,
    Erased,
    Unavailable,
    /// There is nothing to divide.
    Pointless,
}

impl Absence {
    /// In their order.
    pub(super) const ALL: [Self; 5] = [Self::No, Self::Unknown, Self::Erased, Self::Unavailable, Self::Pointless];

    /// The word that says it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::No => "",
            Self::Unknown => "inconnu",
            Self::Erased => "effacé",
            Self::Unavailable => "non disponible",
            Self::Pointless => "sans objet",
        }
    }
}

impl Figure {
    /// The figure at a position; `unknown` says why it is not known, when it is not.
    pub(super) fn of(figures: &Figures, position: usize, unknown: Absence) -> Self {
        let at = |values: &[Option<u64>]| values.get(position).copied().flatten();
        match figures {
            Figures::Additive { values, .. } => {
                values.get(position).map_or(Self::None(unknown), |count| Self::Count(*count))
            }
            Figures::Distinct { values, .. } | Figures::Stock { values, .. } => {
                at(values).map_or(Self::None(unknown), Self::Count)
            }
            Figures::Ratio { values, unit, .. } => {
                let fraction = values.get(position).copied().flatten();
                fraction.map_or(Self::None(unknown), |fraction| Self::Ratio(fraction, *unit))
            }
        }
    }

    /// The figure, and what it is a ratio of: its unit, and its two terms.
    pub(super) fn cells(self) -> [Cell<'static>; 4] {
        match self {
            Self::Count(count) => [Cell::count(count), Cell::Text(unit_label(None)), Cell::Empty, Cell::Empty],
            Self::None(_) => [Cell::Empty; 4],
            Self::Ratio(fraction, unit) => [
                Cell::ratio(fraction, unit),
                Cell::Text(unit_label(Some(unit))),
                Cell::count(fraction.numerator),
                Cell::count(fraction.denominator),
            ],
        }
    }

    /// Why it has no value.
    pub(super) fn absence(self) -> Absence {
        match self {
            Self::None(reason) => reason,
            Self::Ratio(fraction, _) if fraction.denominator == 0 => Absence::Pointless,
            _ => Absence::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigie_domain::summary;

    #[test]
    fn a_level_that_is_not_known_says_why() {
        let values = vec![Some(3), None];
        let figures = Figures::Stock { summary: summary::of_levels(&values), values };
        let reason = |position, unknown| Figure::of(&figures, position, unknown).absence().word();
        assert_eq!([reason(0, Absence::Erased), reason(1, Absence::Erased)], ["", "effacé"]);
        assert_eq!(reason(1, Absence::Unknown), "inconnu");
    }
}
