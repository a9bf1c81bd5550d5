//! The VIX of a regime-switching affine variance model, in closed form.
//!
//! Contract: VIX^2 = a_k + b v, exact for continuous monitoring, from one matrix exponential; agrees with
//! `reference/pricing.json` to 1e-9 relative. Method: the expectation of an affine functional of (v, regime) solves a
//! linear system, here augmented by a constant (Duffie, Pan, Singleton, "Transform analysis and asset pricing for affine
//! jump-diffusions", 2000; the log contract of Carr and Madan, 1998).

use super::law::{Law, LogJump, Variance};
use crate::matrix::exponential;
use nalgebra::DMatrix;

/// Years of the VIX horizon: 30 calendar days.
pub const VIX_YEARS: f64 = 30.0 / 365.0;

/// `a[k] + b v`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Affine {
    /// Constant by regime.
    pub a: Vec<f64>,
    /// Slope in the spot variance.
    pub b: f64,
}

impl Law {
    /// VIX^2 (points squared) over 30 days.
    pub fn vix_squared(&self) -> Affine {
        self.log_contract(VIX_YEARS)
    }

    /// Squared index of the kind of the VIX (points squared) over `years`: minus twice the expected log return, a year.
    pub fn log_contract(&self, years: f64) -> Affine {
        let beyond = |jump: LogJump| 2.0 * (jump.relative() - jump.mean);
        let extra: Vec<f64> = (0..self.regimes())
            .map(|k| self.intensity[k] * beyond(self.jump(k)) + self.at_switches(k, beyond))
            .collect();
        let scale = 1e4 / years;
        let mean = self.mean_integral(1.0, &extra, years);
        Affine { a: mean.a.iter().map(|a| a * scale).collect(), b: mean.b * scale }
    }

    /// Expected annual variance over `years`, jumps included, monitored continuously: the fair strike of a variance swap.
    pub fn variance_strike(&self, years: f64) -> Affine {
        let extra: Vec<f64> = (0..self.regimes())
            .map(|k| self.intensity[k] * self.jump(k).square() + self.at_switches(k, LogJump::square))
            .collect();
        let mean = self.mean_integral(1.0, &extra, years);
        Affine { a: mean.a.iter().map(|a| a / years).collect(), b: mean.b / years }
    }

    /// Expected integral of the variance over `years`, without jumps of the price: what an option's width is made of.
    pub fn diffusive_variance(&self, years: f64) -> Affine {
        self.mean_integral(1.0, &vec![0.0; self.regimes()], years)
    }

    /// Mean after `years` of an affine function of variance and regime.
    pub fn mean_of_affine(&self, of: &Affine, years: f64) -> Affine {
        let n = self.regimes();
        let mut m = DMatrix::<f64>::zeros(n + 1, n + 1);
        for i in 0..n {
            for j in 0..n {
                m[(i, j)] = self.generator[i][j];
            }
            if let Variance::SquareRoot { reversion, .. } = self.variance {
                m[(i, n)] = reversion * self.level[i] + self.intensity[i] * self.variance_jump[i];
                m[(n, n)] = -reversion;
            }
        }
        let start = nalgebra::DVector::from_iterator(n + 1, of.a.iter().copied().chain([of.b]));
        let mean = exponential(&(m * years)) * start;
        Affine { a: (0..n).map(|i| mean[i]).collect(), b: mean[n] }
    }

    /// E int_0^years (weight v + extra_k) ds, given v and the regime at 0.
    fn mean_integral(&self, weight: f64, extra: &[f64], years: f64) -> Affine {
        let n = self.regimes();
        let mut m = DMatrix::<f64>::zeros(n + 2, n + 2);
        for i in 0..n {
            for j in 0..n {
                m[(i, j)] = self.generator[i][j];
            }
            match self.variance {
                Variance::SquareRoot { reversion, .. } => {
                    m[(i, n)] = reversion * self.level[i] + self.intensity[i] * self.variance_jump[i];
                    m[(i, n + 1)] = extra[i];
                }
                Variance::Constant => m[(i, n + 1)] = extra[i] + weight * self.level[i],
            }
        }
        if let Variance::SquareRoot { reversion, .. } = self.variance {
            m[(n, n)] = -reversion;
            m[(n, n + 1)] = weight;
        }
        let solved = exponential(&(m * years));
        Affine { a: (0..n).map(|i| solved[(i, n + 1)]).collect(), b: solved[(n, n + 1)] }
    }
}
