//! Back-tests on real history against numbers that were made without any code of this project.
//!
//! 102 cases and 8 with stated windows on daily closes of the S&P 500 and the VIX from 1990 to 2022, and four ledgers of a
//! few rows with every column. Each is written as an ordinary scenario, read, walked and measured. Tolerance: 1e-9 relative;
//! 1e-6 absolute for amounts of money below 1.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::{Trace, trace};
use hedgelab::scenario::{Loaded, load_text};
use hedgelab::study::history::{Setting, measure, measure_stated};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const DATA: &str = "../shared/data/spx_vix_daily.csv";

fn reference(key: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("reference/backtests.json")).expect("reference");
    all[key].as_array().expect("a list").clone()
}

/// The data file, or nothing with a line that says so.
fn data() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DATA);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED reference backtests: there is no {DATA}");
    None
}

fn number(config: &Value, key: &str) -> f64 {
    config[key].as_f64().unwrap_or_else(|| panic!("{key} in {config}"))
}

/// The scale of a rule as YAML.
fn scale(config: &Value) -> String {
    let p = |key: &str| number(&config["params"], key);
    let (signal, shape) = match config["rule"].as_str().expect("a rule") {
        "static" => return "hold: 1".to_owned(),
        "linear" => ("vix: {}".to_owned(), format!("linear: {{ from: {}, width: {} }}", p("lo"), p("width"))),
        "sigmoid" => ("vix: {}".to_owned(), format!("sigmoid: {{ midpoint: {}, steepness: {} }}", p("x0"), p("k"))),
        "conditional" if p("lo") == p("hi") => {
            ("vix: {}".to_owned(), format!("steps: {{ at: [{}], give: [{}, {}] }}", p("lo"), p("low"), p("high")))
        }
        "conditional" => (
            "vix: {}".to_owned(),
            format!("steps: {{ at: [{}, {}], give: [{}, {}, {}] }}", p("lo"), p("hi"), p("low"), p("mid"), p("high")),
        ),
        "rv20" => ("realized_vol: { window: 20 }".to_owned(), format!("ratio: {{ to: {} }}", p("target"))),
        "drawdown" => {
            ("drawdown: {}".to_owned(), format!("excess: {{ above: {}, slope: {} }}", p("buffer"), p("alpha")))
        }
        "lambda" => (format!("variance_ratio: {{ window: {} }}", p("window")), "ratio: { to: 1 }".to_owned()),
        "pctile" => (
            format!("percentile: {{ of: {{ vix: {{}} }}, window: {} }}", p("window")),
            format!("ratio: {{ to: {} }}", 1.0 / p("scale")),
        ),
        other => panic!("unknown rule {other}"),
    };
    format!("scale: [ {{ signal: {{ {signal} }}, shape: {{ {shape} }} }} ]")
}

/// The triggers of a rule as YAML.
fn rebalance(config: &Value) -> String {
    let Some(trigger) = config["trigger"].as_object() else { return "daily".to_owned() };
    let conditions: Vec<String> = trigger
        .iter()
        .map(|(key, value)| match key.as_str() {
            "abs" => format!("{{ points: {value} }}"),
            "rel" => format!("{{ relative: {value} }}"),
            "days" => format!("{{ every: {value} }}"),
            other => panic!("unknown trigger {other}"),
        })
        .collect();
    format!("{{ any: [ {} ] }}", conditions.join(", "))
}

/// The instrument with size and cost as YAML.
fn instrument(config: &Value) -> String {
    let (base, cost) = (number(config, "base"), number(config, "cost"));
    let vega_bp = base / number(config, "V0") * 1e4;
    match config["instrument"].as_str().expect("an instrument") {
        "VIXMARK" => format!(
            "{{ vix_mark: {{ carry: {} }}, size: {{ vega_bp: {vega_bp} }}, cost: {{ half_spread_vol: {cost} }} }}",
            number(config, "carry")
        ),
        "VARSWAP" => format!(
            "{{ variance_swap: {{ underlying: SPX, tenor: {}, style: constant }}, size: {{ vega_bp: {vega_bp} }}, \
             cost: {{ half_spread_vol: {cost} }} }}",
            config["tenor"]
        ),
        "PUT" => format!(
            "{{ put: {{ underlying: SPX, moneyness: {}, tenor: {}, roll: at_expiry }}, size: {{ per_exposure: {base} }}, \
             cost: {{ of_premium: {cost} }} }}",
            config["moneyness"], config["tenor"]
        ),
        other => panic!("unknown instrument {other}"),
    }
}

/// A back-test as an ordinary scenario; `windows` are stated crash windows.
fn scenario(config: &Value, csv: &Path, windows: &[Value]) -> String {
    let mut crash = format!("{{ drawdown: {} }}", config["crash_depth"]);
    if !windows.is_empty() {
        crash = "\n    dates:".to_owned();
        for window in windows {
            write!(
                crash,
                "\n      - {{ name: {}, start: {}, end: {} }}",
                window["name"], window["start"], window["end"]
            )
            .unwrap();
        }
    }
    format!(
        "version: 1
name: back-test
warm_up: {t0}
market:
  history: {{ csv: '{csv}', date: date, spot: spx, vix: vix }}
portfolio:
  capital: {capital}
  assets: {{ SPX: {{ weight: 1 }} }}
instruments:
  hedge: {instrument}
rules:
  rule:
    hedge: hedge
    {scale}
    rebalance: {rebalance}
    limits: {{ floor: {floor}, cap: {cap} }}
    lag: {lag}
study:
  crash: {crash}
",
        t0 = config["t0"],
        csv = csv.display(),
        capital = config["V0"],
        instrument = instrument(config),
        scale = scale(config),
        rebalance = rebalance(config),
        floor = config["floor"],
        cap = config["cap"],
        lag = config["lag"],
    )
}

