//! What does one more rule cost for one day of one path: decision, trade, ledger, attribution, tally and crash windows?
//! Sixteen copies of a rule are walked through paths that are already marked. Throughput is in rule-days.

mod scenario;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hedgelab::engine::{Keep, Twist, Worker};
use hedgelab::lanes::WIDTH;
use scenario::plan;

const COPIES: usize = 16;

fn walk(c: &mut Criterion) {
    let main = plan("three-regimes", 8).experiment;
    let mut group = c.benchmark_group("walk");
    for (what, rule) in [
        ("fixed", "static"),
        ("one signal, triggered", "vix_linear"),
        ("two signals", "vix_and_drawdown"),
        ("two legs", "put_and_variance"),
        ("with a budget", "vix_budget"),
    ] {
        let rule = main.rule(rule).unwrap_or_else(|| panic!("the main scenario has no rule {rule}"));
        let copies = vec![main.rules[rule].clone(); COPIES];
        let experiment = main.with_rules(copies, vec![Twist::None; COPIES]);
        let mut worker = Worker::new(&experiment, &[], Keep::All);
        worker.simulate(0);
        worker.mark();
        worker.read();
        let rule_days = (WIDTH * experiment.grid.days() * COPIES) as u64;
        group.throughput(Throughput::Elements(rule_days));
        group.bench_function(what, |b| b.iter(|| worker.rules()));
    }
    group.finish();
}

criterion_group!(benches, walk);
criterion_main!(benches);
