//! Drawdown of the unhedged portfolio from its running maximum since row 0, a positive decimal.

use super::{Known, ReadsSignal, Signal, View};
use crate::lanes::Row;
use crate::shelf::{Described, Refusal};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A drawdown.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Whose (default and only kind: the unhedged portfolio's).
    #[garde(skip)]
    #[serde(default)]
    pub of: Of,
}

/// Whose drawdown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// The unhedged portfolio's.
    #[default]
    Unhedged,
}

impl Described for Spec {
    const HELP: &'static str = "drawdown of the unhedged portfolio, a positive decimal";
    const SPECIMEN: &'static str = "{}";
}

impl ReadsSignal for Spec {
    fn build(&self, _: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        Ok(Arc::new(Drawdown))
    }
}

struct Drawdown;

impl Signal for Drawdown {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        let mut peak = Row::splat(0.0);
        for (out, level) in out.iter_mut().zip(see.unhedged) {
            peak = peak.max(*level);
            *out = Row::splat(1.0) - *level / peak;
        }
    }
}
