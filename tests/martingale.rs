//! The simulated world against closed forms, and hedges that nobody pays a premium for.
//!
//! Every comparison is a z-score against the test's own standard error over independent paths, with a fixed seed; it fails
//! beyond 4 standard errors. For one comparison that is a false alarm in 16,000 draws of the seed (alpha 6.3e-5, two-sided);
//! the roughly 60 comparisons of this file together have one of 0.4 %.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::{Experiment, Options, Silent, Worker, run};
use hedgelab::lanes::WIDTH;
use hedgelab::market::{Factor, Laws, PathBlock};
use hedgelab::metrics::tally::Column;
use hedgelab::scenario::load_text;
use hedgelab::stats::moments::Moments;
use rayon::prelude::*;

/// Standard errors beyond which a comparison fails.
const FAR: f64 = 4.0;

fn experiment(text: &str, overrides: &[&str]) -> Experiment {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    load_text("martingale.yaml", text, &overrides)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
        .plan
        .experiment
}

/// A scenario around a market and its assets; rules and instruments are there because a scenario has them.
fn world(seed: u64, years: f64, market: &str, assets: &str) -> Experiment {
    let text = format!(
        "
version: 1
name: world
seed: {seed}
paths: 8
years: {years}
warm_up: 1
market: {{ {market} }}
portfolio: {{ capital: 1, assets: {{ {assets} }} }}
instruments: {{ mark: {{ vix_mark: {{}}, size: {{ vega_bp: 1 }} }} }}
rules: {{ rule: {{ hedge: mark, hold: 1 }} }}
"
    );
    experiment(&text, &[])
}

/// Moments of several numbers of each path, over `paths` paths (a multiple of 8); groups are put together in order.
fn moments<const N: usize>(
    experiment: &Experiment,
    paths: u64,
    read: impl Fn(&PathBlock, usize) -> [f64; N] + Sync,
) -> [Moments; N] {
    const BLOCK: u64 = 64;
    let groups = paths / WIDTH as u64;
    let parts: Vec<[Moments; N]> = (0..groups.div_ceil(BLOCK))
        .into_par_iter()
        .map_init(
            || Worker::new(experiment, &[], hedgelab::engine::Keep::All),
            |worker, block| {
                let mut sums = [Moments::default(); N];
                for group in block * BLOCK..((block + 1) * BLOCK).min(groups) {
                    let world = worker.simulate(group);
                    for lane in 0..WIDTH {
                        for (sum, x) in sums.iter_mut().zip(read(world, lane)) {
                            sum.push(x);
                        }
                    }
                }
                sums
            },
        )
        .collect();
    let mut total = [Moments::default(); N];
    for part in &parts {
        for (into, from) in total.iter_mut().zip(part) {
            into.merge(from);
        }
    }
    total
}

fn agrees(what: &str, found: &Moments, expected: f64) {
    let (mean, error) = (found.mean().unwrap(), found.standard_error().unwrap());
    let z = (mean - expected) / error;
    println!("{what}: {mean:.6} +- {error:.6}, expected {expected:.6}, z {z:+.2}, n {}", found.n());
    assert!((mean - expected).abs() <= FAR * error + 1e-12, "{what}: z {z}");
}

const THREE_REGIMES: &str = "
  regime_svj: {
    rate: 0.03, dividend: 0.015,
    regimes: {
      calm:   { variance: 0.0185, crash: { per_year: 0.4, mean: -0.03, sd: 0.04, variance_jump: 0.02 }, correlation: 0.79 },
      normal: { variance: 0.0245, crash: { per_year: 0.9, mean: -0.04, sd: 0.05, variance_jump: 0.04 }, correlation: 0.83 },
      stress: { variance: 0.1200, crash: { per_year: 3.0, mean: -0.06, sd: 0.075, variance_jump: 0.20 }, correlation: 0.90 } },
    switching: { per_year: { calm: { normal: 1.6, stress: 0.1 }, normal: { calm: 0.75, stress: 0.3 }, stress: { calm: 0.05, normal: 2 } } },
    variance: { reversion: 10.5, vol_of_vol: 0.73 },
    correlation: { half_life: 10, noise: 0.3 } }";

