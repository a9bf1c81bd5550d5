//! The size of the delta of one contract of an instrument, in units of its underlying: what greek rules divide by.
//!
//! Read off the instrument's marks of the day; 0 before the first evaluated row, on which the contract is bought.

use super::{Known, ReadsSignal, Signal, View};
use crate::instruments::{Mark, Needs};
use crate::lanes::Row;
use crate::shelf::{Described, Refusal};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The size of a delta.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Instrument.
    #[garde(skip)]
    pub of: String,
}

impl Described for Spec {
    const HELP: &'static str = "size of the delta of one contract of an instrument";
    const SPECIMEN: &'static str = "{ of: put }";
}

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        Ok(Arc::new(Delta(known.instrument(&self.of, "of")?)))
    }
}

struct Delta(usize);

impl Signal for Delta {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        for (out, exposure) in out.iter_mut().zip(see.marks[self.0].rows(Mark::Exposure)) {
            *out = exposure.abs();
        }
    }

    fn needs(&self, needs: &mut Needs) {
        needs.exposures();
    }
}
