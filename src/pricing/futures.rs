//! VIX futures: E[sqrt(a_k + b v)] at expiry under the pricing measure.
//!
//! Contract: a single future to 1e-8 point for maturities up to two years. Method: sqrt(m) plus the Laplace integral
//! 1/(2 sqrt(pi)) int_0^inf (e^{-sm} - L(s)) s^{-3/2} ds with m the mean (closed) and L(s) = E[e^{-sY}] = e^{B v} g_k, by
//! the trapezoid rule in ln s, whose ends stay where the difference does not cancel (Schuerger, "Laplace transforms and
//! suprema of stochastic processes", 2002; Zhu and Lian, "An analytical formula for VIX futures", 2012).

use super::law::{Law, Model, Variance};
use super::packed::{Packed, Table, Unpacking};
use super::spline::{Fit, cell, weights};
use super::splitting::{Coefficients, Number, Point, Steps, march};
use super::transform::accurate;
use super::vix::Affine;
use crate::lanes::{ABREAST, Lanes, Mask, Nodes, Row, WIDTH};
use rayon::prelude::*;
use std::f64::consts::PI;

/// Price in points of the future on the model's VIX that expires in `years`, given spot variance and regime.
pub fn vix_future(model: &Model, variance: f64, regime: usize, years: f64) -> f64 {
    let strip = Strip::new(&model.law, model.law.vix_squared());
    let mean = strip.mean(years);
    let mut price = 0.0;
    if years <= 0.0 {
        return (strip.index.a[regime] + strip.index.b * variance).max(0.0).sqrt();
    }
    let steps = accurate(years);
    let rows = strip.march(steps);
    if let Some(rows) = rows.last() {
        price = strip.root(mean.a[regime] + mean.b * variance, variance, regime, rows);
    }
    price
}

/// Futures on one squared index of one law, for all maturities of a march.
pub(super) struct Strip<'a> {
    law: &'a Law,
    index: Affine,
    /// Least squared index.
    least: f64,
}

/// Step of ln s.
const STEP: f64 = 0.2;

/// Ends of ln(s m): below, the difference cancels; above, nothing is left.
const ENDS: (f64, f64) = (-18.0, 7.0);

/// A row of nodes s, with B and the factors of the regimes there.
pub(super) type Laplace = (Nodes, Nodes, Vec<Nodes>);

impl<'a> Strip<'a> {
    pub(super) fn new(law: &'a Law, index: Affine) -> Self {
        let least = index.a.iter().copied().fold(f64::INFINITY, f64::min).max(1e-6);
        Self { law, index, least }
    }

    /// Mean of the squared index after `years`: closed form.
    pub(super) fn mean(&self, years: f64) -> Affine {
        self.law.mean_of_affine(&self.index, years)
    }

    /// Rows of nodes for squared indices from the least to `most`.
    fn nodes(&self, most: f64) -> Vec<Nodes> {
        let from = ENDS.0 - libm::log(most.max(self.least));
        let count = ((ENDS.1 - libm::log(self.least) - from) / STEP).ceil() as usize + 1;
        (0..count.div_ceil(ABREAST))
            .map(|row| Lanes(std::array::from_fn(|lane| libm::exp(from + STEP * (row * ABREAST + lane) as f64))))
            .collect()
    }

    /// The transform at all nodes after each step: `[step][row of nodes]`.
    pub(super) fn march(&self, steps: Steps) -> Vec<Vec<Laplace>> {
        let mut out: Vec<Vec<Laplace>> = (0..steps.count).map(|_| Vec::new()).collect();
        for s in self.nodes(HIGHEST) {
            let matrix: Vec<Nodes> = self.law.generator.iter().flatten().map(|rate| Nodes::splat(*rate)).collect();
            let start: Vec<Nodes> = self.index.a.iter().map(|a| (s * -a).exp()).collect();
            let coefficients = AtNodes { law: self.law, sb: s * self.index.b };
            march(&matrix, self.law.fastest_switch(), &start, steps, &coefficients, |step, b, g| {
                out[step - 1].push((s, *b, g.to_vec()));
            });
        }
        out
    }

    /// E[sqrt(Y)] from the mean and the transform at the nodes.
    pub(super) fn root(&self, mean: f64, variance: f64, regime: usize, rows: &[Laplace]) -> f64 {
        let (low, high) = (libm::exp(ENDS.0) / mean, libm::exp(ENDS.1) / mean);
        let mut sum = Nodes::default();
        for (s, b, g) in rows {
            let laplace = (*b * variance).exp() * g[regime];
            let inside = s.ge(Nodes::splat(low)) & s.le(Nodes::splat(high));
            sum += inside.keep(((*s * -mean).exp() - laplace) / s.sqrt());
        }
        mean.sqrt() + sum.0.iter().sum::<f64>() * STEP / (2.0 * PI.sqrt())
    }
}

/// D_j = kappa theta_j B + lambda_j (1 / (1 - eta_j B) - 1), where B starts at `-sb`: of the transform of the squared index.
pub(super) struct AtNodes<'a, T> {
    /// The law.
    pub(super) law: &'a Law,
    /// Argument of the transform times the slope of the squared index.
    pub(super) sb: T,
}

