//! Addresses, and what a server is told before it is trusted. The connections to a real server are in `store/tests/encryption.rs`.

use super::*;
use crate::store::link::Link;
use std::io::{Read, Write};
use std::net::TcpListener;

fn settings(address: &str) -> (String, Option<Mode>, Option<PathBuf>) {
    take_settings(address).expect("settings")
}

#[test]
fn what_the_client_does_not_know_is_taken_out_of_the_address() {
    let (address, mode, authorities) =
        settings("postgres://v:a%3Fb@h/d?sslmode=verify-full&options=-csearch_path%3Ds&sslrootcert=%2Fetc%2Fca.pem");
    assert_eq!(address, "postgres://v:a%3Fb@h/d?options=-csearch_path%3Ds");
    assert_eq!((mode, authorities), (Some(Mode::VerifyFull), Some(PathBuf::from("/etc/ca.pem"))));
    assert_eq!(settings("postgres://v:a?b@h/d?sslrootcert=system"), ("postgres://v:a?b@h/d?".into(), None, None));
    for whole in ["postgres://v@h/d", "host=h user=v password=what?sslmode=x"] {
        assert_eq!(settings(whole), (whole.into(), None, None));
    }
}

#[test]
fn connections_are_encrypted_when_the_server_can_unless_told_otherwise() {
    let mode =
        |text: &str| Server::parse(text).map(|server| (server.config.get_ssl_mode(), server.encrypted.is_some()));
    for (address, expected) in [
        ("postgres://v@h/d", (SslMode::Prefer, true)),
        ("postgres://v@h/d?sslmode=prefer", (SslMode::Prefer, true)),
        ("postgres://v@h/d?sslmode=disable", (SslMode::Disable, false)),
        ("postgres://v@h/d?sslmode=require", (SslMode::Require, true)),
        ("host=h user=v sslmode=disable", (SslMode::Disable, false)),
    ] {
        assert_eq!(mode(address).expect("a server"), expected, "{address}");
    }
}

#[test]
fn a_cut_network_is_noticed_when_the_address_says_or_after_half_a_minute() {
    let patience = |address: &str| {
        let config = Server::parse(address).expect("a server").config;
        let seconds = |time: Option<&Duration>| time.map(Duration::as_secs);
        (
            seconds(config.get_connect_timeout()),
            seconds(config.get_tcp_user_timeout()),
            config.get_keepalives_idle().as_secs(),
        )
    };
    assert_eq!(patience("postgres://v@h/d"), (Some(10), Some(30), 10));
    let said = "postgres://v@h/d?connect_timeout=3&tcp_user_timeout=90&keepalives_idle=60";
    assert_eq!(patience(said), (Some(3), Some(90), 60));
}

#[test]
fn no_error_repeats_what_the_address_holds() {
    for address in [
        "postgres://v:s3cret@h:port/d",
        "postgres://v:s3cret@h/d?s3cret=1",
        "postgres://v:s3cret@h/d?sslmode=s3cret",
        "postgres://v:x@h/d?sslmode=verify-ca&sslrootcert=%ff&password=s3cret",
        "host=h password=a s3cret=b",
        "s3cret",
    ] {
        let error = Server::parse(address).map(drop).expect_err(address);
        for text in [error.to_string(), format!("{error:?}"), format!("{:#}", anyhow::Error::new(error))] {
            assert!(!text.contains("s3cret"), "{text}");
        }
    }
}

#[test]
fn authorities_that_cannot_be_read_are_named() {
    let address = "postgres://v@h/d?sslmode=verify-full&sslrootcert=/nowhere/ca.pem";
    let error = Server::parse(address).map(drop).expect_err("no file");
    assert!(error.to_string().contains("/nowhere/ca.pem"), "{error}");
}

/// What a client says to a server that cannot encrypt: the request to, then how its next message begins, when there is one.
fn said_to_a_server_that_cannot(mode: &str) -> (Vec<u8>, Vec<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("postgres://v:s3cret@{}/d?sslmode={mode}", listener.local_addr().expect("an address"));
    let client = std::thread::spawn(move || Link::open(&Server::parse(&address).expect("a server")).map(drop));
    let (mut stream, _) = listener.accept().expect("a client");
    let (mut asked, mut next) = (vec![0; 8], Vec::new());
    stream.read_exact(&mut asked).expect("a request");
    stream.write_all(b"N").expect("an answer");
    let mut message = [0; 8];
    if stream.read_exact(&mut message).is_ok() {
        next.extend(message);
    }
    drop(stream);
    client.join().expect("the client ends").expect_err("nobody answers");
    (asked, next)
}

#[test]
fn a_server_that_cannot_encrypt_is_spoken_to_in_clear_only_when_that_is_allowed() {
    let request = [0, 0, 0, 8, 4, 210, 22, 47];
    let (asked, next) = said_to_a_server_that_cannot("prefer");
    assert_eq!((asked.as_slice(), &next[4..]), (&request[..], &[0, 3, 0, 0][..]));
    for mode in ["require", "verify-full"] {
        let (asked, next) = said_to_a_server_that_cannot(mode);
        assert_eq!((asked.as_slice(), next.as_slice()), (&request[..], &[][..]), "{mode}");
    }
}
