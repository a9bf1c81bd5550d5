//! What a run will take: memory from the size of its rows, time from a few groups of paths that are simulated for it.

use crate::engine::{Experiment, Keep, Options, Silent, run};
use crate::lanes::WIDTH;
use crate::scenario::resolve::Plan;
use crate::study::evaluate::{bytes_per_path, passes};
use serde::Serialize;
use std::time::{Duration, Instant};

/// How long each of the two measurements may simulate.
const PATIENCE: Duration = Duration::from_millis(120);

/// Rules that are timed; the rest is assumed to cost as much each.
const TIMED: usize = 24;

/// Memory and time of a run.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Effort {
    /// Rules and grid members that are walked.
    pub walked: usize,
    /// Rules whose rows are kept.
    pub kept: usize,
    /// Numbers in the row of one rule and path.
    pub row: usize,
    /// Paths that a row of a rule stands for: above 1 a mean over them is kept, and one of them as it was.
    pub paths_of_a_row: u64,
    /// Bytes of all rows, those of sized twins included.
    pub bytes: f64,
    /// Passes over all paths: one, one for the null world, one for sized twins.
    pub passes: usize,
    /// Path-days of one pass, the warm-up included.
    pub path_days: f64,
    /// Path-days that studies walk with rules of their own, and the same times the number of rules.
    pub own: (f64, f64),
    /// Seconds to make the price tables on all cores, those of the null world included.
    pub tables: f64,
    /// Nanoseconds a path-day for market, hedges and signals, on one core.
    pub shared_ns: f64,
    /// Nanoseconds a path-day for one rule, on one core.
    pub rule_ns: f64,
    /// Cores of this machine.
    pub cores: usize,
    /// Paths that were simulated to find out.
    pub measured_paths: u64,
}

impl Effort {
    /// Measures on this machine, now; other work on it makes the numbers larger.
    ///
    /// # Errors
    /// A sentence when the threads cannot be started.
    pub fn of(plan: &Plan) -> Result<Self, String> {
        let experiment = &plan.experiment;
        let days = experiment.grid.rows() as f64;
        let comparison = plan.comparison.as_ref().filter(|_| !plan.history);
        let kept = experiment.kept();
        let row = Keep::All.columns().len() + experiment.years();
        let rules: Vec<_> = experiment.rules.iter().take(TIMED).cloned().collect();
        let (timed, placebo) = (rules.len(), experiment.twists[..rules.len()].to_vec());
        let (rows, each) = experiment.rows_in_memory();
        // Made once, and not to be taken for the time of the first paths.
        let start = Instant::now();
        experiment.prices.tables();
        let tables = start.elapsed().as_secs_f64();
        let (bare, bare_paths) = nanoseconds(&experiment.with_rules(Vec::new(), Vec::new()))?;
        let (full, full_paths) = nanoseconds(&experiment.with_rules(rules, placebo))?;
        Ok(Self {
            walked: experiment.rules.len(),
            kept,
            row,
            paths_of_a_row: experiment.bundle(),
            bytes: rows as f64 * each * bytes_per_path(experiment, comparison),
            passes: passes(&plan.task()) as usize,
            path_days: experiment.paths as f64 * days,
            own: plan.questions.iter().flat_map(|question| question.passes(experiment)).fold(
                (0.0, 0.0),
                |sum, (paths, rules)| {
                    let walked = paths as f64 * days;
                    (sum.0 + walked, sum.1 + walked * rules as f64)
                },
            ),
            tables: tables * if comparison.is_some_and(|comparison| comparison.null_world) { 2.0 } else { 1.0 },
            shared_ns: bare / days,
            rule_ns: (full - bare).max(0.0) / days / timed.max(1) as f64,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            measured_paths: bare_paths + full_paths,
        })
    }

    /// Seconds on so many cores, were the paths to spread evenly.
    pub fn seconds(&self, cores: usize) -> f64 {
        let each = self.shared_ns + self.rule_ns * self.walked as f64;
        let own = self.own.0 * self.shared_ns + self.own.1 * self.rule_ns;
        self.tables + (self.passes as f64 * self.path_days * each + own) * 1e-9 / cores as f64
    }
}

/// Nanoseconds a path on one core: the fastest of as many groups as fit, the first left out (it allocates).
fn nanoseconds(experiment: &Experiment) -> Result<(f64, u64), String> {
    let (begin, width) = (Instant::now(), WIDTH as u64);
    let mut best = f64::INFINITY;
    let mut groups = 0;
    // Four groups a piece, so that starting the thread and its scratch weighs little.
    while groups == 0 || begin.elapsed() < PATIENCE {
        let pieces = if groups == 0 { 1 } else { 4 };
        let range = groups * width..(groups + pieces) * width;
        let options = Options { threads: 1, range, ..Options::all(experiment) };
        let start = Instant::now();
        run(experiment, &[], &options, &Silent)?;
        let each = start.elapsed().as_nanos() as f64 / (pieces * width) as f64;
        best = best.min(each);
        groups += pieces;
    }
    Ok((best, groups * width))
}
