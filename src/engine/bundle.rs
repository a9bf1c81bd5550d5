//! Runs of more paths than rows are kept: a row is the mean of a bundle of neighbouring paths, and one path of each bundle is
//! kept as it was.
//!
//! Means over paths, ratios of them and their errors follow from the means of bundles as they do from paths. What is no mean
//! (quantiles, expected shortfall, one path's ratio) follows from the paths that were kept, and so does what studies read.

use super::controls::Kept;
use super::outcome::{Outcome, Table};

/// Rows above which bundles are made unless the experiment says otherwise.
pub const MOST_ROWS: u64 = 20_000;

/// Paths of a bundle, so that `paths` make at most `rows` bundles. Whole groups of lanes where the paths divide into them, or
/// else bundles of one size, unless either would keep far fewer rows than it may: the last bundle is smaller then.
pub fn bundle(paths: u64, rows: u64) -> u64 {
    let least = paths.div_ceil(rows.max(1));
    if least <= 1 {
        return 1;
    }
    let divides = |each: &u64| paths.is_multiple_of(*each);
    let whole = |each: &u64| each.is_multiple_of(16) && divides(each);
    let most = least.saturating_add(least / 4);
    let groups = least..=least.saturating_mul(4).min(paths).max(most);
    groups.clone().find(whole).or_else(|| (least..=most).find(divides)).unwrap_or(least)
}

impl Outcome {
    /// Means over bundles of so many paths, with the first path of each; the last bundle may be smaller.
    #[must_use]
    pub(super) fn bundled(self, each: u64) -> Self {
        if each <= 1 {
            return self;
        }
        let each = each as usize;
        let every = |column: &Vec<f64>| column.iter().step_by(each).copied().collect::<Vec<f64>>();
        let mean =
            |column: &Vec<f64>| column.chunks(each).map(|part| part.iter().sum::<f64>() / part.len() as f64).collect();
        let rows = self.paths.div_ceil(each);
        let records = self
            .records
            .iter()
            .map(|all| {
                let numbers = all.len().checked_div(self.paths).unwrap_or(0);
                all.chunks(numbers.max(1) * each).flat_map(|part| &part[..numbers.min(part.len())]).copied().collect()
            })
            .collect();
        let columns = |of: &dyn Fn(&Vec<f64>) -> Vec<f64>| self.path_columns.iter().map(of).collect();
        let regimes = |of: &dyn Fn(&Vec<f64>) -> Vec<f64>| self.regimes.each_ref().map(|r| r.iter().map(of).collect());
        let weights = self.weights.iter().map(every).collect::<Vec<_>>();
        let of = |table: Table, path_columns, regimes, kept: Kept, records| Self {
            weights: weights.clone(),
            first: self.first,
            paths: rows,
            bundle: each as u64,
            simulated: self.simulated,
            interrupted: false,
            table,
            path_columns,
            regimes,
            records,
            replicates: self.replicates,
            kept,
            controls: Vec::new(),
            single: None,
        };
        let single = of(self.table.map(true, &every), columns(&every), regimes(&every), self.kept.map(&every), records);
        let mut means =
            of(self.table.map(false, &mean), columns(&mean), regimes(&mean), self.kept.map(&mean), Vec::new());
        // What depends on each other is inside of one bundle.
        means.replicates = crate::draws::Replicates::Paths;
        means.single = Some(Box::new(Self { replicates: crate::draws::Replicates::Paths, ..single }));
        means
    }

    /// The outcome whose rows are single paths: itself, or one path of each bundle.
    pub fn single(&self) -> &Self {
        self.single.as_deref().unwrap_or(self)
    }

    /// Takes the records of the studies out.
    pub fn take_records(&mut self) -> Vec<Vec<f64>> {
        match &mut self.single {
            Some(single) => std::mem::take(&mut single.records),
            None => std::mem::take(&mut self.records),
        }
    }

    /// Single paths, and nothing else is kept.
    #[must_use]
    pub fn into_single(self) -> Self {
        match self.single {
            Some(single) => Self { interrupted: self.interrupted, ..*single },
            None => self,
        }
    }

    /// Share of the paths that as many unweighted ones are worth; 1 where paths carry no ratio of likelihoods (Kish, "Survey
    /// sampling", 1965).
    pub fn effective_share(&self) -> f64 {
        let Some(weights) = self.weights.last() else { return 1.0 };
        let sum: f64 = weights.iter().sum();
        sum * sum / (weights.len() as f64 * weights.iter().map(|w| w * w).sum::<f64>())
    }

    /// Number of the path in a row.
    pub const fn number(&self, row: usize) -> u64 {
        self.first + row as u64 * self.bundle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_divide_the_paths_where_they_can() {
        assert_eq!((bundle(10_000, 20_000), bundle(20_000, 20_000), bundle(1, 0)), (1, 1, 1));
        assert_eq!(bundle(1_000_000, 20_000), 64);
        assert_eq!(bundle(100_000, 1_000), 160);
        // A prime number of paths has no divisor: its last bundle is smaller.
        assert_eq!(bundle(100_003, 20_000), 6);
        // Nor are rows given away for a divisor: of 20,001 paths, bundles of 3 would keep 6,667.
        assert_eq!((bundle(20_001, 20_000), bundle(36_000, 20_000)), (2, 2));
    }
}
