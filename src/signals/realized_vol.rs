//! Realized volatility: 100 sqrt(252/n sum r^2) over the last n log returns (zero mean), in points.

use super::windows::rolling_mean;
use super::{Known, ReadsSignal, Signal, View, asset_of};
use crate::grid::DAYS_PER_YEAR;
use crate::lanes::Row;
use crate::market::Factor;
use crate::shelf::{Described, Refusal};
use crate::units::PositiveCount;
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Realized volatility of an asset.
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
    const HELP: &'static str = "realized volatility over a window (zero mean), points";
    const SPECIMEN: &'static str = "{ window: 20 }";
}

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        let facts = known.facts;
        Ok(Arc::new(RealizedVol {
            asset: asset_of(self.of.as_ref(), facts, "of")?,
            window: self.window.get() as usize,
        }))
    }

    fn look_back(&self) -> usize {
        // Row 0 has no return.
        (self.window.get() as usize).saturating_add(1)
    }
}

struct RealizedVol {
    asset: usize,
    window: usize,
}

impl Signal for RealizedVol {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        read(see.paths.rows(Factor::LogReturn(self.asset)), self.window, out);
    }
}

/// Realized volatility of the last `window` log returns, points.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn read(returns: &[Row], window: usize, out: &mut [Row]) {
    rolling_mean(
        out.len(),
        window,
        |row| returns[row] * returns[row],
        |row, mean| out[row] = (mean.max(Row::splat(0.0)) * DAYS_PER_YEAR).sqrt() * 100.0,
    );
}
