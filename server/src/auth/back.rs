//! Where people go once they are signed in: back where they were, and never elsewhere.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use vigie_app::routes;

/// The longest address that is gone back to.
const MAX_BYTES: usize = 2_000;

/// What is written otherwise in the value of a field of an address.
const VALUE: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'+').add(b'<').add(b'>').add(b'?');

/// An address of this server, from its path on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back(String);

impl Back {
    /// Reads an address, without what was said there; the statistics when it is not one to go back to.
    pub fn read(text: Option<&str>) -> Self {
        let address = text.filter(|text| is_ours(text)).unwrap_or(routes::STATISTICS);
        Self(without_messages(address))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The page where one signs in, from which one comes back here.
    pub fn by_way_of_sign_in(&self) -> String {
        format!("{}?retour={}", routes::SIGN_IN, utf8_percent_encode(&self.0, VALUE))
    }
}

/// An address without what was just said there.
fn without_messages(address: &str) -> String {
    let (page, place) = address.split_at(address.find('#').unwrap_or(address.len()));
    let Some((path, query)) = page.split_once('?') else { return address.to_owned() };
    let rest = routes::without_messages(query);
    if rest.is_empty() { format!("{path}{place}") } else { format!("{path}?{rest}{place}") }
}

/// Whether a text is an address of a page of ours. Browsers read `//a`, `/\a` and what a tab hides as another host.
fn is_ours(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= MAX_BYTES
        && bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && ![routes::SIGN_IN, routes::SIGN_OUT, "/api/"].iter().any(|path| text.starts_with(path))
}

/// The value of a field of an address, decoded.
pub fn field(query: &str, name: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let spaced = value.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(|value| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_host() {
        for ours in ["/statistiques?du=2025-09-01&au=2026-07-03", "/aide", "/", "/statistiques?a=%2F%2Fexample.org"] {
            assert_eq!(Back::read(Some(ours)).as_str(), ours);
        }
        for other in [
            "",
            "statistiques",
            "//example.org",
            "/\\example.org",
            "/\t/example.org",
            "/a\\b",
            "https://example.org",
            "javascript:alert(1)",
            "/é",
            "/a\r\nSet-Cookie: a=b",
            "/connexion?retour=/connexion",
            "/deconnexion",
            "/api/recherche",
            &format!("/{}", "a".repeat(MAX_BYTES)),
        ] {
            assert_eq!(Back::read(Some(other)).as_str(), "/statistiques", "{other}");
        }
        assert_eq!(Back::read(None).as_str(), "/statistiques");
    }

    #[test]
    fn what_was_said_at_an_address_is_not_said_again() {
        for (address, expected) in [
            ("/favoris?etablissement=9999991F&erreur=plein#mes-favoris", "/favoris?etablissement=9999991F#mes-favoris"),
            ("/favoris?retire=a1", "/favoris"),
            ("/exports?fait=demande&etablissement=9999991F", "/exports?etablissement=9999991F"),
            ("/partages?etablissement=9999991F&lien=a1", "/partages?etablissement=9999991F&lien=a1"),
        ] {
            assert_eq!(Back::read(Some(address)).as_str(), expected);
        }
    }

    #[test]
    fn an_address_comes_back_from_the_page_of_sign_in() {
        let address = "/statistiques?service=acces&du=2025-09-01#résumé".replace("résumé", "resume");
        let link = Back::read(Some(&address)).by_way_of_sign_in();
        assert_eq!(link, "/connexion?retour=/statistiques%3Fservice=acces%26du=2025-09-01%23resume");
        let query = link.split_once('?').map(|(_, query)| query).expect("a query");
        assert_eq!(field(query, "retour").as_deref(), Some(address.as_str()));
        assert_eq!(field("a=1&b=x+y%C3%A9", "b").as_deref(), Some("x yé"));
        assert_eq!(field("ab=1", "a"), None);
        assert_eq!(field("a=%FF", "a"), None);
    }
}
