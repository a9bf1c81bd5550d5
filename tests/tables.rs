//! Price tables against the formulas that they are made from, point by point, and what looks them up.
//!
//! The points are random with a fixed seed; nothing here is a statistical test. Bounds on prices, implied volatilities and
//! deltas are those of an independent study of such tables (the same coordinates, 32 nodes in strike, 24 in variance), or
//! closer where these tables hold a closer one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod models;

use hedgelab::draws::{Dice, Purpose};
use hedgelab::engine::{Experiment, Options, PathColumn, Silent, run, trace_all};
use hedgelab::instruments::prices::State;
use hedgelab::instruments::{Needs, Prices};
use hedgelab::lanes::{Row, WIDTH};
use hedgelab::pricing::cos::{self, Contract, Greeks, Smile};
use hedgelab::pricing::daily::DailyVariance;
use hedgelab::pricing::futures::{Curve, vix_future};
use hedgelab::pricing::implied;
use hedgelab::pricing::law::{Model, Variance};
use hedgelab::pricing::surface::Surface;
use hedgelab::scenario::load_text;
use rayon::prelude::*;

const DAY: f64 = 1.0 / 252.0;

/// Variances that tables reach to.
const MOST: f64 = 1.5;

/// Strikes of one variance.
const STRIKES: usize = 60;

/// Errors of one day and regime, sorted.
#[derive(Default)]
struct Errors {
    /// Share of spot.
    price: Vec<f64>,
    /// Implied volatility in points, where the value that is out of the money exceeds 1 bp of spot.
    vol: Vec<f64>,
    delta: Vec<f64>,
    /// Over the vega at the forward, where the variance exceeds 0.003.
    vega: Vec<f64>,
    /// Over itself, where the variance exceeds 0.003 and the vega is at least a tenth of that at the forward: farther out
    /// a price hardly depends on the variance, and the ratio of two small numbers says nothing.
    vega_relative: Vec<f64>,
    /// Over the gamma at the forward.
    gamma: Vec<f64>,
    /// Of the Black-Scholes density that trading costs are made of.
    density: Vec<f64>,
}

fn most(list: &[f64]) -> f64 {
    list.last().copied().unwrap_or(0.0)
}

fn p99(list: &[f64]) -> f64 {
    list.get(list.len() * 99 / 100).copied().unwrap_or(0.0)
}

/// The table of one day and regime against cosine series: the variances are 0 and random ones up to 1.4, dense near 0; the
/// strikes are the forward and 60 random ones, 0.6 to 1.4 times the forward.
fn errors(surface: &Surface, model: &Model, (days, regime): (usize, usize), variances: usize) -> Errors {
    let mut dice = Dice::at(1, (10 * days + regime) as u64, Purpose::Bootstrap);
    let mut all = Errors::default();
    let years = days as f64 * DAY;
    for i in 0..variances {
        let v = if i == 0 { 0.0 } else { 1.4 * dice.uniform().powi(4) };
        let strikes: Vec<f64> = std::iter::once(1.0).chain((0..STRIKES).map(|_| 0.6 + 0.8 * dice.uniform())).collect();
        let at = Smile { spot: 1.0, years, variance: v, regime };
        let wanted = cos::smile(model, &at, &strikes);
        let Greeks { vega_variance: vega_most, gamma: gamma_most, .. } = wanted[0];
        for (strike, want) in strikes.iter().zip(&wanted) {
            let kk = libm::log(*strike);
            let quote = surface.look::<true>(
                days,
                Row::splat(kk),
                Row::splat(*strike),
                Row::splat(v),
                Row::splat(regime as f64),
            );
            let density = surface
                .look::<false>(days, Row::splat(kk), Row::splat(*strike), Row::splat(v), Row::splat(regime as f64))
                .density;
            assert!(!quote.held.any());
            let put = quote.put.0[0];
            all.price.push((put - want.price).abs());
            let value = want.price - (strike - 1.0).max(0.0);
            let contract = Contract { spot: 1.0, strike: *strike, years, call: false };
            if value > 1e-4 {
                let vol = |price| implied::volatility(&contract, price, 0.0, 0.0).unwrap_or(f64::INFINITY);
                let implied = vol(want.price);
                all.vol.push(100.0 * (vol(put) - implied).abs());
                let deviation = implied * years.sqrt();
                let d1 = -kk / deviation + 0.5 * deviation;
                let wanted = libm::exp(-0.5 * d1 * d1) / (2.0 * std::f64::consts::PI).sqrt();
                all.density.push((density.0[0] - wanted).abs());
            }
            all.delta.push((put - quote.slope.0[0] - want.delta).abs());
            if model.law.variance != Variance::Constant && v > 0.003 {
                let miss = (quote.in_variance.0[0] - want.vega_variance).abs();
                all.vega.push(miss / vega_most);
                if want.vega_variance > 0.1 * vega_most {
                    all.vega_relative.push(miss / want.vega_variance);
                }
            }
            all.gamma.push((quote.bend.0[0] - quote.slope.0[0] - want.gamma).abs() / gamma_most);
        }
    }
    for list in [
        &mut all.price,
        &mut all.vol,
        &mut all.delta,
        &mut all.vega,
        &mut all.vega_relative,
        &mut all.gamma,
        &mut all.density,
    ] {
        list.sort_by(f64::total_cmp);
    }
    all
}

