//! From numbers to places: the range of an axis, its track on the drawing, and round numbers to mark it with.

use super::text;
use crate::figure::{Axis, Scale};

/// Lowest and highest of what is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Lowest; above `high` if nothing was taken.
    pub low: f64,
    /// Highest.
    pub high: f64,
}

impl Range {
    /// Of nothing yet.
    pub const EMPTY: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };

    /// Widens it to hold a value; what is not finite is passed over.
    pub fn take(&mut self, value: f64) {
        if value.is_finite() {
            (self.low, self.high) = (self.low.min(value), self.high.max(value));
        }
    }

    /// Widens it to hold a value that is not farther away than it is wide, for what is good to see but no reason to
    /// squeeze everything else.
    pub fn take_near(&mut self, value: f64) {
        let width = self.high - self.low;
        if !(width >= 0.0) || (value >= self.low - width && value <= self.high + width) {
            self.take(value);
        }
    }
}

/// A mark of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The value.
    pub at: f64,
    /// Its number; empty for a line of the grid only.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Linear,
    Log,
    Names(usize),
}

/// An axis on the drawing: which value stands where.
#[derive(Clone, Debug)]
pub struct Track {
    kind: Kind,
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Track {
    /// An axis over a range, from the pixel of its lowest value to that of its highest. `room` is what is left free at
    /// both ends, as shares of the range; an end at zero stays there.
    pub fn new(axis: &Axis, range: Range, pixels: (f64, f64), room: f64) -> Self {
        let (start, end) = pixels;
        let kind = match &axis.scale {
            Scale::Linear => Kind::Linear,
            Scale::Log if range.low > 0.0 && range.high.is_finite() => Kind::Log,
            // An axis by logarithm without a positive number is an empty one.
            Scale::Log => Kind::Linear,
            Scale::Names(names) => Kind::Names(names.len()),
        };
        let (low, high) = match kind {
            Kind::Names(count) => (-0.5, count.max(1) as f64 - 0.5),
            Kind::Log => padded(range.low.log10(), range.high.log10(), room, 0.15),
            Kind::Linear if range.low > range.high => (0.0, 1.0),
            Kind::Linear => {
                let size = range.low.abs().max(range.high.abs());
                padded(range.low, range.high, room, if size > 0.0 { 0.1 * size } else { 1.0 })
            }
        };
        Self { kind, low, high, start, end }
    }

    /// The pixel of a value, not far outside the axis.
    pub fn place(&self, value: f64) -> f64 {
        let value = match self.kind {
            // What has no logarithm stands at the lower edge.
            Kind::Log if value <= 0.0 => self.low,
            Kind::Log => value.log10(),
            _ => value,
        };
        let share = (value - self.low) / (self.high - self.low);
        self.start + share.clamp(-2.0, 3.0) * (self.end - self.start)
    }

    /// Is a value on the axis?
    pub fn holds(&self, value: f64) -> bool {
        // Nothing compares with the logarithm of a negative number: it is on no axis.
        let value = if self.kind == Kind::Log { value.log10() } else { value };
        value >= self.low - 1e-9 && value <= self.high + 1e-9
    }

    /// Has a number a place at all: is it positive where logarithms count?
    pub fn has(&self, value: f64) -> bool {
        self.kind != Kind::Log || value > 0.0
    }

    /// Decimals of its round numbers, when there are about five.
    pub fn places(&self) -> usize {
        match self.ticks(5).first().map(|tick| tick.text.rfind('.').map_or(0, |dot| tick.text.len() - dot - 1)) {
            Some(places) if self.kind == Kind::Linear => places,
            _ => 0,
        }
    }

    /// The pixel that bars and fills stand on: zero, or the end next to it.
    pub fn ground(&self) -> f64 {
        let zero = if self.kind == Kind::Log { self.low } else { 0.0f64.clamp(self.low, self.high) };
        self.start + (zero - self.low) / (self.high - self.low) * (self.end - self.start)
    }

    /// Pixels from one name to the next, or from one whole number to the next.
    pub fn slot(&self) -> f64 {
        ((self.end - self.start) / (self.high - self.low)).abs()
    }

    /// Does it count by names?
    pub fn is_names(&self) -> bool {
        matches!(self.kind, Kind::Names(_))
    }

    /// Round numbers, at most about `most`.
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        match self.kind {
            Kind::Names(_) => Vec::new(),
            Kind::Linear => linear(self.low, self.high, most),
            Kind::Log => logarithmic(self.low, self.high, most),
        }
    }
}

