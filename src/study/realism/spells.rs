//! How long VIX stays where it is, and how often it crosses a threshold.

use super::Statistic;
use super::moments::{mean, quantile, sorted};
use super::path::{Bucket, Path};

/// Lengths of the maximal runs of days for which `holds`, cut runs at both ends included.
fn runs(vix: &[f64], holds: impl Fn(f64) -> bool) -> Vec<f64> {
    vix.chunk_by(|a, b| holds(*a) == holds(*b)).filter(|run| holds(run[0])).map(|run| run.len() as f64).collect()
}

/// Number per decade, mean, median and longest length in days of the spells named.
fn spells_where(path: &Path, names: [&'static str; 4], holds: impl Fn(f64) -> bool) -> [Statistic; 4] {
    let length = sorted(&runs(path.vix, holds));
    let values = [path.per_decade(length.len()), mean(&length), quantile(&length, 0.5), quantile(&length, 1.0)];
    std::array::from_fn(|i| (names[i], values[i]))
}

/// Chance of going above `threshold` from at or below it, and of coming back, from one sample
/// to the next of every `step`-th day.
fn crossings(vix: &[f64], threshold: f64, step: usize) -> [Option<f64>; 2] {
    let high: Vec<bool> = vix.iter().step_by(step).map(|v| *v > threshold).collect();
    let chance = |from: bool| {
        let starts = high.windows(2).filter(|pair| pair[0] == from).count();
        let leaves = high.windows(2).filter(|pair| pair[0] == from && pair[1] != from).count();
        (starts > 0).then(|| leaves as f64 / starts as f64)
    };
    [chance(false), chance(true)]
}

/// Threshold, days between samples (1, 5 = weekly, 21 = monthly), names of rise and return.
const CROSSINGS: [(f64, usize, [&str; 2]); 9] = [
    (15.0, 1, ["pLH_daily_15", "pHL_daily_15"]),
    (15.0, 5, ["pLH_weekly_15", "pHL_weekly_15"]),
    (15.0, 21, ["pLH_monthly_15", "pHL_monthly_15"]),
    (20.0, 1, ["pLH_daily_20", "pHL_daily_20"]),
    (20.0, 5, ["pLH_weekly_20", "pHL_weekly_20"]),
    (20.0, 21, ["pLH_monthly_20", "pHL_monthly_20"]),
    (25.0, 1, ["pLH_daily_25", "pHL_daily_25"]),
    (25.0, 5, ["pLH_weekly_25", "pHL_weekly_25"]),
    (25.0, 21, ["pLH_monthly_25", "pHL_monthly_25"]),
];

/// Spells below 15, above 20, above 25 and between 15 and 25; crossings of 15, 20 and 25.
pub fn spells(path: &Path) -> Vec<Statistic> {
    let mut out = Vec::new();
    let calm = ["spell_lt15_count_per_decade", "spell_lt15_mean", "spell_lt15_median", "spell_lt15_max"];
    out.extend(spells_where(path, calm, |v| Bucket::Calm.holds(v)));
    let raised = ["spell_gt20_count_per_decade", "spell_gt20_mean", "spell_gt20_median", "spell_gt20_max"];
    out.extend(spells_where(path, raised, |v| v > 20.0));
    let high = ["spell_gt25_count_per_decade", "spell_gt25_mean", "spell_gt25_median", "spell_gt25_max"];
    out.extend(spells_where(path, high, |v| Bucket::High.holds(v)));
    let middle = ["spell_15to25_count_per_decade", "spell_15to25_mean", "spell_15to25_median", "spell_15to25_max"];
    out.extend(spells_where(path, middle, |v| Bucket::Middle.holds(v)));
    for (threshold, step, [rise, fall]) in CROSSINGS {
        let [up, down] = crossings(path.vix, threshold, step);
        out.extend([(rise, up), (fall, down)]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_crossings_by_hand() {
        let vix = [12.0, 14.0, 16.0, 13.0, 26.0, 27.0];
        assert_eq!(runs(&vix, |v| v < 15.0), [2.0, 1.0]);
        assert_eq!(runs(&[], |v| v < 15.0), [0.0; 0]);
        assert_eq!(crossings(&vix, 15.0, 1), [Some(2.0 / 3.0), Some(0.5)]);
        assert_eq!(crossings(&vix, 50.0, 1), [Some(0.0), None]);
    }
}
