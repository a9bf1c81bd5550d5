//! What does it cost to sum up a column: moments, quantiles, expected shortfall with its error, a ratio with its error, a
//! paired difference? At 10,000 and 1,000,000 values. CPU time, shown as nanoseconds of one of the values.

mod cpu_time;

use cpu_time::{CpuTime, by_cpu_time};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hedgelab::draws::{Dice, Purpose};
use hedgelab::stats::moments::Moments;
use hedgelab::stats::quantile::quantiles;
use hedgelab::stats::ratio::{paired_ratio_difference, ratio_of_sums};
use hedgelab::stats::shortfall::{clustered_shortfall, paired_shortfall_difference};
use std::hint::black_box;

const LEVEL: f64 = 0.95;
const FIVE: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Years of a path: errors are clustered by path.
const YEARS: usize = 10;

fn normals(n: usize, path: u64) -> Vec<f64> {
    let mut dice = Dice::at(7, path, Purpose::Bootstrap);
    (0..n).map(|_| dice.normal()).collect()
}

fn stats(c: &mut Criterion<CpuTime>) {
    for n in [10_000, 1_000_000] {
        let mut group = c.benchmark_group(format!("stats/{n}"));
        group.sample_size(20).throughput(Throughput::Elements(n as u64));
        let (a, b) = (normals(n, 1), normals(n, 2));
        let loss: Vec<f64> = b.iter().map(|x| x.abs()).collect();
        group.bench_function("moments", |run| run.iter(|| Moments::of(black_box(&a))));
        group.bench_function("five_quantiles", |run| {
            run.iter_batched_ref(|| a.clone(), |a| quantiles(a, &FIVE), BatchSize::LargeInput);
        });
        group.bench_function("shortfall", |run| run.iter(|| clustered_shortfall(black_box(&a), 0.05, YEARS, LEVEL)));
        group.bench_function("shortfall_difference", |run| {
            run.iter(|| paired_shortfall_difference(black_box(&a), &b, 0.05, YEARS, LEVEL));
        });
        group.bench_function("ratio", |run| run.iter(|| ratio_of_sums(black_box(&a), &loss, LEVEL)));
        group.bench_function("ratio_difference", |run| {
            run.iter(|| paired_ratio_difference((black_box(&a), &loss), (&b, &loss), LEVEL));
        });
        group.finish();
    }
}

criterion_group!(name = benches; config = by_cpu_time(); targets = stats);
criterion_main!(benches);
