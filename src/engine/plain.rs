//! One rule on one path in plain numbers: the reference that the walk over lanes is held to, bit for bit, and that it must
//! be faster than.
//!
//! Written as one would without lanes: a loop over days, one `match` a day for each choice, and what crashes, months and
//! regimes earned read off the cumulated P&L at the end. Sums are put together from stretches of so many days as in the
//! engine, because the order in which numbers are added is part of their bits.

use super::experiment::Experiment;
use super::group::Worker;
use super::walk::TILE;
use crate::grid::DAYS_PER_YEAR;
use crate::instruments::{Instrument, MARKS, Mark, PARTS, Turnover};
use crate::market::Factor;
use crate::metrics::tally::{COLUMNS, Column};
use crate::metrics::windows::Window;
use crate::rules::{Leg, Rule};

mod decide;
mod later;

use decide::{Memory, Purse, target};

/// What one path offers to rules, row by row.
pub struct PlainPath {
    first: usize,
    capital: f64,
    portfolio: Vec<f64>,
    regime: Vec<usize>,
    windows: Vec<Window>,
    signals: Vec<Vec<f64>>,
    /// `[instrument][row][column]`.
    marks: Vec<Vec<[f64; MARKS]>>,
}

impl PlainPath {
    /// One path of a worker that has simulated, marked and read its group.
    pub fn of(worker: &Worker<'_>, experiment: &Experiment, lane: usize) -> Self {
        let rows = experiment.grid.rows();
        let marks = worker.marks.iter().map(|marks| {
            let day =
                |row: usize| std::array::from_fn(|column| marks.column(column).get(row).map_or(0.0, |row| row.0[lane]));
            (0..rows).map(day).collect()
        });
        Self {
            first: experiment.grid.first(),
            capital: experiment.portfolio.capital(),
            portfolio: worker.returns.iter().map(|row| row.0[lane]).collect(),
            regime: worker.paths.rows(Factor::Regime).iter().map(|row| row.0[lane] as usize).collect(),
            windows: worker.windows().windows[lane].clone(),
            signals: worker.signals.iter().map(|rows| rows.iter().map(|row| row.0[lane]).collect()).collect(),
            marks: marks.collect(),
        }
    }

    fn mark(&self, instrument: usize, mark: Mark, row: usize) -> f64 {
        self.marks[instrument][row][mark as usize]
    }
}

/// The tally of one rule on one path.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainTally {
    /// By [`Column`].
    pub columns: [f64; COLUMNS],
    /// Return of portfolio and hedge in each year.
    pub years: Vec<f64>,
    /// Net P&L on the days that began in each regime.
    pub regimes: Vec<f64>,
}

impl PlainTally {
    fn add(&mut self, column: Column, value: f64) {
        self.columns[column as usize] += value;
    }
}

/// Walks a rule through all evaluated days of a path. Twists are not for the reference.
pub fn plain_walk(experiment: &Experiment, rule: &Rule, path: &PlainPath) -> PlainTally {
    let (first, rows) = (path.first, path.portfolio.len());
    let mut legs: Vec<Walking<'_>> = rule
        .legs
        .iter()
        .map(|leg| Walking::new(leg, experiment.instruments[leg.instrument].as_ref(), path.capital))
        .collect();
    let regimes = experiment.market.facts().regimes.len();
    let mut tally =
        PlainTally { columns: [0.0; COLUMNS], years: vec![0.0; experiment.years()], regimes: vec![0.0; regimes] };
    let mut course = Course { level: 1.0, ..Course::default() };
    let mut held = Held { max: f64::NEG_INFINITY, min: f64::INFINITY, sum: 0.0 };
    let mut cumulated = vec![0.0; rows];
    let (mut stretch, mut year) = (Moments::default(), 0.0);
    tally.columns[Column::Growth as usize] = 1.0;
    for row in first..rows {
        let (day, portfolio) = (row - first, path.portfolio[row]);
        let (mut net, mut multiplier) = (0.0, 0.0);
        for (slot, leg) in legs.iter_mut().enumerate() {
            leg.day(path, row, slot == 0, &mut net);
            multiplier = if slot == 0 { leg.multiplier } else { multiplier + leg.multiplier };
        }
        if row + 1 < rows {
            held.sum += multiplier;
            (held.max, held.min) = (held.max.max(multiplier), held.min.min(multiplier));
        }
        stretch.add(portfolio, net);
        course.add(portfolio + net, &mut tally);
        cumulated[row] = if row == first { net } else { cumulated[row - 1] + net };
        year += portfolio + net;
        let (tile_ends, of_year) = ((day + 1).is_multiple_of(TILE) || row + 1 == rows, day / DAYS_PER_YEAR as usize);
        if tile_ends || (day + 1).is_multiple_of(DAYS_PER_YEAR as usize) {
            tally.years[of_year] += std::mem::take(&mut year);
        }
        if tile_ends {
            for leg in &mut legs {
                leg.close(&mut tally);
            }
            std::mem::take(&mut stretch).close(&mut tally);
        }
    }
    tally.columns[Column::Multipliers as usize] = held.sum;
    tally.columns[Column::MultiplierMax as usize] = held.max;
    tally.columns[Column::MultiplierMin as usize] = held.min;
    later::crashes(path, &cumulated, &mut tally);
    later::months(path, &cumulated, &mut tally);
    later::spells(path, &cumulated, &mut tally);
    tally
}

/// Multipliers that were held.
struct Held {
    sum: f64,
    max: f64,
    min: f64,
}

/// Sums over a stretch of days.
#[derive(Default)]
struct Moments {
    returns: f64,
    squares: f64,
    hedge_squares: f64,
    products: f64,
}

