//! Quantiles, and their interval from order statistics.
//!
//! With x₍₁₎ ≤ … ≤ x₍ₙ₎ there are two point quantiles (types of Hyndman and Fan 1996,
//! <https://doi.org/10.1080/00031305.1996.10473566>):
//!
//! ```text
//! order statistic (type 1)  x₍⌈np⌉₎             an observation; this is VaR, and what the interval belongs to
//! linear          (type 7)  between neighbours at 1 + (n−1)p       NumPy's default; smooth, for charts
//! ```
//!
//! The interval assumes nothing but independent draws of one continuous distribution. The number of observations
//! below the p-quantile is Binomial(n, p); with distribution function F the ranks are
//!
//! ```text
//! l = largest rank with F(l−1) ≤ a/2 ,   u = smallest rank with 1 − F(u−1) ≤ a/2
//! ```
//!
//! so each tail holds at most a/2 and the coverage F(u−1) − F(l−1) is at least 1 − a (Conover, *Practical
//! Nonparametric Statistics*, 3rd ed. 1999, §3.2). Where no rank satisfies the bound that side is unbounded.
//! Several years of one path are not independent draws: take one number per path.

use super::Estimate;

/// Tolerance, relative to np, within which np counts as a whole number (0.07 × 100 is 7, not 7.000…1).
const WHOLE: f64 = 1e-9;

/// Ranks, counted from 1, whose observations bound a quantile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranks {
    /// Rank of the lower end; `None` if it is unbounded.
    pub lower: Option<usize>,
    /// Rank of the upper end; `None` if it is unbounded.
    pub upper: Option<usize>,
    /// Probability that the ends enclose the quantile, at least the level asked for.
    pub coverage: f64,
}

/// Ranks of the interval for the p-quantile of `n` independent observations.
///
/// `None` unless n > 0, 0 < p < 1 and 0 < level < 1.
pub fn ranks(n: usize, p: f64, level: f64) -> Option<Ranks> {
    if !(n > 0 && p > 0.0 && p < 1.0 && level > 0.0 && level < 1.0) {
        return None;
    }
    let tail = 0.5 * (1.0 - level);
    let (first, weights) = binomial(n, p);
    let total: f64 = weights.iter().sum();
    // lower: F(k) <= tail, rank k + 1
    let (mut below, mut lower) = (0.0, None);
    for (i, w) in weights.iter().enumerate() {
        if below + w > tail * total {
            break;
        }
        below += w;
        lower = Some(first + i + 1);
    }
    // outside the stored range the mass is nil, but its last rank still counts
    let lower = lower.or((first > 0).then_some(first));
    // upper: 1 - F(u-1) = P(B >= u) <= tail
    let (mut above, mut upper) = (0.0, first + weights.len());
    for (i, w) in weights.iter().enumerate().rev() {
        if above + w > tail * total {
            break;
        }
        above += w;
        upper = first + i;
    }
    Some(Ranks { lower, upper: (upper <= n).then_some(upper), coverage: 1.0 - (below + above) / total })
}

/// Order-statistic quantile of independent observations, with its distribution-free interval.
///
/// The value is x₍⌈np⌉₎ and always lies inside. `None` if there is no data, something is not finite, or p is
/// not inside (0, 1). There is no standard error: it would need the density. Does not change `values`.
pub fn quantile_interval(values: &[f64], p: f64, level: f64) -> Option<Estimate> {
    let n = values.len();
    let ranks = ranks(n, p, level)?;
    let point = rank_of(n, p);
    let wanted = [ranks.lower.unwrap_or(point), point, ranks.upper.unwrap_or(point)];
    let [low, value, high] = select(&mut values.to_vec(), &wanted)?.try_into().ok()?;
    let (low, high) = (ranks.lower.map(|_| low), ranks.upper.map(|_| high));
    let method = "quantile, order statistics";
    Estimate::with_interval(value, None, low, high, level, n as u64, method)
}

/// Order-statistic quantiles x₍⌈np⌉₎ (the minimum at p = 0), in the order of `p`.
///
/// Exact, by nested selection: reorders `values`, does not sort them. `None` if there is no data, something is
/// not finite, or a p is outside [0, 1].
pub fn quantiles(values: &mut [f64], p: &[f64]) -> Option<Vec<f64>> {
    if !p.iter().all(|p| (0.0..=1.0).contains(p)) {
        return None;
    }
    let n = values.len();
    let ranks: Vec<usize> = p.iter().map(|p| rank_of(n, *p)).collect();
    select(values, &ranks)
}

