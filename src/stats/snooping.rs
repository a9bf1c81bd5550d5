//! Is the best of many rules better than a benchmark, or only the luckiest?
//!
//! Column k holds the differential d of rule k: its result minus the benchmark's, more is better. With f = 1/ω
//! (studentised) or 1 (plain) and resampled means d*,
//!
//! ```text
//! reality check   V = maxₖ √n d̄ₖ              V* = maxₖ √n (d̄*ₖ − d̄ₖ)                 p = share of V* ≥ V
//! SPA             T = max(0, maxₖ √n fₖ d̄ₖ)    T* = max(0, maxₖ √n fₖ (d̄*ₖ − gₖ))      p = share of T* ≥ T
//!                 lower       gₖ = max(d̄ₖ, 0)
//!                 consistent  gₖ = d̄ₖ where d̄ₖ ≥ −ωₖ √(2 ln ln n / n), else 0
//!                 upper       gₖ = d̄ₖ
//! ```
//!
//! White 2000, "A reality check for data snooping", <https://doi.org/10.1111/1468-0262.00152>; Hansen 2005, "A test
//! for superior predictive ability", <https://doi.org/10.1198/073500105000000063>. The three p-values are ordered;
//! the consistent one is Hansen's answer, the others bound what clearly bad rules in the set can do to it. Ties count,
//! so that p is 1 where no rule beats the benchmark (T = 0); a strict sign would make it 0 if all are clearly bad.
//!
//! **Plain SPA is not Hansen's.** The package `arch` calls a test SPA that uses ω for the threshold only and never
//! divides by it: that is [`Scale::Plain`], and its upper p is White's.
//!
//! The null is that *no* rule is better. Rejection says that one is, not which: see [`super::stepm`].

use serde::Serialize;

use super::resampled::{Resampled, Scale};

/// A bootstrap p-value, counted in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PValue {
    /// Share of replications that reach the statistic; zero is possible.
    pub share: f64,
    /// (replications that reach it + 1)/(replications + 1): never zero.
    pub plus_one: f64,
}

/// White's reality check.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RealityCheck {
    /// V, in units of the columns times √n.
    pub statistic: f64,
    /// The column that attains it.
    pub best: usize,
    /// Its p-value.
    pub p: PValue,
}

/// Hansen's test of superior predictive ability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SuperiorAbility {
    /// T, at least zero.
    pub statistic: f64,
    /// The column of the largest mean, each mean divided as the test divides it.
    pub best: usize,
    /// As if every bad rule were as good as the benchmark only where it looks so: the smallest p.
    pub lower: PValue,
    /// Rules that are clearly bad do not count: the p-value to use.
    pub consistent: PValue,
    /// As if every rule were as good as the benchmark: the largest p.
    pub upper: PValue,
}

/// White's reality check of the differentials.
///
/// `None` if no column varies, or one is constant and not zero; zero columns do not take part.
pub fn reality_check(r: &Resampled<'_>) -> Option<RealityCheck> {
    let live = r.factors(Scale::Plain)?;
    let (best, statistic) = best(r, &live)?;
    let mut count = Count::default();
    for deviations in r.deviations() {
        let largest = live.iter().map(|(k, f)| f * deviations[*k]).fold(f64::NEG_INFINITY, f64::max);
        count.add(largest, statistic);
    }
    Some(RealityCheck { statistic, best, p: count.p() })
}

/// Hansen's test of the differentials, studentised or plain.
///
/// `None` as for [`reality_check`]. One column is allowed: the test is then one of a single mean, one-sided.
pub fn superior_ability(r: &Resampled<'_>, scale: Scale) -> Option<SuperiorAbility> {
    let live = r.factors(scale)?;
    let (best, statistic) = best(r, &live)?;
    let statistic = statistic.max(0.0);
    let thresholds = r.thresholds();
    let recentred = live.iter().map(|&(k, f)| {
        let mean = r.means()[k];
        let consistent = if mean < thresholds[k] { mean } else { 0.0 };
        (k, f, [f * mean.min(0.0), f * consistent])
    });
    let recentred: Vec<(usize, f64, [f64; 2])> = recentred.collect();
    let mut counts = [Count::default(); 3];
    for deviations in r.deviations() {
        let mut largest = [0.0_f64; 3];
        for (k, f, [lower, consistent]) in &recentred {
            let z = f * deviations[*k];
            largest[0] = largest[0].max(z + lower);
            largest[1] = largest[1].max(z + consistent);
            largest[2] = largest[2].max(z);
        }
        counts.iter_mut().zip(largest).for_each(|(count, z)| count.add(z, statistic));
    }
    let [lower, consistent, upper] = counts.map(|count| count.p());
    Some(SuperiorAbility { statistic, best, lower, consistent, upper })
}

