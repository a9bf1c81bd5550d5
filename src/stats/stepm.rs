//! Which of many rules are better than the benchmark, with one error rate for all answers together.
//!
//! ```text
//! tₖ = √n d̄ₖ/ωₖ (studentised) or d̄ₖ (plain) ,   t*ₖ = the same of d̄*ₖ − d̄ₖ
//! round: c = (1 − a)-quantile of max t* over the rules not yet selected ;   select tₖ > c ;   repeat while any
//! ```
//!
//! The chance that any selected rule is in truth no better is at most a, whichever are (Romano and Wolf 2005,
//! "Stepwise multiple testing as formalized data snooping", <https://doi.org/10.1111/j.1468-0262.2005.00615.x>). The
//! quantile is NumPy's linear one. The p-value of each rule adjusted for all (Romano and Wolf 2016,
//! <https://doi.org/10.1016/j.spl.2016.02.012>): with rules in falling order of t,
//!
//! ```text
//! pⱼ = max over i ≤ j of (#{max over rules from i on of t* ≥ tᵢ} + 1)/(replications + 1)
//! ```
//!
//! which is at most a where the steps select, but for the + 1.

use serde::Serialize;

use super::quantile;
use super::resampled::{Resampled, Scale};

/// What the steps selected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepM {
    /// Columns selected in each round, in their order; empty if none is better.
    pub rounds: Vec<Vec<usize>>,
    /// Critical value of each round, the last one included that selected nothing. Plain ones are means.
    pub critical_values: Vec<f64>,
}

impl StepM {
    /// All columns selected, in rising order.
    pub fn selected(&self) -> Vec<usize> {
        let mut all = self.rounds.concat();
        all.sort_unstable();
        all
    }
}

/// Steps at the family-wise error rate `alpha`.
///
/// `None` unless 0 < alpha < 1, and where [`super::snooping::reality_check`] has none. Zero columns do not take part.
pub fn stepm(r: &Resampled<'_>, alpha: f64, scale: Scale) -> Option<StepM> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let mut left = units(r, scale)?;
    let (mut rounds, mut critical_values) = (Vec::new(), Vec::new());
    while !left.is_empty() {
        let mut largest: Vec<f64> =
            r.deviations().map(|d| left.iter().map(|(k, f)| f * d[*k]).fold(f64::NEG_INFINITY, f64::max)).collect();
        let critical = *quantile::linear_quantiles(&mut largest, &[1.0 - alpha])?.first()?;
        critical_values.push(critical);
        let better = |(k, f): &(usize, f64)| f * r.means()[*k] > critical;
        let selected: Vec<usize> = left.iter().filter(|x| better(x)).map(|x| x.0).collect();
        if selected.is_empty() {
            break;
        }
        rounds.push(selected);
        left.retain(|x| !better(x));
    }
    Some(StepM { rounds, critical_values })
}

/// Adjusted p-value of every column, 1 for a zero column.
///
/// `None` where [`super::snooping::reality_check`] has none.
pub fn adjusted_p(r: &Resampled<'_>, scale: Scale) -> Option<Vec<f64>> {
    let mut live = units(r, scale)?;
    let statistic = |x: &(usize, f64)| x.1 * r.means()[x.0];
    live.sort_by(|a, b| statistic(b).total_cmp(&statistic(a)));
    let mut reaching = vec![0_usize; live.len()];
    for deviations in r.deviations() {
        let mut largest = f64::NEG_INFINITY;
        for (x, count) in live.iter().zip(&mut reaching).rev() {
            largest = largest.max(x.1 * deviations[x.0]);
            *count += usize::from(largest >= statistic(x));
        }
    }
    let mut p = vec![1.0; r.means().len()];
    let mut so_far = 0.0_f64;
    for (x, count) in live.iter().zip(reaching) {
        so_far = so_far.max((count + 1) as f64 / (r.replications() + 1) as f64);
        p[x.0] = so_far;
    }
    Some(p)
}

