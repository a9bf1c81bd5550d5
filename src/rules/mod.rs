//! Decisions: a rule turns rows of signals into a multiplier. It knows no market, no instrument and no price.
//!
//! A rule is data: legs, each with an instrument, a share, a scale (signals through shapes), limits and a trigger.
//! Signals and instruments stand here as slots; the scenario resolves their names.

mod shape;
mod trigger;

use shape::Then;
pub use shape::{Complexity, Shape, ShapeSpec, Target};
pub use trigger::{Band, Condition, Edges, MOST_WATCHES, Memory, SLACK, Trigger, Watch};

use crate::lanes::{Row, flat, flat_mut, larger, smaller};
use std::ops::Mul;

/// A checked rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Name, as in the scenario; members of a grid carry their numbers: `vix_sigmoid[steepness=0.2]`.
    pub name: String,
    /// Hedges that are held side by side.
    pub legs: Vec<Leg>,
}

/// One hedge of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    /// Slot of the instrument.
    pub instrument: usize,
    /// Part of the leg in the rule; may be negative.
    pub share: Share,
    /// Signals through shapes, combined; empty: 1.
    pub scale: Vec<Term>,
    /// How the terms are combined.
    pub combine: Combine,
    /// A constant factor of the scale (`hold`).
    pub hold: f64,
    /// Bounds.
    pub limits: Limits,
    /// When to trade.
    pub trigger: Trigger,
    /// Age of the information in days (1: decide on yesterday's close, trade at today's).
    pub lag: usize,
}

/// One signal through one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Slot of the signal.
    pub signal: usize,
    /// Slot of the second signal, where the shape has two.
    pub second: Option<usize>,
    /// The shape.
    pub shape: Shape,
}

/// Part of a leg in its rule: a number, times a signal through a shape where there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The number.
    pub times: f64,
    /// The signal.
    pub by: Option<Term>,
}

/// How several terms become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// Their product.
    #[default]
    Product,
    /// Their mean.
    Mean,
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

/// Bounds of the multiplier: min(cap, max(floor, f)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Lowest multiplier.
    pub floor: f64,
    /// Highest multiplier (infinite: none).
    pub cap: f64,
    /// Largest change in one day (infinite: none).
    pub max_change: f64,
    /// Premium and transaction cost that may be paid in a year, as a share of capital (infinite: none).
    pub budget: f64,
}

impl Limits {
    /// Floor 0, nothing else.
    pub const NONE: Self = Self { floor: 0.0, cap: f64::INFINITY, max_change: f64::INFINITY, budget: f64::INFINITY };

    /// Does the multiplier depend on what was held or paid before?
    pub fn remembers(&self) -> bool {
        self.max_change.is_finite() || self.budget.is_finite()
    }
}

/// Takes each value into its total.
#[inline(always)]
fn fold(totals: &mut [Row], values: &[Row], with: impl Fn(f64, f64) -> f64) {
    for (total, value) in flat_mut(totals).iter_mut().zip(flat(values)) {
        *total = with(*total, *value);
    }
}

/// From the combined terms of a scale to the part of the rule: a factor, limits, and the share.
struct Bounds {
    hold: f64,
    limits: Limits,
    times: f64,
}

impl Then<f64> for Limits {
    #[inline(always)]
    fn of(&self, value: f64) -> f64 {
        smaller(larger(value, self.floor), self.cap)
    }
}

impl Then<Row> for Limits {
    #[inline(always)]
    fn of(&self, value: Row) -> Row {
        value.max(Row::splat(self.floor)).min(Row::splat(self.cap))
    }
}

impl<T> Then<T> for Bounds
where
    T: Mul<f64, Output = T>,
    Limits: Then<T>,
{
    #[inline(always)]
    fn of(&self, value: T) -> T {
        self.limits.of(value * self.hold) * self.times
    }
}

impl Leg {
    /// A leg that holds a constant multiplier.
    pub fn fixed(instrument: usize, share: f64, hold: f64) -> Self {
        Self {
            instrument,
            share: Share { times: share, by: None },
            scale: Vec::new(),
            combine: Combine::Product,
            hold,
            limits: Limits::NONE,
            trigger: Trigger::daily(),
            lag: 1,
        }
    }

