//! Figures for papers: SVG whose text stays text, and PNG made from it.
//!
//! The SVG is written directly. The plotting library at hand places everything on whole pixels, knows no width of a word
//! without a font library, and has no axis of names, no lying boxes and no labels that make room for each other: what is
//! left to it are rectangles and lines. Writing these ourselves keeps fractions of a pixel and one dependency less.
//!
//! The size of a drawing follows from what is in it: rows grow with the names of a vertical axis, the space below with the
//! names of the horizontal one. The same figure gives the same bytes.

mod bars;
mod canvas;
mod cells;
mod field;
mod frame;
mod labels;
mod legend;
mod lines;
mod png;
mod points;
#[cfg(test)]
mod samples;
mod text;
mod track;

use super::palette;
use crate::figure::{Figure, Marks, Panel};
use canvas::{Anchor, Area, Canvas, FAINT, INK, SOFT, Words};
use field::Field;
use frame::Below;
use labels::Labels;
use legend::Legend;
pub use png::{DrawingError, png};
use track::{Tick, Track};

/// Width of a drawing in pixels.
const WIDTH: f64 = 900.0;

/// Free space at the edges.
const EDGE: f64 = 20.0;

/// Size of the letters of the title.
const TITLE: f64 = 17.0;

/// Space above the first panel and above the others, for the title of the axis.
const ABOVE: (f64, f64) = (30.0, 42.0);

/// Space for the words of shaded spans.
const SHADED: f64 = 14.0;

/// Size of the letters of the basis, and pixels from line to line.
const BASIS: (f64, f64) = (11.0, 15.0);

/// Draws a figure as SVG.
pub fn svg(figure: &Figure) -> String {
    let mut canvas = Canvas::default();
    let inner = WIDTH - 2.0 * EDGE;
    let mut down = EDGE + 4.0;
    for line in text::wrap(&figure.title, TITLE, inner, 2) {
        canvas.words(EDGE, down + 10.0, &Words::new(&line, Anchor::Start, TITLE, INK));
        down += 23.0;
    }
    let legend = Legend::new(figure, inner);
    if legend.rows > 0 {
        legend.write(&mut canvas, EDGE, down + 2.0);
        down += 4.0 + legend::ROW * legend.rows as f64;
    }
    down = panels(&mut canvas, figure, down + 4.0);
    for line in text::wrap(&figure.basis, BASIS.0, inner, 4) {
        down += BASIS.1;
        canvas.words(EDGE, down, &Words::new(&line, Anchor::Start, BASIS.0, FAINT));
    }
    canvas.finish(WIDTH, (down + EDGE - 4.0).round(), &figure.title, &format!("{} {}", figure.summary, figure.basis))
}

/// Draws the panels from a height downwards, and what stands below them; returns where it ends.
fn panels(canvas: &mut Canvas, figure: &Figure, top: f64) -> f64 {
    let heights = heights(figure);
    // Left and right edges follow from the words beside and below; the vertical tracks only from the heights.
    let tracks: Vec<Track> =
        figure.panels.iter().zip(&heights).map(|(panel, height)| vertical(panel, (*height, 0.0))).collect();
    let ticks: Vec<Vec<Tick>> = tracks
        .iter()
        .zip(&heights)
        .map(|(track, height)| track.ticks((height / 48.0).ceil().max(2.0) as usize))
        .collect();
    let right = WIDTH - EDGE - 6.0;
    let mut left = EDGE + beside(figure, &ticks) + 9.0;
    let below = figure.x.list().map(|names| {
        let count = names.len().max(1) as f64;
        let below = Below::new(names, (right - left) / count);
        left = left.max(EDGE + below.overhang - (right - left) / (2.0 * count));
        below
    });
    let x = Track::new(&figure.x, field::across(figure), (left, right), side_room(figure));
    let columns = x.ticks(8);
    let mut down = top;
    let mut area = Area { left, right, top, bottom: top };
    for (number, panel) in figure.panels.iter().enumerate() {
        let said = number == 0 && figure.shades.iter().any(|shade| !shade.label.is_empty());
        let above = if number == 0 { ABOVE.0 } else { ABOVE.1 };
        let silent = panel.y.title.trim().is_empty();
        down += if silent { above - 16.0 } else { above } + if said { SHADED } else { 0.0 };
        area = Area { left, right, top: down, bottom: down + heights[number] };
        let y =
            vertical(panel, if panel.y.list().is_some() { (area.top, area.bottom) } else { (area.bottom, area.top) });
        let heading = Words { most: right - EDGE, ..Words::new(&panel.y.title, Anchor::Start, 13.0, SOFT) };
        let raised = if said { 10.0 + SHADED } else { 10.0 };
        canvas.words(EDGE, area.top - raised, &heading);
        let mut field = Field { canvas, area, x: &x, y: &y, labels: Labels::new(area) };
        let names = panel.y.list().unwrap_or_default();
        frame::back(&mut field, (&columns, &ticks[number]), names, &figure.shades, number == 0);
        field.draw(panel, &figure.x);
        frame::front(&mut field, &panel.guides);
        let Field { labels, .. } = field;
        labels.write(canvas);
        down = area.bottom;
    }
    frame::below(canvas, &x, &area, &columns, below.as_ref(), &figure.x.title);
    let heading = if figure.x.title.trim().is_empty() { 2.0 } else { 22.0 };
    down + below.map_or(24.0, |below| below.height) + heading + 6.0
}

