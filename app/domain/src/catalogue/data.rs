//! The entries of the catalogue.

use super::{
    Dimension, Extraction, Formula, Indicator, Measure, Polarity, Population, RatioUnit, Service, Stock, Term, Window,
};

/// The services, those of the fiche first and in its order.
pub static SERVICES: &[Service] = &[
    Service {
        slug: "abonnements",
        label: "Abonnements",
        description: "Les opérations reçues par le service de gestion des abonnements pour l’établissement, et ce qu’elles laissent de valide.",
        default_indicator: "abonnements-crees",
    },
    Service {
        slug: "suggestions",
        label: "Suggestions et affectations automatiques",
        description: "Ce que le traitement automatique propose ou affecte à partir des abonnements.",
        default_indicator: "suggestions-creees",
    },
    Service {
        slug: "console",
        label: "Console d’affectation",
        description: "Les affectations faites à la main dans la console, et les sessions de travail.",
        default_indicator: "affectations-total",
    },
    Service {
        slug: "acces",
        label: "Accès aux ressources",
        description: "Les accès des élèves et des personnels aux ressources numériques.",
        default_indicator: "acces-total",
    },
    Service {
        slug: "comptes",
        label: "Comptes",
        description: "Les comptes des élèves et des personnels dans l’annuaire de l’établissement, et la part qui s’en sert.",
        default_indicator: "comptes",
    },
];

/// The extraction of an indicator that is not voluminous.
macro_rules! one_year {
    ($label:literal) => {
        &[Extraction { label: $label, window: Window::OneYear }]
    };
}

/// An indicator with what most have in common: no dimension of its own, shown undivided.
const PLAIN: Indicator = Indicator {
    slug: "",
    service: "",
    label: "",
    definition: "",
    method: "",
    formula: Formula::Count(Measure::Acces),
    needs: &[],
    dimensions: &[],
    split_by_default: false,
    extractions: &[],
    polarity: Polarity::Neutral,
};

