//! Names and values of an address: `application/x-www-form-urlencoded`, written so that people can read it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What is written as it is: letters and digits, and the signs that slugs, dates and lists are made of.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b',');

/// More fields than any form of ours has: the rest of a hostile address is not read.
const MAX_PAIRS: usize = 200;

/// The value of a field of an address, as it is written there.
pub fn field_value(value: &str) -> String {
    utf8_percent_encode(value, ESCAPED).to_string()
}

/// Names and values, in order; a name may come several times.
#[derive(Default)]
pub(super) struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Reads an address. A value that is empty once trimmed is as good as absent: it is a field left blank.
    pub(super) fn decode(query: &str) -> Self {
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().trim().to_owned();
        let pairs = query.trim_start_matches('?').split('&').take(MAX_PAIRS);
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name), decode(value)))
                .filter(|(_, value)| !value.is_empty())
                .collect(),
        )
    }

    /// The first value of a name.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Adds a field at the end.
    pub(super) fn push(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Takes every field of a name away.
    #[cfg(test)]
    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| n != name);
    }

    /// The address, without a leading `?`.
    pub(super) fn encode(&self) -> String {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={}", field_value(value))).collect();
        pairs.join("&")
    }
}
