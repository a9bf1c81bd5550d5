//! Judgement.

pub mod comparison;
pub mod realism;
pub mod walk_forward;
