//! Hedges: series of contracts with a fixed roll schedule, priced once per path and shared by all rules.
//!
//! Pricing meets paths here. A kind is one file with a `Spec`, a checked instrument and an implementation of
//! [`Instrument`]; its two lines are below.

use crate::grid::TimeGrid;
use crate::lanes::Row;
use crate::market::{Facts, Marking, PathBlock, Surprise};
use crate::one_of;
use crate::portfolio::Portfolio;
use crate::rules::Term;
use crate::shelf::Refusal;
use crate::units::{NonNegative, Positive};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod call;
pub mod collar;
mod costs;
pub mod hold_less;
mod marks;
mod option;
pub mod prices;
pub mod put;
pub mod put_spread;
mod roll;
pub mod straddle;
pub mod variance_swap;
pub mod vault;
pub mod vix_call;
pub mod vix_future;
pub mod vix_mark;
mod vix_option;
pub mod vix_put;

pub use costs::{CostSpec, Costs};
pub use marks::{MARKS, Mark, MarkRows, PARTS};
pub use prices::{Needs, Prices, Tables};
pub use roll::Schedule;
pub use vault::Vault;

one_of! {
    /// A hedge instrument: exactly one kind, with its size and its cost of trading.
    pub struct InstrumentSpec: dyn BuildsInstrument {
        put: put::Spec,
        call: call::Spec,
        put_spread: put_spread::Spec,
        collar: collar::Spec,
        straddle: straddle::Spec,
        variance_swap: variance_swap::Spec,
        vix_future: vix_future::Spec,
        vix_call: vix_call::Spec,
        vix_put: vix_put::Spec,
        vix_mark: vix_mark::Spec,
        hold_less: hold_less::Spec,
    } and {
        /// What a multiplier of 1 holds.
        size: SizeSpec,
        /// Cost of trading (nothing if left out).
        cost: CostSpec,
    }
}

/// What a multiplier of 1 holds: exactly one.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct SizeSpec {
    /// Contracts on this share of the capital that is invested in the underlying.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Positive")]
    pub per_exposure: Option<Positive>,
    /// This many basis points of capital per vol point (of options on the VIX: per point that they pay).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Positive")]
    pub vega_bp: Option<Positive>,
    /// Contracts for this share of the capital, paid as premium at each roll.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Positive")]
    pub premium: Option<Positive>,
    /// Futures worth this share of the capital, day by day: more contracts when they fall.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Positive")]
    pub notional: Option<Positive>,
}

/// A checked size.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Size {
    /// Share of the capital in the underlying.
    Exposure(f64),
    /// Share of the capital a vol point.
    Vega(f64),
    /// Share of the capital at each roll.
    Premium(f64),
    /// Share of the capital.
    Notional(f64),
}

impl SizeSpec {
    /// The one size that is given.
    fn only(&self) -> Option<Size> {
        let given = [
            self.per_exposure.map(|x| Size::Exposure(x.get())),
            self.vega_bp.map(|x| Size::Vega(x.get() * 1e-4)),
            self.premium.map(|x| Size::Premium(x.get())),
            self.notional.map(|x| Size::Notional(x.get())),
        ];
        let mut given = given.into_iter().flatten();
        given.next().filter(|_| given.next().is_none())
    }
}

/// What an instrument is built from.
pub struct Setting<'a> {
    /// The market it is traded in.
    pub facts: &'a Facts,
    /// The calendar.
    pub grid: TimeGrid,
    /// What is to be protected.
    pub portfolio: &'a Portfolio,
    /// Size of a multiplier of 1.
    pub size: SizeSpec,
    /// Cost of trading.
    pub costs: Costs,
    /// Which rung of a ladder, from 0.
    pub rung: usize,
    /// What signals decide at a roll, in the order of [`BuildsInstrument::dials`]; their slots are those of [`Quotes::dials`].
    pub dials: &'a [Term],
}

/// What an instrument's description turns into.
pub trait BuildsInstrument {
    /// Parts with expiries of their own that the instrument is split into, each of the full size; a rule holds an equal share
    /// of each.
    fn rungs(&self) -> usize {
        1
    }

    /// Fields that a signal with a shape decides at each roll, as they are written.
    fn dials(&self) -> Vec<(&'static str, &serde_json::Value)> {
        Vec::new()
    }

    /// The checked instrument.
    ///
    /// # Errors
    /// A [`Refusal`] naming the field; `/size` stands for the size beside the kind.
    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal>;
}

