//! Statements with attachments: a body in several parts, as the specification of xAPI says (`multipart/mixed`). The first part is the
//! statements; each of the others is what an attachment of theirs holds, which is told by its digest. Vigie counts and keeps none of them:
//! they are checked, and let go.

use super::Problem;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use memchr::memmem;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::collections::BTreeSet;

/// The longest boundary (RFC 2046).
const MAX_BOUNDARY: usize = 70;
const MAX_PARTS: usize = 1_000;

/// A part of a body.
struct Part<'b> {
    headers: &'b str,
    content: &'b [u8],
}

/// The statements of a body, and the digests of the attachments that came with them; none when the body is nothing but statements.
pub(super) fn open<'b>(headers: &HeaderMap, body: &'b [u8]) -> Result<(&'b [u8], Option<BTreeSet<String>>), Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type(kind).eq_ignore_ascii_case("multipart/mixed") {
        return Ok((body, None));
    }
    let parts = parts(boundary(kind)?, body)?;
    let [statements, attachments @ ..] = &parts[..] else { return Err(invalid("aucune partie")) };
    if !media_type(statements.header("content-type")?.unwrap_or_default()).eq_ignore_ascii_case("application/json") {
        return Err(invalid("la première partie doit être les énoncés, en application/json"));
    }
    let digests = attachments.iter().map(digest_of).collect::<Result<_, _>>()?;
    Ok((statements.content, Some(digests)))
}

/// The same of a body whose first line is the boundary when it has several parts, for what looks for bytes that break it.
#[cfg(any(test, fuzzing))]
pub(super) fn exercise(body: &[u8]) -> Result<(&[u8], Option<BTreeSet<String>>), Problem> {
    let line = body.strip_prefix(b"--").and_then(|body| body.split(|byte| *byte == b'\r').next());
    let kind = line.map(|boundary| format!("multipart/mixed; boundary={}", String::from_utf8_lossy(boundary)));
    let kind = kind.and_then(|kind| kind.parse().ok());
    open(&kind.map(|kind| (CONTENT_TYPE, kind)).into_iter().collect(), body)
}

/// The attachments that came, held against those of the statements: each is one of theirs, and those that are nowhere else are there.
pub(super) struct Attached<'c> {
    came: &'c BTreeSet<String>,
    /// Those of them that statements named.
    named: BTreeSet<String>,
}

impl<'c> Attached<'c> {
    pub(super) fn new(came: &'c BTreeSet<String>) -> Self {
        Self { came, named: BTreeSet::new() }
    }

    /// Takes note of the attachments of a statement.
    pub(super) fn meet(&mut self, statement: &Map<String, Value>) -> Result<(), Problem> {
        let inside = statement.get("object").and_then(|object| object.get("attachments"));
        let lists = statement.get("attachments").into_iter().chain(inside);
        for attachment in lists.filter_map(Value::as_array).flatten() {
            let digest = attachment.get("sha2").and_then(Value::as_str).map(str::to_lowercase);
            let is_elsewhere = attachment.get("fileUrl").is_some_and(Value::is_string);
            match digest {
                Some(digest) if self.came.contains(&digest) => drop(self.named.insert(digest)),
                Some(_) if is_elsewhere => {}
                _ => return Err(invalid("une pièce jointe annoncée n’est ni jointe (sha2) ni ailleurs (fileUrl)")),
            }
        }
        Ok(())
    }

    /// Refuses what came and is of no statement, once all are met.
    pub(super) fn finish(&self) -> Result<(), Problem> {
        match self.came.difference(&self.named).next() {
            Some(digest) => Err(invalid(&format!("la pièce jointe {digest} n’est celle d’aucun énoncé"))),
            None => Ok(()),
        }
    }
}

fn invalid(reason: &str) -> Problem {
    Problem::Invalid(format!("multipart/mixed : {reason}"))
}

fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

