//! Findings as one JSON document: every number with its error, interval, method and unit.

use super::mistakes::sentence;
use super::review::{flags_json, formulas_json, reviews_json};
use super::tables::{about, bound};
use crate::scenario::resolve::Plan;
use crate::stats::estimate::Estimate;
use crate::study::checks::{self, Check};
use crate::study::claims::{Found, Judged};
use crate::study::comparison::{Differences, Verdict};
use crate::study::evaluate::Findings;
use crate::study::frontier::{Avoided, Kind, Place};
use crate::study::measure::Metric;
use crate::study::mistakes::Told;
use crate::study::walk_forward::NUMBERS;
use serde_json::{Map, Value, json};

/// The keys `rules`, `unhedged`, `crashes`, `reviews`, `formulas`, `flags`, `studies` and `caveats` of summary.json.
pub fn to_json(plan: &Plan, findings: &Findings) -> Value {
    let rules: Map<String, Value> = findings.rules.iter().map(|(name, list)| (name.clone(), metrics(list))).collect();
    let names = findings.rules.iter().map(|(name, _)| name.clone());
    let history: Map<String, Value> = names
        .zip(&findings.history)
        .map(|(name, measures)| (name, serde_json::to_value(measures).unwrap_or(Value::Null)))
        .collect();
    let caveats: Vec<Value> = findings.caveats.iter().map(|c| json!({ "code": c.code, "text": c.text })).collect();
    json!({
        "rules": rules,
        "unhedged": metrics(&findings.unhedged),
        "crashes": metrics(&findings.crashes),
        "history": history,
        "reviews": reviews_json(plan, findings),
        "formulas": formulas_json(plan, findings),
        "flags": flags_json(plan, findings),
        "places": findings.places.iter().map(place).collect::<Vec<Value>>(),
        "checks": findings.checks.iter().map(check).collect::<Vec<Value>>(),
        "studies": studies(plan, findings),
        "caveats": caveats,
        "closing": super::terminal::closing(plan, findings),
    })
}

/// Where a hedge stands: protection against money lost.
fn place(place: &Place) -> Value {
    let (kind, size) = match place.kind {
        Kind::Static => ("static", None),
        Kind::Dynamic => ("dynamic", None),
        Kind::Fixed { size, .. } => ("fixed", Some(size)),
        Kind::HoldLess(share) => ("hold_less", Some(share)),
    };
    let avoided = |avoided: &Avoided, unit| json!({ "avoided": estimate(Some(&avoided.estimate), unit), "correlation_with_cost": avoided.correlation });
    json!({
        "name": place.name, "kind": kind, "size": size,
        "total_cost_bp_per_year": estimate(Some(&place.cost), "bp of capital a year"),
        "es5_yearly": avoided(&place.shortfall, "share of capital"),
        "max_drawdown": avoided(&place.drawdown, "share of peak"),
    })
}

/// A check of the model.
fn check(check: &Check) -> Value {
    let mut value = match check.found {
        checks::Found::Error { size, most } => json!({ "error": size, "at_most": most, "unit": "share of spot" }),
        checks::Found::Zero(mean) => estimate(Some(&mean), "bp of capital a year"),
    };
    if let Some(object) = value.as_object_mut() {
        object.insert("name".to_owned(), json!(check.name));
        object.insert("about".to_owned(), json!(check.about));
        object.insert("z".to_owned(), json!(check.z()));
        object.insert("holds".to_owned(), json!(check.holds()));
    }
    value
}

pub(super) fn metrics(list: &[Metric]) -> Value {
    let entry = |metric: &Metric| {
        let mut value = estimate(metric.estimate.as_ref(), metric.unit);
        if let (Some(spread), Some(object)) = (&metric.spread, value.as_object_mut()) {
            let quantiles: Map<String, Value> = spread
                .quantiles
                .iter()
                .map(|(p, q)| {
                    (
                        format!("p{:02.0}", p * 100.0),
                        json!({ "value": q.value, "ci_low": q.ci_low, "ci_high": q.ci_high }),
                    )
                })
                .collect();
            object.insert("over_paths".to_owned(), json!({ "n": spread.n, "sd": spread.sd, "quantiles": quantiles }));
        }
        (metric.name.to_owned(), value)
    };
    Value::Object(list.iter().map(entry).collect())
}

pub(super) fn estimate(found: Option<&Estimate>, unit: &str) -> Value {
    match found {
        Some(e) => json!({
            "value": e.value, "se": e.se, "ci_low": e.ci_low, "ci_high": e.ci_high,
            "level": e.level, "n": e.n, "method": e.method, "unit": unit,
        }),
        None => json!({ "value": null, "unit": unit }),
    }
}

