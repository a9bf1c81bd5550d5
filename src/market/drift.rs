//! The drifts of the assets: what each earns a year, and what of it is left for diffusive risk.

use super::assets::{Asset, Kind};
use super::regimes::index_of;
use super::world::Plan;
use crate::pricing::law::{Law, LogJump, Variance};
use crate::shelf::Refusal;

/// Drift by regime and asset, premium per variance, and the diffusive premium that is left.
#[expect(clippy::type_complexity, reason = "three small tables that are made in one pass")]
pub(super) fn drifts(
    plan: &Plan,
    q: &Law,
    assets: &[Asset],
) -> Result<(Vec<Vec<f64>>, Vec<f64>, Vec<Vec<f64>>), Refusal> {
    let (p, n) = (&plan.law, assets.len());
    let mut of_variance = 0.0;
    let mut equity = vec![0.0; plan.names.len()];
    match (&plan.equity.constant, &plan.equity.per_variance, &plan.equity.per_regime) {
        (None, None, None) => {}
        (Some(constant), None, None) => equity.fill(constant.get()),
        (None, Some(slope), None) => of_variance = slope.get(),
        (None, None, Some(table)) => {
            for (name, value) in table.iter() {
                equity[index_of(name, &plan.names, &format!("premium.equity.per_regime.{name}"))?] = value.get();
            }
            if table.len() != plan.names.len() {
                return Err(Refusal::new("premium.equity.per_regime", "needs one number for every regime"));
            }
        }
        _ => {
            return Err(Refusal::new(
                "premium.equity",
                "give exactly one of `constant`, `per_variance` and `per_regime`",
            ));
        }
    }
    let of_asset = |law: &Law| assets.iter().map(|asset| law.of_asset(1.0, asset.crash)).collect::<Vec<Law>>();
    let (real, priced) = (of_asset(p), of_asset(q));
    let jump_part = |k: usize, i: usize| jumps_a_year(&real[i], k) - jumps_a_year(&priced[i], k);
    let scale = |i: usize| match assets[i].kind {
        Kind::Shared { multiple, .. } | Kind::Level { multiple } => multiple,
        Kind::Own { variance } => (variance / p.level[0]).sqrt(),
    };
    let with_first = |k: usize, i: usize| {
        let a = &plan.assets;
        if i == 0 {
            return 1.0;
        }
        let pair = a[i].pairs.iter().find(|(name, _)| *name == a[0].name).map(|(_, x)| *x);
        let other = a[0].pairs.iter().find(|(name, _)| *name == a[i].name).map(|(_, x)| *x);
        pair.or(other).or(a[i].correlation).or(a[0].correlation).unwrap_or(plan.correlation[k])
    };
    let mut drift = vec![vec![0.0; n]; plan.names.len()];
    let mut residual = drift.clone();
    let mut slope = vec![0.0; n];
    for (k, row) in drift.iter_mut().enumerate() {
        for i in 0..n {
            let premium = match plan.assets[i].premium {
                Some(stated) => stated,
                None if i == 0 => equity[k],
                None => jump_part(k, i) + scale(i) * with_first(k, i) * (equity[k] - jump_part(k, 0)),
            };
            if plan.assets[i].premium.is_none() {
                slope[i] = of_variance * if i == 0 { 1.0 } else { scale(i) * with_first(k, i) };
            }
            row[i] = plan.rate - plan.dividend + premium - jumps_a_year(&real[i], k);
            residual[k][i] = premium - jump_part(k, i) + of_variance * p.level[k];
            if let (Kind::Shared { leverage, multiple, .. }, Variance::SquareRoot { vol_of_vol, .. }) =
                (&assets[i].kind, p.variance)
            {
                residual[k][i] += leverage * multiple * plan.premia.variance * p.level[k] / vol_of_vol;
            }
        }
    }
    Ok((drift, slope, residual))
}

/// Expected relative jumps a year in regime `k`: of crashes, and at the switches out of it.
fn jumps_a_year(law: &Law, k: usize) -> f64 {
    law.intensity[k] * law.jump(k).relative() + law.at_switches(k, LogJump::relative)
}
