//! Option prices of one asset in tables, one for each day to expiry and regime: a mark in the day loop is a look-up.
//!
//! Contract: prices within 4e-6 of spot from one day before expiry on, for strikes of 0.6 to 1.4 times
//! the forward and variances from 0 to `most_variance` (tests hold it to the cosine series, point by point). Outside, a
//! look-up is held at the edge and says so.
//!
//! What is interpolated is R = TV / s: TV the value of the option that is out of the money as a share of the forward (two
//! one-sided tables, so that there is no kink), s the root of the expected variance to expiry, which is exact and affine in
//! the spot variance. R is self-similar as time or variance vanish. Coordinates: t = x (L + c) / (L (x + c)) for the
//! distance x of strike and forward in logs, c a few widths w = sqrt(s (s + j)) with j the deviation of the jumps to expiry
//! (close to expiry the value has two scales, that of diffusion and that of jumps), and y = sqrt(s); bicubic splines.
//! Beside R the table holds the Black-Scholes density at d1, from which comes the vega that trading costs are quoted in.

use super::complex::Complex;
use super::cos::{MOST_ROWS, Range, frequencies};
use super::implied;
use super::law::Model;
use super::spline::{Fit, bend_weights, cell, slope_weights, weights};
use super::splitting::Steps;
use super::transform::Transform;
use super::vix::Affine;
use crate::lanes::{ABREAST, Lanes, Mask, Nodes, Row, WIDTH, expect_soon};
use multiversion::multiversion;
use nalgebra::DMatrix;
use rayon::prelude::*;
use std::ops::RangeInclusive;

mod packed;

/// Nodes in strike (on each side of the forward) and in variance.
const STRIKES: usize = 32;
const VARIANCES: usize = 24;

/// c: how many widths from the forward half of the nodes lie.
const SPREAD: f64 = 3.0;

/// L: distances of the last strikes from the forward, in logs: up to 63 days puts down to 0.45 and calls up to 1.65 times
/// the forward, beyond with the root of time.
pub fn reach(days: usize) -> [f64; 2] {
    let wider = (days as f64 / 63.0).max(1.0).sqrt();
    [0.8 * wider, 0.5 * wider]
}

/// Probability outside of the range of a series, and size of its last terms.
const TAIL: f64 = 1e-11;

/// Rows of frequencies that are marched between two looks whether there are enough.
const BATCH: usize = 32;

/// Tables of one asset under one pricing measure.
#[derive(Clone, Debug)]
pub struct Surface {
    regimes: usize,
    sheets: Vec<Sheet>,
    columns: usize,
    /// `[day - 1][regime][side][strike][variance][table]`: coefficients of R and of the density at d1 beside each other, so that
    /// a look-up touches few cache lines.
    coefficients: Vec<f32>,
}

/// Where the variances of one day and regime lie: s^2 = least + slope v.
#[derive(Clone, Copy, Debug)]
struct Sheet {
    least: f64,
    slope: f64,
    low: f64,
    per_node: f64,
    jumps: f64,
}

/// What a look-up gives; values as a share of the forward, undiscounted.
#[derive(Clone, Copy, Debug)]
pub struct Quote {
    /// Value of a put.
    pub put: Row,
    /// Its derivative in the log strike.
    pub slope: Row,
    /// Its second derivative in the log strike.
    pub bend: Row,
    /// Its derivative in the asset's variance.
    pub in_variance: Row,
    /// Standard normal density at d1 of the implied volatility: the Black vega is forward times this times root of time.
    /// Not given where derivatives are.
    pub density: Row,
    /// Was the look-up held at the edge of the table?
    pub held: Mask<WIDTH>,
}

/// Transforms of one block of maturities: `[row of frequencies]`, each with one entry a day.
struct Waves {
    range: Range,
    first: usize,
    rows: Vec<Wave>,
}

/// One row of frequencies.
struct Wave {
    u: Nodes,
    /// B, by day.
    b: Vec<Complex<ABREAST>>,
    /// Factors of the regimes, shifted to the range: `[day][regime]`.
    g: Vec<Complex<ABREAST>>,
}

