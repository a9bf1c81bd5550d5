//! The rows that everything is concluded from: one pass over the paths, more of them where a precision is asked for, and what
//! studies read on the way.

use super::{How, Task, pass};
use crate::draws::Sampling;
use crate::engine::{Experiment, Keep, Options, Outcome, PathColumn, Study, run};
use crate::study::precision::Precision;

/// What was simulated.
pub(super) struct Sample {
    /// The experiment, with as many paths as it took.
    pub(super) experiment: Experiment,
    /// Rows of the rules.
    pub(super) outcome: Outcome,
    /// What each study read.
    pub(super) records: Vec<Vec<f64>>,
    /// How many paths the precision took, in words.
    pub(super) precise: Option<String>,
}

impl Sample {
    /// Simulates; studies see `plain`, whose paths do not depend on each other.
    pub(super) fn new(
        task: &Task<'_>,
        plain: &Experiment,
        studies: &[&dyn Study],
        how: &How<'_>,
    ) -> Result<Self, String> {
        let together = task.experiment.sampling != Sampling::Independent;
        let reading = if together { &[] } else { studies };
        let outcome = pass(task.experiment, reading, Keep::All, how)?;
        let (mut outcome, precise) = go_on(task, outcome, reading, how)?;
        let paths = task.experiment.paths.max(outcome.simulated);
        let mut records = outcome.take_records();
        if together && !studies.is_empty() && !outcome.interrupted {
            let mut apart = pass(&Experiment { paths, ..plain.clone() }, studies, Keep::Gains, how)?;
            outcome.interrupted |= apart.interrupted;
            records = apart.take_records();
        }
        records.resize(studies.len(), Vec::new());
        finite(&outcome)?;
        Ok(Self { experiment: Experiment { paths, ..task.experiment.clone() }, outcome, records, precise })
    }
}

/// Adds paths until the precision is reached.
fn go_on(
    task: &Task<'_>,
    mut outcome: Outcome,
    studies: &[&dyn Study],
    how: &How<'_>,
) -> Result<(Outcome, Option<String>), String> {
    let against = task.comparison.map(|comparison| comparison.against);
    let mut precise = None;
    while let Some(precision) = task.precision.filter(|_| !outcome.interrupted && outcome.paths > 1) {
        let Some((se, rule)) = Precision::reached(task.experiment, &outcome, against) else { break };
        precise = Some(precision.told(outcome.simulated, (se, &task.experiment.rules[rule].name)));
        let Some(next) = precision.next(outcome.simulated, se) else { break };
        let more = Experiment { paths: next, ..task.experiment.clone() };
        if more.bundle() > 1 {
            // Rows change their meaning: from the first path on.
            outcome = pass(&more, studies, Keep::All, how)?;
            continue;
        }
        let range = outcome.paths as u64..next;
        let options = Options { threads: how.threads, keep: Keep::All, stop: how.stop, ..Options::of(range) };
        outcome.join(run(task.experiment, studies, &options, how.observer)?);
    }
    Ok((outcome, precise))
}

/// Refuses rows with numbers that are none.
fn finite(outcome: &Outcome) -> Result<(), String> {
    let broken = outcome.path_column(PathColumn::NonFinite).iter().filter(|x| **x > 0.0).count();
    if broken == 0 {
        return Ok(());
    }
    Err(format!(
        "on {broken} of {} paths numbers ran out of range: rates, volatilities, jumps or hedges are too large, nothing \
         was written",
        outcome.paths
    ))
}