/// The indicators, service by service, those of the fiche first and in its order.
pub static INDICATORS: &[Indicator] = &[
    Indicator {
        slug: "abonnements-crees",
        service: "abonnements",
        label: "Abonnements créés",
        definition: "Nombre d’abonnements créés au niveau du web service de gestion des abonnements.",
        method: "Nombre d’opérations de création (PUT) acceptées pour l’établissement.",
        formula: Formula::Count(Measure::AbonnementsCrees),
        dimensions: &[Dimension::Resource],
        extractions: one_year!("Abonnements créés"),
        ..PLAIN
    },
    Indicator {
        slug: "abonnements-modifies",
        service: "abonnements",
        label: "Abonnements modifiés",
        definition: "Nombre d’abonnements modifiés au niveau du web service de gestion des abonnements.",
        method: "Nombre d’opérations de modification (POST) acceptées pour l’établissement.",
        formula: Formula::Count(Measure::AbonnementsModifies),
        dimensions: &[Dimension::Resource],
        extractions: one_year!("Abonnements modifiés"),
        ..PLAIN
    },
    Indicator {
        slug: "abonnements-supprimes",
        service: "abonnements",
        label: "Abonnements supprimés",
        definition: "Nombre d’abonnements supprimés au niveau du web service de gestion des abonnements.",
        method: "Nombre d’opérations de suppression (DELETE) acceptées pour l’établissement.",
        formula: Formula::Count(Measure::AbonnementsSupprimes),
        dimensions: &[Dimension::Resource],
        extractions: one_year!("Abonnements supprimés"),
        ..PLAIN
    },
    Indicator {
        slug: "abonnements-valides",
        service: "abonnements",
        label: "Abonnements valides",
        definition: "Nombre d’abonnements qui donnent droit à une ressource à une date\u{a0}: leur période de validité a commencé, n’est pas terminée, et ils n’ont pas été supprimés.",
        method: "Niveau au dernier jour de l’intervalle (aujourd’hui s’il n’est pas terminé), d’après les opérations reçues jusqu’à ce jour. Pas de chiffre avant le premier abonnement connu.",
        formula: Formula::Stock(Stock::AbonnementsValides),
        dimensions: &[Dimension::Resource],
        ..PLAIN
    },
    Indicator {
        slug: "licences",
        service: "abonnements",
        label: "Licences",
        definition: "Nombre de licences que donnent les abonnements valides à une date.",
        method: "Niveau au dernier jour de l’intervalle (aujourd’hui s’il n’est pas terminé). Les licences illimitées n’ont pas de nombre et ne sont pas comptées\u{202f}; celles qu’un abonnement donne sans distinguer les profils sont à part.",
        formula: Formula::Stock(Stock::Licences),
        dimensions: &[Dimension::Profile],
        ..PLAIN
    },
    Indicator {
        slug: "affectations-automatiques",
        service: "suggestions",
        label: "Affectations automatiques",
        definition: "Nombre d’affectations automatiques générées.",
        method: "Somme des affectations automatiques générées par le traitement de chaque jour.",
        formula: Formula::Count(Measure::AffectationsAutomatiques),
        dimensions: &[Dimension::Resource],
        extractions: one_year!("Affectations automatiques"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "suggestions-creees",
        service: "suggestions",
        label: "Suggestions créées",
        definition: "Nombre de pré-affectations générées.",
        method: "Somme des pré-affectations générées par le traitement de chaque jour.",
        formula: Formula::Count(Measure::Suggestions),
        dimensions: &[Dimension::Resource],
        extractions: one_year!("Suggestions créées"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "abonnements-avec-suggestion",
        service: "suggestions",
        label: "Abonnements avec suggestion",
        definition: "Nombre d’abonnements ayant généré une pré-affectation par jour.",
        method: "Nombre d’abonnements différents ayant généré au moins une pré-affectation dans l’intervalle\u{202f}; un abonnement traité plusieurs jours compte une fois.",
        formula: Formula::Distinct(Population::AbonnementsAvecSuggestion),
        extractions: one_year!("Abonnements avec suggestion"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "abonnements-sans-suggestion",
        service: "suggestions",
        label: "Abonnements sans suggestion",
        definition: "Nombre d’abonnements n’ayant pas généré de pré-affectation.",
        method: "Nombre d’abonnements différents traités dans l’intervalle, moins ceux qui y ont généré au moins une pré-affectation.",
        formula: Formula::DistinctWithout {
            all: Population::AbonnementsTraites,
            without: Population::AbonnementsAvecSuggestion,
        },
        extractions: one_year!("Abonnements sans suggestion"),
        polarity: Polarity::Down,
        ..PLAIN
    },
    Indicator {
        slug: "part-abonnements-avec-suggestion",
        service: "suggestions",
        label: "Pourcentage d’abonnements ayant généré des pré-affectations",
        definition: "Nombre d’abonnements ayant généré une pré-affectation par jour, divisé par le nombre d’abonnements traités par le batch de pré-affectation par jour.",
        method: "Abonnements différents ayant généré une pré-affectation dans l’intervalle ÷ abonnements différents traités dans l’intervalle.",
        formula: Formula::Ratio {
            numerator: Term::Distinct(Population::AbonnementsAvecSuggestion),
            denominator: Term::Distinct(Population::AbonnementsTraites),
            unit: RatioUnit::Percent,
        },
        extractions: one_year!("Pourcentage d’abonnements ayant généré des pré-affectations"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "part-ressources-avec-suggestion",
        service: "suggestions",
        label: "Pourcentage de ressources ayant généré des pré-affectations",
        definition: "Nombre de ressources ayant généré une pré-affectation, divisé par le nombre de ressources pour lesquelles des abonnements ont été créés par jour.",
        method: "Ressources différentes ayant généré une pré-affectation dans l’intervalle ÷ ressources différentes pour lesquelles des abonnements y ont été créés. Peut dépasser 100 % quand des suggestions viennent d’abonnements créés avant l’intervalle.",
        formula: Formula::Ratio {
            numerator: Term::Distinct(Population::RessourcesSuggerees),
            denominator: Term::Distinct(Population::RessourcesAbonnees),
            unit: RatioUnit::Percent,
        },
        extractions: one_year!("Pourcentage de ressources ayant généré des pré-affectations"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "suggestions-moyenne-par-ressource",
        service: "suggestions",
        label: "Nombre moyen de pré-affectations par ressource",
        definition: "Nombre de pré-affectations générées divisé par le nombre de ressources concernées par ces pré-affectations.",
        method: "Pré-affectations générées dans l’intervalle ÷ ressources différentes concernées dans l’intervalle.",
        formula: Formula::Ratio {
            numerator: Term::Count(Measure::Suggestions),
            denominator: Term::Distinct(Population::RessourcesSuggerees),
            unit: RatioUnit::Number,
        },
        extractions: one_year!("Nombre moyen de pré-affectations par ressource"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "ressources-abonnees",
        service: "suggestions",
        label: "Nombre de ressources",
        definition: "Nombre de ressources pour lesquelles des abonnements ont été créés. Ce nombre est utilisé pour calculer le pourcentage de ressources ayant généré des pré-affectations.",
        method: "Nombre de ressources différentes pour lesquelles un abonnement a été créé dans l’intervalle.",
        formula: Formula::Distinct(Population::RessourcesAbonnees),
        extractions: one_year!("Nombre de ressources"),
        ..PLAIN
    },
    Indicator {
        slug: "ressources-avec-suggestion",
        service: "suggestions",
        label: "Suggestions par ressource",
        definition: "Nombre de ressources avec pré-affectation.",
        method: "Nombre de ressources différentes pour lesquelles une pré-affectation a été générée dans l’intervalle.",
        formula: Formula::Distinct(Population::RessourcesSuggerees),
        extractions: one_year!("Suggestions par ressource"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "affectations-total",
        service: "console",
        label: "Total des affectations",
        definition: "Nombre d’affectations créées sur l’interface d’affectation par jour.",
        method: "Somme des affectations, individuelles et par groupe.",
        formula: Formula::Count(Measure::Affectations),
        dimensions: &[Dimension::Resource],
        extractions: one_year!("Total des affectations"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "affectations-individuelles",
        service: "console",
        label: "Affectations individuelles",
        definition: "Nombre d’affectations individuelles créées sur l’interface d’affectation par jour.",
        method: "Somme des affectations faites à une personne.",
        formula: Formula::Count(Measure::AffectationsIndividuelles),
        dimensions: &[Dimension::Resource],
        extractions: one_year!("Affectations individuelles"),
        ..PLAIN
    },
    Indicator {
        slug: "suggestions-validees",
        service: "console",
        label: "Suggestions validées",
        definition: "Nombre d’affectations créées par jour sur l’interface d’affectation faisant suite à une pré-affectation.",
        method: "Somme des affectations qui valident une suggestion.",
        formula: Formula::Count(Measure::SuggestionsValidees),
        dimensions: &[Dimension::Resource],
        extractions: one_year!("Suggestions validées"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "sessions-avec-affectation",
        service: "console",
        label: "Sessions avec affectations",
        definition: "Nombre unique de sessions pour lesquelles l’utilisateur a généré au moins une affectation.",
        method: "Nombre de sessions différentes ayant fait au moins une affectation dans l’intervalle.",
        formula: Formula::Distinct(Population::SessionsAvecAffectation),
        extractions: one_year!("Sessions avec affectations"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "sessions-sans-affectation",
        service: "console",
        label: "Sessions sans affectations",
        definition: "Nombre total de sessions moins le nombre unique de sessions pour lesquelles l’utilisateur a généré au moins une affectation.",
        method: "Nombre de sessions différentes de l’intervalle, moins celles qui y ont fait au moins une affectation.",
        formula: Formula::DistinctWithout { all: Population::Sessions, without: Population::SessionsAvecAffectation },
        extractions: one_year!("Sessions sans affectations"),
        polarity: Polarity::Down,
        ..PLAIN
    },
    Indicator {
        slug: "affectations-groupe",
        service: "console",
        label: "Nombre d’affectations par groupe",
        definition: "Nombre d’affectations concernant des groupes créés sur l’interface d’affectation par jour.",
        method: "Somme des affectations faites à un groupe.",
        formula: Formula::Count(Measure::AffectationsGroupe),
        dimensions: &[Dimension::Resource],
        extractions: one_year!("Nombre d’affectations par groupe"),
        ..PLAIN
    },
    Indicator {
        slug: "acces-total",
        service: "acces",
        label: "Total des accès aux ressources",
        definition: "Nombre d’accès aux ressources par jour.",
        method: "Somme des accès\u{a0}: connexions réussies à une ressource, chacune ouvrant une session du GAR sur la ressource.",
        formula: Formula::Count(Measure::Acces),
        dimensions: &[Dimension::Profile, Dimension::Resource, Dimension::Presentation],
        extractions: one_year!("Total des accès aux ressources"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "utilisateurs-distincts",
        service: "acces",
        label: "Utilisateurs distincts par profil",
        definition: "Nombre d’utilisateurs distincts ayant accédé à au moins une ressource par jour. L’addition de ce nombre d’utilisateurs distincts quotidien n’a pas de sens puisqu’un même utilisateur peut se connecter plusieurs jours de suite.",
        method: "Nombre de personnes différentes ayant accédé à au moins une ressource dans l’intervalle\u{202f}; une personne présente plusieurs jours compte une fois.",
        formula: Formula::Distinct(Population::Utilisateurs),
        dimensions: &[Dimension::Profile],
        split_by_default: true,
        extractions: one_year!("Utilisateurs distincts par profil"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "acces-par-presentation",
        service: "acces",
        label: "Accès aux ressources par type de présentation",
        definition: "Nombre d’accès par jour aux ressources, regroupé par type de présentation.",
        method: "Somme des accès, par type de présentation donné par la source ou par le catalogue des ressources.",
        formula: Formula::Count(Measure::Acces),
        dimensions: &[Dimension::Presentation],
        split_by_default: true,
        extractions: &[Extraction {
            label: "Nombre d’accès aux ressources par type de présentation",
            window: Window::ThreeMonths,
        }],
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "acces-par-ressource",
        service: "acces",
        label: "Accès par ressource par profil",
        definition: "Nombre d’accès par jour pour chaque ressource, regroupé par profil.",
        method: "Somme des accès, par ressource et par profil.",
        formula: Formula::Count(Measure::Acces),
        needs: &[Term::Distinct(Population::RessourcesAccedees)],
        dimensions: &[Dimension::ResourceAndProfile, Dimension::Resource, Dimension::Profile],
        split_by_default: true,
        extractions: &[
            Extraction { label: "Nombre d’accès par ressource par profil", window: Window::ThreeMonths },
            Extraction { label: "Nombre d’accès par ressource avec titre par profil", window: Window::ThreeMonths },
        ],
        polarity: Polarity::Up,
    },
    Indicator {
        slug: "ressources-distinctes",
        service: "acces",
        label: "Accès à des ressources distinctes",
        definition: "Nombre distinct de ressources accédées par jour. L’addition de ce nombre de ressources distinctes quotidien n’a pas de sens puisqu’une même ressource peut être accédée plusieurs jours de suite.",
        method: "Nombre de ressources différentes accédées dans l’intervalle\u{202f}; une ressource accédée plusieurs jours compte une fois.",
        formula: Formula::Distinct(Population::RessourcesAccedees),
        dimensions: &[Dimension::Profile],
        extractions: one_year!("Accès à des ressources distinctes"),
        polarity: Polarity::Up,
        ..PLAIN
    },
    Indicator {
        slug: "comptes",
        service: "comptes",
        label: "Comptes",
        definition: "Nombre de comptes dans l’annuaire de l’établissement à une date.",
        method: "Niveau au dernier jour de l’intervalle (aujourd’hui s’il n’est pas terminé)\u{a0}: celui du dernier export de l’annuaire à cette date. Pas de chiffre avant le premier export. Par profil, une personne qui en a plusieurs compte avec le premier.",
        formula: Formula::Stock(Stock::Comptes),
        dimensions: &[Dimension::Profile],
        split_by_default: true,
        ..PLAIN
    },
    Indicator {
        slug: "part-comptes-utilisateurs",
        service: "comptes",
        label: "Part des comptes ayant accédé à une ressource",
        definition: "Nombre de personnes ayant accédé à au moins une ressource, divisé par le nombre de comptes.",
        method: "Personnes différentes ayant accédé à au moins une ressource dans l’intervalle ÷ comptes au dernier jour de l’intervalle. Peut dépasser 100 % quand des comptes ont été fermés depuis. Pas de pourcentage de personnes vues dans plusieurs années scolaires, entre lesquelles une même personne ne peut pas être reconnue.",
        formula: Formula::Ratio {
            numerator: Term::Distinct(Population::Utilisateurs),
            denominator: Term::Stock(Stock::Comptes),
            unit: RatioUnit::Percent,
        },
        polarity: Polarity::Up,
        ..PLAIN
    },
];
