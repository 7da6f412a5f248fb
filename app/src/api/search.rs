//! The answer to a search.

use super::JsonTextOutput;
use crate::answer::Answer;
use crate::error::AppError;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// Answers the search whose address form is `question`. An address that cannot be understood is refused with its field.
#[server(prefix = "/api", endpoint = "recherche", input = GetUrl, output = JsonTextOutput)]
pub async fn search(question: String) -> Result<Answer, AppError> {
    crate::error::answer(on_the_server(&question).await)
}

#[cfg(feature = "ssr")]
async fn on_the_server(question: &str) -> Result<Answer, AppError> {
    let (ports, viewer) = super::context()?;
    let mut result = super::figures(question).await?;
    // What leaves the page by a link says which school it is about: whoever follows it may be elsewhere, or arrive in another one.
    result.search.school = Some(result.school.uai.clone());
    let answer = Answer::new(result);
    let tools = crate::kept::tools(&ports, &viewer, &answer.result.search, &answer.result.school.uai).await;
    Ok(Answer { tools, ..answer })
}
