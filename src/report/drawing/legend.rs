//! The legend: every name once, with all marks that carry it; and the ramp of colours of a grid.

use super::canvas::{Anchor, Area, Canvas, INK, Px, SOFT, Words};
use super::field::needs_marks;
use super::points::marker;
use super::{cells, frame, palette, text};
use crate::figure::{Cell, Figure, Marks, Tone};

/// Pixels of the mark before a name: of a line, and of others.
const MARK: (f64, f64) = (26.0, 16.0);

/// Pixels from row to row.
pub const ROW: f64 = 21.0;

/// Widest name.
const MOST: f64 = 280.0;

/// A name and the marks that carry it.
#[derive(Debug, PartialEq)]
struct Entry<'a> {
    name: &'a str,
    tone: Tone,
    line: Option<bool>,
    area: Option<f64>,
    point: bool,
}

impl Entry<'_> {
    /// Pixels of its mark.
    fn mark(&self) -> f64 {
        if self.line.is_some() { MARK.0 } else { MARK.1 }
    }
}

fn entries(figure: &Figure) -> Vec<Entry<'_>> {
    let mut found: Vec<Entry<'_>> = Vec::new();
    for panel in &figure.panels {
        let marked = needs_marks(panel);
        for layer in panel.layers.iter().filter(|layer| !layer.name.trim().is_empty() && !layer.is_empty()) {
            let known = found.iter().position(|entry| entry.name == layer.name).unwrap_or_else(|| {
                found.push(Entry { name: &layer.name, tone: layer.tone, line: None, area: None, point: false });
                found.len() - 1
            });
            let entry = &mut found[known];
            match &layer.marks {
                Marks::Line { dashed, filled, .. } => {
                    entry.line = Some(*dashed);
                    entry.point |= marked && matches!(layer.tone, Tone::Series(_));
                    if *filled {
                        entry.area = Some(0.16);
                    }
                }
                Marks::Band(_) => entry.area = Some(0.22),
                Marks::Bars(_) => entry.area = Some(1.0),
                Marks::Boxes(_) => entry.area = Some(0.5),
                Marks::Points(_) => entry.point = true,
                Marks::Cells { .. } => {}
            }
        }
    }
    found
}

fn grid(figure: &Figure) -> Option<(&[Cell], Option<f64>)> {
    figure.panels.iter().flat_map(|panel| &panel.layers).find_map(|layer| match &layer.marks {
        Marks::Cells { cells, middle } if !cells.is_empty() => Some((cells.as_slice(), *middle)),
        _ => None,
    })
}

