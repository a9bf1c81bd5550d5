//! The short list of facts by which the calibrated market was fitted.
//!
//! [`FACTS`] gives the target of the fit and what the calibrated set reached in the reference
//! simulation: mean and 10 % / 90 % quantiles over 60 runs of 50 years (2 years of burn-in).
//! Extremes and counts depend on length, so compare runs of 50 years (12,600 days).
//! Facts of the futures and three-month curve need more than spot and VIX and are not here.

use super::Statistic;
use super::changes::log_changes;
use super::drawdowns::{drawdowns, episodes};
use super::moments::{autocorrelation, correlation, excess_kurtosis, mean, quantile, sd, share, skew, sorted};
use super::path::{Path, YEAR};
#[cfg(test)]
use super::{history, statistics};

/// A fact, its target and what the reference simulation of the calibrated market gave.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    /// Short name.
    pub name: &'static str,
    /// In words.
    pub label: &'static str,
    /// Empty for a pure number.
    pub unit: &'static str,
    /// The fit's target in words, empty where the fit had none.
    pub target: &'static str,
    /// Mean over the reference's runs.
    pub mean: f64,
    /// Its 10 % quantile.
    pub p10: f64,
    /// Its 90 % quantile.
    pub p90: f64,
    /// False for a fact that the model's construction fixes (lowest VIX = floor of the calm regime).
    pub judged: bool,
}

impl Fact {
    /// Is the value between the reference's 10 % and 90 % quantile?
    pub fn holds(&self, value: f64) -> bool {
        (self.p10..=self.p90).contains(&value)
    }
}

const fn fact(
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    target: &'static str,
    mean: f64,
    p10: f64,
    p90: f64,
) -> Fact {
    Fact { name, label, unit, target, mean, p10, p90, judged: true }
}

/// All facts in the order of [`facts`], then `occ_stress` (see [`stress_share`]).
#[rustfmt::skip]
pub const FACTS: &[Fact] = &[
    fact("vix_mean", "mean VIX", "points", "19-20", 19.325, 18.059, 20.532),
    fact("vix_med", "median VIX", "points", "17.5", 17.243, 16.657, 17.814),
    fact("vix_lt15", "days with VIX below 15", "share", "0.30-0.40", 0.29038, 0.24183, 0.33417),
    fact("vix_gt25", "days with VIX above 25", "share", "0.15", 0.14169, 0.1014, 0.17989),
    fact("vix_lt12", "days with VIX below 12", "share", "", 0.1081, 0.07519, 0.13926),
    fact("vix_max", "highest VIX", "points", "60-90", 71.153, 56.088, 88.71),
    Fact { judged: false, ..fact("vix_min", "lowest VIX", "points", "", 9.6665, 9.6665, 9.6666) },
    fact("rv", "realised volatility", "percent a year", "16-18", 17.803, 16.361, 19.397),
    fact("vrp_pts", "VIX less next 21-day realised vol", "points", "3-4", 4.046, 3.7182, 4.352),
    fact("exkurt", "excess kurtosis of daily returns", "", "8-20", 11.718, 5.8943, 19.689),
    fact("skew", "skewness of daily returns", "", "-1.0 to -0.2", -0.80295, -1.2303, -0.44588),
    fact("corr", "correlation of VIX change, return", "", "-0.8 to -0.7", -0.72141, -0.76606, -0.6746),
    fact("ar1", "autocorrelation of VIX over 1 day", "", "0.970-0.985", 0.98279, 0.9724, 0.98849),
    fact("sd_dlnvix", "sd of daily log VIX changes", "percent", "", 7.3262, 7.0957, 7.5977),
    fact("yrs_per_dd20", "years per drawdown of 20 %", "years", "5-8", 6.2963, 4.5454, 10.0),
    fact("maxdd", "deepest drawdown", "share of peak", "", 0.5998, 0.47442, 0.75516),
    fact("sharpe", "Sharpe ratio of the index over cash", "per root year", "0.4-0.5", 0.42756, 0.23397, 0.62969),
    fact("min_ret", "worst daily return", "percent", "", -15.297, -21.072, -10.746),
    fact("n_lt5", "days below -5 %", "per year", "", 0.60033, 0.28, 0.944),
    fact("occ_stress", "time in the worst regime", "share", "", 0.053857, 0.01154, 0.088698),
];

