//! One step of the square-root variance and of the log prices that share it.
//!
//! The quadratic-exponential scheme of Andersen, "Efficient simulation of the Heston stochastic volatility model" (2008),
//! with his martingale correction and central weights (gamma = 1/2, switch at psi = 1.5). Weak error of a daily step: at
//! most 0.015 bp of spot in option prices (see MODEL, section 7, of the project's notes), so there are no substeps.

use crate::lanes::Lanes;

mod plain;

/// psi at which the scheme changes from a squared normal to an exponential.
const SWITCH: f64 = 1.5;

/// What one step of length `years` needs, for the variance.
#[derive(Clone, Debug)]
pub(super) struct VarianceStep {
    decay: f64,
    spread_now: f64,
    spread_level: f64,
}

impl VarianceStep {
    /// Step of `years` for a variance with `reversion` (kappa) and `vol_of_vol` (xi).
    pub(super) fn new(reversion: f64, vol_of_vol: f64, years: f64) -> Self {
        let decay = crate::lanes::scalar::exp(-reversion * years);
        let square = vol_of_vol * vol_of_vol;
        Self {
            decay,
            spread_now: square * decay * (1.0 - decay) / reversion,
            spread_level: square * (1.0 - decay) * (1.0 - decay) / (2.0 * reversion),
        }
    }

    /// The next variance from the present one, given the level and a standard normal.
    #[inline(always)]
    pub(super) fn draw<const N: usize>(&self, v: Lanes<N>, level: Lanes<N>, z: Lanes<N>) -> Drawn<N> {
        let mean = level + (v - level) * self.decay;
        let spread = v * self.spread_now + level * self.spread_level;
        let inverse = mean * mean / spread;
        // 2/psi; held at 1 where the other branch is taken, so that nothing is NaN.
        let twice = (inverse * 2.0).max(Lanes::splat(1.0));
        let root = (twice * (twice - 1.0)).sqrt();
        let b2 = twice - 1.0 + root;
        let a = mean / (b2 + 1.0);
        let shifted = b2.sqrt() + z;
        let mut drawn = Drawn {
            next: a * shifted * shifted,
            a,
            b2,
            exponential: inverse.lt(Lanes::splat(1.0 / SWITCH)),
            mass: Lanes::splat(0.0),
            decay: Lanes::splat(1.0),
        };
        if drawn.exponential.any() {
            let psi = spread / (mean * mean);
            let mass = (psi - 1.0) / (psi + 1.0);
            let decay = (Lanes::splat(1.0) - mass) / mean;
            let below = z.normal_cdf();
            let above = (-z).normal_cdf().max(Lanes::splat(1e-300));
            let jump = ((Lanes::splat(1.0) - mass).max(Lanes::splat(1e-300)) / above).ln() / decay;
            let next = below.le(mass).select(Lanes::splat(0.0), jump);
            drawn.next = drawn.exponential.select(next, drawn.next);
            drawn.mass = drawn.exponential.select(mass, drawn.mass);
            drawn.decay = drawn.exponential.select(decay, drawn.decay);
        }
        drawn
    }
}

/// A drawn variance with what the martingale correction needs.
#[derive(Clone, Copy)]
pub(super) struct Drawn<const N: usize> {
    /// Variance at the end of the step.
    pub(super) next: Lanes<N>,
    a: Lanes<N>,
    b2: Lanes<N>,
    exponential: crate::lanes::Mask<N>,
    mass: Lanes<N>,
    decay: Lanes<N>,
}

/// What one step needs for an asset with variance s^2 v and leverage rho; all weights are in units of v.
#[derive(Clone, Copy, Debug)]
pub(super) struct PriceStep {
    next: f64,
    noise: f64,
    tilt: f64,
}

impl PriceStep {
    /// Step of `years`; `multiple` is s, `leverage` rho.
    pub(super) fn new(reversion: f64, vol_of_vol: f64, multiple: f64, leverage: f64, years: f64) -> Self {
        let pull = leverage * multiple / vol_of_vol;
        let common = 0.5 * years * (reversion * pull - 0.5 * multiple * multiple);
        let noise = 0.5 * years * multiple * multiple * (1.0 - leverage * leverage);
        Self { next: common + pull, noise, tilt: common + pull + 0.5 * noise }
    }

    /// Log return in excess of the drift: its exponential has mean one.
    #[inline(always)]
    pub(super) fn log_return<const N: usize>(&self, v: Lanes<N>, drawn: &Drawn<N>, z: Lanes<N>) -> Lanes<N> {
        // 2 A a below one half also where the leverage is positive.
        let lift = (drawn.a * self.tilt).min(Lanes::splat(0.25));
        let rest = Lanes::splat(1.0) - lift * 2.0;
        let mut correction = rest.ln() * 0.5 - drawn.b2 * lift / rest;
        if drawn.exponential.any() {
            let one = Lanes::splat(1.0);
            let moment = drawn.mass + drawn.decay * (one - drawn.mass) / (drawn.decay - Lanes::splat(self.tilt));
            correction = drawn.exponential.select(-moment.ln(), correction);
        }
        // K0 + K1 v + K2 v' with K0 = correction - (K1 + K3/2) v: the K1 terms cancel.
        correction - v * (0.5 * self.noise) + drawn.next * self.next + ((v + drawn.next) * self.noise).sqrt() * z
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::{Purpose, normal_pair};

    /// n = 400,000 one-day steps from a low and a high variance: mean and variance of v' against the closed form of the
    /// square-root process, and E[exp(log return)] = 1, each within 4.5 standard errors (6 tests, false alarm 4e-5).
    #[test]
    fn moments_of_one_step() {
        let (kappa, xi, rho, level, h) = (10.5, 0.73, -0.86, 0.0185, 1.0 / 252.0);
        let step = VarianceStep::new(kappa, xi, h);
        let price = PriceStep::new(kappa, xi, 1.0, rho, h);
        for v in [0.0002, 0.05] {
            let n = 400_000u64;
            let (mut sum, mut sum2, mut lift, mut lift2) = (0.0, 0.0, 0.0, 0.0);
            for path in 0..n {
                let (z, e) = normal_pair(3, &[path], Purpose::Variance, 0, 0);
                let drawn = step.draw(Lanes([v]), Lanes([level]), z);
                let growth = crate::lanes::scalar::exp(price.log_return(Lanes([v]), &drawn, e).0[0]);
                sum += drawn.next.0[0];
                sum2 += drawn.next.0[0].powi(2);
                lift += growth;
                lift2 += growth * growth;
            }
            let n = n as f64;
            let decay = (-kappa * h).exp();
            let mean = level + (v - level) * decay;
            let spread =
                v * xi * xi * decay * (1.0 - decay) / kappa + level * xi * xi * (1.0 - decay).powi(2) / (2.0 * kappa);
            assert!(((sum / n - mean) / (spread / n).sqrt()).abs() < 4.5);
            assert!((sum2 / n - (sum / n).powi(2)) / spread - 1.0 < 0.02);
            let se = ((lift2 / n - (lift / n).powi(2)) / n).sqrt();
            assert!((lift / n - 1.0).abs() < 4.5 * se, "{} {se}", lift / n - 1.0);
        }
    }
}
