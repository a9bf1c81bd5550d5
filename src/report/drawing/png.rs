//! A drawing as PNG, with letters that come with the program: the same picture on every machine.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb::Database};
use std::sync::Arc;
use thiserror::Error;

/// DejaVu Sans 2.37; its licence stands beside it.
const LETTERS: &[u8] = include_bytes!("fonts/DejaVuSans.ttf");

/// Name of its family.
const FAMILY: &str = "DejaVu Sans";

/// A drawing could not become PNG.
#[derive(Debug, Error)]
pub enum DrawingError {
    /// The SVG cannot be read.
    #[error("the SVG cannot be read: {0}")]
    Unreadable(String),
    /// The picture would have no pixel or too many.
    #[error("a picture of {width} x {height} pixels cannot be made; take a width from 1 to 20,000")]
    Size {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// The picture cannot be written as PNG.
    #[error("the picture cannot be written as PNG: {0}")]
    Unwritable(String),
}

/// Makes a PNG of a width, in pixels, from an SVG; its height follows from the shape of the drawing.
pub fn png(svg: &str, width: u32) -> Result<Vec<u8>, DrawingError> {
    let mut letters = Database::new();
    letters.load_font_data(LETTERS.to_vec());
    letters.set_sans_serif_family(FAMILY);
    letters.set_serif_family(FAMILY);
    let options = Options { font_family: FAMILY.to_owned(), fontdb: Arc::new(letters), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| DrawingError::Unreadable(error.to_string()))?;
    let scale = width as f32 / tree.size().width();
    let height = (tree.size().height() * scale).round() as u32;
    let fits = (1..=20_000).contains(&width) && (1..=60_000).contains(&height);
    let picture = fits.then(|| Pixmap::new(width, height)).flatten();
    let mut picture = picture.ok_or(DrawingError::Size { width, height })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut picture.as_mut());
    picture.encode_png().map_err(|error| DrawingError::Unwritable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20\" height=\"10\">\
        <text x=\"1\" y=\"9\" font-size=\"9\" font-family=\"DejaVu Sans\" fill=\"#000\">ab</text></svg>";

    #[test]
    fn a_picture_has_the_width_asked_for_and_letters() {
        let bytes = png(SQUARE, 200).unwrap();
        let picture = Pixmap::decode_png(&bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (200, 100));
        assert!(picture.pixels().iter().any(|pixel| pixel.alpha() == 255), "no letter was drawn");
        assert_eq!(png(SQUARE, 200).unwrap(), bytes);
    }

    #[test]
    fn what_is_no_drawing_or_has_no_size_is_refused() {
        assert!(png("<svg", 100).unwrap_err().to_string().contains("cannot be read"));
        assert!(png(SQUARE, 0).unwrap_err().to_string().contains("take a width from 1 to 20,000"));
        assert!(png(SQUARE, 30_000).is_err());
    }
}
