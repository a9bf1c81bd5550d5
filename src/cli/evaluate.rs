//! What `run` asks of the evaluation: the findings of a plan, as JSON and as text.

pub use hedgelab::report::findings::to_json;
pub use hedgelab::report::terminal::render;
use hedgelab::scenario::resolve::Plan;
use hedgelab::study::evaluate::{self, Task};
pub use hedgelab::study::evaluate::{Findings, How};

/// What a plan asks for.
fn task(plan: &Plan) -> Task<'_> {
    Task {
        experiment: &plan.experiment,
        comparison: plan.comparison.as_ref(),
        choices: &plan.choices,
        history: plan.history,
    }
}

/// Path-passes of an evaluation, for the progress bar.
pub fn effort(plan: &Plan) -> u64 {
    evaluate::passes(&task(plan)) * plan.experiment.paths
}

/// Simulates and judges.
///
/// # Errors
/// A sentence when the threads cannot be started.
pub fn evaluate(plan: &Plan, how: &How<'_>) -> Result<Findings, String> {
    let mut findings = evaluate::evaluate(&task(plan), how)?;
    findings.caution(&plan.cautions);
    Ok(findings)
}
