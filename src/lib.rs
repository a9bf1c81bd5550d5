//! hedgelab.
pub mod draws;
pub mod grid;
pub mod instruments;
pub mod lanes;
pub mod market;
pub mod named;
pub mod portfolio;
pub mod pricing;
pub mod rules;
pub mod scenario;
pub mod shelf;
pub mod signals;
pub mod stats;
pub mod store;
pub mod units;