/// The facts of one daily path: index and VIX closes (points), rate and dividend yield as
/// fractions a year. Worst return and days below −5 % are of log returns. The Sharpe ratio is
/// that of simple price returns plus `dividend` minus `rate`, annualised.
pub fn facts(spot: &[f64], vix: &[f64], rate: f64, dividend: f64) -> Vec<Statistic> {
    let path = Path::new(spot, vix);
    let (vix, r) = (path.vix, &path.returns);
    let ascending = sorted(vix);
    let depth = drawdowns(path.spot);
    let falls = episodes(&depth).iter().filter(|e| e.depth <= -0.2).count();
    let below_five = r.iter().filter(|r| **r < -0.05).count();
    vec![
        ("vix_mean", mean(vix)),
        ("vix_med", quantile(&ascending, 0.5)),
        ("vix_lt15", share(vix, |v| v < 15.0)),
        ("vix_gt25", share(vix, |v| v > 25.0)),
        ("vix_lt12", share(vix, |v| v < 12.0)),
        ("vix_max", ascending.last().copied()),
        ("vix_min", ascending.first().copied()),
        ("rv", sd(r).map(|s| 100.0 * s * YEAR.sqrt())),
        ("vrp_pts", mean(&path.premium())),
        ("exkurt", excess_kurtosis(r)),
        ("skew", skew(r)),
        ("corr", correlation(&path.vix_changes, r)),
        ("ar1", autocorrelation(vix, [1])[0]),
        ("sd_dlnvix", sd(&log_changes(vix)).map(|s| 100.0 * s)),
        ("yrs_per_dd20", (falls > 0).then(|| path.years() / falls as f64)),
        ("maxdd", depth.iter().copied().reduce(f64::min).map(|d| -d)),
        ("sharpe", sharpe(path.spot, rate, dividend)),
        ("min_ret", r.iter().copied().reduce(f64::min).map(|r| 100.0 * r)),
        ("n_lt5", (!r.is_empty()).then(|| below_five as f64 / path.years())),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.filter(|v| v.is_finite())))
    .collect()
}

fn sharpe(spot: &[f64], rate: f64, dividend: f64) -> Option<f64> {
    let simple: Vec<f64> = spot.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    let (mean, sd) = (mean(&simple)?, sd(&simple).filter(|sd| *sd > 0.0)?);
    Some((mean + (dividend - rate) / YEAR) / sd * YEAR.sqrt())
}

/// Share of days in the most severe regime (`occ_stress`), from a column of regime numbers.
pub fn stress_share(regimes: &[usize], most_severe: usize) -> Option<f64> {
    share(regimes, |regime| regime == most_severe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_table() {
        let names: Vec<&str> = facts(&[], &[], 0.0, 0.0).iter().map(|(name, _)| *name).collect();
        let table: Vec<&str> = FACTS.iter().map(|fact| fact.name).collect();
        assert_eq!([names.as_slice(), &["occ_stress"]].concat(), table);
        assert!(FACTS.iter().all(|fact| fact.holds(fact.mean)));
        assert_eq!(stress_share(&[0, 2, 1, 2], 2), Some(0.5));
        assert_eq!(stress_share(&[], 2), None);
    }

    #[test]
    fn odd_paths_give_none_not_nan() {
        for path in [vec![], vec![1.0], vec![1.0, 1.0], vec![17.3; 500], vec![f64::NAN; 500], vec![0.0; 500]] {
            assert!(facts(&path, &path, 0.03, 0.015).iter().all(|(_, value)| value.is_none_or(f64::is_finite)));
        }
    }

    /// On history the facts agree with the realism statistics of the same meaning.
    #[test]
    fn history_agrees_with_the_statistics() {
        let Some((spot, vix)) = history::closes() else {
            return;
        };
        let facts = facts(&spot, &vix, 0.0, 0.0);
        let statistics = statistics(&spot, &vix);
        let find = |all: &[Statistic], name: &str| all.iter().find(|(n, _)| *n == name).unwrap().1.unwrap();
        let pairs = [
            ("vix_mean", "vix_mean", 1.0),
            ("vix_med", "vix_q50", 1.0),
            ("vix_lt15", "frac_vix_lt15", 1.0),
            ("vix_gt25", "frac_vix_gt25", 1.0),
            ("vix_lt12", "frac_vix_lt12", 1.0),
            ("vix_max", "vix_max", 1.0),
            ("vix_min", "vix_min", 1.0),
            ("rv", "ret_sd_ann", 100.0),
            ("vrp_pts", "vrp_vol_mean", 1.0),
            ("exkurt", "ret_exkurt", 1.0),
            ("skew", "ret_skew", 1.0),
            ("corr", "corr_dvix_r", 1.0),
            ("ar1", "acf_vix_1", 1.0),
            ("sd_dlnvix", "dlogvix_sd", 100.0),
            ("maxdd", "max_dd", -1.0),
            ("min_ret", "ret_min", 100.0),
        ];
        for (fact, statistic, scale) in pairs {
            let (ours, theirs) = (find(&facts, fact), scale * find(&statistics, statistic));
            assert!((ours - theirs).abs() < 1e-12 * theirs.abs(), "{fact}");
        }
        let decade = find(&statistics, "dd_episodes_gt20_per_decade");
        assert!((find(&facts, "yrs_per_dd20") - 10.0 / decade).abs() < 1e-12);
    }

    /// The reference back-tests give .508 for the unhedged index 1991–2022 without dividend and rate.
    #[test]
    fn sharpe_of_the_unhedged_index() {
        let Some((spot, _)) = history::closes() else {
            return;
        };
        assert!((sharpe(&spot[251..], 0.0, 0.0).unwrap() - 0.508).abs() < 5e-4);
        let lower = sharpe(&spot, 0.03, 0.015).unwrap();
        assert!(lower < sharpe(&spot, 0.0, 0.0).unwrap());
    }
}
