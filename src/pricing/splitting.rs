//! Strang splitting of regime equations: g' = (G + diag D) g with D known by its integrals.
//!
//! Contract: second order in the step and stable for any step (the exponential of a generator is a stochastic matrix); the
//! error is even in the step, so that Richardson's extrapolation over halved steps makes it of order four (two levels) or
//! six (three). Sources: Strang, "On the construction and comparison of difference schemes" (1968); MODEL, section 1.

use super::complex::{self, Complex};
use crate::lanes::Lanes;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// What the equations are solved in: real or complex lanes.
pub trait Number:
    Copy
    + Default
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Mul<f64, Output = Self>
{
    /// A real constant.
    fn constant(value: f64) -> Self;
    /// e to its power.
    fn power(self) -> Self;
    /// Logarithm of one plus the number.
    fn log_1p(self) -> Self;
    /// ln(1 + q w) / q, which is w where the product vanishes.
    fn log_slope(q: Self, w: Self) -> Self;
}

impl<const N: usize> Number for Lanes<N> {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self::splat(value)
    }
    #[inline(always)]
    fn power(self) -> Self {
        self.exp()
    }
    #[inline(always)]
    fn log_1p(self) -> Self {
        complex::ln_1p(self)
    }
    #[inline(always)]
    fn log_slope(q: Self, w: Self) -> Self {
        let product = q * w;
        let small = product.abs().lt(Self::splat(1e-10));
        small.select(w, complex::ln_1p(product) / q)
    }
}

impl<const N: usize> Number for Complex<N> {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self::real(value)
    }
    #[inline(always)]
    fn power(self) -> Self {
        self.exp()
    }
    #[inline(always)]
    fn log_1p(self) -> Self {
        self.ln_1p()
    }
    #[inline(always)]
    fn log_slope(q: Self, w: Self) -> Self {
        let product = q * w;
        let small = product.norm().lt(Lanes::splat(1e-24));
        let full = product.ln_1p() / q;
        Self { re: small.select(w.re, full.re), im: small.select(w.im, full.im) }
    }
}

/// The exponent of the variance and the integrals of the coefficients up to one time.
pub struct Point<T> {
    /// B.
    pub b: T,
    /// Integral of D_j from 0, by regime.
    pub integral: Vec<T>,
}

/// What gives the coefficients of the equations.
pub trait Coefficients<T> {
    /// B and the integrals of D_j at a time.
    fn at(&self, years: f64, out: &mut Point<T>);
}

/// How a march is taken.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// Years of one step.
    pub length: f64,
    /// Number of steps.
    pub count: usize,
    /// Levels of Richardson's extrapolation: 1 to 3.
    pub levels: usize,
}

/// Marches g from `start`; `visit` sees the number of steps taken, B and g after each. `matrix` holds the generator (with
/// the jumps of the switches), row by row, of which the largest rate is `fastest`.
#[inline(always)]
pub fn march<T: Number>(
    matrix: &[T],
    fastest: f64,
    start: &[T],
    steps: Steps,
    coefficients: &impl Coefficients<T>,
    mut visit: impl FnMut(usize, &T, &[T]),
) {
    let (n, levels) = (start.len(), steps.levels);
    let finest = 1usize << levels;
    let mut points: Vec<Point<T>> =
        (0..=finest).map(|_| Point { b: T::default(), integral: vec![T::default(); n] }).collect();
    let switching: Vec<Vec<T>> =
        (0..levels).map(|level| exponential(matrix, fastest, n, steps.length / (1usize << level) as f64)).collect();
    let mut state = vec![start.to_vec(); levels];
    let (mut scratch, mut best) = (vec![T::default(); n], vec![T::default(); n]);
    coefficients.at(0.0, &mut points[finest]);
    for index in 0..steps.count {
        points.swap(0, finest);
        for i in 1..=finest {
            coefficients.at((index as f64 + i as f64 / finest as f64) * steps.length, &mut points[i]);
        }
        for level in 0..levels {
            let stride = finest >> level;
            for sub in 0..1usize << level {
                let [start, middle, end] = [0, stride / 2, stride].map(|i| &points[sub * stride + i].integral);
                half_step(&mut state[level], &mut scratch, &switching[level], [start, middle, end]);
            }
        }
        for i in 0..n {
            best[i] = match levels {
                1 => state[0][i],
                2 => (state[1][i] * 4.0 - state[0][i]) * (1.0 / 3.0),
                _ => (state[2][i] * 64.0 - state[1][i] * 20.0 + state[0][i]) * (1.0 / 45.0),
            };
        }
        visit(index + 1, &points[finest].b, &best);
    }
}

