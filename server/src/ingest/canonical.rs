//! Vigie's own events, the same fields in NDJSON and in CSV. `schema/evenement.schema.json` describes them.

use super::context::{Context, clean_field, device_code, quoted, resource_id};
use super::event::{AssignmentMode, Event, Fact, Place, Places, Record, SchoolDescription, SubscriptionOperation};
use super::excerpt;
use super::gar_schools::place_code;
use super::json_value::whole_number;
use super::moment::Moment;
use super::pseudonym::Kind;
use super::refusal::Refusal;
use serde_json::Value;
use std::borrow::Cow;
use vigie_domain::{profile, uai::Uai};

/// Names of the fields, in the order that the guide gives them.
pub const FIELDS: [&str; 25] = [
    "type",
    "id",
    "uai",
    "date",
    "personne",
    "profil",
    "ressource",
    "presentation",
    "support",
    "nombre",
    "abonnement",
    "operation",
    "suggestions",
    "affectations_automatiques",
    "session",
    "mode",
    "suggestion",
    "nom",
    "nature",
    "commune",
    "commune_nom",
    "departement",
    "departement_nom",
    "academie",
    "academie_nom",
];

/// The greatest count that an event may hold.
pub(super) const MAX_COUNT: u32 = 1_000_000;

const CREATION: &str = "creation";
const MODIFICATION: &str = "modification";
const SUPPRESSION: &str = "suppression";
const INDIVIDUELLE: &str = "individuelle";
const GROUPE: &str = "groupe";

/// Fields of each type, besides `type`, `id` and `uai`.
const TYPES: [(&str, &[&str]); 7] = [
    ("acces", &["date", "personne", "profil", "ressource", "presentation", "support", "nombre"]),
    ("abonnement", &["date", "abonnement", "operation", "ressource"]),
    ("suggestions", &["date", "abonnement", "ressource", "suggestions", "affectations_automatiques"]),
    ("affectation", &["date", "session", "mode", "suggestion", "ressource", "nombre"]),
    ("session-console", &["date", "session"]),
    ("compte", &["date", "personne", "profil"]),
    (
        "etablissement",
        &["nom", "nature", "commune", "commune_nom", "departement", "departement_nom", "academie", "academie_nom"],
    ),
];

/// Whether a text is a word of the format itself, in a field that has a few of them.
pub(crate) fn is_own_word(text: &str) -> bool {
    let others = [CREATION, MODIFICATION, SUPPRESSION, INDIVIDUELLE, GROUPE];
    TYPES.iter().any(|(name, _)| *name == text) || others.contains(&text) || parse_truth(text).is_some()
}

/// A value of a row: every one is a text in CSV, JSON has others.
#[derive(Clone, Debug)]
enum Cell<'a> {
    Text(Cow<'a, str>),
    Whole(i64),
    Truth(bool),
    Other,
}

/// The values of a line, by position in [`FIELDS`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Row<'a>([Option<Cell<'a>>; FIELDS.len()]);

/// Where a field is in [`FIELDS`].
pub(crate) fn position(name: &str) -> Option<usize> {
    FIELDS.iter().position(|field| *field == name)
}

impl<'a> Row<'a> {
    /// From an entry of NDJSON. `null` is as good as absent.
    pub(crate) fn from_json(value: &'a Value) -> Result<Self, Refusal> {
        let object = value.as_object().ok_or(Refusal::NotAnObject)?;
        let mut row = Self::default();
        for (name, value) in object {
            let at = position(name).ok_or_else(|| Refusal::UnknownField(quoted(name)))?;
            row.0[at] = match value {
                Value::Null => None,
                Value::String(text) => Some(Cell::Text(Cow::Borrowed(text))),
                Value::Bool(truth) => Some(Cell::Truth(*truth)),
                // 28.0 is a whole number, for JSON and for its schemas.
                Value::Number(_) => Some(whole_number(value).map_or(Cell::Other, Cell::Whole)),
                Value::Array(_) | Value::Object(_) => Some(Cell::Other),
            };
        }
        Ok(row)
    }

    /// From a row of CSV, whose fields are at these positions.
    pub(crate) fn from_csv(positions: &[usize], fields: &'a [String]) -> Self {
        let mut row = Self::default();
        for (at, field) in positions.iter().zip(fields) {
            row.0[*at] = (!field.trim().is_empty()).then_some(Cell::Text(Cow::Borrowed(field)));
        }
        row
    }

    /// What may be kept of the row in a reject.
    pub(crate) fn excerpt(&self) -> String {
        let texts: Vec<_> =
            FIELDS.iter().zip(&self.0).filter_map(|(name, cell)| Some((*name, cell.as_ref()?.shown()))).collect();
        excerpt::of_fields(texts.iter().map(|(name, text)| (*name, text.as_ref())))
    }

