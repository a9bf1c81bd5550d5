//! When a rule trades: strict thresholds since the last event, with a slack of 1e-9, so that exact ties do not fire.

use crate::lanes::{Mask, Row, WIDTH};

/// Slack of every strict comparison: two-decimal ties misfire in binary floating point without it.
pub const SLACK: f64 = 1e-9;

/// One condition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Condition {
    /// So many trading days since the last event.
    Every(usize),
    /// The watched signal has moved by more than this since the last event.
    Points {
        /// Index into the trigger's watches.
        watch: usize,
        /// Units of the signal.
        by: f64,
    },
    /// The watched signal has moved by more than this share of its value at the last event.
    Relative {
        /// Index into the trigger's watches.
        watch: usize,
        /// Share.
        by: f64,
    },
}

/// A watched signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Slot of the signal.
    pub signal: usize,
}

/// Fires when all conditions of any group hold. A roll is always an event, and an event resets the memory even if the
/// trade is zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    watches: Vec<Watch>,
    any_of: Vec<Vec<Condition>>,
}

/// Most signals that one trigger may watch.
pub const MOST_WATCHES: usize = 4;

/// What a trigger remembers on eight paths.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    last: [Row; MOST_WATCHES],
    days: Row,
}

impl Default for Memory {
    fn default() -> Self {
        Self { last: [Row::splat(0.0); MOST_WATCHES], days: Row::splat(0.0) }
    }
}

impl Trigger {
    /// Every day.
    pub fn daily() -> Self {
        Self { watches: Vec::new(), any_of: vec![vec![Condition::Every(1)]] }
    }

    /// All conditions of any group.
    ///
    /// # Errors
    /// A sentence when there is nothing to fire, or more signals are watched than possible.
    pub fn new(watches: Vec<Watch>, any_of: Vec<Vec<Condition>>) -> Result<Self, String> {
        if watches.len() > MOST_WATCHES {
            return Err(format!("watches {} signals, at most {MOST_WATCHES} are possible", watches.len()));
        }
        if any_of.is_empty() || any_of.iter().any(Vec::is_empty) {
            return Err("has an empty list of conditions".to_owned());
        }
        Ok(Self { watches, any_of })
    }

    /// Signals that are watched.
    pub fn watches(&self) -> &[Watch] {
        &self.watches
    }

    /// Groups of conditions: it fires when all of any group hold.
    pub fn any_of(&self) -> &[Vec<Condition>] {
        &self.any_of
    }

    /// Does it fire on every day?
    pub fn is_daily(&self) -> bool {
        self.any_of.iter().any(|group| group.iter().all(|condition| *condition == Condition::Every(1)))
    }

    /// The single-signal form of most triggers: any of points, relative and days on one watch.
    pub fn band(&self) -> Option<Band> {
        let mut band = Band { points: f64::INFINITY, relative: f64::INFINITY, days: f64::INFINITY };
        for group in &self.any_of {
            match group[..] {
                [Condition::Every(n)] => band.days = band.days.min(n as f64),
                [Condition::Points { watch: 0, by }] => band.points = band.points.min(by + SLACK),
                [Condition::Relative { watch: 0, by }] => band.relative = band.relative.min(by + SLACK),
                _ => return None,
            }
        }
        Some(band)
    }

    /// Does it fire today? `now(i)` is the information on watch i.
    #[inline(always)]
    pub fn fires(&self, memory: &Memory, now: impl Fn(usize) -> Row) -> Mask<WIDTH> {
        let days = memory.days + 1.0;
        let mut any = Mask::all(false);
        for group in &self.any_of {
            let mut all = Mask::all(true);
            for condition in group {
                all = all
                    & match condition {
                        Condition::Every(n) => days.ge(Row::splat(*n as f64)),
                        Condition::Points { watch, by } => {
                            (now(*watch) - memory.last[*watch]).abs().gt(Row::splat(by + SLACK))
                        }
                        Condition::Relative { watch, by } => {
                            let last = memory.last[*watch];
                            (now(*watch) - last).abs().gt(last.abs() * (by + SLACK))
                        }
                    };
            }
            any = any | all;
        }
        any
    }

