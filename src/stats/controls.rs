//! Control variates: columns over the paths whose mean is known to be zero, and what they take out of an estimate.
//!
//! An estimate with contributions ψ is regressed on the controls; what the regression says of their sample means is taken
//! out of the value, and the residuals are the new contributions:
//!
//! ```text
//! y_i = nψ_i ,   b = Cov(z)⁻¹ Cov(z, y) ,   θ' = θ − b·z̄ ,   ψ'_i = ψ_i − b·(z_i − z̄)/n
//! ```
//!
//! With b from the same sample the bias is of order 1/n (Lavenberg and Welch, "A perspective on the use of control variables
//! to increase the efficiency of Monte Carlo simulations", 1981); there are no controls below [`PATHS_EACH`] paths for each.

use std::sync::Arc;

/// Paths that a control needs at least.
pub const PATHS_EACH: usize = 20;

/// A control that is centred, of length one and orthogonal to those before it.
#[derive(Clone, Debug, PartialEq)]
struct Direction {
    centred: Vec<f64>,
    mean: f64,
}

/// Controls that are orthogonal to each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Controls {
    common: Arc<Vec<Direction>>,
    own: Vec<Direction>,
}

impl Controls {
    /// From columns whose true mean is zero; those that follow from others are left out, and all are where paths are few.
    pub fn new<'a>(columns: impl ExactSizeIterator<Item = &'a [f64]>) -> Self {
        let count = columns.len();
        let mut common = Vec::new();
        for column in columns {
            if column.len() >= PATHS_EACH * count {
                common.extend(orthogonal(column, &common, &[]));
            }
        }
        Self { common: Arc::new(common), own: Vec::new() }
    }

    /// These and further columns.
    #[must_use]
    pub fn with<'a>(&self, columns: impl IntoIterator<Item = &'a [f64]>) -> Self {
        let mut more = self.clone();
        for column in columns {
            if column.len() >= PATHS_EACH * (1 + self.count()) {
                let found = orthogonal(column, &more.common, &more.own);
                more.own.extend(found);
            }
        }
        more
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.common.len() + self.own.len()
    }

    /// Takes what the controls explain out of a value and its contributions.
    pub fn adjust(&self, value: &mut f64, psi: &mut [f64]) {
        let paths = psi.len();
        let n = paths as f64;
        for direction in self.common.iter().chain(&self.own).filter(|d| d.centred.len() == paths) {
            let slope = direction.centred.iter().zip(&*psi).map(|(q, psi)| q * psi).sum::<f64>();
            *value -= n * slope * direction.mean;
            psi.iter_mut().zip(&direction.centred).for_each(|(psi, q)| *psi -= slope * q);
        }
    }
}

fn orthogonal(column: &[f64], common: &[Direction], own: &[Direction]) -> Option<Direction> {
    let mut mean = column.iter().sum::<f64>() / column.len() as f64;
    let mut centred: Vec<f64> = column.iter().map(|z| z - mean).collect();
    let length = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let before = length(&centred);
    for known in common.iter().chain(own) {
        let part = known.centred.iter().zip(&centred).map(|(q, z)| q * z).sum::<f64>();
        centred.iter_mut().zip(&known.centred).for_each(|(z, q)| *z -= part * q);
        mean -= part * known.mean;
    }
    let left = length(&centred);
    // What is left of a column that others give is rounding.
    if !(left > 1e-6 * before && left.is_finite()) {
        return None;
    }
    centred.iter_mut().for_each(|z| *z /= left);
    Some(Direction { centred, mean: mean / left })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(n: usize, seed: f64) -> Vec<f64> {
        (0..n).map(|i| ((i as f64 + 1.0) * 12.9898 + seed).sin()).collect()
    }

    /// What is a sum of controls and a constant has that constant as its value, and no error.
    #[test]
    fn what_controls_explain_is_known() {
        let (a, b) = (column(200, 0.1), column(200, 2.0));
        let y: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 3.0 + 2.0 * a - 5.0 * b).collect();
        let mut value = y.iter().sum::<f64>() / 200.0;
        let mut psi: Vec<f64> = y.iter().map(|y| (y - value) / 200.0).collect();
        let controls = Controls::new([&a[..]].into_iter()).with([&b[..], &a[..]]);
        assert_eq!(controls.count(), 2);
        controls.adjust(&mut value, &mut psi);
        assert!((value - 3.0).abs() < 1e-12 && psi.iter().all(|psi| psi.abs() < 1e-14), "{value}");
    }

    #[test]
    fn few_paths_have_no_controls() {
        let a = column(PATHS_EACH - 1, 0.1);
        let controls = Controls::new([&a[..]].into_iter());
        let (mut value, mut psi) = (1.0, vec![0.5, -0.5]);
        controls.adjust(&mut value, &mut psi);
        assert_eq!((controls.count(), value, &psi[..]), (0, 1.0, &[0.5, -0.5][..]));
    }
}
