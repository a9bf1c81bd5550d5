//! Option prices of one asset in tables, one for each day to expiry and regime: a mark in the day loop is a look-up.
//!
//! Contract: prices within 2e-5 of spot one day before expiry and 3e-6 from five days on, for strikes of 0.6 to 1.4 times
//! the forward and variances from 0 to `most_variance` (tests hold it to the cosine series, point by point). Outside, a
//! look-up is held at the edge and says so.
//!
//! What is interpolated is R = TV / s: TV the value of the option that is out of the money as a share of the forward (two
//! one-sided tables, so that there is no kink), s the root of the expected variance to expiry, which is exact and affine in
//! the spot variance. R is self-similar as time or variance vanish. Coordinates: t = x (L + c) / (L (x + c)) for the
//! distance x of strike and forward in logs, c a few widths w = sqrt(s (s + j)) with j the deviation of the jumps to expiry
//! (close to expiry the value has two scales, that of diffusion and that of jumps), and y = sqrt(s); bicubic splines. Beside R the table holds the Black-Scholes
//! density at d1, from which comes the vega that trading costs are quoted in.

use super::complex::Complex;
use super::cos::{Range, frequencies};
use super::implied;
use super::law::Model;
use super::spline::{Fit, bend_weights, cell, slope_weights, weights};
use super::splitting::Steps;
use super::transform::Transform;
use super::vix::Affine;
use crate::lanes::{Lanes, Mask, Row, WIDTH};
use multiversion::multiversion;
use nalgebra::DMatrix;
use rayon::prelude::*;
use std::ops::RangeInclusive;

/// Nodes in strike (on each side of the forward) and in variance.
const STRIKES: usize = 32;
const VARIANCES: usize = 24;

/// c: how many widths from the forward half of the nodes lie.
const SPREAD: f64 = 3.0;

/// L: distance of the last strike from the forward, in logs (puts down to 0.45, calls up to 1.65 times the forward).
const REACH: [f64; 2] = [0.8, 0.5];

/// Probability outside of the range of a series, and size of its last terms.
const TAIL: f64 = 1e-11;

/// Most rows of eight terms in a series.
const MOST_ROWS: usize = 8_192;

/// Rows of frequencies that are marched between two looks whether there are enough.
const BATCH: usize = 32;

/// Tables of one asset under one pricing measure.
#[derive(Clone, Debug)]
pub struct Surface {
    regimes: usize,
    sheets: Vec<Sheet>,
    columns: usize,
    /// `[day - 1][regime][side][strike][variance]`: coefficients of R and of the density at d1.
    coefficients: Vec<[f32; 2]>,
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
    u: Row,
    /// B, by day.
    b: Vec<Complex<WIDTH>>,
    /// Factors of the regimes, shifted to the range: `[day][regime]`.
    g: Vec<Complex<WIDTH>>,
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
            let made: Vec<(Sheet, Vec<[f32; 2]>)> = (first..=last)
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
        let square = least + variance * slope;
        let s = square.sqrt();
        let y = s.sqrt();
        let zero = Row::splat(0.0);
        let above = kk.gt(zero);
        let reach = above.select(Row::splat(REACH[1]), Row::splat(REACH[0]));
        let x = kk.abs().min(reach);
        let width = (s * (s + jumps)).sqrt();
        let near = width * SPREAD;
        let whole = x + near;
        let stretch = (reach + near) / (reach * whole);
        let t = x * stretch * (STRIKES - 1) as f64;
        let (row, across) = cell(t, STRIKES);
        let place = (y - low) * per_node;
        let nodes = if self.columns == 4 { 1 } else { self.columns - 2 };
        let (column, along) = cell(place, nodes);
        // Beyond the strikes there is next to no value left; beyond the variances the value is understated.
        let held = place.gt(Row::splat((nodes - 1) as f64 + 1e-9)) | kk.abs().gt(reach);
        let at = self.address(days, regime, above, row, column);
        let (wt, wy) = (weights(across), weights(along));
        let blocks = self.gather(&at);
        let ratio = contract(&blocks.0, &wt, &wy);
        let density = contract(&blocks.1, &wt, &wy);
        let intrinsic = above.select(relative - 1.0, zero);
        let mut quote = Quote { put: ratio * s + intrinsic, slope: zero, bend: zero, in_variance: zero, density, held };
        if FULL {
            let per_strike = (STRIKES - 1) as f64;
            let r_t = contract(&blocks.0, &slope_weights(across), &wy) * per_strike;
            let r_tt = contract(&blocks.0, &bend_weights(across), &wy) * (per_strike * per_strike);
            let r_y = contract(&blocks.0, &wt, &slope_weights(along)) * per_node;
            let t_x = near * stretch / whole;
            let near_s = (s + jumps * 0.5) / width * SPREAD;
            let t_s = x * (x - reach) * near_s / (reach * whole * whole);
            let tv_x = s * r_t * t_x;
            let sign = above.select(Row::splat(1.0), Row::splat(-1.0));
            quote.slope = sign * tv_x + above.select(relative, zero);
            quote.bend = s * (r_tt * t_x * t_x - r_t * t_x * 2.0 / whole) + above.select(relative, zero);
            let in_s = ratio + s * (r_t * t_s + r_y * 0.5 / y);
            quote.in_variance = in_s * slope * 0.5 / s;
        }
        quote
    }

    /// First coefficient of the cell of each lane.
    #[inline(always)]
    fn address(&self, days: usize, regime: Row, above: Mask<WIDTH>, row: Row, column: Row) -> [usize; WIDTH] {
        let sheet = 2 * (STRIKES + 2) * self.columns;
        let side = above.as_number();
        std::array::from_fn(|lane| {
            let table = 2 * ((days - 1) * self.regimes + regime.0[lane] as usize) + side.0[lane] as usize;
            table * (sheet / 2) + row.0[lane] as usize * self.columns + column.0[lane] as usize
        })
    }

    /// The sixteen coefficients of each lane, for both tables: `[strike * 4 + variance]`.
    #[inline(always)]
    fn gather(&self, at: &[usize; WIDTH]) -> ([Row; 16], [Row; 16]) {
        let mut out = ([Row::default(); 16], [Row::default(); 16]);
        for lane in 0..WIDTH {
            for i in 0..4 {
                let from = at[lane] + i * self.columns;
                let row = &self.coefficients[from..from + 4];
                for (j, pair) in row.iter().enumerate() {
                    out.0[4 * i + j].0[lane] = f64::from(pair[0]);
                    out.1[4 * i + j].0[lane] = f64::from(pair[1]);
                }
            }
        }
        out
    }
}

