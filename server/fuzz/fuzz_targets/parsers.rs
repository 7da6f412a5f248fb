//! The parser that `VIGIE_PARSER` names, on bytes from anywhere.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static PARSER: LazyLock<String> = LazyLock::new(|| std::env::var("VIGIE_PARSER").expect("VIGIE_PARSER names a parser"));

fuzz_target!(|bytes: &[u8]| vigie_server::ingest::exercise::run(&PARSER, bytes));
