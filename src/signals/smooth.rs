//! Smoothing of a signal: a mean, an exponential mean, or persistence.

use super::windows::rolling_mean;
use super::{Signal, View};
use crate::instruments::Needs;
use crate::lanes::Row;
use crate::market::Facts;
use crate::shelf::Refusal;
use crate::units::SmoothDays;
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How a signal is smoothed: exactly one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct SmoothSpec {
    /// Mean of the last n days.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SmoothDays")]
    pub mean: Option<SmoothDays>,
    /// Exponential mean with weight 2 / (n + 1).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SmoothDays")]
    pub ema: Option<SmoothDays>,
    /// A change counts once it has lasted n days: the value moves only as far as all of the last n days agree.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SmoothDays")]
    pub persist: Option<SmoothDays>,
}

/// The checked smoothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Smooth {
    Mean(usize),
    Ema(f64),
    Persist(usize),
}

impl SmoothSpec {
    pub(super) fn smooth(&self) -> Result<Smooth, Refusal> {
        match (self.mean, self.ema, self.persist) {
            (Some(n), None, None) => Ok(Smooth::Mean(n.get() as usize)),
            (None, Some(n), None) => Ok(Smooth::Ema(2.0 / (n.get() as f64 + 1.0))),
            (None, None, Some(n)) => Ok(Smooth::Persist(n.get() as usize)),
            _ => Err(Refusal::new("", "give exactly one of `mean`, `ema` and `persist`")),
        }
    }

    /// Days that make up a value; of an exponential mean the n by which it goes, though it never quite forgets.
    pub fn days(&self) -> usize {
        self.mean.or(self.ema).or(self.persist).map_or(1, |n| n.get() as usize)
    }

    /// `signal`, smoothed.
    ///
    /// # Errors
    /// A [`Refusal`] unless exactly one kind is given.
    pub fn around(&self, signal: Arc<dyn Signal>) -> Result<Arc<dyn Signal>, Refusal> {
        Ok(Arc::new(Smoothed { signal, how: self.smooth()? }))
    }
}

struct Smoothed {
    signal: Arc<dyn Signal>,
    how: Smooth,
}

impl Signal for Smoothed {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        let mut raw = vec![Row::default(); out.len()];
        self.signal.read(see, &mut raw);
        apply(self.how, &raw, out);
    }

    fn needs(&self, needs: &mut Needs) {
        self.signal.needs(needs);
    }

    fn in_world(&self, facts: &Facts) -> Option<Arc<dyn Signal>> {
        Some(Arc::new(Self { signal: self.signal.in_world(facts)?, how: self.how }))
    }
}

/// Smooths rows.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn apply(how: Smooth, raw: &[Row], out: &mut [Row]) {
    match how {
        Smooth::Mean(n) => rolling_mean(raw.len(), n, |row| raw[row], |row, mean| out[row] = mean),
        Smooth::Ema(weight) => {
            let mut value = raw[0];
            for (out, x) in out.iter_mut().zip(raw) {
                value += (*x - value) * weight;
                *out = value;
            }
        }
        Smooth::Persist(n) => {
            let mut value = raw[0];
            for row in 0..raw.len() {
                let window = &raw[(row + 1).saturating_sub(n)..=row];
                let lowest = window.iter().fold(raw[row], |low, x| low.min(*x));
                let highest = window.iter().fold(raw[row], |high, x| high.max(*x));
                // All above: rise to the lowest of them; all below: fall to the highest; else stay.
                value = value.max(lowest).min(highest.max(lowest));
                out[row] = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persistence_moves_as_far_as_all_days_agree() {
        let raw: Vec<Row> = [20.0, 30.0, 20.0, 30.0, 28.0, 31.0, 10.0, 31.0].map(Row::splat).to_vec();
        let mut out = raw.clone();
        apply(Smooth::Persist(2), &raw, &mut out);
        let values: Vec<f64> = out.iter().map(|row| row.0[0]).collect();
        assert_eq!(values, [20.0, 20.0, 20.0, 20.0, 28.0, 28.0, 28.0, 28.0]);
    }
}
