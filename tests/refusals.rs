//! Scenarios that read well but ask for too much, or for what does not fit together: refused at the right place, in words.

use hedgelab::scenario::{Loaded, Problems, load_text};

const SMALL: &str = include_str!("scenarios/small.yaml");

fn load(overrides: &[&str]) -> Result<Loaded, Problems> {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    load_text("small.yaml", SMALL, &overrides)
}

/// Asserts that the scenario with these overrides has one problem, at `path`, and that its text has all of `words`.
fn refused(overrides: &[&str], path: &str, words: &[&str]) {
    let Err(problems) = load(overrides) else { panic!("{overrides:?} is not refused") };
    let text = problems.render(false);
    assert_eq!(problems.list().iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), [path], "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` is not in\n{text}");
    }
}

/// Asserts that the scenario with these overrides is taken.
fn taken(overrides: &[&str]) {
    if let Err(problems) = load(overrides) {
        panic!("{overrides:?}: {problems}");
    }
}

#[test]
fn conditions_spread_into_few_groups() {
    let all = |lists: usize, each: usize| {
        let any = vec!["{ every: 5 }"; each].join(", ");
        let all = vec![format!("{{ any: [{any}] }}"); lists].join(", ");
        format!("+rules.static.rebalance={{ any: [ {{ every: 63 }}, {{ all: [{all}] }} ] }}")
    };
    taken(&[&all(2, 7)]);
    let at = "rules.static.rebalance.any[1].all";
    refused(&[&all(12, 10)], at, &["spreads into 100 groups of conditions or more, must be at most 64"]);
    refused(&[&all(65, 1)], at, &["65 conditions in one group"]);
    let any = vec!["{ every: 5 }"; 65].join(", ");
    refused(&[&format!("+rules.static.rebalance={{ any: [{any}] }}")], "rules.static.rebalance.any", &["65 groups"]);
}
