//! Reviews say what the ledgers say, and every red flag is raised where it must be and not beside it.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::{Options, PathColumn, Silent, Trace, run, trace_all};
use hedgelab::metrics::review::MONTH;
use hedgelab::metrics::tally::Column;
use hedgelab::scenario::{Loaded, load};
use hedgelab::study::evaluate::{Findings, How, evaluate};
use hedgelab::study::flags;
use std::path::Path;

fn small(overrides: &[&str]) -> Loaded {
    let all: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    load(Path::new("tests/scenarios/small.yaml"), &all).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn findings(loaded: &Loaded) -> Findings {
    evaluate(&loaded.plan.task(), &How { threads: 1, stop: None, observer: &Silent }).unwrap()
}

/// Codes of the flags of a rule.
fn raised(findings: &Findings, rule: usize) -> Vec<&'static str> {
    findings.flags.iter().filter(|flag| flag.rule == rule).map(|flag| flag.kind.code).collect()
}

fn close(mine: f64, known: f64, what: &str) {
    assert!((mine - known).abs() <= 1e-12 + 1e-9 * known.abs(), "{what}: {mine} {known}");
}

/// Months, crash months, the best window and the regimes of eight paths, added up day by day from the ledgers.
#[test]
fn reviews_are_sums_of_the_ledger() {
    let plan = small(&["paths=8", "years=4"]).plan;
    let experiment = &plan.experiment;
    let capital = experiment.portfolio.capital();
    let outcome = run(experiment, &[], &Options::all(experiment), &Silent).unwrap();
    let mut crash_months = 0.0;
    for path in 0..8 {
        for (rule, trace) in trace_all(experiment, path as u64).iter().enumerate().take(experiment.named) {
            let column = |column| outcome.table.column(rule, column)[path];
            let whole = trace.days() / MONTH;
            let in_crash =
                |day: usize| trace.windows.iter().any(|w| w.peak < trace.row[day] && trace.row[day] <= w.trough);
            let (mut won, mut worst, mut paid, mut lost, mut crashes) = (0.0, f64::INFINITY, 0.0, 0.0, 0.0);
            for month in 0..whole {
                let days = month * MONTH..(month + 1) * MONTH;
                let sum = |number: &dyn Fn(&Trace, usize) -> f64| {
                    days.clone().map(|day| number(trace, day)).sum::<f64>() / capital
                };
                let (net, portfolio) = (sum(&Trace::net), sum(&|trace, day| trace.equity_pnl[day]));
                won += f64::from(u8::from(net > 0.0));
                worst = f64::min(worst, net + portfolio);
                if days.clone().any(in_crash) {
                    (paid, lost, crashes) = (paid + net, lost - portfolio, crashes + 1.0);
                }
            }
            close(column(Column::MonthsWon), won, "months won");
            close(column(Column::MonthWorst), worst, "worst month");
            close(column(Column::GainMonths), paid, "gain in crash months");
            close(outcome.path_column(PathColumn::LossMonths)[path], lost, "loss in crash months");
            close(outcome.path_column(PathColumn::CrashMonths)[path], crashes, "crash months");
            crash_months += crashes;
            let first = trace.row[0];
            let of_window =
                |from: usize, to: usize| (from + 1..=to).map(|row| trace.net(row - first)).sum::<f64>() / capital;
            let best = trace.windows.iter().map(|w| of_window(w.peak, w.trough)).fold(0.0, f64::max);
            close(column(Column::BestWindow), best, "best window");
            // A day belongs to the regime at the close before it; that of the first day is not in the ledger.
            for regime in 0..3 {
                let held = |day: &usize| trace.regime[day - 1] == regime as f64;
                let net: f64 = (1..trace.days()).filter(held).map(|day| trace.net(day) / capital).sum();
                let days = (1..trace.days()).filter(held).count() as f64;
                let counted = outcome.regimes[0][regime][path];
                assert!(counted == days || counted == days + 1.0, "{counted} {days}");
                if counted == days {
                    close(outcome.table.regime(rule, regime)[path], net, "net by regime");
                }
            }
            let all: f64 = (0..3).map(|regime| outcome.table.regime(rule, regime)[path]).sum();
            close(all, (0..trace.days()).map(|day| trace.net(day) / capital).sum(), "all regimes");
        }
    }
    assert!(crash_months > 10.0);
}

