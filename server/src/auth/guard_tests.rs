use super::*;

fn public(url: &str) -> Names {
    Names::public(&Url::parse(url).expect("an address")).expect("a name")
}

#[test]
fn a_server_answers_to_its_names_only() {
    let local = Names::Local;
    for (names, host, holds) in [
        (&local, "localhost:3000", true),
        (&local, "127.0.0.1", true),
        (&local, "[::1]:3000", true),
        (&local, "vigie.example", false),
        (&local, "localhost.example:3000", false),
        (&local, "", false),
        (&public("https://vigie.example"), "vigie.example", true),
        (&public("https://vigie.example"), "VIGIE.example:443", true),
        (&public("https://vigie.example"), "vigie.example:80", false),
        (&public("https://vigie.example"), "localhost", false),
        (&public("https://vigie.example"), "evil.vigie.example", false),
        (&public("http://localhost:4000"), "localhost:4000", true),
        (&public("http://localhost:4000"), "localhost", false),
        (&public("http://localhost:4000"), "127.0.0.1:4000", false),
    ] {
        assert_eq!(names.hold(host), holds, "{names:?} {host}");
    }
}

#[test]
fn a_write_comes_from_a_page_of_the_same_origin() {
    let of = |pairs: &[(&'static str, &str)]| {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).expect("a value"));
        }
        comes_from("https://vigie.example", &headers)
    };
    for (pairs, comes) in [
        (&[("sec-fetch-site", "same-origin"), ("origin", "https://vigie.example")][..], true),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("origin", "https://vigie.example")], true),
        (&[], false),
        (&[("origin", "null")], false),
        (&[("origin", "http://vigie.example")], false),
        (&[("origin", "https://other.example")], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site"), ("origin", "https://vigie.example")], false),
        (&[("sec-fetch-site", "same-origin"), ("origin", "https://other.example")], false),
    ] {
        assert_eq!(of(pairs), comes, "{pairs:?}");
    }
}

#[test]
fn what_is_open_is_named_and_the_rest_is_closed() {
    for open in ["/connexion", "/connexion/oidc", "/connexion/cas/retour", "/deconnexion", "/aide", "/accessibilite"] {
        assert!(is_open(open), "{open}");
    }
    for closed in ["/", "/statistiques", "/statistiques.csv", "/api/recherche", "/connexions", "/favoris", "/aide/x"] {
        assert!(!is_open(closed), "{closed}");
    }
    for file in ["/pkg/vigie-client.js", "/vigie.css", "/icons.svg"] {
        assert!(is_static(file), "{file}");
    }
    assert!(!is_static("/statistiques.svg"));
}

#[test]
fn what_a_proxy_brings_does_not_come_from_here() {
    use axum::body::Body;
    let of = |peer: Option<&str>, version: Version, header: Option<(&str, &str)>| {
        let mut request = Request::builder().version(version).uri("/");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        if let Some(peer) = peer {
            request = request.extension(ConnectInfo::<SocketAddr>(peer.parse().expect("an address")));
        }
        is_from_here(&request.body(Body::empty()).expect("a request"))
    };
    let here = Some("127.0.0.1:5000");
    for peer in [here, Some("[::1]:5000"), Some("[::ffff:127.0.0.1]:5000"), Some("127.8.8.8:1")] {
        assert!(of(peer, Version::HTTP_11, Some(("accept", "text/html"))), "{peer:?}");
    }
    for peer in [None, Some("192.0.2.1:5000"), Some("[2001:db8::1]:5000"), Some("[::ffff:192.0.2.1]:5000")] {
        assert!(!of(peer, Version::HTTP_11, None), "{peer:?}");
    }
    for name in ["Forwarded", "X-Forwarded-For", "x-forwarded-host", "X-Forwarded-Proto", "X-Real-IP", "Via"] {
        assert!(!of(here, Version::HTTP_11, Some((name, "192.0.2.1"))), "{name}");
    }
    assert!(!of(here, Version::HTTP_10, None), "as nginx speaks when it is told nothing");
    assert!(of(here, Version::HTTP_2, None));
}
