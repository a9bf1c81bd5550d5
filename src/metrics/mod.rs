//! What is measured: crash windows, and the sums of one rule on one path from which every metric follows.

pub mod booked;
pub mod passes;
pub mod review;
pub mod tally;
pub mod windows;
