//! All choices of k things out of n, as bit masks.
//!
//! Bit i of a mask stands for thing i. The order is that of the sorted tuples: 0 1, 0 2, 0 3, 1 2, 1 3, 2 3. With
//! n = 2k the complement of the i-th choice from the front is the i-th from the back, so the first half of the order
//! holds one of every pair of complements.

/// Iterates over all masks of n bits with k set, in the order of the sorted tuples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combinations {
    things: u32,
    left: usize,
    /// The bits that are *not* chosen, thing 0 highest: what remains is then an ascending sequence.
    others: u64,
}

impl Combinations {
    /// Choices of `chosen` out of `things`; `None` for more than 62 things, or fewer than are chosen.
    pub fn new(things: usize, chosen: usize) -> Option<Self> {
        let others = things.checked_sub(chosen)?;
        let left = usize::try_from(count(things, chosen)?).ok()?;
        Some(Self { things: things as u32, left, others: (1 << others) - 1 })
    }
}

impl Iterator for Combinations {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        let all = (1_u64 << self.things) - 1;
        let chosen = all & !self.others;
        if self.left > 0 {
            self.others = next_of_equal_count(self.others);
        }
        // thing 0 back to the lowest bit
        Some(chosen.reverse_bits().checked_shr(u64::BITS - self.things).unwrap_or(0))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Combinations {}

/// Number of choices of `chosen` out of `things`; `None` for more than 62 things, or fewer than are chosen.
pub fn count(things: usize, chosen: usize) -> Option<u64> {
    if chosen > things || things > 62 {
        return None;
    }
    // each product is a count of its own times i, so the division is exact
    Some((1..=chosen.min(things - chosen) as u64).fold(1, |c, i| c * (things as u64 + 1 - i) / i))
}

/// The next larger number with as many bits set (Gosper 1972, HAKMEM item 175).
fn next_of_equal_count(x: u64) -> u64 {
    let lowest = x & x.wrapping_neg();
    let carried = x + lowest;
    (((x ^ carried) >> 2) / lowest) | carried
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuples(n: usize, k: usize) -> Vec<Vec<usize>> {
        let members = |mask: u64| (0..n).filter(|i| mask >> i & 1 == 1).collect();
        Combinations::new(n, k).unwrap().map(members).collect()
    }

    #[test]
    fn they_come_in_the_order_of_tuples() {
        assert_eq!(tuples(4, 2), [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
        assert_eq!(tuples(3, 1), [[0], [1], [2]]);
        assert_eq!(tuples(3, 3), [[0, 1, 2]]);
        assert_eq!(tuples(3, 0), [Vec::<usize>::new()]);
        assert_eq!(tuples(0, 0), [Vec::<usize>::new()]);
        for (n, k) in [(16, 8), (10, 3), (12, 11)] {
            let all = tuples(n, k);
            assert_eq!(all.len() as u64, count(n, k).unwrap());
            assert!(all.windows(2).all(|w| w[0] < w[1]) && all.iter().all(|t| t.len() == k));
        }
    }

    #[test]
    fn complements_mirror() {
        let all: Vec<u64> = Combinations::new(10, 5).unwrap().collect();
        assert!(all.iter().zip(all.iter().rev()).all(|(a, b)| a ^ b == (1 << 10) - 1));
    }

    #[test]
    fn counts_are_binomial() {
        assert_eq!(count(16, 8), Some(12_870));
        assert_eq!(count(62, 31), Some(465_428_353_255_261_088));
        assert_eq!(Combinations::new(62, 31).unwrap().len(), 465_428_353_255_261_088);
        assert_eq!((count(3, 4), count(63, 1)), (None, None));
        assert!(Combinations::new(3, 4).is_none());
    }
}