/// Factors that bring plain columns to means and studentised ones to t.
fn units(r: &Resampled<'_>, scale: Scale) -> Option<Vec<(usize, f64)>> {
    let mut live = r.factors(scale)?;
    if scale == Scale::Plain {
        live.iter_mut().for_each(|x| x.1 = 1.0);
    }
    Some(live)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::bootstrap::Stationary;
    use crate::stats::resampled::Workspace;
    use crate::stats::vectors::{at, close, column, counts, floats, normals, resamples, strategies};

    const BOTH: [(Scale, &str); 2] = [(Scale::Studentised, "studentised"), (Scale::Plain, "unstudentised")];

    #[test]
    fn reference_on_given_resamples() {
        let rows: Vec<Vec<f64>> =
            at("/snooping_small/input/differentials_80xk").as_array().unwrap().iter().map(floats).collect();
        let table: Vec<f64> = (0..6).flat_map(|k| rows.iter().map(move |row| row[k]).collect::<Vec<_>>()).collect();
        let (orders, mut workspace) = (resamples(), Workspace::default());
        let r = workspace.explicit(&table, 80, 0.1, orders.iter().map(Vec::as_slice)).unwrap();
        for (scale, name) in BOTH {
            let theirs = at(&format!("/snooping_small/expected/stepm_{name}"));
            let ours = stepm(&r, 0.1, scale).unwrap();
            assert_eq!(ours.selected(), counts(&theirs["rejected"]));
            let rounds: Vec<Vec<usize>> = theirs["rounds"].as_array().unwrap().iter().map(counts).collect();
            assert_eq!(ours.rounds, rounds);
            let critical = floats(&theirs["critical_values"]);
            assert_eq!(ours.critical_values.len(), critical.len());
            ours.critical_values.iter().zip(critical).for_each(|(a, b)| close(*a, b));
            let adjusted = column(&format!("/snooping_small/expected/rw_adjusted_p_{name}"));
            assert_eq!(adjusted_p(&r, scale).unwrap(), adjusted);
        }
    }

    #[test]
    fn none_of_the_public_strategies_is_better() {
        assert_eq!(at("/snooping_csv/expected_mc/arch_StepM_superior").as_array().unwrap().len(), 0);
        let series = strategies();
        let rows = series[0].len();
        let minus = |s: &Vec<f64>| s.iter().zip(&series[0]).map(|(a, b)| a - b).collect::<Vec<_>>();
        let table: Vec<f64> = series[1..].iter().flat_map(minus).collect();
        let (scheme, mut workspace) = (Stationary::new(rows, 20.0, 1).unwrap(), Workspace::default());
        let r = workspace.stationary(&table, rows, &scheme, 1000).unwrap();
        for (scale, _) in BOTH {
            let ours = stepm(&r, 0.05, scale).unwrap();
            assert!(ours.rounds.is_empty() && ours.selected().is_empty());
            assert_eq!(ours.critical_values.len(), 1);
            assert!(adjusted_p(&r, scale).unwrap().iter().all(|p| *p > 0.05));
        }
    }

    /// Columns whose means are so large that all are selected, or so low that none is.
    #[test]
    fn all_and_none_can_be_selected() {
        let mut normal = normals(8);
        let noise: Vec<f64> = (0..600).map(|_| normal()).collect();
        let (scheme, mut workspace) = (Stationary::new(100, 2.0, 5).unwrap(), Workspace::default());
        for (scale, _) in BOTH {
            let shifted: Vec<f64> = noise.iter().map(|x| x + 2.0).collect();
            let r = workspace.stationary(&shifted, 100, &scheme, 199).unwrap();
            let all = stepm(&r, 0.05, scale).unwrap();
            assert_eq!(all.selected(), [0, 1, 2, 3, 4, 5]);
            assert_eq!(all.rounds.len(), all.critical_values.len());
            assert_eq!(adjusted_p(&r, scale).unwrap(), [1.0 / 200.0; 6]);
            let shifted: Vec<f64> = noise.iter().map(|x| x - 2.0).collect();
            let r = workspace.stationary(&shifted, 100, &scheme, 199).unwrap();
            assert!(stepm(&r, 0.05, scale).unwrap().rounds.is_empty());
            assert_eq!(adjusted_p(&r, scale).unwrap(), [1.0; 6]);
        }
    }

    /// Once the loud column is out, the plain critical value falls and a quieter one is found.
    #[test]
    fn a_second_round_finds_what_the_first_drowned() {
        let mut normal = normals(8);
        let mut table: Vec<f64> = (0..300).map(|_| normal()).collect();
        table[..100].iter_mut().for_each(|x| *x = 20.0 * *x + 20.0);
        table[100..200].iter_mut().for_each(|x| *x += 1.0);
        let (scheme, mut workspace) = (Stationary::new(100, 2.0, 5).unwrap(), Workspace::default());
        let r = workspace.stationary(&table, 100, &scheme, 199).unwrap();
        let plain = stepm(&r, 0.05, Scale::Plain).unwrap();
        assert_eq!(plain.rounds, [vec![0], vec![1]]);
        assert!(plain.critical_values[1] < 0.1 * plain.critical_values[0]);
        assert_eq!(stepm(&r, 0.05, Scale::Studentised).unwrap().rounds, [vec![0, 1]]);
    }

    #[test]
    fn undefined_is_none() {
        let (scheme, mut workspace) = (Stationary::new(4, 2.0, 1).unwrap(), Workspace::default());
        let r = workspace.stationary(&[1.0, 2.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0], 4, &scheme, 9).unwrap();
        for alpha in [0.0, 1.0, f64::NAN] {
            assert!(stepm(&r, alpha, Scale::Plain).is_none());
        }
        assert_eq!(adjusted_p(&r, Scale::Plain).unwrap()[1], 1.0);
        assert!(!stepm(&r, 0.5, Scale::Plain).unwrap().selected().contains(&1));
        let r = workspace.stationary(&[1.0, 2.0, 0.0, 3.0, 7.0, 7.0, 7.0, 7.0], 4, &scheme, 9).unwrap();
        assert!(stepm(&r, 0.1, Scale::Studentised).is_none() && adjusted_p(&r, Scale::Studentised).is_none());
    }
}
