//! The formats that are read, and how a file's is told from its first bytes, whatever its name.

use super::blocks::Lines;
use super::canonical::position;
use super::canonical_csv::CanonicalCsv;
use super::context::Context;
use super::gar_subscriptions::{ELEMENTS, GarSubscriptions};
use super::item::Item;
use super::json_entries::{JsonEntries, Layout};
use super::json_source::{JsonSource, ReadEntry, read_canonical};
use super::plain::PlainSource;
use super::source_file::explain;
use super::{catalogue, csv_rows, entcore, gar_connector};
use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

/// How much of a file is looked at to tell its format.
const BEGINNING_BYTES: usize = 1 << 16;

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
    /// Catalogue du médiacentre (service « ressources »), en JSON
    Ressources,
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Nothing in it.
    #[error("le fichier est vide")]
    Empty,
    /// Not UTF-8, from its first bytes.
    #[error("encodage {0} : enregistrez le fichier en UTF-8 (par exemple : iconv -f {0} -t UTF-8)")]
    Encoding(String),
    /// No known format.
    #[error("format non reconnu : {0}")]
    Unknown(&'static str),
    /// A format that is known and not read.
    #[error("{0} : ce format est connu mais pas encore lu")]
    NotReadYet(&'static str),
    /// The web service answered that it failed.
    #[error("c’est une réponse d’erreur du service « ressources » ({0}), pas un catalogue")]
    ErrorAnswer(String),
    /// The header cannot be read.
    #[error("ligne d’en-tête illisible : {0}")]
    Header(String),
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
            Self::Ressources => "catalogue de ressources (JSON)",
        }
    }
}

/// The bytes without the mark that some programs put at the beginning of UTF-8.
pub(crate) fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// The items of a source, read in a thread of their own.
pub(crate) type Items = Box<dyn Iterator<Item = Item> + Send>;

/// A source, ready to be read.
pub(crate) enum Source {
    /// One item after the other.
    Items(Items),
    /// By blocks of lines.
    Lines(Lines),
}

/// Tells the format of a source, unless it is forced, and gives what reads it.
pub(crate) fn open(
    mut source: impl Read + Send + 'static,
    forced: Option<Format>,
    context: Arc<Context>,
) -> Result<(Format, Source), FormatError> {
    let mut beginning = Vec::new();
    source.by_ref().take(BEGINNING_BYTES as u64).read_to_end(&mut beginning)?;
    check_encoding(&beginning)?;
    beginning.drain(..beginning.len() - without_bom(&beginning).len());
    if beginning.trim_ascii().is_empty() && beginning.len() < BEGINNING_BYTES {
        return Err(FormatError::Empty);
    }
    let format = match forced {
        Some(format) => format,
        None => detect(&beginning)?,
    };
    let layout = Layout::detect(&beginning);
    let source = Cursor::new(beginning).chain(source);
    let read: ReadEntry = match format {
        Format::GarAbonnements => return Ok((format, Source::Items(Box::new(GarSubscriptions::new(source))))),
        Format::Csv => return Ok((format, Source::Items(Box::new(CanonicalCsv::new(source, context)?)))),
        Format::Ndjson => read_canonical,
        Format::GarConnector => gar_connector::read,
        Format::Entcore => entcore::read,
        Format::Ressources => catalogue::read,
    };
    if layout == Layout::Lines {
        let plain = match format {
            Format::Ndjson => Some(PlainSource::Canonical),
            Format::GarConnector => Some(PlainSource::GarConnector),
            _ => None,
        };
        return Ok((format, Source::Lines(Lines { source: Box::new(source), read, plain, context })));
    }
    Ok((format, Source::Items(Box::new(JsonSource { entries: JsonEntries::new(source, layout), read, context }))))
}

/// Refuses what no line of could be read.
fn check_encoding(beginning: &[u8]) -> Result<(), FormatError> {
    let nul_at = |parity: usize| beginning.iter().skip(parity).step_by(2).take(50).filter(|byte| **byte == 0).count();
    let pairs = (beginning.len() / 2).min(50);
    let mostly = |count: usize| pairs > 1 && count * 2 > pairs;
    if beginning.starts_with(b"\xff\xfe") || mostly(nul_at(1)) {
        return Err(FormatError::Encoding("UTF-16LE".into()));
    }
    if beginning.starts_with(b"\xfe\xff") || mostly(nul_at(0)) {
        return Err(FormatError::Encoding("UTF-16BE".into()));
    }
    match declared_encoding(beginning) {
        Some(name) if !["UTF-8", "UTF8", "US-ASCII", "ASCII"].contains(&name.to_uppercase().as_str()) => {
            Err(FormatError::Encoding(name))
        }
        _ => Ok(()),
    }
}

/// The encoding that an XML declaration names.
fn declared_encoding(beginning: &[u8]) -> Option<String> {
    let text = without_bom(beginning).trim_ascii_start().strip_prefix(b"<?xml")?;
    let declaration = String::from_utf8_lossy(text.split(|byte| *byte == b'>').next()?);
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    Some(
        value[1..]
            .split(quote)
            .next()?
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
            .take(40)
            .collect(),
    )
}

