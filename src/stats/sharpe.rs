//! Sharpe ratio: of one series, pooled over paths, and as a paired difference.
//!
//! Returns are in excess of funding. Every formula takes the ratio **per period**; only [`SharpeRatio::interval`]
//! and the pooled functions annualise, by √(periods per year), at the end.
//!
//! ```text
//! SR = mean/sd (divisor T − 1)
//! iid      se² = (1 + SR²/2)/T                              Lo 2002, eq. 7
//! Mertens  se² = (1 − g₃ SR + (g₄ − 1) SR²/4)/T              Mertens 2002; g₃, g₄ population, g₄ not excess
//! HAC      se² = (Γ₀ + 2 Σ w_j Γ_j)/T ,  w_j = 1 − j/(L+1)   autocovariances of ψ
//! ψ        = z − SR/2 (z² − 1) ,  z = (r − mean)/sd          divisor T in HAC
//! ```
//!
//! HAC with L = 0 is Mertens with the SR of divisor T. Pooled over paths, the numerator and the denominator are
//! those of all days together, and a path contributes the sum of its ψ: the error is clustered by path, so any
//! dependence inside a path is allowed. The pooled ratio is not the mean of the paths' ratios.
//! (Lo 2002, <https://doi.org/10.2469/faj.v58.n4.2453>; Newey and West 1987, <https://doi.org/10.2307/1913610>;
//! for paired differences Ledoit and Wolf 2008, <https://doi.org/10.1016/j.jempfin.2008.03.002>.)

use super::{
    Estimate, influence,
    moments::{CentralMoments, sd},
};

/// A column counts as constant if its standard deviation is below this share of its mean.
pub const CONSTANT: f64 = 1e-10;

/// Which error a Sharpe ratio of one series is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharpeError {
    /// Independent normal returns.
    Iid,
    /// Independent returns of any shape.
    Mertens,
    /// Dependent returns: Bartlett weights over this many lags.
    Hac(usize),
}

/// Sharpe ratio of one series, per period, with the shape that its error needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharpeRatio {
    /// mean/sd, divisor T − 1, per period.
    pub per_period: f64,
    /// Population skewness g₃.
    pub skew: f64,
    /// Population kurtosis g₄, 3 for the normal.
    pub kurtosis: f64,
    /// Number of returns T.
    pub n: usize,
}

impl SharpeRatio {
    /// `None` with fewer than two returns, a constant column, or numbers that are not finite.
    pub fn of(returns: &[f64]) -> Option<Self> {
        let m = CentralMoments::of(returns)?;
        let sd = sd(returns)?;
        if !(sd > CONSTANT * m.mean.abs() && m.second > 0.0) {
            return None;
        }
        let all = Self {
            per_period: m.mean / sd,
            skew: m.third / (m.second * m.second.sqrt()),
            kurtosis: m.fourth / (m.second * m.second),
            n: returns.len(),
        };
        (all.per_period + all.skew + all.kurtosis).is_finite().then_some(all)
    }

    /// Per period times √(periods per year); `None` unless that number is positive.
    pub fn annual(&self, periods_per_year: f64) -> Option<f64> {
        Some(self.per_period * root(periods_per_year)?).filter(|x| x.is_finite())
    }

    /// Standard error per period for independent normal returns.
    pub fn se_iid(&self) -> Option<f64> {
        positive_root((1.0 + 0.5 * self.per_period.powi(2)) / self.n as f64)
    }

    /// Standard error per period for independent returns of any shape, divisor T.
    pub fn se_mertens(&self) -> Option<f64> {
        positive_root(self.shape() / self.n as f64)
    }

    /// As [`SharpeRatio::se_mertens`] with divisor T − 1, as in the probabilistic Sharpe ratio.
    pub fn se_mertens_small(&self) -> Option<f64> {
        positive_root(self.shape() / (self.n as f64 - 1.0))
    }

    /// Annualised ratio of a series with its normal interval.
    ///
    /// `None` where [`SharpeRatio::of`] or [`SharpeRatio::annual`] is.
    pub fn interval(returns: &[f64], periods_per_year: f64, error: SharpeError, level: f64) -> Option<Estimate> {
        let ratio = Self::of(returns)?;
        let (se, method) = match error {
            SharpeError::Iid => (ratio.se_iid(), "Sharpe, iid normal"),
            SharpeError::Mertens => (ratio.se_mertens(), "Sharpe, Mertens"),
            SharpeError::Hac(lags) => (se_hac(returns, lags), "Sharpe, HAC Bartlett"),
        };
        let n = ratio.n as u64;
        let daily = Estimate::normal(ratio.per_period, se, level, n, method)?;
        daily.scaled(root(periods_per_year)?)
    }

