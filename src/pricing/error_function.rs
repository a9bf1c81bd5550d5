//! The scaled complementary error function of a complex number: e^{s^2} erfc(s).
//!
//! Contract: within 1e-13 of itself where the real part is not negative (tests). Method: the Faddeeva function as a
//! polynomial in (L - s) / (L + s), which lies inside of the unit circle there, with coefficients by the trapezoid rule
//! (Weideman, "Computation of the complex error function", 1994).

use super::complex::Complex;
use std::f64::consts::PI;

/// Terms of the polynomial.
const TERMS: usize = 48;

/// The function, with the coefficients of its approximation.
pub(super) struct ScaledErfc {
    /// L.
    length: f64,
    /// Coefficients, the constant first.
    coefficients: [f64; TERMS],
}

impl ScaledErfc {
    /// Computes the coefficients.
    pub(super) fn new() -> Self {
        let length = (TERMS as f64 / 2.0_f64.sqrt()).sqrt();
        let half = 2 * TERMS as i32;
        let mut coefficients = [0.0; TERMS];
        for node in 1 - half..half {
            let turn = f64::from(node) * PI / f64::from(half);
            let t = length * libm::tan(0.5 * turn);
            let value = libm::exp(-t * t) * (length * length + t * t) / f64::from(2 * half);
            for (n, coefficient) in coefficients.iter_mut().enumerate() {
                *coefficient += value * libm::cos((n + 1) as f64 * turn);
            }
        }
        Self { length, coefficients }
    }

    /// e^{s^2} erfc(s), for a real part of 0 or above.
    #[inline(always)]
    pub(super) fn at<const N: usize>(&self, s: Complex<N>) -> Complex<N> {
        let over = Complex::real(1.0) / (s + self.length);
        let z = (Complex::real(self.length) - s) * over;
        let sum = self.coefficients.iter().rev().fold(Complex::default(), |sum, a| sum * z + *a);
        over * (over * sum * 2.0 + 1.0 / PI.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::Lanes;

    fn at(re: f64, im: f64) -> (f64, f64) {
        let got = ScaledErfc::new().at(Complex::new(Lanes([re]), Lanes([im])));
        (got.re.0[0], got.im.0[0])
    }

    /// On the real axis against libm where that has digits, and against the first terms of the asymptotic series beyond.
    #[test]
    fn real_arguments_agree_with_libm() {
        for i in 0..200 {
            let x = 0.03 * f64::from(i);
            let want = libm::exp(x * x) * libm::erfc(x);
            let (re, im) = at(x, 0.0);
            assert!((re / want - 1.0).abs() < 1e-13 * (1.0 + x * x) && im == 0.0, "{x}: {re} {want}");
        }
        for x in [1e3, 1e5, 1e9_f64] {
            let want = (1.0 - 0.5 / (x * x)) / (x * PI.sqrt());
            assert!((at(x, 0.0).0 / want - 1.0).abs() < 1e-11, "{x}");
        }
    }

    /// Complex arguments against values to 20 digits of mpmath 1.3 (`exp(s*s)*erfc(s)` at 50 digits).
    #[test]
    fn complex_arguments_agree_with_tabulated_values() {
        for ((x, y), (re, im)) in TABLE {
            let got = at(x, y);
            let error = (got.0 - re).hypot(got.1 - im);
            assert!(error < 1e-13 * re.hypot(im), "{x} {y}: {got:?}, off by {error:e}");
        }
    }

    /// Arguments and values.
    const TABLE: [((f64, f64), (f64, f64)); 11] = [
        ((0.0, 0.5), (0.778_800_783_071_404_9, -0.47892517290104347)),
        ((0.1, 0.1), (0.888_478_562_475_643_7, -0.094_331_651_057_285_11)),
        ((0.5, 0.4), (0.561_251_691_384_478_2, -0.19149977516338875)),
        ((1.0, 0.9), (0.32389893601577859, -0.196_783_500_560_363_1)),
        ((1.0, 2.0), (0.14023958136627794, -0.2222134401798991)),
        ((2.0, -1.5), (0.18333476238114998, 0.11929823300627294)),
        ((3.0, 2.5), (0.11287798255948908, -0.088_283_064_985_171_05)),
        ((4.0, 3.9), (0.073_346_843_895_482_21, -0.069_268_186_720_698_29)),
        ((0.02, 6.0), (0.000_327_502_759_184_391, -0.095_395_066_650_043)),
        ((10.0, 8.0), (0.03445944561191622, -0.027400435148227699)),
        ((30.0, -20.0), (0.013020908424138849, 0.008_673_934_748_446_674)),
    ];
}