impl Surface {
    /// Tables for 1 to `days` days of `day` years, variances of the asset up to `most_variance`; in parallel.
    pub fn new(model: &Model, days: usize, day: f64, most_variance: f64) -> Self {
        let regimes = model.law.regimes();
        let columns = if model.law.diffusive_variance(day).b == 0.0 { 1 } else { VARIANCES };
        let fits = (Fit::new(STRIKES), Fit::new(columns));
        let mut surface =
            Self { regimes, sheets: Vec::new(), columns: fits.1.coefficients(), coefficients: Vec::new() };
        for (first, last) in blocks(days) {
            let waves = Waves::new(model, first, last, day, most_variance);
            let made: Vec<(Sheet, Vec<f32>)> = (first..=last)
                .flat_map(|days| (0..regimes).map(move |k| (days, k)))
                .collect::<Vec<_>>()
                .into_par_iter()
                .map(|(days, k)| {
                    let variance = model.law.diffusive_variance(days as f64 * day);
                    let all = model.law.variance_strike(days as f64 * day).a[k] * days as f64 * day;
                    let jumps = (all - variance.a[k]).max(0.0).sqrt();
                    let sheet = Sheet::new(&variance, k, jumps, most_variance, columns);
                    (sheet, fill(&sheet, &waves, days, k, &fits))
                })
                .collect();
            for (sheet, coefficients) in made {
                surface.sheets.push(sheet);
                surface.coefficients.extend(coefficients);
            }
        }
        surface
    }

    /// Longest maturity, days.
    pub fn days(&self) -> usize {
        self.sheets.len() / self.regimes
    }

    /// The put with log strike `kk` over the forward, `days` (at least 1) before expiry; `FULL` with its derivatives.
    #[inline(always)]
    pub fn look<const FULL: bool>(&self, days: usize, kk: Row, relative: Row, variance: Row, regime: Row) -> Quote {
        let sheets = &self.sheets[(days - 1) * self.regimes..][..self.regimes];
        let [mut least, mut low, mut per_node, mut jumps] = [Row::default(); 4];
        for lane in 0..WIDTH {
            let sheet = &sheets[regime.0[lane] as usize];
            (least.0[lane], low.0[lane]) = (sheet.least, sheet.low);
            (per_node.0[lane], jumps.0[lane]) = (sheet.per_node, sheet.jumps);
        }
        let slope = sheets[0].slope;
        let s = (least + variance * slope).sqrt();
        let y = s.sqrt();
        let zero = Row::splat(0.0);
        let above = kk.gt(zero);
        let side = |of: [f64; 2]| above.select(Row::splat(of[1]), Row::splat(of[0]));
        let reach = reach(days);
        let (reach, per_reach) = (side(reach), side(reach.map(|reach| 1.0 / reach)));
        let x = kk.abs().min(reach);
        let width = (s * (s + jumps)).sqrt();
        let near = width * SPREAD;
        let shrink = Row::splat(1.0) / (x + near);
        let stretch = (reach + near) * per_reach * shrink;
        let (row, across) = cell(x * stretch * (STRIKES - 1) as f64, STRIKES);
        let place = (y - low) * per_node;
        let nodes = if self.columns == 4 { 1 } else { self.columns - 2 };
        let (column, along) = cell(place, nodes);
        let held = place.gt(Row::splat((nodes - 1) as f64 + 1e-9)) | kk.abs().gt(reach);
        let at = self.address(days, regime, above, row, column);
        self.expect_day_before(&at);
        let (wt, wy) = (weights(across), weights(along));
        let intrinsic = above.select(relative - 1.0, zero);
        if !FULL {
            let [ratio, density] = self.values(&at, &wt, &wy);
            return Quote { put: ratio * s + intrinsic, slope: zero, bend: zero, in_variance: zero, density, held };
        }
        let per_strike = (STRIKES - 1) as f64;
        let across = [wt, slope_weights(across), bend_weights(across)];
        let [ratio, r_t, r_tt, r_y] = self.derivatives(&at, &across, &[wy, slope_weights(along)]);
        let (r_t, r_tt, r_y) = (r_t * per_strike, r_tt * (per_strike * per_strike), r_y * per_node);
        let t_x = near * stretch * shrink;
        let near_s = (s + jumps * 0.5) * (Row::splat(SPREAD) / width);
        let t_s = x * (x - reach) * near_s * per_reach * shrink * shrink;
        let per_y = Row::splat(1.0) / y;
        let in_strike = above.select(relative, zero);
        let outward = above.select(Row::splat(1.0), Row::splat(-1.0));
        let in_s = ratio + s * (r_t * t_s + r_y * per_y * 0.5);
        Quote {
            put: ratio * s + intrinsic,
            slope: outward * (s * r_t * t_x) + in_strike,
            bend: s * (r_tt * t_x * t_x - r_t * t_x * shrink * 2.0) + in_strike,
            in_variance: in_s * per_y * per_y * (slope * 0.5),
            density: zero,
            held,
        }
    }

