//! The main scenario as a user runs it: market, null world, twins, halves and walk-forward, without files. Throughput is
//! in paths; 10 s for its 10,000 paths are 1,000 paths a second.

mod scenario;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hedgelab::engine::Silent;
use hedgelab::study::evaluate::{How, evaluate};
use scenario::plan;

const PATHS: u64 = 1_024;

fn end_to_end(c: &mut Criterion) {
    let plan = plan("three-regimes", PATHS);
    let mut group = c.benchmark_group("end_to_end");
    group.sample_size(10).throughput(Throughput::Elements(PATHS));
    for threads in [1, 2] {
        group.bench_function(format!("threads/{threads}"), |b| {
            b.iter(|| evaluate(&plan.task(), &How { threads, stop: None, observer: &Silent }));
        });
    }
    group.finish();
}

criterion_group!(benches, end_to_end);
criterion_main!(benches);
