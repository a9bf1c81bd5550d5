//! Falls from the running peak, and the chance of a fall ahead.

use std::collections::VecDeque;

use super::Statistic;
use super::moments::{mean, share};
use super::path::{Bucket, Path};

/// One stay below the running peak, close to close.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Episode {
    /// Last day at the peak.
    pub peak: usize,
    /// First day at the lowest close.
    pub trough: usize,
    /// First day back at the peak or above; `None` if the path ends before.
    pub recovery: Option<usize>,
    /// Negative share of the peak.
    pub depth: f64,
}

/// Close over running peak, less one: 0 at a peak, −0.2 after a fall of 20 %.
pub fn drawdowns(spot: &[f64]) -> Vec<f64> {
    let mut peak = f64::NEG_INFINITY;
    spot.iter()
        .map(|close| {
            peak = peak.max(*close);
            close / peak - 1.0
        })
        .collect()
}

/// The stays below the peak, in order.
pub fn episodes(drawdowns: &[f64]) -> Vec<Episode> {
    let mut done = Vec::new();
    let mut open: Option<Episode> = None;
    for (day, &depth) in drawdowns.iter().enumerate() {
        if depth < 0.0 {
            let now = open.get_or_insert(Episode { peak: day.saturating_sub(1), trough: day, recovery: None, depth });
            if depth < now.depth {
                (now.trough, now.depth) = (day, depth);
            }
        } else if let Some(episode) = open.take() {
            done.push(Episode { recovery: Some(day), ..episode });
        }
    }
    done.extend(open);
    done
}

/// Frequency, depth and length of drawdowns. The two `dd10_mean_*` count only recovered
/// episodes, the frequencies count the unfinished one too.
pub fn drawdown_statistics(path: &Path) -> Vec<Statistic> {
    let depth = drawdowns(path.spot);
    let episodes = episodes(&depth);
    let frequency = |fall: f64| path.per_decade(episodes.iter().filter(|e| -e.depth >= fall).count());
    let time_below = |fall: f64| share(&depth, |d| d <= -fall);
    let (to_trough, to_recovery): (Vec<f64>, Vec<f64>) = episodes
        .iter()
        .filter(|e| e.depth <= -0.1)
        .filter_map(|e| Some(((e.trough - e.peak) as f64, (e.recovery? - e.peak) as f64)))
        .unzip();
    vec![
        ("dd_episodes_gt5_per_decade", frequency(0.05)),
        ("dd_episodes_gt10_per_decade", frequency(0.10)),
        ("dd_episodes_gt15_per_decade", frequency(0.15)),
        ("dd_episodes_gt20_per_decade", frequency(0.20)),
        ("max_dd", depth.iter().copied().reduce(f64::min)),
        ("mean_dd", mean(&depth)),
        ("frac_time_dd_gt0", share(&depth, |d| d < 0.0)),
        ("frac_time_dd_gt5", time_below(0.05)),
        ("frac_time_dd_gt10", time_below(0.10)),
        ("frac_time_dd_gt20", time_below(0.20)),
        ("dd10_mean_peak_to_trough_days", mean(&to_trough)),
        ("dd10_mean_duration_days", mean(&to_recovery)),
    ]
}

/// For every day with `ahead` days after it: the lowest close of those days.
fn lowest_ahead(spot: &[f64], ahead: usize) -> Vec<f64> {
    let mut candidates: VecDeque<usize> = VecDeque::new();
    let mut lowest = Vec::with_capacity(spot.len());
    for (day, close) in spot.iter().enumerate().skip(1) {
        while candidates.back().is_some_and(|last| spot[*last] >= *close) {
            candidates.pop_back();
        }
        candidates.push_back(day);
        if let Some(from) = day.checked_sub(ahead) {
            while candidates.front().is_some_and(|first| *first <= from) {
                candidates.pop_front();
            }
            lowest.extend(candidates.front().map(|first| spot[*first]));
        }
    }
    lowest
}

/// Chance that some close of the next 63 days is 10 % or more below today's, by today's VIX.
/// Days without 63 days after them are left out.
pub fn falls_ahead(path: &Path) -> Vec<Statistic> {
    let falls: Vec<f64> = lowest_ahead(path.spot, 63)
        .iter()
        .zip(path.spot)
        .map(|(low, close)| if low / close - 1.0 <= -0.1 { 1.0 } else { 0.0 })
        .collect();
    vec![
        ("p_fall10_within63_lt15", path.mean_in(Bucket::Calm, &falls)),
        ("p_fall10_within63_15to25", path.mean_in(Bucket::Middle, &falls)),
        ("p_fall10_within63_gt25", path.mean_in(Bucket::High, &falls)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_falls_one_of_them_unfinished() {
        let found = episodes(&drawdowns(&[100.0, 90.0, 80.0, 100.0, 110.0, 99.0]));
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].peak, found[0].trough, found[0].recovery), (0, 2, Some(3)));
        assert_eq!((found[1].peak, found[1].trough, found[1].recovery), (4, 5, None));
        assert!((found[0].depth + 0.2).abs() < 1e-12);
    }

    #[test]
    fn the_lowest_close_ahead_is_the_plain_minimum() {
        let spot: Vec<f64> = (0..200_u64).map(|t| ((t * 7919) % 101) as f64).collect();
        let quick = lowest_ahead(&spot, 10);
        let plain: Vec<f64> =
            (0..190).map(|t| spot[t + 1..=t + 10].iter().copied().fold(f64::INFINITY, f64::min)).collect();
        assert_eq!(quick, plain);
        assert!(lowest_ahead(&spot[..10], 10).is_empty());
    }
}
