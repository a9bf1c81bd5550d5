//! What the usual checks say of one history: probability of overfitting, probabilistic and deflated Sharpe ratio, Reality
//! Check and SPA, over the members of a tuned grid.
//!
//! The probability of overfitting is about the objective of the choice. The others are about money: the monthly advantage
//! of each member over the fixed hedge in the size of its mean multiplier so far (see [`Trials::advantages`]). On total P&L the portfolio dominates and all
//! members are one trial; on the hedge's own P&L the least hedge always wins.

use super::cscv::{BLOCKS, cscv};
use super::{Grid, Trials, best, cuts};
use crate::engine::{Panel, Study};
use crate::stats::bootstrap::Stationary;
use crate::stats::deflated::{Deflated, probabilistic};
use crate::stats::moments;
use crate::stats::resampled::{Scale, Workspace};
use crate::stats::sharpe::SharpeRatio;
use crate::stats::snooping::{reality_check, superior_ability};
use crate::stats::trials::EffectiveTrials;
use crate::study::objective::{MONTHS_PER_YEAR, Objective};

/// What is kept of a grid on a path.
pub const FIELDS: [&str; 15] = [
    "pbo",
    "degradation_slope",
    "worse_than_untuned",
    "psr",
    "dsr",
    "dsr_with_earlier_trials",
    "best_advantage_sharpe",
    "p_white_rc",
    "p_studentised_lower",
    "p_studentised_consistent",
    "p_studentised_upper",
    "effective_trials",
    "mean_advantage",
    "picked_least_hedge",
    "picked",
];

/// Place of a field.
pub fn field(name: &str) -> usize {
    FIELDS.iter().position(|known| *known == name).unwrap_or(0)
}

/// How much of the best member's advantage is luck.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Luck {
    /// Annualised Sharpe ratio of the best advantage.
    pub sharpe: f64,
    /// Probability that it is above zero, as if it had been the only trial.
    pub psr: f64,
    /// Probability that it is above what the best of all trials would show by luck.
    pub dsr: f64,
}

/// Which advantages vary by more than rounding: a member that always holds the same has none.
pub fn varying(advantages: &[Vec<f64>]) -> Vec<bool> {
    let sds: Vec<f64> = advantages.iter().map(|column| moments::sd(column).unwrap_or(0.0)).collect();
    let largest = sds.iter().copied().fold(0.0, f64::max);
    sds.into_iter().map(|sd| sd > 1e-9 * largest).collect()
}

/// Of monthly advantages; none without two members whose advantage varies.
pub fn luck(advantages: &[Vec<f64>], earlier_trials: u64) -> Option<Luck> {
    let varies = varying(advantages);
    let columns = advantages.iter().zip(&varies).filter(|(_, varies)| **varies).map(|(column, _)| column);
    let known: Vec<SharpeRatio> = columns.filter_map(|column| SharpeRatio::of(column)).collect();
    let ratios: Vec<f64> = known.iter().map(|ratio| ratio.per_period).collect();
    let winner = known.get(best(&ratios)).filter(|_| known.len() > 1)?;
    let trials = (known.len() as u64 + earlier_trials) as f64;
    Some(Luck {
        sharpe: winner.annual(MONTHS_PER_YEAR)?,
        psr: probabilistic(winner, 0.0)?,
        dsr: Deflated::of(winner, &ratios, Some(trials))?.probability,
    })
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
    /// Annualised Sharpe ratio of an advantage that is given to the last member of each grid that has one.
    pub planted: Option<f64>,
}

impl Diagnosis {
    fn grid(&self, trials: &Trials, path: u64, out: &mut [f64]) {
        out.fill(f64::NAN);
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
        }
        let advantages = trials.advantages(whole);
        let all: f64 = advantages.iter().map(|column| column.len() as f64).sum();
        set("mean_advantage", advantages.iter().flatten().sum::<f64>() / all * MONTHS_PER_YEAR);
        if let Some(found) = luck(&advantages, 0) {
            set("psr", found.psr);
            set("dsr", found.dsr);
            set("best_advantage_sharpe", found.sharpe);
        }
        if let Some(found) = (self.earlier_trials > 0).then(|| luck(&advantages, self.earlier_trials)).flatten() {
            set("dsr_with_earlier_trials", found.dsr);
        }
        if path < self.bootstrap.paths {
            let effective = EffectiveTrials::of(&advantages);
            set("effective_trials", effective.map_or(f64::NAN, |found| found.participation));
            let Bootstrap { replications, mean_block, seed, .. } = self.bootstrap;
            let mut workspace = Workspace::default();
            let rows = advantages[0].len();
            let resampled = Stationary::new(rows, mean_block, seed ^ path.rotate_left(32))
                .ok()
                .and_then(|scheme| workspace.stationary(&advantages.concat(), rows, &scheme, replications));
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
        self.grids.len() * FIELDS.len()
    }

    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]) {
        for (grid, out) in self.grids.iter().zip(out.chunks_exact_mut(FIELDS.len())) {
            let mut trials = Trials::read(panel, lane, grid, self.months);
            if let Some(sharpe) = self.planted {
                let varies = varying(&trials.advantages(0..self.months));
                trials.plant(varies.iter().rposition(|varies| *varies).unwrap_or(0), sharpe);
            }
            self.grid(&trials, panel.path(lane), out);
        }
    }
}
