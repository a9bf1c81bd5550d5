//! Judgement: what the paths of a run say about its rules. A study reads outcomes of the engine and never walks a day.

pub mod beliefs;
pub mod calibration;
pub mod claims;
pub mod combinatorial;
pub mod comparison;
pub mod evaluate;
pub mod flags;
pub mod formulas;
pub mod history;
pub mod keys;
pub mod market_facts;
pub mod measure;
pub mod mistakes;
pub mod objective;
pub mod optimal;
pub mod protocols;
pub mod question;
pub mod realism;
pub mod resample;
pub mod review;
pub mod selection;
pub mod trials;
pub mod truth;
pub mod twins;
pub mod walk_forward;
pub mod world_shift;
