//! A variance swap of constant maturity, reset every day, on a flat variance term structure.
//!
//! P&L per unit of vega notional: [(252e4 r^2 + (T - 1) V_t^2) / T - V_{t-1}^2] / (2 V_{t-1}), V the VIX (times the
//! asset's volatility multiple) and T the tenor: STATISTICS, section C. It has vega, gamma and carry, and no premium.

use super::{BuildsInstrument, Instrument, Mark, MarkRows, Schedule, Setting, Turnover, underlying, vega_base};
use crate::grid::{DAYS_PER_YEAR, TimeGrid};
use crate::lanes::Row;
use crate::market::{Factor, Implied, PathBlock};
use crate::shelf::{Described, Refusal};
use crate::units::PositiveCount;
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A variance swap.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Name of the asset.
    #[garde(skip)]
    pub underlying: String,
    /// Maturity in trading days.
    #[garde(dive)]
    pub tenor: PositiveCount,
    /// How it is held (default and only kind: constant).
    #[garde(skip)]
    #[serde(default)]
    pub style: Style,
}

/// How a variance swap is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Reset every day to its full maturity at the strike of the day.
    #[default]
    Constant,
}

impl Described for Spec {
    const HELP: &'static str = "a variance swap, reset every day to constant maturity";
    const SPECIMEN: &'static str = "{ underlying: SPX, tenor: 21, style: constant }";
}

/// Vega notional of a listed contract.
const LOT: f64 = 1_000.0;

struct ConstantMaturity {
    asset: usize,
    tenor: f64,
    implied: Implied,
    base: f64,
    costs: super::Costs,
    schedule: Schedule,
    grid: TimeGrid,
}

impl BuildsInstrument for Spec {
    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        let asset = underlying(&self.underlying, setting.facts)?;
        Ok(Box::new(ConstantMaturity {
            asset,
            tenor: self.tenor.get() as f64,
            implied: setting.facts.implied[asset],
            base: vega_base(setting)?,
            costs: setting.costs,
            schedule: Schedule::never(setting.grid),
            grid: setting.grid,
        }))
    }
}

impl Instrument for ConstantMaturity {
    fn mark(&self, paths: &PathBlock, out: &mut MarkRows) {
        mark(self, paths, out);
    }

    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn turnover(&self) -> Turnover {
        Turnover::Base(self.base)
    }

    fn fee(&self) -> f64 {
        self.costs.fee_per_unit(LOT)
    }

    fn premium_days(&self) -> usize {
        0
    }
}

/// Implied volatility of the asset in points.
#[inline(always)]
fn points(implied: Implied, vix: Row) -> Row {
    match implied {
        Implied::OfVix(multiple) => vix * multiple,
        Implied::Constant(volatility) => Row::splat(volatility * 100.0),
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn mark(swap: &ConstantMaturity, paths: &PathBlock, out: &mut MarkRows) {
    let returns = paths.rows(Factor::LogReturn(swap.asset));
    let vix = paths.rows(Factor::Vix);
    let first = swap.grid.first();
    for row in first..swap.grid.rows() {
        let now = points(swap.implied, vix[row]);
        if row > first {
            let strike = points(swap.implied, vix[row - 1]);
            let half = Row::splat(0.5) / strike;
            let realized = returns[row] * returns[row] * (DAYS_PER_YEAR * 1e4);
            let fair = (realized + now * now * (swap.tenor - 1.0)) / swap.tenor;
            *out.at(Mark::Pnl, row) = half * (fair - strike * strike);
            *out.at(Mark::Gamma, row) = half * realized / swap.tenor;
            *out.at(Mark::Vega, row) = (now - strike) * ((swap.tenor - 1.0) / swap.tenor);
            *out.at(Mark::Theta, row) = strike * (-0.5 / swap.tenor);
        }
        *out.at(Mark::Price, row) = now;
        *out.at(Mark::Unit, row) = Row::splat(swap.base);
        *out.at(Mark::Spread, row) = swap.costs.spread(vix[row], Row::splat(1.0), Row::splat(0.0));
    }
}
