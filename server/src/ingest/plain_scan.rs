//! Takes a JSON object apart, where it is written plainly, into slices of its text.

/// How deep values may be nested.
const MAX_DEPTH: u32 = 32;

/// A value, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'a> {
    /// With its quotes, when it is a text.
    pub(super) raw: &'a str,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
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
    pub(super) fn unquoted(self) -> &'a str {
        &self.raw[1..self.raw.len() - 1]
    }
}

/// Where a text or a number is in a line: what the next line may have otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) is_number: bool,
}

/// What takes an object apart.
struct Scanner<'a, 's> {
    text: &'a str,
    at: usize,
    gaps: &'s mut Vec<Gap>,
    member: &'s mut dyn FnMut(&str, &str, Value<'a>) -> Option<()>,
}

/// Takes an object apart, which is all of the text: where its gaps are; `member` takes its members and those of its members, and None stops.
pub(super) fn take_apart<'a>(
    text: &'a str,
    member: &mut dyn FnMut(&str, &str, Value<'a>) -> Option<()>,
) -> Option<Vec<Gap>> {
    let mut gaps = Vec::new();
    let mut scanner = Scanner { text, at: 0, gaps: &mut gaps, member };
    scanner.skip_spaces();
    scanner.members(0, "")?;
    scanner.skip_spaces();
    (scanner.at == text.len()).then_some(gaps)
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
pub(super) fn number(bytes: &[u8]) -> Option<usize> {
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
pub(super) fn run(bytes: &[u8]) -> (usize, bool) {
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
pub(super) fn stops(word: u64) -> u64 {
    // Without their high bit, bytes are added to without a carry: the high bit then says how large they were.
    let low = word & !HIGHS;
    let differs = |byte: u8| (low ^ (ONES * u64::from(byte))) + !HIGHS;
    let is_from_space = low + ONES * (0x80 - 0x20);
    let is_delete = low + ONES;
    (!(is_from_space & differs(b'"') & differs(b'\\')) | is_delete) & !word & HIGHS
}

pub(super) fn is_stop(byte: u8) -> bool {
    matches!(byte, 0..0x20 | b'"' | b'\\' | 0x7f)
}