    /// Writes the bounded target for each row of `out`; `signal(slot)` gives the rows of information of the same days.
    #[inline(always)]
    pub fn targets<'a>(&self, signal: impl Fn(usize) -> &'a [Row], spare: &mut [Row], out: &mut [Row]) {
        let hold = if self.combine == Combine::Product || self.scale.is_empty() { self.hold } else { 1.0 };
        let bounds = Bounds { hold, limits: self.limits, times: self.share.times };
        match &self.scale[..] {
            [] => out.fill(bounds.of(Row::splat(1.0))),
            // Most rules read one signal, and bound it by limits alone: one pass.
            [only] if bounds.hold == 1.0 && bounds.times == 1.0 => {
                only.shape.apply_then(signal(only.signal), only.second.map(&signal), out, &self.limits);
            }
            [only] => only.shape.apply_then(signal(only.signal), only.second.map(&signal), out, &bounds),
            [first, others @ ..] => {
                first.apply(&signal, out);
                for term in others {
                    term.apply(&signal, spare);
                    match self.combine {
                        Combine::Product => fold(out, spare, |total, value| total * value),
                        Combine::Mean => fold(out, spare, |total, value| total + value),
                        Combine::Min => fold(out, spare, smaller),
                        Combine::Max => fold(out, spare, larger),
                    }
                }
                if self.combine == Combine::Mean {
                    flat_mut(out).iter_mut().for_each(|x| *x /= self.scale.len() as f64);
                }
                flat_mut(out).iter_mut().for_each(|x| *x = bounds.of(*x));
            }
        }
        if let Some(term) = &self.share.by {
            term.apply(&signal, spare);
            fold(out, spare, |total, share| total * share);
        }
    }

    /// Can what it holds be negative? Signals count as positive, and nothing is known of a line through zero.
    pub fn may_be_short(&self) -> bool {
        let scale = match (self.limits.floor, self.scale.is_empty()) {
            (floor, _) if floor >= 0.0 => false,
            (_, true) => self.hold < 0.0,
            _ => self.hold < 0.0 || self.scale.iter().any(|term| term.shape.may_be_negative()),
        };
        let share = self.share.times < 0.0 || self.share.by.as_ref().is_some_and(|term| term.shape.may_be_negative());
        self.share.times != 0.0 && (scale || share)
    }

    /// Signals that the leg reads, each once.
    pub fn signals(&self) -> Vec<usize> {
        let mut list: Vec<usize> = self.scale.iter().flat_map(|t| std::iter::once(t.signal).chain(t.second)).collect();
        if let Some(term) = &self.share.by {
            list.push(term.signal);
        }
        list.extend(self.trigger.watches().iter().map(|watch| watch.signal));
        list.sort_unstable();
        list.dedup();
        list
    }
}

impl Term {
    /// Writes what the shape makes of the rows of its signals; `signal(slot)` gives them.
    #[inline(always)]
    pub fn apply<'a>(&self, signal: &impl Fn(usize) -> &'a [Row], out: &mut [Row]) {
        self.shape.apply(signal(self.signal), self.second.map(signal), out);
    }
}

impl Rule {
    /// What the rule needs to know and how many numbers a researcher may turn.
    pub fn complexity(&self) -> Complexity {
        let mut inputs: Vec<usize> = self.legs.iter().flat_map(Leg::signals).collect();
        inputs.sort_unstable();
        inputs.dedup();
        let terms = self.legs.iter().flat_map(|leg| leg.scale.iter().chain(&leg.share.by));
        Complexity { inputs: inputs.len(), numbers: terms.map(|term| term.shape.numbers()).sum() }
    }

    /// The same legs and shares without scale or limits: what a fixed hedge of this rule holds.
    pub fn fixed_twin(&self) -> Vec<Leg> {
        self.legs.iter().map(|leg| Leg::fixed(leg.instrument, leg.share.times, 1.0)).collect()
    }
}
