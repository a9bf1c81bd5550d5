//! The optimal rule where the answer is known: a Black-Scholes world, with and without a premium.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::Silent;
use hedgelab::scenario::load_text;
use hedgelab::study::evaluate::{How, evaluate};
use serde_json::Value;

/// One regime at a volatility of 20 %, prices that believe another one, puts without cost; 2,000 paths of 4 years.
fn optimal(priced: f64, weights: &str, most: f64) -> Value {
    let text = format!(
        "
version: 1
name: known
seed: 5
paths: 2000
years: 4
market: {{ regime_lognormal: {{ regimes: {{ only: {{ volatility: 0.2, priced_volatility: {priced} }} }} }} }}
portfolio: {{ capital: 1e6, assets: {{ SPX: {{ weight: 1 }} }} }}
instruments: {{ put: {{ put: {{ underlying: SPX, moneyness: 0.95, tenor: 63 }}, size: {{ per_exposure: 1 }} }} }}
rules: {{ static: {{ hedge: put, hold: 1 }} }}
study: {{ optimal: {{ hedge: put, at: [15, 25], most: {most}, weight: {weights}, train: 1000 }} }}
"
    );
    let loaded = load_text("known.yaml", &text, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    let found = evaluate(&loaded.plan.task(), &How { threads: 1, stop: None, observer: &Silent }).unwrap();
    assert!(found.answers[0].closing.contains("fresh paths"), "{}", found.answers[0].closing);
    found.answers[0].json["weights"].clone()
}

fn multipliers(weight: &Value) -> Vec<f64> {
    weight["multipliers"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// Nothing is paid for: the rule that maximises what luck gave in training earns nothing on fresh paths.
#[test]
fn luck_in_training_is_worth_nothing() {
    let found = optimal(0.2, "[0]", 2.0);
    let objective = &found[0]["hedges"]["optimal"]["objective"];
    let (value, se) = (objective["value"].as_f64().unwrap(), objective["se"].as_f64());
    assert!(found[0]["objective_in_training"].as_f64().unwrap() <= 0.0);
    assert!(value.abs() <= 4.0 * se.unwrap_or(0.0), "{value} {se:?}");
}

/// A hedge that costs money is not held for its own sake; against heavy losses it is held as far as allowed.
#[test]
fn premia_are_paid_only_for_protection() {
    let found = optimal(0.22, "[0, 1000]", 0.4);
    assert_eq!(multipliers(&found[0]), [0.0, 0.0]);
    assert_eq!(found[0]["hedges"]["best fixed size"]["size"].as_f64(), Some(0.0));
    assert_eq!(found[0]["hedges"]["optimal"]["objective"]["value"].as_f64(), Some(0.0));
    // The VIX stands at 22: what is held lies between the two levels.
    let held = multipliers(&found[1]);
    assert!(0.3 * held[0] + 0.7 * held[1] > 0.399, "{held:?}");
    // With one level of the VIX the best rule is the best fixed size, up to what the halves trade: nothing.
    let beyond = &found[1]["hedges"]["best fixed size"]["beyond_optimal"]["value"];
    assert!(beyond.as_f64().unwrap().abs() < 0.1, "{beyond}");
    let none = &found[1]["hedges"]["no hedge"]["beyond_optimal"];
    assert!(none["value"].as_f64().unwrap() > 4.0 * none["se"].as_f64().unwrap());
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let refused = |study: &str| {
        let text = format!(
            "version: 1\nname: no\nseed: 1\npaths: 8\nyears: 2\nmarket: {{ regime_lognormal: {{ regimes: {{ only: {{ volatility: 0.2 }} }} }} }}\n\
             portfolio: {{ capital: 1e6, assets: {{ SPX: {{ weight: 1 }} }} }}\n\
             instruments: {{ put: {{ put: {{ underlying: SPX, moneyness: 0.95, tenor: 63 }}, size: {{ per_exposure: 1 }} }} }}\n\
             rules: {{ static: {{ hedge: put, hold: 1 }} }}\nstudy: {{ optimal: {{ {study} }} }}\n"
        );
        match load_text("no.yaml", &text, &[]) {
            Ok(_) => panic!("{study} was taken"),
            Err(problems) => problems.render(false),
        }
    };
    for (study, what) in [
        ("hedge: call, at: [15, 25], most: 2, weight: [1], train: 8", "there is no instrument `call`"),
        ("hedge: put, at: [25, 15], most: 2, weight: [1], train: 8", "increasing levels"),
        ("hedge: put, at: [15, 25], most: 2, weight: [], train: 8", "must be 1 to 20"),
        ("hedge: put, at: [15, 25], most: 2, weight: [-1], train: 8", "weight"),
        ("hedge: put, at: [15, 25], most: 2, weight: [1], train: 1000000", "must be at most 100000 paths"),
    ] {
        let told = refused(study);
        assert!(told.contains(what) && told.contains("study"), "{told}");
    }
}
