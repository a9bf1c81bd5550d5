//! Walk-forward windows and the half-and-half split.
//!
//! ```text
//! test  = [s, s + test)              s = train + purge, then steps of test
//! train = [s − purge − train, s − purge)   rolling
//!         [0, s − purge)                   anchored
//! ```
//!
//! All ranges are half-open and count rows from 0. A last block that would not be full is dropped, so every
//! test block has the same length and no row is tested twice. The purge is a gap of rows that belong to neither
//! side; it must be at least as long as one outcome lasts (the tenor of an option held), so that no training
//! outcome reaches into the test. For splits whose training may follow the test see [`super::combinatorial`].
//! (Lopez de Prado, *Advances in Financial Machine Learning*, 2018, ch. 7.)

use std::{error::Error, fmt, ops::Range};

use serde::Serialize;

/// How the training window moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Always the same number of rows, ending where the purge begins.
    Rolling,
    /// From row 0, growing.
    Anchored,
}

/// One training range and the test range that follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Split {
    /// Rows to learn from.
    pub train: Range<usize>,
    /// Rows to judge on; all later than `train`.
    pub test: Range<usize>,
}

/// Why there is no split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SplitError {
    /// A window length is zero.
    EmptyWindow(&'static str),
    /// There are fewer rows than one split needs.
    TooShort {
        /// Rows there are.
        rows: usize,
        /// Rows the first split needs.
        needed: usize,
    },
    /// The folds of a combinatorial scheme do not leave both sides something.
    Folds {
        /// Folds in all.
        folds: usize,
        /// Folds tested together.
        test_folds: usize,
    },
    /// A combinatorial scheme makes more splits than anyone would wait for.
    TooMany {
        /// Folds in all.
        folds: usize,
        /// Folds tested together.
        test_folds: usize,
        /// Splits that would make.
        splits: usize,
    },
    /// Purge and embargo leave a split no row to learn from.
    NoTraining {
        /// The first such split, from 0.
        split: usize,
        /// Rows there are.
        rows: usize,
    },
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyWindow(name) => {
                write!(f, "{name} = 0 rows; a window needs at least 1")
            }
            Self::TooShort { rows, needed } => {
                write!(f, "{rows} rows are too few: the first split needs {needed}; shorten train, test or purge")
            }
            Self::Folds { folds, test_folds } => {
                write!(f, "{test_folds} of {folds} folds tested; give 2 to 20 folds, and test at least 1 but not all")
            }
            Self::TooMany { folds, test_folds, splits } => {
                write!(
                    f,
                    "{test_folds} of {folds} folds tested make {splits} splits, more than 20000; use fewer folds, or test fewer"
                )
            }
            Self::NoTraining { split, rows } => {
                write!(
                    f,
                    "split {split} of {rows} rows has no row left to train on; shorten purge or embargo, or use fewer folds"
                )
            }
        }
    }
}

impl Error for SplitError {}

/// A walk-forward scheme, in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkForward {
    train: usize,
    test: usize,
    purge: usize,
    window: Window,
}

impl WalkForward {
    /// A scheme of `train` rows to learn, `purge` rows left out, `test` rows to judge.
    ///
    /// # Errors
    /// [`SplitError::EmptyWindow`] if `train` or `test` is zero.
    pub fn new(train: usize, test: usize, purge: usize, window: Window) -> Result<Self, SplitError> {
        for (name, rows) in [("train", train), ("test", test)] {
            if rows == 0 {
                return Err(SplitError::EmptyWindow(name));
            }
        }
        Ok(Self { train, test, purge, window })
    }

    /// All splits of `rows` rows, in order; at least one.
    ///
    /// # Errors
    /// [`SplitError::TooShort`] if not even the first test block is full.
    pub fn splits(&self, rows: usize) -> Result<Vec<Split>, SplitError> {
        let first = self.train.saturating_add(self.purge);
        let needed = first.saturating_add(self.test);
        if needed > rows {
            return Err(SplitError::TooShort { rows, needed });
        }
        let blocks = (rows - first) / self.test;
        Ok((0..blocks).map(|b| self.split(first + b * self.test)).collect())
    }

