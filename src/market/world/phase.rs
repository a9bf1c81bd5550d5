//! The law in force between two breaks, as the day loop needs it.

use crate::market::assets::Asset;
use crate::market::belief::priced_law;
use crate::market::drift::drifts;
use crate::market::world::Plan;
use crate::pricing::law::Law;
use crate::shelf::Refusal;

/// A stretch of time without a break.
pub(super) struct Phase {
    /// First day, counted from the first evaluated one; the first phase begins at row 0.
    pub(super) day: usize,
    /// The law under the real-world measure.
    pub(super) law: Law,
    /// `[regime][asset]` drift of the log price a year before its martingale correction.
    pub(super) drift: Vec<Vec<f64>>,
    /// Premium per unit of spot variance, by asset.
    pub(super) slope: Vec<f64>,
    /// Diffusive premium that is left, by regime and asset.
    pub(super) residual_premium: Vec<Vec<f64>>,
}

impl Phase {
    /// The phase of a plan from a day on.
    pub(super) fn new(plan: &Plan, day: usize, assets: &[Asset]) -> Result<Self, Refusal> {
        // Equity is paid for the stated premia, whatever those of hedges do.
        let (drift, slope, residual_premium) = drifts(plan, &priced_law(plan, "premium", &plan.premia)?, assets)?;
        Ok(Self { day, law: plan.law.clone(), drift, slope, residual_premium })
    }

    /// Long-run variance of a regime.
    pub(super) fn level(&self, regime: usize) -> f64 {
        self.law.level[regime]
    }
}
