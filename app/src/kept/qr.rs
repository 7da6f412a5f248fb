//! QR codes, for what is pinned to a wall.

use qrcode::{Color, EcLevel, QrCode};

/// The margin that readers need, in modules.
const MARGIN: usize = 4;

/// An address as a QR code, dark on light whatever the theme; None when it is too long for one.
pub(crate) fn qr_code(address: &str, label: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M).ok()?;
    let width = code.width();
    let colours = code.to_colors();
    let mut path = String::new();
    for (y, line) in colours.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let dark = line[x..].iter().take_while(|colour| **colour == Color::Dark).count();
            if dark > 0 {
                path += &format!("M{} {}h{dark}v1h-{dark}z", x + MARGIN, y + MARGIN);
            }
            x += dark.max(1);
        }
    }
    let side = width + 2 * MARGIN;
    let label = label.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    Some(format!(
        "<svg class=qr viewBox=\"0 0 {side} {side}\" role=img aria-label=\"{label}\" shape-rendering=crispEdges>\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that the path of a code draws, line by line.
    fn drawn(svg: &str) -> Vec<Vec<bool>> {
        let side: usize = svg
            .split("viewBox=\"0 0 ")
            .nth(1)
            .and_then(|s| s.split(' ').next())
            .expect("a side")
            .parse()
            .expect("a number");
        let path = svg.split("fill=\"#000\" d=\"").nth(1).and_then(|s| s.split('"').next()).expect("a path");
        let mut modules = vec![vec![false; side]; side];
        for run in path.split('z').filter(|run| !run.is_empty()) {
            let (place, shape) = run[1..].split_once('h').expect("a run");
            let (x, y) = place.split_once(' ').expect("a place");
            let (x, y): (usize, usize) = (x.parse().expect("x"), y.parse().expect("y"));
            let length: usize = shape.split('v').next().expect("a length").parse().expect("a number");
            modules[y][x..x + length].fill(true);
        }
        modules
    }

    #[test]
    fn every_module_of_the_code_is_drawn_inside_its_margin() {
        let address = "https://vigie.example/p/AbCdEfGh012345";
        let modules = drawn(&qr_code(address, "Lien").expect("a code"));
        let code = QrCode::with_error_correction_level(address, EcLevel::M).expect("a code");
        let (width, colours) = (code.width(), code.to_colors());
        assert_eq!(modules.len(), width + 2 * MARGIN);
        for (y, line) in modules.iter().enumerate() {
            for (x, dark) in line.iter().enumerate() {
                let inside = |place: usize| (MARGIN..MARGIN + width).contains(&place);
                let expected = inside(x) && inside(y) && colours[(y - MARGIN) * width + x - MARGIN] == Color::Dark;
                assert_eq!(*dark, expected, "{x} {y}");
            }
        }
    }

    #[test]
    fn what_is_too_long_has_no_code_and_labels_are_escaped() {
        assert_eq!(qr_code(&"a".repeat(5_000), ""), None);
        assert!(qr_code("a", "\"><script>").expect("a code").contains("aria-label=\"&quot;>&lt;script>\""));
    }
}