fn walked(text: &str) -> (Loaded, Trace) {
    let loaded =
        load_text("back-test.yaml", text, &[]).unwrap_or_else(|problems| panic!("{}\n{text}", problems.render(false)));
    let ledger = trace(&loaded.plan.experiment, 0, 0);
    (loaded, ledger)
}

fn setting(loaded: &Loaded) -> Setting<'_> {
    let experiment = &loaded.plan.experiment;
    Setting {
        capital: experiment.portfolio.capital(),
        turnover: experiment.instruments[0].turnover(),
        dates: experiment.market.calendar(),
    }
}

/// Differences of `got` from `want`, each with its place. Everything in `want` must be in `got`.
fn differences(got: &Value, want: &Value, at: &str, list: &mut Vec<String>) {
    match (got, want) {
        (Value::Object(_), Value::Object(fields)) => {
            for (key, want) in fields {
                match got.get(key) {
                    Some(got) => differences(got, want, &format!("{at}.{key}"), list),
                    None => list.push(format!("{at}.{key} is missing")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (got, want)) in a.iter().zip(b).enumerate() {
                differences(got, want, &format!("{at}[{i}]"), list);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (got, want) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            if !close(at, got, want) {
                list.push(format!("{at}: {got}, expected {want}"));
            }
        }
        _ if got == want => {}
        _ => list.push(format!("{at}: {got}, expected {want}")),
    }
}

/// 1e-9 relative; amounts of money below 1 agree to 1e-6.
fn close(at: &str, got: f64, want: f64) -> bool {
    let field = at.rsplit('.').next().unwrap_or(at);
    let money = ["pnl", "cost", "gain", "loss", "price_or_vix"].iter().any(|word| field.contains(word))
        && !field.contains("_bp_");
    let relative = (got - want).abs() <= 1e-9 * want.abs();
    relative || (money && want.abs() < 1.0 && (got - want).abs() <= 1e-6) || (got - want).abs() <= 1e-15
}

fn expect_none(differences: &[String]) {
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences[..differences.len().min(40)].join("\n")
    );
}

#[test]
fn cases_on_real_history() {
    let Some(csv) = data() else { return };
    let cases = reference("cases");
    assert_eq!(cases.len(), 102);
    let mut list = Vec::new();
    for case in &cases {
        let (loaded, ledger) = walked(&scenario(&case["config"], &csv, &[]));
        let mut got = serde_json::to_value(measure(&ledger, &setting(&loaded))).unwrap();
        // Some cases keep three of the ten windows; the pooled ratio is over all of them.
        let windows = got["windows"].as_array_mut().unwrap();
        assert_eq!(windows.len(), 10);
        windows.retain(|window| {
            case["expected"]["windows"].as_array().unwrap().iter().any(|kept| kept["peak"] == window["peak"])
        });
        differences(&got, &case["expected"], case["id"].as_str().unwrap(), &mut list);
    }
    expect_none(&list);
}

#[test]
fn stated_windows_on_real_history() {
    let Some(csv) = data() else { return };
    let cases = reference("explicit_windows");
    assert_eq!(cases.len(), 8);
    let mut list = Vec::new();
    for case in &cases {
        let windows = case["expected"].as_array().unwrap();
        let (loaded, ledger) = walked(&scenario(&case["config"], &csv, windows));
        let got = serde_json::to_value(measure_stated(&ledger, &setting(&loaded), &loaded.plan.window_names)).unwrap();
        differences(&got, &case["expected"], case["id"].as_str().unwrap(), &mut list);
    }
    expect_none(&list);
}

/// Four short ledgers, every column of every row and their measures.
#[test]
fn toy_ledgers() {
    let folder = tempfile::tempdir().unwrap();
    let cases = reference("toy_ledgers");
    assert_eq!(cases.len(), 4);
    let mut list = Vec::new();
    for (i, case) in cases.iter().enumerate() {
        let input = &case["input"];
        let csv = folder.path().join(format!("toy{i}.csv"));
        let mut text = "date,spx,vix\n".to_owned();
        let columns = (input["spx"].as_array().unwrap(), input["vix"].as_array().unwrap());
        for (day, (spx, vix)) in columns.0.iter().zip(columns.1).enumerate() {
            writeln!(text, "2000-{:02}-{:02},{spx},{vix}", 1 + day / 28, 1 + day % 28).unwrap();
        }
        std::fs::write(&csv, text).unwrap();
        let (loaded, ledger) = walked(&scenario(&input["config"], &csv, &[]));
        let expected = &case["expected"];
        let rows = expected["ledger"].as_array().unwrap();
        assert_eq!(ledger.days(), rows.len());
        for (day, want) in rows.iter().enumerate() {
            for (column, want) in expected["columns"].as_array().unwrap().iter().zip(want.as_array().unwrap()) {
                let column = column.as_str().unwrap();
                let got = match column {
                    "t" => ledger.row[day] as f64,
                    "equity_pnl" => ledger.equity_pnl[day],
                    "hedge_mark_pnl" => ledger.hedge_mark_pnl[day],
                    "cost" => ledger.cost(day),
                    "multiplier" => ledger.multiplier[day],
                    "position" => ledger.position[day],
                    "traded" => ledger.traded[day],
                    "event" => ledger.event[day],
                    "price_or_vix" => ledger.price[day],
                    "roll" => ledger.roll[day],
                    other => panic!("unknown column {other}"),
                };
                differences(&got.into(), want, &format!("toy{i}[{day}].{column}"), &mut list);
            }
        }
        let got = serde_json::to_value(measure(&ledger, &setting(&loaded))).unwrap();
        differences(&got, &expected["metrics"], &format!("toy{i}"), &mut list);
    }
    expect_none(&list);
}
