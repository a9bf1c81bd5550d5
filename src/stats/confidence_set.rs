//! The model confidence set: which rules cannot be told from the best.
//!
//! Columns are results, more is better, and none is a benchmark. With d_ij = x̄ⱼ − x̄ᵢ, how much j beats i, and
//! bootstrap variances s²_ij = mean of (d*_ij − d_ij)²,
//!
//! ```text
//! t_ij = d_ij / s_ij       T = max t_ij ,  T* = max |d*_ij − d_ij| / s_ij   over the rules that are left
//! p = share of T* ≥ T ;    the rule i that attains T leaves ;   repeat until one is left
//! p of a rule = the largest p up to the step at which it left; 1 for the last
//! ```
//!
//! The set of rules with p ≥ a contains the best one with probability at least 1 − a, in large samples (Hansen,
//! Lunde and Nason 2011, "The model confidence set", <https://doi.org/10.3982/ECTA5771>, range statistic). The order
//! of leaving does not depend on the replications' maxima, so all steps are counted in one pass from the last rule
//! back to the first. The cost grows with the square of the number of columns times the replications: a few hundred
//! columns are a matter of seconds.

use serde::Serialize;

use super::resampled::Resampled;

/// A pair whose variance is below this share of the largest differs by rounding only.
const ROUNDING: f64 = 1e-20;

/// Every rule's p-value of being among the best.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfidenceSet {
    /// By column.
    pub p: Vec<f64>,
    /// All columns in the order in which they left, the worst first and the one that stayed last.
    pub order: Vec<usize>,
}

impl ConfidenceSet {
    /// The rules that stay at error rate `alpha`, in rising order; never empty for alpha ≤ 1.
    pub fn members(&self, alpha: f64) -> Vec<usize> {
        (0..self.p.len()).filter(|k| self.p[*k] >= alpha).collect()
    }
}

/// The model confidence set of the columns.
///
/// `None` with one column, if no two columns differ by something that varies, or if two differ by a constant that
/// is not zero, for then their statistic does not exist. Equal columns are allowed.
pub fn confidence_set(r: &Resampled<'_>) -> Option<ConfidenceSet> {
    let width = r.means().len();
    let inverse = inverse_errors(r)?;
    let (order, statistics) = leave(r.means(), &inverse);
    let mut reaching = vec![0_usize; width];
    for deviations in r.deviations() {
        let mut largest = 0.0_f64;
        // the last rule first: each step adds one rule to those that were still there
        for step in (0..width - 1).rev() {
            let i = order[step];
            for &j in &order[step + 1..] {
                largest = largest.max((deviations[j] - deviations[i]).abs() * inverse[i * width + j]);
            }
            reaching[step] += usize::from(largest >= statistics[step]);
        }
    }
    let mut p = vec![1.0; width];
    let mut so_far = 0.0_f64;
    for step in 0..width - 1 {
        so_far = so_far.max(reaching[step] as f64 / r.replications() as f64);
        p[order[step]] = so_far;
    }
    Some(ConfidenceSet { p, order })
}

/// 1/s_ij, `[i][j]` and symmetric; 0 for columns that are equal but for rounding.
fn inverse_errors(r: &Resampled<'_>) -> Option<Vec<f64>> {
    let width = r.means().len();
    let mut variances = vec![0.0; width * width];
    for deviations in r.deviations() {
        for (i, a) in deviations.iter().enumerate() {
            for (sum, b) in variances[i * width..(i + 1) * width].iter_mut().zip(deviations) {
                *sum += (a - b) * (a - b);
            }
        }
    }
    let replications = r.replications() as f64;
    variances.iter_mut().for_each(|v| *v /= replications);
    let nil = ROUNDING * variances.iter().fold(0.0_f64, |a, b| a.max(*b));
    for i in 0..width {
        for j in 0..width {
            let gap = r.means()[i] - r.means()[j];
            let v = &mut variances[i * width + j];
            let varies = *v > nil && *v > ROUNDING * gap * gap;
            if !varies && !(gap * gap <= nil) {
                return None;
            }
            *v = if varies { 1.0 / v.sqrt() } else { 0.0 };
        }
    }
    (nil > 0.0).then_some(variances)
}

