use super::quickjs::Engine;
use super::*;
use vigie_app::charts::{self, Theme};

#[path = "../../../app/src/charts/tests/samples.rs"]
mod samples;

const LIMIT: Duration = Duration::from_secs(60);

/// The bundle: where `make` puts it, in this folder or in the one that cargo was told to use.
fn site() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join("target/site")
}

fn renderer() -> QuickJsRenderer {
    QuickJsRenderer::new(&site(), Settings { time_limit: LIMIT, threads: 1, ..Settings::default() })
        .expect("run `make site`")
}

/// What the policy of the page and the readers of SVG demand.
fn check(name: &str, svg: &str) {
    let document = quick_xml::Reader::from_str(svg);
    let mut reader = document;
    let mut depth = 0;
    let mut texts = String::new();
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{name}: {error}")) {
            quick_xml::events::Event::Start(element) => {
                depth += 1;
                let tag = element.name().as_ref().to_owned();
                assert!(tag != "style" && tag != "script" && tag != "foreignObject", "{name}: {tag}");
                for attribute in element.attributes() {
                    let attribute = attribute.unwrap_or_else(|error| panic!("{name}: {error}"));
                    let value = attribute.value;
                    assert!(!value.contains("NaN") && !value.contains("undefined"), "{name}: {value}");
                    let external = attribute.key.as_ref().ends_with("href") && !value.starts_with('#');
                    assert!(!external && !attribute.key.as_ref().starts_with("on"), "{name}: {value}");
                }
            }
            quick_xml::events::Event::End(_) => depth -= 1,
            quick_xml::events::Event::Text(text) => texts.push_str(&text),
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{name}");
    assert!(texts.contains("sept."), "{name}: {texts}");
}

#[tokio::test]
async fn every_form_is_drawn_as_a_safe_svg() {
    let renderer = renderer();
    for (name, result) in samples::results() {
        for (width, height) in [(960, 420), (320, 360)] {
            let svg = renderer.draw(charts::option(&result).into_json(), width, height).await.expect(name);
            check(name, &svg);
            assert!(svg.contains(&format!("viewBox=\"0 0 {width} {height}\"")), "{name}");
        }
    }
}

/// How far down each text of a drawing is.
fn heights(svg: &str) -> Vec<(String, f64)> {
    let number = |text: &str, before: &str, after: char| -> f64 {
        let found = text.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        found.map_or(0.0, |(number, _)| number.parse().expect("a number"))
    };
    let text = |element: &str| {
        let (head, rest) = element.split_once('>').expect("an element");
        let place = head.split_once("transform=\"translate(").map_or("", |(_, place)| place);
        let words = rest.split_once('<').map_or("", |(words, _)| words).to_owned();
        (words, number(place, " ", ')') + number(head, " y=\"", '"'))
    };
    svg.split("<text ").skip(1).map(text).collect()
}

#[tokio::test]
async fn the_year_under_an_axis_is_never_written_over_by_the_note() {
    let renderer = renderer();
    // Of more than forty buckets the room of every other label is measured: the one with the year is at an odd place, then at an even one.
    for first in ["2025-07-07", "2025-07-14", "2025-07-21"] {
        let query = format!("indicateur=acces-total&par=aucun&du={first}&au=2026-06-30&pas=semaine");
        let mut result = samples::result(&query);
        result.school.uai = vigie_domain::uai::Uai::parse("0750001A").expect("a UAI");
        let option = charts::option(&result).into_json();
        let svg = renderer.draw(option, 340, 240).await.expect("drawn");
        let heights = heights(&svg);
        let year = heights.iter().find(|(words, _)| words == "2026").expect("the year").1;
        let note = heights.iter().find(|(words, _)| words.contains("Bandes")).expect("the note").1;
        assert!(year + 12.0 < note, "{first}: {year} {note}");
    }
}

#[tokio::test]
async fn an_axis_of_figures_stays_where_nothing_is_over_nought() {
    let renderer = renderer();
    let question = "indicateur=acces-par-ressource&par=ressource&du=2025-09-01&au=2026-05-31&pas=mois&forme";
    for form in ["barres-empilees", "barres", "aires", "courbe"] {
        let result = samples::result(&format!("{question}={form}"));
        let mut option: serde_json::Value = serde_json::from_str(charts::option(&result).json()).expect("JSON");
        // Somebody put every series out by the legend: there is nothing to measure.
        let hidden = charts::series_names(&result).into_iter().map(|name| (name, false.into()));
        option["legend"]["selected"] = serde_json::Value::Object(hidden.collect());
        let svg = renderer.draw(option.to_string(), 900, 420).await.expect("drawn");
        let texts: Vec<_> = heights(&svg).into_iter().map(|(words, _)| words).collect();
        assert!(["0", "1"].iter().all(|number| texts.iter().any(|text| text == number)), "{form}: {texts:?}");
    }
}

