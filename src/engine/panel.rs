//! What a study reads: for each walked rule, sums over short stretches of days.
//!
//! Stretches are cut wherever a study asks for it, so that folds, gaps and monthly losses are all sums of whole stretches.

use crate::lanes::{Row, WIDTH};
use crate::metrics::booked::LegTile;
use crate::metrics::passes::{Day, Pass, Trade};
use crate::metrics::tally::Place;
use crate::metrics::windows::{Boundary, Reading, WindowBlock};

/// A study that reads every path.
pub trait Study: Send + Sync {
    /// Evaluated days (0 is the first) at which stretches must end.
    fn cuts(&self) -> Vec<usize>;

    /// Numbers that are kept of one path.
    fn width(&self) -> usize;

    /// Does it ask for [`Panel::switch_cost`]?
    fn charges_switches(&self) -> bool {
        false
    }

    /// Reads one path and writes its numbers.
    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]);

    /// Reads some paths and writes their numbers, path by path.
    fn read_all(&self, panel: &Panel, lanes: &[usize], out: &mut [f64]) {
        for (lane, out) in lanes.iter().zip(out.chunks_exact_mut(self.width().max(1))) {
            self.read(panel, *lane, out);
        }
    }
}

/// Sums over the days of a stretch, by rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Sum {
    /// Hedge P&L net of cost, share of capital.
    Net,
    /// Excess returns of portfolio and hedge.
    Return,
    /// Their squares.
    Square,
    /// Multipliers after each close, all legs together.
    Multiplier,
}

/// Number of sums.
const SUMS: usize = 4;

/// Sums of one rule over the days of one stretch, in the order of [`Sum`].
pub struct Sums([Row; SUMS]);

impl Pass for Sums {
    #[inline(always)]
    fn day(&mut self, day: &Day) {
        self.0[Sum::Net as usize] += day.net;
        self.0[Sum::Return as usize] += day.total;
        self.0[Sum::Square as usize] += day.total * day.total;
    }

    #[inline(always)]
    fn trade(&mut self, trade: &Trade) {
        self.0[Sum::Multiplier as usize] += trade.multiplier;
    }
}

/// Sums of all walked rules on eight paths.
#[derive(Clone, Debug)]
pub struct Panel {
    cuts: Vec<usize>,
    stretch_of: Vec<u32>,
    /// By rule and stretch, in the order of [`Sum`]; written when a rule enters the stretch, so never cleared.
    data: Vec<[Row; SUMS]>,
    /// [`Panel::gain`], by rule and stretch.
    gains: Vec<Row>,
    legs: usize,
    /// Contracts times half-spread and fee, by leg, at the last close of each stretch: cost of leaving the rule there. Of
    /// legs that a rule does not have it is 0.
    exit: Vec<Row>,
    /// Portfolio loss in crashes that are over in the stretch, share of capital.
    loss: Vec<[f64; WIDTH]>,
    /// Number of the first of the eight paths.
    first_path: u64,
}

impl Panel {
    /// A panel of `rules` rules of at most `legs` legs (0 where no study charges switches) over `days` evaluated days, cut at `cuts`.
    pub fn new(rules: usize, legs: usize, days: usize, cuts: &[usize]) -> Self {
        let mut all: Vec<usize> = cuts.iter().copied().filter(|cut| *cut > 0 && *cut < days).chain([0, days]).collect();
        all.sort_unstable();
        all.dedup();
        let mut stretch_of = vec![0; days];
        for (stretch, pair) in all.windows(2).enumerate() {
            stretch_of[pair[0]..pair[1]].fill(stretch as u32);
        }
        let stretches = all.len() - 1;
        Self {
            cuts: all,
            stretch_of,
            data: vec![[Row::default(); SUMS]; rules * stretches],
            gains: vec![Row::default(); rules * stretches],
            legs,
            exit: vec![Row::default(); rules * stretches * legs],
            loss: vec![[0.0; WIDTH]; stretches],
            first_path: 0,
        }
    }

    /// Number of stretches.
    pub fn stretches(&self) -> usize {
        self.cuts.len() - 1
    }

    /// The stretches that make up these days, which must start and end at cuts.
    pub fn stretches_of(&self, days: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let at = |day: usize| self.cuts.partition_point(|cut| *cut < day);
        at(days.start)..at(days.end)
    }

    /// Evaluated days of a stretch.
    pub fn days(&self, stretch: usize) -> std::ops::Range<usize> {
        self.cuts[stretch]..self.cuts[stretch + 1]
    }

    /// A sum of one rule over one stretch, on one path.
    #[inline(always)]
    pub fn sum(&self, rule: usize, stretch: usize, sum: Sum, lane: usize) -> f64 {
        self.sums(rule, stretch)[sum as usize].0[lane]
    }

    /// All sums of one rule over one stretch on eight paths, in the order of [`Sum`].
    #[inline(always)]
    pub fn sums(&self, rule: usize, stretch: usize) -> &[Row; SUMS] {
        &self.data[rule * self.stretches() + stretch]
    }

