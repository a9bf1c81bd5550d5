//! Rolling means on rows of eight paths.

use crate::lanes::Row;

/// Mean of the last `window` values of `value(row)`, of fewer at the start. The sum is made anew every window, so that
/// rounding errors do not pile up.
#[inline(always)]
pub(super) fn rolling_mean(
    rows: usize,
    window: usize,
    value: impl Fn(usize) -> Row,
    mut write: impl FnMut(usize, Row),
) {
    let mut sum = Row::splat(0.0);
    for row in 0..rows {
        let from = (row + 1).saturating_sub(window);
        if row % window == 0 {
            sum = (from..=row).fold(Row::splat(0.0), |sum, i| sum + value(i));
        } else {
            sum += value(row);
            if from > 0 {
                sum -= value(from - 1);
            }
        }
        write(row, sum / (row + 1 - from) as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rolling_mean_is_the_mean_of_the_window() {
        let x: Vec<f64> = (0..40).map(|i| f64::from(i * i % 17)).collect();
        rolling_mean(
            40,
            7,
            |i| Row::splat(x[i]),
            |row, mean| {
                let from = (row + 1).saturating_sub(7);
                let want = x[from..=row].iter().sum::<f64>() / (row + 1 - from) as f64;
                assert!((mean.0[2] - want).abs() < 1e-14);
            },
        );
    }
}
