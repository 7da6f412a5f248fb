//! What only a browser can do. The only place with wasm-bindgen: each file has a browser body and a body that does nothing.

pub mod echarts;
