//! Markov regimes, mean-reverting stochastic variance, crashes with variance co-jumps (a Markov-modulated SVCJ).
//!
//! Sources: Heston (1993); Duffie, Pan and Singleton (2000); regimes as in Elliott, Nishide and Osakwe (2016). With one
//! regime and no crashes it is Heston's model. MODEL sections 1, 7, 8, 11 of the project's notes.

use super::assets::{AssetTraits, PremiumSpec};
use super::breaks::{BreakSpec, Restated, Stated, plans};
use super::marking::MarkingSpec;
use super::premium::Premia;
use super::regimes::{RegimeSpec, StartSpec, law};
use super::response::ResponseSpec;
use super::season::SeasonSpec;
use super::shock::Shocks;
use super::switching::SwitchingSpec;
use super::world::{Plan, World};
use super::{BuildsMarket, Market};
use crate::named::Named;
use crate::pricing::law::Variance;
use crate::shelf::{Described, Refusal};
use crate::units::{Finite, LogJump, NonNegative, Positive, Rate, Reversion, VolOfVol};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A regime-switching stochastic-variance market with crashes.
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
    /// Where the paths start (default: stationary).
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
    /// Mean reversion and volatility of the variance.
    #[garde(dive)]
    pub variance: VarianceSpec,
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

/// The square-root variance under the real-world measure.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct VarianceSpec {
    /// Speed of mean reversion (kappa), per year.
    #[garde(dive)]
    pub reversion: Reversion,
    /// Volatility of variance (xi).
    #[garde(dive)]
    pub vol_of_vol: VolOfVol,
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
    /// Taken from the mean reversion: kappa_Q = kappa - this; the long-run variance rises accordingly.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Finite")]
    pub variance: Option<Finite>,
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
    /// How the premia of hedges respond to the variance (left out: they stand still). What assets earn is that of the stated
    /// premia.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ResponseSpec")]
    pub response: Option<ResponseSpec>,
}

/// Dynamics of the correlation.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CorrelationSpec {
    /// Days in which half of the way to a new regime's correlation is gone (0: at once).
    #[garde(dive)]
    pub half_life: NonNegative,
    /// Standard deviation of the noise on the log weights of the regimes' matrices.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NonNegative")]
    pub noise: Option<NonNegative>,
}

impl Described for Spec {
    const HELP: &'static str =
        "regimes, stochastic variance with leverage, crashes with variance jumps, moving correlation";
    const SPECIMEN: &'static str = "{ regimes: { normal: { variance: 0.04, correlation: 0.8, \
        crash: { per_year: 0.5, mean: -0.04, sd: 0.05, variance_jump: 0.05 } } }, variance: { reversion: 5, vol_of_vol: 0.6 } }";
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
        let reversion = self.variance.reversion.get();
        let variance = Variance::SquareRoot { reversion, vol_of_vol: self.variance.vol_of_vol.get() };
        let law = law(&stated.regimes, stated.switching.as_ref(), variance)?;
        let spec = &stated.premium;
        let premia = Premia {
            variance: spec.variance.map_or(0.0, Finite::get),
            crash_intensity: spec.crash_intensity.map_or(1.0, Positive::get),
            crash_mean: spec.crash_mean.map_or(0.0, LogJump::get),
            switch_mean: spec.switch_mean.map_or(0.0, LogJump::get),
            regime: spec.regime.map_or(0.0, Finite::get),
        };
        if !(reversion - premia.variance > 0.0) {
            return Err(Refusal::new(
                "premium.variance",
                format!(
                    "is {}, which leaves no mean reversion under the pricing measure ({reversion} - {0})",
                    premia.variance
                ),
            )
            .help(format!("must be below variance.reversion, which is {reversion}")));
        }
        if let Some(response) = &spec.response {
            check(response, &premia, reversion)?;
        }
        Ok(Plan {
            names: self.regimes.iter().map(|(name, _)| name.clone()).collect(),
            law,
            priced_level: None,
            premia,
            response: spec.response,
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
            variance: self.variance.or(earlier.variance),
            crash_intensity: self.crash_intensity.or(earlier.crash_intensity),
            crash_mean: self.crash_mean.or(earlier.crash_mean),
            switch_mean: self.switch_mean.or(earlier.switch_mean),
            regime: self.regime.or(earlier.regime),
            response: self.response.or(earlier.response),
        }
    }

    fn responds(&self) -> bool {
        self.response.is_some()
    }
}

/// Both sets of a response leave some mean reversion, and their names say what they are.
fn check(response: &ResponseSpec, premia: &Premia, reversion: f64) -> Result<(), Refusal> {
    let (low, high) = (response.low.get(), response.high.get());
    if low > high {
        return Err(Refusal::new("premium.response.low", format!("is {low}, above `high`, which is {high}"))
            .help("exchange them; a slope below 0 lets the premia rise with the variance"));
    }
    for (field, multiple) in [("low", low), ("high", high)] {
        let variance = multiple * premia.variance;
        if !(reversion - variance > 0.0) {
            return Err(Refusal::new(
                format!("premium.response.{field}"),
                format!(
                    "is {multiple}, which leaves no mean reversion under the pricing measure ({reversion} - {multiple} * {})",
                    premia.variance
                ),
            )
            .help(format!("must be below {}", reversion / premia.variance)));
        }
    }
    Ok(())
}

/// The number for all pairs in each regime; 0 where none is given.
pub(super) fn correlation_of(regimes: &Named<RegimeSpec>) -> Vec<f64> {
    regimes.iter().map(|(_, regime)| regime.correlation.map_or(0.0, crate::units::Correlation::get)).collect()
}
