//! The VIX of a regime-switching affine variance model, in closed form.
//!
//! Contract: VIX^2 = a_k + b v, exact for continuous monitoring, from one matrix exponential; agrees with
//! `reference/pricing.json` to 1e-9 relative. Method: the expectation of an affine functional of (v, regime) solves a
//! linear system, here augmented by a constant (Duffie, Pan, Singleton, "Transform analysis and asset pricing for affine
//! jump-diffusions", 2000; the log contract of Carr and Madan, 1998).

use super::law::{Law, LogJump, Variance};
use nalgebra::DMatrix;

/// Years of the VIX horizon: 30 calendar days.
pub const VIX_YEARS: f64 = 30.0 / 365.0;

/// `a[k] + b v`.
#[derive(Clone, Debug, PartialEq)]
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
            switch_jump: Law::no_switch_jumps(numbers("theta").len()),
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
                let curve = law.vix_squared();
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
}
