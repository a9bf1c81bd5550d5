//! When contracts are replaced: every `tenor` days from the first evaluated day on, the same days on every path.

use crate::grid::TimeGrid;

/// Roll days of an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    first: usize,
    rows: usize,
    tenor: Option<usize>,
}

impl Schedule {
    /// Rolls at the first evaluated row and every `tenor` days after it.
    pub fn every(tenor: usize, grid: TimeGrid) -> Self {
        Self { first: grid.first(), rows: grid.rows(), tenor: Some(tenor) }
    }

    /// Never rolls.
    pub fn never(grid: TimeGrid) -> Self {
        Self { first: grid.first(), rows: grid.rows(), tenor: None }
    }

    /// Is the contract replaced at this row?
    #[inline(always)]
    pub fn rolls_at(&self, row: usize) -> bool {
        self.tenor.is_some_and(|tenor| row >= self.first && (row - self.first).is_multiple_of(tenor))
    }

    /// Days to expiry of the contract that can be traded at the close of `row`.
    pub fn days_left(&self, row: usize) -> usize {
        self.tenor.map_or(0, |tenor| tenor - (row - self.first) % tenor)
    }

    /// Number of rolls in the evaluated rows, the first purchase included.
    pub fn rolls(&self) -> usize {
        self.tenor.map_or(0, |tenor| (self.rows - self.first).div_ceil(tenor))
    }
}
