//! The life of the chart in the browser: loaded when somebody looks at it, then drawn anew for each answer.

use crate::browser::echarts::{self, ChartHandle};
use crate::browser::visibility;
use crate::charts::ChartOption;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The chart that lives in the browser, from the first look at it.
#[derive(Clone, Copy)]
pub(super) struct LiveChart {
    /// Where it is drawn.
    pub(super) element: NodeRef<Div>,
    /// Once there is one.
    handle: StoredValue<Option<ChartHandle>>,
    /// What it must show.
    option: StoredValue<Option<ChartOption>>,
    /// Whether loading was asked for.
    is_loading: StoredValue<bool>,
    /// Whether the page runs in a browser, and the chart can be walked through.
    pub(super) has_begun: RwSignal<bool>,
    /// Whether it could not be made; what was drawn before may then be out of date.
    pub(super) has_failed: RwSignal<bool>,
}

impl LiveChart {
    /// One that shows nothing yet.
    pub(super) fn new() -> Self {
        Self {
            element: NodeRef::new(),
            handle: StoredValue::new(None),
            option: StoredValue::new(None),
            is_loading: StoredValue::new(false),
            has_begun: RwSignal::new(false),
            has_failed: RwSignal::new(false),
        }
    }

    /// Shows an option, or keeps it for when the chart begins to live. The first one is what the server has drawn: it waits
    /// until somebody looks at it.
    pub(super) fn show(self, option: Option<ChartOption>) {
        let is_first = !self.has_begun.get_untracked();
        self.option.set_value(option);
        if is_first {
            self.has_begun.set(true);
            if let Some(element) = self.element.get_untracked() {
                visibility::when_seen_and_idle(&element, move || self.begin());
            }
        } else {
            self.begin();
            self.update();
        }
    }

    /// Loads the bundle and takes the drawing over, once.
    pub(super) fn begin(self) {
        let has_something = self.option.try_with_value(Option::is_some).unwrap_or(false);
        if !has_something || self.is_loading.try_get_value().unwrap_or(true) {
            return;
        }
        self.is_loading.set_value(true);
        spawn_local(async move {
            let loaded = echarts::load().await;
            // The page may have been left meanwhile.
            let Some(Some(element)) = self.element.try_get_untracked() else { return };
            let Some(Some(option)) = self.option.try_get_value() else {
                self.is_loading.try_update_value(|is_loading| *is_loading = false);
                return;
            };
            match loaded.and_then(|()| echarts::mount(&element, &option)) {
                Ok(handle) => {
                    self.handle.try_update_value(|slot| *slot = Some(handle));
                    self.has_failed.set(false);
                }
                Err(_) => {
                    self.is_loading.set_value(false);
                    self.has_failed.set(true);
                }
            }
        });
    }

    /// Lets go of the chart.
    pub(super) fn dispose(self) {
        self.handle.set_value(None);
    }

    /// Draws the option in the chart, when there are both.
    fn update(self) {
        self.option.with_value(|option| {
            self.handle.with_value(|handle| {
                if let (Some(option), Some(handle)) = (option, handle) {
                    self.has_failed.set(handle.update(option).is_err());
                }
            });
        });
    }

    /// Shows the tooltip of a bucket.
    pub(super) fn point_at(self, bucket: usize) {
        self.begin();
        self.handle.with_value(|handle| handle.as_ref().and_then(|handle| handle.show_point(bucket)));
    }

    /// Hides the tooltip.
    pub(super) fn leave(self) {
        self.handle.with_value(|handle| {
            if let Some(handle) = handle {
                handle.hide_point();
            }
        });
    }
}
