//! What is shown to a reader.

pub mod beliefs;
pub mod cases;
pub mod check;
pub mod findings;
mod layout;
pub mod terminal;
