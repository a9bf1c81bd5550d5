//! The reviews of a rule: its mean month, and its days by the regime in which they began.
//!
//! A month's cost is what options lost to time less what moves paid back: theta net of gamma. That is the premium for
//! variance which was paid, jumps included; adding a variance premium to net theta would count it twice.

use super::measure::{Metric, Rows, metric};
use crate::engine::{Experiment, Outcome, PathColumn};
use crate::grid::DAYS_PER_YEAR;
use crate::metrics::review::MONTH;
use crate::metrics::tally::Column;

/// Basis points in one.
const BP: f64 = 1e4;

/// What a review of one rule shows.
#[derive(Clone, Debug)]
pub struct Review {
    /// The mean month of 21 days.
    pub month: Vec<Metric>,
    /// Days by regime; empty where there is but one.
    pub regimes: Vec<Stay>,
}

/// Days that began in one regime.
#[derive(Clone, Debug)]
pub struct Stay {
    /// Name of the regime.
    pub regime: String,
    /// Share of days, portfolio, hedge, cost.
    pub metrics: Vec<Metric>,
}

/// The reviews of a rule whose rows were kept in full.
pub fn review(experiment: &Experiment, outcome: &Outcome, rule: usize) -> Review {
    let rows = Rows { outcome, rule, days: experiment.grid.days() };
    let names = &experiment.market.facts().regimes;
    let regimes = match names.len() {
        0 | 1 => Vec::new(),
        _ => names.iter().enumerate().map(|(k, name)| Stay { regime: name.clone(), metrics: stay(&rows, k) }).collect(),
    };
    Review { month: month(&rows), regimes }
}

/// The mean month. Metrics are stated as in the ledger: what a hedge loses to time is positive in `theta_lost`.
fn month(rows: &Rows<'_>) -> Vec<Metric> {
    const UNIT: &str = "bp of capital a month";
    let whole = rows.days / MONTH;
    let scale = BP * MONTH as f64 / rows.days as f64;
    let mean = |values: Vec<f64>| rows.mean(&values);
    let of = |column: Column, sign: f64| mean(rows.column(column).iter().map(|x| x * sign * scale).collect());
    let sum = |a: Column, b: Column, sign: f64| {
        mean(rows.column(a).iter().zip(rows.column(b)).map(|(a, b)| (a + b) * sign * scale).collect())
    };
    let by_path = "mean over paths";
    let effect = rows.ratio(rows.column(Column::GainMonths), rows.outcome.path_column(PathColumn::LossMonths));
    let mut list = vec![
        metric("hedge_pnl", UNIT, mean(rows.net().iter().map(|x| x * scale).collect()), by_path),
        metric("theta_lost", UNIT, of(Column::Theta, -1.0), by_path),
        metric("gamma_earned", UNIT, of(Column::Gamma, 1.0), by_path),
        metric("cost", UNIT, sum(Column::Theta, Column::Gamma, -1.0), by_path),
        metric("trading_cost", UNIT, sum(Column::Spread, Column::Fee, 1.0), by_path),
        metric(
            "crash_effectiveness",
            "share of the portfolio's loss",
            effect,
            "months that hold a day of a crash, ratio of sums",
        ),
        metric("sharpe", "per root year", rows.sharpe(), "pooled over paths, clustered"),
    ];
    if whole > 0 {
        let won: Vec<f64> = rows.column(Column::MonthsWon).iter().map(|n| n / whole as f64).collect();
        list.push(metric("winning_months", "share of months", rows.mean(&won), by_path));
        let worst = rows.mean(rows.column(Column::MonthWorst));
        list.push(metric("worst_month", "return of portfolio and hedge", worst, "worst of each path, mean over paths"));
    }
    list
}

fn stay(rows: &Rows<'_>, regime: usize) -> Vec<Metric> {
    let [days, returns] = &rows.outcome.regimes;
    let net = rows.outcome.table.regime(rows.rule, regime);
    let share: Vec<f64> = days[regime].iter().map(|n| n / rows.days as f64).collect();
    let years = rows.days as f64 / DAYS_PER_YEAR;
    let a_year: Vec<f64> = net.iter().map(|x| x * BP / years).collect();
    let while_in =
        |values: &[f64], scale: f64| rows.ratio(values, &days[regime]).map(|m| m.times(scale * DAYS_PER_YEAR));
    vec![
        metric("days", "share of days", rows.mean(&share), "mean over paths"),
        metric("portfolio_return", "a year in the regime", while_in(&returns[regime], 1.0), "ratio of sums, clustered"),
        metric("hedge_pnl", "bp of capital a year of all days", rows.mean(&a_year), "mean over paths"),
        metric("cost", "bp of capital a year in the regime", while_in(net, -BP), "ratio of sums, clustered"),
    ]
}
