//! What the usual checks say of one history: probability of overfitting, probabilistic and deflated Sharpe ratio, Reality
//! Check and SPA, over the members of a tuned grid.
//!
//! The probability of overfitting is about the objective of the choice. The others are about money: the monthly advantage
//! of each member over the fixed hedge in the size of its mean multiplier so far (see [`Trials::advantages`]). On total P&L the portfolio dominates and all
//! members are one trial; on the hedge's own P&L the least hedge always wins.

use super::columns::Moments;
use super::cscv::{BLOCKS, LOGITS, cscv};
use super::{Grid, Trials, best, cuts};
use crate::engine::{Panel, Study};
use crate::stats::bootstrap::Stationary;
use crate::stats::deflated::{Deflated, probabilistic};
use crate::stats::pbo::{Blocks, Overfitting};
use crate::stats::resampled::{Scale, Workspace};
use crate::stats::sharpe::{CONSTANT, SharpeRatio};
use crate::stats::snooping::{reality_check, superior_ability};
use crate::stats::trials::EffectiveTrials;
use crate::study::objective::{MONTHS_PER_YEAR, Objective};
use std::ops::Range;

/// What is kept of a grid on a path.
pub const FIELDS: [&str; 16] = [
    "pbo",
    "degradation_slope",
    "worse_than_untuned",
    "pbo_of_advantages",
    "psr",
    "dsr",
    "dsr_effective",
    "dsr_with_earlier_trials",
    "best_advantage_sharpe",
    "p_white_rc",
    "p_studentised_lower",
    "p_studentised_consistent",
    "p_studentised_upper",
    "effective_trials",
    "picked_least_hedge",
    "picked",
];

/// Numbers of a grid on a path: [`FIELDS`], then how often its logits of overfitting fall into each bin, %.
pub const EACH: usize = FIELDS.len() + LOGITS.count;

/// Place of a field.
pub fn field(name: &str) -> usize {
    let at = FIELDS.iter().position(|known| *known == name);
    debug_assert!(at.is_some(), "no field {name}");
    at.unwrap_or(0)
}

/// The advantages that vary by more than rounding, beside the hedge itself: a member that always holds the same has none.
pub fn live(trials: &Trials, months: Range<usize>) -> Live {
    let of_hedge = trials.fixed_sd(months.clone());
    let columns = trials.advantages(months);
    let moments = Moments::of(&columns);
    let varies = |moments: &Moments| moments.sd.is_finite() && moments.sd > 1e-9 * of_hedge;
    let (columns, moments) = columns.into_iter().zip(moments).filter(|(_, moments)| varies(moments)).unzip();
    Live { columns, moments }
}

/// Monthly advantages that vary.
pub struct Live {
    /// Of each member that has one, month by month.
    pub columns: Vec<Vec<f64>>,
    moments: Vec<Moments>,
}

/// How much of the best of some monthly advantages is luck.
pub struct Luck {
    best: SharpeRatio,
    /// Of all of them, a month.
    ratios: Vec<f64>,
}

impl Luck {
    /// None without two advantages that vary, or where the best one has no finite shape.
    pub fn of(live: &Live) -> Option<Self> {
        let (mut columns, mut ratios) = (Vec::new(), Vec::new());
        for (column, moments) in live.columns.iter().zip(&live.moments) {
            let ratio = moments.mean / moments.sd;
            // The shape is needed of the best one alone.
            if moments.sd > CONSTANT * moments.mean.abs() && ratio.is_finite() {
                columns.push(column);
                ratios.push(ratio);
            }
        }
        let best = columns.get(best(&ratios)).filter(|_| ratios.len() > 1)?;
        Some(Self { best: SharpeRatio::of(best)?, ratios })
    }

    /// Annualised Sharpe ratio of the best.
    fn sharpe(&self) -> Option<f64> {
        self.best.annual(MONTHS_PER_YEAR)
    }

    /// Probability that it is above zero, as if it had been the only trial.
    fn psr(&self) -> Option<f64> {
        probabilistic(&self.best, 0.0)
    }

    /// Probability that it is above what the best of so many trials would show by luck.
    fn among(&self, trials: f64) -> Option<f64> {
        // The published expectation of the maximum is negative for fewer than 1.3 trials.
        let found = Deflated::of(&self.best, &self.ratios, Some(trials.max(1.0)))?;
        Some(found.probability.min(self.psr()?))
    }

    /// The same among the advantages themselves and `earlier` trials.
    pub fn dsr(&self, earlier: u64) -> Option<f64> {
        self.among(self.ratios.len() as f64 + earlier as f64)
    }
}

/// The bootstrap of Reality Check and SPA.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// The first so many paths are tested.
    pub paths: u64,
    /// Replications on each.
    pub replications: u64,
    /// Mean length of a block, months.
    pub mean_block: f64,
    /// Seed; every path has draws of its own.
    pub seed: u64,
}

