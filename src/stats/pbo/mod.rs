//! Probability of back-test overfitting: does the winner of one half win in the other?
//!
//! A table of returns is cut into S blocks. Every choice of S/2 of them is once in-sample, the rest out-of-sample
//! (combinatorially symmetric cross-validation; Bailey, Borwein, Lopez de Prado and Zhu 2017, *The Probability of
//! Backtest Overfitting*, <https://doi.org/10.21314/JCF.2016.322>). With n* the winner in-sample among N:
//!
//! ```text
//! ω = (average rank of n* out-of-sample, 1 the worst) / (N + 1)      λ = ln(ω/(1 − ω))
//! PBO = share of choices with λ ≤ 0
//! ```
//!
//! ½ for rules that are all worth the same, 0 where the winner always stays above the median. [`choice`] takes scores of
//! any kind, so a hedger's objective does as well as the Sharpe ratio of [`cscv`].
//!
//! Limits: PBO says whether *choosing* helps, not whether the choice is good. On raw Sharpe a grid of hedges has a
//! PBO near 0 only because the least hedge always wins. A half that holds a crisis is compared with one that does not,
//! so with few blocks in-sample and out-of-sample ratios are negatively related by construction, the slope too.

pub mod choice;
pub mod cscv;
pub mod dominance;

pub use choice::{Choice, Degradation};
pub use cscv::Blocks;
pub use dominance::Dominance;

use super::quantile;

/// What all choices of in-sample halves say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overfitting {
    /// Number of choices.
    pub combinations: usize,
    /// PBO: share of choices with λ ≤ 0.
    pub probability: f64,
    /// Share with λ < 0, as some programs count. It differs if a winner can come out exactly in the middle.
    pub probability_strict: f64,
    /// Mean of λ.
    pub logit_mean: f64,
    /// Median of λ.
    pub logit_median: f64,
    /// How the winner's score out-of-sample follows that in-sample.
    pub degradation: Degradation,
}

impl Overfitting {
    /// `None` without choices.
    pub fn of(choices: &[Choice]) -> Option<Self> {
        let n = choices.len() as f64;
        let share = |low: fn(&Choice) -> bool| choices.iter().filter(|c| low(c)).count() as f64 / n;
        let mut logits: Vec<f64> = choices.iter().map(Choice::logit).collect();
        let logit_mean = logits.iter().sum::<f64>() / n;
        let median = quantile::linear_quantiles(&mut logits, &[0.5])?;
        Some(Self {
            combinations: choices.len(),
            probability: share(|c| c.relative_rank <= 0.5),
            probability_strict: share(|c| c.relative_rank < 0.5),
            logit_mean,
            logit_median: median[0],
            degradation: Degradation::of(choices)?,
        })
    }
}

#[cfg(test)]
mod tests;
