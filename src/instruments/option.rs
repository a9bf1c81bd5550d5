//! Rolled index options: what puts and calls share.
//!
//! Bought at the first evaluated close and at every expiry for `tenor` trading days, at a multiple of spot or at a delta.
//! Between rolls the number of contracts per multiplier is fixed. In a market that is marked by its model a contract is
//! looked up in the tables of its asset; at a flat VIX it is worth Black-Scholes at the VIX (times the asset's volatility
//! multiple), on a 252-day clock: STATISTICS, section C, with rate and dividend.

use super::prices::State;
use super::{Instrument, Mark, MarkRows, Needs, Quotes, Schedule, Setting, SizeSpec, Turnover};
use crate::grid::{DAY, TimeGrid};
use crate::lanes::Row;
use crate::market::{Factor, Implied, Marking, PathBlock};
use crate::pricing::black::{self, Expiry, Value};
use crate::pricing::surface::reach;
use crate::shelf::Refusal;
use crate::units::{DeltaSize, Moneyness, PositiveCount};
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When the contract is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Roll {
    /// At expiry.
    #[default]
    AtExpiry,
}

/// What is bought at a roll; exactly one of `moneyness` and `delta`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Name of the asset.
    #[garde(skip)]
    pub underlying: String,
    /// Strike as a multiple of spot at the roll.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Moneyness")]
    pub moneyness: Option<Moneyness>,
    /// Strike by the size of the delta at the roll, 0 to 1.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DeltaSize")]
    pub delta: Option<DeltaSize>,
    /// Trading days from roll to expiry.
    #[garde(dive)]
    pub tenor: PositiveCount,
    /// When the contract is replaced (default and only kind: at expiry).
    #[garde(skip)]
    #[serde(default)]
    pub roll: Roll,
}

/// How the strike is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Strike {
    /// A multiple of spot.
    Moneyness(f64),
    /// The size of the delta.
    Delta(f64),
}

impl Terms {
    fn strike(&self) -> Result<Strike, Refusal> {
        match (self.moneyness, self.delta) {
            (Some(multiple), None) => Ok(Strike::Moneyness(multiple.get())),
            (None, Some(size)) => Ok(Strike::Delta(size.get())),
            _ => Err(Refusal::new("", "give exactly one of `moneyness` and `delta`")),
        }
    }
}

/// Units of the index in a listed contract.
const LOT: f64 = 100.0;

/// Longest tenor that is priced by the model, days: five years.
const MOST_DAYS: usize = 1_260;

/// A rolled option; `CALL`, or else a put.
struct Rolled<const CALL: bool> {
    asset: usize,
    strike: Strike,
    implied: Implied,
    notional: f64,
    costs: super::Costs,
    schedule: Schedule,
    grid: TimeGrid,
    tenor: usize,
    growth: f64,
    marking: Marking,
    /// Indexed by days to expiry, 0..=tenor.
    expiries: Vec<Expiry>,
    /// Log of forward over spot, likewise.
    forwards: Vec<f64>,
}

/// The checked instrument.
pub(super) fn build<const CALL: bool>(terms: &Terms, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
    let asset = setting.facts.asset(&terms.underlying, "underlying")?;
    let share = match setting.size {
        SizeSpec { per_exposure: Some(share), vega_bp: None, premium: None } => share.get(),
        _ => {
            return Err(
                Refusal::new("/size", "an option is sized by exposure").help("write `size: { per_exposure: 1.0 }`")
            );
        }
    };
    let (strike, tenor) = (terms.strike()?, terms.tenor.get() as usize);
    if tenor > setting.grid.days() {
        return Err(Refusal::new(
            "tenor",
            format!("is {tenor}, longer than the {} evaluated days", setting.grid.days()),
        ));
    }
    if setting.facts.marking == Marking::Model && tenor > MOST_DAYS {
        return Err(Refusal::new("tenor", format!("is {tenor}; the model prices up to {MOST_DAYS} days")));
    }
    let (rate, dividend) = (setting.facts.rate, setting.facts.dividend);
    check_strike(strike, tenor, setting)?;
    Ok(Box::new(Rolled::<CALL> {
        asset,
        strike,
        implied: setting.facts.implied[asset],
        notional: share * setting.portfolio.capital() * setting.portfolio.weight(asset),
        costs: setting.costs,
        schedule: Schedule::every(tenor, setting.grid),
        grid: setting.grid,
        tenor,
        growth: libm::exp(rate * DAY),
        marking: setting.facts.marking,
        expiries: (0..=tenor).map(|days| Expiry::new(days as f64 * DAY, rate, dividend)).collect(),
        forwards: (0..=tenor).map(|days| (rate - dividend) * days as f64 * DAY).collect(),
    }))
}

