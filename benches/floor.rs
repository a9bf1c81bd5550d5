//! What does a path-day cost as rules are added? The workload of the peers (`benches/peers`) by thread CPU time: the market
//! alone, its marks, signals and windows, then 20, 100 and 1,000 rules, measured in full, as twins are, and as members of a
//! grid; and the CPU time of two threads over that of one. The smallest of alternated rounds, as JSON lines and a table.
//!
//! Wall time says little on a shared machine, so this is no criterion bench. `--rounds N`, `--rules 20,100`, `--quick`.

#![allow(clippy::expect_used, reason = "a bench without its scenario has nothing to measure")]

mod clock;

use clock::{process_cpu, thread_cpu};
use hedgelab::engine::{Experiment, Keep, Options, Silent, Twist, Worker, run};
use hedgelab::instruments::{MarkRows, Quotes};
use hedgelab::lanes::WIDTH;
use hedgelab::rules::Shape;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;

/// Groups of eight paths that are timed together.
const GROUPS: u64 = 4;

/// How often the short stages are timed in a round.
const PARTS: u64 = 5;

/// Stages before the rules, as they are told.
const STAGES: [&str; 9] = [
    "market",
    "marks",
    "of which portfolio",
    "of which put_3m",
    "of which var_1m",
    "of which vx_1m",
    "signals",
    "market and marks",
    "market, marks and signals",
];

/// What is asked on the command line.
struct Asked {
    rounds: usize,
    rules: Vec<usize>,
    threads: bool,
}

impl Asked {
    fn read() -> Self {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let after = |name: &str| words.iter().position(|word| word == name).and_then(|i| words.get(i + 1));
        let rules = after("--rules").map_or("20,100,1000", String::as_str);
        Self {
            rounds: after("--rounds").map_or(7, |text| text.parse().expect("--rounds needs a number")),
            rules: rules.split(',').map(|text| text.parse().expect("--rules needs numbers: 20,100")).collect(),
            threads: !words.iter().any(|word| word == "--quick"),
        }
    }
}

/// The fewest nanoseconds seen, by what was measured.
#[derive(Default)]
struct Best(BTreeMap<String, f64>);

impl Best {
    fn take(&mut self, what: String, nanoseconds: f64) {
        let best = self.0.entry(what).or_insert(f64::INFINITY);
        *best = best.min(nanoseconds);
    }

    fn of(&self, what: &str) -> f64 {
        self.0.get(what).copied().unwrap_or(f64::NAN)
    }
}

fn main() {
    let asked = Asked::read();
    let base = scenario();
    base.prices.tables();
    let mut best = Best::default();
    for round in 0..asked.rounds as u64 {
        for part in 0..PARTS {
            stages(&base, round * PARTS + part, &mut best);
            each_mark(&base, round * PARTS + part, &mut best);
        }
        for &rules in &asked.rules {
            rule_days(&twins(&base, rules), Keep::Twin, &format!("{rules} rules"), round, &mut best);
            rule_days(&grid(&base, rules), Keep::Twin, &format!("{rules} members"), round, &mut best);
            rule_days(&twins(&base, rules), Keep::All, &format!("{rules} in full"), round, &mut best);
        }
        for &rules in asked.rules.iter().filter(|_| asked.threads) {
            for threads in [1, 2] {
                best.take(format!("{rules} rules, {threads} threads"), whole(&twins(&base, rules), threads));
            }
        }
    }
    tell(&asked, &best);
}

/// Four indices, VIX, three hedges, three signals.
fn scenario() -> Experiment {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/scenario/full.yaml");
    hedgelab::scenario::load(&file, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false))).plan.experiment
}

/// This many rules over three signals and three hedges, each with lines of its own: kept as twins are, with Sharpe sums,
/// HER sums, drawdown and years.
fn twins(base: &Experiment, rules: usize) -> Experiment {
    let made = (0..rules).map(|i| {
        let mut rule = base.rules[i % 3].clone();
        rule.name = format!("{}[{i}]", rule.name);
        let (leg, step) = (&mut rule.legs[0], 0.5 * (i / 9) as f64 / (rules / 9 + 1) as f64);
        leg.instrument = i / 3 % 3;
        if let Shape::Linear { width, .. } = &mut leg.scale[0].shape {
            *width *= 1.0 + step;
        }
        rule
    });
    base.with_rules(made.collect(), vec![Twist::None; rules])
}

/// The same rules as members of a grid: only what a study asks for is measured, and here none asks.
fn grid(base: &Experiment, rules: usize) -> Experiment {
    let all = twins(base, rules);
    let mut grid = base.with_rules(vec![all.rules[0].clone()], vec![Twist::None]);
    grid.rules.extend_from_slice(&all.rules[1..rules]);
    grid.twists.resize(grid.rules.len(), Twist::None);
    grid
}

/// Path-days of a round: all that are simulated, and those that are walked by rules.
fn path_days(experiment: &Experiment) -> (f64, f64) {
    let days = |rows: usize| (GROUPS as usize * WIDTH * rows) as f64;
    (days(experiment.grid.rows()), days(experiment.grid.days()))
}

