//! Variance swaps, settled on daily squared returns.
//!
//! P&L per unit of vega notional: the change of D [(A + E) / T - K^2] / (2 K) in points squared, with A the annualised
//! squares so far, E those expected of the days left, T the tenor, K the strike at which the contract was worth nothing, D
//! the discount factor. A market that is marked by its model expects by its own moments, daily sampling included; at a flat
//! VIX every day left is expected to bring the VIX squared and nothing is discounted (STATISTICS, section C).

use super::prices::{STEP, State};
use super::{
    BuildsInstrument, Instrument, Mark, MarkRows, Needs, Quotes, Schedule, Setting, Turnover, VEGA_LOT, vega_base,
};
use crate::grid::{DAY, DAYS_PER_YEAR, TimeGrid};
use crate::lanes::Row;
use crate::market::{Factor, Implied, Marking};
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
    /// How it is held (default: constant).
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
    /// Bought at the strike of the day, held to maturity, then rolled.
    Held,
}

impl Described for Spec {
    const HELP: &'static str = "a variance swap, reset every day to constant maturity or held to expiry";
    const SPECIMEN: &'static str = "{ underlying: SPX, tenor: 21, style: constant }";
}

/// Annualised points squared of one day's squared return.
const POINTS: f64 = DAYS_PER_YEAR * 1e4;

/// Longest tenor, days: ten years.
const MOST_DAYS: usize = 2_520;

struct Swap {
    asset: usize,
    tenor: usize,
    style: Style,
    implied: Implied,
    marking: Marking,
    base: f64,
    costs: super::Costs,
    schedule: Schedule,
    grid: TimeGrid,
    /// Discount factors by days to expiry.
    discounts: Vec<f64>,
}

impl BuildsInstrument for Spec {
    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        let asset = setting.facts.asset(&self.underlying, "underlying")?;
        let tenor = self.tenor.get();
        if tenor > MOST_DAYS as u64 {
            return Err(Refusal::new("tenor", format!("is {tenor}, must be at most {MOST_DAYS} days")));
        }
        let tenor = tenor as usize;
        let held = self.style == Style::Held;
        if held && tenor > setting.grid.days() {
            return Err(Refusal::new(
                "tenor",
                format!("is {tenor}, longer than the {} evaluated days", setting.grid.days()),
            ));
        }
        let by_model = setting.facts.marking == Marking::Model;
        let rate = if by_model { setting.facts.rate } else { 0.0 };
        Ok(Box::new(Swap {
            asset,
            tenor,
            style: self.style,
            implied: setting.facts.implied[asset],
            marking: setting.facts.marking,
            base: vega_base(setting)?,
            costs: setting.costs,
            schedule: if held { Schedule::every(tenor, setting.grid) } else { Schedule::never(setting.grid) },
            grid: setting.grid,
            discounts: (0..=tenor).map(|days| libm::exp(-rate * days as f64 * DAY)).collect(),
        }))
    }
}

impl Instrument for Swap {
    fn mark(&self, see: &Quotes<'_>, out: &mut MarkRows) {
        out.roll_by(&self.schedule);
        mark(self, see, out);
    }

    fn needs(&self, needs: &mut Needs) {
        if self.marking == Marking::Model {
            needs.squares(self.asset, self.tenor);
        }
    }

    fn turnover(&self) -> Turnover {
        Turnover::Base(self.base)
    }

    fn fee(&self) -> f64 {
        self.costs.fee_per_unit(VEGA_LOT)
    }

    fn span_days(&self) -> usize {
        if self.style == Style::Held { self.tenor } else { 0 }
    }
}

/// What expectations depend on, on one day.
#[derive(Clone, Copy)]
enum Outlook {
    Model(State),
    /// Squared points that each day left is expected to bring, annualised.
    Flat(Row),
}

impl Outlook {
    /// With the regime of another day.
    #[inline(always)]
    fn in_regime_of(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Model(now), Self::Model(was)) => Self::Model(now.with_regime_of(was)),
            (now, _) => now,
        }
    }
}