/// Is there such a strike, and is it in the price tables?
fn check_strike(strike: Strike, tenor: usize, setting: &Setting<'_>) -> Result<(), Refusal> {
    let years = tenor as f64 * DAY;
    let (rate, dividend) = (setting.facts.rate, setting.facts.dividend);
    match strike {
        Strike::Delta(size) => {
            let most = libm::exp(-dividend * years);
            if !(size < most) {
                return Err(Refusal::new(
                    "delta",
                    format!(
                        "is {size}, must be below {most:.4}, the delta of a certain exercise at this dividend and tenor"
                    ),
                ));
            }
        }
        Strike::Moneyness(multiple) if setting.facts.marking == Marking::Model => {
            let forward = libm::exp((rate - dividend) * years);
            let [down, up] = reach(tenor);
            let (low, high) = (forward * libm::exp(-down), forward * libm::exp(up));
            if !(multiple > low && multiple < high) {
                return Err(Refusal::new(
                    "moneyness",
                    format!(
                        "is {multiple}; at this tenor the model's tables price strikes from {low:.2} to {high:.2} times spot"
                    ),
                ));
            }
        }
        Strike::Moneyness(_) => {}
    }
    Ok(())
}

impl<const CALL: bool> Instrument for Rolled<CALL> {
    fn mark(&self, see: &Quotes<'_>, out: &mut MarkRows) {
        out.roll_by(&self.schedule);
        match self.marking {
            Marking::Model => by_model(self, see, out),
            Marking::FlatVix { .. } => at_flat_vix(self, see.paths, out),
        }
    }

