//! When a package is replaced: at expiry in any case, and earlier where a condition held at the close before.

use crate::lanes::{Mask, Row, WIDTH};
use crate::shelf::Refusal;
use crate::units::{DeltaSize, Positive, PositiveCount};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When a package is replaced by a fresh one; it always is at expiry.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(rename_all = "snake_case")]
pub enum RollSpec {
    /// At expiry.
    #[default]
    AtExpiry,
    /// So many trading days before expiry.
    DaysLeft(#[garde(dive)] PositiveCount),
    /// Once the first strike lies farther than this from where it was bought, as a multiple of spot.
    MoneynessOff(#[garde(dive)] Positive),
    /// Once the size of the first option's delta exceeds this.
    DeltaAbove(#[garde(dive)] DeltaSize),
    /// Once the package is worth this multiple of its premium (take-profit).
    AtGain(#[garde(dive)] Positive),
    /// As soon as one of them asks for it.
    Any(#[garde(dive)] Vec<RollSpec>),
}

/// Checked conditions; infinite (0 days) where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rolls {
    days_left: usize,
    moneyness_off: f64,
    delta_above: f64,
    at_gain: f64,
}

/// What the conditions look at.
pub(super) struct Look {
    /// Strike over spot, now and when it was bought.
    pub(super) moneyness: [Row; 2],
    pub(super) delta: Row,
    /// Value now and when it was bought.
    pub(super) worth: [Row; 2],
}

impl RollSpec {
    /// The checked conditions of a package of so many days.
    pub(super) fn rolls(&self, tenor: usize) -> Result<Rolls, Refusal> {
        let none = f64::INFINITY;
        let mut rolls = Rolls { days_left: 0, moneyness_off: none, delta_above: none, at_gain: none };
        self.add_to(&mut rolls, tenor)?;
        Ok(rolls)
    }

    fn add_to(&self, rolls: &mut Rolls, tenor: usize) -> Result<(), Refusal> {
        match self {
            Self::AtExpiry => {}
            Self::DaysLeft(days) if days.get() < tenor as u64 => {
                rolls.days_left = rolls.days_left.max(days.get() as usize);
            }
            Self::DaysLeft(days) => {
                return Err(Refusal::new(
                    "days_left",
                    format!("is {}, must be below the tenor of {tenor}", days.get()),
                ));
            }
            Self::MoneynessOff(by) => rolls.moneyness_off = rolls.moneyness_off.min(by.get()),
            Self::DeltaAbove(size) => rolls.delta_above = rolls.delta_above.min(size.get()),
            Self::AtGain(multiple) if multiple.get() > 1.0 => rolls.at_gain = rolls.at_gain.min(multiple.get()),
            Self::AtGain(multiple) => {
                return Err(Refusal::new(
                    "at_gain",
                    format!("is {}, must be above 1: it is a multiple of the premium", multiple.get()),
                ));
            }
            Self::Any(list) => {
                for (i, one) in list.iter().enumerate() {
                    one.add_to(rolls, tenor).map_err(|refusal| refusal.within(&format!("any[{i}]")))?;
                }
            }
        }
        Ok(())
    }
}

impl Rolls {
    /// May it be replaced before expiry?
    pub(super) fn are_early(&self) -> bool {
        self.days_left > 0 || self.look()
    }

    /// Must the conditions look at anything but the days?
    pub(super) fn look(&self) -> bool {
        self.moneyness_off.is_finite() || self.look_at_delta() || self.at_gain()
    }

    /// Is a gain taken?
    pub(super) fn at_gain(&self) -> bool {
        self.at_gain.is_finite()
    }

    /// Must they look at a delta?
    pub(super) fn look_at_delta(&self) -> bool {
        self.delta_above.is_finite()
    }

    /// Days to expiry at which it is replaced in any case.
    pub(super) fn days_left(&self) -> usize {
        self.days_left
    }

    /// Is it to be replaced at the next close?
    #[inline(always)]
    pub(super) fn wanted(&self, look: &Look) -> Mask<WIDTH> {
        (look.moneyness[0] - look.moneyness[1]).abs().gt(Row::splat(self.moneyness_off))
            | look.delta.abs().gt(Row::splat(self.delta_above))
            | look.worth[0].gt(look.worth[1] * self.at_gain)
    }
}
