//! Whether a school has enough people in a school year for what they do to be told in parts.

use super::{Grouping, People};
use serde::{Deserialize, Serialize};

/// How many people of a school are known in a school year. Where they are few, what they do is told as a whole only: by resource or by
/// type, it would be what one of them does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Crowd {
    /// Nobody so far: nothing that is told is about somebody.
    #[default]
    Nobody,
    /// Fewer than may be told apart, over the year or in one of its directories; more may turn out to have been there.
    Few,
    /// Enough, all year.
    Enough,
    /// Some of those who made it enough are known no more: whoever comes later was not there.
    Left,
}

impl Crowd {
    pub(super) fn is_nobody(&self) -> bool {
        *self == Self::Nobody
    }

    /// Whether there is somebody, and not enough of them.
    fn is_few(self) -> bool {
        matches!(self, Self::Few | Self::Left)
    }

    /// The one of several school years in which the least is told.
    pub(super) fn join(self, other: Self) -> Self {
        if self.is_few() { self } else { other }
    }

    /// What becomes of it once somebody is known. `all` are the profiles that sources named.
    pub(super) fn refine(self, all: &[String], people: &People, threshold: u64) -> Self {
        match self {
            Self::Left => Self::Left,
            Self::Enough if people.are_still_a_crowd(all, threshold) => Self::Enough,
            Self::Enough if people.are_forgotten(all, threshold) => Self::Left,
            Self::Nobody | Self::Few if !people.are_partly_erased && people.are_a_crowd(all, threshold) => Self::Enough,
            Self::Nobody | Self::Few | Self::Enough => Self::Few,
        }
    }
}

impl Grouping {
    /// Whether what people do may be told in parts, whatever these are.
    pub fn tells_parts(&self) -> bool {
        !self.crowd.is_few()
    }
}

/// Why what people do is told as a whole only.
pub const WHOLE_REASON: &str = "Moins de 5 personnes sont connues dans l’établissement, ou l’ont été à un moment de cette année \
                                scolaire\u{a0}: ce qu’elles font n’est dit qu’en tout, car des chiffres séparés diraient ce que fait \
                                chacune.";
