//! From prices to a verdict: 20 rules walked through 32 years of history, tuned by walk-forward, deflated, and asked for
//! their PBO, against numbers that were made without any code of this project.
//!
//! The rules are a grid of 5 x 4: a variance swap of 21 days, scaled by (VIX - from)/width between 0.2 and 2, traded a day
//! after it was seen. The engine walks them on daily closes of the S&P 500 and the VIX; each gives a column of daily returns
//!
//! ```text
//! r = (portfolio P&L + hedge P&L - cost) / capital
//! WFE = annual out-of-sample figure of the stitched tests / mean over folds of the annual figure in-sample
//! ```
//!
//! and the columns go through [`hedgelab::stats`]. Training has 1260 days, a test 252, the purge 21: the
//! tenor of the swap. Tolerance: 1e-9 relative.
//!
//! The *study* of the same name does more than these numbers: it values months of 21 days, chooses by any objective, and
//! charges the trade from one choice's hedge to the next one's at the start of a fold. The reference stitches the members'
//! own days, and switches free of cost. Where the choice never changes the two are the same to all digits; where it does
//! the study's stream is the poorer by that trade. The last test here holds the study to that.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::{Options, Silent, Trace, run, trace_all};
use hedgelab::grid::DAYS_PER_YEAR;
use hedgelab::scenario::{load_text, resolve::Plan};
use hedgelab::stats::deflated::Deflated;
use hedgelab::stats::moments::{mean, sd};
use hedgelab::stats::pbo::{Blocks, Choice, Overfitting, choice::first_best};
use hedgelab::stats::rank::ranks;
use hedgelab::stats::sharpe::SharpeRatio;
use hedgelab::stats::splits::{Split, WalkForward, Window, halves};
use hedgelab::study::objective::Objective;
use hedgelab::study::trials::Grid;
use hedgelab::study::walk_forward as study;
use serde_json::{Value, json};
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

const DATA: &str = "../shared/data/spx_vix_daily.csv";

/// Which test file holds each part of the reference. A file reads its part by the pointer that stands here.
const HOLDERS: [(&str, &[&str]); 16] = [
    ("/sharpe", &["src/stats/sharpe.rs", "src/stats/moments.rs", "src/stats/annualise.rs", "src/stats/deflated.rs"]),
    ("/deflated_sharpe", &["src/stats/deflated.rs", "src/stats/trials.rs"]),
    ("/min_lengths", &["src/stats/track_record.rs"]),
    ("/pbo", &["src/stats/pbo/tests.rs"]),
    ("/stationary_bootstrap_indices", &["src/stats/bootstrap.rs"]),
    ("/snooping_small", &["src/stats/snooping.rs", "src/stats/stepm.rs", "src/stats/resampled.rs"]),
    ("/snooping_csv", &["src/stats/snooping.rs", "src/stats/stepm.rs", "src/stats/confidence_set.rs"]),
    ("/sharpe_difference", &["src/stats/sharpe_difference.rs"]),
    ("/walk_forward_splits", &["src/stats/splits.rs"]),
    ("/walk_forward_50_50", &["src/stats/splits.rs"]),
    ("/cpcv", &["src/stats/combinatorial.rs"]),
    ("/cpcv_phi", &["src/stats/combinatorial.rs"]),
    ("/multiple_testing", &["src/stats/multiple.rs"]),
    ("/mc_output", &["src/stats/mean.rs", "src/stats/moments.rs", "src/stats/quantile.rs", "src/stats/shortfall.rs"]),
    ("/stochastic_dominance", &["src/stats/dominance.rs"]),
    ("/integrated_walk_forward", &["tests/integrated_walk_forward.rs"]),
];

fn reference() -> Value {
    serde_json::from_str(include_str!("reference/stats_inference.json")).expect("the reference file is JSON")
}

/// What the reference says of the integrated case: `/input/…` or `/expected/…`.
fn at(pointer: &str) -> Value {
    let case = &reference()["integrated_walk_forward"];
    case.pointer(pointer).unwrap_or_else(|| panic!("no reference at {pointer}")).clone()
}

fn number(pointer: &str) -> f64 {
    at(pointer).as_f64().unwrap_or_else(|| panic!("{pointer} is not a number"))
}

