//! How answers travel: JSON, read as text.
//!
//! Leptos reads the data of a page as text and the answer of a server function as bytes. Each way compiles its own reader of
//! every type of the answer: reading both as text makes the client smaller.

use leptos::server_fn::codec::Post;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// JSON, written and read as text.
#[derive(Debug)]
pub struct JsonText;

/// The output of a server function that answers in [`JsonText`].
pub type JsonTextOutput = Post<JsonText>;

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonText {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_string(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonText {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        // What is not text is not JSON either: the reader says so.
        serde_json::from_str(std::str::from_utf8(&bytes).unwrap_or_default())
    }
}
