//! How paths are drawn, what is known of them beforehand, and how precise the answer is to be.

use crate::units::{EventFactor, Positive, PositiveCount};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How paths are drawn, and whether what is known of them beforehand is taken out of estimates.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SamplingSpec {
    /// How paths are drawn together (default: independent).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "MethodSpec")]
    pub method: Option<MethodSpec>,
    /// Importance sampling: more crashes than there are, weighed by ratios of likelihoods (needs independent paths).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "TiltSpec")]
    pub tilt: Option<TiltSpec>,
    /// Take control variates of known mean out of every estimate (default: false).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub control_variates: Option<bool>,
}

/// How much more often events come than they do.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TiltSpec {
    /// Factor of the crash intensity in every regime (default 1).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "EventFactor")]
    pub crashes: Option<EventFactor>,
    /// Factor of the rates at which the last regime is entered (default 1).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "EventFactor")]
    pub entries: Option<EventFactor>,
}

/// How paths are drawn together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MethodSpec {
    /// Each by itself.
    #[default]
    Independent,
    /// In pairs with opposite draws.
    Antithetic,
    /// In 32 scrambled Sobol nets.
    Sobol,
}

/// Run until a standard error is reached; `paths` are the first step.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PrecisionSpec {
    /// Largest standard error of money lost by any rule less that of the benchmark, basis points of capital a year.
    #[garde(dive)]
    pub cost_bp: Positive,
    /// Paths at which it ends all the same (default 1000000).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub most_paths: Option<PositiveCount>,
}
