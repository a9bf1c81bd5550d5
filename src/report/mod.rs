//! What is shown to a reader.

pub mod beliefs;
pub mod cases;
pub mod check;
pub mod findings;
pub mod layout;
pub mod markdown;
mod mistakes;
mod sheet;
mod review;
mod tables;
pub mod terminal;
