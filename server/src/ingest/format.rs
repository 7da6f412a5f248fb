//! The formats that are read, and what reads each.

use super::blocks::Lines;
use super::canonical_csv::CanonicalCsv;
use super::context::Context;
use super::detect::detect;
use super::encoding::{self, BEGINNING_BYTES};
use super::gar_counts::GarCounts;
use super::gar_reports::GarReports;
use super::item::Item;
use super::json_entries::{JsonEntries, Layout};
use super::json_source::{JsonSource, ReadEntry, read_canonical};
use super::plain::PlainSource;
use super::source_file::explain;
use super::{catalogue, catalogue_xml, entcore, gar_connector, gar_ent, gar_schools, gar_subscriptions, xapi};
use clap::ValueEnum;
use serde::Serialize;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

/// A format of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Événements de Vigie, en NDJSON
    Ndjson,
    /// Événements de Vigie, en CSV
    Csv,
    /// Abonnements du GAR, en XML
    GarAbonnements,
    /// Événements du connecteur GAR (collection gar-events), en JSON
    GarConnector,
    /// Événements d’un ENT entcore (collection events), en JSON
    Entcore,
    /// Catalogue du médiacentre (service « ressources »), en JSON ou en XML
    Ressources,
    /// Liste des établissements du GAR, en XML
    GarEtablissements,
    /// Ressources diffusables du GAR, en XML
    GarRessourcesDiffusables,
    /// Décompte des affectations du GAR, en CSV
    GarDecompte,
    /// Rapports d’affectation du GAR, en XML
    GarRapports,
    /// Export GAR-ENT d’un annuaire, premier et second degrés, en XML
    GarEnt,
    /// Énoncés xAPI, en JSON
    Xapi,
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Nothing in it.
    #[error("le fichier est vide")]
    Empty,
    /// The encoding that it declares is not read.
    #[error("encodage {0} : enregistrez le fichier en UTF-8 (par exemple : iconv -f {0} -t UTF-8)")]
    Encoding(String),
    /// No known format.
    #[error("format non reconnu : {0}")]
    Unknown(&'static str),
    /// The web service answered that it failed.
    #[error("c’est une réponse d’erreur du service « ressources » ({0}), pas un catalogue")]
    ErrorAnswer(String),
    /// The header cannot be read.
    #[error("ligne d’en-tête illisible : {0}")]
    Header(String),
    /// The first row is none: it may name anybody.
    #[error("la première ligne n’est pas un en-tête : elle ne nomme aucune colonne connue (type, uai, date…)")]
    NoHeader,
    /// A column of the header is no field.
    #[error("colonne « {0} » inconnue dans l’en-tête")]
    UnknownColumn(String),
    /// A column of the header has no name.
    #[error("la colonne {0} de l’en-tête n’a pas de nom")]
    UnnamedColumn(usize),
    /// A column is there twice.
    #[error("la colonne « {0} » est deux fois dans l’en-tête")]
    RepeatedColumn(String),
    /// A column that must be there.
    #[error("il manque la colonne « {0} » dans l’en-tête")]
    MissingColumn(&'static str),
    /// What changes of a directory, which does not say how many people there are.
    #[error(
        "c’est un export GAR-ENT différentiel : seul un export complet dit combien de comptes il y a ; importez celui du même jour"
    )]
    Difference,
    /// Somebody is still writing it. Nothing of it was counted.
    #[error(
        "le fichier a changé pendant sa lecture, et rien n’en est compté : attendez qu’il soit complet, puis importez-le de nouveau"
    )]
    Changed,
    /// An archive, or a file of one, that is not read.
    #[error("{0}")]
    Archive(&'static str),
    /// Reading failed.
    #[error("lecture impossible : {}", explain(.0))]
    Io(#[from] io::Error),
}

impl Format {
    /// The name given to `--format`, and kept with what is imported.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::GarAbonnements => "gar-abonnements",
            Self::GarConnector => "gar-connector",
            Self::Entcore => "entcore",
            Self::Ressources => "ressources",
            Self::GarEtablissements => "gar-etablissements",
            Self::GarRessourcesDiffusables => "gar-ressources-diffusables",
            Self::GarDecompte => "gar-decompte",
            Self::GarRapports => "gar-rapports",
            Self::GarEnt => "gar-ent",
            Self::Xapi => "xapi",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ndjson => "événements Vigie (NDJSON)",
            Self::Csv => "événements Vigie (CSV)",
            Self::GarAbonnements => "abonnements GAR (XML)",
            Self::GarConnector => "événements du connecteur GAR (JSON)",
            Self::Entcore => "événements d’ENT entcore (JSON)",
            Self::Ressources => "catalogue de ressources",
            Self::GarEtablissements => "établissements du GAR (XML)",
            Self::GarRessourcesDiffusables => "ressources diffusables du GAR (XML)",
            Self::GarDecompte => "décompte des affectations du GAR (CSV)",
            Self::GarRapports => "rapport d’affectation du GAR (XML)",
            Self::GarEnt => "export GAR-ENT (XML)",
            Self::Xapi => "énoncés xAPI (JSON)",
        }
    }

    /// Whether nothing inside such a file says its day: the name does, or whoever imports it. The same content then says
    /// something else on another day.
    pub fn is_dated_by_its_name(self) -> bool {
        matches!(self, Self::GarDecompte | Self::GarRapports | Self::GarEnt)
    }

    /// Whether such a file says how things stand, so that what it says may come back after something else.
    pub fn says_how_things_stand(self) -> bool {
        self.is_catalogue() || matches!(self, Self::GarAbonnements | Self::GarEtablissements)
    }

    /// Whether the events of such a file may say what tells each from any other.
    pub fn identifies_events(self) -> bool {
        matches!(
            self,
            Self::Ndjson | Self::Csv | Self::GarAbonnements | Self::GarConnector | Self::Entcore | Self::Xapi
        )
    }

    /// Whether such a file is about resources before anything else.
    pub fn is_catalogue(self) -> bool {
        matches!(self, Self::Ressources | Self::GarRessourcesDiffusables)
    }
}