/// Heights of the panels: those of names by their rows, the others shares of a common height.
fn heights(figure: &Figure) -> Vec<f64> {
    let share = |panel: &Panel| {
        if panel.height.is_finite() && panel.height > 0.0 { panel.height.clamp(0.05, 20.0) } else { 1.0 }
    };
    let free = |panel: &&Panel| panel.y.list().is_none();
    let total: f64 = figure.panels.iter().filter(free).map(share).sum();
    let count = figure.panels.iter().filter(free).count() as f64;
    let height = |panel: &Panel| match panel.y.list() {
        Some(names) => names.len().max(1) as f64 * row(panel, names.len()),
        None => ((300.0 + 90.0 * count) * share(panel) / total).max(80.0).round(),
    };
    figure.panels.iter().map(height).collect()
}

/// Pixels of a row of a vertical axis of names.
fn row(panel: &Panel, count: usize) -> f64 {
    let lanes = field::lanes(panel).iter().map(|lane| lane.of).max().unwrap_or(1) as f64;
    let cells = panel.layers.iter().any(|layer| matches!(layer.marks, Marks::Cells { .. }));
    let least: f64 = match (cells, count) {
        (true, ..=12) => 46.0,
        (true, _) => 30.0,
        (false, ..=12) => 32.0,
        (false, ..=30) => 25.0,
        (false, _) => 20.0,
    };
    least.max(12.0 * lanes + 8.0)
}

/// The vertical axis of a panel between two pixels.
fn vertical(panel: &Panel, pixels: (f64, f64)) -> Track {
    Track::new(&panel.y, field::along(panel), pixels, 0.07)
}

/// Free room at the ends of the horizontal axis: none where lines run from edge to edge, more where values are written
/// beside bars.
fn side_room(figure: &Figure) -> f64 {
    let runs = |marks: &Marks| matches!(marks, Marks::Line { .. } | Marks::Band(_));
    let all = || figure.panels.iter().flat_map(|panel| panel.layers.iter().map(move |layer| (panel, &layer.marks)));
    if all().any(|(panel, marks)| panel.y.list().is_some() && matches!(marks, Marks::Bars(_))) {
        0.09
    } else if all().all(|(_, marks)| runs(marks)) {
        0.0
    } else {
        0.05
    }
}

