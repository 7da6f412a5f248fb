//! The chart as a picture that leaves the page: with what it shows, where, when and from whom written inside.

use super::colours::{self, BACKGROUND, MUTED, TEXT, Theme};
use super::{ChartOption, FONT, complete, describe};
use crate::text::notices;
use serde_json::json;
use vigie_domain::format;
use vigie_domain::result::SearchResult;

/// The option of a picture, its colours written in full. The bundle lays it out for the size it is drawn at, and scales its
/// texts with it. [`Theme::Page`] is drawn as [`Theme::Light`]: a picture has no style sheet.
pub fn picture(result: &SearchResult, theme: Theme) -> ChartOption {
    let mut option = complete(result);
    option["backgroundColor"] = json!(BACKGROUND.css());
    option["vigie"]["picture"] = json!({
        "title": describe::title(result),
        "subtitle": format!("{}, {}, {}", result.school.name, format::interval(result.period), result.per()),
        "source": format!(
            "Source\u{a0}: Vigie, données du GAR et de l’ENT. Chiffres au {}.",
            format::date(result.computed_on),
        ),
        "ink": TEXT.css(),
        "muted": MUTED.css(),
    });
    let theme = if theme == Theme::Page { Theme::Light } else { theme };
    ChartOption(colours::resolve(&option.to_string(), theme))
}

/// The option of a small chart on a page of a fixed theme, for images, which have no style sheet. Without figures it is the sentence that
/// says so.
pub fn thumbnail(result: &SearchResult, theme: Theme) -> ChartOption {
    let option = match notices(result).into_iter().next() {
        Some(sentence) if result.is_empty() => json!({
            "textStyle": { "fontFamily": FONT },
            "vigie": { "sentence": sentence, "ink": MUTED.css() },
        }),
        _ => complete(result),
    };
    ChartOption(colours::resolve(&option.to_string(), theme))
}
