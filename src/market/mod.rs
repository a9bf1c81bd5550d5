//! The world: spot prices, variance, regime and VIX, path by path. It knows no price of a hedge.
//!
//! A market kind is one file with a `Spec` (what the scenario says), a checked world, and an implementation of
//! [`Market`]; its two lines are below.

use crate::draws::Source;
use crate::grid::TimeGrid;
use crate::lanes::Row;
use crate::one_of;
use crate::pricing::law::{Law, Model};
use crate::pricing::vix::Affine;
use crate::shelf::Refusal;

mod assets;
mod belief;
mod breaks;
mod changes;
mod clock;
mod correlation;
mod drift;
pub mod history;
mod marking;
mod normals;
mod plain;
mod premium;
mod qe;
pub mod regime_lognormal;
pub mod regime_svj;
mod regimes;
mod response;
mod season;
mod shock;
mod surprise;
mod switching;
mod world;

pub use assets::{AssetTraits, PremiumSpec};
pub use breaks::{BreakSpec, CrashChange, PricedSpec, RegimeChange};
pub use changes::{Break, Changes, Learnt, Season, Shock};
pub use correlation::MOST_REGIMES;
pub use marking::MarkingSpec;
pub use plain::PlainDay;
pub use premium::Premia;
pub use regimes::{CrashSpec, RegimeSpec, StartSpec};
pub use response::ResponseSpec;
pub use season::SeasonSpec;
pub use shock::{ShockSpec, Shocks};
pub use surprise::Surprise;
pub use switching::{SwitchJumpSpec, SwitchingSpec};

one_of! {
    /// The market of a scenario: exactly one kind.
    pub struct MarketSpec: dyn BuildsMarket {
        regime_svj: regime_svj::Spec,
        regime_lognormal: regime_lognormal::Spec,
        history: history::Spec,
    }
}

/// What a market's description turns into.
pub trait BuildsMarket {
    /// The checked market on these assets.
    ///
    /// # Errors
    /// A [`Refusal`] naming the field; fields of the portfolio start with `/portfolio.assets`.
    fn build(&self, assets: &[AssetTraits]) -> Result<Box<dyn Market>, Refusal>;

    /// Real history instead of simulated paths: one path, no seed.
    fn is_history(&self) -> bool {
        false
    }
}

/// A world that can be simulated, eight paths at a time.
pub trait Market: Send + Sync {
    /// Writes paths `first..first + 8` into `out` for all rows of `grid`. A pure function of its arguments.
    fn simulate(&self, source: Source, first: u64, grid: TimeGrid, out: &mut PathBlock);

    /// All rows of one path from the scalar reference, which `simulate` is held to bit by bit; none for a market without one.
    fn plain_path(&self, _seed: u64, _path: u64, _grid: TimeGrid) -> Option<Vec<PlainDay>> {
        None
    }

    /// What instruments, signals and reports may know of this world.
    fn facts(&self) -> &Facts;

    /// Can it tell what each day brought beyond what was to be expected ([`Surprise`])? Not where laws change or events are
    /// hidden.
    fn knows_surprises(&self) -> bool {
        false
    }

    /// The same world and shocks with every premium at identity; none for real history.
    fn null_world(&self) -> Option<Box<dyn Market>> {
        None
    }

    /// Does all that changes in this world lie inside of a calendar?
    ///
    /// # Errors
    /// A [`Refusal`] naming the change that does not.
    fn fits(&self, grid: TimeGrid) -> Result<(), Refusal> {
        self.facts().changes.fit(grid)
    }

    /// Rows of a market that brings its own calendar, and their dates.
    fn calendar(&self) -> Option<&[String]> {
        None
    }
}

/// How hedges are marked in a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marking {
    /// Each contract by the model that moves the market, under its own risk premia.
    Model,
    /// Black-Scholes at the VIX, whatever strike and maturity.
    FlatVix {
        /// Is that the true price in this world? (One regime of constant variance without crashes.)
        exact: bool,
    },
}

/// The implied volatility that a flat-VIX mark uses for an asset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Implied {
    /// This multiple of the VIX.
    OfVix(f64),
    /// This constant, decimal per root year.
    Constant(f64),
}

