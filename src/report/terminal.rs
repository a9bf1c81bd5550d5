//! Findings for a terminal of 100 columns: tables, then one closing sentence.

use super::layout::wrap;
use super::mistakes::sentence;
use super::tables::{sheets, show};
use crate::scenario::resolve::Plan;
use crate::study::comparison::{Twin, Verdict};
use crate::study::evaluate::{Findings, count};

/// All tables and the closing sentence.
pub fn render(plan: &Plan, findings: &Findings) -> String {
    let mut text = heading(plan, findings);
    text.push_str(&super::bars::text(plan, findings));
    for sheet in sheets(plan, findings) {
        text.push_str(&sheet.text());
    }
    text.push_str(&super::answers::text(&findings.answers));
    text.push_str(&super::review::text(plan, findings));
    for caveat in &findings.caveats {
        text.push_str(&wrap(&format!("note: {}", caveat.text)));
    }
    text.push('\n');
    text.push_str(&wrap(&closing(plan, findings)));
    text
}

fn heading(plan: &Plan, findings: &Findings) -> String {
    let question = plan.question.as_ref().map_or_else(String::new, |question| wrap(question));
    format!("{question}{}: {}\n", plan.name, size(plan, findings))
}

/// Paths, years and seed, then how many crashes there are.
pub fn size(plan: &Plan, findings: &Findings) -> String {
    let years = plan.experiment.grid.years();
    let paths = if plan.history {
        format!("one real path of {years:.1} years")
    } else {
        format!("{} paths of {years:.1} years, seed {}", findings.outcome.simulated, plan.experiment.seed)
    };
    let of = |name: &str| {
        findings.crashes.iter().find(|m| m.name == name).and_then(|m| m.estimate).map_or(f64::NAN, |e| e.value)
    };
    format!(
        "{paths}\n{:.2} crash windows a year ({:.2} flash, {:.2} fast, {:.2} grind), {:.0} % of days inside one",
        of("crashes"),
        of("crashes_flash"),
        of("crashes_fast"),
        of("crashes_grind"),
        100.0 * of("crash_days")
    )
}

/// The numbers of the run in a sentence or two: mistakes or the comparison, and what studies with rules of their own found.
pub fn closing(plan: &Plan, findings: &Findings) -> String {
    let told: Vec<String> = findings.answers.iter().map(|answer| answer.closing.clone()).collect();
    let alone =
        !told.is_empty() && plan.comparison.is_none() && plan.choices.is_empty() && findings.mistakes.is_empty();
    let first = if alone { None } else { Some(compared(plan, findings)) };
    first.into_iter().chain(told).collect::<Vec<_>>().join(" ")
}

/// How many rules protect better than the fixed hedge that loses the same money.
pub fn tally(findings: &Findings) -> String {
    let equal = || findings.pairings.iter().filter(|p| p.twin.twin == Twin::EqualMoney);
    let judged = equal().filter(|p| p.differences.is_some()).count();
    let others = match equal().count() - judged {
        0 => String::new(),
        1 => " One more has no such hedge.".to_owned(),
        n => format!(" {n} more have no such hedge."),
    };
    let of = |verdict| count(&findings.pairings, verdict);
    let neither = judged - of(Verdict::Better) - of(Verdict::Worse);
    format!(
        "At equal money lost {} of {judged} dynamic rules protect better than a fixed hedge, {} worse, {neither} neither.{others}",
        of(Verdict::Better),
        of(Verdict::Worse)
    )
}

/// One sentence with the numbers of the rules.
fn compared(plan: &Plan, findings: &Findings) -> String {
    if let Some(told) = findings.mistakes.first() {
        return sentence(plan, told);
    }
    let name = |rule: usize| &plan.experiment.rules[rule].name;
    let first = findings.pairings.iter().find(|p| p.twin.twin == Twin::EqualMoney && p.differences.is_some());
    if let Some((pairing, found)) = first.and_then(|p| p.differences.as_ref().map(|d| (p, d))) {
        let size = pairing.twin.size.as_ref().map_or(f64::NAN, |s| s.value);
        return format!(
            "{} {} against a fixed hedge of {size:.2}: worst years {} points, drawdown {} points, HER at +21 days {}: {}.",
            tally(findings),
            name(pairing.rule),
            show(found.shortfall.as_ref(), 100.0),
            show(found.drawdown.as_ref(), 100.0),
            show(found.her21.as_ref(), 1.0),
            found.verdict(pairing.twin.twin).words()
        );
    }
    let cost = |rule: usize| findings.metric(rule, "total_cost_bp_per_year");
    let her = |rule: usize| findings.metric(rule, "her_plus21");
    let parts: Vec<String> = super::review::shown(plan)
        .into_iter()
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
