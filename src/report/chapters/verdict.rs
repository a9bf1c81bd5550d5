//! The answer in words, what was run, and what to know before anything else.

use super::Material;
use crate::report::layout::{capital, count, number};
use crate::report::tables::show;
use crate::report::terminal::{closing, tally};
use crate::stats::estimate::Estimate;
use crate::study::comparison::{Pairing, Twin, Verdict};
use crate::study::evaluate::Findings;

/// Name and value of what was run.
pub fn facts(material: &Material<'_>) -> Vec<(String, String)> {
    let (plan, outcome) = (material.plan, &material.findings.outcome);
    let experiment = &plan.experiment;
    let mut list = vec![("scenario".to_owned(), plan.name.clone())];
    let mut say = |name: &str, value: String| list.push((name.to_owned(), value));
    if plan.history {
        let dates = experiment.market.calendar().unwrap_or_default();
        let day = |row: usize| dates.get(row).cloned().unwrap_or_default();
        say("history", format!("{} to {}", day(experiment.grid.first()), day(experiment.grid.rows() - 1)));
    } else {
        say("seed", experiment.seed.to_string());
        say("paths", count(outcome.simulated));
    }
    say("years", number((experiment.grid.years() * 10.0).round() / 10.0));
    say("rules", experiment.named.to_string());
    say("hedgelab", env!("CARGO_PKG_VERSION").to_owned());
    say("intervals", if plan.history { "95 %, block bootstrap" } else { "95 %, Monte Carlo" }.to_owned());
    list
}

/// Interrupted runs, and checks that failed.
pub fn banners(material: &Material<'_>) -> Vec<String> {
    let findings = material.findings;
    let mut list = Vec::new();
    if findings.interrupted {
        let (done, asked) = (findings.outcome.simulated, material.plan.experiment.paths);
        list.push(match done == asked {
            true => "Interrupted: comparisons or studies are missing.".to_owned(),
            false => format!("Interrupted: the results cover {} of {} paths.", count(done), count(asked)),
        });
    }
    let failed: Vec<&str> =
        findings.checks.iter().filter(|check| !check.holds()).map(|check| check.about.as_str()).collect();
    if !failed.is_empty() {
        list.push(format!("A check of the model failed: {}. See Model checks below.", failed.join("; ")));
    }
    let loud = ["flat_vix_marks", "few_paths", "seal_broken"];
    list.extend(findings.caveats.iter().filter(|c| loud.contains(&c.code)).map(|c| capital(&c.text)));
    list
}

/// What the run says: the rule that single pictures show, then all of them, then the studies.
pub fn verdict(material: &Material<'_>) -> Vec<String> {
    let findings = material.findings;
    let pairing = findings
        .pairings
        .iter()
        .find(|p| Some(p.rule) == material.lead && p.twin.twin == Twin::EqualMoney && p.differences.is_some());
    match pairing.and_then(|pairing| beside(material, pairing)).filter(|_| findings.mistakes.is_empty()) {
        Some(first) => {
            let told = findings.answers.iter().map(|answer| answer.closing.clone());
            let all: Vec<String> = std::iter::once(tally(findings)).chain(less_equity(findings)).collect();
            [first, all.join(" ")].into_iter().chain(told).collect()
        }
        None => vec![closing(material.plan, findings)],
    }
}

/// How the rules stand beside less equity in place of any hedge.
fn less_equity(findings: &Findings) -> Option<String> {
    let found = findings.pairings.iter().filter(|pairing| pairing.twin.twin == Twin::HoldLess);
    let verdicts: Vec<Verdict> =
        found.filter_map(|p| p.differences.as_ref()).map(|found| found.verdict(Twin::HoldLess)).collect();
    let of = |wanted: Verdict| verdicts.iter().filter(|verdict| **verdict == wanted).count();
    let (better, worse) = (of(Verdict::Better), of(Verdict::Worse));
    (!verdicts.is_empty()).then(|| {
        format!(
            "Beside holding so much less equity that the same money is lost: {better} better, {worse} worse, {} neither.",
            verdicts.len() - better - worse
        )
    })
}

