//! What only a browser can do. The only place with wasm-bindgen: each file has a browser body and a body that does nothing,
//! for the server.

pub mod clipboard;
pub mod dialog;
pub mod echarts;
pub mod form;
pub mod page;
pub mod visibility;
