//! The simulated world of both regime markets: numbers checked as a whole. Its day loop is in `days`.

use super::assets::{Asset, AssetTraits, Kind, PremiumSpec};
use super::belief::{beliefs, mixed_vix, priced_law};
use super::correlation::{Correlation, Dynamics};
use super::drift::drifts;
use super::marking::MarkingSpec;
use super::premium::Premia;
use super::qe::VarianceStep;
use super::regimes::{StartSpec, index_of};
use super::response::{Response, ResponseSpec};
use super::{Facts, Implied, Laws, Market, PathBlock};
use crate::grid::{DAY, TimeGrid};
use crate::pricing::law::{Law, Variance};
use crate::pricing::vix::Affine;
use crate::shelf::Refusal;

mod days;

/// Most assets of one market.
pub(super) const MOST_ASSETS: usize = 8;

/// Everything a regime market is made of, before it is checked as a whole.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) names: Vec<String>,
    pub(super) law: Law,
    /// Levels that prices believe where the variance is constant; nothing where they believe the real ones.
    pub(super) priced_level: Option<Vec<f64>>,
    pub(super) premia: Premia,
    pub(super) response: Option<ResponseSpec>,
    pub(super) equity: PremiumSpec,
    pub(super) assets: Vec<AssetTraits>,
    pub(super) correlation: Vec<f64>,
    pub(super) half_life: f64,
    pub(super) noise: f64,
    pub(super) rate: f64,
    pub(super) dividend: f64,
    pub(super) start: StartSpec,
    pub(super) vix_of: Option<String>,
    pub(super) marking: MarkingSpec,
}

/// A checked world.
pub(super) struct World {
    plan: Plan,
    assets: Vec<Asset>,
    /// `[regime][asset]` drift of the log price a year before its martingale correction.
    drift: Vec<Vec<f64>>,
    /// Premium per unit of spot variance, by asset.
    slope: Vec<f64>,
    shocks: Correlation,
    start: Option<usize>,
    start_variance: Option<f64>,
    /// VIX^2 of the first set of premia.
    vix: Affine,
    /// What moves the weight of the second set, and its VIX^2.
    response: Option<(Response, Affine)>,
    step: Option<VarianceStep>,
    facts: Facts,
}

impl World {
    /// Checks the plan as a whole.
    pub(super) fn new(plan: Plan) -> Result<Self, Refusal> {
        if plan.assets.is_empty() || plan.assets.len() > MOST_ASSETS {
            return Err(Refusal::new(
                "/portfolio.assets",
                format!("{} assets; from 1 to {MOST_ASSETS} are possible", plan.assets.len()),
            ));
        }
        let assets = plan.assets.iter().map(|traits| Asset::new(traits, &plan.law)).collect::<Result<Vec<_>, _>>()?;
        let leverage: Vec<f64> =
            assets.iter().map(|a| if let Kind::Shared { leverage, .. } = a.kind { leverage } else { 0.0 }).collect();
        let named: Vec<(String, f64)> = plan.names.iter().cloned().zip(plan.correlation.iter().copied()).collect();
        let dynamics = Dynamics { half_life: plan.half_life, noise: plan.noise };
        let shocks = Correlation::new(&named, &plan.assets, &leverage, &dynamics)?;
        let reference = match &plan.vix_of {
            None => 0,
            Some(name) => {
                let names: Vec<&str> = plan.assets.iter().map(|asset| asset.name.as_str()).collect();
                super::asset(name, &names, "vix_of")?
            }
        };
        let multiple = match assets[reference].kind {
            Kind::Shared { multiple, .. } | Kind::Level { multiple } => multiple,
            Kind::Own { .. } => {
                return Err(Refusal::new("vix_of", "the VIX cannot be that of an asset with a variance of its own"));
            }
        };
        let priced = beliefs(&plan, &assets, reference)?;
        let vix = mixed_vix(&priced, plan.response.map_or(0.0, |response| response.weight.get()));
        let response = match (&plan.response, &priced[..]) {
            (Some(spec), [_, high]) => Some((Response::new(spec, &plan.law), high.vix.clone())),
            _ => None,
        };
        let stationary = plan.law.stationary();
        // Equity is paid for the stated premia, whatever those of hedges do.
        let (drift, slope, residual_premium) = drifts(&plan, &priced_law(&plan, "premium", &plan.premia)?, &assets)?;
        let (start, start_variance) = start(&plan, &vix.a, vix.b)?;
        let implied = assets
            .iter()
            .map(|a| match a.kind {
                Kind::Shared { multiple: own, .. } | Kind::Level { multiple: own } => Implied::OfVix(own / multiple),
                Kind::Own { variance } => Implied::Constant(variance.sqrt()),
            })
            .collect();
        let exact = plan.names.len() == 1 && plan.law.variance == Variance::Constant && plan.law.intensity[0] == 0.0;
        let step = match plan.law.variance {
            Variance::SquareRoot { reversion, vol_of_vol } => Some(VarianceStep::new(reversion, vol_of_vol, DAY)),
            Variance::Constant => None,
        };
        let first = priced[0].vix.clone();
        let facts = Facts {
            assets: plan.assets.iter().map(|a| a.name.clone()).collect(),
            implied,
            regimes: plan.names.clone(),
            intensity: plan.law.intensity.clone(),
            level: plan.law.level.clone(),
            stationary,
            vix: Some(vix),
            marking: plan.marking.of(exact),
            rate: plan.rate,
            dividend: plan.dividend,
            residual_premium,
            laws: Some(Laws { real: plan.law.clone(), priced }),
        };
        Ok(Self { plan, assets, drift, slope, shocks, start, start_variance, vix: first, response, step, facts })
    }

    fn level(&self, regime: usize) -> f64 {
        self.plan.law.level[regime]
    }
}

impl Market for World {
    fn simulate(&self, seed: u64, first: u64, grid: TimeGrid, out: &mut PathBlock) {
        days::simulate(self, seed, first, grid.rows(), out);
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn null_world(&self) -> Option<Box<dyn Market>> {
        let mut plan = self.plan.clone();
        plan.premia = Premia::IDENTITY;
        plan.response = None;
        plan.priced_level = None;
        plan.equity = PremiumSpec::default();
        for asset in &mut plan.assets {
            asset.premium = None;
        }
        // A stated start means this world's VIX: keep the state, not the number it is quoted at.
        let mut null = Self::new(Plan { start: StartSpec::Stationary, ..plan.clone() }).ok()?;
        null.plan = plan;
        null.start = self.start;
        null.start_variance = self.start_variance;
        Some(Box::new(null))
    }
}

/// Regime and variance at row 0, where they are stated.
fn start(plan: &Plan, a: &[f64], b: f64) -> Result<(Option<usize>, Option<f64>), Refusal> {
    let StartSpec::At(point) = &plan.start else {
        return Ok((None, None));
    };
    let regime = index_of(&point.regime, &plan.names, "start.regime")?;
    let Some(vix) = point.vix else {
        return Ok((Some(regime), None));
    };
    let vix = vix.get();
    if b == 0.0 {
        return Err(Refusal::new("start.vix", "the VIX of this market follows from the regime; leave it out"));
    }
    let variance = (vix * vix - a[regime]) / b;
    if !(variance >= 0.0) {
        return Err(Refusal::new(
            "start.vix",
            format!("is {vix}, below the lowest VIX of regime `{}`, which is {:.2}", point.regime, a[regime].sqrt()),
        ));
    }
    Ok((Some(regime), Some(variance)))
}