impl Moments {
    fn add(&mut self, portfolio: f64, hedge: f64) {
        let total = portfolio + hedge;
        self.returns += total;
        self.squares += total * total;
        self.hedge_squares += hedge * hedge;
        self.products += hedge * portfolio;
    }

    fn close(self, tally: &mut PlainTally) {
        tally.add(Column::Returns, self.returns);
        tally.add(Column::Squares, self.squares);
        tally.add(Column::HedgeSquares, self.hedge_squares);
        tally.add(Column::Products, self.products);
    }
}

/// Where the portfolio with its hedge stands against its peak.
#[derive(Default)]
struct Course {
    /// Compounded level over its running maximum.
    level: f64,
    /// Cumulated returns below their running maximum.
    below: f64,
    /// Days under water.
    run: f64,
}

impl Course {
    fn add(&mut self, total: f64, tally: &mut PlainTally) {
        let grown = total + 1.0;
        self.level = (self.level * grown).min(1.0);
        self.below = (self.below + total).min(0.0);
        self.run = if self.level < 1.0 { self.run + 1.0 } else { 0.0 };
        let mut most = |column: Column, value: f64| {
            let worst = &mut tally.columns[column as usize];
            *worst = worst.max(value);
        };
        most(Column::Drawdown, 1.0 - self.level);
        most(Column::DrawdownAdditive, -self.below);
        most(Column::UnderWater, self.run);
        tally.columns[Column::Growth as usize] *= grown;
    }
}

/// One leg under way.
struct Walking<'a> {
    leg: &'a Leg,
    instrument: &'a dyn Instrument,
    fee: f64,
    upkeep: bool,
    per_capital: f64,
    memory: Memory,
    multiplier: f64,
    contracts: f64,
    spent: f64,
    sums: Sums,
}

/// What a leg did in a stretch of days.
#[derive(Default)]
struct Sums {
    marks: f64,
    spreads: f64,
    upkeep: f64,
    quantity: f64,
    premium: f64,
    parts: [f64; 6],
    events: f64,
    trades: f64,
    paid: f64,
}

impl<'a> Walking<'a> {
    fn new(leg: &'a Leg, instrument: &'a dyn Instrument, capital: f64) -> Self {
        Self {
            leg,
            instrument,
            fee: instrument.fee(),
            upkeep: instrument.has_upkeep(),
            per_capital: 1.0 / capital,
            memory: Memory::default(),
            multiplier: 0.0,
            contracts: 0.0,
            spent: 0.0,
            sums: Sums::default(),
        }
    }

    /// A day: what was held is marked, the rule decides on old information, the change is traded and paid for.
    fn day(&mut self, path: &PlainPath, row: usize, starts: bool, net: &mut f64) {
        let (leg, first) = (self.leg, row == path.first);
        let signal = |slot: usize| path.signals[slot][row - leg.lag];
        let at = |mark: Mark| path.mark(leg.instrument, mark, row);
        let event = first || at(Mark::Roll) > 0.0 || self.memory.fires(leg, signal);
        let mut multiplier = if event { target(leg, signal) } else { self.multiplier };
        if event && !first && leg.limits.max_change.is_finite() {
            let (low, high) = (self.multiplier - leg.limits.max_change, self.multiplier + leg.limits.max_change);
            multiplier = multiplier.max(low).min(high);
        }
        if leg.limits.budget.is_finite() {
            let (capital, day) = (path.capital, row - path.first);
            let purse = Purse { leg, instrument: self.instrument, path, capital, day, row };
            let held = (self.contracts, self.multiplier);
            multiplier = purse.afford(multiplier, held, &mut self.spent, &mut self.sums.paid);
        }
        self.memory.remember(leg, event, signal);
        let (before, contracts) = (self.contracts, multiplier * at(Mark::Unit));
        let traded = (contracts - before * (1.0 - at(Mark::Roll))).abs();
        let (mark, cost) = (before * at(Mark::Pnl), traded * at(Mark::Spread));
        let gain = (mark - cost - traded * self.fee) * self.per_capital;
        *net = if starts { gain } else { *net + gain };
        if self.upkeep {
            let paid = before.abs() * at(Mark::Upkeep);
            *net -= paid * self.per_capital;
            self.sums.upkeep += paid;
        }
        let sums = &mut self.sums;
        sums.marks += mark;
        sums.spreads += cost;
        sums.quantity += traded;
        sums.premium += traded * at(Mark::Price);
        for (sum, part) in sums.parts.iter_mut().zip(PARTS) {
            *sum += before * at(part);
        }
        sums.events += f64::from(u8::from(event));
        sums.trades += f64::from(u8::from(traded > 0.0));
        (self.multiplier, self.contracts) = (multiplier, contracts);
    }

    /// Books the stretch.
    fn close(&mut self, tally: &mut PlainTally) {
        let (sums, per_capital, fee) = (std::mem::take(&mut self.sums), self.per_capital, self.fee);
        tally.add(Column::Mark, sums.marks * per_capital);
        tally.add(Column::Spread, (sums.spreads + sums.upkeep) * per_capital);
        tally.add(Column::Upkeep, sums.upkeep * per_capital);
        tally.add(Column::Fee, sums.quantity * (fee * per_capital));
        for (i, part) in sums.parts.iter().enumerate() {
            tally.columns[Column::Delta as usize + i] += part * per_capital;
        }
        let turnover = match self.instrument.turnover() {
            Turnover::Premium => sums.premium * per_capital,
            Turnover::Base(base) => sums.quantity * (1.0 / base),
        };
        tally.add(Column::Turnover, turnover);
        tally.add(Column::Events, sums.events);
        tally.add(Column::Trades, sums.trades);
        tally.add(Column::Paid, sums.paid * per_capital);
    }
}
