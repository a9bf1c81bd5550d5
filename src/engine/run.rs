//! Blocks of paths in parallel, put together in order.

use super::experiment::Experiment;
use super::group::Worker;
use super::outcome::{Keep, Outcome};
use super::panel::Study;
use crate::lanes::WIDTH;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Paths of a block.
pub const BLOCK: u64 = 1_024;

/// How to run: nothing here may change the answer.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// Threads (0: one a core).
    pub threads: usize,
    /// Paths of a block.
    pub block: u64,
    /// Paths that are simulated.
    pub range: Range<u64>,
    /// Columns that are kept.
    pub keep: Keep,
    /// Set to stop after the blocks that are under way.
    pub stop: Option<&'a AtomicBool>,
}

impl Options<'_> {
    /// Everything of this experiment.
    pub fn all(experiment: &Experiment) -> Self {
        Self { threads: 0, block: BLOCK, range: 0..experiment.paths, keep: Keep::All, stop: None }
    }
}

/// Learns how far a run is.
pub trait Observer: Sync {
    /// So many more paths are done.
    fn advanced(&self, _paths: u64) {}
}

/// An observer that does nothing.
pub struct Silent;

impl Observer for Silent {}

/// Runs an experiment. A pure function of the experiment, the range, the kept columns and the studies.
///
/// # Errors
/// A sentence when the threads cannot be started.
pub fn run(
    experiment: &Experiment,
    studies: &[&dyn Study],
    options: &Options<'_>,
    observer: &dyn Observer,
) -> Result<Outcome, String> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|error| format!("cannot start {} threads: {error}", options.threads))?;
    let range = options.range.clone();
    let mut outcome = Outcome::empty(experiment, options.keep, studies.len(), range.start);
    if range.is_empty() {
        return Ok(outcome);
    }
    outcome.table.reserve((range.end - range.start) as usize);
    let width = options.block.max(1);
    let blocks: Vec<u64> = (range.start / width..=(range.end - 1) / width).collect();
    let stopped = || options.stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
    // Two blocks a thread and wave: what waits to be put together stays small.
    for wave in blocks.chunks(2 * pool.current_num_threads()) {
        let done: Vec<Option<Outcome>> = pool.install(|| {
            wave.par_iter()
                .map_init(
                    || Worker::new(experiment, studies, options.keep),
                    |worker, block| {
                        if stopped() {
                            return None;
                        }
                        let wanted = (block * width).max(range.start)..((block + 1) * width).min(range.end);
                        let mut part = Outcome::empty(experiment, options.keep, studies.len(), wanted.start);
                        for group in wanted.start / WIDTH as u64..=(wanted.end - 1) / WIDTH as u64 {
                            let before = part.paths;
                            worker.group(group, &wanted, studies, &mut part);
                            observer.advanced((part.paths - before) as u64);
                        }
                        Some(part)
                    },
                )
                .collect()
        });
        for part in done {
            match part {
                Some(part) if !outcome.interrupted => outcome.append(part),
                _ => outcome.interrupted = true,
            }
        }
        if outcome.interrupted {
            break;
        }
    }
    Ok(outcome)
}
