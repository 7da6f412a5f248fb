//! Texts as OpenDocument writes them: paragraphs in which spaces, tabs and signs that XML cannot hold have their own elements.

/// A text as paragraphs: one a line.
///
/// Spaces that a reader would collapse are elements. A control character, which XML cannot hold, is written `_xHHHH_` as in the workbooks
/// of Excel, and so is the underscore of a text that looks like one, so that nothing is lost: see [`unescape`].
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
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => xml.push_str(&format!("_x{:04X}_", u32::from(sign))),
        sign => xml.push(sign),
    }
}

/// Whether a text begins like an escaped sign.
fn looks_escaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7 && bytes[1] == b'x' && bytes[6] == b'_' && bytes[2..6].iter().all(u8::is_ascii_hexdigit)
}

/// The text that was written with escapes.
#[cfg(test)]
pub(crate) fn unescape(text: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let escaped = (sign == '_' && looks_escaped(rest)).then(|| u32::from_str_radix(&rest[2..6], 16).ok()).flatten();
        let (sign, length) = escaped.and_then(char::from_u32).map_or((sign, sign.len_utf8()), |sign| (sign, 7));
        whole.push(sign);
        rest = &rest[length..];
    }
    whole
}
