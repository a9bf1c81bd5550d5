//! Around and behind the marks: grid, ticks, names, titles of axes, shaded spans and guides.

use super::canvas::{AXIS, Anchor, Area, Canvas, FAINT, GRID, SOFT, Words};
use super::field::Field;
use super::text;
use super::track::{Tick, Track};
use crate::figure::{Guide, Shade};

/// Size of the letters of ticks and names.
pub const SIZE: f64 = 12.0;

/// Size of the letters of guides and shaded spans.
const NOTE: f64 = 11.0;

/// How the names below a drawing are written: in lines, tilted, or upright.
pub struct Below {
    /// Degrees by which they are turned.
    turn: f64,
    /// The lines of each name.
    lines: Vec<Vec<String>>,
    /// Widest, in pixels along the words.
    most: f64,
    /// Pixels that they take below the axis.
    pub height: f64,
    /// Pixels that they take to the left of the place of the first.
    pub overhang: f64,
}

impl Below {
    /// The way to write names with so many pixels from one to the next.
    pub fn new(names: &[String], slot: f64) -> Self {
        let wrapped: Vec<_> = names.iter().map(|name| text::wrap(name, SIZE, slot - 8.0, 3)).collect();
        let widest = names.iter().map(|name| text::width(name, SIZE)).fold(0.0, f64::max);
        if !wrapped.iter().flatten().any(|line| line.ends_with('…')) {
            let lines = wrapped.iter().map(Vec::len).max().unwrap_or(1);
            return Self { turn: 0.0, lines: wrapped, most: slot, height: 8.0 + 15.0 * lines as f64, overhang: 0.0 };
        }
        let (turn, longest) = if slot >= 19.0 { (-38.0, 190.0) } else { (-90.0, 170.0) };
        let most = widest.min(longest);
        let (down, left) = (most * f64::to_radians(-turn).sin(), most * f64::to_radians(-turn).cos());
        let lines = names.iter().map(|name| vec![name.clone()]).collect();
        Self { turn, lines, most, height: down + 16.0, overhang: left }
    }

    fn write(&self, canvas: &mut Canvas, x: &Track, bottom: f64) {
        // Where letters would cover each other, only every second or third name is written.
        let every = if self.turn == 0.0 { 1 } else { (13.0 / x.slot()).ceil().max(1.0) as usize };
        for (number, lines) in self.lines.iter().enumerate().step_by(every) {
            let place = x.place(number as f64);
            for (line, words) in lines.iter().enumerate() {
                let anchor = if self.turn == 0.0 { Anchor::Middle } else { Anchor::End };
                let words = Words { most: self.most, turn: self.turn, ..Words::new(words, anchor, SIZE, SOFT) };
                let (x, y) = if self.turn == 0.0 {
                    (place, bottom + 18.0 + 15.0 * line as f64)
                } else {
                    (place + 4.0, bottom + 12.0)
                };
                canvas.words(x, y, &words);
            }
        }
    }
}

/// What stands behind the marks: grid, shaded spans, and the numbers or names of the vertical axis.
pub fn back(field: &mut Field<'_>, ticks: (&[Tick], &[Tick]), names: &[String], shades: &[Shade], first: bool) {
    let area = field.area;
    if field.y.is_names() {
        rows(field, names);
    }
    shaded(field, shades, first);
    for tick in ticks.0 {
        let x = field.x.place(tick.at);
        field.canvas.line((x, area.top), (x, area.bottom), GRID, "");
    }
    for tick in ticks.1 {
        let y = field.y.place(tick.at);
        field.canvas.line((area.left, y), (area.right, y), GRID, "");
        field.canvas.words(area.left - 9.0, y + 4.2, &Words::new(&tick.text, Anchor::End, SIZE, SOFT));
    }
}

/// The names of a vertical axis, every second row on a light ground.
fn rows(field: &mut Field<'_>, names: &[String]) {
    let (area, slot) = (field.area, field.y.slot());
    let every = (13.0 / slot).ceil().max(1.0) as usize;
    for (number, name) in names.iter().enumerate() {
        let y = field.y.place(number as f64);
        if number % 2 == 1 && names.len() > 4 {
            let row = Area { top: y - slot / 2.0, bottom: y + slot / 2.0, ..area };
            field.canvas.rect(&row, "#F7F8F9", "");
        }
        if number % every == 0 {
            let words = Words { most: WIDEST_NAME, ..Words::new(name, Anchor::End, SIZE, SOFT) };
            field.canvas.words(area.left - 9.0, y + 4.2, &words);
        }
    }
}

