//! The catalogue of services and indicators: what is counted, how, and what may be shown of it.
//!
//! Source of labels, definitions and extraction windows: fiche 7-2 « Le suivi des statistiques de l'établissement ou
//! l'école dans le portail GAR ». It counts events only: the stocks and the accounts are ours. The form, the table heads, the help, the address, the exports and `docs/INDICATORS.md`
//! all read this data. An indicator's [`Kind`] is derived from its [`Formula`], so that the two cannot disagree.

mod data;
pub mod document;
mod terms;

use serde::{Deserialize, Serialize};
use std::fmt;

pub use data::{INDICATORS, SERVICES};
pub use terms::{Measure, Population, Stock, Term};

/// How a ratio is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RatioUnit {
    /// As a percentage.
    Percent,
    /// As a number, two decimals.
    Number,
}

/// How a figure is computed from what the store keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// A count of events.
    Count(Measure),
    /// The size of a union.
    Distinct(Population),
    /// The size of a union less the size of another that it contains.
    DistinctWithout {
        /// The larger one.
        all: Population,
        /// The one taken away.
        without: Population,
    },
    /// One term divided by another, both over the same bucket or period.
    Ratio {
        /// What is above the line.
        numerator: Term,
        /// What is below the line.
        denominator: Term,
        /// How it is written.
        unit: RatioUnit,
    },
    /// A level.
    Stock(Stock),
}

/// What may be shown of an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Totals, minima, maxima, means, medians and deviations.
    Additive,
    /// The same without the total, plus the exact count of the whole period.
    Distinct,
    /// Numerator ÷ denominator of a bucket or of the period, minima and maxima.
    Ratio,
    /// Last value, minima and maxima.
    Stock,
}

impl Kind {
    /// The name of the kind in French.
    pub fn label(self) -> &'static str {
        match self {
            Self::Additive => "additif",
            Self::Distinct => "distinct",
            Self::Ratio => "rapport",
            Self::Stock => "stock",
        }
    }
}

/// What a figure can be divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Profile of the person.
    Profile,
    /// Resource.
    Resource,
    /// Presentation type of the resource.
    Presentation,
    /// Resource and profile together.
    ResourceAndProfile,
}

impl Dimension {
    /// Whether parts are told apart by profile.
    pub fn tells_profiles(self) -> bool {
        matches!(self, Self::Profile | Self::ResourceAndProfile)
    }

    /// Whether parts are named, or told apart, by what catalogues say of resources.
    pub fn reads_catalogues(self) -> bool {
        match self {
            Self::Profile => false,
            Self::Resource | Self::Presentation | Self::ResourceAndProfile => true,
        }
    }

    /// The value of `par` in the address.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Profile => "profil",
            Self::Resource => "ressource",
            Self::Presentation => "presentation",
            Self::ResourceAndProfile => "ressource-profil",
        }
    }

    /// The dimension that a value of `par` names.
    pub fn from_slug(slug: &str) -> Option<Self> {
        [Self::Profile, Self::Resource, Self::Presentation, Self::ResourceAndProfile]
            .into_iter()
            .find(|d| d.slug() == slug)
    }

    /// What the form and the table call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Profile => "Profil",
            Self::Resource => "Ressource",
            Self::Presentation => "Type de présentation",
            Self::ResourceAndProfile => "Ressource et profil",
        }
    }

    /// Whether it has so many values that only the first ones are shown, the others together.
    pub fn is_long(self) -> bool {
        matches!(self, Self::Resource | Self::ResourceAndProfile)
    }
}

/// Which way is good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither.
    Neutral,
}

/// How far back an extraction may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// One rolling year.
    OneYear,
    /// Three rolling months: the figures by resource and by presentation type are voluminous.
    ThreeMonths,
}

impl Window {
    /// The window in French.
    pub fn label(self) -> &'static str {
        match self {
            Self::OneYear => "1 an glissant",
            Self::ThreeMonths => "3 mois glissants",
        }
    }
}

/// A file that can be asked for an indicator.
#[derive(Debug)]
pub struct Extraction {
    /// Its name in the fiche.
    pub label: &'static str,
    /// How far back it may go.
    pub window: Window,
}

/// A coherent set of indicators.
#[derive(Debug)]
pub struct Service {
    /// Its name in the address.
    pub slug: &'static str,
    /// Its name in the interface.
    pub label: &'static str,
    /// What it is about, in a sentence.
    pub description: &'static str,
    /// The indicator shown when none is asked for.
    pub default_indicator: &'static str,
}

/// A figure that can be asked for.
#[derive(Debug)]
pub struct Indicator {
    /// Its name in the address; unique in the catalogue.
    pub slug: &'static str,
    /// Slug of its service.
    pub service: &'static str,
    /// Its name in the interface.
    pub label: &'static str,
    /// The definition that fiche 7-2 gives, or ours for what the fiche does not count.
    pub definition: &'static str,
    /// How Vigie computes it, in a sentence.
    pub method: &'static str,
    /// How Vigie computes it.
    pub formula: Formula,
    /// What a source must feed besides the terms of the formula for the indicator to make sense.
    pub needs: &'static [Term],
    /// What it can be divided by; the first is the division shown unless another is asked for, when `split_by_default`.
    pub dimensions: &'static [Dimension],
    /// Whether it is shown divided by its first dimension unless the address says otherwise.
    pub split_by_default: bool,
    /// Files that the fiche lets people ask for; none for what it does not count.
    pub extractions: &'static [Extraction],
    /// Which way is good news.
    pub polarity: Polarity,
}