/// Sum of the sixteen coefficients with these weights.
#[inline(always)]
fn contract(block: &[Row; 16], across: &[Row; 4], along: &[Row; 4]) -> Row {
    let mut sum = Row::splat(0.0);
    for i in 0..4 {
        let mut row = block[4 * i] * along[0];
        for j in 1..4 {
            row += block[4 * i + j] * along[j];
        }
        sum += row * across[i];
    }
    sum
}

/// Blocks of maturities that share a range: 1, 2, 3-4, 5-8 and so on.
fn blocks(days: usize) -> Vec<(usize, usize)> {
    let mut list = Vec::new();
    let mut first = 1;
    while first <= days {
        let last = (first.next_power_of_two()).max(first).min(days);
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
                .all(|wave| wave.g[..regimes].iter().all(|g| !g.norm().ge(Row::splat(TAIL * TAIL)).any()));
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
    let transform = Transform::new(model, Complex::new(u, Row::default()));
    let shift = Complex::new(Row::default(), u * -range.low).exp();
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
fn fill(sheet: &Sheet, waves: &Waves, days: usize, regime: usize, fits: &(Fit, Fit)) -> Vec<[f32; 2]> {
    let columns = if sheet.per_node > 0.0 { VARIANCES } else { 1 };
    let mut tables: [[DMatrix<f64>; 2]; 2] =
        std::array::from_fn(|_| std::array::from_fn(|_| DMatrix::zeros(STRIKES, columns)));
    for column in 0..columns {
        let root = sheet.low + if columns > 1 { column as f64 / sheet.per_node } else { 0.0 };
        let s = root * root;
        let variance = if sheet.slope > 0.0 { ((s * s - sheet.least) / sheet.slope).max(0.0) } else { 0.0 };
        let near = SPREAD * (s * (s + sheet.jumps)).sqrt();
        let series = Series::new(waves, days, regime, variance);
        for (side, reach) in REACH.into_iter().enumerate() {
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
    for side in tables {
        let [ratio, density] = side.map(|values| fits.0.surface(&fits.1, &values));
        for row in 0..ratio.nrows() {
            for column in 0..ratio.ncols() {
                out.push([ratio[(row, column)] as f32, density[(row, column)] as f32]);
            }
        }
    }
    out
}

/// The cosine series of one variance, regime and maturity, ready for any strike.
struct Series {
    range: Range,
    /// Frequencies of the first row, and their distance from row to row.
    first: Row,
    stride: f64,
    /// Coefficients of e^{iu(kk - a)}: real and imaginary part of each row.
    terms: Vec<Complex<WIDTH>>,
    /// What does not depend on the strike.
    constant: f64,
}

impl Series {
    #[inline(always)]
    fn new(waves: &Waves, days: usize, regime: usize, variance: f64) -> Self {
        let width = waves.range.width();
        let mut terms = Vec::with_capacity(waves.rows.len());
        let mut constant = Row::default();
        let mut quiet = 0;
        for (index, wave) in waves.rows.iter().enumerate() {
            let day = days - waves.first;
            let regimes = wave.g.len() / wave.b.len();
            let phi = (wave.b[day] * variance).exp() * wave.g[day * regimes + regime];
            let squared = wave.u * wave.u + 1.0;
            let mut of_cosine = phi.re / squared;
            let mut of_sine = of_cosine / wave.u.max(Row::splat(1e-300));
            if index == 0 {
                // The first term is a polynomial in the strike: see `time_value`.
                (of_cosine.0[0], of_sine.0[0]) = (0.0, 0.0);
            }
            constant += of_cosine;
            terms.push(Complex::new(of_cosine, of_sine));
            let small = phi.norm().lt(Row::splat(TAIL * TAIL));
            quiet = if (!small).any() { 0 } else { quiet + 1 };
            if quiet == 2 {
                break;
            }
        }
        Self {
            range: waves.range,
            first: frequencies(0, width),
            stride: WIDTH as f64 * std::f64::consts::PI / width,
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
        let mut turn = Complex::new(Row::default(), self.first * x).exp();
        let step = Complex::new(Lanes([0.0]), Lanes([self.stride * x])).exp();
        let step = Complex::new(Row::splat(step.re.0[0]), Row::splat(step.im.0[0]));
        let mut sum = Row::default();
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
