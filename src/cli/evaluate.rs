//! What `run` asks of the evaluation: the findings of a plan, as JSON and as text.

use hedgelab::engine::{self, Observer, Options, Outcome};
use hedgelab::metrics::tally::Column;
use hedgelab::scenario::resolve::Plan;
use serde_json::{Map, Value, json};
use std::sync::atomic::AtomicBool;

/// How to evaluate: nothing here may change the answer.
pub struct How<'a> {
    /// Threads (0: one a core).
    pub threads: usize,
    /// Set to stop after the blocks that are under way.
    pub stop: Option<&'a AtomicBool>,
    /// Learns how far the evaluation is.
    pub observer: &'a dyn Observer,
}

/// What was found out.
pub struct Findings {
    /// Rows by rule and path.
    pub outcome: Outcome,
    /// Was the run stopped before its end?
    pub interrupted: bool,
    rules: Vec<(String, f64)>,
    caveats: Vec<String>,
}

impl Findings {
    /// The objects `rules`, `studies` and `caveats`.
    pub fn to_json(&self) -> Value {
        let rule = |(name, lost): &(String, f64)| (name.clone(), json!({ "money_lost_bp_per_year": lost }));
        let rules: Map<String, Value> = self.rules.iter().map(rule).collect();
        json!({ "rules": rules, "studies": {}, "caveats": self.caveats })
    }
}

/// Simulates and judges.
///
/// # Errors
/// A sentence when the threads cannot be started.
pub fn evaluate(plan: &Plan, how: &How<'_>) -> Result<Findings, String> {
    let experiment = &plan.experiment;
    let options = Options { threads: how.threads, stop: how.stop, ..Options::all(experiment) };
    let outcome = engine::run(experiment, &[], &options, how.observer)?;
    let mean = |rule: usize, column: Column| {
        outcome.table.column(rule, column).iter().sum::<f64>() / outcome.paths.max(1) as f64
    };
    let lost = |rule: usize| {
        let net = mean(rule, Column::Mark) - mean(rule, Column::Spread) - mean(rule, Column::Fee);
        -1e4 * net / experiment.grid.years()
    };
    let rules = (0..experiment.named).map(|rule| (experiment.rules[rule].name.clone(), lost(rule))).collect();
    Ok(Findings { interrupted: outcome.interrupted, outcome, rules, caveats: plan.cautions.clone() })
}

/// The findings for a terminal of so many columns.
pub fn render(plan: &Plan, findings: &Findings, _width: usize) -> String {
    let mut text = format!("{}: {} paths\n", plan.name, findings.outcome.paths);
    for (name, lost) in &findings.rules {
        text.push_str(&format!("{name:20} money lost {lost:8.1} bp of capital a year\n"));
    }
    text
}