/// Without rates: the strike over spot is that over the forward.
fn flat(model: Model) -> Model {
    Model { rate: 0.0, dividend: 0.0, ..model }
}

/// Errors by day and regime.
fn all_errors(model: &Model, days: &[usize], variances: usize) -> Vec<(usize, usize, Errors)> {
    let surface = Surface::new(model, days.iter().copied().max().unwrap(), DAY, MOST);
    let cases: Vec<(usize, usize)> =
        days.iter().flat_map(|day| (0..model.law.regimes()).map(move |k| (*day, k))).collect();
    let found: Vec<_> =
        cases.par_iter().map(|(day, k)| (*day, *k, errors(&surface, model, (*day, *k), variances))).collect();
    for (day, k, e) in &found {
        println!(
            "{day:3} days, regime {k}: price {:.1e}, vol {:.4} (p99 {:.4}), delta {:.1e} ({:.1e}), vega {:.1e} ({:.1e}), \
             relative {:.1e} ({:.1e}), gamma {:.1e} ({:.1e}), density {:.1e} ({:.1e})",
            most(&e.price),
            most(&e.vol),
            p99(&e.vol),
            most(&e.delta),
            p99(&e.delta),
            most(&e.vega),
            p99(&e.vega),
            most(&e.vega_relative),
            p99(&e.vega_relative),
            most(&e.gamma),
            p99(&e.gamma),
            most(&e.density),
            p99(&e.density),
        );
    }
    found
}

/// The calibrated market over its whole grid, from one day before expiry and a variance of nothing.
#[test]
fn tables_agree_with_the_series() {
    for (days, regime, e) in all_errors(&flat(models::reference("calibrated")), &[1, 2, 5, 21, 63], 24) {
        let at = format!("{days} days, regime {regime}");
        assert!(most(&e.price) <= 4e-6, "{at}: price {:e}", most(&e.price));
        assert!(most(&e.vol) <= 0.08, "{at}: vol {}", most(&e.vol));
        let vol = match days {
            1 => 0.041,
            2 | 5 => 0.025,
            _ => 0.005,
        };
        assert!(p99(&e.vol) <= vol, "{at}: vol p99 {}", p99(&e.vol));
        let delta = match days {
            // At the forward, where the variance is next to nothing: the study had no point there.
            1 => (1e-2, 8e-4),
            2 => (2.6e-3, 8e-4),
            5 => (9e-4, 2e-4),
            _ => (9e-4, 1.3e-4),
        };
        assert!(most(&e.delta) <= delta.0 && p99(&e.delta) <= delta.1, "{at}: delta {:e}", most(&e.delta));
        assert!(p99(&e.vega_relative) <= 5e-3, "{at}: vega {:e}", p99(&e.vega_relative));
        assert!(p99(&e.gamma) <= 0.02, "{at}: gamma {:e}", p99(&e.gamma));
        assert!(most(&e.density) <= 2e-3, "{at}: density {:e}", most(&e.density));
    }
}

/// A market whose variance is that of the regime (no variance to interpolate in), and one that jumps at switches.
#[test]
fn tables_of_other_laws_agree_with_the_series() {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("reference/pricing_switch_jumps.json")).expect("reference");
    let jumping = models::model(&file["models"]["calibrated_switch"]);
    for (name, model) in [("rsln3", models::reference("rsln3")), ("calibrated_switch", jumping)] {
        println!("{name}");
        for (days, regime, e) in all_errors(&flat(model), &[1, 21], 10) {
            let at = format!("{name}, {days} days, regime {regime}");
            assert!(most(&e.price) <= 4e-6, "{at}: price {:e}", most(&e.price));
            assert!(most(&e.vol) <= 0.08, "{at}: vol {}", most(&e.vol));
            assert!(p99(&e.delta) <= if days == 1 { 8e-4 } else { 1.3e-4 }, "{at}: delta {:e}", p99(&e.delta));
        }
    }
}

