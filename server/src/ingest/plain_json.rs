//! Members of a JSON object as slices of its text, without a tree.
//!
//! Only what is written plainly is read: where a text holds a `\u` escape, a number an exponent, or anything is wrong, nothing is
//! given, and a full parser says what it is. What is given is what a full parser would give.
//!
//! Sources write their lines alike: what comes between the texts and numbers of a line, its shape, is remembered, and the next lines are
//! compared with it rather than taken apart.

/// How deep values may be nested.
const MAX_DEPTH: u32 = 32;

/// A value, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'a> {
    /// With its quotes, when it is a text.
    pub(super) raw: &'a str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A text without an escape, of printable ASCII or not.
    Text {
        ascii: bool,
    },
    /// A text with escapes, a number, a word, an array.
    Other,
    Object,
    Null,
}

impl<'a> Value<'a> {
    /// The text, when it has no escape.
    #[inline]
    pub(super) fn text(self) -> Option<&'a str> {
        matches!(self.kind, Kind::Text { .. }).then(|| self.unquoted())
    }

    #[inline]
    fn unquoted(self) -> &'a str {
        &self.raw[1..self.raw.len() - 1]
    }
}

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
        let mut gaps = Vec::new();
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
        let mut scanner = Scanner { text, at: 0, gaps: &mut gaps, member: &mut member };
        scanner.skip_spaces();
        scanner.members(0, "")?;
        scanner.skip_spaces();
        (scanner.at == text.len() && gaps.len() < MAX_GAPS).then(|| Shape::new(text, &gaps, &values))
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

/// Where a text or a number is in a line: what the next line may have otherwise.
#[derive(Clone, Copy, Debug)]
struct Gap {
    start: usize,
    end: usize,
    is_number: bool,
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

/// Takes an object apart.
struct Scanner<'a, 's> {
    text: &'a str,
    at: usize,
    gaps: &'s mut Vec<Gap>,
    /// Takes the members of the object and those of its members; None stops.
    member: &'s mut dyn FnMut(&str, &str, Value<'a>) -> Option<()>,
}

impl<'a> Scanner<'a, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn skip(&mut self, expected: u8) -> Option<()> {
        self.skip_spaces();
        (self.peek()? == expected).then(|| self.at += 1)
    }

    /// Whether that comes next, which is then skipped.
    fn finds(&mut self, expected: u8) -> bool {
        self.skip(expected).is_some()
    }

    fn members(&mut self, depth: u32, parent: &str) -> Option<()> {
        self.skip(b'{')?;
        if depth > MAX_DEPTH {
            return None;
        }
        if self.finds(b'}') {
            return Some(());
        }
        loop {
            self.skip_spaces();
            let name = self.text()?.text()?;
            self.skip(b':')?;
            let value = self.value(depth, name)?;
            if depth < 2 {
                (self.member)(parent, name, value)?;
            }
            if self.finds(b'}') {
                return Some(());
            }
            self.skip(b',')?;
        }
    }

    fn value(&mut self, depth: u32, name: &str) -> Option<Value<'a>> {
        self.skip_spaces();
        let start = self.at;
        let kind = match self.peek()? {
            b'"' => {
                let value = self.text()?;
                if value.text().is_some() {
                    self.gaps.push(Gap { start: start + 1, end: self.at - 1, is_number: false });
                }
                return Some(value);
            }
            b'{' => {
                self.members(depth + 1, if depth == 0 { name } else { "" })?;
                Kind::Object
            }
            b'[' => {
                self.entries(depth + 1)?;
                Kind::Other
            }
            b'n' => {
                self.word("null")?;
                Kind::Null
            }
            b't' => {
                self.word("true")?;
                Kind::Other
            }
            b'f' => {
                self.word("false")?;
                Kind::Other
            }
            _ => {
                self.at += number(&self.text.as_bytes()[self.at..])?;
                self.gaps.push(Gap { start, end: self.at, is_number: true });
                Kind::Other
            }
        };
        Some(Value { raw: &self.text[start..self.at], kind })
    }

    fn entries(&mut self, depth: u32) -> Option<()> {
        self.skip(b'[')?;
        if depth > MAX_DEPTH {
            return None;
        }
        if self.finds(b']') {
            return Some(());
        }
        loop {
            // Deeper than what is handed over.
            self.value(depth.max(2), "")?;
            if self.finds(b']') {
                return Some(());
            }
            self.skip(b',')?;
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn text(&mut self) -> Option<Value<'a>> {
        let start = self.at;
        if self.peek()? != b'"' {
            return None;
        }
        self.at += 1;
        let mut kind = Kind::Text { ascii: true };
        loop {
            let (length, ascii) = run(&self.text.as_bytes()[self.at..]);
            self.at += length;
            if !ascii && kind != Kind::Other {
                kind = Kind::Text { ascii: false };
            }
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(Value { raw: &self.text[start..self.at], kind });
                }
                b'\\' => {
                    kind = Kind::Other;
                    self.at += 1;
                    if !matches!(self.peek()?, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') {
                        return None;
                    }
                    self.at += 1;
                }
                // A control character: no JSON, or nothing plain.
                _ => return None,
            }
        }
    }
}

