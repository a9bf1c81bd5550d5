//! Hedging the delta of a package in its underlying: gamma scalping.
//!
//! What is held against one package follows the delta of the close before (`lag: 1`) or of the same close (`lag: 0`),
//! whenever the schedule says so; at a roll it starts at the new package's delta. Buying and selling it costs
//! `underlying_bp`. Its P&L is a part of the delta column, its trading cost is upkeep.

use super::book::Greeks;
use crate::grid::DAYS_PER_YEAR;
use crate::instruments::Setting;
use crate::lanes::{Mask, Row, WIDTH};
use crate::market::Implied;
use crate::shelf::Refusal;
use crate::units::{Fraction, Positive, PositiveCount};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When the delta is hedged: exactly one schedule.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeltaHedgeSpec {
    /// Every so many trading days.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub every: Option<PositiveCount>,
    /// Once it is off by more than this (of one unit of the index).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Fraction")]
    pub band: Option<Fraction>,
    /// The band of Whalley and Wilmott (1997), in which hedging pays for its cost, at this risk aversion per multiple of spot;
    /// traded back to its edge. Needs `underlying_bp`.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Positive")]
    pub whalley_wilmott: Option<Positive>,
    /// When favourable: only after a move of more than so many daily standard deviations (of the VIX) since the last hedge.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Positive")]
    pub favourable: Option<Positive>,
    /// Age of the delta in days: 1 (default) or 0.
    #[garde(range(max = 1))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u8")]
    pub lag: Option<u8>,
}

/// A checked schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    Every(f64),
    Band(f64),
    /// Cube of the half-width over gamma squared (of one unit of spot).
    WhalleyWilmott(f64),
    Favourable(f64),
}

/// A checked delta hedge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DeltaHedge {
    when: When,
    at_once: bool,
}

/// What a schedule looks at, at one close.
#[derive(Clone, Copy, Default)]
pub(super) struct Sight {
    pub(super) greeks: Greeks,
    pub(super) spot: Row,
    /// Cumulated log return of the underlying.
    pub(super) level: Row,
    /// VIX, points.
    pub(super) vix: Row,
}

/// What is held against one package.
#[derive(Clone, Copy, Default)]
pub(super) struct Cover {
    /// Units of the index.
    pub(super) units: Row,
    days: Row,
    /// Cumulated log return at the last hedge.
    level: Row,
}

impl DeltaHedgeSpec {
    pub(super) fn hedge(&self, setting: &Setting<'_>) -> Result<DeltaHedge, Refusal> {
        let when = match (self.every, self.band, self.whalley_wilmott, self.favourable) {
            (Some(days), None, None, None) => When::Every(days.get() as f64),
            (None, Some(band), None, None) => When::Band(band.get()),
            (None, None, Some(aversion), None) => {
                let cost = setting.costs.underlying();
                if !(cost > 0.0) {
                    return Err(Refusal::new("whalley_wilmott", "is a band that trading costs make: there are none")
                        .help("write `cost: { underlying_bp: 0.25 }`"));
                }
                When::WhalleyWilmott(1.5 * cost / aversion.get())
            }
            (None, None, None, Some(move_by)) => When::Favourable(move_by.get()),
            _ => {
                return Err(Refusal::new(
                    "",
                    "give exactly one of `every`, `band`, `whalley_wilmott` and `favourable`",
                ));
            }
        };
        Ok(DeltaHedge { when, at_once: self.lag == Some(0) })
    }
}

impl DeltaHedge {
    /// Hedges after a close: `now` and `before` are what was seen at this close and the one before; `fresh` where the package
    /// was bought at this close.
    #[inline(always)]
    pub(super) fn trade(&self, cover: &mut Cover, fresh: Mask<WIDTH>, now: &Sight, before: &Sight, implied: Implied) {
        let seen = if self.at_once { now } else { before };
        let wanted = -seen.greeks.delta;
        let days = cover.days + 1.0;
        let off = wanted - cover.units;
        let (due, target) = match self.when {
            When::Every(n) => (days.ge(Row::splat(n)), wanted),
            When::Band(width) => (off.abs().gt(Row::splat(width)), wanted),
            When::WhalleyWilmott(scale) => {
                let gamma = seen.greeks.gamma * seen.spot;
                // The third root by logarithms; without gamma there is no band.
                let half = ((gamma * gamma * scale).max(Row::splat(1e-300)).ln() * (1.0 / 3.0)).exp();
                let inside = cover.units.max(wanted - half).min(wanted + half);
                (off.abs().gt(half), inside)
            }
            When::Favourable(count) => {
                let daily = match implied {
                    Implied::OfVix(multiple) => seen.vix * (0.01 * multiple),
                    Implied::Constant(volatility) => Row::splat(volatility),
                } * (count / DAYS_PER_YEAR.sqrt());
                ((seen.level - cover.level).abs().gt(daily), wanted)
            }
        };
        let zero = Row::splat(0.0);
        cover.units = fresh.select(-now.greeks.delta, due.select(target, cover.units));
        cover.days = (fresh | due).select(zero, days);
        cover.level = fresh.select(now.level, due.select(seen.level, cover.level));
    }
}
