//! The arithmetic of the system description, vector by vector.
//!
//! 96 small cases (`seed_vectors.json`): what the description says, and what an independent reading of it expects. Where
//! the two differ the expectation counts. What the product has is evaluated through its own types, read from the YAML that
//! a scenario would contain; arithmetic without a counterpart is checked here or counted as not applicable, with a reason.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::{Trace, trace};
use hedgelab::instruments::Turnover;
use hedgelab::lanes::Row;
use hedgelab::metrics::windows::Window;
use hedgelab::rules::{Leg, Memory};
use hedgelab::scenario::load_text;
use hedgelab::study::history::{Setting, measure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;

const LINEAR: &str = "linear: { from: 10, width: 15 }";
const OPTION_A: &str = "linear: { from: 12, width: 10 }";
const OPTION_C: &str = "steps: { at: [15, 25], give: [0, 1, 2] }";
const STRATEGY_3: &str = "steps: { at: [15, 25], give: [0, 0.5, 1] }";
const SIGMOID: &str = "sigmoid: { midpoint: 20, steepness: 0.2 }";
const CAPPED: &str = "{ floor: 0, cap: 2 }";

/// The leg of a rule that is written in a scenario on a Black-Scholes market.
fn leg(shape: &str, limits: &str, rebalance: &str) -> Leg {
    let text = format!(
        "version: 1
name: vectors
seed: 1
paths: 1
years: 1
market: {{ regime_lognormal: {{ regimes: {{ only: {{ volatility: 0.2 }} }} }} }}
portfolio: {{ capital: 1000000, assets: {{ SPX: {{ weight: 1 }} }} }}
instruments: {{ mark: {{ vix_mark: {{}}, size: {{ vega_bp: 10 }} }} }}
rules:
  rule:
    hedge: mark
    scale: [ {{ signal: {{ vix: {{}} }}, shape: {{ {shape} }} }} ]
    limits: {limits}
    rebalance: {rebalance}
"
    );
    let loaded = load_text("vectors.yaml", &text, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    loaded.plan.experiment.rules[0].legs[0].clone()
}

/// Bounded multiplier at a value of the signal.
fn multiplier(shape: &str, limits: &str, x: f64) -> f64 {
    let rows = [Row::splat(x)];
    let (mut spare, mut out) = ([Row::default()], [Row::default()]);
    leg(shape, limits, "daily").targets(|_| &rows, &mut spare, &mut out);
    out[0].0[3]
}

/// Does a trigger fire at `now`, so many days after an event at `last`?
fn fires(rebalance: &str, last: f64, now: f64, days: usize) -> bool {
    let trigger = leg(LINEAR, CAPPED, rebalance).trigger;
    let mut memory = Memory::default();
    trigger.remember(&mut memory, hedgelab::lanes::Mask::all(true), |_| Row::splat(last));
    for _ in 1..days {
        trigger.remember(&mut memory, hedgelab::lanes::Mask::all(false), |_| Row::splat(last));
    }
    trigger.fires(&memory, |_| Row::splat(now)).any()
}

/// Pooled HER and mean of ratios of windows with these gains and losses, through the measures of a ledger.
fn her(gains: &[f64], losses: &[f64]) -> (Option<f64>, Option<f64>) {
    let days = 2 * gains.len() + 1;
    let mut ledger = Trace { row: (1..=days).collect(), multiplier: vec![1.0; days], ..Trace::default() };
    for column in [&mut ledger.equity_pnl, &mut ledger.hedge_mark_pnl, &mut ledger.spread, &mut ledger.fee] {
        column.resize(days, 0.0);
    }
    for (i, (gain, loss)) in gains.iter().zip(losses).enumerate() {
        (ledger.hedge_mark_pnl[2 * i + 1], ledger.equity_pnl[2 * i + 1]) = (*gain, -*loss);
        ledger.windows.push(Window { peak: 2 * i + 1, trough: 2 * i + 2, end: 2 * i + 3, depth: -0.1, open: false });
    }
    let found = measure(&ledger, &Setting { capital: 1e8, turnover: Turnover::Base(1.0), dates: None });
    (found.her_pooled, found.her_mean)
}

/// A rule on stated closes of the VIX through the whole engine, without lag: its ledger.
fn replay(vix: &[f64], shape: &str, base_vega: f64, half_spread: f64) -> Trace {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("vix.csv");
    let mut text = "date,spx,vix\n2000-01-01,100,15\n".to_owned();
    for (day, vix) in vix.iter().enumerate() {
        writeln!(text, "2000-01-{:02},100,{vix}", day + 2).unwrap();
    }
    std::fs::write(&csv, text).unwrap();
    let scenario = format!(
        "version: 1
name: replay
warm_up: 1
market: {{ history: {{ csv: '{}', date: date, spot: spx, vix: vix }} }}
portfolio: {{ capital: 1000000, assets: {{ SPX: {{ weight: 1 }} }} }}
instruments: {{ mark: {{ vix_mark: {{}}, size: {{ vega_bp: {} }}, cost: {{ half_spread_vol: {half_spread} }} }} }}
rules: {{ rule: {{ hedge: mark, scale: [ {{ signal: {{ vix: {{}} }}, shape: {{ {shape} }} }} ], limits: {CAPPED}, lag: 0 }} }}
",
        csv.display(),
        base_vega / 100.0,
    );
    let loaded =
        load_text("replay.yaml", &scenario, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    trace(&loaded.plan.experiment, 0, 0)
}

fn same(id: &str, got: f64, want: f64) {
    assert!((got - want).abs() <= 1e-9 * want.abs() + 1e-12, "{id}: {got}, expected {want}");
}

/// One vector with its numbers at hand.
struct Vector<'a>(&'a Value);

impl Vector<'_> {
    fn id(&self) -> &str {
        self.0["id"].as_str().unwrap()
    }

    fn x(&self, key: &str) -> f64 {
        self.0["input"][key].as_f64().unwrap_or_else(|| panic!("{}: no {key}", self.id()))
    }

    fn list(&self, key: &str) -> Vec<f64> {
        numbers(&self.0["input"][key])
    }

    fn want(&self) -> f64 {
        self.0["expected"].as_f64().unwrap_or_else(|| panic!("{}: no number", self.id()))
    }

    fn of(&self, key: &str) -> f64 {
        self.0["expected"][key].as_f64().unwrap_or_else(|| panic!("{}: no {key}", self.id()))
    }

    fn says(&self) -> bool {
        self.0["expected"].as_bool().unwrap()
    }

    fn is(&self, got: f64) {
        same(self.id(), got, self.want());
    }

    fn field(&self, key: &str, got: f64) {
        same(&format!("{}.{key}", self.id()), got, self.of(key));
    }
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// How a vector was dealt with.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Done {
    /// Through the product's own types.
    Product,
    /// Plain arithmetic of the description; the product has nothing like it.
    Arithmetic(&'static str),
    /// Nothing to compute.
    NotApplicable(&'static str),
}

fn check(v: &Vector<'_>) -> Done {
    let (family, _) = v.id().split_once('/').unwrap_or((v.id(), ""));
    match family {
        "linear" | "optionA" | "optionC" | "strategy3" | "sigmoid" | "rv" | "dd" | "corr" | "linear_slope7.5" => {
            shapes(v, family)
        }
        "trigger3" | "trigger15pct" | "trigger" => triggers(v),
        "lambda" | "cap" | "floor" | "ex1" if v.id() != "ex1/cost" => limits(v),
        "her" | "budget" | "mistake2" | "whipsaw" if v.id() != "mistake2" => accounts(v),
        _ => plain(v),
    }
}

fn shapes(v: &Vector<'_>, family: &str) -> Done {
    match v.id() {
        "strategy3/avg" => {
            let (weights, given) = (v.list("weights"), v.list("mult"));
            let of = [14.0, 20.0, 30.0].map(|vix| multiplier(STRATEGY_3, CAPPED, vix));
            assert_eq!(of.to_vec(), given);
            v.is(weights.iter().zip(of).map(|(w, m)| w * m).sum());
        }
        "optionA/rebalance" => {
            let (last, now) = (v.x("vix_last"), v.x("vix_now"));
            assert!(fires("{ points: 3 }", last, now, 1));
            let (old, new) =
                (multiplier(OPTION_A, CAPPED, last) * v.x("base"), multiplier(OPTION_A, CAPPED, now) * v.x("base"));
            v.field("old", old);
            v.field("new", new);
            v.field("trade", new - old);
        }
        "linear_slope7.5" => {
            let shape = format!("linear: {{ from: {}, width: {} }}", v.x("lo"), v.x("width"));
            for (vix, want) in v.list("vix").into_iter().zip(numbers(&v.0["expected"])) {
                same(v.id(), multiplier(&shape, CAPPED, vix) * v.x("base"), want);
            }
        }
        "dd/formula_as_printed" => {
            v.is(1.0 + v.x("alpha") * (-v.x("dd") + 0.05));
            return Done::Arithmetic("the printed formula was not adopted: the buffer is subtracted from the drawdown");
        }
        "dd/example_as_printed" => {
            v.is(1.0 - v.x("alpha") * (-v.x("dd") - 0.05));
            return Done::Arithmetic("the printed example lowers the hedge in a drawdown; it was not adopted");
        }
        _ => match family {
            "linear" => v.is(multiplier(LINEAR, CAPPED, v.x("vix")) * v.x("base")),
            "optionA" => v.is(multiplier(OPTION_A, CAPPED, v.x("vix")) * v.x("base")),
            "optionC" => v.is(multiplier(OPTION_C, CAPPED, v.x("vix"))),
            "strategy3" => v.is(multiplier(STRATEGY_3, CAPPED, v.x("vix"))),
            "sigmoid" => v.is(multiplier(SIGMOID, CAPPED, v.x("vix"))),
            "rv" => v.is(multiplier(&format!("ratio: {{ to: {} }}", v.x("target")), CAPPED, v.x("rv"))),
            "corr" => v.is(multiplier(&format!("ratio: {{ to: {} }}", v.x("normal")), CAPPED, v.x("rho"))),
            // Drawdown is a positive decimal here.
            "dd" => {
                let shape = format!(
                    "excess: {{ above: {}, slope: {} }}",
                    v.0["input"]["buffer"].as_f64().unwrap(),
                    v.x("alpha")
                );
                v.is(multiplier(&shape, CAPPED, -v.x("dd")));
            }
            _ => panic!("{} is unknown", v.id()),
        },
    }
    Done::Product
}

fn triggers(v: &Vector<'_>) -> Done {
    let (last, now) = (v.x("vix_last"), v.x("vix_now"));
    let input = &v.0["input"];
    let conditions: Vec<String> = [("abs", "points"), ("rel", "relative"), ("days", "every")]
        .iter()
        .filter(|(key, _)| !input[*key].is_null())
        .map(|(key, name)| format!("{{ {name}: {} }}", input[*key]))
        .collect();
    let days = input["trading_days"].as_u64().unwrap_or(1) as usize;
    let fired = fires(&format!("{{ any: [ {} ] }}", conditions.join(", ")), last, now, days);
    assert_eq!(fired, v.says(), "{}", v.id());
    if v.id() == "trigger/whichever" {
        assert!(!fires(&format!("{{ any: [ {} ] }}", conditions.join(", ")), last, now, days - 1));
    }
    Done::Product
}

fn limits(v: &Vector<'_>) -> Done {
    match v.id() {
        "lambda" | "lambda/cap" => {
            let cap = format!("{{ floor: 0, cap: {} }}", v.x("nmax") / v.x("base"));
            v.is(multiplier(&format!("ratio: {{ to: {} }}", v.x("lam_bar")), &cap, v.x("lam")) * v.x("base"));
        }
        "cap" => v.is(multiplier(OPTION_A, CAPPED, v.x("vix")) * v.x("base")),
        "floor" => {
            let limits = format!("{{ floor: {}, cap: 2 }}", v.x("floor"));
            v.is(multiplier(LINEAR, &limits, v.x("vix")) * v.x("base"));
            // The floor overrides the empty bucket of the steps.
            same("floor over steps", multiplier(OPTION_C, &limits, 10.0), v.x("floor"));
        }
        "ex1/hedge" => {
            for (vix, want) in v.list("vix").into_iter().zip(numbers(&v.0["expected"])) {
                let shape = "linear: { from: 12, width: 8 }";
                same(v.id(), multiplier(shape, "{ floor: 0 }", vix) * v.x("base"), want);
                same(v.id(), multiplier(shape, CAPPED, vix) * v.x("base"), want.min(2.0 * v.x("base")));
            }
        }
        other => panic!("{other} is unknown"),
    }
    Done::Product
}

fn accounts(v: &Vector<'_>) -> Done {
    match v.id() {
        "her/ex1" | "her/ex2" => {
            v.field("her", her(&[v.x("gain")], &[v.x("loss")]).0.unwrap());
            v.field("net", v.x("gain") - v.x("loss"));
        }
        "her/no_loss" => assert_eq!(her(&[v.x("gain")], &[v.x("loss")]), (None, None)),
        "her/pooled" => {
            let (pooled, mean) = her(&v.list("gains"), &v.list("losses"));
            v.field("pooled", pooled.unwrap());
            v.field("mean", mean.unwrap());
        }
        "budget" => {
            let limits = leg(LINEAR, &format!("{{ budget: {{ per_year: {} }} }}", v.x("pct")), "daily").limits;
            v.field("budget", limits.budget * v.x("portfolio"));
            // The product earns its budget pro rata and cuts purchases; this share needs the plan of the whole year.
            v.field("scale", limits.budget * v.x("portfolio") / v.x("planned_cost"));
        }
        "mistake2/actual" => {
            let ledger = replay(&v.list("vix"), LINEAR, v.x("base"), v.x("cost_per_unit"));
            let traded: f64 = ledger.traded[1..].iter().sum();
            v.field("traded", traded);
            v.field("cost", (1..ledger.days()).map(|day| ledger.cost(day)).sum());
        }
        "whipsaw" => {
            let ledger = replay(&v.list("vix"), OPTION_A, v.x("base"), 0.0);
            for (got, want) in ledger.multiplier.iter().zip(numbers(&v.0["expected"]["mult"])) {
                same(v.id(), *got, want);
            }
            let unchanged: f64 = v.list("vix").windows(2).map(|w| (w[1] - w[0]) * ledger.position[0]).sum();
            v.field("pnl_of_adjustment", ledger.hedge_mark_pnl.iter().sum::<f64>() - unchanged);
        }
        other => panic!("{other} is unknown"),
    }
    Done::Product
}

fn plain(v: &Vector<'_>) -> Done {
    match v.id() {
        "term_ratio/contango" | "term_ratio/backwardation" => {
            let ratio = v.x("F1") / v.x("F3");
            v.field("ratio", ratio);
            v.field("short_share", ratio / (1.0 + ratio));
            v.field("long_share", 1.0 / (1.0 + ratio));
            Done::Arithmetic("no term structure of VIX futures is quoted yet")
        }
        "greeks" => {
            v.is(v.x("portfolio_delta_shares") / (v.x("put_delta").abs() * v.x("multiplier")));
            Done::Arithmetic("hedges are sized by exposure or vega, not by matching delta")
        }
        "cost/static" => {
            v.is(v.x("N") * v.x("theta") * v.x("T"));
            Done::Arithmetic("theta follows from the marks; it is no input")
        }
        "cost/saving" => {
            v.field("saving", 1.0 - v.x("dynamic") / v.x("static"));
            v.field("static_pct", v.x("static") / v.x("portfolio"));
            v.field("dynamic_pct", v.x("dynamic") / v.x("portfolio"));
            Done::Arithmetic("a quotient of two stated costs")
        }
        "cost/not_hedged_60pct" => {
            Done::NotApplicable("a share of days of the whole VIX history, which is no part of this test")
        }
        "gamma" => {
            let (s, dt) = (v.x("S"), v.x("dt"));
            let earned = 0.5 * v.x("gamma") * (s * v.x("sigma")).powi(2) * dt - v.x("theta_per_year") * dt;
            assert!((earned - v.want()).abs() < 1e-12, "{earned}");
            Done::Arithmetic("the break-even of gamma and theta is an identity of the marks")
        }
        "gamma/ex3" => {
            let gain = v.x("theta_cost") * (v.x("rv") / v.x("iv")).powi(2);
            v.field("gamma_pnl", gain);
            v.field("net", gain - v.x("theta_cost"));
            Done::Arithmetic("the break-even of gamma and theta is an identity of the marks")
        }
        "markov" => {
            let (up, down) = (v.x("pLH"), v.x("pHL"));
            v.field("pi_high", up / (up + down));
            v.field("dur_low", 1.0 / up);
            v.field("dur_high", 1.0 / down);
            v.field("state_autocorr", 1.0 - up - down);
            v.field("corr_lag5", (1.0 - up - down).powi(5));
            stationary_of_the_market(up, down, v.of("pi_high"));
            Done::Product
        }
        "sharpe_formula" => {
            let rho = v.x("rho");
            v.is((v.x("mu") - v.x("C")) / (v.x("sigma") * (1.0 - rho * rho).sqrt()));
            Done::Arithmetic("Sharpe ratios are measured, not derived from a hedge ratio")
        }
        "sharpe_improvement" => {
            v.field("vs_static", v.x("dynamic") / v.x("static") - 1.0);
            v.field("vs_unhedged", v.x("dynamic") / v.x("unhedged") - 1.0);
            Done::Arithmetic("a quotient of stated Sharpe ratios")
        }
        "mistake2" => {
            v.is(v.x("cost") * v.x("days"));
            Done::Arithmetic("cost is charged on the traded change, not on the whole hedge every day")
        }
        "mistake3" => {
            v.is(v.x("notional") * v.x("bidask") * v.x("n"));
            Done::Arithmetic("cost is charged on the traded change, not on the whole hedge at every adjustment")
        }
        "ex1/cost" => {
            v.field("total_cost", v.x("annual") * v.x("years"));
            v.field("pct", v.x("annual") / v.x("portfolio"));
            v.field("net", v.x("gain") - v.x("annual") * v.x("years"));
            Done::Arithmetic("sums of stated amounts")
        }
        "ex2/days" => {
            v.field("calendar", v.x("frac") * 365.0);
            v.field("trading", v.x("frac") * hedgelab::grid::DAYS_PER_YEAR);
            Done::Arithmetic("a share of the days of a year")
        }
        "ex2/totals" => {
            v.field("cost", v.x("annual") * v.x("years"));
            v.field("net", v.x("gains") - v.x("annual") * v.x("years"));
            v.field("pct", v.x("annual") / v.x("portfolio"));
            Done::Arithmetic("sums of stated amounts")
        }
        "ex2/gain" => {
            v.field("vol_points_needed", v.x("gain") / v.x("vega"));
            Done::Arithmetic("a quotient of stated amounts")
        }
        "ex4" => {
            v.is(v.x("collected") - v.x("paid"));
            Done::Arithmetic("a difference of stated amounts")
        }
        "snippet" => {
            snippet(v);
            Done::Arithmetic("the printed program looks at the close it trades on and knows no cost")
        }
        "train_test" => Done::NotApplicable("a reading in words; folds are tested with the splits"),
        other => panic!("{other} is unknown"),
    }
}

/// Long-run share of the second of two regimes in the product's market.
fn stationary_of_the_market(up: f64, down: f64, want: f64) {
    let text = format!(
        "version: 1
name: markov
seed: 1
paths: 1
years: 1
market:
  regime_lognormal:
    regimes: {{ low: {{ volatility: 0.1 }}, high: {{ volatility: 0.3 }} }}
    switching: {{ daily: {{ low: {{ high: {up} }}, high: {{ low: {down} }} }} }}
portfolio: {{ capital: 1, assets: {{ SPX: {{ weight: 1 }} }} }}
instruments: {{ mark: {{ vix_mark: {{}}, size: {{ vega_bp: 10 }} }} }}
rules: {{ rule: {{ hedge: mark, hold: 1 }} }}
"
    );
    let loaded = load_text("markov.yaml", &text, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    // Rates leave with the stated daily probability; in continuous time the share is that of the rates.
    let (rate_up, rate_down) = (-(-up).ln_1p(), -(-down).ln_1p());
    let share = loaded.plan.experiment.market.facts().stationary[1];
    same("markov in the market", share, rate_up / (rate_up + rate_down));
    assert!((share - want).abs() < 0.02, "{share}");
}

fn snippet(v: &Vector<'_>) {
    let base = v.x("base");
    let (vix, realized, implied) = (v.list("vix"), v.list("realized"), v.list("implied"));
    let pnl: Vec<f64> =
        (0..vix.len()).map(|i| multiplier(OPTION_A, CAPPED, vix[i]) * base * (realized[i] - implied[i])).collect();
    for (got, want) in pnl.iter().zip(numbers(&v.0["expected"]["pnl"])) {
        same(v.id(), *got, want);
    }
    let total: f64 = pnl.iter().sum();
    v.field("net", total);
    v.field("total_cost", -pnl.iter().filter(|x| **x < 0.0).sum::<f64>());
    v.field("total_gain", pnl.iter().filter(|x| **x > 0.0).sum());
    let mean = total / pnl.len() as f64;
    let variance = pnl.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / pnl.len() as f64;
    v.field("sharpe_ddof0_not_annualised", mean / variance.sqrt());
}

#[test]
fn all_vectors_are_accounted_for() {
    let all: Value = serde_json::from_str(include_str!("reference/seed_vectors.json")).unwrap();
    let all = all.as_array().unwrap();
    let done: Vec<(String, Done)> =
        all.iter().map(|vector| (vector["id"].as_str().unwrap().to_owned(), check(&Vector(vector)))).collect();
    let ids: BTreeSet<&str> = done.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!((ids.len(), done.len()), (96, 96));
    let count = |wanted: fn(&Done) -> bool| done.iter().filter(|(_, done)| wanted(done)).count();
    let product = count(|done| matches!(done, Done::Product));
    let arithmetic = count(|done| matches!(done, Done::Arithmetic(_)));
    let nothing = count(|done| matches!(done, Done::NotApplicable(_)));
    for (id, done) in &done {
        match done {
            Done::Product => {}
            Done::Arithmetic(why) => println!("{id}: arithmetic only: {why}"),
            Done::NotApplicable(why) => println!("{id}: not applicable: {why}"),
        }
    }
    assert_eq!((product, arithmetic, nothing), (75, 19, 2));
}
