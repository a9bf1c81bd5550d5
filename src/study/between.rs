//! Runs beside each other: what a rule does in one and in another, and how sure the difference is.
//!
//! Draws have addresses: path k of two simulated runs with one seed has the same shocks, whatever else differs. There the
//! difference is taken path by path, and what both paths share cancels. Runs of different seeds are independent: their
//! errors add as squares. One real path has no error over paths.

use super::measure::{Measured, Rows};
use crate::engine::PathColumn;
use crate::metrics::tally::Column;
use crate::stats::estimate::{Estimate, LEVEL};

/// A metric that runs are compared by.
pub struct Compared {
    /// Name, as in summary.json.
    pub name: &'static str,
    /// Unit, as in summary.json.
    pub unit: &'static str,
    /// In a few words for a table.
    pub label: &'static str,
    /// Unit in which a table shows it.
    pub shown_in: &'static str,
    /// The shown number over that of summary.json.
    pub scale: f64,
    /// Does it say anything of the portfolio without a hedge?
    pub unhedged: bool,
    /// The number.
    pub of: fn(&Rows<'_>) -> Option<Measured>,
}

const HER: &str = "share of the portfolio's loss";

/// All of them, the main one first.
pub const METRICS: [Compared; 9] = [
    hedge("total_cost_bp_per_year", "bp of capital a year", "money lost", "bp a year", |rows| rows.cost()),
    hedge("transaction_cost_bp_per_year", "bp of capital a year", "transaction cost", "bp a year", |rows| {
        rows.transaction_cost()
    }),
    hedge("her_pooled", HER, "HER at the trough", "of the loss", |rows| rows.her(Column::GainTrough, PathColumn::Loss)),
    hedge("her_plus5", HER, "HER at +5 days", "of the loss", |rows| rows.her(Column::GainPlus5, PathColumn::Loss)),
    hedge("her_plus21", HER, "HER at +21 days", "of the loss", |rows| rows.her(Column::GainPlus21, PathColumn::Loss)),
    whole("es5_yearly", "share of capital", "worst 5 % of years", "% of capital", 100.0, |rows| rows.shortfall()),
    whole("max_drawdown", "share of peak", "largest drawdown", "% of the peak", 100.0, |rows| rows.drawdown()),
    whole("sharpe_hedged", "per root year", "Sharpe ratio", "per root year", 1.0, |rows| rows.sharpe()),
    hedge("mean_multiplier", "multiplier", "mean multiplier", "of the hedge", |rows| rows.multiplier()),
];

/// Columns of a tally from which all of them follow, beside the yearly returns.
pub const COLUMNS: [Column; 10] = [
    Column::Mark,
    Column::Spread,
    Column::Fee,
    Column::GainTrough,
    Column::GainPlus5,
    Column::GainPlus21,
    Column::Returns,
    Column::Squares,
    Column::Drawdown,
    Column::Multipliers,
];

/// Facts of the paths that they need.
pub const FACTS: [PathColumn; 1] = [PathColumn::Loss];

/// A metric of a hedge.
const fn hedge(
    name: &'static str,
    unit: &'static str,
    label: &'static str,
    shown_in: &'static str,
    of: fn(&Rows<'_>) -> Option<Measured>,
) -> Compared {
    Compared { name, unit, label, shown_in, scale: 1.0, unhedged: false, of }
}

/// A metric of portfolio and hedge.
const fn whole(
    name: &'static str,
    unit: &'static str,
    label: &'static str,
    shown_in: &'static str,
    scale: f64,
    of: fn(&Rows<'_>) -> Option<Measured>,
) -> Compared {
    Compared { name, unit, label, shown_in, scale, unhedged: true, of }
}

/// A difference taken path by path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// Second minus first, with its error.
    pub difference: Estimate,
    /// How many times larger the error would be, were the runs independent; none if both are equal on every path.
    pub gain: Option<f64>,
}

impl Compared {
    /// The second minus the first, of the same paths in the same order.
    pub fn paired(&self, first: &Rows<'_>, second: &Rows<'_>) -> Option<Paired> {
        let (first, second) = ((self.of)(first)?, (self.of)(second)?);
        let difference = second.minus(&first).estimate("paired path by path")?;
        let apart = first.se().zip(second.se()).map(|(a, b)| a.hypot(b));
        let gain = apart.zip(difference.se).filter(|(_, se)| *se > 0.0).map(|(apart, se)| apart / se);
        Some(Paired { difference, gain })
    }
}

/// The second minus the first of independent runs; without an error if one has none.
pub fn independent(first: &Estimate, second: &Estimate) -> Option<Estimate> {
    let (value, n) = (second.value - first.value, first.n.min(second.n));
    match first.se.zip(second.se) {
        Some((a, b)) => Estimate::normal(value, Some(a.hypot(b)), LEVEL, n, "independent runs: errors add as squares"),
        None => point(first, second, "no error: one real path"),
    }
}

/// The second minus the first, without an error.
pub fn point(first: &Estimate, second: &Estimate, why: &'static str) -> Option<Estimate> {
    Estimate::point(second.value - first.value, LEVEL, first.n.min(second.n), why)
}

/// The middle of the gains: one number for all rules and metrics.
pub fn middle(gains: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = gains.iter().copied().filter(|gain| gain.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Outcome, Table};

    const PATHS: usize = 50;

    /// A run of one rule of one year; `cost` is added to what every path loses.
    fn outcome(cost: f64) -> Outcome {
        let wave = |k: f64| (0..PATHS).map(|i| 0.02 * (k * i as f64).sin()).collect::<Vec<f64>>();
        let mut data: Vec<Vec<f64>> = (0..COLUMNS.len()).map(|k| wave(1.0 + k as f64)).collect();
        data[0].iter_mut().enumerate().for_each(|(i, x)| *x -= cost * (1.0 + 0.1 * (i % 3) as f64));
        data[7] = vec![0.02; PATHS];
        data.push(wave(20.0));
        let facts = vec![vec![0.3; PATHS]; crate::engine::PATH_NAMES.len()];
        Outcome::of(0, PATHS, 1, Table::of(COLUMNS.to_vec(), vec![data]), facts)
    }

    #[test]
    fn what_both_runs_share_cancels() {
        let (one, two) = (outcome(0.0), outcome(0.001));
        let rows = |outcome| Rows { outcome, rule: 0, days: 252 };
        let (one, two) = (rows(&one), rows(&two));
        let found = METRICS[0].paired(&one, &two).unwrap();
        let (difference, gain) = (found.difference, found.gain.unwrap());
        assert!((difference.value - 10.98).abs() < 1e-9, "{difference:?}");
        let alone = |rows| (METRICS[0].of)(rows).unwrap().estimate("").unwrap();
        let apart = independent(&alone(&one), &alone(&two)).unwrap();
        assert!((apart.value - difference.value).abs() < 1e-12);
        assert!((apart.se.unwrap() / difference.se.unwrap() - gain).abs() < 1e-9 && gain > 100.0, "{gain}");
        for metric in &METRICS {
            let same = metric.paired(&one, &one).unwrap();
            assert_eq!(
                (same.difference.value, same.difference.se, same.gain),
                (0.0, Some(0.0), None),
                "{}",
                metric.name
            );
        }
    }

    #[test]
    fn without_an_error_there_is_none_in_the_difference() {
        let real = Estimate::point(3.0, LEVEL, 1, "").unwrap();
        let simulated = Estimate::normal(5.0, Some(1.0), LEVEL, 9, "").unwrap();
        let found = independent(&real, &simulated).unwrap();
        assert_eq!((found.value, found.se), (2.0, None));
        assert_eq!((middle(&[3.0, 1.0, 2.0]), middle(&[f64::NAN])), (Some(2.0), None));
    }
}
