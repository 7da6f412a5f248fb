//! Cookies: read by name, written with everything that keeps them where they belong.

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::TimeDelta;

/// Where cookies go: only to this host, and by https when it is what people use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookies {
    /// Whether people use https.
    pub secure: bool,
}

impl Cookies {
    /// The name of a cookie. With the prefix, browsers take it from nobody but this very host, by https.
    pub fn name(self, name: &str) -> String {
        if self.secure { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// The value of a cookie; None when there is none, or when there are several, of which one is not ours.
    pub fn read<'h>(self, headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
        let name = self.name(name);
        let mut values = pairs(headers).filter(|(other, _)| *other == name).map(|(_, value)| value);
        let first = values.next()?;
        values.next().is_none().then_some(first)
    }

    /// The cookies whose name begins with `prefix`: what follows it, and the value.
    pub fn list<'h>(self, headers: &'h HeaderMap, prefix: &str) -> Vec<(&'h str, &'h str)> {
        let prefix = self.name(prefix);
        let named = pairs(headers).filter_map(|(name, value)| Some((name.strip_prefix(&prefix)?, value)));
        named.collect()
    }

    /// Sets a cookie; for as long as the browser is open without a time.
    pub fn set(self, headers: &mut HeaderMap, name: &str, value: &str, time: Option<TimeDelta>) {
        let age = time.map(|time| format!("; Max-Age={}", time.num_seconds())).unwrap_or_default();
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{}={value}; Path=/{age}{secure}; HttpOnly; SameSite=Lax", self.name(name));
        // Values are ours: letters, digits and a few signs.
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.append(header::SET_COOKIE, value);
        }
    }

    /// Takes a cookie away.
    pub fn clear(self, headers: &mut HeaderMap, name: &str) {
        self.set(headers, name, "", Some(TimeDelta::zero()));
    }
}

/// The names and the values of all cookies.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_by_its_name_when_there_is_one() {
        let of = |texts: &[&str]| {
            let mut headers = HeaderMap::new();
            for text in texts {
                headers.append(header::COOKIE, HeaderValue::from_str(text).expect("a header"));
            }
            Cookies { secure: true }.read(&headers, "vigie").map(str::to_owned)
        };
        assert_eq!(of(&["a=b; __Host-vigie=x; c=d"]), Some("x".into()));
        assert_eq!(of(&["a=b", "__Host-vigie=x"]), Some("x".into()));
        for none in [&["vigie=x"][..], &["__Host-vigie=x; __Host-vigie=y"], &["__Host-vigie"], &[]] {
            assert_eq!(of(none), None, "{none:?}");
        }
    }

    #[test]
    fn cookies_are_listed_by_the_beginning_of_their_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; vigie-1=x; __Host-vigie-2=y"));
        headers.append(header::COOKIE, HeaderValue::from_static("vigie-3=; vigie=z"));
        assert_eq!(Cookies { secure: false }.list(&headers, "vigie-"), [("1", "x"), ("3", "")]);
        assert_eq!(Cookies { secure: true }.list(&headers, "vigie-"), [("2", "y")]);
    }

    #[test]
    fn a_cookie_stays_on_its_host_and_out_of_scripts() {
        let set = |secure| {
            let mut headers = HeaderMap::new();
            Cookies { secure }.set(&mut headers, "vigie", "x", Some(TimeDelta::hours(1)));
            headers[header::SET_COOKIE].to_str().expect("text").to_owned()
        };
        assert_eq!(set(true), "__Host-vigie=x; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax");
        assert_eq!(set(false), "vigie=x; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax");
    }
}
