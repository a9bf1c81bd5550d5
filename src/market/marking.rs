//! How a simulated market's hedges are to be marked, as the scenario says it.

use super::Marking;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How hedges are marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkingSpec {
    /// Each contract by the model that moves the market, under its own risk premia.
    Model,
    /// Black-Scholes at the VIX, whatever strike and maturity.
    #[default]
    FlatVix,
}

impl MarkingSpec {
    /// The marking of a market in which a flat VIX is the true price or not.
    pub(super) const fn of(self, exact: bool) -> Marking {
        match self {
            Self::Model => Marking::Model,
            Self::FlatVix => Marking::FlatVix { exact },
        }
    }
}
