//! An index put, bought at a moneyness or a delta.

use super::option::{self, Piece, StrikeSpec, package};
use super::{BuildsInstrument, Instrument, Setting};
use crate::shelf::{Described, Refusal};
use crate::units::{DeltaSize, Moneyness};

package! {
    /// A put; exactly one of `moneyness` and `delta`.
    {
        /// Strike as a multiple of spot at the roll.
        #[garde(dive)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Moneyness")]
        moneyness: Option<Moneyness>,
        /// Strike by the size of the delta at the roll, 0 to 1.
        #[garde(dive)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "DeltaSize")]
        delta: Option<DeltaSize>,
    }
}

impl Described for Spec {
    const HELP: &'static str = "an index put, bought at a moneyness or a delta and rolled";
    const SPECIMEN: &'static str = "{ underlying: SPX, moneyness: 0.95, tenor: 63 }";
}

impl BuildsInstrument for Spec {
    fn rungs(&self) -> usize {
        self.terms().rungs
    }

    fn dials(&self) -> Vec<(&'static str, &serde_json::Value)> {
        self.terms().dials()
    }

    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        let strike = StrikeSpec { moneyness: self.moneyness, delta: self.delta }.strike()?;
        option::build(&self.terms(), vec![Piece::put(strike, "")], setting)
    }
}
