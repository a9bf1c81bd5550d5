//! Studies of choice against known truths: a market of fair hedges, where no choice can gain, and numbers that are found twice.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::Silent;
use hedgelab::scenario::load_text;
use hedgelab::study::evaluate::{Findings, How, evaluate};
use serde_json::Value;

/// Two regimes; `premium` is the volatility that prices believe the wild one to have.
fn scenario(premium: &str, paths: usize, years: usize, study: &str) -> String {
    format!(
        r"
version: 1
name: selection
seed: 11
paths: {paths}
years: {years}
market:
  regime_lognormal:
    rate: 0.0
    regimes: {{ calm: {{ volatility: 0.12{premium} }}, wild: {{ volatility: 0.35{premium} }} }}
    switching: {{ per_year: {{ calm: {{ wild: 0.8 }}, wild: {{ calm: 3 }} }} }}
portfolio: {{ capital: 1000000, assets: {{ SPX: {{ weight: 1 }} }} }}
instruments:
  put: {{ put: {{ underlying: SPX, moneyness: 0.95, tenor: 21 }}, size: {{ per_exposure: 1 }} }}
rules:
  fixed: {{ hedge: put, hold: 1 }}
  linear:
    hedge: put
    scale: [ {{ signal: {{ vix: {{}} }}, shape: {{ linear: {{ from: {{ tune: [10, 5, 15] }}, width: {{ tune: [15, 8, 30] }} }} }} }} ]
    limits: {{ floor: {{ tune: [0.2, 0.8] }}, cap: 2 }}
study:
{study}
"
    )
}

