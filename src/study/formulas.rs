//! The textbook arithmetic of hedging beside what the simulation found.
//!
//! - Cost: N θ T for a fixed hedge and ∫ N(t) θ(t) dt + trading cost for a dynamic one. θ is gross: what gamma pays back
//!   is not in it, so it overstates what a hedge costs.
//! - Sharpe ratio: (μ − C) / (σ √(1 − ρ²)) is right where the hedge is held at the minimum-variance ratio and nowhere
//!   else: at another size the portfolio's variance is not σ² (1 − ρ²).
//! - Gamma: ½ Γ E[dS²] − θ dt. With Black-Scholes' θ = ½ Γ S² σ², gamma earns θ times (realized / implied variance).

use super::measure::{Measured, Rows};
use crate::engine::{Experiment, Outcome, PathColumn};
use crate::grid::DAYS_PER_YEAR;
use crate::metrics::tally::Column;

/// Basis points in one.
const BP: f64 = 1e4;

/// Formulas and findings for one rule. Money is in basis points of capital a year.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Formulas {
    /// Are all its hedges options on an index? Only they have a gamma in it.
    pub options: bool,
    /// What the rule costs.
    pub cost: Cost,
    /// What it does to the Sharpe ratio.
    pub sharpe: Sharpe,
    /// What gamma pays back.
    pub gamma: Gamma,
}

/// Money lost beside theta.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Cost {
    /// Money lost by the rule.
    pub dynamic: f64,
    /// Money lost by its fixed hedge at a multiplier of 1.
    pub fixed: f64,
    /// The first over the second; none where the fixed hedge loses nothing. The description says 0.5 to 0.7.
    pub ratio: Option<f64>,
    /// ∫ N(t) θ(t) dt + trading cost.
    pub dynamic_by_theta: f64,
    /// Mean multiplier times the fixed hedge's θ: what is left out is that N and θ move together.
    pub mean_multiplier_by_theta: f64,
    /// N θ T of the fixed hedge.
    pub fixed_by_theta: f64,
    /// Ratio of the two integrals.
    pub ratio_by_theta: Option<f64>,
}

/// The Sharpe ratio beside its formula.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Sharpe {
    /// Of portfolio and hedge, pooled.
    pub simulated: f64,
    /// (μ − C) / (σ √(1 − ρ²)).
    pub formula: f64,
    /// Correlation ρ of hedge and portfolio, daily.
    pub correlation: f64,
    /// Size of the hedge as a multiple of the minimum-variance one; the formula holds at 1.
    pub held: Option<f64>,
}

/// Gamma and theta beside the formula.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Gamma {
    /// Realized over implied variance of the index that the VIX quotes.
    pub variance_ratio: f64,
    /// θ (variance ratio − 1): what gamma earns less what time takes, by the formula.
    pub formula: f64,
    /// Gamma and theta of the ledger.
    pub ledger: f64,
}

/// Sums over all days and paths from which everything follows.
struct Sums {
    days: f64,
    net: f64,
    net2: f64,
    products: f64,
    equity: f64,
    equity2: f64,
}

impl Sharpe {
    fn of(sums: &Sums) -> Option<Self> {
        let Sums { days, net, net2, products, equity, equity2 } = *sums;
        let variance = |sum: f64, squares: f64| (squares - sum * sum / days) / (days - 1.0);
        let (hedge, portfolio) = (variance(net, net2), variance(equity, equity2));
        let covariance = (products - net * equity / days) / (days - 1.0);
        let correlation = covariance / (hedge * portfolio).sqrt();
        let mean = (equity + net) / days;
        let root = DAYS_PER_YEAR.sqrt();
        let whole = Self {
            simulated: mean / (portfolio + 2.0 * covariance + hedge).sqrt() * root,
            formula: mean / (portfolio * (1.0 - correlation * correlation)).sqrt() * root,
            correlation,
            held: (covariance < 0.0).then(|| -hedge / covariance),
        };
        (whole.simulated.is_finite() && whole.formula.is_finite()).then_some(whole)
    }
}

impl Gamma {
    fn of(theta: f64, gamma: f64, realized: f64, implied: f64) -> Self {
        let ratio = realized / implied;
        Self { variance_ratio: ratio, formula: -theta * (ratio - 1.0), ledger: theta + gamma }
    }
}