const THREE_ASSETS: &str = "
  SPX: { weight: 0.6, leverage: -0.86 },
  NDX: { weight: 0.2, volatility: 1.2, leverage: -0.8, crash: 1.1 },
  bonds: { weight: 0.2, own_variance: 0.0036, crash: -0.1, correlation: -0.2 }";

/// n = 200,000 paths of 63 days; three assets on three days, and the shares of the regimes: 15 comparisons.
#[test]
fn discounted_assets_have_no_drift_and_regimes_their_shares() {
    let experiment = world(11, 63.0 / 252.0, THREE_REGIMES, THREE_ASSETS);
    let (rate, dividend) = (0.03, 0.015);
    let days = [1, 21, 63];
    let found = moments::<15>(&experiment, 200_000, |world, lane| {
        let mut all = [0.0; 15];
        for asset in 0..3 {
            for (i, day) in days.iter().enumerate() {
                let rows = world.rows(Factor::Spot(asset));
                all[3 * asset + i] =
                    rows[*day].0[lane] / rows[0].0[lane] * ((dividend - rate) * *day as f64 / 252.0).exp();
            }
        }
        for regime in 0..3 {
            let share = |row: usize| f64::from(u8::from(world.rows(Factor::Regime)[row].0[lane] == regime as f64));
            (all[9 + regime], all[12 + regime]) = (share(0), share(63));
        }
        all
    });
    for asset in 0..3 {
        for (i, day) in days.iter().enumerate() {
            agrees(&format!("asset {asset}, day {day}"), &found[3 * asset + i], 1.0);
        }
    }
    for regime in 0..3 {
        let share = experiment.market.facts().stationary[regime];
        agrees(&format!("regime {regime} at the start"), &found[9 + regime], share);
        agrees(&format!("regime {regime} on day 63"), &found[12 + regime], share);
    }
}

/// Jumps at half of all switches, of both signs, large beside what a quarter moves otherwise.
const SWITCH_JUMPS: &str = "stress: { calm: 0.05, normal: 2 } }, jumps: { \
    calm: { normal: { mean: -0.08, sd: 0.04 }, stress: { mean: -0.2, sd: 0.1 } }, \
    normal: { stress: { mean: -0.15, sd: 0.05 } }, stress: { normal: { mean: 0.1, sd: 0.03 } } } }";

fn with_switch_jumps(market: &str) -> String {
    let changed = market.replace("stress: { calm: 0.05, normal: 2 } } }", SWITCH_JUMPS);
    assert_ne!(changed, market);
    changed
}

/// Jumps at switches have no drift, and the log contract that the VIX is made of knows them: mean log return of the first
/// asset against its closed form over 21 and 63 days, with and without a variance of its own in motion. n = 200,000 paths of
/// 63 days for each of two markets; 18 comparisons.
#[test]
fn jumps_at_switches_have_no_drift() {
    let constant = "regime_lognormal: { rate: 0.03, dividend: 0.015, \
        regimes: { calm: { volatility: 0.12 }, normal: { volatility: 0.16, crash: { per_year: 1, mean: -0.05, sd: 0.05 } }, \
        stress: { volatility: 0.3 } }, \
        switching: { per_year: { calm: { normal: 1.6, stress: 0.1 }, normal: { calm: 0.75, stress: 0.3 }, \
        stress: { calm: 0.05, normal: 2 } } } }";
    let flat_assets = THREE_ASSETS.replace("leverage: -0.86", "crash: 0.9").replace("leverage: -0.8,", "");
    for (seed, market, assets) in [(21, THREE_REGIMES, THREE_ASSETS), (22, constant, &flat_assets)] {
        let experiment = world(seed, 63.0 / 252.0, &with_switch_jumps(market), assets);
        let (days, carry) = ([21, 63], (0.03 - 0.015) / 252.0);
        let found = moments::<9>(&experiment, 200_000, |world, lane| {
            let mut all = [0.0; 9];
            for (i, day) in days.iter().enumerate() {
                for asset in 0..3 {
                    let rows = world.rows(Factor::Spot(asset));
                    let excess = (rows[*day].0[lane] / rows[0].0[lane]).ln() - carry * *day as f64;
                    all[3 * i + asset] = excess.exp();
                    if asset == 0 {
                        // Its mean is that of -2 excess, with less noise: e^excess has mean one.
                        all[6 + i] = 2e4 * (excess.exp_m1() - excess) / (*day as f64 / 252.0);
                    }
                }
            }
            all[8] = world.rows(Factor::Vix)[0].0[lane].powi(2);
            all
        });
        for (i, day) in days.iter().enumerate() {
            for asset in 0..3 {
                agrees(&format!("asset {asset}, day {day}"), &found[3 * i + asset], 1.0);
            }
        }
        // The paths start at the level of a regime that has its long-run share.
        let facts = experiment.market.facts();
        let Some(Laws { priced, .. }) = &facts.laws else { panic!("a simulated market has laws") };
        let model = &priced[0].assets[0].model.law;
        let at_start = |years: f64| {
            let contract = model.log_contract(years);
            let here = |k: usize| facts.stationary[k] * (contract.a[k] + contract.b * model.level[k]);
            (0..3).map(here).sum::<f64>()
        };
        for (i, day) in days.iter().enumerate() {
            agrees(&format!("log contract, day {day}"), &found[6 + i], at_start(*day as f64 / 252.0));
        }
        agrees("VIX squared at the start", &found[8], at_start(30.0 / 365.0));
    }
}

