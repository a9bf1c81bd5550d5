//! Price tables of a market: what instruments and signals look prices up in.
//!
//! Instruments say what they need when they are built; the tables are made once, in parallel, before the first path. They
//! belong to the market and not to the contracts, so that the same contracts are marked in the world without premia by its
//! own prices. Where premia respond to the market, or a law breaks, there is a table for each belief, and a price is the mix of
//! the two beliefs that prices stand between on that day. A [`Vault`] keeps tables from run to run, if one is given.

use super::vault::{Vault, kept};
use crate::grid::DAY;
use crate::lanes::{Mask, Row, WIDTH};
use crate::market::{Belief, Factor, Facts, PathBlock, Priced};
use crate::pricing::daily::DailyVariance;
use crate::pricing::futures::Curve;
use crate::pricing::packed::Packed;
use crate::pricing::surface::{Quote, Surface};
use crate::pricing::vix_surface::{VixQuote, VixSurface};
use multiversion::multiversion;
use std::sync::{Arc, OnceLock};

/// What has to be priced: the longest maturities, in days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Needs {
    options: Vec<usize>,
    squares: Vec<usize>,
    futures: Option<usize>,
    vix_options: Option<usize>,
    exposures: bool,
}

impl Needs {
    /// Options on an asset, up to so many days.
    pub fn options(&mut self, asset: usize, days: usize) {
        raise(&mut self.options, asset, days);
    }

    /// Expected squared returns of an asset, up to so many days.
    pub fn squares(&mut self, asset: usize, days: usize) {
        raise(&mut self.squares, asset, days);
    }

    /// VIX futures, up to so many days.
    pub fn futures(&mut self, days: usize) {
        self.futures = Some(self.futures.map_or(days, |known| known.max(days)));
    }

    /// Options on the VIX, up to so many days.
    pub fn vix_options(&mut self, days: usize) {
        self.vix_options = Some(self.vix_options.map_or(days, |known| known.max(days)));
    }

    /// Deltas of contracts, which are no price but are made beside them.
    pub fn exposures(&mut self) {
        self.exposures = true;
    }
}

fn raise(list: &mut Vec<usize>, asset: usize, days: usize) {
    if list.len() <= asset {
        list.resize(asset + 1, 0);
    }
    list[asset] = list[asset].max(days);
}

/// The prices of one market: what is needed, and the tables once they are made.
#[derive(Debug, Default)]
pub struct Prices {
    needs: Needs,
    beliefs: Vec<Belief>,
    most_variance: f64,
    vault: Option<Arc<dyn Vault>>,
    tables: OnceLock<Tables>,
}

/// Tables by asset and belief.
#[derive(Debug, Default)]
pub struct Tables {
    options: Vec<Vec<Surface>>,
    squares: Vec<Vec<DailyVariance>>,
    futures: Vec<Curve>,
    vix_options: Vec<VixSurface>,
    shares: Vec<f64>,
}

/// Tables reach to this spot variance (a volatility of 122 %), or to this multiple of the highest long-run level.
const MOST_VARIANCE: f64 = 1.5;
const MOST_LEVELS: f64 = 10.0;

impl Prices {
    /// Prices of a market; nothing is made yet.
    pub fn new(facts: &Facts, needs: Needs) -> Self {
        let later = facts.changes.breaks.iter().flat_map(|at| &at.law.level);
        let most = facts.level.iter().chain(later).fold(MOST_VARIANCE, |most, level| most.max(MOST_LEVELS * level));
        let beliefs = facts.laws.as_ref().map_or_else(Vec::new, |laws| laws.priced.clone());
        Self { needs, beliefs, most_variance: most, vault: None, tables: OnceLock::new() }
    }

    /// The same needs in another market, with the same vault.
    pub fn in_world(&self, facts: &Facts) -> Self {
        Self { vault: self.vault.clone(), ..Self::new(facts, self.needs.clone()) }
    }

    /// The same prices, whose tables are looked for in a vault before they are made, and put there after.
    #[must_use]
    pub fn kept_in(&self, vault: Arc<dyn Vault>) -> Self {
        let Self { needs, beliefs, most_variance, .. } = self;
        let (needs, beliefs) = (needs.clone(), beliefs.clone());
        Self { needs, beliefs, most_variance: *most_variance, vault: Some(vault), tables: OnceLock::new() }
    }

    /// Would the tables be the same, number by number?
    pub fn same_as(&self, other: &Self) -> bool {
        self.needs == other.needs && self.beliefs == other.beliefs && self.most_variance == other.most_variance
    }

    /// Are deltas of contracts asked for?
    pub fn exposures(&self) -> bool {
        self.needs.exposures
    }

    /// The tables, read or made at the first call, in parallel.
    pub fn tables(&self) -> &Tables {
        let vault = self.vault.as_deref();
        self.tables.get_or_init(|| Tables::new(&self.needs, &self.beliefs, self.most_variance, vault))
    }
}

