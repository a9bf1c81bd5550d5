//! hedgelab.
pub mod draws;
pub mod grid;
pub mod lanes;
pub mod market;
pub mod named;
pub mod pricing;
pub mod shelf;
pub mod units;
