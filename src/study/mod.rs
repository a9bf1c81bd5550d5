//! Judgement.

pub mod comparison;
pub mod history;
pub mod realism;
pub mod walk_forward;
