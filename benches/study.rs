//! What do the studies of the main scenario cost once its paths are walked? Profiles, sizes of twins, twins beside their rules,
//! and what the choices over tuned rules conclude. Throughput is in paths: what a study adds to a run's time for each path.

#![allow(clippy::expect_used, reason = "a bench without its scenario has nothing to measure")]

mod scenario;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hedgelab::engine::{Keep, Options, Silent, Study, run};
use hedgelab::study::comparison::{Differences, Twin};
use hedgelab::study::measure::Rows;
use hedgelab::study::twins::{experiment as twin_experiment, profile, sizes, twin_profile};
use scenario::plan;
use std::hint::black_box;

fn study(c: &mut Criterion) {
    for paths in [512, 4_096] {
        at(c, paths);
    }
}

fn at(c: &mut Criterion, paths: u64) {
    let plan = plan("three-regimes", paths);
    let base = &plan.experiment;
    let studies: Vec<&dyn Study> = plan.choices.iter().map(|choice| choice as &dyn Study).collect();
    let first = run(base, &studies, &Options::all(base), &Silent).expect("a run");
    let sized = sizes(base, &first, &Twin::ALL);
    let (walked, slots) = twin_experiment(base, &sized);
    let twins = run(&walked, &[], &Options { keep: Keep::Twin, ..Options::all(&walked) }, &Silent).expect("a run");
    let rows = |rule: usize| Rows { outcome: &first, rule, days: base.grid.days() };
    let mut group = c.benchmark_group(format!("study/{paths}"));
    group.sample_size(10).throughput(Throughput::Elements(paths));
    group.bench_function("profile", |b| b.iter(|| profile(black_box(&rows(0)))));
    group.bench_function("sizes", |b| b.iter(|| sizes(base, black_box(&first), &Twin::ALL)));
    group.bench_function("twins", |b| {
        b.iter(|| {
            let pairs = sized.iter().zip(&slots).filter_map(|(twin, slot)| Some((twin, (*slot)?)));
            for (twin, slot) in pairs {
                let other = twin_profile(base, &first, black_box(&twins), slot, twin).expect("a walked twin");
                black_box(Differences::to_twin(&profile(&rows(twin.rule)), &other, twin.twin));
            }
        });
    });
    group.bench_function("one_difference", |b| {
        let (one, other) = (profile(&rows(0)), profile(&rows(1)));
        b.iter(|| Differences::of(black_box(&one), &other));
    });
    for (choice, records) in plan.choices.iter().zip(&first.records) {
        group.bench_function(choice.name, |b| b.iter(|| choice.conclude(base, black_box(records))));
    }
    group.finish();
}

criterion_group!(benches, study);
criterion_main!(benches);
