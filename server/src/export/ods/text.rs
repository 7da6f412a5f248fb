//! Texts as OpenDocument writes them: paragraphs in which spaces, tabs and signs that XML cannot hold have their own elements.

/// A text as paragraphs: one a line.
///
/// Spaces that a reader would collapse are elements. A control character, which XML cannot hold, is written `_xHHHH_` as in the workbooks
/// of Excel, and so is the underscore of a text that looks like one of these, so that nothing is lost: see [`unescape`]. Any other text of
/// that shape stays as it is: unlike those of Excel, readers of OpenDocument show it so.
pub(super) fn paragraphs(xml: &mut String, text: &str) {
    for line in text.split('\n') {
        xml.push_str("<text:p>");
        paragraph(xml, line);
        xml.push_str("</text:p>");
    }
}

fn paragraph(xml: &mut String, line: &str) {
    let mut rest = line;
    // A space is kept as it is only between two other signs.
    let mut after_sign = false;
    while let Some(sign) = rest.chars().next() {
        match sign {
            ' ' => {
                let run = rest.len() - rest.trim_start_matches(' ').len();
                rest = &rest[run..];
                if run == 1 && after_sign && !rest.is_empty() && !rest.starts_with('\t') {
                    xml.push(' ');
                } else {
                    xml.push_str(&format!("<text:s text:c=\"{run}\"/>"));
                }
                after_sign = false;
                continue;
            }
            '\t' => xml.push_str("<text:tab/>"),
            '_' if looks_escaped(rest) => xml.push_str("_x005F_"),
            sign => escape(xml, sign),
        }
        after_sign = sign != '\t';
        rest = &rest[sign.len_utf8()..];
    }
}

/// The value of an attribute, in which tabs and ends of lines are references: as they are, they would be read as spaces.
pub(super) fn attribute(xml: &mut String, value: &str) {
    for (at, sign) in value.char_indices() {
        match sign {
            '"' => xml.push_str("&quot;"),
            '\t' => xml.push_str("&#9;"),
            '\n' => xml.push_str("&#10;"),
            '_' if looks_escaped(&value[at..]) => xml.push_str("_x005F_"),
            sign => escape(xml, sign),
        }
    }
}

fn escape(xml: &mut String, sign: char) {
    match sign {
        '&' => xml.push_str("&amp;"),
        '<' => xml.push_str("&lt;"),
        '>' => xml.push_str("&gt;"),
        sign if !fits_xml(sign) => xml.push_str(&format!("_x{:04X}_", u32::from(sign))),
        sign => xml.push(sign),
    }
}

/// Whether XML can hold a sign, tabs and ends of lines aside.
fn fits_xml(sign: char) -> bool {
    !matches!(sign, '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a text begins like a sign that is escaped here.
fn looks_escaped(text: &str) -> bool {
    escaped_sign(text).is_some_and(|sign| sign == '_' || !fits_xml(sign))
}

/// The sign that a text begins with, when it is written `_xHHHH_`.
fn escaped_sign(text: &str) -> Option<char> {
    let digits = text.strip_prefix("_x")?.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    text[6..].starts_with('_').then(|| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)).flatten()
}

/// The text that was written with escapes.
#[cfg(test)]
pub(crate) fn unescape(text: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let escaped = looks_escaped(rest).then(|| escaped_sign(rest)).flatten();
        let (sign, length) = escaped.map_or((sign, sign.len_utf8()), |sign| (sign, 7));
        whole.push(sign);
        rest = &rest[length..];
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_be_read_as_a_control_character_is_escaped() {
        for (text, written) in [
            ("_x0041_", "_x0041_"),
            ("a_x005f_", "a_x005F_x005f_"),
            ("_x000D_", "_x005F_x000D_"),
            ("\u{b}", "_x000B_"),
            ("_x00é1_ _x", "_x00é1_ _x"),
        ] {
            let mut xml = String::new();
            paragraphs(&mut xml, text);
            assert_eq!(xml, format!("<text:p>{written}</text:p>"));
            assert_eq!(unescape(written), text);
        }
    }
}
