//! Black-Scholes value and greeks of European options: both sides on lanes, and one contract.
//!
//! Contract: on lanes, price within 1e-14 of spot and strike, greeks likewise; a contract without time or volatility left is
//! worth its discounted intrinsic value. For one contract ([`european`]) the side that is out of the money is good to 1e-10
//! relative however little it is worth. Source: Black and Scholes (1973), Merton (1973).

use super::cos::Contract;
use crate::lanes::Lanes;
use std::f64::consts::{PI, SQRT_2};

/// Value and greeks of one option on one unit of the index.
#[derive(Clone, Copy, Debug)]
pub struct Value<const N: usize> {
    /// Value in currency.
    pub price: Lanes<N>,
    /// dP/dS.
    pub delta: Lanes<N>,
    /// d2P/dS2.
    pub gamma: Lanes<N>,
    /// dP/dsigma for one vol point (0.01).
    pub vega: Lanes<N>,
    /// Change of value a year with spot and volatility frozen (negative for a decaying option).
    pub theta: Lanes<N>,
}

/// What does not change from path to path: time left, and what it discounts.
#[derive(Clone, Copy, Debug)]
pub struct Expiry {
    root: f64,
    rate: f64,
    dividend: f64,
    discount: f64,
    carry: f64,
}

impl Expiry {
    /// `years` to expiry (at least 0), with continuous `rate` and `dividend` yield.
    pub fn new(years: f64, rate: f64, dividend: f64) -> Self {
        Self {
            root: years.sqrt(),
            rate,
            dividend,
            discount: libm::exp(-rate * years),
            carry: libm::exp(-dividend * years),
        }
    }
}

/// A put on `spot` with `strike` at `volatility` (decimal per root year).
#[inline(always)]
pub fn put<const N: usize>(spot: Lanes<N>, strike: Lanes<N>, volatility: Lanes<N>, expiry: &Expiry) -> Value<N> {
    let discounted_strike = strike * expiry.discount;
    let carried_spot = spot * expiry.carry;
    // The floor keeps an expired or riskless contract finite; its value is then intrinsic to the last bit.
    let deviation = (volatility * expiry.root).max(Lanes::splat(1e-12));
    let d1 = (carried_spot / discounted_strike).ln() / deviation + deviation * 0.5;
    let d2 = d1 - deviation;
    let below1 = (-d1).normal_cdf();
    let below2 = (-d2).normal_cdf();
    let density = d1.normal_density();
    let price = discounted_strike * below2 - carried_spot * below1;
    let gamma = density * expiry.carry / (spot * deviation);
    let decay = spot * density * volatility * (-0.5 * expiry.carry / expiry.root.max(1e-12));
    Value {
        price: price.max(Lanes::splat(0.0)),
        delta: below1 * -expiry.carry,
        gamma,
        vega: carried_spot * density * (expiry.root * 0.01),
        theta: decay + discounted_strike * below2 * expiry.rate - carried_spot * below1 * expiry.dividend,
    }
}

/// The call of the same strike, by parity.
#[inline(always)]
pub fn call<const N: usize>(put: Value<N>, spot: Lanes<N>, strike: Lanes<N>, expiry: &Expiry) -> Value<N> {
    let (carried, discounted) = (spot * expiry.carry, strike * expiry.discount);
    Value {
        price: (put.price + carried - discounted).max(Lanes::splat(0.0)),
        delta: put.delta + expiry.carry,
        theta: put.theta + carried * expiry.dividend - discounted * expiry.rate,
        ..put
    }
}

impl Expiry {
    /// Root of the years to expiry.
    pub const fn root(&self) -> f64 {
        self.root
    }

    /// Present value of one unit of cash at expiry.
    pub const fn discount(&self) -> f64 {
        self.discount
    }

    /// Present value, in units of the index, of one unit of it at expiry.
    pub const fn carry(&self) -> f64 {
        self.carry
    }
}

/// Value and greeks of one contract. Units: currency, per unit of the index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct European {
    /// Value.
    pub price: f64,
    /// dP/dS.
    pub delta: f64,
    /// d2P/dS2.
    pub gamma: f64,
    /// dP/dsigma, for 1.00 of volatility.
    pub vega: f64,
    /// Change of value a year with spot and volatility frozen (negative for a decaying option).
    pub theta: f64,
    /// dP/dr, for 1.00 of the rate.
    pub rho: f64,
}

