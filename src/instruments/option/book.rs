//! What an option is worth: by the market's model, or at a flat VIX.

use super::Package;
use crate::grid::DAY;
use crate::instruments::Quotes;
use crate::instruments::prices::State;
use crate::lanes::{Row, WIDTH};
use crate::market::{Factor, Implied};
use crate::pricing::black::{self, Expiry, Value};
use multiversion::multiversion;

/// An option and where its underlying stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) spot: Row,
    pub(super) strike: Row,
    /// Log of strike over spot: it moves by the log return, so that no day takes a logarithm.
    pub(super) log: Row,
}

/// An option's price, per unit of the index.
#[derive(Clone, Copy, Default)]
pub(super) struct Quoted {
    pub(super) value: Row,
    /// Black-Scholes vega per vol point, at its own implied volatility.
    pub(super) vega: Row,
    /// 1 where the look-up was held at the edge of the price tables.
    pub(super) held: Row,
}

/// Derivatives in the index.
#[derive(Clone, Copy, Default)]
pub(super) struct Greeks {
    pub(super) delta: Row,
    pub(super) gamma: Row,
}

/// What a value moves by: derivatives in the index and in the common variance.
#[derive(Clone, Copy, Default)]
pub(super) struct Slopes {
    pub(super) delta: Row,
    pub(super) gamma: Row,
    pub(super) variance: Row,
}

/// Parts of the P&L of one day.
#[derive(Clone, Copy, Default)]
pub(super) struct Parts {
    pub(super) delta: Row,
    pub(super) gamma: Row,
    pub(super) vega: Row,
    pub(super) theta: Row,
    pub(super) regime: Row,
}

/// One day of a held option.
pub(super) struct Step<'a, S> {
    /// Days to expiry at its end.
    pub(super) left: usize,
    pub(super) was: &'a S,
    pub(super) now: &'a S,
    pub(super) from: &'a Place,
    pub(super) to: &'a Place,
    /// Prices at both ends.
    pub(super) prices: [Row; 2],
}

/// A way to price options.
pub(super) trait Book {
    /// What prices depend on.
    type State: Copy;

    /// The state at a row.
    fn state(&self, row: usize) -> Self::State;

    /// Price, `left` days before expiry.
    fn quote(&self, call: bool, at: &Place, left: usize, state: &Self::State) -> Quoted;

    /// Delta and gamma, at least a day before expiry.
    fn greeks(&self, call: bool, at: &Place, left: usize, state: &Self::State) -> Greeks;

    /// Derivatives, at least a day before expiry.
    fn slopes(&self, call: bool, at: &Place, left: usize, state: &Self::State) -> Slopes;

    /// Where the P&L of a day comes from.
    fn explain(&self, call: bool, step: &Step<'_, Self::State>) -> Parts;
}

/// Payoff at expiry.
#[inline(always)]
fn intrinsic(call: bool, spot: Row, strike: Row) -> Row {
    (if call { spot - strike } else { strike - spot }).max(Row::splat(0.0))
}

/// By the market's model.
pub(super) struct ByModel<'a> {
    pub(super) package: &'a Package,
    pub(super) see: &'a Quotes<'a>,
}

impl ByModel<'_> {
    /// Value of an option from that of the put, as a share of the forward.
    #[inline(always)]
    fn value(&self, call: bool, put: Row, carried: Row, strike: Row, left: usize) -> Row {
        let value = carried * put;
        if call { value + carried - strike * self.package.expiries[left].discount() } else { value }
    }
}

