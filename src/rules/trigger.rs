//! When a rule trades: strict thresholds since the last event, with a slack of 1e-9, so that exact ties do not fire.

use crate::lanes::{Mask, Row};

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
    pub fn fires(&self, memory: &Memory, now: impl Fn(usize) -> Row) -> Mask<8> {
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
    pub fn remember(&self, memory: &mut Memory, event: Mask<8>, now: impl Fn(usize) -> Row) {
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

impl Band {
    /// As [`Trigger::fires`], for one watch.
    #[inline(always)]
    pub fn fires(&self, memory: &Memory, now: Row) -> Mask<8> {
        let last = memory.last[0];
        let moved = (now - last).abs();
        moved.gt((last.abs() * self.relative).min(Row::splat(self.points)))
            | (memory.days + 1.0).ge(Row::splat(self.days))
    }

    /// As [`Trigger::remember`], for one watch.
    #[inline(always)]
    pub fn remember(memory: &mut Memory, event: Mask<8>, now: Row) {
        memory.days = event.select(Row::splat(0.0), memory.days + 1.0);
        memory.last[0] = event.select(now, memory.last[0]);
    }
}