impl Indicator {
    /// What may be shown of it.
    pub fn kind(&self) -> Kind {
        match self.formula {
            Formula::Count(_) => Kind::Additive,
            Formula::Distinct(_) | Formula::DistinctWithout { .. } => Kind::Distinct,
            Formula::Ratio { .. } => Kind::Ratio,
            Formula::Stock(_) => Kind::Stock,
        }
    }

    /// How its ratio is written; None when it is not one.
    pub fn ratio_unit(&self) -> Option<RatioUnit> {
        match self.formula {
            Formula::Ratio { unit, .. } => Some(unit),
            _ => None,
        }
    }

    /// The division shown unless the address says otherwise.
    pub fn default_split(&self) -> Option<Dimension> {
        self.dimensions.first().copied().filter(|_| self.split_by_default)
    }

    /// The terms that its formula reads.
    pub fn terms(&self) -> Vec<Term> {
        match self.formula {
            Formula::Count(measure) => vec![Term::Count(measure)],
            Formula::Distinct(population) => vec![Term::Distinct(population)],
            Formula::DistinctWithout { all, without } => vec![Term::Distinct(all), Term::Distinct(without)],
            Formula::Ratio { numerator, denominator, .. } => vec![numerator, denominator],
            Formula::Stock(stock) => vec![Term::Stock(stock)],
        }
    }
}

/// An indicator of the catalogue, by reference: cheap to copy, written as its slug on the wire.
#[derive(Clone, Copy)]
pub struct IndicatorId(usize);

impl IndicatorId {
    /// The indicator with this slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        INDICATORS.iter().position(|indicator| indicator.slug == slug).map(Self)
    }

    /// What the catalogue says of it.
    pub fn get(self) -> &'static Indicator {
        &INDICATORS[self.0]
    }

    /// Every indicator of a service, in the order of the fiche.
    pub fn of_service(service: ServiceId) -> impl Iterator<Item = Self> {
        (0..INDICATORS.len()).map(Self).filter(move |id| id.get().service == service.get().slug)
    }

    /// Every indicator.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..INDICATORS.len()).map(Self)
    }
}

/// A service of the catalogue, by reference.
#[derive(Clone, Copy)]
pub struct ServiceId(usize);

impl ServiceId {
    /// « Accès aux ressources », the service shown first.
    pub const ACCES: Self = Self(position(SERVICES, "acces"));

    /// The service with this slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        SERVICES.iter().position(|service| service.slug == slug).map(Self)
    }

    /// What the catalogue says of it.
    pub fn get(self) -> &'static Service {
        &SERVICES[self.0]
    }

    /// Every service.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SERVICES.len()).map(Self)
    }

    /// The indicator shown when none is asked for.
    pub fn default_indicator(self) -> IndicatorId {
        IndicatorId::from_slug(self.get().default_indicator).unwrap_or(IndicatorId(0))
    }
}

/// Where the service with this slug stands, known when the program is built.
const fn position(services: &[Service], slug: &str) -> usize {
    let mut position = 0;
    while !is_same(services[position].slug, slug) {
        position += 1;
    }
    position
}

/// Whether two texts are the same; `==` cannot be called in a constant.
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// What an id of the catalogue has in common: it compares, prints and travels as its slug.
macro_rules! id_as_slug {
    ($id:ident) => {
        impl PartialEq for $id {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }
        impl Eq for $id {}
        impl std::hash::Hash for $id {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }
        impl PartialOrd for $id {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for $id {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.0.cmp(&other.0)
            }
        }
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.get().slug)
            }
        }
        impl Serialize for $id {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.get().slug)
            }
        }
        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let slug = String::deserialize(deserializer)?;
                Self::from_slug(&slug).ok_or_else(|| serde::de::Error::custom("not in the catalogue"))
            }
        }
    };
}
id_as_slug!(IndicatorId);
id_as_slug!(ServiceId);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_indicator_is_there_once() {
        let counts: Vec<_> = ServiceId::all().map(|s| (s.get().slug, IndicatorId::of_service(s).count())).collect();
        assert_eq!(counts, [("abonnements", 5), ("suggestions", 9), ("console", 6), ("acces", 5), ("comptes", 2)]);
        let slugs: HashSet<_> = INDICATORS.iter().map(|i| i.slug).collect();
        assert_eq!(slugs.len(), INDICATORS.len());
    }

    #[test]
    fn the_store_knows_every_term_by_a_name_of_its_own() {
        let codes: HashSet<_> = Term::all().map(Term::code).collect();
        assert_eq!(codes.len(), Measure::ALL.len() + Population::ALL.len() + Stock::ALL.len());
    }

    #[test]
    fn the_service_shown_first_is_the_accesses() {
        assert_eq!(ServiceId::ACCES.get().slug, "acces");
    }

    #[test]
    fn default_indicators_belong_to_their_service() {
        for service in ServiceId::all() {
            let indicator = IndicatorId::from_slug(service.get().default_indicator);
            assert_eq!(indicator.map(|i| i.get().service), Some(service.get().slug));
        }
    }

    #[test]
    fn only_the_three_voluminous_extractions_stop_at_three_months() {
        let short: Vec<_> = INDICATORS
            .iter()
            .flat_map(|i| i.extractions)
            .filter(|e| e.window == Window::ThreeMonths)
            .map(|e| e.label)
            .collect();
        assert_eq!(
            short,
            [
                "Nombre d’accès aux ressources par type de présentation",
                "Nombre d’accès par ressource par profil",
                "Nombre d’accès par ressource avec titre par profil",
            ]
        );
    }

    #[test]
    fn ratios_and_distinct_counts_of_something_else_than_people_have_no_split_that_would_need_a_guess() {
        for indicator in INDICATORS {
            if indicator.kind() == Kind::Ratio {
                assert!(indicator.dimensions.is_empty(), "{}", indicator.slug);
            }
        }
    }
}
