//! Blocks of paths in parallel, put together in order.

use super::experiment::Experiment;
use super::group::Worker;
use super::outcome::{Keep, Outcome};
use super::panel::Study;
use crate::lanes::WIDTH;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Paths of a block: small enough that a short run keeps every core busy.
pub const BLOCK: u64 = 128;

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
    /// Paths of a row: 1 keeps every path, more the mean of each bundle and one of its paths.
    pub bundle: u64,
    /// Set to stop after the blocks that are under way.
    pub stop: Option<&'a AtomicBool>,
}

impl Options<'_> {
    /// Everything of this experiment.
    pub fn all(experiment: &Experiment) -> Self {
        Self::of(0..experiment.paths)
    }

    /// Everything of these paths.
    pub const fn of(range: Range<u64>) -> Self {
        Self { threads: 0, block: BLOCK, range, keep: Keep::All, bundle: 1, stop: None }
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

/// Finished blocks on their way into one outcome: they arrive in any order and are taken in theirs.
struct Assembly {
    outcome: Outcome,
    next: u64,
    early: BTreeMap<u64, Outcome>,
}

impl Assembly {
    fn take(&mut self, block: u64, part: Outcome) {
        self.early.insert(block, part);
        while let Some(part) = self.early.remove(&self.next) {
            self.outcome.append(part);
            self.next += 1;
        }
    }
}

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
    let bundle = options.bundle.max(1);
    if bundle == 1 {
        outcome.table.reserve((range.end - range.start) as usize);
    } else {
        outcome = outcome.bundled(bundle);
    }
    // No bundle is divided between two blocks.
    let width = options.block.max(1).next_multiple_of(bundle);
    let (from, until) = (range.start / width, (range.end - 1) / width + 1);
    let stopped = || options.stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
    let block = |worker: &mut Worker<'_>, block: u64| {
        let wanted = (block * width).max(range.start)..((block + 1) * width).min(range.end);
        let mut part = Outcome::empty(experiment, options.keep, studies.len(), wanted.start);
        for group in wanted.start / WIDTH as u64..=(wanted.end - 1) / WIDTH as u64 {
            let before = part.paths;
            worker.group(group, &wanted, studies, &mut part);
            observer.advanced((part.paths - before) as u64);
        }
        part.bundled(bundle)
    };
    // Made before the first path, by all threads.
    pool.install(|| experiment.prices.tables());
    // Every thread has one worker and takes the next block: large scratch is made once.
    let queue = AtomicU64::new(from);
    let assembly = Mutex::new(Assembly { outcome, next: from, early: BTreeMap::new() });
    pool.broadcast(|_| {
        let mut worker = Worker::new(experiment, studies, options.keep);
        while !stopped() {
            let next = queue.fetch_add(1, Ordering::Relaxed);
            if next >= until {
                break;
            }
            let part = block(&mut worker, next);
            assembly.lock().unwrap_or_else(PoisonError::into_inner).take(next, part);
        }
    });
    let Assembly { mut outcome, next, .. } = assembly.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome.interrupted = next < until;
    outcome.settle();
    Ok(outcome)
}