/// Half of the coefficients, the switches, the other half.
#[inline(always)]
fn half_step<T: Number>(state: &mut [T], scratch: &mut [T], switching: &[T], [start, middle, end]: [&Vec<T>; 3]) {
    let n = state.len();
    for j in 0..n {
        scratch[j] = state[j] * (middle[j] - start[j]).power();
    }
    for i in 0..n {
        let mut sum = T::default();
        for j in 0..n {
            sum = sum + switching[i * n + j] * scratch[j];
        }
        state[i] = sum * (end[i] - middle[i]).power();
    }
}

/// Terms of the series below; the norm is below a quarter, so the rest is below 1e-18.
const TAYLOR: u32 = 13;

/// Matrix exponential over `years`, row by row: scaled, a Taylor series, squared.
#[inline(always)]
fn exponential<T: Number>(matrix: &[T], fastest: f64, n: usize, years: f64) -> Vec<T> {
    let squarings = libm::ceil(libm::log2((fastest * years * 8.0).max(1.0)));
    let scale = years / libm::exp2(squarings);
    let scaled: Vec<T> = matrix.iter().map(|x| *x * scale).collect();
    let mut sum: Vec<T> = (0..n * n).map(|at| T::constant(f64::from(u8::from(at % (n + 1) == 0)))).collect();
    let mut term = sum.clone();
    for order in 1..=TAYLOR {
        term = product(&term, &scaled, n);
        for (sum, term) in sum.iter_mut().zip(&mut term) {
            *term = *term * (1.0 / f64::from(order));
            *sum = *sum + *term;
        }
    }
    for _ in 0..squarings as u32 {
        sum = product(&sum, &sum, n);
    }
    sum
}

#[inline(always)]
fn product<T: Number>(a: &[T], b: &[T], n: usize) -> Vec<T> {
    let mut out = vec![T::default(); n * n];
    for i in 0..n {
        for j in 0..n {
            for l in 0..n {
                out[i * n + j] = out[i * n + j] + a[i * n + l] * b[l * n + j];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::Matrix3;

    /// Against a matrix exponential of nalgebra: slow, usual and very fast switching.
    #[test]
    fn exponential_of_a_generator() {
        for speed in [1e-3, 1.0, 300.0] {
            let rows = [-2.0, 1.5, 0.5, 0.2, -0.7, 0.5, 0.1, 3.0, -3.1].map(|x| x * speed);
            let want = (Matrix3::from_row_slice(&rows) * 0.4).exp();
            let matrix: Vec<Lanes<1>> = rows.iter().map(|x| Lanes([*x])).collect();
            let got = exponential(&matrix, 3.1 * speed, 3, 0.4);
            for (at, got) in got.iter().enumerate() {
                assert!((got.0[0] - want[(at / 3, at % 3)]).abs() < 1e-13 * speed.max(1.0), "{speed} {at}");
            }
        }
    }

    struct Constant([f64; 2]);

    impl Coefficients<Lanes<1>> for Constant {
        fn at(&self, years: f64, out: &mut Point<Lanes<1>>) {
            out.integral = self.0.iter().map(|d| Lanes([d * years])).collect();
        }
    }

    /// Constant coefficients: the error of one, two and three levels falls as h^2, h^4 and h^6.
    #[test]
    fn each_level_gains_two_orders() {
        let rows = [-2.0, 2.0, 1.0, -1.0];
        let d = [-3.0, 1.0];
        let truth = (nalgebra::Matrix2::new(-5.0, 2.0, 1.0, 0.0) * 0.5).exp() * nalgebra::Vector2::new(1.0, 1.0);
        let matrix: Vec<Lanes<1>> = rows.iter().map(|x| Lanes([*x])).collect();
        let error = |count: usize, levels: usize| {
            let mut last = 0.0;
            let steps = Steps { length: 0.5 / count as f64, count, levels };
            let error = |g: &[Lanes<1>]| (g[0].0[0] - truth[0]).abs();
            march(&matrix, 2.0, &[Lanes([1.0]); 2], steps, &Constant(d), |_, _, g| last = error(g));
            last
        };
        for (levels, gain) in [(1, 3.8), (2, 14.0), (3, 50.0)] {
            let (coarse, fine) = (error(4, levels), error(8, levels));
            assert!(coarse / fine > gain, "{levels}: {coarse:e} {fine:e}");
        }
    }
}
