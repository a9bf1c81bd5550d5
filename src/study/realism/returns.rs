//! The index's log returns: size, shape by horizon, clustering.

use super::Statistic;
use super::moments::{autocorrelation, excess_kurtosis, mean, sd, skew};
use super::path::{Path, YEAR};

/// Sums of successive blocks of `days` returns; an incomplete last block is dropped.
fn blocks(returns: &[f64], days: usize) -> Vec<f64> {
    returns.chunks_exact(days).map(|block| block.iter().sum()).collect()
}

/// Moments of 1-, 5- and 21-day returns and autocorrelations of |r|, r² and r.
pub fn returns(path: &Path) -> Vec<Statistic> {
    let r = &path.returns;
    let (week, month) = (blocks(r, 5), blocks(r, 21));
    let size: Vec<f64> = r.iter().map(|v| v.abs()).collect();
    let square: Vec<f64> = r.iter().map(|v| v * v).collect();
    let [size_1, size_5, size_10, size_21, size_63, size_126] = autocorrelation(&size, [1, 5, 10, 21, 63, 126]);
    let [square_1, square_5, square_21] = autocorrelation(&square, [1, 5, 21]);
    let [return_1, return_2] = autocorrelation(r, [1, 2]);
    vec![
        ("ret_mean_ann", mean(r).map(|m| m * YEAR)),
        ("ret_sd_ann", sd(r).map(|s| s * YEAR.sqrt())),
        ("ret_skew", skew(r)),
        ("ret_exkurt", excess_kurtosis(r)),
        ("ret_min", r.iter().copied().reduce(f64::min)),
        ("ret_max", r.iter().copied().reduce(f64::max)),
        ("ret5_skew", skew(&week)),
        ("ret5_exkurt", excess_kurtosis(&week)),
        ("ret21_skew", skew(&month)),
        ("ret21_exkurt", excess_kurtosis(&month)),
        ("acf_absr_1", size_1),
        ("acf_absr_5", size_5),
        ("acf_absr_10", size_10),
        ("acf_absr_21", size_21),
        ("acf_absr_63", size_63),
        ("acf_absr_126", size_126),
        ("acf_r2_1", square_1),
        ("acf_r2_5", square_5),
        ("acf_r2_21", square_21),
        ("acf_r_1", return_1),
        ("acf_r_2", return_2),
    ]
}