    /// Coefficients of both tables along the variances.
    #[inline(always)]
    fn along(&self) -> usize {
        TABLES * self.columns
    }

    /// First coefficient of the cell of each lane.
    #[inline(always)]
    fn address(&self, days: usize, regime: Row, above: Mask<WIDTH>, row: Row, column: Row) -> [usize; WIDTH] {
        let side = above.as_number();
        let each = (STRIKES + 2) * self.along();
        let first = ((days - 1) * self.regimes * 2 * each) as f64;
        // Whole numbers in floating point are exact, and are read off the mantissa without a conversion.
        let at =
            (regime * 2.0 + side) * each as f64 + row * self.along() as f64 + column * TABLES as f64 + (first + WHOLE);
        at.0.map(|at| (at.to_bits() & 0x000f_ffff_ffff_ffff) as usize)
    }

    /// Asks for the same cells one day closer to expiry: tables of all days do not fit in a near cache, and tomorrow is read
    /// close by.
    #[inline(always)]
    fn expect_day_before(&self, at: &[usize; WIDTH]) {
        let day = self.regimes * 2 * (STRIKES + 2) * self.along();
        for at in at {
            for i in 0..4 {
                expect_soon(&self.coefficients, at.wrapping_sub(day).wrapping_add(i * self.along()));
            }
        }
    }

    /// Values of both tables: sums of the sixteen coefficients of each lane with these weights.
    #[inline(always)]
    fn values(&self, at: &[usize; WIDTH], across: &[Row; 4], along: &[Row; 4]) -> [Row; TABLES] {
        // First all sums, written to memory, then what is made of them: where a compiler sees both, it loads number by number.
        let mut sums = [Lanes([0.0; FOUR]); WIDTH];
        for lane in 0..WIDTH {
            let part = |i: usize| self.four(at[lane] + i * self.along()) * across[i].0[lane];
            sums[lane] = part(0) + part(1) + part(2) + part(3);
        }
        let sums = std::hint::black_box(&sums);
        let mut out = [Row::default(); TABLES];
        for lane in 0..WIDTH {
            for (table, out) in out.iter_mut().enumerate() {
                let part = |node: usize| sums[lane].0[node * TABLES + table] * along[node].0[lane];
                out.0[lane] = (part(0) + part(1)) + (part(2) + part(3));
            }
        }
        out
    }

    /// Value, slope and second derivative across, and slope along, of the first table.
    #[inline(always)]
    fn derivatives(&self, at: &[usize; WIDTH], across: &[[Row; 4]; 3], along: &[[Row; 4]; 2]) -> [Row; 4] {
        let mut out = [Row::default(); 4];
        for lane in 0..WIDTH {
            let mut sums = [[0.0; 4]; 3];
            for i in 0..4 {
                let row = self.four(at[lane] + i * self.along());
                let row = std::array::from_fn(|node| row.0[node * TABLES]);
                for (sum, across) in sums.iter_mut().zip(across) {
                    add(sum, &row, across[i].0[lane]);
                }
            }
            for (out, sums) in out.iter_mut().zip(&sums) {
                out.0[lane] = total(sums, &along[0], lane);
            }
            out[3].0[lane] = total(&sums[0], &along[1], lane);
        }
        out
    }

    /// Four neighbouring coefficients of both tables.
    #[inline(always)]
    fn four(&self, from: usize) -> Lanes<FOUR> {
        let mut row = Lanes([0.0; FOUR]);
        for (wide, narrow) in row.0.iter_mut().zip(&self.coefficients[from..from + FOUR]) {
            *wide = f64::from(*narrow);
        }
        row
    }
}

