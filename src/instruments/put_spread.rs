//! A put spread: a put that is bought, and one below it that is written to pay for a part of it.

use super::option::{self, Piece, Strike, StrikeSpec, package};
use super::{BuildsInstrument, Instrument, Setting};
use crate::shelf::{Described, Refusal};

package! {
    /// A put spread.
    {
        /// Strike of the put that is bought.
        #[garde(dive)]
        buy: StrikeSpec,
        /// Strike of the put that is written, below it.
        #[garde(dive)]
        write: StrikeSpec,
    }
}

impl Described for Spec {
    const HELP: &'static str = "a put that is bought and one below it that is written";
    const SPECIMEN: &'static str =
        "{ underlying: SPX, buy: { moneyness: 0.95 }, write: { moneyness: 0.85 }, tenor: 63 }";
}

/// Refuses a second put that does not lie below the first, where that can be told.
pub(super) fn below(bought: Strike, written: Strike, field: &str) -> Result<(), Refusal> {
    let (upper, lower) = match (bought, written) {
        (Strike::Moneyness(upper), Strike::Moneyness(lower)) | (Strike::Delta(upper), Strike::Delta(lower)) => {
            (upper, lower)
        }
        _ => return Ok(()),
    };
    if lower < upper {
        return Ok(());
    }
    Err(Refusal::new(field, format!("is at {lower}, must lie below the put that is bought, at {upper}")))
}

impl BuildsInstrument for Spec {
    fn rungs(&self) -> usize {
        self.terms().rungs
    }

    fn dials(&self) -> Vec<(&'static str, &serde_json::Value)> {
        self.terms().dials()
    }

    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        let bought = self.buy.strike().map_err(|refusal| refusal.within("buy"))?;
        let written = self.write.strike().map_err(|refusal| refusal.within("write"))?;
        below(bought, written, "write")?;
        let pieces = vec![Piece::put(bought, "buy"), Piece::put(written, "write").written()];
        option::build(&self.terms(), pieces, setting)
    }
}