    fn split(&self, start: usize) -> Split {
        let end = start - self.purge;
        let begin = match self.window {
            Window::Rolling => end - self.train,
            Window::Anchored => 0,
        };
        Split { train: begin..end, test: start..start + self.test }
    }
}

/// Train on the first half, test on the second, with `gap` rows cut from the front of the second.
///
/// The first half has ⌊rows/2⌋ rows.
///
/// # Errors
/// [`SplitError::TooShort`] if a side would be empty.
pub fn halves(rows: usize, gap: usize) -> Result<Split, SplitError> {
    let middle = rows / 2;
    let start = middle.saturating_add(gap);
    if middle == 0 || start >= rows {
        // ⌈rows/2⌉ > gap is what the second half needs
        let needed = gap.saturating_mul(2).saturating_add(1).max(2);
        return Err(SplitError::TooShort { rows, needed });
    }
    Ok(Split { train: 0..middle, test: start..rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::{at, counts};
    use serde_json::Value;

    fn expected(value: &Value) -> Split {
        let range = |key: &str| {
            let ends = counts(&value[key]);
            ends[0]..ends[1]
        };
        Split { train: range("train"), test: range("test") }
    }

    #[test]
    fn reference_walk_forward() {
        let cases = at("/walk_forward_splits");
        for case in cases.as_array().unwrap() {
            let input = &case["input"];
            let rows = |key: &str| input[key].as_u64().unwrap() as usize;
            let window = match input["anchored"].as_bool().unwrap() {
                true => Window::Anchored,
                false => Window::Rolling,
            };
            assert_eq!(input["keep_partial_last"], false);
            let scheme = WalkForward::new(rows("train"), rows("test"), rows("purge"), window);
            let ours = scheme.unwrap().splits(rows("n")).unwrap();
            let theirs = case["expected"].as_array().unwrap();
            assert_eq!(ours, theirs.iter().map(expected).collect::<Vec<_>>());
        }
    }

    #[test]
    fn reference_halves() {
        for case in at("/walk_forward_50_50").as_array().unwrap() {
            let rows = |key: &str| case[key].as_u64().unwrap() as usize;
            assert_eq!(halves(rows("n"), rows("gap")).unwrap(), expected(&case["expected"]));
        }
    }

    #[test]
    fn training_ends_a_purge_before_the_test() {
        for window in [Window::Rolling, Window::Anchored] {
            let scheme = WalkForward::new(1260, 252, 21, window).unwrap();
            for s in scheme.splits(8309).unwrap() {
                assert_eq!(s.train.end + 21, s.test.start);
                assert_eq!(s.test.len(), 252);
                assert!(s.test.end <= 8309);
            }
        }
    }

    #[test]
    fn the_shortest_history_has_one_split() {
        let scheme = WalkForward::new(10, 5, 2, Window::Rolling).unwrap();
        assert_eq!(scheme.splits(17).unwrap().len(), 1);
        let error = scheme.splits(16).unwrap_err();
        assert_eq!(error, SplitError::TooShort { rows: 16, needed: 17 });
        assert!(error.to_string().contains("needs 17"));
        assert!(WalkForward::new(0, 5, 2, Window::Rolling).is_err());
        assert!(WalkForward::new(5, 0, 2, Window::Rolling).is_err());
        let huge = WalkForward::new(usize::MAX, 1, usize::MAX, Window::Rolling).unwrap();
        assert!(huge.splits(100).is_err());
    }

    #[test]
    fn halves_need_both_sides() {
        for (rows, gap) in [(0, 0), (1, 0), (10, 5), (10, usize::MAX)] {
            let SplitError::TooShort { needed, .. } = halves(rows, gap).unwrap_err() else {
                panic!("another error");
            };
            assert!(needed > rows);
            assert!(needed == usize::MAX || halves(needed, gap).is_ok());
        }
        assert_eq!(halves(2, 0).unwrap().test, 1..2);
    }
}
