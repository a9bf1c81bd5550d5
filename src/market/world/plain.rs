//! The same world one path at a time, in plain numbers: the reference that the lanes are held to, bit for bit, and that
//! they must be faster than.
//!
//! Written as one would without lanes: a loop over days, each a sequence of stretches between events, and of two branches
//! the one that is taken. Clocks, draws and the coefficients of a step are the same.

use super::{MOST_ASSETS, Phase, World};
use crate::draws::{Purpose, Source, normal_pair};
use crate::grid::{DAY, TimeGrid};
use crate::lanes::{Lanes, larger, scalar::exp};
use crate::market::assets::Kind;
use crate::market::clock::{Event, What};
use crate::market::correlation::plain::PlainMix;
use crate::market::plain::PlainDay;
use crate::market::qe::{PriceStep, VarianceStep};
use crate::pricing::law::Variance;

/// All rows of one path.
pub(super) fn path(world: &World, seed: u64, path: u64, grid: TimeGrid) -> Vec<PlainDay> {
    let stationary = &world.facts.stationary;
    let days = grid.rows() - 1;
    let (regime, events) =
        world.times(grid.first(), None).events(stationary, world.start, Source::independent(seed), path, days as f64);
    let mut state = State::new(world, regime);
    let mut draws = Draws { seed, path, assets: world.assets.len(), pairs: [(0.0, 0.0); MOST_ASSETS + 1] };
    let whole = Step::new(world, &world.phases[0], DAY);
    let mut rows = Vec::with_capacity(grid.rows());
    rows.push(state.close());
    let mut events = &events[..];
    for day in 0..days {
        let (today, later) = events.split_at(events.iter().take_while(|event| event.time as usize == day).count());
        events = later;
        state.correlation.advance(|k| if world.correlation.noisy() { draws.correlation(day, k) } else { 0.0 });
        let raw = draws.whole_day(day, world.step.is_some());
        let shocks = Shocks { variance: raw[MOST_ASSETS], spot: state.correlated(|mix, i| mix.whole_day(i, &raw)) };
        state.returns = [0.0; MOST_ASSETS];
        if today.is_empty() {
            state.stretch(&whole, &shocks);
        } else {
            state.split_day(day, today, shocks, &draws);
        }
        if let Some(today) = (day + 1).checked_sub(grid.first()).filter(|_| !world.facts.changes.is_empty()) {
            state.change(today);
        }
        for (spot, change) in state.spot.iter_mut().zip(&state.returns).take(world.assets.len()) {
            *spot *= exp(*change);
        }
        if let Some(response) = &world.response {
            state.recent = response.follow(Lanes([state.recent]), Lanes([state.variance])).0[0];
        }
        rows.push(state.close());
    }
    rows
}

/// The draws of one path.
struct Draws {
    seed: u64,
    path: u64,
    assets: usize,
    /// Normals of two days, of each asset and, last, of the variance.
    pairs: [(f64, f64); MOST_ASSETS + 1],
}

impl Draws {
    fn pair(&self, purpose: Purpose, day: usize, slot: u32) -> (f64, f64) {
        let (first, second) = normal_pair(self.seed, &[self.path], purpose, day as u32, slot);
        (first.0[0], second.0[0])
    }

    fn correlation(&self, day: usize, k: usize) -> f64 {
        self.pair(Purpose::Correlation, day, k as u32).0
    }

    /// Independent normals of a day: one address serves two days.
    fn whole_day(&mut self, day: usize, variance: bool) -> [f64; MOST_ASSETS + 1] {
        if day.is_multiple_of(2) {
            if variance {
                self.pairs[MOST_ASSETS] = self.pair(Purpose::Variance, day / 2, 0);
            }
            for i in 0..self.assets {
                self.pairs[i] = self.pair(Purpose::Spot, day / 2, i as u32);
            }
        }
        self.pairs.map(|pair| if day.is_multiple_of(2) { pair.0 } else { pair.1 })
    }

