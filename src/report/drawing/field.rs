//! The inside of a panel: its axes, what is drawn on it, and what belongs beside each other.

use super::canvas::{Area, Canvas};
use super::labels::Labels;
use super::track::{Range, Track};
use super::{bars, cells, lines, points};
use crate::figure::{Axis, Bar, Figure, Layer, Marks, Panel, Point, Scale, Tone};

/// The inside of a panel while it is drawn.
pub struct Field<'a> {
    /// What is written on.
    pub canvas: &'a mut Canvas,
    /// Its edges.
    pub area: Area,
    /// The horizontal axis.
    pub x: &'a Track,
    /// The vertical axis.
    pub y: &'a Track,
    /// What stands in it already, and what wants a label.
    pub labels: Labels,
}

impl Field<'_> {
    /// The place of a point, if it has one: its numbers are finite and its axes hold them.
    pub fn spot(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let on = x.is_finite() && y.is_finite() && self.x.has(x) && self.y.has(y);
        on.then(|| (self.x.place(x), self.y.place(y)))
    }

    /// The places of points; those without one are left out.
    pub fn places(&self, points: &[[f64; 2]]) -> Vec<(f64, f64)> {
        points.iter().filter_map(|point| self.spot(point[0], point[1])).collect()
    }

    /// Draws the layers of a panel.
    pub fn draw(&mut self, panel: &Panel, across: &Axis) {
        let lanes = lanes(panel);
        let marked = needs_marks(panel);
        let all: Vec<&Bar> = panel.layers.iter().flat_map(bars_of).collect();
        bars::steps(self, &all);
        let alone = lanes.iter().all(|lane| lane.of < 2) && (1..=14).contains(&all.len());
        let values = if self.y.is_names() { self.x } else { self.y };
        let places = (alone && (self.x.is_names() || self.y.is_names())).then(|| values.places() + 1);
        for (layer, lane) in panel.layers.iter().zip(&lanes) {
            let tone = layer.tone;
            // A label on an axis of names begins with the name of its row, which stands there already.
            let known = panel.y.list().or(across.list()).unwrap_or_default();
            match &layer.marks {
                Marks::Line { points, dashed, stepped, filled } => {
                    let look = lines::Look {
                        dashed: *dashed,
                        stepped: *stepped,
                        filled: *filled,
                        marked: marked && matches!(tone, Tone::Series(_)),
                    };
                    lines::line(self, tone, points, look);
                }
                Marks::Band(band) => lines::band(self, tone, band),
                Marks::Points(some) => {
                    let slot = if self.y.is_names() { self.y.slot() } else { self.x.slot() };
                    let aside = if lane.of > 1 { bars::lane(0.75 * slot.min(60.0), *lane).0 } else { 0.0 };
                    let said = |point: &Point| own_words(point, known, self.y.is_names(), &layer.name);
                    let labels: Vec<String> = some.iter().map(said).collect();
                    points::points(self, tone, some, &labels, aside);
                }
                Marks::Bars(some) => bars::bars(self, tone, some, *lane, places),
                Marks::Boxes(some) => bars::boxes(self, tone, some, *lane),
                Marks::Cells { cells: some, middle } => cells::cells(self, some, *middle),
            }
        }
    }
}

/// What the label of a point says beyond the name of its row and that of its layer.
fn own_words(point: &Point, names: &[String], lying: bool, layer: &str) -> String {
    let at = if lying { point.y } else { point.x };
    let Some(name) = names.get(at.round().max(0.0) as usize) else { return point.label.clone() };
    let rest = point.label.strip_prefix(name.as_str()).unwrap_or(&point.label);
    let rest = rest.trim_start_matches([',', ':', ' ']);
    if rest == layer { String::new() } else { rest.to_owned() }
}

/// Which of several neighbours at one name a layer is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lane {
    /// Its number, from 0.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

fn bars_of(layer: &Layer) -> &[Bar] {
    match &layer.marks {
        Marks::Bars(bars) => bars,
        _ => &[],
    }
}

