//! The VIX minus the realized volatility of the last n days, of the asset whose VIX is quoted, in points: what the market
//! pays for variance beyond what has just been delivered.
//!
//! The usual stand-in for the variance premium that can be known on the day (Bollerslev, Tauchen and Zhou, "Expected stock
//! returns and variance risk premia", 2009, with squares); below 0 when a fall outruns the options.

use super::{Known, ReadsSignal, Signal, View, realized_vol};
use crate::lanes::Row;
use crate::market::Factor;
use crate::shelf::{Described, Refusal};
use crate::units::PositiveCount;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// VIX minus realized volatility.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Days of the realized volatility.
    #[garde(dive)]
    pub window: PositiveCount,
}

impl Described for Spec {
    const HELP: &'static str = "VIX minus realized volatility over a window, points";
    const SPECIMEN: &'static str = "{ window: 21 }";
}

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        let facts = known.facts;
        Ok(Arc::new(VixMinusRealized { asset: facts.quoted(), window: self.window.get() as usize }))
    }

    fn look_back(&self) -> usize {
        // Row 0 has no return.
        (self.window.get() as usize).saturating_add(1)
    }
}

struct VixMinusRealized {
    asset: usize,
    window: usize,
}

impl Signal for VixMinusRealized {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        realized_vol::read(see.paths.rows(Factor::LogReturn(self.asset)), self.window, out);
        for (out, vix) in out.iter_mut().zip(see.paths.rows(Factor::Vix)) {
            *out = *vix - *out;
        }
    }
}
