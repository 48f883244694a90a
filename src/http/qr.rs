//! A QR code as the path of an SVG: dark modules of a row joined into strips, so that the page stays small.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code; its box on the page adds the rest of the four that readers want.
const MARGIN: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    /// `-2 -2 41 41`
    pub view_box: String,
    /// `M0 0h7v1h-7zM8 0h1v1h-1z…`
    pub path: String,
}

/// `None` for what is too long for a code (far beyond any address of an authenticator).
pub fn draw(text: &str) -> Option<Qr> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let modules = code.to_colors();
    let mut path = String::new();
    for (y, row) in modules.chunks(width).enumerate() {
        let mut x = 0;
        for strip in row.chunk_by(|a, b| a == b) {
            let length = strip.len();
            if strip.first() == Some(&Color::Dark) {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
            }
            x += length;
        }
    }
    let edge = width + 2 * MARGIN;
    Some(Qr { view_box: format!("-{MARGIN} -{MARGIN} {edge} {edge}"), path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the strips back into modules.
    fn modules(qr: &Qr) -> Vec<(usize, usize)> {
        let mut dark = Vec::new();
        for strip in qr.path.split('M').skip(1) {
            let (start, rest) = strip.split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let length: usize = rest.split_once('v').unwrap().0.parse().unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            dark.extend((x..x + length).map(|x| (x, y)));
        }
        dark
    }

    #[test]
    fn the_strips_are_the_modules_of_the_code() {
        let text = "otpauth://totp/Keystead:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Keystead";
        let qr = draw(text).unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let width = code.width();
        let colors = code.to_colors();
        let expected: Vec<_> =
            (0..width * width).filter(|i| colors[*i] == Color::Dark).map(|i| (i % width, i / width)).collect();
        assert_eq!(modules(&qr), expected);
        assert_eq!(qr.view_box, format!("-2 -2 {0} {0}", width + 4));
        assert!(qr.path.len() < 16_000);
        assert_eq!(draw(&"x".repeat(5000)), None);
    }
}
