//! Intervals on one real path: its days are resampled in blocks of random length (stationary bootstrap of Politis and
//! Romano, 1994, mean block 252 days: shorter blocks lose the clustering of volatility, STATISTICS section B).
//!
//! A resampled history has the days of crashes marked as they were; its HER is the ratio of sums over the marked days.

use super::comparison::Differences;
use super::measure::{Measured, Metric, TAIL};
use crate::engine::Trace;
use crate::grid::DAYS_PER_YEAR;
use crate::metrics::windows::reading_ends;
use crate::stats::bootstrap::intervals;
use crate::stats::estimate::{Estimate, LEVEL};
use crate::stats::shortfall::shortfall;

/// Mean length of a block, days.
pub(super) const BLOCK: f64 = 252.0;

/// Resampled histories.
pub(super) const REPLICATIONS: u64 = 1_000;

/// Seed of the resampling: a history scenario has none of its own.
pub(super) const SEED: u64 = 1990;

/// Metrics that get an interval, in the order of [`Days::statistics`].
const NAMES: [&str; 7] = [
    "total_cost_bp_per_year",
    "transaction_cost_bp_per_year",
    "sharpe_hedged",
    "her_pooled",
    "her_plus5",
    "her_plus21",
    "her_recovery",
];

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

/// Multiple of the fixed hedge that loses as much money as the rule on this path, with an error from its years.
///
/// # Errors
/// Why there is none.
pub fn equal_money(rule: &Trace, fixed: &Trace) -> Result<Measured, String> {
    let lost = |trace: &Trace| -> Vec<f64> {
        let net: Vec<f64> = (0..trace.days()).map(|day| -trace.net(day)).collect();
        net.chunks(YEAR).map(|year| year.iter().sum()).collect()
    };
    let (rule, fixed) = (lost(rule), lost(fixed));
    let known = Measured::mean(&fixed).is_some_and(|lost| lost.value > 2.0 * lost.se().unwrap_or(f64::INFINITY));
    if !known {
        return Err("the fixed hedge's money lost is within two standard errors of zero".to_owned());
    }
    Measured::ratio(&rule, &fixed)
        .filter(|size| size.value > 0.0)
        .ok_or_else(|| "the fixed hedge loses money and the rule does not".to_owned())
}

/// Differences between a rule and the fixed hedge that loses the same money; every resampled history sizes it anew.
pub fn beside_fixed(rule: &Trace, fixed: &Trace, capital: f64) -> Option<Differences> {
    differences(rule, fixed, capital, |rule, fixed| rule / fixed)
}

/// Differences between a rule and another as it is.
pub fn beside(rule: &Trace, other: &Trace, capital: f64) -> Option<Differences> {
    differences(rule, other, capital, |_, _| 1.0)
}

fn differences(rule: &Trace, other: &Trace, capital: f64, size: impl Fn(f64, f64) -> f64) -> Option<Differences> {
    let (rule, other) = (Days::of(rule, capital), Days::of(other, capital));
    let statistic = |order: &[usize]| rule.beside(&other, order, &size);
    let found = intervals(rule.net.len(), BLOCK, REPLICATIONS, SEED, LEVEL, statistic).ok()?;
    let [cost, shortfall, drawdown, her21, sharpe] = found[..] else { return None };
    Some(Differences { cost, shortfall, drawdown, her21, sharpe })
}

/// Days of a year.
const YEAR: usize = DAYS_PER_YEAR as usize;

/// Daily columns as shares of capital.
struct Days {
    net: Vec<f64>,
    cost: Vec<f64>,
    equity: Vec<f64>,
    /// In how many crashes a day counts: to the trough, 5 and 21 days on, to the end of the episode.
    inside: Vec<[f64; 4]>,
}

/// Sums of daily returns in some order of the days.
#[derive(Default)]
pub(super) struct Path {
    yearly: Vec<f64>,
    sum: f64,
    squares: f64,
    growth: f64,
    peak: f64,
    /// Largest compounded drawdown, a positive decimal.
    pub drawdown: f64,
}

