//! Many tests at once: adjusted p-values, and what remains of a Sharpe ratio found among many.
//!
//! With p₍₁₎ ≤ … ≤ p₍ₙ₎ and c(n) = Σ 1/i:
//!
//! ```text
//! Bonferroni  n p                        Sidak  1 − (1 − p)ⁿ                    any one error
//! Holm        max_{j≤i} (n − j + 1) p₍ⱼ₎                                         any one error, more power
//! BH          min_{j≥i} n p₍ⱼ₎/j         BHY    the same times c(n)              share of false discoveries
//! ```
//!
//! All are cut at 1. Holm, BH and BHY need the whole family of p-values; Bonferroni and Sidak only its size. The
//! *haircut* turns an adjusted p-value back into the Sharpe ratio that would have it alone (Harvey and Liu 2015,
//! *Backtesting*, <https://doi.org/10.3905/jpm.2015.42.1.013>): t = SR √T, p two-sided, adjusted, inverted. Their
//! worked example (0.75 a year, 240 months, 200 tests: 0.32) has the normal tail; Student's t gives 0.30.
//! (Holm 1979; Benjamini and Hochberg 1995; Benjamini and Yekutieli 2001, <https://doi.org/10.1214/aos/1013699998>.)

use super::normal;

/// How p-values of a family of tests are adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// Bonferroni: n times.
    Bonferroni,
    /// Sidak: exact for independent tests.
    Sidak,
    /// Holm: Bonferroni step by step, never weaker.
    Holm,
    /// Benjamini and Hochberg: false discoveries of independent tests.
    BenjaminiHochberg,
    /// Benjamini, Hochberg and Yekutieli: false discoveries under any dependence.
    BenjaminiYekutieli,
}

impl Correction {
    /// All of them, in the order above.
    pub const ALL: [Self; 5] =
        [Self::Bonferroni, Self::Sidak, Self::Holm, Self::BenjaminiHochberg, Self::BenjaminiYekutieli];

    /// Adjusted p-values, in the order given; `None` if there are none or one is outside [0, 1].
    pub fn adjust(self, p: &[f64]) -> Option<Vec<f64>> {
        if p.is_empty() || !p.iter().all(|p| (0.0..=1.0).contains(p)) {
            return None;
        }
        let n = p.len() as f64;
        let harmonic: f64 = (1..=p.len()).map(|i| 1.0 / i as f64).sum();
        Some(match self {
            Self::Bonferroni => p.iter().map(|p| bonferroni(*p, n)).collect(),
            Self::Sidak => p.iter().map(|p| sidak(*p, n)).collect(),
            Self::Holm => step_down(p),
            Self::BenjaminiHochberg => step_up(p, 1.0),
            Self::BenjaminiYekutieli => step_up(p, harmonic),
        })
    }
}

/// Which distribution t = SR √T is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// The normal, as in the published example.
    Normal,
    /// Student's t with T − 1 degrees of freedom.
    Student,
}

/// A Sharpe ratio before and after the adjustment for many tests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Haircut {
    /// t = SR √T.
    pub t: f64,
    /// Two-sided p-value of one test.
    pub p_single: f64,
    /// Adjusted p-value.
    pub p_adjusted: f64,
    /// The ratio per period that has the adjusted p-value alone, with the sign of the first.
    pub per_period: f64,
    /// Share that was cut off, 1 − after/before; `None` for a ratio of zero.
    pub share: Option<f64>,
}

impl Haircut {
    /// Of one ratio per period from `returns` returns, the best of `tests` tests, perhaps an effective number.
    ///
    /// Only [`Correction::Bonferroni`] and [`Correction::Sidak`] need no more than the number of tests; the others
    /// are `None`, as are fewer than two returns, fewer than one test and numbers that are not finite.
    pub fn of_best(per_period: f64, returns: usize, tests: f64, how: Correction, tail: Tail) -> Option<Self> {
        if !(tests >= 1.0 && tests.is_finite()) {
            return None;
        }
        let p = single(per_period, returns, tail)?;
        let adjusted = match how {
            Correction::Bonferroni => bonferroni(p, tests),
            Correction::Sidak => sidak(p, tests),
            _ => return None,
        };
        Self::with(per_period, returns, p, adjusted, tail)
    }

