//! The comparison as one JSON document.

use super::words::{closing, notes};
use super::{Apart, Between, Link, Rule, Side};
use crate::report::findings::estimate;
use serde_json::{Map, Value, json};

/// Schema of the document.
pub const SCHEMA: &str = "hedgelab.compare/1";

/// The document.
pub fn document(found: &Between<'_>) -> Value {
    let labels = || found.sides.iter().map(|side| side.label.clone());
    let inputs: Vec<Value> = found
        .inputs
        .iter()
        .map(|one| {
            let values: Map<String, Value> = labels().zip(one.values.iter().map(|value| json!(value))).collect();
            json!({ "key": one.key, "values": values })
        })
        .collect();
    let links: Map<String, Value> = labels().skip(1).zip(found.links.iter().map(link)).collect();
    let rules: Map<String, Value> = found.rules.iter().map(|one| (one.name.clone(), rule(found, one))).collect();
    json!({
        "schema": SCHEMA,
        "ok": true,
        "runs": found.sides.iter().map(side).collect::<Vec<_>>(),
        "inputs": inputs,
        "differences_to": found.sides[0].label,
        "differences_by": links,
        "error_without_pairing_over_paired": found.gain,
        "rules": rules,
        "rules_not_in_all": partly(found),
        "notes": notes(found),
        "closing": closing(found),
    })
}

fn side(side: &Side) -> Value {
    let manifest = &side.manifest;
    json!({
        "label": side.label,
        "run": side.name,
        "scenario": manifest.scenario,
        "scenario_sha256": manifest.scenario_sha256,
        "version": manifest.tool.version,
        "git_sha": manifest.tool.git_sha,
        "seed": (!side.is_history()).then_some(manifest.seed),
        "paths": side.kept.outcome.paths,
        "paths_requested": manifest.paths_requested,
        "years": side.years(),
        "status": manifest.status,
        "inputs": manifest.inputs,
    })
}

fn link(link: &Link) -> Value {
    match link {
        Link::Paired(paths) => json!({ "paired": true, "paths": paths }),
        Link::Independent(apart) => json!({
            "paired": false,
            "why": match apart {
                Apart::Seeds => "other seed",
                Apart::Generators => "other generators",
                Apart::History => "one of them is one real path",
            },
        }),
        Link::Point => json!({ "paired": false, "why": "both are one real path" }),
    }
}

fn rule(found: &Between<'_>, rule: &Rule) -> Value {
    let labels = || found.sides.iter().map(|side| side.label.clone());
    let metrics: Map<String, Value> = found
        .metrics
        .iter()
        .zip(&rule.numbers)
        .filter(|(_, number)| number.values.iter().any(Option::is_some))
        .map(|(metric, number)| {
            let one = |e: &Option<crate::stats::estimate::Estimate>| estimate(e.as_ref(), metric.unit);
            let values: Map<String, Value> = labels().zip(number.values.iter().map(one)).collect();
            let differences: Map<String, Value> = labels().skip(1).zip(number.differences.iter().map(one)).collect();
            (metric.name.to_owned(), json!({ "runs": values, "differences": differences }))
        })
        .collect();
    json!({ "definition_differs": rule.changed, "metrics": metrics })
}

/// Rules of the scenarios that some run does not have, with the runs that have them.
fn partly(found: &Between<'_>) -> Map<String, Value> {
    let mut all = Map::new();
    for name in found.sides.iter().flat_map(Side::named) {
        let has: Vec<&str> =
            found.sides.iter().filter(|side| side.kept.rule(name).is_some()).map(|side| side.label.as_str()).collect();
        if has.len() < found.sides.len() {
            all.insert(name.to_owned(), json!(has));
        }
    }
    all
}
