//! Realized correlation over the last n days: of two assets, or the mean over all pairs.

use super::{Known, ReadsSignal, Signal, View, asset_of};
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
    /// Two assets (default: the mean over all pairs).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "[String; 2]")]
    pub between: Option<[String; 2]>,
}

impl Described for Spec {
    const HELP: &'static str = "realized correlation over a window, of two assets or the mean over all pairs";
    const SPECIMEN: &'static str = "{ window: 63 }";
}

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        let facts = known.facts;
        let count = facts.assets.len();
        let pairs: Vec<(usize, usize)> = match &self.between {
            Some([a, b]) => vec![(asset_of(Some(a), facts, "between")?, asset_of(Some(b), facts, "between")?)],
            None => (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j))).collect(),
        };
        if pairs.is_empty() || pairs.iter().any(|(i, j)| i == j) {
            return Err(Refusal::new("", "a correlation needs two different assets"));
        }
        Ok(Arc::new(RealizedCorrelation { pairs, window: self.window.get() as usize }))
    }

    fn look_back(&self) -> usize {
        // Row 0 has no return.
        (self.window.get() as usize).saturating_add(1)
    }
}

struct RealizedCorrelation {
    pairs: Vec<(usize, usize)>,
    window: usize,
}

impl Signal for RealizedCorrelation {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        out.fill(Row::splat(0.0));
        for (i, j) in &self.pairs {
            let (a, b) = (see.paths.rows(Factor::LogReturn(*i)), see.paths.rows(Factor::LogReturn(*j)));
            add(a, b, self.window, 1.0 / self.pairs.len() as f64, out);
        }
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
