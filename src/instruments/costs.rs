//! Cost of trading: half-spread in vol points through Black vega, wider in stress, not below a share of the premium; or a
//! share of the premium; and fees. Charged on the traded change only.

use super::or_zero;
use crate::lanes::Row;
use crate::units::NonNegative;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cost of trading an instrument (nothing if left out).
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CostSpec {
    /// Half-spread in vol points.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NonNegative")]
    pub half_spread_vol: Option<NonNegative>,
    /// Widening b: the half-spread is multiplied by 1 + b max(0, VIX - 20) / 10, at most by 6.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NonNegative")]
    pub stress_widening: Option<NonNegative>,
    /// Least half-spread as a share of the premium.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NonNegative")]
    pub premium_floor: Option<NonNegative>,
    /// Price tick; the half-spread is at least half of it.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NonNegative")]
    pub tick: Option<NonNegative>,
    /// Share of the premium, on top.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NonNegative")]
    pub of_premium: Option<NonNegative>,
    /// Half-spread of the underlying in basis points, for hedges of the delta.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NonNegative")]
    pub underlying_bp: Option<NonNegative>,
    /// Fee per listed contract: 100 units of the index (of the VIX: dollars a point) for options, 1,000 of vega for variance
    /// swaps and VIX futures.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NonNegative")]
    pub fee: Option<NonNegative>,
}

/// Checked costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Costs {
    half_spread_vol: f64,
    widening: f64,
    premium_floor: f64,
    half_tick: f64,
    of_premium: f64,
    underlying: f64,
    fee: f64,
}

/// Most that stress multiplies a half-spread by.
const MOST_WIDENING: f64 = 6.0;

impl CostSpec {
    /// The checked costs.
    pub fn costs(&self) -> Costs {
        Costs {
            half_spread_vol: or_zero(self.half_spread_vol),
            widening: or_zero(self.stress_widening),
            premium_floor: or_zero(self.premium_floor),
            half_tick: 0.5 * or_zero(self.tick),
            of_premium: or_zero(self.of_premium),
            underlying: or_zero(self.underlying_bp) * 1e-4,
            fee: or_zero(self.fee),
        }
    }
}

impl Costs {
    /// Half-spread per contract with this vega (per vol point) and premium, at this VIX.
    #[inline(always)]
    pub(super) fn spread(&self, vix: Row, vega: Row, premium: Row) -> Row {
        let stress = ((vix - 20.0).max(Row::splat(0.0)) * (0.1 * self.widening) + 1.0).min(Row::splat(MOST_WIDENING));
        let quoted = vega * self.half_spread_vol * stress;
        quoted.max(premium * self.premium_floor).max(Row::splat(self.half_tick)) + premium * self.of_premium
    }

    /// Half-spread of the underlying, as a share of what is traded.
    pub(super) fn underlying(&self) -> f64 {
        self.underlying
    }

    /// Fee per unit, where a listed contract holds `units`.
    pub(super) fn fee_per_unit(&self, units: f64) -> f64 {
        self.fee / units
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearest_of_the_floors_counts_and_stress_is_capped() {
        let costs = Costs {
            half_spread_vol: 0.2,
            widening: 0.5,
            premium_floor: 0.02,
            half_tick: 0.025,
            of_premium: 0.0,
            underlying: 0.0,
            fee: 0.65,
        };
        let spread = |vix, vega, premium| costs.spread(Row::splat(vix), Row::splat(vega), Row::splat(premium)).0[3];
        assert_eq!(spread(15.0, 2.0, 10.0), 0.4);
        assert!((spread(40.0, 2.0, 10.0) - 0.8).abs() < 1e-15);
        assert!((spread(500.0, 2.0, 10.0) - 2.4).abs() < 1e-15);
        assert_eq!(spread(15.0, 0.1, 10.0), 0.2);
        assert_eq!(spread(15.0, 0.0, 0.0), 0.025);
        assert!((costs.fee_per_unit(100.0) - 0.0065).abs() < 1e-15);
    }
}
