//! An index call, bought at a moneyness or a delta and rolled at expiry.

use super::option::{self, Terms};
use super::{BuildsInstrument, Instrument, Setting};
use crate::shelf::{Described, Refusal};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A call that is rolled at expiry.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(transparent)]
#[garde(transparent)]
pub struct Spec(#[garde(dive)] Terms);

impl Described for Spec {
    const HELP: &'static str = "an index call, bought at a moneyness or a delta and rolled at expiry";
    const SPECIMEN: &'static str = "{ underlying: SPX, moneyness: 1.05, tenor: 63 }";
}

impl BuildsInstrument for Spec {
    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        option::build::<true>(&self.0, setting)
    }
}
