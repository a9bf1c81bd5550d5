//! The part `study` of a scenario file, as it is written: one field a study.

use super::{ClaimSpec, Mistakes, Span};
use crate::study::objective::Objective;
use crate::study::question::BuildsStudy;
use crate::study::{calibration, combinatorial, optimal, oracle_ladder, protocols, selection, truth, world_shift};
use crate::units::{Fraction, Positive, PositiveCount};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