    /// Independent normals of a later stretch of a day.
    fn later(&self, day: usize, piece: usize) -> [f64; MOST_ASSETS + 1] {
        let draw = |purpose, i: usize| self.pair(purpose, day, ((piece as u32) << 8) | i as u32).0;
        let mut raw = [0.0; MOST_ASSETS + 1];
        for (i, z) in raw.iter_mut().enumerate().take(self.assets) {
            *z = draw(Purpose::Spot, i);
        }
        raw[MOST_ASSETS] = draw(Purpose::Variance, 0);
        raw
    }
}

/// Standard normals of one stretch.
struct Shocks {
    variance: f64,
    spot: [f64; MOST_ASSETS],
}

/// Coefficients of a stretch of so many years.
struct Step {
    years: f64,
    variance: Option<(VarianceStep, [Option<PriceStep>; MOST_ASSETS])>,
}

impl Step {
    fn new(world: &World, phase: &Phase, years: f64) -> Self {
        let Variance::SquareRoot { reversion, vol_of_vol } = phase.law.variance else {
            return Self { years, variance: None };
        };
        let mut prices = [None; MOST_ASSETS];
        for (price, asset) in prices.iter_mut().zip(&world.assets) {
            if let Kind::Shared { multiple, leverage, .. } = asset.kind {
                *price = Some(PriceStep::new(reversion, vol_of_vol, multiple, leverage, years));
            }
        }
        Self { years, variance: Some((VarianceStep::new(reversion, vol_of_vol, years), prices)) }
    }
}

/// What changes on a path.
struct State<'a> {
    world: &'a World,
    phase: usize,
    /// The belief that prices stand at or have left behind, and how far they are on the way to the next one.
    belief: usize,
    towards: f64,
    regime: usize,
    variance: f64,
    recent: f64,
    correlation: PlainMix<'a>,
    spot: [f64; MOST_ASSETS],
    returns: [f64; MOST_ASSETS],
}

impl<'a> State<'a> {
    fn new(world: &'a World, regime: usize) -> Self {
        let variance = world.start_variance.unwrap_or(world.phases[0].level(regime));
        let mut spot = [0.0; MOST_ASSETS];
        for (spot, asset) in spot.iter_mut().zip(&world.assets) {
            *spot = asset.spot;
        }
        Self {
            world,
            phase: 0,
            belief: 0,
            towards: 0.0,
            regime,
            variance,
            recent: variance,
            correlation: PlainMix::new(&world.correlation, regime),
            spot,
            returns: [0.0; MOST_ASSETS],
        }
    }

