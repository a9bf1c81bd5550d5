//! Ratio of sums over clusters, and the paired difference of two such ratios.
//!
//! ```text
//! R = Σ numᵢ / Σ denᵢ ,   ψᵢ = (numᵢ − R denᵢ) / Σ den ,   se² = k/(k−1) Σ ψᵢ²
//! ```
//!
//! with one numerator and one denominator per path (Cochran, *Sampling Techniques*, 3rd ed. 1977, §6.3). Days and
//! windows of one path may depend on each other as they like: only paths are taken as independent. The ratio of
//! sums is not the mean of the ratios: it weighs a path by its denominator and is defined where a path has none.
//!
//! Limits: the bias is of order 1/k, and the linearisation wants a total denominator that is large against its
//! own standard error. k counts the paths with a number other than zero in any of the columns.

use super::{Estimate, influence};

/// A ratio of sums and what each cluster contributes to its error.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratio {
    value: f64,
    psi: Vec<f64>,
}

impl Ratio {
    /// The ratio of the sums of two columns, one entry per cluster.
    ///
    /// `None` if the lengths differ, the sum of `denominators` is not positive, or something is not finite.
    pub fn of(numerators: &[f64], denominators: &[f64]) -> Option<Self> {
        if numerators.len() != denominators.len() {
            return None;
        }
        let above: f64 = numerators.iter().sum();
        let below: f64 = denominators.iter().sum();
        let value = above / below;
        if !(below > 0.0 && below.is_finite() && value.is_finite()) {
            return None;
        }
        let parts = numerators.iter().zip(denominators);
        let psi = parts.map(|(n, d)| (n - value * d) / below).collect();
        Some(Self { value, psi })
    }

    /// The ratio itself.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The contributions ψᵢ of the clusters to its error, which sum to zero.
    pub fn psi(&self) -> &[f64] {
        &self.psi
    }
}

/// Ratio of sums with its clustered error. `None` where [`Ratio::of`] has none.
pub fn ratio_of_sums(numerators: &[f64], denominators: &[f64], level: f64) -> Option<Estimate> {
    let ratio = Ratio::of(numerators, denominators)?;
    let k = contributing(&[numerators, denominators]);
    influence::estimate(ratio.value, &ratio.psi, k, level, "ratio of sums, clustered")
}

/// R_a − R_b over the same clusters, each given as (numerators, denominators).
///
/// The contributions are subtracted cluster by cluster, so that what the two ratios share cancels. `None` if
/// either ratio is undefined or the four columns differ in length.
pub fn paired_ratio_difference(a: (&[f64], &[f64]), b: (&[f64], &[f64]), level: f64) -> Option<Estimate> {
    let (left, right) = (Ratio::of(a.0, a.1)?, Ratio::of(b.0, b.1)?);
    if left.psi.len() != right.psi.len() {
        return None;
    }
    let both = left.psi.iter().zip(&right.psi);
    let psi: Vec<f64> = both.map(|(l, r)| l - r).collect();
    let k = contributing(&[a.0, a.1, b.0, b.1]);
    let value = left.value - right.value;
    influence::estimate(value, &psi, k, level, "paired difference of ratios, clustered")
}