fn boundary(kind: &str) -> Result<&str, Problem> {
    let mut parameters = kind.split(';').skip(1).filter_map(|parameter| parameter.trim().split_once('='));
    let found = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"));
    let value = found.map(|(_, value)| value.trim().trim_matches('"')).unwrap_or_default();
    let fits = (1..=MAX_BOUNDARY).contains(&value.len());
    if fits { Ok(value) } else { Err(invalid("« boundary » est attendu dans Content-Type, de 1 à 70 caractères")) }
}

/// What is between the lines that begin with the boundary.
fn parts<'b>(boundary: &str, body: &'b [u8]) -> Result<Vec<Part<'b>>, Problem> {
    let cut = || invalid("la dernière partie n’est pas fermée");
    let delimiter = format!("\r\n--{boundary}");
    // The first line may be the first of the body.
    let mut rest = match body.strip_prefix(&delimiter.as_bytes()[2..]) {
        Some(rest) => rest,
        None => after(body, &delimiter).ok_or_else(|| invalid("aucune ligne n’est celle de « boundary »"))?.1,
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        // Blanks may follow the boundary on its line.
        let (blanks, part) = after(rest, "\r\n").ok_or_else(cut)?;
        if !blanks.trim_ascii().is_empty() || parts.len() == MAX_PARTS {
            return Err(invalid("« boundary » est suivi d’autre chose, ou il y a trop de parties"));
        }
        let (content, next) = after(part, &delimiter).ok_or_else(cut)?;
        parts.push(Part::read(content)?);
        rest = next;
    }
    Ok(parts)
}

/// What is before a text, and what is after.
fn after<'b>(bytes: &'b [u8], text: &str) -> Option<(&'b [u8], &'b [u8])> {
    let at = memmem::find(bytes, text.as_bytes())?;
    Some((&bytes[..at], &bytes[at + text.len()..]))
}

impl<'b> Part<'b> {
    fn read(bytes: &'b [u8]) -> Result<Self, Problem> {
        let unreadable = || invalid("les en-têtes d’une partie sont illisibles");
        let (headers, content) = match bytes.strip_prefix(b"\r\n") {
            Some(content) => (&b""[..], content),
            None => after(bytes, "\r\n\r\n").ok_or_else(unreadable)?,
        };
        Ok(Self { headers: std::str::from_utf8(headers).map_err(|_| unreadable())?, content })
    }

    fn header(&self, name: &str) -> Result<Option<&'b str>, Problem> {
        for line in self.headers.split("\r\n").filter(|line| !line.is_empty()) {
            let (found, value) =
                line.split_once(':').ok_or_else(|| invalid("un en-tête d’une partie est illisible"))?;
            if found.trim().eq_ignore_ascii_case(name) {
                return Ok(Some(value.trim()));
            }
        }
        Ok(None)
    }
}

