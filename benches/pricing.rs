//! What does a closed-form option price cost? Black-Scholes puts with all greeks on 4, 8 and 16 lanes, both sides, one
//! contract at a time, and the volatility implied by a price. CPU time. (`cos` has the exact prices.)

mod cpu_time;

use cpu_time::{CpuTime, by_cpu_time};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hedgelab::lanes::Lanes;
use hedgelab::pricing::black::{Expiry, call, european, put};
use hedgelab::pricing::cos::Contract;
use hedgelab::pricing::implied::volatility;
use multiversion::multiversion;
use std::hint::black_box;

/// Prices of a call.
const PRICES: usize = 1_024;

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn puts<const N: usize>(spots: &[Lanes<N>], expiry: &Expiry, out: &mut [Lanes<N>]) {
    for (spot, out) in spots.iter().zip(out) {
        *out = put(*spot, Lanes::splat(95.0), Lanes::splat(0.2), expiry).price;
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn greeks<const N: usize>(spots: &[Lanes<N>], expiry: &Expiry, out: &mut [Lanes<N>]) {
    for (spot, out) in spots.iter().zip(out) {
        let put = put(*spot, Lanes::splat(95.0), Lanes::splat(0.2), expiry);
        *out = put.price + put.delta + put.gamma + put.vega + put.theta;
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn both<const N: usize>(spots: &[Lanes<N>], expiry: &Expiry, out: &mut [Lanes<N>]) {
    for (spot, out) in spots.iter().zip(out) {
        let strike = Lanes::splat(95.0);
        let put = put(*spot, strike, Lanes::splat(0.2), expiry);
        *out = put.price + call(put, *spot, strike, expiry).price;
    }
}

fn lanes<const N: usize>(c: &mut Criterion<CpuTime>) {
    let mut group = c.benchmark_group("pricing");
    group.sample_size(20).throughput(Throughput::Elements(PRICES as u64));
    let spot = |row: usize| Lanes(std::array::from_fn(|lane| 80.0 + 0.04 * (row * N + lane) as f64));
    let spots: Vec<Lanes<N>> = (0..PRICES / N).map(spot).collect();
    let mut out = vec![Lanes::splat(0.0); spots.len()];
    let expiry = Expiry::new(0.25, 0.03, 0.015);
    group.bench_function(format!("put/{N}"), |b| b.iter(|| puts(black_box(&spots), &expiry, &mut out)));
    group.bench_function(format!("put_with_greeks/{N}"), |b| b.iter(|| greeks(black_box(&spots), &expiry, &mut out)));
    group.bench_function(format!("put_and_call/{N}"), |b| b.iter(|| both(black_box(&spots), &expiry, &mut out)));
    group.finish();
}

fn single(c: &mut Criterion<CpuTime>) {
    let mut group = c.benchmark_group("pricing/single");
    group.throughput(Throughput::Elements(1));
    let contract = Contract { spot: 100.0, strike: 95.0, years: 0.25, call: false };
    let price = european(&contract, 0.2, 0.03, 0.015).price;
    group.bench_function("european", |b| b.iter(|| european(black_box(&contract), 0.2, 0.03, 0.015)));
    group.bench_function("implied", |b| b.iter(|| volatility(black_box(&contract), price, 0.03, 0.015)));
    group.finish();
}

fn pricing(c: &mut Criterion<CpuTime>) {
    single(c);
    lanes::<1>(c);
    lanes::<4>(c);
    lanes::<8>(c);
    lanes::<16>(c);
}

criterion_group!(name = benches; config = by_cpu_time(); targets = pricing);
criterion_main!(benches);
