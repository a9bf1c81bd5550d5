//! Heaviness of the return tails.
//!
//! Hill, "A simple general approach to inference about the tail of a distribution" (1975):
//! α = 1 / mean(ln(x₍ᵢ₎ / x₍ₖ₊₁₎)), i = 1..k, with k = ⌊p n⌋ largest losses (left) or gains (right).

use super::Statistic;
use super::moments::sorted;
use super::path::Path;

/// Hill index from the largest values of `descending`; `None` unless the threshold is positive.
fn hill(descending: impl Iterator<Item = f64>, n: usize, p: f64) -> Option<f64> {
    let k = (p * n as f64) as usize;
    let top: Vec<f64> = descending.take(k + 1).collect();
    let threshold = *top.get(k).filter(|x| k > 0 && **x > 0.0)?;
    let excess = top.iter().take(k).map(|x| libm::log(x / threshold)).sum::<f64>() / k as f64;
    (excess > 0.0).then(|| 1.0 / excess)
}

/// Hill indices of both tails at 1, 2.5 and 5 % of the days.
pub fn tails(path: &Path) -> Vec<Statistic> {
    let r = sorted(&path.returns);
    let left = |p| hill(r.iter().map(|v| -v), r.len(), p);
    let right = |p| hill(r.iter().rev().copied(), r.len(), p);
    vec![
        ("hill_left_1pct", left(0.01)),
        ("hill_right_1pct", right(0.01)),
        ("hill_left_2.5pct", left(0.025)),
        ("hill_right_2.5pct", right(0.025)),
        ("hill_left_5pct", left(0.05)),
        ("hill_right_5pct", right(0.05)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On exact Pareto quantiles with exponent 3 the estimate approaches 3.
    #[test]
    fn finds_the_exponent_of_a_pareto_sample() {
        let n = 100_000;
        let sample = (1..=n).map(|i| (f64::from(i) / f64::from(n)).powf(-1.0 / 3.0));
        let alpha = hill(sample, n as usize, 0.05).unwrap();
        assert!((alpha - 3.0).abs() < 0.01, "{alpha}");
    }
}
