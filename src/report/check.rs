//! What `check` tells before anything is run: the scenario in words, the market in numbers that a reader knows, what the
//! prices believe, and what the run will take. And, where asked for, how real the market is ([`realism`]).

mod effort;
pub mod realism;
mod words;

pub use effort::Effort;
pub use realism::{RealismReport, fresh_seed, realism};

use super::layout::{count, item, number, percent, table};
use crate::engine::Experiment;
use crate::market::{Belief, Facts, Laws, PremiumSpec};
use crate::metrics::tally::COLUMNS;
use crate::pricing::law::Variance;
use crate::scenario::raw::PortfolioRebalance;
use crate::scenario::resolve::Plan;
use crate::units::Finite;
use serde_json::{Value, json};

/// One regime in numbers that a reader knows.
#[derive(Clone, Debug, serde::Serialize)]
pub struct RegimeCard {
    /// Name.
    pub name: String,
    /// Root of the long-run variance, decimal per root year; what crashes add to the variance is not in it.
    pub volatility: f64,
    /// VIX at that variance, points.
    pub vix: f64,
    /// Lowest VIX that the regime can show, points.
    pub lowest_vix: f64,
    /// Share of time in the long run.
    pub share: f64,
    /// Expected crashes a year while it lasts.
    pub crashes: f64,
    /// Mean relative fall or rise of the first asset in a crash; nothing without crashes.
    pub crash_size: Option<f64>,
    /// Mean duration in years; nothing for a regime that never ends.
    pub years: Option<f64>,
}

/// The regimes of a simulated market; empty for a real path.
pub fn regimes(facts: &Facts) -> Vec<RegimeCard> {
    let (Some(vix), Some(Laws { real, .. })) = (&facts.vix, &facts.laws) else { return Vec::new() };
    (0..facts.regimes.len())
        .map(|k| {
            let leave = -real.generator[k][k];
            RegimeCard {
                name: facts.regimes[k].clone(),
                volatility: facts.level[k].sqrt(),
                vix: (vix.a[k] + vix.b * facts.level[k]).max(0.0).sqrt(),
                lowest_vix: vix.a[k].max(0.0).sqrt(),
                share: facts.stationary[k],
                crashes: facts.intensity[k],
                crash_size: (facts.intensity[k] > 0.0).then(|| real.mean_jump(k, 1.0)),
                years: (leave > 0.0).then(|| 1.0 / leave),
            }
        })
        .collect()
}

/// Expected crashes a year in the long run.
fn crashes_a_year(facts: &Facts) -> f64 {
    facts.intensity.iter().zip(&facts.stationary).map(|(rate, share)| rate * share).sum()
}

/// Regimes in which the variance reaches zero: 2 kappa theta / xi^2 < 1.
fn reaches_zero(facts: &Facts) -> Vec<String> {
    let Some(Laws { real, .. }) = &facts.laws else { return Vec::new() };
    let Variance::SquareRoot { reversion, vol_of_vol } = real.variance else { return Vec::new() };
    let low = |k: &usize| 2.0 * reversion * real.level[*k] < vol_of_vol * vol_of_vol;
    (0..real.regimes()).filter(low).map(|k| facts.regimes[k].clone()).collect()
}

/// What `hedgelab check` prints: at most 100 columns wide.
pub fn describe(plan: &Plan) -> String {
    let mut out = format!("{}\n", plan.name);
    if let Some(question) = &plan.question {
        out.push_str(&item("  ", question));
    }
    out.push_str(&market(plan));
    out.push_str(&portfolio(plan));
    out.push_str("\nHedges\n");
    for (name, text) in words::each(&plan.raw.instruments, words::instrument) {
        out.push_str(&item(&format!("  {name}: "), &text));
    }
    let named = plan.experiment.named;
    out.push_str(&format!("\nRules ({named})\n"));
    for (name, text) in words::each(&plan.raw.rules, words::rule) {
        out.push_str(&item(&format!("  {name}: "), &text));
    }
    out.push_str("\nStudies\n");
    for line in studies(plan) {
        out.push_str(&item("  - ", &line));
    }
    if !plan.cautions.is_empty() {
        out.push_str("\nCautions\n");
        for caution in &plan.cautions {
            out.push_str(&item("  - ", caution));
        }
    }
    out.push_str("\nEffort\n");
    match Effort::of(plan) {
        Ok(effort) => out.push_str(&effort_text(plan, &effort)),
        Err(error) => out.push_str(&item("  ", &error)),
    }
    out
}