impl Book for ByModel<'_> {
    type State = State;

    #[inline(always)]
    fn state(&self, row: usize) -> State {
        self.see.state(row)
    }

    #[inline(always)]
    fn quote(&self, call: bool, at: &Place, left: usize, state: &State) -> Quoted {
        let Place { spot, strike, log } = *at;
        if left == 0 {
            return Quoted { value: intrinsic(call, spot, strike), ..Quoted::default() };
        }
        let expiry = &self.package.expiries[left];
        let carried = spot * expiry.carry();
        let relative = strike * expiry.discount() / carried;
        let kk = log - self.package.forwards[left];
        let quote = self.see.prices.put::<false>(self.package.asset, left, kk, relative, state);
        Quoted {
            value: self.value(call, quote.put, carried, strike, left).max(Row::splat(0.0)),
            vega: carried * quote.density * (expiry.root() * 0.01),
            held: quote.held.as_number(),
        }
    }

    #[inline(always)]
    fn greeks(&self, call: bool, at: &Place, left: usize, state: &State) -> Greeks {
        let expiry = &self.package.expiries[left];
        let relative = at.strike * expiry.discount() / (at.spot * expiry.carry());
        let kk = at.log - self.package.forwards[left];
        let quote = self.see.prices.put::<true>(self.package.asset, left, kk, relative, state);
        let parity = if call { expiry.carry() } else { 0.0 };
        Greeks {
            delta: (quote.put - quote.slope) * expiry.carry() + Row::splat(parity),
            gamma: (quote.bend - quote.slope) * expiry.carry() / at.spot,
        }
    }

    #[inline(always)]
    fn slopes(&self, call: bool, at: &Place, left: usize, state: &State) -> Slopes {
        let expiry = &self.package.expiries[left];
        let carried = at.spot * expiry.carry();
        let kk = at.log - self.package.forwards[left];
        let relative = at.strike * expiry.discount() / carried;
        let quote = self.see.prices.put::<true>(self.package.asset, left, kk, relative, state);
        let parity = if call { expiry.carry() } else { 0.0 };
        Slopes {
            delta: (quote.put - quote.slope) * expiry.carry() + Row::splat(parity),
            gamma: (quote.bend - quote.slope) * expiry.carry() / at.spot,
            variance: carried * quote.in_variance * self.see.prices.share(self.package.asset),
        }
    }

    /// The option's value one day on in yesterday's state, and its derivatives there.
    #[inline(always)]
    fn explain(&self, call: bool, step: &Step<'_, State>) -> Parts {
        let Place { spot, strike, log } = *step.from;
        // At expiry there are no tables any more: the derivatives are those of the last day.
        let left = step.left.max(1);
        let expiry = &self.package.expiries[left];
        let carried = spot * expiry.carry();
        let relative = strike * expiry.discount() / carried;
        let kk = log - self.package.forwards[left];
        let quote = self.see.prices.put::<true>(self.package.asset, left, kk, relative, step.was);
        let later = if step.left > 0 {
            self.value(call, quote.put, carried, strike, left)
        } else {
            intrinsic(call, spot, strike)
        };
        let parity = if call { expiry.carry() } else { 0.0 };
        let delta = (quote.put - quote.slope) * expiry.carry() + Row::splat(parity);
        let gamma = (quote.bend - quote.slope) * expiry.carry() / spot;
        let moved = step.to.spot - spot;
        let shift = (step.now.variance - step.was.variance) * self.see.prices.share(self.package.asset);
        let switched = step.now.switched(step.was);
        let mut regime = Row::splat(0.0);
        if step.left > 0 && switched.any() {
            let stayed = self.quote(call, step.to, step.left, &step.now.with_regime_of(step.was)).value;
            regime = switched.keep(step.prices[1] - stayed);
        }
        Parts {
            delta: delta * moved,
            gamma: gamma * moved * moved * 0.5,
            vega: carried * quote.in_variance * shift,
            theta: later - step.prices[0],
            regime,
        }
    }
}

/// At the VIX, whatever strike and maturity.
pub(super) struct AtFlatVix<'a> {
    pub(super) package: &'a Package,
    pub(super) see: &'a Quotes<'a>,
}

impl AtFlatVix<'_> {
    #[inline(always)]
    fn option(&self, call: bool, at: &Place, left: usize, volatility: Row) -> Value<WIDTH> {
        black_scholes(call, at, &self.package.expiries[left], volatility)
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn black_scholes(call: bool, at: &Place, expiry: &Expiry, volatility: Row) -> Value<WIDTH> {
    let put = black::put(at.spot, at.strike, volatility, expiry);
    if call { black::call(put, at.spot, at.strike, expiry) } else { put }
}

impl Book for AtFlatVix<'_> {
    /// Decimal volatility.
    type State = Row;

    #[inline(always)]
    fn state(&self, row: usize) -> Row {
        match self.package.implied {
            Implied::OfVix(multiple) => self.see.paths.rows(Factor::Vix)[row] * (multiple * 0.01),
            Implied::Constant(volatility) => Row::splat(volatility),
        }
    }

    #[inline(always)]
    fn quote(&self, call: bool, at: &Place, left: usize, state: &Row) -> Quoted {
        let option = self.option(call, at, left, *state);
        Quoted { value: option.price, vega: option.vega, held: Row::splat(0.0) }
    }

    #[inline(always)]
    fn greeks(&self, call: bool, at: &Place, left: usize, state: &Row) -> Greeks {
        let option = self.option(call, at, left, *state);
        Greeks { delta: option.delta, gamma: option.gamma }
    }

    /// Of the variance nothing is said: the VIX does not follow from it alone.
    #[inline(always)]
    fn slopes(&self, call: bool, at: &Place, left: usize, state: &Row) -> Slopes {
        let option = self.option(call, at, left, *state);
        Slopes { delta: option.delta, gamma: option.gamma, variance: Row::splat(0.0) }
    }

    #[inline(always)]
    fn explain(&self, call: bool, step: &Step<'_, Row>) -> Parts {
        let before = self.option(call, step.from, step.left + 1, *step.was);
        let moved = step.to.spot - step.from.spot;
        Parts {
            delta: before.delta * moved,
            gamma: before.gamma * moved * moved * 0.5,
            vega: before.vega * ((*step.now - *step.was) * 100.0),
            theta: before.theta * DAY,
            regime: Row::splat(0.0),
        }
    }
}