impl<T: Number> Coefficients<T> for AtNodes<'_, T> {
    #[inline(always)]
    fn at(&self, t: f64, out: &mut Point<T>) {
        let Self { law, sb } = *self;
        let Variance::SquareRoot { reversion, vol_of_vol } = law.variance else {
            // Constant variance: the index is that of the regime at expiry.
            out.b = T::default();
            out.integral.fill(T::default());
            return;
        };
        let (one, square) = (T::constant(1.0), vol_of_vol * vol_of_vol);
        let gone = -libm::expm1(-reversion * t);
        let be = sb * (square / (2.0 * reversion));
        let al = be + one;
        out.b = -(sb * (1.0 - gone)) / (be * gone + one);
        let of_b = (be * gone).log_1p() * (-2.0 / square);
        for (j, integral) in out.integral.iter_mut().enumerate() {
            let mut sum = of_b * (reversion * law.level[j]);
            let eta = law.variance_jump[j];
            if law.intensity[j] > 0.0 && eta > 0.0 {
                let q = be - sb * eta;
                let w = T::constant(gone) / (al - q);
                // The t of J - t cancels that of the intensity.
                sum = sum + (q - be) * T::log_slope(q, w) * (law.intensity[j] / reversion);
            }
            *integral = sum;
        }
    }
}

/// A squared index that none exceeds: a VIX of 1,000.
const HIGHEST: f64 = 1e6;

/// Futures of all maturities of one law, in tables by day to expiry and regime.
///
/// What is interpolated is the ratio of the future to the root of the mean squared index, which is exact and affine in the
/// variance; in the fourth root of the variance, by cubic splines. Contract: within 2e-3 point of [`vix_future`].
#[derive(Clone, Debug)]
pub struct Curve {
    regimes: usize,
    per_node: f64,
    coefficients: usize,
    /// Mean squared index, by day.
    means: Vec<Affine>,
    /// `[day][regime][coefficient]`; day 0 is the index itself.
    ratios: Vec<f64>,
}

/// Nodes in the variance.
const NODES: usize = 24;

impl Curve {
    /// Futures of 0 to `days` days of `day` years on the squared index `index` of `law`, variances up to `most_variance`.
    pub fn new(law: &Law, index: &Affine, days: usize, day: f64, most_variance: f64) -> Self {
        let strip = Strip::new(law, index.clone());
        let regimes = law.regimes();
        let nodes = if index.b == 0.0 { 1 } else { NODES };
        let fit = Fit::new(nodes);
        let widest = most_variance.sqrt().sqrt();
        let march = strip.march(Steps { length: day, count: days, levels: 2 });
        let means: Vec<Affine> = (0..=days).map(|days| strip.mean(days as f64 * day)).collect();
        let ratios = (0..=days)
            .into_par_iter()
            .flat_map_iter(|days| (0..regimes).map(move |k| (days, k)))
            .flat_map_iter(|(days, k)| {
                let ratio = |node: usize| {
                    let root = widest * node as f64 / (nodes.max(2) - 1) as f64;
                    let variance = root.powi(4);
                    let mean = means[days].a[k] + means[days].b * variance;
                    match days {
                        0 => 1.0,
                        _ => strip.root(mean, variance, k, &march[days - 1]) / mean.sqrt(),
                    }
                };
                fit.curve(&(0..nodes).map(ratio).collect::<Vec<_>>())
            })
            .collect();
        let per_node = if nodes > 1 { (nodes - 1) as f64 / widest } else { 0.0 };
        Self { regimes, per_node, coefficients: fit.coefficients(), means, ratios }
    }

    /// Longest maturity, days.
    pub fn days(&self) -> usize {
        self.means.len() - 1
    }

    /// Price in points of the future that expires in `days`, and where the look-up was held at the edge of the table.
    #[inline(always)]
    pub fn look(&self, days: usize, variance: Row, regime: Row) -> (Row, Mask<WIDTH>) {
        let mean_of = &self.means[days];
        let nodes = if self.coefficients == 4 { 1 } else { self.coefficients - 2 };
        let place = variance.max(Row::splat(0.0)).sqrt().sqrt() * self.per_node;
        let (start, x) = cell(place, nodes);
        let (mut least, mut ratio) = (Row::default(), Row::default());
        let weights = weights(x);
        for lane in 0..WIDTH {
            let k = regime.0[lane] as usize;
            least.0[lane] = mean_of.a[k];
            let from = (days * self.regimes + k) * self.coefficients + start.0[lane] as usize;
            for (weight, coefficient) in weights.iter().zip(&self.ratios[from..from + 4]) {
                ratio.0[lane] += weight.0[lane] * coefficient;
            }
        }
        let level = (least + variance * mean_of.b).max(Row::splat(0.0)).sqrt();
        (level * ratio, place.gt(Row::splat((nodes - 1) as f64 + 1e-9)))
    }
}

impl Table for Curve {
    const KIND: &'static str = "futures on the VIX";

    fn pack(&self, out: &mut Packed) {
        let Self { regimes, per_node, coefficients, means, ratios } = self;
        out.count(*regimes);
        out.number(*per_node);
        out.count(*coefficients);
        out.count(means.len());
        means.iter().for_each(|mean| out.affine(mean));
        out.numbers(ratios);
    }

    fn unpack(from: &mut Unpacking<'_>) -> Option<Self> {
        let (regimes, per_node, coefficients) = (from.count()?, from.number()?, from.count()?);
        let means = (0..from.count()?).map(|_| from.affine()).collect::<Option<Vec<_>>>()?;
        let ratios = from.numbers()?;
        // What a look-up indexes by.
        let whole = !means.is_empty() && coefficients >= 4 && means.iter().all(|mean| mean.a.len() == regimes);
        let fits = regimes.checked_mul(coefficients)?.checked_mul(means.len())? == ratios.len();
        (whole && fits).then_some(Self { regimes, per_node, coefficients, means, ratios })
    }
}
