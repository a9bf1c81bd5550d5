//! How long must a history be before its Sharpe ratio says anything?
//!
//! ```text
//! MinBTL = (E[max N] / target)²   years              below it the best of N worthless rules is expected to reach
//!                                                    the annual target in-sample
//! MinTRL = 1 + (1 − g₃ SR + (g₄−1) SR²/4) (z_{1−α} / (SR − b))²   returns, not rounded
//! ```
//!
//! (Bailey, Borwein, Lopez de Prado and Zhu 2014, *Pseudo-Mathematics and Financial Charlatanism*,
//! <https://doi.org/10.1090/noti1105>; Bailey and Lopez de Prado 2012, *The Sharpe Ratio Efficient Frontier*,
//! <https://doi.org/10.21314/JOR.2012.255>.) The bound 2 ln N / target² often quoted for the first is loose: half as
//! much again at N = 45.

use super::{deflated::expected_maximum, normal, sharpe::SharpeRatio};

/// Minimum length of a back-test of `trials` rules, in years, for a target of the *annual* Sharpe ratio.
///
/// `None` unless the target is positive and there is at least one trial; 0 for one trial.
pub fn minimum_backtest_years(trials: f64, annual_target: f64) -> Option<f64> {
    let positive = annual_target > 0.0 && annual_target.is_finite();
    // the approximation is negative for a fraction above one trial: then no length is asked for
    let best = expected_maximum(trials)?.max(0.0);
    let years = (best / annual_target).powi(2);
    (positive && years.is_finite()).then_some(years)
}

/// Minimum number of returns for the ratio to exceed `benchmark` (per period) at one-sided size `alpha`.
///
/// `None` unless the ratio exceeds the benchmark and `alpha` is inside (0, ½].
pub fn minimum_track_record(ratio: &SharpeRatio, benchmark: f64, alpha: f64) -> Option<f64> {
    let ahead = ratio.per_period - benchmark;
    if !(ahead > 0.0 && ahead.is_finite() && alpha > 0.0 && alpha <= 0.5) {
        return None;
    }
    let shape = ratio.se_mertens()?.powi(2) * ratio.n as f64;
    let needed = 1.0 + shape * (normal::quantile(alpha)? / ahead).powi(2);
    needed.is_finite().then_some(needed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{
        deflated::probabilistic,
        vectors::{at, close},
    };

    #[test]
    fn reference_backtest_years() {
        for case in at("/min_lengths/minbtl_years").as_array().unwrap() {
            let x = |key: &str| case[key].as_f64().unwrap();
            let ours = minimum_backtest_years(x("N"), x("target_annual_sr")).unwrap();
            close(ours, x("expected"));
            assert!(ours < x("upper_bound_2lnN"));
        }
    }

    #[test]
    fn reference_track_record() {
        for case in at("/min_lengths/mintrl_obs").as_array().unwrap() {
            let x = |key: &str| case[key].as_f64().unwrap();
            let s = SharpeRatio { per_period: x("sr"), skew: x("skew"), kurtosis: x("kurt"), n: 60 };
            close(minimum_track_record(&s, x("bench"), x("alpha")).unwrap(), x("expected"));
        }
    }

    #[test]
    fn a_record_of_minimum_length_is_just_significant() {
        let mut s = SharpeRatio { per_period: 0.05, skew: -0.4, kurtosis: 9.0, n: 10 };
        s.n = minimum_track_record(&s, 0.01, 0.05).unwrap().ceil() as usize;
        assert!(probabilistic(&s, 0.01).unwrap() >= 0.95);
        s.n -= 1;
        assert!(probabilistic(&s, 0.01).unwrap() < 0.95);
    }

    #[test]
    fn undefined_is_none() {
        let s = SharpeRatio { per_period: 0.05, skew: 0.0, kurtosis: 3.0, n: 10 };
        for benchmark in [0.05, 0.1, f64::NAN, f64::NEG_INFINITY] {
            assert!(minimum_track_record(&s, benchmark, 0.05).is_none());
        }
        for alpha in [0.0, 0.6, f64::NAN] {
            assert!(minimum_track_record(&s, 0.0, alpha).is_none());
        }
        for (n, target) in [(0.5, 1.0), (10.0, 0.0), (10.0, -1.0), (10.0, f64::NAN), (f64::NAN, 1.0)] {
            assert!(minimum_backtest_years(n, target).is_none());
        }
        assert_eq!(minimum_backtest_years(1.0, 1.0), Some(0.0));
        assert_eq!(minimum_backtest_years(1.1, 1.0), Some(0.0));
    }
}
