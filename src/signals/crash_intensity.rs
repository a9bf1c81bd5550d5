//! The true crash intensity of the hidden regime, per year: an oracle that no investor has, for comparison only.

use super::{ReadsSignal, Signal, View};
use crate::lanes::Row;
use crate::market::{Factor, Facts};
use crate::shelf::{Described, Refusal};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the crash intensity is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(rename_all = "snake_case")]
#[garde(allow_unvalidated)]
pub enum Spec {
    /// The hidden truth.
    Oracle,
}

impl Described for Spec {
    const HELP: &'static str = "crashes a year in the hidden regime (oracle: no investor sees it)";
    const SPECIMEN: &'static str = "oracle";
}

impl ReadsSignal for Spec {
    fn build(&self, facts: &Facts) -> Result<Box<dyn Signal>, Refusal> {
        if facts.regimes.is_empty() {
            return Err(Refusal::new("", "real history has no hidden regime to know"));
        }
        Ok(Box::new(Oracle(facts.intensity.clone())))
    }

    fn stationary_mean(&self, facts: &Facts) -> Option<f64> {
        let mean: f64 = facts.intensity.iter().zip(&facts.stationary).map(|(rate, share)| rate * share).sum();
        (mean > 0.0).then_some(mean)
    }

    fn is_oracle(&self) -> bool {
        true
    }
}

struct Oracle(Vec<f64>);

impl Signal for Oracle {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        for (out, regime) in out.iter_mut().zip(see.paths.rows(Factor::Regime)) {
            for (value, regime) in out.0.iter_mut().zip(regime.0) {
                *value = self.0[regime as usize];
            }
        }
    }
}
