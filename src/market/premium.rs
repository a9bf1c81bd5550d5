//! From the real-world measure P to the pricing measure Q.
//!
//! Four numbers (MODEL, section 8): variance risk premium `a` with kappa_Q = kappa - a and kappa theta kept, crash
//! intensity times `c`, mean jump plus `s`, and regime rates tilted by exp(psi (severity_j - severity_i)). At identity
//! (0, 1, 0, 0) both measures have the same bits.

use crate::pricing::law::{Law, Variance};

/// Risk premia other than that of equity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Premia {
    /// Taken from the mean reversion under P, per year.
    pub variance: f64,
    /// Factor of the crash intensity.
    pub crash_intensity: f64,
    /// Added to the mean log jump.
    pub crash_mean: f64,
    /// Tilt of the regime rates towards severe regimes.
    pub regime: f64,
}

impl Premia {
    /// No premium at all.
    pub const IDENTITY: Self = Self { variance: 0.0, crash_intensity: 1.0, crash_mean: 0.0, regime: 0.0 };

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
