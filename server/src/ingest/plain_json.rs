//! Members of a JSON object as slices of its text, without a tree.
//!
//! Only what is written plainly is read: where a text holds a `\u` escape, a number an exponent, or anything is wrong, nothing is
//! given, and a full parser says what it is. What is given is what a full parser would give.
//!
//! Sources write their lines alike: what comes between the texts and numbers of a line, its shape, is remembered, and the next lines are
//! compared with it rather than taken apart.

use super::plain_scan::{self, Gap, Kind, Value, number, run};

/// Members that are wanted, each by the name of the member that it is in (nothing for those of the object itself) and its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<const N: usize> {
    pub(super) names: [(&'static str, &'static str); N],
    /// Whether the object may have other members, which are passed over.
    pub(super) others: bool,
}

/// Reads objects.
pub(super) struct Reader<const N: usize> {
    wanted: Wanted<N>,
    shapes: Vec<Shape<N>>,
    /// Where each fixed part of the last line is.
    parts: Parts,
}

/// Where fixed parts begin and end: a gap is between the end of one and the beginning of the next.
#[derive(Clone, Copy)]
struct Part {
    start: u32,
    end: u32,
}

type Parts = [Part; MAX_GAPS];

/// An object that was read.
pub(super) struct Line<'a, 'r, const N: usize> {
    text: &'a str,
    shape: &'r Shape<N>,
    parts: &'r Parts,
    /// Which gaps are of ASCII.
    ascii: u64,
}

/// How many shapes are remembered.
const MAX_SHAPES: usize = 8;
/// How many texts and numbers a line has at most.
const MAX_GAPS: usize = 64;

impl<const N: usize> Reader<N> {
    pub(super) fn new(wanted: Wanted<N>) -> Self {
        Self { wanted, shapes: Vec::new(), parts: [Part { start: 0, end: 0 }; MAX_GAPS] }
    }

    /// Reads an object, which is all of the text; None when a wanted member comes twice, or when it is not plain.
    pub(super) fn read<'a>(&mut self, text: &'a str) -> Option<Line<'a, '_, N>> {
        let known = (0..self.shapes.len()).find_map(|at| Some((at, self.shapes[at].compare(text, &mut self.parts)?)));
        let ascii = match known {
            Some((0, ascii)) => ascii,
            Some((at, ascii)) => {
                self.shapes[..=at].rotate_right(1);
                ascii
            }
            None => {
                let shape = self.take_apart(text)?;
                self.shapes.truncate(MAX_SHAPES - 1);
                self.shapes.insert(0, shape);
                self.shapes[0].compare(text, &mut self.parts)?
            }
        };
        Some(Line { text, shape: &self.shapes[0], parts: &self.parts, ascii })
    }

    fn take_apart(&self, text: &str) -> Option<Shape<N>> {
        let mut values = [None; N];
        let mut member = |parent: &str, name: &str, value| match self
            .wanted
            .names
            .iter()
            .position(|wanted| *wanted == (parent, name))
        {
            Some(at) => values[at].replace(value).is_none().then_some(()),
            None => (self.wanted.others || !parent.is_empty()).then_some(()),
        };
        let gaps = plain_scan::take_apart(text, &mut member)?;
        (gaps.len() < MAX_GAPS).then(|| Shape::new(text, &gaps, &values))
    }
}

impl<'a, const N: usize> Line<'a, '_, N> {
    /// The value of a wanted member, by its place among them.
    #[inline(always)]
    pub(super) fn get(&self, member: impl Into<usize>) -> Option<Value<'a>> {
        let Slot { start, end, kind } = self.shape.slots[member.into()]?;
        let at = |(part, after): Place| (self.parts[part as usize].start + after) as usize;
        let kind = match kind {
            Kind::Text { .. } => Kind::Text { ascii: self.is_ascii(start.0) },
            kind => kind,
        };
        Some(Value { raw: &self.text[at(start)..at(end)], kind })
    }

    /// Whether a wanted member is there, and is not null.
    #[inline(always)]
    pub(super) fn says(&self, member: impl Into<usize>) -> bool {
        self.shape.slots[member.into()].is_some_and(|slot| slot.kind != Kind::Null)
    }

    /// Whether a wanted member is an object.
    #[inline(always)]
    pub(super) fn is_object(&self, member: impl Into<usize>) -> bool {
        self.shape.slots[member.into()].is_some_and(|slot| slot.kind == Kind::Object)
    }

    /// The text of a wanted member that says something, when it is one of ASCII without an escape.
    #[inline(always)]
    pub(super) fn ascii(&self, member: impl Into<usize>) -> Option<&'a str> {
        let Slot { start: (part, _), kind: Kind::Text { .. }, .. } = self.shape.slots[member.into()]? else {
            return None;
        };
        let gap = self.parts[part as usize].end as usize..self.parts[part as usize + 1].start as usize;
        if self.is_ascii(part) { Some(&self.text[gap]) } else { None }
    }

    #[inline(always)]
    fn is_ascii(&self, gap: u32) -> bool {
        self.ascii >> gap & 1 == 1
    }
}

