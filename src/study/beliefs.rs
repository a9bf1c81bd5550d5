//! What the prices of a simulated market believe: implied volatilities, VIX futures and variance swaps in each regime.
//!
//! Contract: the model's own prices under its pricing measure, by the formulas of `pricing`, nothing simulated; with several
//! pricing measures each. Days are trading days, 252 a year.

use crate::grid::DAY;
use crate::market::{Belief, Facts, Laws};
use crate::pricing::cases::quoted_volatility;
use crate::pricing::cos::{Contract, Greeks, Smile, smile};
use crate::pricing::futures::vix_future;
use crate::pricing::law::{Model, Variance};
use rayon::prelude::*;

/// Strikes of the surface, as multiples of spot.
pub const MONEYNESS: [f64; 11] = [0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 1.00, 1.05, 1.10, 1.15, 1.20];

/// Trading days to expiry of the surface.
pub const OPTION_DAYS: [u32; 5] = [5, 21, 63, 126, 252];

/// Trading days to expiry of the VIX futures: months 1 to 7.
pub const FUTURE_DAYS: [u32; 7] = [21, 42, 63, 84, 105, 126, 147];

/// Trading days to expiry of the variance swaps.
pub const SWAP_DAYS: [u32; 4] = [21, 63, 126, 252];

/// Where the variance stands while prices are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spot {
    /// At each regime's long-run level under the real-world law.
    Level,
    /// At this number in each regime, decimal per year.
    Variance(f64),
    /// Where the VIX has this many points in each regime.
    Vix(f64),
}

/// All prices of one asset.
#[derive(Clone, Debug)]
pub struct Prices {
    /// Slot of the asset.
    pub asset: usize,
    /// Slot of the asset whose volatility the VIX is.
    pub vix_of: usize,
    /// Where the variance stood.
    pub spot: Spot,
    /// Is the variance a constant of each regime?
    pub constant: bool,
    /// One for each pricing measure: `[measure][regime]`; nothing for a regime whose VIX cannot be that low.
    pub beliefs: Vec<Vec<Option<RegimePrices>>>,
    /// Lowest VIX of each regime, points: `[measure][regime]`.
    pub lowest_vix: Vec<Vec<f64>>,
}

/// Prices in one regime under one measure.
#[derive(Clone, Debug, serde::Serialize)]
pub struct RegimePrices {
    /// Common spot variance, decimal per year.
    pub variance: f64,
    /// VIX there, points.
    pub vix: f64,
    /// Implied volatility, decimal per root year: `[expiry][strike]`; nothing where a price is too small to tell.
    pub implied_vol: Vec<Vec<Option<f64>>>,
    /// VIX futures, points.
    pub vix_futures: Vec<f64>,
    /// Fair strikes of variance swaps, vol points.
    pub variance_swaps: Vec<f64>,
}

/// Prices of the asset in a slot, or of the one whose volatility the VIX is.
///
/// # Errors
/// A sentence: real history has no model, some markets fix the variance by the regime, no regime has a VIX that low.
pub fn prices(facts: &Facts, asset: Option<usize>, spot: Spot) -> Result<Prices, String> {
    let Some(Laws { real, priced }) = &facts.laws else {
        return Err("a history market is one real path: it has no model whose prices could be told".to_owned());
    };
    if spot != Spot::Level && real.variance == Variance::Constant {
        return Err("the variance of this market is that of its regime: it cannot be set".to_owned());
    }
    let vix_of = priced.first().map_or(0, |belief| belief.quoted);
    let constant = real.variance == Variance::Constant;
    let asset = asset.unwrap_or(vix_of);
    let regimes = 0..real.regimes();
    let of_regime = |slot: usize, belief: &Belief, k: usize| {
        let (a, b) = (belief.vix.a[k], belief.vix.b);
        let variance = match spot {
            // A constant variance is what prices believe it to be.
            Spot::Level if constant => belief.law.level[k],
            Spot::Level => facts.break_behind(slot).map_or(real, |at| &at.law).level[k],
            Spot::Variance(variance) => variance,
            Spot::Vix(points) => (points * points - a) / b,
        };
        (variance >= 0.0).then(|| in_regime(belief, asset, vix_of, variance, k))
    };
    let beliefs: Vec<Vec<_>> = (priced.iter().enumerate())
        .map(|(slot, belief)| regimes.clone().into_par_iter().map(|k| of_regime(slot, belief, k)).collect())
        .collect();
    let lowest_vix: Vec<Vec<f64>> =
        priced.iter().map(|belief| belief.vix.a.iter().map(|a| a.max(0.0).sqrt()).collect()).collect();
    if beliefs.iter().flatten().all(Option::is_none) {
        let lowest = lowest_vix.iter().flatten().fold(f64::INFINITY, |a, b| a.min(*b));
        return Err(format!("no regime of this market has a VIX that low: the lowest is {lowest:.2}"));
    }
    Ok(Prices { asset, vix_of, spot, constant, beliefs, lowest_vix })
}