    /// Of every ratio of a family, per period, each from `returns` returns.
    ///
    /// `None` without ratios, with fewer than two returns, or where a ratio is not finite.
    pub fn of_family(per_period: &[f64], returns: usize, how: Correction, tail: Tail) -> Option<Vec<Self>> {
        let p: Option<Vec<f64>> = per_period.iter().map(|sr| single(*sr, returns, tail)).collect();
        let p = p?;
        let adjusted = how.adjust(&p)?;
        let each = per_period.iter().zip(p.iter().zip(&adjusted));
        each.map(|(sr, (p, adjusted))| Self::with(*sr, returns, *p, *adjusted, tail)).collect()
    }

    fn with(before: f64, returns: usize, p_single: f64, p_adjusted: f64, tail: Tail) -> Option<Self> {
        let root = (returns as f64).sqrt();
        let t = before * root;
        let half = 0.5 * p_adjusted;
        // a p-value below the smallest number cannot be inverted: nothing is left to cut
        let kept = match tail {
            _ if half <= 0.0 => t.abs(),
            _ if p_adjusted >= 1.0 => 0.0,
            Tail::Normal => -normal::quantile(half)?,
            Tail::Student => -normal::student_quantile(half, returns as f64 - 1.0)?,
        };
        let after = (kept / root).copysign(before);
        let share = (before != 0.0).then(|| 1.0 - after / before);
        Some(Self { t, p_single, p_adjusted, per_period: after, share })
    }
}

/// Two-sided p-value of one ratio.
fn single(per_period: f64, returns: usize, tail: Tail) -> Option<f64> {
    let t = per_period * (returns as f64).sqrt();
    if !(returns > 1 && t.is_finite()) {
        return None;
    }
    match tail {
        Tail::Normal => normal::cdf(-t.abs()).map(|p| (2.0 * p).min(1.0)),
        Tail::Student => normal::student_two_sided(t, returns as f64 - 1.0),
    }
}

fn bonferroni(p: f64, n: f64) -> f64 {
    (n * p).min(1.0)
}

fn sidak(p: f64, n: f64) -> f64 {
    // 1 − (1 − p)ⁿ without the loss of small p
    if p < 1.0 { -libm::expm1(n * libm::log1p(-p)) } else { 1.0 }
}

/// Positions of the p-values from the smallest to the largest.
fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    order
}

fn step_down(p: &[f64]) -> Vec<f64> {
    let (mut adjusted, mut before) = (vec![0.0; p.len()], 0.0_f64);
    for (j, i) in ascending(p).into_iter().enumerate() {
        before = before.max(bonferroni(p[i], (p.len() - j) as f64));
        adjusted[i] = before;
    }
    adjusted
}