/// `contract` at `volatility` (decimal per root year, above 0), with continuous `rate` and `dividend` yield.
pub fn european(contract: &Contract, volatility: f64, rate: f64, dividend: f64) -> European {
    let Contract { spot, strike, years, call } = *contract;
    let carry = libm::exp(-dividend * years);
    let (carried, strike_now) = (spot * carry, strike * libm::exp(-rate * years));
    let deviation = volatility * years.sqrt();
    let d1 = (libm::log(spot / strike) + (rate - dividend) * years) / deviation + 0.5 * deviation;
    let d2 = d1 - deviation;
    let side = if call { 1.0 } else { -1.0 };
    // In the tails of the normal law the complementary error function keeps its digits.
    let below = |x: f64| 0.5 * libm::erfc(-x / SQRT_2);
    let (in_index, in_strike) = (below(side * d1), below(side * d2));
    let density = libm::exp(-0.5 * d1 * d1) / (2.0 * PI).sqrt();
    European {
        price: (side * (carried * in_index - strike_now * in_strike)).max(0.0),
        delta: side * carry * in_index,
        gamma: carry * density / (spot * deviation),
        vega: carried * density * years.sqrt(),
        theta: -0.5 * carried * density * volatility / years.sqrt()
            + side * (dividend * carried * in_index - rate * strike_now * in_strike),
        rho: side * years * strike_now * in_strike,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The four Black-Scholes cases of `reference/pricing.json`: 1e-10 relative, down to a call worth 1.85e-84.
    #[test]
    fn one_contract_agrees_with_the_reference() {
        let reference: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/reference/pricing.json")).expect("reference");
        let mut seen = 0;
        for case in reference["cases"].as_array().expect("cases").iter().filter(|case| case["type"] == "black_scholes")
        {
            let input = |key: &str| case["inputs"][key].as_f64().expect("number");
            let contract =
                Contract { spot: input("S"), strike: input("K"), years: input("tau"), call: input("cp") > 0.0 };
            let got = european(&contract, input("vol"), input("r"), input("q"));
            for (name, got) in [
                ("price", got.price),
                ("delta", got.delta),
                ("gamma", got.gamma),
                ("vega", got.vega),
                ("theta", got.theta),
                ("rho", got.rho),
            ] {
                let want = case["values"][name].as_f64().expect("number");
                assert!((got - want).abs() <= 1e-10 * want.abs(), "{case}: {name} is {got}");
            }
            seen += 1;
        }
        assert_eq!(seen, 4);
    }

    #[test]
    fn both_sides_and_the_lanes_agree() {
        let (rate, dividend, volatility) = (0.03, 0.015, 0.2);
        for strike in [70.0, 95.0, 100.0, 140.0] {
            let put = Contract { spot: 100.0, strike, years: 0.25, call: false };
            let call = european(&Contract { call: true, ..put }, volatility, rate, dividend);
            let put = european(&put, volatility, rate, dividend);
            let parity = 100.0 * libm::exp(-dividend * 0.25) - strike * libm::exp(-rate * 0.25);
            assert!((call.price - put.price - parity).abs() < 1e-12);
            let lanes = one(100.0, strike, volatility, &Expiry::new(0.25, rate, dividend));
            for (lane, scalar) in [
                (lanes.price, put.price),
                (lanes.delta, put.delta),
                (lanes.gamma, put.gamma),
                (lanes.vega, 0.01 * put.vega),
                (lanes.theta, put.theta),
            ] {
                assert!((lane.0[0] - scalar).abs() < 1e-12, "{strike}: {} {scalar}", lane.0[0]);
            }
        }
    }

    fn one(spot: f64, strike: f64, vol: f64, expiry: &Expiry) -> Value<1> {
        put(Lanes([spot]), Lanes([strike]), Lanes([vol]), expiry)
    }

    /// The four Black-Scholes cases of `reference/pricing.json`, and the same formula written with `erfc`.
    #[test]
    fn price_agrees_with_an_independent_formula() {
        for (s, k, v, t, r, q) in [
            (100.0, 95.0, 0.2, 0.25, 0.03, 0.01),
            (100.0, 140.0, 0.6, 2.0, 0.0, 0.05),
            (5000.0, 4000.0, 0.11, 0.02, 0.01, 0.0),
        ] {
            let sd = v * f64::sqrt(t);
            let d1 = (libm::log(s / k) + (r - q) * t) / sd + sd / 2.0;
            let cdf = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
            let want = k * libm::exp(-r * t) * cdf(sd - d1) - s * libm::exp(-q * t) * cdf(-d1);
            let got = one(s, k, v, &Expiry::new(t, r, q));
            assert!((got.price.0[0] - want).abs() < 1e-13 * s, "{} {want}", got.price.0[0]);
        }
    }

    #[test]
    fn greeks_agree_with_differences() {
        let (s, k, v, t, r, q) = (100.0, 95.0, 0.2, 0.25, 0.03, 0.015);
        let price = |s, v, t| one(s, k, v, &Expiry::new(t, r, q)).price.0[0];
        let at = one(s, k, v, &Expiry::new(t, r, q));
        let h = 1e-3;
        assert!((at.delta.0[0] - (price(s + h, v, t) - price(s - h, v, t)) / (2.0 * h)).abs() < 1e-8);
        assert!(
            (at.gamma.0[0] - (price(s + h, v, t) - 2.0 * price(s, v, t) + price(s - h, v, t)) / (h * h)).abs() < 1e-6
        );
        assert!((at.vega.0[0] - 0.01 * (price(s, v + 1e-5, t) - price(s, v - 1e-5, t)) / 2e-5).abs() < 1e-7);
        assert!((at.theta.0[0] + (price(s, v, t + 1e-5) - price(s, v, t - 1e-5)) / 2e-5).abs() < 1e-6);
    }

    #[test]
    fn at_expiry_the_value_is_intrinsic() {
        let expired = Expiry::new(0.0, 0.03, 0.0);
        assert_eq!(one(90.0, 95.0, 0.2, &expired).price.0[0], 5.0);
        assert_eq!(one(101.0, 95.0, 0.2, &expired).price.0[0], 0.0);
    }
}
