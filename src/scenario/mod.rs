//! Reading a scenario: text to tree ([`yaml`]), changes from the command line
//! ([`overrides`]), tree to types ([`typed`]), and errors that show their place
//! ([`problem`]). [`tune`] spreads a tuned rule over its grid.

pub mod overrides;
pub mod problem;
pub mod reading;
#[cfg(test)]
mod tests;
pub mod tree;
pub mod tune;
pub mod typed;
pub mod yaml;

pub use problem::{Place, Problem, Problems, Source, nearest};
pub use reading::{Reading, read, read_text};
