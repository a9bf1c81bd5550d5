//! One path in plain numbers, day by day: what the scalar reference of a market gives.

use super::Factor;
use super::world::MOST_ASSETS;

/// One row of one path.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlainDay {
    /// VIX in points.
    pub vix: f64,
    /// Spot variance, decimal per year.
    pub variance: f64,
    /// Regime at the close.
    pub regime: usize,
    /// Where prices stand on the line of beliefs.
    pub premium_weight: f64,
    /// Close of each asset.
    pub spot: [f64; MOST_ASSETS],
    /// Log return of each asset.
    pub log_return: [f64; MOST_ASSETS],
}

impl PlainDay {
    /// One factor, as it stands in a [`PathBlock`](super::PathBlock).
    pub const fn factor(&self, factor: Factor) -> f64 {
        match factor {
            Factor::Vix => self.vix,
            Factor::Variance => self.variance,
            Factor::Regime => self.regime as f64,
            Factor::Spot(asset) => self.spot[asset],
            Factor::LogReturn(asset) => self.log_return[asset],
            Factor::PremiumWeight => self.premium_weight,
        }
    }
}