fn findings(text: &str, threads: usize) -> Findings {
    let loaded = load_text("selection", text, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    evaluate(&loaded.plan.task(), &How { threads, stop: None, observer: &Silent }).unwrap()
}

fn answer(findings: &Findings, name: &str) -> Value {
    findings.answers.iter().find(|answer| answer.name == name).unwrap().json.clone()
}

fn number(value: &Value, pointer: &str) -> f64 {
    value.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no number at {pointer} in {value}"))
}

/// Every hedge is fairly priced and trading is free: whatever a protocol picks has a true gain of zero. 1,000 histories of 4
/// years, truth over 4,000 paths, eight protocols and two lengths, each within 4 standard errors.
#[test]
fn no_protocol_gains_where_hedges_are_fair() {
    let study = "  protocols: { choose_by: cost, years: [2, 4], truth: 4000, train: 2y }";
    let found = answer(&findings(&scenario("", 1_000, 4, study), 0), "protocols");
    let mut compared = 0;
    for years in ["2", "4"] {
        let protocols = found.pointer(&format!("/rules/linear/by_years/{years}")).unwrap();
        for (name, outcome) in protocols.as_object().unwrap() {
            if name == "untuned" {
                assert_eq!(number(outcome, "/gain/value"), 0.0);
                continue;
            }
            // Where nothing but the untuned rule was ever picked there is no error.
            let Some(se) = outcome.pointer("/gain/se").and_then(Value::as_f64).filter(|se| *se > 0.0) else { continue };
            let z = number(outcome, "/gain/value") / se;
            assert!(z.abs() < 4.0, "{name} after {years} years: {z}");
            compared += 1;
        }
    }
    assert!(compared >= 12, "{compared}");
}

/// Prices believe in more volatility than there is: the least hedge is truly the cheapest, long histories find it, and the study
/// says that the choice switched the hedge off.
#[test]
fn where_hedges_are_dear_the_choice_by_cost_holds_least() {
    let study = "  protocols: { choose_by: cost, years: [2, 6], truth: 500, train: 2y }\n  selection: { choose_by: cost, bootstrap: { paths: 20, replications: 99 } }\n  combinatorial: { choose_by: cost }";
    let all = findings(&scenario(", priced_volatility: 0.4", 200, 6, study), 0);
    let found = answer(&all, "protocols");
    assert_eq!(found.pointer("/rules/linear/best").unwrap(), "linear[from=15,width=30,floor=0.2]");
    let gain = |years: usize| number(&found, &format!("/rules/linear/by_years/{years}/in_sample/gain/value"));
    assert!(gain(2) > 0.0 && gain(6) >= gain(2), "{} {}", gain(2), gain(6));
    let regret = number(&found, "/rules/linear/by_years/6/in_sample/regret/value");
    assert!(regret.abs() < 0.002, "{regret}");
    for name in ["selection", "combinatorial"] {
        let notes = &all.answers.iter().find(|answer| answer.name == name).unwrap().notes;
        assert!(notes.iter().any(|note| note.contains("switched the hedge off")), "{name}: {notes:?}");
    }
}

/// Money lost is a mean: nothing is chosen, so that its figure has no bias, and the truth is that of the run's own paths within
/// their errors. The choice of the cheapest flatters itself in sample and not out of sample.
#[test]
fn the_figure_of_a_choice_is_biased_in_sample_alone() {
    let study = "  truth: { choose_by: cost, truth: 3000, train: 2y }";
    let all = findings(&scenario("", 600, 5, study), 0);
    let found = answer(&all, "truth");
    let of = |way: &str, key: &str| number(&found, &format!("/rules/linear/figures/objective/{way}/{key}"));
    let z = |way: &str| of(way, "bias/value") / of(way, "bias/se");
    assert!(z("untuned").abs() < 4.0, "{}", z("untuned"));
    assert!(z("in_sample") > 4.0, "{}", z("in_sample"));
    for way in ["walk_forward", "combinatorial", "out_of_sample"] {
        assert!(z(way).abs() < 4.0, "{way}: {}", z(way));
    }
    let untuned = all.rules.iter().position(|(name, _)| name == "linear").unwrap();
    let own = all.metric(untuned, "total_cost_bp_per_year").unwrap();
    let truth = of("untuned", "true/value") * -1e4;
    assert!((own.value - truth).abs() < 4.0 * 1.5 * own.se.unwrap(), "{} {truth}", own.value);
}

/// A planted edge is found more often the larger it is, a null is rejected about as often as stated, and the probability of
/// overfitting falls. 200 histories of 6 years; sizes within 4 standard errors above the nominal level. A Sharpe ratio of 2.5 is
/// to be found in at least two of five histories (the least powerful check finds half).
#[test]
fn checks_find_what_was_planted() {
    let study = "  calibration: { choose_by: cost, paths: 200, planted: [1, 2.5], bootstrap: { replications: 99, mean_block: 2 } }";
    let found = answer(&findings(&scenario("", 16, 6, study), 0), "calibration");
    let rate = |world: &str, check: &str| number(&found, &format!("/rules/linear/{world}/rejects/{check}/0.05/value"));
    let allowed = 0.05 + 4.0 * (0.05_f64 * 0.95 / 200.0).sqrt();
    for world in ["null world", "placebo"] {
        for check in ["dsr", "p_studentised_consistent", "p_white_rc"] {
            assert!(rate(world, check) <= allowed, "{world} {check}: {}", rate(world, check));
        }
    }
    for check in ["psr", "dsr", "p_studentised_consistent"] {
        let rates = [rate("placebo", check), rate("planted 1", check), rate("planted 2.5", check)];
        assert!(rates[0] < rates[1] && rates[1] < rates[2] && rates[2] > 0.4, "{check}: {rates:?}");
    }
    let pbo = |world: &str| number(&found, &format!("/rules/linear/{world}/mean_pbo/value"));
    assert!(pbo("planted 2.5") < pbo("placebo"), "{} {}", pbo("planted 2.5"), pbo("placebo"));
}

/// The same bits for any number of threads.
#[test]
fn answers_do_not_depend_on_threads() {
    let study = "  selection: { bootstrap: { paths: 20, replications: 99 } }\n  truth: { truth: 200, train: 2y }\n  protocols: { years: [2, 4], truth: 200, train: 2y }\n  calibration: { paths: 40, planted: [1], bootstrap: { replications: 99 } }\n  combinatorial: {}";
    let text = scenario(", priced_volatility: 0.4", 50, 4, study);
    let (one, three) = (findings(&text, 1), findings(&text, 3));
    assert_eq!(one.answers.len(), 5);
    for (a, b) in one.answers.iter().zip(&three.answers) {
        assert_eq!(a.json, b.json, "{}", a.name);
    }
}

/// Where prices are fair the fixed hedge loses nothing that could be matched: no value, no verdict, and a sentence that says why.
#[test]
fn equal_money_has_no_meaning_where_hedges_are_fair() {
    let study = "  truth: { truth: 300, train: 2y }\n  protocols: { years: [2, 4], truth: 300, train: 2y }";
    let all = findings(&scenario("", 20, 4, study), 0);
    for answer in &all.answers {
        assert!(answer.notes.iter().any(|note| note.contains("within two standard errors of zero")), "{}", answer.name);
        assert!(answer.closing.contains("not defined"), "{}", answer.closing);
    }
    let found = answer(&all, "protocols");
    assert!(found.pointer("/rules/linear/by_years/4/in_sample/gain").unwrap().is_null());
    assert!(found.pointer("/rules/linear/by_years/4/in_sample/share_truly_worse").unwrap().is_null());
}

/// A world that is this one: what is tuned there is worth what is tuned here, and nobody regrets more than the worst member.
#[test]
fn a_shift_to_the_same_world_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("same.yaml");
    std::fs::write(&file, scenario(", priced_volatility: 0.4", 16, 3, "  selection: {}")).unwrap();
    let study = format!("  world_shift: {{ scenarios: [{}], choose_by: cost, paths: 40, truth: 200 }}", file.display());
    let found = answer(&findings(&scenario(", priced_volatility: 0.4", 16, 3, &study), 0), "world_shift");
    let gains: Vec<f64> =
        (0..4).map(|i| number(&found, &format!("/rules/linear/gains/{}/{}/value", i / 2, i % 2))).collect();
    assert!(gains.iter().all(|gain| *gain == gains[0] && *gain > 0.0), "{gains:?}");
    assert_eq!(found.pointer("/rules/linear/least_regret").unwrap(), "linear[from=15,width=30,floor=0.2]");
    assert!(number(&found, "/rules/linear/worst_regret/linear/value") > 0.0);
}