/// Linearly interpolated quantiles, as NumPy's default, in the order of `p`. Otherwise as [`quantiles`].
pub fn linear_quantiles(values: &mut [f64], p: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || !p.iter().all(|p| (0.0..=1.0).contains(p)) {
        return None;
    }
    let n = values.len();
    let place = |p: &f64| {
        let at = (n - 1) as f64 * p;
        let left = (at.floor() as usize).min(n - 1);
        (left, at - left as f64)
    };
    let ranks: Vec<usize> = p.iter().flat_map(|p| [place(p).0 + 1, (place(p).0 + 2).min(n)]).collect();
    let ends = select(values, &ranks)?;
    let between = |(pair, p): (&[f64], &f64)| pair[0] + (pair[1] - pair[0]) * place(p).1;
    Some(ends.chunks_exact(2).zip(p).map(between).collect())
}

/// The median: the middle observation, or the mean of the two in the middle. Reorders `values`.
pub fn median(values: &mut [f64]) -> Option<f64> {
    linear_quantiles(values, &[0.5])?.first().copied()
}

/// np, exactly whole where it is whole but for rounding.
pub(super) fn share(n: usize, p: f64) -> f64 {
    let np = n as f64 * p;
    let whole = np.round();
    if (np - whole).abs() <= WHOLE * whole { whole } else { np }
}

/// Rank ⌈np⌉, at least 1 and at most n.
pub(super) fn rank_of(n: usize, p: f64) -> usize {
    (share(n, p).ceil() as usize).min(n).max(1)
}

/// Observations of the given ranks (from 1), in the order asked for; reorders `values`.
pub(super) fn select(values: &mut [f64], ranks: &[usize]) -> Option<Vec<f64>> {
    if values.is_empty() || !values.iter().all(|x| x.is_finite()) {
        return None;
    }
    let mut order: Vec<usize> = ranks.to_vec();
    order.sort_unstable();
    order.dedup();
    if !(order.first()? >= &1 && order.last()? <= &values.len()) {
        return None;
    }
    settle(values, 0, &order);
    Some(ranks.iter().map(|r| values[r - 1]).collect())
}

/// Puts the observation of each rank into its place; `values` begins `offset` ranks into the whole.
fn settle(values: &mut [f64], offset: usize, ranks: &[usize]) {
    let middle = ranks.len() / 2;
    let Some(rank) = ranks.get(middle) else {
        return;
    };
    let place = rank - 1 - offset;
    let (left, _, right) = values.select_nth_unstable_by(place, f64::total_cmp);
    settle(left, offset, &ranks[..middle]);
    settle(right, *rank, &ranks[middle + 1..]);
}

