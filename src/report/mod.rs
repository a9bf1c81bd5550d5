//! What is shown to a reader.

pub mod check;
pub mod findings;
pub mod terminal;