/// Members that hold a constant size have no advantage but rounding: nothing is tested on it. Histories without a crash have no
/// HER: nothing is chosen by it, and nothing is called overfit.
#[test]
fn nothing_is_found_where_nothing_is() {
    let sizes =
        scenario(", priced_volatility: 0.4", 20, 4, "  selection: { bootstrap: { paths: 20, replications: 99 } }")
            .replace(
                "{ linear: { from: { tune: [10, 5, 15] }, width: { tune: [15, 8, 30] } } }",
                "{ linear: { from: 1000, width: 15 } }",
            )
            .replace("{ tune: [0.2, 0.8] }", "{ tune: [0.2, 0.8, 1.3] }");
    let found = answer(&findings(&sizes, 0), "selection");
    for name in ["psr", "dsr", "p_studentised_consistent", "pbo_of_advantages"] {
        assert!(found.pointer(&format!("/rules/linear/numbers/{name}")).unwrap().is_null(), "{name}: {found}");
    }
    let calm = scenario(
        "",
        20,
        4,
        "  crash: { drawdown: 0.99 }\n  selection: { choose_by: her_plus21, bootstrap: { paths: 1 } }",
    );
    assert!(answer(&findings(&calm, 0), "selection").pointer("/rules/linear/numbers/pbo").unwrap().is_null());
}

/// A day more between the halves changes a utility by little: what is left of a month counts in sums, and not as a month.
#[test]
fn values_do_not_depend_on_what_is_left_of_a_month() {
    for objective in ["{ utility: { risk_aversion: 4 } }", "{ squared_shortfall: { gamma: 20 } }"] {
        let value = |gap: &str| {
            let study = format!("  split: {{ gap: {gap}, choose_by: {objective} }}");
            let all = findings(&scenario(", priced_volatility: 0.4", 100, 6, &study), 0);
            all.choices[0].1[0].number("out_of_sample").unwrap().value
        };
        let (a, b) = (value("21d"), value("22d"));
        assert!((a - b).abs() < 0.05 * a.abs() + 0.002, "{objective}: {a} {b}");
    }
}

/// What cannot be studied is refused at its place.
#[test]
fn studies_without_a_choice_are_refused() {
    let refused = |text: &str| match load_text("selection", text, &[]) {
        Err(problems) => problems.render(false),
        Ok(_) => panic!("accepted"),
    };
    let plain = scenario("", 16, 4, "  selection: {}");
    let untuned = plain
        .replace("{ tune: [10, 5, 15] }", "10")
        .replace("{ tune: [15, 8, 30] }", "15")
        .replace("{ tune: [0.2, 0.8] }", "0.2");
    assert!(refused(&untuned).contains("no rule has a tuned number"), "{}", refused(&untuned));
    for (study, place, message) in [
        ("  protocols: { years: [5, 10] }", "study.protocols.years", "2 to the 4 years"),
        ("  protocols: { truth: 5 }", "study.protocols.truth", "100 to 100000"),
        ("  truth: { train: 4y }", "study.truth.train", "a year to judge"),
        ("  combinatorial: { folds: 3, test_folds: 3 }", "study.combinatorial", "3"),
        ("  world_shift: { scenarios: [nowhere.yaml] }", "study.world_shift.scenarios[0]", "does not exist"),
        (
            "  selection: { bootstrap: { replications: 10 } }",
            "study.selection.bootstrap.replications",
            "from 99 to 10000",
        ),
        (
            "  selection: { bootstrap: { mean_block: 1000 } }",
            "study.selection.bootstrap.mean_block",
            "at most 9 months",
        ),
        ("  calibration: { planted: [] }", "study.calibration.planted", "1 to 6"),
        ("  calibration: { paths: 1 }", "study.calibration.paths", "from 20"),
        ("  combinatorial: { choose_by: her_plus21 }", "study.combinatorial.choose_by", "where it is over"),
        ("  protocols: { years: [2], train: 0d }", "study.protocols.train", "at least 6"),
        ("  selection: { choose_by: { squared_shortfall: { gamma: -1 } } }", "gamma", "0 or above"),
    ] {
        let told = refused(&scenario("", 16, 4, study));
        assert!(told.contains(place) && told.contains(message), "{study}: {told}");
    }
}
