//! VIX squared over its mean of the last n days: a crash intensity read off prices.

use super::windows::rolling_mean;
use super::{Known, ReadsSignal, Signal, View};
use crate::lanes::Row;
use crate::market::Factor;
use crate::shelf::{Described, Refusal};
use crate::units::PositiveCount;
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// VIX squared over its mean.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Days.
    #[garde(dive)]
    pub window: PositiveCount,
}

impl Described for Spec {
    const HELP: &'static str = "VIX squared over its mean of the last days";
    const SPECIMEN: &'static str = "{ window: 252 }";
}

impl ReadsSignal for Spec {
    fn build(&self, _: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        Ok(Arc::new(VarianceRatio(self.window.get() as usize)))
    }

    fn look_back(&self) -> usize {
        self.window.get() as usize
    }
}

struct VarianceRatio(usize);

impl Signal for VarianceRatio {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        read(see.paths.rows(Factor::Vix), self.0, out);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn read(vix: &[Row], window: usize, out: &mut [Row]) {
    let square = |row: usize| vix[row] * vix[row];
    rolling_mean(out.len(), window, square, |row, mean| out[row] = square(row) / mean);
}
