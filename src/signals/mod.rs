//! What can be observed: each signal writes one row a day, computed once per path and shared by all rules.
//!
//! A kind is one file with a `Spec` and an implementation of [`Signal`]; its two lines are below. A signal writes row t
//! from rows up to t only; a test cuts paths short and compares.

use crate::lanes::Row;
use crate::market::{Factor, Facts, PathBlock};
use crate::one_of;
use crate::shelf::Refusal;

mod correlation;
mod crash_intensity;
mod drawdown;
mod percentile;
mod realized_vol;
mod smooth;
mod variance_ratio;
mod vix;
mod vix_smoothed;
mod windows;

pub use smooth::SmoothSpec;

one_of! {
    /// What a rule looks at: exactly one signal.
    pub struct SignalSpec: dyn ReadsSignal {
        vix: vix::Spec,
        vix_smoothed: vix_smoothed::Spec,
        realized_vol: realized_vol::Spec,
        drawdown: drawdown::Spec,
        correlation: correlation::Spec,
        percentile: percentile::Spec,
        variance_ratio: variance_ratio::Spec,
        crash_intensity: crash_intensity::Spec,
    }
}

/// What a signal's description turns into.
pub trait ReadsSignal {
    /// The checked signal.
    ///
    /// # Errors
    /// A [`Refusal`] naming the field.
    fn build(&self, facts: &Facts) -> Result<Box<dyn Signal>, Refusal>;

    /// Mean in the long run, where the market knows it.
    fn stationary_mean(&self, _facts: &Facts) -> Option<f64> {
        None
    }

    /// Hidden truth that no investor sees (flagged as such).
    fn is_oracle(&self) -> bool {
        false
    }

    /// Closes, today's included, that a complete value is made of; a return takes two.
    fn look_back(&self) -> usize {
        1
    }
}

/// A signal that can be read, eight paths at a time.
pub trait Signal: Send + Sync {
    /// Writes one value for each row of `out`.
    fn read(&self, see: &View<'_>, out: &mut [Row]);
}

/// What signals may see.
pub struct View<'a> {
    /// The simulated world.
    pub paths: &'a PathBlock,
    /// Chain index of the unhedged portfolio, 1 at row 0.
    pub unhedged: &'a [Row],
}

/// A signal that copies a factor: the simplest kind.
struct Copy(Factor);

impl Signal for Copy {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        out.copy_from_slice(&see.paths.rows(self.0)[..out.len()]);
    }
}

/// Slot of an asset, the first where none is named.
fn asset_of(name: Option<&String>, facts: &Facts, field: &str) -> Result<usize, Refusal> {
    let Some(name) = name else { return Ok(0) };
    facts.assets.iter().position(|known| known == name).ok_or_else(|| {
        Refusal::new(field, format!("there is no asset `{name}`"))
            .help(format!("the assets are {}", facts.assets.join(", ")))
    })
}
