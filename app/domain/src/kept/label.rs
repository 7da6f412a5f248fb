//! The names that people give.

use std::fmt;

/// The longest name, in characters.
pub const MAX_LABEL: usize = 100;

/// A name that somebody gave: one line, of a few words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(String);

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelError {
    /// There is nothing to read in it.
    Empty,
    /// It is longer than [`MAX_LABEL`].
    TooLong,
}

impl Label {
    /// Reads a name: spaces count once, and what does not show is left out.
    ///
    /// # Errors
    /// When nothing is left, or too much.
    pub fn parse(text: &str) -> Result<Self, LabelError> {
        let words = text.split(|c: char| c.is_whitespace() || c.is_control());
        let words: Vec<String> = words.map(shown).collect();
        let name = words.iter().filter(|word| !word.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ");
        match name.chars().count() {
            0 => Err(LabelError::Empty),
            1..=MAX_LABEL => Ok(Self(name)),
            _ => Err(LabelError::TooLong),
        }
    }

    /// The name that a text suggests, cut when it is too long; None when there is nothing to read in it.
    pub fn suggested(text: &str) -> Option<Self> {
        match Self::parse(text) {
            Err(LabelError::TooLong) => {
                let start: String = text.chars().take(MAX_LABEL - 1).collect();
                Self::parse(&format!("{}…", start.trim_end())).ok()
            }
            other => other.ok(),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A word without what does not show. What makes one picture of several stays between them.
fn shown(word: &str) -> String {
    let mut kept = String::with_capacity(word.len());
    let mut signs = word.chars().peekable();
    while let Some(sign) = signs.next() {
        let joins = sign == JOINER
            && kept.chars().next_back().is_some_and(is_picture)
            && signs.peek().is_some_and(|next| is_picture(*next));
        if joins || !is_unseen(sign) {
            kept.push(sign);
        }
    }
    kept
}

/// What joins pictures: 👩 and 🏫 are a teacher.
const JOINER: char = '\u{200d}';

/// Signs that are pictures, or say how one is drawn.
fn is_picture(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

/// Signs that show nothing and turn what follows around, or hide in what they join.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_one_line_that_can_be_read() {
        let long = "é".repeat(MAX_LABEL);
        for (text, expected) in [
            ("  Conseil \t d’administration\r\n2026 ", Ok("Conseil d’administration 2026")),
            ("a\0b", Ok("a b")),
            ("\u{202e}sécca", Ok("sécca")),
            ("\u{200d}a\u{200d}b \u{1f469}\u{200d}", Ok("ab \u{1f469}")),
            (
                "\u{1f469}\u{1f3fd}\u{200d}\u{1f3eb} \u{2764}\u{fe0f}\u{200d}\u{1f525}",
                Ok("\u{1f469}\u{1f3fd}\u{200d}\u{1f3eb} \u{2764}\u{fe0f}\u{200d}\u{1f525}"),
            ),
            (long.as_str(), Ok(long.as_str())),
            (&format!("{long}a"), Err(LabelError::TooLong)),
            (" \u{200b}\u{feff}\n", Err(LabelError::Empty)),
            ("", Err(LabelError::Empty)),
        ] {
            assert_eq!(Label::parse(text).as_ref().map(Label::as_str), expected.as_ref().copied(), "{text:?}");
        }
    }

    #[test]
    fn a_suggestion_that_is_too_long_is_cut() {
        let cut = Label::suggested(&"mot ".repeat(60)).expect("a name");
        assert_eq!(cut.as_str().chars().count(), MAX_LABEL);
        assert!(cut.as_str().ends_with('…'));
        assert_eq!(Label::suggested("\n"), None);
    }

    proptest! {
        #[test]
        fn reading_a_name_again_changes_nothing(text in any::<String>()) {
            if let Ok(name) = Label::parse(&text) {
                prop_assert_eq!(Label::parse(name.as_str()), Ok(name));
            }
        }
    }
}
