//! Where VIX is: distribution of its level, and how long it remembers.

use super::Statistic;
use super::moments::{autocorrelation, mean, quantile, sd, share, sorted};
use super::path::{Bucket, Path};

/// Mean, standard deviation, quantiles, extremes (points), shares of days, autocorrelations.
pub fn levels(path: &Path) -> Vec<Statistic> {
    let vix = path.vix;
    let ascending = sorted(vix);
    let mut out = vec![("vix_mean", mean(vix)), ("vix_sd", sd(vix))];
    let quantiles = [
        ("vix_q01", 0.01),
        ("vix_q05", 0.05),
        ("vix_q10", 0.10),
        ("vix_q25", 0.25),
        ("vix_q50", 0.50),
        ("vix_q75", 0.75),
        ("vix_q90", 0.90),
        ("vix_q95", 0.95),
        ("vix_q99", 0.99),
        ("vix_min", 0.0),
        ("vix_max", 1.0),
    ];
    out.extend(quantiles.map(|(name, p)| (name, quantile(&ascending, p))));
    out.extend([
        ("frac_vix_lt12", share(vix, |v| v < 12.0)),
        ("frac_vix_lt15", share(vix, |v| Bucket::Calm.holds(v))),
        ("frac_vix_15to25", share(vix, |v| Bucket::Middle.holds(v))),
        ("frac_vix_gt20", share(vix, |v| v > 20.0)),
        ("frac_vix_gt25", share(vix, |v| Bucket::High.holds(v))),
        ("frac_vix_gt30", share(vix, |v| v > 30.0)),
        ("frac_vix_gt40", share(vix, |v| v > 40.0)),
    ]);
    let [one, five, month, quarter, year] = autocorrelation(vix, [1, 5, 21, 63, 252]);
    let logs: Vec<f64> = vix.iter().map(|v| libm::log(*v)).collect();
    let [log_one, log_five, log_month] = autocorrelation(&logs, [1, 5, 21]);
    out.extend([
        ("acf_vix_1", one),
        ("acf_vix_5", five),
        ("acf_vix_21", month),
        ("acf_vix_63", quarter),
        ("acf_vix_252", year),
        ("acf_logvix_1", log_one),
        ("acf_logvix_5", log_five),
        ("acf_logvix_21", log_month),
    ]);
    out
}
