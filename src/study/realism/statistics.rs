//! All realism statistics of one path, in the order of the bands.

use super::Statistic;
use super::changes::changes;
use super::comovement::comovement;
use super::drawdowns::{drawdown_statistics, falls_ahead};
use super::levels::levels;
use super::path::Path;
use super::premium::{premium, premium_by_bucket};
use super::returns::returns;
use super::spells::spells;
use super::tails::tails;
use super::triggers::triggers;
#[cfg(test)]
use super::{bands, history};

/// Every statistic of [`bands`](super::bands), in that order, on daily closes of the index and
/// VIX (points). `None` where the path cannot carry the statistic; never NaN.
pub fn statistics(spot: &[f64], vix: &[f64]) -> Vec<Statistic> {
    let path = Path::new(spot, vix);
    let topics = [
        levels,
        changes,
        returns,
        comovement,
        tails,
        premium,
        drawdown_statistics,
        spells,
        triggers,
        falls_ahead,
        premium_by_bucket,
    ];
    topics
        .into_iter()
        .flat_map(|topic| topic(&path))
        .map(|(name, value)| (name, value.filter(|v| v.is_finite())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_order_are_those_of_the_bands() {
        let names: Vec<&str> = statistics(&[], &[]).iter().map(|(name, _)| *name).collect();
        let expected: Vec<&str> = bands().iter().map(|band| band.name).collect();
        assert_eq!(names, expected);
    }

    /// The definition of every statistic: equal to the reference on history, 1e-9 relative.
    #[test]
    fn history_gives_the_reference_values() {
        let Some((spot, vix)) = history::closes() else {
            return;
        };
        for ((name, value), band) in statistics(&spot, &vix).into_iter().zip(bands()) {
            let value = value.unwrap();
            assert!((value - band.history).abs() <= 1e-9 * band.history.abs(), "{name}: {value} != {}", band.history);
        }
    }

    /// The reference's ten-year windows start every 63 days; those that end by 2022 are among
    /// ours, so every value lies in the rolling range, and most extremes are met exactly.
    #[test]
    fn ten_year_windows_span_the_rolling_range() {
        let Some((spot, vix)) = history::closes() else {
            return;
        };
        let (mut met, mut all) = (0, 0);
        let windows: Vec<Vec<Statistic>> = (0..=spot.len() - 2520)
            .step_by(63)
            .map(|from| statistics(&spot[from..from + 2520], &vix[from..from + 2520]))
            .collect();
        for (i, band) in bands().iter().enumerate() {
            let values: Vec<f64> = windows.iter().filter_map(|window| window[i].1).collect();
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let slack = 1e-8 * band.rolling.0.abs().max(band.rolling.1.abs());
            assert!(low >= band.rolling.0 - slack && high <= band.rolling.1 + slack, "{}: {low}..{high}", band.name);
            met += usize::from(low - band.rolling.0 <= slack) + usize::from(band.rolling.1 - high <= slack);
            all += 2;
        }
        assert!(met * 10 > all * 8, "{met} of {all}");
    }

    #[test]
    fn odd_paths_give_none_not_nan() {
        let wave: Vec<f64> = (0..3000).map(|t| 100.0 + (f64::from(t) * 0.37).sin()).collect();
        let flat = vec![17.3; 3000];
        let nan = vec![f64::NAN; 3000];
        let zero = vec![0.0; 3000];
        for spot in [&wave, &flat, &nan, &zero] {
            for vix in [&wave, &flat, &nan, &zero] {
                for days in [0, 1, 2, 3, 20, 21, 22, 23, 63, 64, 65, 300, 3000] {
                    let values = statistics(&spot[..days], vix);
                    assert!(values.iter().all(|(_, value)| value.is_none_or(f64::is_finite)));
                }
            }
        }
        let (_, acf) = statistics(&wave, &flat).into_iter().find(|(name, _)| *name == "acf_vix_1").unwrap();
        assert_eq!(acf, None);
    }
}
