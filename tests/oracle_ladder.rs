//! The oracle ladder where the answer is known: worlds in which the regime is priced fairly, openly wrong, or secretly wrong.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::Silent;
use hedgelab::scenario::load_text;
use hedgelab::study::evaluate::{How, evaluate};
use hedgelab::study::question::Answer;
use serde_json::Value;

/// A market, one-month puts without cost, and a ladder.
fn scenario(market: &str, paths: u32, years: u32, ladder: &str) -> String {
    format!(
        "
version: 1
name: known
seed: 6
paths: {paths}
years: {years}
market: {market}
portfolio: {{ capital: 1e6, assets: {{ SPX: {{ weight: 1 }} }} }}
instruments: {{ put: {{ put: {{ underlying: SPX, moneyness: 1, tenor: 21 }}, size: {{ per_exposure: 1 }} }} }}
rules: {{ static: {{ hedge: put, hold: 1 }} }}
study: {{ oracle_ladder: {{ hedge: put, {ladder} }} }}
"
    )
}

fn answer(text: &str) -> Answer {
    let loaded = load_text("known.yaml", text, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    let found = evaluate(&loaded.plan.task(), &How { threads: 1, stop: None, observer: &Silent }).unwrap();
    let answer = found.answers[0].clone();
    println!("{}\n{:#}", answer.closing, answer.json);
    answer
}

/// Two regimes of constant volatility, with what prices take it for; 1,000 paths of 4 years.
fn two(calm: &str, stress: &str, ladder: &str) -> Answer {
    let regimes = format!("calm: {{ volatility: 0.12, {calm} }}, stress: {{ volatility: 0.28, {stress} }}");
    let switching = "per_year: { calm: { stress: 3 }, stress: { calm: 3 } }";
    let market = format!("{{ regime_lognormal: {{ regimes: {{ {regimes} }}, switching: {{ {switching} }} }} }}");
    answer(&scenario(&market, 1000, 4, ladder))
}

/// Value and standard error of one number of a rung.
fn number(answer: &Answer, rung: &str, name: &str) -> (f64, f64) {
    let number = &answer.json["rungs"][rung][name];
    (number["value"].as_f64().unwrap(), number["se"].as_f64().unwrap())
}

fn trained(answer: &Answer, rung: &str) -> f64 {
    answer.json["rungs"][rung]["objective_in_training"].as_f64().unwrap()
}

/// Puts are fairly priced in each regime and no loss is feared: what training found to be worth knowing is worth nothing.
#[test]
fn nothing_is_gained_where_prices_are_fair() {
    let found = two("correlation: 0", "correlation: 0", "vix: [12, 19, 20, 30], most: 2, weight: 0, train: 600");
    for rung in ["vix", "hidden_regime"] {
        let (gain, se) = number(&found, rung, "gain");
        assert!(gain.abs() <= 4.0 * se, "{rung}: {gain} +- {se}");
        assert!(found.json["rungs"][rung]["gain_in_training"].as_f64().unwrap() >= 0.0);
    }
    let attainable = &found.json["attainable_gain"];
    let clear = attainable["value"].as_f64().unwrap() > 2.0 * attainable["se"].as_f64().unwrap();
    assert_eq!(found.json["rungs"]["vix"]["share_of_attainable"].is_null(), !clear);
    // Without crashes there is nothing to filter.
    assert!(found.json["rungs"]["filter"].is_null());
    assert_eq!(found.json["left_out"][0]["rung"], "filter");
}

/// Puts are too dear in calm and too cheap in stress, and the VIX tells which it is: who sees it needs no oracle.
#[test]
fn a_regime_that_the_vix_reveals_is_no_secret() {
    let ladder = "vix: [12, 19, 20, 30], most: 2, weight: 0, train: 600";
    let found = two("priced_volatility: 0.15", "priced_volatility: 0.25", ladder);
    let (gain, se) = number(&found, "hidden_regime", "gain");
    assert!(gain > 4.0 * se, "{gain} +- {se}");
    let (share, se) = number(&found, "vix", "share_of_attainable");
    assert!((share - 1.0).abs() <= 4.0 * se + 1e-9 && se < 0.1, "{share} +- {se}");
    assert_eq!(number(&found, "nothing", "share_of_attainable").0, 0.0);
    assert_eq!(number(&found, "hidden_regime", "share_of_attainable").0, 1.0);
}

/// Prices believe one volatility in both regimes, so that the VIX never moves: only the oracle gains. It holds nothing in
/// calm and everything in stress.
#[test]
fn a_regime_that_prices_do_not_know_is_the_oracles() {
    let ladder = "vix: [12, 30], most: 2, weight: 0, train: 600";
    let found = two("priced_volatility: 0.2", "priced_volatility: 0.2", ladder);
    let (gain, se) = number(&found, "hidden_regime", "gain");
    assert!(gain > 4.0 * se, "{gain} +- {se}");
    let (share, se) = number(&found, "vix", "share_of_attainable");
    assert!(share.abs() <= 4.0 * se + 1e-9 && se < 0.05, "{share} +- {se}");
    let held = &found.json["rungs"]["hidden_regime"]["multipliers"];
    let at = |i: usize, j: usize| held[i][j].as_f64().unwrap();
    // The VIX stands at 20: what is held lies between the two levels.
    let between = |j: usize| (10.0 * at(0, j) + 8.0 * at(1, j)) / 18.0;
    assert!(between(0) < 0.01 && between(1) > 1.99, "{held}");
    assert!(found.closing.contains("fresh paths"), "{}", found.closing);
}

/// Regimes with crashes under premia and costs: four rungs, each of which contains the one below it.
#[test]
fn in_training_more_knowledge_is_never_worse() {
    let market = "{ regime_svj: { regimes: { \
        calm: { variance: 0.02, crash: { per_year: 0.2, mean: -0.03, sd: 0.03, variance_jump: 0.02 } }, \
        wild: { variance: 0.09, crash: { per_year: 3, mean: -0.06, sd: 0.05, variance_jump: 0.1 } } }, \
        switching: { per_year: { calm: { wild: 1 }, wild: { calm: 3 } } }, variance: { reversion: 8, vol_of_vol: 0.6 }, \
        premium: { equity: { constant: 0.06 }, variance: 2, crash_intensity: 2, crash_mean: -0.02 } } }";
    let ladder = "vix: [15, 25, 35], most: 2, weight: 20, train: 200";
    let cost = "cost: { half_spread_vol: 0.2 }";
    let text = scenario(market, 200, 2, ladder)
        .replace("per_exposure: 1 } }", &format!("per_exposure: 1 }}, {cost} }}"))
        .replace("weight: 1 }", "weight: 1, leverage: -0.7 }");
    assert!(text.contains(cost) && text.contains("leverage"));
    let found = answer(&text);
    let [nothing, vix] = ["nothing", "vix"].map(|rung| trained(&found, rung));
    assert!(vix <= nothing, "{vix} {nothing}");
    for rung in ["filter", "hidden_regime"] {
        assert!(trained(&found, rung) <= vix, "{rung} {vix}");
        let held = found.json["rungs"][rung]["multipliers"].as_array().unwrap().iter();
        let all: Vec<f64> = held.flat_map(|row| row.as_array().unwrap()).filter_map(Value::as_f64).collect();
        assert!(all.len() == 6 && all.iter().all(|x| (0.0..=2.0).contains(x)), "{all:?}");
        // The parts add up to the objective.
        let [lost, squared, objective] =
            ["money_lost", "squared_loss", "objective"].map(|name| number(&found, rung, name).0);
        assert!((lost + squared - objective).abs() < 1e-9 * objective.abs().max(1.0));
    }
    assert_eq!(found.json["rungs"]["filter"]["second"], serde_json::json!([0.2, 3.0]));
    assert_eq!(found.tables[1].rows.len(), 1 + 1 + 2 + 2);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let market = "{ regime_lognormal: { regimes: { only: { volatility: 0.2 } } } }";
    let refused = |ladder: &str| match load_text("no.yaml", &scenario(market, 8, 2, ladder), &[]) {
        Ok(_) => panic!("{ladder} was taken"),
        Err(problems) => problems.render(false),
    };
    for (ladder, what) in [
        ("vix: [25, 15], most: 2, weight: 1, train: 8", "increasing levels"),
        ("vix: [15, 25], intensity: [1], most: 2, weight: 1, train: 8", "increasing crashes a year"),
        ("vix: [15, 25], most: 2, weight: -1, train: 8", "weight"),
        ("vix: [15, 25], most: 2, weight: 1, train: 1000000", "must be at most 100000 paths"),
    ] {
        let told = refused(ladder);
        assert!(told.contains(what) && told.contains("study.oracle_ladder"), "{told}");
    }
    // One regime hides nothing: the ladder ends at the VIX and says so.
    let found = answer(&scenario(market, 16, 1, "vix: [15, 25], most: 1, weight: 0, train: 16"));
    assert!(found.json["attainable_gain"].is_null() && found.closing.contains("no regime is hidden"));
    assert!(found.notes.iter().any(|note| note.contains("`hidden_regime` is left out")), "{:?}", found.notes);
}
