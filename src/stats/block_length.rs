//! How long the blocks of a bootstrap should be, chosen from the data.
//!
//! The mean squared error of the bootstrap variance of a mean is least at (Politis and White 2004, "Automatic
//! block-length selection for the dependent bootstrap", <https://doi.org/10.1081/ETC-120028836>, with the
//! correction of Patton, Politis and White 2009, <https://doi.org/10.1080/07474930802459016>)
//!
//! ```text
//! b = (2 G² / D)^⅓ n^⅓         G = Σ λ(k/M) |k| R(k)      g = Σ λ(k/M) R(k)      k = −M … M
//! D = 2 g²    stationary       D = 4/3 g²    circular
//! λ(t) = 1 for |t| ≤ ½, 2(1 − |t|) up to 1, else 0       R(k) = autocovariance, divisor n
//! ```
//!
//! M = 2m, where m ≥ 1 is the first lag from which K = max(5, ⌊log₁₀ n⌋) autocorrelations in a row are below
//! 2 √(log₁₀ n / n) in size; if none up to ⌈√n⌉ + K is, M is that limit. b is kept between 1 and
//! ⌈min(3√n, n/3)⌉.
//!
//! The length belongs to the mean of the column given. Daily returns have little correlation and get short blocks;
//! their squares, and with them every statistic of risk, get blocks of weeks. Give the column whose mean is meant.

use serde::Serialize;

use super::moments;

/// Block lengths in rows, not rounded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BlockLength {
    /// Mean block of the stationary bootstrap.
    pub stationary: f64,
    /// Block of the circular bootstrap; round it up.
    pub circular: f64,
}

/// The block lengths that suit the mean of one column.
///
/// `None` for fewer than 9 rows, a constant column, or a number that is not finite.
pub fn block_length(column: &[f64]) -> Option<BlockLength> {
    let n = column.len() as f64;
    let run = (n.max(1.0).log10() as usize).max(5);
    let root = n.sqrt().ceil() as usize;
    let most = root + run;
    if column.len() <= most {
        return None;
    }
    let covariance = autocovariances(column, most)?;
    let last = cut_off(&covariance, n, run, root).map_or(most, |m| (2 * m).min(most));
    let (mut slope, mut level) = (0.0, covariance[0]);
    for (k, r) in covariance.iter().enumerate().take(last + 1).skip(1) {
        let weight = (2.0 * (1.0 - k as f64 / last as f64)).min(1.0);
        slope += 2.0 * weight * k as f64 * r;
        level += 2.0 * weight * r;
    }
    let longest = (3.0 * n.sqrt()).min(n / 3.0).ceil();
    let length = |spread: f64| {
        let cube = 2.0 * slope * slope / (spread * level * level) * n;
        // a long-run variance of zero gives no finite cube: the longest block is then the careful answer
        if cube.is_finite() { cube.cbrt().clamp(1.0, longest) } else { longest }
    };
    Some(BlockLength { stationary: length(2.0), circular: length(4.0 / 3.0) })
}

/// Autocovariances of lags 0 to `most`, divisor n; `None` if nothing varies.
fn autocovariances(column: &[f64], most: usize) -> Option<Vec<f64>> {
    let mean = moments::mean(column)?;
    let deviations: Vec<f64> = column.iter().map(|x| x - mean).collect();
    let products = |lag: usize| deviations[lag..].iter().zip(&deviations).map(|(a, b)| a * b).sum::<f64>();
    let all: Vec<f64> = (0..=most).map(|lag| products(lag) / column.len() as f64).collect();
    let varies = column.iter().any(|x| *x != column[0]);
    (varies && all[0] > 0.0 && all[0].is_finite()).then_some(all)
}

/// The first lag of `run` in a row whose autocorrelations are negligible.
fn cut_off(covariance: &[f64], n: f64, run: usize, root: usize) -> Option<usize> {
    let bound = 2.0 * (n.log10() / n).sqrt() * covariance[0];
    (1..=root).find(|m| covariance[*m..*m + run].iter().all(|r| r.abs() < bound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::{close, normals, number, strategy};

    /// The reference does not say which of its nine columns it used; it is this one.
    #[test]
    fn reference_lengths() {
        let returns = strategy("linear");
        let of = |f: fn(f64) -> f64| returns.iter().map(|r| f(*r)).collect::<Vec<f64>>();
        for (name, column) in
            [("returns", returns.clone()), ("abs_returns", of(f64::abs)), ("squared_returns", of(|r| r * r))]
        {
            let ours = block_length(&column).unwrap();
            let at = |key: &str| number(&format!("/snooping_csv/expected_mc/optimal_block_length/{name}/{key}"));
            close(ours.stationary, at("stationary"));
            close(ours.circular, at("circular"));
        }
    }

    /// An autoregression of order one has G/g = 2φ/(1−φ²) exactly, so b is known; 20,000 rows, fixed seed.
    /// G is the noisiest part: over seeds the length varies by about a tenth.
    #[test]
    fn an_autoregression_gets_its_theoretical_length() {
        for phi in [0.3, 0.6] {
            let (mut normal, mut x) = (normals(5), 0.0);
            let mut next = |_| {
                x = phi * x + normal();
                x
            };
            let column: Vec<f64> = (0..20_000).map(&mut next).collect();
            let ours = block_length(&column).unwrap();
            let ratio: f64 = 2.0 * phi / (1.0 - phi * phi);
            let theory = (ratio * ratio * 20_000.0).cbrt();
            assert!((ours.stationary / theory - 1.0).abs() < 0.3, "{phi}: {} {theory}", ours.stationary);
            close(ours.circular, ours.stationary * 1.5_f64.cbrt());
        }
    }

    #[test]
    fn independent_rows_get_short_blocks_and_trends_long_ones() {
        let mut normal = normals(1);
        let noise: Vec<f64> = (0..2000).map(|_| normal()).collect();
        assert!(block_length(&noise).unwrap().stationary < 6.0);
        let trend: Vec<f64> = (0..900).map(f64::from).collect();
        let long = block_length(&trend).unwrap();
        assert!(long.stationary > 50.0 && long.circular < 90.0, "{long:?}");
        // the limit, ⌈20/3⌉ rows
        let wave: Vec<f64> = (0..20).map(|i| (f64::from(i) * 0.3).sin()).collect();
        assert!(block_length(&wave).unwrap().circular <= 7.0);
        // nearly no long-run variance: the limit, ⌈40/3⌉ rows
        let alternating: Vec<f64> = (0..40).map(|i| f64::from(i % 2)).collect();
        assert_eq!(block_length(&alternating).unwrap(), BlockLength { stationary: 14.0, circular: 14.0 });
    }

    #[test]
    fn undefined_is_none() {
        assert!(block_length(&[]).is_none());
        assert!(block_length(&[1.0, 2.0]).is_none());
        assert!(block_length(&[0.1; 100]).is_none());
        let mut column: Vec<f64> = (0..9).map(|i| f64::from(i % 4)).collect();
        assert!(block_length(&column).is_some());
        assert!(block_length(&column[..8]).is_none());
        column[3] = f64::NAN;
        assert!(block_length(&column).is_none());
    }
}
