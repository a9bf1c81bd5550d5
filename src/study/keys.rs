//! Metrics by name: the short words a claim uses for those of `summary.json`, and each with what every path contributes.

use super::measure::{HERS, Measured, Rows};
use crate::metrics::tally::Column;

/// Short word and the name in `summary.json`, which is understood as well.
pub const KEYS: [(&str, &str); 36] = [
    ("total_cost", "total_cost_bp_per_year"),
    ("transaction_cost", "transaction_cost_bp_per_year"),
    ("bleed", "bleed_bp_per_year"),
    ("gain", "gain_bp_per_year"),
    ("gross_mark", "gross_mark_bp_per_year"),
    ("delta", "attribution_delta"),
    ("gamma", "attribution_gamma"),
    ("vega", "attribution_vega"),
    ("theta", "attribution_theta"),
    ("regime", "attribution_regime"),
    ("financing", "attribution_financing"),
    ("rest", "attribution_rest"),
    ("spread", "spread_bp_per_year"),
    ("fee", "fee_bp_per_year"),
    ("upkeep", "upkeep_bp_per_year"),
    ("her_trough", "her_pooled"),
    ("her_plus5", "her_plus5"),
    ("her_plus21", "her_plus21"),
    ("her_recovery", "her_recovery"),
    ("her_flash", "her_flash"),
    ("her_fast", "her_fast"),
    ("her_grind", "her_grind"),
    ("sharpe", "sharpe_hedged"),
    ("worst_years", "es5_yearly"),
    ("drawdown", "max_drawdown"),
    ("drawdown_additive", "max_drawdown_additive"),
    ("growth", "growth_per_year"),
    ("days_under_water", "days_under_water"),
    ("hedge_sd", "hedge_sd_ann"),
    ("correlation", "corr_hedge_equity"),
    ("multiplier", "mean_multiplier"),
    ("max_multiplier", "max_multiplier"),
    ("min_multiplier", "min_multiplier"),
    ("turnover", "turnover_per_year"),
    ("events", "rebalance_events_per_year"),
    ("trades", "trades_per_year"),
];

/// The name in `summary.json` of a short word or of itself.
pub fn full(word: &str) -> Option<&'static str> {
    KEYS.iter().find(|(short, name)| *short == word || *name == word).map(|(_, name)| *name)
}

/// Words that a claim may use.
pub fn words() -> impl Iterator<Item = &'static str> + Clone {
    KEYS.iter().flat_map(|(short, name)| [Some(*short), Some(*name).filter(|name| name != short)]).flatten()
}

/// A metric by its name in `summary.json`, with what each path contributes; none where it is not defined or where only
/// its value is known.
pub fn measured(rows: &Rows<'_>, name: &str) -> Option<Measured> {
    if let Some((_, column, loss)) = HERS.iter().find(|(known, ..)| *known == name) {
        return rows.her(*column, *loss);
    }
    let mean =
        |column: Column, scale: f64| rows.mean(&rows.column(column).iter().map(|x| x * scale).collect::<Vec<_>>());
    let bp = |column| mean(column, 1e4 / rows.years());
    let plus = |a: Option<Measured>, b: Option<Measured>, sign: f64| Some(a?.combine(1.0, &b?, sign));
    let per_year = |column| mean(column, 1.0 / rows.years());
    match name {
        "total_cost_bp_per_year" => rows.cost(),
        "transaction_cost_bp_per_year" => plus(bp(Column::Spread), bp(Column::Fee), 1.0),
        "bleed_bp_per_year" => plus(rows.cost(), bp(Column::GainTrough), 1.0),
        "gain_bp_per_year" => bp(Column::GainTrough),
        "gross_mark_bp_per_year" => bp(Column::Mark),
        "attribution_delta" => bp(Column::Delta),
        "attribution_gamma" => bp(Column::Gamma),
        "attribution_vega" => bp(Column::Vega),
        "attribution_theta" => bp(Column::Theta),
        "attribution_regime" => bp(Column::Regime),
        "attribution_financing" => bp(Column::Financing),
        "attribution_rest" => {
            [Column::Delta, Column::Gamma, Column::Vega, Column::Theta, Column::Regime, Column::Financing]
                .into_iter()
                .fold(bp(Column::Mark), |rest, part| plus(rest, bp(part), -1.0))
        }
        "spread_bp_per_year" => bp(Column::Spread),
        "fee_bp_per_year" => bp(Column::Fee),
        "upkeep_bp_per_year" => bp(Column::Upkeep),
        "sharpe_hedged" => rows.sharpe(),
        "es5_yearly" => rows.shortfall(),
        "max_drawdown" => rows.drawdown(),
        "max_drawdown_additive" => mean(Column::DrawdownAdditive, -1.0),
        "growth_per_year" => {
            let logs = rows.column(Column::Growth).iter().map(|x| libm::log(x.max(1e-300)) / rows.years());
            rows.mean(&logs.collect::<Vec<_>>())
        }
        "days_under_water" => mean(Column::UnderWater, 1.0),
        "mean_multiplier" => rows.multiplier(),
        "max_multiplier" => mean(Column::MultiplierMax, 1.0),
        "min_multiplier" => mean(Column::MultiplierMin, 1.0),
        "turnover_per_year" => per_year(Column::Turnover),
        "rebalance_events_per_year" => per_year(Column::Events),
        "trades_per_year" => per_year(Column::Trades),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Options, Silent, run};
    use crate::scenario::load;
    use std::path::Path;

    /// Every metric of a rule has a word, and its value and error are those that are printed.
    #[test]
    fn words_mean_the_metrics_that_are_printed() {
        let file = Path::new("scenarios/premium-response.yaml");
        let plan = load(file, &["paths=24".to_owned(), "years=2".to_owned()]).unwrap().plan;
        let outcome = run(&plan.experiment, &[], &Options::all(&plan.experiment), &Silent).unwrap();
        let rows = Rows { outcome: &outcome, rule: 1, days: plan.experiment.grid.days() };
        let metrics = rows.metrics();
        for metric in &metrics {
            if metric.name == "sharpe_path" {
                continue;
            }
            assert_eq!(full(metric.name), Some(metric.name), "{} has no word", metric.name);
            let mine = measured(&rows, metric.name).and_then(|m| m.estimate(""));
            let (Some(theirs), false) = (metric.estimate, ["hedge_sd_ann", "corr_hedge_equity"].contains(&metric.name))
            else {
                assert!(mine.is_none(), "{}", metric.name);
                continue;
            };
            let mine = mine.unwrap();
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + b.abs());
            assert!(close(mine.value, theirs.value), "{}: {mine:?} {theirs:?}", metric.name);
            assert!(close(mine.se.unwrap(), theirs.se.unwrap()), "{}: {mine:?} {theirs:?}", metric.name);
        }
        for (_, name) in KEYS {
            assert!(metrics.iter().any(|metric| metric.name == name), "{name} is no metric");
        }
        assert_eq!(words().count(), words().collect::<std::collections::BTreeSet<_>>().len());
    }
}
