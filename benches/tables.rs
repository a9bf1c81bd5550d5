//! How long does it take to make the price tables of the main scenario, and to read them where they were kept? Options of 1 to
//! 21 and to 63 days in three regimes, VIX futures of 1 to 63 days, options on the VIX of 1 to 21, expected daily squares. All
//! cores; `scenario` is everything that a run of the main scenario needs in one world.

#![allow(clippy::expect_used, reason = "a bench without its market has nothing to measure")]

mod scenario;

use criterion::{Criterion, criterion_group, criterion_main};
use hedgelab::grid::DAY;
use hedgelab::pricing::daily::DailyVariance;
use hedgelab::pricing::futures::Curve;
use hedgelab::pricing::surface::Surface;
use hedgelab::pricing::vix_surface::VixSurface;
use hedgelab::store::Cache;
use scenario::plan;
use std::sync::Arc;

const MOST_VARIANCE: f64 = 1.5;

fn tables(c: &mut Criterion) {
    let experiment = plan("three-regimes", 8).experiment;
    let laws = experiment.market.facts().laws.clone().expect("a simulated market");
    let (belief, spx) = (&laws.priced[0], &laws.priced[0].assets[0].model);
    let mut group = c.benchmark_group("tables");
    group.sample_size(10);
    for days in [21, 63] {
        group.bench_function(format!("options_{days}"), |b| b.iter(|| Surface::new(spx, days, DAY, MOST_VARIANCE)));
    }
    group.bench_function("futures_63", |b| b.iter(|| Curve::new(&belief.law, &belief.vix, 63, DAY, MOST_VARIANCE)));
    group.bench_function("vix_options_21", |b| {
        b.iter(|| VixSurface::new(&belief.law, &belief.vix, 21, DAY, MOST_VARIANCE));
    });
    group.bench_function("squares_63", |b| b.iter(|| DailyVariance::new(spx, 63, DAY)));
    group.bench_function("scenario_made", |b| {
        b.iter_with_large_drop(|| {
            let prices = experiment.prices.in_world(experiment.market.facts());
            prices.tables();
            prices
        });
    });
    let folder = tempfile::tempdir().expect("a folder for tables");
    let cache = Arc::new(Cache::new(folder.path()));
    experiment.prices.kept_in(cache.clone()).tables();
    group.bench_function("scenario_read", |b| {
        b.iter_with_large_drop(|| {
            let prices = experiment.prices.kept_in(cache.clone());
            prices.tables();
            prices
        });
    });
    group.finish();
}

criterion_group!(benches, tables);
criterion_main!(benches);
