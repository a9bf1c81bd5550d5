//! Options on the VIX in tables, by day to expiry and regime: a mark in the day loop is a look-up.
//!
//! Contract: calls and puts within 3e-3 point of [`vix_option`](super::vix_option::vix_option), mostly within 3e-4, for
//! variances up to `most_variance` and strikes up to three times the VIX there; on the last two days within 1e-2 near the
//! least VIX of a regime, where the density has a pole (`tests/vix_options.rs`). Exact where the variance is constant.
//! Outside, a look-up is held at the edge and says so.
//!
//! What is interpolated is the call, undiscounted, by bicubic splines in the logarithm of the strike and in the root of
//! the variance: in the root the noise has nearly the same width everywhere, so that equal nodes, closer the fewer days
//! there are, serve all variances. The future comes from the same nodes, and the put by parity with it, so that a call or
//! put that is worth little is off by little. Beside the call the tables hold d1 of Black's formula (Black, "The pricing of
//! commodity contracts", 1976) at the implied volatility, from which come the delta to the future and the vega that trading
//! costs are quoted in. All strikes, variances and maturities share the nodes of one contour, so that a table is a product
//! of two matrices.

use super::complex::Complex;
use super::error_function::ScaledErfc;
use super::implied;
use super::law::{Law, Variance};
use super::spline::{Fit, cell, weights};
use super::splitting::Steps;
use super::vix::Affine;
use super::vix_option::{Angled, Contour, Node, Spread, chances, transforms};
use crate::lanes::{ABREAST, Mask, Row, WIDTH};
use crate::matrix::product;
use nalgebra::DMatrix;
use rayon::prelude::*;

mod packed;

/// Options on the VIX of one law.
#[derive(Clone, Debug)]
pub struct VixSurface {
    regimes: usize,
    least_strike: f64,
    days: Vec<Day>,
    /// VIX by regime where the variance is constant.
    discrete: Option<Vec<f64>>,
}

/// Tables of one maturity.
#[derive(Clone, Debug)]
struct Day {
    strikes: Axis,
    variances: Axis,
    /// `[regime][table][strike][variance]`: coefficients of the call, then of d1.
    coefficients: Vec<f32>,
    /// `[regime][variance]`: coefficients of the future.
    futures: Vec<f64>,
    /// Probability of each regime at expiry, row by row from the present one.
    chances: Vec<f64>,
}

/// Equal nodes from an origin.
#[derive(Clone, Copy, Debug)]
struct Axis {
    nodes: usize,
    per_node: f64,
}

impl Axis {
    /// Nodes over `range`, at most `step` apart but within these numbers.
    fn new(range: f64, step: f64, [least, most]: [usize; 2]) -> Self {
        let nodes = ((range / step).ceil() as usize + 1).clamp(least, most);
        Self { nodes, per_node: (nodes - 1) as f64 / range }
    }

    fn at(&self, node: usize) -> f64 {
        if self.nodes > 1 { node as f64 / self.per_node } else { 0.0 }
    }

    /// Coefficients of a spline on them.
    fn coefficients(&self) -> usize {
        if self.nodes > 1 { self.nodes + 2 } else { 4 }
    }
}

/// What a look-up gives, undiscounted.
#[derive(Clone, Copy, Debug)]
pub struct VixQuote {
    /// Value of the call, points.
    pub call: Row,
    /// d1 of Black's formula at the implied volatility, held within 6.
    pub d1: Row,
    /// Was the look-up held at the edge of the table?
    pub held: Mask<WIDTH>,
}

/// Largest strike, as a multiple of the VIX at the largest variance.
const HIGHEST: f64 = 3.0;

/// Distance of nodes in deviations of the VIX, and bounds on it and their number.
const PER_DEVIATION: f64 = 0.66;
const WIDEST_STRIKES: f64 = 0.02;
const WIDEST_VARIANCES: f64 = 0.03;
const STRIKES: [usize; 2] = [24, 320];
const VARIANCES: [usize; 2] = [24, 128];

/// VIX in points up to which the tables are as fine as stated.
const USUAL: f64 = 100.0;

/// d1 beyond which an option is a certainty or worth nothing.
const CERTAIN: f64 = 6.0;