    fn correlated(&self, of: impl Fn(&PlainMix<'_>, usize) -> f64) -> [f64; MOST_ASSETS] {
        let mut spot = [0.0; MOST_ASSETS];
        for (i, z) in spot.iter_mut().enumerate().take(self.world.assets.len()) {
            *z = of(&self.correlation, i);
        }
        spot
    }

    /// A stretch without events: the log returns of all assets, then the variance.
    fn stretch(&mut self, step: &Step, shocks: &Shocks) {
        let world = self.world;
        let phase = &world.phases[self.phase];
        let (v, level, years) = (self.variance, phase.level(self.regime), step.years);
        let drawn = step.variance.as_ref().map(|(variance, _)| variance.draw_one(v, level, shocks.variance));
        for (i, asset) in world.assets.iter().enumerate() {
            let (drift, z) = ((phase.drift[self.regime][i] + phase.slope[i] * v) * years, shocks.spot[i]);
            let price = step.variance.as_ref().and_then(|(_, prices)| prices[i]);
            let noise = match (&asset.kind, drawn.zip(price)) {
                (_, Some((drawn, price))) => price.log_return_one(v, drawn, z),
                (Kind::Own { variance }, _) => plain(*variance, years, z),
                (Kind::Level { multiple } | Kind::Shared { multiple, .. }, _) => {
                    plain(multiple * multiple * level, years, z)
                }
            };
            self.returns[i] += drift + noise;
        }
        self.variance = drawn.map_or(level, |drawn| drawn.next());
    }

    /// A day that is cut at its events.
    fn split_day(&mut self, day: usize, events: &[Event], shocks: Shocks, draws: &Draws) {
        let world = self.world;
        let phase = &world.phases[self.phase];
        let (mut from, mut shocks) = (0.0, shocks);
        let before = self.regime;
        for piece in 0..=events.len() {
            let to = events.get(piece).map_or(1.0, |event| event.time - day as f64);
            let years = (to - from) * DAY;
            if years > 1e-9 {
                if piece > 0 {
                    let raw = draws.later(day, piece);
                    let spot = self.correlated(|mix, i| mix.later(i, &raw));
                    shocks = Shocks { variance: raw[MOST_ASSETS], spot };
                }
                self.stretch(&Step::new(world, phase, years), &shocks);
            }
            from = to;
            match events.get(piece).map(|event| event.what) {
                Some(What::Switch { to, normal }) => {
                    let jump = phase.law.switch_jump[self.regime][to];
                    self.jump(jump.mean + jump.sd * normal);
                    self.move_to(to);
                }
                Some(What::Held { to }) => self.move_to(to),
                Some(What::Crash { normal, exponential }) => {
                    self.jump(phase.law.jump_mean[self.regime] + phase.law.jump_sd[self.regime] * normal);
                    self.variance += phase.law.variance_jump[self.regime] * exponential;
                }
                None => {}
            }
        }
        if self.regime != before {
            self.correlation.switch(self.phase, self.regime);
        }
    }

    /// A common log jump.
    fn jump(&mut self, jump: f64) {
        for (change, asset) in self.returns.iter_mut().zip(&self.world.assets) {
            *change += asset.crash * jump;
        }
    }

    fn move_to(&mut self, regime: usize) {
        self.regime = regime;
        if self.world.step.is_none() {
            self.variance = self.world.phases[self.phase].level(regime);
        }
    }

    /// What stands in the script of the day: shocks, a new law, what prices learn.
    fn change(&mut self, today: usize) {
        let changes = &self.world.facts.changes;
        for shock in changes.shocks.iter().filter(|shock| shock.covers(today)) {
            for (change, part) in self.returns.iter_mut().zip(&shock.returns) {
                *change += part;
            }
            self.variance += shock.variance;
        }
        if self.world.phases.get(self.phase + 1).is_some_and(|next| next.day == today) {
            self.phase += 1;
            self.move_to(self.regime);
            self.correlation.switch(self.phase, self.regime);
        }
        let place = changes.place(today);
        (self.belief, self.towards) = (place as usize, place - place.floor());
    }

    /// The row at the close.
    fn close(&self) -> PlainDay {
        let beliefs = &self.world.vix;
        let squared = |belief: usize| beliefs[belief].a[self.regime] + self.variance * beliefs[belief].b;
        let (mut square, mut weight) = (squared(self.belief), 0.0);
        if beliefs.len() > 1 {
            weight = match &self.world.response {
                Some(response) => response.weight(Lanes([self.recent]), Lanes([self.variance])).0[0],
                None => self.towards,
            };
            if self.belief + 1 < beliefs.len() {
                square = (1.0 - weight) * square + weight * squared(self.belief + 1);
            }
            weight += self.belief as f64;
        }
        PlainDay {
            vix: larger(square, 0.0).sqrt(),
            variance: self.variance,
            regime: self.regime,
            premium_weight: weight,
            spot: self.spot,
            log_return: self.returns,
        }
    }
}

/// Log return of constant variance, its exponential with mean one.
fn plain(variance: f64, years: f64, z: f64) -> f64 {
    (variance * years).sqrt() * z - 0.5 * variance * years
}
