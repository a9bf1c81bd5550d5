//! Expected squares of daily log returns: what a variance swap settles on.
//!
//! Contract: exact for the model, given variance and regime; a quadratic in the variance. Daily squares exceed the
//! quadratic variation a little (leverage and the mean inside of a day), so a swap struck for continuous monitoring would
//! not be fair. Method: variance, log price and regime form a polynomial process, whose moments solve a linear system
//! (Cuchiero, Keller-Ressel and Teichmann, "Polynomial processes and their applications to mathematical finance", 2012).

use super::law::{Law, LogJump, Model, Variance};
use crate::matrix::exponential;
use nalgebra::{DMatrix, DVector};

/// Sum of the expected squared log returns of the next `days` days: `[days][regime]`, coefficients of 1, v, v^2.
#[derive(Clone, Debug, PartialEq)]
pub struct DailyVariance(Vec<Vec<[f64; 3]>>);

/// Powers (of the log price, of the variance) that close under the generator.
const POWERS: [(usize, usize); 6] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)];

impl DailyVariance {
    /// For up to `days` days of `day` years.
    pub fn new(model: &Model, days: usize, day: f64) -> Self {
        let n = model.law.regimes();
        let step = exponential(&(generator(model) * day));
        let mut square = DVector::<f64>::zeros(POWERS.len() * n);
        for k in 0..n {
            square[5 * n + k] = 1.0;
        }
        // One day's square, as a function of variance and regime only: the log return starts at 0.
        let mut one = &step * square;
        one.rows_mut(3 * n, 3 * n).fill(0.0);
        let mut sum = DVector::<f64>::zeros(POWERS.len() * n);
        let read = |sum: &DVector<f64>| (0..n).map(|k| [sum[k], sum[n + k], sum[2 * n + k]]).collect();
        let mut list = vec![read(&sum)];
        for _ in 0..days {
            sum += &one;
            list.push(read(&sum));
            one = &step * one;
        }
        Self(list)
    }

    /// The coefficients for so many days, by regime.
    #[inline(always)]
    pub fn coefficients(&self, days: usize) -> &[[f64; 3]] {
        &self.0[days]
    }

    /// Longest maturity, days.
    pub fn days(&self) -> usize {
        self.0.len() - 1
    }

    /// The sum over `days` days, given variance and regime.
    pub fn sum(&self, days: usize, variance: f64, regime: usize) -> f64 {
        let [a, b, c] = self.0[days][regime];
        a + variance * (b + variance * c)
    }
}

/// What the generator does to the coefficients of x^q v^p in each regime: entry (row, column) is what the function
/// `column` adds to the function `row`.
fn generator(model: &Model) -> DMatrix<f64> {
    let law = &model.law;
    let n = law.regimes();
    let mut m = DMatrix::<f64>::zeros(POWERS.len() * n, POWERS.len() * n);
    for (column, power) in POWERS.into_iter().enumerate() {
        for k in 0..n {
            let from = column * n + k;
            let mut add = |to: (usize, usize), regime: usize, amount: f64| {
                if let Some(row) = POWERS.iter().position(|known| *known == to) {
                    m[(row * n + regime, from)] += amount;
                }
            };
            diffuse(model, k, power, |to, amount| add(to, k, amount));
            crash(law, k, power, |to, amount| add(to, k, amount));
            for i in 0..n {
                let rate = law.generator[i][k];
                add(power, i, rate);
                if i != k {
                    jump(law.switch_jump[i][k], power, |to, amount| add(to, i, rate * amount));
                }
            }
        }
    }
    m
}

/// Drift and diffusion of x^q v^p in regime `k`.
fn diffuse(model: &Model, k: usize, (q, p): (usize, usize), mut add: impl FnMut((usize, usize), f64)) {
    let law = &model.law;
    let relative = law.intensity[k] * law.jump(k).relative() + law.at_switches(k, LogJump::relative);
    let drift = model.rate - model.dividend - relative;
    let (qf, pf) = (q as f64, p as f64);
    match law.variance {
        Variance::SquareRoot { reversion, vol_of_vol } => {
            if q > 0 {
                add((q - 1, p), qf * drift);
                add((q - 1, p + 1), -0.5 * qf);
            }
            if q > 1 {
                add((q - 2, p + 1), 0.5 * qf * (qf - 1.0));
            }
            if q > 0 && p > 0 {
                add((q - 1, p), qf * pf * model.leverage * vol_of_vol);
            }
            if p > 0 {
                add((q, p - 1), pf * reversion * law.level[k]);
                add((q, p), -pf * reversion);
            }
            if p > 1 {
                add((q, p - 1), 0.5 * pf * (pf - 1.0) * vol_of_vol * vol_of_vol);
            }
        }
        Variance::Constant => {
            if q > 0 {
                add((q - 1, p), qf * (drift - 0.5 * law.level[k]));
            }
            if q > 1 {
                add((q - 2, p), 0.5 * qf * (qf - 1.0) * law.level[k]);
            }
        }
    }
}

