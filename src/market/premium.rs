//! From the real-world measure P to the pricing measure Q.
//!
//! Five numbers (MODEL, sections 8 and 11): variance risk premium `a` with kappa_Q = kappa - a and kappa theta kept, crash
//! intensity times `c`, mean jump of a crash plus `s`, mean jump of a switch plus another such number, and regime rates
//! tilted by exp(psi (severity_j - severity_i)). At identity (0, 1, 0, 0, 0) both measures have the same bits.

use crate::pricing::law::{Law, LogJump, Variance};

/// Risk premia other than that of equity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Premia {
    /// Taken from the mean reversion under P, per year.
    pub variance: f64,
    /// Factor of the crash intensity.
    pub crash_intensity: f64,
    /// Added to the mean log jump.
    pub crash_mean: f64,
    /// Added to the mean log jump of every switch that has one.
    pub switch_mean: f64,
    /// Tilt of the regime rates towards severe regimes.
    pub regime: f64,
}

impl Premia {
    /// No premium at all.
    pub const IDENTITY: Self =
        Self { variance: 0.0, crash_intensity: 1.0, crash_mean: 0.0, switch_mean: 0.0, regime: 0.0 };

    /// This multiple of the premia: at 0 none, at 1 the same bits. The factor of the intensity is raised to that power.
    #[must_use]
    pub fn times(&self, multiple: f64) -> Self {
        Self {
            variance: multiple * self.variance,
            crash_intensity: libm::pow(self.crash_intensity, multiple),
            crash_mean: multiple * self.crash_mean,
            switch_mean: multiple * self.switch_mean,
            regime: multiple * self.regime,
        }
    }

    /// The law under Q. The caller has checked that the mean reversion stays positive.
    pub(super) fn price(&self, p: &Law) -> Law {
        let n = p.regimes();
        let severity = |k: usize| {
            if n > 1 { k as f64 / (n - 1) as f64 } else { 0.0 }
        };
        let mut q = p.clone();
        for i in 0..n {
            for j in (0..n).filter(|j| *j != i) {
                q.generator[i][j] = p.generator[i][j] * libm::exp(self.regime * (severity(j) - severity(i)));
            }
            close_row(&mut q.generator[i], i);
            q.intensity[i] = p.intensity[i] * self.crash_intensity;
            q.jump_mean[i] = p.jump_mean[i] + self.crash_mean;
            for jump in q.switch_jump[i].iter_mut().filter(|jump| **jump != LogJump::default()) {
                jump.mean += self.switch_mean;
            }
        }
        if let Variance::SquareRoot { reversion, vol_of_vol } = p.variance {
            let priced = reversion - self.variance;
            q.variance = Variance::SquareRoot { reversion: priced, vol_of_vol };
            for level in &mut q.level {
                *level *= reversion / priced;
            }
        }
        q
    }
}

/// Makes a row of a generator sum to zero.
pub(super) fn close_row(row: &mut [f64], diagonal: usize) {
    row[diagonal] = 0.0;
    row[diagonal] = -row.iter().sum::<f64>();
}
