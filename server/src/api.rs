//! What is served besides pages: the answer to a search as a file, behind the path of the page.

pub mod answer;
pub mod csv;
pub mod group;
pub mod json;

#[cfg(test)]
mod tests;