/// Binomial probabilities up to a factor, by recurrence from the mode until they are nil beside it.
fn binomial(n: usize, p: f64) -> (usize, Vec<f64>) {
    const NIL: f64 = 1e-22;
    let odds = p / (1.0 - p);
    let mode = (((n as f64 + 1.0) * p).floor() as usize).min(n);
    let mut falling = Vec::new();
    let (mut k, mut w) = (mode, 1.0);
    while k > 0 && w > NIL {
        w *= k as f64 / ((n - k + 1) as f64 * odds);
        k -= 1;
        falling.push(w);
    }
    let first = k;
    let mut weights: Vec<f64> = falling.into_iter().rev().collect();
    (k, w) = (mode, 1.0);
    weights.push(w);
    while k < n && w > NIL {
        w *= (n - k) as f64 / (k + 1) as f64 * odds;
        k += 1;
        weights.push(w);
    }
    (first, weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::{close, column, near, number, optional};

    #[test]
    fn reference_interval() {
        let x = column("/mc_output/quantile_ci/input");
        for key in ["0.01", "0.05", "0.5", "0.95"] {
            let at = |name: &str| format!("/mc_output/quantile_ci/expected/{key}/{name}");
            let p: f64 = key.parse().unwrap();
            let r = ranks(x.len(), p, 0.95).unwrap();
            assert_eq!(r.lower.map(|r| r as f64), optional(&at("l_rank")), "{key}");
            assert_eq!(r.upper.map(|r| r as f64), optional(&at("u_rank")), "{key}");
            near(r.coverage, number(&at("coverage")), 1e-12);
            let e = quantile_interval(&x, p, 0.95).unwrap();
            assert_eq!(e.ci_low, optional(&at("lo")));
            assert_eq!(e.ci_high, optional(&at("hi")));
            assert!(e.ci_low.is_none_or(|low| low <= e.value) && Some(e.value) <= e.ci_high);
            assert_eq!((e.n, e.se), (200, None));
        }
        // the reference's VaR is the same point quantile
        let var = number("/mc_output/es_ci/expected/0.025/var");
        assert_eq!(quantile_interval(&x, 0.025, 0.95).unwrap().value, var);
    }

    #[test]
    fn ranks_keep_their_promise_for_every_size() {
        for n in (1..60).chain([1000, 100_000, 3_000_000]) {
            for p in [0.001, 0.05, 0.5, 0.9, 0.999] {
                let r = ranks(n, p, 0.95).unwrap();
                assert!(r.coverage >= 0.95 && r.coverage <= 1.0 + 1e-12, "{n} {p} {r:?}");
                let point = rank_of(n, p);
                assert!(r.lower.is_none_or(|l| l >= 1 && l <= point), "{n} {p} {r:?}");
                assert!(r.upper.is_none_or(|u| u <= n && u >= point), "{n} {p} {r:?}");
                assert!(n < 10_000 || r.lower.is_some() && r.upper.is_some());
                assert!(n < 100_000 || r.coverage < 0.96);
            }
        }
    }

    #[test]
    fn ranks_mirror() {
        let low = ranks(500, 0.1, 0.9).unwrap();
        let high = ranks(500, 0.9, 0.9).unwrap();
        assert_eq!(low.lower.map(|r| 501 - r), high.upper);
        assert_eq!(low.upper.map(|r| 501 - r), high.lower);
    }

    #[test]
    fn selection_equals_sorting() {
        let x = column("/mc_output/quantile_ci/input");
        let mut sorted = x.clone();
        sorted.sort_by(f64::total_cmp);
        let p = [0.95, 0.0, 0.5, 0.05, 1.0, 0.5, 0.333];
        let ours = quantiles(&mut x.clone(), &p).unwrap();
        let theirs = p.map(|p| sorted[rank_of(200, p) - 1]);
        assert_eq!(ours, theirs);
    }

    #[test]
    fn linear_quantiles_are_numpys() {
        let mut x = [7.0, 1.0, 4.0, 2.0];
        let q = linear_quantiles(&mut x, &[0.0, 0.25, 0.5, 0.9, 1.0]).unwrap();
        for (ours, theirs) in q.iter().zip([1.0, 1.75, 3.0, 6.1, 7.0]) {
            close(*ours, theirs);
        }
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [3.0, 1.0]), Some(2.0));
    }

    #[test]
    fn whole_numbers_survive_rounding() {
        assert_eq!(rank_of(100, 0.07), 7);
        assert_eq!(rank_of(1000, 0.05), 50);
        assert_eq!(rank_of(101, 0.05), 6);
        assert_eq!((rank_of(10, 0.0), rank_of(10, 1.0)), (1, 10));
    }

    #[test]
    fn undefined_is_none() {
        assert!(quantile_interval(&[], 0.5, 0.95).is_none());
        assert!(quantile_interval(&[1.0, f64::NAN], 0.5, 0.95).is_none());
        assert!(quantile_interval(&[1.0], f64::NAN, 0.95).is_none());
        assert!(quantiles(&mut [], &[0.5]).is_none());
        assert!(quantiles(&mut [1.0], &[1.5]).is_none());
        assert!(linear_quantiles(&mut [1.0], &[f64::NAN]).is_none());
        assert!(median(&mut []).is_none());
        assert!(ranks(0, 0.5, 0.95).is_none());
        let one = quantile_interval(&[2.5], 0.5, 0.95).unwrap();
        assert_eq!((one.value, one.ci_low, one.ci_high), (2.5, None, None));
        let flat = quantile_interval(&[1.0; 50], 0.5, 0.95).unwrap();
        assert_eq!((flat.ci_low, flat.ci_high), (Some(1.0), Some(1.0)));
    }
}
