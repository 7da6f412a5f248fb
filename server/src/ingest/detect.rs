//! How the format of a file is told from its first bytes, whatever its name.

use super::canonical::position;
use super::context::quoted;
use super::csv_rows::CsvRows;
use super::format::{Format, FormatError};
use super::gar_subscriptions::ELEMENTS;
use super::json_entries::{JsonEntries, Layout};
use super::{catalogue_xml, gar_counts, gar_ent, gar_reports, gar_schools};
use serde_json::Value;

/// The format of a file that begins so.
pub(crate) fn detect(beginning: &[u8]) -> Result<Format, FormatError> {
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
        name if gar_schools::ROOTS.contains(&name) => Ok(Format::GarEtablissements),
        name if catalogue_xml::ROOTS.contains(&name) => Ok(Format::GarRessourcesDiffusables),
        name if gar_reports::ROOTS.contains(&name) => Ok(Format::GarRapports),
        name if name.starts_with(gar_ent::ROOT) => Ok(Format::GarEnt),
        catalogue_xml::ANSWER_ROOT => Ok(Format::Ressources),
        "Erreur" => Err(FormatError::ErrorAnswer("en XML".into())),
        "html" | "HTML" => Err(FormatError::Unknown("c’est une page web")),
        // The root of a report is not told by any public description; what it holds is.
        _ if String::from_utf8_lossy(beginning).contains("<GARRessource ") => Ok(Format::GarRapports),
        _ => Err(FormatError::Unknown("la racine de ce XML n’est celle d’aucune source connue")),
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
    if !seen && (start.contains("\"statements\"") || start.contains("\"actor\"")) {
        return Ok(Format::Xapi);
    }
    if !seen && (start.contains("\"listeRessources\"") || start.contains("\"idRessource\"")) {
        return Ok(Format::Ressources);
    }
    if !seen && std::str::from_utf8(beginning).is_err_and(|error| error.error_len().is_some()) {
        return Err(FormatError::Unknown(
            "ce JSON n’est pas en UTF-8 : enregistrez-le dans cet encodage (par exemple : iconv -f WINDOWS-1252 -t UTF-8)",
        ));
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
        let said = said.map(quoted).collect::<Vec<_>>().join(" : ");
        return Err(FormatError::ErrorAnswer(said));
    }
    Ok(if has(&["event-type"]) {
        Some(Format::Entcore)
    } else if has(&["statements"]) || fields.contains_key("actor") && fields.contains_key("verb") {
        Some(Format::Xapi)
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
    let first = CsvRows::new(beginning).next().and_then(|row| row.fields.ok()).unwrap_or_default();
    let known = |name: &&String| position(&name.trim().to_lowercase()).is_some();
    if first.iter().any(|name| name.trim() == gar_counts::MARK) {
        return Ok(Format::GarDecompte);
    }
    // One foreign column among ours is a mistake worth naming, which reading the header does.
    if first.len() > 1 && first.iter().filter(known).count() * 2 >= first.len() {
        return Ok(Format::Csv);
    }
    Err(FormatError::Unknown(
        "ni XML, ni JSON, ni CSV dont l’en-tête nomme les champs des événements (type, uai, date…)",
    ))
}
