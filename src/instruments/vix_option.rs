//! Rolled options on the VIX: what calls and puts share.
//!
//! Bought at the first evaluated close and at every expiry for `tenor` trading days; the strike is a multiple of the VIX
//! future of that expiry, or stands where Black's delta to that future has a given size. At expiry a contract pays the VIX
//! over the strike (or what is missing to it) in cash. The price is the market's own: the discounted expectation under the
//! law of its VIX. Half-spreads go by the Black vega to the future, at the option's own implied volatility.
//!
//! The underlying of a VIX option is the variance, so its P&L has no parts delta and gamma: vega is the change of value with
//! the variance at yesterday's regime, then come the regime, theta at frozen variance and regime, and financing. They add up
//! to the P&L.

use super::prices::State;
use super::{Costs, Endless, Instrument, Mark, MarkRows, Needs, Quotes, Schedule, Setting, Turnover, model_only};
use crate::grid::{DAY, TimeGrid};
use crate::lanes::Row;
use crate::market::Factor;
use crate::shelf::Refusal;
use crate::units::{DeltaSize, Moneyness, PositiveCount};
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is bought at a roll; exactly one of `moneyness` and `delta`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Strike as a multiple of the VIX future of that expiry, 0.2 to 3.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Moneyness")]
    pub moneyness: Option<Moneyness>,
    /// Strike by the size of Black's delta to that future, 0 to 1.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DeltaSize")]
    pub delta: Option<DeltaSize>,
    /// Trading days from roll to expiry, up to 252.
    #[garde(dive)]
    pub tenor: PositiveCount,
}

/// How the strike is chosen.
#[derive(Clone, Copy)]
enum Strike {
    /// A multiple of the future.
    Moneyness(f64),
    /// The size of the delta.
    Delta(f64),
}

/// How many options a multiplier of 1 holds; one pays one unit of currency a point.
#[derive(Clone, Copy)]
enum Size {
    /// This many.
    Options(f64),
    /// For this premium, currency.
    Premium(f64),
}

/// Strikes that are bought, as multiples of the future: what the tables hold at any variance.
const STRIKES: [f64; 2] = [0.2, 3.0];

/// Longest tenor, days.
const MOST_DAYS: usize = 252;

/// Dollars a point of a listed contract.
const LOT: f64 = 100.0;

/// Least price, points, of an option that is bought for a premium: one that costs next to nothing is not bought in any
/// number.
const LEAST_PRICE: f64 = 0.01;

/// A rolled option; `CALL`, or else a put.
struct Rolled<const CALL: bool> {
    strike: Strike,
    size: Size,
    costs: Costs,
    schedule: Schedule,
    grid: TimeGrid,
    tenor: usize,
    growth: f64,
    /// Present value of one unit of cash, by days to expiry, 0..=tenor.
    discounts: Vec<f64>,
}

/// The checked instrument.
pub(super) fn build<const CALL: bool>(terms: &Terms, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
    model_only(setting, "an option on the VIX")?;
    let strike = match (terms.moneyness.map(Moneyness::get), terms.delta) {
        (Some(multiple), None) if (STRIKES[0]..=STRIKES[1]).contains(&multiple) => Strike::Moneyness(multiple),
        (Some(multiple), None) => {
            let [low, high] = STRIKES;
            return Err(Refusal::new(
                "moneyness",
                format!("is {multiple}; strikes are bought from {low} to {high} times the VIX future"),
            ));
        }
        (None, Some(size)) => Strike::Delta(size.get()),
        _ => return Err(Refusal::new("", "give exactly one of `moneyness` and `delta`")),
    };
    let capital = setting.portfolio.capital();
    let size = match setting.size.only() {
        Some(super::Size::Vega(share)) => Size::Options(share * capital),
        Some(super::Size::Premium(share)) => Size::Premium(share * capital),
        _ => {
            return Err(Refusal::new("/size", "an option on the VIX is sized by points or by premium").help(
                "write `size: { vega_bp: 20 }` for 20 bp of capital a point of the VIX, or `size: { premium: 0.01 }`",
            ));
        }
    };
    let tenor = terms.tenor.get() as usize;
    let most = MOST_DAYS.min(setting.grid.days());
    if tenor > most {
        return Err(Refusal::new("tenor", format!("is {tenor}, must be at most {most} days")));
    }
    let rate = setting.facts.rate;
    Ok(Box::new(Rolled::<CALL> {
        strike,
        size,
        costs: setting.costs,
        schedule: Schedule::every(tenor, setting.grid),
        grid: setting.grid,
        tenor,
        growth: libm::exp(rate * DAY),
        discounts: (0..=tenor).map(|days| libm::exp(-rate * days as f64 * DAY)).collect(),
    }))
}