/// The grid as one tuned rule.
fn scenario(csv: &Path) -> String {
    let config = |key: &str| number(&format!("/input/config/{key}"));
    let points = at("/input/grid_order");
    let axis = |i: usize| {
        let mut values: Vec<f64> = points.as_array().unwrap().iter().map(|p| p[i].as_f64().unwrap()).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        values
    };
    format!(
        "version: 1
name: integrated
warm_up: {t0}
market:
  history: {{ csv: '{csv}', date: date, spot: spx, vix: vix }}
portfolio:
  capital: {capital}
  assets: {{ SPX: {{ weight: 1 }} }}
instruments:
  swap:
    variance_swap: {{ underlying: SPX, tenor: {tenor}, style: constant }}
    size: {{ vega_bp: {vega_bp} }}
    cost: {{ half_spread_vol: {cost} }}
rules:
  linear:
    hedge: swap
    scale: [ {{ signal: {{ vix: {{}} }}, shape: {{ linear: {{ from: {{ tune: {from:?} }}, width: {{ tune: {width:?} }} }} }} }} ]
    rebalance: daily
    limits: {{ floor: {floor}, cap: {cap} }}
    lag: {lag}
study:
  crash: {{ drawdown: {depth} }}
",
        t0 = config("t0"),
        csv = csv.display(),
        capital = config("V0"),
        tenor = config("tenor"),
        vega_bp = config("base") / config("V0") * 1e4,
        cost = config("cost"),
        from = axis(0),
        width = axis(1),
        floor = config("floor"),
        cap = config("cap"),
        lag = config("lag"),
        depth = config("crash_depth"),
    )
}

/// The history with all rules of the grid walked on it.
struct Walked {
    plan: Plan,
    /// Daily returns, a column each rule, in the order of the reference.
    columns: Vec<Vec<f64>>,
    /// Multipliers after the close, likewise.
    multipliers: Vec<Vec<f64>>,
    /// `[from, width]` of each column.
    points: Vec<Value>,
}

/// The walked history, once for all tests; nothing, with a line that says so, where the data are not there.
fn walked() -> Option<&'static Walked> {
    static WALKED: OnceLock<Option<Walked>> = OnceLock::new();
    let walked = WALKED.get_or_init(|| {
        let csv = Path::new(env!("CARGO_MANIFEST_DIR")).join(DATA);
        csv.exists().then(|| walk(&csv))
    });
    if walked.is_none() {
        println!("SKIPPED integrated walk-forward: there is no {DATA}");
    }
    walked.as_ref()
}

fn walk(csv: &Path) -> Walked {
    let text = scenario(csv);
    let loaded = load_text("integrated.yaml", &text, &[])
        .unwrap_or_else(|problems| panic!("{}\n{text}", problems.render(false)));
    let plan = loaded.plan;
    let traces = trace_all(&plan.experiment, 0);
    let capital = plan.experiment.portfolio.capital();
    let points = at("/input/grid_order").as_array().unwrap().clone();
    // The grid is walked row by row as the reference has it; its first point goes by the rule's plain name.
    let ledgers: Vec<&Trace> = plan.experiment.families[0].members.iter().map(|rule| &traces[*rule]).collect();
    let name =
        |point: &Value| format!("linear[from={},width={}]", point[0].as_f64().unwrap(), point[1].as_f64().unwrap());
    assert_eq!(ledgers.len(), points.len());
    assert!(ledgers[1..].iter().zip(&points[1..]).all(|(ledger, point)| ledger.rule == name(point)));
    let returns = |ledger: &&Trace| -> Vec<f64> {
        (0..ledger.days()).map(|day| (ledger.equity_pnl[day] + ledger.net(day)) / capital).collect()
    };
    Walked {
        columns: ledgers.iter().map(returns).collect(),
        multipliers: ledgers.iter().map(|ledger| ledger.multiplier.clone()).collect(),
        points,
        plan,
    }
}

impl Walked {
    fn days(&self) -> usize {
        self.columns[0].len()
    }

    /// Sharpe ratio per day of every rule over some days.
    fn sharpes(&self, days: &Range<usize>) -> Vec<f64> {
        self.columns.iter().map(|column| SharpeRatio::of(&column[days.clone()]).unwrap().per_period).collect()
    }

    /// The first of the best over some days.
    fn best(&self, days: &Range<usize>) -> usize {
        first_best(&self.sharpes(days)).unwrap()
    }

    /// Every fold of a scheme as the reference writes it, and the member that each chose.
    fn folds(&self, splits: &[Split]) -> (Vec<Value>, Vec<usize>) {
        let chosen: Vec<usize> = splits.iter().map(|split| self.best(&split.train)).collect();
        let fold = |(split, &best): (&Split, &usize)| {
            let (inside, outside) = (&self.columns[best][split.train.clone()], &self.columns[best][split.test.clone()]);
            json!({
                "train": [split.train.start, split.train.end],
                "test": [split.test.start, split.test.end],
                "chosen": self.points[best],
                "is_sharpe": sharpe(inside),
                "oos_sharpe": sharpe(outside),
                "is_mean_ann": annual_mean(inside),
                "oos_mean_ann": annual_mean(outside),
            })
        };
        (splits.iter().zip(&chosen).map(fold).collect(), chosen)
    }