/// The items of a source, read in a thread of their own.
pub(crate) type Items = Box<dyn Iterator<Item = Item> + Send>;

/// A source, ready to be read.
pub(crate) enum Source {
    /// One item after the other.
    Items(Items),
    /// The same, where nothing says a day: whoever imports does.
    Undated(Items),
    /// By blocks of lines.
    Lines(Lines),
}

/// Tells the format of a source, unless it is forced, and gives what reads it.
pub(crate) fn open(
    source: impl Read + Send + 'static,
    forced: Option<Format>,
    context: Arc<Context>,
) -> Result<(Format, Source), FormatError> {
    let (beginning, source) = encoding::open(source)?;
    if beginning.trim_ascii().is_empty() && beginning.len() < BEGINNING_BYTES {
        return Err(FormatError::Empty);
    }
    let format = match forced {
        Some(format) => format,
        None => detect(&beginning)?,
    };
    let layout = Layout::detect(&beginning);
    let is_xml = beginning.trim_ascii_start().starts_with(b"<");
    let source = Cursor::new(beginning).chain(source);
    let source = match format {
        Format::Ndjson => json(source, layout, read_canonical, Some(PlainSource::Canonical), context),
        Format::GarConnector => json(source, layout, gar_connector::read, Some(PlainSource::GarConnector), context),
        Format::Entcore => json(source, layout, entcore::read, None, context),
        Format::Xapi => json(source, layout, xapi::read, None, context),
        Format::Ressources if !is_xml => json(source, layout, catalogue::read, None, context),
        Format::Csv => {
            let csv = CanonicalCsv::new(source, context)?;
            if csv.has_dates() { Source::Items(Box::new(csv)) } else { Source::Undated(Box::new(csv)) }
        }
        Format::GarAbonnements => Source::Items(Box::new(gar_subscriptions::items(source))),
        Format::Ressources | Format::GarRessourcesDiffusables => Source::Items(Box::new(catalogue_xml::items(source))),
        Format::GarEtablissements => Source::Items(Box::new(gar_schools::items(source))),
        Format::GarDecompte => Source::Items(Box::new(GarCounts::new(source, &context)?)),
        Format::GarRapports => Source::Items(Box::new(GarReports::new(source, &context))),
        Format::GarEnt => Source::Items(Box::new(gar_ent::items(source, context))),
    };
    Ok((format, source))
}

/// What reads JSON: by blocks when its entries are lines.
fn json(
    source: impl Read + Send + 'static,
    layout: Layout,
    read: ReadEntry,
    plain: Option<PlainSource>,
    context: Arc<Context>,
) -> Source {
    match layout {
        Layout::Lines => Source::Lines(Lines { source: Box::new(source), read, plain, context }),
        Layout::Stream => {
            Source::Items(Box::new(JsonSource { entries: JsonEntries::new(source, layout), read, context }))
        }
    }
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
