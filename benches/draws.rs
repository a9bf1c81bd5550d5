//! What does a random number cost? Pairs of normals at random access on 4, 8 and 16 paths abreast, and the dice of one path:
//! where a stream starts, a uniform, an exponential, a normal. CPU time.

mod cpu_time;

use cpu_time::{CpuTime, by_cpu_time};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hedgelab::draws::{Dice, Purpose, normal_pair};
use hedgelab::lanes::Lanes;
use multiversion::multiversion;
use std::hint::black_box;

/// Days of a call.
const DAYS: u32 = 256;

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn normals<const N: usize>(seed: u64, paths: &[u64; N]) -> Lanes<N> {
    let mut sum = Lanes::splat(0.0);
    for day in 0..DAYS {
        let (a, b) = normal_pair(seed, paths, Purpose::Spot, day, 0);
        sum += a + b;
    }
    sum
}

fn pairs<const N: usize>(c: &mut Criterion<CpuTime>) {
    let mut group = c.benchmark_group("draws/normal_pair");
    group.throughput(Throughput::Elements(2 * N as u64 * u64::from(DAYS)));
    let paths: [u64; N] = std::array::from_fn(|lane| lane as u64);
    group.bench_function(format!("{N}"), |b| b.iter(|| normals(black_box(7), black_box(&paths))));
    group.finish();
}

fn dice(c: &mut Criterion<CpuTime>) {
    let mut group = c.benchmark_group("draws/dice");
    group.throughput(Throughput::Elements(1));
    let mut path = 0;
    group.bench_function("start", |b| {
        b.iter(|| {
            path += 1;
            Dice::at(7, black_box(path), Purpose::Crash)
        });
    });
    let mut dice = Dice::at(7, 0, Purpose::Crash);
    group.bench_function("uniform", |b| b.iter(|| dice.uniform()));
    group.bench_function("exponential", |b| b.iter(|| dice.exponential()));
    group.bench_function("normal", |b| b.iter(|| dice.normal()));
    group.finish();
}

fn draws(c: &mut Criterion<CpuTime>) {
    pairs::<4>(c);
    pairs::<8>(c);
    pairs::<16>(c);
    dice(c);
}

criterion_group!(name = benches; config = by_cpu_time(); targets = draws);
criterion_main!(benches);