/// Pixels of the widest number or name beside a vertical axis.
fn beside(figure: &Figure, ticks: &[Vec<Tick>]) -> f64 {
    let names =
        figure.panels.iter().filter_map(|panel| panel.y.list()).flatten().map(|name| text::width(name, frame::SIZE));
    let names = names.fold(0.0, f64::max).min(frame::WIDEST_NAME);
    ticks.iter().flatten().map(|tick| text::width(&tick.text, frame::SIZE)).fold(names.max(22.0), f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Axis, Bar, Cell, Guide, Layer, Point, Quantiles, Shade, Tone};
    use resvg::usvg::roxmltree::Document;

    fn plain(x: Axis, y: Axis, layers: Vec<Layer>) -> Figure {
        let said = |text: &str| text.to_owned();
        let (id, title, summary, basis) = (said("a"), said("A"), said("It rises."), said("n = 2"));
        Figure { id, title, summary, basis, x, panels: vec![Panel::new(y, layers)], shades: Vec::new() }
    }

    fn names(count: usize) -> Axis {
        Axis::names("rule", (0..count).map(|n| format!("r{n}")).collect())
    }

    #[test]
    fn samples_of_every_kind_are_drawn_the_same_every_time() {
        let folder = std::env::var_os("HEDGELAB_DRAWINGS").map(std::path::PathBuf::from);
        for figure in samples::all() {
            let drawing = svg(&figure);
            assert_eq!(drawing, svg(&figure));
            let read = Document::parse(&drawing).unwrap();
            let drawn = read.descendants().filter(|node| ["path", "rect"].contains(&node.tag_name().name())).count();
            assert!(drawn > 8, "{}: {drawn}", figure.id);
            if let Some(folder) = &folder {
                std::fs::create_dir_all(folder).unwrap();
                std::fs::write(folder.join(format!("{}.svg", figure.id)), &drawing).unwrap();
                std::fs::write(folder.join(format!("{}.png", figure.id)), png(&drawing, 1350).unwrap()).unwrap();
            }
        }
    }

    #[test]
    fn drawings_are_small() {
        assert!(svg(&samples::histograms()).len() < 20_000);
        assert!(svg(&samples::frontier(40)).len() < 60_000);
        assert!(svg(&samples::years()).len() < 30_000);
    }

    #[test]
    fn a_drawing_says_title_summary_and_basis() {
        let line = Layer::line("rule", Tone::DYNAMIC, [[0.0, 1.0], [1.0, 2.0]]);
        let drawing = svg(&plain(Axis::linear("day"), Axis::linear("bp"), vec![line]));
        for part in ["<title>A</title>", "<desc>It rises. n = 2</desc>", ">n = 2</text>", ">day</text>", ">bp</text>"] {
            assert!(drawing.contains(part), "{part}: {drawing}");
        }
        assert!(drawing.contains(">rule</text>") && drawing.contains(palette::colour(Tone::DYNAMIC)));
    }

    #[test]
    fn names_of_a_scenario_are_text() {
        let drawing = svg(&samples::hostile());
        let read = Document::parse(&drawing).unwrap();
        let known = ["svg", "title", "desc", "rect", "path", "text"];
        assert!(read.descendants().filter(|n| n.is_element()).all(|n| known.contains(&n.tag_name().name())));
        assert!(read.descendants().any(|node| node.text() == Some("<script>alert(\"1\")</script>")));
        let long = "a very long name ".repeat(12);
        assert!(read.descendants().any(|node| node.has_tag_name("title") && node.text() == Some(&long)));
        assert!(png(&drawing, 300).is_ok());
    }

    #[test]
    fn bars_and_boxes_lie_on_an_axis_of_names() {
        let bar = |at: f64| Bar { at, to: 10.0 * (at + 1.0), ..Bar::default() };
        let bars = |bars| vec![Layer::bars("", Tone::Gain, bars)];
        let ink = palette::softened(Tone::Gain);
        let sizes = |x: Axis, y: Axis| -> Vec<[f64; 2]> {
            let drawing = svg(&plain(x, y, bars((0..3).map(|n| bar(n as f64)).collect())));
            let read = Document::parse(&drawing).unwrap();
            let number =
                |node: &resvg::usvg::roxmltree::Node<'_, '_>, name| node.attribute(name).unwrap().parse().unwrap();
            let filled = read.descendants().filter(|node| node.attribute("fill") == Some(&ink));
            filled.map(|node| [number(&node, "width"), number(&node, "height")]).collect()
        };
        for (sizes, along) in [(sizes(Axis::linear(""), names(3)), 0), (sizes(names(3), Axis::linear("")), 1)] {
            assert_eq!(sizes.len(), 3);
            assert!(sizes.windows(2).all(|pair| pair[0][1 - along] == pair[1][1 - along]), "{sizes:?}");
            assert!((sizes[2][along] / sizes[0][along] - 3.0).abs() < 0.01, "{sizes:?}");
        }
    }

    #[test]
    fn nothing_and_hostile_numbers_are_drawn_without_harm() {
        let far = [0.0, -0.0, 1e-300, -1e308, 1e308, f64::NAN, f64::INFINITY];
        let line = |y: f64| Layer::line("a", Tone::STATIC, (0..3).map(move |n| [n as f64, y]));
        let point = |x: f64| Point {
            x,
            y: x,
            across: Some([x, 1e308]),
            along: Some([f64::NAN, x]),
            label: "p".into(),
            region: vec![[x, x]; 5],
        };
        let mut every: Vec<Layer> = far.map(line).to_vec();
        every.push(Layer { name: String::new(), tone: Tone::Accent, marks: Marks::Points(far.map(point).to_vec()) });
        every.push(Layer {
            name: String::new(),
            tone: Tone::Quiet,
            marks: Marks::Band(far.map(|x| [x, x, -x]).to_vec()),
        });
        every.push(Layer::boxes("", Tone::Loss, far.map(|x| Quantiles { at: x, values: [x; 5] }).to_vec()));
        every.push(Layer::bars(
            "",
            Tone::Gain,
            far.map(|x| Bar { at: x, from: x, to: 1.0, interval: Some([x; 2]) }).to_vec(),
        ));
        every.push(Layer::cells(
            far.map(|x| Cell { x: 9, y: 1, value: x, text: "c".into(), chosen: true, near: true }).to_vec(),
            Some(1e308),
        ));
        let alone = every.iter().map(|layer| vec![layer.clone()]);
        for layers in [Vec::new(), every.clone()].into_iter().chain(alone) {
            for x in [Axis::linear(""), Axis::log(""), names(0), names(1), names(3)] {
                for y in [Axis::linear(""), Axis::log(""), names(0), names(2)] {
                    let mut figure = plain(x.clone(), y, layers.clone());
                    let guide = |upright, at| Guide { upright, at, label: "g".into() };
                    figure.panels[0].guides = far.iter().flat_map(|at| [guide(true, *at), guide(false, *at)]).collect();
                    figure.shades = far.map(|to| Shade { from: 1.0, to, label: "s".into() }).to_vec();
                    let drawing = svg(&figure);
                    Document::parse(&drawing).unwrap();
                    assert!(!drawing.contains("NaN") && !drawing.contains("inf\""), "{drawing}");
                }
            }
        }
        let mut empty = plain(names(0), names(0), Vec::new());
        empty.panels.clear();
        assert!(Document::parse(&svg(&empty)).is_ok());
    }
}
