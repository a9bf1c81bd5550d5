//! Price tables against the series they are made from, over their whole grid.

#![allow(clippy::expect_used)]

mod models;

use hedgelab::draws::{Dice, Purpose};
use hedgelab::lanes::{Row, WIDTH};
use hedgelab::pricing::cos::{self, Option as Contract, Smile};
use hedgelab::pricing::implied;
use hedgelab::pricing::law::Model;
use hedgelab::pricing::surface::Surface;

const DAY: f64 = 1.0 / 252.0;

#[test]
#[ignore]
fn explore() {
    let calibrated = Model { rate: 0.0, dividend: 0.0, ..models::reference("calibrated") };
    let clock = std::time::Instant::now();
    let surface = Surface::new(&calibrated, 63, DAY, 1.5);
    println!("built in {:?}", clock.elapsed());
    for days in [1, 2, 5, 21, 42, 63] {
        for regime in 0..3 {
            let mut dice = Dice::at(1, days as u64, Purpose::Bootstrap);
            let mut errors: [Vec<(f64, String)>; 6] = Default::default();
            for _ in 0..24 {
                let v = 1.4 * dice.uniform().powi(4);
                let strikes: Vec<f64> = (0..60).map(|_| 0.6 + 0.8 * dice.uniform()).collect();
                let at = Smile { spot: 1.0, years: days as f64 * DAY, variance: v, regime };
                for (strike, want) in strikes.iter().zip(cos::smile(&calibrated, &at, &strikes)) {
                    let kk = libm::log(*strike);
                    let contract = Contract { spot: 1.0, strike: *strike, years: days as f64 * DAY, call: false };
                    let strike = Row::splat(contract.strike);
                    let got =
                        surface.look::<true>(days, Row::splat(kk), strike, Row::splat(v), Row::splat(regime as f64));
                    let put = got.put.0[WIDTH - 1];
                    let place = format!("K {:.3} v {v:.4}", contract.strike);
                    let mut say = |i: usize, x: f64| errors[i].push((x, place.clone()));
                    say(0, (put - want.price).abs());
                    let tv = want.price - (contract.strike - 1.0).max(0.0);
                    if tv > 1e-4 {
                        let vol = |price| implied::volatility(&contract, price, 0.0, 0.0).map_or(9.9, |x| 100.0 * x);
                        say(1, (vol(put) - vol(want.price)).abs());
                    }
                    say(2, ((put - got.slope.0[0]) - want.delta).abs());
                    if v > 0.003 && tv > 1e-4 {
                        say(3, (got.in_variance.0[0] / want.vega_variance - 1.0).abs());
                    }
                    say(4, ((got.bend.0[0] - got.slope.0[0]) - want.gamma).abs() / want.gamma.abs().max(1.0));
                    if let Some(vol) = implied::volatility(&contract, want.price, 0.0, 0.0) {
                        let dev = vol * contract.years.sqrt();
                        let d1 = -kk / dev + 0.5 * dev;
                        say(5, (got.density.0[0] - libm::exp(-0.5 * d1 * d1) * 0.3989422804).abs());
                    }
                }
            }
            print!("{days:3} {regime}: ");
            for list in &mut errors {
                list.sort_by(|a, b| a.0.total_cmp(&b.0));
                let n = list.len();
                print!("| {:.1e} p99 {:.1e} ({}) ", list[n - 1].0, list[n * 99 / 100].0, list[n - 1].1);
            }
            println!();
        }
    }
}
