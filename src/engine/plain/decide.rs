//! What one leg wants and may do on one day of one path.

use super::PlainPath;
use crate::grid::DAYS_PER_YEAR;
use crate::instruments::{Instrument, Mark};
use crate::lanes::{larger, scalar::exp, smaller};
use crate::rules::{Combine, Condition, Leg, MOST_WATCHES, SLACK, Shape, Term};

/// The bounded target from these signals.
pub(super) fn target(leg: &Leg, signal: impl Fn(usize) -> f64) -> f64 {
    let value = |term: &Term| shaped(&term.shape, signal(term.signal), term.second.map_or(0.0, &signal));
    let scale = match leg.scale.split_first() {
        None => leg.hold,
        Some((first, others)) => {
            let total = others.iter().fold(value(first), |total, term| match leg.combine {
                Combine::Product => total * value(term),
                Combine::Mean => total + value(term),
                Combine::Min => smaller(total, value(term)),
                Combine::Max => larger(total, value(term)),
            });
            match leg.combine {
                Combine::Product => total * leg.hold,
                Combine::Mean => total / leg.scale.len() as f64,
                Combine::Min | Combine::Max => total,
            }
        }
    };
    let bounded = smaller(larger(scale, leg.limits.floor), leg.limits.cap) * leg.share.times;
    leg.share.by.as_ref().map_or(bounded, |term| bounded * value(term))
}

fn shaped(shape: &Shape, x: f64, second: f64) -> f64 {
    match shape {
        Shape::Linear { from, width } => (x - from) * (1.0 / width),
        Shape::Ratio { to } => x * (1.0 / to),
        Shape::Sigmoid { midpoint, steepness } => 1.0 / (exp((x - midpoint) * -steepness) + 1.0),
        Shape::Steps { at, give } => give[cell(at, x)],
        Shape::Excess { above, slope } => larger(x - above, 0.0) * slope + 1.0,
        Shape::Inverse { of } => of / x,
        Shape::Table { at, give } => line(x, at, |i| give[i]),
        Shape::Table2 { x: edges, y, give } => give[cell(edges, x)][cell(y, second)],
        Shape::Surface { x: at, y, give } => (1..y.len()).fold(line(x, at, |k| give[k][0]), |value, j| {
            value + part(second, y[j - 1], y[j]) * line(x, at, |k| give[k][j] - give[k][j - 1])
        }),
    }
}

fn cell(edges: &[f64], x: f64) -> usize {
    edges.iter().take_while(|edge| x > **edge).count()
}

fn part(x: f64, from: f64, to: f64) -> f64 {
    smaller(larger((x - from) / (to - from), 0.0), 1.0)
}

fn line(x: f64, at: &[f64], give: impl Fn(usize) -> f64) -> f64 {
    (1..at.len()).fold(give(0), |value, i| value + part(x, at[i - 1], at[i]) * (give(i) - give(i - 1)))
}

/// What a trigger remembers.
#[derive(Default)]
pub(super) struct Memory {
    last: [f64; MOST_WATCHES],
    days: f64,
}

impl Memory {
    /// Does the trigger of a leg fire on this information?
    pub(super) fn fires(&self, leg: &Leg, signal: impl Fn(usize) -> f64) -> bool {
        let now = |watch: usize| signal(leg.trigger.watches()[watch].signal);
        leg.trigger.any_of().iter().any(|group| {
            group.iter().all(|condition| match *condition {
                Condition::Every(days) => self.days + 1.0 >= days as f64,
                Condition::Points { watch, by } => (now(watch) - self.last[watch]).abs() > by + SLACK,
                Condition::Relative { watch, by } => {
                    let last = self.last[watch];
                    (now(watch) - last).abs() > last.abs() * (by + SLACK)
                }
            })
        })
    }

    /// Takes over the information of an event, or counts a day.
    pub(super) fn remember(&mut self, leg: &Leg, event: bool, signal: impl Fn(usize) -> f64) {
        self.days = if event { 0.0 } else { self.days + 1.0 };
        if event {
            for (last, watch) in self.last.iter_mut().zip(leg.trigger.watches()) {
                *last = signal(watch.signal);
            }
        }
    }
}

/// A day of the evaluated ones, of a leg under a budget.
pub(super) struct Purse<'a> {
    pub(super) leg: &'a Leg,
    pub(super) instrument: &'a dyn Instrument,
    pub(super) path: &'a PlainPath,
    pub(super) capital: f64,
    /// Counted from the first evaluated one.
    pub(super) day: usize,
    pub(super) row: usize,
}

impl Purse<'_> {
    /// What can be held of `wanted` by who holds so many contracts at this multiplier; what is paid adds to `spent` of the
    /// year and to `paid`.
    pub(super) fn afford(&self, wanted: f64, held: (f64, f64), spent: &mut f64, paid: &mut f64) -> f64 {
        let (contracts, multiplier) = held;
        let at = |mark: Mark| self.path.mark(self.leg.instrument, mark, self.row);
        let day = self.day % DAYS_PER_YEAR as usize;
        if day == 0 {
            *spent = 0.0;
        }
        let upkeep = contracts.abs() * at(Mark::Upkeep);
        let ahead = self.instrument.premium_days();
        let earned = self.leg.limits.budget * self.capital * ((day + ahead.max(1)) as f64 / DAYS_PER_YEAR).min(1.0);
        *spent += upkeep;
        let left = larger(earned - *spent, 0.0);
        let premium = if ahead > 0 { larger(at(Mark::Price), 0.0) } else { 0.0 };
        let cost = at(Mark::Spread) + self.instrument.fee();
        let each = larger((premium + cost) * at(Mark::Unit), 1e-300);
        let kept = multiplier * (1.0 - at(Mark::Roll));
        let affordable = smaller(wanted, kept + left / each);
        let change = affordable - kept;
        let traded = (larger(change, 0.0) * premium + change.abs() * cost) * at(Mark::Unit);
        *spent += traded;
        *paid += upkeep + traded;
        affordable
    }
}
