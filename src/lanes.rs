//! Paths side by side, eight at a time: fixed-size lanes of `f64` and the elementary functions of the day loop.
//!
//! Contract: every function here gives the same bits on every machine, for every lane count and with every vector
//! extension. Nothing fuses a multiplication with an addition and nothing calls the platform's `exp`, `ln`, `sin`.
//! Relative accuracy is about 1e-15 for `exp`, `ln` and `sqrt`, absolute 1e-15 for `sin_cos` and [`Lanes::normal_cdf`].
//!
//! Method: argument reduction and polynomials as in fdlibm (Sun Microsystems, 1993) for `ln`, `sin`, `cos`, a Taylor
//! polynomial of degree 13 for `exp`, and the rational approximation of Hart (1968) in the form of West, "Better
//! approximations to cumulative normal functions" (2005), for the normal distribution.

use std::ops::{Add, AddAssign, BitAnd, BitOr, Div, Mul, MulAssign, Neg, Not, Sub, SubAssign};

/// Paths that are simulated together. Eight are the fastest; the features `lanes-4` and `lanes-16` are there for the check
/// that no answer depends on it.
pub const WIDTH: usize = if cfg!(feature = "lanes-4") {
    4
} else if cfg!(feature = "lanes-16") {
    16
} else {
    8
};

/// One number on each of `N` paths.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(not(feature = "lanes-4"), repr(C, align(64)))]
#[cfg_attr(feature = "lanes-4", repr(C, align(32)))]
pub struct Lanes<const N: usize>(pub [f64; N]);

/// One number on each path of a group: the unit of every row `[day][lane]`.
pub type Row = Lanes<WIDTH>;

/// Nodes of a series, or nodes of an integral, that a price table is made from side by side. Always eight, whatever
/// [`WIDTH`] is: in which order terms are summed, hence every bit of a table, follows from it.
pub const ABREAST: usize = 8;

/// One number for each of so many terms.
pub type Nodes = Lanes<ABREAST>;

/// A truth value on each of `N` paths, as all-ones or all-zeros bits.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(not(feature = "lanes-4"), repr(C, align(64)))]
#[cfg_attr(feature = "lanes-4", repr(C, align(32)))]
pub struct Mask<const N: usize>(pub [u64; N]);

impl<const N: usize> Default for Lanes<N> {
    fn default() -> Self {
        Self([0.0; N])
    }
}

/// Rows as plain numbers, path by path within a day. Loops over days that do the same to every number are compiled well
/// in this form: over rows, compilers put days side by side and shuffle.
#[inline(always)]
pub fn flat(rows: &[Row]) -> &[f64] {
    // SAFETY: a row is `repr(C)`, has the one field `[f64; WIDTH]` and no padding (asserted below), and its alignment is
    // above that of `f64`; the slice has the same bytes and lifetime.
    unsafe { std::slice::from_raw_parts(rows.as_ptr().cast(), rows.len() * WIDTH) }
}

/// As [`flat`], to be written.
#[inline(always)]
pub fn flat_mut(rows: &mut [Row]) -> &mut [f64] {
    // SAFETY: as in `flat`; the exclusive borrow is passed on.
    unsafe { std::slice::from_raw_parts_mut(rows.as_mut_ptr().cast(), rows.len() * WIDTH) }
}

