//! How VIX and the index move together, and how returns announce volatility.

use super::Statistic;
use super::changes::log_changes;
use super::moments::{correlation, mean, slope};
use super::path::Path;

/// Correlation of a return with the squared return `lead` days later.
fn leverage(returns: &[f64], squares: &[f64], lead: usize) -> Option<f64> {
    correlation(returns, squares.get(lead..)?)
}

/// VIX points per 1 % of return, by regression with intercept over the days for which `holds`.
fn points_per_percent(path: &Path, holds: impl Fn(f64) -> bool) -> Option<f64> {
    let (percent, change): (Vec<f64>, Vec<f64>) =
        path.returns.iter().zip(&path.vix_changes).filter(|(r, _)| holds(**r)).map(|(r, d)| (100.0 * r, *d)).unzip();
    slope(&percent, &change)
}

/// Same-day correlations and slopes; leverage effect at leads of 1 to 21 days.
pub fn comovement(path: &Path) -> Vec<Statistic> {
    let r = &path.returns;
    let square: Vec<f64> = r.iter().map(|v| v * v).collect();
    let to_ten: [Option<f64>; 10] = std::array::from_fn(|k| leverage(r, &square, k + 1));
    let [first, _, _, _, fifth, _, _, _, _, tenth] = to_ten;
    vec![
        ("corr_dvix_r", correlation(&path.vix_changes, r)),
        ("corr_dlogvix_r", correlation(&log_changes(path.vix), r)),
        ("beta_dvix_per_1pct", points_per_percent(path, |_| true)),
        ("beta_dvix_per_1pct_down", points_per_percent(path, |v| v < 0.0)),
        ("beta_dvix_per_1pct_up", points_per_percent(path, |v| v > 0.0)),
        ("leverage_corr_r_r2lead_1", first),
        ("leverage_corr_r_r2lead_5", fifth),
        ("leverage_corr_r_r2lead_10", tenth),
        ("leverage_corr_r_r2lead_21", leverage(r, &square, 21)),
        ("leverage_mean_1_10", to_ten.into_iter().collect::<Option<Vec<f64>>>().and_then(|ks| mean(&ks))),
    ]
}