    /// What the row says.
    pub(crate) fn read(&self, context: &Context) -> Result<Record, Refusal> {
        let kind = self.required("type", 40)?;
        let Some((kind, own)) = TYPES.iter().find(|(name, _)| *name == kind) else {
            return Err(Refusal::UnknownWord {
                field: "type",
                accepted: "acces, abonnement, suggestions, affectation, session-console, compte ou etablissement",
            });
        };
        let out_of_place = FIELDS
            .iter()
            .zip(&self.0)
            .find(|(name, cell)| cell.is_some() && !["type", "id", "uai"].contains(name) && !own.contains(name));
        if let Some((field, _)) = out_of_place {
            return Err(Refusal::OutOfPlace { field, kind });
        }
        let uai = match self.text("uai", 60)? {
            Some(text) => Uai::parse(&text)?,
            None => context.uai.clone().ok_or(Refusal::Missing("uai"))?,
        };
        if *kind == "etablissement" {
            let name = Some(self.required("nom", 200)?);
            return Ok(Record::School(SchoolDescription {
                uai,
                name,
                nature: self.text("nature", 60)?,
                places: Places {
                    commune: self.place("commune", "commune_nom")?,
                    departement: self.place("departement", "departement_nom")?,
                    academie: self.place("academie", "academie_nom")?,
                },
            }));
        }
        let day = match (self.text("date", 60)?, context.day) {
            (Some(text), _) => context.day_in(&uai, Moment::parse(&text)?)?,
            (None, Some(day)) => day,
            (None, None) => return Err(Refusal::Missing("date")),
        };
        let pseudonym =
            |kind, raw: Option<String>| raw.map(|raw| context.pseudonymiser.pseudonym(kind, &uai, day, &raw));
        let fact = match *kind {
            "acces" => Fact::Access {
                person: pseudonym(Kind::Person, self.text("personne", 200)?),
                profile: profile::normalise(&self.text("profil", 100)?.unwrap_or_default()),
                resource: self.text("ressource", 1_024)?.map(resource_id),
                presentation: self.text("presentation", 40)?,
                device: self.text("support", 40)?.and_then(|device| device_code(&device)),
                count: self.count("nombre", 1)?.unwrap_or(1),
            },
            "abonnement" => Fact::Subscription {
                subscription: self.required("abonnement", 45)?,
                resource: self.text("ressource", 1_024)?.map(resource_id),
                operation: match self.required("operation", 40)?.as_str() {
                    CREATION => SubscriptionOperation::Created,
                    MODIFICATION => SubscriptionOperation::Modified,
                    SUPPRESSION => SubscriptionOperation::Deleted,
                    _ => {
                        let accepted = "creation, modification ou suppression";
                        return Err(Refusal::UnknownWord { field: "operation", accepted });
                    }
                },
            },
            "suggestions" => Fact::SuggestionRun {
                subscription: self.required("abonnement", 45)?,
                resource: self.text("ressource", 1_024)?.map(resource_id),
                suggestions: self.count("suggestions", 0)?.ok_or(Refusal::Missing("suggestions"))?,
                automatic_assignments: self.count("affectations_automatiques", 0)?.unwrap_or(0),
            },
            "affectation" => Fact::Assignment {
                session: pseudonym(Kind::ConsoleSession, self.text("session", 200)?),
                mode: match self.required("mode", 40)?.as_str() {
                    INDIVIDUELLE => AssignmentMode::Individual,
                    GROUPE => AssignmentMode::Group,
                    _ => return Err(Refusal::UnknownWord { field: "mode", accepted: "individuelle ou groupe" }),
                },
                from_suggestion: self.truth("suggestion")?,
                resource: self.text("ressource", 1_024)?.map(resource_id),
                count: self.count("nombre", 1)?.unwrap_or(1),
            },
            "compte" => Fact::Account {
                person: pseudonym(Kind::Person, self.text("personne", 200)?),
                profile: profile::normalise(&self.required("profil", 100)?),
            },
            _ => {
                let session = self.required("session", 200)?;
                Fact::ConsoleSession {
                    session: context.pseudonymiser.pseudonym(Kind::ConsoleSession, &uai, day, &session),
                }
            }
        };
        Ok(Record::Event(Event { id: self.text("id", 200)?, uai, day, fact }))
    }

    fn place(&self, code: &'static str, label: &'static str) -> Result<Option<Place>, Refusal> {
        let Some(text) = self.text(code, 20)? else { return Ok(None) };
        Ok(Some(Place { code: place_code(&text), label: self.text(label, 200)? }))
    }

    fn cell(&self, name: &'static str) -> Option<&Cell<'a>> {
        self.0[position(name)?].as_ref()
    }

    fn text(&self, name: &'static str, max: usize) -> Result<Option<String>, Refusal> {
        match self.cell(name) {
            None => Ok(None),
            Some(Cell::Text(text)) => clean_field(name, text, max),
            Some(Cell::Whole(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(Refusal::WrongKind { field: name, expected: "un texte" }),
        }
    }

    fn required(&self, name: &'static str, max: usize) -> Result<String, Refusal> {
        self.text(name, max)?.ok_or(Refusal::Missing(name))
    }

    fn count(&self, name: &'static str, min: u32) -> Result<Option<u32>, Refusal> {
        let refused = Refusal::OutOfRange { field: name, min, max: MAX_COUNT };
        let number = match self.cell(name) {
            None => return Ok(None),
            Some(Cell::Whole(number)) => Some(*number),
            Some(Cell::Text(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        let number = number.and_then(|number: i64| u32::try_from(number).ok());
        number.filter(|number| (min..=MAX_COUNT).contains(number)).map(Some).ok_or(refused)
    }

    fn truth(&self, name: &'static str) -> Result<bool, Refusal> {
        let text = match self.cell(name) {
            None => return Ok(false),
            Some(Cell::Truth(truth)) => return Ok(*truth),
            Some(Cell::Whole(number)) => number.to_string(),
            Some(Cell::Text(text)) => text.trim().to_lowercase(),
            Some(Cell::Other) => String::new(),
        };
        parse_truth(&text).ok_or(Refusal::UnknownWord { field: name, accepted: "true ou false" })
    }
}

fn parse_truth(text: &str) -> Option<bool> {
    match text {
        "true" | "vrai" | "oui" | "1" => Some(true),
        "false" | "faux" | "non" | "0" => Some(false),
        _ => None,
    }
}

impl Cell<'_> {
    fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Whole(number) => Cow::Owned(number.to_string()),
            Self::Truth(truth) => Cow::Owned(truth.to_string()),
            Self::Other => Cow::Borrowed("…"),
        }
    }
}
