//! ECharts in the browser: loads the bundle of `charts/bundle.js`, takes over the drawing that the server made, exports it.
//!
//! Nothing here runs on the server, where every function gives nothing. What the bundle does is written there, in JavaScript;
//! this file holds its declarations and gives back what it takes: a [`ChartHandle`] disposes of its chart when it is dropped.

use crate::charts::ChartOption;
use leptos::web_sys::Element;

/// What could not be done; the chart that the server drew stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ChartError(String);

/// A chart that lives in an element, with its tooltip, its legend and its size that follows the element's.
///
/// Disposed of when dropped: the chart, its listeners and what it wrote in the element.
pub struct ChartHandle(imp::Handle);

impl ChartHandle {
    /// Draws another option in place of the one shown. Nothing of the former remains.
    pub fn update(&self, option: &ChartOption) -> Result<(), ChartError> {
        imp::update(&self.0, option.json())
    }

    /// Fits the chart to its element. It does so by itself when the element changes size.
    pub fn resize(&self) {
        imp::resize(&self.0);
    }

    /// Shows the tooltip of a bucket and gives its text, to be announced; None when there is no such bucket.
    pub fn show_point(&self, bucket: usize) -> Option<String> {
        imp::show_point(&self.0, bucket)
    }

    /// Shows or hides a series (see [`crate::charts::series_names`]), as a click in the legend does.
    pub fn set_visible(&self, name: &str, visible: bool) {
        imp::set_visible(&self.0, name, visible);
    }

    /// Hides the tooltip.
    pub fn hide_point(&self) {
        imp::hide_point(&self.0);
    }
}

impl Drop for ChartHandle {
    fn drop(&mut self) {
        imp::dispose(&self.0);
    }
}

/// Loads the bundle, once. Whoever calls later waits for the same loading; a failed one may be tried again.
pub async fn load() -> Result<(), ChartError> {
    imp::load().await
}

/// Takes over the drawing in an element without a flash: the chart is drawn beside it at the same size, then put in its place.
/// The bundle must have been loaded.
pub fn mount(element: &Element, option: &ChartOption) -> Result<ChartHandle, ChartError> {
    imp::mount(element, option.json()).map(ChartHandle)
}

/// The picture of an option made by [`crate::charts::picture`], as SVG, loading the bundle if need be.
pub async fn svg(option: &ChartOption, width: u32, height: u32) -> Result<String, ChartError> {
    imp::load().await?;
    imp::picture(option.json(), width, height)
}

/// The same picture as a PNG of exactly `width` × `height` pixels, offered to the person as a file.
pub async fn save_png(option: &ChartOption, width: u32, height: u32, name: &str) -> Result<(), ChartError> {
    let svg = svg(option, width, height).await?;
    imp::save_png(&svg, width, height, name).await
}

/// The picture as SVG, offered to the person as a file.
pub async fn save_svg(option: &ChartOption, width: u32, height: u32, name: &str) -> Result<(), ChartError> {
    let svg = svg(option, width, height).await?;
    imp::save_svg(&svg, name)
}

#[cfg(feature = "hydrate")]
mod imp {
    use super::ChartError;
    use js_sys::Promise;
    use leptos::web_sys::{Element, HtmlScriptElement, window};
    use std::cell::RefCell;
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_futures::JsFuture;

    /// Where the server serves the bundle.
    const BUNDLE: &str = "/vendor/echarts.js";

    #[wasm_bindgen]
    extern "C" {
        /// What `mount` gives.
        pub(super) type Handle;

        #[wasm_bindgen(js_namespace = VigieCharts, js_name = mount, catch)]
        fn js_mount(element: &Element, option: &str) -> Result<Handle, JsValue>;
        #[wasm_bindgen(js_namespace = VigieCharts, js_name = update, catch)]
        fn js_update(handle: &Handle, option: &str) -> Result<(), JsValue>;
        #[wasm_bindgen(js_namespace = VigieCharts)]
        pub(super) fn resize(handle: &Handle);
        #[wasm_bindgen(js_namespace = VigieCharts)]
        pub(super) fn dispose(handle: &Handle);
        #[wasm_bindgen(js_namespace = VigieCharts, js_name = showPoint)]
        pub(super) fn show_point(handle: &Handle, bucket: usize) -> Option<String>;
        #[wasm_bindgen(js_namespace = VigieCharts, js_name = hidePoint)]
        pub(super) fn hide_point(handle: &Handle);
        #[wasm_bindgen(js_namespace = VigieCharts, js_name = setVisible)]
        pub(super) fn set_visible(handle: &Handle, name: &str, visible: bool);
        #[wasm_bindgen(js_namespace = VigieCharts, js_name = picture, catch)]
        fn js_picture(option: &str, width: u32, height: u32) -> Result<String, JsValue>;
        #[wasm_bindgen(js_namespace = VigieCharts, js_name = png, catch)]
        fn js_png(svg: &str, width: u32, height: u32) -> Result<Promise, JsValue>;
        #[wasm_bindgen(js_namespace = VigieCharts, js_name = save, catch)]
        fn js_save(content: &JsValue, name: &str, mime: &str) -> Result<(), JsValue>;
    }