fn differences(found: &Differences) -> Value {
    Value::Object(
        found.named().map(|(name, unit, e)| (name.to_owned(), estimate(e.as_ref(), unit))).into_iter().collect(),
    )
}

fn studies(plan: &Plan, findings: &Findings) -> Value {
    let name = |rule: usize| plan.experiment.rules[rule].name.clone();
    let mut all = Map::new();
    if let Some(comparison) = &plan.comparison {
        let against: Map<String, Value> =
            findings.against.iter().map(|(rule, d)| (name(*rule), differences(d))).collect();
        let mut twins: Map<String, Value> = Map::new();
        for pairing in &findings.pairings {
            let entry = match (&pairing.twin.size, &pairing.differences) {
                (Ok(size), Some(found)) => json!({
                    "size": { "value": size.value, "se": size.se() },
                    "differences": differences(found),
                    "verdict": found.verdict(pairing.twin.twin).words(),
                }),
                (Ok(size), None) => {
                    json!({ "size": { "value": size.value }, "differences": null, "verdict": Verdict::Unknown.words() })
                }
                (Err(why), _) => json!({ "size": null, "why": why }),
            };
            let of_rule = twins.entry(name(pairing.rule)).or_insert_with(|| json!({}));
            if let Some(object) = of_rule.as_object_mut() {
                object.insert(pairing.twin.twin.name().to_owned(), entry);
            }
        }
        let null_world: Map<String, Value> =
            findings.null.iter().map(|(rule, list)| (name(*rule), metrics(list))).collect();
        all.insert(
            "compare".to_owned(),
            json!({ "benchmark": name(comparison.against), "against": against, "twins": twins, "null_world": null_world }),
        );
    }
    for (study, choices) in &findings.choices {
        let by_rule: Map<String, Value> = choices
            .iter()
            .map(|choice| {
                let mut numbers = Map::new();
                for ((number, unit), found) in NUMBERS.iter().zip(&choice.numbers) {
                    let unit = if unit.is_empty() { study.objective.unit() } else { unit };
                    numbers.insert((*number).to_owned(), estimate(found.as_ref(), unit));
                }
                numbers.insert("optimism".to_owned(), estimate(choice.optimism.as_ref(), study.objective.unit()));
                numbers.insert(
                    "gain_of_tuning".to_owned(),
                    estimate(choice.gain_of_tuning.as_ref(), study.objective.unit()),
                );
                (choice.rule.clone(), json!({ "members": choice.members, "chosen": choice.chosen, "folds": choice.folds, "numbers": numbers }))
            })
            .collect();
        all.insert(study.name.to_owned(), json!({ "choose_by": study.objective.name(), "rules": by_rule }));
    }
    if !findings.claims.is_empty() {
        all.insert("claims".to_owned(), findings.claims.iter().map(|judged| claim(plan, judged)).collect());
    }
    if !findings.mistakes.is_empty() {
        all.insert("mistake".to_owned(), findings.mistakes.iter().map(|told| mistake(plan, told)).collect());
    }
    all.extend(findings.answers.iter().map(|answer| (answer.name.to_owned(), answer.json.clone())));
    Value::Object(all)
}

fn claim(plan: &Plan, judged: &Judged) -> Value {
    let mut value = match &judged.found {
        Found::Number(found) => estimate(found.as_ref(), judged.unit),
        Found::Protection(verdict) => json!({ "protects": verdict.words() }),
    };
    if let Some(object) = value.as_object_mut() {
        object.insert("says".to_owned(), judged.claim.says.clone().into());
        object.insert("verdict".to_owned(), judged.ruling.word().into());
        object.insert("claimed".to_owned(), bound(judged).into());
        object.insert("judged_by".to_owned(), about(plan, judged).into());
        object.insert("why".to_owned(), judged.why.clone().into());
    }
    value
}

fn mistake(plan: &Plan, told: &Told) -> Value {
    let name = |rule: usize| plan.experiment.rules[rule].name.as_str();
    match told {
        Told::Rules(beside) => json!({
            "mistake": name(beside.rules[0]),
            "cure": name(beside.rules[1]),
            "money_lost": beside.lost.map(|e| estimate(e.as_ref(), "bp of capital a year")),
            "trading_cost": beside.trading.map(|e| estimate(e.as_ref(), "bp of capital a year")),
            "mean_multiplier": beside.multiplier.map(|e| estimate(e.as_ref(), "multiplier")),
            "differences": beside.differences.as_ref().map(differences),
            "says": sentence(plan, told),
        }),
        Told::Tuned { study, choice, objective } => json!({
            "tuned": choice.rule,
            "study": study,
            "optimism": estimate(choice.optimism.as_ref(), objective.unit()),
            "says": sentence(plan, told),
        }),
    }
}
