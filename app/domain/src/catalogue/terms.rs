//! The terms of formulas: what the store keeps, and under which name.

/// A thing that is counted event by event; counts of several days, profiles or resources may be added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Measure {
    /// Subscriptions created.
    AbonnementsCrees,
    /// Subscriptions modified.
    AbonnementsModifies,
    /// Subscriptions deleted.
    AbonnementsSupprimes,
    /// Assignments made by the nightly batch.
    AffectationsAutomatiques,
    /// Suggestions (pré-affectations) made by the nightly batch.
    Suggestions,
    /// Assignments made in the console.
    Affectations,
    /// Of which to one person.
    AffectationsIndividuelles,
    /// Of which to a group.
    AffectationsGroupe,
    /// Of which validate a suggestion.
    SuggestionsValidees,
    /// Accesses to resources.
    Acces,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 10] = [
        Self::AbonnementsCrees,
        Self::AbonnementsModifies,
        Self::AbonnementsSupprimes,
        Self::AffectationsAutomatiques,
        Self::Suggestions,
        Self::Affectations,
        Self::AffectationsIndividuelles,
        Self::AffectationsGroupe,
        Self::SuggestionsValidees,
        Self::Acces,
    ];

    /// The name under which the store keeps it.
    pub fn code(self) -> &'static str {
        match self {
            Self::AbonnementsCrees => "abonnements-crees",
            Self::AbonnementsModifies => "abonnements-modifies",
            Self::AbonnementsSupprimes => "abonnements-supprimes",
            Self::AffectationsAutomatiques => "affectations-automatiques",
            Self::Suggestions => "suggestions",
            Self::Affectations => "affectations",
            Self::AffectationsIndividuelles => "affectations-individuelles",
            Self::AffectationsGroupe => "affectations-groupe",
            Self::SuggestionsValidees => "suggestions-validees",
            Self::Acces => "acces",
        }
    }
}

/// Things that are counted once each, whatever the number of days, profiles or resources they appear in. A count of a
/// longer period is the size of the union, never a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Population {
    /// People who accessed a resource.
    Utilisateurs,
    /// Resources that were accessed.
    RessourcesAccedees,
    /// Resources for which subscriptions were created.
    RessourcesAbonnees,
    /// Resources for which suggestions were made.
    RessourcesSuggerees,
    /// Subscriptions treated by the batch of suggestions.
    AbonnementsTraites,
    /// Of which generated a suggestion.
    AbonnementsAvecSuggestion,
    /// Sessions of the console.
    Sessions,
    /// Of which made an assignment.
    SessionsAvecAffectation,
    /// People who have an account, on the days when the directory was exported.
    Comptes,
}

impl Population {
    /// Every population.
    pub const ALL: [Self; 9] = [
        Self::Utilisateurs,
        Self::RessourcesAccedees,
        Self::RessourcesAbonnees,
        Self::RessourcesSuggerees,
        Self::AbonnementsTraites,
        Self::AbonnementsAvecSuggestion,
        Self::Sessions,
        Self::SessionsAvecAffectation,
        Self::Comptes,
    ];

    /// The name under which the store keeps it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Utilisateurs => "utilisateurs",
            Self::RessourcesAccedees => "ressources-accedees",
            Self::RessourcesAbonnees => "ressources-abonnees",
            Self::RessourcesSuggerees => "ressources-suggerees",
            Self::AbonnementsTraites => "abonnements-traites",
            Self::AbonnementsAvecSuggestion => "abonnements-avec-suggestion",
            Self::Sessions => "sessions",
            Self::SessionsAvecAffectation => "sessions-avec-affectation",
            Self::Comptes => "comptes",
        }
    }

    /// Whether its members are numbered afresh each school year, because they are people: two years' numbers then
    /// cannot be compared, and a count never spans them.
    pub fn is_numbered_by_school_year(self) -> bool {
        matches!(self, Self::Utilisateurs | Self::Comptes)
    }
}

/// A level: how many of something there are on a day. Levels of the parts of one day may be added up, those of several
/// days never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stock {
    /// Subscriptions that are valid on the day.
    AbonnementsValides,
    /// Licences that the subscriptions valid on the day give.
    Licences,
    /// Accounts of the directory.
    Comptes,
}

impl Stock {
    /// Every stock.
    pub const ALL: [Self; 3] = [Self::AbonnementsValides, Self::Licences, Self::Comptes];

    /// The name under which the store keeps it.
    pub fn code(self) -> &'static str {
        match self {
            Self::AbonnementsValides => "abonnements-valides",
            Self::Licences => "licences",
            // « comptes » is the population.
            Self::Comptes => "stock-comptes",
        }
    }
}

/// One side of a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Term {
    /// A count of events.
    Count(Measure),
    /// The size of a union.
    Distinct(Population),
    /// The level at the end of the bucket or of the period.
    Stock(Stock),
}

impl Term {
    /// Every measure, every population and every stock.
    pub fn all() -> impl Iterator<Item = Self> {
        let counts = Measure::ALL.into_iter().map(Self::Count);
        counts.chain(Population::ALL.into_iter().map(Self::Distinct)).chain(Stock::ALL.into_iter().map(Self::Stock))
    }

    /// Whether it counts what the people of a school do. Subscriptions are the school's, assignments and sessions of the console are what
    /// its responsables do, accounts are people whatever they do.
    pub fn is_of_acts(self) -> bool {
        matches!(
            self,
            Self::Count(Measure::Acces) | Self::Distinct(Population::Utilisateurs | Population::RessourcesAccedees)
        )
    }

    /// The name under which the store keeps it; unique among terms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Count(measure) => measure.code(),
            Self::Distinct(population) => population.code(),
            Self::Stock(stock) => stock.code(),
        }
    }
}