/// The formulas of a named rule; none where they have no number.
pub fn formulas(experiment: &Experiment, outcome: &Outcome, rule: usize) -> Option<Formulas> {
    let days = experiment.grid.days();
    let rows = |rule: usize| Rows { outcome, rule, days };
    let (own, fixed, plain) = (rows(rule), rows(experiment.fixed[rule]), rows(experiment.unhedged));
    let sum = |rows: &Rows<'_>, column| rows.column(column).iter().sum::<f64>();
    let path = |column| outcome.path_column(column).iter().sum::<f64>();
    let a_year = BP * DAYS_PER_YEAR / (days * outcome.paths) as f64;
    let theta = |rows: &Rows<'_>| sum(rows, Column::Theta) * a_year;
    let trading = |rows: &Rows<'_>| (sum(rows, Column::Spread) + sum(rows, Column::Fee)) * a_year;
    let value = |measured: Option<Measured>| measured.map(|m| m.value);
    let (lost, lost_fixed) = (value(own.cost())?, value(fixed.cost())?);
    let size = value(own.multiplier())? / value(fixed.multiplier())?;
    let by_theta = trading(&own) - theta(&own);
    let ratio = |a: f64, b: f64| (b > 0.0).then_some(a / b);
    let net: f64 = own.net().iter().sum();
    let sums = Sums {
        days: (days * outcome.paths) as f64,
        net,
        net2: sum(&own, Column::HedgeSquares),
        products: sum(&own, Column::Products),
        equity: sum(&plain, Column::Returns),
        equity2: sum(&plain, Column::Squares),
    };
    let options = experiment.rules[rule].legs.iter().all(|leg| experiment.instruments[leg.instrument].has_exposure());
    Some(Formulas {
        options,
        cost: Cost {
            dynamic: lost,
            fixed: lost_fixed,
            ratio: ratio(lost, lost_fixed),
            dynamic_by_theta: by_theta,
            mean_multiplier_by_theta: -size * theta(&fixed),
            fixed_by_theta: -theta(&fixed),
            ratio_by_theta: ratio(by_theta, -theta(&fixed)),
        },
        sharpe: Sharpe::of(&sums)?,
        gamma: Gamma::of(
            theta(&own),
            sum(&own, Column::Gamma) * a_year,
            path(PathColumn::Realized),
            path(PathColumn::Implied),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Equity 1, -1, 3, -1 and hedge -1, 1, 0, 0 (per cent, daily), worked out by hand: means 1/2 and 0, variances
    /// 11/3 and 2/3, covariance -2/3.
    #[test]
    fn sharpe_ratios_of_four_days() {
        let sums = Sums { days: 4.0, net: 0.0, net2: 2e-4, products: -2e-4, equity: 0.02, equity2: 12e-4 };
        let found = Sharpe::of(&sums).unwrap();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12 * b.abs();
        // Variance of the sum: 11/3 - 4/3 + 2/3 = 3.
        assert!(near(found.simulated, 0.5 / 3_f64.sqrt() * 252_f64.sqrt()));
        assert!(near(found.correlation, -2.0 / 22_f64.sqrt()));
        // 11/3 (1 - 4/22) = 3: the hedge is held at its minimum-variance size, where the formula is right.
        assert!(near(found.formula, found.simulated) && near(found.held.unwrap(), 1.0));
        // Twice as much of it leaves the formula where it is, and the variance at 11/3 - 8/3 + 8/3.
        let twice = Sharpe::of(&Sums { net2: 8e-4, products: -4e-4, ..sums }).unwrap();
        assert!(near(twice.formula, found.formula) && near(twice.held.unwrap(), 2.0));
        assert!(near(twice.simulated, 0.5 / (11.0_f64 / 3.0).sqrt() * 252_f64.sqrt()));
    }

    /// The description's gamma example: implied 15 %, realized 18 %, theta 200 a year. Gamma earns 288, not 300.
    #[test]
    fn gamma_earns_the_ratio_of_variances() {
        let found = Gamma::of(-200.0, 288.0, 0.18 * 0.18, 0.15 * 0.15);
        assert!((found.variance_ratio - 1.44).abs() < 1e-12 && (found.formula - 88.0).abs() < 1e-9);
        assert!((found.ledger - 88.0).abs() < 1e-12);
    }
}
