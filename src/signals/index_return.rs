//! The return of an asset over the last n days, a decimal: what stop-loss rules look at.

use super::{Known, ReadsSignal, Signal, View, asset_of, since};
use crate::lanes::Row;
use crate::market::Factor;
use crate::shelf::{Described, Refusal};
use crate::units::PositiveCount;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Price return of an asset.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Days.
    #[garde(dive)]
    pub window: PositiveCount,
    /// Asset (default: the first).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub of: Option<String>,
}

impl Described for Spec {
    const HELP: &'static str = "price return of an asset over a window, a decimal";
    const SPECIMEN: &'static str = "{ window: 5 }";
}

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        Ok(Arc::new(IndexReturn {
            asset: asset_of(self.of.as_ref(), known.facts, "of")?,
            window: self.window.get() as usize,
        }))
    }

    fn look_back(&self) -> usize {
        (self.window.get() as usize).saturating_add(1)
    }
}

struct IndexReturn {
    asset: usize,
    window: usize,
}

impl Signal for IndexReturn {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        let close = see.paths.rows(Factor::Spot(self.asset));
        for (row, out) in out.iter_mut().enumerate() {
            *out = close[row] / since(close, row, self.window) - 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruments::Tables;
    use crate::market::PathBlock;

    /// 100, 90, 99, 120: over two days, over fewer at the start.
    #[test]
    fn returns_span_the_window() {
        let mut paths = PathBlock::new(4, 1);
        for (row, close) in paths.rows_mut(Factor::Spot(0)).iter_mut().zip([100.0, 90.0, 99.0, 120.0]) {
            *row = Row::splat(close);
        }
        let mut out = [Row::default(); 4];
        IndexReturn { asset: 0, window: 2 }.read(&crate::signals::alone(&paths, &Tables::default()), &mut out);
        for (got, want) in out.iter().zip([0.0, -0.1, -0.01, 1.0 / 3.0]) {
            assert!((got.0[1] - want).abs() < 1e-15, "{got:?} {want}");
        }
    }
}
