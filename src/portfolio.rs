//! The portfolio that is to be protected: constant capital, fixed weights, daily or periodic rebalancing.

use crate::grid::DAY;
use crate::lanes::Row;

/// A checked portfolio.
#[derive(Clone, Debug, PartialEq)]
pub struct Portfolio {
    capital: f64,
    weights: Vec<f64>,
    every: usize,
}

impl Portfolio {
    /// `capital` in currency, one weight an asset (what is left is cash), rebalanced `every` so many days.
    ///
    /// # Errors
    /// A sentence when the capital is not positive, the weights are not finite or sum to nothing, or `every` is 0.
    pub fn new(capital: f64, weights: Vec<f64>, every: usize) -> Result<Self, String> {
        let total: f64 = weights.iter().sum();
        if !(capital > 0.0 && capital.is_finite()) {
            return Err(format!("capital is {capital}, must be above 0"));
        }
        if !(total > 0.0 && total.is_finite()) {
            return Err(format!("the weights sum to {total}, must be above 0"));
        }
        if every == 0 {
            return Err("a portfolio is rebalanced at least every day (1) or more rarely".to_owned());
        }
        Ok(Self { capital, weights, every })
    }

    /// Capital in currency.
    pub const fn capital(&self) -> f64 {
        self.capital
    }

    /// Weight of an asset.
    pub fn weight(&self, asset: usize) -> f64 {
        self.weights[asset]
    }

    /// Writes the daily return in excess of cash, as a share of capital; `closes` has one slice of rows an asset.
    /// Row 0 gets 0.
    #[inline(always)]
    pub fn excess_returns(&self, closes: &[&[Row]], rate: f64, dividend: f64, out: &mut [Row]) {
        let (growth, carry) = (libm::exp(rate * DAY), libm::exp(dividend * DAY));
        out[0] = Row::splat(0.0);
        if self.every == 1 {
            for row in 1..out.len() {
                let mut sum = Row::splat(0.0);
                for (asset, close) in closes.iter().enumerate() {
                    sum += (close[row] / close[row - 1] * carry - Row::splat(growth)) * self.weights[asset];
                }
                out[row] = sum;
            }
            return;
        }
        let start: Vec<Row> = self.weights.iter().map(|w| Row::splat(*w)).collect();
        let mut weights = start.clone();
        for row in 1..out.len() {
            let mut sum = Row::splat(0.0);
            for (asset, close) in closes.iter().enumerate() {
                sum += (close[row] / close[row - 1] * carry - Row::splat(growth)) * weights[asset];
            }
            out[row] = sum;
            for (asset, close) in closes.iter().enumerate() {
                let grown = weights[asset] * (close[row] / close[row - 1] * carry);
                weights[asset] = grown / (sum + growth);
            }
            if row % self.every == 0 {
                weights.clone_from(&start);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_drift_between_rebalancings() {
        let closes = [vec![100.0, 110.0, 121.0], vec![50.0, 50.0, 50.0]]
            .map(|c| c.into_iter().map(Row::splat).collect::<Vec<_>>());
        let closes: Vec<&[Row]> = closes.iter().map(Vec::as_slice).collect();
        let run = |every| {
            let mut out = vec![Row::default(); 3];
            Portfolio::new(1.0, vec![0.5, 0.5], every).expect("valid").excess_returns(&closes, 0.0, 0.0, &mut out);
            (out[1].0[0], out[2].0[7])
        };
        let (first, second) = run(1);
        assert!((first - 0.05).abs() < 1e-15 && (second - 0.05).abs() < 1e-15);
        let (_, drifting) = run(21);
        assert!((drifting - 0.1 * 0.55 / 1.05).abs() < 1e-15);
    }
}
