//! The simulated world of both regime markets: checked numbers, and the day loop over eight paths.

use super::assets::{AssetTraits, PremiumSpec};
use super::clock::{Event, What, events};
use super::correlation::{Correlation, Dynamics, Mix, at};
use super::premium::Premia;
use super::qe::{PriceStep, VarianceStep};
use super::regimes::{StartSpec, index_of};
use super::{Belief, Factor, Facts, Implied, Laws, Market, Marking, PathBlock, Priced};
use crate::draws::{Purpose, normal_pair};
use crate::grid::{DAY, TimeGrid};
use crate::lanes::{Lanes, Row, WIDTH};
use crate::pricing::law::{Law, Model, Variance};
use crate::pricing::vix::{Affine, VIX_YEARS};
use crate::shelf::Refusal;
use multiversion::multiversion;

/// Most assets of one market.
pub(super) const MOST_ASSETS: usize = 8;

/// Everything a regime market is made of, before it is checked as a whole.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) names: Vec<String>,
    pub(super) law: Law,
    pub(super) premia: Premia,
    pub(super) equity: PremiumSpec,
    pub(super) assets: Vec<AssetTraits>,
    pub(super) correlation: Vec<f64>,
    pub(super) half_life: f64,
    pub(super) noise: f64,
    pub(super) rate: f64,
    pub(super) dividend: f64,
    pub(super) start: StartSpec,
    pub(super) vix_of: Option<String>,
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
    vix_a: Vec<f64>,
    vix_b: f64,
    step: Option<VarianceStep>,
    facts: Facts,
}

/// One asset.
#[derive(Clone, Debug)]
struct Asset {
    spot: f64,
    crash: f64,
    kind: Kind,
}

