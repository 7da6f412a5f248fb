//! The style sheet and the program say the same thing.

use vigie_app::charts::{Theme, custom_properties};

const GRAPH: &str = include_str!("../../style/graph.css");

#[test]
fn the_style_sheet_has_the_colours_of_charts_in_both_themes() {
    let (light, dark) = GRAPH.split_once("@media").expect("a dark theme");
    for (theme, sheet) in [(Theme::Light, light), (Theme::Dark, dark)] {
        for line in custom_properties(theme).lines() {
            assert!(sheet.contains(line), "style/graph.css lacks « {line} » for {theme:?}");
        }
    }
}