#[tokio::test]
async fn bars_are_parted_where_they_are_wider_than_what_parts_them() {
    let renderer = renderer();
    let question = "indicateur=acces-total&par=profil&du=2025-09-01&au=2026-06-09&forme=barres-empilees&pas";
    // In a page, then on a telephone.
    for (step, width, is_parted) in
        [("semaine", 1000, true), ("jour", 1000, false), ("jour", 340, false), ("mois", 340, true)]
    {
        let result = samples::result(&format!("{question}={step}"));
        let svg = renderer.draw(charts::option(&result).into_json(), width, 400).await.expect("drawn");
        let edge = "stroke=\"var(--graph-background";
        let ends = svg.split(edge).skip(1).filter_map(|rest| rest.split_once('>'));
        let is_edged = ends.map(|(end, _)| end).any(|end| !end.contains("stroke-width=\"0\""));
        assert_eq!(is_edged, is_parted, "{step} on {width}");
    }
}

#[tokio::test]
async fn a_thumbnail_names_the_largest_parts_rather_than_all_of_them_by_a_few_letters() {
    let renderer = renderer();
    let query = "indicateur=acces-par-ressource&par=ressource&du=2025-09-01&au=2026-08-30&pas=semaine";
    let result = samples::result(query);
    let names = |svg: &str| {
        let texts = heights(svg)
            .into_iter()
            .filter(|(words, height)| *height < 90.0 && !words.starts_with(|sign: char| sign.is_ascii_digit()));
        texts.map(|(words, _)| words).collect::<Vec<_>>()
    };
    let svg = renderer.draw(charts::thumbnail(&result, Theme::Light).into_json(), 340, 240).await.expect("drawn");
    let small = names(&svg);
    assert!((4..=6).contains(&small.len()), "{small:?}");
    assert!(small.last().is_some_and(|name| name.starts_with("Autres (")), "{small:?}");
    assert!(small.iter().all(|name| !name.ends_with('…') || name.chars().count() > 12), "{small:?}");
    // A drawing of the page has them all.
    let whole = renderer.draw(charts::option(&result).into_json(), 1000, 500).await.expect("drawn");
    assert_eq!(names(&whole).len(), result.series.len());
}

#[tokio::test]
async fn a_thumbnail_without_figures_says_so() {
    let mut result = samples::result("indicateur=acces-total&par=aucun&du=2025-09-01&au=2025-11-30&pas=mois");
    result.series.clear();
    let option = charts::thumbnail(&result, Theme::Dark).into_json();
    let svg = renderer().draw(option, 340, 240).await.expect("drawn");
    let said: Vec<_> = heights(&svg).into_iter().map(|(words, _)| words).collect();
    let sentence = said.join(" ");
    assert!(sentence.starts_with("Aucun chiffre du 1er") && sentence.ends_with("pour cette question."), "{sentence}");
    assert!(said.len() > 1 && !svg.contains("var("), "{svg}");
}

#[tokio::test]
async fn names_that_are_cut_in_a_legend_can_be_told_apart() {
    let renderer = renderer();
    for query in [
        "service=suggestions&indicateur=tous&du=2025-09-01&au=2026-06-10&pas=mois",
        "service=abonnements&indicateur=tous&du=2025-09-01&au=2026-06-10&pas=mois",
        "indicateur=acces-par-ressource&par=ressource&du=2025-09-01&au=2026-08-30&pas=semaine",
    ] {
        let result = samples::result(query);
        let names = charts::series_names(&result);
        let svg = renderer.draw(charts::option(&result).into_json(), 300, 384).await.expect("drawn");
        let initials: Vec<_> = names.iter().filter_map(|name| name.chars().next()).collect();
        // The note under the chart is a sentence.
        let begins = |words: &str| initials.iter().any(|initial| words.starts_with(*initial));
        let is_name = |words: &String| words.chars().count() > 5 && !words.ends_with('.') && begins(words);
        let written: Vec<_> = heights(&svg).into_iter().map(|(words, _)| words).filter(is_name).collect();
        let apart: std::collections::BTreeSet<_> = written.iter().collect();
        assert_eq!((written.len(), apart.len()), (names.len(), names.len()), "{query}: {written:?}");
    }
}