/// The names that a layer stands at, and which kind of mark it is: marks of one kind must not cover each other.
fn stands_at(layer: &Layer, lying: bool) -> (u8, Vec<f64>) {
    match &layer.marks {
        Marks::Bars(bars) => (1, bars.iter().map(|bar| bar.at).collect()),
        Marks::Boxes(boxes) => (2, boxes.iter().map(|one| one.at).collect()),
        Marks::Points(points) => (3, points.iter().map(|point| if lying { point.y } else { point.x }).collect()),
        _ => (0, Vec::new()),
    }
}

/// The lanes of layers on an axis of names: two layers of one kind that stand at one name go beside each other.
pub fn lanes(panel: &Panel) -> Vec<Lane> {
    if panel.level {
        return vec![Lane { number: 0, of: 1 }; panel.layers.len()];
    }
    let lying = panel.y.list().is_some();
    let lines = panel.layers.iter().any(|layer| matches!(layer.marks, Marks::Line { .. }));
    let stands: Vec<_> = panel.layers.iter().map(|layer| stands_at(layer, lying)).collect();
    let mut numbers = vec![0; stands.len()];
    for later in 1..stands.len() {
        let (kind, at) = &stands[later];
        let meets = |number: usize, numbers: &[usize]| {
            (0..later)
                .any(|n| numbers[n] == number && stands[n].0 == *kind && stands[n].1.iter().any(|one| at.contains(one)))
        };
        // A point that belongs to a line stays on it.
        if *kind != 0 && !(*kind == 3 && lines) {
            while meets(numbers[later], &numbers) {
                numbers[later] += 1;
            }
        }
    }
    let most = |kind: u8| (0..stands.len()).filter(|n| stands[*n].0 == kind).map(|n| numbers[n] + 1).max().unwrap_or(1);
    numbers.iter().zip(&stands).map(|(number, one)| Lane { number: *number, of: most(one.0) }).collect()
}

/// Do lines of several series meet in a panel, so that they must be told apart without colour? Not among points, where
/// marks on lines would be taken for points.
pub fn needs_marks(panel: &Panel) -> bool {
    if panel.layers.iter().any(|layer| matches!(layer.marks, Marks::Points(_))) {
        return false;
    }
    let is_line =
        |layer: &&Layer| matches!(layer.marks, Marks::Line { .. }) && !layer.name.is_empty() && !layer.is_empty();
    let tones: Vec<Tone> = panel.layers.iter().filter(is_line).map(|layer| layer.tone).collect();
    tones.iter().filter(|tone| matches!(tone, Tone::Series(_))).any(|tone| *tone != tones[0])
}

/// The range of the common horizontal axis.
pub fn across(figure: &Figure) -> Range {
    let mut range = Range::EMPTY;
    let positive = figure.x.scale == Scale::Log;
    for panel in &figure.panels {
        let lying = panel.y.list().is_some();
        for layer in &panel.layers {
            visit(layer, lying, &mut |x, _| take(&mut range, x, positive));
            // Bars at values are as wide as they are apart.
            let gap = bars::spacing(bars_of(layer), |at| at).filter(|_| !lying && !positive).unwrap_or(0.0);
            bars_of(layer).iter().filter(|_| gap > 0.0).for_each(|bar| {
                range.take(bar.at - gap / 2.0);
                range.take(bar.at + gap / 2.0);
            });
        }
    }
    for guide in figure.panels.iter().flat_map(|panel| &panel.guides).filter(|guide| guide.upright) {
        if !positive || guide.at > 0.0 {
            range.take_near(guide.at);
        }
    }
    range
}

/// The range of the vertical axis of a panel.
pub fn along(panel: &Panel) -> Range {
    let mut range = Range::EMPTY;
    let positive = panel.y.scale == Scale::Log;
    let lying = panel.y.list().is_some();
    for layer in &panel.layers {
        visit(layer, lying, &mut |_, y| take(&mut range, y, positive));
    }
    for guide in panel.guides.iter().filter(|guide| !guide.upright) {
        if !positive || guide.at > 0.0 {
            range.take_near(guide.at);
        }
    }
    range
}

