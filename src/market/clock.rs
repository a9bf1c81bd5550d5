//! Switches and crashes on clocks of their own.
//!
//! A switch is an exponential time at the rate of the regime; a crash comes when the integrated intensity reaches the
//! next unit exponential. Each clock has its own draws, so a changed crash intensity leaves the regimes in place and a
//! changed switching rate leaves the sizes of the crashes in place. Jumps at switches have draws of their own again, one
//! for every switch of a path in order: turning them on moves nothing else, and crashes do not move them.

use crate::draws::{Dice, Purpose};
use crate::pricing::law::{Law, LogJump};

/// Something that happens inside a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Event {
    /// Time in trading days since row 0.
    pub(super) time: f64,
    /// What happens.
    pub(super) what: What,
}

/// A switch or a crash.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What {
    /// The regime becomes another one.
    Switch {
        /// The new regime.
        to: usize,
        /// Standard normal of the log jump at the switch (0 in a market without such jumps).
        normal: f64,
    },
    /// A crash: a standard normal for the log jump, a unit exponential for the variance.
    Crash {
        /// Standard normal of the log jump.
        normal: f64,
        /// Unit exponential of the variance jump.
        exponential: f64,
    },
}

/// All events of one path up to `days`, in order of time, and the regime at row 0 (the given one, or stationary).
pub(super) fn events(
    law: &Law,
    stationary: &[f64],
    start: Option<usize>,
    seed: u64,
    path: u64,
    days: f64,
) -> (usize, Vec<Event>) {
    let mut dice = Dice::at(seed, path, Purpose::Switch);
    let drawn = pick(stationary, dice.uniform());
    let start = start.unwrap_or(drawn);
    let jumps = law.switch_jump.iter().flatten().any(|jump| *jump != LogJump::default());
    let mut sizes = jumps.then(|| Dice::at(seed, path, Purpose::SwitchJump));
    let mut list = Vec::new();
    let (mut time, mut regime) = (0.0, start);
    loop {
        let rate = -law.generator[regime][regime] / crate::grid::DAYS_PER_YEAR;
        let (wait, where_to) = (dice.exponential(), dice.uniform());
        if !(rate > 0.0) {
            break;
        }
        time += wait / rate;
        if !(time < days) {
            break;
        }
        regime = destination(&law.generator[regime], regime, where_to);
        let normal = sizes.as_mut().map_or(0.0, Dice::normal);
        list.push(Event { time, what: What::Switch { to: regime, normal } });
    }
    let switches = list.len();
    add_crashes(law, start, seed, path, days, &mut list);
    if list.len() > switches {
        list.sort_by(|a, b| a.time.total_cmp(&b.time));
    }
    (start, list)
}

/// Appends the crashes of a path whose switches stand in `list`.
fn add_crashes(law: &Law, start: usize, seed: u64, path: u64, days: f64, list: &mut Vec<Event>) {
    if !law.intensity.iter().any(|rate| *rate > 0.0) {
        return;
    }
    let mut dice = Dice::at(seed, path, Purpose::Crash);
    let mut wait = dice.exponential();
    let (mut time, mut regime) = (0.0, start);
    let switches = list.len();
    for next in 0..=switches {
        let (end, after) = match list.get(next).filter(|_| next < switches) {
            Some(Event { time, what: What::Switch { to, .. } }) => (*time, *to),
            _ => (days, regime),
        };
        let rate = law.intensity[regime] / crate::grid::DAYS_PER_YEAR;
        while rate > 0.0 && wait < rate * (end - time) {
            time += wait / rate;
            list.push(Event { time, what: What::Crash { normal: dice.normal(), exponential: dice.exponential() } });
            wait = dice.exponential();
        }
        wait -= rate * (end - time);
        (time, regime) = (end, after);
    }
}

/// Index drawn from shares that sum to one.
fn pick(shares: &[f64], uniform: f64) -> usize {
    let mut left = uniform;
    for (i, share) in shares.iter().enumerate() {
        left -= share;
        if left <= 0.0 {
            return i;
        }
    }
    shares.len() - 1
}

/// Regime reached from `from`, in proportion to the rates of its row.
fn destination(row: &[f64], from: usize, uniform: f64) -> usize {
    let mut left = uniform * -row[from];
    let mut last = from;
    for (to, rate) in row.iter().enumerate().filter(|(to, rate)| *to != from && **rate > 0.0) {
        left -= rate;
        last = to;
        if left <= 0.0 {
            break;
        }
    }
    last
}