/// A crash moves the log price by a normal and the variance by an exponential of its own.
fn crash(law: &Law, k: usize, (q, p): (usize, usize), mut add: impl FnMut((usize, usize), f64)) {
    let (rate, eta, of_price) = (law.intensity[k], law.variance_jump[k], law.jump(k));
    let price = |power: usize| [1.0, of_price.mean, of_price.square()][power];
    let variance = |power: usize| [1.0, eta, 2.0 * eta * eta][power];
    for i in 0..=q {
        for j in (0..=p).filter(|j| i + j > 0) {
            add((q - i, p - j), rate * choose(q, i) * choose(p, j) * price(i) * variance(j));
        }
    }
}

/// A jump of the price alone.
fn jump(of: LogJump, (q, p): (usize, usize), mut add: impl FnMut((usize, usize), f64)) {
    let moment = [1.0, of.mean, of.square()];
    for i in 1..=q {
        add((q - i, p), choose(q, i) * moment[i]);
    }
}

/// Binomial coefficient for n up to 2.
fn choose(n: usize, k: usize) -> f64 {
    if n == 2 && k == 1 { 2.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::transform::characteristic;

    fn model() -> Model {
        let mut switch_jump = Law::no_switch_jumps(2);
        switch_jump[0][1] = LogJump { mean: -0.06, sd: 0.03 };
        Model {
            law: Law {
                generator: vec![vec![-0.7, 0.7], vec![3.0, -3.0]],
                variance: Variance::SquareRoot { reversion: 3.0, vol_of_vol: 0.6 },
                level: vec![0.02, 0.12],
                intensity: vec![0.5, 3.0],
                jump_mean: vec![-0.05, -0.1],
                jump_sd: vec![0.05, 0.08],
                variance_jump: vec![0.02, 0.08],
                switch_jump,
            },
            leverage: -0.7,
            rate: 0.04,
            dividend: 0.0,
        }
    }

    /// The square of one day against the second derivative of the characteristic function, by differences.
    #[test]
    fn one_day_is_the_curvature_of_the_transform() {
        let day = 1.0 / 252.0;
        for mut model in [model(), Model { leverage: 0.0, ..model() }] {
            if model.leverage == 0.0 {
                model.law.variance = Variance::Constant;
            }
            let daily = DailyVariance::new(&model, 3, day);
            for (v, k) in [(0.02, 0), (0.3, 1)] {
                let phi = |u: f64| characteristic(&model, day, v, k, (u, 0.0));
                // E[X^2] of the return around the forward, from -phi''(0); two widths, extrapolated.
                let second = |h: f64| -(phi(h).0 + phi(-h).0 - 2.0) / (h * h);
                let around = (4.0 * second(0.5) - second(1.0)) / 3.0;
                let mean = (8.0 * (phi(0.5).1 - phi(-0.5).1) - (phi(1.0).1 - phi(-1.0).1)) / 6.0;
                let forward = (model.rate - model.dividend) * day;
                let want = around + 2.0 * forward * mean + forward * forward;
                let got = daily.sum(1, v, k);
                assert!((got / want - 1.0).abs() < 2e-6, "{v} {k}: {got} {want}");
            }
        }
    }

    /// Over many days the squares are the swap's variance and a little more: -rho xi / 2 a day from leverage (MODEL,
    /// section 11), here 0.083 %, and what jumps add.
    #[test]
    fn daily_squares_exceed_the_quadratic_variation_a_little() {
        let daily = DailyVariance::new(&model(), 63, 1.0 / 252.0);
        let strike = model().law.variance_strike(0.25);
        for (v, k) in [(0.02, 0), (0.1, 1)] {
            let ratio = daily.sum(63, v, k) * 4.0 / (strike.a[k] + strike.b * v);
            assert!(ratio > 1.0 + 0.7 * 0.6 / 504.0 && ratio < 1.005, "{ratio}");
        }
    }
}