fn market(plan: &Plan) -> String {
    let facts = plan.experiment.market.facts();
    let grid = plan.experiment.grid;
    let mut out = String::from("\nMarket\n");
    if let Some(days) = plan.experiment.market.calendar() {
        let text = format!(
            "One real path: {} days from {} to {}; the first {} fill the look-backs, {} are evaluated ({} years from {} on). No \
             interest, no dividends. Hedges are marked with Black-Scholes at the VIX.",
            count(grid.rows() as u64),
            days[0],
            days[days.len() - 1],
            grid.first(),
            count(grid.days() as u64),
            number(grid.years()),
            days[grid.first()],
        );
        out.push_str(&item("  ", &text));
        return out;
    }
    let text = format!(
        "{}: {} paths of {} years after {} days of warm-up, seed {}. Rate {} a year, dividends {}.",
        plan.raw.market.name(),
        count(plan.experiment.paths),
        number(grid.years()),
        grid.first(),
        plan.experiment.seed,
        percent(facts.rate),
        percent(facts.dividend)
    );
    out.push_str(&item("  ", &text));
    out.push_str(&regime_table(facts));
    out.push_str(&item(
        "  ",
        &format!("Crashes over all regimes: {} a year are expected.", number(crashes_a_year(facts))),
    ));
    out.push_str("\nWhat the prices believe\n");
    for line in premia(plan, facts) {
        out.push_str(&item("  - ", &line));
    }
    out
}

