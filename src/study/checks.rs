//! What must hold of the model in this very run: prices agree with each other, and nobody earns where nothing is paid for.
//!
//! Three kinds. *Parity*: a put struck at ten times the forward is worth its strike less the forward, discounted; that asks
//! the pricing measure for a martingale. *Tables*: what hedges are marked by, beside the series that they were made from.
//! *Fair bets*: in the world without premia the portfolio earns nothing in excess of cash and neither does any rule before
//! its trading costs; z is the mean over its standard error, and a check fails where chance would give as large a one in 6.3
//! of 100,000 draws: beyond 4, with many paths (one of 60 bets fails so in 0.4 % of runs).

use super::measure::{Metric, Rows};
use crate::engine::{Experiment, Outcome};
use crate::grid::DAY;
use crate::instruments::{Needs, prices::State};
use crate::lanes::Row;
use crate::market::{Belief, Marking};
use crate::metrics::tally::Column;
use crate::pricing::cos::{Contract, Smile, option, smile};
use crate::stats::estimate::Estimate;
use crate::stats::normal::student_two_sided;

/// Share of fair bets that fail: those beyond 4 standard errors, where there are many paths.
const FALSE_ALARMS: f64 = 6.3e-5;

/// Largest error of parity, share of spot.
const PARITY: f64 = 1e-8;

/// Largest error of a table, share of spot; what `tests/tables.rs` holds them to, with room for short maturities.
const TABLE: f64 = 2e-5;

/// Strike over the forward at which parity is asked for: the call is worth nothing there.
const FAR_STRIKE: f64 = 10.0;

/// Longest maturity at which parity is asked for: beyond it that strike is not far enough.
const PARITY_DAYS: usize = 63;

/// Strikes over the forward at which tables are looked up.
const STRIKES: [f64; 6] = [0.8, 0.9, 0.95, 1.0, 1.05, 1.1];

/// One check.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Short name, stable.
    pub name: &'static str,
    /// What was looked at, in words.
    pub about: String,
    /// What was found.
    pub found: Found,
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// An error, share of spot, and how large it may be.
    Error {
        /// The error.
        size: f64,
        /// The most that it may be.
        most: f64,
    },
    /// A mean that should be zero, in basis points of capital a year.
    Zero(Estimate),
}

impl Check {
    /// Does it hold?
    pub fn holds(&self) -> bool {
        match self.found {
            Found::Error { size, most } => size <= most,
            // Of few paths a large z says little: the limit is that of Student's t with the same false alarms.
            Found::Zero(mean) => self
                .z()
                .is_none_or(|z| student_two_sided(z, mean.n as f64 - 1.0).is_none_or(|chance| chance >= FALSE_ALARMS)),
        }
    }

    /// Mean over standard error; none for errors of prices, and where nothing varies.
    pub fn z(&self) -> Option<f64> {
        match self.found {
            Found::Error { .. } => None,
            Found::Zero(mean) => mean.se.filter(|se| *se > 0.0).map(|se| mean.value / se),
        }
    }
}

/// Parity and tables of every asset on which the run prices options.
pub fn of_prices(experiment: &Experiment) -> Vec<Check> {
    let facts = experiment.market.facts();
    let (Some(laws), Marking::Model) = (&facts.laws, facts.marking) else { return Vec::new() };
    let Some(belief) = laws.priced.first() else { return Vec::new() };
    let tables = experiment.prices.tables();
    let mut list = Vec::new();
    for (asset, name) in facts.assets.iter().enumerate() {
        let longest = tables.option_days(asset);
        if longest == 0 {
            continue;
        }
        let regimes = 0..belief.law.regimes();
        let worst = largest(regimes.clone().map(|k| parity(belief, asset, k, longest.min(PARITY_DAYS))));
        list.push(Check {
            name: "put_call_parity",
            about: format!("{name}: a put at ten times the forward, in every regime"),
            found: Found::Error { size: worst, most: PARITY },
        });
        let days = [longest.div_ceil(3), longest];
        let errors = regimes.flat_map(|k| days.map(|days| table(experiment, belief, asset, k, days)));
        list.push(Check {
            name: "tables_against_series",
            about: format!("{name}: puts at {} and {} days, six strikes, every regime", days[0], days[1]),
            found: Found::Error { size: largest(errors), most: TABLE },
        });
    }
    list
}

/// Spot variance of an asset where the common one stands at the long-run level of a regime.
fn variance(belief: &Belief, asset: usize, regime: usize) -> f64 {
    belief.assets[asset].share * belief.law.level[regime]
}

fn parity(belief: &Belief, asset: usize, regime: usize, days: usize) -> f64 {
    let model = &belief.assets[asset].model;
    let years = days as f64 * DAY;
    let forward = libm::exp((model.rate - model.dividend) * years);
    let contract = Contract { spot: 1.0, strike: FAR_STRIKE * forward, years, call: false };
    let put = option(model, &contract, variance(belief, asset, regime), regime).price;
    (put - (contract.strike * libm::exp(-model.rate * years) - libm::exp(-model.dividend * years))).abs()
}

