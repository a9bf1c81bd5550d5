//! The direction of an asset: the mean of the signs of its returns over several windows, from -1 to 1.
//!
//! As in time-series momentum (Moskowitz, Ooi and Pedersen, "Time series momentum", 2012, with one window); price returns.

use super::{Known, ReadsSignal, Signal, View, asset_of, since};
use crate::lanes::Row;
use crate::market::Factor;
use crate::shelf::{Described, Refusal};
use crate::units::PositiveCount;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Mean sign of an asset's returns.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Days of each return.
    #[garde(length(min = 1, max = 12), dive)]
    #[schemars(extend("minItems" = 1, "maxItems" = 12))]
    pub windows: Vec<PositiveCount>,
    /// Asset (default: the first).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub of: Option<String>,
}

impl Described for Spec {
    const HELP: &'static str = "mean of the signs of an asset's returns over windows, -1 to 1";
    const SPECIMEN: &'static str = "{ windows: [21, 63] }";
}

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        Ok(Arc::new(Trend {
            asset: asset_of(self.of.as_ref(), known.facts, "of")?,
            windows: self.windows.iter().map(|days| days.get() as usize).collect(),
        }))
    }

    fn look_back(&self) -> usize {
        self.windows.iter().map(|days| (days.get() as usize).saturating_add(1)).max().unwrap_or(1)
    }
}

struct Trend {
    asset: usize,
    windows: Vec<usize>,
}

impl Signal for Trend {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        let close = see.paths.rows(Factor::Spot(self.asset));
        for (row, out) in out.iter_mut().enumerate() {
            let sum = self.windows.iter().fold(Row::default(), |sum, window| {
                let then = since(close, row, *window);
                sum + close[row].gt(then).as_number() - close[row].lt(then).as_number()
            });
            *out = sum / self.windows.len() as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruments::Tables;
    use crate::market::PathBlock;

    /// 100, 90, 95, 95, 120: over one and two days.
    #[test]
    fn signs_are_counted() {
        let mut paths = PathBlock::new(5, 1);
        for (row, close) in paths.rows_mut(Factor::Spot(0)).iter_mut().zip([100.0, 90.0, 95.0, 95.0, 120.0]) {
            *row = Row::splat(close);
        }
        let mut out = [Row::default(); 5];
        Trend { asset: 0, windows: vec![1, 2] }.read(&crate::signals::alone(&paths, &Tables::default()), &mut out);
        assert_eq!(out.map(|row| row.0[2]), [0.0, -1.0, 0.0, 0.5, 1.0]);
    }
}