fn take(range: &mut Range, value: f64, positive: bool) {
    if !positive || value > 0.0 {
        range.take(value);
    }
}

/// Shows every number of a layer: one on the horizontal axis, one on the vertical axis; a NaN where there is none.
fn visit(layer: &Layer, lying: bool, see: &mut impl FnMut(f64, f64)) {
    let mut turned = |at: f64, value: f64| if lying { see(value, at) } else { see(at, value) };
    match &layer.marks {
        Marks::Bars(bars) => {
            for bar in bars {
                let [low, high] = bar.interval.unwrap_or([bar.to; 2]);
                [bar.from, bar.to, low, high].into_iter().for_each(|value| turned(bar.at, value));
            }
        }
        Marks::Boxes(boxes) => boxes.iter().for_each(|one| one.values.iter().for_each(|value| turned(one.at, *value))),
        Marks::Line { points, filled, .. } => {
            points.iter().for_each(|point| see(point[0], point[1]));
            if *filled {
                see(f64::NAN, 0.0);
            }
        }
        Marks::Band(points) => points.iter().for_each(|point| {
            see(point[0], point[1]);
            see(point[0], point[2]);
        }),
        Marks::Points(points) => {
            for point in points {
                see(point.x, point.y);
                point.across.into_iter().flatten().for_each(|x| see(x, f64::NAN));
                point.along.into_iter().flatten().for_each(|y| see(f64::NAN, y));
                point.region.iter().for_each(|place| see(place[0], place[1]));
            }
        }
        Marks::Cells { cells, .. } => {
            for cell in cells {
                see(cell.x as f64 - 0.5, cell.y as f64 - 0.5);
                see(cell.x as f64 + 0.5, cell.y as f64 + 0.5);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Axis, Guide};

    fn bar(at: f64, to: f64) -> Bar {
        Bar { at, to, ..Bar::default() }
    }

    #[test]
    fn layers_at_one_name_go_beside_each_other_and_others_share_the_slot() {
        let axis = || Axis::linear("");
        let layers = vec![
            Layer::bars("a", Tone::Gain, vec![bar(0.0, 1.0), bar(2.0, 1.0)]),
            Layer::bars("b", Tone::Loss, vec![bar(1.0, 1.0)]),
            Layer::bars("c", Tone::Quiet, vec![bar(1.0, 1.0), bar(2.0, 1.0)]),
        ];
        let of = |number| Lane { number, of: 2 };
        assert_eq!(lanes(&Panel::new(axis(), layers)), [of(0), of(0), of(1)]);
    }

    #[test]
    fn a_label_does_not_repeat_its_row() {
        let names = ["static".to_owned(), "vix".to_owned()];
        let said = |label: &str, y: f64| {
            let point = Point { y, label: label.to_owned(), ..Point::default() };
            own_words(&point, &names, true, "calm")
        };
        assert_eq!([said("static, calm", 0.0), said("vix", 1.0), said("vix, at 7.3", 1.0)], ["", "", "at 7.3"]);
        assert_eq!([said("other", 1.0), said("other", 5.0)], ["other", "other"]);
    }

    #[test]
    fn a_range_holds_intervals_and_near_guides() {
        let bars = vec![Bar { at: 0.0, from: 1.0, to: 4.0, interval: Some([3.0, 5.0]) }];
        let mut panel = Panel::new(Axis::linear(""), vec![Layer::bars("", Tone::Gain, bars)]);
        panel.guides.push(Guide { upright: false, at: 8.0, label: String::new() });
        panel.guides.push(Guide { upright: false, at: 800.0, label: String::new() });
        assert_eq!(along(&panel), Range { low: 1.0, high: 8.0 });
    }
}
