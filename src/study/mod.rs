//! Judgement.

pub mod comparison;
pub mod evaluate;
pub mod history;
pub mod measure;
pub mod realism;
pub mod resample;
pub mod twins;
pub mod walk_forward;