    thread_local! {
        static LOADING: RefCell<Option<Promise>> = const { RefCell::new(None) };
    }

    fn error(value: &JsValue) -> ChartError {
        let text = value.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
        ChartError(text.unwrap_or_else(|| "le module des graphiques ne répond pas".into()))
    }

    pub(super) async fn load() -> Result<(), ChartError> {
        let loading = match LOADING.with_borrow(Clone::clone) {
            Some(loading) => loading,
            None => {
                let loading = begin_loading().map_err(|thrown| error(&thrown))?;
                LOADING.set(Some(loading.clone()));
                loading
            }
        };
        JsFuture::from(loading).await.map(drop).map_err(|thrown| {
            LOADING.set(None);
            error(&thrown)
        })
    }

    fn begin_loading() -> Result<Promise, JsValue> {
        let document = window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
        let head = document.head().ok_or(JsValue::NULL)?;
        let script: HtmlScriptElement = document.create_element("script")?.unchecked_into();
        script.set_src(BUNDLE);
        head.append_child(&script)?;
        Ok(Promise::new(&mut |resolve, reject| {
            script.set_onload(Some(&resolve));
            script.set_onerror(Some(&reject));
        }))
    }

    pub(super) fn mount(element: &Element, option: &str) -> Result<Handle, ChartError> {
        js_mount(element, option).map_err(|thrown| error(&thrown))
    }

    pub(super) fn update(handle: &Handle, option: &str) -> Result<(), ChartError> {
        js_update(handle, option).map_err(|thrown| error(&thrown))
    }

    pub(super) fn picture(option: &str, width: u32, height: u32) -> Result<String, ChartError> {
        js_picture(option, width, height).map_err(|thrown| error(&thrown))
    }

    pub(super) async fn save_png(svg: &str, width: u32, height: u32, name: &str) -> Result<(), ChartError> {
        let promise = js_png(svg, width, height).map_err(|thrown| error(&thrown))?;
        let blob = JsFuture::from(promise).await.map_err(|thrown| error(&thrown))?;
        js_save(&blob, name, "image/png").map_err(|thrown| error(&thrown))
    }

    pub(super) fn save_svg(svg: &str, name: &str) -> Result<(), ChartError> {
        js_save(&JsValue::from_str(svg), name, "image/svg+xml").map_err(|thrown| error(&thrown))
    }
}

#[cfg(not(feature = "hydrate"))]
mod imp {
    use super::ChartError;
    use leptos::web_sys::Element;

    pub(super) struct Handle;

    fn nothing<T>() -> Result<T, ChartError> {
        Err(ChartError("le navigateur seul anime les graphiques".into()))
    }

    pub(super) async fn load() -> Result<(), ChartError> {
        nothing()
    }
    pub(super) fn mount(_: &Element, _: &str) -> Result<Handle, ChartError> {
        nothing()
    }
    pub(super) fn update(_: &Handle, _: &str) -> Result<(), ChartError> {
        nothing()
    }
    pub(super) fn resize(_: &Handle) {}
    pub(super) fn dispose(_: &Handle) {}
    pub(super) fn show_point(_: &Handle, _: usize) -> Option<String> {
        None
    }
    pub(super) fn hide_point(_: &Handle) {}
    pub(super) fn set_visible(_: &Handle, _: &str, _: bool) {}
    pub(super) fn picture(_: &str, _: u32, _: u32) -> Result<String, ChartError> {
        nothing()
    }
    pub(super) async fn save_png(_: &str, _: u32, _: u32, _: &str) -> Result<(), ChartError> {
        nothing()
    }
    pub(super) fn save_svg(_: &str, _: &str) -> Result<(), ChartError> {
        nothing()
    }
}