/// What lies beyond the edge is held there, and says so; what lies within is not.
#[test]
fn a_look_beyond_the_edge_is_held_and_says_so() {
    let surface = Surface::new(&flat(models::reference("calibrated")), 2, DAY, MOST);
    let look = |kk: f64, v: f64| {
        surface.look::<false>(2, Row::splat(kk), Row::splat(kk.exp()), Row::splat(v), Row::splat(2.0))
    };
    for (kk, v, held) in [
        (-0.79, 0.1, false),
        (-0.81, 0.1, true),
        (0.49, 0.1, false),
        (0.51, 0.1, true),
        (0.1, 1.49, false),
        (0.1, 1.51, true),
        (0.0, 0.0, false),
    ] {
        assert_eq!(look(kk, v).held.as_number().0, [f64::from(u8::from(held)); WIDTH], "{kk} {v}");
    }
    // Lane by lane.
    let mut v = Row::splat(0.1);
    v.0[3] = 2.0;
    let quote = surface.look::<false>(1, Row::splat(-0.05), Row::splat(libm::exp(-0.05)), v, Row::splat(0.0));
    assert_eq!(quote.held.as_number().0, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
}

/// VIX futures in tables against the integral: within 2e-3 point at one day, 1e-3 at a month, 4e-4 at three. The slope in
/// the variance against differences of the integral, within half a per cent.
#[test]
fn futures_tables_agree_with_the_integral() {
    let model = models::reference("calibrated");
    let curve = Curve::new(&model.law, &model.law.vix_squared(), 63, DAY, MOST);
    assert_eq!(curve.days(), 63);
    for (days, bound) in [(1, 2e-3), (2, 2e-3), (5, 2e-3), (21, 1e-3), (42, 1e-3), (63, 4e-4)] {
        for regime in 0..3 {
            let mut dice = Dice::at(2, (10 * days + regime) as u64, Purpose::Bootstrap);
            let (mut worst, mut slope) = (0.0_f64, 0.0_f64);
            for i in 0..60 {
                let v = if i == 0 { 0.0 } else { 1.4 * dice.uniform().powi(3) };
                let at = |v: f64| vix_future(&model, v, regime, days as f64 * DAY);
                let table = |v: f64| curve.look(days, Row::splat(v), Row::splat(regime as f64)).0.0[0];
                worst = worst.max((table(v) - at(v)).abs());
                if v > 0.003 {
                    let h = 1e-4 * v;
                    let want = (at(v + h) - at(v - h)) / (2.0 * h);
                    slope = slope.max(((table(v + h) - table(v - h)) / (2.0 * h) / want - 1.0).abs());
                }
            }
            println!("{days:2} days, regime {regime}: {worst:.1e} point, slope {slope:.1e}");
            assert!(worst <= bound, "{days} days, regime {regime}: {worst}");
            assert!(slope <= 5e-3, "{days} days, regime {regime}: slope {slope}");
        }
    }
    // On the last day the future is the VIX; where the variance is constant the table is exact.
    let vix = model.law.vix_squared();
    let got = curve.look(0, Row::splat(0.04), Row::splat(1.0)).0.0[0];
    assert!((got - (vix.a[1] + vix.b * 0.04).sqrt()).abs() < 1e-12);
    let constant = models::reference("rsln3");
    let curve = Curve::new(&constant.law, &constant.law.vix_squared(), 42, DAY, MOST);
    for days in [1, 42] {
        for regime in 0..3 {
            let got = curve.look(days, Row::splat(0.0), Row::splat(regime as f64)).0.0[0];
            let want = vix_future(&constant, 0.0, regime, days as f64 * DAY);
            assert!((got - want).abs() < 1e-6, "{days} {regime}: {got} {want}");
        }
    }
}

/// A market of three regimes and three assets, one with a variance of its own.
const SCENARIO: &str = "
version: 1
name: tables
seed: 5
paths: 64
years: 1
warm_up: 1
market:
  regime_svj:
    rate: 0.03
    dividend: 0.015
    regimes:
      calm:   { variance: 0.0185, crash: { per_year: 0.10, mean: -0.03, sd: 0.04,  variance_jump: 0.02 }, correlation: 0.79 }
      normal: { variance: 0.0245, crash: { per_year: 0.40, mean: -0.04, sd: 0.05,  variance_jump: 0.04 }, correlation: 0.83 }
      stress: { variance: 0.1200, crash: { per_year: 1.40, mean: -0.06, sd: 0.075, variance_jump: 0.20 }, correlation: 0.90 }
    switching: { per_year: { calm: { normal: 1.6, stress: 0.03 }, normal: { calm: 0.75, stress: 0.16 }, stress: { calm: 0.05, normal: 2 } } }
    variance: { reversion: 10.5, vol_of_vol: 0.73 }
    premium: { equity: { constant: 0.073 }, variance: 3.2, crash_intensity: 2.6, crash_mean: -0.038, regime: 0.6 }
portfolio:
  capital: 100
  assets:
    SPX:   { weight: 0.6, leverage: -0.86 }
    NDX:   { weight: 0.2, volatility: 1.2, leverage: -0.8, crash: 1.1 }
    bonds: { weight: 0.2, own_variance: 0.0036, crash: -0.1, correlation: -0.2 }
instruments:
  put:  { put:  { underlying: SPX, moneyness: 0.97, tenor: 21 }, size: { per_exposure: 1 } }
  call: { call: { underlying: SPX, moneyness: 0.97, tenor: 21 }, size: { per_exposure: 1 } }
rules:
  put:  { hedge: put, hold: 1 }
  call: { hedge: call, hold: 1 }
";

fn experiment(text: &str) -> Experiment {
    load_text("tables.yaml", text, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false))).plan.experiment
}

