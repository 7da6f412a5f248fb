//! UAI: the national identifier of a school (*unité administrative immatriculée*).

use serde::{Deserialize, Serialize};
use std::fmt;

/// Identifier of a school: seven digits and a letter in real life, up to 45 characters in the GAR's schemas.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uai(String);

/// Why a text is not a UAI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("«\u{a0}{0}\u{a0}» n’est pas un UAI\u{a0}: il faut 1 à 45 lettres, chiffres, points, tirets ou soulignés")]
pub struct InvalidUai(String);

impl Uai {
    /// Reads a UAI, ignoring surrounding spaces and the case of letters.
    ///
    /// The check letter is not verified: demonstration platforms use codes that fail it (see [`Uai::has_valid_letter`]).
    pub fn parse(text: &str) -> Result<Self, InvalidUai> {
        let trimmed = text.trim();
        let plausible = !trimmed.is_empty()
            && trimmed.len() <= 45
            && trimmed.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if plausible {
            Ok(Self(trimmed.to_ascii_uppercase()))
        } else {
            Err(InvalidUai(trimmed.chars().filter(|c| !c.is_control()).take(60).collect()))
        }
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The check letter of an identifier of the real form, seven digits and a letter: the number modulo 23, in an alphabet without I, O
    /// and Q. None when it is of another form.
    pub fn check_letter(&self) -> Option<char> {
        const LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPRSTUVWXYZ";
        let (number, letter) = self.0.split_at_checked(7).filter(|(_, letter)| letter.len() == 1)?;
        let is_real = number.bytes().all(|b| b.is_ascii_digit()) && letter.bytes().all(|b| b.is_ascii_alphabetic());
        let number: usize = number.parse().ok().filter(|_| is_real)?;
        Some(char::from(LETTERS[number % LETTERS.len()]))
    }

    /// Whether the identifier has the real form and its letter is the right one.
    pub fn has_valid_letter(&self) -> bool {
        self.check_letter().is_some_and(|letter| self.0.ends_with(letter))
    }

    /// The département that the identifier begins with: three digits, or `02A`, `02B` as `620`, `720`.
    pub fn department(&self) -> Option<&str> {
        let code = self.0.get(..3)?;
        code.bytes().all(|b| b.is_ascii_digit()).then_some(code)
    }
}

impl fmt::Display for Uai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Uai {
    type Error = InvalidUai;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Uai> for String {
    fn from(uai: Uai) -> Self {
        uai.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_codes_of_any_case_and_refuses_the_rest() {
        assert_eq!(Uai::parse(" 9999991f ").map(|u| u.to_string()), Ok("9999991F".into()));
        for bad in ["", " ", "0750001A;", "é", &"A".repeat(46)] {
            assert!(Uai::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_check_letter_is_the_number_modulo_23() {
        for (uai, valid) in
            [("9999991F", true), ("9999992G", true), ("9999990A", false), ("0450822X", false), ("ABC", false)]
        {
            assert_eq!(Uai::parse(uai).map(|u| u.has_valid_letter()), Ok(valid), "{uai}");
        }
        for (uai, letter) in
            [("9999990A", Some('E')), ("0450822x", Some('Z')), ("XX", None), ("-999991F", None), ("99999911", None)]
        {
            assert_eq!(Uai::parse(uai).map(|u| u.check_letter()), Ok(letter), "{uai}");
        }
    }
}
