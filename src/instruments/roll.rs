//! When contracts are replaced: every `tenor` days from the first evaluated day on, the same days on every path.

use crate::grid::TimeGrid;

/// Roll days of an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    first: usize,
    tenor: Option<usize>,
    flags: Vec<bool>,
}

impl Schedule {
    /// Rolls at the first evaluated row and every `tenor` days after it.
    pub fn every(tenor: usize, grid: TimeGrid) -> Self {
        let first = grid.first();
        let flags = (0..grid.rows()).map(|row| row >= first && (row - first).is_multiple_of(tenor)).collect();
        Self { first, tenor: Some(tenor), flags }
    }

    /// Never rolls.
    pub fn never(grid: TimeGrid) -> Self {
        Self { first: grid.first(), tenor: None, flags: vec![false; grid.rows()] }
    }

    /// Is the contract replaced at this row?
    #[inline(always)]
    pub fn rolls_at(&self, row: usize) -> bool {
        self.flags[row]
    }

    /// The same for all rows.
    pub fn flags(&self) -> &[bool] {
        &self.flags
    }

    /// Days to expiry of the contract that can be traded at the close of `row`.
    pub fn days_left(&self, row: usize) -> usize {
        self.tenor.map_or(0, |tenor| tenor - (row - self.first) % tenor)
    }
}
