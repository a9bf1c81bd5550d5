//! Findings for a terminal of 100 columns: tables, then one closing sentence.

use super::layout::item;
use crate::scenario::resolve::Plan;
use crate::stats::estimate::Estimate;
use crate::study::comparison::{Pairing, Twin, Verdict};
use crate::study::evaluate::{Findings, count};
use crate::study::walk_forward::{Choice, Objective};
use std::fmt::Write;

/// Longest name that a table shows.
const NAME: usize = 18;

/// All tables and the closing sentence.
pub fn render(plan: &Plan, findings: &Findings) -> String {
    let mut text = heading(plan, findings);
    text.push_str(&rules(plan, findings));
    text.push_str(&hers(plan, findings));
    text.push_str(&twins(plan, findings));
    text.push_str(&other_twins(plan, findings));
    text.push_str(&choices(findings));
    for caveat in &findings.caveats {
        text.push_str(&wrap(&format!("note: {}", caveat.text)));
    }
    text.push('\n');
    text.push_str(&wrap(&closing(plan, findings)));
    text
}

fn heading(plan: &Plan, findings: &Findings) -> String {
    let mut text = String::new();
    if let Some(question) = &plan.question {
        text.push_str(&wrap(question));
    }
    let years = plan.experiment.grid.years();
    if plan.history {
        let _ = writeln!(text, "{}: one real path of {years:.1} years", plan.name);
    } else {
        let seed = plan.experiment.seed;
        let _ = writeln!(text, "{}: {} paths of {years:.1} years, seed {seed}", plan.name, findings.outcome.paths);
    }
    let of = |name: &str| {
        findings.crashes.iter().find(|m| m.name == name).and_then(|m| m.estimate).map_or(f64::NAN, |e| e.value)
    };
    let _ = writeln!(
        text,
        "{:.2} crash windows a year ({:.2} flash, {:.2} fast, {:.2} grind), {:.0} % of days inside one",
        of("crashes"),
        of("crashes_flash"),
        of("crashes_fast"),
        of("crashes_grind"),
        100.0 * of("crash_days")
    );
    text
}

/// `value ± se`, scaled, digits cut at the second digit of the error.
fn show(estimate: Option<&Estimate>, scale: f64) -> String {
    let Some(e) = estimate else { return "-".to_owned() };
    match e.se {
        Some(se) if se > 0.0 => {
            let digits = (1.0 - (se * scale).log10().floor()).clamp(0.0, 4.0) as usize;
            format!("{:.digits$} ±{:.digits$}", e.value * scale, se * scale)
        }
        _ => format!("{:.2}", e.value * scale),
    }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME { name.to_owned() } else { name.chars().take(NAME - 1).chain(['~']).collect() }
}

fn rules(plan: &Plan, findings: &Findings) -> String {
    let mut text = format!(
        "\n{:NAME$} {:>13} {:>11} {:>9} {:>13} {:>13} {:>14}\n{:NAME$} {:>13} {:>11} {:>9} {:>13} {:>13} {:>14}\n",
        "rule",
        "money lost",
        "of it costs",
        "mean",
        "worst 5 % of",
        "max drawdown",
        "Sharpe",
        "",
        "bp/year",
        "bp/year",
        "multiple",
        "years, %",
        "%",
        ""
    );
    let risk = |name: &str| {
        let name = if name == "sharpe_hedged" { "sharpe_unhedged" } else { name };
        findings.unhedged.iter().find(|m| m.name == name).and_then(|m| m.estimate)
    };
    let mut row = |name: &str, get: &dyn Fn(&str) -> Option<Estimate>| {
        let one = |metric: &str, scale: f64| show(get(metric).as_ref(), scale);
        let _ = writeln!(
            text,
            "{:NAME$} {:>13} {:>11} {:>9} {:>13} {:>13} {:>14}",
            cut(name),
            one("total_cost_bp_per_year", 1.0),
            get("transaction_cost_bp_per_year").map_or("-".to_owned(), |e| format!("{:.1}", e.value)),
            get("mean_multiplier").map_or("-".to_owned(), |e| format!("{:.2}", e.value)),
            one("es5_yearly", 100.0),
            one("max_drawdown", 100.0),
            one("sharpe_hedged", 1.0),
        );
    };
    row("unhedged", &risk);
    for rule in 0..plan.experiment.named {
        row(&plan.experiment.rules[rule].name, &|metric| findings.metric(rule, metric).copied());
    }
    text.push_str("± is one standard error; intervals at 95 % are in summary.json\n");
    text
}