    /// Hedge gain of one rule counted to 21 days after the trough of crashes that are over in the stretch, at most to their
    /// end, on eight paths.
    #[inline(always)]
    pub fn gain(&self, rule: usize, stretch: usize) -> &Row {
        &self.gains[rule * self.stretches() + stretch]
    }

    /// Cost of trading from what one rule holds at the end of a stretch to what another does, share of capital. Their
    /// legs must be in the same instruments.
    pub fn switch_cost(&self, from: usize, to: usize, stretch: usize, lane: usize) -> f64 {
        let held = |rule: usize, leg: usize| self.exit[(rule * self.stretches() + stretch) * self.legs + leg].0[lane];
        (0..self.legs).map(|leg| (held(to, leg) - held(from, leg)).abs()).sum()
    }

    /// Portfolio loss of crashes that are over in the stretch.
    pub fn loss(&self, stretch: usize, lane: usize) -> f64 {
        self.loss[stretch][lane]
    }

    /// Number of a path: what a study draws on it is addressed by this.
    pub fn path(&self, lane: usize) -> u64 {
        self.first_path + lane as u64
    }

    /// Ready for the next eight paths.
    pub fn clear(&mut self, first_path: u64, windows: &WindowBlock, returns: &[Row], first: usize) {
        self.first_path = first_path;
        self.gains.fill(Row::splat(0.0));
        self.loss.fill([0.0; WIDTH]);
        for lane in 0..WIDTH {
            for window in &windows.windows[lane] {
                let loss: f64 = -(window.peak + 1..=window.trough).map(|row| returns[row].0[lane]).sum::<f64>();
                self.loss[self.stretch_of[window.end - first] as usize][lane] += loss;
            }
        }
    }

    /// Sums of one rule that goes on in a stretch, or enters it.
    #[inline(always)]
    pub fn enter(&self, rule: usize, stretch: usize, day: usize) -> Sums {
        let enters = day == self.cuts[stretch];
        Sums(if enters { [Row::splat(0.0); SUMS] } else { *self.sums(rule, stretch) })
    }

    /// Takes the sums back.
    #[inline(always)]
    pub fn leave(&mut self, rule: usize, stretch: usize, sums: Sums) {
        let stretches = self.stretches();
        self.data[rule * stretches + stretch] = sums.0;
    }

    /// Adds one tile of one rule.
    #[inline(always)]
    pub fn add(&mut self, rule: usize, place: Place, portfolio: &[Row], net: &[Row], multiplier: &[Row]) {
        let (portfolio, multiplier) = (&portfolio[..net.len()], &multiplier[..net.len()]);
        let from = place.start - place.first;
        let mut start = 0;
        // Days of one stretch are added in registers, in their order.
        while start < net.len() {
            let stretch = self.stretch_at(from + start);
            let end = self.end_in(stretch, from, net.len());
            let mut sums = self.enter(rule, stretch, from + start);
            for i in start..end {
                sums.day(&Day { portfolio: portfolio[i], net: net[i], total: portfolio[i] + net[i] });
                sums.0[Sum::Multiplier as usize] += multiplier[i];
            }
            self.leave(rule, stretch, sums);
            start = end;
        }
    }

    /// The stretch of an evaluated day.
    #[inline(always)]
    pub fn stretch_at(&self, day: usize) -> usize {
        self.stretch_of[day] as usize
    }

    /// Where a stretch ends in a tile of so many days that begins at the evaluated day `from`.
    #[inline(always)]
    pub fn end_in(&self, stretch: usize, from: usize, days: usize) -> usize {
        (self.cuts[stretch + 1] - from).min(days)
    }

    /// Adds a boundary of a window to the stretch in which it is over: a choice sees no crash that is still going on.
    #[inline(always)]
    pub fn add_gain(&mut self, rule: usize, first: usize, boundary: &Boundary, value: f64) {
        if boundary.reading == Reading::Settled as usize {
            let stretch = self.stretch_of[boundary.known - first] as usize;
            let at = rule * self.stretches() + stretch;
            self.gains[at].0[boundary.lane] += value;
        }
    }

    /// Notes what one leg (rule and slot) holds at the end of each stretch in the tile.
    #[inline(always)]
    pub fn add_exit(
        &mut self,
        (rule, slot): (usize, usize),
        place: Place,
        leg: &LegTile<'_>,
        contracts: &[Row],
        per_capital: f64,
    ) {
        if self.legs == 0 {
            return;
        }
        let (stretches, days) = (self.stretches(), contracts.len());
        let start = place.start - place.first;
        let mut stretch = self.stretch_of[start] as usize;
        while stretch < stretches && self.cuts[stretch + 1] <= start + days {
            let i = self.cuts[stretch + 1] - 1 - start;
            self.exit[(rule * stretches + stretch) * self.legs + slot] =
                contracts[i] * (leg.spread[i] + leg.fee) * per_capital;
            stretch += 1;
        }
    }
}