    fn shape(&self) -> f64 {
        let sr = self.per_period;
        1.0 - self.skew * sr + 0.25 * (self.kurtosis - 1.0) * sr * sr
    }
}

/// Standard error per period of the Sharpe ratio of a dependent series, Bartlett weights over `lags` lags.
///
/// `None` if there are not more returns than lags, or where [`SharpeRatio::of`] is.
pub fn se_hac(returns: &[f64], lags: usize) -> Option<f64> {
    SharpeRatio::of(returns)?;
    let m = CentralMoments::of(returns)?;
    let n = returns.len();
    if n <= lags {
        return None;
    }
    let sd = m.second.sqrt();
    let psi: Vec<f64> = returns.iter().map(|r| contribution((r - m.mean) / sd, m.mean / sd)).collect();
    let product = |lag: usize| -> f64 { psi.iter().zip(&psi[lag..]).map(|(a, b)| a * b).sum() };
    let weight = |lag: usize| 1.0 - lag as f64 / (lags as f64 + 1.0);
    let later: f64 = (1..=lags).map(|j| weight(j) * product(j)).sum();
    let t = n as f64;
    positive_root((product(0) + 2.0 * later) / t / t)
}

/// What pooling needs of one path: count, sum and sum of squares of its returns.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PathSums {
    /// Number of returns.
    pub n: u64,
    /// Sum of the returns.
    pub sum: f64,
    /// Sum of their squares.
    pub squares: f64,
}

impl PathSums {
    /// The sums of a slice, front to back.
    pub fn of(returns: &[f64]) -> Self {
        let mut all = Self::default();
        returns.iter().for_each(|&r| all.push(r));
        all
    }

    /// Adds one return.
    pub fn push(&mut self, r: f64) {
        self.n += 1;
        self.sum += r;
        self.squares += r * r;
    }
}

/// Pooled Sharpe ratio per period and what each path contributes to its error.
#[derive(Debug, Clone, PartialEq)]
pub struct PooledSharpe {
    per_period: f64,
    psi: Vec<f64>,
    paths: u64,
}

impl PooledSharpe {
    /// `None` with fewer than two returns in all, returns that are constant, or sums that are not finite.
    pub fn of(paths: &[PathSums]) -> Option<Self> {
        let n: u64 = paths.iter().map(|p| p.n).sum();
        let days = n as f64;
        let mean = paths.iter().map(|p| p.sum).sum::<f64>() / days;
        let second = paths.iter().map(|p| p.squares).sum::<f64>() / days;
        let variance = second - mean * mean;
        // sums of squares lose what is smaller than their rounding, so constant is judged against it
        if !(n > 1 && variance > 1e-12 * second && second.is_finite()) {
            return None;
        }
        let sd = variance.sqrt();
        let small = ((days - 1.0) / days).sqrt();
        let ratio = mean / sd;
        let one = |p: &PathSums| {
            let k = p.n as f64;
            let z = (p.sum - k * mean) / sd;
            let zz = (p.squares - 2.0 * mean * p.sum + k * mean * mean) / variance;
            small * (z - 0.5 * ratio * (zz - k)) / days
        };
        Some(Self {
            per_period: small * ratio,
            psi: paths.iter().map(one).collect(),
            paths: paths.iter().filter(|p| p.n > 0).count() as u64,
        })
    }

    /// The ratio of all days together, divisor N − 1, per period.
    pub fn per_period(&self) -> f64 {
        self.per_period
    }

    /// Contributions of the paths to its error, per period; they sum to zero.
    pub fn psi(&self) -> &[f64] {
        &self.psi
    }
}

/// Annualised Sharpe ratio pooled over paths, error clustered by path, t interval.
///
/// `None` where [`PooledSharpe::of`] is or if `periods_per_year` is not positive.
pub fn pooled_sharpe(paths: &[PathSums], periods_per_year: f64, level: f64) -> Option<Estimate> {
    let pooled = PooledSharpe::of(paths)?;
    let method = "pooled Sharpe, clustered";
    let daily = influence::estimate(pooled.per_period, &pooled.psi, pooled.paths, level, method)?;
    daily.scaled(root(periods_per_year)?)
}

