//! A collar: a put (or a put spread) that is paid for by a written call, in part or, at zero cost, in full.

use super::option::{self, Piece, Strike, StrikeSpec, package};
use super::put_spread::below;
use super::{BuildsInstrument, Instrument, Setting};
use crate::shelf::{Described, Refusal};
use crate::units::{DeltaSize, Moneyness};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

package! {
    /// A collar.
    {
        /// Strike of the put that is bought.
        #[garde(dive)]
        put: StrikeSpec,
        /// Strike of a second put, below it, that is written (left out: none).
        #[garde(dive)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "StrikeSpec")]
        write_put: Option<StrikeSpec>,
        /// Strike of the call that is written.
        #[garde(dive)]
        call: CallStrikeSpec,
    }
}

/// The strike of the call: exactly one of `moneyness`, `delta` and `zero_cost`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct CallStrikeSpec {
    /// A multiple of spot at the roll.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Moneyness")]
    pub moneyness: Option<Moneyness>,
    /// By the size of the delta at the roll, 0 to 1.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DeltaSize")]
    pub delta: Option<DeltaSize>,
    /// `true`: where the call brings what the puts cost, but not below the forward.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub zero_cost: bool,
}

impl CallStrikeSpec {
    fn strike(&self) -> Result<Strike, Refusal> {
        match (self.moneyness, self.delta, self.zero_cost) {
            (None, None, true) => Ok(Strike::ZeroCost),
            (_, _, false) => StrikeSpec { moneyness: self.moneyness, delta: self.delta }.strike().map_err(only),
            _ => Err(only(Refusal::new("", ""))),
        }
    }
}

fn only(refusal: Refusal) -> Refusal {
    Refusal { message: "give exactly one of `moneyness`, `delta` and `zero_cost: true`".to_owned(), ..refusal }
}

impl Described for Spec {
    const HELP: &'static str = "a put (or put spread) paid for by a written call, in part or in full";
    const SPECIMEN: &'static str = "{ underlying: SPX, put: { moneyness: 0.95 }, call: { moneyness: 1.1 }, tenor: 63 }";
}

impl BuildsInstrument for Spec {
    fn rungs(&self) -> usize {
        self.terms().rungs
    }

    fn dials(&self) -> Vec<(&'static str, &serde_json::Value)> {
        self.terms().dials()
    }

    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        let put = self.put.strike().map_err(|refusal| refusal.within("put"))?;
        let mut pieces = vec![Piece::put(put, "put")];
        if let Some(spec) = &self.write_put {
            let strike = spec.strike().map_err(|refusal| refusal.within("write_put"))?;
            below(put, strike, "write_put")?;
            pieces.push(Piece::put(strike, "write_put").written());
        }
        let call = self.call.strike().map_err(|refusal| refusal.within("call"))?;
        pieces.push(Piece::call(call, "call").written());
        option::build(&self.terms(), pieces, setting)
    }
}
