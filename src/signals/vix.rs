//! The VIX at the close, in points.

use super::{Copy, Known, ReadsSignal, Signal};
use crate::market::Factor;
use crate::shelf::{Described, Refusal};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The VIX.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {}

impl Described for Spec {
    const HELP: &'static str = "the VIX at the close, points";
    const SPECIMEN: &'static str = "{}";
}

impl ReadsSignal for Spec {
    fn build(&self, _: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        Ok(Arc::new(Copy(Factor::Vix)))
    }
}
