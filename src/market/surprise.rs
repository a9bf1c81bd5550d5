//! What each day brought beyond what was to be expected of it.
//!
//! Every row here has mean zero given all that was known the day before, exactly and not only to the order of a scheme:
//! diffusive rows are standard normals times what the variance was, and those of events are counts less the intensity at
//! which their clocks ran. Sums of such rows, times whatever was known the day before, have mean zero as well: they are
//! control variates of known mean (Glasserman, "Monte Carlo methods in financial engineering", 2004, section 4.1).

use super::assets::{Asset, Kind};
use super::clock::{Event, What};
use super::world::MOST_ASSETS;
use crate::draws::Tilt;
use crate::grid::DAY;
use crate::lanes::{Row, WIDTH};
use crate::pricing::law::{Law, Variance};

/// Rows of surprises in a path block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surprise {
    /// The day's diffusive shock of the common variance.
    Variance,
    /// Jumps of the common variance in crashes, less what was expected.
    VarianceJump,
    /// Crashes, less what was expected.
    Crashes,
    /// Switches into the last regime, less what was expected.
    Entries,
    /// The day's diffusive shock of an asset's return.
    Shock(usize),
    /// Its square, less what was expected.
    Square(usize),
    /// An asset's relative jumps in crashes, less what was expected.
    Jump(usize),
}

/// Rows that belong to no asset, and to each asset.
const COMMON: usize = 4;
const OWN: usize = 3;

impl Surprise {
    /// Its place among the rows.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Variance => 0,
            Self::VarianceJump => 1,
            Self::Crashes => 2,
            Self::Entries => 3,
            Self::Shock(asset) => COMMON + OWN * asset,
            Self::Square(asset) => COMMON + OWN * asset + 1,
            Self::Jump(asset) => COMMON + OWN * asset + 2,
        }
    }

    /// Rows in a market of so many assets.
    pub(super) const fn count(assets: usize) -> usize {
        COMMON + OWN * assets
    }
}

/// What events of one regime are expected to bring in a day, or what they brought.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tide {
    pub(super) variance: f64,
    pub(super) crashes: f64,
    pub(super) entries: f64,
    pub(super) jumps: [f64; MOST_ASSETS],
}

impl Tide {
    fn add(&mut self, other: &Self, times: f64) {
        self.variance += times * other.variance;
        self.crashes += times * other.crashes;
        self.entries += times * other.entries;
        self.jumps.iter_mut().zip(other.jumps).for_each(|(sum, jump)| *sum += times * jump);
    }
}

/// What is expected of a day in each regime.
#[derive(Clone, Debug)]
pub(super) struct Tides(Vec<Tide>);

impl Tides {
    /// Of this law.
    pub(super) fn new(law: &Law, assets: &[Asset]) -> Self {
        let last = law.regimes() - 1;
        let each = |k: usize| {
            let rate = law.intensity[k] * DAY;
            let mut jumps = [0.0; MOST_ASSETS];
            for (jump, asset) in jumps.iter_mut().zip(assets) {
                *jump = rate * law.of_asset(1.0, asset.crash).jump(k).relative();
            }
            let entries = if k == last { 0.0 } else { law.generator[k][last] * DAY };
            Tide { variance: rate * law.variance_jump[k], crashes: rate, entries, jumps }
        };
        Self((0..law.regimes()).map(each).collect())
    }

    /// Surprise of a whole day without events in a regime.
    pub(super) fn quiet(&self, regime: usize) -> Tide {
        let mut surprise = Tide::default();
        surprise.add(&self.0[regime], -1.0);
        surprise
    }

