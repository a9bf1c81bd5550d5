//! How paths are drawn, and how many of them.

use super::raw::{self, MethodSpec};
use super::resolve::{Refusals, place, refuse};
use crate::draws::{NETS, Sampling, Tilt};
use crate::grid::TimeGrid;
use crate::market::{Facts, Market};
use crate::shelf::Refusal;
use crate::study::measure::FAIR_SHARE;
use crate::study::precision::Precision;
use crate::units::{EventFactor, PositiveCount};

/// How paths are drawn, and whether control variates are taken out.
pub(super) fn sampling(
    raw: &raw::Scenario,
    market: &dyn Market,
    grid: TimeGrid,
    refusals: &mut Refusals,
) -> (Sampling, bool) {
    let Some(spec) = raw.sampling else { return (Sampling::default(), false) };
    if market.calendar().is_some() {
        refuse(refusals, "sampling", "", "a history market is one real path: nothing is drawn");
        return (Sampling::default(), false);
    }
    let factor = |factor: Option<EventFactor>| factor.map_or(1.0, EventFactor::get);
    let tilt = spec.tilt.map(|tilt| Tilt { crashes: factor(tilt.crashes), entries: factor(tilt.entries) });
    let method = match (spec.method.unwrap_or_default(), tilt) {
        (MethodSpec::Independent, None) => Sampling::Independent,
        (MethodSpec::Independent, Some(tilt)) => Sampling::Tilted(tilt),
        (MethodSpec::Antithetic, _) => Sampling::Antithetic,
        (MethodSpec::Sobol, _) => Sampling::Sobol,
    };
    let controls = spec.control_variates == Some(true);
    if let Some(tilt) = tilt {
        if controls || !matches!(method, Sampling::Tilted(_)) {
            refuse(refusals, "sampling", "tilt", "stands alone: leave `method` and `control_variates` out");
        }
        if !market.knows_surprises() {
            let why = "is not possible where the market breaks, has seasons or follows a script";
            refuse(refusals, "sampling", "tilt", why);
        } else if let Some(refusal) = too_strong(tilt, market.facts(), grid) {
            place(refusals, "sampling", refusal);
        }
    }
    if controls && !market.knows_surprises() {
        let why = "is not known where the market breaks, has seasons or follows a script: no mean is known there";
        refuse(refusals, "sampling", "control_variates", why);
    }
    let most = method.most_paths();
    if raw.paths.is_some_and(|paths| paths.get() > most) {
        refuse(refusals, "paths", "", format!("must be at most {most} with `sampling: {{ method: sobol }}`"));
    }
    (method, controls)
}

/// Refuses a tilt whose weights leave nothing to tell from.
fn too_strong(tilt: Tilt, facts: &Facts, grid: TimeGrid) -> Option<Refusal> {
    let share = expected_share(tilt, facts, grid)?;
    (!(share >= LEAST_SHARE)).then(|| {
        let (years, percent) = (grid.years(), 100.0 * share);
        let message = format!(
            "leaves {percent:.1e} % of the paths to tell from after {years:.1} years: a few of them would carry all the weight"
        );
        Refusal::new("tilt", message).help("take factors nearer to 1, or fewer years; 1.3 leaves most of them")
    })
}

/// Share of the paths that as many unweighted ones are worth at their end, as far as it is known beforehand.
fn expected_share(tilt: Tilt, facts: &Facts, grid: TimeGrid) -> Option<f64> {
    let law = &facts.laws.as_ref()?.real;
    let last = law.regimes() - 1;
    let mean = |rate: &dyn Fn(usize) -> f64| {
        facts.stationary.iter().enumerate().map(|(k, share)| rate(k) * share).sum::<f64>() * grid.years()
    };
    let entries = mean(&|k| if k == last { 0.0 } else { law.generator[k][last] });
    Some(tilt.effective_share(mean(&|k| law.intensity[k]), entries))
}

/// What to know of how paths are drawn before any is.
pub(super) fn sampling_caution(method: Sampling, paths: u64, facts: &Facts, grid: TimeGrid) -> Option<String> {
    match method {
        Sampling::Independent => None,
        Sampling::Antithetic => (!paths.is_multiple_of(2))
            .then(|| format!("{paths} paths make no whole pairs: the last path is without its mirror")),
        Sampling::Sobol => {
            let each = paths.div_ceil(NETS).next_power_of_two();
            (paths != each * NETS).then(|| {
                format!(
                    "{NETS} nets are most even with a power of two of points each: {} paths rather than {paths}{}",
                    each * NETS,
                    if each > 1 { format!(", or {}", each / 2 * NETS) } else { String::new() }
                )
            })
        }
        Sampling::Tilted(tilt) => {
            let share = expected_share(tilt, facts, grid).filter(|share| !(*share >= FAIR_SHARE))?;
            Some(format!(
                "the tilt leaves at most {:.0} % of the paths to tell from at their end: errors of what is counted over whole \
                 paths grow with it, and drawdown and expected shortfall are not told; factors nearer to 1 leave more",
                100.0 * share
            ))
        }
    }
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

/// Share of the paths below which a tilt is refused.
const LEAST_SHARE: f64 = 0.01;