    /// Takes over the information of an event, or counts a day.
    #[inline(always)]
    pub fn remember(&self, memory: &mut Memory, event: Mask<WIDTH>, now: impl Fn(usize) -> Row) {
        memory.days = event.select(Row::splat(0.0), memory.days + 1.0);
        for watch in 0..self.watches.len() {
            memory.last[watch] = event.select(now(watch), memory.last[watch]);
        }
    }
}

/// Thresholds of the single-signal form; infinite where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Points, slack included.
    pub points: f64,
    /// Share, slack included.
    pub relative: f64,
    /// Days.
    pub days: f64,
}

/// What a band remembers on eight paths: the watched signal at the last event, and how far it may be from there without one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Edges {
    last: Row,
    reach: Row,
    /// Days that must still pass, less one half, in units of [`DAY`]: negative where enough have.
    wait: Row,
}

/// What a day of waiting counts beside a move of a signal: more than any, and a power of two, so that days stay exact.
const DAY: f64 = 1.157_920_892_373_162e77;

impl Edges {
    /// Has the watched signal, or the time, gone further than it may? As [`Trigger::fires`], for one watch; true where
    /// `reach` is negative. The signal is a number on every path.
    ///
    /// The smallest reach decides, because compilers take an `or` of masks apart bit by bit; and the next day waits for the
    /// way from an event to here, which has one comparison.
    #[inline(always)]
    pub fn left(&self, now: Row, reach: Row) -> Mask<WIDTH> {
        (now - self.last).abs().gt(self.wait.min(reach).min(self.reach))
    }

    /// The same for a trigger that watches nothing.
    #[inline(always)]
    pub fn due(&self, reach: Row) -> Mask<WIDTH> {
        self.wait.min(reach).lt(Row::splat(0.0))
    }
}

impl Band {
    /// As [`Trigger::remember`], for one watch. The reach is set at the event, so that a quiet day only compares.
    #[inline(always)]
    pub fn remember(&self, edges: &mut Edges, event: Mask<WIDTH>, now: Row) {
        // In this order a share of zero that may move without bound is no bound, not a NaN.
        let reach = Row::splat(self.points).min(now.abs() * self.relative);
        edges.last = event.select(now, edges.last);
        edges.reach = event.select(reach, edges.reach);
        self.count(edges, event);
    }

    /// Starts to count days at an event, or counts a day.
    #[inline(always)]
    pub fn count(&self, edges: &mut Edges, event: Mask<WIDTH>) {
        edges.wait = event.select(Row::splat((self.days - 1.5) * DAY), edges.wait - DAY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points alone, a share alone, both, and days: at zero, where a share allows no move at all, and elsewhere.
    #[test]
    fn both_forms_agree() {
        let points = Condition::Points { watch: 0, by: 3.0 };
        let relative = Condition::Relative { watch: 0, by: 0.15 };
        let cases = [vec![points], vec![relative], vec![points, relative], vec![points, Condition::Every(5)]];
        for conditions in cases {
            let groups = conditions.iter().map(|condition| vec![*condition]).collect();
            let trigger = Trigger::new(vec![Watch { signal: 0 }], groups).unwrap();
            let band = trigger.band().unwrap();
            for last in [0.0, -20.0, 20.0, 1.0] {
                let (mut memory, mut edges) = (Memory::default(), Edges::default());
                for day in 0..8 {
                    let event = Mask::all(day == 0);
                    trigger.remember(&mut memory, event, |_| Row::splat(last));
                    band.remember(&mut edges, event, Row::splat(last));
                    for move_by in [0.0, 1e-10, 0.1, 2.9, 3.0, 3.0 + 1e-8, 3.1, -3.1, -2.0] {
                        let now = Row::splat(last + move_by);
                        let none = Row::splat(f64::INFINITY);
                        let (general, single) = (trigger.fires(&memory, |_| now), edges.left(now, none));
                        assert_eq!(general, single, "{conditions:?} {last} {move_by} {day}");
                    }
                }
            }
        }
    }
}
