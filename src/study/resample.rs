//! Intervals on one real path: its days are resampled in blocks of random length (stationary bootstrap of Politis and
//! Romano, 1994, mean block 252 days: shorter blocks lose the clustering of volatility, STATISTICS section B).
//!
//! A resampled history has the days of crashes marked as they were; its HER is the ratio of sums over the marked days.

use super::measure::Metric;
use crate::engine::Trace;
use crate::grid::DAYS_PER_YEAR;
use crate::stats::bootstrap::intervals;
use crate::stats::estimate::{Estimate, LEVEL};

/// Mean length of a block, days.
const BLOCK: f64 = 252.0;

/// Resampled histories.
const REPLICATIONS: u64 = 1_000;

/// Seed of the resampling: a history scenario has none of its own.
const SEED: u64 = 1990;

/// Metrics that get an interval, in the order of [`statistics`].
const NAMES: [&str; 4] = ["total_cost_bp_per_year", "transaction_cost_bp_per_year", "her_pooled", "sharpe_hedged"];

/// Replaces the estimates of a rule's metrics by ones with bootstrap intervals, where the path is long enough.
pub fn add_intervals(metrics: &mut [Metric], trace: &Trace, capital: f64) {
    let days = Days::of(trace, capital);
    let Ok(found) = intervals(trace.days(), BLOCK, REPLICATIONS, SEED, LEVEL, |order| days.statistics(order)) else {
        return;
    };
    for (name, estimate) in NAMES.iter().zip(found) {
        let known = metrics.iter_mut().find(|metric| metric.name == *name);
        if let (Some(metric), Some(estimate)) = (known, estimate) {
            // The value stays that of the ledger; the error is the bootstrap's.
            let value = metric.estimate.map_or(estimate.value, |e| e.value);
            metric.estimate = Some(Estimate { value, ..estimate });
        }
    }
}

/// Daily columns as shares of capital.
struct Days {
    net: Vec<f64>,
    cost: Vec<f64>,
    equity: Vec<f64>,
    crash: Vec<bool>,
}

impl Days {
    fn of(trace: &Trace, capital: f64) -> Self {
        let first = trace.row.first().copied().unwrap_or(0);
        let mut crash = vec![false; trace.days()];
        for window in &trace.windows {
            crash[window.peak + 1 - first..=window.trough - first].fill(true);
        }
        Self {
            net: (0..trace.days()).map(|day| trace.net(day) / capital).collect(),
            cost: (0..trace.days()).map(|day| trace.cost(day) / capital).collect(),
            equity: trace.equity_pnl.iter().map(|x| x / capital).collect(),
            crash,
        }
    }

    fn statistics(&self, order: &[usize]) -> Vec<Option<f64>> {
        let n = order.len() as f64;
        let (mut net, mut cost, mut gain, mut loss, mut sum, mut squares) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for &day in order {
            let total = self.equity[day] + self.net[day];
            net += self.net[day];
            cost += self.cost[day];
            sum += total;
            squares += total * total;
            if self.crash[day] {
                gain += self.net[day];
                loss -= self.equity[day];
            }
        }
        let per_year = 1e4 * DAYS_PER_YEAR / n;
        let sd = ((squares - sum * sum / n) / (n - 1.0)).max(0.0).sqrt();
        vec![
            Some(-net * per_year),
            Some(cost * per_year),
            (loss > 0.0).then(|| gain / loss),
            (sd > 0.0).then(|| sum / n / sd * DAYS_PER_YEAR.sqrt()),
        ]
    }
}