/// What comes between the texts and numbers of a line.
struct Shape<const N: usize> {
    /// What comes before each gap, and after the last one.
    fixed: Vec<Fixed>,
    /// Whether each gap is that of a number.
    numbers: Vec<bool>,
    slots: [Option<Slot>; N],
}

/// A text that lines of a shape have in common.
struct Fixed {
    text: Box<str>,
    /// Its bytes, sixteen by sixteen, and which bits of these are of it.
    words: Vec<(u128, u128)>,
}

/// How many bytes are compared at once.
const WORD: usize = size_of::<u128>();

impl From<&str> for Fixed {
    fn from(text: &str) -> Self {
        let word = |bytes: &[u8]| {
            let mut word = [[0; WORD]; 2];
            word[0][..bytes.len()].copy_from_slice(bytes);
            word[1][..bytes.len()].fill(u8::MAX);
            (u128::from_le_bytes(word[0]), u128::from_le_bytes(word[1]))
        };
        Self { text: text.into(), words: text.as_bytes().chunks(WORD).map(word).collect() }
    }
}

impl Fixed {
    #[inline(always)]
    fn begins(&self, bytes: &[u8]) -> bool {
        let (chunks, _) = bytes.as_chunks::<WORD>();
        if chunks.len() < self.words.len() {
            return bytes.starts_with(self.text.as_bytes());
        }
        chunks.iter().zip(&self.words).all(|(chunk, (word, mask))| u128::from_le_bytes(*chunk) & mask == *word)
    }
}

/// Where a value is: between two places of what is fixed.
#[derive(Clone, Copy)]
struct Slot {
    start: Place,
    end: Place,
    kind: Kind,
}

/// So many bytes after the beginning of one of the fixed parts.
type Place = (u32, u32);

impl<const N: usize> Shape<N> {
    fn new(text: &str, gaps: &[Gap], values: &[Option<Value>; N]) -> Self {
        let starts: Vec<usize> = std::iter::once(0).chain(gaps.iter().map(|gap| gap.end)).collect();
        let ends = gaps.iter().map(|gap| gap.start).chain([text.len()]);
        let fixed: Vec<Fixed> = starts.iter().zip(ends).map(|(start, end)| text[*start..end].into()).collect();
        // A place between two fixed parts is at the end of the first: gaps of numbers are never empty, and those of texts are in quotes.
        let place = |at: usize| {
            let part = (0..fixed.len()).find(|part| at <= starts[*part] + fixed[*part].text.len()).unwrap_or_default();
            (part as u32, (at - starts[part]) as u32)
        };
        let slots = values.map(|value| {
            let value = value?;
            let start = value.raw.as_ptr().addr() - text.as_ptr().addr();
            Some(Slot { start: place(start), end: place(start + value.raw.len()), kind: value.kind })
        });
        Self { slots, numbers: gaps.iter().map(|gap| gap.is_number).collect(), fixed }
    }

    /// Where the fixed parts of a line of this shape are, and which of its gaps are of ASCII; None when it is of another one.
    fn compare(&self, text: &str, parts: &mut Parts) -> Option<u64> {
        let bytes = text.as_bytes();
        let mut ascii = u64::MAX;
        let mut at = 0;
        for (place, (fixed, part)) in self.fixed.iter().zip(parts).enumerate() {
            if !fixed.begins(&bytes[at..]) {
                return None;
            }
            let start = at;
            at += fixed.text.len();
            *part = Part { start: start as u32, end: at as u32 };
            match self.numbers.get(place) {
                Some(false) => {
                    let (length, is_ascii) = run(&bytes[at..]);
                    at += length;
                    ascii &= !(u64::from(!is_ascii) << place);
                }
                Some(true) => at += number(&bytes[at..])?,
                None => {}
            }
        }
        (at == bytes.len()).then_some(ascii)
    }
}

#[cfg(test)]
#[path = "plain_json_tests.rs"]
mod tests;
