//! The book of a run, chapter by chapter, in the order in which they are read: the answer first, then what it rests on, and
//! at the end what was assumed. Every chapter is a file with one function from [`Material`] to a section; a chapter that a
//! run has nothing for is left out.

mod assumptions;
mod checks;
mod choices;
mod convergence;
mod crashes;
mod frontier;
mod hers;
mod ledger;
mod realism;
mod response;
mod rules;
mod spread;
mod studies;
#[cfg(test)]
mod tests;
mod verdict;
mod words;

use super::book::{Book, Part, SCHEMA, Section};
use super::check::realism::{RealismReport, fresh_seed, realism};
use crate::engine::{Experiment, Trace, Twist};
use crate::scenario::resolve::Plan;
use crate::study::comparison::Twin;
use crate::study::evaluate::Findings;
use crate::study::twins::is_dynamic;

/// Paths that are kept day by day: of them the rules' responses are read.
pub const SAMPLE: usize = 8;

/// What is read of one of them: the VIX, and what each named rule held.
#[derive(Default)]
pub struct Sample {
    /// VIX at each close.
    pub vix: Vec<f64>,
    /// Multiplier after each close, by rule.
    pub multipliers: Vec<Vec<f64>>,
}

impl Sample {
    /// Adds the ledger of the next rule.
    pub fn push(&mut self, trace: &Trace) {
        if self.vix.is_empty() {
            self.vix.clone_from(&trace.vix);
        }
        self.multipliers.push(trace.multiplier.clone());
    }
}

/// What the chapters are written from.
pub struct Material<'a> {
    /// What was asked.
    pub plan: &'a Plan,
    /// What was found.
    pub findings: &'a Findings,
    /// The first paths.
    pub samples: &'a [Sample],
    /// The market beside history; none where it could not be simulated, or was not asked for.
    pub realism: Option<RealismReport>,
    /// The fixed rule that others are set beside.
    pub benchmark: usize,
    /// The dynamic rule that single pictures show.
    pub lead: Option<usize>,
    /// The command that makes this run again.
    pub command: &'a str,
    /// The scenario as it was resolved.
    pub resolved: &'a str,
    /// Is the seed kept for one last judgement? Whoever reads the days of its paths can tune by them.
    pub sealed: bool,
}

/// The experiment whose first paths are kept day by day: the named rules alone.
pub fn sampled(plan: &Plan) -> Experiment {
    let named = plan.experiment.named;
    plan.experiment.with_rules(plan.experiment.rules[..named].to_vec(), vec![Twist::None; named])
}

impl<'a> Material<'a> {
    /// Collects what the chapters need beside the findings: simulates the market of the realism card.
    pub fn new(
        plan: &'a Plan,
        findings: &'a Findings,
        samples: &'a [Sample],
        threads: usize,
        (command, resolved): (&'a str, &'a str),
        sealed: bool,
    ) -> Self {
        let experiment = &plan.experiment;
        let benchmark = plan.comparison.as_ref().map_or(0, |comparison| comparison.against);
        let judged = findings.pairings.iter().find(|p| p.twin.twin == Twin::EqualMoney && p.differences.is_some());
        let dynamic = || (0..experiment.named).find(|rule| *rule != benchmark && is_dynamic(&experiment.rules[*rule]));
        let lead = judged.map(|pairing| pairing.rule).or_else(dynamic).or((experiment.named > 1).then_some(1));
        let realism = realism(plan, fresh_seed(plan), threads, &|_, _| {}).ok();
        Self {
            plan,
            findings,
            samples,
            realism,
            benchmark,
            lead: lead.filter(|lead| *lead != benchmark),
            command,
            resolved,
            sealed,
        }
    }

    /// Name of a rule.
    fn name(&self, rule: usize) -> &'a str {
        &self.plan.experiment.rules[rule].name
    }

    /// Names of all named rules.
    fn names(&self) -> Vec<String> {
        (0..self.plan.experiment.named).map(|rule| self.name(rule).to_owned()).collect()
    }

    /// The benchmark, then the rule that single pictures show.
    fn pair(&self) -> Vec<usize> {
        std::iter::once(self.benchmark).chain(self.lead).collect()
    }

    /// "10,000 paths of 10 years".
    fn paths(&self) -> String {
        let length = self.plan.experiment.grid.years();
        let shown = super::layout::number((length * 10.0).round() / 10.0);
        let years = if shown == "1" { "1 year".to_owned() } else { format!("{shown} years") };
        if self.plan.history {
            return format!("one real path of {years}");
        }
        format!("{} of {years}", words::many(self.findings.outcome.simulated, "path", "paths"))
    }

    /// What the intervals of this run are: those of many paths, or of one real one.
    fn intervals(&self, of_paths: &'a str) -> &'a str {
        if self.plan.history {
            "intervals, where there are any, are 95 % of a block bootstrap of its days"
        } else {
            of_paths
        }
    }

    fn is_dynamic(&self, rule: usize) -> bool {
        is_dynamic(&self.plan.experiment.rules[rule])
    }
}

/// The whole book.
pub fn book(material: &Material<'_>) -> Book {
    let chapters = [
        frontier::section(material),
        hers::section(material),
        rules::section(material),
        spread::section(material),
        ledger::section(material),
        response::section(material),
        crashes::section(material),
        studies::section(material),
        realism::section(material),
        convergence::section(material),
        checks::section(material),
        assumptions::section(material),
    ];
    Book {
        schema: SCHEMA.to_owned(),
        title: material.plan.name.clone(),
        question: material.plan.question.clone(),
        facts: verdict::facts(material),
        banners: verdict::banners(material),
        verdict: verdict::verdict(material),
        sections: chapters.into_iter().flatten().map(drawn).filter(|section| !section.parts.is_empty()).collect(),
    }
}

/// A section without figures that have nothing to draw, and without tables that have no rows.
fn drawn(mut section: Section) -> Section {
    section.parts.retain(|part| match part {
        Part::Figure(figure) => !figure.is_empty(),
        Part::Table(table) => !table.rows.is_empty(),
        Part::Text(text) | Part::Code { text, .. } => !text.is_empty(),
    });
    // Words that explain a picture say nothing without it.
    if section.parts.iter().all(|part| matches!(part, Part::Text(_))) {
        section.parts.clear();
    }
    section
}

/// A section.
fn section(id: &str, title: &str, parts: Vec<Part>) -> Option<Section> {
    Some(Section { id: id.to_owned(), title: title.to_owned(), parts })
}
