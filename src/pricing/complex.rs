//! Complex numbers on lanes: what characteristic functions are made of.
//!
//! Contract: every function here is good to a few units in the last place of its result's modulus, without cancellation
//! for small arguments ([`Complex::exp_m1`], [`Complex::ln_1p`]). Logarithm and root are the principal ones.

use crate::lanes::Lanes;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// One complex number on each lane.
#[derive(Clone, Copy, Debug, Default)]
pub struct Complex<const N: usize> {
    /// Real part.
    pub re: Lanes<N>,
    /// Imaginary part.
    pub im: Lanes<N>,
}

impl<const N: usize> Complex<N> {
    /// From its parts.
    #[inline(always)]
    pub const fn new(re: Lanes<N>, im: Lanes<N>) -> Self {
        Self { re, im }
    }

    /// The same real number on every lane.
    #[inline(always)]
    pub const fn real(value: f64) -> Self {
        Self { re: Lanes::splat(value), im: Lanes::splat(0.0) }
    }

    /// i times the number.
    #[inline(always)]
    pub fn times_i(self) -> Self {
        Self { re: -self.im, im: self.re }
    }

    /// Square of the modulus.
    #[inline(always)]
    pub fn norm(self) -> Lanes<N> {
        self.re * self.re + self.im * self.im
    }

    /// e to the power of the number; a real part beyond 709 is held there.
    #[inline(always)]
    pub fn exp(self) -> Self {
        let (sine, cosine) = (self.im * (1.0 / TAU)).sin_cos_turns();
        let size = self.re.exp();
        Self { re: size * cosine, im: size * sine }
    }

    /// e to the power of the number, minus one.
    #[inline(always)]
    pub fn exp_m1(self) -> Self {
        let (sine, cosine) = (self.im * (1.0 / TAU)).sin_cos_turns();
        let (half, _) = (self.im * (0.5 / TAU)).sin_cos_turns();
        Self { re: exp_m1(self.re) * cosine - half * half * 2.0, im: self.re.exp() * sine }
    }

    /// Logarithm of one plus the number.
    #[inline(always)]
    pub fn ln_1p(self) -> Self {
        let beyond = self.re * 2.0 + self.norm();
        Self { re: ln_1p(beyond) * 0.5, im: angle(self.re + 1.0, self.im) }
    }

    /// The root with a real part that is not negative.
    #[inline(always)]
    pub fn sqrt(self) -> Self {
        let large = ((self.norm().sqrt() + self.re.abs()) * 0.5).sqrt();
        let small = self.im.abs() * 0.5 / large.max(Lanes::splat(1e-150));
        let right = self.re.ge(Lanes::splat(0.0));
        let im = right.select(small, large);
        Self { re: right.select(large, small), im: self.im.lt(Lanes::splat(0.0)).select(-im, im) }
    }
}

/// e^x - 1 (Kahan's correction of the rounded exponential).
#[inline(always)]
fn exp_m1<const N: usize>(x: Lanes<N>) -> Lanes<N> {
    let one = Lanes::splat(1.0);
    let y = x.exp();
    let far = x.abs().gt(Lanes::splat(0.5));
    let near = y.equals(one).select(x, (y - one) * x / y.ln());
    far.select(y - one, near)
}

/// ln(1 + x) for x above -1.
#[inline(always)]
pub(super) fn ln_1p<const N: usize>(x: Lanes<N>) -> Lanes<N> {
    let y = (x + 1.0).max(Lanes::splat(1e-300));
    y.ln() + (x - (y - 1.0)) / y
}

/// Angle of the point (x, y), in (-pi, pi].
#[inline(always)]
fn angle<const N: usize>(x: Lanes<N>, y: Lanes<N>) -> Lanes<N> {
    let (across, up) = (x.abs(), y.abs());
    let steep = up.gt(across);
    let ratio = across.min(up) / across.max(up).max(Lanes::splat(1e-300));
    let flat = arc_tangent(ratio);
    let first = steep.select(Lanes::splat(FRAC_PI_2) - flat, flat);
    let upper = x.lt(Lanes::splat(0.0)).select(Lanes::splat(PI) - first, first);
    y.lt(Lanes::splat(0.0)).select(-upper, upper)
}

