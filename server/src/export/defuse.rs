//! Texts that a spreadsheet would run as a formula when it opens a CSV file.
//!
//! Such a text gets an apostrophe in front, and so does a text that already begins with one: a text that begins with an apostrophe in
//! the file is thus always a text with one apostrophe too many, and [`restore`] gives back exactly what was there. Numbers, dates and
//! flags never come through here: a negative number stays a number.

use std::borrow::Cow;

/// The sign put in front.
const GUARD: char = '\'';

/// The text as it may be opened.
pub fn defuse(text: &str) -> Cow<'_, str> {
    if text.starts_with(GUARD) || is_formula(text) { Cow::Owned(format!("{GUARD}{text}")) } else { Cow::Borrowed(text) }
}

/// The text that [`defuse`] was given.
pub fn restore(text: &str) -> &str {
    text.strip_prefix(GUARD).unwrap_or(text)
}

/// Whether a spreadsheet might run a text. What stands before the first visible sign is not looked at, because some programs trim it;
/// the wide forms of the signs count, because some input methods write them and some programs accept them.
pub fn is_formula(text: &str) -> bool {
    match text.as_bytes().first() {
        None => false,
        // Most texts begin with a letter or a digit.
        Some(first) if first.is_ascii_alphanumeric() => false,
        Some(b'\t' | b'\r' | b'\n') => true,
        Some(_) => {
            let is_blank = |sign: &char| {
                sign.is_whitespace() || sign.is_control() || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{feff}')
            };
            let first = text.chars().find(|sign| !is_blank(sign));
            matches!(first, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '−'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_defused() {
        for text in
            ["=1+1", "+33 1", "-", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u{a0}=1", "\u{feff}=1", "＝1", "−1"]
        {
            assert_eq!(defuse(text), format!("'{text}"));
        }
        for text in ["Atlas = monde", "ark:/99999/r1", "Élèves", "« Le Monde »", "’Round", "\"=1\"", "", "1+1", "😀"]
        {
            assert_eq!(defuse(text), text);
        }
        assert_eq!(defuse("'Round midnight"), "''Round midnight");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_by_defusing(text in "['=+@\\- \t\r\n]{0,3}\\PC{0,8}") {
            let safe = defuse(&text).into_owned();
            prop_assert_eq!(restore(&safe), text.as_str());
            prop_assert!(!is_formula(&safe));
        }
    }
}
