//! Formulas: Black-Scholes on lanes, and the VIX of an affine regime model.

pub mod black;
pub mod law;
pub mod vix;