/// How many bytes a number takes: `-12`, `0.5`; fewer digits than would overflow anything.
fn number(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let count = bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        (1..=18).contains(&count).then_some(from + count)
    };
    let start = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(start)?;
    if bytes[start] == b'0' && whole > start + 1 {
        return None;
    }
    let end = if bytes.get(whole) == Some(&b'.') { digits(whole + 1)? } else { whole };
    (!matches!(bytes.get(end), Some(b'e' | b'E'))).then_some(end)
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// How many bytes come before a quote, a backslash or a control character, and whether all of them are ASCII. Eight bytes at a time.
#[inline(always)]
fn run(bytes: &[u8]) -> (usize, bool) {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut met = 0;
    for (position, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let stops = stops(word);
        if stops != 0 {
            let length = stops.trailing_zeros() / 8;
            met |= word & !(u64::MAX << (8 * length));
            return (position * 8 + length as usize, met & HIGHS == 0);
        }
        met |= word;
    }
    let length = rest.iter().take_while(|byte| !is_stop(**byte)).count();
    (words.len() * 8 + length, met & HIGHS == 0 && rest[..length].is_ascii())
}

/// The high bit of each byte that is a quote, a backslash or a control character.
#[inline(always)]
fn stops(word: u64) -> u64 {
    // Without their high bit, bytes are added to without a carry: the high bit then says how large they were.
    let low = word & !HIGHS;
    let differs = |byte: u8| (low ^ (ONES * u64::from(byte))) + !HIGHS;
    let is_from_space = low + ONES * (0x80 - 0x20);
    let is_delete = low + ONES;
    (!(is_from_space & differs(b'"') & differs(b'\\')) | is_delete) & !word & HIGHS
}

