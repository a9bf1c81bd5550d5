//! Mid-rank of a signal among its last n values, today's included: from 0 to 1, adaptive to the level of the times.

use super::{Known, ReadsSignal, Signal, SignalSpec, View};
use crate::instruments::Needs;
use crate::lanes::{Row, WIDTH};
use crate::market::Facts;
use crate::shelf::{Described, Refusal};
use crate::units::PositiveCount;
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Percentile of a signal.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The signal.
    #[garde(dive)]
    pub of: Box<SignalSpec>,
    /// Days.
    #[garde(dive)]
    pub window: PositiveCount,
}

impl Described for Spec {
    const HELP: &'static str = "mid-rank of a signal in a window, 0 to 1";
    const SPECIMEN: &'static str = "{ of: { vix: {} }, window: 252 }";
}

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        let inner = self.of.only().ok_or_else(|| Refusal::new("of", "give exactly one signal"))?;
        let of = inner.build(known).map_err(|refusal| refusal.within(&format!("of.{}", self.of.name())))?;
        Ok(Arc::new(Percentile { of, window: self.window.get() as usize }))
    }

    fn is_oracle(&self) -> bool {
        self.of.only().is_some_and(ReadsSignal::is_oracle)
    }

    fn look_back(&self) -> usize {
        (self.window.get() as usize).saturating_add(self.of.only().map_or(1, ReadsSignal::look_back) - 1)
    }
}

struct Percentile {
    of: Arc<dyn Signal>,
    window: usize,
}

impl Signal for Percentile {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        let mut raw = vec![Row::default(); out.len()];
        self.of.read(see, &mut raw);
        rank(&raw, self.window, out);
    }

    fn needs(&self, needs: &mut Needs) {
        self.of.needs(needs);
    }

    fn in_world(&self, facts: &Facts) -> Option<Arc<dyn Signal>> {
        Some(Arc::new(Self { of: self.of.in_world(facts)?, window: self.window }))
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn rank(raw: &[Row], window: usize, out: &mut [Row]) {
    let mut path = vec![0.0f32; raw.len()];
    for lane in 0..WIDTH {
        // One path in single precision: order is kept wherever two values differ in it, and a vector holds twice as many.
        for (short, row) in path.iter_mut().zip(raw) {
            *short = row.0[lane] as f32;
        }
        for row in 0..raw.len() {
            let from = (row + 1).saturating_sub(window);
            let now = path[row];
            let (mut below, mut at_most) = (0u32, 0u32);
            for x in &path[from..=row] {
                below += u32::from(*x < now);
                at_most += u32::from(*x <= now);
            }
            // A value is the same as itself; any other tie is settled in double precision.
            let twice = if at_most == below + 1 { below + at_most } else { settle(&raw[from..=row], lane) };
            out[row].0[lane] = f64::from(twice) * 0.5 / (row + 1 - from) as f64;
        }
    }
}

/// Twice the mid-rank of the last value: values below count two, equal ones one.
fn settle(seen: &[Row], lane: usize) -> u32 {
    let now = seen[seen.len() - 1].0[lane];
    seen.iter().map(|x| u32::from(x.0[lane] < now) + u32::from(x.0[lane] <= now)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that differ by less than single precision, exact ties, and plain ones.
    #[test]
    fn mid_ranks_are_exact() {
        let raw: Vec<Row> = [3.0, 1.0, 3.0, 2.0, 2.0 + 1e-12, 2.0, 5.0].map(Row::splat).to_vec();
        let mut out = raw.clone();
        rank(&raw, 4, &mut out);
        let values: Vec<f64> = out.iter().map(|row| row.0[WIDTH - 1] * 8.0).collect();
        assert_eq!(values, [4.0, 2.0, 16.0 / 3.0, 3.0, 5.0, 2.0, 7.0]);
    }
}