fn in_regime(belief: &Belief, asset: usize, vix_of: usize, variance: f64, k: usize) -> RegimePrices {
    let (quoted, index) = (&belief.assets[asset], &belief.assets[vix_of]);
    let own = quoted.share * variance;
    let surface = OPTION_DAYS.par_iter().map(|days| volatilities(&quoted.model, own, k, f64::from(*days) * DAY));
    let future = |days: &u32| vix_future(&index.model, index.share * variance, k, f64::from(*days) * DAY);
    let swap = |days: &u32| {
        let strike = quoted.model.law.variance_strike(f64::from(*days) * DAY);
        100.0 * (strike.a[k] + strike.b * own).sqrt()
    };
    RegimePrices {
        variance,
        vix: (belief.vix.a[k] + belief.vix.b * variance).max(0.0).sqrt(),
        implied_vol: surface.collect(),
        vix_futures: FUTURE_DAYS.par_iter().map(future).collect(),
        variance_swaps: SWAP_DAYS.iter().map(swap).collect(),
    }
}

/// Implied volatility by strike.
fn volatilities(model: &Model, variance: f64, regime: usize, years: f64) -> Vec<Option<f64>> {
    let (rate, dividend) = (libm::exp(-model.rate * years), libm::exp(-model.dividend * years));
    let puts = smile(model, &Smile { spot: 1.0, years, variance, regime }, &MONEYNESS);
    let volatility = |(strike, put): (&f64, Greeks)| {
        // Of the side that is out of the money.
        let call = strike * rate >= dividend;
        let price = if call { put.price + dividend - strike * rate } else { put.price };
        quoted_volatility(model, &Contract { spot: 1.0, strike: *strike, years, call }, price)
    };
    MONEYNESS.iter().zip(puts).map(volatility).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load_text;

    const WORLD: &str = "
version: 1
name: world
seed: 1
paths: 8
years: 1
market: { regime_lognormal: { rate: 0.02, regimes: { only: { volatility: 0.2, correlation: 0.5 } } } }
portfolio: { capital: 1e6, assets: { SPX: { weight: 1 }, NDX: { weight: 0, volatility: 1.2 } } }
instruments: { put: { put: { underlying: SPX, moneyness: 0.95, tenor: 63 }, size: { per_exposure: 1 } } }
rules: { static: { hedge: put, hold: 1 } }
";

    /// Black and Scholes: every volatility is the one that was put in, the VIX and swaps too.
    #[test]
    fn a_world_of_one_volatility_is_flat() {
        let loaded = load_text("world.yaml", WORLD, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        let facts = loaded.plan.experiment.market.facts();
        for (asset, volatility) in [(0, 0.2), (1, 0.24)] {
            let prices = prices(facts, Some(asset), Spot::Level).expect("prices");
            assert_eq!((prices.vix_of, prices.beliefs.len()), (0, 1));
            let only = prices.beliefs[0][0].as_ref().expect("a regime");
            assert!((only.vix - 20.0).abs() < 1e-9);
            assert!(only.variance_swaps.iter().all(|swap| (swap - 100.0 * volatility).abs() < 1e-9));
            let told: Vec<f64> = only.implied_vol.iter().flatten().flatten().copied().collect();
            assert!(told.iter().all(|vol| (vol - volatility).abs() < 1e-7), "{told:?}");
            // Five days before expiry a strike of 0.7 says nothing; a year before, all do.
            assert!(only.implied_vol[0][0].is_none() && only.implied_vol[4].iter().all(Option::is_some));
        }
        assert!(prices(facts, None, Spot::Vix(20.0)).unwrap_err().contains("that of its regime"));
    }

    /// Prices that believe another volatility than the real one quote that one.
    #[test]
    fn what_is_believed_is_quoted() {
        let text = WORLD.replace("volatility: 0.2,", "volatility: 0.2, priced_volatility: 0.25,");
        let loaded = load_text("world.yaml", &text, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        let prices = prices(loaded.plan.experiment.market.facts(), None, Spot::Level).expect("prices");
        let only = prices.beliefs[0][0].as_ref().expect("a regime");
        assert!((only.variance - 0.0625).abs() < 1e-15 && (only.vix - 25.0).abs() < 1e-9);
        assert!(only.implied_vol[4].iter().flatten().all(|vol| (vol - 0.25).abs() < 1e-7));
        assert!(only.vix_futures.iter().all(|future| (future - 25.0).abs() < 1e-6));
    }
}
