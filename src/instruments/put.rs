//! An index put, bought at a moneyness or a delta and rolled at expiry.

use super::option::{self, Roll, Terms};
use super::{BuildsInstrument, Instrument, Setting};
use crate::shelf::{Described, Refusal};
use crate::units::{DeltaSize, Moneyness, PositiveCount};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A put that is rolled at expiry; exactly one of `moneyness` and `delta`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Name of the asset.
    #[garde(skip)]
    pub underlying: String,
    /// Strike as a multiple of spot at the roll.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Moneyness")]
    pub moneyness: Option<Moneyness>,
    /// Strike by the size of the delta at the roll, 0 to 1 (a put's delta is minus this).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DeltaSize")]
    pub delta: Option<DeltaSize>,
    /// Trading days from roll to expiry.
    #[garde(dive)]
    pub tenor: PositiveCount,
    /// When the contract is replaced (default and only kind: at expiry).
    #[garde(skip)]
    #[serde(default)]
    pub roll: Roll,
}

impl Described for Spec {
    const HELP: &'static str = "an index put, bought at a moneyness or a delta and rolled at expiry";
    const SPECIMEN: &'static str = "{ underlying: SPX, moneyness: 0.95, tenor: 63 }";
}

impl BuildsInstrument for Spec {
    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        option::build::<false>(&Terms::new(&self.underlying, self.moneyness, self.delta, self.tenor)?, setting)
    }
}
