//! Regimes of constant variance with crashes (Hardy, "A regime-switching model of long-term stock returns", 2001, with
//! Merton's jumps). With one regime and no crashes it is the Black-Scholes world, where a flat-VIX mark is the true price.

use super::assets::{AssetTraits, PremiumSpec};
use super::breaks::{BreakSpec, Restated, Stated, plans};
use super::marking::MarkingSpec;
use super::premium::Premia;
use super::regime_svj::{CorrelationSpec, correlation_of};
use super::regimes::{RegimeSpec, StartSpec, law, priced_level};
use super::season::SeasonSpec;
use super::shock::Shocks;
use super::switching::SwitchingSpec;
use super::world::{Plan, World};
use super::{BuildsMarket, Market};
use crate::named::Named;
use crate::pricing::law::Variance;
use crate::shelf::{Described, Refusal};
use crate::units::{Finite, LogJump, NonNegative, Positive, Rate};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A market whose variance is constant in each regime.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Riskless rate, continuous, per year.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Rate")]
    pub rate: Option<Rate>,
    /// Dividend yield of every asset, continuous, per year.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Rate")]
    pub dividend: Option<Rate>,
    /// Where the paths start (default: stationary); a VIX cannot be stated here.
    #[garde(dive)]
    #[serde(default)]
    pub start: StartSpec,
    /// Regimes in order of severity.
    #[garde(dive)]
    pub regimes: Named<RegimeSpec>,
    /// Switching between regimes (left out with one regime).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SwitchingSpec")]
    pub switching: Option<SwitchingSpec>,
    /// Risk premia (none if left out).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PremiaSpec")]
    pub premium: Option<PremiaSpec>,
    /// How fast the correlation follows the regime.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "CorrelationSpec")]
    pub correlation: Option<CorrelationSpec>,
    /// Structural breaks, in order of time: what the market becomes for good.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<BreakSpec<PremiaSpec>>,
    /// Seasons of calm, in order of time.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calm: Vec<SeasonSpec>,
    /// A fall by script, or a list of them: the same on every path.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Shocks::is_empty")]
    #[schemars(with = "Shocks")]
    pub shock: Shocks,
    /// The asset whose VIX is quoted (default: the first).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub vix_of: Option<String>,
    /// How hedges are marked (default: model).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "MarkingSpec")]
    pub marking: Option<MarkingSpec>,
}

/// Risk premia: what the pricing measure adds.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PremiaSpec {
    /// Premium of the first asset a year.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PremiumSpec")]
    pub equity: Option<PremiumSpec>,
    /// Factor of the crash intensity (1: none).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Positive")]
    pub crash_intensity: Option<Positive>,
    /// Added to the mean log jump (0: none).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LogJump")]
    pub crash_mean: Option<LogJump>,
    /// Added to the mean of every log jump at a switch (0: none).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LogJump")]
    pub switch_mean: Option<LogJump>,
    /// Tilt of the switching rates towards severe regimes (0: none).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Finite")]
    pub regime: Option<Finite>,
}

impl Described for Spec {
    const HELP: &'static str = "regimes of constant variance with crashes; one regime without crashes is Black-Scholes";
    const SPECIMEN: &'static str = "{ regimes: { only: { volatility: 0.2 } } }";
}

impl BuildsMarket for Spec {
    fn build(&self, assets: &[AssetTraits]) -> Result<Box<dyn Market>, Refusal> {
        let stated = Stated {
            regimes: self.regimes.clone(),
            switching: self.switching.clone(),
            premium: self.premium.clone().unwrap_or_default(),
        };
        let plan = |stated: &Stated<PremiaSpec>| self.plan(stated, assets);
        let mut first = plan(&stated)?;
        first.breaks = plans(&self.then, stated, plan)?;
        World::new(first).map(|world| Box::new(world) as Box<dyn Market>)
    }
}

impl Spec {
    /// The market as it is while this is stated, without its breaks.
    fn plan(&self, stated: &Stated<PremiaSpec>, assets: &[AssetTraits]) -> Result<Plan, Refusal> {
        let spec = &stated.premium;
        let law = law(&stated.regimes, stated.switching.as_ref(), Variance::Constant)?;
        Ok(Plan {
            names: self.regimes.iter().map(|(name, _)| name.clone()).collect(),
            priced_level: priced_level(&stated.regimes, &law),
            law,
            response: None,
            premia: Premia {
                variance: 0.0,
                crash_intensity: spec.crash_intensity.map_or(1.0, Positive::get),
                crash_mean: spec.crash_mean.map_or(0.0, LogJump::get),
                switch_mean: spec.switch_mean.map_or(0.0, LogJump::get),
                regime: spec.regime.map_or(0.0, Finite::get),
            },
            equity: spec.equity.clone().unwrap_or_default(),
            assets: assets.to_vec(),
            correlation: correlation_of(&stated.regimes),
            half_life: self.correlation.map_or(0.0, |c| c.half_life.get()),
            noise: self.correlation.and_then(|c| c.noise).map_or(0.0, NonNegative::get),
            rate: self.rate.map_or(0.0, Rate::get),
            dividend: self.dividend.map_or(0.0, Rate::get),
            start: self.start.clone(),
            vix_of: self.vix_of.clone(),
            marking: self.marking.unwrap_or_default(),
            breaks: Vec::new(),
            calm: self.calm.clone(),
            shock: self.shock.clone(),
        })
    }
}

impl Restated for PremiaSpec {
    fn over(&self, earlier: &Self) -> Self {
        Self {
            equity: self.equity.clone().or_else(|| earlier.equity.clone()),
            crash_intensity: self.crash_intensity.or(earlier.crash_intensity),
            crash_mean: self.crash_mean.or(earlier.crash_mean),
            switch_mean: self.switch_mean.or(earlier.switch_mean),
            regime: self.regime.or(earlier.regime),
        }
    }

    fn responds(&self) -> bool {
        false
    }
}
