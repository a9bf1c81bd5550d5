//! The characteristic function of the log price: E[e^{iuX} | v, k] = exp(B v) g_k, X = ln(S_T / F).
//!
//! Contract: with three levels and [`accurate_steps`] the function is good to 1e-12 for |u| up to a few hundred, years up
//! to two. B and the integrals of its coefficients are in closed form without cancellation; the regimes are brought in by
//! Strang splitting (the coefficients' exact integral around the matrix exponential of the switches), whose error is even
//! in the step, so that Richardson's extrapolation over halved steps gains two orders a level. Runge-Kutta steps of the
//! same size blow up at large u. Sources: Heston (1993); Duffie, Pan and Singleton (2000); Strang, "On the construction and
//! comparison of difference schemes" (1968).

use super::complex::Complex;
use super::law::{Law, Model, Variance};
use crate::lanes::Lanes;

/// Steps of a single maturity of `years` that leave an error below 1e-12 with three levels.
pub fn accurate_steps(years: f64) -> usize {
    6 + (42.0 * years).ceil() as usize
}

/// The transform at one row of arguments, to be taken along time.
pub struct Transform<'a, const N: usize> {
    law: &'a Law,
    /// -c/2 with c = u^2 + iu.
    half: Complex<N>,
    riccati: Option<Riccati<N>>,
    /// e^{iu mu_j - delta_j^2 u^2 / 2} of the crash in each regime.
    jump: Vec<Complex<N>>,
    /// What the compensators of crashes and switch jumps take away, per year.
    compensator: Vec<Complex<N>>,
    /// Generator with the jump of each switch: `[from][to]`.
    switches: Vec<Vec<Complex<N>>>,
}

/// Closed forms of B for a square-root variance.
struct Riccati<const N: usize> {
    reversion: f64,
    square: f64,
    /// rho xi iu - kappa.
    linear: Complex<N>,
    d: Complex<N>,
    rm: Complex<N>,
    gm: Complex<N>,
}

/// B and the integrals of the coefficients up to one time.
struct Point<const N: usize> {
    b: Complex<N>,
    integral: Vec<Complex<N>>,
}

impl<'a, const N: usize> Transform<'a, N> {
    /// At the arguments `u`.
    #[inline(always)]
    pub fn new(model: &'a Model, u: Complex<N>) -> Self {
        let law = &model.law;
        let iu = u.times_i();
        let c = u * u + iu;
        let of_jump = |jump: super::law::LogJump| (iu * jump.mean - u * u * (0.5 * jump.sd * jump.sd)).exp();
        let regimes = 0..law.regimes();
        let riccati = match law.variance {
            Variance::SquareRoot { reversion, vol_of_vol } => {
                let b = -(iu * (model.leverage * vol_of_vol)) + reversion;
                let square = vol_of_vol * vol_of_vol;
                let d = (b * b + c * square).sqrt();
                let rm = -c / (b + d);
                Some(Riccati { reversion, square, linear: -b, d, rm, gm: rm * square / (b + d) })
            }
            Variance::Constant => None,
        };
        Self {
            law,
            half: c * -0.5,
            riccati,
            jump: regimes.clone().map(|k| of_jump(law.jump(k))).collect(),
            compensator: regimes
                .clone()
                .map(|k| {
                    let crash = law.intensity[k];
                    let relative = crash * law.jump(k).relative() + law.at_switches(k, super::law::LogJump::relative);
                    -(iu * relative) - crash
                })
                .collect(),
            switches: regimes
                .clone()
                .map(|i| {
                    let jump = |j: usize| if i == j { Complex::real(1.0) } else { of_jump(law.switch_jump[i][j]) };
                    regimes.clone().map(|j| jump(j) * law.generator[i][j]).collect()
                })
                .collect(),
        }
    }

    /// B and the integrals of D_j at `t`.
    #[inline(always)]
    fn at(&self, t: f64, out: &mut Point<N>) {
        let law = self.law;
        let Some(r) = &self.riccati else {
            out.b = Complex::default();
            for (j, integral) in out.integral.iter_mut().enumerate() {
                let rate = self.half * law.level[j] + self.jump[j] * law.intensity[j] + self.compensator[j];
                *integral = rate * t;
            }
            return;
        };
        let om = -((r.d * -t).exp_m1());
        let rest = -r.gm + 1.0;
        let w = om / rest;
        // 1 - gm e = (1 - gm) + gm (1 - e).
        out.b = r.rm * om / (rest + r.gm * om);
        let of_b = r.rm * t - (r.gm * w).ln_1p() * (2.0 / r.square);
        for (j, integral) in out.integral.iter_mut().enumerate() {
            let mut sum = of_b * (r.reversion * law.level[j]) + self.compensator[j] * t;
            if law.intensity[j] > 0.0 {
                sum = sum + self.jump[j] * self.with_jumps(r, law.variance_jump[j], t, w) * law.intensity[j];
            }
            *integral = sum;
        }
    }

    /// Integral of 1 / (1 - eta B).
    #[inline(always)]
    fn with_jumps(&self, r: &Riccati<N>, eta: f64, t: f64, w: Complex<N>) -> Complex<N> {
        if eta == 0.0 {
            return Complex::real(t);
        }
        let lifted = r.rm * eta;
        let (p, q) = (-lifted + 1.0, r.gm - lifted);
        let product = q * w;
        let small = product.norm().lt(Lanes::splat(1e-24));
        let full = product.ln_1p() / q;
        let slope = Complex::new(small.select(w.re, full.re), small.select(w.im, full.im));
        Complex::real(t) / p + lifted * (r.gm - 1.0) / p / r.d * slope
    }

