//! How VIX moves from one day to the next.

use super::Statistic;
use super::moments::{excess_kurtosis, sd, share, skew};
use super::path::Path;

/// Daily log changes of VIX.
pub fn log_changes(vix: &[f64]) -> Vec<f64> {
    vix.windows(2).map(|pair| libm::log(pair[1]) - libm::log(pair[0])).collect()
}

/// Size and shape of daily VIX changes (points, or log where the name says so).
pub fn changes(path: &Path) -> Vec<Statistic> {
    let change = &path.vix_changes;
    let log_change = log_changes(path.vix);
    vec![
        ("dvix_sd", sd(change)),
        ("dlogvix_sd", sd(&log_change)),
        ("dvix_skew", skew(change)),
        ("dlogvix_exkurt", excess_kurtosis(&log_change)),
        ("dvix_max", change.iter().copied().reduce(f64::max)),
        ("frac_absdvix_gt2", share(change, |d| d.abs() > 2.0)),
        ("frac_absdvix_gt3", share(change, |d| d.abs() > 3.0)),
    ]
}