    /// The chosen members' own days of all tests, one after another.
    fn stitched(&self, splits: &[Split], chosen: &[usize]) -> Vec<f64> {
        let test = |(split, &best): (&Split, &usize)| self.columns[best][split.test.clone()].to_vec();
        splits.iter().zip(chosen).flat_map(test).collect()
    }

    /// What it costs to trade from one choice's hedge to the next one's at the last close before each test, as a share of
    /// capital: half-spread times the vega of the difference.
    fn switching_cost(&self, splits: &[Split], chosen: &[usize]) -> f64 {
        let config = |key: &str| number(&format!("/input/config/{key}"));
        let held = |rule: usize, split: &Split| self.multipliers[rule][split.test.start - 1];
        let change = |(pair, split): (&[usize], &Split)| (held(pair[1], split) - held(pair[0], split)).abs();
        let traded: f64 = chosen.windows(2).zip(&splits[1..]).map(change).sum();
        traded * config("base") * config("cost") / config("V0")
    }
}

/// Annualised Sharpe ratio.
fn sharpe(returns: &[f64]) -> f64 {
    SharpeRatio::of(returns).unwrap().annual(DAYS_PER_YEAR).unwrap()
}

fn annual_mean(returns: &[f64]) -> f64 {
    mean(returns).unwrap() * DAYS_PER_YEAR
}

/// How often a list changes from one entry to the next.
fn changes(list: &[usize]) -> usize {
    list.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// The splits of the reference's scheme.
fn splits(days: usize, anchored: bool) -> Vec<Split> {
    let rows = |key: &str| at(&format!("/input/{key}")).as_u64().unwrap() as usize;
    let window = if anchored { Window::Anchored } else { Window::Rolling };
    WalkForward::new(rows("train"), rows("test"), rows("purge"), window).unwrap().splits(days).unwrap()
}

/// Asserts that two values have the same shape, equal words and whole numbers, and other numbers within a relative 1e-9.
#[track_caller]
fn same(got: &Value, want: &Value, place: &str) {
    match (got, want) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()) {
                let (Some(a), Some(b)) = (a.get(key), b.get(key)) else { panic!("{place}.{key} is on one side only") };
                same(a, b, &format!("{place}.{key}"));
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "length of {place}");
            a.iter().zip(b).enumerate().for_each(|(i, (a, b))| same(a, b, &format!("{place}[{i}]")));
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            let near = (a - b).abs() <= 1e-9 * b.abs() || (b == 0.0 && a.abs() <= 1e-12);
            assert!(near, "{place}: {a}, expected {b}");
        }
        _ => assert_eq!(got, want, "{place}"),
    }
}

#[test]
fn every_inference_vector_is_used() {
    let all = reference();
    let mut known: Vec<String> =
        HOLDERS.iter().map(|(pointer, _)| pointer.trim_start_matches('/').to_owned()).collect();
    let mut keys: Vec<String> = all.as_object().unwrap().keys().cloned().collect();
    known.sort();
    keys.sort();
    assert_eq!(keys, known, "the reference has other parts than the table of this test says");
    for (pointer, files) in HOLDERS {
        for file in files {
            let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect(file);
            // the part alone, or something in it
            let read = [format!("\"{pointer}\""), format!("\"{pointer}/")].iter().any(|start| text.contains(start));
            assert!(read, "{file} does not read {pointer}");
        }
    }
}

#[test]
fn walk_forward_rolling_and_anchored() {
    let Some(walked) = walked() else { return };
    assert_eq!(walked.days(), at("/expected/n_days").as_u64().unwrap() as usize);
    let cases = at("/expected/walk_forward");
    assert_eq!(cases.as_array().unwrap().len(), 2);
    for case in cases.as_array().unwrap() {
        let anchored = case["anchored"].as_bool().unwrap();
        let splits = splits(walked.days(), anchored);
        let (folds, chosen) = walked.folds(&splits);
        let stitched = walked.stitched(&splits, &chosen);
        let inside = |key: &str| {
            let values: Vec<f64> = folds.iter().map(|fold| fold[key].as_f64().unwrap()).collect();
            mean(&values).unwrap()
        };
        let got = json!({
            "anchored": anchored,
            "folds": folds,
            "oos_sharpe_stitched": sharpe(&stitched),
            "wfe_sharpe": sharpe(&stitched) / inside("is_sharpe"),
            "wfe_return": annual_mean(&stitched) / inside("is_mean_ann"),
            "param_changes": changes(&chosen),
        });
        same(&got, case, if anchored { "anchored" } else { "rolling" });
    }
}

