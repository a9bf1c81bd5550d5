//! The hidden regime itself, as a number: 0 is the first stated, 1 the second. For the oracle ladder; no investor sees it.

use super::{Copy, Known, ReadsSignal, Signal};
use crate::market::{Factor, Facts};
use crate::shelf::{Described, Refusal};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How the regime is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(rename_all = "snake_case")]
pub enum Spec {
    /// The hidden truth.
    Oracle,
}

impl Described for Spec {
    const HELP: &'static str = "number of the hidden regime, 0 is the first stated: `oracle` (no investor sees it)";
    const SPECIMEN: &'static str = "oracle";
}

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        if known.facts.regimes.is_empty() {
            return Err(Refusal::new("", "real history has no hidden regime to know"));
        }
        Ok(Arc::new(Copy(Factor::Regime)))
    }

    fn stationary_mean(&self, facts: &Facts) -> Option<f64> {
        let mean: f64 = facts.stationary.iter().enumerate().map(|(number, share)| number as f64 * share).sum();
        (mean > 0.0).then_some(mean)
    }

    fn is_oracle(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_is_read_and_written() {
        assert_eq!(serde_json::from_str::<Spec>(r#""oracle""#).unwrap(), Spec::Oracle);
        assert_eq!(serde_json::to_string(&Spec::Oracle).unwrap(), r#""oracle""#);
        assert!(serde_json::from_str::<Spec>(r#""filtered""#).unwrap_err().to_string().contains("expected `oracle`"));
    }
}
