//! Bits that no change of speed may change: one digest of everything that a run of the engine leaves. The same constants
//! hold for any number of threads, any lane count (`--features lanes-4`, `lanes-16`) and any vector unit.
//!
//! A digest that must change is *value-breaking*: say so in the changelog, with both results inside Monte Carlo error.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::{Experiment, Options, Silent, Twist, Worker, run};
use hedgelab::lanes::WIDTH;
use hedgelab::market::Factor;
use hedgelab::scenario::load;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::Path;

/// Paths of a digest: no multiple of the lane count, so that a group is cut.
const PATHS: u64 = 45;

fn experiment(file: &str, overrides: &[&str]) -> Experiment {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    let loaded = load(Path::new(file), &overrides).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    loaded.plan.experiment
}

/// The first sixteen digits of a digest of numbers, as little-endian bits.
fn digest(numbers: impl Iterator<Item = f64>) -> String {
    let mut hash = Sha256::new();
    for number in numbers {
        hash.update(number.to_bits().to_le_bytes());
    }
    hash.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Every row of every factor, path by path.
fn of_market(experiment: &Experiment) -> String {
    let mut factors = vec![Factor::Vix, Factor::Variance, Factor::Regime];
    factors.extend((0..experiment.market.facts().assets.len()).flat_map(|i| [Factor::Spot(i), Factor::LogReturn(i)]));
    factors.extend(experiment.market.facts().premia_respond().then_some(Factor::PremiumWeight));
    let mut worker = Worker::new(experiment, &[], hedgelab::engine::Keep::All);
    let mut numbers = Vec::new();
    for path in 0..PATHS {
        let block = worker.simulate(path / WIDTH as u64);
        let lane = path as usize % WIDTH;
        numbers.extend(factors.iter().flat_map(|factor| block.rows(*factor).iter().map(|row| row.0[lane])));
    }
    digest(numbers.into_iter())
}

/// Every sum, year and regime of every rule, and what is known of each path.
fn of_run(experiment: &Experiment) -> String {
    let options = Options { threads: 2, block: 8, range: 0..PATHS, ..Options::all(experiment) };
    let outcome = run(experiment, &[], &options, &Silent).unwrap();
    assert_eq!(outcome.paths as u64, PATHS);
    let (table, mut numbers) = (&outcome.table, Vec::<f64>::new());
    for rule in 0..experiment.kept() {
        numbers.extend(table.columns().iter().flat_map(|column| table.column(rule, *column)));
        numbers.extend((0..table.years(rule)).flat_map(|year| table.year(rule, year)));
        numbers.extend((0..table.regimes()).flat_map(|regime| table.regime(rule, regime)));
    }
    numbers.extend(outcome.path_columns.iter().flatten().copied());
    numbers.extend(outcome.regimes.iter().flatten().flatten().copied());
    assert!(numbers.iter().all(|number| !number.is_nan()));
    digest(numbers.into_iter())
}

#[test]
fn markets_keep_their_bits() {
    let found = [
        "black-scholes",
        "heston",
        "three-regimes",
        "three-regimes-jumps",
        "premium-response",
        "structural-break",
        "flash-crash-scripted",
    ]
    .map(|name| (name, of_market(&experiment(&format!("scenarios/{name}.yaml"), &[]))));
    let known = MARKETS.map(|(name, digest)| (name, digest.to_owned()));
    assert_eq!(found, known);
}

/// Marked at a flat VIX, which takes no table.
#[test]
fn rules_keep_their_bits() {
    let at = |file: &str, more: &[&str]| of_run(&experiment(file, &[&["years=2"], more].concat()));
    let found = [
        at("scenarios/black-scholes.yaml", &["+market.regime_lognormal.marking=flat_vix"]),
        at("tests/scenarios/small.yaml", &["+market.regime_svj.marking=flat_vix"]),
    ];
    assert_eq!(found, RULES);
}

/// Marked by the model: the bits of the price tables as well.
#[test]
fn marks_keep_their_bits() {
    let found = [
        of_run(&experiment("tests/scenarios/invariance.yaml", &[])),
        of_run(&experiment("scenarios/heston.yaml", &[])),
    ];
    assert_eq!(found, MARKS);
}

/// The multipliers of a placebo are those of another path, which four lanes have at hand as well.
#[test]
fn placebos_keep_their_bits() {
    let base = experiment("tests/scenarios/small.yaml", &["years=2", "+market.regime_svj.marking=flat_vix"]);
    let rules = base.rules[..base.named].to_vec();
    let twists = vec![Twist::Placebo; rules.len()];
    assert_eq!(of_run(&base.with_rules(rules, twists)), PLACEBOS);
}

const MARKETS: [(&str, &str); 7] = [
    ("black-scholes", "d33994daee39e42a"),
    ("heston", "2b06a88645528ff4"),
    ("three-regimes", "2821241b642a7c0a"),
    ("three-regimes-jumps", "83fee312331a884a"),
    ("premium-response", "b812769c0441ac74"),
    ("structural-break", "24ed45a369e9a0ed"),
    ("flash-crash-scripted", "5f24dd6e2e21245f"),
];
const RULES: [&str; 2] = ["8aa5f353b74c9021", "8fbac4f90562520c"];
const MARKS: [&str; 2] = ["8fa565c46d1b439a", "7448ea21848832ae"];
const PLACEBOS: &str = "8cfd0ef93d7ef8c3";
