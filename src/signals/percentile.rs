//! Mid-rank of a signal among its last n values, today's included: from 0 to 1, adaptive to the level of the times.

use super::{ReadsSignal, Signal, SignalSpec, View};
use crate::lanes::{Row, WIDTH};
use crate::market::Facts;
use crate::shelf::{Described, Refusal};
use crate::units::PositiveCount;
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    fn build(&self, facts: &Facts) -> Result<Box<dyn Signal>, Refusal> {
        let inner = self.of.only().ok_or_else(|| Refusal::new("of", "give exactly one signal"))?;
        let of = inner.build(facts).map_err(|refusal| refusal.within(&format!("of.{}", self.of.name())))?;
        Ok(Box::new(Percentile { of, window: self.window.get() as usize }))
    }

    fn is_oracle(&self) -> bool {
        self.of.only().is_some_and(ReadsSignal::is_oracle)
    }

    fn look_back(&self) -> usize {
        self.window.get() as usize + self.of.only().map_or(0, ReadsSignal::look_back)
    }
}

struct Percentile {
    of: Box<dyn Signal>,
    window: usize,
}

impl Signal for Percentile {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        let mut raw = vec![Row::default(); out.len()];
        self.of.read(see, &mut raw);
        rank(&raw, self.window, out);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn rank(raw: &[Row], window: usize, out: &mut [Row]) {
    for row in 0..raw.len() {
        let seen = &raw[(row + 1).saturating_sub(window)..=row];
        let now = raw[row];
        // Twice the mid-rank: values below count two, equal ones count one. Counted in whole numbers.
        let mut twice = [0u64; WIDTH];
        for x in seen {
            let (below, not_above) = (x.lt(now), x.le(now));
            for lane in 0..WIDTH {
                twice[lane] = twice[lane].wrapping_sub(below.0[lane]).wrapping_sub(not_above.0[lane]);
            }
        }
        for lane in 0..WIDTH {
            out[row].0[lane] = twice[lane] as f64 * 0.5 / seen.len() as f64;
        }
    }
}
