//! The picture that somebody asks for: its format, its size and its theme, read from the form of the dialog.

use crate::charts::Theme;
use vigie_domain::format;
use vigie_domain::result::SearchResult;
use vigie_domain::search::FieldError;

/// Sizes offered by name: value in the form, name, width and height in pixels.
pub const SIZES: [(&str, &str, u32, u32); 4] = [
    ("diapositive", "Diapositive, 1200 × 675", 1200, 675),
    ("grand-ecran", "Grand écran, 1600 × 900", 1600, 900),
    ("a4", "A4 paysage à imprimer, 2480 × 1754", 2480, 1754),
    ("carre", "Carré, 1080 × 1080", 1080, 1080),
];
/// The value of the size that is not in [`SIZES`].
pub const OTHER_SIZE: &str = "autre";
/// Widths that can be asked for, in pixels; those of `/statistiques.png`.
pub const WIDTHS: std::ops::RangeInclusive<u32> = 320..=4000;
/// Heights that can be asked for, in pixels.
pub const HEIGHTS: std::ops::RangeInclusive<u32> = 240..=3000;

/// What the picture is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    /// Lines and texts.
    Svg,
    /// Pixels.
    Png,
}

impl PictureFormat {
    /// The end of the file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// A picture asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureRequest {
    /// What it is written as.
    pub format: PictureFormat,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Light or dark.
    pub theme: Theme,
}

impl PictureRequest {
    /// Reads the form of the dialog.
    ///
    /// # Errors
    /// The fields `largeur` and `hauteur`, when they are not numbers within bounds.
    pub fn read(fields: &str) -> Result<Self, Vec<FieldError>> {
        let value = |name: &str| {
            fields.split('&').filter_map(|pair| pair.split_once('=')).find(|(n, _)| *n == name).map_or("", |(_, v)| v)
        };
        let mut errors = Vec::new();
        let mut pixels = |field: &str, bounds: std::ops::RangeInclusive<u32>| match value(field).parse() {
            Ok(pixels) if bounds.contains(&pixels) => pixels,
            _ => {
                let (least, most) =
                    (format::integer((*bounds.start()).into()), format::integer((*bounds.end()).into()));
                let reason = format!("Indiquez un nombre entier de pixels, de {least} à {most}.");
                errors.push(FieldError { field: field.into(), reason });
                0
            }
        };
        let (width, height) = SIZES.iter().find(|(name, ..)| *name == value("taille")).map_or_else(
            || (pixels("largeur", WIDTHS), pixels("hauteur", HEIGHTS)),
            |(_, _, width, height)| (*width, *height),
        );
        let format = if value("format") == "svg" { PictureFormat::Svg } else { PictureFormat::Png };
        let theme = if value("theme") == "sombre" { Theme::Dark } else { Theme::Light };
        if errors.is_empty() { Ok(Self { format, width, height, theme }) } else { Err(errors) }
    }
}

/// The name of a file about an answer: the school, the indicators and the days, so that a folder of them sorts itself.
pub fn file_name(result: &SearchResult, extension: &str) -> String {
    let subject = match result.search.indicators.as_slice() {
        [one] => one.get().slug,
        _ => result.search.service.get().slug,
    };
    let (uai, period) = (&result.school.uai, result.period);
    format!("vigie_{uai}_{subject}_{}_{}.{extension}", period.first, period.last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_named_or_written() {
        let read = |fields| PictureRequest::read(fields).map(|p| (p.format, p.width, p.height, p.theme));
        for (fields, asked) in [
            ("format=png&taille=diapositive&theme=clair", (PictureFormat::Png, 1200, 675, Theme::Light)),
            ("format=svg&taille=a4&theme=sombre", (PictureFormat::Svg, 2480, 1754, Theme::Dark)),
            (
                "format=svg&taille=autre&largeur=320&hauteur=3000&theme=clair",
                (PictureFormat::Svg, 320, 3000, Theme::Light),
            ),
        ] {
            assert_eq!(read(fields), Ok(asked), "{fields}");
        }
    }

    #[test]
    fn a_size_out_of_bounds_is_refused_field_by_field() {
        for (fields, wrong) in [
            ("taille=autre&largeur=319&hauteur=675", vec!["largeur"]),
            ("taille=autre&largeur=4001&hauteur=3001", vec!["largeur", "hauteur"]),
            ("taille=autre&largeur=&hauteur=12,5", vec!["largeur", "hauteur"]),
            ("taille=autre&largeur=1e3&hauteur=-500", vec!["largeur", "hauteur"]),
        ] {
            let errors = PictureRequest::read(fields).expect_err(fields);
            assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), wrong, "{fields}");
        }
    }
}
