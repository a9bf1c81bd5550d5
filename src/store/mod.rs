//! What a run leaves on disk: its directory, its tables, its manifest, and the way back to it; and price tables for the next.
//!
//! Everything but the ledger of [`trials`] is written under a temporary name and renamed when complete, so a reader never
//! sees half a file or half a run. The ledger grows by whole lines.

pub mod atomic;
pub mod cache;
pub mod error;
pub mod find;
pub mod manifest;
pub mod parquet;
pub mod paths;
pub mod returns;
pub mod run_dir;
pub mod trials;

pub use atomic::{AtomicFile, Written};
pub use cache::Cache;
pub use error::StoreError;
pub use find::{BrokenRun, Listing, RunInfo, list, resolve, resolve_any};
pub use manifest::{FileEntry, InputFile, Manifest, Status, StopReason, SweepOf, Timing, Tool};
pub use parquet::{Column, ColumnType, TableWriter, write_table};
pub use paths::Kept;
pub use returns::{BadTable, Returns};
pub use run_dir::{RunDir, probe, sweep_folder};
pub use trials::{Earlier, Ledger, Seal, Trial, Verdict};
