//! The text of a source, in UTF-8 whatever it was written in.
//!
//! A byte order mark tells the encoding, or else the declaration of an XML document. A CSV, which declares none, is in UTF-8 or in
//! Windows-1252, as spreadsheets write it: its first character out of ASCII tells, wherever it is. What is in UTF-8 is handed over as it
//! is. Bytes that are no character of the encoding are handed over as one that is none of UTF-8: whoever reads the text refuses the line or
//! the element that they are in, as in a file that says that it is in UTF-8 and is not.

use super::format::FormatError;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{self, Cursor, Read};

/// How much of a file is looked at to tell its encoding and its format.
pub(crate) const BEGINNING_BYTES: usize = 1 << 16;
const CHUNK: usize = 1 << 15;
/// What stands for bytes that are no character: it begins none in UTF-8.
const NO_CHARACTER: u8 = 0xff;

/// A source and the beginning that was read of it.
type Whole<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// What follows the beginning of a text.
pub(crate) enum Rest<R> {
    /// In UTF-8 already.
    AsItIs(R),
    /// Decoded on the way.
    Decoded(Box<Decoded<Whole<R>>>),
}

impl<R: Read> Read for Rest<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::AsItIs(source) => source.read(into),
            Self::Decoded(source) => source.read(into),
        }
    }
}

/// The beginning of a text, without byte order mark, and what follows it.
///
/// # Errors
/// When the encoding is not one that is read, or the source cannot be.
pub(crate) fn open<R: Read>(mut source: R) -> Result<(Vec<u8>, Rest<R>), FormatError> {
    let mut beginning = Vec::new();
    source.by_ref().take(BEGINNING_BYTES as u64).read_to_end(&mut beginning)?;
    let first = beginning.trim_ascii_start().first();
    let script = match (Encoding::for_bom(&beginning), zeros(&beginning)) {
        (Some((encoding, _)), _) | (None, Some(encoding)) => Script::of(encoding),
        _ => match (first, declared_encoding(&beginning)) {
            (Some(b'<'), Some(name)) => Script::of(find(&name).ok_or(FormatError::Encoding(name))?),
            // JSON is in UTF-8, and so is XML that says nothing.
            (Some(b'<' | b'{' | b'['), _) => Script::Utf8,
            _ => Script::Ascii,
        },
    };
    if matches!(script, Script::Utf8) {
        beginning.drain(..beginning.len() - without_bom(&beginning).len());
        return Ok((beginning, Rest::AsItIs(source)));
    }
    let mut decoded = Box::new(Decoded::new(Cursor::new(beginning).chain(source), script));
    let mut beginning = Vec::new();
    decoded.by_ref().take(BEGINNING_BYTES as u64).read_to_end(&mut beginning)?;
    Ok((beginning, Rest::Decoded(decoded)))
}

/// The bytes without the mark that some programs put at the beginning of UTF-8.
pub(crate) fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// UTF-16 that no mark announces, by the noughts that half of its bytes then are.
fn zeros(beginning: &[u8]) -> Option<&'static Encoding> {
    let zeros_at = |parity: usize| beginning.iter().skip(parity).step_by(2).take(50).filter(|byte| **byte == 0).count();
    let pairs = (beginning.len() / 2).min(50);
    let mostly = |count: usize| pairs > 1 && count * 2 > pairs;
    let encodings = [(1, UTF_16LE), (0, UTF_16BE)];
    encodings.into_iter().find(|(parity, _)| mostly(zeros_at(*parity))).map(|(_, encoding)| encoding)
}

/// The encoding of that name. A declaration that could be read is not in UTF-16, whatever it says: programs that write a text before they
/// encode it say so.
fn find(name: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label_no_replacement(name.as_bytes())?;
    Some(if encoding.is_ascii_compatible() { encoding } else { UTF_8 })
}

/// The encoding that an XML declaration names.
fn declared_encoding(beginning: &[u8]) -> Option<String> {
    let text = beginning.trim_ascii_start().strip_prefix(b"<?xml")?;
    let declaration = String::from_utf8_lossy(text.split(|byte| *byte == b'>').next()?);
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let name = value[1..].split(quote).next()?.chars();
    Some(name.filter(|c| c.is_ascii_alphanumeric() || "-_.:".contains(*c)).take(40).collect())
}

/// How bytes become text.
enum Script {
    /// They are in UTF-8.
    Utf8,
    /// They were in ASCII up to now.
    Ascii,
    /// They are in another encoding.
    Other(Box<Decoder>),
    /// They are in Windows-1252, because they are not in UTF-8.
    Guessed(Box<Decoder>),
}

impl Script {
    fn of(encoding: &'static Encoding) -> Self {
        if encoding == UTF_8 { Self::Utf8 } else { Self::Other(Box::new(encoding.new_decoder_with_bom_removal())) }
    }

