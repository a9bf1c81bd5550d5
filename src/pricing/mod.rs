//! Formulas: what an option, a variance swap or a VIX future is worth under the law of a market.
//!
//! [`law`] is what prices depend on. Closed forms: [`black`], [`vix`], [`daily`]. By transform: [`transform`] takes the
//! characteristic function along time (by [`splitting`], on [`complex`] lanes), [`cos`] turns it into prices and greeks,
//! [`futures`] does the same for the VIX. For the day loop, [`surface`] and [`futures::Curve`] hold prices in tables, which
//! [`packed`] turns into bytes and back.

pub mod black;
pub mod cases;
pub mod complex;
pub mod cos;
pub mod daily;
mod error_function;
pub mod futures;
pub mod implied;
pub mod law;
pub mod packed;
mod spline;
pub mod splitting;
pub mod surface;
pub mod transform;
pub mod vix;
pub mod vix_option;
pub mod vix_surface;
