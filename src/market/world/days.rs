//! The day loop over eight paths: whole days on all lanes, days with events lane by lane, cut at each event.

use super::{Phase, World};
use crate::draws::{Purpose, Source};
use crate::grid::{DAY, TimeGrid};
use crate::lanes::{Lanes, Row, WIDTH};
use crate::market::assets::Kind;
use crate::market::clock::{Event, What};
use crate::market::correlation::{Mix, at};
use crate::market::normals::Normals;
use crate::market::qe::{PriceStep, VarianceStep};
use crate::market::surprise::{Odds, Tide, diffusive, of_lanes};
use crate::market::world::MOST_ASSETS;
use crate::market::{Factor, PathBlock};
use crate::pricing::law::Variance;
use multiversion::multiversion;

/// The day loop.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn simulate(world: &World, source: Source, first: u64, grid: TimeGrid, out: &mut PathBlock) {
    out.first = grid.first();
    let rows = grid.rows();
    let tilted = source.sampling.tilt().map(|tilt| world.phases[0].law.tilted(tilt.crashes, tilt.entries));
    let odds = source.sampling.tilt().map(|tilt| Odds { tilt, tides: &world.tides });
    let mut likelihood = Row::splat(1.0);
    let times = world.times(grid.first(), tilted.as_ref());
    let n = world.assets.len();
    let mut lanes = [LaneState { variance: 0.0, regime: 0 }; WIDTH];
    let mut events_of: [Vec<Event>; WIDTH] = Default::default();
    for lane in 0..WIDTH {
        let (path, days) = (first + lane as u64, (rows - 1) as f64);
        let (regime, list) = times.events(&world.facts.stationary, world.start, source, path, days);
        events_of[lane] = list;
        let level = world.phases[0].level(regime);
        lanes[lane] = LaneState { variance: world.start_variance.unwrap_or(level), regime };
    }
    let mut mix = world.correlation.start(&lanes.map(|lane| lane.regime));
    let mut held = Held::new(world, &lanes);
    let mut cursor = [0usize; WIDTH];
    let next_day = |lane: usize, cursor: usize| events_of[lane].get(cursor).map_or(usize::MAX, |e| e.time as usize);
    let mut soonest = (0..WIDTH).map(|lane| next_day(lane, 0)).min().unwrap_or(usize::MAX);
    held.write(world, 0, out);
    let changing = !world.facts.changes.is_empty();

    let mut normals = Normals::new(source, first, rows - 1, n, world.step.is_some());
    for row in 1..rows {
        let day = row - 1;
        normals.turn_to(day);
        world.correlation.advance(&mut mix, |k| {
            if world.correlation.noisy() { normals.correlation(day, k) } else { Row::splat(0.0) }
        });
        let variance_shock = normals.variance(day);
        let mut shocks = [Row::default(); MOST_ASSETS];
        for i in 0..n {
            let mut sum = mix.root[at(i, i)] * normals.spot(i, day);
            for j in 0..i {
                sum += mix.root[at(i, j)] * normals.spot(j, day);
            }
            shocks[i] = sum;
        }
        let before = held.variance;
        let watched = out.has_surprises();
        let mut tides = [Tide::default(); WIDTH];
        if watched {
            tides = std::array::from_fn(|lane| world.tides.quiet(lanes[lane].regime));
            let law = &world.phases[held.phase].law;
            diffusive(law, &world.assets, (before, held.level), variance_shock, &shocks, |of, value| {
                out.surprise(of, row, value);
            });
        }
        let weighs = odds.as_ref().filter(|_| row > grid.first());
        let mut ratio = [0.0; WIDTH];
        if let Some(odds) = weighs {
            ratio = std::array::from_fn(|lane| odds.quiet(lanes[lane].regime, 1.0));
        }
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
                        normals: &normals,
                        shocks: Shocks { variance: variance_shock.0[lane], spot: shocks.map(|s| s.0[lane]) },
                        root: &mix,
                        lane,
                    };
                    lanes[lane].variance = before.0[lane];
                    let old = lanes[lane].regime;
                    if watched {
                        let law = &world.phases[held.phase].law;
                        tides[lane] = world.tides.of_events(law, &world.assets, day as f64, old, split.events);
                    }
                    let mut returns = [0.0; MOST_ASSETS];
                    if let Some(odds) = weighs {
                        ratio[lane] = odds.of_events(world.facts.regimes.len() - 1, day as f64, old, split.events);
                    }
                    world.split_day(&world.phases[held.phase], &split, &mut lanes[lane], &mut returns);
                    held.replace(world, lane, &lanes[lane], &returns);
                    if lanes[lane].regime != old {
                        world.correlation.switch(&mut mix, lane, held.phase, lanes[lane].regime);
                    }
                    cursor[lane] = to;
                }
                soonest = soonest.min(next_day(lane, cursor[lane]));
            }
        }
        if let Some(today) = row.checked_sub(grid.first()).filter(|_| changing) {
            held.follow_script(world, today);
            if world.phases.get(held.phase + 1).is_some_and(|next| next.day == today) {
                held.phase += 1;
                for (lane, state) in lanes.iter().enumerate() {
                    held.enter(world, lane, state.regime);
                    world.correlation.switch(&mut mix, lane, held.phase, state.regime);
                }
            }
            held.believe(world, &lanes, world.facts.changes.place(today));
        }
        held.move_spot(n);
        if let Some(response) = &world.response {
            held.recent = response.follow(held.recent, held.variance);
        }
        if weighs.is_some() {
            likelihood *= Lanes(ratio).exp();
            out.likelihood[row] = likelihood;
        }
        if watched {
            of_lanes(&tides, n, |of, value| out.surprise(of, row, value));
        }
        held.write(world, row, out);
    }
}

