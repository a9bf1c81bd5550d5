//! Choosing the best in-sample and looking at it out-of-sample.

use crate::stats::moments::Comoments;

/// One in-sample choice and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Choice {
    /// The first of those with the highest score in-sample.
    pub winner: usize,
    /// Its score in-sample.
    pub in_sample: f64,
    /// Its score out-of-sample.
    pub out_of_sample: f64,
    /// ω: its average rank out-of-sample over N + 1, inside (0, 1).
    pub relative_rank: f64,
}

impl Choice {
    /// Chooses by one row of scores and looks in another; position i is the same rule in both, more is better.
    ///
    /// `None` for fewer than two rules, rows of different lengths or NaN. A score may be infinite.
    pub fn of(in_sample: &[f64], out_of_sample: &[f64]) -> Option<Self> {
        if in_sample.len() < 2 || in_sample.len() != out_of_sample.len() {
            return None;
        }
        let winner = first_best(in_sample)?;
        let relative_rank = relative_rank(out_of_sample, winner)?;
        Some(Self { winner, in_sample: in_sample[winner], out_of_sample: out_of_sample[winner], relative_rank })
    }

    /// λ = ln(ω/(1 − ω)), negative where the choice came out below the median.
    pub fn logit(&self) -> f64 {
        libm::log(self.relative_rank / (1.0 - self.relative_rank))
    }
}

/// Position of the first of the highest scores; `None` if there are none or one is NaN.
pub fn first_best(scores: &[f64]) -> Option<usize> {
    let best = maximum(scores);
    let known = scores.iter().map(|x| u64::from(*x <= best)).sum::<u64>();
    if known != scores.len() as u64 {
        return None;
    }
    scores.iter().position(|x| *x == best)
}

/// Average rank of one of the scores, 1 the lowest, over N + 1; equal scores share their ranks.
///
/// `None` if `one` is no position or a score is NaN.
pub fn relative_rank(scores: &[f64], one: usize) -> Option<f64> {
    let x = *scores.get(one)?;
    // counted and not sorted: three passes that vectorise
    let count = |holds: fn(f64, f64) -> bool| scores.iter().map(|y| u64::from(holds(*y, x))).sum::<u64>();
    let (lower, equal, higher) = (count(|y, x| y < x), count(|y, x| y == x), count(|y, x| y > x));
    if lower + equal + higher != scores.len() as u64 {
        return None;
    }
    let rank = lower as f64 + 0.5 * (equal as f64 + 1.0);
    Some(rank / (scores.len() as f64 + 1.0))
}

/// The highest score, in lanes so that the loop vectorises; NaN is passed over.
fn maximum(scores: &[f64]) -> f64 {
    let higher = |a: f64, b: f64| if b > a { b } else { a };
    let mut lanes = [f64::NEG_INFINITY; 8];
    let (whole, rest) = scores.as_chunks::<8>();
    for chunk in whole {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = higher(*lane, *x);
        }
    }
    lanes.iter().chain(rest).fold(f64::NEG_INFINITY, |a, b| higher(a, *b))
}

/// How the winners' scores out-of-sample follow those in-sample: a straight line, and how often they lose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Degradation {
    /// Slope of the line by least squares; `None` if all winners scored the same in-sample.
    pub slope: Option<f64>,
    /// Its value at zero.
    pub intercept: Option<f64>,
    /// Squared correlation; `None` also if all winners scored the same out-of-sample.
    pub r_squared: Option<f64>,
    /// Share of winners with a negative score out-of-sample.
    pub loss: f64,
    /// Mean score of the winners in-sample; `None` if one is infinite.
    pub mean_in_sample: Option<f64>,
    /// Mean score of the winners out-of-sample; `None` if one is infinite.
    pub mean_out_of_sample: Option<f64>,
}

impl Degradation {
    /// `None` without choices.
    pub fn of(choices: &[Choice]) -> Option<Self> {
        if choices.is_empty() {
            return None;
        }
        let mut both = Comoments::default();
        choices.iter().for_each(|c| both.push(c.in_sample, c.out_of_sample));
        let means = both.x().mean().zip(both.y().mean());
        let slope = both.covariance().zip(both.x().variance().filter(|v| *v > 0.0)).map(|(c, v)| c / v);
        let losses = choices.iter().filter(|c| c.out_of_sample < 0.0).count();
        Some(Self {
            slope,
            intercept: slope.zip(means).map(|(slope, (x, y))| y - slope * x),
            r_squared: both.correlation().map(|r| r * r),
            loss: losses as f64 / choices.len() as f64,
            mean_in_sample: both.x().mean(),
            mean_out_of_sample: both.y().mean(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_first_and_share_ranks() {
        let c = Choice::of(&[1.0, 3.0, 3.0], &[0.0, 5.0, 5.0]).unwrap();
        assert_eq!((c.winner, c.relative_rank), (1, 2.5 / 4.0));
        assert_eq!(relative_rank(&[7.0; 5], 3), Some(0.5));
        assert_eq!(relative_rank(&[1.0, 2.0, 3.0], 0), Some(0.25));
        let last = Choice { relative_rank: 0.5, ..Choice::default() };
        assert_eq!(last.logit(), 0.0);
    }

    #[test]
    fn the_best_is_found_wherever_it_stands() {
        for n in [1, 7, 8, 9, 40] {
            for best in 0..n {
                let scores: Vec<f64> = (0..n).map(|i| if i == best { 0.5 } else { -(i as f64) - 1.0 }).collect();
                assert_eq!(first_best(&scores), Some(best));
            }
        }
    }

    #[test]
    fn a_forbidden_rule_may_score_minus_infinity() {
        let c = Choice::of(&[f64::NEG_INFINITY, 1.0], &[2.0, f64::NEG_INFINITY]).unwrap();
        assert_eq!((c.winner, c.relative_rank), (1, 1.0 / 3.0));
        let d = Degradation::of(&[c]).unwrap();
        assert_eq!((d.slope, d.mean_in_sample, d.mean_out_of_sample, d.loss), (None, Some(1.0), None, 1.0));
    }

    #[test]
    fn degradation_is_a_line() {
        let pair = |x: f64| Choice { in_sample: x, out_of_sample: 1.0 - 2.0 * x, ..Choice::default() };
        let d = Degradation::of(&[pair(0.0), pair(0.25), pair(1.0), pair(2.0)]).unwrap();
        let near = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-12);
        near(d.slope, -2.0);
        near(d.intercept, 1.0);
        near(d.r_squared, 1.0);
        assert_eq!(d.loss, 0.5);
        let same = Degradation::of(&[pair(0.5), pair(0.5)]).unwrap();
        assert_eq!((same.slope, same.r_squared, same.mean_in_sample), (None, None, Some(0.5)));
    }

    #[test]
    fn undefined_is_none() {
        for (a, b) in [(&[1.0][..], &[1.0][..]), (&[1.0, 2.0], &[1.0]), (&[], &[])] {
            assert!(Choice::of(a, b).is_none());
        }
        for at in 0..3 {
            let mut x = [1.0, 2.0, 3.0];
            x[at] = f64::NAN;
            assert!(Choice::of(&x, &[1.0; 3]).is_none() && Choice::of(&[1.0; 3], &x).is_none());
        }
        assert!(relative_rank(&[1.0], 1).is_none());
        assert!(Degradation::of(&[]).is_none());
    }
}
