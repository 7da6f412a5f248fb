//! What a gzip file holds: one member after the other, and the zeros that some tapes and tools add at the end.

use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Read};

/// How it begins.
pub(crate) const MARK: [u8; 2] = [0x1f, 0x8b];

/// The content of a gzip file.
pub(crate) struct Gunzip<R: BufRead> {
    state: State<R>,
}

enum State<R: BufRead> {
    /// In a member.
    In(Box<GzDecoder<R>>),
    /// Between two members.
    Between(R),
    Ended,
}

impl<R: BufRead> Gunzip<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { state: State::In(Box::new(GzDecoder::new(source))) }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            self.state = match std::mem::replace(&mut self.state, State::Ended) {
                State::In(mut member) => match member.read(into) {
                    Ok(0) => State::Between(member.into_inner()),
                    read => {
                        self.state = State::In(member);
                        return read;
                    }
                },
                State::Between(mut source) => match next(&mut source) {
                    Ok(true) => State::In(Box::new(GzDecoder::new(source))),
                    Ok(false) => State::Ended,
                    Err(error) => {
                        self.state = State::Between(source);
                        return Err(error);
                    }
                },
                State::Ended => return Ok(0),
            };
        }
    }
}

/// Whether something follows that is not all zeros; what it is, the decoder says.
fn next(source: &mut impl BufRead) -> io::Result<bool> {
    let mut padded = false;
    loop {
        let buffer = match source.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() {
            return Ok(false);
        }
        match buffer.iter().position(|byte| *byte != 0) {
            // After zeros comes the end, or a file that is damaged.
            Some(_) if padded => return Err(io::ErrorKind::InvalidData.into()),
            Some(0) => return Ok(true),
            Some(_) => return Err(io::ErrorKind::InvalidData.into()),
            None => {
                padded = true;
                let zeros = buffer.len();
                source.consume(zeros);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::{BufReader, Write};

    fn member(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).expect("compressed");
        encoder.finish().expect("compressed")
    }

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        // A small buffer: members and zeros are cut anywhere.
        Gunzip::new(BufReader::with_capacity(7, bytes)).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn zeros_after_the_last_member_are_nothing() {
        let two = [member("un"), member("deux")].concat();
        for zeros in [0, 1, 7, 10_000] {
            assert_eq!(read(&[&two[..], &vec![0; zeros]].concat()).expect("a text"), "undeux", "{zeros}");
        }
    }

    #[test]
    fn anything_else_after_a_member_is_damage() {
        for tail in [&b"x"[..], b"\0x", b"\0\0\0\0\0\0\0\0\0x", &[MARK[0], MARK[1], 8]] {
            assert!(read(&[&member("un"), tail].concat()).is_err(), "{tail:?}");
        }
        let whole = member("un");
        assert!(read(&whole[..whole.len() - 1]).is_err());
    }
}
