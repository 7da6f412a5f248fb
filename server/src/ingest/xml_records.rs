//! The sources made of XML elements: the same walk, one reading function per format.

use super::context::{clean_field, quoted};
use super::excerpt;
use super::item::{Item, Outcome};
use super::moment::Moment;
use super::refusal::Refusal;
use super::window::MAX_PIECE_BYTES;
use super::xml_walk::{Step, XmlWalk};
use std::io::Read;

/// Which elements of a format are gathered, and what is kept of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// The elements that are records, wherever they are.
    pub(crate) records: &'static [&'static str],
    /// Namespaces of the format begin with one of these.
    pub(crate) namespaces: &'static [&'static str],
    /// The fields that are kept; None for all of them. The others are never looked into.
    pub(crate) kept: Option<&'static [&'static str]>,
    /// The fields that an excerpt may show.
    pub(crate) shown: &'static [&'static str],
}

/// A record.
#[derive(Debug)]
pub(crate) struct Element {
    /// Its local name.
    pub(crate) name: String,
    fields: Vec<Field>,
    problem: Option<Refusal>,
}

#[derive(Debug)]
struct Field {
    /// How deep it is: 1 for those of the record itself.
    level: usize,
    name: String,
    text: String,
}

/// The records of a document, each read by `read`.
pub(crate) struct XmlSource<R: Read, F> {
    walk: XmlWalk<R>,
    shape: Shape,
    read: F,
    draft: Option<Draft>,
    /// Whether a record was met.
    found: bool,
    /// The first element that is called like a record, or like the root, of another namespace, and its line.
    foreign: Option<(u64, String)>,
    ended: bool,
}

/// A record being gathered.
struct Draft {
    line: u64,
    element: Element,
    /// The elements that are open inside the record: which field each is, or None when it is not kept.
    open: Vec<Option<usize>>,
    bytes: usize,
}

impl<R: Read, F: FnMut(&Element) -> Result<Outcome, Refusal>> XmlSource<R, F> {
    pub(crate) fn new(source: R, shape: Shape, read: F) -> Self {
        Self {
            walk: XmlWalk::new(source, shape.namespaces),
            shape,
            read,
            draft: None,
            found: false,
            foreign: None,
            ended: false,
        }
    }

    fn follow(&mut self, step: Step) -> Option<Item> {
        let line = self.walk.line();
        let flaw = self.walk.take_flaw();
        let Some(draft) = &mut self.draft else {
            let Step::Open(tag) = step else { return None };
            let is_record = self.shape.records.contains(&tag.name.as_str());
            if tag.ours && is_record {
                self.found = true;
                self.draft = Some(Draft::new(line, tag.name));
            } else if !tag.ours && (is_record || self.walk.depth() == 1) {
                self.foreign.get_or_insert((line, tag.name));
            }
            return None;
        };
        if let Some(flaw) = flaw {
            draft.element.problem = Some(flaw);
        }
        match step {
            Step::Open(tag) => {
                let kept = tag.ours && self.shape.kept.is_none_or(|kept| kept.contains(&tag.name.as_str()));
                draft.open_field(tag.name, kept);
            }
            Step::Text(text) => draft.add_text(&text),
            Step::Close if draft.open.pop().is_none() => {
                let Draft { line, element, .. } = self.draft.take()?;
                return Some(self.finish(line, &element));
            }
            Step::Close => {}
        }
        None
    }

    fn finish(&mut self, line: u64, element: &Element) -> Item {
        let read = match &element.problem {
            Some(problem) => Err(problem.clone()),
            None if element.is_damaged() => Err(Refusal::Encoding),
            None => (self.read)(element),
        };
        let shown = element.fields.iter().filter(|field| self.shape.shown.contains(&field.name.as_str()));
        let excerpt = || excerpt::of_fields(shown.map(|field| (field.name.as_str(), field.text.trim())));
        let refused = |refusal| Outcome::Refused { refusal, excerpt: excerpt() };
        Item { line, outcome: read.unwrap_or_else(refused) }
    }
}

