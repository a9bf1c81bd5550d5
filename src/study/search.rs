//! The search for the best piecewise-linear rule of one hedge, for the studies that look for one.
//!
//! A rule that is straight between levels of its signals is a sum of hat functions, each of which is a rule. Their yearly
//! P&L is walked once; the objective, money lost a year + weight x E[((yearly portfolio loss - 10 %)+)^2], is convex in
//! their sizes. P&L before costs is linear in the sizes. Costs are not, since one hat sells what its neighbour buys: the
//! search is done with none, half and all of the hats' own costs, and mixed with a rule that is known; the candidates are
//! then walked, and the best of them by what they truly paid is the rule.

mod solve;
pub mod told;

use super::measure::Measured;
use super::question::Walks;
use crate::engine::{Experiment, Keep, Outcome, Twist};
use crate::metrics::tally::Column;
use crate::rules::Rule;
use nalgebra::{DMatrix, DVector};
pub use solve::Objective;
use std::ops::Range;

/// Yearly loss of the portfolio beyond which squares count.
pub const BEYOND: f64 = 0.10;

/// Parts of the hats' trading costs that the searches charge.
const CHARGED: [f64; 3] = [0.0, 0.5, 1.0];

/// Parts of the known rule that are mixed into what a search finds.
const MIXED: [f64; 4] = [0.0, 0.25, 0.5, 0.75];

/// Number of candidates of one search.
pub const CANDIDATES: usize = 1 + CHARGED.len() * MIXED.len();

/// Yearly P&L on some paths: `[year of path]`, years of one path together.
pub struct Yearly {
    /// Whole years of a path.
    pub years: usize,
    /// The portfolio's own.
    pub portfolio: DVector<f64>,
    /// Of each hedge.
    pub hedges: Vec<Vec<f64>>,
    /// Trading cost of each hedge, on each path the same in all years.
    costs: Vec<Vec<f64>>,
}

impl Yearly {
    /// Walks rules and keeps the whole years of every path; nothing if it was stopped.
    ///
    /// # Errors
    /// A sentence when the threads cannot be started.
    pub fn walk(
        base: &Experiment,
        rules: Vec<Rule>,
        range: Range<u64>,
        years: usize,
        walk: &Walks<'_>,
    ) -> Result<Option<Self>, String> {
        let count = rules.len();
        let walked = base.with_rules(rules, vec![Twist::None; count]);
        let Some(outcome) = walk.walk(&walked, range, Keep::Years)? else { return Ok(None) };
        let portfolio = whole_years(&outcome, walked.unhedged, years);
        let net = |rule| -> Vec<f64> {
            whole_years(&outcome, rule, years).iter().zip(&portfolio).map(|(with, without)| with - without).collect()
        };
        let a_year = 1.0 / base.grid.years();
        let cost = |rule| -> Vec<f64> {
            let (spread, fee) = (outcome.table.column(rule, Column::Spread), outcome.table.column(rule, Column::Fee));
            let of_path = |(spread, fee): (&f64, &f64)| std::iter::repeat_n((spread + fee) * a_year, years);
            spread.iter().zip(fee).flat_map(of_path).collect()
        };
        let (hedges, costs) = ((0..count).map(net).collect(), (0..count).map(cost).collect());
        Ok(Some(Self { years, hedges, costs, portfolio: portfolio.into() }))
    }

    /// Bytes of the rows of some passes, each of so many paths and rules, and of two copies that are worked on.
    pub fn bytes(passes: &[(u64, usize)], years: usize) -> f64 {
        let of_pass = |(paths, rules): &(u64, usize)| *paths as f64 * ((rules + 1) * years) as f64;
        3.0 * size_of::<f64>() as f64 * passes.iter().map(of_pass).sum::<f64>()
    }

    /// Paths.
    pub fn paths(&self) -> usize {
        self.portfolio.len() / self.years
    }

    /// The objective of a hedge with this yearly P&L.
    pub fn objective(&self, hedge: &[f64], weight: f64) -> f64 {
        let years = hedge.iter().zip(&self.portfolio).map(|(hedge, portfolio)| of_year(*hedge, *portfolio, weight));
        years.sum::<f64>() / self.portfolio.len() as f64
    }

    /// Mean over the years of each path of `of(P&L of the hedge, return of the portfolio)`.
    pub fn by_path(&self, hedge: &[f64], of: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let year = |i: usize| of(hedge[i], self.portfolio[i]);
        let path = |path: usize| (0..self.years).map(|i| year(path * self.years + i)).sum::<f64>() / self.years as f64;
        (0..self.paths()).map(path).collect()
    }

    /// The objective of a hedge, a mean over paths.
    pub fn measured(&self, hedge: &[f64], weight: f64) -> Option<Measured> {
        Measured::mean(&self.by_path(hedge, |hedge, portfolio| of_year(hedge, portfolio, weight)))
    }

    /// Best size of one of the hedges, from 0 to `most`.
    pub fn best_size(&self, hedge: usize, weight: f64, most: f64) -> f64 {
        let alone = DMatrix::from_column_slice(self.portfolio.len(), 1, &self.hedges[hedge]);
        Objective { hedges: &alone, portfolio: &self.portfolio, weight, beyond: BEYOND }.minimise(most)[0]
    }

    /// Sizes of the hats that may be the best for a weight, [`CANDIDATES`] of them: those of the `known` rule, and what the
    /// searches find, plain and mixed with it.
    pub fn candidates(&self, hats: Range<usize>, known: &[f64], weight: f64, most: f64) -> Vec<Vec<f64>> {
        let mut list = vec![known.to_vec()];
        for charged in CHARGED {
            let net = |year: usize, hat: usize| {
                let hat = hats.start + hat;
                self.hedges[hat][year] + (1.0 - charged) * self.costs[hat][year]
            };
            let hedges = DMatrix::from_fn(self.portfolio.len(), hats.len(), net);
            let found =
                Objective { hedges: &hedges, portfolio: &self.portfolio, weight, beyond: BEYOND }.minimise(most);
            let mix = |part: &f64| found.iter().zip(known).map(|(x, known)| x + part * (known - x)).collect();
            list.extend(MIXED.iter().map(mix));
        }
        list
    }
}

fn whole_years(outcome: &Outcome, rule: usize, years: usize) -> Vec<f64> {
    let of_path = |path: usize| (0..years).map(move |year| outcome.table.year(rule, year)[path]);
    (0..outcome.paths).flat_map(of_path).collect()
}

/// Place of the smallest value.
pub fn lowest(values: &[f64]) -> usize {
    (0..values.len()).min_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap_or(0)
}

/// Weighted square of the loss of a year beyond [`BEYOND`].
pub fn squared_loss(hedge: f64, portfolio: f64, weight: f64) -> f64 {
    solve::squared_loss(hedge, portfolio, weight, BEYOND)
}

/// Money lost in a year and that square.
pub fn of_year(hedge: f64, portfolio: f64, weight: f64) -> f64 {
    solve::of_year(hedge, portfolio, weight, BEYOND)
}