/// A constant equity premium is the drift in excess of cash, whatever crashes and switches do; an asset's own premium is its own.
/// n = 50,000 paths of 63 days.
#[test]
fn a_stated_premium_is_the_excess_drift() {
    let market = with_switch_jumps(THREE_REGIMES).replace(
        "correlation: { half_life",
        "premium: { equity: { constant: 0.073 }, variance: 3.2, crash_intensity: 2.6, crash_mean: -0.038, switch_mean: -0.02, \
         regime: 0.6 }, correlation: { half_life",
    );
    let assets = THREE_ASSETS.replace("crash: 1.1", "crash: 1.1, premium: 0.2");
    let experiment = world(17, 63.0 / 252.0, &market, &assets);
    let found = moments::<2>(&experiment, 50_000, |world, lane| {
        [0, 1].map(|asset| world.rows(Factor::Spot(asset))[63].0[lane] / 100.0 * ((0.015_f64 - 0.03) * 0.25).exp())
    });
    agrees("equity premium", &found[0], (0.073_f64 * 0.25).exp());
    agrees("own premium", &found[1], (0.2_f64 * 0.25).exp());
}

/// Heston (kappa 3, theta 0.04, xi 0.5, rho -0.7) from v = 0.05: the mean of the variance, and a 63-day put at 95 %
/// against a price that an independent implementation made by the COS method. n = 200,000.
#[test]
fn heston_variance_and_put() {
    let experiment = world(
        12,
        63.0 / 252.0,
        "regime_svj: { rate: 0.03, dividend: 0.01, start: { regime: only, vix: 22.104864832626564 }, \
         regimes: { only: { variance: 0.04 } }, variance: { reversion: 3, vol_of_vol: 0.5 } }",
        "SPX: { weight: 1, spot: 100, leverage: -0.7 }",
    );
    let found = moments::<4>(&experiment, 200_000, |world, lane| {
        let spot = world.rows(Factor::Spot(0))[63].0[lane];
        let variance = world.rows(Factor::Variance);
        [
            variance[21].0[lane],
            variance[63].0[lane],
            (95.0 - spot).max(0.0) * (-0.03_f64 * 0.25).exp(),
            variance[0].0[lane],
        ]
    });
    assert!((found[3].mean().unwrap() - 0.05).abs() < 1e-12);
    let mean = |years: f64| 0.04 + 0.01 * (-3.0 * years).exp();
    agrees("variance after 21 days", &found[0], mean(21.0 / 252.0));
    agrees("variance after 63 days", &found[1], mean(0.25));
    agrees("put", &found[2], 2.173_539_267_815_501);
}

