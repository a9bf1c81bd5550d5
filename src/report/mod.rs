//! What is shown to a reader.

pub mod check;