impl Tables {
    fn new(needs: &Needs, beliefs: &[Belief], most: f64, vault: Option<&dyn Vault>) -> Self {
        // An asset's tables, one a belief; none where nothing is asked for.
        let each = |(asset, days): (usize, &usize)| {
            let days = *days;
            beliefs.iter().filter(move |_| days > 0).map(move |belief| (&belief.assets[asset], days))
        };
        let surface = |(priced, days): (&Priced, usize)| {
            let most = most * if priced.share > 0.0 { priced.share } else { 1.0 };
            let make = || Surface::new(&priced.model, days, DAY, most);
            kept(vault, |of| of.model(&priced.model), (days, most), make)
        };
        let curve = |(belief, days): (&Belief, usize)| {
            let make = || Curve::new(&belief.law, &belief.vix, days, DAY, most);
            kept(vault, |of| index(of, belief), (days, most), make)
        };
        let vix_surface = |(belief, days): (&Belief, usize)| {
            let make = || VixSurface::new(&belief.law, &belief.vix, days, DAY, most);
            kept(vault, |of| index(of, belief), (days, most), make)
        };
        // Made faster than they are read.
        let squares = |(priced, days): (&Priced, usize)| DailyVariance::new(&priced.model, days, DAY);
        let index_days = |days: Option<usize>| beliefs.iter().filter_map(move |belief| Some((belief, days?)));
        Self {
            options: needs.options.iter().enumerate().map(|asset| each(asset).map(surface).collect()).collect(),
            squares: needs.squares.iter().enumerate().map(|asset| each(asset).map(squares).collect()).collect(),
            futures: index_days(needs.futures).map(curve).collect(),
            vix_options: index_days(needs.vix_options).map(vix_surface).collect(),
            shares: beliefs
                .first()
                .map_or_else(Vec::new, |belief| belief.assets.iter().map(|priced| priced.share).collect()),
        }
    }

    /// A put, as a share of the forward: see [`Surface::look`]. Its derivative is in the variance of the asset.
    #[inline(always)]
    pub fn put<const FULL: bool>(&self, asset: usize, days: usize, kk: Row, relative: Row, at: &State) -> Quote {
        let surfaces = &self.options[asset];
        let variance = at.variance * self.shares[asset];
        let look = |surface: &Surface| look_put::<FULL>(surface, days, kk, relative, variance, at.regime);
        let (first, second, weight) = match between(surfaces, at.place) {
            Stand::At(only) => return look(only),
            Stand::Between(first, second, weight) => (look(first), look(second), weight),
        };
        let mix = |low: Row, high: Row| mix(low, high, weight);
        Quote {
            put: mix(first.put, second.put),
            slope: mix(first.slope, second.slope),
            bend: mix(first.bend, second.bend),
            in_variance: mix(first.in_variance, second.in_variance),
            density: mix(first.density, second.density),
            held: first.held | second.held,
        }
    }

    /// Longest maturity of options on an asset, days; 0 where none are priced.
    pub fn option_days(&self, asset: usize) -> usize {
        self.options.get(asset).and_then(|beliefs| beliefs.first()).map_or(0, Surface::days)
    }

    /// Multiple of the common variance that is the asset's own.
    pub fn share(&self, asset: usize) -> f64 {
        self.shares[asset]
    }

    /// Expected sum of the squared log returns of an asset over the next `days` days.
    #[inline(always)]
    pub fn squares(&self, asset: usize, days: usize, at: &State) -> Row {
        let variance = at.variance * self.shares[asset];
        let sum = |daily: &DailyVariance| {
            let of_regime = daily.coefficients(days);
            let mut parts = [Row::default(); 3];
            for lane in 0..WIDTH {
                for (part, coefficient) in parts.iter_mut().zip(of_regime[at.regime.0[lane] as usize]) {
                    part.0[lane] = coefficient;
                }
            }
            parts[0] + variance * (parts[1] + variance * parts[2])
        };
        match between(&self.squares[asset], at.place) {
            Stand::At(only) => sum(only),
            Stand::Between(first, second, weight) => mix(sum(first), sum(second), weight),
        }
    }

    /// The VIX future that expires in `days`, points, and where the look-up was held at the edge.
    #[inline(always)]
    pub fn future(&self, days: usize, at: &State) -> (Row, Mask<WIDTH>) {
        let look = |curve: &Curve| look_future(curve, days, at.variance, at.regime);
        match between(&self.futures, at.place) {
            Stand::At(only) => look(only),
            // Squares are mixed, as those of the VIX are: at expiry the future is the VIX.
            Stand::Between(first, second, weight) => {
                let ((low, held), (high, also)) = (look(first), look(second));
                (mix(low * low, high * high, weight).sqrt(), held | also)
            }
        }
    }

