//! A straddle: a put and a call of one strike. With its delta hedged it is what gamma scalping holds.

use super::option::{self, Piece, Strike, package};
use super::{BuildsInstrument, Instrument, Setting};
use crate::shelf::{Described, Refusal};
use crate::units::Moneyness;

package! {
    /// A straddle.
    {
        /// Strike as a multiple of spot at the roll (default 1).
        #[garde(dive)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Moneyness")]
        moneyness: Option<Moneyness>,
    }
}

impl Described for Spec {
    const HELP: &'static str = "a put and a call of one strike; with `delta_hedge` gamma scalping";
    const SPECIMEN: &'static str = "{ underlying: SPX, tenor: 63, delta_hedge: { every: 1 } }";
}

impl BuildsInstrument for Spec {
    fn rungs(&self) -> usize {
        self.terms().rungs
    }

    fn dials(&self) -> Vec<(&'static str, &serde_json::Value)> {
        self.terms().dials()
    }

    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        let strike = Strike::Moneyness(self.moneyness.map_or(1.0, Moneyness::get));
        option::build(&self.terms(), vec![Piece::put(strike, ""), Piece::call(strike, "")], setting)
    }
}
