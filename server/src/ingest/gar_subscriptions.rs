//! Subscriptions in the XML of the GAR's subscription web service: a list, a single one, or a change of category.

use super::context::{clean, clean_field};
use super::excerpt;
use super::item::{Item, Outcome};
use super::moment::Moment;
use super::refusal::Refusal;
use super::source_file::explain;
use super::subscription::{OperationDates, SubscriptionDocument};
use super::window::MAX_PIECE_BYTES;
use super::xml_guard::{Trouble, XmlGuard};
use chrono::{DateTime, NaiveDateTime};
use chrono_tz::Europe::Paris;
use quick_xml::NsReader;
use quick_xml::events::{BytesRef, Event};
use quick_xml::name::ResolveResult;
use std::io::Read;
use vigie_domain::uai::Uai;

/// Elements that hold one subscription.
pub(crate) const ELEMENTS: [&str; 2] = ["abonnement", "modificationCategorieAffectation"];

/// Namespaces of the web service begin so, whatever its version.
const NAMESPACE: &str = "http://www.atosworldline.com/wsabonnement/";
const MAX_DEPTH: usize = 64;

/// The subscriptions of a file.
pub(crate) struct GarSubscriptions<R: Read> {
    reader: NsReader<XmlGuard<R>>,
    buffer: Vec<u8>,
    depth: usize,
    draft: Option<Draft>,
    ended: bool,
}

/// A subscription being read.
struct Draft {
    line: u64,
    depth: usize,
    category_change: bool,
    fields: Vec<(String, String)>,
    /// The field being read: its depth is one more than the subscription's.
    open: bool,
    bytes: usize,
    problem: Option<Refusal>,
}

/// What an XML event does to the walk.
enum Step {
    Open { name: String, ours: bool },
    Close,
    Text(String),
    Entity(Option<char>, String),
    Nothing,
    Stop(Refusal),
    End,
}

impl<R: Read> GarSubscriptions<R> {
    pub(crate) fn new(source: R) -> Self {
        let mut reader = NsReader::from_reader(XmlGuard::new(source));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0, draft: None, ended: false }
    }

    fn step(&mut self) -> Step {
        self.buffer.clear();
        self.reader.get_mut().begin_event();
        let step = match self.reader.read_resolved_event_into(&mut self.buffer) {
            Ok((namespace, event)) => match event {
                Event::Start(start) => {
                    let ours = match namespace {
                        ResolveResult::Bound(bound) => AsRef::<str>::as_ref(&bound).starts_with(NAMESPACE),
                        ResolveResult::Unbound => true,
                        ResolveResult::Unknown(_) => false,
                    };
                    Step::Open { name: AsRef::<str>::as_ref(&start.local_name()).to_owned(), ours }
                }
                Event::End(_) => Step::Close,
                Event::Text(text) => Step::Text(AsRef::<str>::as_ref(&text).to_owned()),
                Event::CData(text) => Step::Text(AsRef::<str>::as_ref(&text).to_owned()),
                Event::GeneralRef(reference) => {
                    let name = AsRef::<str>::as_ref(&reference).chars().take(40).collect();
                    Step::Entity(character_of(&reference), name)
                }
                Event::DocType(_) => Step::Stop(Refusal::Doctype),
                Event::Eof => Step::End,
                _ => Step::Nothing,
            },
            Err(quick_xml::Error::Io(error)) => Step::Stop(Refusal::Unreadable(explain(&error))),
            Err(quick_xml::Error::IllFormed(quick_xml::errors::IllFormedError::MissingEndTag(_))) => {
                Step::Stop(Refusal::Truncated)
            }
            // What is left unclosed at the end of the file is a syntax error to the parser.
            Err(quick_xml::Error::Syntax(_)) => Step::Stop(Refusal::Truncated),
            Err(_) => Step::Stop(Refusal::Xml),
        };
        let guard = self.reader.get_mut();
        if guard.take_cut()
            && let Some(draft) = &mut self.draft
        {
            draft.problem = Some(Refusal::TextTooLong);
        }
        match (step, guard.trouble) {
            (Step::Stop(_), Some(Trouble::Doctype)) => Step::Stop(Refusal::Doctype),
            (Step::Stop(_), Some(Trouble::TooLong)) => Step::Stop(Refusal::TooLong),
            (step, _) => step,
        }
    }

    fn open(&mut self, name: String, ours: bool) {
        self.depth += 1;
        let line = self.reader.get_mut().line();
        match &mut self.draft {
            None if ours && ELEMENTS.contains(&name.as_str()) => {
                let category_change = name != ELEMENTS[0];
                let depth = self.depth;
                self.draft = Some(Draft {
                    line,
                    depth,
                    category_change,
                    fields: Vec::new(),
                    open: false,
                    bytes: 0,
                    problem: None,
                });
            }
            Some(draft) if ours && self.depth == draft.depth + 1 => draft.open_field(name),
            _ => {}
        }
    }

    fn close(&mut self) -> Option<Item> {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        let draft = self.draft.as_mut()?;
        draft.open &= depth != draft.depth + 1;
        if depth == draft.depth { self.draft.take().map(Draft::finish) } else { None }
    }

    fn add_text(&mut self, text: &str) {
        if let Some(draft) = &mut self.draft {
            // Only the field's own text: what an element inside it says is something else.
            if draft.open && self.depth == draft.depth + 1 {
                draft.add_text(text);
            }
        }
    }
}

