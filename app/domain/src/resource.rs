//! The identifiers of resources: one resource is one, however its sources spell the scheme of its ARK.

use std::borrow::Cow;

/// How the GAR writes the scheme.
const SCHEME: &str = "ark:/";

/// The identifier of a resource as the GAR writes it.
///
/// An ARK is the same whoever resolves it (`https://n2t.net/ark:/12345/x`), with or without the slash after its scheme, and whatever the
/// case of that (draft-kunze-ark, « Normalization and Lexical Equivalence »); some catalogues leave the colon out (`ark/12345/x`). Nothing
/// else is touched: hyphens, case and a slash at the end, which the draft makes nothing of or less of, tell resources apart in the names that
/// publishers give (`ark:/1/TOME-1-12`, `ark:/1/TOME-11-2`), and the GAR compares them as they are.
pub fn canonical(id: &str) -> Cow<'_, str> {
    if id.starts_with(SCHEME) {
        return Cow::Borrowed(id);
    }
    match named(without_resolver(id)) {
        Some(named) => Cow::Owned(format!("{SCHEME}{named}")),
        None => Cow::Borrowed(id),
    }
}

/// What follows the address of a resolver.
fn without_resolver(id: &str) -> &str {
    let address = strip(id, "https://").or_else(|| strip(id, "http://"));
    let path = address.and_then(|address| address.split_once('/'));
    path.filter(|(host, _)| !host.is_empty()).map_or(id, |(_, path)| path)
}

/// The authority and the name of an ARK, without its scheme.
fn named(ark: &str) -> Option<&str> {
    let (named, has_colon) = match (strip(ark, "ark:"), strip(ark, "ark/")) {
        (Some(rest), _) => (rest.strip_prefix('/').unwrap_or(rest), true),
        (None, rest) => (rest?, false),
    };
    let (authority, name) = named.split_once('/')?;
    let is_authority = authority.bytes().all(|byte| byte.is_ascii_digit() || has_colon && byte.is_ascii_lowercase());
    // Without a colon, nothing but the five digits of an authority tells an ARK from a path.
    let is_long = if has_colon { !authority.is_empty() } else { authority.len() >= 5 };
    (is_authority && is_long && !name.is_empty()).then_some(named)
}

/// What follows a prefix, whatever its case.
fn strip<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_spellings_of_a_scheme_are_one() {
        for spelt in [
            "ark:/12345/x-Y/2.3",
            "ark:12345/x-Y/2.3",
            "ARK:/12345/x-Y/2.3",
            "Ark:12345/x-Y/2.3",
            "ark/12345/x-Y/2.3",
            "https://n2t.net/ark:/12345/x-Y/2.3",
            "http://ark.bnf.fr/ark:12345/x-Y/2.3",
            "HTTPS://N2T.NET/ARK:/12345/x-Y/2.3",
            "https://host:8080/ark/12345/x-Y/2.3",
        ] {
            assert_eq!(canonical(spelt), "ark:/12345/x-Y/2.3");
        }
    }

    #[test]
    fn what_may_be_another_resource_stays_as_it_is() {
        for id in [
            "",
            "ark:",
            "ark:/",
            "ark:12345",
            "ark:12345/",
            "ark:/12345/x-1",
            "ark:/12345/x1",
            "ark:/12345/X1",
            "ark:/12345/x1/",
            "ark/x/1",
            "ark/1/2",
            "arkanoid:12345/x",
            "http:///ark:/12345/x",
            "https://host/path/ark:/12345/x",
            "https://host/?id=ark:/12345/x",
            "urn:isbn:9782",
            "é",
            "http://é",
        ] {
            assert_eq!(canonical(id), id);
        }
    }

    proptest! {
        #[test]
        fn what_is_canonical_stays_so(id in "(https?://[a-z]{0,3}/)?(ark|ARK|arK)?:?/{0,2}[0-9a-z]{0,6}/?[a-zé/:-]{0,6}") {
            let once = canonical(&id).into_owned();
            prop_assert_eq!(canonical(&once), &*once);
        }
    }
}
