//! From SVG to PNG, with the fonts of the product and nothing from the machine.

use super::RenderError;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, Options, Tree, fontdb};
use std::sync::{Arc, LazyLock};

/// Vigie Sans, regular and semibold: the same drawing everywhere, on servers that have no font at all.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(include_bytes!("../../../public/fonts/vigie-sans-regular.ttf").to_vec());
    fonts.load_font_data(include_bytes!("../../../public/fonts/vigie-sans-semibold.ttf").to_vec());
    fonts.set_sans_serif_family("Vigie Sans");
    Arc::new(fonts)
});

/// Turns a drawing into a PNG of exactly `width` × `height` pixels. Files and addresses that it names are not read.
///
/// # Errors
/// [`RenderError::Pixels`] when it is not SVG or when memory is short.
pub fn png(svg: &str, width: u32, height: u32) -> Result<Vec<u8>, RenderError> {
    let options = Options {
        font_family: "Vigie Sans".into(),
        fontdb: Arc::clone(&FONTS),
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let refused = |error: &dyn std::fmt::Display| RenderError::Pixels(error.to_string());
    let tree = Tree::from_str(svg, &options).map_err(|error| refused(&error))?;
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| refused(&"the size is nought or too large"))?;
    let size = tree.size();
    let scale = Transform::from_scale(width as f32 / size.width(), height as f32 / size.height());
    resvg::render(&tree, scale, &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| refused(&error))
}