/// A worker whose memory has been touched, as that of a thread has after its first group of paths.
fn warm(experiment: &Experiment, keep: Keep) -> Worker<'_> {
    let mut worker = Worker::new(experiment, &[], keep);
    worker.simulate(0);
    worker.mark();
    worker.read();
    worker.rules();
    worker
}

/// Market, marks, signals: each stage over the same paths.
fn stages(base: &Experiment, round: u64, best: &mut Best) {
    let experiment = base.with_rules(Vec::new(), Vec::new());
    let mut worker = warm(&experiment, Keep::Twin);
    let mut spent = [0.0; 3];
    for group in 0..GROUPS {
        let mut mark = thread_cpu();
        let mut lap = |stage: usize| {
            let now = thread_cpu();
            spent[stage] += now - mark;
            mark = now;
        };
        black_box(worker.simulate(round * GROUPS + group));
        lap(0);
        worker.mark();
        lap(1);
        worker.read();
        lap(2);
    }
    let (simulated, _) = path_days(&experiment);
    best.take("market".to_owned(), spent[0] / simulated);
    best.take("marks".to_owned(), spent[1] / simulated);
    best.take("signals".to_owned(), spent[2] / simulated);
    best.take("market and marks".to_owned(), (spent[0] + spent[1]) / simulated);
    best.take("market, marks and signals".to_owned(), spent.iter().sum::<f64>() / simulated);
}

/// Every hedge by itself, and what is left of marking without hedges: the portfolio.
fn each_mark(base: &Experiment, round: u64, best: &mut Best) {
    let bare = Experiment { instruments: Arc::new(Vec::new()), signals: Arc::new(Vec::new()), ..base.clone() };
    let bare = bare.with_rules(Vec::new(), Vec::new());
    let mut worker = warm(&bare, Keep::Twin);
    let mut rows = MarkRows::new(base.grid.rows());
    let mut spent = vec![0.0; base.instruments.len() + 1];
    // The first group fills the rows for the first time: it does not count.
    for (group, counts) in std::iter::once((0, 0.0)).chain((0..GROUPS).map(|group| (group, 1.0))) {
        worker.simulate(round * GROUPS + group);
        let start = thread_cpu();
        worker.mark();
        spent[0] += counts * (thread_cpu() - start);
        let view = worker.view();
        let (paths, prices, responds) = (view.paths, view.prices, view.responds);
        let see = Quotes { paths, prices, responds, parts: false, exposures: false, dials: &[] };
        for (instrument, spent) in base.instruments.iter().zip(&mut spent[1..]) {
            let start = thread_cpu();
            instrument.mark(&see, &mut rows);
            *spent += counts * (thread_cpu() - start);
        }
    }
    let names = std::iter::once("portfolio").chain(base.instrument_names.iter().map(String::as_str));
    for (name, spent) in names.zip(&spent) {
        best.take(format!("of which {name}"), spent / path_days(base).0);
    }
}

/// Everything with rules: what comes before them by the day that is simulated, they themselves by the day that is walked.
fn rule_days(experiment: &Experiment, keep: Keep, what: &str, round: u64, best: &mut Best) {
    let mut worker = warm(experiment, keep);
    let (mut before, mut walked) = (0.0, 0.0);
    for group in 0..GROUPS {
        let start = thread_cpu();
        worker.simulate(round * GROUPS + group);
        worker.mark();
        worker.read();
        let ready = thread_cpu();
        worker.rules();
        before += ready - start;
        walked += thread_cpu() - ready;
    }
    let (simulated, evaluated) = path_days(experiment);
    best.take(what.to_owned(), before / simulated + walked / evaluated);
    best.take(format!("{what}, rules alone"), walked / evaluated);
}

/// A whole run on so many threads: CPU time of the process for a path-day, the same paths whatever the threads.
fn whole(experiment: &Experiment, threads: usize) -> f64 {
    let paths = if experiment.rules.len() > 500 { 512 } else { 2_048 };
    let options = Options { threads, keep: Keep::Twin, range: 0..paths, ..Options::all(experiment) };
    let start = process_cpu();
    black_box(run(experiment, &[], &options, &Silent).expect("a run"));
    (process_cpu() - start) / (paths as f64 * experiment.grid.days() as f64)
}

/// One line of JSON for each figure, then a table.
fn tell(asked: &Asked, best: &Best) {
    let mut told: Vec<(String, &str, f64)> =
        STAGES.map(|what| (what.to_owned(), "ns a path-day", best.of(what))).to_vec();
    for rules in &asked.rules {
        for kind in ["rules", "members", "in full"] {
            let what = format!("{rules} {kind}");
            let alone = best.of(&format!("{what}, rules alone"));
            told.push((format!("one of {what}"), "ns a rule-day", alone / *rules as f64));
            told.push((what.clone(), "ns a path-day", best.of(&what)));
        }
        let with = |threads: usize| best.of(&format!("{rules} rules, {threads} threads"));
        if asked.threads {
            told.push((format!("{rules} rules, two threads over one"), "ratio of CPU times", with(2) / with(1)));
        }
    }
    for (what, unit, value) in &told {
        println!("{}", serde_json::json!({ "what": what, "unit": unit, "value": (value * 1e3).round() / 1e3 }));
    }
    for (what, unit, value) in &told {
        eprintln!("{what:<40} {value:>10.2} {unit}");
    }
}
