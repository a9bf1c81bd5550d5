//! The same step on one path in plain numbers: of the two branches of the scheme only the one that is taken.

use super::{PriceStep, SWITCH, VarianceStep};
use crate::lanes::scalar::{ln, normal_cdf};
use crate::lanes::smaller;

/// A drawn variance, by the branch that it came from, with what the martingale correction needs.
#[derive(Clone, Copy)]
pub(in crate::market) enum PlainDrawn {
    /// A squared normal.
    Squared { next: f64, a: f64, b2: f64 },
    /// An exponential with a mass at zero.
    Exponential { next: f64, mass: f64, decay: f64 },
}

impl PlainDrawn {
    /// Variance at the end of the step.
    pub(in crate::market) const fn next(self) -> f64 {
        match self {
            Self::Squared { next, .. } | Self::Exponential { next, .. } => next,
        }
    }
}

impl VarianceStep {
    /// As [`draw`](Self::draw), on one path.
    pub(in crate::market) fn draw_one(&self, v: f64, level: f64, z: f64) -> PlainDrawn {
        let mean = level + (v - level) * self.decay;
        let spread = v * self.spread_now + level * self.spread_level;
        let inverse = mean * mean / spread;
        if inverse < 1.0 / SWITCH {
            let psi = spread / (mean * mean);
            let mass = (psi - 1.0) / (psi + 1.0);
            let decay = (1.0 - mass) / mean;
            let next = if normal_cdf(z) <= mass {
                0.0
            } else {
                ln((1.0 - mass).max(1e-300) / normal_cdf(-z).max(1e-300)) / decay
            };
            return PlainDrawn::Exponential { next, mass, decay };
        }
        let twice = inverse * 2.0;
        let b2 = twice - 1.0 + (twice * (twice - 1.0)).sqrt();
        let a = mean / (b2 + 1.0);
        let shifted = b2.sqrt() + z;
        PlainDrawn::Squared { next: a * shifted * shifted, a, b2 }
    }
}

impl PriceStep {
    /// As [`log_return`](Self::log_return), on one path.
    pub(in crate::market) fn log_return_one(&self, v: f64, drawn: PlainDrawn, z: f64) -> f64 {
        let correction = match drawn {
            PlainDrawn::Squared { a, b2, .. } => {
                let lift = smaller(a * self.tilt, 0.25);
                let rest = 1.0 - lift * 2.0;
                ln(rest) * 0.5 - b2 * lift / rest
            }
            PlainDrawn::Exponential { mass, decay, .. } => -ln(mass + decay * (1.0 - mass) / (decay - self.tilt)),
        };
        let next = drawn.next();
        correction - v * (0.5 * self.noise) + next * self.next + ((v + next) * self.noise).sqrt() * z
    }
}
