//! A sized twin is what its name says: the same numbers as the fixed hedge of that size run as a rule of its own.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::Silent;
use hedgelab::scenario::{Loaded, load};
use hedgelab::study::comparison::{Differences, Twin, Verdict};
use hedgelab::study::evaluate::{Findings, How, evaluate};
use hedgelab::study::walk_forward::NUMBERS;
use std::path::Path;

fn findings(overrides: &[&str]) -> Findings {
    let all: Vec<String> = ["paths=400", "years=4"].iter().chain(overrides).map(|text| (*text).to_owned()).collect();
    let Loaded { plan, .. } = load(Path::new("tests/scenarios/small.yaml"), &all).unwrap();
    evaluate(&plan.task(), &How { threads: 1, stop: None, observer: &Silent }).unwrap()
}

/// Value of a metric of a rule.
fn metric(findings: &Findings, rule: &str, name: &str) -> f64 {
    let (_, metrics) = findings.rules.iter().find(|(known, _)| known == rule).unwrap();
    metrics.iter().find(|metric| metric.name == name).unwrap().estimate.as_ref().unwrap().value
}

/// Size of a twin of `vix_linear`, and the differences to it.
fn twin(findings: &Findings, kind: Twin) -> (f64, &Differences) {
    let pairing = findings.pairings.iter().find(|pairing| pairing.twin.twin == kind).unwrap();
    (pairing.twin.size.as_ref().unwrap().value, pairing.differences.as_ref().unwrap())
}

const NAMES: [&str; 5] = ["total_cost_bp_per_year", "es5_yearly", "max_drawdown", "her_plus21", "sharpe_hedged"];

fn values(differences: &Differences) -> [f64; 5] {
    let Differences { cost, shortfall, drawdown, her21, sharpe } = differences;
    [cost, shortfall, drawdown, her21, sharpe].map(|estimate| estimate.as_ref().unwrap().value)
}

#[test]
fn fixed_twins_are_fixed_hedges_of_that_size() {
    let first = findings(&[]);
    for kind in [Twin::EqualMultiplier, Twin::EqualMoney, Twin::EqualEs] {
        let (size, differences) = twin(&first, kind);
        let second = findings(&[&format!("rules.static.hold={size:.17}")]);
        for (name, difference) in NAMES.iter().zip(values(differences)) {
            let (rule, fixed) = (metric(&second, "vix_linear", name), metric(&second, "static", name));
            let close = 1e-9 * (rule.abs() + fixed.abs());
            assert!((difference - (rule - fixed)).abs() <= close, "{kind:?} {name}: {difference} {}", rule - fixed);
        }
    }
}

#[test]
fn each_twin_is_equal_in_what_names_it() {
    let findings = findings(&[]);
    let cost = metric(&findings, "vix_linear", NAMES[0]);
    let (size, differences) = twin(&findings, Twin::EqualMultiplier);
    assert!((size - metric(&findings, "vix_linear", "mean_multiplier")).abs() < 1e-12 && size > 0.0);
    assert!(values(differences)[0].abs() > 1.0);
    for kind in [Twin::EqualMoney, Twin::HoldLess] {
        let (_, differences) = twin(&findings, kind);
        let lost = differences.cost.as_ref().unwrap();
        assert!(lost.value == 0.0 && lost.se.is_none() && !lost.excludes_zero() && cost > 0.0, "{kind:?}: {lost:?}");
    }
    let (_, differences) = twin(&findings, Twin::EqualEs);
    assert_eq!(differences.shortfall.as_ref().unwrap().value, 0.0);
    // Undecided on what was sized by: two measures are left to agree.
    assert!(differences.verdict(Twin::EqualEs) != Verdict::Unknown);
}

/// A grid of one rule twice over: whatever is chosen, nothing was tuned, no switch trades anything.
#[test]
fn a_choice_among_equals_flatters_nobody() {
    let tuned =
        "rules.vix_linear.scale=[{signal: {vix: {}}, shape: {linear: {from: 10, width: {tune: [15, 15.000001]}}}}]";
    for objective in ["es_at_equal_money", "sharpe", "cost", "her_plus21"] {
        let findings = findings(&[
            tuned,
            &format!("study.split={{gap: 63d, choose_by: {objective}}}"),
            &format!("study.walk_forward={{train: 1y, test: 126d, purge: 63d, choose_by: {objective}}}"),
        ]);
        assert_eq!(findings.choices.len(), 2);
        for (study, choices) in &findings.choices {
            let choice = &choices[0];
            let value = |name: &str| {
                let i = NUMBERS.iter().position(|(known, _)| *known == name).unwrap();
                choice.numbers[i].as_ref().unwrap().value
            };
            let optimism = choice.optimism.as_ref().unwrap().value;
            assert!(optimism.abs() < 1e-5, "{} by {objective}: {optimism}", study.name);
            assert!(value("switching_cost").abs() < 1e-3 && value("out_of_sample").is_finite());
        }
        assert!(findings.choices.iter().any(|(_, choices)| choices[0].folds > 1));
    }
}
