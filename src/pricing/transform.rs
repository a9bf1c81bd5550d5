//! The characteristic function of the log price: E[e^{iuX} | v, k] = exp(B v) g_k, X = ln(S_T / F).
//!
//! Contract: with the steps of [`accurate`] the function is good to 1e-12 for |u| up to a few hundred, years up
//! to two. B and the integrals of its coefficients are in closed form without cancellation; the regimes are brought in by
//! Strang splitting (the coefficients' exact integral around the matrix exponential of the switches), whose error is even
//! in the step, so that Richardson's extrapolation over halved steps gains two orders a level. Runge-Kutta steps of the
//! same size blow up at large u. Sources: Heston (1993); Duffie, Pan and Singleton (2000); Strang, "On the construction and
//! comparison of difference schemes" (1968).

use super::complex::Complex;
use super::law::{Law, LogJump, Model, Variance};
use super::splitting::{Coefficients, Number, Point, Steps, march};
use crate::lanes::Lanes;

/// Steps to a single maturity of `years` that leave an error below 1e-12.
pub fn accurate(years: f64) -> Steps {
    let count = 6 + libm::ceil(42.0 * years) as usize;
    Steps { length: years / count as f64, count, levels: 3 }
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
    /// Generator with the jump of each switch, row by row.
    switches: Vec<Complex<N>>,
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

impl<'a, const N: usize> Transform<'a, N> {
    /// At the arguments `u`.
    #[inline(always)]
    pub fn new(model: &'a Model, u: Complex<N>) -> Self {
        let law = &model.law;
        let iu = u.times_i();
        let c = u * u + iu;
        let of_jump = |jump: LogJump| (iu * jump.mean - u * u * (0.5 * jump.sd * jump.sd)).exp();
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
                    let relative = crash * law.jump(k).relative() + law.at_switches(k, LogJump::relative);
                    -(iu * relative) - crash
                })
                .collect(),
            switches: regimes
                .clone()
                .flat_map(|i| regimes.clone().map(move |j| (i, j)))
                .map(|(i, j)| of_jump(law.switch_jump[i][j]) * law.generator[i][j])
                .collect(),
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
        Complex::real(t) / p + lifted * (r.gm - 1.0) / p / r.d * Complex::log_slope(q, w)
    }

    /// Marches from the present; `visit` sees the number of steps taken, B and g after each.
    #[inline(always)]
    pub fn march(&self, steps: Steps, visit: impl FnMut(usize, &Complex<N>, &[Complex<N>])) {
        let start = vec![Complex::real(1.0); self.law.regimes()];
        march(&self.switches, self.law.fastest_switch(), &start, steps, self, visit);
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
            (0..law.regimes()).fold(own * g[j], |sum, i| sum + self.switches[j * law.regimes() + i] * g[i])
        };
        (slope, (0..law.regimes()).map(of_regime).collect())
    }
}

impl<const N: usize> Coefficients<Complex<N>> for Transform<'_, N> {
    #[inline(always)]
    fn at(&self, t: f64, out: &mut Point<Complex<N>>) {
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
}

/// E[e^{iuX}] of one maturity, given the variance and the regime at the start, to 1e-12.
pub fn characteristic(model: &Model, years: f64, variance: f64, regime: usize, u: (f64, f64)) -> (f64, f64) {
    let transform = Transform::<1>::new(model, Complex::new(Lanes([u.0]), Lanes([u.1])));
    let mut value = (1.0, 0.0);
    transform.march(accurate(years), |_, b, g| {
        let phi = (*b * variance).exp() * g[regime];
        value = (phi.re.0[0], phi.im.0[0]);
    });
    value
}
