//! Options of one expiry at many strikes: one transform serves them all.
//!
//! Contract: the same prices as [`super::cos::option`] to 1e-12 of spot, at the price of about one option.

use super::complex::Complex;
use super::cos::{Range, Terms, frequencies};
use super::law::Model;
use super::transform::{Transform, accurate};
use crate::lanes::{Lanes, Row};

/// Probability outside of the range, and size of the last terms that are left out.
const TAIL: f64 = 1e-13;

/// Most rows of eight terms.
const MOST_ROWS: usize = 8_192;

/// Puts with `strikes` (as multiples of spot) that expire in `years`, in units of spot, given variance and regime.
pub fn puts(model: &Model, strikes: &[f64], years: f64, variance: f64, regime: usize) -> Vec<f64> {
    let forward = libm::exp((model.rate - model.dividend) * years);
    let carry = libm::exp(-model.dividend * years);
    let range = Range::new(model, years, &[variance], regime..regime + 1, TAIL);
    let kk: Vec<f64> = strikes.iter().map(|strike| libm::log(strike / forward)).collect();
    let mut sums = vec![Row::default(); kk.len()];
    let steps = accurate(years);
    let mut quiet = 0;
    for row in 0..MOST_ROWS {
        let u = frequencies(row, range.width());
        let transform = Transform::new(model, Complex::new(u, Row::default()));
        let mut phi = Complex::default();
        transform.march(steps, |step, b, g| {
            if step == steps.count {
                phi = (*b * variance + Complex::new(Row::default(), u * -range.low)).exp() * g[regime];
            }
        });
        for (sum, kk) in sums.iter_mut().zip(&kk) {
            *sum += phi.re * Terms::new(u, range, *kk, row == 0).value;
        }
        let small = phi.norm().lt(Lanes::splat(TAIL * TAIL));
        quiet = if (!small).any() { 0 } else { quiet + 1 };
        if quiet == 2 {
            break;
        }
    }
    let value = |(sum, kk): (&Row, &f64)| match *kk {
        kk if kk <= range.low => 0.0,
        // Certain to be exercised: worth the strike less the forward.
        kk if kk >= range.high => carry * libm::expm1(kk),
        _ => carry * sum.0.iter().sum::<f64>(),
    };
    sums.iter().zip(&kk).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::super::cos::{Option as Contract, option};
    use super::super::law::{Law, Variance};
    use super::*;

    #[test]
    fn many_strikes_are_priced_like_one() {
        let law = Law {
            generator: vec![vec![-0.7, 0.7], vec![3.0, -3.0]],
            variance: Variance::SquareRoot { reversion: 3.0, vol_of_vol: 0.6 },
            level: vec![0.02, 0.12],
            intensity: vec![0.5, 3.0],
            jump_mean: vec![-0.05, -0.1],
            jump_sd: vec![0.05, 0.08],
            variance_jump: vec![0.02, 0.08],
            switch_jump: Law::no_switch_jumps(2),
        };
        let model = Model { law, leverage: -0.7, rate: 0.04, dividend: 0.01 };
        let strikes = [0.001, 0.5, 0.9, 1.0, 1.1, 50.0];
        for (years, regime) in [(0.02, 0), (0.25, 1), (1.0, 0)] {
            let together = puts(&model, &strikes, years, 0.03, regime);
            for (strike, got) in strikes.into_iter().zip(together) {
                let alone = option(&model, &Contract { spot: 1.0, strike, years, call: false }, 0.03, regime);
                assert!((got - alone.price).abs() < 1e-12, "{years} {strike}: {got} {}", alone.price);
            }
        }
    }
}