fn step_up(p: &[f64], factor: f64) -> Vec<f64> {
    let (mut adjusted, mut after) = (vec![0.0; p.len()], 1.0_f64);
    for (j, i) in ascending(p).into_iter().enumerate().rev() {
        after = after.min(factor * p.len() as f64 / (j + 1) as f64 * p[i]);
        adjusted[i] = after;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::{at, close, column};

    #[test]
    fn reference_adjustment() {
        let p = column("/multiple_testing/p_adjust/input");
        let named = [
            ("bonferroni", Correction::Bonferroni),
            ("holm", Correction::Holm),
            ("bh", Correction::BenjaminiHochberg),
            ("by", Correction::BenjaminiYekutieli),
        ];
        for (name, how) in named {
            let expected = column(&format!("/multiple_testing/p_adjust/expected/{name}"));
            let ours = how.adjust(&p).unwrap();
            ours.iter().zip(expected).for_each(|(a, b)| close(*a, b));
        }
    }

    #[test]
    fn reference_haircut() {
        for case in at("/multiple_testing/haircut").as_array().unwrap() {
            let input = |key: &str| case["input"][key].as_f64().unwrap();
            let year = input("periods_per_year").sqrt();
            let (sr, n) = (input("sr_annual") / year, input("T") as usize);
            for (name, tail) in [("student_t", Tail::Student), ("normal", Tail::Normal)] {
                let expected = |key: &str| case["expected"][name][key].as_f64().unwrap();
                let cut = |how| Haircut::of_best(sr, n, input("n_tests"), how, tail).unwrap();
                let (b, s) = (cut(Correction::Bonferroni), cut(Correction::Sidak));
                close(b.t, expected("t"));
                close(b.p_single, expected("p_single"));
                close(b.p_adjusted, expected("p_bonferroni"));
                close(s.p_adjusted, expected("p_sidak"));
                close(b.per_period * year, expected("sr_haircut_bonferroni"));
                close(b.share.unwrap(), expected("haircut_bonferroni"));
                close(s.per_period * year, expected("sr_haircut_sidak"));
            }
        }
    }

    #[test]
    fn weaker_corrections_adjust_more() {
        let p = column("/multiple_testing/p_adjust/input");
        let [b, s, holm, bh, by] = Correction::ALL.map(|how| how.adjust(&p).unwrap());
        for i in 0..p.len() {
            assert!(holm[i] <= b[i] && s[i] <= b[i] && bh[i] <= holm[i] && bh[i] <= by[i] && p[i] <= bh[i]);
        }
        for how in Correction::ALL {
            close(how.adjust(&[0.3]).unwrap()[0], 0.3);
            assert_eq!(how.adjust(&[1.0, 1.0]), Some(vec![1.0, 1.0]));
            assert_eq!(how.adjust(&[0.0, 0.0]), Some(vec![0.0, 0.0]));
        }
    }

    #[test]
    fn a_family_is_cut_by_its_own_p_values() {
        let family = [0.2, 0.01, -0.15, 0.0];
        let holm = Haircut::of_family(&family, 500, Correction::Holm, Tail::Normal).unwrap();
        let best = Haircut::of_best(0.2, 500, 4.0, Correction::Bonferroni, Tail::Normal).unwrap();
        // the smallest p-value of a family is adjusted by Holm as by Bonferroni
        assert_eq!(holm[0], best);
        assert!(holm[2].per_period < 0.0 && holm[2].per_period > -0.15);
        assert_eq!((holm[1].per_period, holm[1].share), (0.0, Some(1.0)));
        assert_eq!((holm[3].p_single, holm[3].share), (1.0, None));
        let alone = Haircut::of_best(0.2, 500, 1.0, Correction::Sidak, Tail::Student).unwrap();
        close(alone.per_period, 0.2);
        let beyond = Haircut::of_best(5.0, 5000, 9.0, Correction::Bonferroni, Tail::Normal).unwrap();
        assert_eq!((beyond.p_single, beyond.per_period, beyond.share), (0.0, 5.0, Some(0.0)));
    }

    #[test]
    fn undefined_is_none() {
        for how in Correction::ALL {
            assert!(how.adjust(&[]).is_none() && how.adjust(&[0.1, f64::NAN]).is_none());
            assert!(how.adjust(&[1.1]).is_none() && how.adjust(&[-0.1]).is_none());
            assert!(Haircut::of_family(&[], 10, how, Tail::Normal).is_none());
            assert!(Haircut::of_family(&[0.1, f64::NAN], 10, how, Tail::Student).is_none());
            assert!(Haircut::of_best(0.1, 1, 5.0, how, Tail::Normal).is_none());
            assert!(Haircut::of_best(0.1, 10, 0.5, how, Tail::Normal).is_none());
            assert!(Haircut::of_best(0.1, 10, f64::NAN, how, Tail::Normal).is_none());
        }
        assert!(Haircut::of_best(0.1, 10, 5.0, Correction::Holm, Tail::Normal).is_none());
    }
}