/// What is known of a market without simulating it. Where the market changes, all but `changes` and the beliefs of prices is
/// as it is at the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Names of the assets, in the order of the scenario.
    pub assets: Vec<String>,
    /// Implied volatility of each asset.
    pub implied: Vec<Implied>,
    /// Names of the regimes, in order of severity (empty for history).
    pub regimes: Vec<String>,
    /// Crashes a year in each regime, under the real-world measure.
    pub intensity: Vec<f64>,
    /// Share of time in each regime in the long run.
    pub stationary: Vec<f64>,
    /// Long-run mean of the variance in each regime, were it to last.
    pub level: Vec<f64>,
    /// VIX^2 in points squared: a_k + b v. Where premia respond, at the mean weight: what is quoted while the variance stands
    /// at its recent mean, as on row 0.
    pub vix: Option<Affine>,
    /// Marking of hedges.
    pub marking: Marking,
    /// Riskless rate, continuous, per year.
    pub rate: f64,
    /// Dividend yield of every asset, continuous, per year.
    pub dividend: f64,
    /// Residual diffusive premium by regime and asset (premium minus its crash part), per year; for `check`.
    pub residual_premium: Vec<Vec<f64>>,
    /// The laws of regimes, variance and crashes; none for real history.
    pub laws: Option<Laws>,
    /// What changes on stated days.
    pub changes: Changes,
}

impl Facts {
    /// Slot of an asset by name; refused at `field` otherwise.
    ///
    /// # Errors
    /// There is no such asset.
    pub fn asset(&self, name: &str, field: &str) -> Result<usize, Refusal> {
        asset(name, &self.assets, field)
    }

    /// Are prices mixed of several beliefs, with a [`Factor::PremiumWeight`] for each day?
    pub fn premia_respond(&self) -> bool {
        self.laws.as_ref().is_some_and(|laws| laws.priced.len() > 1)
    }

    /// Cautions about what changes, in words.
    pub fn cautions(&self) -> Vec<String> {
        self.changes.cautions()
    }

    /// Slot of the asset whose VIX is quoted.
    pub fn quoted(&self) -> usize {
        self.laws.as_ref().and_then(|laws| laws.priced.first()).map_or(0, |belief| belief.quoted)
    }
}

/// Slot of an asset among these; refused at `field` otherwise.
fn asset<S: AsRef<str>>(name: &str, assets: &[S], field: &str) -> Result<usize, Refusal> {
    assets.iter().position(|known| known.as_ref() == name).ok_or_else(|| {
        let known: Vec<&str> = assets.iter().map(AsRef::as_ref).collect();
        Refusal::new(field, format!("there is no asset `{name}` in the portfolio"))
            .help(format!("the assets are {}", known.join(", ")))
    })
}

/// What drives a simulated market, and what its prices believe.
#[derive(Clone, Debug, PartialEq)]
pub struct Laws {
    /// Under the real-world measure; at the start, where it breaks.
    pub real: Law,
    /// What prices believe: one set; two that a response mixes; or the first and one for each break that prices learn of.
    /// [`Factor::PremiumWeight`] says where between them prices stand.
    pub priced: Vec<Belief>,
}

/// One pricing measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Belief {
    /// The market's law under it.
    pub law: Law,
    /// VIX^2 in points squared: a_k + b v.
    pub vix: Affine,
    /// Each asset under it.
    pub assets: Vec<Priced>,
    /// Slot of the asset whose VIX is quoted.
    pub quoted: usize,
}

impl Belief {
    /// Squared index of the kind of the VIX (points squared) over any horizon, of the asset whose VIX is quoted: a_k + b v.
    pub fn squared_index(&self, years: f64) -> Affine {
        let quoted = &self.assets[self.quoted];
        let own = quoted.model.law.log_contract(years);
        Affine { a: own.a, b: own.b * quoted.share }
    }
}

/// How one asset is priced.
#[derive(Clone, Debug, PartialEq)]
pub struct Priced {
    /// The asset under the pricing measure.
    pub model: Model,
    /// Its variance is this multiple of the common one (0: it has a constant variance of its own).
    pub share: f64,
    /// Its log jumps are this multiple of the common ones.
    pub crash: f64,
}