impl Path {
    /// Of daily returns, in their order.
    pub fn of(returns: impl Iterator<Item = f64>) -> Self {
        let mut path = Self { growth: 1.0, peak: 1.0, ..Self::default() };
        for (day, x) in returns.enumerate() {
            if day % YEAR == 0 {
                path.yearly.push(0.0);
            }
            if let Some(year) = path.yearly.last_mut() {
                *year += x;
            }
            path.sum += x;
            path.squares += x * x;
            path.growth *= 1.0 + x;
            path.peak = path.peak.max(path.growth);
            path.drawdown = path.drawdown.max(1.0 - path.growth / path.peak);
        }
        path
    }

    /// Expected shortfall of its years.
    pub fn worst(&self) -> Option<f64> {
        shortfall(&self.yearly, TAIL).map(|found| found.es)
    }

    fn sharpe(&self, days: f64) -> Option<f64> {
        let sd = ((self.squares - self.sum * self.sum / days) / (days - 1.0)).max(0.0).sqrt();
        (sd > 0.0).then(|| self.sum / days / sd * DAYS_PER_YEAR.sqrt())
    }
}

impl Days {
    fn of(trace: &Trace, capital: f64) -> Self {
        let (first, last) = (trace.row.first().copied().unwrap_or(0), trace.row.last().copied().unwrap_or(0));
        let mut inside = vec![[0.0; 4]; trace.days()];
        for (i, window) in trace.windows.iter().enumerate() {
            for (reading, end) in reading_ends(&trace.windows, i, last).into_iter().enumerate() {
                for day in &mut inside[window.peak + 1 - first..=end - first] {
                    day[reading] += 1.0;
                }
            }
        }
        Self {
            net: (0..trace.days()).map(|day| trace.net(day) / capital).collect(),
            cost: (0..trace.days()).map(|day| trace.cost(day) / capital).collect(),
            equity: trace.equity_pnl.iter().map(|x| x / capital).collect(),
            inside,
        }
    }

    /// Portfolio loss to the trough, and hedge gain in each reading.
    fn crashes(&self, order: &[usize]) -> (f64, [f64; 4]) {
        let (mut loss, mut gains) = (0.0, [0.0; 4]);
        for &day in order {
            loss -= self.inside[day][0] * self.equity[day];
            for (gain, times) in gains.iter_mut().zip(self.inside[day]) {
                *gain += times * self.net[day];
            }
        }
        (loss, gains)
    }

    fn statistics(&self, order: &[usize]) -> Vec<Option<f64>> {
        let n = order.len() as f64;
        let per_year = 1e4 * DAYS_PER_YEAR / n;
        let lost: f64 = order.iter().map(|day| -self.net[*day]).sum();
        let cost: f64 = order.iter().map(|day| self.cost[*day]).sum();
        let path = Path::of(order.iter().map(|day| self.equity[*day] + self.net[*day]));
        let (loss, gains) = self.crashes(order);
        let hers = gains.map(|gain| (loss > 0.0).then(|| gain / loss));
        [Some(lost * per_year), Some(cost * per_year), path.sharpe(n)].into_iter().chain(hers).collect()
    }