/// Tables beside each other: R, and the density.
const TABLES: usize = 2;

/// Numbers of four neighbouring nodes.
const FOUR: usize = 4 * TABLES;

#[inline(always)]
fn add(sums: &mut [f64; 4], row: &[f64; 4], weight: f64) {
    for (sum, x) in sums.iter_mut().zip(row) {
        *sum += weight * x;
    }
}

/// Weighted sum along the variances.
#[inline(always)]
fn total(sums: &[f64; 4], along: &[Row; 4], lane: usize) -> f64 {
    let part = |j: usize| sums[j] * along[j].0[lane];
    (part(0) + part(1)) + (part(2) + part(3))
}

/// 2^52: above it, the low bits of a number are its whole part.
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// Most days of a block: their transforms are held in memory together.
const LONGEST_BLOCK: usize = 64;

/// Blocks of maturities that share a range: 1, 2, 3-4, 5-8 and so on.
fn blocks(days: usize) -> Vec<(usize, usize)> {
    let mut list = Vec::new();
    let mut first = 1;
    while first <= days {
        let last = first.next_power_of_two().min(first + LONGEST_BLOCK - 1).min(days);
        list.push((first, last));
        first = last + 1;
    }
    list
}

impl Waves {
    fn new(model: &Model, first: usize, last: usize, day: f64, most_variance: f64) -> Self {
        let regimes = model.law.regimes();
        let range = Range::new(model, last as f64 * day, &[0.0, most_variance], 0..regimes, TAIL);
        let mut rows: Vec<Wave> = Vec::new();
        while rows.len() < MOST_ROWS {
            let from = rows.len();
            let more: Vec<Wave> =
                (from..from + BATCH).into_par_iter().map(|row| wave(model, row, range, first..=last, day)).collect();
            rows.extend(more);
            // At variance 0 the transform is the factors themselves: the slowest to fade.
            let faded = rows[rows.len() - 2..]
                .iter()
                .all(|wave| wave.g[..regimes].iter().all(|g| !g.norm().ge(Nodes::splat(TAIL * TAIL)).any()));
            if faded {
                break;
            }
        }
        Self { range, first, rows }
    }
}

/// One row of frequencies, taken through all days.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn wave(model: &Model, row: usize, range: Range, days: RangeInclusive<usize>, day: f64) -> Wave {
    let u = frequencies(row, range.width());
    let transform = Transform::new(model, Complex::new(u, Nodes::default()));
    let shift = Complex::new(Nodes::default(), u * -range.low).exp();
    let (mut list, mut factors) = (Vec::new(), Vec::new());
    transform.march(Steps { length: day, count: *days.end(), levels: 2 }, |step, b, g| {
        if step >= *days.start() {
            list.push(*b);
            factors.extend(g.iter().map(|g| *g * shift));
        }
    });
    Wave { u, b: list, g: factors }
}

impl Sheet {
    fn new(variance: &Affine, regime: usize, jumps: f64, most_variance: f64, columns: usize) -> Self {
        let root = |v: f64| (variance.a[regime] + variance.b * v).sqrt().sqrt();
        let (low, high) = (root(0.0), root(most_variance));
        let per_node = if columns > 1 { (columns - 1) as f64 / (high - low) } else { 0.0 };
        Self { least: variance.a[regime], slope: variance.b, low, per_node, jumps }
    }
}

