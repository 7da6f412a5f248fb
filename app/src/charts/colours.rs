//! The colours of charts: one palette for light pages, one for dark ones.
//!
//! A drawing made by the server does not know which theme the reader has. Its colours are therefore CSS custom properties
//! with the light colour as a fallback (`var(--graph-1,#1769b5)`), which browsers accept in SVG presentation attributes;
//! the style sheet gives them their dark values. Pictures that leave the page have their colours written in full.
//!
//! Each palette was searched by computer for the largest smallest distance (OKLab, with the matrices of
//! Machado et al. for complete protanopia, deuteranopia and tritanopia) at a contrast of at least 3:1 with its background. Colour is never
//! alone: lines also differ by their markers and dashes, bars by their order and their patterns.

use charming::element::Color;

/// A colour of a chart: the name of its custom property, its light value and its dark one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    /// Name of the custom property.
    pub name: &'static str,
    /// Its value on a light page.
    pub light: &'static str,
    /// Its value on a dark page.
    pub dark: &'static str,
}

/// For whom colours are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// A page, whose style sheet decides.
    #[default]
    Page,
    /// Fixed, light.
    Light,
    /// Fixed, dark.
    Dark,
}

const fn colour(name: &'static str, light: &'static str, dark: &'static str) -> Colour {
    Colour { name, light, dark }
}

/// Series, in order. Neighbours differ most, since they touch in stacks.
pub const SERIES: [Colour; 10] = [
    colour("--graph-1", "#1769b5", "#5aa7ee"),
    colour("--graph-2", "#e06a00", "#f28a2e"),
    colour("--graph-3", "#005623", "#3fd6a4"),
    colour("--graph-4", "#b278ea", "#ba559e"),
    colour("--graph-5", "#896106", "#f4cc53"),
    colour("--graph-6", "#a42156", "#d24e41"),
    colour("--graph-7", "#295f6c", "#99d5fb"),
    colour("--graph-8", "#4d9757", "#70b363"),
    colour("--graph-9", "#702295", "#7962dd"),
    colour("--graph-10", "#47303d", "#1f7775"),
];
/// What is left over: « Autres ».
pub const OTHERS: Colour = colour("--graph-others", "#76808c", "#8b95a1");
/// Titles and the names of series.
pub const TEXT: Colour = colour("--graph-text", "#1b2430", "#e8ebef");
/// Labels of axes and notes.
pub const MUTED: Colour = colour("--graph-muted", "#566170", "#a7b0bb");
/// Axis lines.
pub const AXIS: Colour = colour("--graph-axis", "#8a94a1", "#6f7a87");
/// Grid lines.
pub const GRID: Colour = colour("--graph-grid", "#e3e7ec", "#2b313a");
/// Bands of school holidays.
pub const BAND: Colour = colour("--graph-band", "#f1f3f6", "#1c2129");
/// What is behind the chart.
pub const BACKGROUND: Colour = colour("--graph-background", "#ffffff", "#14171c");
/// Cells of a heat map: nought, then five classes, each further from the background.
pub const HEAT: [Colour; 6] = [
    colour("--graph-heat-0", "#eef1f5", "#20262e"),
    colour("--graph-heat-1", "#c3daf0", "#1d3f60"),
    colour("--graph-heat-2", "#8ab8e2", "#26629a"),
    colour("--graph-heat-3", "#4d90cd", "#4389cb"),
    colour("--graph-heat-4", "#2166a8", "#7db5ea"),
    colour("--graph-heat-5", "#0f3d6e", "#c9e2fb"),
];

impl Colour {
    /// As an option writes it.
    pub fn css(self) -> String {
        format!("var({},{})", self.name, self.light)
    }

    fn all() -> impl Iterator<Item = Self> {
        SERIES.into_iter().chain([OTHERS, TEXT, MUTED, AXIS, GRID, BAND, BACKGROUND]).chain(HEAT)
    }
}

impl From<Colour> for Color {
    fn from(colour: Colour) -> Self {
        Self::Value(colour.css())
    }
}

/// Writes in full the colours of an option (or of a drawing), unless a page decides.
pub fn resolve(text: &str, theme: Theme) -> String {
    let value: fn(Colour) -> &'static str = match theme {
        Theme::Page => return text.to_owned(),
        Theme::Light => |colour| colour.light,
        Theme::Dark => |colour| colour.dark,
    };
    Colour::all().fold(text.to_owned(), |text, colour| text.replace(&colour.css(), value(colour)))
}

/// The custom properties of a theme, as a style sheet declares them: what `style/` must contain.
pub fn custom_properties(theme: Theme) -> String {
    let dark = theme == Theme::Dark;
    Colour::all().map(|c| format!("{}: {};\n", c.name, if dark { c.dark } else { c.light })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2 relative luminance of `#rrggbb`.
    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("two hexadecimal digits")) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn series_stand_out_from_the_page_and_texts_can_be_read() {
        for colour in SERIES.into_iter().chain([OTHERS, AXIS]) {
            assert!(contrast(colour.light, BACKGROUND.light) >= 3.0, "{colour:?}");
            assert!(contrast(colour.dark, BACKGROUND.dark) >= 3.0, "{colour:?}");
        }
        for colour in [TEXT, MUTED] {
            assert!(contrast(colour.light, BACKGROUND.light) >= 4.5, "{colour:?}");
            assert!(contrast(colour.dark, BACKGROUND.dark) >= 4.5, "{colour:?}");
        }
    }

    #[test]
    fn classes_of_a_heat_map_go_one_way() {
        for pair in HEAT.windows(2) {
            assert!(luminance(pair[0].light) > luminance(pair[1].light));
            assert!(luminance(pair[0].dark) < luminance(pair[1].dark));
        }
    }

    #[test]
    fn a_fixed_theme_leaves_no_custom_property() {
        let text = format!("{} {} {}", SERIES[0].css(), HEAT[5].css(), TEXT.css());
        assert_eq!(resolve(&text, Theme::Page), text);
        for theme in [Theme::Light, Theme::Dark] {
            assert!(!resolve(&text, theme).contains("var("));
        }
    }
}
