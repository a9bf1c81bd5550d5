//! The shipped scenarios, as the benches see them.

use hedgelab::engine::Experiment;
use hedgelab::scenario::load;
use std::path::PathBuf;

/// Paths that one worker simulates side by side.
pub const WIDTH: u64 = 8;

/// The experiment of a shipped scenario.
pub fn experiment(name: &str) -> Experiment {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.yaml"));
    load(&file, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false))).plan.experiment
}

/// Path-days of one group of paths.
pub fn path_days(experiment: &Experiment) -> u64 {
    WIDTH * experiment.grid.rows() as u64
}