/// The order of leaving and the statistic T of each step but the last.
fn leave(means: &[f64], inverse: &[f64]) -> (Vec<usize>, Vec<f64>) {
    let width = means.len();
    let mut left: Vec<usize> = (0..width).collect();
    let (mut order, mut statistics) = (Vec::with_capacity(width), Vec::with_capacity(width));
    while left.len() > 1 {
        let (mut worst, mut largest) = (0, f64::NEG_INFINITY);
        for (at, i) in left.iter().enumerate() {
            for j in &left {
                let t = (means[*j] - means[*i]) * inverse[i * width + j];
                if t > largest {
                    (worst, largest) = (at, t);
                }
            }
        }
        order.push(left.remove(worst));
        statistics.push(largest);
    }
    order.extend(left);
    (order, statistics)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::bootstrap::Stationary;
    use crate::stats::resampled::Workspace;
    use crate::stats::vectors::{at, normals, strategies};

    fn set_of(columns: &[Vec<f64>], mean_block: f64, replications: u64) -> Option<ConfidenceSet> {
        let rows = columns[0].len();
        let scheme = Stationary::new(rows, mean_block, 1).unwrap();
        let mut workspace = Workspace::default();
        confidence_set(&workspace.stationary(&columns.concat(), rows, &scheme, replications).unwrap())
    }

    /// `arch` does not say how many replications the reference took; 2,000 fits its digits. Middling rules may leave
    /// in another order where their t are close, but their p are running maxima of almost the same steps.
    #[test]
    fn reference_by_simulation() {
        let names = at("/snooping_csv/input/columns");
        let ours = set_of(&strategies(), 20.0, 4000).unwrap();
        for (name, ours) in names.as_array().unwrap().iter().zip(&ours.p) {
            let p = at("/snooping_csv/expected_mc/arch_MCS_R_pvalues")[name.as_str().unwrap()].as_f64().unwrap();
            let allowed = 4.0 * (p * (1.0 - p) * (1.0 / 2000.0 + 1.0 / 4000.0)).sqrt() + 0.002;
            assert!((ours - p).abs() <= allowed, "{name}: {ours} is not within {allowed} of {p}");
        }
        // static and sigmoid, the quietest, are what 10 % leaves
        assert_eq!(ours.members(0.10), [0, 3]);
        assert_eq!((ours.order[0], ours.order[8]), (7, 3));
    }

    /// The definition, step by step, beside the one pass.
    #[test]
    fn one_pass_is_the_definition() {
        let mut normal = normals(3);
        let columns: Vec<Vec<f64>> =
            (0..5).map(|k| (0..120).map(|_| normal() + 0.05 * f64::from(k)).collect()).collect();
        let scheme = Stationary::new(120, 3.0, 1).unwrap();
        let mut workspace = Workspace::default();
        let r = workspace.stationary(&columns.concat(), 120, &scheme, 300).unwrap();
        let ours = confidence_set(&r).unwrap();
        let m = r.means();
        let s = |i: usize, j: usize| (r.deviations().map(|d| (d[i] - d[j]).powi(2)).sum::<f64>() / 300.0).sqrt();
        let (mut left, mut so_far) = (vec![0, 1, 2, 3, 4], 0.0_f64);
        for leaver in &ours.order[..4] {
            let mut pairs: Vec<(usize, usize)> = vec![];
            left.iter().for_each(|i| left.iter().filter(|j| *j != i).for_each(|j| pairs.push((*i, *j))));
            let t = |&(i, j): &(usize, usize)| (m[j] - m[i]) / s(i, j);
            let largest = pairs.iter().map(t).fold(f64::MIN, f64::max);
            assert_eq!(pairs.iter().find(|x| t(x) == largest).unwrap().0, *leaver);
            let reaching =
                r.deviations().filter(|d| pairs.iter().any(|&(i, j)| (d[i] - d[j]).abs() / s(i, j) >= largest));
            so_far = so_far.max(reaching.count() as f64 / 300.0);
            assert_eq!(ours.p[*leaver], so_far);
            left.retain(|k| k != leaver);
        }
    }

    #[test]
    fn all_and_one_can_stay() {
        let mut normal = normals(6);
        let mut columns: Vec<Vec<f64>> = (0..4).map(|_| (0..200).map(|_| normal()).collect()).collect();
        assert_eq!(set_of(&columns, 2.0, 500).unwrap().members(0.05), [0, 1, 2, 3]);
        columns[2].iter_mut().for_each(|x| *x += 2.0);
        let best = set_of(&columns, 2.0, 500).unwrap();
        assert_eq!((best.members(0.05), best.p[2]), (vec![2], 1.0));
    }

    #[test]
    fn equal_columns_stay_or_leave_together_and_undefined_is_none() {
        let mut normal = normals(6);
        let mut columns: Vec<Vec<f64>> = (0..3).map(|_| (0..200).map(|_| normal()).collect()).collect();
        columns[1] = columns[0].clone();
        columns[2].iter_mut().for_each(|x| *x -= 1.0);
        let set = set_of(&columns, 2.0, 200).unwrap();
        assert_eq!((set.members(0.1), set.order[0]), (vec![0, 1], 2));
        assert!(set_of(&columns[..2], 2.0, 200).is_none());
        assert!(set_of(&columns[..1], 2.0, 200).is_none());
        columns[1].iter_mut().for_each(|x| *x += 0.1);
        assert!(set_of(&columns, 2.0, 200).is_none());
    }
}