/// Arc tangent on [0, 1]: the rational approximation of the Cephes library (Moshier, 1989).
#[inline(always)]
fn arc_tangent<const N: usize>(t: Lanes<N>) -> Lanes<N> {
    let high = t.gt(Lanes::splat(0.66));
    let x = high.select((t - 1.0) / (t + 1.0), t);
    let z = x * x;
    let top = (((z * -8.750_608_600_031_904e-1 - 16.157_537_187_333_652) * z - 75.008_557_923_147_05) * z
        - 122.886_668_449_013_61)
        * z
        - 64.850_219_049_420_25;
    let bottom = ((((z + 24.858_464_901_423_063) * z + 165.027_009_831_698_85) * z + 432.881_060_491_290_27) * z
        + 485.390_399_635_913_7)
        * z
        + 194.550_657_148_261_4;
    let near = x + x * (z * top / bottom);
    high.select(near + FRAC_PI_4, near)
}

macro_rules! complex_op {
    ($op:ident, $method:ident, |$a:ident, $b:ident| $out:expr) => {
        impl<const N: usize> $op for Complex<N> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                let ($a, $b) = (self, other);
                $out
            }
        }
    };
}
complex_op!(Add, add, |a, b| Self { re: a.re + b.re, im: a.im + b.im });
complex_op!(Sub, sub, |a, b| Self { re: a.re - b.re, im: a.im - b.im });
complex_op!(Mul, mul, |a, b| Self { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re });
complex_op!(Div, div, |a, b| {
    let inverse = Lanes::splat(1.0) / b.norm();
    Self { re: (a.re * b.re + a.im * b.im) * inverse, im: (a.im * b.re - a.re * b.im) * inverse }
});

impl<const N: usize> Neg for Complex<N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self { re: -self.re, im: -self.im }
    }
}

impl<const N: usize> Mul<f64> for Complex<N> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, by: f64) -> Self {
        Self { re: self.re * by, im: self.im * by }
    }
}

impl<const N: usize> Mul<Lanes<N>> for Complex<N> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, by: Lanes<N>) -> Self {
        Self { re: self.re * by, im: self.im * by }
    }
}

impl<const N: usize> Add<f64> for Complex<N> {
    type Output = Self;
    #[inline(always)]
    fn add(self, more: f64) -> Self {
        Self { re: self.re + more, im: self.im }
    }
}

impl<const N: usize> Sub<f64> for Complex<N> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, less: f64) -> Self {
        Self { re: self.re - less, im: self.im }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::Complex as Reference;

    /// 2,000 points of all sizes in all directions.
    fn points() -> impl Iterator<Item = (f64, f64)> {
        (0..2_000).map(|i| {
            let size = libm::pow(10.0, -12.0 + 14.0 * f64::from(i) / 2_000.0);
            let turn = f64::from(i) * 2.399_963;
            (size * turn.cos(), size * turn.sin())
        })
    }

    fn close(got: Complex<1>, want: Reference<f64>, tolerance: f64, what: &str) {
        let error = Reference::new(got.re.0[0], got.im.0[0]) - want;
        assert!(error.norm() <= tolerance * want.norm(), "{what}: {got:?} {want}");
    }

    #[test]
    fn functions_agree_with_an_independent_library() {
        for (x, y) in points() {
            let (z, reference) = (Complex::new(Lanes([x]), Lanes([y])), Reference::new(x, y));
            close(z.sqrt(), reference.sqrt(), 4e-16, "sqrt");
            if x.abs() < 50.0 {
                close(z.exp(), reference.exp(), 4e-15 * (1.0 + 0.2 * reference.norm()), "exp");
            }
            if reference.norm() > 0.5 {
                close(z.exp_m1(), reference.exp() - 1.0, 4e-14, "exp_m1");
                if (reference + 1.0).norm() > 0.2 {
                    close(z.ln_1p(), (reference + 1.0).ln(), 4e-15, "ln_1p");
                }
            }
        }
    }

    /// Below the reach of the plain formulas: series of four terms.
    #[test]
    fn small_arguments_do_not_cancel() {
        for (x, y) in points().filter(|(x, y)| x.hypot(*y) < 1e-4) {
            let (z, w) = (Complex::new(Lanes([x]), Lanes([y])), Reference::new(x, y));
            close(z.exp_m1(), w * (w * (w * (w / 24.0 + 1.0 / 6.0) + 0.5) + 1.0), 2e-15, "exp_m1");
            close(z.ln_1p(), w * (1.0 - w * (0.5 - w * (1.0 / 3.0 - w * 0.25))), 2e-15, "ln_1p");
        }
    }
}
