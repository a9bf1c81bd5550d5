//! How paths are drawn, and how many of them.

use super::raw::{self, MethodSpec};
use super::resolve::{Refusals, refuse};
use crate::draws::{Sampling, Tilt};
use crate::market::Market;
use crate::study::precision::Precision;
use crate::units::{Positive, PositiveCount};

/// How paths are drawn, and whether control variates are taken out.
pub(super) fn sampling(raw: &raw::Scenario, market: &dyn Market, refusals: &mut Refusals) -> (Sampling, bool) {
    let Some(spec) = raw.sampling else { return (Sampling::default(), false) };
    let factor = |factor: Option<Positive>| factor.map_or(1.0, Positive::get);
    let tilt = spec.tilt.map(|tilt| Tilt { crashes: factor(tilt.crashes), entries: factor(tilt.entries) });
    let method = match (spec.method.unwrap_or_default(), tilt) {
        (MethodSpec::Independent, None) => Sampling::Independent,
        (MethodSpec::Independent, Some(tilt)) => Sampling::Tilted(tilt),
        (MethodSpec::Antithetic, _) => Sampling::Antithetic,
        (MethodSpec::Sobol, _) => Sampling::Sobol,
    };
    let controls = spec.control_variates == Some(true);
    if let Some(tilt) = tilt {
        let alone = controls || !matches!(method, Sampling::Tilted(_));
        if alone {
            refuse(refusals, "sampling", "tilt", "stands alone: leave `method` and `control_variates` out");
        }
        for (field, factor) in [("crashes", tilt.crashes), ("entries", tilt.entries)] {
            if !(0.1..=10.0).contains(&factor) {
                refuse(refusals, "sampling.tilt", field, format!("is {factor}, must be between 0.1 and 10"));
            }
        }
        if !market.knows_surprises() {
            let why = "is not possible where the market breaks, has seasons or follows a script";
            refuse(refusals, "sampling", "tilt", why);
        }
    }
    if market.calendar().is_some() {
        refuse(refusals, "sampling", "", "a history market is one real path: nothing is drawn");
    } else if controls && !market.knows_surprises() {
        let why = "is not known where the market breaks, has seasons or follows a script: no mean is known there";
        refuse(refusals, "sampling", "control_variates", why);
    }
    let most = method.most_paths();
    if raw.paths.is_some_and(|paths| paths.get() > most) {
        refuse(refusals, "paths", "", format!("must be at most {most} with `sampling: {{ method: sobol }}`"));
    }
    (method, controls)
}

/// The precision that is asked for.
pub(super) fn precision(raw: &raw::Scenario, sampling: Sampling, refusals: &mut Refusals) -> Option<Precision> {
    let spec = raw.precision?;
    if raw.paths.is_none() {
        refuse(refusals, "precision", "", "a history market is one real path: more of it cannot be had");
    }
    let most = spec.most_paths.map_or(MOST_PATHS, PositiveCount::get).min(sampling.most_paths());
    if raw.paths.is_some_and(|paths| paths.get() > most) {
        refuse(refusals, "precision", "most_paths", format!("is {most}, fewer than the `paths` of the first step"));
    }
    Some(Precision { cost_bp: spec.cost_bp.get(), most_paths: most })
}

/// Paths at which a run for precision ends, unless it says otherwise.
const MOST_PATHS: u64 = 1_000_000;
