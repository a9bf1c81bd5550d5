//! A rolled index put, marked at flat VIX.
//!
//! Bought at the first evaluated close and at every expiry at `moneyness` times spot, for `tenor` trading days. Between
//! rolls the number of contracts per multiplier is fixed. Marks are Black-Scholes at the VIX (times the asset's volatility
//! multiple), on a 252-day clock: STATISTICS, section C, with rate and dividend.

use super::{BuildsInstrument, Instrument, Mark, MarkRows, Schedule, Setting, Turnover, underlying};
use crate::grid::{DAY, TimeGrid};
use crate::lanes::Row;
use crate::market::{Factor, Implied, PathBlock};
use crate::pricing::black::{self, Expiry, Put};
use crate::shelf::{Described, Refusal};
use crate::units::{Moneyness, PositiveCount};
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A put that is rolled at expiry.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Name of the asset.
    #[garde(skip)]
    pub underlying: String,
    /// Strike as a multiple of spot at the roll.
    #[garde(dive)]
    pub moneyness: Moneyness,
    /// Trading days from roll to expiry.
    #[garde(dive)]
    pub tenor: PositiveCount,
    /// When the contract is replaced (default and only kind: at expiry).
    #[garde(skip)]
    #[serde(default)]
    pub roll: Roll,
}

/// When the contract is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Roll {
    /// At expiry.
    #[default]
    AtExpiry,
}

impl Described for Spec {
    const HELP: &'static str = "an index put, bought at a moneyness and rolled at expiry";
    const SPECIMEN: &'static str = "{ underlying: SPX, moneyness: 0.95, tenor: 63 }";
}

/// Units of the index in a listed contract.
const LOT: f64 = 100.0;

struct RolledPut {
    asset: usize,
    moneyness: f64,
    implied: Implied,
    notional: f64,
    costs: super::Costs,
    schedule: Schedule,
    grid: TimeGrid,
    tenor: usize,
    growth: f64,
    /// Indexed by days to expiry, 0..=tenor.
    expiries: Vec<Expiry>,
}

impl BuildsInstrument for Spec {
    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        let asset = underlying(&self.underlying, setting.facts)?;
        let share = match (setting.size.per_exposure, setting.size.vega_bp) {
            (Some(share), None) => share.get(),
            _ => {
                return Err(
                    Refusal::new("/size", "a put is sized by exposure").help("write `size: { per_exposure: 1.0 }`")
                );
            }
        };
        let tenor = self.tenor.get() as usize;
        if tenor > setting.grid.days() {
            return Err(Refusal::new(
                "tenor",
                format!("is {tenor}, longer than the {} evaluated days", setting.grid.days()),
            ));
        }
        let (rate, dividend) = (setting.facts.rate, setting.facts.dividend);
        Ok(Box::new(RolledPut {
            asset,
            moneyness: self.moneyness.get(),
            implied: setting.facts.implied[asset],
            notional: share * setting.capital * setting.weights[asset],
            costs: setting.costs,
            schedule: Schedule::every(tenor, setting.grid),
            grid: setting.grid,
            tenor,
            growth: libm::exp(rate * DAY),
            expiries: (0..=tenor).map(|days| Expiry::new(days as f64 * DAY, rate, dividend)).collect(),
        }))
    }
}

impl Instrument for RolledPut {
    fn mark(&self, paths: &PathBlock, out: &mut MarkRows) {
        mark(self, paths, out);
    }

    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn turnover(&self) -> Turnover {
        Turnover::Premium
    }

    fn fee(&self) -> f64 {
        self.costs.fee_per_unit(LOT)
    }

    fn premium_days(&self) -> usize {
        self.tenor
    }
}

/// Decimal volatility at which an asset is marked.
#[inline(always)]
fn volatility(implied: Implied, vix: Row) -> Row {
    match implied {
        Implied::OfVix(multiple) => vix * (multiple * 0.01),
        Implied::Constant(volatility) => Row::splat(volatility),
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn mark(put: &RolledPut, paths: &PathBlock, out: &mut MarkRows) {
    let spot = paths.rows(Factor::Spot(put.asset));
    let vix = paths.rows(Factor::Vix);
    let (mut strike, mut unit) = (Row::splat(1.0), Row::splat(0.0));
    let mut held: Option<Put<8>> = None;
    for row in put.grid.first()..put.grid.rows() {
        let (s, vol) = (spot[row], volatility(put.implied, vix[row]));
        let rolls = put.schedule.rolls_at(row);
        if let Some(before) = held {
            let left = if rolls { 0 } else { put.schedule.days_left(row) };
            let now = black::put(s, strike, vol, &put.expiries[left]);
            let moved = s - spot[row - 1];
            let points = (vol - volatility(put.implied, vix[row - 1])) * 100.0;
            *out.at(Mark::Pnl, row) = now.price - before.price * put.growth;
            *out.at(Mark::Delta, row) = before.delta * moved;
            *out.at(Mark::Gamma, row) = before.gamma * moved * moved * 0.5;
            *out.at(Mark::Vega, row) = before.vega * points;
            *out.at(Mark::Theta, row) = before.theta * DAY;
            *out.at(Mark::Financing, row) = before.price * (1.0 - put.growth);
            held = Some(now);
        }
        if rolls {
            strike = s * put.moneyness;
            unit = Row::splat(put.notional) / s;
            held = Some(black::put(s, strike, vol, &put.expiries[put.tenor]));
        }
        if let Some(now) = held {
            *out.at(Mark::Price, row) = now.price;
            *out.at(Mark::Unit, row) = unit;
            *out.at(Mark::Spread, row) = put.costs.spread(vix[row], now.vega, now.price);
        }
    }
}