/// The state of eight paths, in lanes.
struct Held {
    /// The law in force.
    phase: usize,
    /// The belief that prices stand at or have left behind, and how far they are on the way to the next one.
    belief: usize,
    towards: f64,
    variance: Row,
    level: Row,
    /// Constant of VIX^2 in that belief and in the next one.
    near_a: Row,
    far_a: Row,
    /// Recent mean of the variance; only where premia respond.
    recent: Row,
    regime: Row,
    drift: [Row; MOST_ASSETS],
    returns: [Row; MOST_ASSETS],
    spot: [Row; MOST_ASSETS],
}

impl Held {
    fn new(world: &World, lanes: &[LaneState; WIDTH]) -> Self {
        let mut held = Self {
            phase: 0,
            belief: 0,
            towards: 0.0,
            variance: Row::default(),
            level: Row::default(),
            near_a: Row::default(),
            far_a: Row::default(),
            recent: Row::default(),
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
        held.recent = held.variance;
        held
    }

    /// Takes over a lane that was moved by itself.
    fn replace(&mut self, world: &World, lane: usize, state: &LaneState, returns: &[f64; MOST_ASSETS]) {
        self.variance.0[lane] = state.variance;
        self.quote(world, lane, state.regime);
        self.regime.0[lane] = state.regime as f64;
        let phase = &world.phases[self.phase];
        self.level.0[lane] = phase.level(state.regime);
        for i in 0..world.assets.len() {
            self.drift[i].0[lane] = phase.drift[state.regime][i];
            self.returns[i].0[lane] = returns[i];
        }
    }

    /// Takes the VIX of a regime from the beliefs.
    fn quote(&mut self, world: &World, lane: usize, regime: usize) {
        self.near_a.0[lane] = world.vix[self.belief].a[regime];
        if let Some(far) = world.vix.get(self.belief + 1) {
            self.far_a.0[lane] = far.a[regime];
        }
    }

    /// A lane comes under the law of a new phase.
    fn enter(&mut self, world: &World, lane: usize, regime: usize) {
        let phase = &world.phases[self.phase];
        self.level.0[lane] = phase.level(regime);
        for i in 0..world.assets.len() {
            self.drift[i].0[lane] = phase.drift[regime][i];
        }
        if world.step.is_none() {
            self.variance.0[lane] = phase.level(regime);
        }
    }

    /// Prices stand at this place on the line of beliefs.
    fn believe(&mut self, world: &World, lanes: &[LaneState; WIDTH], place: f64) {
        self.towards = place - place.floor();
        let belief = place as usize;
        if belief != self.belief {
            self.belief = belief;
            for (lane, state) in lanes.iter().enumerate() {
                self.quote(world, lane, state.regime);
            }
        }
    }

    /// What a scripted shock adds to the day.
    fn follow_script(&mut self, world: &World, today: usize) {
        for shock in world.facts.changes.shocks.iter().filter(|shock| shock.covers(today)) {
            for (held, part) in self.returns.iter_mut().zip(&shock.returns) {
                *held += Row::splat(*part);
            }
            self.variance += Row::splat(shock.variance);
        }
    }

    /// A day without events, on all lanes.
    #[inline(always)]
    fn whole_day(&mut self, world: &World, variance_shock: Row, shocks: &[Row; MOST_ASSETS]) {
        let (v, slope) = (self.variance, &world.phases[self.phase].slope);
        let drawn = world.step.as_ref().map(|step| step.draw(v, self.level, variance_shock));
        for (i, asset) in world.assets.iter().enumerate() {
            let drift = (self.drift[i] + v * slope[i]) * DAY;
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
        let mut square = self.near_a + self.variance * world.vix[self.belief].b;
        if world.vix.len() > 1 {
            let weight = match &world.response {
                Some(response) => response.weight(self.recent, self.variance),
                None => Row::splat(self.towards),
            };
            if let Some(far) = world.vix.get(self.belief + 1) {
                let far = self.far_a + self.variance * far.b;
                square = (Row::splat(1.0) - weight) * square + weight * far;
            }
            *out.at(Factor::PremiumWeight, row) = weight + Row::splat(self.belief as f64);
        }
        *out.at(Factor::Vix, row) = square.max(Row::splat(0.0)).sqrt();
        *out.at(Factor::Variance, row) = self.variance;
        *out.at(Factor::Regime, row) = self.regime;
        for i in 0..world.assets.len() {
            *out.at(Factor::Spot(i), row) = self.spot[i];
            *out.at(Factor::LogReturn(i), row) = self.returns[i];
        }
    }
}

impl World {
    /// One lane's day, cut at its events: variance at the end, and the log returns.
    #[inline(never)]
    fn split_day(&self, phase: &Phase, day: &SplitDay<'_>, lane: &mut LaneState, returns: &mut [f64; MOST_ASSETS]) {
        let n = self.assets.len();
        returns.fill(0.0);
        let mut from = 0.0;
        for piece in 0..=day.events.len() {
            let to = day.events.get(piece).map_or(1.0, |event| event.time - day.time);
            let years = (to - from) * DAY;
            if years > 1e-9 {
                let shocks = if piece == 0 { day.shocks } else { day.fresh(piece, n) };
                self.piece(phase, years, &shocks, lane, returns);
            }
            from = to;
            match day.events.get(piece).map(|event| event.what) {
                Some(What::Switch { to, normal }) => {
                    let jump = phase.law.switch_jump[lane.regime][to];
                    for (i, asset) in self.assets.iter().enumerate() {
                        returns[i] += asset.crash * (jump.mean + jump.sd * normal);
                    }
                    self.move_to(phase, lane, to);
                }
                Some(What::Held { to }) => self.move_to(phase, lane, to),
                Some(What::Crash { normal, exponential }) => {
                    let jump = phase.law.jump_mean[lane.regime] + phase.law.jump_sd[lane.regime] * normal;
                    for (i, asset) in self.assets.iter().enumerate() {
                        returns[i] += asset.crash * jump;
                    }
                    lane.variance += phase.law.variance_jump[lane.regime] * exponential;
                }
                None => {}
            }
        }
    }

    /// A lane comes to another regime.
    fn move_to(&self, phase: &Phase, lane: &mut LaneState, regime: usize) {
        lane.regime = regime;
        if self.step.is_none() {
            lane.variance = phase.level(regime);
        }
    }

    /// A stretch without events.
    fn piece(
        &self,
        phase: &Phase,
        years: f64,
        shocks: &Shocks,
        lane: &mut LaneState,
        returns: &mut [f64; MOST_ASSETS],
    ) {
        let (v, level) = (lane.variance, phase.level(lane.regime));
        let drawn = match phase.law.variance {
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
            let drift = (phase.drift[lane.regime][i] + phase.slope[i] * v) * years;
            let z = Lanes([shocks.spot[i]]);
            let noise = match (&asset.kind, &drawn, phase.law.variance) {
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
    normals: &'a Normals,
    shocks: Shocks,
    root: &'a Mix,
    lane: usize,
}

impl SplitDay<'_> {
    /// Normals of a later stretch of the day, at an address of their own.
    fn fresh(&self, piece: usize, assets: usize) -> Shocks {
        let slot = |i: usize| ((piece as u32) << 8) | i as u32;
        let draw = |purpose, i| self.normals.later(self.lane, purpose, self.day, slot(i));
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
