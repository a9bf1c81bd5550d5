//! Options on the VIX: E[(VIX_T - K)+] and E[(K - VIX_T)+] in points at expiry, under the pricing measure.
//!
//! Contract: a single option to 1e-8 point for maturities up to two years and a volatility of variance from 0.1. With the
//! regime j at expiry the squared VIX is a_j + z, z = b v_T at least 0, and the option is a Bromwich integral of the
//! transform E[e^{phi z} 1{j}] = e^{B v} g_j times that of the payoff (Sepp, "VIX option pricing in a jump-diffusion
//! model", 2008). The singularities of the first lie on the real axis right of some phi*, those of the second left of 0.
//! So the contour is a hyperbola that crosses the axis between them and opens to the *right*, where the payoff's transform
//! decays like e^{-phi (K^2 - a_j)}: with focus f it is f cosh^2(w/2) along a line w = y + i angle, in whose strip
//! everything is analytic, and the trapezoid rule in y converges exponentially (Weideman and Trefethen, "Parabolic and
//! hyperbolic contours for computing the Bromwich integral", 2007, there to the left). Below the least VIX of a regime
//! its part of the call is a straight line in the strike. Where the variance is constant the law of the VIX is that of the
//! regime.

use super::complex::Complex;
use super::error_function::ScaledErfc;
use super::futures::AtNodes;
use super::law::{Law, Model, Variance};
use super::splitting::{Steps, march};
use super::transform::accurate;
use super::vix::Affine;
use crate::lanes::{ABREAST, Lanes, Nodes};
use crate::matrix::exponential;
use nalgebra::DMatrix;
use std::f64::consts::{FRAC_PI_2, PI};

/// A call and a put of the same strike, points at expiry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pair {
    /// E[(VIX - K)+].
    pub call: f64,
    /// E[(K - VIX)+].
    pub put: f64,
}

/// Options with this strike (points, above 0) on the model's VIX that expire in `years`, given spot variance and regime.
pub fn vix_option(model: &Model, variance: f64, regime: usize, years: f64, strike: f64) -> Pair {
    let (law, index) = (&model.law, model.law.vix_squared());
    let of = |vix: f64| Pair { call: (vix - strike).max(0.0), put: (strike - vix).max(0.0) };
    if years <= 0.0 {
        return of((index.a[regime] + index.b * variance).max(0.0).sqrt());
    }
    let chances = chances(law, years);
    let chance = |j: usize| chances[(regime, j)];
    let mut sum = Pair::default();
    let Variance::SquareRoot { reversion, vol_of_vol } = law.variance else {
        for (j, a) in index.a.iter().enumerate() {
            let pair = of(a.max(0.0).sqrt());
            sum.call += chance(j) * pair.call;
            sum.put += chance(j) * pair.put;
        }
        return sum;
    };
    let spread = Spread::new(law, reversion, vol_of_vol, years);
    let least = index.b * spread.least(variance);
    let mean = law.mean_of_affine(&Affine { a: vec![0.0; index.a.len()], b: index.b }, years);
    let contour = Contour {
        focus: (spread.explosion / index.b).min(2.0 / (mean.a[regime] + mean.b * variance)),
        digits: 26.0,
        reach: 1e9,
    };
    let contour = Angled::new(contour, &spread, variance);
    // By regime at expiry: what the strike leaves of it, and the same at its least VIX, below which no put is worth anything.
    let floors: Vec<f64> = index.a.iter().map(|a| (a.max(0.0) + least).sqrt()).collect();
    let strikes: Vec<[f64; 2]> = floors.iter().map(|floor| [strike.max(*floor), *floor]).collect();
    let mut calls = vec![[0.0; 2]; floors.len()];
    let erfc = ScaledErfc::new();
    for row in 0..contour.rows() {
        let node = contour.node(row);
        let transform = transforms(law, &index, &node, accurate(years));
        let Some((b, g)) = transform.last() else { break };
        let grown = (*b * variance).exp() * node.weight;
        let mut most = 0.0_f64;
        for (j, call) in calls.iter_mut().enumerate() {
            let here = grown * g[regime * floors.len() + j];
            for (sum, strike) in call.iter_mut().zip(strikes[j]) {
                let terms = (node.payoff(&erfc, strike, index.a[j]) * here).im;
                *sum += terms.0.iter().sum::<f64>();
                most = terms.0.iter().fold(most, |most, term| most.max(term.abs()));
            }
        }
        if most < 1e-13 {
            break;
        }
    }
    for (j, [call, at_floor]) in calls.into_iter().enumerate() {
        let below = (floors[j] - strike).max(0.0) * chance(j);
        sum.call += call + below;
        sum.put += call - at_floor + (strike - floors[j]).max(0.0) * chance(j);
    }
    sum
}

/// Probability of each regime after `years`: row by row from the regime at the start.
pub(super) fn chances(law: &Law, years: f64) -> DMatrix<f64> {
    let n = law.regimes();
    exponential(&(DMatrix::from_fn(n, n, |i, j| law.generator[i][j]) * years))
}

/// How wide the variance is after some time.
pub(super) struct Spread {
    /// What a spot variance of 1 contributes to the mean: e^{-kappa T}.
    decay: f64,
    /// Scale of the noise: xi^2 (1 - e^{-kappa T}) / (2 kappa).
    scale: f64,
    /// Largest shape of the gamma law that the level contributes: 2 kappa theta / xi^2.
    shape: f64,
    /// Argument at which the moment generating function of the variance explodes.
    pub(super) explosion: f64,
}

