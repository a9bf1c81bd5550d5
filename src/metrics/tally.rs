//! Sums of one rule on eight paths. Everything is a share of capital; every metric of a path follows from its tally.

use super::windows::{READINGS, Reading, WindowBlock};
use crate::grid::DAYS_PER_YEAR;
use crate::lanes::Row;

/// Columns of a tally. Money is a share of capital.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Column {
    /// P&L of the hedge before trading costs.
    Mark,
    /// Half-spreads paid.
    Spread,
    /// Fees paid.
    Fee,
    /// Attribution: delta.
    Delta,
    /// Attribution: gamma.
    Gamma,
    /// Attribution: vega.
    Vega,
    /// Attribution: theta.
    Theta,
    /// Attribution: financing.
    Financing,
    /// Net P&L inside windows, to the trough.
    GainTrough,
    /// To five days after.
    GainPlus5,
    /// To 21 days after.
    GainPlus21,
    /// To the end of the episode.
    GainRecovery,
    /// To the trough, crashes of at most 5 days.
    GainFlash,
    /// To the trough, crashes of 6 to 21 days.
    GainFast,
    /// To the trough, slower crashes.
    GainGrind,
    /// Sum of daily excess returns of portfolio and hedge.
    Returns,
    /// Sum of their squares.
    Squares,
    /// Sum of squares of the hedge's daily net P&L.
    HedgeSquares,
    /// Sum of products of the hedge's and the portfolio's daily P&L.
    Products,
    /// Compounded index at the end (1 at the start).
    Growth,
    /// Largest compounded drawdown, a positive decimal.
    Drawdown,
    /// Largest additive drawdown of cumulated returns, a positive decimal.
    DrawdownAdditive,
    /// Longest time under water, days.
    UnderWater,
    /// Sum of multipliers over days that earned a P&L (all but the last).
    Multipliers,
    /// Largest multiplier.
    MultiplierMax,
    /// Smallest multiplier.
    MultiplierMin,
    /// Turnover: premium as a share of capital, or quantity over its base.
    Turnover,
    /// Rebalance events.
    Events,
    /// Trades that changed something.
    Trades,
}

/// Number of columns.
pub const COLUMNS: usize = 29;

/// All columns with the names under which they are stored.
pub const NAMES: [(Column, &str); COLUMNS] = [
    (Column::Mark, "gross_mark_pnl"),
    (Column::Spread, "spread"),
    (Column::Fee, "fee"),
    (Column::Delta, "delta"),
    (Column::Gamma, "gamma"),
    (Column::Vega, "vega"),
    (Column::Theta, "theta"),
    (Column::Financing, "financing"),
    (Column::GainTrough, "gain_trough"),
    (Column::GainPlus5, "gain_plus5"),
    (Column::GainPlus21, "gain_plus21"),
    (Column::GainRecovery, "gain_recovery"),
    (Column::GainFlash, "gain_flash"),
    (Column::GainFast, "gain_fast"),
    (Column::GainGrind, "gain_grind"),
    (Column::Returns, "sum_returns"),
    (Column::Squares, "sum_squared_returns"),
    (Column::HedgeSquares, "sum_squared_hedge"),
    (Column::Products, "sum_hedge_times_portfolio"),
    (Column::Growth, "growth"),
    (Column::Drawdown, "max_drawdown"),
    (Column::DrawdownAdditive, "max_drawdown_additive"),
    (Column::UnderWater, "days_under_water"),
    (Column::Multipliers, "sum_multiplier"),
    (Column::MultiplierMax, "max_multiplier"),
    (Column::MultiplierMin, "min_multiplier"),
    (Column::Turnover, "turnover"),
    (Column::Events, "rebalance_events"),
    (Column::Trades, "trades"),
];

/// Sums of one rule on eight paths.
#[derive(Clone, Debug)]
pub struct Tally {
    columns: [Row; COLUMNS],
    years: Vec<Row>,
    below_peak: Row,
    below_sum: Row,
    run: Row,
}

/// The rows of one tile of days that a tally reads, all of the same length.
pub struct Tile<'a> {
    /// First row of the tile.
    pub start: usize,
    /// First evaluated row.
    pub first: usize,
    /// Last row of the path.
    pub last: usize,
    /// Portfolio's excess returns.
    pub portfolio: &'a [Row],
    /// P&L before costs, currency.
    pub mark: &'a [Row],
    /// Half-spreads, currency.
    pub spread: &'a [Row],
    /// Fees, currency.
    pub fee: &'a [Row],
    /// Attribution: delta, gamma, vega, theta, financing, currency.
    pub parts: &'a [Vec<Row>; 5],
    /// Multiplier after the close.
    pub multiplier: &'a [Row],
    /// Turnover.
    pub turnover: &'a [Row],
    /// Events.
    pub events: &'a [Row],
    /// Trades.
    pub trades: &'a [Row],
}

impl Tally {
    /// An empty tally for so many years.
    pub fn new(years: usize) -> Self {
        let mut tally = Self {
            columns: [Row::default(); COLUMNS],
            years: vec![Row::default(); years],
            below_peak: Row::default(),
            below_sum: Row::default(),
            run: Row::default(),
        };
        tally.clear();
        tally
    }

