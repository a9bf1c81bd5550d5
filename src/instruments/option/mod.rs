//! Rolled packages of index options: what puts, calls, spreads, collars and straddles share.
//!
//! A package is bought at the first evaluated close and again whenever it is rolled. Its options have one expiry; between
//! rolls the number of contracts per multiplier is fixed. In a market that is marked by its model an option is looked up in
//! the tables of its asset; at a flat VIX it is worth Black-Scholes at the VIX (times the asset's volatility multiple), on a
//! 252-day clock. An early roll is decided on the close before; a delta hedge follows the delta of the close before or, with
//! `lag: 0`, of the same close, and starts at the delta of what is bought.

use super::{Costs, Endless, Instrument, MarkRows, Needs, Quotes, Setting, Turnover};
use crate::grid::{DAY, TimeGrid};
use crate::market::{Implied, Marking};
use crate::pricing::black::Expiry;
use crate::rules::Term;
use crate::shelf::Refusal;
use crate::units::PositiveCount;

mod book;
mod hedge;
mod pieces;
mod roll;
mod walk;

pub use hedge::DeltaHedgeSpec;
pub use pieces::StrikeSpec;
pub(super) use pieces::{Piece, Strike};
pub use roll::RollSpec;

/// Makes the description of a kind of package: its own fields, and those that all share.
macro_rules! package {
    ($(#[doc = $doc:literal])* { $($(#[$meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, serde::Deserialize, serde::Serialize, schemars::JsonSchema, garde::Validate)]
        #[serde(deny_unknown_fields)]
        pub struct Spec {
            /// Name of the asset.
            #[garde(skip)]
            pub underlying: String,
            $($(#[$meta])* pub $field: $type,)*
            /// Trading days from roll to expiry.
            #[garde(dive)]
            pub tenor: crate::units::PositiveCount,
            /// When it is replaced (default: at expiry, which it always is).
            #[garde(dive)]
            #[serde(default)]
            pub roll: $crate::instruments::option::RollSpec,
            /// Hedging of its delta in the underlying (left out: none).
            #[garde(dive)]
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(with = "crate::instruments::option::DeltaHedgeSpec")]
            pub delta_hedge: Option<$crate::instruments::option::DeltaHedgeSpec>,
            /// Split into so many rungs, each a part of the whole with expiries of its own, evenly apart (default 1).
            #[garde(dive)]
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(with = "crate::units::Rungs")]
            pub ladder: Option<crate::units::Rungs>,
            /// Factor of all stated moneynesses, by a signal with a shape that is read on the day before each roll (default 1).
            #[garde(skip)]
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
            pub moneyness_by: Option<serde_json::Value>,
            /// Days from roll to expiry, by a signal with a shape that is read on the day before each roll: from 1 to `tenor`
            /// (left out: `tenor`).
            #[garde(skip)]
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
            pub tenor_by: Option<serde_json::Value>,
        }

        impl Spec {
            /// What all packages share.
            fn terms(&self) -> $crate::instruments::option::Terms<'_> {
                $crate::instruments::option::Terms {
                    underlying: &self.underlying,
                    tenor: self.tenor,
                    roll: &self.roll,
                    delta_hedge: self.delta_hedge.as_ref(),
                    rungs: self.ladder.map_or(1, |rungs| rungs.get() as usize),
                    moneyness_by: self.moneyness_by.as_ref(),
                    tenor_by: self.tenor_by.as_ref(),
                }
            }
        }
    };
}
pub(super) use package;

/// What all packages share.
pub(super) struct Terms<'a> {
    pub(super) underlying: &'a str,
    pub(super) tenor: PositiveCount,
    pub(super) roll: &'a RollSpec,
    pub(super) delta_hedge: Option<&'a DeltaHedgeSpec>,
    pub(super) rungs: usize,
    pub(super) moneyness_by: Option<&'a serde_json::Value>,
    pub(super) tenor_by: Option<&'a serde_json::Value>,
}

impl<'a> Terms<'a> {
    /// What signals decide at a roll.
    pub(super) fn dials(&self) -> Vec<(&'static str, &'a serde_json::Value)> {
        let named = [("moneyness_by", self.moneyness_by), ("tenor_by", self.tenor_by)];
        named.into_iter().filter_map(|(name, written)| Some((name, written?))).collect()
    }
}

/// Units of the index in a listed contract.
const LOT: f64 = 100.0;

/// Longest tenor that is priced by the model, days: five years.
const MOST_DAYS: usize = 1_260;

/// How many packages a multiplier of 1 holds.
#[derive(Clone, Copy, Debug)]
enum Size {
    /// On this notional, currency.
    Notional(f64),
    /// For this premium, currency.
    Premium(f64),
}

/// A checked package.
struct Package {
    asset: usize,
    pieces: Vec<Piece>,
    /// Days of the first contract, then of all others: a rung of a ladder starts on a part of its life.
    first_tenor: usize,
    tenor: usize,
    /// Terms that signals decide.
    moneyness_by: Option<Term>,
    tenor_by: Option<Term>,
    rolls: roll::Rolls,
    hedge: Option<hedge::DeltaHedge>,
    implied: Implied,
    size: Size,
    costs: Costs,
    grid: TimeGrid,
    growth: f64,
    marking: Marking,
    /// Indexed by days to expiry, 0..=tenor.
    expiries: Vec<Expiry>,
    /// Log of forward over spot, likewise.
    forwards: Vec<f64>,
}

