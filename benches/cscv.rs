//! What does the probability of back-test overfitting cost? All halves of a table: a large one with 16 blocks, with and
//! without the dominance of the winners, and one of the size used inside a run. One core.

#![allow(clippy::expect_used, reason = "a bench without its table has nothing to measure")]

use criterion::{Criterion, criterion_group, criterion_main};
use hedgelab::stats::pbo::{Blocks, Overfitting};
use rand::Rng;
use rand_pcg::Pcg64;
use std::hint::black_box;

/// Sums of four uniforms: bell-shaped is enough here.
fn table(strategies: usize, days: usize) -> Vec<Vec<f64>> {
    let mut random = Pcg64::new(1, 1);
    let mut uniform = || (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
    let mut day = || 1e-4 + 0.01 * (uniform() + uniform() + uniform() + uniform());
    (0..strategies).map(|_| (0..days).map(|_| day()).collect()).collect()
}

fn cscv(c: &mut Criterion) {
    let mut group = c.benchmark_group("cscv");
    group.sample_size(10);
    for (strategies, days, blocks) in [(100, 120, 8), (1000, 2000, 16)] {
        let columns = table(strategies, days);
        let choices = || Blocks::of(black_box(&columns), blocks).expect("a table").choices().expect("finite");
        let name = format!("{strategies}x{days}/{blocks}_blocks");
        group.bench_function(&name, |b| b.iter(|| Overfitting::of(&choices())));
        let blocks = Blocks::of(&columns, blocks).expect("a table");
        let chosen = choices();
        group.bench_function(format!("{name}/dominance"), |b| b.iter(|| blocks.dominance(black_box(&chosen))));
    }
    group.finish();
}

criterion_group!(benches, cscv);
criterion_main!(benches);
