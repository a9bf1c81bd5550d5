//! Options on the VIX: parity with the future, an independent law, and the tables.
//!
//! The simulated payoffs stand in `tests/model_marks.rs`. Nothing here is a statistical test.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod models;

use hedgelab::draws::{Dice, Purpose};
use hedgelab::lanes::Row;
use hedgelab::pricing::futures::vix_future;
use hedgelab::pricing::law::{Model, Variance};
use hedgelab::pricing::vix_option::{Pair, vix_option};
use hedgelab::pricing::vix_surface::{VixQuote, VixSurface};
use rayon::prelude::*;

const DAY: f64 = 1.0 / 252.0;

/// The put has a transform of its own and the future is a real integral by other nodes: 1e-6 point is asked for, 1e-8 held,
/// from half a day to a year, in square-root and constant variances.
#[test]
fn puts_and_calls_differ_by_the_future() {
    for name in ["calibrated", "rs2", "rsln3"] {
        let model = models::reference(name);
        let cases: Vec<(f64, f64)> = [0.002, 5.0 * DAY, 1.0 / 12.0, 1.0]
            .into_iter()
            .flat_map(|years| [0.0, 0.004, 0.1, 1.5].map(|variance| (years, variance)))
            .collect();
        let off = cases.into_par_iter().map(|(years, variance)| {
            let mut worst = 0.0_f64;
            for regime in 0..model.law.regimes() {
                let future = vix_future(&model, variance, regime, years);
                for multiple in [0.4, 0.9, 0.98, 1.0, 1.3, 4.0] {
                    let strike = multiple * future;
                    let Pair { call, put } = vix_option(&model, variance, regime, years, strike);
                    assert!(call > -1e-8 && put > -1e-8, "{years} {variance} {strike}: {call} {put}");
                    worst = worst.max((call - put - (future - strike)).abs());
                }
            }
            worst
        });
        let worst = off.reduce(|| 0.0, f64::max);
        println!("{name}: parity to {worst:.1e} point");
        assert!(worst < 1e-8, "{name}: {worst}");
    }
}

/// One regime without crashes: the variance at expiry is a non-central chi-square (Cox, Ingersoll and Ross, 1985), a Poisson
/// mixture of gamma laws, over which Simpson's rule takes the payoff. To 1e-7 point, calls and puts.
#[test]
fn one_regime_is_a_noncentral_chi_square() {
    let model = models::reference("heston");
    let Variance::SquareRoot { reversion, vol_of_vol } = model.law.variance else { panic!("a square root") };
    let vix = model.law.vix_squared();
    for (years, variance) in [(5.0 * DAY, 0.01), (1.0 / 12.0, 0.04), (0.5, 0.2)] {
        let decay = (-reversion * years).exp();
        let scale = vol_of_vol * vol_of_vol * (1.0 - decay) / (2.0 * reversion);
        let (shape, poisson) = (2.0 * reversion * model.law.level[0] / vol_of_vol.powi(2), variance * decay / scale);
        let density = |x: f64| {
            let terms = 20 + (poisson + 12.0 * poisson.sqrt()) as usize;
            let term = |n: usize| {
                let (n, shape) = (n as f64, shape + n as f64);
                n * poisson.ln() - poisson - libm::lgamma(n + 1.0) + (shape - 1.0) * x.ln() - x - libm::lgamma(shape)
            };
            (0..terms).map(|n| term(n).exp()).sum::<f64>()
        };
        let future = vix_future(&model, variance, 0, years);
        for multiple in [0.9, 1.0, 1.2, 2.0] {
            let strike = future * multiple;
            let got = vix_option(&model, variance, 0, years, strike);
            let from = (strike * strike - vix.a[0]) / (vix.b * scale);
            let value = |x: f64| ((vix.a[0] + vix.b * scale * x).sqrt() - strike).abs() * density(x);
            let call = simpson(from, poisson + 60.0 + 14.0 * poisson.sqrt() + from, value);
            assert!((got.call - call).abs() < 1e-7, "{years} {strike}: {got:?} {call}");
            assert!((got.put - (call - future + strike)).abs() < 1e-7, "{years} {strike}: {got:?}");
        }
    }
}

/// Simpson's rule on 2,000 intervals.
fn simpson(from: f64, to: f64, of: impl Fn(f64) -> f64) -> f64 {
    let step = (to - from) / 2000.0;
    let weight = |i: i32| {
        if i == 0 || i == 2000 {
            1.0
        } else if i % 2 == 1 {
            4.0
        } else {
            2.0
        }
    };
    (0..=2000).map(|i| weight(i) * of(from + step * f64::from(i))).sum::<f64>() * step / 3.0
}

/// Worst errors of calls and puts in the table of one day and regime: variances are 0 and random ones up to 1.4, dense near
/// 0, strikes from half to 2.5 times the future.
fn errors(model: &Model, table: &VixSurface, days: usize, regime: usize) -> [f64; 2] {
    let mut dice = Dice::at(3, (10 * days + regime) as u64, Purpose::Bootstrap);
    let mut worst = [0.0_f64; 2];
    for i in 0..10 {
        let v = if i == 0 { 1e-5 } else { 1.4 * dice.uniform().powi(3) };
        let (variance, k) = (Row::splat(v), Row::splat(regime as f64));
        let future = table.future(days, variance, k).0[4];
        for _ in 0..6 {
            let strike = future * (-0.7 + 1.6 * dice.uniform()).exp();
            let VixQuote { call, d1, held } = table.look(days, Row::splat(strike), variance, k);
            let want = vix_option(model, v, regime, days as f64 * DAY, strike);
            let off = [call.0[4] - want.call, (call.0[4] - future + strike).max(0.0) - want.put];
            worst = [0, 1].map(|i| worst[i].max(off[i].abs()));
            assert!(!held.any() && d1.0[4].is_finite());
        }
    }
    worst
}

/// The tables against the contour, point by point: within 3e-3 point, but 1e-2 on the last days near the least VIX of a
/// regime, where the density has a pole.
#[test]
fn tables_agree_with_the_contour() {
    let model = models::reference("calibrated");
    let table = VixSurface::new(&model.law, &model.law.vix_squared(), 42, DAY, 1.5);
    assert_eq!(table.days(), 42);
    let cases: Vec<(usize, usize)> =
        [1, 2, 5, 10, 21, 42].into_iter().flat_map(|d| [0, 1, 2].map(|k| (d, k))).collect();
    let found: Vec<[f64; 2]> = cases.par_iter().map(|(days, k)| errors(&model, &table, *days, *k)).collect();
    for ((days, regime), [call, put]) in cases.iter().zip(found) {
        let bound = if *days < 3 { 1e-2 } else { 3e-3 };
        println!("{days:2} days, regime {regime}: call {call:.1e}, put {put:.1e} point");
        assert!(call < bound && put < bound, "{days} days, regime {regime}");
    }
    // Above the largest variance a look-up is held.
    assert!(table.look(21, Row::splat(30.0), Row::splat(1.6), Row::splat(0.0)).held.any());
    let discrete = models::reference("rsln3");
    let table = VixSurface::new(&discrete.law, &discrete.law.vix_squared(), 5, DAY, 1.5);
    for (regime, strike) in [(0, 5.0), (1, 18.0), (2, 30.0)] {
        let got = table.look(5, Row::splat(strike), Row::splat(0.0), Row::splat(regime as f64)).call.0[0];
        assert!((got - vix_option(&discrete, 0.0, regime, 5.0 * DAY, strike).call).abs() < 1e-12);
    }
}
