//! Does a simulated market look like history?
//!
//! One daily path of closes (stock index and VIX) in, about 150 numbers out: [`statistics`].
//! [`judge`] sets the numbers of many simulated ten-year paths beside the bands of
//! 1990–2026 ([`bands`]); [`decisive_verdicts`] picks the few that decide whether a world is
//! kinder to dynamic hedges than history was; [`facts`] gives the short list by which the
//! calibrated market was fitted.
//!
//! # Conventions
//! * `spot` and `vix` are closes of the same days; if one is longer, its end is ignored.
//! * VIX in points (20 = 20 % a year), returns are daily log returns, 252 days a year.
//! * A statistic that a path cannot carry (too short, constant, no day in the bucket) is
//!   `None`. No value is ever NaN or infinite.
//!
//! # Source
//! On `spx_vix_daily.csv` (1990-01-02..2022-12-28) all statistics reproduce the reference
//! bands to 1e-9 relative; the definitions that had to be found by experiment are written at
//! the function that uses them.

mod bands;
mod changes;
mod comovement;
mod decisive;
mod drawdowns;
mod facts;
mod levels;
mod moments;
mod path;
mod premium;
mod returns;
mod spells;
mod statistics;
mod tails;
mod triggers;

pub use bands::{Band, Gate, Verdict, band, bands, judge};
pub use decisive::{DECISIVE, Decisive, DecisiveVerdict, Lean, decisive, decisive_verdicts, lean_sentence};
pub use facts::{FACTS, Fact, facts, stress_share};
pub use statistics::statistics;

/// A statistic's name and its value, `None` where the path cannot carry it.
pub type Statistic = (&'static str, Option<f64>);

#[cfg(test)]
mod history {
    //! The historical closes, for tests; absent data means a printed line and no test.

    /// Where the data lies, relative to the crate root.
    const DATA: &str = "../shared/data/spx_vix_daily.csv";

    /// Index and VIX closes, or `None` (with a printed line) if the file is absent.
    pub fn closes() -> Option<(Vec<f64>, Vec<f64>)> {
        let Ok(text) = std::fs::read_to_string(DATA) else {
            println!("skipped: {DATA} is absent");
            return None;
        };
        Some(
            text.lines()
                .skip(1)
                .map(|line| {
                    let mut cells = line.split(',').skip(1).map(|cell| cell.parse::<f64>().unwrap());
                    (cells.next().unwrap(), cells.next().unwrap())
                })
                .unzip(),
        )
    }
}