/// The checked instrument; `pieces` are what one contract of it is made of.
pub(super) fn build(
    terms: &Terms<'_>,
    pieces: Vec<Piece>,
    setting: &Setting<'_>,
) -> Result<Box<dyn Instrument>, Refusal> {
    let asset = setting.facts.asset(terms.underlying, "underlying")?;
    let notional = setting.portfolio.capital() * setting.portfolio.weight(asset);
    let size = match setting.size.only() {
        Some(super::Size::Exposure(share)) => Size::Notional(share * notional),
        Some(super::Size::Premium(share)) if pieces.iter().all(Piece::is_long) => {
            Size::Premium(share * setting.portfolio.capital())
        }
        Some(super::Size::Premium(_)) => {
            return Err(Refusal::new("/size", "what writes options may cost no premium at all")
                .help("size it by exposure: `size: { per_exposure: 1.0 }`"));
        }
        _ => {
            return Err(Refusal::new("/size", "an option is sized by exposure or by premium")
                .help("write `size: { per_exposure: 1.0 }` or `size: { premium: 0.01 }`"));
        }
    };
    let tenor = terms.tenor.get() as usize;
    if tenor > setting.grid.days() {
        return Err(Refusal::new(
            "tenor",
            format!("is {tenor}, longer than the {} evaluated days", setting.grid.days()),
        ));
    }
    if setting.facts.marking == Marking::Model && tenor > MOST_DAYS {
        return Err(Refusal::new("tenor", format!("is {tenor}; the model prices up to {MOST_DAYS} days")));
    }
    let rolls = terms.roll.rolls(tenor).map_err(|refusal| refusal.within("roll"))?;
    let life = tenor - rolls.days_left();
    if terms.rungs > life {
        return Err(Refusal::new("ladder", format!("has {} rungs, more than the {life} days of a life", terms.rungs)));
    }
    if rolls.at_gain() && !pieces.iter().all(Piece::is_long) {
        return Err(Refusal::new(
            "roll",
            "`at_gain` is a multiple of the premium, and what writes options may cost none",
        ));
    }
    if terms.delta_hedge.is_none() && setting.costs.underlying() > 0.0 {
        return Err(Refusal::new(
            "/cost",
            "`underlying_bp` is what hedging a delta costs, and there is no `delta_hedge`",
        ));
    }
    pieces.iter().try_for_each(|piece| piece.check(tenor, setting))?;
    if terms.moneyness_by.is_some() && pieces.iter().any(|piece| matches!(piece.strike, Strike::Delta(_))) {
        return Err(Refusal::new("moneyness_by", "is a factor of moneynesses, and a strike is stated by its delta"));
    }
    let (rate, dividend) = (setting.facts.rate, setting.facts.dividend);
    let mut dials = setting.dials.iter().cloned();
    Ok(Box::new(Package {
        asset,
        pieces,
        first_tenor: rolls.days_left() + ((tenor - rolls.days_left()) * (setting.rung + 1)).div_ceil(terms.rungs),
        tenor,
        moneyness_by: terms.moneyness_by.and_then(|_| dials.next()),
        tenor_by: terms.tenor_by.and_then(|_| dials.next()),
        rolls,
        hedge: terms.delta_hedge.map(|spec| spec.hedge(setting)).transpose().map_err(|r| r.within("delta_hedge"))?,
        implied: setting.facts.implied[asset],
        size,
        costs: setting.costs,
        grid: setting.grid,
        growth: libm::exp(rate * DAY),
        marking: setting.facts.marking,
        expiries: (0..=tenor).map(|days| Expiry::new(days as f64 * DAY, rate, dividend)).collect(),
        forwards: (0..=tenor).map(|days| (rate - dividend) * days as f64 * DAY).collect(),
    }))
}

impl Instrument for Package {
    fn mark(&self, see: &Quotes<'_>, out: &mut MarkRows) {
        walk::mark(self, see, out);
    }

    fn needs(&self, needs: &mut Needs) {
        if self.marking == Marking::Model {
            needs.options(self.asset, self.tenor);
        }
    }

    /// Puts lose at most their strike; what counts is the side that its calls, and what is held against its delta, are on.
    fn endless(&self) -> Endless {
        let calls: f64 = self.pieces.iter().filter(|piece| piece.call).map(|piece| piece.quantity).sum();
        match calls {
            x if x < 0.0 => Endless::Long,
            x if x > 0.0 || self.hedge.is_some() => Endless::Short,
            _ => Endless::Never,
        }
    }

    fn turnover(&self) -> Turnover {
        Turnover::Premium
    }

    fn fee(&self) -> f64 {
        self.costs.fee_per_unit(LOT) * self.pieces.len() as f64
    }

    fn premium_days(&self) -> usize {
        self.tenor
    }

    fn has_exposure(&self) -> bool {
        true
    }

    fn has_upkeep(&self) -> bool {
        self.rolls.are_early() || self.hedge.is_some()
    }
}
