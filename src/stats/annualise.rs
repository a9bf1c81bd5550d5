//! Sharpe ratio over a longer horizon when returns are autocorrelated.
//!
//! The ratio of the sum of q returns is η(q) times the ratio of one (Lo 2002, *The Statistics of Sharpe Ratios*,
//! <https://doi.org/10.2469/faj.v58.n4.2453>):
//!
//! ```text
//! η(q) = q / √(q + 2 Σ_{k<q} (q − k) ρ_k)          √q where returns are independent
//! ```
//!
//! Only the first q − 1 autocorrelations enter, with falling weights. A penalty that raises |ρ₁| to the power of the
//! lag over the whole sample is another number: it can only shrink the ratio.

use super::{moments::CentralMoments, sharpe::SharpeRatio};

/// A Sharpe ratio over q periods, with and without regard to autocorrelation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Annualised {
    /// The factor η(q).
    pub factor: f64,
    /// η(q) times the ratio per period.
    pub ratio: f64,
    /// √q times the ratio per period.
    pub independent: f64,
}

impl Annualised {
    /// Over `periods` periods, with the autocorrelations of the returns themselves.
    ///
    /// `None` for no periods, where [`SharpeRatio::of`] is undefined, without more returns than periods, or if the
    /// autocorrelations give the sum no positive variance.
    pub fn of(returns: &[f64], periods: usize) -> Option<Self> {
        let one = SharpeRatio::of(returns)?.per_period;
        let factor = factor(&autocorrelations(returns, periods.checked_sub(1)?)?)?;
        Some(Self { factor, ratio: factor * one, independent: (periods as f64).sqrt() * one })
    }
}

/// η(q) from the autocorrelations at lags 1 to q − 1, so of one more period than there are numbers.
///
/// `None` if they give the sum of q returns no positive variance.
pub fn factor(autocorrelations: &[f64]) -> Option<f64> {
    let q = autocorrelations.len() as f64 + 1.0;
    let lags = autocorrelations.iter().enumerate();
    let weighted: f64 = lags.map(|(i, rho)| (q - 1.0 - i as f64) * rho).sum();
    let variance = q + 2.0 * weighted;
    (variance > 0.0 && variance.is_finite()).then(|| q / variance.sqrt())
}

/// Autocorrelations at lags 1 to `lags`: products about the mean of the whole series, over its sum of squares.
///
/// `None` unless there are more returns than lags, all finite and not all equal.
pub fn autocorrelations(returns: &[f64], lags: usize) -> Option<Vec<f64>> {
    let m = CentralMoments::of(returns)?;
    if !(returns.len() > lags && m.second > 0.0) {
        return None;
    }
    let total = m.second * returns.len() as f64;
    let product =
        |lag: usize| -> f64 { returns.iter().zip(&returns[lag..]).map(|(a, b)| (a - m.mean) * (b - m.mean)).sum() };
    Some((1..=lags).map(|lag| product(lag) / total).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::{close, column, near, number};

    #[test]
    fn reference_lo() {
        for set in ["small", "csv"] {
            let r = column(&format!("/sharpe/{set}/input/returns"));
            let expected = |key: &str| number(&format!("/sharpe/{set}/expected/{key}"));
            let acf = autocorrelations(&r, 5).unwrap();
            for (i, rho) in column(&format!("/sharpe/{set}/expected/acf_1_to_5")).into_iter().enumerate() {
                close(acf[i], rho);
            }
            let lo = Annualised::of(&r, expected("lo_eta/q") as usize).unwrap();
            close(lo.factor, expected("lo_eta/eta"));
            close(lo.ratio, expected("lo_eta/sr_q"));
            close(lo.independent, expected("lo_eta/naive_sqrt_q"));
        }
    }

    #[test]
    fn independent_returns_scale_by_the_root() {
        near(factor(&[0.0; 251]).unwrap(), 252_f64.sqrt(), 1e-15);
        assert_eq!(factor(&[]), Some(1.0));
        assert!(factor(&[0.1; 20]).unwrap() < 21_f64.sqrt());
        assert!(factor(&[-0.02; 20]).unwrap() > 21_f64.sqrt());
    }

    #[test]
    fn undefined_is_none() {
        let r = [0.1, -0.2, 0.3, 0.1];
        assert!(Annualised::of(&r, 0).is_none());
        assert!(Annualised::of(&r, 5).is_none());
        assert!(Annualised::of(&[0.1; 9], 2).is_none());
        assert!(autocorrelations(&[0.1, f64::NAN, 0.3], 1).is_none());
        assert!(factor(&[-0.6]).is_some() && factor(&[-1.0]).is_none() && factor(&[f64::NAN]).is_none());
    }
}
