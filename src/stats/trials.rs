//! How many independent trials are M correlated ones worth?
//!
//! From the correlation matrix of the trials' returns, with mean ρ̄ off the diagonal and eigenvalues λ, p = λ/M:
//!
//! ```text
//! average        ρ̄ + (1 − ρ̄) M                 Bailey and Lopez de Prado 2014, appendix
//! participation  (Σ λ)² / Σ λ²
//! entropy        exp(−Σ p ln p)                 Roy and Vetterli 2007, The Effective Rank
//! ```
//!
//! M where nothing is correlated, one where all are the same. Take the P&L of the *hedges* and not of hedged
//! portfolios: what all portfolios share would make every grid look like one trial.

use nalgebra::DMatrix;

/// Effective numbers of trials, by three definitions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectiveTrials {
    /// Mean correlation of two different trials.
    pub average_correlation: f64,
    /// From the mean correlation. Above M if that is negative.
    pub average: f64,
    /// Participation ratio of the eigenvalues.
    pub participation: f64,
    /// Exponential of the entropy of the eigenvalues.
    pub entropy: f64,
}

impl EffectiveTrials {
    /// Of one column of returns a trial.
    ///
    /// `None` with fewer than two columns or two rows, columns of different lengths, a constant column or numbers
    /// that are not finite. The eigenvalues of 1,000 columns take about a second.
    pub fn of<C: AsRef<[f64]>>(columns: &[C]) -> Option<Self> {
        let correlations = correlations(columns)?;
        let m = columns.len() as f64;
        let squares = correlations.norm_squared();
        let average_correlation = (correlations.sum() - m) / (m * (m - 1.0));
        let share = |value: &f64| value / m;
        // rounding may leave an eigenvalue a little below zero; it counts for nothing, as zero does
        let shares = correlations.symmetric_eigenvalues();
        let entropy: f64 = shares.iter().map(share).filter(|p| *p > 0.0).map(|p| -p * libm::log(p)).sum();
        Some(Self {
            average_correlation,
            average: average_correlation + (1.0 - average_correlation) * m,
            participation: m * m / squares,
            entropy: libm::exp(entropy),
        })
    }

    /// [`EffectiveTrials::participation`] alone, which needs no eigenvalues: their squares add up to those of the
    /// correlations. `None` where [`EffectiveTrials::of`] is.
    pub fn participation<C: AsRef<[f64]>>(columns: &[C]) -> Option<f64> {
        let m = columns.len() as f64;
        correlations(columns).map(|correlations| m * m / correlations.norm_squared())
    }
}

fn correlations<C: AsRef<[f64]>>(columns: &[C]) -> Option<DMatrix<f64>> {
    let rows = columns.first()?.as_ref().len();
    if columns.len() < 2 || rows < 2 || columns.iter().any(|c| c.as_ref().len() != rows) {
        return None;
    }
    let mut z = DMatrix::zeros(rows, columns.len());
    for (mut column, c) in z.column_iter_mut().zip(columns) {
        column.copy_from_slice(c.as_ref());
        let mean = column.mean();
        column.add_scalar_mut(-mean);
        let norm = column.norm();
        // a constant column is left with the rounding of its mean
        if !(norm > 1e-10 * mean.abs() * (rows as f64).sqrt() && norm.is_finite()) {
            return None;
        }
        column.unscale_mut(norm);
    }
    Some(z.tr_mul(&z))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::{close, near, normals, number, strategies};

    #[test]
    fn reference_effective_trials() {
        let expected = |key: &str| number(&format!("/deflated_sharpe/csv/expected/{key}"));
        let n = EffectiveTrials::of(&strategies()).unwrap();
        assert_eq!(EffectiveTrials::participation(&strategies()), Some(n.participation));
        close(n.average_correlation, expected("avg_corr"));
        close(n.average, expected("neff_avgcorr"));
        close(n.participation, expected("neff_participation"));
        close(n.entropy, expected("neff_entropy"));
    }

    #[test]
    fn copies_are_one_trial_and_orthogonal_ones_are_all() {
        let mut normal = normals(3);
        let x: Vec<f64> = (0..50).map(|_| normal()).collect();
        let double: Vec<f64> = x.iter().map(|x| 2.0 * x + 1.0).collect();
        let n = EffectiveTrials::of(&[x, double]).unwrap();
        for one in [n.average, n.participation, n.entropy] {
            near(one, 1.0, 1e-6);
        }
        let apart = [[1.0, -1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0], [1.0, -1.0, -1.0, 1.0]];
        let n = EffectiveTrials::of(&apart).unwrap();
        for three in [n.average, n.participation, n.entropy] {
            near(three, 3.0, 1e-12);
        }
    }

    #[test]
    fn undefined_is_none() {
        let x = vec![0.1, 0.2, -0.3];
        assert!(EffectiveTrials::of::<Vec<f64>>(&[]).is_none());
        assert!(EffectiveTrials::of(std::slice::from_ref(&x)).is_none());
        for bad in [vec![0.1; 3], vec![0.0; 3], vec![0.1, 0.2], vec![0.1, f64::NAN, 0.2]] {
            assert!(EffectiveTrials::of(&[x.clone(), bad]).is_none());
        }
        assert!(EffectiveTrials::of(&[[1.0], [2.0]]).is_none());
    }
}