fn table(experiment: &Experiment, belief: &Belief, asset: usize, regime: usize, days: usize) -> f64 {
    let model = &belief.assets[asset].model;
    let years = days as f64 * DAY;
    let forward = libm::exp((model.rate - model.dividend) * years);
    let carry = libm::exp(-model.dividend * years);
    let strikes = STRIKES.map(|over| over * forward);
    let exact = smile(model, &Smile { spot: 1.0, years, variance: variance(belief, asset, regime), regime }, &strikes);
    let at = State {
        variance: Row::splat(belief.law.level[regime]),
        regime: Row::splat(regime as f64),
        place: Row::splat(0.0),
    };
    let look = |over: f64| {
        let (kk, relative) = (Row::splat(libm::log(over)), Row::splat(over));
        carry * experiment.prices.tables().put::<false>(asset, days, kk, relative, &at).put.0[0]
    };
    largest(STRIKES.iter().zip(exact).map(|(over, exact)| (look(*over) - exact.price).abs()))
}

/// The largest error; one that is not a number is the largest of all.
fn largest(errors: impl Iterator<Item = f64>) -> f64 {
    errors.fold(0.0, |most: f64, error| if most >= error { most } else { error + 0.0 * most })
}

/// Fair bets: the portfolio, and every rule whose hedges have a price, in the world without premia.
pub fn of_null_world(world: &Experiment, outcome: &Outcome, null: &[(usize, Vec<Metric>)]) -> Vec<Check> {
    let changes = &world.market.facts().changes;
    // What is scripted, or not believed, is nobody's fair bet.
    if !(changes.breaks.is_empty() && changes.shocks.is_empty()) {
        return Vec::new();
    }
    let rows = Rows { outcome, rule: world.unhedged, days: world.grid.days() };
    let per_year = 1e4 / rows.years();
    let earned: Vec<f64> = rows.column(Column::Returns).iter().map(|x| x * per_year).collect();
    let portfolio = rows.mean(&earned).and_then(|mean| mean.estimate("mean over paths"));
    let portfolio = portfolio.map(|mean| Check {
        name: "portfolio_is_a_fair_bet",
        about: "the portfolio in excess of cash, without premia".to_owned(),
        found: Found::Zero(mean),
    });
    let rules = null.iter().filter(|(rule, _)| is_fair(world, *rule)).filter_map(|(rule, metrics)| {
        let gross = metrics.iter().find(|metric| metric.name == "gross_cost_bp_per_year")?.estimate?;
        Some(Check {
            name: "hedge_is_a_fair_bet",
            about: format!("{}, before trading costs, without premia", world.rules[*rule].name),
            found: Found::Zero(gross),
        })
    });
    portfolio.into_iter().chain(rules).collect()
}

/// Are all hedges of a rule priced by the market that they are traded in?
fn is_fair(world: &Experiment, rule: usize) -> bool {
    let priced = |leg: &crate::rules::Leg| {
        let instrument = &world.instruments[leg.instrument];
        match world.market.facts().marking {
            Marking::Model => {
                let mut needs = Needs::default();
                instrument.needs(&mut needs);
                needs != Needs::default()
            }
            Marking::FlatVix { exact } => exact && instrument.premium_days() > 0,
        }
    };
    let legs = &world.rules[rule].legs;
    !legs.is_empty() && legs.iter().all(priced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Keep, Options, Silent, run};
    use crate::scenario::load;

    #[test]
    fn the_main_scenario_passes() {
        let plan =
            load(std::path::Path::new("scenarios/three-regimes.yaml"), &[]).unwrap_or_else(|e| panic!("{e}")).plan;
        let found = of_prices(&plan.experiment);
        assert!(found.len() >= 2 && found.iter().all(Check::holds), "{found:?}");
        let world = plan.experiment.null_world().unwrap();
        let options = Options { keep: Keep::Gains, range: 0..256, ..Options::all(&world) };
        let outcome = run(&world, &[], &options, &Silent).unwrap();
        let found = of_null_world(&world, &outcome, &[]);
        assert!(found[0].holds() && found[0].z().unwrap().abs() < 4.0, "{found:?}");
    }

    #[test]
    fn what_is_far_from_zero_fails() {
        let zero = |value: f64, n| Found::Zero(Estimate::normal(value, Some(1.0), 0.95, n, "mean").unwrap());
        let check = |found| Check { name: "x", about: String::new(), found };
        assert!(check(zero(3.9, 10_000)).holds() && !check(zero(-4.1, 10_000)).holds());
        assert!(check(zero(9.0, 2)).holds(), "two paths say little");
        assert!(largest([1.0, f64::NAN, 2.0].into_iter()).is_nan() && largest([1.0, 3.0, 2.0].into_iter()) == 3.0);
        assert!(!check(Found::Error { size: f64::NAN, most: 1.0 }).holds());
    }
}