impl VixSurface {
    /// Options of 1 to `days` days of `day` years on the squared index `index` of `law`; in parallel.
    pub fn new(law: &Law, index: &Affine, days: usize, day: f64, most_variance: f64) -> Self {
        let roots: Vec<f64> = index.a.iter().map(|a| a.max(1e-6).sqrt()).collect();
        let least_strike = roots.iter().copied().fold(f64::INFINITY, f64::min);
        let most = index.a.iter().fold(0.0_f64, |most, a| most.max(*a)) + index.b * most_variance;
        let reach = libm::log(HIGHEST * most.sqrt() / least_strike);
        let axes = |days: usize| {
            let Variance::SquareRoot { vol_of_vol, .. } = law.variance else {
                return (Axis::new(reach, WIDEST_STRIKES, STRIKES), Axis { nodes: 1, per_node: 0.0 });
            };
            // Deviation of the root of the variance, and of the VIX over itself.
            let deviation = 0.5 * vol_of_vol * (days as f64 * day).sqrt();
            let of_vix = (index.b.sqrt() * deviation / USUAL * PER_DEVIATION).min(WIDEST_STRIKES);
            let step = (PER_DEVIATION * deviation).min(WIDEST_VARIANCES);
            let variances = Axis::new(most_variance.sqrt(), step, VARIANCES);
            (Axis::new(reach, of_vix, STRIKES), variances)
        };
        let waves = Waves::new(law, index, days, day, most_variance);
        // Most maturities share their strikes.
        let mut strips: Vec<Strip> = Vec::new();
        for days in 1..=days {
            let (strikes, _) = axes(days);
            if strips.last().is_none_or(|strip| strip.axis.nodes != strikes.nodes) {
                strips.push(Strip::new(strikes, least_strike, index, &waves));
            }
        }
        let days = (1..=days)
            .into_par_iter()
            .filter_map(|days| {
                let (strikes, variances) = axes(days);
                let strip = strips.iter().find(|strip| strip.axis.nodes == strikes.nodes)?;
                Some(Day::new(law, index, &waves, strip, variances, days, day))
            })
            .collect();
        let discrete = (index.b == 0.0).then_some(roots);
        Self { regimes: law.regimes(), least_strike, days, discrete }
    }

    /// Longest maturity, days.
    pub fn days(&self) -> usize {
        self.days.len()
    }

    /// The future that expires in `days` (at least 1), points.
    #[inline(always)]
    pub fn future(&self, days: usize, variance: Row, regime: Row) -> Row {
        let day = &self.days[days - 1];
        let mut out = Row::default();
        if let Some(roots) = &self.discrete {
            for lane in 0..WIDTH {
                let chances = &day.chances[regime.0[lane] as usize * self.regimes..][..self.regimes];
                out.0[lane] = chances.iter().zip(roots).map(|(chance, root)| chance * root).sum();
            }
            return out;
        }
        let (column, along) = cell(variance.max(Row::splat(0.0)).sqrt() * day.variances.per_node, day.variances.nodes);
        let along = weights(along);
        for lane in 0..WIDTH {
            let from = regime.0[lane] as usize * day.variances.coefficients() + column.0[lane] as usize;
            for (weight, coefficient) in along.iter().zip(&day.futures[from..from + 4]) {
                out.0[lane] += weight.0[lane] * coefficient;
            }
        }
        out
    }

