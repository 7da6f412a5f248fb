//! The walk along an XML document that every XML format shares: one step per tag or text, within bounds.
//!
//! What spoils a single element (a text that is too long, an entity that is not XML's own) is a flaw: the walk goes on. What
//! spoils the document stops it.

use super::context::quoted;
use super::refusal::Refusal;
use super::source_file::explain;
use super::xml_guard::{Trouble, XmlGuard};
use quick_xml::NsReader;
use quick_xml::errors::IllFormedError;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use std::io::Read;

const MAX_DEPTH: usize = 64;
/// The longest list of attributes: a prefix is looked for in all of those declared around it.
const MAX_ATTRIBUTES_BYTES: usize = 1 << 13;

/// One step of the walk.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// An element begins.
    Open(Tag),
    /// The element that was last opened ends.
    Close,
    /// A text, or a part of it.
    Text(String),
}

/// The beginning of an element.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tag {
    /// Its local name.
    pub(crate) name: String,
    /// Whether it is in a namespace of the format, or in none.
    pub(crate) ours: bool,
    /// The namespace that it is in, when it is in one that is declared.
    pub(crate) namespace: Option<String>,
    /// Local names and values.
    pub(crate) attributes: Vec<(String, String)>,
}

/// A walk along a document.
pub(crate) struct XmlWalk<R: Read> {
    reader: NsReader<XmlGuard<R>>,
    buffer: Vec<u8>,
    /// Namespaces of the format begin with one of these; every namespace will do when there is none.
    namespaces: &'static [&'static str],
    depth: usize,
    /// Whether an element was met.
    begun: bool,
    flaw: Option<Refusal>,
    ended: bool,
}

impl<R: Read> XmlWalk<R> {
    pub(crate) fn new(source: R, namespaces: &'static [&'static str]) -> Self {
        let mut reader = NsReader::from_reader(XmlGuard::new(source));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), namespaces, depth: 0, begun: false, flaw: None, ended: false }
    }

    /// The line that the walk is on.
    pub(crate) fn line(&mut self) -> u64 {
        self.reader.get_mut().line()
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// What spoils the element that the last step was in.
    pub(crate) fn take_flaw(&mut self) -> Option<Refusal> {
        self.flaw.take()
    }

    /// The next step; None at the end, an error where the document can be followed no further.
    pub(crate) fn step(&mut self) -> Option<Result<Step, Refusal>> {
        while !self.ended {
            let read = self.read();
            let guard = self.reader.get_mut();
            if guard.take_cut() {
                self.flaw = Some(Refusal::TextTooLong);
            }
            let read = match (read, guard.trouble) {
                (Err(_), Some(Trouble::Doctype)) => Err(Refusal::Doctype),
                (Err(_), Some(Trouble::TooLong)) => Err(Refusal::TooLong),
                (read, _) => read,
            };
            match read {
                Ok(Some(step)) => return Some(Ok(step)),
                // A flaw without a step: the element is told of it all the same.
                Ok(None) if self.flaw.is_some() => return Some(Ok(Step::Text(String::new()))),
                Ok(None) => {}
                Err(refusal) => {
                    self.ended = true;
                    return Some(Err(refusal));
                }
            }
        }
        None
    }

    fn read(&mut self) -> Result<Option<Step>, Refusal> {
        self.buffer.clear();
        self.reader.get_mut().begin_event();
        let (namespace, event) = self.reader.read_resolved_event_into(&mut self.buffer).map_err(refusal_of)?;
        Ok(match event {
            Event::Start(start) => {
                self.begun = true;
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(Refusal::XmlTooDeep);
                }
                let ours = match namespace {
                    ResolveResult::Bound(bound) => {
                        let bound: &str = bound.as_ref();
                        self.namespaces.is_empty() || self.namespaces.iter().any(|ours| bound.starts_with(ours))
                    }
                    ResolveResult::Unbound => true,
                    ResolveResult::Unknown(_) => false,
                };
                let namespace = match namespace {
                    ResolveResult::Bound(bound) => Some(AsRef::<str>::as_ref(&bound).to_owned()),
                    _ => None,
                };
                let name = AsRef::<str>::as_ref(&start.local_name()).to_owned();
                Some(Step::Open(Tag { name, ours, namespace, attributes: attributes_of(&start)? }))
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Some(Step::Close)
            }
            Event::Text(text) => {
                let text: &str = text.as_ref();
                // What follows the document is no part of it: nobody knows what it is.
                if self.depth == 0 && self.begun && !text.trim().is_empty() {
                    return Err(Refusal::Xml);
                }
                Some(Step::Text(text.to_owned()))
            }
            Event::CData(text) => Some(Step::Text(AsRef::<str>::as_ref(&text).to_owned())),
            Event::GeneralRef(reference) => match character_of(&reference) {
                Some(character) => Some(Step::Text(character.to_string())),
                None => {
                    self.flaw = Some(Refusal::Entity(quoted(AsRef::<str>::as_ref(&reference))));
                    None
                }
            },
            Event::DocType(_) => return Err(Refusal::Doctype),
            Event::Eof => {
                self.ended = true;
                if self.depth > 0 {
                    return Err(Refusal::Truncated);
                }
                if !self.begun {
                    return Err(Refusal::NoElement);
                }
                None
            }
            _ => None,
        })
    }
}

fn refusal_of(error: quick_xml::Error) -> Refusal {
    match error {
        quick_xml::Error::Io(error) => Refusal::Unreadable(explain(&error)),
        // What is left unclosed at the end of the file is a syntax error to the parser.
        quick_xml::Error::IllFormed(IllFormedError::MissingEndTag(_)) | quick_xml::Error::Syntax(_) => {
            Refusal::Truncated
        }
        _ => Refusal::Xml,
    }
}

fn attributes_of(start: &BytesStart<'_>) -> Result<Vec<(String, String)>, Refusal> {
    if start.attributes_raw().len() > MAX_ATTRIBUTES_BYTES {
        return Err(Refusal::AttributesTooLong);
    }
    let mut attributes = start.attributes();
    // Comparing each name with all those before it would be long, and the first one is what counts.
    let read = attributes.with_checks(false).map(|attribute| {
        let attribute = attribute.map_err(|_| Refusal::Xml)?;
        let value = attribute
            .normalized_value_with(quick_xml::XmlVersion::Explicit1_0, 1, resolve_predefined_entity)
            .map_err(|_| Refusal::Xml)?;
        Ok((AsRef::<str>::as_ref(&attribute.key.local_name()).to_owned(), value.into_owned()))
    });
    read.collect()
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
