//! What prices believe: the market's law under a pricing measure, and each asset under it.

use super::assets::{Asset, Kind};
use super::premium::Premia;
use super::world::Plan;
use super::{Belief, Priced};
use crate::pricing::law::{Law, Model, Variance};
use crate::pricing::vix::{Affine, VIX_YEARS};
use crate::shelf::Refusal;

/// The market's law as prices with the premia stated at `field` see it.
pub(super) fn priced_law(plan: &Plan, field: &str, premia: &Premia) -> Result<Law, Refusal> {
    let mut q = premia.price(&plan.law);
    if let (Variance::Constant, Some(level)) = (plan.law.variance, &plan.priced_level) {
        q.level.clone_from(level);
    }
    let reversion = match q.variance {
        Variance::SquareRoot { reversion, .. } => reversion,
        Variance::Constant => 0.0,
    };
    // Asked before any VIX is: the exponential of a matrix that overflows on the way has no end.
    let rates = q.generator.iter().flatten().chain(&q.intensity).chain(&q.level).chain([&reversion]);
    if rates.into_iter().all(|rate| rate.abs() < MOST_RATE) { Ok(q) } else { Err(too_large(field)) }
}

/// Rates a year, and variances, beyond any that a price means something at.
const MOST_RATE: f64 = 1e6;

/// The sets of premia that prices are made of before any break: the stated one, or the two that a response mixes.
pub(super) fn beliefs(plan: &Plan, assets: &[Asset], reference: usize) -> Result<Vec<Belief>, Refusal> {
    let sets = match &plan.response {
        None => vec![("premium", plan.premia)],
        Some(response) => vec![
            ("premium.response.low", plan.premia.times(response.low.get())),
            ("premium.response.high", plan.premia.times(response.high.get())),
        ],
    };
    sets.iter()
        .map(|(field, premia)| {
            let belief = belief(plan, priced_law(plan, field, premia)?, assets, reference);
            let finite = belief.vix.a.iter().chain([&belief.vix.b]).all(|x| x.is_finite());
            if finite { Ok(belief) } else { Err(too_large(field)) }
        })
        .collect()
}

fn too_large(field: &str) -> Refusal {
    Refusal::new(field, "is so large that no finite VIX is left under the pricing measure")
        .help("choose smaller premia")
}

/// What prices believe under the law `q`; the VIX is that of the asset at `reference`.
fn belief(plan: &Plan, q: Law, assets: &[Asset], reference: usize) -> Belief {
    let priced: Vec<Priced> = assets
        .iter()
        .map(|asset| {
            let (law, leverage, share) = match asset.kind {
                Kind::Shared { multiple, leverage, .. } => {
                    (q.of_asset(multiple, asset.crash), leverage, multiple * multiple)
                }
                Kind::Level { multiple } => (q.of_asset(multiple, asset.crash), 0.0, multiple * multiple),
                Kind::Own { variance } => (q.with_own_variance(variance, asset.crash), 0.0, 0.0),
            };
            let model = Model { law, leverage, rate: plan.rate, dividend: plan.dividend };
            Priced { model, share, crash: asset.crash }
        })
        .collect();
    let mut belief = Belief { law: q, vix: Affine::default(), assets: priced, quoted: reference };
    belief.vix = belief.squared_index(VIX_YEARS);
    belief
}

/// VIX^2 where the second of two sets has this weight; with one set, its own.
pub(super) fn mixed_vix(beliefs: &[Belief], weight: f64) -> Affine {
    let [low, high] = beliefs else { return beliefs[0].vix.clone() };
    let mix = |low: f64, high: f64| (1.0 - weight) * low + weight * high;
    Affine {
        a: low.vix.a.iter().zip(&high.vix.a).map(|(low, high)| mix(*low, *high)).collect(),
        b: mix(low.vix.b, high.vix.b),
    }
}