impl<R: Read, F: FnMut(&Element) -> Result<Outcome, Refusal>> Iterator for XmlSource<R, F> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while !self.ended {
            match self.walk.step() {
                Some(Ok(step)) => {
                    if let Some(item) = self.follow(step) {
                        return Some(item);
                    }
                }
                Some(Err(refusal)) => {
                    self.ended = true;
                    return Some(Item::refused(self.walk.line(), refusal));
                }
                None => {
                    self.ended = true;
                    // A document of another format must not pass for one that says nothing.
                    let foreign = self.foreign.take().filter(|_| !self.found);
                    return foreign.map(|(line, name)| Item::refused(line, Refusal::OtherNamespace(quoted(&name))));
                }
            }
        }
        None
    }
}

impl Draft {
    fn new(line: u64, name: String) -> Self {
        Self { line, element: Element { name, fields: Vec::new(), problem: None }, open: Vec::new(), bytes: 0 }
    }

    fn open_field(&mut self, name: String, kept: bool) {
        // What is inside something that is not kept is not either.
        let inside = self.open.last().is_none_or(Option::is_some);
        if !(kept && inside) {
            self.open.push(None);
            return;
        }
        self.bytes += name.len() + 1;
        if self.bytes > MAX_PIECE_BYTES {
            self.element.problem = Some(Refusal::TooLong);
            self.open.push(None);
            return;
        }
        let fields = &mut self.element.fields;
        fields.push(Field { level: self.open.len() + 1, name, text: String::new() });
        self.open.push(Some(fields.len() - 1));
    }

    /// Adds to the text of the innermost field: what an element inside it says is something else.
    fn add_text(&mut self, text: &str) {
        let Some(Some(at)) = self.open.last() else { return };
        self.bytes += text.len();
        match self.element.fields.get_mut(*at) {
            Some(field) if self.bytes <= MAX_PIECE_BYTES => field.text.push_str(text),
            _ => self.element.problem = Some(Refusal::TooLong),
        }
    }
}

impl Element {
    fn is_damaged(&self) -> bool {
        self.fields.iter().any(|field| field.text.contains(char::REPLACEMENT_CHARACTER))
    }

    /// The record's own fields: names and texts.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().filter(|field| field.level == 1).map(|field| (field.name.as_str(), field.text.as_str()))
    }

    /// The text of the first field of that name.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.fields().find(|(field, _)| *field == name).map(|(_, text)| text)
    }

    /// The texts of the fields of that name that have one.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields().filter(move |(field, text)| *field == name && !text.trim().is_empty()).map(|(_, text)| text)
    }

    /// The cleaned text of the first field of that name.
    pub(crate) fn text(&self, name: &'static str, max: usize) -> Result<Option<String>, Refusal> {
        self.first(name).map_or(Ok(None), |text| clean_field(name, text, max))
    }

    /// The same, refused when there is none.
    pub(crate) fn required(&self, name: &'static str, max: usize) -> Result<String, Refusal> {
        self.text(name, max)?.ok_or(Refusal::Missing(name))
    }

    /// When the first field of that name says.
    pub(crate) fn moment(&self, name: &str) -> Result<Option<Moment>, Refusal> {
        self.first(name).filter(|text| !text.trim().is_empty()).map(Moment::parse).transpose()
    }

    /// What the fields of that name hold: the texts of those inside each, by name.
    pub(crate) fn groups(&self, name: &str) -> impl Iterator<Item = Group<'_>> {
        let starts = self.fields.iter().enumerate().filter(move |(_, field)| field.level == 1 && field.name == name);
        starts.map(|(at, _)| {
            let inside = &self.fields[at + 1..];
            let end = inside.iter().position(|field| field.level == 1).unwrap_or(inside.len());
            Group(&inside[..end])
        })
    }
}

/// The fields inside a field.
pub(crate) struct Group<'a>(&'a [Field]);

impl<'a> Group<'a> {
    /// The text of the first one of that name, directly inside.
    pub(crate) fn first(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|field| field.level == 2 && field.name == name).map(|field| field.text.as_str())
    }
}
