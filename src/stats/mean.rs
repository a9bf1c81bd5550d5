//! A mean, and the paired difference of two means, with Student's t interval.
//!
//! ```text
//! m ± t(1−a/2; n−1) · s/√n ,   s with divisor n − 1
//! ```
//!
//! The observations must be independent: one number per path, not one per day of a path. For several numbers per
//! path use the ratio of sums with their count as denominator. A difference is taken path by path before
//! anything else, which is what common random numbers are for; [`pairing_gain`] says what that bought.
//! (Student 1908, <https://doi.org/10.1093/biomet/6.1.1>.)

use super::{
    Estimate,
    moments::{Moments, variance},
    normal,
};

/// Mean of independent observations with its t interval.
///
/// `None` if there are no observations or one is not finite; with a single observation no error.
pub fn mean(values: &[f64], level: f64) -> Option<Estimate> {
    of_moments(&Moments::of(values), level, "mean, Student t")
}

/// Mean of the differences aᵢ − bᵢ with its t interval.
///
/// As [`mean`]; `None` too if the lengths differ.
pub fn paired_difference(a: &[f64], b: &[f64], level: f64) -> Option<Estimate> {
    of_moments(&differences(a, b)?, level, "paired difference, Student t")
}

/// The same from moments that were gathered elsewhere, block by block.
pub fn of_moments(moments: &Moments, level: f64, method: &'static str) -> Option<Estimate> {
    let n = moments.n();
    let dof = n as f64 - 1.0;
    Estimate::student(moments.mean()?, moments.standard_error(), dof, level, n, method)
}

/// Two-sided p-value of the hypothesis that the mean is zero, from Student's t with n − 1 degrees of freedom.
///
/// For estimates of this file, whose `n` counts the observations. `None` without a positive error.
pub fn p_value(estimate: &Estimate) -> Option<f64> {
    normal::student_two_sided(estimate.z()?, estimate.n as f64 - 1.0)
}

/// How many times more independent paths an unpaired comparison would have needed for the same error.
///
/// (s_a² + s_b²)/s_(a−b)²; `None` if the lengths differ, n < 2, or the difference is constant.
pub fn pairing_gain(a: &[f64], b: &[f64]) -> Option<f64> {
    let paired = differences(a, b)?.variance()?;
    let gain = (variance(a)? + variance(b)?) / paired;
    (paired > 0.0 && gain.is_finite()).then_some(gain)
}

fn differences(a: &[f64], b: &[f64]) -> Option<Moments> {
    if a.len() != b.len() {
        return None;
    }
    let mut moments = Moments::default();
    a.iter().zip(b).for_each(|(a, b)| moments.push(a - b));
    Some(moments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::{close, column, number};

    #[test]
    fn reference_paired_difference() {
        let a = column("/mc_output/paired/input/a");
        let b = column("/mc_output/paired/input/b");
        let expected = |key: &str| number(&format!("/mc_output/paired/expected/{key}"));
        let e = paired_difference(&a, &b, 0.95).unwrap();
        close(e.value, expected("mean"));
        close(e.se.unwrap(), expected("se"));
        close(e.ci_low.unwrap(), expected("lo"));
        close(e.ci_high.unwrap(), expected("hi"));
        close(e.z().unwrap(), expected("t"));
        close(p_value(&e).unwrap(), expected("p"));
        assert_eq!(e.n, 64);
        assert!(e.excludes_zero());
        close(pairing_gain(&a, &b).unwrap(), expected("variance_reduction"));
        let unpaired = expected("se") * expected("variance_reduction").sqrt();
        close(unpaired, expected("se_unpaired"));
    }

    #[test]
    fn a_mean_of_one_has_no_error() {
        assert!(mean(&[], 0.95).is_none());
        assert!(mean(&[f64::NAN, 1.0], 0.95).is_none());
        let one = mean(&[4.0], 0.95).unwrap();
        assert_eq!((one.value, one.se, one.ci_low, one.n), (4.0, None, None, 1));
        assert_eq!(p_value(&one), None);
        assert!(paired_difference(&[1.0], &[1.0, 2.0], 0.95).is_none());
    }

    #[test]
    fn constant_columns() {
        let e = mean(&[2.0; 5], 0.95).unwrap();
        assert_eq!((e.se, e.ci_low, e.z()), (Some(0.0), Some(2.0), None));
        let same = paired_difference(&[1.0, 5.0], &[1.0, 5.0], 0.95).unwrap();
        assert!(!same.excludes_zero());
        assert_eq!(pairing_gain(&[1.0, 5.0], &[1.0, 5.0]), None);
    }
}
