//! The scenario file as it is written: these types mirror it and do nothing.
//!
//! What is here is what `schema/scenario.v1.json` says; what it means is decided in [`super::resolve`].

mod sampling;
mod study;

pub use sampling::{MethodSpec, PrecisionSpec, SamplingSpec, TiltSpec};
pub use study::{
    CompareSpec, CrashSpec, DatesSpec, FallSpec, ModeSpec, SplitSpec, StudySpec, TwinSpec, WalkForwardSpec,
};

use crate::instruments::InstrumentSpec;
use crate::market::MarketSpec;
use crate::named::Named;
use crate::rules::{Combine, ShapeSpec};
use crate::signals::{SignalSpec, SmoothSpec};
use crate::units::{
    Correlation, Count, Finite, Multiplier, NonNegative, Positive, PositiveCount, Tunable, Variance,
    VolatilityMultiple, WarmUpDays, Weight,
};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A scenario: one experiment and what is to be found out about it.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Version of the format: 1.
    #[garde(custom(is_one))]
    pub version: u32,
    /// Short name; results are stored under it.
    #[garde(length(min = 1, max = 80))]
    pub name: String,
    /// The question, in words.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub question: Option<String>,
    /// Seed of all draws (simulated markets only).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Count")]
    pub seed: Option<Count>,
    /// Seeds kept for one last judgement (simulated markets only): a run with one of them is allowed once, see `trials.jsonl`.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SealedSpec")]
    pub sealed: Option<SealedSpec>,
    /// Number of paths (simulated markets only).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub paths: Option<PositiveCount>,
    /// How paths are drawn together (simulated markets only).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SamplingSpec")]
    pub sampling: Option<SamplingSpec>,
    /// Rows kept in memory at most (default 20000): with more paths, a row is the mean of a bundle of paths.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub rows: Option<PositiveCount>,
    /// Run until this precision is reached (simulated markets only).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PrecisionSpec")]
    pub precision: Option<PrecisionSpec>,
    /// Evaluated years of each path (simulated markets only).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Positive")]
    pub years: Option<Positive>,
    /// Days before the first evaluated one, so that every look-back is full (default 252).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "WarmUpDays")]
    pub warm_up: Option<WarmUpDays>,
    /// The market.
    #[garde(dive)]
    pub market: MarketSpec,
    /// The portfolio that is to be protected.
    #[garde(dive)]
    pub portfolio: PortfolioSpec,
    /// Hedge instruments by name.
    #[garde(dive)]
    pub instruments: Named<InstrumentSpec>,
    /// Hedge rules by name.
    #[garde(dive)]
    pub rules: Named<RuleSpec>,
    /// What is to be found out.
    #[garde(dive)]
    #[serde(default)]
    pub study: StudySpec,
}

fn is_one(version: &u32, (): &()) -> garde::Result {
    if *version == 1 { Ok(()) } else { Err(garde::Error::new(format!("is {version}; this program reads version 1"))) }
}

/// A range of seeds that is judged once, both ends included. Tune with seeds outside it. The seal
/// hangs on the scenario's name.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SealedSpec {
    /// First seed.
    #[garde(dive)]
    pub from: Count,
    /// Last seed.
    #[garde(dive)]
    pub to: Count,
}

/// The portfolio.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PortfolioSpec {
    /// Constant capital in currency; profits are swept daily.
    #[garde(dive)]
    pub capital: Positive,
    /// `daily`, or every so many days; the weights drift between.
    #[garde(dive)]
    #[serde(default)]
    pub rebalance: PortfolioRebalance,
    /// Assets by name.
    #[garde(dive)]
    pub assets: Named<AssetSpec>,
}

/// How often the portfolio returns to its weights: `daily`, or a number of days.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum PortfolioRebalance {
    /// Every day.
    #[default]
    Daily,
    /// Every so many days.
    Every(PositiveCount),
}

/// One asset. What is left out takes the market's default.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AssetSpec {
    /// Share of the capital.
    #[garde(dive)]
    pub weight: Weight,
    /// First close (default 100); matters for fees per contract only.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Positive")]
    pub spot: Option<Positive>,
    /// Volatility as a multiple of the root of the common variance (default 1).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "VolatilityMultiple")]
    pub volatility: Option<VolatilityMultiple>,
    /// Correlation with the shock of the common variance (default 0).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Correlation")]
    pub leverage: Option<Correlation>,
    /// Its log jump as a multiple of the market's crash (default 1).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Weight")]
    pub crash: Option<Weight>,
    /// Constant variance of its own, instead of the common one.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Variance")]
    pub own_variance: Option<Variance>,
    /// Risk premium a year, instead of the one that follows from the market's.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Finite")]
    pub premium: Option<Finite>,
    /// Correlation with every other asset, instead of the regimes' number.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Correlation")]
    pub correlation: Option<Correlation>,
    /// Correlation with single other assets.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Named<Correlation>")]
    pub pairs: Option<Named<Correlation>>,
}

