//! The VIX itself, marked to market with an optional carry. Not investable: a diagnostic. Without carry a fixed position
//! telescopes to the change of the VIX.

use super::{BuildsInstrument, Instrument, Mark, MarkRows, Quotes, Setting, Turnover, VEGA_LOT, vega_base};
use crate::grid::{DAY, TimeGrid};
use crate::lanes::Row;
use crate::market::Factor;
use crate::shelf::{Described, Refusal};
use crate::units::Finite;
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The VIX, marked to market.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Vol points a year that a long position pays (default 0).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Finite")]
    pub carry: Option<Finite>,
}

impl Described for Spec {
    const HELP: &'static str = "the VIX marked to market: not investable, a diagnostic";
    const SPECIMEN: &'static str = "{ carry: 0 }";
}

struct VixMark {
    carry: f64,
    base: f64,
    costs: super::Costs,
    grid: TimeGrid,
}

impl BuildsInstrument for Spec {
    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        Ok(Box::new(VixMark {
            carry: self.carry.map_or(0.0, Finite::get),
            base: vega_base(setting)?,
            costs: setting.costs,
            grid: setting.grid,
        }))
    }
}

impl Instrument for VixMark {
    fn mark(&self, see: &Quotes<'_>, out: &mut MarkRows) {
        mark(self, see, out);
    }

    fn turnover(&self) -> Turnover {
        Turnover::Base(self.base)
    }

    fn fee(&self) -> f64 {
        self.costs.fee_per_unit(VEGA_LOT)
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn mark(it: &VixMark, see: &Quotes<'_>, out: &mut MarkRows) {
    let vix = see.paths.rows(Factor::Vix);
    let first = it.grid.first();
    for row in first..it.grid.rows() {
        if row > first {
            let moved = vix[row] - vix[row - 1];
            *out.at(Mark::Pnl, row) = moved - Row::splat(it.carry * DAY);
            if see.parts {
                *out.at(Mark::Vega, row) = moved;
                *out.at(Mark::Theta, row) = Row::splat(-it.carry * DAY);
            }
        }
        *out.at(Mark::Price, row) = vix[row];
        *out.at(Mark::Unit, row) = Row::splat(it.base);
        *out.at(Mark::Spread, row) = it.costs.spread(vix[row], Row::splat(1.0), Row::splat(0.0));
    }
}
