//! One experiment through all its paths: blocks, threads, tallies, progress.
//!
//! Per group of eight paths: the market first, then marks and signals, then every rule tile by tile of days. What is kept
//! is one row of sums per rule and path. Fixed blocks of paths run in parallel and are put together in order, so that the
//! answer has the same bits for any number of threads, any block width and any split of the paths.

mod bundle;
mod controls;
mod desk;
mod experiment;
mod group;
mod guard;
mod outcome;
mod panel;
mod plain;
mod quick;
mod run;
mod trace;
mod walk;

pub use bundle::{MOST_ROWS, bundle};
pub use experiment::{Experiment, Family, Twist};
pub use group::Worker;
pub use outcome::{Keep, Outcome, PATH_NAMES, PathColumn, Table};
pub use panel::{Panel, Study, Sum};
pub use plain::{PlainPath, PlainTally, plain_walk};
pub use run::{BLOCK, Observer, Options, Silent, run};
pub use trace::{Trace, trace, trace_all, trace_each};