/// The simulated rows of eight paths: `[factor][row][lane]`, one row of one factor is contiguous.
#[derive(Clone, Debug)]
pub struct PathBlock {
    rows: usize,
    assets: usize,
    first: usize,
    data: Vec<Row>,
    /// Rows of each [`Surprise`], where they are asked for.
    surprises: Vec<Row>,
    /// Ratio of likelihoods up to each row, where paths are tilted.
    likelihood: Vec<Row>,
}

/// Columns of a [`PathBlock`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// VIX in points.
    Vix,
    /// Spot variance, decimal per year.
    Variance,
    /// Index of the regime at the close.
    Regime,
    /// Close of an asset.
    Spot(usize),
    /// Log return of an asset over the day that ends at the row; 0 at row 0.
    LogReturn(usize),
    /// Where prices stand on the line of beliefs: 0 is the first, 1 the second, 0.25 a quarter of the way between (the weight
    /// of the second). Only where there are several ([`Facts::premia_respond`]).
    PremiumWeight,
}

impl Factor {
    /// Its place in a block of so many assets.
    #[inline(always)]
    const fn index(self, assets: usize) -> usize {
        match self {
            Self::Vix => 0,
            Self::Variance => 1,
            Self::Regime => 2,
            Self::Spot(asset) => 3 + 2 * asset,
            Self::LogReturn(asset) => 4 + 2 * asset,
            Self::PremiumWeight => 3 + 2 * assets,
        }
    }
}

impl PathBlock {
    /// Room for `rows` rows of `assets` assets, in a market whose premia stand still.
    pub fn new(rows: usize, assets: usize) -> Self {
        Self {
            rows,
            assets,
            first: 0,
            data: vec![Row::default(); Factor::PremiumWeight.index(assets) * rows],
            surprises: Vec::new(),
            likelihood: Vec::new(),
        }
    }

    /// Room for `rows` rows of this market.
    pub fn of(rows: usize, facts: &Facts) -> Self {
        let mut block = Self::new(rows, facts.assets.len());
        if facts.premia_respond() {
            block.data.resize(block.data.len() + rows, Row::default());
        }
        block
    }

    /// The same with room for surprises.
    #[must_use]
    pub fn with_surprises(mut self) -> Self {
        self.surprises = vec![Row::default(); Surprise::count(self.assets) * self.rows];
        self
    }

    /// The same with room for ratios of likelihoods.
    #[must_use]
    pub fn with_likelihood(mut self) -> Self {
        self.likelihood = vec![Row::splat(1.0); self.rows];
        self
    }

    /// Ratio of likelihoods up to each row where paths are tilted; no rows otherwise. What is known at a row, times the ratio
    /// there, has the mean that it has on paths as they are.
    pub fn likelihood(&self) -> &[Row] {
        &self.likelihood
    }

    /// Are surprises asked for?
    pub fn has_surprises(&self) -> bool {
        !self.surprises.is_empty()
    }

    /// All rows of one surprise.
    ///
    /// # Panics
    /// If they were not asked for.
    pub fn surprises(&self, of: Surprise) -> &[Row] {
        &self.surprises[of.index() * self.rows..][..self.rows]
    }

    /// First evaluated row of what was simulated last: days of [`Changes`] are counted from it.
    pub const fn first(&self) -> usize {
        self.first
    }

    /// All rows of one factor.
    ///
    /// # Panics
    /// If the block has no such column: an asset beyond the last, or the weight where premia stand still.
    pub fn rows(&self, factor: Factor) -> &[Row] {
        &self.data[factor.index(self.assets) * self.rows..][..self.rows]
    }

    /// All rows of one factor, to be written.
    ///
    /// # Panics
    /// As [`rows`](Self::rows).
    pub fn rows_mut(&mut self, factor: Factor) -> &mut [Row] {
        &mut self.data[factor.index(self.assets) * self.rows..][..self.rows]
    }

    /// Writes one row of a surprise.
    #[inline(always)]
    fn surprise(&mut self, of: Surprise, row: usize, value: Row) {
        self.surprises[of.index() * self.rows + row] = value;
    }

    /// One row of one factor, to be written.
    #[inline(always)]
    fn at(&mut self, factor: Factor, row: usize) -> &mut Row {
        &mut self.data[factor.index(self.assets) * self.rows + row]
    }
}
