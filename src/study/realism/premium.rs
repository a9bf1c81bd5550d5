//! What VIX charges over the volatility that then happens.
//!
//! Realised volatility is annualised, zero-mean, in points. "Next" is over the 21 returns that
//! follow the day's close; "trailing" over the 20 that end there. Monthly samples start at the
//! first day, every 21 days, so windows do not overlap.

use super::Statistic;
use super::moments::{autocorrelation, correlation, mean, quantile, sd, share, sorted};
use super::path::{Bucket, Path, YEAR};

/// Realised volatility of successive 21-day blocks. As in the reference bands the last block
/// runs to the end of the sample (21 to 41 returns) and is still scaled as if it had 21.
fn monthly_blocks(returns: &[f64]) -> Vec<f64> {
    let months = returns.len() / 21;
    (0..months)
        .map(|month| {
            let end = if month + 1 == months { returns.len() } else { 21 * (month + 1) };
            let squares: f64 = returns[21 * month..end].iter().map(|r| r * r).sum();
            100.0 * (YEAR / 21.0 * squares).sqrt()
        })
        .collect()
}

/// Trailing volatility, the volatility and variance premium, persistence of monthly volatility.
pub fn premium(path: &Path) -> Vec<Statistic> {
    let trailing = path.realised(20);
    let trailed = path.vix.get(20..).unwrap_or_default();
    let over_trailing: Vec<f64> = trailed.iter().zip(&trailing).map(|(vix, rv)| vix - rv).collect();
    let [trailing_1, trailing_5, trailing_21] = autocorrelation(&trailing, [1, 5, 21]);

    let next = path.realised(21);
    let premium = path.premium();
    let ascending = sorted(&premium);
    let variance: Vec<f64> = path.vix.iter().zip(&next).map(|(vix, rv)| vix * vix - rv * rv).collect();
    let monthly: Vec<f64> = variance.iter().step_by(21).copied().collect();
    let variance_sharpe =
        mean(&monthly).zip(sd(&monthly)).filter(|(_, sd)| *sd > 0.0).map(|(mean, sd)| mean / sd * 12.0_f64.sqrt());

    let blocks = monthly_blocks(&path.returns);
    let log_blocks: Vec<f64> = blocks.iter().map(|v| libm::log(*v)).collect();
    let mut out = vec![
        ("rv20_mean", mean(&trailing)),
        ("rv20_median", quantile(&sorted(&trailing), 0.5)),
        ("corr_vix_rv20", correlation(trailed, &trailing)),
        ("vix_minus_trailing_rv20_mean", mean(&over_trailing)),
        ("acf_rv20_1", trailing_1),
        ("acf_rv20_5", trailing_5),
        ("acf_rv20_21", trailing_21),
        ("vrp_vol_mean", mean(&premium)),
    ];
    let quantiles = [
        ("vrp_vol_q01", 0.01),
        ("vrp_vol_q05", 0.05),
        ("vrp_vol_q25", 0.25),
        ("vrp_vol_q50", 0.50),
        ("vrp_vol_q75", 0.75),
        ("vrp_vol_q95", 0.95),
        ("vrp_vol_q99", 0.99),
    ];
    out.extend(quantiles.map(|(name, p)| (name, quantile(&ascending, p))));
    out.extend([
        ("vrp_frac_negative", share(&premium, |p| p < 0.0)),
        ("vrp_var_mean", mean(&variance)),
        ("vrp_var_sharpe_nonoverlap_ann", variance_sharpe),
        ("corr_vix_fwd_rv21", correlation(path.vix.get(..next.len()).unwrap_or_default(), &next)),
        ("acf_rv21_nonoverlap_1", autocorrelation(&blocks, [1])[0]),
        ("acf_logrv21_nonoverlap_1", autocorrelation(&log_blocks, [1])[0]),
    ]);
    out
}

/// Mean premium by VIX bucket, points.
pub fn premium_by_bucket(path: &Path) -> Vec<Statistic> {
    let premium = path.premium();
    vec![
        ("vrp_vol_mean_lt15", path.mean_in(Bucket::Calm, &premium)),
        ("vrp_vol_mean_15to25", path.mean_in(Bucket::Middle, &premium)),
        ("vrp_vol_mean_gt25", path.mean_in(Bucket::High, &premium)),
    ]
}

#[cfg(test)]
mod tests {
    use super::monthly_blocks;

    #[test]
    fn the_last_month_takes_the_rest() {
        let blocks = monthly_blocks(&[0.01; 50]);
        assert_eq!(blocks.len(), 2);
        assert!((blocks[1] / blocks[0] - (29.0_f64 / 21.0).sqrt()).abs() < 1e-12);
        assert!(monthly_blocks(&[0.01; 20]).is_empty());
    }
}