    /// Decodes the beginning of some bytes, or all of them when they are the last; how many were.
    fn decode(&mut self, bytes: &[u8], last: bool, into: &mut Vec<u8>) -> usize {
        match self {
            Self::Utf8 => into.extend_from_slice(bytes),
            Self::Ascii => return self.look_for_a_character(bytes, last, into),
            Self::Other(decoder) => {
                let gaps = if decoder.encoding() == WINDOWS_1252 { is_gap } else { |_: &[u8]| false };
                decode_between(decoder, gaps, bytes, last, into);
            }
            Self::Guessed(decoder) => {
                // What may begin a character of UTF-8 is looked at with what follows it.
                let unfinished = !last && bytes.last().is_some_and(|byte| LEADS.contains(byte));
                let bytes = &bytes[..bytes.len() - usize::from(unfinished)];
                decode_between(decoder, |bytes| is_gap(bytes) || is_utf8(bytes), bytes, last, into);
                return bytes.len();
            }
        }
        bytes.len()
    }

    /// The first character out of ASCII tells the encoding.
    fn look_for_a_character(&mut self, bytes: &[u8], last: bool, into: &mut Vec<u8>) -> usize {
        let ascii = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(bytes.len());
        let (before, after) = bytes.split_at(ascii);
        into.extend_from_slice(before);
        let is_unfinished = |error: std::str::Utf8Error| error.valid_up_to() == 0 && error.error_len().is_none();
        *self = match std::str::from_utf8(&after[..after.len().min(4)]) {
            _ if after.is_empty() => return ascii,
            Err(error) if is_unfinished(error) && !last => return ascii,
            Err(error) if error.valid_up_to() == 0 => {
                Self::Guessed(Box::new(WINDOWS_1252.new_decoder_without_bom_handling()))
            }
            _ => Self::Utf8,
        };
        ascii + self.decode(after, last, into)
    }
}

/// Decodes bytes, but for those at which `is_gap` says that there is no character.
fn decode_between(
    decoder: &mut Decoder,
    is_gap: impl Fn(&[u8]) -> bool,
    mut bytes: &[u8],
    last: bool,
    into: &mut Vec<u8>,
) {
    while let Some(gap) = (0..bytes.len()).find(|at| is_gap(&bytes[*at..])) {
        decode(decoder, &bytes[..gap], false, into);
        into.push(NO_CHARACTER);
        bytes = &bytes[gap + 1..];
    }
    decode(decoder, bytes, last, into);
}

fn decode(decoder: &mut Decoder, mut bytes: &[u8], last: bool, into: &mut Vec<u8>) {
    loop {
        let begun = into.len();
        let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(CHUNK);
        into.resize(begun + room, 0);
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(bytes, &mut into[begun..], last);
        into.truncate(begun + written);
        bytes = &bytes[read..];
        match result {
            DecoderResult::InputEmpty => return,
            DecoderResult::Malformed(..) => into.push(NO_CHARACTER),
            DecoderResult::OutputFull => {}
        }
    }
}

/// Whether Windows-1252 has no character where these bytes begin: decoders make control characters of them.
fn is_gap(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(0x81 | 0x8d | 0x8f | 0x90 | 0x9d))
}

/// The first bytes, in UTF-8, of the letters and signs of French that are not in ASCII.
const LEADS: [u8; 3] = [0xc2, 0xc3, 0xe2];

/// Whether these bytes are such a character in UTF-8: in Windows-1252 they are « Ã© » or « â€™ », which nobody writes. The file is in
/// UTF-8, and is damaged before.
fn is_utf8(bytes: &[u8]) -> bool {
    matches!(bytes, [0xc2 | 0xc3, 0x80..=0xbf, ..] | [0xe2, 0x80, ..])
}

/// A source that is decoded.
pub(crate) struct Decoded<R> {
    source: R,
    script: Script,
    /// Read and not yet decoded: the beginning of a character.
    held: Vec<u8>,
    /// Decoded and not yet handed over, from `start` on.
    ready: Vec<u8>,
    start: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    fn new(source: R, script: Script) -> Self {
        Self { source, script, held: Vec::new(), ready: Vec::new(), start: 0, ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.start = 0;
        while self.ready.is_empty() && !self.ended {
            let held = self.held.len();
            self.held.resize(held + CHUNK, 0);
            let read = self.source.read(&mut self.held[held..]);
            self.held.truncate(held + *read.as_ref().unwrap_or(&0));
            self.ended = read? == 0;
            let decoded = self.script.decode(&self.held, self.ended, &mut self.ready);
            self.held.drain(..decoded);
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.start == self.ready.len() {
            if matches!(self.script, Script::Utf8) && self.held.is_empty() {
                return self.source.read(into);
            }
            self.refill()?;
        }
        let count = (&self.ready[self.start..]).read(into)?;
        self.start += count;
        Ok(count)
    }
}

#[cfg(test)]
#[path = "encoding_tests.rs"]
mod tests;