    fn needs(&self, needs: &mut Needs) {
        if self.marking == Marking::Model {
            needs.options(self.asset, self.tenor);
        }
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

/// Steps of the bisection for a strike by delta: the strike to 1e-7 of spot.
const BISECTIONS: usize = 26;

/// The log strike over the forward, within the tables' reach, at which an option has a delta of this size; `of` gives the
/// put's delta.
#[inline(always)]
fn strike_by_delta<const CALL: bool>(size: f64, carry: f64, [down, up]: [f64; 2], of: impl Fn(Row) -> Row) -> Row {
    // The put's delta falls from 0 to -carry as the strike rises.
    let wanted = if CALL { size - carry } else { -size };
    let (mut low, mut high) = (Row::splat(-down), Row::splat(up));
    for _ in 0..BISECTIONS {
        let middle = (low + high) * 0.5;
        let above = of(middle).gt(Row::splat(wanted));
        low = above.select(middle, low);
        high = above.select(high, middle);
    }
    (low + high) * 0.5
}

impl<const CALL: bool> Rolled<CALL> {
    /// Value of a contract from that of the put, as a share of the forward.
    #[inline(always)]
    fn value(&self, put: Row, carried: Row, strike: Row, left: usize) -> Row {
        let value = carried * put;
        if CALL { value + carried - strike * self.expiries[left].discount() } else { value }
    }

    /// Value of the contract, and its Black-Scholes vega per vol point at its own implied volatility.
    #[inline(always)]
    fn price(&self, see: &Quotes<'_>, at: &Place, left: usize, state: &State, held: &mut Row) -> (Row, Row) {
        let (Place { spot, strike, log }, expiry) = (*at, &self.expiries[left]);
        let carried = spot * expiry.carry();
        if left == 0 {
            let intrinsic = if CALL { spot - strike } else { strike - spot };
            return (intrinsic.max(Row::splat(0.0)), Row::splat(0.0));
        }
        let relative = strike * expiry.discount() / carried;
        let quote = see.prices.put::<false>(self.asset, left, log - self.forwards[left], relative, state);
        *held += quote.held.as_number();
        let vega = carried * quote.density * (expiry.root() * 0.01);
        (self.value(quote.put, carried, strike, left).max(Row::splat(0.0)), vega)
    }

    /// Parts of the P&L of the day that ends at `row`, apart from that of a new regime: the contract's value one day on in
    /// yesterday's state, and its derivatives there.
    #[inline(always)]
    fn explain(&self, see: &Quotes<'_>, step: &Step, price: Row, out: &mut MarkRows) {
        let (was, Place { spot, strike, log }) = (step.was, *step.from);
        // At expiry there are no tables any more: the derivatives are those of the last day.
        let left = step.left.max(1);
        let expiry = &self.expiries[left];
        let carried = spot * expiry.carry();
        let relative = strike * expiry.discount() / carried;
        let quote = see.prices.put::<true>(self.asset, left, log - self.forwards[left], relative, was);
        let later = if step.left > 0 {
            self.value(quote.put, carried, strike, left)
        } else {
            (if CALL { spot - strike } else { strike - spot }).max(Row::splat(0.0))
        };
        let parity = if CALL { expiry.carry() } else { 0.0 };
        let delta = (quote.put - quote.slope) * expiry.carry() + Row::splat(parity);
        let gamma = (quote.bend - quote.slope) * expiry.carry() / spot;
        let moved = step.spot - spot;
        let shift = (step.now.variance - was.variance) * see.prices.share(self.asset);
        *out.at(Mark::Delta, step.row) = delta * moved;
        *out.at(Mark::Gamma, step.row) = gamma * moved * moved * 0.5;
        *out.at(Mark::Vega, step.row) = carried * quote.in_variance * shift;
        *out.at(Mark::Theta, step.row) = later - price;
    }
}

/// One day of a held contract.
struct Step<'a> {
    row: usize,
    /// Days to expiry at its end.
    left: usize,
    was: &'a State,
    now: &'a State,
    from: &'a Place,
    spot: Row,
}

/// A contract and where its underlying stands.
#[derive(Clone, Copy)]
struct Place {
    spot: Row,
    strike: Row,
    /// Log of strike over spot: it moves by the log return, so that no day takes a logarithm.
    log: Row,
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn by_model<const CALL: bool>(option: &Rolled<CALL>, see: &Quotes<'_>, out: &mut MarkRows) {
    let spot = see.paths.rows(Factor::Spot(option.asset));
    let returns = see.paths.rows(Factor::LogReturn(option.asset));
    let vix = see.paths.rows(Factor::Vix);
    let (mut unit, mut held) = (Row::splat(0.0), Row::splat(0.0));
    let mut before: Option<(Row, State, Place)> = None;
    for row in option.grid.first()..option.grid.rows() {
        let now = see.state(row);
        let rolls = option.schedule.rolls_at(row);
        let left = if rolls { 0 } else { option.schedule.days_left(row) };
        let (mut price, mut vega) = (Row::splat(0.0), Row::splat(0.0));
        let mut here = Place { spot: spot[row], strike: Row::splat(1.0), log: Row::splat(0.0) };
        if let Some((price_was, was, from)) = before {
            here = Place { spot: spot[row], strike: from.strike, log: from.log - returns[row] };
            (price, vega) = option.price(see, &here, left, &now, &mut held);
            *out.at(Mark::Pnl, row) = price - price_was * option.growth;
            if see.parts {
                let step = Step { row, left, was: &was, now: &now, from: &from, spot: spot[row] };
                option.explain(see, &step, price_was, out);
                *out.at(Mark::Financing, row) = price_was * (1.0 - option.growth);
                let switched = now.switched(&was);
                *out.at(Mark::Regime, row) = Row::splat(0.0);
                if left > 0 && switched.any() {
                    let old = now.with_regime_of(&was);
                    let (stayed, _) = option.price(see, &here, left, &old, &mut Row::default());
                    *out.at(Mark::Regime, row) = switched.keep(price - stayed);
                }
            }
        }
        if rolls {
            here = option.choose(see, spot[row], &now);
            unit = Row::splat(option.notional) / spot[row];
            (price, vega) = option.price(see, &here, option.tenor, &now, &mut held);
        }
        *out.at(Mark::Price, row) = price;
        *out.at(Mark::Unit, row) = unit;
        *out.at(Mark::Spread, row) = option.costs.spread(vix[row], vega, price);
        before = Some((price, now, here));
    }
    out.held = held;
}

impl<const CALL: bool> Rolled<CALL> {
    /// The contract that is bought at a roll.
    #[inline(always)]
    fn choose(&self, see: &Quotes<'_>, spot: Row, at: &State) -> Place {
        let size = match self.strike {
            Strike::Moneyness(multiple) => {
                return Place { spot, strike: spot * multiple, log: Row::splat(libm::log(multiple)) };
            }
            Strike::Delta(size) => size,
        };
        let expiry = &self.expiries[self.tenor];
        let put_delta = |kk: Row| {
            let quote = see.prices.put::<true>(self.asset, self.tenor, kk, kk.exp(), at);
            (quote.put - quote.slope) * expiry.carry()
        };
        let kk = strike_by_delta::<CALL>(size, expiry.carry(), reach(self.tenor), put_delta);
        let log = kk + self.forwards[self.tenor];
        Place { spot, strike: spot * log.exp(), log }
    }