/// Crashes are found as days on which a world with crashes and one without differ: with a mean log jump of -sd^2 / 2 no
/// other day does. Days that begin and end in a regime crash with probability 1 - exp(-intensity / 252). n = 4,000 paths
/// of 5 years; the standard error is over paths.
#[test]
fn crashes_come_at_the_intensity_of_their_regime() {
    let with = |calm: f64, stress: f64| {
        world(
            13,
            5.0,
            &format!(
                "regime_lognormal: {{ regimes: {{ calm: {{ volatility: 0.12, crash: {{ per_year: {calm}, mean: -0.125, sd: 0.5 }} }}, \
                 stress: {{ volatility: 0.3, crash: {{ per_year: {stress}, mean: -0.125, sd: 0.5 }} }} }}, \
                 switching: {{ per_year: {{ calm: {{ stress: 1 }}, stress: {{ calm: 3 }} }} }} }}"
            ),
            "SPX: { weight: 1 }",
        )
    };
    let (crashing, quiet) = (with(0.7, 2.8), with(0.0, 0.0));
    let mut without = Worker::new(&quiet, &[], hedgelab::engine::Keep::All);
    let mut worker = Worker::new(&crashing, &[], hedgelab::engine::Keep::All);
    // Per path and regime: crash days minus their expectation; and crashes of the path, a year.
    let mut excess = [Moments::default(); 2];
    let mut crashes = Moments::default();
    for group in 0..500 {
        let (a, b) = (worker.simulate(group), without.simulate(group));
        for lane in 0..WIDTH {
            let (mut here, mut all) = ([0.0; 2], 0.0);
            for row in 1..quiet.grid.rows() {
                let regime = |row: usize| a.rows(Factor::Regime)[row].0[lane];
                let differs = a.rows(Factor::LogReturn(0))[row].0[lane].to_bits()
                    != b.rows(Factor::LogReturn(0))[row].0[lane].to_bits();
                let crashed = f64::from(u8::from(differs));
                all += crashed;
                if regime(row) == regime(row - 1) {
                    let intensity: f64 = [0.7, 2.8][regime(row) as usize];
                    here[regime(row) as usize] += crashed + (-intensity / 252.0).exp_m1();
                }
            }
            for (sum, x) in excess.iter_mut().zip(here) {
                sum.push(x);
            }
            crashes.push(all / ((quiet.grid.rows() - 1) as f64 / 252.0));
        }
    }
    agrees("crash days in calm, beyond expectation", &excess[0], 0.0);
    agrees("crash days in stress, beyond expectation", &excess[1], 0.0);
    // Two crashes on one day count once: 0.3 % of the mean at most, below its standard error of 0.8 %.
    agrees("crashes a year", &crashes, 0.75 * 0.7 + 0.25 * 2.8);
}

/// In a Black-Scholes world every hedge is fairly priced: no rule earns or loses, whatever it looks at.
/// n = 20,000 paths of 2 years, rate and dividend not zero, no cost.
#[test]
fn hedges_without_premium_lose_no_money() {
    let text = "
version: 1
name: fair
seed: 14
paths: 20000
years: 2
warm_up: 42
market: { regime_lognormal: { rate: 0.04, dividend: 0.015, regimes: { only: { volatility: 0.2 } } } }
portfolio: { capital: 1000000, assets: { SPX: { weight: 1 } } }
instruments:
  put: { put: { underlying: SPX, moneyness: 0.95, tenor: 63 }, size: { per_exposure: 1 } }
  swap: { variance_swap: { underlying: SPX, tenor: 21 }, size: { vega_bp: 20 } }
  mark: { vix_mark: {}, size: { vega_bp: 20 } }
rules:
  put_static: { hedge: put, hold: 1 }
  put_realized: { hedge: put, scale: [ { signal: { realized_vol: { window: 20 } }, shape: { linear: { from: 10, width: 10 } } } ], limits: { cap: 2 } }
  put_drawdown:
    hedge: put
    scale: [ { signal: { drawdown: {} }, shape: { excess: { above: 0.05, slope: 10 } } } ]
    limits: { cap: 3 }
    rebalance: { any: [ { every: 5 } ] }
  swap_static: { hedge: swap, hold: 1 }
  swap_realized: { hedge: swap, scale: [ { signal: { realized_vol: { window: 20 } }, shape: { ratio: { to: 15 } } } ], limits: { floor: 0.2, cap: 2 } }
  swap_drawdown: { hedge: swap, scale: [ { signal: { drawdown: {} }, shape: { excess: { above: 0.05, slope: 10 } } } ], limits: { max_change_per_day: 0.2 } }
  mark_static: { hedge: mark, hold: 1 }
  mark_realized: { hedge: mark, scale: [ { signal: { realized_vol: { window: 20 } }, shape: { ratio: { to: 15 } } } ] }
";
    let experiment = experiment(text, &[]);
    let options = Options::all(&experiment);
    let outcome = run(&experiment, &[], &options, &Silent).unwrap();
    let (total, mark) = (outcome.table.column(0, Column::Returns), outcome.table.column(0, Column::Mark));
    let portfolio: Vec<f64> = total.iter().zip(mark).map(|(total, mark)| (total - mark) * 1e4 / 2.0).collect();
    agrees("portfolio in excess of cash, bp a year", &Moments::of(&portfolio), 0.0);
    for (rule, walked) in experiment.rules.iter().enumerate().take(experiment.named) {
        let lost: Vec<f64> = outcome.table.column(rule, Column::Mark).iter().map(|mark| -mark * 1e4 / 2.0).collect();
        let found = Moments::of(&lost);
        agrees(&format!("{}: money lost, bp a year", walked.name), &found, 0.0);
        let moved = found.sd().unwrap();
        assert!(walked.name.starts_with("mark") || moved > 10.0, "{} does something: {moved}", walked.name);
        assert_eq!(outcome.table.column(rule, Column::Spread).iter().sum::<f64>(), 0.0);
    }
}

