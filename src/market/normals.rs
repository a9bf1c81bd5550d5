//! The standard normals of a group of paths, day by day: one row for the variance, one for each asset.
//!
//! Where paths are drawn from nets, the sum of each stretch of days comes from the net and the days inside are a bridge:
//! independent normals whose mean is put where the net says. Every single day stays standard normal and independent of all
//! others on its path.

use super::world::MOST_ASSETS;
use crate::draws::{Purpose, Source, coordinates, normal_pair, stretches};
use crate::lanes::{Row, WIDTH};

/// The variance, and the assets.
const MOST_FACTORS: usize = 1 + MOST_ASSETS;

/// Slot of the variance; that of asset i is i + 1.
const VARIANCE: usize = 0;

/// The normals of one group of paths.
pub(super) struct Normals {
    seed: u64,
    /// Addresses of the paths' draws.
    paths: [u64; WIDTH],
    /// -1 where all draws are taken with the opposite sign; none where no path does.
    signs: Option<Row>,
    /// Factors that are drawn, from `first` on.
    first: usize,
    factors: usize,
    pairs: [(Row, Row); MOST_FACTORS],
    bridge: Option<Bridge>,
}

/// Sums of stretches of days that come from a net.
struct Bridge {
    /// Days of a stretch, an even number.
    days: usize,
    /// Standard normal of each stretch and factor.
    sums: Vec<Vec<Row>>,
    /// What is added to each day of the stretch.
    shift: [Row; MOST_FACTORS],
}

impl Normals {
    /// The normals of these paths over so many days, of `assets` assets and, unless it stands still, the variance.
    pub(super) fn new(source: Source, first: u64, days: usize, assets: usize, moves: bool) -> Self {
        let numbers: [u64; WIDTH] = std::array::from_fn(|lane| first + lane as u64);
        let addresses = numbers.map(|path| source.address(path));
        let signs = addresses.map(|(_, mirrored)| if mirrored { -1.0 } else { 1.0 });
        let (start, factors) = (usize::from(!moves), 1 + assets);
        let points: Vec<_> = numbers.iter().filter_map(|path| source.point(*path)).collect();
        let bridge = (!points.is_empty()).then(|| {
            let days = days.div_ceil(stretches(factors - start)).next_multiple_of(2);
            Bridge { days, sums: coordinates(&points, factors - start), shift: [Row::default(); MOST_FACTORS] }
        });
        Self {
            seed: source.seed,
            paths: addresses.map(|(path, _)| path),
            signs: signs.contains(&-1.0).then_some(crate::lanes::Lanes(signs)),
            first: start,
            factors,
            pairs: [(Row::default(), Row::default()); MOST_FACTORS],
            bridge,
        }
    }

    /// Both normals of one address: it serves two days.
    #[inline(always)]
    fn pair(&self, factor: usize, day: usize) -> (Row, Row) {
        let (purpose, slot) = match factor {
            VARIANCE => (Purpose::Variance, 0),
            asset => (Purpose::Spot, asset as u32 - 1),
        };
        normal_pair(self.seed, &self.paths, purpose, (day / 2) as u32, slot)
    }

    /// Draws for a day; days follow each other from 0 on.
    #[inline(always)]
    pub(super) fn turn_to(&mut self, day: usize) {
        if self.bridge.as_ref().is_some_and(|bridge| day.is_multiple_of(bridge.days)) {
            self.cross(day);
        }
        if day.is_multiple_of(2) {
            for factor in self.first..self.factors {
                self.pairs[factor] = self.pair(factor, day);
            }
        }
    }

    /// A stretch begins.
    fn cross(&mut self, day: usize) {
        let Some(mut bridge) = self.bridge.take() else { return };
        let sums = &bridge.sums[day / bridge.days];
        for factor in self.first..self.factors {
            let mut raw = Row::splat(0.0);
            for even in (day..day + bridge.days).step_by(2) {
                let (a, b) = self.pair(factor, even);
                raw += a + b;
            }
            let wanted = sums[factor - self.first] * (bridge.days as f64).sqrt();
            bridge.shift[factor] = (wanted - raw) * (1.0 / bridge.days as f64);
        }
        self.bridge = Some(bridge);
    }

    #[inline(always)]
    fn of(&self, factor: usize, day: usize) -> Row {
        let (even, odd) = self.pairs[factor];
        let mut normal = if day.is_multiple_of(2) { even } else { odd };
        if let Some(bridge) = &self.bridge {
            normal += bridge.shift[factor];
        }
        self.signed(normal)
    }

    #[inline(always)]
    fn signed(&self, normal: Row) -> Row {
        match &self.signs {
            Some(signs) => normal * *signs,
            None => normal,
        }
    }

    /// The variance's normal of the day.
    #[inline(always)]
    pub(super) fn variance(&self, day: usize) -> Row {
        self.of(VARIANCE, day)
    }

    /// An asset's normal of the day.
    #[inline(always)]
    pub(super) fn spot(&self, asset: usize, day: usize) -> Row {
        self.of(1 + asset, day)
    }

    /// A normal for the noise of the correlation.
    #[inline(always)]
    pub(super) fn correlation(&self, day: usize, regime: usize) -> Row {
        self.signed(normal_pair(self.seed, &self.paths, Purpose::Correlation, day as u32, regime as u32).0)
    }

    /// A normal for a later stretch of a day on one path, at an address of its own.
    pub(super) fn later(&self, lane: usize, purpose: Purpose, day: u32, slot: u32) -> f64 {
        let normal = normal_pair(self.seed, &[self.paths[lane]], purpose, day, slot).0.0[0];
        self.signs.map_or(normal, |signs| signs.0[lane] * normal)
    }
}