/// Coefficients of both sides of one day and regime.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn fill(sheet: &Sheet, waves: &Waves, days: usize, regime: usize, fits: &(Fit, Fit)) -> Vec<f32> {
    let columns = if sheet.per_node > 0.0 { VARIANCES } else { 1 };
    let mut tables: [[DMatrix<f64>; 2]; 2] =
        std::array::from_fn(|_| std::array::from_fn(|_| DMatrix::zeros(STRIKES, columns)));
    for column in 0..columns {
        let root = sheet.low + if columns > 1 { column as f64 / sheet.per_node } else { 0.0 };
        let s = root * root;
        let variance = if sheet.slope > 0.0 { ((s * s - sheet.least) / sheet.slope).max(0.0) } else { 0.0 };
        let near = SPREAD * (s * (s + sheet.jumps)).sqrt();
        let series = Series::new(waves, days, regime, variance);
        for (side, reach) in reach(days).into_iter().enumerate() {
            let mut deviation = s;
            for row in 0..STRIKES {
                let z = row as f64 / (STRIKES - 1) as f64 * reach / (reach + near);
                let x = near * z / (1.0 - z);
                let kk = if side == 0 { -x } else { x };
                let value = series.time_value(kk);
                let density = implied::deviation(kk, value, deviation).map_or(0.0, |found| {
                    deviation = found;
                    let d1 = -kk / found + 0.5 * found;
                    libm::exp(-0.5 * d1 * d1) * 0.398_942_280_401_432_7
                });
                tables[side][0][(row, column)] = value / s;
                tables[side][1][(row, column)] = density;
            }
        }
    }
    let mut out = Vec::new();
    for side in &tables {
        let [ratios, densities] = side.each_ref().map(|values| fits.0.surface(&fits.1, values));
        // Row by row: a matrix is stored column by column.
        let (ratios, densities) = (ratios.transpose(), densities.transpose());
        out.extend(ratios.iter().zip(&densities).flat_map(|(ratio, density)| [*ratio as f32, *density as f32]));
    }
    out
}

/// The cosine series of one variance, regime and maturity, ready for any strike.
struct Series {
    range: Range,
    /// Frequencies of the first row, and their distance from row to row.
    first: Nodes,
    stride: f64,
    /// Coefficients of e^{iu(kk - a)}: real and imaginary part of each row.
    terms: Vec<Complex<ABREAST>>,
    /// What does not depend on the strike.
    constant: f64,
}

impl Series {
    #[inline(always)]
    fn new(waves: &Waves, days: usize, regime: usize, variance: f64) -> Self {
        let width = waves.range.width();
        let mut terms = Vec::with_capacity(waves.rows.len());
        let mut constant = Nodes::default();
        let mut quiet = 0;
        for (index, wave) in waves.rows.iter().enumerate() {
            let day = days - waves.first;
            let regimes = wave.g.len() / wave.b.len();
            let phi = (wave.b[day] * variance).exp() * wave.g[day * regimes + regime];
            let squared = wave.u * wave.u + 1.0;
            let mut of_cosine = phi.re / squared;
            let mut of_sine = of_cosine / wave.u.max(Nodes::splat(1e-300));
            if index == 0 {
                // The first term is a polynomial in the strike: see `time_value`.
                (of_cosine.0[0], of_sine.0[0]) = (0.0, 0.0);
            }
            constant += of_cosine;
            terms.push(Complex::new(of_cosine, of_sine));
            let small = phi.norm().lt(Nodes::splat(TAIL * TAIL));
            quiet = if (!small).any() { 0 } else { quiet + 1 };
            if quiet == 2 {
                break;
            }
        }
        Self {
            range: waves.range,
            first: frequencies(0, width),
            stride: ABREAST as f64 * std::f64::consts::PI / width,
            terms,
            constant: constant.0.iter().sum(),
        }
    }

    /// Value of the option that is out of the money at this log strike, as a share of the forward.
    #[inline(always)]
    fn time_value(&self, kk: f64) -> f64 {
        let Range { low, high } = self.range;
        if kk <= low || kk >= high {
            return 0.0;
        }
        let x = kk - low;
        let mut turn = Complex::new(Nodes::default(), self.first * x).exp();
        let step = Complex::new(Lanes([0.0]), Lanes([self.stride * x])).exp();
        let step = Complex::new(Nodes::splat(step.re.0[0]), Nodes::splat(step.im.0[0]));
        let mut sum = Nodes::default();
        for term in &self.terms {
            sum += turn.im * term.im - turn.re * term.re;
            turn = turn * step;
        }
        let (grown, floor) = (libm::exp(kk), libm::exp(low));
        let series: f64 = sum.0.iter().sum();
        let first = 0.5 * (grown * x - (grown - floor));
        let put = 2.0 / self.range.width() * (grown * series + floor * self.constant + first);
        (put - if kk > 0.0 { libm::expm1(kk) } else { 0.0 }).max(0.0)
    }
}
