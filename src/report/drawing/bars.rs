//! Bars and boxes: upright, or lying across where the vertical axis counts by names.

use super::canvas::{AXIS, Anchor, Area, Px, SOFT, Words};
use super::field::{Field, Lane};
use super::{palette, text};
use crate::figure::{Bar, Quantiles, Tone};

/// Share of a slot that bars and boxes of all series fill together.
const FILL: f64 = 0.74;

/// Widest bar or box in pixels.
const WIDEST: f64 = 58.0;

/// Pixels from the middle of a slot to the middle of a lane, and the width of a lane.
pub fn lane(slot: f64, lane: Lane) -> (f64, f64) {
    let count = lane.of.max(1) as f64;
    let width = (slot * FILL / count).min(WIDEST);
    ((lane.number as f64 - (count - 1.0) / 2.0) * width, if lane.of > 1 { 0.88 * width } else { width })
}

/// The rectangle from one value to another around a middle, which stands upright or lies.
fn block(lying: bool, middle: f64, width: f64, from: f64, to: f64) -> Area {
    let (low, high) = (from.min(to), from.max(to));
    let (first, last) = (middle - width / 2.0, middle + width / 2.0);
    match lying {
        true => Area { left: low, right: high, top: first, bottom: last },
        false => Area { left: first, right: last, top: low, bottom: high },
    }
}

/// A place along a bar, turned if it lies.
fn turned(lying: bool, middle: f64, value: f64) -> (f64, f64) {
    if lying { (value, middle) } else { (middle, value) }
}

/// Draws bars; `places` is the number of decimals of their values, if these are written beside them.
pub fn bars(field: &mut Field<'_>, tone: Tone, bars: &[Bar], beside: Lane, places: Option<usize>) {
    let lying = field.y.is_names();
    let (names, values) = if lying { (field.y, field.x) } else { (field.x, field.y) };
    let ink = palette::softened(tone);
    let (aside, width) = match names.is_names() {
        true => lane(names.slot(), beside),
        false => (0.0, spacing(bars, |at| names.place(at)).map_or(WIDEST, |gap| (0.94 * gap).max(1.0))),
    };
    let mut whiskers = String::new();
    for bar in bars {
        let middle = names.place(bar.at) + aside;
        let (from, to) = (values.place(bar.from), values.place(bar.to));
        if ![middle, from, to].iter().all(|place| place.is_finite()) {
            continue;
        }
        let area = block(lying, middle, width, from, to);
        field.canvas.rect(&area, &ink, "");
        field.labels.take(area);
        let mut reach = to;
        if let Some([low, high]) = bar.interval.map(|ends| ends.map(|end| values.place(end))) {
            let (a, b) = (turned(lying, middle, low), turned(lying, middle, high));
            whiskers.push_str(&format!("M{} {}L{} {}", Px(a.0), Px(a.1), Px(b.0), Px(b.1)));
            reach = if (to > from) == (high > low) { high } else { low };
        }
        if let Some(places) = places {
            value(field, lying, middle, (from, to, reach), &text::number(bar.to - bar.from, places));
        }
    }
    if !whiskers.is_empty() {
        field.canvas.put(format_args!("<path d=\"{whiskers}\" stroke=\"#1F2328\" stroke-width=\"1.4\"/>"));
    }
}

/// Writes the value of a bar past its end, if there is room.
fn value(field: &mut Field<'_>, lying: bool, middle: f64, (from, to, reach): (f64, f64, f64), said: &str) {
    let size = 11.0;
    let wide = text::width(said, size);
    let forward = if lying { to >= from } else { to > from };
    let end = if forward { reach.max(to) } else { reach.min(to) };
    let (x, y) = match (lying, forward) {
        (true, true) => (end + 5.0 + wide / 2.0, middle + 4.0),
        (true, false) => (end - 5.0 - wide / 2.0, middle + 4.0),
        (false, true) => (middle, end + 13.0),
        (false, false) => (middle, end - 5.0),
    };
    let area = Area { left: x - wide / 2.0, right: x + wide / 2.0, top: y - size + 2.0, bottom: y + 2.0 };
    if field.labels.is_free(&area) {
        field.canvas.words(x, y, &Words { edged: true, ..Words::new(said, Anchor::Middle, size, SOFT) });
        field.labels.take(area);
    }
}

/// Draws thin lines from where a bar ended to where the next one starts, if bars stand on each other as in a waterfall.
pub fn steps(field: &mut Field<'_>, all: &[&Bar]) {
    let lying = field.y.is_names();
    let (names, values) = if lying { (field.y, field.x) } else { (field.x, field.y) };
    if !names.is_names() || all.iter().all(|bar| bar.from == 0.0) {
        return;
    }
    let mut sorted: Vec<&&Bar> = all.iter().collect();
    sorted.sort_by(|a, b| a.at.total_cmp(&b.at));
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (a.abs() + b.abs()).max(1e-12);
    for pair in sorted.windows(2) {
        let level = pair[0].to;
        if close(pair[1].from, level) || close(pair[1].to, level) {
            let level = values.place(level);
            let half = lane(names.slot(), Lane { number: 0, of: 1 }).1 / 2.0;
            let (from, to) = (names.place(pair[0].at) + half, names.place(pair[1].at) - half);
            field.canvas.line(turned(lying, from, level), turned(lying, to, level), AXIS, "stroke-width=\"1\"");
        }
    }
}

/// The smallest distance between neighbours, once they are placed.
pub fn spacing(bars: &[Bar], place: impl Fn(f64) -> f64) -> Option<f64> {
    let mut at: Vec<f64> = bars.iter().map(|bar| place(bar.at)).filter(|at| at.is_finite()).collect();
    at.sort_by(f64::total_cmp);
    let least = at.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 1e-6).fold(f64::INFINITY, f64::min);
    least.is_finite().then_some(least)
}

/// Draws boxes over quantiles: whiskers from 5 to 95 %, the box from 25 to 75 %, a thick line at the median.
pub fn boxes(field: &mut Field<'_>, tone: Tone, boxes: &[Quantiles], beside: Lane) {
    let lying = field.y.is_names();
    let (names, values) = if lying { (field.y, field.x) } else { (field.x, field.y) };
    let ink = palette::colour(tone);
    let (aside, width) = lane(names.slot(), beside);
    let width = width.min(28.0);
    for one in boxes {
        let middle = names.place(one.at) + aside;
        let [lowest, low, median, high, highest] = one.values.map(|value| values.place(value));
        if ![middle, lowest, low, median, high, highest].iter().all(|place| place.is_finite()) {
            continue;
        }
        for (from, to) in [(lowest, low), (high, highest)] {
            field.canvas.line(turned(lying, middle, from), turned(lying, middle, to), ink, "stroke-width=\"1.2\"");
        }
        let area = block(lying, middle, width, low, high);
        field.canvas.rect(&area, ink, &format!("fill-opacity=\"0.28\" stroke=\"{ink}\" stroke-width=\"1.2\""));
        let (from, to) = match lying {
            true => ((median, area.top), (median, area.bottom)),
            false => ((area.left, median), (area.right, median)),
        };
        field.canvas.line(from, to, ink, "stroke-width=\"2.6\"");
        field.labels.take(block(lying, middle, width, lowest, highest));
    }
}