impl Spread {
    pub(super) fn new(law: &Law, reversion: f64, vol_of_vol: f64, years: f64) -> Self {
        let (decay, square) = (libm::exp(-reversion * years), vol_of_vol * vol_of_vol);
        let scale = -libm::expm1(-reversion * years) * square / (2.0 * reversion);
        let jumps = (0..law.regimes()).filter(|j| law.intensity[*j] > 0.0).map(|j| law.variance_jump[j]);
        let jump = jumps.fold(0.0, f64::max);
        let level = law.level.iter().copied().fold(0.0, f64::max);
        Self {
            decay,
            scale,
            shape: 2.0 * reversion * level / square,
            // The pole of B, or where its largest value, at either end, is that of the exponential jumps.
            explosion: 1.0 / (jump * decay + scale).max(jump),
        }
    }

    /// The square of the deviations of the spot variance's part from 0.
    fn certainty(&self, variance: f64) -> f64 {
        variance * self.decay / self.scale
    }

    /// A variance that is exceeded but for a probability of e^{-25} (Chernoff's bound on the part of the spot variance).
    pub(super) fn least(&self, variance: f64) -> f64 {
        let certainty = self.certainty(variance);
        let root = 1.0 - (25.0 / certainty.max(25.0)).sqrt();
        variance * self.decay * root * root
    }
}

/// What a contour is made for.
#[derive(Clone, Copy)]
pub(super) struct Contour {
    /// Focus f: the least singularity on the right, or less where the index is large.
    pub(super) focus: f64,
    /// Natural logarithm of one over the error of the trapezoid rule.
    pub(super) digits: f64,
    /// Modulus at which it ends.
    pub(super) reach: f64,
}

/// A hyperbola to integrate along.
pub(super) struct Angled {
    focus: f64,
    angle: f64,
    step: f64,
    nodes: usize,
}

/// A row of nodes of a contour.
pub(super) struct Node {
    phi: Complex<ABREAST>,
    root: Complex<ABREAST>,
    /// What a value is multiplied by; the imaginary parts are then summed.
    pub(super) weight: Complex<ABREAST>,
}

/// Least angle of the strip at which the integrand does not yet grow, and what its exponent may reach.
const LEAST_ANGLE: f64 = 1.0;
const GROWTH: f64 = 8.0;

/// Certainty of the spot variance's part from which on [`Spread::least`] limits the growth.
const MOST_CERTAINTY: f64 = 90.0;

impl Angled {
    /// For all variances up to `variance`.
    pub(super) fn new(of: Contour, spread: &Spread, variance: f64) -> Self {
        // At an angle t the exponent of the transform grows to (1 - sin t) / (2 sin t) times this at most.
        let narrow = spread.certainty(variance).min(MOST_CERTAINTY) + 2.0 * spread.shape;
        let low = libm::asin(narrow / (narrow + 2.0 * GROWTH)).max(LEAST_ANGLE);
        let half = 0.5 * (FRAC_PI_2 - low);
        let step = 2.0 * PI * half / of.digits;
        let nodes = (libm::log(4.0 * of.reach / of.focus) / step).ceil();
        Self { focus: of.focus, angle: low + half, step, nodes: nodes as usize }
    }

    pub(super) fn rows(&self) -> usize {
        self.nodes.div_ceil(ABREAST)
    }

    /// Nodes of a row: the upper half of the contour, of which the lower one is the mirror image.
    pub(super) fn node(&self, row: usize) -> Node {
        let y: Nodes = Lanes(std::array::from_fn(|lane| ((row * ABREAST + lane) as f64 + 0.5) * self.step));
        // cosh and sinh of y + i angle.
        let hyperbolic = |y: Nodes, angle: f64| {
            let (up, down) = (y.exp() * 0.5, (-y).exp() * 0.5);
            let (sum, difference) = (up + down, up - down);
            let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
            (Complex::new(sum * cosine, difference * sine), Complex::new(difference * cosine, sum * sine))
        };
        let root = hyperbolic(y * 0.5, 0.5 * self.angle).0 * self.focus.sqrt();
        let weight = hyperbolic(y, self.angle).1 * (0.5 * self.focus * self.step / PI);
        Node { phi: root * root, root, weight }
    }
}

impl Node {
    /// Transform in z of the payoff of a call with this strike where the squared index is a + z: e^{-phi (K^2 - a)} times
    /// sqrt(pi) / 2 erfc*(K sqrt(phi)) / phi^{3/2}, with the scaled function of [`ScaledErfc`].
    #[inline(always)]
    pub(super) fn payoff(&self, erfc: &ScaledErfc, strike: f64, a: f64) -> Complex<ABREAST> {
        let decay = (self.phi * -(strike * strike - a).max(0.0)).exp();
        decay * erfc.at(self.root * strike) * (0.5 * PI.sqrt()) / (self.phi * self.root)
    }
}

/// Exponent and factors of the transform after each step: the factors from regime k to j at `k * regimes + j`.
#[inline(always)]
pub(super) fn transforms(
    law: &Law,
    index: &Affine,
    node: &Node,
    steps: Steps,
) -> Vec<(Complex<ABREAST>, Vec<Complex<ABREAST>>)> {
    let n = law.regimes();
    let matrix: Vec<Complex<ABREAST>> = law.generator.iter().flatten().map(|rate| Complex::real(*rate)).collect();
    let coefficients = AtNodes { law, sb: node.phi * -index.b };
    let mut out = vec![(Complex::default(), vec![Complex::default(); n * n]); steps.count];
    for j in 0..n {
        let mut start = vec![Complex::default(); n];
        start[j] = Complex::real(1.0);
        march(&matrix, law.fastest_switch(), &start, steps, &coefficients, |step, b, g| {
            let (exponent, factors) = &mut out[step - 1];
            *exponent = *b;
            for (k, g) in g.iter().enumerate() {
                factors[k * n + j] = *g;
            }
        });
    }
    out
}