/// What instruments look up as the expected squares of the days to come is the moment of the asset's own law.
#[test]
fn expected_squares_are_the_moments() {
    let experiment = experiment(SCENARIO);
    let facts = experiment.market.facts();
    let mut needs = Needs::default();
    (0..3).for_each(|asset| needs.squares(asset, 63));
    let prices = Prices::new(facts, needs);
    let assets = &facts.laws.as_ref().unwrap().priced[0].assets;
    for (asset, priced) in assets.iter().enumerate() {
        let moments = DailyVariance::new(&priced.model, 63, DAY);
        for (v, k) in [(0.0, 0), (0.02, 1), (0.9, 2)] {
            let at = State { variance: Row::splat(v), regime: Row::splat(k as f64), place: Row::splat(0.0) };
            for days in [1, 21, 63] {
                let got = prices.tables().squares(asset, days, &at).0[5];
                let want = moments.sum(days, v * priced.share, k);
                assert!((got - want).abs() <= 1e-14 * want, "{asset} {days} {v} {k}: {got} {want}");
                // Daily squares are a little more than the quadratic variation over the same time.
                let strike = priced.model.law.variance_strike(days as f64 * DAY);
                let ratio = want / ((strike.a[k] + strike.b * v * priced.share) * days as f64 * DAY);
                assert!(ratio > 1.0 && ratio < 1.02, "{asset} {days} {v} {k}: {ratio}");
            }
        }
    }
}

/// A call and a put of one strike differ by spot and strike, each in today's money, on every day of every path, to 1e-10 of
/// spot; and no look-up of an ordinary year is held at the edge.
#[test]
fn marks_keep_put_call_parity() {
    let experiment = experiment(SCENARIO);
    let mut worst = 0.0_f64;
    for path in 0..16 {
        let traces = trace_all(&experiment, path);
        let (put, call) = (&traces[0], &traces[1]);
        for day in 0..put.days() {
            let years = (21 - day % 21) as f64 * DAY;
            let (spot, strike) = (put.spot[day], 0.97 * put.spot[day - day % 21]);
            let want = spot * libm::exp(-0.015 * years) - strike * libm::exp(-0.03 * years);
            worst = worst.max(((call.price[day] - put.price[day] - want) / spot).abs());
        }
    }
    println!("parity: {worst:.1e} of spot");
    assert!(worst <= 1e-10, "{worst}");
    let outcome = run(&experiment, &[], &Options::all(&experiment), &Silent).unwrap();
    let held: f64 = outcome.path_column(PathColumn::HeldLookUps).iter().sum();
    assert_eq!(held, 0.0);
}
