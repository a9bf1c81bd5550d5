//! How much faster is the engine than its scalar reference, which gives the same bits one path at a time? Both run in one
//! process on one thread in turns; what counts is thread CPU time, the least of several rounds.
//!
//! ```sh
//! cargo bench --bench oracle              # prints the ratios
//! cargo bench --bench oracle -- --gate 2  # fails when one of them is below two
//! ```

mod clock;
mod scenario;

use clock::thread_cpu;
use hedgelab::engine::{Experiment, Keep, PlainPath, Twist, Worker, plain_walk};
use hedgelab::lanes::WIDTH;
use scenario::plan;
use std::hint::black_box;
use std::process::ExitCode;

/// Alternated rounds, and copies of the rule that is walked.
const ROUNDS: usize = 15;
const COPIES: usize = 16;

fn main() -> ExitCode {
    let gate = match gate(std::env::args()) {
        Ok(gate) => gate,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    println!("{:<32} {:>9} {:>9} {:>6}", "ns per path-day or rule-day", "reference", "engine", "ratio");
    let mut least = f64::INFINITY;
    for name in ["black-scholes", "heston", "three-regimes"] {
        least = least.min(market(name));
    }
    let main = plan("three-regimes", WIDTH as u64).experiment;
    for (what, rule) in [
        ("fixed", "static"),
        ("one signal, triggered", "vix_linear"),
        ("two signals", "vix_and_drawdown"),
        ("two legs", "put_and_variance"),
        ("with a budget", "vix_budget"),
    ] {
        least = least.min(rules(&main, what, rule));
    }
    println!("least ratio {least:.2}");
    match gate {
        Some(gate) if !(least >= gate) => {
            eprintln!("the engine must be at least {gate} times as fast as its reference");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// The number after `--gate`; cargo adds `--bench` by itself.
fn gate(arguments: impl Iterator<Item = String>) -> Result<Option<f64>, String> {
    let mut arguments = arguments.skip(1).filter(|argument| argument != "--bench");
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => Ok(None),
        (Some("--gate"), Some(number)) => match number.parse() {
            Ok(gate) => Ok(Some(gate)),
            Err(_) => Err(format!("--gate: `{number}` is no number; write for example --gate 2")),
        },
        (Some("--gate"), None) => Err("--gate: write the least ratio after it, for example --gate 2".to_owned()),
        (Some(other), _) => Err(format!("`{other}` is not known here; the one option is --gate")),
    }
}

/// One day of one path of a market.
fn market(name: &str) -> f64 {
    let experiment = plan(name, WIDTH as u64).experiment;
    let mut worker = Worker::new(&experiment, &[], Keep::All);
    let days = (WIDTH * experiment.grid.rows()) as f64;
    let path = |path: u64| black_box(experiment.market.plain_path(experiment.seed, path, experiment.grid));
    compare(
        &format!("market {name}"),
        days,
        |round| (0..WIDTH as u64).for_each(|lane| drop(path(round * WIDTH as u64 + lane))),
        |round| {
            black_box(worker.simulate(round));
        },
    )
}

/// One day of one more rule: decision, trade, ledger, attribution, tally and crashes, on paths that are marked.
fn rules(main: &Experiment, what: &str, rule: &str) -> f64 {
    let rule = main.rules[main.rule(rule).unwrap_or_else(|| panic!("the main scenario has no rule {rule}"))].clone();
    let experiment = main.with_rules(vec![rule.clone(); COPIES], vec![Twist::None; COPIES]);
    let mut worker = Worker::new(&experiment, &[], Keep::All);
    worker.simulate(0);
    worker.mark();
    worker.read();
    let paths: Vec<PlainPath> = (0..WIDTH).map(|lane| PlainPath::of(&worker, &experiment, lane)).collect();
    let days = (WIDTH * experiment.grid.days() * COPIES) as f64;
    let every = |path: &PlainPath| (0..COPIES).for_each(|_| drop(black_box(plain_walk(&experiment, &rule, path))));
    compare(&format!("rule {what}"), days, |_| paths.iter().for_each(every), |_| worker.rules())
}

/// Times both in turns, prints nanoseconds per unit, and returns by how much the second is faster.
fn compare(what: &str, units: f64, mut reference: impl FnMut(u64), mut engine: impl FnMut(u64)) -> f64 {
    let (mut slow, mut fast) = (f64::INFINITY, f64::INFINITY);
    for round in 0..ROUNDS as u64 {
        slow = slow.min(nanoseconds(|| reference(round)));
        fast = fast.min(nanoseconds(|| engine(round)));
    }
    println!("{what:<32} {:>9.2} {:>9.2} {:>6.2}", slow / units, fast / units, slow / fast);
    slow / fast
}

/// Thread CPU time of a task.
fn nanoseconds(task: impl FnOnce()) -> f64 {
    let begin = thread_cpu();
    task();
    thread_cpu() - begin
}