/// Widest name beside a vertical axis.
pub const WIDEST_NAME: f64 = 240.0;

fn shaded(field: &mut Field<'_>, shades: &[Shade], first: bool) {
    let area = field.area;
    let mut free = area.left;
    for shade in shades {
        let (from, to) = (field.x.place(shade.from), field.x.place(shade.to));
        let (from, to) = (from.min(to).max(area.left), from.max(to).min(area.right));
        if !(to >= from) {
            continue;
        }
        // A span of a single day is still seen.
        let to = to.max((from + 1.5).min(area.right));
        field.canvas.rect(&Area { left: from, right: to, ..area }, "#EDE6DA", "fill-opacity=\"0.85\"");
        let wide = text::width(&shade.label, NOTE);
        let left = ((from + to - wide) / 2.0).clamp(area.left, (area.right - wide).max(area.left));
        if first && wide > 0.0 && left >= free && left + wide <= area.right {
            field.canvas.words(left, area.top - 4.0, &Words::new(&shade.label, Anchor::Start, NOTE, FAINT));
            free = left + wide + 8.0;
        }
    }
}

/// Axes and guides over the marks.
pub fn front(field: &mut Field<'_>, guides: &[Guide]) {
    let area = field.area;
    if !field.y.is_names() {
        field.canvas.line((area.left, area.bottom), (area.right, area.bottom), AXIS, "");
    }
    for guide in guides {
        let track = if guide.upright { field.x } else { field.y };
        // A line through the middle of a row of names would only strike them out: a line at zero meant for values.
        let strikes = !guide.upright && track.is_names() && guide.at.fract() == 0.0;
        if !track.holds(guide.at) || strikes {
            continue;
        }
        let place = track.place(guide.at);
        let (from, to) = match guide.upright {
            true => ((place, area.top), (place, area.bottom)),
            false => ((area.left, place), (area.right, place)),
        };
        let dash = if guide.label.is_empty() { "" } else { "stroke-dasharray=\"4 3\"" };
        field.canvas.line(from, to, FAINT, dash);
        field.labels.cross(from, to);
        said(field, guide, place);
    }
}

/// The words of a guide, beside it at the end where there is room.
fn said(field: &mut Field<'_>, guide: &Guide, place: f64) {
    let area = field.area;
    let most = 0.45 * area.width();
    let wide = text::width(&guide.label, NOTE).min(most);
    if wide == 0.0 {
        return;
    }
    let tries: Vec<(f64, f64)> = match guide.upright {
        true => (0..4)
            .map(|row| area.top + 11.0 + 14.0 * f64::from(row))
            .flat_map(|y| [(place + 5.0, y), (place - 5.0 - wide, y)])
            .collect(),
        false => (0..=8)
            .map(|step| area.right - wide - 4.0 - (area.width() - wide - 9.0) * f64::from(step) / 8.0)
            .flat_map(|x| [(x, place - 5.0), (x, place + 13.0)])
            .collect(),
    };
    let covers = |x: f64, y: f64| Area { left: x, right: x + wide, top: y - NOTE, bottom: y + 2.5 };
    let free = tries.into_iter().filter(|(x, y)| field.labels.is_free(&covers(*x, *y)));
    if let Some((x, y)) = free.min_by_key(|(x, y)| field.labels.crossings(&covers(*x, *y))) {
        let words = Words { most, edged: true, ..Words::new(&guide.label, Anchor::Start, NOTE, FAINT) };
        field.canvas.words(x, y, &words);
        field.labels.take(covers(x, y));
    }
}

/// The numbers or names below the last panel, and the title of the horizontal axis.
pub fn below(canvas: &mut Canvas, x: &Track, area: &Area, ticks: &[Tick], names: Option<&Below>, heading: &str) {
    if let Some(names) = names {
        names.write(canvas, x, area.bottom);
    }
    let mut free = f64::NEG_INFINITY;
    for tick in ticks.iter().filter(|tick| !tick.text.is_empty()) {
        let (place, wide) = (x.place(tick.at), text::width(&tick.text, SIZE));
        if place - wide / 2.0 > free {
            canvas.words(place, area.bottom + 18.0, &Words::new(&tick.text, Anchor::Middle, SIZE, SOFT));
            free = place + wide / 2.0 + 8.0;
        }
    }
    let down = names.map_or(24.0, |names| names.height) + 16.0;
    let words = Words { most: area.width(), ..Words::new(heading, Anchor::Middle, 13.0, SOFT) };
    canvas.words((area.left + area.right) / 2.0, area.bottom + down, &words);
}