fn is_stop(byte: u8) -> bool {
    matches!(byte, 0..0x20 | b'"' | b'\\' | 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WANTED: Wanted<6> =
        Wanted { names: [("", "a"), ("", "b"), ("c", "a"), ("c", "d"), ("", "c"), ("", "é")], others: true };

    impl<'a> Value<'a> {
        fn ascii(self) -> Option<&'a str> {
            matches!(self.kind, Kind::Text { ascii: true }).then(|| self.unquoted())
        }

        fn is_null(self) -> bool {
            self.kind == Kind::Null
        }

        fn is_object(self) -> bool {
            self.kind == Kind::Object
        }
    }

    /// What is said of each member, in all the ways there are, which agree.
    fn values<'a>(line: &Line<'a, '_, 6>) -> [Option<Value<'a>>; 6] {
        let values = std::array::from_fn(|member| line.get(member));
        for (member, value) in values.iter().enumerate() {
            assert_eq!(line.ascii(member), value.and_then(Value::ascii));
            assert_eq!(line.says(member), value.is_some_and(|value| !value.is_null()));
            assert_eq!(line.is_object(member), value.is_some_and(Value::is_object));
        }
        values
    }

    fn reads(reader: &mut Reader<6>, text: &str) -> bool {
        reader.read(text).is_some()
    }

    #[test]
    fn eight_bytes_are_looked_at_as_one_is() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut bytes = *b"a!~Z0 \xff\x80";
                bytes[at] = byte;
                let high = if is_stop(byte) { 0x80 << (8 * at) } else { 0 };
                assert_eq!(stops(u64::from_le_bytes(bytes)), high, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn members_are_slices_of_the_text() {
        let mut reader = Reader::new(WANTED);
        let line = r#" { "a" : "x y" ,"b":-12.50,"c":{"a":null,"e":[1,{"f":"\n"}], "d":"à"},"é":{"a":1},"g":[],"h":true , "j":"a\"b"} "#;
        for _ in 0..2 {
            let values = values(&reader.read(line).expect("plain members"));
            let expected = [
                Some("\"x y\""),
                Some("-12.50"),
                Some("null"),
                Some("\"à\""),
                Some(r#"{"a":null,"e":[1,{"f":"\n"}], "d":"à"}"#),
                Some("{\"a\":1}"),
            ];
            assert_eq!(values.map(|value| value.map(|value| value.raw)), expected);
            let value = |at: usize| values[at].expect("a value");
            assert_eq!((value(0).ascii(), value(0).text()), (Some("x y"), Some("x y")));
            assert_eq!((value(3).ascii(), value(3).text()), (None, Some("à")));
            assert!(value(2).is_null() && value(4).is_object() && !value(1).is_object());
        }
    }

    #[test]
    fn lines_of_a_known_shape_are_read_alike() {
        let mut reader = Reader::new(WANTED);
        reader.read(r#"{"a":"x","b":1,"c":{"d":""}}"#).expect("a line");
        for line in [
            r#"{"a":"","b":-20.5,"c":{"d":"long enough for several words"}}"#,
            r#"{"a":"é","b":0,"c":{"d":"é"}}"#,
            r#"{"a":"x","b":1,"c":{"d":""}}"#,
        ] {
            let found = values(&reader.read(line).expect("a line"));
            assert_eq!(reader.shapes.len(), 1, "{line}");
            assert_eq!(found, values(&Reader::new(WANTED).read(line).expect("a line")), "{line}");
        }
        for line in [
            r#"{"a":"x\n","b":1,"c":{"d":""}}"#,
            r#"{"a":"x","b":1,"c":{"d":""},"e":1}"#,
            r#"{"a":"x","b":"1","c":{"d":""}}"#,
        ] {
            assert!(reads(&mut reader, line), "{line}");
        }
        for line in [
            r#"{"a":"x","b":01,"c":{"d":""}}"#,
            r#"{"a":"x","b":1e3,"c":{"d":""}}"#,
            r#"{"a":"x","b":1,"c":{"d":"}}"#,
            r#"{"a":"x","b":1,"c":{"d":""}}x"#,
            r#"{"a":"x","b":,"c":{"d":""}}"#,
        ] {
            assert!(!reads(&mut reader, line), "{line}");
        }
    }

    #[test]
    fn what_is_not_plain_is_left() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        let mut reader = Reader::new(WANTED);
        for text in [
            "",
            "{",
            "[]",
            "{}x",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\":01}",
            "{\"a\":1e3}",
            "{\"a\":-}",
            "{\"a\":.5}",
            "{\"a\":1.}",
            "{\"a\":nul}",
            "{\"a\":[1 2]}",
            "{\"a\":\"\u{1}\"}",
            "{\"a\":\"\u{7f}\"}",
            r#"{"a":"\u00e9"}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"b}"#,
            "{\"a\":1234567890123456789012}",
            r#"{"a":1,"a":2}"#,
            r#"{"c":{"a":1,"a":2}}"#,
            &deep,
        ] {
            assert!(!reads(&mut reader, text), "{text}");
        }
        let mut strict = Reader::new(Wanted { others: false, ..WANTED });
        assert!(!reads(&mut strict, r#"{"other":1}"#));
        assert!(reads(&mut strict, r#"{"c":{"other":1}}"#));
    }

    fn arbitrary_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            (-1_000_000_000_000i64..1_000_000_000_000).prop_map(Into::into),
            "[ -~éà\"\\\\\n]{0,20}".prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map("[a-dé]", inner, 0..5)
                    .prop_map(|all| serde_json::Value::Object(all.into_iter().collect())),
            ]
        })
    }

    /// The same, other texts and numbers.
    fn altered(value: &serde_json::Value) -> serde_json::Value {
        use serde_json::Value::{Array, Number, Object, String};
        match value {
            Array(all) => Array(all.iter().map(altered).collect()),
            Object(all) => Object(all.iter().map(|(name, value)| (name.clone(), altered(value))).collect()),
            String(text) => String(text.chars().rev().skip(1).collect()),
            Number(number) => number.as_i64().map_or(0, |number| number / 7).into(),
            other => other.clone(),
        }
    }

    proptest! {
        #[test]
        fn a_full_parser_gives_the_same(value in arbitrary_json(), pretty in any::<bool>()) {
            let mut reader = Reader::new(WANTED);
            // The second may be of the shape of the first.
            for value in [&value, &altered(&value)] {
                let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) }.expect("JSON");
                let Some(line) = reader.read(&text) else { continue };
                for ((parent, name), member) in WANTED.names.iter().zip(values(&line)) {
                    let object = if parent.is_empty() { Some(value) } else { value.get(parent) };
                    let expected = object.and_then(|object| object.get(name));
                    prop_assert_eq!(member.is_some(), expected.is_some());
                    let (Some(member), Some(expected)) = (member, expected) else { continue };
                    let parsed: serde_json::Value = serde_json::from_str(member.raw).expect("JSON");
                    prop_assert_eq!(&parsed, expected);
                    prop_assert!(member.text().is_none_or(|text| expected.as_str() == Some(text)));
                    prop_assert_eq!(member.ascii().is_some(), member.text().is_some_and(str::is_ascii));
                    prop_assert_eq!((member.is_null(), member.is_object()), (expected.is_null(), expected.is_object()));
                }
            }
        }

        #[test]
        fn what_is_taken_is_json(texts in prop::collection::vec("[{}\\[\\]\",:a-c0-2.\\\\ntrulfse -]{0,30}", 2)) {
            let mut reader = Reader::new(WANTED);
            for text in texts {
                for text in [format!("{{\"a\":{text}}}"), format!("{{\"a\":\"{text}\"}}")] {
                    if reader.read(&text).is_some() {
                        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
                    }
                }
            }
        }
    }
}