    /// Surprise of a day with events, that began in a regime at `start`.
    pub(super) fn of_events(&self, law: &Law, assets: &[Asset], start: f64, regime: usize, events: &[Event]) -> Tide {
        let (mut surprise, mut at, mut regime) = (Tide::default(), start, regime);
        for event in events {
            surprise.add(&self.0[regime], at - event.time);
            at = event.time;
            match event.what {
                What::Crash { normal, exponential } => {
                    surprise.crashes += 1.0;
                    surprise.variance += law.variance_jump[regime] * exponential;
                    let jump = law.jump_mean[regime] + law.jump_sd[regime] * normal;
                    for (sum, asset) in surprise.jumps.iter_mut().zip(assets) {
                        *sum += crate::lanes::scalar::exp(asset.crash * jump) - 1.0;
                    }
                }
                What::Switch { to, .. } | What::Held { to } => {
                    surprise.entries += f64::from(u8::from(to == law.regimes() - 1));
                    regime = to;
                }
            }
        }
        surprise.add(&self.0[regime], at - (start + 1.0));
        surprise
    }
}

/// Logarithm of the ratio of likelihoods of one lane's day.
pub(super) struct Odds<'a> {
    pub(super) tilt: Tilt,
    pub(super) tides: &'a Tides,
}

impl Odds<'_> {
    /// Of a stretch of a day without events in a regime.
    pub(super) fn quiet(&self, regime: usize, days: f64) -> f64 {
        let Tide { crashes, entries, .. } = self.tides.0[regime];
        days * (crashes * (self.tilt.crashes - 1.0) + entries * (self.tilt.entries - 1.0))
    }

    /// Of a day with events, that began in a regime at `start`.
    pub(super) fn of_events(&self, last: usize, start: f64, regime: usize, events: &[Event]) -> f64 {
        let (mut sum, mut at, mut regime) = (0.0, start, regime);
        for event in events {
            sum += self.quiet(regime, event.time - at);
            at = event.time;
            match event.what {
                What::Crash { .. } => sum -= crate::lanes::scalar::ln(self.tilt.crashes),
                What::Switch { to, .. } | What::Held { to } => {
                    if to == last {
                        sum -= crate::lanes::scalar::ln(self.tilt.entries);
                    }
                    regime = to;
                }
            }
        }
        sum + self.quiet(regime, start + 1.0 - at)
    }
}

/// The diffusive rows of one day: those of the variance and, for each asset, of its return and of its square.
pub(super) fn diffusive(
    law: &Law,
    assets: &[Asset],
    (variance, level): (Row, Row),
    variance_shock: Row,
    shocks: &[Row; MOST_ASSETS],
    mut put: impl FnMut(Surprise, Row),
) {
    let root = (variance * DAY).sqrt();
    if let Variance::SquareRoot { vol_of_vol, .. } = law.variance {
        put(Surprise::Variance, root * variance_shock * vol_of_vol);
    }
    for (i, asset) in assets.iter().enumerate() {
        let (sd, normal) = match asset.kind {
            Kind::Shared { multiple, leverage, .. } => {
                (root * multiple, variance_shock * leverage + shocks[i] * (1.0 - leverage * leverage).sqrt())
            }
            Kind::Level { multiple } => ((level * DAY).sqrt() * multiple, shocks[i]),
            Kind::Own { variance } => (Row::splat((variance * DAY).sqrt()), shocks[i]),
        };
        put(Surprise::Shock(i), sd * normal);
        put(Surprise::Square(i), sd * sd * (normal * normal - 1.0));
    }
}

/// Writes the surprises of events, one lane each.
pub(super) fn of_lanes(tides: &[Tide; WIDTH], assets: usize, mut put: impl FnMut(Surprise, Row)) {
    let row = |of: &dyn Fn(&Tide) -> f64| crate::lanes::Lanes(std::array::from_fn(|lane| of(&tides[lane])));
    put(Surprise::VarianceJump, row(&|tide| tide.variance));
    put(Surprise::Crashes, row(&|tide| tide.crashes));
    put(Surprise::Entries, row(&|tide| tide.entries));
    for i in 0..assets {
        put(Surprise::Jump(i), row(&|tide| tide.jumps[i]));
    }
}
