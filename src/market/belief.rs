//! What prices believe: the market's law under a pricing measure, and each asset under it.

use super::assets::{Asset, Kind};
use super::world::Plan;
use super::{Belief, Priced};
use crate::pricing::law::{Law, Model};
use crate::pricing::vix::Affine;

/// What prices believe under the law `q`; the VIX is that of the asset at `reference`.
pub(super) fn belief(plan: &Plan, q: Law, assets: &[Asset], reference: usize) -> Belief {
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
            Priced { model: Model { law, leverage, rate: plan.rate, dividend: plan.dividend }, share }
        })
        .collect();
    let own = priced[reference].model.law.vix_squared();
    let vix = Affine { a: own.a, b: own.b * priced[reference].share };
    Belief { law: q, vix, assets: priced }
}
