//! Choices see no day that they are judged on, and what they report is what a count by hand gives.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::{Options, Silent, run};
use hedgelab::scenario::load_text;
use hedgelab::scenario::resolve::Plan;
use hedgelab::stats::splits::Split;
use hedgelab::study::walk_forward::{NUMBERS, WalkForward};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

/// First evaluated row of the sample: a year of warm-up comes before it.
const FIRST: usize = 252;

/// Date, index and VIX of every row of the sample.
fn sample() -> Vec<(String, f64, f64)> {
    let text = std::fs::read_to_string("scenarios/data/spx_vix_sample.csv").unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[0].to_owned(), cells[1].parse().unwrap(), cells[2].parse().unwrap())
    };
    text.lines().skip(2).map(row).collect()
}

/// The sample with other prices on some evaluated days: a crash and a rebound that were not there.
fn changed(days: Range<usize>) -> Vec<(String, f64, f64)> {
    let mut rows = sample();
    for (i, row) in rows[FIRST + days.start..FIRST + days.end].iter_mut().enumerate() {
        let fall = 0.25 * (1.0 + (i as f64 / 9.0).sin());
        row.1 *= 1.0 - fall;
        row.2 *= 1.0 + 3.0 * fall;
    }
    rows
}

fn plan(rows: &[(String, f64, f64)], folder: &Path, objective: &str) -> Plan {
    let mut csv = "date,spx,vix\n".to_owned();
    for (date, spx, vix) in rows {
        writeln!(csv, "{date},{spx:.4},{vix:.4}").unwrap();
    }
    let file = folder.join("prices.csv");
    std::fs::write(&file, csv).unwrap();
    let text = format!(
        r"
version: 1
name: choices
market: {{ history: {{ csv: {}, date: date, spot: spx, vix: vix }} }}
portfolio: {{ capital: 1000000, assets: {{ SPX: {{ weight: 1 }} }} }}
instruments:
  put: {{ put: {{ underlying: SPX, moneyness: 0.95, tenor: 21 }}, size: {{ per_exposure: 1 }}, cost: {{ of_premium: 0.01 }} }}
rules:
  fixed: {{ hedge: put, hold: 1 }}
  linear:
    hedge: put
    scale: [ {{ signal: {{ vix: {{}} }}, shape: {{ linear: {{ from: {{ tune: [10, 6, 14, 18] }}, width: {{ tune: [15, 5, 30] }} }} }} }} ]
    rebalance: {{ any: [ {{ points: 3 }}, {{ every: 5 }} ] }}
    limits: {{ floor: {{ tune: [0.2, 1] }}, cap: 2 }}
study:
  crash: {{ drawdown: 0.05 }}
  split: {{ choose_by: {objective} }}
  walk_forward: {{ train: 1y, test: 126d, choose_by: {objective} }}
",
        file.display()
    );
    load_text("choices", &text, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false))).plan
}

/// What one split keeps of the history: numbers, and which member was chosen.
fn record(plan: &Plan, split: &Split) -> Vec<f64> {
    let known = &plan.choices[0];
    let one = WalkForward::new("one", vec![split.clone()], known.objective, known.grids.clone());
    let found = run(&plan.experiment, &[&one], &Options::all(&plan.experiment), &Silent).unwrap();
    found.records[0].clone()
}

/// On every split, rolling and anchored and by halves, and by every objective: other prices on the days that a choice is
/// judged on change neither the choice nor what it reports of its own days; they do change the judgement.
#[test]
fn no_choice_sees_a_day_that_it_is_judged_on() {
    let folder = tempfile::tempdir().unwrap();
    let objectives = [
        "es_at_equal_money",
        "sharpe",
        "cost",
        "her_plus21",
        "{ squared_shortfall: { gamma: 20 } }",
        "{ utility: { risk_aversion: 4 } }",
    ];
    let number = |name: &str| NUMBERS.iter().position(|(known, _)| *known == name).unwrap();
    let (inside, outside) = (number("in_sample"), number("out_of_sample_sharpe"));
    for objective in objectives {
        let honest = plan(&sample(), folder.path(), objective);
        let splits: Vec<Split> = honest.choices.iter().flat_map(|study| study.splits.clone()).collect();
        let anchored = splits.iter().map(|split| Split { train: 0..split.train.end, test: split.test.clone() });
        let all: Vec<Split> = splits.iter().cloned().chain(anchored).collect();
        assert!(all.len() >= 8, "{}", all.len());
        for split in all {
            let other = plan(&changed(split.test.clone()), folder.path(), objective);
            let (before, after) = (record(&honest, &split), record(&other, &split));
            // A history without a crash has no HER: the same bits, be they a number or none.
            assert_eq!(before[inside].to_bits(), after[inside].to_bits(), "{objective} {split:?}");
            assert_eq!(before[NUMBERS.len()..], after[NUMBERS.len()..], "{objective} {split:?}: another choice");
            assert_ne!(before[outside], after[outside], "{objective} {split:?}: the days were not changed");
        }
    }
}