/// Reads every path of a run, or of a world in which no member has merit.
pub struct Diagnosis {
    /// Grids.
    pub grids: Vec<Grid>,
    /// Months of a history.
    pub months: usize,
    /// What is chosen by.
    pub objective: Objective,
    /// Variants that earlier runs tried.
    pub earlier_trials: u64,
    /// How bootstrap tests are made.
    pub bootstrap: Bootstrap,
    /// What is taken off every month of every member, `[grid][member]`: without it nothing is.
    pub taken_off: Vec<Vec<f64>>,
    /// Annualised Sharpe ratio of an advantage that is given to the last member of each grid whose multiplier varies.
    pub planted: Option<f64>,
}

impl Diagnosis {
    fn grid(&self, trials: &Trials, path: u64, out: &mut [f64]) {
        out.fill(f64::NAN);
        let (out, logits) = out.split_at_mut(FIELDS.len());
        let mut set = |name: &str, value: f64| out[field(name)] = value;
        let whole = 0..self.months;
        let mut values = Vec::new();
        trials.values(self.objective, std::slice::from_ref(&whole), &mut values);
        let winner = best(&values);
        set("picked", winner as f64);
        set("picked_least_hedge", f64::from(u8::from(trials.least_held(&whole) == winner)));
        if let Some(found) = cscv(trials, self.objective, whole.clone(), BLOCKS) {
            set("pbo", found.pbo);
            set("degradation_slope", found.slope);
            set("worse_than_untuned", found.worse_than_untuned);
            logits.copy_from_slice(&found.logits);
        }
        let live = live(trials, whole);
        let Some(luck) = Luck::of(&live) else { return };
        let mut known = |name: &str, value: Option<f64>| set(name, value.unwrap_or(f64::NAN));
        known("psr", luck.psr());
        known("dsr", luck.dsr(0));
        known("best_advantage_sharpe", luck.sharpe());
        if self.earlier_trials > 0 {
            known("dsr_with_earlier_trials", luck.dsr(self.earlier_trials));
        }
        if let Some(found) = Blocks::of(&live.columns, BLOCKS).and_then(|blocks| Overfitting::of(&blocks.choices()?)) {
            set("pbo_of_advantages", found.probability);
        }
        if path < self.bootstrap.paths {
            if let Some(effective) = EffectiveTrials::participation(&live.columns) {
                set("effective_trials", effective);
                set("dsr_effective", luck.among(effective).unwrap_or(f64::NAN));
            }
            let Bootstrap { replications, mean_block, seed, .. } = self.bootstrap;
            let mut workspace = Workspace::default();
            let rows = live.columns[0].len();
            let resampled = Stationary::new(rows, mean_block, seed ^ path.rotate_left(32))
                .ok()
                .and_then(|scheme| workspace.stationary(&live.columns.concat(), rows, &scheme, replications));
            let Some(resampled) = resampled else { return };
            if let Some(found) = reality_check(&resampled) {
                set("p_white_rc", found.p.plus_one);
            }
            if let Some(found) = superior_ability(&resampled, Scale::Studentised) {
                set("p_studentised_lower", found.lower.plus_one);
                set("p_studentised_consistent", found.consistent.plus_one);
                set("p_studentised_upper", found.upper.plus_one);
            }
        }
    }
}

impl Study for Diagnosis {
    fn cuts(&self) -> Vec<usize> {
        cuts(self.months)
    }

    fn width(&self) -> usize {
        self.grids.len() * EACH
    }

    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]) {
        self.read_all(panel, &[lane], out);
    }

    fn read_all(&self, panel: &Panel, lanes: &[usize], out: &mut [f64]) {
        for (i, grid) in self.grids.iter().enumerate() {
            let paths = Trials::read_all(panel, lanes, grid, self.months);
            for ((mut trials, &lane), out) in paths.into_iter().zip(lanes).zip(out.chunks_exact_mut(self.width())) {
                for (member, amount) in self.taken_off.get(i).into_iter().flatten().enumerate() {
                    trials.give(member, -amount);
                }
                if let Some(sharpe) = self.planted {
                    trials.plant(sharpe);
                }
                self.grid(&trials, panel.path(lane), &mut out[i * EACH..][..EACH]);
            }
        }
    }
}

/// The mean monthly advantage of every member on every path.
pub struct MeanAdvantages {
    /// Grids.
    pub grids: Vec<Grid>,
    /// Months of a history.
    pub months: usize,
}

impl MeanAdvantages {
    /// Means over paths, `[grid][member]`.
    pub fn over_paths(&self, records: &[f64]) -> Vec<Vec<f64>> {
        let width = self.width();
        let paths = (records.len() / width.max(1)) as f64;
        let mean = |at: usize| records.chunks_exact(width).map(|path| path[at]).sum::<f64>() / paths;
        let mut next = 0;
        let of_grid = |grid: &Grid| {
            let from = next;
            next += grid.members.len();
            (from..next).map(mean).collect()
        };
        self.grids.iter().map(of_grid).collect()
    }
}

impl Study for MeanAdvantages {
    fn cuts(&self) -> Vec<usize> {
        cuts(self.months)
    }

    fn width(&self) -> usize {
        self.grids.iter().map(|grid| grid.members.len()).sum()
    }

    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]) {
        let columns =
            self.grids.iter().flat_map(|grid| Trials::read(panel, lane, grid, self.months).advantages(0..self.months));
        for (into, column) in out.iter_mut().zip(columns) {
            *into = column.iter().sum::<f64>() / column.len() as f64;
        }
    }
}