/// A range with room at its ends; a single value gets `around` on both sides.
fn padded(low: f64, high: f64, room: f64, around: f64) -> (f64, f64) {
    // Halves, so that the widest numbers there are do not overflow.
    let width = high / 2.0 - low / 2.0;
    if !(width > around * 1e-9) {
        return (low - around, high + around);
    }
    let extra = (2.0 * width).min(f64::MAX / 8.0) * room;
    let below = if low == 0.0 { 0.0 } else { extra };
    let above = if high == 0.0 { 0.0 } else { extra };
    ((low - below).max(-f64::MAX / 8.0), (high + above).min(f64::MAX / 8.0))
}

/// Multiples of 1, 2 or 5 times a power of ten; a third more than asked for, before they become too few.
fn linear(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let raw = (high - low) / most.max(1) as f64;
    let power = raw.log10().floor();
    let step = [1.0, 2.0, 5.0, 10.0].map(|one| one * 10f64.powf(power)).into_iter().find(|step| *step >= raw * 0.75);
    let Some(step) = step.filter(|step| step.is_finite() && *step > 0.0) else { return Vec::new() };
    let places = (-(step.log10() + 1e-9).floor()).clamp(0.0, 20.0) as usize;
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    let count = (last - first).clamp(0.0, 4.0 * most as f64) as usize;
    (0..=count).map(|n| (first + n as f64) * step).map(|at| Tick { at, text: text::number(at, places) }).collect()
}

/// Powers of ten; with twice and five times them where there are few; round numbers within a single decade.
fn logarithmic(low: f64, high: f64, most: usize) -> Vec<Tick> {
    if high - low < 0.9 {
        return linear(10f64.powf(low), 10f64.powf(high), most);
    }
    let decades = high - low;
    let every = (decades / most.max(1) as f64).ceil().max(1.0) as i32;
    let between: &[f64] = if decades * 3.0 <= most as f64 + 1.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let mut ticks = Vec::new();
    for power in (low.floor() as i32)..=(high.floor() as i32) {
        for one in between {
            let at = one * 10f64.powi(power);
            let inside = at.log10() >= low - 1e-9 && at.log10() <= high + 1e-9;
            if inside && power.rem_euclid(every) == 0 {
                ticks.push(Tick { at, text: text::number(at, (-power).max(0) as usize) });
            }
        }
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.text.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_as_many_as_there_is_room_for() {
        assert_eq!(texts(&linear(-0.3, 1.1, 7)), ["−0.2", "0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(&linear(1990.0, 2024.0, 4)), ["1990", "2000", "2010", "2020"]);
        assert_eq!(texts(&linear(0.0, 30_000.0, 3)), ["0", "10,000", "20,000", "30,000"]);
        assert_eq!(texts(&logarithmic(2.0, 4.0, 8)), ["100", "200", "500", "1000", "2000", "5000", "10,000"]);
        assert_eq!(texts(&logarithmic(-2.0, 4.0, 4)), ["0.01", "1", "100", "10,000"]);
        assert_eq!(texts(&logarithmic(2.0, 2.5, 4)), ["100", "150", "200", "250", "300"]);
    }

    #[test]
    fn hostile_ranges_have_finite_places() {
        let axis = Axis::linear("");
        for (low, high) in [
            (0.0, 0.0),
            (5.0, 5.0),
            (-1e308, 1e308),
            (f64::MIN, f64::MAX),
            (1e-310, 2e-310),
            (1e17, 1e17 + 16.0),
            (f64::INFINITY, f64::NEG_INFINITY),
        ] {
            for axis in [&axis, &Axis::log("")] {
                let track = Track::new(axis, Range { low, high }, (400.0, 0.0), 0.05);
                for value in [low, high, 0.0] {
                    let pixel = track.place(value);
                    assert!(pixel.is_finite() || !value.is_finite(), "{low} {high}: {value} at {pixel}");
                }
                assert!(track.ticks(6).len() < 30 && track.ground().is_finite());
            }
        }
    }

    #[test]
    fn names_run_from_the_first_slot_to_the_last() {
        let axis = Axis::names("", vec!["a".into(), "b".into()]);
        let track = Track::new(&axis, Range::EMPTY, (0.0, 100.0), 0.05);
        assert_eq!((track.place(0.0), track.place(1.0), track.slot()), (25.0, 75.0, 50.0));
    }
}
