//! What `check` tells before anything is run.

mod layout;
pub mod realism;

pub use realism::{RealismReport, fresh_seed, realism};