/// The smaller of two numbers, as [`Lanes::min`].
#[inline(always)]
pub fn smaller(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// The larger of two numbers, as [`Lanes::max`].
#[inline(always)]
pub fn larger(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// Asks for a number that will be read soon, so that it is on its way from slower memory; nothing where there is no such
/// number or no such instruction.
#[inline(always)]
pub fn expect_soon(numbers: &[f32], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(number) = numbers.get(at) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the instruction belongs to SSE, which every processor of this kind has, and changes no memory.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(number).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (numbers, at);
}

const _: () = assert!(size_of::<Row>() == WIDTH * size_of::<f64>() && WIDTH.is_power_of_two() && WIDTH <= 16);

macro_rules! lane_op {
    ($op:ident, $method:ident, $assign:ident, $assign_method:ident) => {
        lane_op!($op, $method);
        impl<const N: usize> $assign for Lanes<N> {
            #[inline(always)]
            fn $assign_method(&mut self, other: Self) {
                *self = self.$method(other);
            }
        }
    };
    ($op:ident, $method:ident) => {
        impl<const N: usize> $op for Lanes<N> {
            type Output = Self;
            #[inline(always)]
            fn $method(mut self, other: Self) -> Self {
                for lane in 0..N {
                    self.0[lane] = self.0[lane].$method(other.0[lane]);
                }
                self
            }
        }
        impl<const N: usize> $op<f64> for Lanes<N> {
            type Output = Self;
            #[inline(always)]
            fn $method(mut self, other: f64) -> Self {
                for lane in 0..N {
                    self.0[lane] = self.0[lane].$method(other);
                }
                self
            }
        }
    };
}
lane_op!(Add, add, AddAssign, add_assign);
lane_op!(Sub, sub, SubAssign, sub_assign);
lane_op!(Mul, mul, MulAssign, mul_assign);
lane_op!(Div, div);

impl<const N: usize> Neg for Lanes<N> {
    type Output = Self;
    #[inline(always)]
    fn neg(mut self) -> Self {
        for lane in 0..N {
            self.0[lane] = -self.0[lane];
        }
        self
    }
}

impl<const N: usize> BitAnd for Mask<N> {
    type Output = Self;
    #[inline(always)]
    fn bitand(mut self, other: Self) -> Self {
        for lane in 0..N {
            self.0[lane] &= other.0[lane];
        }
        self
    }
}

impl<const N: usize> BitOr for Mask<N> {
    type Output = Self;
    #[inline(always)]
    fn bitor(mut self, other: Self) -> Self {
        for lane in 0..N {
            self.0[lane] |= other.0[lane];
        }
        self
    }
}

impl<const N: usize> Not for Mask<N> {
    type Output = Self;
    #[inline(always)]
    fn not(mut self) -> Self {
        for lane in 0..N {
            self.0[lane] = !self.0[lane];
        }
        self
    }
}

impl<const N: usize> Mask<N> {
    /// The same truth value on every lane.
    #[inline(always)]
    pub fn all(value: bool) -> Self {
        Self([if value { u64::MAX } else { 0 }; N])
    }

    /// Is it true on any lane?
    #[inline(always)]
    pub fn any(self) -> bool {
        self.0.iter().fold(0, |seen, bits| seen | bits) != 0
    }

    /// `yes` where true, `no` elsewhere.
    #[inline(always)]
    pub fn select(self, yes: Lanes<N>, no: Lanes<N>) -> Lanes<N> {
        let mut out = no;
        for lane in 0..N {
            let mask = self.0[lane];
            out.0[lane] = f64::from_bits((yes.0[lane].to_bits() & mask) | (no.0[lane].to_bits() & !mask));
        }
        out
    }

    /// `yes` where true, 0 elsewhere.
    #[inline(always)]
    pub fn keep(self, yes: Lanes<N>) -> Lanes<N> {
        let mut out = yes;
        for lane in 0..N {
            out.0[lane] = f64::from_bits(yes.0[lane].to_bits() & self.0[lane]);
        }
        out
    }

    /// 1 where true, 0 elsewhere.
    #[inline(always)]
    pub fn as_number(self) -> Lanes<N> {
        self.keep(Lanes::splat(1.0))
    }
}

macro_rules! compare {
    ($(#[$doc:meta])* $name:ident, $sign:tt) => {
        $(#[$doc])*
        #[inline(always)]
        pub fn $name(self, other: Self) -> Mask<N> {
            let mut out = Mask([0; N]);
            for lane in 0..N {
                out.0[lane] = if self.0[lane] $sign other.0[lane] { u64::MAX } else { 0 };
            }
            out
        }
    };
}

/// 1.5 * 2^52: adding it rounds to an integer that stands in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

impl<const N: usize> Lanes<N> {
    /// The same number on every lane.
    #[inline(always)]
    pub const fn splat(value: f64) -> Self {
        Self([value; N])
    }

    compare!(/** Below, lane by lane; false for NaN. */ lt, <);
    compare!(/** At most, lane by lane; false for NaN. */ le, <=);
    compare!(/** Above, lane by lane; false for NaN. */ gt, >);
    compare!(/** At least, lane by lane; false for NaN. */ ge, >=);
    compare!(/** Different, lane by lane; true for NaN. */ ne, !=);
    compare!(/** Equal, lane by lane; false for NaN. */ equals, ==);

    /// The smaller of two numbers, lane by lane.
    #[inline(always)]
    pub fn min(mut self, other: Self) -> Self {
        for lane in 0..N {
            self.0[lane] = smaller(self.0[lane], other.0[lane]);
        }
        self
    }

    /// The larger of two numbers, lane by lane.
    #[inline(always)]
    pub fn max(mut self, other: Self) -> Self {
        for lane in 0..N {
            self.0[lane] = larger(self.0[lane], other.0[lane]);
        }
        self
    }

    /// Absolute value.
    #[inline(always)]
    pub fn abs(mut self) -> Self {
        for lane in 0..N {
            self.0[lane] = self.0[lane].abs();
        }
        self
    }

    /// Square root (correctly rounded).
    #[inline(always)]
    pub fn sqrt(mut self) -> Self {
        for lane in 0..N {
            self.0[lane] = self.0[lane].sqrt();
        }
        self
    }

    /// e to the power of each lane; arguments are held to [-708, 709].
    #[inline(always)]
    pub fn exp(self) -> Self {
        const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
        const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
        let x = self.max(Self::splat(-708.0)).min(Self::splat(709.0));
        let shifted = x * std::f64::consts::LOG2_E + ROUNDER;
        let n = shifted - ROUNDER;
        let r = x - n * LN2_HIGH - n * LN2_LOW;
        let r2 = r * r;
        let r4 = r2 * r2;
        let low = (r + 1.0) + (r * (1.0 / 6.0) + 0.5) * r2;
        let mid = (r * (1.0 / 120.0) + 1.0 / 24.0) + (r * (1.0 / 5_040.0) + 1.0 / 720.0) * r2;
        let high = (r * (1.0 / 362_880.0) + 1.0 / 40_320.0) + (r * (1.0 / 39_916_800.0) + 1.0 / 3_628_800.0) * r2;
        let top = r * (1.0 / 6_227_020_800.0) + 1.0 / 479_001_600.0;
        let polynomial = low + r4 * (mid + r4 * (high + r4 * top));
        let mut out = polynomial;
        for lane in 0..N {
            let power = f64::from_bits(shifted.0[lane].to_bits().wrapping_add(1023) << 52);
            out.0[lane] = polynomial.0[lane] * power;
        }
        out
    }

    /// Natural logarithm of positive, normal numbers.
    #[inline(always)]
    pub fn ln(self) -> Self {
        const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
        const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
        const HALF_ROOT: u64 = 0x3fe6_a09e_667f_3bcd;
        let mut m = self;
        let mut k = self;
        for lane in 0..N {
            let bits = self.0[lane].to_bits().wrapping_add(0x3ff0_0000_0000_0000 - HALF_ROOT);
            // 2^52 + exponent, as a float, without an integer conversion that would leave the vector unit.
            k.0[lane] = f64::from_bits((bits >> 52) | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0);
            m.0[lane] = f64::from_bits((bits & 0x000f_ffff_ffff_ffff).wrapping_add(HALF_ROOT));
        }
        let f = m - 1.0;
        let s = f / (f + 2.0);
        let z = s * s;
        let w = z * z;
        let odd = w * (w * (w * 1.531_383_769_920_937_3e-1 + 2.222_219_843_214_978_4e-1) + 3.999_999_999_940_942e-1);
        let even = z
            * (w * (w * (w * 1.479_819_860_511_658_6e-1 + 1.818_357_216_161_805e-1) + 2.857_142_874_366_239e-1)
                + 6.666_666_666_666_735e-1);
        let half_square = f * f * 0.5;
        let tail = s * (half_square + (odd + even)) + k * LN2_LOW;
        k * LN2_HIGH - ((half_square - tail) - f)
    }

    /// Sine and cosine of `2 pi u` for u in [0, 1).
    #[inline(always)]
    pub fn sin_cos_turns(self) -> (Self, Self) {
        let shifted = self * 4.0 + ROUNDER;
        let theta = (self - (shifted - ROUNDER) * 0.25) * std::f64::consts::TAU;
        let z = theta * theta;
        let sin = theta
            + theta
                * z
                * (z * (z
                    * (z * (z * (z * 1.589_690_995_211_55e-10 - 2.505_076_025_340_686_3e-8)
                        + 2.755_731_370_707_006_8e-6)
                        - 1.984_126_982_985_795e-4)
                    + 8.333_333_333_322_49e-3)
                    - 1.666_666_666_666_663_2e-1);
        let cos = z
            * z
            * (z * (z
                * (z * (z * (z * -1.135_964_755_778_819_5e-11 + 2.087_572_321_298_175e-9)
                    - 2.755_731_435_139_066_3e-7)
                    + 2.480_158_728_947_673e-5)
                - 1.388_888_888_887_411e-3)
                + 4.166_666_666_666_66e-2)
            + (z * -0.5 + 1.0);
        let (mut sine, mut cosine) = (sin, cos);
        for lane in 0..N {
            let quadrant = shifted.0[lane].to_bits();
            let swap = (quadrant & 1).wrapping_neg();
            let (s, c) = (sin.0[lane].to_bits(), cos.0[lane].to_bits());
            let sine_sign = (quadrant & 2) << 62;
            let cosine_sign = (quadrant.wrapping_add(1) & 2) << 62;
            sine.0[lane] = f64::from_bits(((s & !swap) | (c & swap)) ^ sine_sign);
            cosine.0[lane] = f64::from_bits(((c & !swap) | (s & swap)) ^ cosine_sign);
        }
        (sine, cosine)
    }

    /// Standard normal density.
    #[inline(always)]
    pub fn normal_density(self) -> Self {
        (self * self * -0.5).exp() * 0.398_942_280_401_432_7
    }

    /// The number below which a standard normal lies with this probability, in (0, 1): algorithm AS 241 (Wichura, "The
    /// percentage points of the normal distribution", 1988), relative accuracy about 1e-15.
    #[inline(always)]
    pub fn normal_quantile(self) -> Self {
        let q = self - 0.5;
        let near = q.abs().le(Self::splat(0.425));
        let r = q * q * -1.0 + 0.180_625;
        let central = q * ratio(r, &AS241[0], &AS241[1]);
        // The smaller tail; in the centre any number that the other branches can be taken of.
        let tail = near.select(Self::splat(0.05), self.min(Self::splat(1.0) - self));
        let r = (-tail.ln()).sqrt();
        let middle = ratio(r - 1.6, &AS241[2], &AS241[3]);
        let far = ratio(r - 5.0, &AS241[4], &AS241[5]);
        let outer = r.le(Self::splat(5.0)).select(middle, far);
        near.select(central, q.lt(Self::splat(0.0)).select(-outer, outer))
    }

    /// Standard normal distribution function; the lower tail keeps its relative accuracy.
    #[inline(always)]
    pub fn normal_cdf(self) -> Self {
        let x = self.abs().min(Self::splat(37.0));
        let top = ((((((x * 3.526_249_659_989_11e-2 + 0.700_383_064_443_688) * x + 6.373_962_203_531_65) * x
            + 33.912_866_078_383)
            * x
            + 112.079_291_497_871)
            * x
            + 221.213_596_169_931)
            * x)
            + 220.206_867_912_376;
        let bottom = (((((((x * 8.838_834_764_831_84e-2 + 1.755_667_163_182_64) * x + 16.064_177_579_207) * x
            + 86.780_732_202_946_1)
            * x
            + 296.564_248_779_674)
            * x
            + 637.333_633_378_831)
            * x
            + 793.826_512_519_948)
            * x)
            + 440.413_735_824_752;
        let tail = (x * x * -0.5).exp() * (top / bottom);
        self.gt(Self::splat(0.0)).select(Self::splat(1.0) - tail, tail)
    }
}

/// Quotient of two polynomials, coefficients from the constant on.
#[inline(always)]
fn ratio<const N: usize>(x: Lanes<N>, above: &[f64; 8], below: &[f64; 8]) -> Lanes<N> {
    let at = |coefficients: &[f64; 8]| {
        let mut sum = Lanes::splat(coefficients[7]);
        for c in coefficients[..7].iter().rev() {
            sum = sum * x + *c;
        }
        sum
    };
    at(above) / at(below)
}

/// Coefficients of AS 241: numerator and denominator near the centre, in the middle, and far out.
#[rustfmt::skip]
const AS241: [[f64; 8]; 6] = [
    [3.387_132_872_796_366_5e0, 1.331_416_678_917_843_8e2, 1.971_590_950_306_551_3e3, 1.373_169_376_550_946e4,
     4.592_195_393_154_987e4, 6.726_577_092_700_87e4, 3.343_057_558_358_813e4, 2.509_080_928_730_122_7e3],
    [1.0, 4.231_333_070_160_091e1, 6.871_870_074_920_579e2, 5.394_196_021_424_751e3,
     2.121_379_430_158_659_7e4, 3.930_789_580_009_271e4, 2.872_908_573_572_194_3e4, 5.226_495_278_852_545e3],
    [1.423_437_110_749_683_5e0, 4.630_337_846_156_546e0, 5.769_497_221_460_691e0, 3.647_848_324_763_204_5e0,
     1.270_458_252_452_368_4e0, 2.417_807_251_774_506e-1, 2.272_384_498_926_918_4e-2, 7.745_450_142_783_414e-4],
    [1.0, 2.053_191_626_637_759e0, 1.676_384_830_183_803_8e0, 6.897_673_349_851e-1,
     1.481_039_764_274_800_8e-1, 1.519_866_656_361_645_7e-2, 5.475_938_084_995_345e-4, 1.050_750_071_644_416_9e-9],
    [6.657_904_643_501_103e0, 5.463_784_911_164_114e0, 1.784_826_539_917_291_3e0, 2.965_605_718_285_048_7e-1,
     2.653_218_952_657_612_4e-2, 1.242_660_947_388_078_4e-3, 2.711_555_568_743_487_6e-5, 2.010_334_399_292_288_1e-7],
    [1.0, 5.998_322_065_558_88e-1, 1.369_298_809_227_358e-1, 1.487_536_129_085_061_5e-2,
     7.868_691_311_456_133e-4, 1.846_318_317_510_054_8e-5, 1.421_511_758_316_446e-7, 2.044_263_103_389_939_8e-15],
];

/// `exp`, `ln` and the normal distribution function on one number, with the same bits as on lanes.
pub mod scalar {
    use super::Lanes;

    /// e to the power x.
    pub fn exp(x: f64) -> f64 {
        Lanes([x]).exp().0[0]
    }

    /// Natural logarithm of a positive, normal number.
    pub fn ln(x: f64) -> f64 {
        Lanes([x]).ln().0[0]
    }

    /// Standard normal distribution function.
    pub fn normal_cdf(x: f64) -> f64 {
        Lanes([x]).normal_cdf().0[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20,001 points from `low` to `high`.
    fn points(low: f64, high: f64) -> impl Iterator<Item = f64> {
        (0..=20_000).map(move |i| low + (high - low) * f64::from(i) / 20_000.0)
    }

    #[test]
    fn exp_and_ln_agree_with_libm_to_two_ulp() {
        for x in points(-700.0, 700.0).chain(points(-1.0, 1.0)) {
            let want = libm::exp(x);
            assert!((scalar::exp(x) - want).abs() <= 4.5e-16 * want, "exp({x})");
        }
        for x in points(-300.0, 300.0).map(libm::exp).chain(points(0.5, 2.0)) {
            let want = libm::log(x);
            assert!((scalar::ln(x) - want).abs() <= 4.5e-16 * want.abs().max(1e-3), "ln({x})");
        }
    }

    #[test]
    fn sine_and_cosine_of_a_turn() {
        for u in points(0.0, 0.999_99) {
            let (s, c) = Lanes([u]).sin_cos_turns();
            let angle = u * std::f64::consts::TAU;
            assert!((s.0[0] - libm::sin(angle)).abs() < 1.5e-15 && (c.0[0] - libm::cos(angle)).abs() < 1.5e-15, "{u}");
        }
    }

    #[test]
    fn normal_distribution_agrees_with_erfc() {
        for x in points(-12.0, 9.0) {
            let want = 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
            let tolerance = if x < -7.0 { 1e-6 * want } else { 2e-14 * want + 1e-16 };
            assert!((scalar::normal_cdf(x) - want).abs() <= tolerance, "{x}: {} {want}", scalar::normal_cdf(x));
        }
    }

    #[test]
    fn quantiles_agree_with_those_of_a_library() {
        use statrs::distribution::{ContinuousCDF, Normal};
        let normal = Normal::standard();
        for p in points(1e-9, 1.0 - 1e-9).chain([1e-300, 1e-20, 1e-12, 0.075, 0.925]) {
            let (mine, want) = (Lanes([p]).normal_quantile().0[0], normal.inverse_cdf(p));
            assert!((mine - want).abs() <= 1e-9 * (1.0 + want.abs()), "{p}: {mine} {want}");
            let back = scalar::normal_cdf(mine);
            assert!((back - p).abs() <= 1e-13 * p.max(1e-3) || p < 1e-8, "{p}: {back}");
        }
    }

    #[test]
    fn one_lane_has_the_bits_of_many() {
        let x = Lanes([0.1, 0.7, 3.3, 0.9, 11.0, 2.0, 0.25, 1e-3]);
        let many = (x.exp(), x.ln(), x.normal_cdf());
        for lane in 0..WIDTH {
            let one = Lanes([x.0[lane]]);
            assert_eq!(many.0.0[lane].to_bits(), one.exp().0[0].to_bits());
            assert_eq!(many.1.0[lane].to_bits(), one.ln().0[0].to_bits());
            assert_eq!(many.2.0[lane].to_bits(), one.normal_cdf().0[0].to_bits());
        }
    }
}