/// A hedge that can be marked, eight paths at a time.
pub trait Instrument: Send + Sync {
    /// Writes all columns for the evaluated rows; rows before the first evaluated one stay 0.
    fn mark(&self, see: &Quotes<'_>, out: &mut MarkRows);

    /// Says what it looks up in the market's price tables.
    fn needs(&self, _needs: &mut Needs) {}

    /// How trading is counted.
    fn turnover(&self) -> Turnover;

    /// Exchange and clearing fee per contract.
    fn fee(&self) -> f64;

    /// Days that the premium of a contract pays for (0: there is no premium).
    fn premium_days(&self) -> usize {
        0
    }

    /// Does holding it cost half-spreads ([`Mark::Upkeep`])?
    fn has_upkeep(&self) -> bool {
        false
    }

    /// Does it write the deltas of its contracts ([`Mark::Exposure`])?
    fn has_exposure(&self) -> bool {
        false
    }

    /// The side on which a contract can lose without bound: selling it, unless the kind says otherwise.
    fn endless(&self) -> Endless {
        Endless::Short
    }

    /// Days that the P&L of one contract covers: what choices over time keep apart by default.
    fn span_days(&self) -> usize {
        self.premium_days()
    }
}

/// The side of a contract on which there is no largest loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endless {
    /// None: a put that is sold loses at most its strike.
    Never,
    /// Selling it: calls, variance, the VIX.
    Short,
    /// Buying it: a hedge that contains a written call.
    Long,
}

/// What contracts are marked by: the simulated world and, where it is marked by its model, its prices.
pub struct Quotes<'a> {
    /// The simulated world.
    pub paths: &'a PathBlock,
    /// The market's price tables.
    pub prices: &'a Tables,
    /// Are prices mixed of several beliefs?
    pub responds: bool,
    /// Are the parts of the P&L wanted? (Sums of twins and of the world without premia do without.)
    pub parts: bool,
    /// Are deltas of contracts wanted ([`Mark::Exposure`])? Signals may read them.
    pub exposures: bool,
    /// Signals that decide terms of contracts at their rolls, by slot.
    pub dials: &'a [Vec<Row>],
}

impl Quotes<'_> {
    /// What surprises of a day bring to a contract: `dollars` a unit of the asset's return, `curvature` a unit of its square and
    /// `slope` a unit of the common variance; all known the day before.
    #[inline(always)]
    fn surprise(&self, row: usize, asset: usize, dollars: Row, curvature: Row, slope: Row) -> [Row; 2] {
        let of = |kind| self.paths.surprises(kind)[row];
        [
            dollars * of(Surprise::Shock(asset))
                + curvature * of(Surprise::Square(asset))
                + slope * of(Surprise::Variance),
            dollars * of(Surprise::Jump(asset)) + slope * of(Surprise::VarianceJump),
        ]
    }

    /// What prices depend on at a row.
    #[inline(always)]
    fn state(&self, row: usize) -> prices::State {
        prices::State::at(self.paths, row, self.responds)
    }
}

/// How an instrument's trading is counted as turnover.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turnover {
    /// Premium traded as a share of capital.
    Premium,
    /// Quantity traded as a multiple of this base quantity.
    Base(f64),
}

/// Vega notional of a listed contract, and dollars a point of a VIX future.
const VEGA_LOT: f64 = 1_000.0;

/// Needs the market's own prices, which a flat-VIX mark does not have.
fn model_only(setting: &Setting<'_>, what: &str) -> Result<(), Refusal> {
    match setting.facts.marking {
        Marking::Model => Ok(()),
        Marking::FlatVix { .. } => Err(Refusal::new("", format!("{what} has no price at a flat VIX"))
            .help("use a simulated market with `marking: model`")),
    }
}

/// Base quantity from `vega_bp`, for instruments that are sized by vega.
fn vega_base(setting: &Setting<'_>) -> Result<f64, Refusal> {
    match setting.size.only() {
        Some(Size::Vega(share)) => Ok(share * setting.portfolio.capital()),
        _ => Err(Refusal::new("/size", "this instrument is sized by vega").help("write `size: { vega_bp: 20 }`")),
    }
}

/// Fraction of a number, 0 where it is left out.
fn or_zero(value: Option<NonNegative>) -> f64 {
    value.map_or(0.0, NonNegative::get)
}
