//! The VIX of a regime-switching affine variance model, in closed form.
//!
//! Contract: VIX^2 = a_k + b v, exact for continuous monitoring, from one matrix exponential; agrees with
//! `reference/pricing.json` to 1e-9 relative. Method: the expectation of an affine functional of (v, regime) solves a
//! linear system, here augmented by a constant (Duffie, Pan, Singleton, "Transform analysis and asset pricing for affine
//! jump-diffusions", 2000; the log contract of Carr and Madan, 1998).

use nalgebra::DMatrix;

/// Years of the VIX horizon: 30 calendar days.
pub const VIX_YEARS: f64 = 30.0 / 365.0;

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

/// `a[k] + b v`.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine {
    /// Constant by regime.
    pub a: Vec<f64>,
    /// Slope in the spot variance.
    pub b: f64,
}

impl Law {
    /// Number of regimes.
    pub fn regimes(&self) -> usize {
        self.level.len()
    }

    /// Mean relative jump of an asset whose log jump is `multiple` times the crash, in regime `k`.
    pub fn mean_jump(&self, k: usize, multiple: f64) -> f64 {
        let sd = multiple * self.jump_sd[k];
        libm::expm1(multiple * self.jump_mean[k] + 0.5 * sd * sd)
    }

    /// VIX^2 (points squared) of an asset with `volatility` and crash multiples.
    pub fn vix_squared(&self, volatility: f64, crash: f64) -> Affine {
        let extra: Vec<f64> = (0..self.regimes())
            .map(|k| 2.0 * self.intensity[k] * (self.mean_jump(k, crash) - crash * self.jump_mean[k]))
            .collect();
        let scale = 1e4 / VIX_YEARS;
        let mean = self.mean_integral(volatility * volatility, &extra, VIX_YEARS);
        Affine { a: mean.a.iter().map(|a| a * scale).collect(), b: mean.b * scale }
    }

    /// Expected annual variance over `years`, jumps included, monitored continuously: the fair strike of a variance swap.
    pub fn variance_strike(&self, years: f64) -> Affine {
        let extra: Vec<f64> = (0..self.regimes())
            .map(|k| self.intensity[k] * (self.jump_mean[k].powi(2) + self.jump_sd[k].powi(2)))
            .collect();
        let mean = self.mean_integral(1.0, &extra, years);
        Affine { a: mean.a.iter().map(|a| a / years).collect(), b: mean.b / years }
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
        let solved = (m * years).exp();
        Affine { a: (0..n).map(|i| solved[(i, n + 1)]).collect(), b: solved[(n, n + 1)] }
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

    fn law(case: &serde_json::Value) -> Law {
        let numbers = |key: &str| -> Vec<f64> {
            case[key].as_array().expect("array").iter().map(|x| x.as_f64().expect("number")).collect()
        };
        let number = |key: &str| case[key].as_f64().expect("number");
        Law {
            generator: case["G"]
                .as_array()
                .expect("matrix")
                .iter()
                .map(|row| row.as_array().expect("row").iter().map(|x| x.as_f64().expect("number")).collect())
                .collect(),
            variance: if case["kind"] == "rsln" {
                Variance::Constant
            } else {
                Variance::SquareRoot { reversion: number("kappa"), vol_of_vol: number("xi") }
            },
            level: numbers("theta"),
            intensity: numbers("lam"),
            jump_mean: numbers("mu"),
            jump_sd: numbers("delta"),
            variance_jump: numbers("eta"),
        }
    }

    /// Six models: VIX and variance-swap strikes against `pricing.json` (an independent implementation), 1e-9 relative.
    #[test]
    fn vix_and_swap_strikes_agree_with_the_reference() {
        let reference: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/reference/vix.json")).expect("reference");
        let mut seen = 0;
        for case in reference["cases"].as_array().expect("cases") {
            let law = law(&reference["models"][case["model"].as_str().expect("model")]);
            let (v, k) = (case["inputs"]["v"].as_f64().expect("v"), case["inputs"]["k"].as_u64().expect("k") as usize);
            let values = &case["values"];
            let close = |got: f64, want: &serde_json::Value| {
                let want = want.as_f64().expect("number");
                assert!((got - want).abs() <= 1e-9 * want.abs().max(1e-12), "{case}: {got} {want}");
            };
            if case["type"] == "vix" {
                let curve = law.vix_squared(1.0, 1.0);
                for (i, a) in curve.a.iter().enumerate() {
                    close(*a, &values["a"][i]);
                }
                close(curve.b, &values["b"]);
                close((curve.a[k] + curve.b * v).sqrt(), &values["vix"]);
            } else {
                let strike = law.variance_strike(case["inputs"]["tau"].as_f64().expect("tau"));
                close(strike.a[k] + strike.b * v, &values["variance"]);
            }
            seen += 1;
        }
        assert_eq!(seen, 12);
    }

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
        };
        let pi = law.stationary();
        assert!((pi[0] - 0.8).abs() < 1e-14 && (pi[1] - 0.2).abs() < 1e-14);
    }
}
