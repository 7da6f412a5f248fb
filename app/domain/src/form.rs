//! The forms a chart can take, and which of them would lie.

use crate::catalogue::Kind;
use serde::{Deserialize, Serialize};

/// How a result is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartForm {
    /// A line for each series.
    Line,
    /// Areas: stacked when an additive figure is divided, filled under a single line otherwise.
    Area,
    /// Bars side by side.
    Bars,
    /// Bars on top of one another.
    StackedBars,
    /// Shares of each bucket's total.
    Shares,
    /// Weekday × week heat map of daily figures.
    HeatMap,
}

impl ChartForm {
    /// Every form, in the order of the interface.
    pub const ALL: [Self; 6] = [Self::Line, Self::Area, Self::Bars, Self::StackedBars, Self::Shares, Self::HeatMap];

    /// The value of `forme` in the address.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Line => "courbe",
            Self::Area => "aires",
            Self::Bars => "barres",
            Self::StackedBars => "barres-empilees",
            Self::Shares => "cent-pour-cent",
            Self::HeatMap => "jours-semaines",
        }
    }

    /// What the interface calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Line => "Courbe",
            Self::Area => "Aires",
            Self::Bars => "Barres",
            Self::StackedBars => "Barres empilées",
            Self::Shares => "100 %",
            Self::HeatMap => "Jours × semaines",
        }
    }

    /// The form that a value of `forme` names.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.slug() == slug)
    }

    /// Whether the form tells the truth about a question.
    ///
    /// Stacking adds figures up: only the parts of one additive indicator or of one stock (on one day) may be stacked. Several
    /// indicators overlap (a total and its share), distinct counts are not summable, ratios even less. An area suggests a sum
    /// as well, unless there is only one. A heat map shows one series, of what happens on a day: a level would only repeat
    /// itself.
    pub fn tells_the_truth(self, indicators: &[Kind], divided: bool) -> bool {
        let one = indicators.len() == 1;
        let parts_of_a_whole = one && divided && matches!(indicators[0], Kind::Additive | Kind::Stock);
        match self {
            Self::Line | Self::Bars => true,
            Self::Area => parts_of_a_whole || (one && !divided && indicators[0] != Kind::Ratio),
            Self::StackedBars | Self::Shares => parts_of_a_whole,
            Self::HeatMap => one && !divided && indicators[0] != Kind::Stock,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn honest(indicators: &[Kind], divided: bool) -> Vec<&'static str> {
        ChartForm::ALL.into_iter().filter(|f| f.tells_the_truth(indicators, divided)).map(ChartForm::slug).collect()
    }

    #[test]
    fn forms_that_would_add_up_what_cannot_be_are_not_offered() {
        assert_eq!(honest(&[Kind::Additive], false), ["courbe", "aires", "barres", "jours-semaines"]);
        assert_eq!(honest(&[Kind::Additive], true), ["courbe", "aires", "barres", "barres-empilees", "cent-pour-cent"]);
        assert_eq!(honest(&[Kind::Distinct], true), ["courbe", "barres"]);
        assert_eq!(honest(&[Kind::Distinct], false), ["courbe", "aires", "barres", "jours-semaines"]);
        assert_eq!(honest(&[Kind::Ratio], false), ["courbe", "barres", "jours-semaines"]);
        assert_eq!(honest(&[Kind::Stock], false), ["courbe", "aires", "barres"]);
        assert_eq!(honest(&[Kind::Stock], true), ["courbe", "aires", "barres", "barres-empilees", "cent-pour-cent"]);
        assert_eq!(honest(&[Kind::Additive, Kind::Stock], false), ["courbe", "barres"]);
        assert_eq!(honest(&[Kind::Additive, Kind::Additive], false), ["courbe", "barres"]);
    }
}