    /// The same at a flat VIX.
    #[inline(always)]
    fn choose_flat(&self, spot: Row, volatility: Row) -> Row {
        let size = match self.strike {
            Strike::Moneyness(multiple) => return spot * multiple,
            Strike::Delta(size) => size,
        };
        let expiry = &self.expiries[self.tenor];
        let forward = spot * (expiry.carry() / expiry.discount());
        let put_delta = |kk: Row| black::put(spot, forward * kk.exp(), volatility, expiry).delta;
        forward * strike_by_delta::<CALL>(size, expiry.carry(), reach(self.tenor), put_delta).exp()
    }

    #[inline(always)]
    fn flat(&self, spot: Row, strike: Row, volatility: Row, left: usize) -> Value<8> {
        let put = black::put(spot, strike, volatility, &self.expiries[left]);
        if CALL { black::call(put, spot, strike, &self.expiries[left]) } else { put }
    }
}

/// Decimal volatility at which an asset is marked at a flat VIX.
#[inline(always)]
fn volatility(implied: Implied, vix: Row) -> Row {
    match implied {
        Implied::OfVix(multiple) => vix * (multiple * 0.01),
        Implied::Constant(volatility) => Row::splat(volatility),
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn at_flat_vix<const CALL: bool>(option: &Rolled<CALL>, paths: &PathBlock, out: &mut MarkRows) {
    let spot = paths.rows(Factor::Spot(option.asset));
    let vix = paths.rows(Factor::Vix);
    let (mut strike, mut unit) = (Row::splat(1.0), Row::splat(0.0));
    let mut held: Option<Value<8>> = None;
    for row in option.grid.first()..option.grid.rows() {
        let (s, vol) = (spot[row], volatility(option.implied, vix[row]));
        let rolls = option.schedule.rolls_at(row);
        if let Some(before) = held {
            let left = if rolls { 0 } else { option.schedule.days_left(row) };
            let now = option.flat(s, strike, vol, left);
            let moved = s - spot[row - 1];
            let points = (vol - volatility(option.implied, vix[row - 1])) * 100.0;
            *out.at(Mark::Pnl, row) = now.price - before.price * option.growth;
            *out.at(Mark::Delta, row) = before.delta * moved;
            *out.at(Mark::Gamma, row) = before.gamma * moved * moved * 0.5;
            *out.at(Mark::Vega, row) = before.vega * points;
            *out.at(Mark::Theta, row) = before.theta * DAY;
            *out.at(Mark::Financing, row) = before.price * (1.0 - option.growth);
            held = Some(now);
        }
        if rolls {
            strike = option.choose_flat(s, vol);
            unit = Row::splat(option.notional) / s;
            held = Some(option.flat(s, strike, vol, option.tenor));
        }
        if let Some(now) = held {
            *out.at(Mark::Price, row) = now.price;
            *out.at(Mark::Unit, row) = unit;
            *out.at(Mark::Spread, row) = option.costs.spread(vix[row], now.vega, now.price);
        }
    }
}