#[test]
fn the_whole_sample() {
    let Some(walked) = walked() else { return };
    let all = 0..walked.days();
    let (ratios, best) = (walked.sharpes(&all), walked.best(&all));
    let deflated = Deflated::of(&SharpeRatio::of(&walked.columns[best]).unwrap(), &ratios, None).unwrap();
    let sharpes: Vec<f64> = walked.columns.iter().map(|column| sharpe(column)).collect();
    let got = json!({
        "best_sharpe_ann": sharpes[best],
        "sharpes_ann": sharpes,
        "best": walked.points[best],
        "var_trials": deflated.variance,
        "dsr": deflated.probability,
        "pbo_S16": overfitting(&walked.columns),
    });
    same(&got, &at("/expected/full_sample"), "full_sample");
}

/// PBO and its company with 16 blocks, under the names of the reference.
fn overfitting(columns: &[Vec<f64>]) -> Value {
    let table = Blocks::of(columns, 16).unwrap();
    let choices = table.choices().unwrap();
    let all = Overfitting::of(&choices).unwrap();
    let dominance = table.dominance(&choices).unwrap();
    let line = all.degradation;
    json!({
        "n_combos": all.combinations,
        "rows_used": table.rows(),
        "pbo": all.probability,
        "pbo_strict_lt0": all.probability_strict,
        "logit_mean": all.logit_mean,
        "logit_median": all.logit_median,
        "logit_first5": choices[..5].iter().map(Choice::logit).collect::<Vec<_>>(),
        "slope": line.slope,
        "intercept": line.intercept,
        "r2": line.r_squared,
        "prob_loss": line.loss,
        "mean_is_best": line.mean_in_sample,
        "mean_oos_best": line.mean_out_of_sample,
        "fsd_optimised_over_random": dominance.first,
        "fsd_max_violation": dominance.first_violation,
        "ssd_optimised_over_random": dominance.second,
        "ssd_min": dominance.second_minimum,
    })
}

#[test]
fn the_halves() {
    let Some(walked) = walked() else { return };
    let split = halves(walked.days(), 0).unwrap();
    let best = walked.best(&split.train);
    let got = json!({
        "best_in_sample": walked.points[best],
        "is_sharpe": sharpe(&walked.columns[best][split.train]),
        "oos_sharpe": sharpe(&walked.columns[best][split.test.clone()]),
        "oos_rank_of_best": ranks(&walked.sharpes(&split.test))[best],
        "n": walked.columns.len(),
    });
    same(&got, &at("/expected/split_50_50"), "split_50_50");
}

/// The study makes the choices of the reference, and its stream differs by the trades between choices and nothing else.
#[test]
fn the_study_adds_the_cost_of_switching() {
    let Some(walked) = walked() else { return };
    let experiment = &walked.plan.experiment;
    for case in at("/expected/walk_forward").as_array().unwrap() {
        let splits = splits(walked.days(), case["anchored"].as_bool().unwrap());
        let (_, chosen) = walked.folds(&splits);
        let cost = walked.switching_cost(&splits, &chosen);
        let stitched = walked.stitched(&splits, &chosen);
        let days = stitched.len() as f64;

        let study = study::WalkForward::new("reference", splits, Objective::Sharpe, Grid::all(experiment));
        let found = run(experiment, &[&study], &Options::all(experiment), &Silent).unwrap();
        let record = &found.records[0];
        let got = |name: &str| record[study::NUMBERS.iter().position(|(known, _)| *known == name).unwrap()];
        let want = |key: &str| case[key].as_f64().unwrap();
        let near = |got: f64, want: f64| assert!((got - want).abs() <= 1e-9 * want.abs(), "{got}, expected {want}");

        near(got("in_sample_sharpe"), want("oos_sharpe_stitched") / want("wfe_sharpe"));
        near(got("choices_changed"), want("param_changes"));
        near(got("switching_cost"), cost / days * DAYS_PER_YEAR * 1e4);
        assert_eq!(cost > 0.0, want("param_changes") > 0.0);
        // The trades lower the mean; that they add a little to the variance is left out by the study.
        let (sd, free) = (sd(&stitched).unwrap(), want("oos_sharpe_stitched"));
        let mean = free / DAYS_PER_YEAR.sqrt() * sd;
        let charged = mean - cost / days;
        let variance = sd * sd + days / (days - 1.0) * (mean * mean - charged * charged);
        near(got("out_of_sample_sharpe"), charged / variance.sqrt() * DAYS_PER_YEAR.sqrt());
    }
}
