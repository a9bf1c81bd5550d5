//! How many fewer paths each way of drawing them needs for the same standard error, on the main scenario: ratios of
//! variances at equal paths, mean over seeds, and whether the estimates agree with those of independent paths.
//!
//! `cargo bench --bench variance_reduction -- [PATHS [SEEDS]]` prints a table (2,048 paths and 8 seeds unless told).

// A bench says by panicking that something is missing.
#![allow(clippy::expect_used)]

mod scenario;

use hedgelab::draws::{Sampling, Tilt};
use hedgelab::engine::{Experiment, Options, Silent, run};
use hedgelab::study::measure::{Measured, Rows};
use hedgelab::study::twins::{Profile, profile};
use std::time::Instant;

/// Ways to draw: name, sampling, control variates.
const WAYS: [(&str, Sampling, bool); 9] = [
    ("independent", Sampling::Independent, false),
    ("antithetic", Sampling::Antithetic, false),
    ("sobol", Sampling::Sobol, false),
    ("tilt: crashes 1.3", Sampling::Tilted(Tilt { crashes: 1.3, entries: 1.0 }), false),
    ("tilt: entries 1.3", Sampling::Tilted(Tilt { crashes: 1.0, entries: 1.3 }), false),
    ("tilt: fewer crashes, 0.8", Sampling::Tilted(Tilt { crashes: 0.8, entries: 1.0 }), false),
    ("control variates", Sampling::Independent, true),
    ("antithetic + control variates", Sampling::Antithetic, true),
    ("sobol + control variates", Sampling::Sobol, true),
];

/// What is estimated, from the profiles of a rule and of the benchmark.
type Of = fn(&Profile, &Profile) -> Option<Measured>;

fn minus(a: &Option<Measured>, b: &Option<Measured>) -> Option<Measured> {
    Some(a.as_ref()?.minus(b.as_ref()?))
}

const ESTIMATES: [(&str, Of); 7] = [
    ("money lost, fixed", |_, fixed| fixed.cost.clone()),
    ("money lost, paired", |rule, fixed| minus(&rule.cost, &fixed.cost)),
    ("HER +21, rule", |rule, _| rule.her21.clone()),
    ("HER +21, paired", |rule, fixed| minus(&rule.her21, &fixed.her21)),
    ("ES 5 %, paired", |rule, fixed| minus(&rule.shortfall, &fixed.shortfall)),
    ("drawdown, paired", |rule, fixed| minus(&rule.drawdown, &fixed.drawdown)),
    ("Sharpe, paired", |rule, fixed| minus(&rule.sharpe, &fixed.sharpe)),
];

/// Value and variance of each estimate, and seconds.
fn found(experiment: &Experiment) -> ([[f64; 2]; ESTIMATES.len()], f64) {
    let start = Instant::now();
    let outcome = run(experiment, &[], &Options::all(experiment), &Silent).expect("it runs");
    let seconds = start.elapsed().as_secs_f64();
    let days = experiment.grid.days();
    let of = |name: &str| {
        let rule = experiment.rule(name).expect("a rule of the main scenario");
        profile(&Rows { outcome: &outcome, rule, days })
    };
    let (rule, fixed) = (of("vix_linear"), of("static"));
    // Not told where too few paths carry the weight.
    let each = ESTIMATES.map(|(_, estimate)| match estimate(&rule, &fixed) {
        Some(measured) => [measured.value, measured.se().expect("it has an error").powi(2)],
        None => [f64::NAN; 2],
    });
    (each, seconds)
}

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let (paths, seeds) = (numbers.first().copied().unwrap_or(2_048), numbers.get(1).copied().unwrap_or(8));
    let plan = scenario::plan("three-regimes", paths);
    let base = Experiment { rules: plan.experiment.rules.clone(), ..plan.experiment };
    let keep = ["static", "vix_linear"].map(|name| base.rule(name).expect("a rule of the main scenario"));
    let rules = keep.iter().map(|rule| base.rules[*rule].clone()).collect();
    let base = base.with_rules(rules, Vec::new());
    println!(
        "{paths} paths, {seeds} seeds; variance of independent paths over that of the method, and z of the difference"
    );
    print!("{:32}", "");
    ESTIMATES.iter().for_each(|(name, _)| print!("{name:>22}"));
    println!("{:>10}", "time");
    let mut plain: Option<([[f64; 2]; ESTIMATES.len()], f64)> = None;
    for (name, sampling, controls) in WAYS {
        let mut mean = [[0.0; 2]; ESTIMATES.len()];
        let mut time = 0.0;
        for seed in 0..seeds {
            let (each, seconds) = found(&Experiment { seed: base.seed + seed, sampling, controls, ..base.clone() });
            for (mean, each) in mean.iter_mut().flatten().zip(each.iter().flatten()) {
                *mean += each / seeds as f64;
            }
            time += seconds;
        }
        let (independent, first) = plain.get_or_insert((mean, time));
        print!("{name:32}");
        for (mine, other) in mean.iter().zip(independent.iter()) {
            let error = ((mine[1] + other[1]) / seeds as f64).sqrt();
            print!("{:>15.2} {:>+6.1}", other[1] / mine[1], (mine[0] - other[0]) / error);
        }
        println!("{:>10.2}", time / *first);
    }
}
