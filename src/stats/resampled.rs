//! Columns of one table and the bootstrap means of all of them: what every test of many rules starts from.
//!
//! All columns are resampled on the same days, so what they share stays shared. One replication costs a pass over
//! its blocks, not over its days: with sums Sᵢ of the first i deviations of a column,
//!
//! ```text
//! mean* − mean = Σ over blocks [s, e) of (S_e − S_s) / n
//! ```
//!
//! Each column also has its ω, √n times the error of its mean, without simulation: see [`super::long_run`].
//!
//! Memory is one number per replication and column, and is kept in the [`Workspace`] between tables.

use super::bootstrap::Stationary;
use super::long_run;

/// A column whose ω is below this share of the largest ω, or of its own mean, varies by rounding only.
const ROUNDING: f64 = 1e-10;

/// Buffers for any number of tables, one after the other.
#[derive(Debug, Default)]
pub struct Workspace {
    means: Vec<f64>,
    omegas: Vec<f64>,
    sums: Vec<f64>,
    deviations: Vec<f64>,
    order: Vec<usize>,
}

/// Means, their long-run errors and their resampled deviations, `[replication][column]`.
#[derive(Debug, Clone, Copy)]
pub struct Resampled<'a> {
    rows: usize,
    means: &'a [f64],
    omegas: &'a [f64],
    deviations: &'a [f64],
}

/// What a mean is divided by before columns are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// By its own ω: a quiet column counts as much as a noisy one. Hansen's choice, and the better one.
    Studentised,
    /// By nothing: noisy columns decide. White's choice, and that of the package `arch` in what it calls SPA.
    Plain,
}

impl Workspace {
    /// Resamples a table by the stationary bootstrap.
    ///
    /// `columns` is `[column][row]`, each column contiguous. `None` as for [`Workspace::explicit`].
    pub fn stationary(
        &mut self,
        columns: &[f64],
        rows: usize,
        scheme: &Stationary,
        replications: u64,
    ) -> Option<Resampled<'_>> {
        let valid = scheme.days() == rows && self.read(columns, rows, scheme.restart());
        if !(valid && replications > 0) {
            return None;
        }
        let mut order = std::mem::take(&mut self.order);
        for replication in 0..replications {
            scheme.draw(replication, &mut order);
            self.push(&order);
        }
        self.order = order;
        Some(self.view(rows))
    }

    /// Resamples a table on given rows, one slice a replication; `restart` enters ω only.
    ///
    /// `None` if there are fewer than 3 rows, no column, a part of a column, or a number that is not finite; if
    /// there is no replication, or one that has not exactly as many rows as the table, all of them inside it; or
    /// if `restart` is not inside (0, 1].
    pub fn explicit<'o>(
        &mut self,
        columns: &[f64],
        rows: usize,
        restart: f64,
        replications: impl IntoIterator<Item = &'o [usize]>,
    ) -> Option<Resampled<'_>> {
        if !self.read(columns, rows, restart) {
            return None;
        }
        for order in replications {
            if !(order.len() == rows && order.iter().all(|row| *row < rows)) {
                return None;
            }
            self.push(order);
        }
        (!self.deviations.is_empty()).then(|| self.view(rows))
    }

    /// Means, ω and running sums of a table; false if there is no usable table.
    fn read(&mut self, columns: &[f64], rows: usize, restart: f64) -> bool {
        let table = rows >= 3 && !columns.is_empty() && columns.len().is_multiple_of(rows);
        if !(table && restart > 0.0 && restart <= 1.0) {
            return false;
        }
        let width = columns.len() / rows;
        self.deviations.clear();
        self.means.clear();
        self.omegas.clear();
        self.sums.clear();
        self.sums.resize((rows + 1) * width, 0.0);
        for (k, column) in columns.chunks_exact(rows).enumerate() {
            let mean = column.iter().sum::<f64>() / rows as f64;
            let mut sum = 0.0;
            for (i, x) in column.iter().enumerate() {
                sum += x - mean;
                self.sums[(i + 1) * width + k] = sum;
            }
            self.means.push(mean);
            self.omegas.push(long_run::omega(column, mean, restart));
        }
        self.means.iter().chain(&self.omegas).all(|x| x.is_finite())
    }

    /// Adds one replication: its blocks are runs of consecutive rows.
    fn push(&mut self, order: &[usize]) {
        let width = self.means.len();
        let first = self.deviations.len();
        self.deviations.resize(first + width, 0.0);
        let out = &mut self.deviations[first..];
        for run in order.chunk_by(|a, b| *b == *a + 1) {
            let (start, end) = (run[0] * width, (run[0] + run.len()) * width);
            let (start, end) = (&self.sums[start..start + width], &self.sums[end..end + width]);
            for ((x, s), e) in out.iter_mut().zip(start).zip(end) {
                *x += e - s;
            }
        }
        let rows = order.len() as f64;
        out.iter_mut().for_each(|x| *x /= rows);
    }

    fn view(&self, rows: usize) -> Resampled<'_> {
        Resampled { rows, means: &self.means, omegas: &self.omegas, deviations: &self.deviations }
    }
}