/// How an asset's variance is made.
#[derive(Clone, Debug)]
enum Kind {
    /// s^2 v with leverage, under the square-root variance.
    Shared { multiple: f64, leverage: f64, day: PriceStep },
    /// s^2 theta of the regime.
    Level { multiple: f64 },
    /// A constant of its own.
    Own { variance: f64 },
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
        let q = plan.premia.price(&plan.law);
        let assets = plan.assets.iter().map(|traits| asset(traits, &plan.law)).collect::<Result<Vec<_>, _>>()?;
        let leverage: Vec<f64> =
            assets.iter().map(|a| if let Kind::Shared { leverage, .. } = a.kind { leverage } else { 0.0 }).collect();
        let named: Vec<(String, f64)> = plan.names.iter().cloned().zip(plan.correlation.iter().copied()).collect();
        let dynamics = Dynamics { half_life: plan.half_life, noise: plan.noise };
        let shocks = Correlation::new(&named, &plan.assets, &leverage, &dynamics)?;
        let reference = match &plan.vix_of {
            None => 0,
            Some(name) => plan.assets.iter().position(|a| a.name == *name).ok_or_else(|| {
                let known: Vec<&str> = plan.assets.iter().map(|a| a.name.as_str()).collect();
                Refusal::new("vix_of", format!("there is no asset `{name}`"))
                    .help(format!("the assets are {}", known.join(", ")))
            })?,
        };
        let multiple = match assets[reference].kind {
            Kind::Shared { multiple, .. } | Kind::Level { multiple } => multiple,
            Kind::Own { .. } => {
                return Err(Refusal::new("vix_of", "the VIX cannot be that of an asset with a variance of its own"));
            }
        };
        let believed = belief(&plan, q, &assets, reference);
        let vix = believed.vix.clone();
        let stationary = plan.law.stationary();
        let (drift, slope, residual_premium) = drifts(&plan, &believed.law, &assets)?;
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
        let facts = Facts {
            assets: plan.assets.iter().map(|a| a.name.clone()).collect(),
            implied,
            regimes: plan.names.clone(),
            intensity: plan.law.intensity.clone(),
            level: plan.law.level.clone(),
            stationary,
            vix: Some(vix.clone()),
            marking: Marking::FlatVix { exact },
            rate: plan.rate,
            dividend: plan.dividend,
            residual_premium,
            laws: Some(Laws { real: plan.law.clone(), priced: vec![believed] }),
        };
        Ok(Self { plan, assets, drift, slope, shocks, start, start_variance, vix_a: vix.a, vix_b: vix.b, step, facts })
    }

    fn level(&self, regime: usize) -> f64 {
        self.plan.law.level[regime]
    }

    /// One lane's day, cut at its events: variance at the end, and the log returns.
    #[inline(never)]
    fn split_day(&self, day: &SplitDay<'_>, lane: &mut LaneState, returns: &mut [f64; MOST_ASSETS]) {
        let n = self.assets.len();
        returns.fill(0.0);
        let mut from = 0.0;
        for piece in 0..=day.events.len() {
            let to = day.events.get(piece).map_or(1.0, |event| event.time - day.time);
            let years = (to - from) * DAY;
            if years > 1e-9 {
                let shocks = if piece == 0 { day.shocks } else { day.fresh(piece, n) };
                self.piece(years, &shocks, lane, returns);
            }
            from = to;
            match day.events.get(piece).map(|event| event.what) {
                Some(What::Switch(regime)) => {
                    lane.regime = regime;
                    if self.step.is_none() {
                        lane.variance = self.level(regime);
                    }
                }
                Some(What::Crash { normal, exponential }) => {
                    let jump = self.plan.law.jump_mean[lane.regime] + self.plan.law.jump_sd[lane.regime] * normal;
                    for (i, asset) in self.assets.iter().enumerate() {
                        returns[i] += asset.crash * jump;
                    }
                    lane.variance += self.plan.law.variance_jump[lane.regime] * exponential;
                }
                None => {}
            }
        }
    }

    /// A stretch without events.
    fn piece(&self, years: f64, shocks: &Shocks, lane: &mut LaneState, returns: &mut [f64; MOST_ASSETS]) {
        let (v, level) = (lane.variance, self.level(lane.regime));
        let drawn = match self.plan.law.variance {
            Variance::SquareRoot { reversion, vol_of_vol } => {
                Some(VarianceStep::new(reversion, vol_of_vol, years).draw(
                    Lanes([v]),
                    Lanes([level]),
                    Lanes([shocks.variance]),
                ))
            }
            Variance::Constant => None,
        };
        for (i, asset) in self.assets.iter().enumerate() {
            let drift = (self.drift[lane.regime][i] + self.slope[i] * v) * years;
            let z = Lanes([shocks.spot[i]]);
            let noise = match (&asset.kind, &drawn, self.plan.law.variance) {
                (
                    Kind::Shared { multiple, leverage, .. },
                    Some(drawn),
                    Variance::SquareRoot { reversion, vol_of_vol },
                ) => {
                    PriceStep::new(reversion, vol_of_vol, *multiple, *leverage, years)
                        .log_return(Lanes([v]), drawn, z)
                        .0[0]
                }
                (Kind::Own { variance }, ..) => plain(*variance, years, shocks.spot[i]),
                (Kind::Level { multiple } | Kind::Shared { multiple, .. }, ..) => {
                    plain(multiple * multiple * level, years, shocks.spot[i])
                }
            };
            returns[i] += drift + noise;
        }
        lane.variance = drawn.map_or(level, |d| d.next.0[0]);
    }
}

/// Log return of constant variance, its exponential with mean one.
fn plain(variance: f64, years: f64, z: f64) -> f64 {
    (variance * years).sqrt() * z - 0.5 * variance * years
}

/// Standard normals of one stretch on one path.
#[derive(Clone, Copy)]
struct Shocks {
    variance: f64,
    spot: [f64; MOST_ASSETS],
}

/// One day of one lane that has events.
struct SplitDay<'a> {
    events: &'a [Event],
    time: f64,
    day: u32,
    seed: u64,
    path: u64,
    shocks: Shocks,
    root: &'a Mix,
    lane: usize,
}

impl SplitDay<'_> {
    /// Normals of a later stretch of the day, at an address of their own.
    fn fresh(&self, piece: usize, assets: usize) -> Shocks {
        let slot = |i: usize| ((piece as u32) << 8) | i as u32;
        let draw = |purpose, i| normal_pair(self.seed, &[self.path], purpose, self.day, slot(i)).0.0[0];
        let mut raw = [0.0; MOST_ASSETS];
        for (i, z) in raw.iter_mut().enumerate().take(assets) {
            *z = draw(Purpose::Spot, i);
        }
        let mut spot = [0.0; MOST_ASSETS];
        for i in 0..assets {
            spot[i] = (0..=i).map(|j| self.root.root[at(i, j)].0[self.lane] * raw[j]).sum();
        }
        Shocks { variance: draw(Purpose::Variance, 0), spot }
    }
}

/// What changes on one lane.
#[derive(Clone, Copy)]
struct LaneState {
    variance: f64,
    regime: usize,
}

