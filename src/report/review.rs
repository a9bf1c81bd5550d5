//! Red flags, reviews by month and regime, and textbook formulas beside what was found.

use super::findings::metrics;
use super::layout::{figure, item, table};
use crate::scenario::resolve::Plan;
use crate::study::evaluate::Findings;
use crate::study::flags::Flag;
use crate::study::formulas::Formulas;
use crate::study::measure::Metric;
use crate::study::review::Review;
use crate::study::twins::is_dynamic;
use serde_json::{Map, Value, json};

/// The benchmark and the first dynamic rule (where they are one, or there is none, the first rules): what a terminal
/// has room for.
pub(super) fn shown(plan: &Plan) -> Vec<usize> {
    let experiment = &plan.experiment;
    let benchmark = plan.comparison.as_ref().map_or(0, |comparison| comparison.against);
    let dynamic = (0..experiment.named).find(|rule| *rule != benchmark && is_dynamic(&experiment.rules[*rule]));
    std::iter::once(benchmark).chain(dynamic).collect()
}

/// Reviews, formulas and red flags for a terminal.
pub fn text(plan: &Plan, findings: &Findings) -> String {
    let rules = shown(plan);
    let mut out = months(plan, findings, &rules);
    for rule in &rules {
        out.push_str(&regimes(&plan.experiment.rules[*rule].name, &findings.reviews[*rule]));
    }
    out.push_str(&formulas(plan, findings, &rules));
    out.push_str(&flags(plan, &findings.flags));
    out
}

fn value(list: &[Metric], name: &str) -> Option<f64> {
    Some(list.iter().find(|metric| metric.name == name)?.estimate?.value)
}

fn cell(number: Option<f64>, scale: f64) -> String {
    number.map_or("-".to_owned(), |x| figure(x * scale))
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn months(plan: &Plan, findings: &Findings, rules: &[usize]) -> String {
    let mut rows = vec![
        words(&[
            "rule",
            "hedge",
            "theta",
            "gamma",
            "net theta",
            "trading",
            "crash months",
            "Sharpe",
            "months",
            "worst",
        ]),
        words(&["", "P&L", "lost", "earned", "= cost", "cost", "paid back, %", "", "won, %", "month, %"]),
    ];
    for rule in rules {
        let list = &findings.reviews[*rule].month;
        let bp = ["hedge_pnl", "theta_lost", "gamma_earned", "cost", "trading_cost"]
            .map(|name| cell(value(list, name), 1.0));
        let percent = |name| cell(value(list, name), 100.0);
        let mut row = vec![plan.experiment.rules[*rule].name.clone()];
        row.extend(bp);
        row.extend([percent("crash_effectiveness"), cell(value(list, "sharpe"), 1.0)]);
        row.extend([percent("winning_months"), percent("worst_month")]);
        rows.push(row);
    }
    format!(
        "\nThe mean month, bp of capital; cost is theta net of gamma, which is the variance premium paid\n{}",
        table(&rows)
    )
}

fn regimes(name: &str, review: &Review) -> String {
    if review.regimes.is_empty() {
        return String::new();
    }
    let mut rows =
        vec![words(&["regime", "days, %", "portfolio, % a year", "hedge, bp a year of all", "cost, bp a year in it"])];
    for stay in &review.regimes {
        let one = |name, scale| cell(value(&stay.metrics, name), scale);
        rows.push(vec![
            stay.regime.clone(),
            one("days", 100.0),
            one("portfolio_return", 100.0),
            one("hedge_pnl", 1.0),
            one("cost", 1.0),
        ]);
    }
    format!("\n{name} by the regime at the close before the day\n{}", table(&rows))
}

fn formulas(plan: &Plan, findings: &Findings, rules: &[usize]) -> String {
    let mut out = String::new();
    for rule in rules {
        if let Some(found) = &findings.formulas[*rule] {
            let dynamic = is_dynamic(&plan.experiment.rules[*rule]);
            out.push_str(&item("  ", &in_words(&plan.experiment.rules[*rule].name, found, dynamic)));
        }
    }
    if out.is_empty() { out } else { format!("\nTextbook formulas beside what was found, bp of capital a year\n{out}") }
}

fn in_words(name: &str, found: &Formulas, dynamic: bool) -> String {
    let Formulas { cost, sharpe, gamma, options } = found;
    let part = |ratio: Option<f64>| ratio.map_or("no multiple".to_owned(), |x| format!("{:.0} %", 100.0 * x));
    let mut text = if dynamic {
        format!(
            "{name}: loses {:.0}, {} of its fixed hedge's {:.0}; by theta and trading {:.0}, {} of {:.0} (the textbook: 50-70 %).",
            cost.dynamic,
            part(cost.ratio),
            cost.fixed,
            cost.dynamic_by_theta,
            part(cost.ratio_by_theta),
            cost.fixed_by_theta
        )
    } else {
        format!(
            "{name}: loses {:.0}; N x theta x T says {:.0}, gross of gamma.",
            cost.dynamic, cost.mean_multiplier_by_theta
        )
    };
    let held = sharpe.held.map_or("not a hedge".to_owned(), |held| format!("held at {held:.2} of that size"));
    text.push_str(&format!(
        " Sharpe {:.3}; (mu - C) / (sigma sqrt(1 - rho^2)) says {:.3}, right at the minimum-variance size only: {held}.",
        sharpe.simulated, sharpe.formula
    ));
    if !options {
        return text;
    }
    text.push_str(&format!(
        " Gamma less theta {:.0}; 1/2 Gamma E[dS^2] - theta dt says {:.0} at a realized variance of {:.2} times the implied.",
        gamma.ledger, gamma.formula, gamma.variance_ratio
    ));
    text
}

/// Red flags, one line a kind with its rules.
fn flags(plan: &Plan, flags: &[Flag]) -> String {
    let mut out = String::new();
    let mut rest = flags;
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|flag| flag.kind == first.kind).count();
        let name = |flag: &Flag| format!("{} ({})", plan.experiment.rules[flag.rule].name, flag.figure);
        let rules: Vec<String> = rest[..same].iter().map(name).collect();
        out.push_str(&item("  - ", &format!("{}: {}", first.kind.title, rules.join(", "))));
        rest = &rest[same..];
    }
    if out.is_empty() { "\nNo red flags\n".to_owned() } else { format!("\nRed flags\n{out}") }
}

/// The key `flags` of summary.json.
pub fn flags_json(plan: &Plan, findings: &Findings) -> Value {
    let one = |flag: &Flag| json!({ "rule": plan.experiment.rules[flag.rule].name, "code": flag.kind.code, "text": flag.text });
    findings.flags.iter().map(one).collect()
}

/// The key `reviews` of summary.json.
pub fn reviews_json(plan: &Plan, findings: &Findings) -> Value {
    let review = |(rule, review): (usize, &Review)| {
        let regimes: Map<String, Value> =
            review.regimes.iter().map(|stay| (stay.regime.clone(), metrics(&stay.metrics))).collect();
        let entry = json!({ "month": metrics(&review.month), "regimes": regimes });
        (plan.experiment.rules[rule].name.clone(), entry)
    };
    Value::Object(findings.reviews.iter().enumerate().map(review).collect())
}

/// The key `formulas` of summary.json.
pub fn formulas_json(plan: &Plan, findings: &Findings) -> Value {
    let one = |(rule, found): (usize, &Option<Formulas>)| (plan.experiment.rules[rule].name.clone(), json!(found));
    Value::Object(findings.formulas.iter().enumerate().map(one).collect())
}
