//! The level of a VIX future, points: of a contract month, or of a constant maturity.
//!
//! Months are those of the instruments: contracts expire every 21 trading days, counted from the first evaluated row. The
//! price is that of the market's tables, at which the instrument is traded.

use super::{Known, ReadsSignal, Signal, View};
use crate::grid::TimeGrid;
use crate::instruments::Needs;
use crate::instruments::prices::State;
use crate::lanes::Row;
use crate::shelf::{Described, Refusal};
use crate::units::{ContractMonth, PositiveCount};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A VIX future; exactly one of `month` and `maturity`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Spec {
    /// Which contract: 1 is the next to expire.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ContractMonth")]
    pub month: Option<ContractMonth>,
    /// Trading days to expiry, up to 252.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub maturity: Option<PositiveCount>,
}

impl Described for Spec {
    const HELP: &'static str = "level of a VIX future by contract month or constant maturity, points";
    const SPECIMEN: &'static str = "{ month: 1 }";
}

/// Trading days between two expiries.
const MONTH: usize = 21;

/// Farthest maturity, trading days.
const MOST_DAYS: usize = 252;

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        priced(known)?;
        match (self.month, self.maturity) {
            (Some(month), None) => Ok(Arc::new(OfMonth { month: month.get() as usize, grid: known.grid })),
            (None, Some(days)) => Ok(Arc::new(OfMaturity(maturity(days, "maturity")?))),
            _ => Err(Refusal::new("", "give exactly one of `month` and `maturity`")),
        }
    }
}

/// Is there a law of prices?
pub(super) fn priced(known: &Known<'_>) -> Result<(), Refusal> {
    match known.facts.laws {
        Some(_) => Ok(()),
        None => Err(Refusal::new("", "needs a simulated market: real history has no law of prices")),
    }
}

/// A maturity that has a price.
pub(super) fn maturity(days: PositiveCount, field: &str) -> Result<usize, Refusal> {
    match days.get() as usize {
        days @ 1..=MOST_DAYS => Ok(days),
        days => Err(Refusal::new(field, format!("is {days}, must be at most {MOST_DAYS} days"))),
    }
}

struct OfMonth {
    month: usize,
    grid: TimeGrid,
}

impl Signal for OfMonth {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        for (row, out) in out.iter_mut().enumerate() {
            // Rows before the first evaluated one have the same calendar.
            let passed = (row + MONTH - self.grid.first() % MONTH) % MONTH;
            let state = State::at(see.paths, row, see.responds);
            *out = see.prices.future(self.month * MONTH - passed, &state).0;
        }
    }

    fn needs(&self, needs: &mut Needs) {
        needs.futures(self.month * MONTH);
    }
}

struct OfMaturity(usize);

impl Signal for OfMaturity {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        for (row, out) in out.iter_mut().enumerate() {
            *out = see.prices.future(self.0, &State::at(see.paths, row, see.responds)).0;
        }
    }

    fn needs(&self, needs: &mut Needs) {
        needs.futures(self.0);
    }
}