fn detect(beginning: &[u8]) -> Result<Format, FormatError> {
    match beginning.trim_ascii_start().first() {
        Some(b'<') => detect_xml(beginning),
        Some(b'{' | b'[') => detect_json(beginning),
        Some(_) => detect_csv(beginning),
        None => Err(FormatError::Unknown("il ne commence que par des espaces")),
    }
}

fn detect_xml(beginning: &[u8]) -> Result<Format, FormatError> {
    let Some(root) = root_name(beginning) else {
        // What follows says why: truncated, DOCTYPE, or not XML.
        return Ok(Format::GarAbonnements);
    };
    match root.as_str() {
        "abonnements" => Ok(Format::GarAbonnements),
        name if ELEMENTS.contains(&name) => Ok(Format::GarAbonnements),
        "filtres" => Err(FormatError::Unknown("c’est une demande de liste d’abonnements, pas sa réponse")),
        "listEtablissement" | "listeEtablissements" | "etablissements" => {
            Err(FormatError::NotReadYet("liste d’établissements du GAR"))
        }
        "listeRessourcesDiffusables" | "ressourcesDiffusables" => {
            Err(FormatError::NotReadYet("ressources diffusables du GAR"))
        }
        name if name.starts_with("GAR-ENT-") => Err(FormatError::NotReadYet("export GAR-ENT")),
        "html" | "HTML" => Err(FormatError::Unknown("c’est une page web")),
        _ => Err(FormatError::Unknown(
            "la racine du XML n’est ni « abonnements », ni « abonnement », ni « modificationCategorieAffectation »",
        )),
    }
}

/// The local name of the first element, after declarations and comments; None when there is none before a DOCTYPE.
fn root_name(beginning: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(beginning);
    let mut rest = text.as_ref();
    loop {
        rest = &rest[rest.find('<')?..];
        rest = if let Some(comment) = rest.strip_prefix("<!--") {
            &comment[comment.find("-->")? + 3..]
        } else if rest.starts_with("<?") {
            &rest[rest.find("?>")? + 2..]
        } else if rest.starts_with("<!") {
            return None;
        } else {
            let name: String =
                rest[1..].chars().take_while(|c| !c.is_whitespace() && !matches!(c, '>' | '/')).take(80).collect();
            return Some(name.rsplit(':').next().unwrap_or_default().to_owned());
        };
    }
}

fn detect_json(beginning: &[u8]) -> Result<Format, FormatError> {
    let entries = JsonEntries::new(beginning, Layout::detect(beginning));
    let mut seen = false;
    for value in entries.take(200).filter_map(|entry| entry.value.ok()) {
        seen = true;
        if let Some(format) = format_of_entry(&value)? {
            return Ok(format);
        }
    }
    // The catalogue on one line is longer than what was looked at.
    let start = String::from_utf8_lossy(&beginning[..beginning.len().min(200)]);
    if !seen && (start.contains("\"listeRessources\"") || start.contains("\"idRessource\"")) {
        return Ok(Format::Ressources);
    }
    if beginning.trim_ascii() == b"[]" {
        return Err(FormatError::Empty);
    }
    Err(FormatError::Unknown("ce JSON n’a les champs d’aucune source connue"))
}

fn format_of_entry(value: &Value) -> Result<Option<Format>, FormatError> {
    let Some(fields) = value.as_object() else { return Ok(None) };
    let has = |names: &[&str]| names.iter().any(|name| fields.contains_key(*name));
    if let Some(error) = fields.get("Erreur") {
        let said = ["Code", "Message"].iter().filter_map(|name| error.get(*name)?.as_str());
        let said = said.map(|text| text.chars().take(100).collect::<String>()).collect::<Vec<_>>().join(" : ");
        return Err(FormatError::ErrorAnswer(said));
    }
    Ok(if has(&["event-type"]) {
        Some(Format::Entcore)
    } else if has(&["idRessource"]) {
        // A resource that was opened says when, by whom, or under which identifier it was stored.
        let event = has(&["_id", "created", "date", "modified", "owner", "userId"]);
        Some(if event { Format::GarConnector } else { Format::Ressources })
    } else if has(&["listeRessources"]) {
        Some(Format::Ressources)
    } else if fields.get("type").is_some_and(Value::is_string) && has(&["uai", "date"]) {
        Some(Format::Ndjson)
    } else {
        None
    })
}

fn detect_csv(beginning: &[u8]) -> Result<Format, FormatError> {
    let first = csv_rows::CsvRows::new(beginning).next().and_then(|row| row.fields.ok()).unwrap_or_default();
    let known = |name: &&String| position(&name.trim().to_lowercase()).is_some();
    if first.iter().any(|name| name.trim() == "cumulAffectationEleve") {
        return Err(FormatError::NotReadYet("décompte des affectations du GAR"));
    }
    // One foreign column among ours is a mistake worth naming, which reading the header does.
    if first.len() > 1 && first.iter().filter(known).count() * 2 >= first.len() {
        return Ok(Format::Csv);
    }
    Err(FormatError::Unknown(
        "ni XML, ni JSON, ni CSV dont l’en-tête nomme les champs des événements (type, uai, date…)",
    ))
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
