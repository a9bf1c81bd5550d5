//! A put on the VIX, bought at a multiple of the VIX future or at a delta, held to expiry.

use super::vix_option::{self, Terms};
use super::{BuildsInstrument, Instrument, Setting};
use crate::shelf::{Described, Refusal};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A put on the VIX that is rolled at expiry.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(transparent)]
#[garde(transparent)]
pub struct Spec(#[garde(dive)] Terms);

impl Described for Spec {
    const HELP: &'static str =
        "a put on the VIX, bought at a multiple of the VIX future or at a delta and rolled at expiry";
    const SPECIMEN: &'static str = "{ moneyness: 0.9, tenor: 21 }";
}

impl BuildsInstrument for Spec {
    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        vix_option::build::<false>(&self.0, setting)
    }
}