/// A legend laid out: what stands in which row at which place.
pub struct Legend<'a> {
    entries: Vec<(Entry<'a>, usize, f64)>,
    grid: Option<(&'a [Cell], Option<f64>)>,
    /// How many rows it has.
    pub rows: usize,
}

impl<'a> Legend<'a> {
    /// The legend of a figure, in rows of a width.
    pub fn new(figure: &'a Figure, width: f64) -> Self {
        let (mut row, mut x) = (0, 0.0);
        let mut placed = Vec::new();
        for entry in entries(figure) {
            let wide = entry.mark() + 7.0 + text::width(entry.name, frame::SIZE).min(MOST) + 22.0;
            if x > 0.0 && x + wide - 22.0 > width {
                (row, x) = (row + 1, 0.0);
            }
            placed.push((entry, row, x));
            x += wide;
        }
        let grid = grid(figure);
        let rows = if placed.is_empty() { 0 } else { row + 1 } + usize::from(grid.is_some());
        Self { entries: placed, grid, rows }
    }

    /// Writes it with the upper left corner at a place.
    pub fn write(&self, canvas: &mut Canvas, left: f64, top: f64) {
        for (entry, row, x) in &self.entries {
            let (x, y) = (left + x, top + ROW * *row as f64 + ROW / 2.0);
            mark(canvas, entry, x, y);
            let words = Words { most: MOST, ..Words::new(entry.name, Anchor::Start, frame::SIZE, SOFT) };
            canvas.words(x + entry.mark() + 7.0, y + 4.2, &words);
        }
        if let Some((cells, middle)) = self.grid {
            ramp(canvas, cells, middle, left, top + ROW * (self.rows as f64 - 0.5));
        }
    }
}

fn mark(canvas: &mut Canvas, entry: &Entry<'_>, x: f64, y: f64) {
    let ink = palette::colour(entry.tone);
    if let Some(opacity) = entry.area {
        let area = Area { left: x, right: x + entry.mark(), top: y - 6.0, bottom: y + 6.0 };
        match opacity {
            1.0 => canvas.rect(&area, &palette::softened(entry.tone), "rx=\"1.5\""),
            _ => canvas.rect(&area, ink, &format!("fill-opacity=\"{opacity}\" rx=\"1.5\"")),
        }
    }
    if let Some(dashed) = entry.line {
        let dash = if dashed { "stroke-width=\"2\" stroke-dasharray=\"6 4\"" } else { "stroke-width=\"2\"" };
        canvas.line((x, y), (x + entry.mark(), y), ink, dash);
    }
    if entry.point {
        let outline = marker(entry.tone, (x + entry.mark() / 2.0, y), 4.2);
        canvas.put(format_args!("<path d=\"{outline}\" fill=\"{ink}\" stroke=\"#fff\" stroke-width=\"1\"/>"));
    }
}

/// The colours of a grid from its lowest to its highest value, and what its frames mean.
fn ramp(canvas: &mut Canvas, cells: &[Cell], middle: Option<f64>, left: f64, y: f64) {
    let span = cells::span(cells, middle);
    let plain = |value: f64| text::number(value, places(span));
    let low = plain(span.0);
    let start = left + text::width(&low, frame::SIZE) + 8.0;
    let (steps, step) = (32, 5.0);
    canvas.words(left, y + 4.2, &Words::new(&low, Anchor::Start, frame::SIZE, SOFT));
    for n in 0..steps {
        let value = span.0 + (f64::from(n) + 0.5) / f64::from(steps) * (span.1 - span.0);
        let x = start + step * f64::from(n);
        // A little wider than its place, so that no line shows between two.
        let area = Area { left: x, right: x + step + 0.4, top: y - 6.0, bottom: y + 6.0 };
        canvas.rect(&area, &cells::shade(value, span, middle), "");
    }
    let mut x = start + step * f64::from(steps) + 8.0;
    let high = plain(span.1);
    canvas.words(x, y + 4.2, &Words::new(&high, Anchor::Start, frame::SIZE, SOFT));
    x += text::width(&high, frame::SIZE) + 26.0;
    let frames = [
        (cells.iter().any(|cell| cell.chosen), "stroke-width=\"3\"", "chosen"),
        (
            cells.iter().any(|cell| cell.near && !cell.chosen),
            "stroke-width=\"2\" stroke-linecap=\"round\" stroke-dasharray=\"0.1 4.5\"",
            "cannot be told from the best",
        ),
    ];
    for (_, look, said) in frames.iter().filter(|one| one.0) {
        let (left, top) = (Px(x), Px(y - 6.0));
        canvas.put(format_args!("<rect x=\"{left}\" y=\"{top}\" width=\"18\" height=\"12\" stroke=\"{INK}\" {look}/>"));
        canvas.words(x + 25.0, y + 4.2, &Words::new(said, Anchor::Start, frame::SIZE, SOFT));
        x += 25.0 + text::width(said, frame::SIZE) + 22.0;
    }
}

/// Decimals with which the ends of a span can be told apart.
fn places(span: (f64, f64)) -> usize {
    let wide = (span.1 - span.0).abs().max(span.0.abs() * 1e-3);
    if wide > 0.0 { (1.0 - wide.log10().floor()).clamp(0.0, 8.0) as usize } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Axis, Layer, Panel};

    #[test]
    fn layers_of_one_name_are_one_entry_and_those_without_a_name_none() {
        let line = |name: &str| Layer::line(name, Tone::STATIC, [[0.0, 1.0], [1.0, 2.0]]);
        let layers = vec![line("a"), line(""), Layer::band("a", Tone::STATIC, [[0.0, 1.0, 2.0]]), line(" "), line("b")];
        let figure = Figure {
            id: String::new(),
            title: String::new(),
            summary: String::new(),
            basis: String::new(),
            x: Axis::linear(""),
            panels: vec![Panel::new(Axis::linear(""), layers)],
            shades: Vec::new(),
        };
        let names: Vec<_> = entries(&figure).iter().map(|entry| (entry.name, entry.line, entry.area)).collect();
        assert_eq!(names, [("a", Some(false), Some(0.22)), ("b", Some(false), None)]);
        assert_eq!(Legend::new(&figure, 60.0).rows, 2);
    }
}
