//! What instruments write down of every day: prices, P&L and what it is made of, per contract.

use super::Schedule;
use crate::lanes::Row;

/// Columns of one instrument, all per contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Mark {
    /// P&L of the contract held overnight, in excess of funding.
    Pnl,
    /// Price of the contract that can be traded at the close (variance swaps: the VIX).
    Price,
    /// Contracts that a multiplier of 1 holds.
    Unit,
    /// Half-spread.
    Spread,
    /// Part of the P&L: delta.
    Delta,
    /// Part of the P&L: gamma.
    Gamma,
    /// Part of the P&L: vega.
    Vega,
    /// Part of the P&L: theta.
    Theta,
    /// Part of the P&L: the price of the new regime over that of the old one.
    Regime,
    /// Part of the P&L: interest on the value held.
    Financing,
    /// Half-spreads and fees of holding the contract overnight: of keeping its maturity, or of selling it at a roll.
    Upkeep,
    /// 1 where the contract is replaced, which is always an event; 0 elsewhere.
    Roll,
    /// Delta of the contract in units of its underlying, where it is asked for ([`Quotes::exposures`]).
    Exposure,
    /// What the day's diffusive shocks were to bring by the derivatives of the day before, where surprises are asked for: its
    /// mean is zero whatever was held.
    Shock,
    /// The same of the day's jumps.
    Jump,
}

/// Number of mark columns.
pub const MARKS: usize = 15;

/// The columns that, with a rest, add up to the P&L of a contract held overnight.
pub const PARTS: [Mark; 6] = [Mark::Delta, Mark::Gamma, Mark::Vega, Mark::Theta, Mark::Regime, Mark::Financing];

impl Mark {
    /// Every column, in order.
    const ALL: [Self; MARKS] = [
        Self::Pnl,
        Self::Price,
        Self::Unit,
        Self::Spread,
        Self::Delta,
        Self::Gamma,
        Self::Vega,
        Self::Theta,
        Self::Regime,
        Self::Financing,
        Self::Upkeep,
        Self::Roll,
        Self::Exposure,
        Self::Shock,
        Self::Jump,
    ];
}

// A column is found by its place.
const _: () = {
    let mut place = 0;
    while place < MARKS {
        assert!(Mark::ALL[place] as usize == place, "a column is out of order");
        place += 1;
    }
};

/// Marks of one instrument on eight paths: `[column][row][lane]`; columns that nobody asks for have no rows.
#[derive(Clone, Debug)]
pub struct MarkRows {
    data: [Vec<Row>; MARKS],
    /// Days, by path, on which a look-up was held at the edge of the price tables.
    pub(super) held: Row,
}

impl MarkRows {
    /// Room for `rows` rows of every column.
    pub fn new(rows: usize) -> Self {
        Self::of(rows, |_| true)
    }

    /// Room for `rows` rows of the wanted columns.
    pub fn of(rows: usize, wanted: impl Fn(Mark) -> bool) -> Self {
        let column = |mark: Mark| vec![Row::default(); if wanted(mark) { rows } else { 0 }];
        Self { data: Mark::ALL.map(column), held: Row::default() }
    }

    /// Days, by path, on which a look-up was held at the edge of the price tables.
    pub fn held(&self) -> &Row {
        &self.held
    }

    /// All rows of a column; none if it was not asked for.
    pub fn rows(&self, column: Mark) -> &[Row] {
        &self.data[column as usize]
    }

    /// All rows of the column at a place in the order of [`Mark`].
    pub fn column(&self, place: usize) -> &[Row] {
        &self.data[place]
    }

    /// Writes down the days of a schedule, which are the same on every path.
    pub(super) fn roll_by(&mut self, schedule: &Schedule) {
        for (row, rolls) in schedule.flags().iter().enumerate() {
            *self.at(Mark::Roll, row) = Row::splat(f64::from(u8::from(*rolls)));
        }
    }

    /// One row of a column, to be written.
    #[inline(always)]
    pub(super) fn at(&mut self, column: Mark, row: usize) -> &mut Row {
        &mut self.data[column as usize][row]
    }
}