/// A rule: what it hedges with, how much, and when it trades.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// Name of the instrument (give this or `legs`).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub hedge: Option<String>,
    /// Several hedges side by side, each with its own instrument, share and scale.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<LegSpec>")]
    pub legs: Option<Vec<LegSpec>>,
    /// A constant multiplier (give this or `scale`).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tunable<Multiplier>")]
    pub hold: Option<Tunable<Multiplier>>,
    /// Signals through shapes.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<TermSpec>")]
    pub scale: Option<Vec<TermSpec>>,
    /// How several terms become one number (default: product).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Combine")]
    pub combine: Option<Combine>,
    /// When to trade (default: daily); a roll is always an event.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "TriggerSpec")]
    pub rebalance: Option<TriggerSpec>,
    /// Bounds (default: floor 0, nothing else). With `legs` a budget is split over them as large as their shares.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LimitsSpec")]
    pub limits: Option<LimitsSpec>,
    /// Age of the information in days (default 1: decide on yesterday's close, trade at today's).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Count")]
    pub lag: Option<Count>,
}

/// One hedge of a rule with several.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LegSpec {
    /// Name of the instrument.
    #[garde(skip)]
    pub hedge: String,
    /// Part of the leg: a number, or a signal with a shape (default 1).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ShareSpec")]
    pub share: Option<ShareSpec>,
    /// A constant multiplier.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tunable<Multiplier>")]
    pub hold: Option<Tunable<Multiplier>>,
    /// Signals through shapes (default: the rule's).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<TermSpec>")]
    pub scale: Option<Vec<TermSpec>>,
    /// How several terms become one number (default: the rule's).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Combine")]
    pub combine: Option<Combine>,
    /// When to trade (default: the rule's).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "TriggerSpec")]
    pub rebalance: Option<TriggerSpec>,
    /// Bounds (default: the rule's).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LimitsSpec")]
    pub limits: Option<LimitsSpec>,
}

/// One signal through one shape.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TermSpec {
    /// The signal.
    #[garde(dive)]
    pub signal: SignalSpec,
    /// Smoothing of the signal.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SmoothSpec")]
    pub smooth: Option<SmoothSpec>,
    /// The shape.
    #[garde(dive)]
    pub shape: ShapeSpec,
}

/// A number, or a signal with a shape.
#[derive(Clone, Debug)]
pub enum ShareSpec {
    /// A number; may be negative.
    Fixed(Tunable<Multiplier>),
    /// A signal with a shape.
    Moving(Box<TermSpec>),
}

/// Bounds of the multiplier.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LimitsSpec {
    /// Lowest multiplier (default 0).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tunable<Multiplier>")]
    pub floor: Option<Tunable<Multiplier>>,
    /// Highest multiplier (default: none).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tunable<Multiplier>")]
    pub cap: Option<Tunable<Multiplier>>,
    /// Largest change of the multiplier in one day.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tunable<Positive>")]
    pub max_change_per_day: Option<Tunable<Positive>>,
    /// What may be paid.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BudgetSpec")]
    pub budget: Option<BudgetSpec>,
}

/// A budget of premium and transaction cost.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct BudgetSpec {
    /// Share of the capital a year, earned pro rata; purchases are cut to what is left.
    #[garde(dive)]
    pub per_year: Tunable<Positive>,
}

/// When a rule trades: `daily`, or a map with conditions.
#[derive(Clone, Debug)]
pub enum TriggerSpec {
    /// Every day.
    Daily,
    /// Conditions.
    When(Box<ConditionSpec>),
}

/// A condition: exactly one of `every`, `points`, `relative`, `drawdown`, `any`, `all`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConditionSpec {
    /// So many trading days since the last event.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tunable<PositiveCount>")]
    pub every: Option<Tunable<PositiveCount>>,
    /// The watched signal has moved by more than this.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tunable<NonNegative>")]
    pub points: Option<Tunable<NonNegative>>,
    /// The watched signal has moved by more than this share of its value at the last event.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tunable<NonNegative>")]
    pub relative: Option<Tunable<NonNegative>>,
    /// The drawdown of the unhedged portfolio has moved by more than this decimal.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tunable<NonNegative>")]
    pub drawdown: Option<Tunable<NonNegative>>,
    /// The signal that `points` and `relative` watch (default: the VIX).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SignalSpec")]
    pub of: Option<SignalSpec>,
    /// One of them is enough.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<ConditionSpec>")]
    pub any: Option<Vec<ConditionSpec>>,
    /// All of them are needed.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<ConditionSpec>")]
    pub all: Option<Vec<ConditionSpec>>,
}

pub use super::claims::{ClaimSpec, MistakeSpec, Mistakes, ProtectsSpec};
pub use crate::grid::Span;