#[tokio::test]
async fn a_picture_says_what_where_when_and_from_whom_at_any_size() {
    let renderer = renderer();
    let result = samples::result(samples::QUESTIONS[0].1);
    for (width, height) in [(320, 240), (1200, 675), (4000, 3000)] {
        let option = charts::picture(&result, Theme::Light).into_json();
        let svg = renderer.draw(option.clone(), width, height).await.expect("drawn");
        check("picture", &svg);
        assert!(!svg.contains("var("));
        for text in ["Total des accès aux ressources", "Collège Jean-Exemple", "Vigie"] {
            assert!(svg.contains(text), "{width} × {height}: {text}");
        }
        let png = renderer.draw_png(option, width, height).await.expect("pixels");
        assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
        let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
        assert_eq!((side(16), side(20)), (width, height));
    }
}

#[tokio::test]
async fn a_picture_of_days_by_weeks_is_filled() {
    let renderer = renderer();
    let result =
        samples::result("indicateur=acces-total&par=aucun&du=2025-09-01&au=2026-06-30&pas=jour&forme=jours-semaines");
    for (width, height) in [(1080, 1080), (1200, 675), (1600, 900)] {
        let option = charts::picture(&result, Theme::Light).into_json();
        let heights = heights(&renderer.draw(option, width, height).await.expect("drawn"));
        let of = |said: &str| heights.iter().find(|(words, _)| words.starts_with(said)).expect("a text").1;
        let (row, left) = (of("dim.") - of("sam."), of("Source") - of("dim."));
        // Half a row, then the months and their year.
        assert!(left < row / 2.0 + 80.0, "{width} × {height}: {left} below rows of {row}");
    }
}

#[tokio::test]
async fn a_broken_option_fails_and_the_next_drawing_works() {
    let renderer = renderer();
    for broken in ["", "{", "{}", "{\"vigie\":{\"series\":3}}"] {
        assert!(matches!(renderer.draw(broken.into(), 960, 420).await, Err(RenderError::Drawing(_))), "{broken}");
    }
    let option = charts::option(&samples::result(samples::QUESTIONS[0].1)).into_json();
    assert!(renderer.draw(option.clone(), 960, 420).await.is_ok());
    assert_eq!(renderer.draw(option.clone(), 10, 420).await, Err(RenderError::Size(10, 420)));
    assert_eq!(ChartRenderer::svg(&renderer, option, 9_999, 420).await, Err(PortError::Unavailable));
}

#[tokio::test]
async fn a_drawing_that_never_ends_is_stopped() {
    let limit = Duration::from_millis(200);
    let bundle = "globalThis.VigieCharts = { draw(option) { while (option === 'wait'); return option; } };";
    let pool = Pool::start(bundle.into(), 1, limit);
    assert_eq!(pool.draw("wait".into(), 1, 1).await, Err(RenderError::Timeout(limit)));
    assert_eq!(pool.draw("after".into(), 1, 1).await.as_deref(), Ok("after"));
}

#[tokio::test]
async fn a_drawing_that_eats_memory_is_stopped() {
    let bundle = "globalThis.VigieCharts = { draw(option) { const all = []; while (option === 'eat') all.push(new Array(1e5).fill(1.5)); return option; } };";
    let pool = Pool::start(bundle.into(), 1, LIMIT);
    assert!(matches!(pool.draw("eat".into(), 1, 1).await, Err(RenderError::Drawing(_))));
    assert_eq!(pool.draw("after".into(), 1, 1).await.as_deref(), Ok("after"));
}

#[test]
fn a_missing_bundle_says_what_to_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = QuickJsRenderer::new(folder.path(), Settings::default()).err().expect("an error");
    assert!(matches!(error, RenderError::MissingBundle(_)));
    assert!(error.to_string().contains("make site"), "{error}");
}

#[test]
fn what_is_not_svg_has_no_pixels() {
    assert!(matches!(png("<svg", 10, 10), Err(RenderError::Pixels(_))));
}

#[test]
fn three_hundred_drawings_leave_no_memory_behind() {
    let bundle = std::fs::read_to_string(site().join(BUNDLE)).expect("run `make site`");
    let engine = Engine::start(&bundle, LIMIT).expect("an engine");
    let options: Vec<String> = ["forme=courbe", "forme=barres"]
        .map(|form| {
            charts::option(&samples::result(&format!(
                "indicateur=acces-total&par=profil&du=2026-01-01&au=2026-03-31&pas=semaine&{form}"
            )))
            .into_json()
        })
        .into();
    let draw = |times: usize| {
        for turn in 0..times {
            engine.draw(options[turn % options.len()].clone(), 320, 240).expect("drawn");
        }
        engine.memory()
    };
    let before = draw(options.len());
    let after = draw(300);
    assert!(after < before + (4 << 20), "{before} bytes, then {after}");
}