/// Annualised difference of two pooled Sharpe ratios over the same paths, error clustered by path.
///
/// `None` if the numbers of paths differ, otherwise as [`pooled_sharpe`].
pub fn paired_sharpe_difference(a: &[PathSums], b: &[PathSums], periods_per_year: f64, level: f64) -> Option<Estimate> {
    if a.len() != b.len() {
        return None;
    }
    let contributing = a.iter().zip(b).filter(|(a, b)| a.n > 0 || b.n > 0);
    let k = contributing.count() as u64;
    let (a, b) = (PooledSharpe::of(a)?, PooledSharpe::of(b)?);
    let psi: Vec<f64> = a.psi.iter().zip(&b.psi).map(|(a, b)| a - b).collect();
    let value = a.per_period - b.per_period;
    let method = "paired difference of pooled Sharpes, clustered";
    influence::estimate(value, &psi, k, level, method)?.scaled(root(periods_per_year)?)
}

/// ψ of one standardised return z.
fn contribution(z: f64, ratio: f64) -> f64 {
    z - 0.5 * ratio * (z * z - 1.0)
}

fn root(periods_per_year: f64) -> Option<f64> {
    positive_root(periods_per_year).filter(|r| *r > 0.0)
}

fn positive_root(x: f64) -> Option<f64> {
    (x >= 0.0 && x.is_finite()).then(|| x.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{
        moments::Moments,
        vectors::{at, close, column, floats, near, normals, number},
    };

    #[test]
    fn reference_sharpe() {
        for set in ["small", "csv"] {
            let r = column(&format!("/sharpe/{set}/input/returns"));
            let expected = |key: &str| number(&format!("/sharpe/{set}/expected/{key}"));
            let s = SharpeRatio::of(&r).unwrap();
            assert_eq!(s.n as f64, expected("T"));
            close(s.per_period, expected("sr_per_period"));
            close(s.annual(252.0).unwrap(), expected("sr_annualised_sqrt252"));
            close(s.skew, expected("skew_population"));
            close(s.kurtosis, expected("kurtosis_nonexcess_population"));
            close(s.se_iid().unwrap(), expected("se_iid_normal_T"));
            close(s.se_mertens().unwrap(), expected("se_mertens_T"));
            close(s.se_mertens_small().unwrap(), expected("se_mertens_Tminus1"));
            let lags = expected("se_hac_bartlett/L") as usize;
            close(se_hac(&r, lags).unwrap(), expected("se_hac_bartlett/value"));
            let e = SharpeRatio::interval(&r, 252.0, SharpeError::Mertens, 0.95).unwrap();
            let ends = floats(&at(&format!("/sharpe/{set}/expected/ci95_annualised_mertens")));
            close(e.ci_low.unwrap(), ends[0]);
            close(e.ci_high.unwrap(), ends[1]);
        }
    }

    #[test]
    fn hac_without_lags_is_mertens() {
        let r = column("/sharpe/small/input/returns");
        let mut s = SharpeRatio::of(&r).unwrap();
        s.per_period = number("/sharpe/small/expected/sr_ddof0");
        near(se_hac(&r, 0).unwrap(), s.se_mertens().unwrap(), 1e-12);
    }

    fn paths(r: &[f64]) -> Vec<PathSums> {
        r.chunks(6).map(PathSums::of).collect()
    }

    #[test]
    fn pooled_is_the_ratio_of_all_days() {
        let r = column("/sharpe/small/input/returns");
        let s = SharpeRatio::of(&r).unwrap();
        let e = pooled_sharpe(&paths(&r), 252.0, 0.95).unwrap();
        near(e.value, s.annual(252.0).unwrap(), 1e-12);
        assert_eq!(e.n, 10);
        // paths of one day each: the Mertens error with its divisors
        let days: Vec<PathSums> = r.chunks(1).map(PathSums::of).collect();
        let daily = pooled_sharpe(&days, 1.0, 0.95).unwrap();
        near(daily.se.unwrap(), se_hac(&r, 0).unwrap(), 1e-12);
    }

    #[test]
    fn pooled_error_agrees_with_numerical_weights() {
        let r = column("/sharpe/small/input/returns");
        let other: Vec<f64> = r.iter().rev().map(|x| 0.5 * x.abs() - 0.3 * x).collect();
        let (a, b) = (paths(&r), paths(&other));
        let ratio = |paths: &[PathSums], w: &[f64]| {
            let sum = |f: fn(&PathSums) -> f64| -> f64 { paths.iter().zip(w).map(|(p, w)| f(p) * w).sum() };
            let n = sum(|p| p.n as f64);
            let (m, q) = (sum(|p| p.sum) / n, sum(|p| p.squares) / n);
            m / (q - m * m).sqrt() * (59.0_f64 / 60.0).sqrt()
        };
        let se = |f: &dyn Fn(&[f64]) -> f64| {
            let slope = |i: usize| {
                let mut w = [1.0; 10];
                w[i] = 1.0 + 1e-5;
                let up = f(&w);
                w[i] = 1.0 - 1e-5;
                (up - f(&w)) / 2e-5
            };
            (10.0 / 9.0 * (0..10).map(|i| slope(i).powi(2)).sum::<f64>()).sqrt()
        };
        let alone = pooled_sharpe(&a, 1.0, 0.95).unwrap();
        near(alone.se.unwrap(), se(&|w| ratio(&a, w)), 1e-7);
        let pair = paired_sharpe_difference(&a, &b, 1.0, 0.95).unwrap();
        near(pair.se.unwrap(), se(&|w| ratio(&a, w) - ratio(&b, w)), 1e-7);
        near(pair.value, alone.value - pooled_sharpe(&b, 1.0, 0.95).unwrap().value, 1e-12);
    }

    /// 600 samples of 40 paths of 50 days whose drift belongs to the path, fixed seed. An sd from 600 samples has
    /// an error of 2.9 %, so 11 % is 3.8 of them: 2e-4 false alarms.
    #[test]
    fn clustered_errors_are_the_spread_over_samples() {
        let mut normal = normals(12);
        let mut spread = [Moments::default(); 2];
        let mut stated = [Moments::default(); 2];
        for _ in 0..600 {
            let (mut a, mut b) = (vec![PathSums::default(); 40], vec![PathSums::default(); 40]);
            for (a, b) in a.iter_mut().zip(&mut b) {
                let (drift, tilt) = (0.1 + 0.2 * normal(), 0.1 * normal());
                for _ in 0..50 {
                    let day = drift + normal();
                    a.push(day);
                    b.push(0.5 * day + tilt);
                }
            }
            let one = pooled_sharpe(&a, 252.0, 0.95).unwrap();
            let pair = paired_sharpe_difference(&a, &b, 252.0, 0.95).unwrap();
            for (i, e) in [one, pair].iter().enumerate() {
                spread[i].push(e.value);
                stated[i].push(e.se.unwrap());
            }
        }
        for (spread, stated) in spread.iter().zip(&stated) {
            near(stated.mean().unwrap(), spread.sd().unwrap(), 0.11);
        }
    }

    #[test]
    fn leverage_cancels_in_a_paired_difference() {
        let r = column("/sharpe/small/input/returns");
        let double: Vec<f64> = r.iter().map(|x| 2.0 * x).collect();
        let e = paired_sharpe_difference(&paths(&double), &paths(&r), 252.0, 0.95).unwrap();
        assert!(e.value.abs() < 1e-12 && e.se.unwrap() < 1e-12);
        assert!(pooled_sharpe(&paths(&r), 252.0, 0.95).unwrap().se.unwrap() > 0.1);
    }

    #[test]
    fn empty_paths_are_not_counted() {
        let r = column("/sharpe/small/input/returns");
        let mut some = paths(&r);
        let before = pooled_sharpe(&some, 252.0, 0.95);
        some.insert(3, PathSums::default());
        assert_eq!(before, pooled_sharpe(&some, 252.0, 0.95));
    }

    #[test]
    fn undefined_is_none() {
        for r in [&[][..], &[0.1], &[0.1; 30], &[0.0; 4], &[0.1, f64::NAN, 0.2]] {
            assert!(SharpeRatio::of(r).is_none(), "{r:?}");
            assert!(pooled_sharpe(&paths(r), 252.0, 0.95).is_none(), "{r:?}");
            assert!(se_hac(r, 0).is_none());
        }
        let r = [0.1, -0.2, 0.3];
        assert!(SharpeRatio::of(&r).unwrap().annual(f64::NAN).is_none());
        assert!(pooled_sharpe(&paths(&r), 0.0, 0.95).is_none());
        assert!(se_hac(&r, 3).is_none());
        let hac = SharpeRatio::interval(&r, 252.0, SharpeError::Hac(9), 0.95).unwrap();
        assert_eq!((hac.se, hac.ci_low), (None, None));
        let one = pooled_sharpe(&paths(&r), 252.0, 0.95).unwrap();
        assert_eq!((one.se, one.n), (None, 1));
        assert!(paired_sharpe_difference(&paths(&r), &[], 252.0, 0.95).is_none());
    }
}