/// Correlation of log returns over all paths and days, its standard error over paths by the delta method: contributions
/// z_a z_b - rho (z_a^2 + z_b^2) / 2 of standardised returns.
fn correlation_agrees(what: &str, experiment: &Experiment, paths: u64, a: usize, b: usize, expected: f64) {
    let read = |world: &PathBlock, lane: usize| {
        let (x, y) = (world.rows(Factor::LogReturn(a)), world.rows(Factor::LogReturn(b)));
        let mut sums = [0.0; 5];
        for row in 1..x.len() {
            let (x, y) = (x[row].0[lane], y[row].0[lane]);
            for (sum, term) in sums.iter_mut().zip([x, y, x * x, y * y, x * y]) {
                *sum += term / (experiment.grid.rows() - 1) as f64;
            }
        }
        sums
    };
    let mean = moments(experiment, paths, read).map(|m| m.mean().unwrap());
    let (sd_x, sd_y) = ((mean[2] - mean[0] * mean[0]).sqrt(), (mean[3] - mean[1] * mean[1]).sqrt());
    let found = (mean[4] - mean[0] * mean[1]) / (sd_x * sd_y);
    let influence = moments::<1>(experiment, paths, |world, lane| {
        let s = read(world, lane);
        let xx = (s[2] - 2.0 * mean[0] * s[0] + mean[0] * mean[0]) / (sd_x * sd_x);
        let yy = (s[3] - 2.0 * mean[1] * s[1] + mean[1] * mean[1]) / (sd_y * sd_y);
        let xy = (s[4] - mean[0] * s[1] - mean[1] * s[0] + mean[0] * mean[1]) / (sd_x * sd_y);
        [xy - found * 0.5 * (xx + yy)]
    });
    let error = influence[0].standard_error().unwrap();
    let z = (found - expected) / error;
    println!("{what}: correlation {found:.5} +- {error:.5}, expected {expected}, z {z:+.2}, n {paths}");
    assert!(z.abs() <= FAR, "{what}: z {z}");
}

