//! The Sharpe ratio of each column, its errors, and what they rest on.

use super::{Found, Table};
use crate::stats::annualise::{Annualised, autocorrelations};
use crate::stats::block_length::{BlockLength, block_length};
use crate::stats::deflated::probabilistic;
use crate::stats::moments::{mean, sd};
use crate::stats::sharpe::{SharpeRatio, se_hac};
use rayon::prelude::*;

/// Autocorrelations that are shown.
const SHOWN: usize = 5;

/// What one column says alone.
#[derive(Clone, Debug)]
pub struct Record {
    /// The ratio per period.
    pub ratio: SharpeRatio,
    /// Mean return of a period.
    pub mean: f64,
    /// Standard deviation, divisor T − 1.
    pub sd: f64,
    /// Autocorrelations at lags 1 to 5.
    pub autocorrelations: Option<Vec<f64>>,
    /// Standard error of the ratio per period under autocorrelation.
    pub se_hac: Option<f64>,
    /// Periods of a month, and the ratio over them.
    pub month: (usize, Option<Annualised>),
    /// Probability that the true ratio is above zero.
    pub positive: Option<f64>,
    /// Block lengths that suit the means of the returns, of their sizes and of their squares.
    pub blocks: [Option<BlockLength>; 3],
}

/// Every column's record, in order.
pub(super) fn all(table: &Table<'_>, periods_per_year: f64, lags: usize) -> Result<Vec<Record>, String> {
    let month = ((periods_per_year / 12.0).round() as usize).max(1);
    table.columns.par_iter().zip(table.names).map(|(column, name)| one(column, name, month, lags)).collect()
}

fn one(column: &[f64], name: &str, month: usize, lags: usize) -> Result<Record, String> {
    let undefined = || format!("column `{name}` has no Sharpe ratio: it is constant or not finite");
    let ratio = SharpeRatio::of(column).ok_or_else(undefined)?;
    let of = |f: fn(f64) -> f64| block_length(&column.iter().map(|r| f(*r)).collect::<Vec<f64>>());
    Ok(Record {
        ratio,
        mean: mean(column).ok_or_else(undefined)?,
        sd: sd(column).ok_or_else(undefined)?,
        autocorrelations: autocorrelations(column, SHOWN),
        se_hac: se_hac(column, lags),
        month: (month, Annualised::of(column, month)),
        positive: probabilistic(&ratio, 0.0),
        blocks: [of(|r| r), of(f64::abs), of(|r| r * r)],
    })
}

/// The ratio over a year.
pub(super) fn year(column: &[f64], periods_per_year: f64) -> Found<Annualised> {
    let periods = periods_per_year.round().max(1.0) as usize;
    if column.len() <= periods {
        return Err(format!("a year of {periods} rows needs more than the {} there are", column.len()));
    }
    Annualised::of(column, periods).ok_or_else(|| {
        format!("the autocorrelations at {} lags give the sum of a year no positive variance", periods - 1)
    })
}
