//! Is a Sharpe ratio still good when it is the best of many? Probabilistic and deflated Sharpe ratio.
//!
//! ```text
//! PSR(b)   = Φ((SR − b) √(T−1) / √(1 − g₃ SR + (g₄−1) SR²/4))      chance that the true ratio exceeds b
//! E[max N] ≈ (1 − γ) z(1 − 1/N) + γ z(1 − 1/(N e))                 best of N standard normals, γ = 0.5772…
//! SR₀      = sd of the trials' ratios × E[max N]                   what the best of N worthless trials shows
//! DSR      = PSR(SR₀)
//! ```
//!
//! All ratios are per period. (Bailey and Lopez de Prado 2012, *The Sharpe Ratio Efficient Frontier*,
//! <https://doi.org/10.21314/JOR.2012.255>; 2014, *The Deflated Sharpe Ratio*,
//! <https://doi.org/10.3905/jpm.2014.40.5.094>.)
//!
//! Limits: the approximation of E[max N] is 8 % low at N = 2, 2 % high at 5 and 10, 1 % high at 100, and below about
//! 1.28 trials it is *negative*; [`expected_maximum_exact`] is right everywhere. Trials that are variants of one idea
//! count for less than their number: see [`super::trials`].

use super::{moments, normal, sharpe::SharpeRatio};

/// The constant of Euler and Mascheroni.
const EULER: f64 = 0.577_215_664_901_532_9;
/// Steps per unit of the integral for the exact expected maximum; its error falls exponentially with them.
const STEPS: i32 = 32;

/// Probability that the true Sharpe ratio exceeds `benchmark`, both per period.
///
/// `None` if the benchmark is not finite or the shape of the returns leaves the ratio no positive error.
pub fn probabilistic(ratio: &SharpeRatio, benchmark: f64) -> Option<f64> {
    let se = ratio.se_mertens_small().filter(|se| *se > 0.0)?;
    normal::cdf((ratio.per_period - benchmark) / se).filter(|_| benchmark.is_finite())
}

/// Expected maximum of `trials` independent standard normals, the published approximation; 0 for one trial.
///
/// The number may be a fraction, as an effective number is. `None` below one.
pub fn expected_maximum(trials: f64) -> Option<f64> {
    if !(trials >= 1.0 && trials.is_finite()) {
        return None;
    }
    if trials == 1.0 {
        return Some(0.0);
    }
    // far out 1 − 1/N has lost its digits: take the quantile from the other tail
    let high = -normal::quantile(1.0 / trials)?;
    let higher = -normal::quantile(1.0 / (trials * std::f64::consts::E))?;
    Some((1.0 - EULER) * high + EULER * higher)
}

/// Expected maximum of `trials` independent standard normals, ∫ x N φ(x) Φ(x)^(N−1) dx.
///
/// The trapezium rule, whose error is below 1e-13 up to 10¹² trials. `None` below one trial.
pub fn expected_maximum_exact(trials: f64) -> Option<f64> {
    if !(trials >= 1.0 && trials.is_finite()) {
        return None;
    }
    let step = 1.0 / f64::from(STEPS);
    let density = |x: f64| libm::exp(-0.5 * x * x) / (2.0 * std::f64::consts::PI).sqrt();
    let term = |i: i32| {
        let x = f64::from(i) * step;
        // ln Φ(x), with its digits kept where Φ is near one
        let below = libm::log1p(-0.5 * libm::erfc(x * std::f64::consts::FRAC_1_SQRT_2));
        let weight = if trials == 1.0 { 1.0 } else { libm::exp((trials - 1.0) * below) };
        x * trials * density(x) * weight
    };
    // from both ends to the middle, so that the halves cancel exactly for one trial
    let sum: f64 = (1..=16 * STEPS).rev().map(|i| term(i) + term(-i)).sum();
    Some(sum * step)
}

/// SR₀: the ratio per period that the best of `trials` worthless trials is expected to show.
///
/// `variance` is that of the trials' ratios per period. `None` if it is negative or where [`expected_maximum`] is.
pub fn threshold(variance: f64, trials: f64) -> Option<f64> {
    if !(variance >= 0.0 && variance.is_finite()) {
        return None;
    }
    Some(variance.sqrt() * expected_maximum(trials)?)
}

/// A selected Sharpe ratio against what luck alone would have selected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deflated {
    /// Variance of the trials' ratios per period, divisor N − 1.
    pub variance: f64,
    /// The number of trials counted, perhaps an effective one.
    pub trials: f64,
    /// SR₀, per period.
    pub threshold: f64,
    /// DSR = PSR(SR₀).
    pub probability: f64,
}

impl Deflated {
    /// The selected ratio among all trials' ratios per period, counted as `trials` (their number if `None`).
    ///
    /// A single ratio has no variance and SR₀ = 0. `None` without ratios or where one of them, the number of trials
    /// or [`probabilistic`] is undefined.
    pub fn of(selected: &SharpeRatio, ratios: &[f64], trials: Option<f64>) -> Option<Self> {
        let variance = if ratios.len() == 1 { 0.0 } else { moments::variance(ratios)? };
        Self::from_variance(selected, variance, trials.unwrap_or(ratios.len() as f64))
    }

