//! What does one more rule cost for one day of one path? Copies of a rule are walked through paths that are already marked;
//! throughput is in rule-days. By kind of rule with everything that is measured of it, by how much is measured, and by how
//! many rules there are: the state of many does not fit in a cache.

mod cpu_time;
mod scenario;

use cpu_time::{CpuTime, by_cpu_time};
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use hedgelab::engine::{Experiment, Keep, Panel, Study, Twist, Worker};
use hedgelab::lanes::WIDTH;
use scenario::plan;

/// Reads the sums of months, as studies of choice do.
struct Months;

impl Study for Months {
    fn cuts(&self) -> Vec<usize> {
        (0..=120).map(|month| month * 21).collect()
    }
    fn width(&self) -> usize {
        0
    }
    fn read(&self, _: &Panel, _: usize, _: &mut [f64]) {}
}

/// So many copies of a rule of the main scenario. Members of a grid stand behind the unhedged portfolio: their rows are not
/// kept, but studies read their sums.
fn copies(main: &Experiment, rule: &str, kept: usize, members: usize) -> Experiment {
    let rule = main.rule(rule).unwrap_or_else(|| panic!("the main scenario has no rule {rule}"));
    let mut experiment = main.with_rules(vec![main.rules[rule].clone(); kept], vec![Twist::None; kept]);
    experiment.rules.extend(vec![main.rules[rule].clone(); members]);
    experiment.twists.resize(experiment.rules.len(), Twist::None);
    experiment
}

fn ask(
    group: &mut BenchmarkGroup<'_, CpuTime>,
    what: &str,
    experiment: &Experiment,
    keep: Keep,
    studies: &[&dyn Study],
) {
    let mut worker = Worker::new(experiment, studies, keep);
    worker.simulate(0);
    worker.mark();
    worker.read();
    // The portfolio without a hedge is no rule.
    let rule_days = (WIDTH * experiment.grid.days() * (experiment.rules.len() - 1)) as u64;
    group.throughput(Throughput::Elements(rule_days));
    group.bench_function(what, |b| b.iter(|| worker.rules()));
}

fn walk(c: &mut Criterion<CpuTime>) {
    let main = plan("three-regimes", 8).experiment;
    let mut group = c.benchmark_group("walk");
    for (what, rule) in [
        ("fixed", "static"),
        ("one signal, triggered", "vix_linear"),
        ("two signals", "vix_and_drawdown"),
        ("two legs", "put_and_variance"),
        ("with a budget", "vix_budget"),
    ] {
        ask(&mut group, what, &copies(&main, rule, 16, 0), Keep::All, &[]);
    }
    group.finish();
    let mut group = c.benchmark_group("depth");
    for (what, rule) in
        [("fixed", "static"), ("daily", "option_a"), ("triggered", "vix_linear"), ("sigmoid", "vix_sigmoid")]
    {
        for (depth, keep) in [("all", Keep::All), ("twin", Keep::Twin), ("gains", Keep::Gains), ("years", Keep::Years)]
        {
            ask(&mut group, &format!("{what}, {depth}"), &copies(&main, rule, 16, 0), keep, &[]);
        }
        ask(&mut group, &format!("{what}, member"), &copies(&main, rule, 0, 16), Keep::All, &[&Months]);
    }
    group.finish();
    let mut group = c.benchmark_group("many");
    group.sample_size(20);
    for count in [20, 100, 1000] {
        ask(&mut group, &format!("{count}, twin"), &copies(&main, "vix_linear", count, 0), Keep::Twin, &[]);
        ask(&mut group, &format!("{count}, members"), &copies(&main, "vix_linear", 0, count), Keep::All, &[&Months]);
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = by_cpu_time();
    targets = walk
}
criterion_main!(benches);