/// The column with the largest statistic, the first of equals.
fn best(r: &Resampled<'_>, live: &[(usize, f64)]) -> Option<(usize, f64)> {
    let statistics = live.iter().map(|(k, f)| (*k, f * r.means()[*k]));
    statistics.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// Replications, and those that reach the statistic.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    all: usize,
    reaching: usize,
}

impl Count {
    fn add(&mut self, z: f64, statistic: f64) {
        self.all += 1;
        self.reaching += usize::from(z >= statistic);
    }

    fn p(&self) -> PValue {
        let (reaching, all) = (self.reaching as f64, self.all as f64);
        PValue { share: reaching / all, plus_one: (reaching + 1.0) / (all + 1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::bootstrap::Stationary;
    use crate::stats::resampled::Workspace;
    use crate::stats::vectors::{at, close, column, floats, normals, number, resamples, strategies};

    /// The nine public strategies minus the first, `[column][row]`.
    fn public() -> (Vec<f64>, usize) {
        let series = strategies();
        let minus = |s: &Vec<f64>| s.iter().zip(&series[0]).map(|(a, b)| a - b).collect::<Vec<_>>();
        (series[1..].iter().flat_map(minus).collect(), series[0].len())
    }

    fn small(test: impl FnOnce(&Resampled<'_>)) {
        let rows: Vec<Vec<f64>> =
            at("/snooping_small/input/differentials_80xk").as_array().unwrap().iter().map(floats).collect();
        let table: Vec<f64> = (0..6).flat_map(|k| rows.iter().map(move |row| row[k]).collect::<Vec<_>>()).collect();
        let orders = resamples();
        test(&Workspace::default().explicit(&table, 80, 0.1, orders.iter().map(Vec::as_slice)).unwrap());
    }

    #[test]
    fn reference_on_given_resamples() {
        let expected = |key: &str| number(&format!("/snooping_small/expected/{key}"));
        small(|r| {
            let white = reality_check(r).unwrap();
            close(white.statistic, expected("T_rc"));
            assert_eq!(white.p.share, expected("p_white_rc"));
            assert_eq!((white.p.plus_one, white.best), (expected("p_white_rc_plus1"), 5));
            close(superior_ability(r, Scale::Studentised).unwrap().statistic, expected("T_spa_studentised"));
            for (scale, name) in [(Scale::Studentised, "studentised"), (Scale::Plain, "unstudentised")] {
                let spa = superior_ability(r, scale).unwrap();
                for (p, kind) in [(spa.lower, "lower"), (spa.consistent, "consistent"), (spa.upper, "upper")] {
                    assert_eq!(p.share, expected(&format!("p_{name}_{kind}")));
                }
            }
            let theirs = column("/snooping_small/expected/threshold");
            r.thresholds().iter().zip(theirs).for_each(|(a, b)| close(*a, b));
        });
    }

    #[test]
    fn reference_by_simulation() {
        let (table, rows) = public();
        let replications = 4000;
        let scheme = Stationary::new(rows, 20.0, 1).unwrap();
        let mut workspace = Workspace::default();
        let r = workspace.stationary(&table, rows, &scheme, replications).unwrap();
        let root = "/snooping_csv/expected_mc";
        let within = |ours: f64, pointer: &str| {
            let p = number(&format!("{root}/{pointer}"));
            let allowed = 4.0 * (p * (1.0 - p) * (1.0 / 4000.0 + 1.0 / replications as f64)).sqrt() + 0.002;
            assert!((ours - p).abs() <= allowed, "{pointer}: {ours} is not within {allowed} of {p}");
        };
        for (ours, key) in [(r.omegas(), "own_omega_politis_romano"), (&r.thresholds(), "own_threshold")] {
            ours.iter().zip(column(&format!("{root}/{key}"))).for_each(|(a, b)| close(*a, b));
        }
        let own = "own_studentised_B6000";
        let (spa, plain) =
            (superior_ability(&r, Scale::Studentised).unwrap(), superior_ability(&r, Scale::Plain).unwrap());
        close(spa.statistic, number(&format!("{root}/{own}/T_spa_studentised")));
        for (test, name) in [(spa, "p_studentised"), (plain, "p_unstudentised")] {
            within(test.lower.share, &format!("{own}/{name}_lower"));
            within(test.consistent.share, &format!("{own}/{name}_consistent"));
            within(test.upper.share, &format!("{own}/{name}_upper"));
        }
        within(plain.lower.share, "arch_SPA/lower");
        within(plain.consistent.share, "arch_SPA/consistent");
        within(plain.upper.share, "arch_SPA/upper");
        within(spa.consistent.share, "peer_sharpebench_consistent");
        let white = reality_check(&r).unwrap();
        close(white.statistic, number(&format!("{root}/{own}/T_rc")));
        within(white.p.share, &format!("{own}/p_white_rc"));
        within(white.p.plus_one, &format!("{own}/p_white_rc_plus1"));
        assert_eq!(white.p, plain.upper);
    }

    #[test]
    fn p_values_are_ordered_and_never_below_one_replication() {
        let (table, rows) = public();
        let scheme = Stationary::new(rows, 20.0, 9).unwrap();
        let mut workspace = Workspace::default();
        let r = workspace.stationary(&table, rows, &scheme, 99).unwrap();
        for scale in [Scale::Studentised, Scale::Plain] {
            let spa = superior_ability(&r, scale).unwrap();
            assert!(spa.lower.share <= spa.consistent.share && spa.consistent.share <= spa.upper.share);
            assert!(spa.lower.plus_one >= 0.01 && spa.upper.plus_one <= 1.0);
        }
    }

    /// 600 tables of 20 columns of pure noise, 250 rows, fixed seed: rejections at 10 % have a standard error of
    /// 1.2 %, so the bounds 5.1 % and 14.9 % are 4 of these (6e-5 false alarms). A mean of 1/4 sd, t = 4 in one
    /// column, should be found in most tables: the 10 % bound of 20 columns is about 2.56, so its power is 0.92, and
    /// 0.87 is 4 standard errors below.
    #[test]
    fn size_and_power() {
        let (tables, rows, columns) = (600_u64, 250, 20);
        let (mut normal, mut workspace) = (normals(77), Workspace::default());
        let (mut alarms, mut found) = (0, 0);
        for seed in 0..tables {
            let mut table: Vec<f64> = (0..rows * columns).map(|_| normal()).collect();
            let scheme = Stationary::new(rows, 2.0, seed).unwrap();
            let p = |table: &[f64], workspace: &mut Workspace| {
                let r = workspace.stationary(table, rows, &scheme, 199).unwrap();
                let spa = superior_ability(&r, Scale::Studentised).unwrap();
                (spa.consistent.plus_one, spa.best)
            };
            alarms += u64::from(p(&table, &mut workspace).0 <= 0.1);
            table[3 * rows..4 * rows].iter_mut().for_each(|x| *x += 0.25);
            let (planted, best) = p(&table, &mut workspace);
            found += u64::from(planted <= 0.1 && best == 3);
        }
        let (size, power) = (alarms as f64 / tables as f64, found as f64 / tables as f64);
        assert!((0.051..=0.149).contains(&size), "size {size}");
        assert!(power > 0.87, "power {power}");
    }

    #[test]
    fn one_column_and_none_better() {
        let mut normal = normals(4);
        let column: Vec<f64> = (0..100).map(|_| normal() - 3.0).collect();
        let scheme = Stationary::new(100, 2.0, 1).unwrap();
        let mut workspace = Workspace::default();
        let r = workspace.stationary(&column, 100, &scheme, 99).unwrap();
        let spa = superior_ability(&r, Scale::Studentised).unwrap();
        assert_eq!((spa.statistic, spa.best), (0.0, 0));
        assert_eq!([spa.lower, spa.consistent, spa.upper], [PValue { share: 1.0, plus_one: 1.0 }; 3]);
        let white = reality_check(&r).unwrap();
        assert!(white.statistic < 0.0 && white.p.share > 0.99);
    }

    #[test]
    fn undefined_is_none() {
        let scheme = Stationary::new(4, 2.0, 1).unwrap();
        let mut workspace = Workspace::default();
        for table in [[0.0; 8], [0.5; 8], [1.0, 2.0, 0.0, 3.0, 7.0, 7.0, 7.0, 7.0]] {
            let r = workspace.stationary(&table, 4, &scheme, 9).unwrap();
            assert!(reality_check(&r).is_none());
            assert!(superior_ability(&r, Scale::Studentised).is_none());
            assert!(superior_ability(&r, Scale::Plain).is_none());
        }
    }
}