    /// As [`Deflated::of`], from the variance of the trials' ratios per period.
    pub fn from_variance(selected: &SharpeRatio, variance: f64, trials: f64) -> Option<Self> {
        let threshold = threshold(variance, trials)?;
        Some(Self { variance, trials, threshold, probability: probabilistic(selected, threshold)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{
        trials::EffectiveTrials,
        vectors::{at, close, column, floats, number, strategies},
    };
    use serde_json::Value;

    fn ratio(input: &Value) -> SharpeRatio {
        let x = |key: &str| input[key].as_f64().unwrap();
        SharpeRatio { per_period: x("sr"), skew: x("skew"), kurtosis: x("kurt"), n: x("T") as usize }
    }

    #[test]
    fn reference_cases() {
        for case in at("/deflated_sharpe/cases").as_array().unwrap() {
            let (s, input) = (ratio(&case["input"]), |key: &str| case["input"][key].as_f64().unwrap());
            let expected = |key: &str| case["expected"][key].as_f64().unwrap();
            let d = Deflated::from_variance(&s, input("var_trials"), input("N")).unwrap();
            close(d.threshold, expected("sr0"));
            close(d.probability, expected("dsr"));
            close(probabilistic(&s, 0.0).unwrap(), expected("psr0"));
        }
    }

    #[test]
    fn reference_probabilistic() {
        for set in ["small", "csv"] {
            let s = SharpeRatio::of(&column(&format!("/sharpe/{set}/input/returns"))).unwrap();
            for (b, key) in [(0.0, "psr_benchmark_0"), (0.02, "psr_benchmark_0p02")] {
                close(probabilistic(&s, b).unwrap(), number(&format!("/sharpe/{set}/expected/{key}")));
            }
        }
    }

    #[test]
    fn reference_expected_maximum() {
        for (n, case) in at("/deflated_sharpe/exp_max_z").as_object().unwrap() {
            let n: f64 = n.parse().unwrap();
            let exact = case["exact_integral"].as_f64().unwrap();
            close(expected_maximum(n).unwrap(), case["approx"].as_f64().unwrap());
            assert!((expected_maximum_exact(n).unwrap() - exact).abs() <= 1e-9 * exact.max(1e-6), "{n}");
        }
    }

    #[test]
    fn reference_table() {
        let expected = |key: &str| number(&format!("/deflated_sharpe/csv/expected/{key}"));
        let columns = strategies();
        let all: Vec<SharpeRatio> = columns.iter().map(|c| SharpeRatio::of(c).unwrap()).collect();
        let ratios: Vec<f64> = all.iter().map(|s| s.per_period).collect();
        let theirs = floats(&at("/deflated_sharpe/csv/expected/trial_srs"));
        ratios.iter().zip(theirs).for_each(|(a, b)| close(*a, b));
        let d = Deflated::of(&all[3], &ratios, None).unwrap();
        close(d.variance, expected("var_trials_ddof1"));
        close(d.threshold, expected("sr0"));
        close(d.probability, expected("dsr"));
        let few = EffectiveTrials::of(&columns).unwrap().participation;
        let d = Deflated::of(&all[3], &ratios, Some(few)).unwrap();
        close(d.probability, expected("dsr_neff_participation"));
        // a fraction just above one trial: the approximation falls below nothing, the integral does not
        assert!(d.threshold < 0.0 && expected_maximum_exact(few).unwrap() > 0.0);
    }

    #[test]
    fn the_exact_maximum_has_known_values() {
        let root_pi = std::f64::consts::PI.sqrt();
        close(expected_maximum_exact(2.0).unwrap(), 1.0 / root_pi);
        close(expected_maximum_exact(3.0).unwrap(), 1.5 / root_pi);
        assert_eq!(expected_maximum_exact(1.0), Some(0.0));
        // they meet where many are tried
        let (a, b) = (expected_maximum(1e12).unwrap(), expected_maximum_exact(1e12).unwrap());
        assert!((a / b - 1.0).abs() < 2e-3, "{a} {b}");
        assert!(expected_maximum(1.28).unwrap() < 0.0 && expected_maximum(1.29).unwrap() > 0.0);
    }

    #[test]
    fn undefined_is_none() {
        let s = SharpeRatio { per_period: 0.1, skew: 0.0, kurtosis: 3.0, n: 100 };
        for n in [0.0, 0.9, f64::NAN, f64::INFINITY] {
            assert!(expected_maximum(n).is_none() && expected_maximum_exact(n).is_none());
            assert!(Deflated::of(&s, &[0.1, 0.2], Some(n)).is_none());
        }
        assert!(threshold(-1.0, 3.0).is_none() && threshold(f64::NAN, 3.0).is_none());
        assert!(Deflated::of(&s, &[], None).is_none());
        assert!(Deflated::of(&s, &[0.1, f64::NAN], None).is_none());
        assert_eq!(Deflated::of(&s, &[0.1], None).unwrap().threshold, 0.0);
        assert!(probabilistic(&s, f64::NAN).is_none() && probabilistic(&s, f64::INFINITY).is_none());
        assert!(probabilistic(&SharpeRatio { skew: 30.0, ..s }, 0.0).is_none());
    }
}
