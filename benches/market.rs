//! What does one day of one path cost before any hedge? Throughput is in path-days, warm-up days counted.

mod cpu_time;
mod scenario;

use cpu_time::{CpuTime, by_cpu_time};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hedgelab::engine::{Keep, Worker};
use hedgelab::lanes::WIDTH;
use scenario::plan;
use std::hint::black_box;

fn market(c: &mut Criterion<CpuTime>) {
    let mut group = c.benchmark_group("market");
    for name in ["black-scholes", "heston", "three-regimes"] {
        let experiment = plan(name, 8_000).experiment;
        let mut worker = Worker::new(&experiment, &[], Keep::All);
        group.throughput(Throughput::Elements((WIDTH * experiment.grid.rows()) as u64));
        let mut at = 0;
        group.bench_function(name, |b| {
            b.iter(|| {
                at += 1;
                black_box(worker.simulate(at % 1_000));
            });
        });
    }
    group.finish();
}

criterion_group!(name = benches; config = by_cpu_time(); targets = market);
criterion_main!(benches);
