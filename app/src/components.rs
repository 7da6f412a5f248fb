//! What pages are made of. No component here asks the server anything.

mod errors;
mod footer;
mod form;
mod header;
mod icon;
mod result;

pub use errors::Failure;
pub use footer::Footer;
pub use form::SearchForm;
pub use header::Header;
pub use icon::Icon;
pub use result::AnswerPanel;
#[cfg(feature = "ssr")]
pub(crate) use result::figure::drawings;
#[cfg(feature = "ssr")]
pub(crate) use result::table::table_section;
