//! What does an exact price cost, with all greeks? One strike and a strip of 21, from a day to a year before expiry, in the
//! calm regime of the main scenario. One core.

#![allow(clippy::expect_used, reason = "a bench without its market has nothing to measure")]

mod scenario;

use criterion::{Criterion, criterion_group, criterion_main};
use hedgelab::grid::DAY;
use hedgelab::pricing::cos::{Smile, smile};
use scenario::plan;
use std::hint::black_box;

fn cos(c: &mut Criterion) {
    let experiment = plan("three-regimes", 8).experiment;
    let laws = experiment.market.facts().laws.clone().expect("a simulated market");
    let spx = &laws.priced[0].assets[0].model;
    let strip: Vec<f64> = (0..21).map(|i| 70.0 + 2.5 * f64::from(i)).collect();
    let mut group = c.benchmark_group("cos");
    group.sample_size(20);
    for days in [1, 21, 63, 252] {
        let at = Smile { spot: 100.0, years: f64::from(days) * DAY, variance: 0.02, regime: 0 };
        group.bench_function(format!("{days}_days/1"), |b| b.iter(|| smile(spx, black_box(&at), &[95.0])));
        group.bench_function(format!("{days}_days/21"), |b| b.iter(|| smile(spx, black_box(&at), &strip)));
    }
    group.finish();
}

criterion_group!(benches, cos);
criterion_main!(benches);
