//! One path by itself: the measures of a back-test, from the ledger of one rule.
//!
//! For history markets, where there is one path and no population. Money is in currency and additive (constant capital C,
//! profits swept daily); `n` is the number of evaluated days, a year has 252 of them; `net` is mark minus half-spread and
//! fee, `equity` the portfolio's P&L in excess of cash. What is undefined (no loss, no window, no variation) is `None`.

use crate::engine::Trace;
use crate::grid::DAYS_PER_YEAR;
use crate::instruments::Turnover;
use crate::stats::moments::{Comoments, Moments};
use serde::Serialize;
use std::ops::RangeInclusive;

/// Share of days that the expected shortfall looks at.
const TAIL: f64 = 0.05;

/// What a ledger does not know of itself.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Capital, currency.
    pub capital: f64,
    /// How the trading of the rule's first leg is counted.
    pub turnover: Turnover,
    /// Dates of all rows of the market; none for simulated paths, whose days are named by their row.
    pub dates: Option<&'a [String]>,
}

impl Setting<'_> {
    fn day(&self, row: usize) -> Day {
        match self.dates.and_then(|dates| dates.get(row)) {
            Some(date) => Day::Date(date.clone()),
            None => Day::Row(row),
        }
    }
}

/// A day: its date where the market has a calendar, else its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Day {
    /// YYYY-MM-DD.
    Date(String),
    /// Row of the path.
    Row(usize),
}

/// Measures of one rule on one path.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PathMeasures {
    /// Evaluated days n.
    pub days: usize,
    /// n / 252.
    pub years: f64,
    /// First evaluated day.
    pub first: Day,
    /// Last evaluated day.
    pub last: Day,
    /// Sum of the hedge's P&L before costs, currency.
    pub gross_mark_pnl: f64,
    /// Sum of half-spreads and fees, currency.
    pub transaction_cost: f64,
    /// `gross_mark_pnl - transaction_cost`, currency.
    pub net_pnl: f64,
    /// Money lost: `-net_pnl`, currency.
    pub total_cost: f64,
    /// `total_cost / years / C`, basis points a year.
    pub total_cost_bp_per_year: f64,
    /// `transaction_cost / years / C`, basis points a year.
    pub transaction_cost_bp_per_year: f64,
    /// `-net` of the days outside all windows over the years of those days and C, basis points a year.
    pub noncrash_cost_bp_per_year: Option<f64>,
    /// Mean of the multipliers that earned a P&L (all days but the last).
    pub mean_multiplier: Option<f64>,
    /// Largest of them.
    pub max_multiplier: Option<f64>,
    /// Smallest of them.
    pub min_multiplier: Option<f64>,
    /// Premium traded / C, or quantity traded / base quantity, a year.
    pub turnover_per_year: f64,
    /// Days on which the rule decided anew.
    pub rebalance_events: usize,
    /// Days on which something was traded.
    pub trades: usize,
    /// Rolls, the first purchase included.
    pub rolls: usize,
    /// mean / sd (ddof 1) of `equity`, times sqrt(252).
    pub sharpe_unhedged: Option<f64>,
    /// mean / sd (ddof 1) of `equity + net`, times sqrt(252).
    pub sharpe_hedged: Option<f64>,
    /// sd (ddof 1) of `net / C`, times sqrt(252).
    pub hedge_sd_ann: Option<f64>,
    /// Correlation of `net` and `equity`.
    pub corr_hedge_equity: Option<f64>,
    /// Lowest point of the cumulated `(equity + net) / C` below its running maximum, started at 0; not positive.
    pub max_drawdown_additive: f64,
    /// Mean of the ceil(n / 20) worst days of `(equity + net) / C`.
    pub es95_daily: f64,
    /// Sum of gains over sum of losses of all windows.
    pub her_pooled: Option<f64>,
    /// Mean of the windows' ratios.
    pub her_mean: Option<f64>,
    /// Crashes.
    pub windows: Vec<WindowMeasures>,
}

/// One crash.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WindowMeasures {
    /// Last day at the peak (exclusive).
    pub peak: Day,
    /// First day at the minimum (inclusive).
    pub trough: Day,
    /// Compounded fall of the portfolio, a negative decimal.
    pub depth: f64,
    /// Sum of `net`, currency.
    pub hedge_gain: f64,
    /// `-` sum of `equity`, currency.
    pub loss: f64,
    /// `hedge_gain / loss`; none where nothing was lost.
    pub her: Option<f64>,
}

/// One window that the scenario states by its dates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatedMeasures {
    /// Name.
    pub name: String,
    /// Start (exclusive).
    pub start: Day,
    /// End (inclusive).
    pub end: Day,
    /// Sum of `net`, currency.
    pub hedge_gain: f64,
    /// `-` sum of `equity`, currency: the loss at constant capital.
    pub loss_additive: f64,
    /// `hedge_gain / loss_additive`.
    pub her_additive: Option<f64>,
    /// C (1 - index at the end / index at the start), currency: the loss of one who holds.
    pub loss_buyhold: f64,
    /// `hedge_gain / loss_buyhold`.
    pub her_buyhold: Option<f64>,
    /// Multiplier after the close of the start: what the first day of the window earns on.
    pub mult_at_start: f64,
    /// Largest multiplier that earned inside the window: after the closes from the start to the day before the end.
    pub mult_max: f64,
}

