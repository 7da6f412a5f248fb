//! What people keep and hand on, as HTML that the server makes: forms that a browser sends by itself, without any script.

mod page;
mod qr;
mod share_form;
mod tools;

pub(crate) use page::{PageRequest, failed};
pub(crate) use qr::qr_code;
pub(crate) use share_form::share_form;
pub(crate) use tools::tools;