fn regime_table(facts: &Facts) -> String {
    let head =
        ["regime", "volatility", "VIX there", "lowest VIX", "of the time", "crashes a year", "mean size", "lasts"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for regime in regimes(facts) {
        rows.push(vec![
            regime.name.clone(),
            format!("{:.1} %", 100.0 * regime.volatility),
            format!("{:.1}", regime.vix),
            format!("{:.1}", regime.lowest_vix),
            format!("{:.1} %", 100.0 * regime.share),
            number(regime.crashes),
            regime.crash_size.map_or("-".to_owned(), |size| format!("{:.1} %", 100.0 * size)),
            regime.years.map_or("for ever".to_owned(), duration),
        ]);
    }
    table(&rows)
}

/// A mean duration in the unit that suits it.
fn duration(years: f64) -> String {
    if years >= 1.5 {
        format!("{years:.1} years")
    } else if years >= 1.5 / 12.0 {
        format!("{:.1} months", 12.0 * years)
    } else {
        format!("{:.0} days", 252.0 * years)
    }
}

/// The premia in words.
fn premia(plan: &Plan, facts: &Facts) -> Vec<String> {
    let Some(Laws { real, priced }) = &facts.laws else { return Vec::new() };
    let Some(Belief { law: priced, .. }) = priced.last() else { return Vec::new() };
    let mut list = Vec::new();
    let equity = equity(plan);
    list.push(match &equity {
        Some(spec) => equity_words(spec, &facts.assets[0]),
        None => format!("{} earns no premium over cash.", facts.assets[0]),
    });
    if let (Variance::SquareRoot { reversion, .. }, Variance::SquareRoot { reversion: q, .. }) =
        (real.variance, priced.variance)
    {
        if reversion == q {
            list.push("Variance has no premium of its own.".to_owned());
        } else {
            list.push(format!(
                "Variance: prices assume that shocks fade at {} a year instead of {}, so the long-run variance they see is {} times \
                 the real one.",
                number(q),
                number(reversion),
                number(reversion / q)
            ));
        }
    }
    if let Some(k) = (0..real.regimes()).find(|k| real.intensity[*k] > 0.0) {
        let (times, shift) = (priced.intensity[k] / real.intensity[k], priced.jump_mean[k] - real.jump_mean[k]);
        if times == 1.0 && shift == 0.0 {
            list.push("Crashes are priced as they come.".to_owned());
        } else {
            list.push(format!(
                "Crashes: priced {} times as often, their mean log size shifted by {}.",
                number(times),
                number(shift)
            ));
        }
    }
    if real.regimes() > 1 {
        let last = real.regimes() - 1;
        let shares = |law: &crate::pricing::law::Law| percent((law.stationary()[last] * 1e4).round() / 1e4);
        if real.generator == priced.generator {
            list.push("Regimes are priced as they switch.".to_owned());
        } else {
            list.push(format!(
                "Regimes: prices see `{}` {} of the time, in truth it is {}.",
                facts.regimes[last],
                shares(priced),
                shares(real)
            ));
        }
    }
    list.push(format!("What is left for diffusive risk a year, by regime: {}.", residuals(facts)));
    let constant = equity.as_ref().is_some_and(|spec| spec.per_variance.is_none());
    let stated =
        plan.raw.portfolio.assets.iter().any(|(_, asset)| asset.premium.is_some() && asset.own_variance.is_none());
    let zero = reaches_zero(facts);
    if (constant || stated) && !zero.is_empty() {
        list.push(format!(
            "In {} the variance reaches zero (2 κ θ / ξ² is below 1). There a constant premium has no equivalent measure in \
             continuous time: it is a convenience of daily steps.",
            zero.join(" and ")
        ));
    }
    list
}

fn equity(plan: &Plan) -> Option<PremiumSpec> {
    let market = &plan.raw.market;
    let spec = match (&market.regime_svj, &market.regime_lognormal) {
        (Some(spec), _) => spec.premium.as_ref()?.equity.clone()?,
        (_, Some(spec)) => spec.premium.as_ref()?.equity.clone()?,
        _ => return None,
    };
    (spec.constant.is_some() || spec.per_variance.is_some() || spec.per_regime.is_some()).then_some(spec)
}

fn equity_words(spec: &PremiumSpec, asset: &str) -> String {
    match spec {
        PremiumSpec { constant: Some(x), .. } => {
            format!("{asset} earns {} a year over cash, whatever the risk.", percent(x.get()))
        }
        PremiumSpec { per_variance: Some(x), .. } => {
            format!("{asset} earns {} times its spot variance a year over cash.", number(x.get()))
        }
        PremiumSpec { per_regime: Some(map), .. } => {
            let list: Vec<String> =
                map.iter().map(|(name, x): (&String, &Finite)| format!("{} in {name}", percent(x.get()))).collect();
            format!("{asset} earns over cash a year: {}.", list.join(", "))
        }
        _ => String::new(),
    }
}

fn residuals(facts: &Facts) -> String {
    let of = |asset: usize| {
        let list: Vec<String> = facts
            .residual_premium
            .iter()
            .zip(&facts.regimes)
            .map(|(row, regime)| format!("{regime} {:.1} %", 100.0 * row[asset]))
            .collect();
        format!("{} {}", facts.assets[asset], list.join(", "))
    };
    (0..facts.assets.len()).map(of).collect::<Vec<String>>().join("; ")
}

fn portfolio(plan: &Plan) -> String {
    let raw = &plan.raw.portfolio;
    let back = match raw.rebalance {
        PortfolioRebalance::Daily => "daily".to_owned(),
        PortfolioRebalance::Every(days) => format!("every {} days, drifting between", days.get()),
    };
    let mut out = String::from("\nPortfolio\n");
    out.push_str(&item(
        "  ",
        &format!("Capital {}, constant; back to its weights {back}.", count(raw.capital.get() as u64)),
    ));
    for (name, asset) in raw.assets.iter() {
        let mut parts = vec![percent(asset.weight.get())];
        let mut add = |words: &str, x: Option<f64>| parts.extend(x.map(|x| format!("{words} {}", number(x))));
        add("volatility ×", asset.volatility.map(crate::units::VolatilityMultiple::get));
        add("leverage", asset.leverage.map(crate::units::Correlation::get));
        add("crash ×", asset.crash.map(crate::units::Weight::get));
        add("own variance", asset.own_variance.map(crate::units::Variance::get));
        add("correlation with all others", asset.correlation.map(crate::units::Correlation::get));
        parts.extend(asset.premium.map(|x| format!("premium {} a year", percent(x.get()))));
        for (other, x) in asset.pairs.iter().flat_map(crate::named::Named::iter) {
            parts.push(format!("correlation with {other} {}", number(x.get())));
        }
        out.push_str(&item(&format!("  {name}: "), &parts.join(", ")));
    }
    out
}

fn studies(plan: &Plan) -> Vec<String> {
    let study = &plan.raw.study;
    let mut list = vec![format!("Crash: {}.", words::crash(study.crash.as_ref()))];
    if let (Some(spec), Some(comparison)) = (&study.compare, &plan.comparison) {
        list.push(format!("Comparison: {}.", words::comparison(spec, comparison.null_world)));
    }
    for choice in &plan.choices {
        let (Some(first), folds) = (choice.splits.first(), choice.splits.len()) else { continue };
        let grids: Vec<String> =
            choice.grids.iter().map(|grid| format!("{} ({})", grid.name, grid.members.len())).collect();
        list.push(format!(
            "{}: {folds} {} of {} days to learn and {} to judge, {} days apart; chosen by {}, from {}.",
            if choice.name == "split" { "First half against second half" } else { "Walk-forward" },
            if folds == 1 { "fold" } else { "folds" },
            first.train.len(),
            first.test.len(),
            first.test.start - first.train.end,
            choice.objective.name(),
            grids.join(", ")
        ));
    }
    list
}

fn effort_text(plan: &Plan, effort: &Effort) -> String {
    let Experiment { named, .. } = plan.experiment;
    let twins = effort.kept - named;
    let walked = format!(
        "Walked: {} rules ({named} named, {twins} fixed twins, {} more members of grids), in {} {} over {} path-days.",
        effort.walked,
        effort.walked - effort.kept,
        effort.passes,
        if effort.passes == 1 { "pass" } else { "passes (the run, the null world, sized twins)" },
        count(effort.path_days as u64)
    );
    let memory = format!(
        "Memory: about {} for the rows of {} rules and their twins ({} numbers a path, of which {COLUMNS} sums and {} years).",
        bytes(effort.bytes),
        effort.kept,
        effort.row,
        effort.row.saturating_sub(COLUMNS)
    );
    let time = format!(
        "Time: about {} on one core, {} on all {} of this machine. Measured just now on {} \
         paths: {:.0} ns a path-day for market, hedges and signals, {:.1} ns for each rule.",
        seconds(effort.seconds(1)),
        seconds(effort.seconds(effort.cores)),
        effort.cores,
        effort.measured_paths,
        effort.shared_ns,
        effort.rule_ns
    );
    [walked, memory, time].map(|line| item("  - ", &line)).concat()
}

fn bytes(x: f64) -> String {
    match x {
        x if x >= 1e9 => format!("{:.1} GB", x / 1e9),
        x if x >= 1e6 => format!("{:.0} MB", x / 1e6),
        x => format!("{:.0} kB", (x / 1e3).max(1.0)),
    }
}

fn seconds(x: f64) -> String {
    match x {
        x if x >= 7_200.0 => format!("{:.1} hours", x / 3_600.0),
        x if x >= 120.0 => format!("{:.0} minutes", x / 60.0),
        x if x >= 10.0 => format!("{x:.0} s"),
        x => format!("{:.1} s", x.max(0.1)),
    }
}

/// What [`describe`] prints, as data. Times are measured: two calls differ there.
pub fn describe_json(plan: &Plan) -> Value {
    let (experiment, facts) = (&plan.experiment, plan.experiment.market.facts());
    let of = |list: Vec<(String, String)>| -> Value {
        list.into_iter().map(|(name, words)| json!({ "name": name, "words": words })).collect()
    };
    let calendar = experiment.market.calendar();
    let effort = Effort::of(plan).ok();
    let residual: Vec<Value> = facts
        .residual_premium
        .iter()
        .zip(&facts.regimes)
        .map(|(row, regime)| {
            let assets: serde_json::Map<String, Value> =
                facts.assets.iter().zip(row).map(|(asset, x)| (asset.clone(), json!(x))).collect();
            json!({ "regime": regime, "assets": assets })
        })
        .collect();
    json!({
        "name": plan.name,
        "question": plan.question,
        "history": plan.history,
        "market": {
            "kind": plan.raw.market.name(),
            "first_day": calendar.and_then(|days| days.first()),
            "last_day": calendar.and_then(|days| days.last()),
            "rate": facts.rate,
            "dividend": facts.dividend,
            "regimes": regimes(facts),
            "crashes_per_year": facts.laws.as_ref().map(|_| crashes_a_year(facts)),
            "premia": premia(plan, facts),
            "residual_diffusive_premium": residual,
            "variance_reaches_zero_in": reaches_zero(facts),
        },
        "paths": experiment.paths,
        "rows": experiment.grid.rows(),
        "first_evaluated_row": experiment.grid.first(),
        "evaluated_years": experiment.grid.years(),
        "seed": if plan.history { Value::Null } else { json!(experiment.seed) },
        "portfolio": plan.raw.portfolio,
        "instruments": of(words::each(&plan.raw.instruments, words::instrument)),
        "rules": of(words::each(&plan.raw.rules, words::rule)),
        "studies": studies(plan),
        "cautions": plan.cautions,
        "effort": effort,
        "seconds_on_one_core": effort.map(|effort| effort.seconds(1)),
        "seconds_on_all_cores": effort.map(|effort| effort.seconds(effort.cores)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load;
    use std::path::Path;

    fn plan(name: &str) -> Plan {
        load(Path::new(&format!("scenarios/{name}.yaml")), &[]).unwrap_or_else(|problems| panic!("{problems}")).plan
    }

    /// MODEL 9: floors 9.67, 13.87, 33.91; shares .30, .65, .055.
    #[test]
    fn the_main_market_in_numbers() {
        let plan = plan("three-regimes");
        let facts = plan.experiment.market.facts();
        let cards = regimes(facts);
        let shown: Vec<[f64; 3]> = cards
            .iter()
            .map(|card| [card.lowest_vix, card.share, card.years.unwrap_or(0.0)].map(|x| (x * 100.0).round()))
            .collect();
        assert_eq!(shown, [[967.0, 30.0, 61.0], [1387.0, 65.0, 110.0], [3391.0, 5.0, 49.0]]);
        assert_eq!(reaches_zero(facts), ["calm", "normal"]);
        let crashes = 0.10 * cards[0].share + 0.40 * cards[1].share + 1.40 * cards[2].share;
        assert!((crashes_a_year(facts) - crashes).abs() < 1e-12);
    }

    #[test]
    fn every_shipped_scenario_is_described_within_the_width() {
        for entry in std::fs::read_dir("scenarios").unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
            if path.extension().is_none_or(|kind| kind != "yaml") {
                continue;
            }
            let Ok(loaded) = load(&path, &[]) else {
                println!("skipped {name}: its data is absent");
                continue;
            };
            let text = describe(&loaded.plan);
            println!("{text}");
            for line in text.lines() {
                assert!(line.chars().count() <= crate::report::layout::WIDTH, "{name}: {line}");
            }
            assert!(!text.contains("NaN") && !text.contains("inf "), "{name}");
            let value = describe_json(&loaded.plan);
            assert_eq!(value["rules"].as_array().map(Vec::len), Some(loaded.plan.experiment.named));
            assert!(value["seconds_on_one_core"].as_f64().is_some_and(|x| x > 0.0));
        }
    }

    #[test]
    fn a_constant_premium_is_named_where_it_has_no_measure() {
        assert!(describe(&plan("three-regimes")).contains("has no equivalent measure"));
        assert!(!describe(&plan("heston")).contains("has no equivalent measure"));
        assert!(!describe(&plan("black-scholes")).contains("has no equivalent measure"));
    }
}
