//! Ranks, and how two rankings agree (Spearman 1904, "The proof and measurement of association between two things").

use super::moments::Comoments;

/// Rank of each number from 1, ties sharing the mean of theirs.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let before = order.partition_point(|i| values[*i].total_cmp(&values[tied[0]]).is_lt());
        tied.iter().for_each(|i| ranks[*i] = before as f64 + 0.5 * (tied.len() as f64 + 1.0));
    }
    ranks
}

/// Correlation of the ranks of two columns; none where they differ in length, are shorter than 3, hold a number that is not
/// finite, or where one of them does not vary.
pub fn rank_correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() < 3 || !x.iter().chain(y).all(|value| value.is_finite()) {
        return None;
    }
    Comoments::of(&ranks(x), &ranks(y))?.correlation()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    }

    /// Without ties it is 1 - 6 sum d^2 / (n (n^2 - 1)), by hand.
    #[test]
    fn agrees_with_the_formula_of_differences() {
        let x: Vec<f64> = (1..=10).map(f64::from).collect();
        let y = [2.0, 1.0, 4.0, 3.0, 6.0, 5.0, 9.0, 10.0, 7.0, 8.0];
        let squares: f64 = x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum();
        let expected = 1.0 - 6.0 * squares / 990.0;
        assert!((rank_correlation(&x, &y).unwrap() - expected).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_vary_has_no_rank_correlation() {
        assert_eq!(rank_correlation(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(rank_correlation(&[1.0, f64::NAN, 3.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(rank_correlation(&[1.0, 2.0], &[1.0, 2.0]), None);
    }
}
