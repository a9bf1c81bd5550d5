//! The VIX future less a forecast of the VIX at its expiry, points: what the market pays for bearing the risk of a rise.
//!
//! After Cheng, "The VIX premium" (2019), who forecasts by an ARMA(2,2) model fitted to all data up to the day. Here the
//! forecast is that of an AR(1), x(t) = a + b x(t-1), fitted by least squares to the closes of a window, b held within 0
//! and 1: a fit that two sums a day keep up, and no worse at a horizon of a month.

use super::vix_future::{maturity, priced};
use super::{Known, ReadsSignal, Signal, View};
use crate::instruments::Needs;
use crate::instruments::prices::State;
use crate::lanes::Row;
use crate::market::Factor;
use crate::shelf::{Described, Refusal};
use crate::units::PositiveCount;
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The VIX premium.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Trading days to expiry of the future, up to 252: the horizon of the forecast.
    #[garde(dive)]
    pub maturity: PositiveCount,
    /// Closes that the forecast is fitted to.
    #[garde(dive)]
    pub window: PositiveCount,
}

impl Described for Spec {
    const HELP: &'static str = "VIX future minus an AR(1) forecast of the VIX at its expiry, points";
    const SPECIMEN: &'static str = "{ maturity: 21, window: 252 }";
}

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        priced(known)?;
        let window = self.window.get() as usize;
        if window < 3 {
            return Err(Refusal::new("window", format!("is {window}, must be at least 3 closes")));
        }
        Ok(Arc::new(VixPremium { maturity: maturity(self.maturity, "maturity")?, window }))
    }

    fn look_back(&self) -> usize {
        self.window.get() as usize
    }
}

struct VixPremium {
    maturity: usize,
    window: usize,
}

impl Signal for VixPremium {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        forecast(see.paths.rows(Factor::Vix), self.window - 1, self.maturity, out);
        for (row, out) in out.iter_mut().enumerate() {
            *out = see.prices.future(self.maturity, &State::at(see.paths, row, see.responds)).0 - *out;
        }
    }

    fn needs(&self, needs: &mut Needs) {
        needs.futures(self.maturity);
    }
}

/// What an AR(1) fitted to the last `pairs` changes, of fewer at the start, expects in so many days.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn forecast(x: &[Row], pairs: usize, days: usize, out: &mut [Row]) {
    let mut sums = [Row::default(); 4];
    // Around the first value, so that squares do not cancel.
    let of = |row: usize| x[row] - x[0];
    let terms = |row: usize| [of(row - 1), of(row), of(row - 1) * of(row - 1), of(row - 1) * of(row)];
    out[0] = x[0];
    for row in 1..out.len() {
        let from = (row + 1).saturating_sub(pairs).max(1);
        let fresh = row % pairs == 0;
        if fresh {
            sums = [Row::default(); 4];
        }
        for i in if fresh { from..row + 1 } else { row..row + 1 } {
            for (sum, term) in sums.iter_mut().zip(terms(i)) {
                *sum += term;
            }
        }
        if !fresh && from > 1 {
            for (sum, term) in sums.iter_mut().zip(terms(from - 1)) {
                *sum -= term;
            }
        }
        let [before, after, square, product] = sums.map(|sum| sum / (row + 1 - from) as f64);
        let spread = (square - before * before).max(Row::splat(1e-12));
        let b = ((product - before * after) / spread).max(Row::splat(0.0)).min(Row::splat(1.0));
        let a = after - b * before;
        let mut value = of(row);
        for _ in 0..days {
            value = a + b * value;
        }
        out[row] = value + x[0];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A series that is an AR(1) without noise is forecast exactly, from a window of any length; and against a fit of the
    /// same window by centred sums on a series with noise.
    #[test]
    fn forecasts_are_those_of_least_squares() {
        let mut x = vec![40.0];
        for i in 1..60 {
            x.push(3.0 + 0.8 * x[i - 1]);
        }
        let rows: Vec<Row> = x.iter().map(|x| Row::splat(*x)).collect();
        let mut out = rows.clone();
        forecast(&rows, 7, 5, &mut out);
        for row in 2..12 {
            assert!((out[row].0[3] - x[row + 5]).abs() < 1e-6, "{row}: {} {}", out[row].0[3], x[row + 5]);
        }
        let x: Vec<f64> =
            (0..80).map(|i| 20.0 + f64::from(i * i % 31) * 0.3 + 4.0 * (0.1 * f64::from(i)).sin()).collect();
        let rows: Vec<Row> = x.iter().map(|x| Row::splat(*x)).collect();
        forecast(&rows, 30, 21, &mut out[..60]);
        let at = 53;
        let (before, after) = (&x[at - 30..at], &x[at - 29..=at]);
        let mean = |list: &[f64]| list.iter().sum::<f64>() / 30.0;
        let (m, n) = (mean(before), mean(after));
        let covariance: f64 = before.iter().zip(after).map(|(x, y)| (x - m) * (y - n)).sum();
        let b = (covariance / before.iter().map(|x| (x - m) * (x - m)).sum::<f64>()).clamp(0.0, 1.0);
        let long_run = (n - b * m) / (1.0 - b);
        let want = long_run + b.powi(21) * (x[at] - long_run);
        assert!((out[at].0[0] - want).abs() < 1e-9, "{} {want}", out[at].0[0]);
    }
}
