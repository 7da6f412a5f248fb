//! The schools of a person.

use super::JsonTextOutput;
use crate::error::AppError;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use vigie_domain::result::School;

/// The schools that the person may see, in the order of their names; empty before the first import.
#[server(prefix = "/api", endpoint = "etablissements", input = GetUrl, output = JsonTextOutput)]
pub async fn list_schools() -> Result<Vec<School>, AppError> {
    use vigie_domain::ports::PortError;
    let (ports, viewer) = super::context()?;
    match ports.statistics.schools(&viewer).await {
        // No school is a state of the page, not an error of this question.
        Err(PortError::NoSchool) => Ok(Vec::new()),
        other => crate::error::answer(other.map_err(AppError::from)),
    }
}
