//! The day loop over eight paths: whole days on all lanes, days with events lane by lane, cut at each event.

use super::World;
use crate::draws::{Purpose, normal_pair};
use crate::grid::DAY;
use crate::lanes::{Lanes, Row, WIDTH};
use crate::market::assets::Kind;
use crate::market::clock::{Event, What, events};
use crate::market::correlation::{Mix, at};
use crate::market::qe::{PriceStep, VarianceStep};
use crate::market::world::MOST_ASSETS;
use crate::market::{Factor, PathBlock};
use crate::pricing::law::Variance;
use multiversion::multiversion;

/// The day loop.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn simulate(world: &World, seed: u64, first: u64, rows: usize, out: &mut PathBlock) {
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
        if let Some((response, _)) = &world.response {
            held.recent = response.follow(held.recent, held.variance);
        }
        held.write(world, row, out);
    }
}

/// The state of eight paths, in lanes.
struct Held {
    variance: Row,
    level: Row,
    vix_a: Row,
    /// Constant of VIX^2 in the second set, and the recent mean of the variance; only where premia respond.
    high_a: Row,
    recent: Row,
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
            high_a: Row::default(),
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
        self.level.0[lane] = world.level(state.regime);
        self.vix_a.0[lane] = world.vix.a[state.regime];
        if let Some((_, high)) = &world.response {
            self.high_a.0[lane] = high.a[state.regime];
        }
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
        let mut square = self.vix_a + self.variance * world.vix.b;
        if let Some((response, high)) = &world.response {
            let weight = response.weight(self.recent, self.variance);
            let high = self.high_a + self.variance * high.b;
            square = (Row::splat(1.0) - weight) * square + weight * high;
            *out.at(Factor::PremiumWeight, row) = weight;
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
                Some(What::Switch { to, normal }) => {
                    let jump = self.plan.law.switch_jump[lane.regime][to];
                    for (i, asset) in self.assets.iter().enumerate() {
                        returns[i] += asset.crash * (jump.mean + jump.sd * normal);
                    }
                    lane.regime = to;
                    if self.step.is_none() {
                        lane.variance = self.level(to);
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