    /// Ready for the next eight paths.
    pub fn clear(&mut self) {
        self.columns = [Row::splat(0.0); COLUMNS];
        self.years.fill(Row::splat(0.0));
        self.columns[Column::Growth as usize] = Row::splat(1.0);
        self.columns[Column::MultiplierMax as usize] = Row::splat(f64::NEG_INFINITY);
        self.columns[Column::MultiplierMin as usize] = Row::splat(f64::INFINITY);
        self.below_peak = Row::splat(1.0);
        self.below_sum = Row::splat(0.0);
        self.run = Row::splat(0.0);
    }

    /// A column.
    pub fn column(&self, column: Column) -> &Row {
        &self.columns[column as usize]
    }

    /// Return of portfolio and hedge in each year.
    pub fn years(&self) -> &[Row] {
        &self.years
    }

    /// Adds one tile; `net` receives the hedge's daily net P&L as a share of capital.
    #[inline(always)]
    pub fn add(&mut self, tile: &Tile<'_>, windows: &WindowBlock, per_capital: f64, net: &mut [Row]) {
        self.add_money(tile, per_capital, net);
        self.add_returns(tile, net);
        self.add_windows(tile, windows, net);
        self.add_trading(tile);
    }

    #[inline(always)]
    fn add_money(&mut self, tile: &Tile<'_>, per_capital: f64, net: &mut [Row]) {
        let mut sums = [Row::splat(0.0); 8];
        for i in 0..net.len() {
            let (mark, spread, fee) = (tile.mark[i] * per_capital, tile.spread[i] * per_capital, tile.fee[i] * per_capital);
            net[i] = mark - spread - fee;
            sums[0] += mark;
            sums[1] += spread;
            sums[2] += fee;
        }
        for (sum, part) in sums[3..].iter_mut().zip(tile.parts) {
            for i in 0..net.len() {
                *sum += part[i];
            }
            *sum = *sum * per_capital;
        }
        for (column, sum) in self.columns.iter_mut().zip(sums) {
            *column += sum;
        }
    }

    #[inline(always)]
    fn add_returns(&mut self, tile: &Tile<'_>, net: &[Row]) {
        let at = |column: Column| column as usize;
        let mut sums = [Row::splat(0.0); 4];
        let (mut growth, mut worst) = (self.columns[at(Column::Growth)], self.columns[at(Column::Drawdown)]);
        let mut worst_sum = self.columns[at(Column::DrawdownAdditive)];
        let mut longest = self.columns[at(Column::UnderWater)];
        let (mut below_peak, mut below_sum, mut run) = (self.below_peak, self.below_sum, self.run);
        let one = Row::splat(1.0);
        for i in 0..net.len() {
            let (hedge, portfolio) = (net[i], tile.portfolio[i]);
            let total = portfolio + hedge;
            sums[0] += total;
            sums[1] += total * total;
            sums[2] += hedge * hedge;
            sums[3] += hedge * portfolio;
            let grown = total + 1.0;
            growth = growth * grown;
            // Level over its running maximum: the drawdown without a division.
            below_peak = (below_peak * grown).min(one);
            worst = worst.max(one - below_peak);
            below_sum = (below_sum + total).min(Row::splat(0.0));
            worst_sum = worst_sum.max(-below_sum);
            run = below_peak.lt(one).select(run + 1.0, Row::splat(0.0));
            longest = longest.max(run);
        }
        for (column, sum) in self.columns[at(Column::Returns)..].iter_mut().zip(sums) {
            *column += sum;
        }
        self.columns[at(Column::Growth)] = growth;
        self.columns[at(Column::Drawdown)] = worst;
        self.columns[at(Column::DrawdownAdditive)] = worst_sum;
        self.columns[at(Column::UnderWater)] = longest;
        (self.below_peak, self.below_sum, self.run) = (below_peak, below_sum, run);
        let mut i = 0;
        while i < net.len() {
            // Stretches of one year inside the tile.
            let year = (tile.start + i - tile.first) / DAYS_PER_YEAR as usize;
            let until = ((year + 1) * DAYS_PER_YEAR as usize + tile.first - tile.start).min(net.len());
            let mut sum = Row::splat(0.0);
            for day in i..until {
                sum += tile.portfolio[day] + net[day];
            }
            if let Some(total) = self.years.get_mut(year) {
                *total += sum;
            }
            i = until;
        }
    }

    #[inline(always)]
    fn add_windows(&mut self, tile: &Tile<'_>, windows: &WindowBlock, net: &[Row]) {
        let from = Column::GainTrough as usize;
        debug_assert_eq!(Column::GainGrind as usize - from, Reading::Grind as usize);
        let gains: &mut [Row] = &mut self.columns[from..from + READINGS];
        for (i, net) in net.iter().enumerate() {
            if windows.busy(tile.start + i) {
                for (gain, weight) in gains.iter_mut().zip(windows.weights(tile.start + i)) {
                    *gain += *net * *weight;
                }
            }
        }
    }

    #[inline(always)]
    fn add_trading(&mut self, tile: &Tile<'_>) {
        let from = Column::Multipliers as usize;
        let [sum, max, min, turnover, events, trades] = &mut self.columns[from..] else { return };
        for i in 0..tile.multiplier.len() {
            let multiplier = tile.multiplier[i];
            if tile.start + i < tile.last {
                *sum += multiplier;
                *max = max.max(multiplier);
                *min = min.min(multiplier);
            }
            *turnover += tile.turnover[i];
            *events += tile.events[i];
            *trades += tile.trades[i];
        }
    }
}