    /// The VIX future that expires in `days` (at least 1), points, from the tables of the options on it.
    #[inline(always)]
    pub fn vix_forward(&self, days: usize, at: &State) -> Row {
        let of = |table: &VixSurface| table.future(days, at.variance, at.regime);
        match between(&self.vix_options, at.place) {
            Stand::At(only) => of(only),
            Stand::Between(first, second, weight) => {
                let (low, high) = (of(first), of(second));
                mix(low * low, high * high, weight).sqrt()
            }
        }
    }

    /// A call on the VIX that expires in `days` (at least 1) where the future of that expiry is `forward`.
    ///
    /// Two beliefs are mixed at the strike's multiple of the future, each value as a share of its own: the options have the
    /// mixed future as their forward, and at expiry are worth what they pay at the mixed VIX. (A mean of prices at one strike
    /// would pay for a choice between two indices that nobody is given.)
    #[inline(always)]
    pub fn vix_call(&self, days: usize, strike: Row, forward: Row, at: &State) -> VixQuote {
        let (first, second, weight) = match between(&self.vix_options, at.place) {
            Stand::At(only) => return look_vix(only, days, strike, at.variance, at.regime),
            Stand::Between(first, second, weight) => (first, second, weight),
        };
        let multiple = strike / forward;
        let look = |table: &VixSurface| {
            let own = table.future(days, at.variance, at.regime);
            let quote = look_vix(table, days, multiple * own, at.variance, at.regime);
            VixQuote { call: quote.call / own * forward, ..quote }
        };
        let (low, high) = (look(first), look(second));
        VixQuote {
            call: mix(low.call, high.call, weight),
            d1: mix(low.d1, high.d1, weight),
            held: low.held | high.held,
        }
    }
}

// The look-ups themselves are long: each is compiled once for every vector unit, and called.

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn look_put<const FULL: bool>(
    surface: &Surface,
    days: usize,
    kk: Row,
    relative: Row,
    variance: Row,
    regime: Row,
) -> Quote {
    surface.look::<FULL>(days, kk, relative, variance, regime)
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn look_future(curve: &Curve, days: usize, variance: Row, regime: Row) -> (Row, Mask<WIDTH>) {
    curve.look(days, variance, regime)
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn look_vix(table: &VixSurface, days: usize, strike: Row, variance: Row, regime: Row) -> VixQuote {
    table.look(days, strike, variance, regime)
}

/// What tables of the VIX depend on.
fn index(of: &mut Packed, belief: &Belief) {
    of.law(&belief.law);
    of.affine(&belief.vix);
}

/// The belief that prices stand at, or the two between which they stand, with the weight of the second.
enum Stand<'a, T> {
    At(&'a T),
    Between(&'a T, &'a T, Row),
}

/// Where on the line of beliefs a place is. All lanes are between the same two: with more than two beliefs the place is that of
/// the day.
#[inline(always)]
fn between<T>(beliefs: &[T], place: Row) -> Stand<'_, T> {
    let [_, _, ..] = beliefs else { return Stand::At(&beliefs[0]) };
    let near = (place.0[0] as usize).min(beliefs.len() - 2);
    let weight = place - near as f64;
    if !weight.ne(Row::splat(0.0)).any() {
        Stand::At(&beliefs[near])
    } else if !weight.ne(Row::splat(1.0)).any() {
        Stand::At(&beliefs[near + 1])
    } else {
        Stand::Between(&beliefs[near], &beliefs[near + 1], weight)
    }
}

/// The mix of two prices; at a weight of 0 or 1 one of them to the bit.
#[inline(always)]
fn mix(low: Row, high: Row, weight: Row) -> Row {
    (Row::splat(1.0) - weight) * low + weight * high
}

/// What prices depend on, on one day.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Common spot variance.
    pub variance: Row,
    /// Regime.
    pub regime: Row,
    /// Place on the line of beliefs ([`Factor::PremiumWeight`]); 0 where there is one.
    pub place: Row,
}

/// Step of derivatives in the variance.
pub(super) const STEP: f64 = 1e-4;

impl State {
    /// The same with a little more variance.
    #[inline(always)]
    pub(super) fn with_more_variance(&self) -> Self {
        Self { variance: self.variance + STEP, ..*self }
    }

    /// The state of a simulated market at a row.
    #[inline(always)]
    pub fn at(paths: &PathBlock, row: usize, responds: bool) -> Self {
        Self {
            variance: paths.rows(Factor::Variance)[row],
            regime: paths.rows(Factor::Regime)[row],
            place: if responds { paths.rows(Factor::PremiumWeight)[row] } else { Row::splat(0.0) },
        }
    }

    /// The same with the regime of another day.
    #[inline(always)]
    pub fn with_regime_of(self, other: &Self) -> Self {
        Self { regime: other.regime, ..self }
    }

    /// Lanes on which the regime differs.
    #[inline(always)]
    pub fn switched(&self, other: &Self) -> Mask<WIDTH> {
        self.regime.ne(other.regime)
    }
}