fn hers(plan: &Plan, findings: &Findings) -> String {
    let mut text = format!(
        "\nHER: hedge gain over the portfolio's loss to the trough, read at four ends{}\n{:NAME$} {:>13} {:>13} {:>13} {:>13} {:>11}\n",
        if findings.null.is_empty() { "" } else { "; null: same rules and shocks, no premia" },
        "rule",
        "trough*",
        "+5 days",
        "+21 days",
        "end",
        "null trough"
    );
    for rule in 0..plan.experiment.named {
        let one = |metric: &str| show(findings.metric(rule, metric), 1.0);
        let null = findings.null.iter().find(|(known, _)| *known == rule).and_then(|(_, list)| list[0].estimate);
        let _ = writeln!(
            text,
            "{:NAME$} {:>13} {:>13} {:>13} {:>13} {:>11}",
            cut(&plan.experiment.rules[rule].name),
            one("her_pooled"),
            one("her_plus5"),
            one("her_plus21"),
            one("her_recovery"),
            null.map_or("-".to_owned(), |e| format!("{:.3}", e.value)),
        );
    }
    text.push_str(
        "* a window that ends at the trough knows the future: it favours any rule that grows with the VIX. In the\n\
         null world hedges are fairly priced and earn nothing over all days: what HER is left there is hindsight\n",
    );
    text
}

fn twins(plan: &Plan, findings: &Findings) -> String {
    let equal: Vec<&Pairing> = findings.pairings.iter().filter(|p| p.twin.twin == Twin::EqualMoney).collect();
    if equal.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\nRule minus the fixed hedge that loses the same money\n{:NAME$} {:>13} {:>15} {:>15} {:>15} {:>10}\n",
        "rule", "fixed size", "worst years, %", "drawdown, %", "HER +21", "protects"
    );
    for pairing in equal {
        let name = cut(&plan.experiment.rules[pairing.rule].name);
        match (&pairing.twin.size, &pairing.differences) {
            (Ok(size), Some(found)) => {
                let size = size.estimate("ratio");
                let _ = writeln!(
                    text,
                    "{name:NAME$} {:>13} {:>15} {:>15} {:>15} {:>10}",
                    show(size.as_ref(), 1.0),
                    show(found.shortfall.as_ref(), 100.0),
                    show(found.drawdown.as_ref(), 100.0),
                    show(found.her21.as_ref(), 1.0),
                    found.verdict(pairing.twin.twin).words()
                );
            }
            (Err(why), _) => {
                let _ = writeln!(text, "{name:NAME$} no such fixed hedge: {why}");
            }
            _ => {
                let _ = writeln!(text, "{name:NAME$} not defined on these paths");
            }
        }
    }
    text.push_str(
        "\"better\" and \"worse\" need worst years, drawdown and HER at +21 days to agree, each beyond its interval\n",
    );
    text
}

/// Verdicts beside every kind of twin that was walked.
fn other_twins(plan: &Plan, findings: &Findings) -> String {
    let kinds: Vec<Twin> =
        Twin::ALL.into_iter().filter(|kind| findings.pairings.iter().any(|p| p.twin.twin == *kind)).collect();
    if kinds.len() < 2 {
        return String::new();
    }
    let mut text = format!("\nDoes the rule protect better than its twin?\n{:NAME$}", "rule");
    let line = |text: &mut String, cells: Vec<&str>| {
        for cell in cells {
            let _ = write!(text, " {cell:>15}");
        }
        text.push('\n');
    };
    line(&mut text, kinds.iter().map(|kind| kind.name()).collect());
    let mut rules: Vec<usize> = findings.pairings.iter().map(|p| p.rule).collect();
    rules.dedup();
    for rule in rules {
        let verdict = |kind: &Twin| {
            let pairing = findings.pairings.iter().find(|p| p.rule == rule && p.twin.twin == *kind);
            pairing.and_then(|p| p.differences.as_ref()).map_or("-", |found| found.verdict(*kind).words())
        };
        let _ = write!(text, "{:NAME$}", cut(&plan.experiment.rules[rule].name));
        line(&mut text, kinds.iter().map(verdict).collect());
    }
    text
}

