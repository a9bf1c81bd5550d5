//! What is shown to a reader.

mod answers;
mod bars;
pub mod beliefs;
pub mod book;
pub mod cases;
pub mod chapters;
pub mod check;
pub mod compare;
pub mod drawing;
pub mod findings;
pub mod layout;
pub mod markdown;
mod mistakes;
pub mod overfit;
pub mod page;
pub mod palette;
mod review;
mod sheet;
pub mod sweep;
mod tables;
pub mod terminal;
