//! What a drawing is written on: SVG elements with places of at most two decimals.

use super::text;
use std::fmt;

/// Ink of words and frames, from the title to what stays in the background.
pub const INK: &str = "#1F2328";
/// Ink of ticks and legends.
pub const SOFT: &str = "#4B535D";
/// Ink of notes.
pub const FAINT: &str = "#6E7781";
/// Lines of the grid.
pub const GRID: &str = "#E7E9EC";
/// Lines of axes.
pub const AXIS: &str = "#AEB4BB";

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Area {
    /// Its width.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Its height.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Does it share a place with another?
    pub fn meets(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// Is it wholly inside another?
    pub fn inside(&self, other: &Self) -> bool {
        self.left >= other.left && self.right <= other.right && self.top >= other.top && self.bottom <= other.bottom
    }

    /// Is a place inside?
    pub fn holds(&self, x: f64, y: f64) -> bool {
        self.left <= x && x <= self.right && self.top <= y && y <= self.bottom
    }
}

/// A place as it is written: at most two decimals, none where they are zero; what is not finite becomes 0.
#[derive(Clone, Copy)]
pub struct Px(pub f64);

impl fmt::Display for Px {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = (self.0.clamp(-1e6, 1e6) * 100.0).round() as i64;
        let sign = if hundredths < 0 { "-" } else { "" };
        let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
        match rest {
            0 => write!(out, "{sign}{whole}"),
            _ if rest % 10 == 0 => write!(out, "{sign}{whole}.{}", rest / 10),
            _ => write!(out, "{sign}{whole}.{rest:02}"),
        }
    }
}

/// Which part of the words stands at their place.
#[derive(Clone, Copy, PartialEq)]
pub enum Anchor {
    /// Their beginning.
    Start,
    /// Their middle.
    Middle,
    /// Their end.
    End,
}

/// Words at a place.
pub struct Words<'a> {
    /// What they say.
    pub text: &'a str,
    /// Which part of them stands at the place.
    pub anchor: Anchor,
    /// Size of the letters.
    pub size: f64,
    /// Their colour.
    pub ink: &'a str,
    /// Most pixels; wider words are cut and said in full to a pointer.
    pub most: f64,
    /// Degrees by which they are turned.
    pub turn: f64,
    /// Do they have a white edge, to be read over marks?
    pub edged: bool,
}

impl<'a> Words<'a> {
    /// Plain words.
    pub fn new(text: &'a str, anchor: Anchor, size: f64, ink: &'a str) -> Self {
        Self { text, anchor, size, ink, most: f64::INFINITY, turn: 0.0, edged: false }
    }
}

/// SVG as it grows.
#[derive(Default)]
pub struct Canvas {
    out: String,
}

impl Canvas {
    /// Adds an element as it is.
    pub fn put(&mut self, element: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = fmt::write(&mut self.out, element);
        self.out.push('\n');
    }

    /// Adds a straight line; `more` has its further attributes.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: &str, more: &str) {
        let (x1, y1, x2, y2) = (Px(from.0), Px(from.1), Px(to.0), Px(to.1));
        let gap = if more.is_empty() { "" } else { " " };
        self.put(format_args!("<path d=\"M{x1} {y1}L{x2} {y2}\" stroke=\"{ink}\"{gap}{more}/>"));
    }

    /// Adds a rectangle; `more` has its further attributes.
    pub fn rect(&mut self, area: &Area, fill: &str, more: &str) {
        let (x, y, width, height) = (Px(area.left), Px(area.top), Px(area.width()), Px(area.height()));
        let gap = if more.is_empty() { "" } else { " " };
        self.put(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\"{gap}{more}/>"
        ));
    }

    /// Adds words.
    pub fn words(&mut self, x: f64, y: f64, words: &Words<'_>) {
        let short = text::squeeze(words.text, words.size, words.most);
        let full = if short == words.text { String::new() } else { title(words.text) };
        let anchor = match words.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let turn = match words.turn {
            0.0 => String::new(),
            turn => format!(" transform=\"rotate({} {} {})\"", Px(turn), Px(x), Px(y)),
        };
        let edge = match words.edged {
            true => " stroke=\"#fff\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"",
            false => "",
        };
        let (x, y, size, ink) = (Px(x), Px(y), Px(words.size), words.ink);
        self.put(format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{ink}\"{anchor}{turn}{edge}>{}{full}</text>",
            text::escape(&short)
        ));
    }

    /// Everything, within an `<svg>` of a size.
    pub fn finish(self, width: f64, height: f64, heading: &str, summary: &str) -> String {
        let (width, height, body) = (Px(width), Px(height), self.out);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" font-family=\"{families}\" fill=\"none\">\n\
             {heading}\n<desc>{summary}</desc>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n{body}</svg>\n",
            families = text::FAMILIES,
            heading = title(heading),
            summary = text::escape(summary),
        )
    }
}

/// What a pointer, or a reader of the screen, is told about an element.
pub fn title(text: &str) -> String {
    format!("<title>{}</title>", text::escape(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_at_most_two_decimals() {
        let places = [1.0, 0.1, -0.004, -2.345, 1e-9, f64::NAN, 33.999].map(|x| Px(x).to_string());
        assert_eq!(places, ["1", "0.1", "0", "-2.35", "0", "0", "34"]);
    }

    #[test]
    fn words_that_are_cut_say_themselves_in_full() {
        let mut canvas = Canvas::default();
        canvas.words(1.0, 2.0, &Words { most: 40.0, ..Words::new("<b> & a long name", Anchor::End, 12.0, INK) });
        let svg = canvas.finish(100.0, 50.0, "A \"title\"", "A summary.");
        assert!(svg.contains("<title>&lt;b&gt; &amp; a long name</title></text>"), "{svg}");
        assert!(svg.contains("<title>A &quot;title&quot;</title>") && !svg.contains("<b>"), "{svg}");
    }
}