impl<'a> Resampled<'a> {
    /// Rows of the table.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of replications.
    pub fn replications(&self) -> usize {
        self.deviations.len() / self.means.len()
    }

    /// Mean of each column.
    pub fn means(&self) -> &'a [f64] {
        self.means
    }

    /// ω of each column: √n times the error of its mean under serial dependence.
    pub fn omegas(&self) -> &'a [f64] {
        self.omegas
    }

    /// Hansen's thresholds −ω √(2 ln ln n / n): a rule whose mean lies below is taken to be clearly bad.
    pub fn thresholds(&self) -> Vec<f64> {
        let n = self.rows as f64; // at least 3, from where on ln ln n is positive
        let reach = (2.0 * libm::log(libm::log(n)) / n).sqrt();
        self.omegas.iter().map(|omega| -omega * reach).collect()
    }

    /// Per replication the resampled means minus the means, column by column.
    pub fn deviations(&self) -> impl Iterator<Item = &'a [f64]> {
        self.deviations.chunks_exact(self.means.len())
    }

    /// What the means of the columns that vary are multiplied by, with the column's number.
    ///
    /// √n/ω or √n. A column that is zero but for rounding (a rule that equals the benchmark) is left out: it can
    /// be neither better nor worse. `None` if no column varies, or one is constant and not zero, for then a
    /// statistic of it does not exist.
    pub(super) fn factors(&self, scale: Scale) -> Option<Vec<(usize, f64)>> {
        let root = (self.rows as f64).sqrt();
        let nil = ROUNDING * self.omegas.iter().fold(0.0_f64, |a, b| a.max(*b));
        let mut live = Vec::with_capacity(self.means.len());
        for (k, (mean, omega)) in self.means.iter().zip(self.omegas).enumerate() {
            let varies = *omega > nil && *omega > ROUNDING * mean.abs();
            match scale {
                Scale::Studentised if varies => live.push((k, root / omega)),
                Scale::Plain if varies => live.push((k, root)),
                _ if mean.abs() * root <= nil => {}
                _ => return None,
            }
        }
        (!live.is_empty()).then_some(live)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::vectors::{at, close, column, floats, near, normals, resamples};

    /// The 80 × 6 table of the reference, `[column][row]`.
    fn small() -> Vec<f64> {
        let rows: Vec<Vec<f64>> =
            at("/snooping_small/input/differentials_80xk").as_array().unwrap().iter().map(floats).collect();
        (0..6).flat_map(|k| rows.iter().map(move |row| row[k]).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn reference_means_and_errors() {
        let (table, orders) = (small(), resamples());
        let mut workspace = Workspace::default();
        let orders = orders.iter().map(Vec::as_slice);
        let r = workspace.explicit(&table, 80, 0.1, orders).unwrap();
        assert_eq!((r.rows(), r.replications(), r.deviations().count()), (80, 199, 199));
        for (ours, key) in [(r.means(), "mean"), (r.omegas(), "omega")] {
            let theirs = column(&format!("/snooping_small/expected/{key}"));
            ours.iter().zip(&theirs).for_each(|(a, b)| close(*a, *b));
        }
    }

    #[test]
    fn sums_over_blocks_are_means_over_days() {
        let (table, orders) = (small(), resamples());
        let mut workspace = Workspace::default();
        let r = workspace.explicit(&table, 80, 0.1, orders.iter().map(Vec::as_slice)).unwrap();
        for (deviations, order) in r.deviations().zip(&orders) {
            for (k, ours) in deviations.iter().enumerate() {
                let resampled: f64 = order.iter().map(|row| table[k * 80 + row]).sum();
                assert!((ours + r.means()[k] - resampled / 80.0).abs() < 1e-13);
            }
        }
    }

    /// 20,000 replications know a variance to 1 %; 4.5 % are 4.5 of these, fixed seed.
    #[test]
    fn omega_is_the_spread_of_the_resampled_means() {
        let table = small();
        let scheme = Stationary::new(80, 10.0, 3).unwrap();
        let mut workspace = Workspace::default();
        let r = workspace.stationary(&table, 80, &scheme, 20_000).unwrap();
        for k in 0..6 {
            let squares: f64 = r.deviations().map(|d| d[k] * d[k]).sum();
            near(squares / 20_000.0 * 80.0, r.omegas()[k].powi(2), 0.045);
        }
    }

    #[test]
    fn a_workspace_forgets_the_table_before() {
        let mut normal = normals(2);
        let large: Vec<f64> = (0..900).map(|_| normal()).collect();
        let scheme = Stationary::new(50, 5.0, 3).unwrap();
        let mut used = Workspace::default();
        assert!(used.stationary(&large, 100, &Stationary::new(100, 5.0, 3).unwrap(), 30).is_some());
        let again: Vec<f64> =
            used.stationary(&large[..150], 50, &scheme, 9).unwrap().deviations().flatten().copied().collect();
        let mut fresh = Workspace::default();
        let first: Vec<f64> =
            fresh.stationary(&large[..150], 50, &scheme, 9).unwrap().deviations().flatten().copied().collect();
        assert_eq!(first, again);
    }

    #[test]
    fn columns_of_rounding_are_left_out_and_constants_refused() {
        let mut table = small();
        let live = |table: &[f64]| {
            let mut workspace = Workspace::default();
            let order: Vec<usize> = (0..80).collect();
            workspace.explicit(table, 80, 0.1, [order.as_slice()])?.factors(Scale::Studentised).map(|f| f.len())
        };
        assert_eq!(live(&table), Some(6));
        table[..80].fill(0.0);
        assert_eq!(live(&table), Some(5));
        (0..80).for_each(|i| table[i] = f64::from(i as u8 % 3) * 1e-17);
        assert_eq!(live(&table), Some(5));
        table[..80].fill(0.1);
        assert_eq!(live(&table), None);
        assert_eq!(live(&[0.0; 160]), None);
        assert_eq!(live(&[0.1; 160]), None);
    }

    #[test]
    fn undefined_is_none() {
        let mut workspace = Workspace::default();
        let order = [0_usize, 1, 2];
        assert!(workspace.explicit(&[1.0, 2.0, 3.0], 3, 0.1, [order.as_slice()]).is_some());
        assert!(workspace.explicit(&[1.0, 2.0, 3.0], 3, 0.1, []).is_none());
        assert!(workspace.explicit(&[1.0, 2.0, 3.0], 3, 0.1, [&order[..2]]).is_none());
        assert!(workspace.explicit(&[1.0, 2.0, 3.0], 3, 0.1, [[0, 1, 3].as_slice()]).is_none());
        assert!(workspace.explicit(&[1.0, 2.0, 3.0, 4.0], 3, 0.1, [order.as_slice()]).is_none());
        assert!(workspace.explicit(&[1.0, 2.0], 2, 0.1, [&order[..2]]).is_none());
        assert!(workspace.explicit(&[1.0, f64::NAN, 3.0], 3, 0.1, [order.as_slice()]).is_none());
        assert!(workspace.explicit(&[], 3, 0.1, [order.as_slice()]).is_none());
        for restart in [0.0, 1.5, f64::NAN] {
            assert!(workspace.explicit(&[1.0, 2.0, 3.0], 3, restart, [order.as_slice()]).is_none());
        }
        let scheme = Stationary::new(3, 2.0, 1).unwrap();
        assert!(workspace.stationary(&[1.0, 2.0, 3.0], 3, &scheme, 0).is_none());
        assert!(workspace.stationary(&[1.0, 2.0, 3.0, 4.0], 4, &scheme, 5).is_none());
        assert_eq!(workspace.stationary(&[1.0, 2.0, 3.0], 3, &scheme, 5).unwrap().replications(), 5);
    }
}