impl<const CALL: bool> Instrument for Rolled<CALL> {
    fn mark(&self, see: &Quotes<'_>, out: &mut MarkRows) {
        out.roll_by(&self.schedule);
        mark(self, see, out);
    }

    fn needs(&self, needs: &mut Needs) {
        needs.vix_options(self.tenor);
        // The VIX of any state.
        needs.futures(0);
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

    /// A put on the VIX pays its strike at most.
    fn endless(&self) -> Endless {
        if CALL { Endless::Short } else { Endless::Never }
    }
}

/// What one option is worth today.
#[derive(Clone, Copy, Default)]
struct Worth {
    price: Row,
    /// Black vega, per vol point of the future.
    vega: Row,
    /// Was the look-up held at the edge?
    held: Row,
}

/// Steps of the bisection for a strike by delta: the strike to 1e-7 of the future.
const BISECTIONS: usize = 26;

impl<const CALL: bool> Rolled<CALL> {
    /// What it pays at this VIX.
    #[inline(always)]
    fn pays(vix: Row, strike: Row) -> Row {
        (if CALL { vix - strike } else { strike - vix }).max(Row::splat(0.0))
    }

    /// An option `left` days before expiry.
    #[inline(always)]
    fn worth(&self, see: &Quotes<'_>, left: usize, strike: Row, at: &State) -> Worth {
        if left == 0 {
            return Worth { price: Self::pays(see.prices.future(0, at).0, strike), ..Worth::default() };
        }
        let (forward, discount) = (see.prices.vix_forward(left, at), self.discounts[left]);
        let quote = see.prices.vix_call(left, strike, forward, at);
        let value = if CALL { quote.call } else { (quote.call - forward + strike).max(Row::splat(0.0)) };
        let root = (left as f64 * DAY).sqrt();
        Worth {
            price: value * discount,
            vega: forward * quote.d1.normal_density() * (0.01 * root * discount),
            held: quote.held.as_number(),
        }
    }

    /// The strike that is bought.
    #[inline(always)]
    fn choose(&self, see: &Quotes<'_>, at: &State) -> Row {
        let forward = see.prices.vix_forward(self.tenor, at);
        let size = match self.strike {
            Strike::Moneyness(multiple) => return forward * multiple,
            Strike::Delta(size) => size,
        };
        // The probability that d1 stands for falls from 1 to 0 as the strike rises.
        let wanted = Row::splat(if CALL { size } else { 1.0 - size });
        let [mut low, mut high] = STRIKES.map(Row::splat);
        for _ in 0..BISECTIONS {
            let middle = (low + high) * 0.5;
            let below = see.prices.vix_call(self.tenor, forward * middle, forward, at).d1.normal_cdf();
            let above = below.gt(wanted);
            low = above.select(middle, low);
            high = above.select(high, middle);
        }
        forward * ((low + high) * 0.5)
    }

    /// Options that a multiplier of 1 holds at this price.
    #[inline(always)]
    fn unit(&self, price: Row) -> Row {
        match self.size {
            Size::Options(number) => Row::splat(number),
            Size::Premium(premium) => Row::splat(premium) / price.max(Row::splat(LEAST_PRICE)),
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn mark<const CALL: bool>(option: &Rolled<CALL>, see: &Quotes<'_>, out: &mut MarkRows) {
    let vix = see.paths.rows(Factor::Vix);
    let (mut unit, mut strike, mut edges) = (Row::default(), Row::default(), Row::default());
    let mut before: Option<(State, Worth)> = None;
    for row in option.grid.first()..option.grid.rows() {
        let now = see.state(row);
        let rolls = option.schedule.rolls_at(row);
        let left = if rolls { 0 } else { option.schedule.days_left(row) };
        let mut worth = Worth::default();
        if let Some((was, start)) = before {
            worth = option.worth(see, left, strike, &now);
            edges += worth.held;
            let start = start.price;
            *out.at(Mark::Pnl, row) = worth.price - start * option.growth;
            if see.parts {
                let frozen = option.worth(see, left, strike, &was).price;
                let stayed = option.worth(see, left, strike, &now.with_regime_of(&was)).price;
                *out.at(Mark::Theta, row) = frozen - start;
                *out.at(Mark::Vega, row) = stayed - frozen;
                *out.at(Mark::Regime, row) = worth.price - stayed;
                *out.at(Mark::Financing, row) = start * (1.0 - option.growth);
            }
        }
        if rolls {
            strike = option.choose(see, &now);
            worth = option.worth(see, option.tenor, strike, &now);
            edges += worth.held;
            unit = option.unit(worth.price);
        }
        *out.at(Mark::Price, row) = worth.price;
        *out.at(Mark::Unit, row) = unit;
        *out.at(Mark::Spread, row) = option.costs.spread(vix[row], worth.vega, worth.price);
        before = Some((now, worth));
    }
    out.held = edges;
}
