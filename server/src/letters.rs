//! Letters without what French puts on them.

/// A letter without its accent or its cedilla; anything else as it is.
pub(crate) fn without_accent(letter: char) -> char {
    match letter {
        'à' | 'â' | 'ä' | 'á' | 'ã' => 'a',
        'ç' => 'c',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' | 'í' => 'i',
        'ñ' => 'n',
        'ô' | 'ö' | 'ó' => 'o',
        'ù' | 'û' | 'ü' | 'ú' => 'u',
        'ÿ' => 'y',
        'À' | 'Â' | 'Ä' | 'Á' | 'Ã' => 'A',
        'Ç' => 'C',
        'É' | 'È' | 'Ê' | 'Ë' => 'E',
        'Î' | 'Ï' | 'Í' => 'I',
        'Ñ' => 'N',
        'Ô' | 'Ö' | 'Ó' => 'O',
        'Ù' | 'Û' | 'Ü' | 'Ú' => 'U',
        'Ÿ' => 'Y',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_capital_letters_lose_the_same() {
        for letter in "àâäáãçéèêëîïíñôöóùûüúÿ".chars() {
            let plain = without_accent(letter);
            assert!(plain.is_ascii_lowercase(), "{letter}");
            let capital = letter.to_uppercase().next().expect("a capital");
            assert_eq!(without_accent(capital), plain.to_ascii_uppercase(), "{capital}");
        }
        assert_eq!(['a', 'œ', '–', '7'].map(without_accent), ['a', 'œ', '–', '7']);
    }
}
