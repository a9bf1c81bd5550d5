//! Circular block bootstrap: blocks of one fixed length, wrapped at the end of the history.
//!
//! ```text
//! day (j b + i) = (startⱼ + i) mod n ,   startⱼ uniform on 0 … n−1 ,   i = 0 … b−1
//! ```
//!
//! The last block is cut where the history is full. Wrapping gives every day the same weight, so the mean of the
//! resampled means is the mean of the data (Politis and Romano 1992, "A circular block-resampling procedure for
//! stationary data"). Use it where a test is stated for fixed blocks; [`super::bootstrap`] otherwise, whose
//! answers depend less on the length chosen. [`super::block_length`] chooses one from the data.

use super::bootstrap::{self, BootstrapError};

/// A circular block bootstrap of a history of so many days.
///
/// Replication b depends on (seed, b) alone, so replications may be drawn in any order and on any thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circular {
    days: usize,
    block: usize,
    seed: u64,
}

impl Circular {
    /// Blocks of `block` days; 1 resamples single days.
    ///
    /// # Errors
    /// [`BootstrapError::NoDays`], and [`BootstrapError::Block`] unless 1 ≤ block ≤ days.
    pub fn new(days: usize, block: usize, seed: u64) -> Result<Self, BootstrapError> {
        if days == 0 {
            return Err(BootstrapError::NoDays);
        }
        if !(1..=days).contains(&block) {
            return Err(BootstrapError::Block { block, days });
        }
        Ok(Self { days, block, seed })
    }

    /// Writes the days of one replication into `out`, which is resized to the length of the history.
    pub fn draw(&self, replication: u64, out: &mut Vec<usize>) {
        let mut random = bootstrap::generator(self.seed, replication);
        out.clear();
        while out.len() < self.days {
            let start = bootstrap::place(bootstrap::uniform(&mut random), self.days);
            append(self.days, self.block, start, out);
        }
    }
}

/// The days of one replication from the first days of its blocks.
///
/// `None` unless 1 ≤ block ≤ days, every start is a day, and there are exactly ⌈days/block⌉ starts.
pub fn indices_from_starts(days: usize, block: usize, starts: &[usize]) -> Option<Vec<usize>> {
    let valid = (1..=days).contains(&block)
        && starts.len() == days.div_ceil(block)
        && starts.iter().all(|start| (0..days).contains(start));
    if !valid {
        return None;
    }
    let mut out = Vec::with_capacity(days);
    starts.iter().for_each(|start| append(days, block, *start, &mut out));
    Some(out)
}

/// Appends one block, cut where the history is full.
fn append(days: usize, block: usize, start: usize, out: &mut Vec<usize>) {
    let mut day = start;
    for _ in 0..block.min(days - out.len()) {
        out.push(day);
        day = bootstrap::following(day, days);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_wrap_and_the_last_one_is_cut() {
        let ours = indices_from_starts(7, 3, &[5, 0, 6]).unwrap();
        assert_eq!(ours, [5, 6, 0, 0, 1, 2, 6]);
        assert_eq!(indices_from_starts(4, 4, &[1]).unwrap(), [1, 2, 3, 0]);
    }

    #[test]
    fn a_replication_depends_on_seed_and_number_alone() {
        let scheme = Circular::new(50, 10, 7).unwrap();
        let (mut first, mut again, mut other) = (vec![], vec![9; 200], vec![]);
        scheme.draw(3, &mut first);
        scheme.draw(4, &mut other);
        scheme.draw(3, &mut again);
        assert_eq!(first, again);
        assert_ne!(first, other);
        Circular::new(50, 10, 8).unwrap().draw(3, &mut again);
        assert_ne!(first, again);
        let starts: Vec<usize> = first.iter().step_by(10).copied().collect();
        assert_eq!(indices_from_starts(50, 10, &starts), Some(first));
    }

    /// 400 replications of 500 days in blocks of 20 are 10,000 uniform starts; α = 1e-4, fixed seed.
    #[test]
    fn days_are_uniform() {
        let scheme = Circular::new(500, 20, 1).unwrap();
        let (mut order, mut sum) = (vec![], 0.0);
        for replication in 0..400 {
            scheme.draw(replication, &mut order);
            assert!(order.len() == 500 && order.iter().all(|d| *d < 500));
            sum += order.iter().sum::<usize>() as f64;
        }
        // a start has sd 500/√12 = 144.3, and the mean of its block at most that
        let mean = sum / 200_000.0;
        assert!((mean - 249.5).abs() < 3.9 * 144.3 / 100.0, "{mean}");
    }

    #[test]
    fn bad_settings_are_refused() {
        assert_eq!(Circular::new(0, 1, 1), Err(BootstrapError::NoDays));
        for block in [0, 11] {
            let error = Circular::new(10, block, 1).unwrap_err();
            assert!(error.to_string().contains("1 to 10 days"), "{error}");
        }
        assert!(indices_from_starts(7, 3, &[0, 1]).is_none());
        assert!(indices_from_starts(7, 3, &[0, 1, 7]).is_none());
        assert!(indices_from_starts(7, 0, &[]).is_none());
        assert!(indices_from_starts(0, 0, &[]).is_none());
    }
}
