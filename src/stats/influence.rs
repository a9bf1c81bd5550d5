//! From the contributions of clusters to a standard error.
//!
//! Every smooth statistic θ of a sample is, to first order, a sum of what each independent cluster contributes:
//!
//! ```text
//! θ̂ − θ ≈ Σᵢ ψᵢ ,   Σᵢ ψᵢ = 0 in the sample ,   se² = k/(k−1) Σᵢ (ψᵢ − ψ̄)²
//! ```
//!
//! This is the delta method with cluster-robust variance (Liang and Zeger 1986,
//! <https://doi.org/10.1093/biomet/73.1.13>; Hampel 1974, <https://doi.org/10.1080/01621459.1974.10482962>
//! for the influence curve). The contributions of a difference are the differences of the contributions, and
//! those of a function f(θ₁, θ₂) are f₁ ψ¹ + f₂ ψ²: so what two estimates share on one path cancels.
//!
//! The interval uses Student's t with k − 1 degrees of freedom; for a plain mean it is the usual t interval.
//! With few clusters (below about 30), or one that dominates, it covers less than it says.

use super::Estimate;

/// The standard error that belongs to the contributions `psi` of the clusters.
///
/// `contributing` is k, the number of clusters with any data: a path without a crash adds ψ = 0 to the ratio of
/// sums over crashes and nothing to its degrees of freedom. `None` if k < 2 or something is not finite.
pub fn standard_error(psi: &[f64], contributing: u64) -> Option<f64> {
    if contributing < 2 {
        return None;
    }
    let k = contributing as f64;
    let sum: f64 = psi.iter().sum();
    let squares: f64 = psi.iter().map(|p| p * p).sum();
    let centred = (squares - sum * sum / k).max(0.0);
    let se = (k / (k - 1.0) * centred).sqrt();
    (squares.is_finite() && se.is_finite()).then_some(se)
}

/// The estimate `value` with the error and t interval that follow from the contributions of its clusters.
///
/// `None` if the value is not finite; no error and no interval where [`standard_error`] has none.
pub fn estimate(value: f64, psi: &[f64], contributing: u64, level: f64, method: &'static str) -> Option<Estimate> {
    let se = standard_error(psi, contributing);
    let dof = contributing as f64 - 1.0;
    Estimate::student(value, se, dof, level, contributing, method)
}

/// Sums contributions of single observations over clusters of `cluster_len` neighbours.
///
/// The layout is `[cluster][observation]`; `None` unless the length is a multiple of a positive `cluster_len`.
pub fn sum_clusters(psi: &[f64], cluster_len: usize) -> Option<Vec<f64>> {
    if !(cluster_len > 0 && psi.len().is_multiple_of(cluster_len)) {
        return None;
    }
    let sums = psi.chunks_exact(cluster_len).map(|c| c.iter().sum());
    Some(sums.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{moments, vectors::near};

    #[test]
    fn of_a_mean_it_is_the_usual_error() {
        let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0];
        let mean = moments::mean(&x).unwrap();
        let psi: Vec<f64> = x.iter().map(|v| (v - mean) / 6.0).collect();
        let usual = moments::Moments::of(&x).standard_error().unwrap();
        near(standard_error(&psi, 6).unwrap(), usual, 1e-14);
    }

    #[test]
    fn empty_clusters_change_nothing() {
        let few = standard_error(&[0.5, -0.25, -0.25], 3);
        let many = standard_error(&[0.5, 0.0, -0.25, 0.0, -0.25, 0.0], 3);
        assert_eq!(few, many);
    }

    #[test]
    fn one_cluster_has_no_error() {
        assert_eq!(standard_error(&[], 0), None);
        assert_eq!(standard_error(&[0.0], 1), None);
        assert_eq!(standard_error(&[f64::NAN, 1.0], 2), None);
        let e = estimate(2.0, &[0.0], 1, 0.95, "").unwrap();
        assert_eq!((e.value, e.se, e.ci_low, e.n), (2.0, None, None, 1));
    }

    #[test]
    fn clusters_must_fill_the_slice() {
        assert_eq!(sum_clusters(&[1.0, 2.0, 3.0, 4.0], 2), Some(vec![3.0, 7.0]));
        assert_eq!(sum_clusters(&[1.0, 2.0, 3.0], 2), None);
        assert_eq!(sum_clusters(&[1.0], 0), None);
        assert_eq!(sum_clusters(&[], 2), Some(vec![]));
    }
}
