//! As many paths as a stated precision needs.

use super::measure::{Measured, Rows};
use crate::engine::{Experiment, Outcome};

/// A precision to run for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// Largest standard error of money lost by any rule less that of the benchmark, basis points of capital a year.
    pub cost_bp: f64,
    /// Paths at which it ends all the same.
    pub most_paths: u64,
}

/// Paths are added by the batch: whole pairs, and one point of every net.
const BATCH: u64 = 1_024;

impl Precision {
    /// The largest standard error over the rules, beside the benchmark where there is one, and the slot of its rule.
    pub fn reached(experiment: &Experiment, outcome: &Outcome, against: Option<usize>) -> Option<(f64, usize)> {
        let cost = |rule: usize| Rows { outcome, rule, days: experiment.grid.days() }.cost();
        let benchmark = against.and_then(cost);
        let se = |rule: usize| {
            let own = cost(rule)?;
            benchmark.as_ref().map_or_else(|| own.se(), |benchmark| Measured::minus(&own, benchmark).se())
        };
        (0..experiment.named)
            .filter(|rule| Some(*rule) != against)
            .filter_map(|rule| Some((se(rule)?, rule)))
            .max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Paths to go on to from so many with this standard error; none where it is reached, or can not be.
    pub fn next(&self, paths: u64, se: f64) -> Option<u64> {
        if !(se > self.cost_bp) || paths >= self.most_paths {
            return None;
        }
        // A little more than the root law asks for, and never by a trifle: errors are estimates themselves.
        let wanted = paths as f64 * (se / self.cost_bp).powi(2) * 1.05;
        let next = (wanted as u64).max(paths + paths / 16).next_multiple_of(BATCH);
        Some(next.min(self.most_paths))
    }

    /// What came of it, in words.
    pub fn told(&self, paths: u64, (se, rule): (f64, &str)) -> String {
        let asked = self.cost_bp;
        if se <= asked {
            format!(
                "{paths} paths were run until the standard error of money lost beside the benchmark was at most {asked} bp a \
                 year for every rule; the largest is {se:.3}, of {rule}"
            )
        } else {
            format!(
                "after {paths} paths, as many as are allowed, the standard error of money lost beside the benchmark is {se:.3} bp \
                 a year for {rule}; {asked} was asked for"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_on_by_the_root_law_up_to_the_limit() {
        let asked = Precision { cost_bp: 2.0, most_paths: 100_000 };
        assert_eq!(asked.next(1_000, 4.0), Some(5_120));
        assert_eq!(asked.next(10_000, 2.01), Some(11_264));
        assert_eq!(asked.next(10_000, 20.0), Some(100_000));
        assert_eq!(
            (asked.next(100_000, 20.0), asked.next(1_000, 2.0), asked.next(1_000, f64::NAN)),
            (None, None, None)
        );
    }
}
