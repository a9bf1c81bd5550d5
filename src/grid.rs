//! The calendar of a run: daily rows, 252 a year, the first evaluated row after a warm-up.

mod span;

pub use span::Span;

/// Trading days in a year.
pub const DAYS_PER_YEAR: f64 = 252.0;

/// One trading day in years.
pub const DAY: f64 = 1.0 / DAYS_PER_YEAR;

/// Rows 0..rows of daily closes; rows `first..rows` are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeGrid {
    rows: usize,
    first: usize,
}

impl TimeGrid {
    /// `rows` closes of which those from `first` on are evaluated.
    ///
    /// # Errors
    /// A sentence when `first` is 0 (the first evaluated day has a return) or fewer than two rows would be evaluated.
    pub fn new(rows: usize, first: usize) -> Result<Self, String> {
        if first >= 1 && rows >= first + 2 {
            Ok(Self { rows, first })
        } else {
            Err(format!(
                "{rows} days with a warm-up of {first} leave too little: warm_up must be at least 1 and leave two days"
            ))
        }
    }

    /// All rows, the start and the warm-up included.
    pub const fn rows(self) -> usize {
        self.rows
    }

    /// First evaluated row.
    pub const fn first(self) -> usize {
        self.first
    }

    /// Evaluated days.
    pub const fn days(self) -> usize {
        self.rows - self.first
    }

    /// Evaluated years.
    pub fn years(self) -> f64 {
        self.days() as f64 / DAYS_PER_YEAR
    }
}