/// The digest that a part says it has, and has.
fn digest_of(part: &Part<'_>) -> Result<String, Problem> {
    if !part.header("content-transfer-encoding")?.is_some_and(|how| how.eq_ignore_ascii_case("binary")) {
        return Err(invalid("« Content-Transfer-Encoding: binary » est attendu de chaque pièce jointe"));
    }
    let told = part.header("x-experience-api-hash")?.unwrap_or_default().to_lowercase();
    let found = match told.len() {
        96 => hex::encode(Sha384::digest(part.content)),
        128 => hex::encode(Sha512::digest(part.content)),
        _ => hex::encode(Sha256::digest(part.content)),
    };
    if told == found {
        Ok(told)
    } else {
        Err(invalid("une pièce jointe n’a pas l’empreinte SHA-2 que dit son en-tête X-Experience-API-Hash"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body of these parts, and its digests or why it is refused.
    fn read(kind: &str, body: &[u8]) -> Result<(String, usize), String> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().expect("a header"))]);
        let (statements, came) = open(&headers, body).map_err(|problem| problem.to_string())?;
        Ok((String::from_utf8_lossy(statements).into_owned(), came.map_or(0, |came| came.len())))
    }

    const MIXED: &str = "multipart/mixed; boundary=\"a b\"";

    fn attachment(headers: &str, content: &str) -> String {
        format!("--a b\r\n{headers}\r\n\r\n{content}\r\n")
    }

    fn whole(attachments: &str) -> String {
        format!("--a b  \r\ncontent-type: Application/JSON; charset=utf-8\r\n\r\n[]\r\n{attachments}--a b--\r\nrien")
    }

    #[test]
    fn the_first_part_is_the_statements_and_the_others_are_told_by_their_digests() {
        let headers = |content: &str| {
            let digest = hex::encode(Sha256::digest(content)).to_uppercase();
            format!("Content-Type: image/png\r\nContent-Transfer-Encoding: BINARY\r\nX-Experience-API-Hash: {digest}")
        };
        let long = hex::encode(Sha512::digest("x"));
        let long = format!("Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {long}");
        for (attachments, count) in [
            (String::new(), 0),
            (attachment(&headers("une\r\n--a\r\n\r\nimage"), "une\r\n--a\r\n\r\nimage"), 1),
            ([attachment(&headers(""), ""), attachment(&long, "x")].concat(), 2),
        ] {
            assert_eq!(read(MIXED, whole(&attachments).as_bytes()), Ok(("[]".to_owned(), count)));
            let preceded = format!("préambule\r\n{}", whole(&attachments));
            assert_eq!(read(MIXED, preceded.as_bytes()), Ok(("[]".to_owned(), count)));
        }
        assert_eq!(read("application/json", b"{}"), Ok(("{}".to_owned(), 0)));
    }

    #[test]
    fn what_the_specification_does_not_allow_is_refused() {
        let good = format!("X-Experience-API-Hash: {}", hex::encode(Sha256::digest("x")));
        let binary = "Content-Transfer-Encoding: binary";
        for (kind, body, expected) in [
            ("multipart/mixed", whole(""), "boundary"),
            ("multipart/mixed; boundary=autre", whole(""), "aucune ligne"),
            (MIXED, "--a b--".into(), "aucune partie"),
            (MIXED, "--a b\r\n\r\n[]\r\n--a b--".into(), "première partie"),
            (MIXED, whole(&attachment(&good, "x")), "binary"),
            (MIXED, whole(&attachment(binary, "x")), "SHA-2"),
            (MIXED, whole(&attachment(&format!("{binary}\r\n{good}"), "y")), "SHA-2"),
            (MIXED, whole(&attachment(&format!("{binary}\r\nzut"), "y")), "illisible"),
            (MIXED, whole("").replace("--a b--", "--a b"), "pas fermée"),
            (MIXED, whole("").replace("--a b  ", "--a b x"), "autre chose"),
        ] {
            let problem = read(kind, body.as_bytes()).expect_err(expected);
            assert!(problem.contains(expected), "{expected}: {problem}");
        }
    }

    #[test]
    fn attachments_are_those_of_the_statements() {
        let came = BTreeSet::from(["aa".to_owned()]);
        for (statement, expected) in [
            (r#"{"attachments":[{"sha2":"AA"}]}"#, None),
            (r#"{"object":{"attachments":[{"sha2":"aa"},{"sha2":"bb","fileUrl":"https://x"}]}}"#, None),
            (r#"{"attachments":[{"sha2":"aa"},{"sha2":"bb"}]}"#, Some("ni jointe")),
            (r#"{"attachments":[{"sha2":"bb","fileUrl":"https://x"}]}"#, Some("aucun énoncé")),
            ("{}", Some("aucun énoncé")),
        ] {
            let statement = serde_json::from_str(statement).expect("a statement");
            let mut attached = Attached::new(&came);
            let said =
                attached.meet(&statement).and_then(|()| attached.finish()).err().map(|problem| problem.to_string());
            assert_eq!(said.is_some(), expected.is_some(), "{said:?}");
            assert!(said.unwrap_or_default().contains(expected.unwrap_or_default()));
        }
    }
}
