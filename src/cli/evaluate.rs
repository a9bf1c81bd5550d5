//! What `run` asks of the evaluation: the findings of a plan, as JSON and as text.

pub use hedgelab::report::findings::to_json;
pub use hedgelab::report::markdown::{document, together};
pub use hedgelab::report::terminal::render;
use hedgelab::scenario::resolve::Plan;
use hedgelab::study::evaluate;
use hedgelab::study::evaluate::Task;
pub use hedgelab::study::evaluate::{Caveat, Findings, How};

/// Paths of all passes of an evaluation, for the progress bar.
pub fn effort(plan: &Plan) -> u64 {
    let passes = plan.questions.iter().flat_map(|question| question.passes(&plan.experiment));
    let own: u64 = passes.map(|(paths, _)| paths).sum();
    evaluate::passes(&plan.task()) * plan.experiment.paths + own
}

/// Simulates and judges; earlier runs tried so many other rules.
///
/// # Errors
/// A sentence when the threads cannot be started.
pub fn evaluate(plan: &Plan, earlier_trials: u64, how: &How<'_>) -> Result<Findings, String> {
    let mut findings = evaluate::evaluate(&Task { earlier_trials, ..plan.task() }, how)?;
    findings.caution(&plan.cautions);
    Ok(findings)
}
