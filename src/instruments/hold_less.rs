//! Holding less of the portfolio: what any hedge has to beat. It costs no premium, only what the portfolio would have earned.

use super::{BuildsInstrument, Endless, Instrument, Mark, MarkRows, Quotes, Setting, Size, Turnover};
use crate::grid::TimeGrid;
use crate::lanes::Row;
use crate::market::Factor;
use crate::portfolio::Portfolio;
use crate::shelf::{Described, Refusal};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Less of the portfolio, held in cash instead.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {}

impl Described for Spec {
    const HELP: &'static str = "less of the portfolio, held in cash instead: what any hedge has to beat";
    const SPECIMEN: &'static str = "{}";
}

struct HoldLess {
    portfolio: Portfolio,
    share: f64,
    costs: super::Costs,
    grid: TimeGrid,
    rates: (f64, f64),
    assets: usize,
}

impl BuildsInstrument for Spec {
    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        let Some(Size::Exposure(share)) = setting.size.only() else {
            return Err(Refusal::new("/size", "is the share of the portfolio that a multiplier of 1 sells")
                .help("write `size: { per_exposure: 0.1 }`"));
        };
        Ok(Box::new(HoldLess {
            portfolio: setting.portfolio.clone(),
            share,
            costs: setting.costs,
            grid: setting.grid,
            rates: (setting.facts.rate, setting.facts.dividend),
            assets: setting.facts.assets.len(),
        }))
    }
}

impl Instrument for HoldLess {
    /// A contract is the whole portfolio, sold: capital is constant, so its price is the capital's and its P&L that of the
    /// portfolio with the opposite sign.
    fn mark(&self, see: &Quotes<'_>, out: &mut MarkRows) {
        let closes: Vec<&[Row]> = (0..self.assets).map(|asset| see.paths.rows(Factor::Spot(asset))).collect();
        let mut returns = vec![Row::default(); self.grid.rows()];
        self.portfolio.excess_returns(&closes, self.rates.0, self.rates.1, &mut returns);
        let capital = self.portfolio.capital();
        let first = self.grid.first();
        for row in first..self.grid.rows() {
            if row > first {
                let pnl = returns[row] * -capital;
                *out.at(Mark::Pnl, row) = pnl;
                if see.parts {
                    *out.at(Mark::Delta, row) = pnl;
                }
            }
            *out.at(Mark::Price, row) = Row::splat(capital);
            *out.at(Mark::Unit, row) = Row::splat(self.share);
            *out.at(Mark::Spread, row) = Row::splat(capital * self.costs.underlying());
        }
    }

    /// Holding more of the portfolio loses at most what it is worth.
    fn endless(&self) -> Endless {
        Endless::Never
    }

    fn turnover(&self) -> Turnover {
        Turnover::Base(self.share)
    }

    fn fee(&self) -> f64 {
        0.0
    }
}
