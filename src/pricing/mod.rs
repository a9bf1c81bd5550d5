//! Formulas: Black-Scholes on lanes, and the VIX of an affine regime model.

pub mod black;
pub mod cases;
pub mod complex;
pub mod cos;
pub mod daily;
pub mod futures;
pub mod implied;
pub mod law;
mod spline;
pub mod splitting;
pub mod surface;
pub mod transform;
pub mod vix;
