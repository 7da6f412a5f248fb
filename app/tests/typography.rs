//! French texts keep their signs with the words that they follow: no line begins with `:` or `»`, none ends with `«`.
//!
//! Texts are read in the sources, where an ordinary space and one that does not break look the same. What the import and the recipes of
//! exports say is spaced on its way out (`ingest/typography.rs`), and what is said at a terminal is left as it is written.

use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

/// What is read, from the root of the repository.
const READ: [&str; 11] = [
    "app/src",
    "app/domain/src",
    "public/scripts",
    "server/src/api",
    "server/src/auth/guard.rs",
    "server/src/auth/routes.rs",
    "server/src/exports",
    "server/src/exports.rs",
    "server/src/jobs.rs",
    "server/src/jobs",
    "server/src/refusals.rs",
];
/// What writes a document for the repository or says what is wrong with settings, at a terminal.
const LEFT: [&str; 4] = ["catalogue/document.rs", "jobs/settings.rs", "jobs/mailer.rs", "typography.rs"];

fn sources(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in read_dir(path).expect("a folder") {
            sources(&entry.expect("an entry").path(), found);
        }
        return;
    }
    let name = path.to_string_lossy();
    let is_source = name.ends_with(".rs") || (name.ends_with(".js") && name.contains("/scripts/"));
    if is_source && !name.ends_with("tests.rs") && !LEFT.iter().any(|left| name.ends_with(left)) {
        found.push(path.to_owned());
    }
}

/// The texts of a source between quotation marks, as they are written, up to its tests, each with its line.
fn literals(source: &str) -> Vec<(usize, String)> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let (mut found, mut line, mut chars) = (Vec::new(), 1, source.chars().peekable());
    while let Some(sign) = chars.next() {
        match sign {
            '\n' => line += 1,
            '/' if chars.peek() == Some(&'/') => {
                while chars.peek().is_some_and(|sign| *sign != '\n') {
                    chars.next();
                }
            }
            // A quotation mark between apostrophes is a sign, not the beginning of a text.
            '\'' if chars.peek() == Some(&'"') => {
                chars.next();
            }
            '"' => {
                let (begun, mut text) = (line, String::new());
                while let Some(sign) = chars.next().filter(|sign| *sign != '"') {
                    line += usize::from(sign == '\n');
                    text.push(sign);
                    if sign == '\\' {
                        let escaped = chars.next().unwrap_or_default();
                        line += usize::from(escaped == '\n');
                        text.push(escaped);
                    }
                }
                found.push((begun, text));
            }
            _ => {}
        }
    }
    found
}

/// Whether a text has a sign that an ordinary space may part from its word.
fn is_loose(text: &str) -> bool {
    let is_double = |at: usize| {
        let after = text[at..].chars().nth(2);
        let before = text[..at].chars().next_back();
        // What follows the sign in a sentence; in an address or a request to a database something else does.
        after.is_none_or(|sign| sign.is_whitespace() || matches!(sign, '"' | '<' | '\\' | '»'))
            && before.is_some_and(|sign| sign.is_alphanumeric() || matches!(sign, '»' | ')' | '}' | '>' | '%' | '’'))
    };
    text.contains("« ")
        || text.contains(" »")
        || [" :", " ;", " !", " ?"].iter().any(|sign| text.match_indices(sign).any(|(at, _)| is_double(at)))
}

#[test]
fn french_signs_stay_with_their_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    READ.iter().for_each(|path| sources(&root.join(path), &mut files));
    assert!(files.len() > 100, "the sources are where they were: {}", files.len());
    let mut loose = Vec::new();
    for file in files {
        let source = read_to_string(&file).expect("a source");
        let texts = literals(&source).into_iter().filter(|(_, text)| is_loose(text));
        loose.extend(texts.map(|(line, text)| format!("{}:{line}: {text}", file.display())));
    }
    assert!(loose.is_empty(), "write \\u{{a0}} or \\u{{202f}} there:\n{}", loose.join("\n"));
}

#[test]
fn a_loose_sign_is_found_where_people_read_it_and_nowhere_else() {
    for (text, expected) in [
        ("« Favori »", true),
        ("«\\u{a0}Favori\\u{a0}»", false),
        ("Attention : oui", true),
        ("Est-ce tout ?", true),
        ("Attention\\u{a0}: oui", false),
        ("WHERE uai = ?1 AND n > ?2", false),
        ("a ? b", true),
        ("default-src 'self'; img-src", false),
        ("https://vigie.example", false),
    ] {
        assert_eq!(is_loose(text), expected, "{text}");
    }
    let source = "// « a »\nlet a = \"b : c\";\nlet d = '\"'; let e = \"f\\\n g\";\nlet h = \"i\";";
    let expected = [(2, "b : c"), (3, "f\\\n g"), (5, "i")].map(|(line, text)| (line, text.to_owned()));
    assert_eq!(literals(source), expected);
}
