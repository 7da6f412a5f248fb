//! The token that says who somebody is: nearly every one is refused.

use super::{FAILED, Pair, as_it_is};
use crate::provider::{Alter, CLIENT, SECRET, end};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_that_does_not_hold_signs_nobody_in() {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 13] = [
        ("expired", |claims| claims["exp"] = (claims["exp"].as_i64().expect("a time") - 400).into()),
        ("without an end", |claims| drop(claims.as_object_mut().expect("claims").remove("exp"))),
        ("not to be used yet", |claims| claims["nbf"] = (claims["iat"].as_i64().expect("a time") + 7_200).into()),
        ("issued tomorrow", |claims| claims["iat"] = (claims["iat"].as_i64().expect("a time") + 86_400).into()),
        ("for another client", |claims| claims["aud"] = "somebody-else".into()),
        ("for another client too", |claims| claims["aud"] = json!([CLIENT, "somebody-else"])),
        ("for nobody", |claims| drop(claims.as_object_mut().expect("claims").remove("aud"))),
        ("handed by another client", |claims| claims["azp"] = "somebody-else".into()),
        ("of another provider", |claims| claims["iss"] = "https://evil.example".into()),
        ("of another sign-in", |claims| claims["nonce"] = "another".into()),
        ("of no sign-in", |claims| drop(claims.as_object_mut().expect("claims").remove("nonce"))),
        ("about another access", |claims| claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into()),
        ("about nobody", |claims| drop(claims.as_object_mut().expect("claims").remove("sub"))),
    ];
    for (what, change) in changes {
        let pair = Pair::new().await;
        assert_eq!(end(&pair.sign_in(change, as_it_is).await), FAILED, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_whose_signature_does_not_hold_signs_nobody_in() {
    fn with_head(token: String, head: &str, signature: &str) -> String {
        let claims = token.split('.').nth(1).expect("claims");
        format!("{}.{claims}.{signature}", BASE64_URL_SAFE_NO_PAD.encode(head))
    }
    let alterations: [(&str, Alter); 6] = [
        ("none", |token| with_head(token, r#"{"alg":"none"}"#, "")),
        ("none, with a signature", |token| with_head(token, r#"{"alg":"none"}"#, "AAAA")),
        ("the secret that we share", |token| {
            let text = with_head(token, r#"{"alg":"HS256"}"#, "");
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
            mac.update(text.trim_end_matches('.').as_bytes());
            text + &BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        }),
        ("altered claims", |token| {
            let parts: Vec<&str> = token.split('.').collect();
            let claims = BASE64_URL_SAFE_NO_PAD.decode(parts[1]).expect("claims");
            let claims = String::from_utf8(claims).expect("text").replace("9999991F", "9999992G");
            format!("{}.{}.{}", parts[0], BASE64_URL_SAFE_NO_PAD.encode(claims), parts[2])
        }),
        ("cut", |token| token.rsplit_once('.').map(|(rest, _)| format!("{rest}.")).expect("a signature")),
        ("no token", |_| "token".into()),
    ];
    for (what, alter) in alterations {
        let pair = Pair::new().await;
        assert_eq!(end(&pair.sign_in(|_| (), alter).await), FAILED, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_that_the_provider_changed_are_asked_again_and_those_of_others_are_refused() {
    let pair = Pair::new().await;
    assert!(end(&pair.sign_in(|_| (), as_it_is).await).1);
    pair.app.wait(TimeDelta::minutes(1));
    pair.provider.tell(|script| (script.key, script.keys) = (2, vec![2]));
    assert!(end(&pair.sign_in(|_| (), as_it_is).await).1, "the new key is found");
    pair.app.wait(TimeDelta::minutes(1));
    pair.provider.tell(|script| script.key = 3);
    assert_eq!(end(&pair.sign_in(|_| (), as_it_is).await), FAILED);
    // Nobody makes us ask for keys again and again.
    let asked = {
        let mut asked = 0;
        pair.provider.tell(|script| asked = script.keys_asked);
        asked
    };
    assert_eq!(end(&pair.sign_in(|_| (), as_it_is).await), FAILED);
    pair.provider.tell(|script| assert_eq!(script.keys_asked, asked));
}
