//! Combinatorial purged cross-validation: every choice of k of N blocks is the test once.
//!
//! ```text
//! folds of ⌊n/N⌋ rows, the last takes the remainder
//! splits  C(N, k) ;   paths  φ = k/N · C(N, k) = C(N−1, k−1)
//! train = rows outside the test folds, less `purge` rows on either side of each
//!         and `embargo` rows more after it
//! ```
//!
//! Each fold is tested in φ splits, each time after training on other rows; strung together in order they make φ
//! complete histories, none of whose rows was trained on: a distribution of out-of-sample results instead of one
//! number (Lopez de Prado, *Advances in Financial Machine Learning*, 2018, ch. 7 and 12). Folds and gaps are those
//! of the package `skfolio`.
//!
//! The purge must be as long as one outcome lasts, or outcomes reach from one side into the other. The embargo is for
//! what lasts longer than that in features and is needed after the test only. Training rows may follow the test:
//! that is good for estimation and false as a rehearsal of trading; walk-forward ([`super::splits`]) is the rehearsal.

use std::ops::Range;

use serde::Serialize;

use super::splits::SplitError;

/// One choice of test folds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PurgedSplit {
    /// Rows to learn from, in order; neighbouring ranges are joined.
    pub train: Vec<Range<usize>>,
    /// Rows to judge on, one range a fold.
    pub test: Vec<Range<usize>>,
    /// Number of each tested fold.
    pub folds: Vec<usize>,
    /// The complete path to which each tested fold belongs, from 0.
    pub paths: Vec<usize>,
}

/// A combinatorial scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Combinatorial {
    folds: usize,
    test_folds: usize,
    purge: usize,
    embargo: usize,
}

impl Combinatorial {
    /// Most folds there may be.
    pub const MOST_FOLDS: usize = 20;
    /// Most splits there may be.
    pub const MOST_SPLITS: usize = 20_000;

    /// A scheme of `folds` blocks of which `test_folds` are tested together.
    ///
    /// # Errors
    /// [`SplitError::Folds`] unless 1 ≤ test folds < folds ≤ 20, [`SplitError::TooMany`] above 20,000 splits.
    pub fn new(folds: usize, test_folds: usize, purge: usize, embargo: usize) -> Result<Self, SplitError> {
        if !(1..folds).contains(&test_folds) || folds > Self::MOST_FOLDS {
            return Err(SplitError::Folds { folds, test_folds });
        }
        let splits = choose(folds, test_folds);
        if splits > Self::MOST_SPLITS {
            return Err(SplitError::TooMany { folds, test_folds, splits });
        }
        Ok(Self { folds, test_folds, purge, embargo })
    }

    /// Number of splits, C(N, k).
    pub fn split_count(&self) -> usize {
        choose(self.folds, self.test_folds)
    }

    /// Number of complete out-of-sample paths, φ.
    pub fn path_count(&self) -> usize {
        choose(self.folds - 1, self.test_folds - 1)
    }

    /// All splits of `rows` rows, in the order of their folds.
    ///
    /// # Errors
    /// [`SplitError::TooShort`] if a fold would be empty, [`SplitError::NoTraining`] if the gaps leave a split
    /// nothing to learn from.
    pub fn splits(&self, rows: usize) -> Result<Vec<PurgedSplit>, SplitError> {
        if rows < self.folds {
            return Err(SplitError::TooShort { rows, needed: self.folds });
        }
        let mut tested = vec![0; self.folds];
        let mut chosen: Vec<usize> = (0..self.test_folds).collect();
        let mut all = Vec::with_capacity(self.split_count());
        loop {
            let test: Vec<Range<usize>> = chosen.iter().map(|fold| self.fold(*fold, rows)).collect();
            let train = self.train(&test, rows);
            if train.is_empty() {
                return Err(SplitError::NoTraining { split: all.len(), rows });
            }
            // a fold's n-th test belongs to the n-th path
            let paths = chosen.iter().map(|fold| tested[*fold]).collect();
            chosen.iter().for_each(|fold| tested[*fold] += 1);
            all.push(PurgedSplit { train, test, folds: chosen.clone(), paths });
            if !advance(&mut chosen, self.folds) {
                return Ok(all);
            }
        }
    }

    /// For every path, the split that tests each fold: `[path][fold]`, indices into [`Combinatorial::splits`].
    pub fn paths(&self, splits: &[PurgedSplit]) -> Vec<Vec<usize>> {
        let mut paths = vec![vec![0; self.folds]; self.path_count()];
        for (number, split) in splits.iter().enumerate() {
            for (fold, path) in split.folds.iter().zip(&split.paths) {
                if let Some(place) = paths.get_mut(*path).and_then(|path| path.get_mut(*fold)) {
                    *place = number;
                }
            }
        }
        paths
    }

    fn fold(&self, fold: usize, rows: usize) -> Range<usize> {
        let length = rows / self.folds;
        let end = if fold + 1 == self.folds { rows } else { (fold + 1) * length };
        fold * length..end
    }