impl<R: Read> Iterator for GarSubscriptions<R> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while !self.ended {
            let stop = match self.step() {
                Step::Open { name, ours } => {
                    self.open(name, ours);
                    (self.depth > MAX_DEPTH).then_some(Refusal::XmlTooDeep)
                }
                Step::Close => match self.close() {
                    Some(item) => return Some(item),
                    None => None,
                },
                Step::Text(text) => {
                    self.add_text(&text);
                    None
                }
                Step::Entity(Some(character), _) => {
                    self.add_text(character.encode_utf8(&mut [0; 4]));
                    None
                }
                Step::Entity(None, name) => {
                    if let Some(draft) = &mut self.draft {
                        draft.problem = Some(Refusal::Entity(name));
                    }
                    None
                }
                Step::Nothing => None,
                Step::Stop(refusal) => Some(refusal),
                Step::End => {
                    self.ended = true;
                    (self.depth > 0).then_some(Refusal::Truncated)
                }
            };
            if let Some(refusal) = stop {
                self.ended = true;
                return Some(Item::refused(self.reader.get_mut().line(), refusal));
            }
        }
        None
    }
}

impl Draft {
    fn open_field(&mut self, name: String) {
        self.bytes += name.len() + 1;
        self.open = self.bytes <= MAX_PIECE_BYTES;
        if self.open {
            self.fields.push((name, String::new()));
        } else {
            self.problem = Some(Refusal::TooLong);
        }
    }

    fn add_text(&mut self, text: &str) {
        self.bytes += text.len();
        match self.fields.last_mut() {
            Some((_, value)) if self.bytes <= MAX_PIECE_BYTES => value.push_str(text),
            _ => self.problem = Some(Refusal::TooLong),
        }
    }

    fn finish(self) -> Item {
        let line = self.line;
        let outcome = match self.read() {
            Ok(document) => Outcome::Subscription(Box::new(document)),
            Err(refusal) => Outcome::Refused { refusal, excerpt: excerpt::of_fields(self.shown()) },
        };
        Item { line, outcome }
    }

    fn shown(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.fields.iter().map(|(name, value)| (name.as_str(), value.trim()));
        fields.filter(|(name, _)| {
            ["idAbonnement", "uaiEtab", "codeNatureUAI", "idRessource", "debutValidite"].contains(name)
        })
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    fn field(&self, name: &'static str, max: usize) -> Result<Option<String>, Refusal> {
        self.first(name).map_or(Ok(None), |value| clean_field(name, value, max))
    }

    fn moment(&self, name: &str) -> Result<Option<Moment>, Refusal> {
        self.first(name).filter(|value| !value.trim().is_empty()).map(Moment::parse).transpose()
    }

    fn read(&self) -> Result<SubscriptionDocument, Refusal> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        if self.fields.iter().any(|(_, value)| value.contains(char::REPLACEMENT_CHARACTER)) {
            return Err(Refusal::Encoding);
        }
        let id = self.field("idAbonnement", 200)?.ok_or(Refusal::Missing("idAbonnement"))?;
        let bare = id.strip_prefix('_').unwrap_or(&id);
        if bare.is_empty() {
            return Err(Refusal::Missing("idAbonnement"));
        }
        let mut uais = Vec::new();
        for (_, value) in self.fields.iter().filter(|(name, value)| name == "uaiEtab" && !value.trim().is_empty()) {
            let uai = Uai::parse(value)?;
            if !uais.contains(&uai) {
                uais.push(uai);
            }
        }
        Ok(SubscriptionDocument {
            marked_deleted: bare.len() < id.len(),
            id: bare.to_owned(),
            category_change: self.category_change,
            uais,
            by_nature: self.first("codeNatureUAI").is_some_and(|value| !value.trim().is_empty()),
            resource: self.field("idRessource", 1_024)?,
            label: self.field("libelleRessource", 2_000)?,
            valid_from: self.moment("debutValidite")?,
            dates: OperationDates {
                created: self.moment("dateCreation")?,
                modified: self.moment("dateModification")?,
                deleted: self.moment("dateSuppression")?,
            },
            category: self.field("categorieAffectation", 200)?,
            content: self.content(),
        })
    }

    /// What tells a modification: every field but those that identify, date, or have an operation of their own.
    fn content(&self) -> Vec<(String, String)> {
        const APART: [&str; 6] =
            ["idAbonnement", "uaiEtab", "categorieAffectation", "dateCreation", "dateModification", "dateSuppression"];
        // Answers give an end date beside the school year that a request gave alone.
        let by_year = self.first("anneeFinValidite").is_some_and(|year| !year.trim().is_empty());
        let kept = self
            .fields
            .iter()
            .filter(|(name, _)| !(APART.contains(&name.as_str()) || by_year && name == "finValidite"));
        let valued = kept.filter_map(|(name, value)| Some((name.clone(), same_spelling(name, &clean(value)?))));
        let mut content: Vec<_> = valued.collect();
        content.sort_unstable();
        content
    }
}

/// Writes a value in one way: requests give dates without an offset, answers with one, and the case of words varies.
fn same_spelling(name: &str, value: &str) -> String {
    match name {
        "debutValidite" | "finValidite" => {
            let local = DateTime::parse_from_rfc3339(value).map(|instant| instant.with_timezone(&Paris).naive_local());
            let local = local.or_else(|_| NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%M:%S%.f"));
            local.map_or_else(|_| value.to_owned(), |local| local.format("%Y-%m-%dT%H:%M:%S").to_string())
        }
        "typeIdRessource" | "typeAffectation" | "nbLicenceGlobale" | "publicCible" => value.to_uppercase(),
        _ => value.to_owned(),
    }
}

/// The character of a reference, when XML itself defines it.
fn character_of(reference: &BytesRef<'_>) -> Option<char> {
    match AsRef::<str>::as_ref(reference) {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}