    /// Takes `steps` steps of `step` years with `levels` (1 to 3) of Richardson's extrapolation; `visit` sees B and g after
    /// each.
    #[inline(always)]
    pub fn march(
        &self,
        step: f64,
        steps: usize,
        levels: usize,
        mut visit: impl FnMut(usize, &Complex<N>, &[Complex<N>]),
    ) {
        let n = self.law.regimes();
        let finest = 1usize << levels;
        let point = || Point { b: Complex::default(), integral: vec![Complex::default(); n] };
        let mut points: Vec<Point<N>> = (0..=finest).map(|_| point()).collect();
        let switching: Vec<Vec<Complex<N>>> =
            (0..levels).map(|level| self.switching(step / (1usize << level) as f64)).collect();
        let mut state = vec![vec![Complex::real(1.0); n]; levels];
        let (mut scratch, mut best) = (vec![Complex::default(); n], vec![Complex::default(); n]);
        self.at(0.0, &mut points[finest]);
        for index in 0..steps {
            points.swap(0, finest);
            for i in 1..=finest {
                self.at((index as f64 + i as f64 / finest as f64) * step, &mut points[i]);
            }
            for level in 0..levels {
                let stride = finest >> level;
                for sub in 0..1usize << level {
                    let from = sub * stride;
                    let (start, middle, end) =
                        (&points[from].integral, &points[from + stride / 2].integral, &points[from + stride].integral);
                    for j in 0..n {
                        scratch[j] = state[level][j] * (middle[j] - start[j]).exp();
                    }
                    for i in 0..n {
                        let mut sum = Complex::default();
                        for j in 0..n {
                            sum = sum + switching[level][i * n + j] * scratch[j];
                        }
                        state[level][i] = sum * (end[i] - middle[i]).exp();
                    }
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

    /// Matrix exponential of the switches with their jumps over `years`, row by row: scaled, a Taylor series, squared.
    #[inline(always)]
    fn switching(&self, years: f64) -> Vec<Complex<N>> {
        let n = self.law.regimes();
        let largest = (0..n).map(|i| -self.law.generator[i][i] * years).fold(0.0, f64::max);
        let squarings = (largest * 8.0).max(1.0).log2().ceil() as i32;
        let scale = years / f64::from(squarings).exp2();
        let matrix: Vec<Complex<N>> = self.switches.iter().flatten().map(|x| *x * scale).collect();
        let mut sum: Vec<Complex<N>> =
            (0..n * n).map(|at| Complex::real(f64::from(u8::from(at % (n + 1) == 0)))).collect();
        let mut term = sum.clone();
        for order in 1..=TAYLOR {
            term = product(&term, &matrix, n);
            for (sum, term) in sum.iter_mut().zip(&mut term) {
                *term = *term * (1.0 / f64::from(order));
                *sum = *sum + *term;
            }
        }
        for _ in 0..squarings {
            sum = product(&sum, &sum, n);
        }
        sum
    }

    /// B' and g' from the equations that they solve.
    #[inline(always)]
    pub fn slopes(&self, b: &Complex<N>, g: &[Complex<N>]) -> (Complex<N>, Vec<Complex<N>>) {
        let law = self.law;
        let (slope, one) = match &self.riccati {
            Some(r) => (*b * *b * (0.5 * r.square) + r.linear * *b + self.half, Complex::real(1.0)),
            None => (Complex::default(), Complex::real(1.0)),
        };
        let of_regime = |j: usize| {
            let drift = match &self.riccati {
                Some(r) => *b * (r.reversion * law.level[j]),
                None => self.half * law.level[j],
            };
            let jump = self.jump[j] / (one - *b * law.variance_jump[j]);
            let own = drift + jump * law.intensity[j] + self.compensator[j];
            (0..law.regimes()).fold(own * g[j], |sum, i| sum + self.switches[j][i] * g[i])
        };
        (slope, (0..law.regimes()).map(of_regime).collect())
    }
}

/// Terms of the matrix exponential's series; the norm is below an eighth, so the rest is below 1e-18.
const TAYLOR: u32 = 12;

#[inline(always)]
fn product<const N: usize>(a: &[Complex<N>], b: &[Complex<N>], n: usize) -> Vec<Complex<N>> {
    let mut out = vec![Complex::default(); n * n];
    for i in 0..n {
        for j in 0..n {
            for l in 0..n {
                out[i * n + j] = out[i * n + j] + a[i * n + l] * b[l * n + j];
            }
        }
    }
    out
}

/// E[e^{iuX}] of one maturity, given the variance and the regime at the start, to 1e-12.
pub fn characteristic(model: &Model, years: f64, variance: f64, regime: usize, u: (f64, f64)) -> (f64, f64) {
    let transform = Transform::<1>::new(model, Complex::new(Lanes([u.0]), Lanes([u.1])));
    let steps = accurate_steps(years);
    let mut value = (1.0, 0.0);
    transform.march(years / steps as f64, steps, 3, |_, b, g| {
        let phi = (*b * variance).exp() * g[regime];
        value = (phi.re.0[0], phi.im.0[0]);
    });
    value
}
