//! hedgelab: a Monte Carlo workbench for dynamic volatility hedges.
//!
//! What flows, from the file to the verdict:
//!
//! ```text
//! scenarios/three-regimes.yaml
//!   scenario::load        what was written becomes a plan; every error names its place
//!   engine::run           blocks of paths in parallel; per group of eight paths
//!     market.simulate       the world; it knows no price of a hedge
//!     instruments.mark      each contract priced once, shared by all rules
//!     signals.read          each signal computed once
//!     walk                  a rule through tiles of days: look, decide, trade, be paid
//!     metrics               crash windows and the sums of each rule
//!   study::evaluate       metrics with their errors, twins, the world without premia, walk-forward
//!   report, store         tables, summary.json, Parquet
//! ```
//!
//! Rooms stand on floors and import downwards only; `tests/floors.rs` checks it.
//!
//! ```
//! let text = "
//! version: 1
//! name: hello
//! seed: 1
//! paths: 8
//! years: 1
//! market: { regime_lognormal: { regimes: { only: { volatility: 0.2 } } } }
//! portfolio: { capital: 1e6, assets: { SPX: { weight: 1 } } }
//! instruments: { put: { put: { underlying: SPX, moneyness: 0.95, tenor: 63 }, size: { per_exposure: 1 } } }
//! rules: { static: { hedge: put, hold: 1 } }
//! ";
//! let loaded = hedgelab::scenario::load_text("hello.yaml", text, &[]).map_err(|problems| problems.to_string())?;
//! let experiment = &loaded.plan.experiment;
//! let options = hedgelab::engine::Options::all(experiment);
//! let outcome = hedgelab::engine::run(experiment, &[], &options, &hedgelab::engine::Silent)?;
//! assert_eq!(outcome.paths, 8);
//! # Ok::<(), String>(())
//! ```

pub mod draws;
pub mod engine;
pub mod figure;
pub mod grid;
pub mod instruments;
pub mod lanes;
pub mod market;
pub mod matrix;
pub mod memory;
pub mod metrics;
pub mod named;
pub mod portfolio;
pub mod pricing;
pub mod report;
pub mod rules;
pub mod scenario;
pub mod shelf;
pub mod signals;
pub mod stats;
pub mod store;
pub mod study;
pub mod units;
