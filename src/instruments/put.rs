//! An index put, bought at a moneyness or a delta and rolled at expiry.

use super::option::{self, Terms};
use super::{BuildsInstrument, Instrument, Setting};
use crate::shelf::{Described, Refusal};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A put that is rolled at expiry.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(transparent)]
#[garde(transparent)]
pub struct Spec(#[garde(dive)] Terms);

impl Described for Spec {
    const HELP: &'static str = "an index put, bought at a moneyness or a delta and rolled at expiry";
    const SPECIMEN: &'static str = "{ underlying: SPX, moneyness: 0.95, tenor: 63 }";
}

impl BuildsInstrument for Spec {
    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        option::build::<false>(&self.0, setting)
    }
}
