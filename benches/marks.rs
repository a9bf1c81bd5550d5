//! What does it cost to mark one hedge on one day of one path with and without its parts? Throughput is in
//! path-days of the same eight paths again and again, whose prices stay in a near cache (`floor` has fresh ones). `signals` reads all signals of the main scenario, the portfolio and the crash windows.

mod cpu_time;
mod scenario;

use cpu_time::{CpuTime, by_cpu_time};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hedgelab::engine::{Keep, Worker};
use hedgelab::instruments::{MarkRows, Quotes};
use hedgelab::lanes::WIDTH;
use scenario::plan;
use std::hint::black_box;

fn marks(c: &mut Criterion<CpuTime>) {
    let experiment = plan("three-regimes", 8).experiment;
    let mut worker = Worker::new(&experiment, &[], Keep::All);
    let mut group = c.benchmark_group("marks");
    group.throughput(Throughput::Elements((WIDTH * experiment.grid.rows()) as u64));
    let paths = worker.simulate(0).clone();
    for (name, instrument) in experiment.instrument_names.iter().zip(experiment.instruments.iter()) {
        let mut rows = MarkRows::new(experiment.grid.rows());
        for (what, parts) in [("", true), ("_without_parts", false)] {
            let see = Quotes {
                paths: &paths,
                prices: experiment.prices.tables(),
                responds: false,
                parts,
                exposures: false,
                dials: &[],
            };
            group.bench_function(format!("{name}{what}"), |b| b.iter(|| instrument.mark(black_box(&see), &mut rows)));
        }
    }
    worker.mark();
    group.bench_function("signals", |b| b.iter(|| worker.read()));
    group.finish();
}

criterion_group!(name = benches; config = by_cpu_time(); targets = marks);
criterion_main!(benches);
