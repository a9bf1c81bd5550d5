//! The law of one asset under one measure: regimes, variance, crashes, jumps at switches.
//!
//! A Markov-modulated square-root variance with co-jumps (Duffie, Pan and Singleton, "Transform analysis and asset pricing
//! for affine jump-diffusions", 2000; regimes as in Elliott, Nishide and Osakwe, 2016). Every pricing formula of this room
//! is a function of a [`Law`].

use nalgebra::DMatrix;

/// What the variance and the log price do in each regime under one measure. All slices have one entry a regime.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    /// Generator of the regimes, per year, row-sum 0.
    pub generator: Vec<Vec<f64>>,
    /// Variance dynamics.
    pub variance: Variance,
    /// Long-run variance (theta), per year, decimal.
    pub level: Vec<f64>,
    /// Crash intensity (lambda), per year.
    pub intensity: Vec<f64>,
    /// Mean log jump (mu).
    pub jump_mean: Vec<f64>,
    /// Standard deviation of the log jump (delta).
    pub jump_sd: Vec<f64>,
    /// Mean of the exponential jump of the variance (eta).
    pub variance_jump: Vec<f64>,
    /// Log jump of the price at a switch `[from][to]`; nothing where the regime stays.
    pub switch_jump: Vec<Vec<LogJump>>,
}

/// A normal log jump of the price.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LogJump {
    /// Mean (mu).
    pub mean: f64,
    /// Standard deviation (delta).
    pub sd: f64,
}

impl LogJump {
    /// Mean relative jump: E[e^J] - 1.
    pub fn relative(self) -> f64 {
        libm::expm1(self.mean + 0.5 * self.sd * self.sd)
    }

    /// Mean square of the log jump.
    pub fn square(self) -> f64 {
        self.mean * self.mean + self.sd * self.sd
    }

    /// The log jump of an asset that takes this multiple of it.
    fn times(self, multiple: f64) -> Self {
        Self { mean: multiple * self.mean, sd: multiple.abs() * self.sd }
    }
}

/// How the variance moves between jumps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Variance {
    /// Square-root diffusion: `reversion` (kappa, per year), `vol_of_vol` (xi).
    SquareRoot {
        /// Speed of mean reversion, per year.
        reversion: f64,
        /// Volatility of variance.
        vol_of_vol: f64,
    },
    /// Equal to the level of the regime at all times.
    Constant,
}

/// One asset under the pricing measure: all that its hedges are priced by.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Law of the asset, its variance in its own units.
    pub law: Law,
    /// Correlation of price and variance shocks (rho).
    pub leverage: f64,
    /// Riskless rate, continuous, per year.
    pub rate: f64,
    /// Dividend yield, continuous, per year.
    pub dividend: f64,
}

impl Law {
    /// Number of regimes.
    pub fn regimes(&self) -> usize {
        self.level.len()
    }

    /// The crash of regime `k`.
    pub fn jump(&self, k: usize) -> LogJump {
        LogJump { mean: self.jump_mean[k], sd: self.jump_sd[k] }
    }

    /// Sum over the switches out of regime `k` of rate times `value(jump)`, per year.
    pub fn at_switches(&self, k: usize, value: impl Fn(LogJump) -> f64) -> f64 {
        (0..self.regimes()).filter(|j| *j != k).map(|j| self.generator[k][j] * value(self.switch_jump[k][j])).sum()
    }

    /// Largest rate at which a regime is left, per year.
    pub fn fastest_switch(&self) -> f64 {
        (0..self.regimes()).map(|k| -self.generator[k][k]).fold(0.0, f64::max)
    }

    /// The same with this many times the crashes, and the switches into the last regime.
    #[must_use]
    pub fn tilted(&self, crashes: f64, entries: f64) -> Self {
        let last = self.regimes() - 1;
        let mut law = self.clone();
        law.intensity.iter_mut().for_each(|rate| *rate *= crashes);
        for (k, row) in law.generator.iter_mut().enumerate().filter(|(k, _)| *k != last) {
            let more = row[last] * (entries - 1.0);
            row[last] += more;
            row[k] -= more;
        }
        law
    }

    /// No jump at any switch.
    pub fn no_switch_jumps(regimes: usize) -> Vec<Vec<LogJump>> {
        vec![vec![LogJump::default(); regimes]; regimes]
    }

    /// The law of an asset with variance s^2 v and log jumps `crash` times those of this law: the same family.
    #[must_use]
    pub fn of_asset(&self, multiple: f64, crash: f64) -> Self {
        let square = multiple * multiple;
        let scaled = |row: &[f64], by: f64| row.iter().map(|x| x * by).collect();
        Self {
            generator: self.generator.clone(),
            variance: match self.variance {
                Variance::SquareRoot { reversion, vol_of_vol } => {
                    Variance::SquareRoot { reversion, vol_of_vol: multiple * vol_of_vol }
                }
                Variance::Constant => Variance::Constant,
            },
            level: scaled(&self.level, square),
            intensity: self.intensity.clone(),
            jump_mean: scaled(&self.jump_mean, crash),
            jump_sd: scaled(&self.jump_sd, crash.abs()),
            variance_jump: scaled(&self.variance_jump, square),
            switch_jump: self
                .switch_jump
                .iter()
                .map(|row| row.iter().map(|jump| jump.times(crash)).collect())
                .collect(),
        }
    }

    /// The law of an asset with a constant variance of its own and log jumps `crash` times those of this law.
    #[must_use]
    pub fn with_own_variance(&self, variance: f64, crash: f64) -> Self {
        let scaled = self.of_asset(1.0, crash);
        Self {
            variance: Variance::Constant,
            level: vec![variance; self.regimes()],
            variance_jump: vec![0.0; self.regimes()],
            ..scaled
        }
    }

    /// Share of time in each regime in the long run.
    pub fn stationary(&self) -> Vec<f64> {
        let n = self.regimes();
        // pi G = 0 with sum 1: replace the last equation by the normalisation.
        let mut system = DMatrix::<f64>::from_fn(n, n, |i, j| self.generator[j][i]);
        system.row_mut(n - 1).fill(1.0);
        let mut right = nalgebra::DVector::<f64>::zeros(n);
        right[n - 1] = 1.0;
        match system.lu().solve(&right) {
            Some(pi) if pi.iter().all(|p| *p >= -1e-12) => pi.iter().map(|p| p.max(0.0)).collect(),
            // Several closed classes: no unique answer; count every regime alike.
            _ => vec![1.0 / n as f64; n],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stationary_shares_of_two_regimes() {
        let law = Law {
            generator: vec![vec![-0.5, 0.5], vec![2.0, -2.0]],
            variance: Variance::Constant,
            level: vec![0.02, 0.1],
            intensity: vec![0.0; 2],
            jump_mean: vec![0.0; 2],
            jump_sd: vec![0.0; 2],
            variance_jump: vec![0.0; 2],
            switch_jump: Law::no_switch_jumps(2),
        };
        let pi = law.stationary();
        assert!((pi[0] - 0.8).abs() < 1e-14 && (pi[1] - 0.2).abs() < 1e-14);
    }
}
