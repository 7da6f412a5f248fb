//! French spacing for what the import says.
//!
//! Messages are written with ordinary spaces in the code, where no-break spaces cannot be seen, and pass here once on their
//! way to a person.

use vigie_domain::format::{NO_BREAK_SPACE, THIN_SPACE};

/// Puts the right no-break space before `; ! ? %`, before `:` and inside « ».
pub fn french(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let space = match (character, characters.peek()) {
            (' ', Some(';' | '!' | '?' | '%')) => THIN_SPACE,
            (' ', Some(':' | '»')) => NO_BREAK_SPACE,
            (' ', _) if spaced.ends_with('«') => NO_BREAK_SPACE,
            _ => character,
        };
        spaced.push(space);
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn double_signs_keep_their_space() {
        assert_eq!(french("« a » : b ; c ?"), "«\u{a0}a\u{a0}»\u{a0}: b\u{202f}; c\u{202f}?");
        assert_eq!(french("sans rien"), "sans rien");
    }
}
