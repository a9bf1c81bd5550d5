//! The VIX, smoothed by a mean or an exponential mean.

use super::smooth::{Smooth, SmoothSpec, apply};
use super::{Known, ReadsSignal, Signal, View};
use crate::lanes::Row;
use crate::market::Factor;
use crate::shelf::{Described, Refusal};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The VIX, smoothed: exactly one of `mean`, `ema`, `persist`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(transparent)]
pub struct Spec(#[garde(dive)] SmoothSpec);

impl Described for Spec {
    const HELP: &'static str = "the VIX, smoothed over some days, points";
    const SPECIMEN: &'static str = "{ ema: 5 }";
}

impl ReadsSignal for Spec {
    fn build(&self, _: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        Ok(Arc::new(SmoothedVix(self.0.smooth()?)))
    }

    fn look_back(&self) -> usize {
        self.0.days()
    }
}

struct SmoothedVix(Smooth);

impl Signal for SmoothedVix {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        apply(self.0, &see.paths.rows(Factor::Vix)[..out.len()], out);
    }
}
