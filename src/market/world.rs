//! The simulated world of both regime markets: numbers checked as a whole. Its day loop is in `days`.

use super::assets::{Asset, AssetTraits, Kind, PremiumSpec};
use super::belief::{beliefs, mixed_vix};
use super::breaks::PricedSpec;
use super::changes::{Break, Changes, Learnt, Season};
use super::clock::{Hold, Times};
use super::correlation::{Correlation, Dynamics};
use super::marking::MarkingSpec;
use super::premium::Premia;
use super::qe::VarianceStep;
use super::regimes::{StartSpec, index_of};
use super::response::{Response, ResponseSpec};
use super::season::{SeasonSpec, seasons};
use super::shock::{Shocks, shocks};
use super::surprise::Tides;
use super::{Belief, Facts, Implied, Laws, Market, PathBlock, PlainDay};
use crate::draws::Source;
use crate::grid::{DAY, TimeGrid};
use crate::pricing::law::{Law, Variance};
use crate::pricing::vix::Affine;
use crate::shelf::Refusal;

mod days;
mod phase;
mod plain;

use phase::Phase;

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
    /// What it becomes at each break, in order: the day, what prices learn, and the market from then on.
    pub(super) breaks: Vec<(usize, PricedSpec, Plan)>,
    pub(super) calm: Vec<SeasonSpec>,
    pub(super) shock: Shocks,
}

/// A checked world.
pub(super) struct World {
    plan: Plan,
    assets: Vec<Asset>,
    /// The laws in force, one after the other.
    phases: Vec<Phase>,
    correlation: Correlation,
    start: Option<usize>,
    start_variance: Option<f64>,
    /// VIX^2 of each belief.
    vix: Vec<Affine>,
    /// What moves the weight of the second belief where premia respond.
    response: Option<Response>,
    step: Option<VarianceStep>,
    /// What is expected of each day under the first law.
    tides: Tides,
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
        let dynamics = Dynamics { half_life: plan.half_life, noise: plan.noise };
        let numbers: Vec<&[f64]> = std::iter::once(&plan)
            .chain(plan.breaks.iter().map(|(.., then)| then))
            .map(|p| &p.correlation[..])
            .collect();
        let correlation = Correlation::new(&plan.names, &numbers, &plan.assets, &leverage, &dynamics)?;
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
        let mut priced = beliefs(&plan, &assets, reference)?;
        let vix = mixed_vix(&priced, plan.response.map_or(0.0, |response| response.weight.get()));
        let response = plan.response.as_ref().map(|spec| Response::new(spec, &plan.law));
        let stationary = plan.law.stationary();
        let mut phases = vec![Phase::new(&plan, 0, &assets)?];
        let mut changes = Changes::default();
        for (i, (day, learns, then)) in plan.breaks.iter().enumerate() {
            let within = |refusal: Refusal| refusal.within(&format!("then[{i}]"));
            let phase = Phase::new(then, *day, &assets).map_err(within)?;
            changes.breaks.push(Break {
                day: *day,
                law: phase.law.clone(),
                learnt: learnt(*learns, &mut priced, || beliefs(then, &assets, reference).map_err(within))?,
                residual_premium: phase.residual_premium.clone(),
            });
            phases.push(phase);
        }
        changes.seasons = seasons(&plan.calm, &plan.names)?;
        let law_on = |day: usize| &phases[phases.iter().rposition(|phase| phase.day <= day).unwrap_or(0)].law;
        changes.shocks = shocks(&plan.shock, &assets, reference, law_on)?;
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
        let each = priced.iter().map(|belief| belief.vix.clone()).collect();
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
            residual_premium: phases[0].residual_premium.clone(),
            laws: Some(Laws { real: plan.law.clone(), priced }),
            changes,
        };
        let tides = Tides::new(&plan.law, &assets);
        Ok(Self { tides, plan, assets, phases, correlation, start, start_variance, vix: each, response, step, facts })
    }
}

impl World {
    /// What its clocks run by, in days since row 0, when the first evaluated row is `first`; from there on perhaps by the law
    /// of `tilted`, where nothing else changes.
    fn times<'t>(&'t self, first: usize, tilted: Option<&'t Law>) -> Times<'t> {
        if let Some(tilted) = tilted {
            let laws = vec![(0.0, &self.phases[0].law), (first as f64, tilted)];
            return Times { laws, seasons: Vec::new() };
        }
        let at = |day: usize| (first + day) as f64;
        let hold = |season: &Season| Hold { from: at(season.from), until: at(season.until), regime: season.regime };
        Times {
            laws: (self.phases.iter().enumerate())
                .map(|(i, phase)| (if i == 0 { 0.0 } else { at(phase.day) }, &phase.law))
                .collect(),
            seasons: self.facts.changes.seasons.iter().map(hold).collect(),
        }
    }
}

/// What prices learn of a break whose beliefs `then` gives; a new one is put behind those that are there.
fn learnt(
    learns: PricedSpec,
    priced: &mut Vec<Belief>,
    then: impl FnOnce() -> Result<Vec<Belief>, Refusal>,
) -> Result<Learnt, Refusal> {
    if learns == PricedSpec::Never {
        return Ok(Learnt::Never);
    }
    let belief = then()?.swap_remove(0);
    if priced.last() != Some(&belief) {
        priced.push(belief);
    }
    let belief = priced.len() - 1;
    Ok(match learns {
        PricedSpec::HalfLife(days) => Learnt::Slowly { belief, half_life: days.get() },
        PricedSpec::AtOnce | PricedSpec::Never => Learnt::AtOnce(belief),
    })
}

impl Plan {
    /// The same plan with every premium at identity, at every break.
    fn without_premia(mut self) -> Self {
        self.premia = Premia::IDENTITY;
        self.response = None;
        self.priced_level = None;
        self.equity = PremiumSpec::default();
        for asset in &mut self.assets {
            asset.premium = None;
        }
        self.breaks = self.breaks.into_iter().map(|(day, learns, then)| (day, learns, then.without_premia())).collect();
        self
    }
}

impl Market for World {
    fn simulate(&self, source: Source, first: u64, grid: TimeGrid, out: &mut PathBlock) {
        days::simulate(self, source, first, grid, out);
    }

    fn plain_path(&self, seed: u64, path: u64, grid: TimeGrid) -> Option<Vec<PlainDay>> {
        Some(plain::path(self, seed, path, grid))
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn knows_surprises(&self) -> bool {
        self.facts.changes.is_empty()
    }

    fn null_world(&self) -> Option<Box<dyn Market>> {
        let plan = self.plan.clone().without_premia();
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