    /// The call with this strike (points), `days` (at least 1) before expiry.
    #[inline(always)]
    pub fn look(&self, days: usize, strike: Row, variance: Row, regime: Row) -> VixQuote {
        let day = &self.days[days - 1];
        let (strikes, variances) = (day.strikes, day.variances);
        let above = (strike / self.least_strike).max(Row::splat(1e-9)).ln() * strikes.per_node;
        let place = variance.max(Row::splat(0.0)).sqrt() * variances.per_node;
        let (row, across) = cell(above, strikes.nodes);
        let (column, along) = cell(place, variances.nodes);
        let (across, along) = (weights(across), weights(along));
        let (mut call, mut d1) = (Row::default(), Row::default());
        let columns = variances.coefficients();
        let table = strikes.coefficients() * columns;
        for lane in 0..WIDTH {
            let from = 2 * table * regime.0[lane] as usize + row.0[lane] as usize * columns + column.0[lane] as usize;
            for i in 0..4 {
                let (mut of_call, mut of_d1) = (0.0, 0.0);
                let at = from + i * columns;
                let (calls, d1s) = (&day.coefficients[at..at + 4], &day.coefficients[at + table..at + table + 4]);
                for j in 0..4 {
                    of_call += along[j].0[lane] * f64::from(calls[j]);
                    of_d1 += along[j].0[lane] * f64::from(d1s[j]);
                }
                call.0[lane] += across[i].0[lane] * of_call;
                d1.0[lane] += across[i].0[lane] * of_d1;
            }
        }
        // Below the least VIX the call is a straight line.
        call += (Row::splat(self.least_strike) - strike).max(Row::splat(0.0));
        if let Some(roots) = &self.discrete {
            for lane in 0..WIDTH {
                let chances = &day.chances[regime.0[lane] as usize * self.regimes..][..self.regimes];
                call.0[lane] = payoff(chances, roots, strike.0[lane]);
            }
        }
        let edge = |nodes: usize| Row::splat((nodes - 1) as f64 + 1e-9);
        let held = place.gt(edge(variances.nodes)) | above.gt(edge(strikes.nodes));
        VixQuote { call: call.max(Row::splat(0.0)), d1, held }
    }
}

/// A call on a discrete law.
fn payoff(chances: &[f64], values: &[f64], strike: f64) -> f64 {
    chances.iter().zip(values).map(|(chance, value)| chance * (value - strike).max(0.0)).sum()
}

/// The transform along one contour, for all maturities.
struct Waves {
    nodes: Vec<Node>,
    /// By row of nodes and day: the exponent, and the factors from regime k to j at `k * regimes + j`.
    transforms: Vec<Vec<(Complex<ABREAST>, Vec<Complex<ABREAST>>)>>,
    /// By day, for the least squared index.
    spreads: Vec<Spread>,
}

impl Waves {
    fn new(law: &Law, index: &Affine, days: usize, day: f64, most_variance: f64) -> Self {
        let Variance::SquareRoot { reversion, vol_of_vol } = law.variance else {
            return Self { nodes: Vec::new(), transforms: Vec::new(), spreads: Vec::new() };
        };
        let spreads: Vec<Spread> =
            (1..=days).map(|days| Spread::new(law, reversion, vol_of_vol, days as f64 * day)).collect();
        let explosion = spreads.iter().fold(f64::INFINITY, |least, spread| least.min(spread.explosion));
        let contour = Contour {
            focus: explosion.min(2.0 / most_variance) / index.b,
            digits: 13.0,
            // An error of 1 / (2 pi K) of its inverse.
            reach: 3e3,
        };
        let contour = Angled::new(contour, &spreads[0], most_variance);
        let nodes: Vec<Node> = (0..contour.rows()).map(|row| contour.node(row)).collect();
        let steps = Steps { length: day, count: days, levels: 2 };
        let transforms = nodes.par_iter().map(|node| transforms(law, index, node, steps)).collect();
        Self { nodes, transforms, spreads }
    }

    /// What payoffs are multiplied by, from regime k to j at `switch`: a column a variance.
    fn amounts(&self, days: usize, switch: usize, variances: &[f64]) -> DMatrix<f64> {
        let mut out = DMatrix::zeros(2 * self.nodes.len() * ABREAST, variances.len());
        for (at, variance) in variances.iter().enumerate() {
            for (row, node) in self.nodes.iter().enumerate() {
                let (b, g) = &self.transforms[row][days - 1];
                let amount = (*b * *variance).exp() * node.weight * g[switch];
                for lane in 0..ABREAST {
                    let from = 2 * (row * ABREAST + lane);
                    // The imaginary part of the product.
                    out[(from, at)] = amount.im.0[lane];
                    out[(from + 1, at)] = amount.re.0[lane];
                }
            }
        }
        out
    }
}

/// Strikes, and the transforms of their payoffs.
struct Strip {
    axis: Axis,
    strikes: Vec<f64>,
    /// By regime at expiry, with the squared index a + z: a row a strike, a column a node and part.
    payoffs: Vec<DMatrix<f64>>,
}

