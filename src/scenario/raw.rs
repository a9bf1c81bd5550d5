//! The scenario file as it is written: these types mirror it and do nothing.
//!
//! What is here is what `schema/scenario.v1.json` says; what it means is decided in [`super::resolve`].

use crate::instruments::InstrumentSpec;
use crate::market::MarketSpec;
use crate::named::Named;
use crate::rules::{Combine, ShapeSpec};
use crate::signals::{SignalSpec, SmoothSpec};
use crate::study::objective::Objective;
use crate::study::question::BuildsStudy;
use crate::study::{calibration, combinatorial, optimal, oracle_ladder, protocols, selection, truth, world_shift};
use crate::units::{
    Correlation, Count, Finite, Fraction, Multiplier, NonNegative, Positive, PositiveCount, Tunable, Variance,
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

/// What is to be found out.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StudySpec {
    /// What counts as a crash (default: a drawdown of 10 %, ended by a rally of 10 %).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "CrashSpec")]
    pub crash: Option<CrashSpec>,
    /// Rules against a benchmark and against fixed hedges of the same size.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "CompareSpec")]
    pub compare: Option<CompareSpec>,
    /// First half against second half, for tuned rules.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SplitSpec")]
    pub split: Option<SplitSpec>,
    /// Walk-forward choice over tuned rules.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "WalkForwardSpec")]
    pub walk_forward: Option<WalkForwardSpec>,
    /// What is said of rules and market; each becomes a verdict: holds, fails or undecided.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<ClaimSpec>")]
    pub claims: Option<Vec<ClaimSpec>>,
    /// A mistake beside its cure, or a list of them; the first gives the closing sentence.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Mistakes")]
    pub mistake: Option<Mistakes>,
    /// The numerically optimal rule of one hedge, a piecewise-linear function of the VIX.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "optimal::Spec")]
    pub optimal: Option<optimal::Spec>,
    /// Combinatorial purged cross-validation: choices on all but a few folds, judged on those.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "combinatorial::Spec")]
    pub combinatorial: Option<combinatorial::Spec>,
    /// The usual checks on every path: PBO, PSR, DSR, Reality Check and SPA over the tuned grids.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "selection::Spec")]
    pub selection: Option<selection::Spec>,
    /// Figures of tuned choices in sample and out of sample, beside their true values.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "truth::Spec")]
    pub truth: Option<truth::Spec>,
    /// Ways to choose among tuned values, on histories of several lengths, against the truth.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "protocols::Spec")]
    pub protocols: Option<protocols::Spec>,
    /// False alarms and power of PSR, DSR, PBO, Reality Check and SPA in this market.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "calibration::Spec")]
    pub calibration: Option<calibration::Spec>,
    /// Tuned on histories of one market, judged in the others.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "world_shift::Spec")]
    pub world_shift: Option<world_shift::Spec>,
    /// What it is worth to know the VIX, a filter of the regime, or the hidden regime itself, for one hedge.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "oracle_ladder::Spec")]
    pub oracle_ladder: Option<oracle_ladder::Spec>,
}

impl StudySpec {
    /// The studies that walk rules of their own, by name.
    pub fn questions(&self) -> Vec<(&'static str, &dyn BuildsStudy)> {
        fn kind<'s, S: BuildsStudy>(
            name: &'static str,
            spec: Option<&'s S>,
        ) -> Option<(&'static str, &'s dyn BuildsStudy)> {
            spec.map(|spec| (name, spec as &dyn BuildsStudy))
        }
        let kinds = [
            kind("optimal", self.optimal.as_ref()),
            kind("oracle_ladder", self.oracle_ladder.as_ref()),
            kind("combinatorial", self.combinatorial.as_ref()),
            kind("selection", self.selection.as_ref()),
            kind("truth", self.truth.as_ref()),
            kind("protocols", self.protocols.as_ref()),
            kind("calibration", self.calibration.as_ref()),
            kind("world_shift", self.world_shift.as_ref()),
        ];
        kinds.into_iter().flatten().collect()
    }
}

/// What counts as a crash: a drawdown (with or without a rally), a quick fall, or stated dates.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CrashSpec {
    /// Least depth of a drawdown episode, a positive decimal.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Fraction")]
    pub drawdown: Option<Fraction>,
    /// Rise from the low that ends an episode (left out: only a new high does).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Positive")]
    pub rally: Option<Positive>,
    /// A fall of `by` within `within` days.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "FallSpec")]
    pub fall: Option<FallSpec>,
    /// Stated windows, for history.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<DatesSpec>")]
    pub dates: Option<Vec<DatesSpec>>,
}

/// A quick fall.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FallSpec {
    /// Least fall, a positive decimal.
    #[garde(dive)]
    pub by: Fraction,
    /// Days.
    #[garde(dive)]
    pub within: PositiveCount,
}

/// One stated window.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DatesSpec {
    /// Name.
    #[garde(skip)]
    pub name: String,
    /// Last day before the window, YYYY-MM-DD.
    #[garde(skip)]
    pub start: String,
    /// Last day of the window.
    #[garde(skip)]
    pub end: String,
}

/// Paired comparison.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CompareSpec {
    /// Name of the benchmark rule.
    #[garde(skip)]
    pub against: String,
    /// Fixed hedges that each dynamic rule is set beside (default: all).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<TwinSpec>")]
    pub twins: Option<Vec<TwinSpec>>,
    /// Run the same rules and shocks in the world without premia as well (default: true for simulated markets).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub null_world: Option<bool>,
}

/// A twin of a dynamic rule, sized by one number for the whole population.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TwinSpec {
    /// A fixed hedge of the same mean multiplier.
    EqualMultiplier,
    /// A fixed hedge that loses the same money.
    EqualMoney,
    /// A fixed hedge with the same expected shortfall.
    EqualEs,
    /// Less equity, for the same money lost.
    HoldLess,
    /// The multipliers of another path.
    Placebo,
}

/// First half against second half.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SplitSpec {
    /// Days left out between the halves (default: the longest tenor).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Span")]
    pub gap: Option<Span>,
    /// What is chosen by (default: es_at_equal_money).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Objective")]
    pub choose_by: Option<Objective>,
}

/// Walk-forward choice.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WalkForwardSpec {
    /// Length of the training window: `5y` or `1260d`.
    #[garde(skip)]
    pub train: Span,
    /// Length of the test window.
    #[garde(skip)]
    pub test: Span,
    /// Days left out between them (default: the longest tenor).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Span")]
    pub purge: Option<Span>,
    /// Does the training window roll, or start at the first day? (default: rolling)
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ModeSpec")]
    pub mode: Option<ModeSpec>,
    /// What is chosen by (default: es_at_equal_money).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Objective")]
    pub choose_by: Option<Objective>,
}

/// Kind of training window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeSpec {
    /// Always as long.
    #[default]
    Rolling,
    /// From the first day on.
    Anchored,
}

pub use super::claims::{ClaimSpec, MistakeSpec, Mistakes, ProtectsSpec};
pub use crate::grid::Span;