    /// What is left between the test folds and their gaps.
    fn train(&self, test: &[Range<usize>], rows: usize) -> Vec<Range<usize>> {
        let after = self.purge.saturating_add(self.embargo);
        let starts = std::iter::once(0).chain(test.iter().map(|fold| fold.end.saturating_add(after)));
        let ends = test.iter().map(|fold| fold.start.saturating_sub(self.purge)).chain([rows]);
        starts.zip(ends).map(|(start, end)| start..end).filter(|range| !range.is_empty()).collect()
    }
}

/// The next choice in rising order; false after the last.
fn advance(chosen: &mut [usize], folds: usize) -> bool {
    let k = chosen.len();
    let Some(at) = (0..k).rev().find(|i| chosen[*i] < folds - k + i) else {
        return false;
    };
    let first = chosen[at] + 1;
    chosen[at..].iter_mut().enumerate().for_each(|(i, fold)| *fold = first + i);
    true
}

/// Binomial coefficient; exact for the numbers of folds allowed here.
fn choose(n: usize, k: usize) -> usize {
    (0..k.min(n - k)).fold(1, |product, i| product * (n - i) / (i + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::{at, counts};
    use serde_json::Value;

    fn ranges(list: &Value) -> Vec<Range<usize>> {
        let pairs = list.as_array().unwrap().iter().map(counts);
        pairs.map(|ends| ends[0]..ends[1]).collect()
    }

    #[test]
    fn reference_splits_and_paths() {
        for case in at("/cpcv").as_array().unwrap() {
            let input = |key: &str| case["input"][key].as_u64().unwrap() as usize;
            let expected = &case["expected"];
            let scheme =
                Combinatorial::new(input("n_folds"), input("n_test_folds"), input("purge"), input("embargo")).unwrap();
            let splits = scheme.splits(input("n")).unwrap();
            assert_eq!(Some(splits.len() as u64), expected["n_splits"].as_u64());
            assert_eq!(Some(scheme.path_count() as u64), expected["n_paths"].as_u64());
            assert_eq!(splits.len(), scheme.split_count());
            let theirs = expected["splits"].as_array().unwrap().iter().zip(expected["path_ids"].as_array().unwrap());
            for (ours, (split, paths)) in splits.iter().zip(theirs) {
                assert_eq!((&ours.train, &ours.test), (&ranges(&split["train"]), &ranges(&split["test"])));
                assert_eq!(ours.paths, counts(paths));
            }
        }
    }

    #[test]
    fn reference_counts() {
        for (key, expected) in at("/cpcv_phi").as_object().unwrap() {
            let (folds, test) = key.split_once(',').unwrap();
            let scheme = Combinatorial::new(folds.parse().unwrap(), test.parse().unwrap(), 0, 0).unwrap();
            assert_eq!(Some(scheme.split_count() as u64), expected["splits"].as_u64());
            assert_eq!(Some(scheme.path_count() as u64), expected["paths"].as_u64());
        }
    }

    #[test]
    fn every_path_tests_every_row_once_and_never_trains_near_it() {
        for (folds, test, rows, purge, embargo) in
            [(6, 2, 100, 3, 2), (10, 3, 257, 1, 0), (5, 1, 50, 4, 9), (7, 6, 70, 0, 0)]
        {
            let scheme = Combinatorial::new(folds, test, purge, embargo).unwrap();
            let splits = scheme.splits(rows).unwrap();
            for path in scheme.paths(&splits) {
                let mut covered = 0;
                for (fold, split) in path.iter().enumerate() {
                    let at = splits[*split].folds.iter().position(|f| *f == fold).unwrap();
                    assert_eq!(splits[*split].test[at].start, covered);
                    covered = splits[*split].test[at].end;
                }
                assert_eq!(covered, rows);
            }
            for split in &splits {
                for (train, test) in split.train.iter().flat_map(|a| split.test.iter().map(move |b| (a, b))) {
                    assert!(train.end + purge <= test.start || train.start >= test.end + purge + embargo);
                }
            }
        }
    }

    #[test]
    fn bad_schemes_are_refused() {
        for (folds, test) in [(1, 1), (5, 0), (5, 5), (21, 2), (0, 0)] {
            let error = Combinatorial::new(folds, test, 0, 0).unwrap_err();
            assert_eq!(error, SplitError::Folds { folds, test_folds: test });
        }
        let error = Combinatorial::new(20, 10, 0, 0).unwrap_err();
        assert_eq!(error, SplitError::TooMany { folds: 20, test_folds: 10, splits: 184_756 });
        assert!(error.to_string().contains("184756 splits"), "{error}");
        assert_eq!(Combinatorial::new(16, 8, 0, 0).unwrap().split_count(), 12_870);
        let scheme = Combinatorial::new(5, 2, 2, 0).unwrap();
        assert_eq!(scheme.splits(4), Err(SplitError::TooShort { rows: 4, needed: 5 }));
        // the folds tested leave 0, 2 and 4, each of one row beside a purge of two
        let error = scheme.splits(5).unwrap_err();
        assert_eq!(error, SplitError::NoTraining { split: 1, rows: 5 });
        assert!(error.to_string().contains("purge"), "{error}");
        let huge = Combinatorial::new(5, 2, usize::MAX, usize::MAX).unwrap();
        assert!(huge.splits(100).is_err());
    }
}