impl Strip {
    fn new(axis: Axis, least_strike: f64, index: &Affine, waves: &Waves) -> Self {
        let strikes: Vec<f64> = (0..axis.nodes).map(|node| least_strike * libm::exp(axis.at(node))).collect();
        let erfc = ScaledErfc::new();
        let payoffs = index.a.par_iter().map(|a| {
            let mut out = DMatrix::zeros(strikes.len(), 2 * waves.nodes.len() * ABREAST);
            for (row, node) in waves.nodes.iter().enumerate() {
                for (at, strike) in strikes.iter().enumerate() {
                    let payoff = node.payoff(&erfc, strike.max(a.max(0.0).sqrt()), *a);
                    for lane in 0..ABREAST {
                        let column = 2 * (row * ABREAST + lane);
                        out[(at, column)] = payoff.re.0[lane];
                        out[(at, column + 1)] = payoff.im.0[lane];
                    }
                }
            }
            out
        });
        let payoffs = payoffs.collect();
        Self { axis, strikes, payoffs }
    }
}

impl Day {
    fn new(law: &Law, index: &Affine, waves: &Waves, strip: &Strip, variances: Axis, days: usize, day: f64) -> Self {
        let (regimes, strikes, list) = (law.regimes(), strip.axis, &strip.strikes);
        let chances = chances(law, days as f64 * day);
        let roots: Vec<f64> = index.a.iter().map(|a| a.max(0.0).sqrt()).collect();
        let squares: Vec<f64> = (0..variances.nodes).map(|node| variances.at(node) * variances.at(node)).collect();
        let least = |v: f64| waves.spreads.get(days - 1).map_or(0.0, |spread| index.b * spread.least(v));
        let fits = (Fit::new(strikes.nodes), Fit::new(variances.nodes));
        let (mut coefficients, mut futures) = (Vec::new(), Vec::new());
        for k in 0..regimes {
            let mut calls = DMatrix::zeros(strikes.nodes, variances.nodes);
            for (j, payoffs) in strip.payoffs.iter().enumerate() {
                let chance = chances[(k, j)];
                let mut part = product(payoffs, &waves.amounts(days, k * regimes + j, &squares));
                for (column, variance) in squares.iter().enumerate() {
                    for (row, strike) in list.iter().enumerate() {
                        part[(row, column)] += chance * (roots[j] - strike).max(0.0);
                    }
                    // Below this strike no put is worth anything, and the integrand would grow.
                    let certain = (index.a[j].max(0.0) + least(*variance)).sqrt();
                    let first = list.iter().position(|strike| *strike >= certain).unwrap_or(0);
                    for row in 0..if certain > roots[j] { first } else { 0 } {
                        part[(row, column)] = part[(first, column)] + chance * (list[first] - list[row]);
                    }
                }
                calls += part;
            }
            let means: Vec<f64> = calls.row(0).iter().map(|call| call + list[0]).collect();
            let mut d1 = DMatrix::zeros(strikes.nodes, variances.nodes);
            for (column, future) in means.iter().enumerate() {
                let mut deviation = 0.5;
                for (row, strike) in list.iter().enumerate() {
                    d1[(row, column)] = black_d1(calls[(row, column)], *future, *strike, &mut deviation);
                }
            }
            futures.extend(fits.1.curve(&means));
            for values in [calls, d1] {
                let table = fits.0.surface(&fits.1, &values);
                coefficients.extend(table.row_iter().flat_map(|row| row.iter().map(|x| *x as f32).collect::<Vec<_>>()));
            }
        }
        let chances = (0..regimes).flat_map(|k| chances.row(k).iter().copied().collect::<Vec<_>>()).collect();
        Self { strikes, variances, coefficients, futures, chances }
    }
}

/// d1 of Black's formula for a call worth `call`; the deviation is searched from the last one found.
fn black_d1(call: f64, future: f64, strike: f64, deviation: &mut f64) -> f64 {
    let kk = libm::log(strike / future);
    let value = if kk >= 0.0 { call } else { call - future + strike } / future;
    // Of less than this the tables know nothing.
    let found = if value > 1e-7 { implied::deviation(kk, value, *deviation) } else { None };
    let Some(found) = found else { return if kk > 0.0 { -CERTAIN } else { CERTAIN } };
    *deviation = found;
    (0.5 * found - kk / found).clamp(-CERTAIN, CERTAIN)
}
