//! Monthly advantages of members, and their moments: eight side by side, with the bits of each alone.

use super::{SIZING, Trials};
use crate::lanes::{Row, WIDTH};
use multiversion::multiversion;
use std::ops::Range;

/// The advantages of one group of members (see [`Trials::advantages`]), one row a month after the first year.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn advantages(trials: &Trials, group: usize, months: Range<usize>, out: &mut [Row]) {
    let rows = &trials.rows[group * trials.months..][..trials.months];
    let (mut held, mut fixed) = (Row::splat(0.0), 0.0);
    for (i, month) in months.enumerate() {
        let hedge = &trials.fixed[month];
        if i >= SIZING {
            let size = if fixed == 0.0 { Row::splat(0.0) } else { held / fixed };
            out[i - SIZING] = rows[month].net - size * hedge.net;
        }
        held += rows[month].multiplier;
        fixed += hedge.multiplier;
    }
}

/// Mean and standard deviation (divisor n - 1) of a column; not finite below two rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
}

impl Moments {
    /// Those of each column, as [`crate::stats::moments`] has them; columns are of one length.
    pub fn of(columns: &[Vec<f64>]) -> Vec<Self> {
        let mut all = Vec::with_capacity(columns.len().next_multiple_of(WIDTH));
        for eight in columns.chunks(WIDTH) {
            let (means, sds) = moments(eight);
            all.extend((0..eight.len()).map(|lane| Self { mean: means.0[lane], sd: sds.0[lane] }));
        }
        all
    }
}

/// Welford's updates of up to eight columns.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn moments(columns: &[Vec<f64>]) -> (Row, Row) {
    let count = columns.iter().map(Vec::len).min().unwrap_or(0);
    // Where there are fewer, the first one stands in for the rest.
    let column = |lane: usize| &columns[if lane < columns.len() { lane } else { 0 }][..count];
    let columns: [&[f64]; WIDTH] = std::array::from_fn(column);
    let (mut mean, mut squares) = (Row::splat(0.0), Row::splat(0.0));
    for i in 0..count {
        let mut x = Row::splat(0.0);
        for lane in 0..WIDTH {
            x.0[lane] = columns[lane][i];
        }
        let before = x - mean;
        mean += before / (i + 1) as f64;
        squares += before * (x - mean);
    }
    if count < 2 {
        return (Row::splat(f64::NAN), Row::splat(f64::NAN));
    }
    (mean, (squares / (count as f64 - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::moments::{mean, sd};
    use crate::study::trials::tests::made_up;

    #[test]
    fn eight_columns_have_the_bits_of_each() {
        let columns = made_up(11, 40).advantages(0..40);
        assert_eq!((columns.len(), columns[0].len()), (11, 40 - SIZING));
        for (moments, column) in Moments::of(&columns).iter().zip(&columns) {
            assert_eq!((Some(moments.mean), Some(moments.sd)), (mean(column), sd(column)));
        }
        assert!(Moments::of(&[]).is_empty());
        for short in [vec![], vec![1.0]] {
            assert!(!Moments::of(&[short])[0].sd.is_finite());
        }
    }
}
