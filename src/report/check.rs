//! What `check` tells before anything is run: the scenario in words, the market in numbers that a reader knows, what the
//! prices believe, and what the run will take. And, where asked for, how real the market is ([`realism`]).

mod changes;
mod effort;
mod market;
pub mod realism;
mod words;

pub use effort::Effort;
pub use market::{RegimeCard, SwitchJump, regimes};
pub use realism::{RealismReport, fresh_seed, realism};

use super::layout::{count, item, number, percent};
use crate::draws::{NETS, Sampling};
use crate::engine::Experiment;
use crate::metrics::tally::COLUMNS;
use crate::scenario::raw::PortfolioRebalance;
use crate::scenario::resolve::Plan;
use crate::study::flags::{self, Flag};
use crate::study::mistakes::Pair;
use market::{crashes_a_year, premia, reaches_zero, switch_jumps};
use serde_json::{Value, json};

/// What `hedgelab check` prints: at most 100 columns wide.
pub fn describe(plan: &Plan) -> String {
    let mut out = format!("{}\n", plan.name);
    if let Some(question) = &plan.question {
        out.push_str(&item("  ", question));
    }
    out.push_str(&market::market(plan));
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
    let cautions = cautions(plan);
    if !cautions.is_empty() {
        out.push_str("\nCautions\n");
        for caution in &cautions {
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

/// What to know about the rules before they run: red flags that need no run among it.
fn cautions(plan: &Plan) -> Vec<String> {
    let experiment = &plan.experiment;
    let flag = |flag: Flag| format!("rule {} {}", experiment.rules[flag.rule].name, flag.text);
    plan.cautions.iter().cloned().chain(flags::standing(experiment).into_iter().map(flag)).collect()
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
    let name = |rule: usize| &plan.experiment.rules[rule].name;
    list.extend(plan.mistakes.iter().map(|pair| match pair {
        Pair::Rules { mistake, cure } => format!("What a mistake costs: {} beside {}.", name(*mistake), name(*cure)),
        Pair::Tuned(rule) => format!("What a mistake costs: {rule} in sample beside out of sample."),
    }));
    list.extend(plan.claims.iter().map(|claim| format!("Claim: \"{}\".", claim.says)));
    list.extend(plan.questions.iter().map(|question| question.intent()));
    list.extend(sealed(plan));
    list
}

/// Which seeds are kept for one last judgement, and whether this run would take it.
fn sealed(plan: &Plan) -> Option<String> {
    let (seeds, seed) = (plan.sealed.as_ref()?, plan.experiment.seed);
    let this = match seeds.contains(&seed) {
        true => format!("seed {seed} is one of them, and a run with it takes the one look that is allowed"),
        false => format!("seed {seed} is none of them"),
    };
    Some(format!("Sealed: seeds {}-{} are kept for one last judgement; {this}.", seeds.start(), seeds.end()))
}

fn effort_text(plan: &Plan, effort: &Effort) -> String {
    let Experiment { named, .. } = plan.experiment;
    let twins = effort.kept - named;
    let drawn = (!plan.history).then(|| paths_text(plan));
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
    drawn.into_iter().chain([walked, memory, time]).map(|line| item("  - ", &line)).collect()
}

/// How many paths there are, how they are drawn and which rows of them are kept.
fn paths_text(plan: &Plan) -> String {
    let experiment = &plan.experiment;
    let paths = count(experiment.paths);
    let mut parts = vec![match experiment.sampling {
        Sampling::Independent => format!("{paths}, each drawn by itself"),
        Sampling::Antithetic => format!("{paths}, drawn in pairs of opposite draws"),
        Sampling::Sobol => format!("{paths}, drawn as {NETS} scrambled Sobol nets"),
        Sampling::Tilted(tilt) => format!("{paths}, with {}, weighed by ratios of likelihoods", tilt.words()),
    }];
    if experiment.controls {
        parts.push("control variates are taken out of estimates".to_owned());
    }
    if experiment.bundle() > 1 {
        parts.push(format!(
            "of each {} the mean and one path are kept (`rows: {}`)",
            count(experiment.bundle()),
            count(experiment.rows)
        ));
    }
    if let Some(precision) = plan.precision {
        parts.push(format!(
            "as many more, up to {}, as bring the standard error of money lost beside the benchmark to {} bp a year",
            count(precision.most_paths),
            number(precision.cost_bp)
        ));
    }
    format!("Paths: {}.", parts.join("; "))
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
            "switch_jumps": switch_jumps(facts),
            "crashes_per_year": facts.laws.as_ref().map(|_| crashes_a_year(facts)),
            "premia": premia(plan, facts),
            "changes": changes::lines(facts),
            "residual_diffusive_premium": residual,
            "variance_reaches_zero_in": reaches_zero(facts),
        },
        "paths": experiment.paths,
        "sampling": experiment.sampling.name(),
        "control_variates": experiment.controls,
        "precision_cost_bp": plan.precision.map(|precision| precision.cost_bp),
        "rows": experiment.grid.rows(),
        "first_evaluated_row": experiment.grid.first(),
        "evaluated_years": experiment.grid.years(),
        "seed": if plan.history { Value::Null } else { json!(experiment.seed) },
        "sealed": plan.sealed.as_ref().map(|seeds| json!({ "from": seeds.start(), "to": seeds.end() })),
        "portfolio": plan.raw.portfolio,
        "instruments": of(words::each(&plan.raw.instruments, words::instrument)),
        "rules": of(words::each(&plan.raw.rules, words::rule)),
        "studies": studies(plan),
        "cautions": cautions(plan),
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