fn contributing(columns: &[&[f64]]) -> u64 {
    let clusters = columns.first().map_or(0, |c| c.len());
    let any = |i: &usize| columns.iter().any(|c| c[*i] != 0.0);
    (0..clusters).filter(any).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{mean, vectors::near};

    const NUM: [f64; 6] = [1.0, 0.4, -0.2, 0.9, 0.0, 2.2];
    const DEN: [f64; 6] = [2.0, 0.7, 1.1, 1.6, 0.3, 3.9];

    /// ψ by giving cluster i a little more weight: knows nothing of the formula.
    fn by_weights(f: impl Fn(&[f64]) -> f64, clusters: usize) -> f64 {
        let step = 1e-6;
        let slope = |i: usize| {
            let mut w = vec![1.0; clusters];
            w[i] = 1.0 + step;
            let up = f(&w);
            w[i] = 1.0 - step;
            (up - f(&w)) / (2.0 * step)
        };
        let sum: f64 = (0..clusters).map(|i| slope(i).powi(2)).sum();
        (clusters as f64 / (clusters as f64 - 1.0) * sum).sqrt()
    }

    fn weighted(x: &[f64], w: &[f64]) -> f64 {
        x.iter().zip(w).map(|(x, w)| x * w).sum()
    }

    #[test]
    fn error_agrees_with_numerical_weights() {
        let e = ratio_of_sums(&NUM, &DEN, 0.95).unwrap();
        near(e.value, 4.3 / 9.6, 1e-14);
        let se = by_weights(|w| weighted(&NUM, w) / weighted(&DEN, w), 6);
        near(e.se.unwrap(), se, 1e-8);
    }

    #[test]
    fn a_constant_denominator_gives_the_t_interval_of_the_mean() {
        let ratio = ratio_of_sums(&NUM, &[1.0; 6], 0.9).unwrap();
        let plain = mean::mean(&NUM, 0.9).unwrap();
        near(ratio.value, plain.value, 1e-14);
        near(ratio.se.unwrap(), plain.se.unwrap(), 1e-13);
        near(ratio.ci_high.unwrap(), plain.ci_high.unwrap(), 1e-13);
        assert_eq!(ratio.n, plain.n);
    }

    #[test]
    fn the_common_part_of_a_difference_cancels() {
        let other: Vec<f64> = NUM.iter().zip(DEN).map(|(n, d)| n + 0.25 * d).collect();
        let e = paired_ratio_difference((&other, &DEN), (&NUM, &DEN), 0.95).unwrap();
        near(e.value, 0.25, 1e-14);
        assert!(e.se.unwrap() < 1e-15);
        assert!(ratio_of_sums(&NUM, &DEN, 0.95).unwrap().se.unwrap() > 0.01);
    }

    #[test]
    fn paired_error_agrees_with_numerical_weights() {
        let (num, den) = ([0.5, 0.6, 0.1, 0.3, 0.2, 1.7], [1.0, 0.9, 1.1, 1.2, 0.8, 1.3]);
        let e = paired_ratio_difference((&NUM, &DEN), (&num, &den), 0.95).unwrap();
        let f = |w: &[f64]| weighted(&NUM, w) / weighted(&DEN, w) - weighted(&num, w) / weighted(&den, w);
        near(e.se.unwrap(), by_weights(f, 6), 1e-8);
    }

    #[test]
    fn paths_without_a_window_are_not_counted() {
        let plain = ratio_of_sums(&[1.0, 2.0], &[2.0, 3.0], 0.95).unwrap();
        let sparse = ratio_of_sums(&[0.0, 1.0, 0.0, 2.0], &[0.0, 2.0, 0.0, 3.0], 0.95);
        assert_eq!(Some(plain), sparse);
        assert_eq!(plain.n, 2);
    }

    #[test]
    fn undefined_is_none() {
        assert!(ratio_of_sums(&[], &[], 0.95).is_none());
        assert!(ratio_of_sums(&[1.0], &[0.0], 0.95).is_none());
        assert!(ratio_of_sums(&[1.0], &[-2.0], 0.95).is_none());
        assert!(ratio_of_sums(&[1.0, f64::NAN], &[1.0, 1.0], 0.95).is_none());
        assert!(ratio_of_sums(&[1.0], &[1.0, 1.0], 0.95).is_none());
        assert!(paired_ratio_difference((&[1.0], &[1.0]), (&NUM, &DEN), 0.95).is_none());
        let one = ratio_of_sums(&[1.0], &[4.0], 0.95).unwrap();
        assert_eq!((one.value, one.se, one.ci_low), (0.25, None, None));
    }
}
