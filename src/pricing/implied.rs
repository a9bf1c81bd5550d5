//! Implied volatility: the Black-Scholes volatility at which an option has a given price.
//!
//! Contract: the price of the result agrees with the given one to 1e-14 of spot and 1e-12 relative; none where no
//! volatility gives it. Method: Newton's steps on the logarithm of the value that is out of the money, held in a bracket.

use super::cos::Contract;
use std::f64::consts::SQRT_2;

/// Volatility (decimal per root year) of an option worth `price`; `rate` and `dividend` continuous, per year.
pub fn volatility(contract: &Contract, price: f64, rate: f64, dividend: f64) -> Option<f64> {
    let carried = contract.spot * libm::exp(-dividend * contract.years);
    let strike = contract.strike * libm::exp(-rate * contract.years);
    let kk = libm::log(strike / carried);
    // Value of the side that is out of the money, as a share of the carried spot.
    let call_is_out = kk >= 0.0;
    let parity = if contract.call { carried - strike } else { strike - carried };
    let value = if contract.call == call_is_out { price } else { price - parity } / carried;
    if !(contract.years > 0.0) {
        return None;
    }
    // The inflection point of the value in the deviation.
    let start = (2.0 * kk.abs()).sqrt().clamp(1e-3, 10.0);
    deviation(kk, value, start).map(|deviation| deviation / contract.years.sqrt())
}

/// Deviation (volatility times the root of time) at which the side that is out of the money, at log strike `kk` over the
/// forward, has this value as a share of the forward; searched from `start`.
pub(super) fn deviation(kk: f64, value: f64, start: f64) -> Option<f64> {
    let most = if kk >= 0.0 { 1.0 } else { libm::exp(kk) };
    if !(value > 0.0 && value < most) {
        return None;
    }
    let (mut low, mut high) = (1e-9, 60.0);
    let mut deviation = start;
    for _ in 0..100 {
        let (now, slope) = out_of_the_money(kk, deviation);
        if now > value {
            high = deviation;
        } else {
            low = deviation;
        }
        let step = if now > 0.0 && slope > 0.0 { libm::log(value / now) * now / slope } else { f64::NAN };
        let next = deviation + step;
        let next = if next > low && next < high { next } else { 0.5 * (low + high) };
        if (next - deviation).abs() <= 1e-11 * deviation {
            return Some(next);
        }
        deviation = next;
    }
    Some(deviation)
}

/// Value as a share of the carried spot, and its slope in the deviation.
fn out_of_the_money(kk: f64, deviation: f64) -> (f64, f64) {
    let cdf = |x: f64| 0.5 * libm::erfc(-x / SQRT_2);
    let d1 = -kk / deviation + 0.5 * deviation;
    let d2 = d1 - deviation;
    let slope = libm::exp(-0.5 * d1 * d1) / (2.0 * std::f64::consts::PI).sqrt();
    let strike = libm::exp(kk);
    let value = if kk >= 0.0 { cdf(d1) - strike * cdf(d2) } else { strike * cdf(-d2) - cdf(-d1) };
    (value, slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for kk in [-0.5, -0.05, 0.0, 0.2, 0.6f64] {
            for deviation in [0.01, 0.1, 0.7f64] {
                let (value, _) = out_of_the_money(kk, deviation);
                if value < 1e-20 {
                    continue;
                }
                let contract = Contract { spot: 100.0, strike: 100.0 * kk.exp(), years: 0.25, call: kk >= 0.0 };
                let got = volatility(&contract, value * 100.0, 0.0, 0.0).expect("a volatility");
                assert!((got * 0.5 / deviation - 1.0).abs() < 1e-9, "{kk} {deviation} {got}");
            }
        }
    }

    #[test]
    fn impossible_prices_have_none() {
        let put = Contract { spot: 100.0, strike: 90.0, years: 0.25, call: false };
        assert_eq!(volatility(&put, -1.0, 0.0, 0.0), None);
        assert_eq!(volatility(&put, 90.0, 0.0, 0.0), None);
        assert_eq!(volatility(&put, f64::NAN, 0.0, 0.0), None);
    }
}