/// One regime: the realized correlation is the stated number, with constant variance and with leverage. n = 4,000 paths of
/// one year.
#[test]
fn realized_correlation_is_the_stated_one() {
    let plain = world(
        15,
        1.0,
        "regime_lognormal: { regimes: { only: { volatility: 0.2, correlation: 0.6 } } }",
        "a: { weight: 1 }, b: { weight: 1, volatility: 1.5, pairs: { c: 0.35 } }, c: { weight: 1, own_variance: 0.01 }, d: { weight: 1, correlation: -0.2 }",
    );
    for (a, b, expected) in [(0, 1, 0.6), (0, 2, 0.6), (1, 2, 0.35), (0, 3, -0.2), (1, 3, -0.2), (2, 3, -0.2)] {
        correlation_agrees(&format!("constant variance {a} {b}"), &plain, 4_000, a, b, expected);
    }
    let moving = world(
        16,
        1.0,
        "regime_svj: { regimes: { only: { variance: 0.03, correlation: 0.83 } }, variance: { reversion: 5, vol_of_vol: 0.4 } }",
        "a: { weight: 1, leverage: -0.7 }, b: { weight: 1, volatility: 1.2, leverage: -0.5 }, c: { weight: 1, own_variance: 0.01, correlation: 0.3 }",
    );
    correlation_agrees("moving variance 0 1", &moving, 4_000, 0, 1, 0.83);
    // Between a moving and a constant volatility the shocks have the stated correlation; the returns of many days together
    // have less of it, by the mean volatility over its root mean square.
    let [root, variance] = moments(&moving, 4_000, |world, lane| {
        let (rows, n) = (world.rows(Factor::Variance), 252.0);
        let mean = |f: fn(f64) -> f64| rows[..252].iter().map(|row| f(row.0[lane])).sum::<f64>() / n;
        [mean(f64::sqrt), mean(|v| v)]
    })
    .map(|m| m.mean().unwrap());
    assert!(root / variance.sqrt() < 0.97);
    correlation_agrees("moving and constant variance 0 2", &moving, 4_000, 0, 2, 0.3 * root / variance.sqrt());
}

/// What cannot be is refused with the nearest number that can, and that number is accepted.
#[test]
fn impossible_correlations_are_refused_with_the_nearest_valid_number() {
    let text = |correlation: &str, assets: &str| {
        format!(
            "
version: 1
name: impossible
seed: 1
paths: 1
years: 1
market: {{ regime_svj: {{ regimes: {{ only: {{ variance: 0.04, correlation: {correlation} }} }}, variance: {{ reversion: 5, vol_of_vol: 0.4 }} }} }}
portfolio: {{ capital: 1, assets: {{ {assets} }} }}
instruments: {{ mark: {{ vix_mark: {{}}, size: {{ vega_bp: 1 }} }} }}
rules: {{ rule: {{ hedge: mark, hold: 1 }} }}
"
        )
    };
    let three = |pairs: [f64; 3]| {
        format!(
            "a: {{ weight: 1, pairs: {{ b: {}, c: {} }} }}, b: {{ weight: 1, pairs: {{ c: {} }} }}, c: {{ weight: 1 }}",
            pairs[0], pairs[1], pairs[2]
        )
    };
    let two = |pair: f64| {
        format!("a: {{ weight: 1, leverage: -0.86, pairs: {{ b: {pair} }} }}, b: {{ weight: 1, leverage: 0.3 }}")
    };
    // Two with opposite leverage: at most rho_a rho_b + sqrt((1 - rho_a^2) (1 - rho_b^2)).
    let most = -0.258 + ((1.0 - 0.7396_f64) * 0.91).sqrt();
    // The numbers in the help: "b and a 0.5, c and a -0.5, ...".
    let numbers = |assets: &str| -> Vec<f64> {
        let problems = load_text("impossible.yaml", &text("0", assets), &[]).err().expect("refused").render(false);
        assert!(problems.contains("regimes.only.correlation"), "{problems}");
        let list = problems
            .split("nearest valid numbers are: ")
            .nth(1)
            .unwrap_or_else(|| panic!("{problems}"))
            .lines()
            .next()
            .unwrap();
        list.split(", ").map(|item| item.split_whitespace().last().unwrap().parse().unwrap()).collect()
    };
    // Three cannot fall against each other by more than 1/2; two that rise with a third cannot fall against each other so far.
    for (stated, valid) in [([-0.7, -0.7, -0.7], [-0.5, -0.5, -0.5]), ([0.9, -0.9, 0.9], [0.5, -0.5, 0.5])] {
        let found = numbers(&three(stated));
        for (found, valid) in found.iter().zip(valid) {
            assert!((found - valid).abs() < 5e-4, "{found} is not {valid}");
        }
        assert!(
            load_text("possible.yaml", &text("0", &three([found[0], found[1], found[2]])), &[]).is_ok(),
            "{found:?}"
        );
    }
    let found = numbers(&two(0.9));
    assert!(found.len() == 1 && (found[0] - most).abs() < 5e-4, "{found:?} {most}");
    assert!(load_text("possible.yaml", &text("0", &two(found[0])), &[]).is_ok(), "{found:?}");
}