/// Measures the ledger of one rule. Its windows are those of the trace, whatever rule found them. Turnover is that of a rule
/// with one leg: a trace has the price of the first leg only.
pub fn measure(trace: &Trace, setting: &Setting<'_>) -> PathMeasures {
    let days = trace.days();
    let years = days as f64 / DAYS_PER_YEAR;
    let book = Book::new(trace, setting.capital);
    let bp_per_year = |money: f64| money / years / setting.capital * 1e4;
    let gross_mark_pnl: f64 = trace.hedge_mark_pnl.iter().sum();
    let transaction_cost: f64 = (0..days).map(|day| trace.cost(day)).sum();
    let net_pnl = gross_mark_pnl - transaction_cost;
    let earning = &trace.multiplier[..days.saturating_sub(1)];
    let windows: Vec<WindowMeasures> = trace
        .windows
        .iter()
        .map(|window| {
            let (hedge_gain, loss) = book.window(book.inside(window.peak, window.trough));
            WindowMeasures {
                peak: setting.day(window.peak),
                trough: setting.day(window.trough),
                depth: window.depth,
                hedge_gain,
                loss,
                her: ratio(hedge_gain, loss),
            }
        })
        .collect();
    let ratios: Vec<f64> = windows.iter().filter_map(|window| window.her).collect();
    PathMeasures {
        days,
        years,
        first: setting.day(trace.row.first().copied().unwrap_or(0)),
        last: setting.day(trace.row.last().copied().unwrap_or(0)),
        gross_mark_pnl,
        transaction_cost,
        net_pnl,
        total_cost: -net_pnl,
        total_cost_bp_per_year: bp_per_year(-net_pnl),
        transaction_cost_bp_per_year: bp_per_year(transaction_cost),
        noncrash_cost_bp_per_year: book.calm_cost_bp(),
        mean_multiplier: Moments::of(earning).mean(),
        max_multiplier: earning.iter().copied().reduce(f64::max),
        min_multiplier: earning.iter().copied().reduce(f64::min),
        turnover_per_year: turnover(trace, setting) / years,
        rebalance_events: count(&trace.event),
        trades: count(&trace.trade),
        rolls: count(&trace.roll),
        sharpe_unhedged: sharpe(&book.equity),
        sharpe_hedged: sharpe(&book.total),
        hedge_sd_ann: Moments::of(&book.net).sd().map(|sd| sd * DAYS_PER_YEAR.sqrt()),
        corr_hedge_equity: Comoments::of(&book.net, &book.equity).and_then(|both| both.correlation()),
        max_drawdown_additive: additive_drawdown(&book.total),
        es95_daily: shortfall(&book.total),
        her_pooled: ratio(windows.iter().map(|w| w.hedge_gain).sum(), windows.iter().map(|w| w.loss).sum()),
        her_mean: Moments::of(&ratios).mean(),
        windows,
    }
}

/// Measures the windows that the scenario states; `names` are theirs, in order.
pub fn measure_stated(trace: &Trace, setting: &Setting<'_>, names: &[String]) -> Vec<StatedMeasures> {
    let book = Book::new(trace, setting.capital);
    let stated = trace.windows.iter().zip(names);
    stated
        .map(|(window, name)| {
            let (start, end) = (book.day(window.peak), book.day(window.trough));
            let (hedge_gain, loss_additive) = book.window(book.inside(window.peak, window.trough));
            let loss_buyhold = setting.capital * -(trace.index[end] / trace.index[start] - 1.0);
            StatedMeasures {
                name: name.clone(),
                start: setting.day(window.peak),
                end: setting.day(window.trough),
                hedge_gain,
                loss_additive,
                her_additive: ratio(hedge_gain, loss_additive),
                loss_buyhold,
                her_buyhold: ratio(hedge_gain, loss_buyhold),
                mult_at_start: trace.multiplier[start],
                mult_max: trace.multiplier[start..end].iter().copied().fold(f64::NEG_INFINITY, f64::max),
            }
        })
        .collect()
}

/// Daily P&L as shares of capital.
struct Book<'a> {
    trace: &'a Trace,
    capital: f64,
    equity: Vec<f64>,
    net: Vec<f64>,
    total: Vec<f64>,
}

impl<'a> Book<'a> {
    fn new(trace: &'a Trace, capital: f64) -> Self {
        let equity: Vec<f64> = trace.equity_pnl.iter().map(|pnl| pnl / capital).collect();
        let net: Vec<f64> = (0..trace.days()).map(|day| trace.net(day) / capital).collect();
        let total = equity.iter().zip(&net).map(|(equity, net)| equity + net).collect();
        Self { trace, capital, equity, net, total }
    }

    /// Position of a row among the evaluated days.
    fn day(&self, row: usize) -> usize {
        row - self.trace.row.first().copied().unwrap_or(0)
    }

