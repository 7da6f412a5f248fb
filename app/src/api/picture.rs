//! The picture of an answer.

use super::JsonTextOutput;
use crate::charts::ChartOption;
use crate::error::AppError;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// What the browser draws to make the picture of the search whose address form is `question`, on a dark background or not.
#[server(prefix = "/api", endpoint = "image", input = GetUrl, output = JsonTextOutput)]
pub async fn picture(question: String, is_dark: bool) -> Result<ChartOption, AppError> {
    use crate::charts::{self, Theme};
    let theme = if is_dark { Theme::Dark } else { Theme::Light };
    crate::error::answer(super::figures(&question).await.map(|result| charts::picture(&result, theme)))
}
