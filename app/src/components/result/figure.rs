//! The chart with its description. The server draws it; the browser takes the drawing over once it is looked at.

use super::export::Export;
use super::live_chart::LiveChart;
use super::{AnswerResource, words_of};
use crate::answer::Answer;
use crate::charts;
use crate::erase::Erase;
use crate::text;
use crate::walk::{self, Point};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

/// The chart. Its frame lives as long as the page: an answer replaces what is drawn in it.
#[component]
pub(super) fn Figure(answer: AnswerResource) -> impl IntoView {
    let live = LiveChart::new();
    Effect::new(move |_| {
        let option = answer.with(|answer| match answer {
            Some(Ok(answer)) => answer.chart.clone(),
            _ => None,
        });
        live.show(option);
    });
    on_cleanup(move || live.dispose());

    let point = RwSignal::new(None::<Point>);
    let size = move || {
        answer.with_untracked(|answer| match answer {
            Some(Ok(Answer { result, .. })) => (result.series.len(), result.buckets.len()),
            _ => (0, 0),
        })
    };
    let walk = move |event: KeyboardEvent| {
        let (series, buckets) = size();
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        if let Some(next) = walk::follow(&event.key(), point.get_untracked(), series, buckets) {
            event.prevent_default();
            point.set(Some(next));
            live.point_at(next.bucket);
        }
    };
    let leave = move |_| {
        point.set(None);
        live.leave();
    };
    let sentence = Signal::derive(move || {
        let Some(point) = point.get() else { return String::new() };
        answer.with(|answer| match answer {
            Some(Ok(answer)) => text::point(&answer.result, point.series, point.bucket),
            _ => String::new(),
        })
    });
    let is_hidden =
        Signal::derive(move || answer.with(|answer| !matches!(answer, Some(Ok(answer)) if answer.has_figures())));
    let label = words_of(answer, |result| format!("Graphique\u{a0}: {}", charts::title(result)));
    let description = words_of(answer, |result| charts::describe(result).join(" "));
    let begun = move |words: &'static str| Signal::derive(move || live.has_begun.get().then(|| words.to_owned()));
    let role = Signal::derive(move || (if live.has_begun.get() { "application" } else { "img" }).to_owned());
    let is_covered = Signal::derive(move || point.get().is_some());
    view! {
        <figure class="chart" role="figure" aria-labelledby="question" hidden=is_hidden>
            <div
                class="chart__stage"
                role=role
                aria-roledescription=begun("graphique")
                aria-label=label
                aria-describedby="description-graphique aide-graphique"
                tabindex=begun("0")
                on:keydown=walk
                on:blur=leave
                on:focus=move |_| live.begin()
                on:pointerenter=move |_| live.begin()
            >
                {drawing(answer, live)}
            </div>
            <div class="chart__reading scripted">
                <p class="chart__help" id="aide-graphique" class:chart__help--covered=is_covered>{text::CHART_KEYS}</p>
                <p class="chart__point" role="status">{sentence}</p>
            </div>
            <p class="notice notice--error" role="alert" hidden=Signal::derive(move || !live.has_failed.get())>
                {text::CHART_FAILED}
            </p>
            <figcaption id="description-graphique">{description}</figcaption>
            <Export answer />
        </figure>
    }
    .erase()
}

/// The drawing itself: in the page as the server made it, left alone by hydration, then owned by ECharts.
fn drawing(answer: AnswerResource, live: LiveChart) -> AnyView {
    let drawn = Suspend::new(async move {
        let svg = draw(answer).await;
        view! {
            <div
                class="chart__drawing"
                aria-hidden="true"
                node_ref=live.element
                class:chart__drawing--failed=live.has_failed
                inner_html=svg
            ></div>
        }
    });
    drawn.erase()
}

/// The chart of the answer as SVG; nothing when there is none, or when it cannot be drawn: the table says the same.
#[cfg(feature = "ssr")]
async fn draw(answer: AnswerResource) -> String {
    use crate::context::Ports;
    let ports = use_context::<Ports>();
    match (ports, answer.await) {
        (Some(ports), Ok(answer)) => drawings(&*ports.charts, &answer).await,
        _ => String::new(),
    }
}

/// A drawing for frames of about a width: the style sheet shows the one whose texts are legible.
#[cfg(feature = "ssr")]
type Frame = (&'static str, u32, u32);
#[cfg(feature = "ssr")]
const WIDE: Frame = ("wide", 1000, 500);
#[cfg(feature = "ssr")]
const MIDDLE: Frame = ("middle", 680, 340);
#[cfg(feature = "ssr")]
const NARROW: Frame = ("narrow", 340, 320);

/// Drawings of the chart of an answer.
#[cfg(feature = "ssr")]
pub(crate) async fn drawings(renderer: &dyn vigie_domain::ports::ChartRenderer, answer: &Answer) -> String {
    use crate::charts::Shape;
    /// Above so many points there is none for frames in between, then the first one only: more would weigh too much in the page.
    const MAX_POINTS_DRAWN_THRICE: usize = 600;
    const MAX_POINTS_DRAWN_TWICE: usize = 1_500;
    let Answer { result, chart: Some(chart), .. } = answer else { return String::new() };
    let points = result.series.len() * result.buckets.len();
    let is_drawn = |frame: &&Frame| match **frame {
        WIDE => true,
        MIDDLE => points <= MAX_POINTS_DRAWN_THRICE,
        _ => points <= MAX_POINTS_DRAWN_TWICE,
    };
    let mut html = String::new();
    let shape = Shape::of(result);
    let class = shape.map(|shape| format!(" chart__{}", shape.slug())).unwrap_or_default();
    for &(frame, width, height) in [WIDE, MIDDLE, NARROW].iter().filter(is_drawn) {
        // As high as the style sheet makes its frame.
        let height = match shape {
            None => height,
            Some(Shape::Flat) => (width / 3).max(256),
            Some(Shape::Tall) => height.max(384),
        };
        let svg = renderer.svg(chart.json().to_owned(), width, height).await.unwrap_or_default();
        html += &format!("<div class=\"chart__{frame}{class}\">{svg}</div>");
    }
    html
}

/// The drawing travels once, in the page.
#[cfg(not(feature = "ssr"))]
#[expect(clippy::unused_async, reason = "the same shape as on the server")]
async fn draw(_: AnswerResource) -> String {
    String::new()
}