/// Half of the hedge, whatever the VIX: cheaper than the benchmark because it is less, with no merit anywhere else.
#[test]
fn a_rule_that_only_holds_less_is_called_so() {
    let half =
        "rules.vix_linear={hedge: put_3m, scale: [{signal: {vix: {}}, shape: {steps: {at: [1], give: [0, 0.5]}}}]}";
    let loaded = small(&["paths=400", "years=4", half]);
    let found = findings(&loaded);
    assert_eq!(raised(&found, 0), ["over_budget"]);
    assert!(raised(&found, 1).contains(&"holds_less"), "{:?}", found.flags);
    assert!(!raised(&found, 1).contains(&"vanishes_after_trough"));
    // The VIX rule holds more when hedges are dear: it saves nothing, and a window that ends at the trough flatters it.
    let found = findings(&small(&["paths=400", "years=4", "study.compare.twins=[equal_money]"]));
    assert!(!raised(&found, 1).contains(&"holds_less"), "{:?}", found.flags);
    assert!(raised(&found, 1).contains(&"vanishes_after_trough"), "{:?}", found.flags);
}

/// Short variance, VIX futures and calls have no largest loss; short puts have, and so has whatever is never short.
#[test]
fn shorts_without_a_bound() {
    let sold = |hedge: &str| {
        let plan = small(&[
            "+instruments.call={call: {underlying: SPX, moneyness: 1.05, tenor: 21}, size: {per_exposure: 1}}",
            "+instruments.future={vix_future: {month: 1}, size: {vega_bp: 20}}",
            &format!(
                "rules.vix_linear={{legs: [{{hedge: put_3m, share: 1}}, {{hedge: {hedge}, share: -0.5}}], hold: 1}}"
            ),
        ])
        .plan;
        flags::standing(&plan.experiment).iter().map(|flag| (flag.rule, flag.kind.code)).collect::<Vec<_>>()
    };
    for hedge in ["var_1m", "call", "future"] {
        assert_eq!(sold(hedge), [(1, "unbounded_short")], "{hedge}");
    }
    assert!(sold("put_1m").is_empty());
}

#[test]
fn many_inputs_and_a_high_sharpe_ratio() {
    let term = |signal: &str| format!("{{signal: {signal}, shape: {{ratio: {{to: 20}}}}}}");
    let signals = [
        "{vix: {}}",
        "{realized_vol: {window: 20}}",
        "{vix_smoothed: {mean: 10}}",
        "{percentile: {of: {vix: {}}, window: 252}}",
    ];
    let scale: Vec<String> = signals.iter().map(|signal| term(signal)).collect();
    let rule = |n: usize| format!("rules.vix_linear={{hedge: put_3m, scale: [{}]}}", scale[..n].join(", "));
    let codes = |n: usize| -> Vec<&'static str> {
        let plan = small(&[&rule(n)]).plan;
        flags::standing(&plan.experiment).iter().map(|flag| flag.kind.code).collect()
    };
    assert_eq!((codes(3), codes(4)), (vec![], vec!["many_inputs"]));
    let rich =
        findings(&small(&["paths=64", "years=2", "market.regime_svj.premium.equity={constant: 0.6}", "study={}"]));
    assert!(raised(&rich, 0).contains(&"sharpe") && raised(&rich, 1).contains(&"sharpe"));
}

/// What a budget pays is counted: never more than it for a put that is only bought, and nothing where there is none.
#[test]
fn budgets_are_counted() {
    let budget = "rules.vix_linear.limits={budget: {per_year: 0.01}}";
    let loaded = small(&["paths=16", "years=3", budget, "study={}"]);
    let found = findings(&loaded);
    let paid = |rule: usize| found.outcome.table.column(rule, Column::Paid);
    assert!(paid(0).iter().all(|paid| *paid == 0.0));
    assert!(paid(1).iter().all(|paid| *paid > 0.01 && *paid < 0.031), "{:?}", paid(1));
}