    /// Money lost, expected shortfall of years, drawdown, HER at +21 days and Sharpe ratio, minus those of another hedge
    /// that is held in the size that follows from what both lose.
    fn beside(&self, fixed: &Self, order: &[usize], size: &impl Fn(f64, f64) -> f64) -> Vec<Option<f64>> {
        let lost = |days: &Self| -> f64 { order.iter().map(|day| -days.net[*day]).sum() };
        let (mine, theirs) = (lost(self), lost(fixed));
        let size = size(mine, theirs);
        if !(size > 0.0) {
            return vec![None; 5];
        }
        let n = order.len() as f64;
        let one = Path::of(order.iter().map(|day| self.equity[*day] + self.net[*day]));
        let other = Path::of(order.iter().map(|day| self.equity[*day] + size * fixed.net[*day]));
        let minus = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a - b);
        let ((loss, gains), (_, others)) = (self.crashes(order), fixed.crashes(order));
        vec![
            Some((mine - size * theirs) * 1e4 * DAYS_PER_YEAR / n),
            minus(one.worst(), other.worst()),
            Some(one.drawdown - other.drawdown),
            (loss > 0.0).then(|| (gains[2] - size * others[2]) / loss),
            minus(one.sharpe(n), other.sharpe(n)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::windows::Window;

    const DAYS: usize = 600;

    /// A portfolio with one crash, and a hedge that earns `gain(day)`.
    fn trace(gain: impl Fn(usize) -> f64) -> Trace {
        let inside = |day: usize| (200..=230).contains(&day);
        let equity = |day: usize| if inside(day) { -6.0 } else { 0.5 + (day % 7) as f64 - 3.0 };
        Trace {
            row: (1..=DAYS).collect(),
            equity_pnl: (0..DAYS).map(equity).collect(),
            hedge_mark_pnl: (0..DAYS).map(|day| if inside(day) { gain(day) } else { -1.0 }).collect(),
            spread: vec![0.1; DAYS],
            fee: vec![0.0; DAYS],
            windows: vec![Window { peak: 200, trough: 231, end: 280, depth: -0.2, open: false }],
            ..Trace::default()
        }
    }

    fn times(mut trace: Trace, by: f64) -> Trace {
        for x in trace.hedge_mark_pnl.iter_mut().chain(&mut trace.spread) {
            *x *= by;
        }
        trace
    }

    #[test]
    fn the_risk_of_one_path_by_hand() {
        let path = Path::of([0.1, -0.5, 0.2].into_iter());
        assert!((path.worst().unwrap() + 0.2).abs() < 1e-12 && (path.drawdown - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_multiple_of_the_fixed_hedge_is_no_better_than_it() {
        let fixed = trace(|_| 0.0);
        let rule = times(fixed.clone(), 1.7);
        assert!((equal_money(&rule, &fixed).unwrap().value - 1.7).abs() < 1e-12);
        let twice = beside(&times(fixed.clone(), 2.0), &fixed, 1e3).unwrap().cost.unwrap();
        let lost = (0..DAYS).map(|day| -fixed.net(day)).sum::<f64>() / 1e3 * 1e4 * 252.0 / DAYS as f64;
        assert!((twice.value - lost).abs() < 1e-9 * lost && twice.se.unwrap() > 0.0);
        let found = beside_fixed(&rule, &fixed, 1e3).unwrap();
        for estimate in [found.shortfall, found.drawdown, found.her21, found.sharpe] {
            let estimate = estimate.unwrap();
            // Too many resampled histories have no crash for an error of HER.
            assert!(estimate.value.abs() < 1e-12 && estimate.se.is_none_or(|se| se < 1e-12), "{estimate:?}");
        }
    }

    /// By hand: 31 days in the crash at 31 * 6 lost; +21 adds 21 days at -1.1, of which none is in the crash.
    #[test]
    fn gains_are_read_at_four_ends() {
        let days = Days::of(&trace(|_| 3.0), 1.0);
        let (loss, gains) = days.crashes(&(0..DAYS).collect::<Vec<_>>());
        assert_eq!(loss, 186.0);
        let trough = 31.0 * 2.9;
        for (gain, after) in gains.into_iter().zip([0.0, 5.0, 21.0, 49.0]) {
            assert!((gain - (trough - 1.1 * after)).abs() < 1e-9, "{gain} {after}");
        }
    }

    #[test]
    fn a_hedge_that_loses_nothing_has_no_twin() {
        let earns = trace(|_| 1e3);
        assert!(equal_money(&earns, &trace(|_| 3.0)).is_err() && equal_money(&trace(|_| 3.0), &earns).is_err());
    }
}