impl Market for World {
    fn simulate(&self, seed: u64, first: u64, grid: TimeGrid, out: &mut PathBlock) {
        simulate(self, seed, first, grid.rows(), out);
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn null_world(&self) -> Option<Box<dyn Market>> {
        let mut plan = self.plan.clone();
        plan.premia = Premia::IDENTITY;
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

/// The day loop.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn simulate(world: &World, seed: u64, first: u64, rows: usize, out: &mut PathBlock) {
    let n = world.assets.len();
    let mut paths = [0; WIDTH];
    let mut lanes = [LaneState { variance: 0.0, regime: 0 }; WIDTH];
    let mut events_of: [Vec<Event>; WIDTH] = Default::default();
    for lane in 0..WIDTH {
        paths[lane] = first + lane as u64;
        let days = (rows - 1) as f64;
        let (regime, list) = events(&world.plan.law, &world.facts.stationary, world.start, seed, paths[lane], days);
        events_of[lane] = list;
        lanes[lane] = LaneState { variance: world.start_variance.unwrap_or(world.level(regime)), regime };
    }
    let mut mix = world.shocks.start(&lanes.map(|lane| lane.regime));
    let mut held = Held::new(world, &lanes);
    let mut cursor = [0usize; WIDTH];
    let next_day = |lane: usize, cursor: usize| events_of[lane].get(cursor).map_or(usize::MAX, |e| e.time as usize);
    let mut soonest = (0..WIDTH).map(|lane| next_day(lane, 0)).min().unwrap_or(usize::MAX);
    held.write(world, 0, out);

    let mut variance_pair = (Row::default(), Row::default());
    let mut spot_pairs = [(Row::default(), Row::default()); MOST_ASSETS];
    for row in 1..rows {
        let day = row - 1;
        if day % 2 == 0 {
            // One address serves two days: both normals of a Box-Muller pair are used.
            if world.step.is_some() {
                variance_pair = normal_pair(seed, &paths, Purpose::Variance, (day / 2) as u32, 0);
            }
            for (i, pair) in spot_pairs.iter_mut().enumerate().take(n) {
                *pair = normal_pair(seed, &paths, Purpose::Spot, (day / 2) as u32, i as u32);
            }
        }
        let of_day = |pair: &(Row, Row)| if day % 2 == 0 { pair.0 } else { pair.1 };
        world.shocks.advance(&mut mix, |k| {
            if world.shocks.noisy() {
                normal_pair(seed, &paths, Purpose::Correlation, day as u32, k as u32).0
            } else {
                Row::splat(0.0)
            }
        });
        let variance_shock = of_day(&variance_pair);
        let mut shocks = [Row::default(); MOST_ASSETS];
        for i in 0..n {
            let mut sum = mix.root[at(i, i)] * of_day(&spot_pairs[i]);
            for j in 0..i {
                sum += mix.root[at(i, j)] * of_day(&spot_pairs[j]);
            }
            shocks[i] = sum;
        }
        let before = held.variance;
        held.whole_day(world, variance_shock, &shocks);
        if soonest == day {
            soonest = usize::MAX;
            for lane in 0..WIDTH {
                if next_day(lane, cursor[lane]) == day {
                    let from = cursor[lane];
                    let to = from + events_of[lane][from..].iter().take_while(|e| e.time as usize == day).count();
                    let split = SplitDay {
                        events: &events_of[lane][from..to],
                        time: day as f64,
                        day: day as u32,
                        seed,
                        path: paths[lane],
                        shocks: Shocks { variance: variance_shock.0[lane], spot: shocks.map(|s| s.0[lane]) },
                        root: &mix,
                        lane,
                    };
                    lanes[lane].variance = before.0[lane];
                    let old = lanes[lane].regime;
                    let mut returns = [0.0; MOST_ASSETS];
                    world.split_day(&split, &mut lanes[lane], &mut returns);
                    held.replace(world, lane, &lanes[lane], &returns);
                    if lanes[lane].regime != old {
                        mix.switch(lane, lanes[lane].regime);
                    }
                    cursor[lane] = to;
                }
                soonest = soonest.min(next_day(lane, cursor[lane]));
            }
        }
        held.move_spot(n);
        held.write(world, row, out);
    }
}

/// The state of eight paths, in lanes.
struct Held {
    variance: Row,
    level: Row,
    vix_a: Row,
    regime: Row,
    drift: [Row; MOST_ASSETS],
    returns: [Row; MOST_ASSETS],
    spot: [Row; MOST_ASSETS],
}

impl Held {
    fn new(world: &World, lanes: &[LaneState; WIDTH]) -> Self {
        let mut held = Self {
            variance: Row::default(),
            level: Row::default(),
            vix_a: Row::default(),
            regime: Row::default(),
            drift: [Row::default(); MOST_ASSETS],
            returns: [Row::default(); MOST_ASSETS],
            spot: [Row::default(); MOST_ASSETS],
        };
        for (i, asset) in world.assets.iter().enumerate() {
            held.spot[i] = Row::splat(asset.spot);
        }
        for (lane, state) in lanes.iter().enumerate() {
            held.replace(world, lane, state, &[0.0; MOST_ASSETS]);
        }
        held
    }

    /// Takes over a lane that was moved by itself.
    fn replace(&mut self, world: &World, lane: usize, state: &LaneState, returns: &[f64; MOST_ASSETS]) {
        self.variance.0[lane] = state.variance;
        self.level.0[lane] = world.level(state.regime);
        self.vix_a.0[lane] = world.vix_a[state.regime];
        self.regime.0[lane] = state.regime as f64;
        for i in 0..world.assets.len() {
            self.drift[i].0[lane] = world.drift[state.regime][i];
            self.returns[i].0[lane] = returns[i];
        }
    }

    /// A day without events, on all lanes.
    #[inline(always)]
    fn whole_day(&mut self, world: &World, variance_shock: Row, shocks: &[Row; MOST_ASSETS]) {
        let v = self.variance;
        let drawn = world.step.as_ref().map(|step| step.draw(v, self.level, variance_shock));
        for (i, asset) in world.assets.iter().enumerate() {
            let drift = (self.drift[i] + v * world.slope[i]) * DAY;
            let noise = match (&asset.kind, &drawn) {
                (Kind::Shared { day, .. }, Some(drawn)) => day.log_return(v, drawn, shocks[i]),
                (Kind::Own { variance }, _) => shocks[i] * (variance * DAY).sqrt() - 0.5 * variance * DAY,
                (Kind::Level { multiple } | Kind::Shared { multiple, .. }, _) => {
                    let variance = self.level * (multiple * multiple);
                    (variance * DAY).sqrt() * shocks[i] - variance * (0.5 * DAY)
                }
            };
            self.returns[i] = drift + noise;
        }
        self.variance = drawn.map_or(self.level, |d| d.next);
    }

    #[inline(always)]
    fn move_spot(&mut self, assets: usize) {
        for i in 0..assets {
            self.spot[i] *= self.returns[i].exp();
        }
    }

    #[inline(always)]
    fn write(&self, world: &World, row: usize, out: &mut PathBlock) {
        *out.at(Factor::Vix, row) = (self.vix_a + self.variance * world.vix_b).max(Row::splat(0.0)).sqrt();
        *out.at(Factor::Variance, row) = self.variance;
        *out.at(Factor::Regime, row) = self.regime;
        for i in 0..world.assets.len() {
            *out.at(Factor::Spot(i), row) = self.spot[i];
            *out.at(Factor::LogReturn(i), row) = self.returns[i];
        }
    }
}

/// What prices believe under the law `q`; the VIX is that of the asset at `reference`.
fn belief(plan: &Plan, q: Law, assets: &[Asset], reference: usize) -> Belief {
    let priced: Vec<Priced> = assets
        .iter()
        .map(|asset| {
            let (law, leverage, share) = match asset.kind {
                Kind::Shared { multiple, leverage, .. } => {
                    (q.of_asset(multiple, asset.crash), leverage, multiple * multiple)
                }
                Kind::Level { multiple } => (q.of_asset(multiple, asset.crash), 0.0, multiple * multiple),
                Kind::Own { variance } => (q.with_own_variance(variance, asset.crash), 0.0, 0.0),
            };
            Priced {
                model: Model { law, leverage, rate: plan.rate, dividend: plan.dividend },
                share,
                crash: asset.crash,
            }
        })
        .collect();
    let mut belief = Belief { law: q, vix: Affine { a: Vec::new(), b: 0.0 }, assets: priced, quoted: reference };
    belief.vix = belief.squared_index(VIX_YEARS);
    belief
}

/// The checked asset.
fn asset(traits: &AssetTraits, law: &Law) -> Result<Asset, Refusal> {
    let multiple = traits.volatility.unwrap_or(1.0);
    let leverage = traits.leverage.unwrap_or(0.0);
    let kind = match (traits.own_variance, law.variance) {
        (Some(variance), _) => {
            if traits.volatility.is_some() {
                return Err(
                    traits.refuse("volatility", "an asset with its own variance has no multiple of the common one")
                );
            }
            if leverage != 0.0 {
                return Err(traits.refuse(
                    "leverage",
                    "an asset with its own variance has leverage 0: the shock is the common variance's",
                ));
            }
            Kind::Own { variance }
        }
        (None, Variance::Constant) => {
            if leverage != 0.0 {
                return Err(
                    traits.refuse("leverage", "this market's variance has no shock of its own, so leverage must be 0")
                );
            }
            Kind::Level { multiple }
        }
        (None, Variance::SquareRoot { reversion, vol_of_vol }) => {
            if !(leverage.abs() < 1.0) {
                return Err(
                    traits.refuse("leverage", format!("is {leverage}, must be between -1 and 1, both exclusive"))
                );
            }
            Kind::Shared { multiple, leverage, day: PriceStep::new(reversion, vol_of_vol, multiple, leverage, DAY) }
        }
    };
    Ok(Asset { spot: traits.spot.unwrap_or(100.0), crash: traits.crash.unwrap_or(1.0), kind })
}

/// Drift by regime and asset, premium per variance, and the diffusive premium that is left.
#[expect(clippy::type_complexity, reason = "three small tables that are made in one pass")]
fn drifts(plan: &Plan, q: &Law, assets: &[Asset]) -> Result<(Vec<Vec<f64>>, Vec<f64>, Vec<Vec<f64>>), Refusal> {
    let (p, n) = (&plan.law, assets.len());
    let mut of_variance = 0.0;
    let mut equity = vec![0.0; plan.names.len()];
    match (&plan.equity.constant, &plan.equity.per_variance, &plan.equity.per_regime) {
        (None, None, None) => {}
        (Some(constant), None, None) => equity.fill(constant.get()),
        (None, Some(slope), None) => of_variance = slope.get(),
        (None, None, Some(table)) => {
            for (name, value) in table.iter() {
                equity[index_of(name, &plan.names, &format!("premium.equity.per_regime.{name}"))?] = value.get();
            }
            if table.len() != plan.names.len() {
                return Err(Refusal::new("premium.equity.per_regime", "needs one number for every regime"));
            }
        }
        _ => {
            return Err(Refusal::new(
                "premium.equity",
                "give exactly one of `constant`, `per_variance` and `per_regime`",
            ));
        }
    }
    let jump_part = |k: usize, i: usize| {
        p.intensity[k] * p.mean_jump(k, assets[i].crash) - q.intensity[k] * q.mean_jump(k, assets[i].crash)
    };
    let scale = |i: usize| match assets[i].kind {
        Kind::Shared { multiple, .. } | Kind::Level { multiple } => multiple,
        Kind::Own { variance } => (variance / p.level[0]).sqrt(),
    };
    let with_first = |k: usize, i: usize| {
        let a = &plan.assets;
        if i == 0 {
            return 1.0;
        }
        let pair = a[i].pairs.iter().find(|(name, _)| *name == a[0].name).map(|(_, x)| *x);
        let other = a[0].pairs.iter().find(|(name, _)| *name == a[i].name).map(|(_, x)| *x);
        pair.or(other).or(a[i].correlation).or(a[0].correlation).unwrap_or(plan.correlation[k])
    };
    let mut drift = vec![vec![0.0; n]; plan.names.len()];
    let mut residual = drift.clone();
    let mut slope = vec![0.0; n];
    for (k, row) in drift.iter_mut().enumerate() {
        for i in 0..n {
            let premium = match plan.assets[i].premium {
                Some(stated) => stated,
                None if i == 0 => equity[k],
                None => jump_part(k, i) + scale(i) * with_first(k, i) * (equity[k] - jump_part(k, 0)),
            };
            if plan.assets[i].premium.is_none() {
                slope[i] = of_variance * if i == 0 { 1.0 } else { scale(i) * with_first(k, i) };
            }
            row[i] = plan.rate - plan.dividend + premium - p.intensity[k] * p.mean_jump(k, assets[i].crash);
            residual[k][i] = premium - jump_part(k, i) + of_variance * p.level[k];
            if let (Kind::Shared { leverage, multiple, .. }, Variance::SquareRoot { vol_of_vol, .. }) =
                (&assets[i].kind, p.variance)
            {
                residual[k][i] += leverage * multiple * plan.premia.variance * p.level[k] / vol_of_vol;
            }
        }
    }
    Ok((drift, slope, residual))
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
