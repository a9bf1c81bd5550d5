//! What does one value of an elementary function cost? Four, eight and sixteen lanes abreast, with the vector unit that the
//! engine chooses at run time and as the plain build has it (SSE2). CPU time, shown as nanoseconds of one of the values.

mod cpu_time;

use cpu_time::{CpuTime, by_cpu_time};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hedgelab::lanes::Lanes;
use multiversion::multiversion;
use std::hint::black_box;

/// Values of a call: 32 KiB, what a tile of days fills.
const VALUES: usize = 4_096;

/// Applies a function to every value in place.
trait Each: Copy {
    const NAME: &'static str;
    fn of<const N: usize>(x: Lanes<N>) -> Lanes<N>;
}

macro_rules! each {
    ($($name:ident, $title:literal, |$x:ident| $value:expr;)*) => {$(
        #[derive(Clone, Copy)]
        struct $name;
        impl Each for $name {
            const NAME: &'static str = $title;
            #[inline(always)]
            fn of<const N: usize>($x: Lanes<N>) -> Lanes<N> {
                $value
            }
        }
    )*};
}
each! {
    Exp, "exp", |x| x.exp();
    Ln, "ln", |x| x.ln();
    SinCos, "sin_cos", |x| { let (sine, cosine) = x.sin_cos_turns(); sine + cosine };
    NormalCdf, "normal_cdf", |x| x.normal_cdf();
    Sqrt, "sqrt", |x| x.sqrt();
    Div, "div", |x| Lanes::splat(1.0) / x;
}

#[inline(always)]
fn sweep<F: Each, const N: usize>(rows: &mut [Lanes<N>]) {
    for row in rows {
        *row = F::of(*row);
    }
}

#[inline(never)]
fn plain<F: Each, const N: usize>(_: F, rows: &mut [Lanes<N>]) {
    sweep::<F, N>(rows);
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn dispatched<F: Each, const N: usize>(_: F, rows: &mut [Lanes<N>]) {
    sweep::<F, N>(rows);
}

/// Numbers in (0, 1): every function here is defined on them.
fn numbers<const N: usize>() -> Vec<Lanes<N>> {
    let number = |i: usize| (i as f64 + 0.5) / VALUES as f64;
    (0..VALUES / N).map(|row| Lanes(std::array::from_fn(|lane| number(row * N + lane)))).collect()
}

fn one<F: Each, const N: usize>(c: &mut Criterion<CpuTime>, function: F) {
    let mut group = c.benchmark_group(format!("lanes/{}", F::NAME));
    group.sample_size(20).throughput(Throughput::Elements(VALUES as u64));
    let rows = numbers::<N>();
    group.bench_function(format!("{N}"), |b| {
        b.iter_batched_ref(|| rows.clone(), |rows| dispatched(function, black_box(rows)), BatchSize::SmallInput);
    });
    group.bench_function(format!("{N}/plain"), |b| {
        b.iter_batched_ref(|| rows.clone(), |rows| plain(function, black_box(rows)), BatchSize::SmallInput);
    });
    group.finish();
}

fn all<const N: usize>(c: &mut Criterion<CpuTime>) {
    one::<_, N>(c, Exp);
    one::<_, N>(c, Ln);
    one::<_, N>(c, SinCos);
    one::<_, N>(c, NormalCdf);
    one::<_, N>(c, Sqrt);
    one::<_, N>(c, Div);
}

fn lanes(c: &mut Criterion<CpuTime>) {
    all::<4>(c);
    all::<8>(c);
    all::<16>(c);
}

criterion_group!(name = benches; config = by_cpu_time(); targets = lanes);
criterion_main!(benches);
