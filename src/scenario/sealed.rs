//! Seeds that are kept for one last judgement.

use super::raw;
use super::resolve::{Refusals, refuse};
use std::ops::RangeInclusive;

/// The range of sealed seeds, where one is stated.
pub(super) fn sealed(raw: &raw::Scenario, history: bool, refusals: &mut Refusals) -> Option<RangeInclusive<u64>> {
    let spec = raw.sealed?;
    let (from, to) = (spec.from.get(), spec.to.get());
    if history {
        refuse(
            refusals,
            "sealed",
            "",
            "a history market is one real path and has no seeds to seal; leave `sealed` out",
        );
    } else if from > to {
        refuse(refusals, "sealed", "from", format!("is {from}, above `to`, which is {to}; the first seed comes first"));
    }
    (!history && from <= to).then_some(from..=to)
}
