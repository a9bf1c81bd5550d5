//! How the premia respond to the variance.
//!
//! Two sets of premia, `low` and `high` multiples of the stated ones, are mixed day by day: price = (1 - w) low + w high,
//! w = clip(weight - slope (v - m) / theta, 0, 1), with m an exponential mean of the variance v and theta
//! the mean of the regimes' long-run levels.
//! With a slope above 0 premia fall when risk rises, as they did at the onset of past crises (Cheng, "The VIX premium",
//! Review of Financial Studies, 2019); below 0 they overshoot.

use crate::lanes::Lanes;
use crate::pricing::law::Law;
use crate::units::{Fraction, Positive, PremiumMultiple, Slope};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Premia that respond to the variance: between two multiples of the stated ones.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ResponseSpec {
    /// Multiple of the stated premia at weight 0 (0: no premia; 1: as stated).
    #[garde(dive)]
    pub low: PremiumMultiple,
    /// Multiple of the stated premia at weight 1.
    #[garde(dive)]
    pub high: PremiumMultiple,
    /// Weight of the high set while the variance stands at its recent mean.
    #[garde(dive)]
    pub weight: Fraction,
    /// What the weight loses when the variance exceeds its recent mean by the mean of the regimes' levels (below 0: what it gains).
    #[garde(dive)]
    pub slope: Slope,
    /// Half-life of the recent mean of the variance, days.
    #[garde(dive)]
    pub delay: Positive,
}

/// The weight of the second set, day by day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Response {
    weight: f64,
    /// Per unit of variance.
    slope: f64,
    /// Share of the way to today's variance that the mean goes in a day.
    pace: f64,
}

impl Response {
    /// The response in a world of this law.
    pub(super) fn new(spec: &ResponseSpec, law: &Law) -> Self {
        let long_run: f64 = law.stationary().iter().zip(&law.level).map(|(share, level)| share * level).sum();
        Self {
            weight: spec.weight.get(),
            slope: spec.slope.get() / long_run,
            pace: -libm::expm1(-std::f64::consts::LN_2 / spec.delay.get()),
        }
    }

    /// The mean after a day that ended at variance `v`.
    #[inline(always)]
    pub(super) fn follow<const N: usize>(&self, mean: Lanes<N>, v: Lanes<N>) -> Lanes<N> {
        mean + (v - mean) * self.pace
    }

    /// The weight at variance `v`.
    #[inline(always)]
    pub(super) fn weight<const N: usize>(&self, mean: Lanes<N>, v: Lanes<N>) -> Lanes<N> {
        (Lanes::splat(self.weight) - (v - mean) * self.slope).max(Lanes::splat(0.0)).min(Lanes::splat(1.0))
    }
}
