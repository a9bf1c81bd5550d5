//! The size of the delta of one contract of an instrument, in units of its underlying: what greek rules divide by.
//!
//! Read off the instrument's marks of the day; on the day before a roll that of the contract which would be
//! bought then; before that of the first purchase likewise.

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
        let slot = known.instrument(&self.of, "of")?;
        if !known.exposed.get(slot).is_some_and(|exposed| *exposed) {
            let with = known.instruments.iter().zip(known.exposed).filter(|(_, exposed)| **exposed);
            let names: Vec<&str> = with.map(|(name, _)| name.as_str()).collect();
            return Err(Refusal::new("of", format!("`{}` is no option on an index: it has no such delta", self.of))
                .help(format!("those that have one: {}", names.join(", "))));
        }
        Ok(Arc::new(Delta { slot, first: known.grid.first() }))
    }
}

struct Delta {
    slot: usize,
    first: usize,
}

impl Signal for Delta {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        let exposure = see.marks[self.slot].rows(Mark::Exposure);
        for (row, out) in out.iter_mut().enumerate() {
            *out = exposure[row.max(self.first.saturating_sub(1))].abs();
        }
    }

    fn needs(&self, needs: &mut Needs) {
        needs.exposures();
    }
}