impl Swap {
    #[inline(always)]
    fn outlook(&self, see: &Quotes<'_>, row: usize) -> Outlook {
        match (self.marking, self.implied) {
            (Marking::Model, _) => Outlook::Model(see.state(row)),
            (Marking::FlatVix { .. }, Implied::OfVix(multiple)) => {
                let points = see.paths.rows(Factor::Vix)[row] * multiple;
                Outlook::Flat(points * points)
            }
            (Marking::FlatVix { .. }, Implied::Constant(volatility)) => {
                let points = Row::splat(volatility * 100.0);
                Outlook::Flat(points * points)
            }
        }
    }

    /// Annualised squares expected of the next `days` days, summed.
    #[inline(always)]
    fn expected(&self, see: &Quotes<'_>, days: usize, at: &Outlook) -> Row {
        match at {
            Outlook::Model(state) => see.prices.squares(self.asset, days, state) * POINTS,
            Outlook::Flat(square) => *square * days as f64,
        }
    }
}

impl Swap {
    /// Derivative of [`expected`](Self::expected) in the common variance; 0 at a flat VIX.
    #[inline(always)]
    fn slope(&self, see: &Quotes<'_>, days: usize, at: &Outlook) -> Row {
        match at {
            Outlook::Model(state) => {
                let more = Outlook::Model(state.with_more_variance());
                (self.expected(see, days, &more) - self.expected(see, days, at)) * (1.0 / STEP)
            }
            Outlook::Flat(_) => Row::splat(0.0),
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn mark(swap: &Swap, see: &Quotes<'_>, out: &mut MarkRows) {
    let returns = see.paths.rows(Factor::LogReturn(swap.asset));
    let vix = see.paths.rows(Factor::Vix);
    let (first, tenor) = (swap.grid.first(), swap.tenor as f64);
    let held = swap.style == Style::Held;
    let mut was = swap.outlook(see, first);
    let mut square = swap.expected(see, swap.tenor, &was) / tenor;
    let (mut seen, mut value) = (Row::splat(0.0), Row::splat(0.0));
    for row in first..swap.grid.rows() {
        let now = swap.outlook(see, row);
        let rolls = held && swap.schedule.rolls_at(row);
        let full = !held || rolls;
        if row > first {
            let left = match (held, rolls) {
                (true, true) => 0,
                (true, false) => swap.schedule.days_left(row),
                (false, _) => swap.tenor - 1,
            };
            // Value per unit of vega notional, one square of points a unit.
            let each = Row::splat(0.5 * swap.discounts[left] / tenor) / square.sqrt();
            let day = returns[row] * returns[row] * POINTS;
            let later = swap.expected(see, left, &now);
            let worth = each * (seen + day + later - square * tenor);
            *out.at(Mark::Pnl, row) = worth - value * (swap.discounts[0] / swap.discounts[1]);
            if see.paths.has_surprises() {
                let slope = each * swap.slope(see, left, &was);
                let [shock, jump] = see.surprise(row, swap.asset, Row::splat(0.0), each * POINTS, slope);
                *out.at(Mark::Shock, row) = shock;
                *out.at(Mark::Jump, row) = jump;
            }
            if see.parts {
                let stayed = swap.expected(see, left, &now.in_regime_of(&was));
                let frozen = swap.expected(see, left, &was);
                *out.at(Mark::Gamma, row) = each * day;
                *out.at(Mark::Vega, row) = each * (stayed - frozen);
                *out.at(Mark::Regime, row) = each * (later - stayed);
                *out.at(Mark::Theta, row) = each * (seen + frozen - square * tenor) - value;
                *out.at(Mark::Financing, row) = value * (1.0 - swap.discounts[0] / swap.discounts[1]);
            }
            (seen, value) = if full { (Row::splat(0.0), Row::splat(0.0)) } else { (seen + day, worth) };
        }
        let (days, fresh) = if full { (swap.tenor, true) } else { (swap.schedule.days_left(row), false) };
        let fair = swap.expected(see, days, &now) / days as f64;
        if fresh {
            square = fair;
        }
        let points = fair.sqrt();
        // What one vol point of the days left is worth.
        let vega = points / square.sqrt() * (days as f64 / tenor * swap.discounts[days]);
        *out.at(Mark::Price, row) = points;
        *out.at(Mark::Unit, row) = Row::splat(swap.base);
        *out.at(Mark::Spread, row) = swap.costs.spread(vix[row], vega, Row::splat(0.0));
        was = now;
    }
}
