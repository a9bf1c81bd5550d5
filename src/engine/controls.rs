//! Control variates of a run: sums over the evaluated days whose true mean is zero, by path and by rule.

use super::experiment::Twist;
use crate::lanes::{Row, WIDTH};
use crate::market::{Factor, PathBlock, Surprise};
use crate::metrics::tally::Tally;
use crate::portfolio::Portfolio;
use crate::stats::controls::Controls;

/// Controls that every rule shares.
const COMMON: usize = 13;

/// Controls of one rule: what its hedge was to gain from the day's diffusive shocks, and from its jumps.
pub(super) const OWN: usize = 2;

/// The common controls of a group of paths.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums([Row; COMMON]);

impl Sums {
    pub(super) const NONE: Self = Self([Row::splat(0.0); COMMON]);

    /// Of simulated paths: surprises of the portfolio, of its square and of the variance, plain and times what was known the
    /// day before: the VIX, the drawdown, the return of the quarter so far.
    pub(super) fn of(paths: &PathBlock, portfolio: &Portfolio, index: &[Row], assets: usize, quoted: usize) -> Self {
        let vix = paths.rows(Factor::Vix);
        let rows = |of| paths.surprises(of);
        let weights: Vec<f64> = (0..assets).map(|asset| portfolio.weight(asset)).collect();
        let of_portfolio = |row: usize, kind: fn(usize) -> Surprise| {
            let mut sum = Row::splat(0.0);
            for (asset, weight) in weights.iter().enumerate() {
                sum += rows(kind(asset))[row] * *weight;
            }
            sum
        };
        let mut sums = [Row::splat(0.0); COMMON];
        let (mut peak, mut quarter) = (index[paths.first()], index[paths.first()]);
        for row in paths.first() + 1..index.len() {
            let before = row - 1;
            peak = peak.max(index[before]);
            if (before - paths.first()).is_multiple_of(63) {
                quarter = index[before];
            }
            let drawdown = Row::splat(1.0) - index[before] / peak;
            let (shock, jump) = (of_portfolio(row, Surprise::Shock), of_portfolio(row, Surprise::Jump));
            let (square, variance) = (rows(Surprise::Square(quoted))[row], rows(Surprise::Variance)[row]);
            let today = [
                shock,
                jump,
                square,
                variance,
                rows(Surprise::VarianceJump)[row],
                rows(Surprise::Crashes)[row],
                rows(Surprise::Entries)[row],
                vix[before] * shock,
                vix[before] * square,
                vix[before] * variance,
                vix[before] * jump,
                drawdown * (shock + jump),
                (index[before] / quarter - 1.0) * (shock + jump),
            ];
            for (sum, today) in sums.iter_mut().zip(today) {
                *sum += today;
            }
        }
        Self(sums)
    }
}

/// Controls of a run, by path.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    common: Vec<Vec<f64>>,
    /// `[rule][control][path]`.
    own: Vec<Vec<Vec<f64>>>,
}

impl Kept {
    pub(super) fn push(&mut self, lane: usize, sums: &Sums, tallies: &[Tally], twists: &[Twist]) {
        debug_assert!(lane < WIDTH);
        self.common.resize(COMMON, Vec::new());
        self.own.resize(tallies.len(), vec![Vec::new(); OWN]);
        for (column, sum) in self.common.iter_mut().zip(&sums.0) {
            column.push(sum.0[lane]);
        }
        for (rule, columns) in self.own.iter_mut().enumerate() {
            let (tally, by) = match twists[rule] {
                Twist::Scaled { of, by } => (&tallies[of], by),
                _ => (&tallies[rule], 1.0),
            };
            for (column, sum) in columns.iter_mut().zip(tally.surprises()) {
                column.push(sum.0[lane] * by);
            }
        }
    }

    pub(super) fn append(&mut self, next: Self) {
        if self.common.is_empty() {
            *self = next;
            return;
        }
        let into = self.common.iter_mut().chain(self.own.iter_mut().flatten());
        for (into, from) in into.zip(next.common.into_iter().chain(next.own.into_iter().flatten())) {
            into.extend(from);
        }
    }

    /// The same of each column.
    pub(super) fn map(&self, of: &dyn Fn(&Vec<f64>) -> Vec<f64>) -> Self {
        let columns = |list: &Vec<Vec<f64>>| list.iter().map(of).collect();
        Self { common: columns(&self.common), own: self.own.iter().map(columns).collect() }
    }

    pub(super) fn truncate(&mut self, paths: usize) {
        self.common.iter_mut().chain(self.own.iter_mut().flatten()).for_each(|column| column.truncate(paths));
    }

    /// The controls of each rule.
    pub(super) fn controls(&self) -> Vec<Controls> {
        let common = Controls::new(self.common.iter().map(Vec::as_slice));
        self.own.iter().map(|own| common.with(own.iter().map(Vec::as_slice))).collect()
    }
}