    /// Days after `peak` up to `trough`.
    fn inside(&self, peak: usize, trough: usize) -> RangeInclusive<usize> {
        self.day(peak) + 1..=self.day(trough)
    }

    /// Gain of the hedge and loss of the portfolio, currency.
    fn window(&self, days: RangeInclusive<usize>) -> (f64, f64) {
        let gain = days.clone().map(|day| self.trace.net(day)).sum();
        (gain, -self.trace.equity_pnl[days].iter().sum::<f64>())
    }

    /// Money lost outside windows, basis points of capital per year outside windows.
    fn calm_cost_bp(&self) -> Option<f64> {
        let mut calm = vec![true; self.net.len()];
        for window in &self.trace.windows {
            calm[self.inside(window.peak, window.trough)].fill(false);
        }
        let days = calm.iter().filter(|calm| **calm).count();
        let net: f64 = (0..calm.len()).filter(|day| calm[*day]).map(|day| self.trace.net(day)).sum();
        (days > 0).then(|| -net / (days as f64 / DAYS_PER_YEAR) / self.capital * 1e4)
    }
}

fn ratio(gain: f64, loss: f64) -> Option<f64> {
    (loss > 0.0).then(|| gain / loss)
}

fn count(flags: &[f64]) -> usize {
    flags.iter().filter(|flag| **flag > 0.0).count()
}

fn turnover(trace: &Trace, setting: &Setting<'_>) -> f64 {
    match setting.turnover {
        Turnover::Premium => {
            trace.traded.iter().zip(&trace.price).map(|(traded, price)| traded * price).sum::<f64>() / setting.capital
        }
        Turnover::Base(base) => trace.traded.iter().sum::<f64>() / base,
    }
}

fn sharpe(returns: &[f64]) -> Option<f64> {
    let moments = Moments::of(returns);
    let value = moments.mean()? / moments.sd()? * DAYS_PER_YEAR.sqrt();
    value.is_finite().then_some(value)
}

fn additive_drawdown(returns: &[f64]) -> f64 {
    let (mut level, mut peak, mut worst) = (0.0_f64, 0.0_f64, 0.0_f64);
    for change in returns {
        level += change;
        peak = peak.max(level);
        worst = worst.min(level - peak);
    }
    worst
}

fn shortfall(returns: &[f64]) -> f64 {
    let mut sorted = returns.to_vec();
    sorted.sort_by(f64::total_cmp);
    let worst = ((TAIL * returns.len() as f64).ceil() as usize).max(1);
    sorted.iter().take(worst).sum::<f64>() / worst as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::windows::Window;

    /// Four days: a fall of 100 then 50 against a hedge that earns 60 and 20, at a cost of 10 on the first day.
    #[test]
    fn a_ledger_of_four_days() {
        let trace = Trace {
            row: vec![5, 6, 7, 8],
            equity_pnl: vec![10.0, -100.0, -50.0, 40.0],
            hedge_mark_pnl: vec![0.0, 60.0, 20.0, -30.0],
            spread: vec![8.0, 0.0, 0.0, 0.0],
            fee: vec![2.0, 0.0, 0.0, 0.0],
            multiplier: vec![1.0, 1.0, 2.0, 9.0],
            traded: vec![4.0, 0.0, 4.0, 0.0],
            price: vec![5.0; 4],
            event: vec![1.0, 0.0, 1.0, 0.0],
            trade: vec![1.0, 0.0, 1.0, 0.0],
            roll: vec![1.0, 0.0, 0.0, 0.0],
            index: vec![1.0, 0.9, 0.85, 0.89],
            windows: vec![Window { peak: 5, trough: 7, end: 8, depth: -0.15, open: true }],
            ..Trace::default()
        };
        let setting = Setting { capital: 1_000.0, turnover: Turnover::Premium, dates: None };
        let found = measure(&trace, &setting);
        assert_eq!((found.days, found.rebalance_events, found.trades, found.rolls), (4, 2, 2, 1));
        assert_eq!((found.first, found.last), (Day::Row(5), Day::Row(8)));
        assert_eq!((found.gross_mark_pnl, found.transaction_cost, found.total_cost), (50.0, 10.0, -40.0));
        assert_eq!(found.noncrash_cost_bp_per_year, Some(40.0 / (2.0 / 252.0) / 1_000.0 * 1e4));
        assert_eq!((found.mean_multiplier, found.max_multiplier), (Some(4.0 / 3.0), Some(2.0)));
        assert!((found.turnover_per_year - 0.04 / (4.0 / 252.0)).abs() < 1e-12);
        assert_eq!(found.windows[0].her, Some(80.0 / 150.0));
        assert!((found.max_drawdown_additive + 0.07).abs() < 1e-15);
        assert!((found.es95_daily + 0.04).abs() < 1e-15);
        let stated = measure_stated(&trace, &setting, &["fall".to_owned()]);
        assert_eq!((stated[0].mult_at_start, stated[0].mult_max), (1.0, 1.0));
        assert!((stated[0].loss_buyhold - 150.0).abs() < 1e-9);
    }
}
