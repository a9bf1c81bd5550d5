//! The engine against its scalar reference, which walks one path at a time in plain numbers: the same bits in every row of
//! the market and in every sum of a rule.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::{Experiment, Keep, Options, PlainPath, Silent, Twist, Worker, plain_walk, run};
use hedgelab::lanes::WIDTH;
use hedgelab::market::Factor;
use hedgelab::metrics::tally::NAMES;
use hedgelab::scenario::load;
use std::path::Path;

fn experiment(file: &str, overrides: &[&str]) -> Experiment {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    let loaded = load(Path::new(file), &overrides).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    loaded.plan.experiment
}

/// Every factor of 32 paths; returns their days, and how many of them were cut at a switch.
fn same_market(experiment: &Experiment, what: &str) -> (usize, usize) {
    let facts = experiment.market.facts();
    let mut factors = vec![Factor::Vix, Factor::Variance, Factor::Regime];
    factors.extend((0..facts.assets.len()).flat_map(|i| [Factor::Spot(i), Factor::LogReturn(i)]));
    factors.extend(facts.premia_respond().then_some(Factor::PremiumWeight));
    let mut worker = Worker::new(experiment, &[], Keep::All);
    let (mut days, mut switches) = (0, 0);
    for group in 0..32 / WIDTH as u64 {
        let block = worker.simulate(group);
        for lane in 0..WIDTH {
            let path = group * WIDTH as u64 + lane as u64;
            let plain = experiment.market.plain_path(experiment.seed, path, experiment.grid).unwrap();
            assert_eq!(plain.len(), experiment.grid.rows());
            for factor in &factors {
                for (row, (lanes, day)) in block.rows(*factor).iter().zip(&plain).enumerate() {
                    let (lanes, plain) = (lanes.0[lane], day.factor(*factor));
                    assert!(lanes.to_bits() == plain.to_bits(), "{what}: {factor:?} {path} {row}: {lanes} {plain}");
                }
            }
            days += plain.len();
            switches += plain.windows(2).filter(|pair| pair[0].regime != pair[1].regime).count();
        }
    }
    (days, switches)
}

/// 32 paths of every kind of simulated market: one asset and several, with and without variance of its own, moving
/// correlation, jumps at switches, premia that respond, breaks, seasons and shocks.
#[test]
fn markets_are_those_of_the_reference() {
    let mut switches = 0;
    for name in [
        "black-scholes",
        "heston",
        "three-regimes",
        "three-regimes-jumps",
        "correlation-spike",
        "premium-response",
        "structural-break",
        "calm-decade",
        "flash-crash-scripted",
        "grinding-bear",
    ] {
        let found = same_market(&experiment(&format!("scenarios/{name}.yaml"), &[]), name);
        assert!(found.0 > 10_000, "{name}: {} days", found.0);
        switches += found.1;
    }
    let noisy = "tests/scenarios/invariance.yaml";
    switches += same_market(&experiment(noisy, &[]), "noisy correlation").1;
    assert!(switches > 1_000, "{switches} switches");
}

/// Every sum, year and regime of every rule without a twist on 20 paths.
fn same_tallies(experiment: &Experiment, what: &str) -> usize {
    let options = Options { range: 0..20, ..Options::all(experiment) };
    let outcome = run(experiment, &[], &options, &Silent).unwrap();
    let mut worker = Worker::new(experiment, &[], Keep::All);
    let mut rules = 0;
    for group in 0..20_usize.div_ceil(WIDTH) {
        worker.simulate(group as u64);
        worker.mark();
        worker.read();
        for path in group * WIDTH..20.min((group + 1) * WIDTH) {
            let plain = PlainPath::of(&worker, experiment, path % WIDTH);
            for rule in (0..experiment.kept()).filter(|rule| experiment.twists[*rule] == Twist::None) {
                let (tally, table) = (plain_walk(experiment, &experiment.rules[rule], &plain), &outcome.table);
                let name = |column: &str| format!("{what}: {column} of {} on path {path}", experiment.rules[rule].name);
                let same = |column: &str, lanes: &[f64], plain: f64| {
                    assert!(lanes[path] == plain, "{}: {} {plain}", name(column), lanes[path]);
                };
                for (column, key) in NAMES {
                    same(key, table.column(rule, column), tally.columns[column as usize]);
                }
                for (year, plain) in tally.years.iter().enumerate() {
                    same("a year", table.year(rule, year), *plain);
                }
                for (regime, plain) in tally.regimes.iter().enumerate() {
                    same("a regime", table.regime(rule, regime), *plain);
                }
                rules += 1;
            }
        }
    }
    rules
}

/// All rules of the main scenario and of the one that has every kind of instrument: triggers of one signal and of several,
/// budgets, a largest change, two legs, upkeep, and most shapes. Zeros may differ in their sign.
#[test]
fn rules_are_those_of_the_reference() {
    let mut rules = 0;
    for (file, change) in [
        ("tests/scenarios/invariance.yaml", None),
        ("scenarios/three-regimes.yaml", None),
        ("scenarios/risk-rules.yaml", None),
        ("scenarios/black-scholes.yaml", None),
    ] {
        let changes: Vec<&str> = change.into_iter().collect();
        rules += same_tallies(&experiment(file, &changes), file);
    }
    assert!(rules > 20 * 60, "{rules}");
}