fn choices(findings: &Findings) -> String {
    let mut text = String::new();
    for (study, list) in &findings.choices {
        let (scale, unit) = match study.objective {
            Objective::EsAtEqualMoney => (100.0, "% of capital in 21 days, more is better"),
            Objective::Cost => (1e4, "bp of capital a year, more is better"),
            Objective::Sharpe | Objective::HerPlus21 => (1.0, study.objective.unit()),
        };
        let _ = writeln!(
            text,
            "\n{}: chosen by {} ({})\n{:NAME$} {:>6} {:>14} {:>14} {:>14} {:>14} {:>14}",
            study.name,
            study.objective.name(),
            unit,
            "rule",
            "grid",
            "in sample",
            "untuned",
            "out of sample",
            "untuned",
            "optimism"
        );
        for choice in list {
            let one = |i: usize| show(choice.numbers[i].as_ref(), scale);
            let _ = writeln!(
                text,
                "{:NAME$} {:>6} {:>14} {:>14} {:>14} {:>14} {:>14}",
                cut(&choice.rule),
                choice.members.len(),
                one(0),
                one(1),
                one(2),
                one(3),
                show(choice.optimism.as_ref(), scale)
            );
            text.push_str(&wrap(&format!("  chosen: {}", favourites(choice))));
        }
    }
    if !findings.choices.is_empty() {
        text.push_str(&wrap(
            "untuned: the first value of a grid; optimism: the choice's advantage over it in sample, less that out of \
             sample; where the fixed hedge earns money nothing can be matched, and it is held at size 1",
        ));
    }
    text
}

/// The members that were chosen most, with their shares of all folds and paths.
fn favourites(choice: &Choice) -> String {
    let mut list: Vec<(f64, &String)> = choice.chosen.iter().copied().zip(&choice.members).collect();
    list.sort_by(|a, b| b.0.total_cmp(&a.0));
    let shown: Vec<String> =
        list.iter().take(3).map(|(share, name)| format!("{name} {:.0} %", share * 100.0)).collect();
    shown.join(", ")
}

/// One sentence with the numbers of the run.
pub fn closing(plan: &Plan, findings: &Findings) -> String {
    let name = |rule: usize| &plan.experiment.rules[rule].name;
    let first = findings.pairings.iter().find(|p| p.twin.twin == Twin::EqualMoney && p.differences.is_some());
    if let Some((pairing, found)) = first.and_then(|p| p.differences.as_ref().map(|d| (p, d))) {
        let equal = || findings.pairings.iter().filter(|p| p.twin.twin == Twin::EqualMoney);
        let judged = equal().filter(|p| p.differences.is_some()).count();
        let others = match equal().count() - judged {
            0 => String::new(),
            1 => " One more has no such hedge.".to_owned(),
            n => format!(" {n} more have no such hedge."),
        };
        let of = |verdict| count(&findings.pairings, verdict);
        let size = pairing.twin.size.as_ref().map_or(f64::NAN, |s| s.value);
        return format!(
            "At equal money lost {} of {judged} dynamic rules protect better than a fixed hedge, {} worse, {} neither.{others} \
             {} against a fixed hedge of {size:.2}: worst years {} points, drawdown {} points, HER at +21 days {}: {}.",
            of(Verdict::Better),
            of(Verdict::Worse),
            judged - of(Verdict::Better) - of(Verdict::Worse),
            name(pairing.rule),
            show(found.shortfall.as_ref(), 100.0),
            show(found.drawdown.as_ref(), 100.0),
            show(found.her21.as_ref(), 1.0),
            found.verdict(pairing.twin.twin).words()
        );
    }
    let cost = |rule: usize| findings.metric(rule, "total_cost_bp_per_year");
    let her = |rule: usize| findings.metric(rule, "her_plus21");
    let parts: Vec<String> = (0..plan.experiment.named.min(2))
        .map(|rule| {
            format!(
                "{} lost {} bp a year with a HER of {} at +21 days",
                name(rule),
                show(cost(rule), 1.0),
                show(her(rule), 1.0)
            )
        })
        .collect();
    format!("{}.", parts.join("; "))
}

/// A paragraph of at most 100 columns.
fn wrap(text: &str) -> String {
    item("", text)
}
