//! Realized correlation over the last n days: of two of assets, portfolio and instruments, or the mean over all pairs of
//! assets.
//!
//! An asset stands for its log returns, the portfolio for its daily returns in excess of cash, an instrument for the daily
//! P&L of one contract held overnight. Instruments are held from the first evaluated day on: there the window fills.

use super::{Known, ReadsSignal, Signal, View};
use crate::instruments::Mark;
use crate::lanes::Row;
use crate::market::Factor;
use crate::shelf::{Described, Refusal};
use crate::units::PositiveCount;
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Realized correlation.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Days.
    #[garde(dive)]
    pub window: PositiveCount,
    /// Two of: assets, `portfolio`, instruments (default: the mean over all pairs of assets).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "[String; 2]")]
    pub between: Option<[String; 2]>,
}

impl Described for Spec {
    const HELP: &'static str =
        "realized correlation over a window: of two assets, the portfolio or instruments, or the mean over all pairs";
    const SPECIMEN: &'static str = "{ window: 63 }";
}

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        let count = known.facts.assets.len();
        let pairs: Vec<(Side, Side)> = match &self.between {
            Some([a, b]) => vec![(Side::of(a, known)?, Side::of(b, known)?)],
            None => (0..count).flat_map(|i| (i + 1..count).map(move |j| (Side::Asset(i), Side::Asset(j)))).collect(),
        };
        if pairs.is_empty() || pairs.iter().any(|(a, b)| a == b) {
            return Err(Refusal::new("", "a correlation needs two different assets, instruments or the portfolio"));
        }
        let marked = pairs.iter().any(|(a, b)| [a, b].iter().any(|side| matches!(side, Side::Instrument(_))));
        // The first P&L of a contract is that of the day after.
        let first = if marked { known.grid.first() + 1 } else { 0 };
        Ok(Arc::new(RealizedCorrelation { pairs, window: self.window.get() as usize, first }))
    }

    fn look_back(&self) -> usize {
        // Row 0 has no return.
        (self.window.get() as usize).saturating_add(1)
    }
}

/// What is correlated.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Asset(usize),
    Portfolio,
    Instrument(usize),
}

impl Side {
    /// By name: an asset before an instrument.
    fn of(name: &str, known: &Known<'_>) -> Result<Self, Refusal> {
        if let Ok(asset) = known.facts.asset(name, "between") {
            return Ok(Self::Asset(asset));
        }
        if name == "portfolio" {
            return Ok(Self::Portfolio);
        }
        known.instrument(name, "between").map(Self::Instrument).map_err(|_| {
            Refusal::new("between", format!("there is no asset or instrument `{name}`")).help(format!(
                "write two of {}, portfolio{}{}",
                known.facts.assets.join(", "),
                if known.instruments.is_empty() { "" } else { ", " },
                known.instruments.join(", ")
            ))
        })
    }

    fn rows<'a>(self, see: &View<'a>) -> &'a [Row] {
        match self {
            Self::Asset(asset) => see.paths.rows(Factor::LogReturn(asset)),
            Self::Portfolio => see.portfolio,
            Self::Instrument(slot) => see.marks[slot].rows(Mark::Pnl),
        }
    }
}

struct RealizedCorrelation {
    pairs: Vec<(Side, Side)>,
    window: usize,
    /// First row of the window.
    first: usize,
}

impl Signal for RealizedCorrelation {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        out.fill(Row::splat(0.0));
        for (i, j) in &self.pairs {
            let (a, b) = (&i.rows(see)[self.first..], &j.rows(see)[self.first..]);
            add(a, b, self.window, 1.0 / self.pairs.len() as f64, &mut out[self.first..]);
        }
        // Contracts have no P&L before they are bought: a correlation counts once half of its window is there.
        let until = if self.first > 0 { (self.first + self.window / 2).min(out.len()) } else { 0 };
        out[..until].fill(Row::splat(0.0));
    }
}

/// Adds `share` times the rolling correlation (means removed) of two columns.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn add(a: &[Row], b: &[Row], window: usize, share: f64, out: &mut [Row]) {
    let mut sums = [Row::splat(0.0); 5];
    let terms = |row: usize| [a[row], b[row], a[row] * a[row], b[row] * b[row], a[row] * b[row]];
    for row in 0..out.len() {
        let from = (row + 1).saturating_sub(window);
        if row % window == 0 {
            sums = [Row::splat(0.0); 5];
            for i in from..=row {
                for (sum, term) in sums.iter_mut().zip(terms(i)) {
                    *sum += term;
                }
            }
        } else {
            for (sum, term) in sums.iter_mut().zip(terms(row)) {
                *sum += term;
            }
            if from > 0 {
                for (sum, term) in sums.iter_mut().zip(terms(from - 1)) {
                    *sum -= term;
                }
            }
        }
        let n = (row + 1 - from) as f64;
        let [x, y, xx, yy, xy] = sums.map(|sum| sum / n);
        let spread = ((xx - x * x) * (yy - y * y)).max(Row::splat(0.0)).sqrt();
        let value = (xy - x * y) / spread.max(Row::splat(1e-300));
        out[row] += value.max(Row::splat(-1.0)).min(Row::splat(1.0)) * share;
    }
}