/// A rule beside the fixed hedge that lost the same money.
fn beside(material: &Material<'_>, pairing: &Pairing) -> Option<String> {
    let found = pairing.differences.as_ref()?;
    let size = show(pairing.twin.size.as_ref().ok()?.estimate("ratio").as_ref(), 1.0);
    let protects = match found.verdict(Twin::EqualMoney) {
        Verdict::Better => "protects better than",
        Verdict::Worse => "protects worse than",
        Verdict::Mixed => "protects better in some ways and worse in others than",
        Verdict::Undecided | Verdict::Unknown => "protects no better, as far as can be told, than",
    };
    let years = moved(found.shortfall.as_ref(), 1.0, "worst years", "points");
    let drawdown = moved(found.drawdown.as_ref(), -1.0, "drawdown", "points");
    Some(format!(
        "At equal money lost {} {protects} a fixed hedge of {size}: {years}, {drawdown}; {}.",
        material.name(pairing.rule),
        paid_back(pairing.trough.as_ref(), found.her21.as_ref())
    ))
}

/// A difference in words: not told apart, better or worse.
fn moved(estimate: Option<&Estimate>, good: f64, what: &str, unit: &str) -> String {
    let Some(e) = estimate else { return format!("{what} not defined") };
    if !e.excludes_zero() {
        return format!("{what} not told apart ({} {unit})", show(Some(e), 100.0));
    }
    let word = if e.value * good > 0.0 { "better" } else { "worse" };
    let shown = Estimate { value: e.value.abs(), ..*e };
    format!("{what} {} {unit} {word}", show(Some(&shown), 100.0))
}

/// What it pays back at the trough, and what is left of that 21 days later.
fn paid_back(trough: Option<&Estimate>, later: Option<&Estimate>) -> String {
    let side = |e: Option<&Estimate>| e.filter(|e| e.excludes_zero()).map_or(0.0, |e| e.value.signum());
    let told = |e: Option<&Estimate>| show(e, 1.0);
    let trough_words = match side(trough) {
        1.0 => Some("more"),
        -1.0 => Some("less"),
        _ => None,
    };
    let at_trough = trough_words.map(|word| {
        format!("it pays back {word} of the loss at the trough (HER {} beside the fixed hedge)", told(trough))
    });
    let after = match (side(trough), side(later)) {
        (1.0, -1.0) => "has given back more than that 21 days later",
        (_, -1.0) => "has paid back less 21 days later",
        (_, 1.0) => "has paid back more 21 days later",
        _ => "no difference is told 21 days later",
    };
    let after = format!("{after} (HER {})", told(later));
    match at_trough {
        Some(first) => format!("{first} and {after}"),
        None if side(later) == 0.0 => after,
        None => format!("it {after}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(value: f64, se: f64) -> Estimate {
        Estimate::normal(value, Some(se), 0.95, 100, "test").unwrap()
    }

    #[test]
    fn differences_are_said_in_words() {
        let level = moved(Some(&estimate(0.001, 0.002)), 1.0, "worst years", "points");
        assert!(level.starts_with("worst years not told apart (0.10"), "{level}");
        let worse = moved(Some(&estimate(0.011, 0.003)), -1.0, "drawdown", "points");
        assert!(worse.starts_with("drawdown 1.10") && worse.ends_with("points worse"), "{worse}");
        let back = paid_back(Some(&estimate(0.1, 0.01)), Some(&estimate(-0.05, 0.01)));
        assert!(
            back.contains("more of the loss at the trough") && back.contains("given back more than that"),
            "{back}"
        );
        let open = paid_back(Some(&estimate(0.1, 0.01)), Some(&estimate(-0.02, 0.014)));
        assert!(open.contains("and no difference is told 21 days later"), "{open}");
        assert!(paid_back(None, Some(&estimate(0.0, 0.1))).starts_with("no difference is told"));
        assert!(paid_back(None, Some(&estimate(-0.2, 0.01))).starts_with("it has paid back less"));
    }
}
