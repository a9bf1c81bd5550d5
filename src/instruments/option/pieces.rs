//! The options of a package, and how their strikes are chosen at a roll.

use super::book::{Book, Place, Quoted};
use super::{Package, walk::Held};
use crate::grid::DAY;
use crate::instruments::Setting;
use crate::lanes::Row;
use crate::market::Marking;
use crate::pricing::surface::reach;
use crate::shelf::Refusal;
use crate::units::{DeltaSize, Moneyness};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A strike: exactly one of `moneyness` and `delta`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct StrikeSpec {
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
}

/// How a strike is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::instruments) enum Strike {
    /// A multiple of spot.
    Moneyness(f64),
    /// The size of the delta.
    Delta(f64),
    /// What makes this option, which is written, worth what the others cost.
    ZeroCost,
}

impl StrikeSpec {
    /// The strike.
    pub(in crate::instruments) fn strike(&self) -> Result<Strike, Refusal> {
        match (self.moneyness, self.delta) {
            (Some(multiple), None) => Ok(Strike::Moneyness(multiple.get())),
            (None, Some(size)) => Ok(Strike::Delta(size.get())),
            _ => Err(Refusal::new("", "give exactly one of `moneyness` and `delta`")),
        }
    }
}

/// Where in a description a piece's strike stands: in front of `moneyness` and `delta`.
pub(in crate::instruments) type StrikesAt = &'static str;

/// One option of a package.
#[derive(Clone, Copy, Debug)]
pub(in crate::instruments) struct Piece {
    /// A call, or else a put.
    pub(super) call: bool,
    pub(super) strike: Strike,
    /// 1 bought, -1 written.
    pub(super) quantity: f64,
    at: StrikesAt,
}

impl Piece {
    /// A bought put.
    pub(in crate::instruments) fn put(strike: Strike, at: StrikesAt) -> Self {
        Self { call: false, strike, quantity: 1.0, at }
    }

    /// A bought call.
    pub(in crate::instruments) fn call(strike: Strike, at: StrikesAt) -> Self {
        Self { call: true, strike, quantity: 1.0, at }
    }

    /// The same, written.
    pub(in crate::instruments) fn written(self) -> Self {
        Self { quantity: -1.0, ..self }
    }

    /// Is it bought?
    pub(super) fn is_long(&self) -> bool {
        self.quantity > 0.0
    }

    /// Is there such a strike, and is it in the price tables?
    pub(super) fn check(&self, tenor: usize, setting: &Setting<'_>) -> Result<(), Refusal> {
        let years = tenor as f64 * DAY;
        let (rate, dividend) = (setting.facts.rate, setting.facts.dividend);
        let refused = |field: &str, message: String| Err(Refusal::new(field, message).within(self.at));
        match self.strike {
            Strike::Delta(size) => {
                let most = libm::exp(-dividend * years);
                if !(size < most) {
                    return refused(
                        "delta",
                        format!(
                            "is {size}, must be below {most:.4}, the delta of a certain exercise at this dividend and tenor"
                        ),
                    );
                }
            }
            Strike::Moneyness(multiple) if setting.facts.marking == Marking::Model => {
                let forward = libm::exp((rate - dividend) * years);
                let [down, up] = reach(tenor);
                let (low, high) = (forward * libm::exp(-down), forward * libm::exp(up));
                if !(multiple > low && multiple < high) {
                    return refused(
                        "moneyness",
                        format!(
                            "is {multiple}; at this tenor the model's tables price strikes from {low:.2} to {high:.2} times spot"
                        ),
                    );
                }
            }
            Strike::Moneyness(_) | Strike::ZeroCost => {}
        }
        Ok(())
    }
}

/// Steps of the bisection for a strike: to 1e-7 of spot.
const BISECTIONS: usize = 26;

/// The log strike over the forward between these at which `falls`, which falls as the strike rises, reaches 0.
#[inline(always)]
fn bisect([low, high]: [f64; 2], falls: impl Fn(Row) -> Row) -> Row {
    let (mut low, mut high) = (Row::splat(low), Row::splat(high));
    for _ in 0..BISECTIONS {
        let middle = (low + high) * 0.5;
        let above = falls(middle).gt(Row::splat(0.0));
        low = above.select(middle, low);
        high = above.select(high, middle);
    }
    (low + high) * 0.5
}

impl Package {
    /// The option `which` of a package that is bought for `days` days, after those before it; moneynesses are taken `times`.
    #[inline(always)]
    pub(super) fn choose<B: Book>(
        &self,
        book: &B,
        (which, days): (usize, usize),
        (spot, times): (Row, Row),
        now: &B::State,
        held: &Held,
    ) -> Place {
        let piece = &self.pieces[which];
        let forward = self.forwards[days];
        let at = |kk: Row| {
            let log = kk + forward;
            Place { spot, strike: spot * log.exp(), log }
        };
        let [down, up] = reach(days);
        let kk = match piece.strike {
            Strike::Moneyness(multiple) if self.moneyness_by.is_none() => {
                return Place { spot, strike: spot * multiple, log: Row::splat(libm::log(multiple)) };
            }
            // Within the tables, whatever the signal says.
            Strike::Moneyness(multiple) => {
                let kk = (times * multiple).max(Row::splat(LEAST_MONEYNESS)).ln() - forward;
                kk.max(Row::splat(-down)).min(Row::splat(up))
            }
            Strike::Delta(size) => {
                // The put's delta falls from 0 to -carry as the strike rises.
                let carry = self.expiries[days].carry();
                let wanted = if piece.call { size - carry } else { -size };
                bisect([-down, up], |kk| book.greeks(false, &at(kk), days, now).delta - wanted)
            }
            Strike::ZeroCost => {
                // What the pieces before it cost; a call is worth less the higher its strike.
                let mut cost = Row::splat(0.0);
                for before in 0..which {
                    let Quoted { value, .. } = book.quote(self.pieces[before].call, &held.places[before], days, now);
                    cost += value * self.pieces[before].quantity;
                }
                bisect([0.0, up], |kk| book.quote(true, &at(kk), days, now).value - cost)
            }
        };
        at(kk)
    }
}

/// Least moneyness that a signal can ask for.
const LEAST_MONEYNESS: f64 = 0.01;
