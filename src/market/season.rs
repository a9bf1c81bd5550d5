//! Seasons of calm as a scenario states them.

use super::changes::Season;
use super::regimes::index_of;
use crate::grid::Span;
use crate::shelf::Refusal;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A season of calm: from a day until another, the market is in one regime and nothing crashes. What would have happened
/// goes on unseen, so that a path whose hidden regime is the held one at the end of the season is the same afterwards as
/// without the season; any other goes on from the regime that was held. Prices do not know of the season.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SeasonSpec {
    /// Length of time after the first evaluated day at which it begins.
    pub from: Span,
    /// Length of time after the first evaluated day at which it ends.
    pub until: Span,
    /// Regime that is held (default: the first, the mildest).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub regime: Option<String>,
}

/// The checked seasons of a market of these regimes.
pub(super) fn seasons(specs: &[SeasonSpec], names: &[String]) -> Result<Vec<Season>, Refusal> {
    let mut list: Vec<Season> = Vec::new();
    for (i, spec) in specs.iter().enumerate() {
        let field = |name: &str| format!("calm[{i}].{name}");
        let (from, until) = (spec.from.days(), spec.until.days());
        if until <= from {
            return Err(Refusal::new(field("until"), format!("is day {until}, not after `from`, which is day {from}")));
        }
        if let Some(before) = list.last().filter(|before| from < before.until) {
            return Err(Refusal::new(
                field("from"),
                format!("is day {from}, but the season before it lasts until day {}", before.until),
            )
            .help("list the seasons in order of time, one after the other"));
        }
        let regime = spec.regime.as_ref().map_or(Ok(0), |name| index_of(name, names, &field("regime")))?;
        list.push(Season { from, until, regime });
    }
    Ok(list)
}
