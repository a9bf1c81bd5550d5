//! The numerically optimal rule: a piecewise-linear function of the VIX, found on training paths and judged on fresh ones.
//!
//! "Least expected cost plus expected crash loss" is linear in the size of a hedge, so that its optimum is all or nothing.
//! What is minimised here is money lost a year + weight x E[((yearly portfolio loss - 10 %)+)^2] over 0 <= N(VIX) <= most.
//! N is a sum of hat functions of the VIX, each of which is a rule; their yearly P&L is walked once on training paths, and
//! the objective is convex in their sizes. P&L before costs is linear in the sizes. Costs are not, since one hat sells
//! what its neighbour buys: the search is done with none, half and all of the hats' own costs, and mixed with the best
//! fixed size; the candidates are then walked, and the best of them by what they truly paid in training is the rule.

mod answer;
mod solve;

use super::question::{Answer, BuildsStudy, Question, Walks, WritesRules};
use crate::engine::{Experiment, Keep, Outcome, Twist};
use crate::metrics::tally::Column;
use crate::rules::{Rule, Shape};
use crate::shelf::Refusal;
use crate::units::{NonNegative, Positive, PositiveCount};
use garde::Validate;
use nalgebra::{DMatrix, DVector};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use solve::Objective;
use std::ops::Range;

/// The numerically optimal rule of one hedge.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OptimalSpec")]
pub struct Spec {
    /// Name of the instrument.
    #[garde(skip)]
    pub hedge: String,
    /// VIX levels between which the rule is a straight line; it is flat outside.
    #[garde(dive)]
    pub at: Vec<Positive>,
    /// Largest multiplier.
    #[garde(dive)]
    pub most: Positive,
    /// Weights of squared yearly losses beyond 10 %: one rule is found for each.
    #[garde(dive)]
    pub weight: Vec<NonNegative>,
    /// Training paths, other ones than those of the run.
    #[garde(dive)]
    pub train: PositiveCount,
}

/// Yearly loss of the portfolio beyond which squares count.
const BEYOND: f64 = 0.10;

/// Most VIX levels, weights and training paths.
const MOST: (usize, usize, u64) = (20, 20, 100_000);

/// Sizes at which approximations are tried, as parts of the largest multiplier.
const PARTS: [f64; 5] = [0.125, 0.25, 0.5, 0.75, 1.0];

/// Parts of the hats' trading costs that the searches charge.
const CHARGED: [f64; 3] = [0.0, 0.5, 1.0];

/// Parts of the best fixed size that are mixed into what a search finds.
const MIXED: [f64; 4] = [0.0, 0.25, 0.5, 0.75];

/// Approximations N x lambda / lambda-bar: name and signal with its mean.
const APPROXIMATIONS: [(&str, &str, &str); 3] = [
    ("crash intensity (oracle)", r#"{ "crash_intensity": "oracle" }"#, r#"{ "to": "mean" }"#),
    ("crash intensity (filtered)", r#"{ "crash_intensity": "filtered" }"#, r#"{ "to": "mean" }"#),
    ("VIX^2 over its mean", r#"{ "variance_ratio": { "window": 252 } }"#, r#"{ "to": 1 }"#),
];

impl BuildsStudy for Spec {
    fn build(&self, desk: &mut dyn WritesRules) -> Result<Box<dyn Question>, Refusal> {
        let refuse = |field: &str, message: String| Err(Refusal::new(field, message));
        let years = match desk.simulated_years() {
            None => return refuse("", "needs a simulated market: history has no fresh paths".to_owned()),
            Some(0) => return refuse("", "needs at least one whole year; raise `years`".to_owned()),
            Some(years) => years,
        };
        let at: Vec<f64> = self.at.iter().map(|x| x.get()).collect();
        if at.len() < 2 || at.len() > MOST.0 || !at.is_sorted_by(|a, b| a < b) {
            return refuse("at", format!("{at:?} must be 2 to {} increasing levels of the VIX", MOST.0));
        }
        if self.weight.is_empty() || self.weight.len() > MOST.1 {
            return refuse("weight", format!("has {} weights, must be 1 to {}", self.weight.len(), MOST.1));
        }
        if self.train.get() > MOST.2 {
            return refuse("train", format!("is {}, must be at most {} paths", self.train.get(), MOST.2));
        }
        let most = self.most.get();
        let fixed = desk.rule("fixed", json!({ "hedge": self.hedge, "hold": 1 }))?;
        let table =
            |give: &[f64]| json!([{ "signal": { "vix": {} }, "shape": { "table": { "at": at, "give": give } } }]);
        let mut hats = Vec::new();
        for hat in 0..at.len() {
            let give: Vec<f64> = (0..at.len()).map(|i| f64::from(u8::from(i == hat))).collect();
            hats.push(desk.rule("hat", json!({ "hedge": self.hedge, "scale": table(&give) }))?);
        }
        // A market need not have crashes that could be foreseen: then there is no such approximation.
        let mut approximations = Vec::new();
        for (name, signal, ratio) in APPROXIMATIONS {
            let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
            let scale = json!([{ "signal": parse(signal), "shape": { "ratio": parse(ratio) } }]);
            let written = json!({ "hedge": self.hedge, "scale": scale, "limits": { "cap": most } });
            if let Ok(rule) = desk.rule(name, written) {
                approximations.push((name, rule));
            }
        }
        let weights = self.weight.iter().map(|x| x.get()).collect();
        let hedge = self.hedge.clone();
        Ok(Box::new(Optimal { hedge, at, most, weights, train: self.train.get(), years, fixed, hats, approximations }))
    }
}

/// The checked study.
struct Optimal {
    hedge: String,
    at: Vec<f64>,
    most: f64,
    weights: Vec<f64>,
    train: u64,
    /// Whole years of a path.
    years: usize,
    fixed: Rule,
    hats: Vec<Rule>,
    approximations: Vec<(&'static str, Rule)>,
}

/// Yearly P&L on some paths: `[year of path]`, years of one path together.
struct Yearly {
    /// The portfolio's own.
    portfolio: Vec<f64>,
    /// Of each hedge.
    hedges: Vec<Vec<f64>>,
    /// Trading cost of each hedge, on each path the same in all years.
    costs: Vec<Vec<f64>>,
}

/// What training found for one weight.
struct Found {
    weight: f64,
    /// Multiplier at each level of the VIX.
    multipliers: Vec<f64>,
    /// Best size of the fixed hedge.
    size: f64,
    /// Best size of each approximation: a place in [`PARTS`], or none at all.
    bases: Vec<Option<usize>>,
    /// Value of the objective in training, when walked.
    trained: f64,
}

impl Optimal {
    /// The fixed hedge, then every approximation at every size.
    fn known(&self) -> Vec<Rule> {
        let sized = |(_, rule): &(&str, Rule)| -> Vec<Rule> {
            let at = |part: &f64| {
                let mut rule = rule.clone();
                rule.legs.iter_mut().for_each(|leg| leg.hold = part * self.most);
                rule
            };
            PARTS.iter().map(at).collect()
        };
        std::iter::once(self.fixed.clone()).chain(self.approximations.iter().flat_map(sized)).collect()
    }

    /// The rule with these multipliers at the levels of the VIX.
    fn rule(&self, multipliers: &[f64]) -> Rule {
        let mut rule = self.hats[0].clone();
        for term in rule.legs.iter_mut().flat_map(|leg| &mut leg.scale) {
            term.shape = Shape::Table { at: self.at.clone(), give: multipliers.to_vec() };
        }
        rule
    }

    /// Walks rules and keeps the whole years of every path.
    fn yearly(
        &self,
        base: &Experiment,
        rules: Vec<Rule>,
        range: Range<u64>,
        walk: &Walks<'_>,
    ) -> Result<Option<Yearly>, String> {
        let count = rules.len();
        let walked = base.with_rules(rules, vec![Twist::None; count]);
        let Some(outcome) = walk.walk(&walked, range, Keep::Years)? else { return Ok(None) };
        let portfolio = self.whole_years(&outcome, walked.unhedged);
        let net = |rule| -> Vec<f64> {
            self.whole_years(&outcome, rule).iter().zip(&portfolio).map(|(with, without)| with - without).collect()
        };
        let a_year = 1.0 / base.grid.years();
        let cost = |rule| -> Vec<f64> {
            let (spread, fee) = (outcome.table.column(rule, Column::Spread), outcome.table.column(rule, Column::Fee));
            let of_path = |(spread, fee): (&f64, &f64)| std::iter::repeat_n((spread + fee) * a_year, self.years);
            spread.iter().zip(fee).flat_map(of_path).collect()
        };
        let (hedges, costs) = ((0..count).map(net).collect(), (0..count).map(cost).collect());
        Ok(Some(Yearly { hedges, costs, portfolio }))
    }

    fn whole_years(&self, outcome: &Outcome, rule: usize) -> Vec<f64> {
        let of_path = |path: usize| (0..self.years).map(move |year| outcome.table.year(rule, year)[path]);
        (0..outcome.paths).flat_map(of_path).collect()
    }

    /// What training finds: from hats and known rules to candidates, which are walked on the same paths.
    fn train(&self, experiment: &Experiment, walk: &Walks<'_>) -> Result<Option<Vec<Found>>, String> {
        let paths = experiment.paths..experiment.paths + self.train;
        let rules = self.known().into_iter().chain(self.hats.iter().cloned()).collect();
        let Some(seen) = self.yearly(experiment, rules, paths.clone(), walk)? else { return Ok(None) };
        let portfolio = DVector::from_column_slice(&seen.portfolio);
        let size = |weight: f64| {
            let fixed = DMatrix::from_column_slice(portfolio.len(), 1, &seen.hedges[0]);
            Objective { hedges: &fixed, portfolio: &portfolio, weight, beyond: BEYOND }.minimise(self.most)[0]
        };
        let sizes: Vec<f64> = self.weights.iter().map(|weight| size(*weight)).collect();
        let candidates: Vec<Vec<Vec<f64>>> = self
            .weights
            .iter()
            .zip(&sizes)
            .map(|(weight, size)| self.candidates(&seen, &portfolio, *weight, *size))
            .collect();
        let rules = candidates.iter().flatten().map(|multipliers| self.rule(multipliers)).collect();
        let Some(walked) = self.yearly(experiment, rules, paths, walk)? else { return Ok(None) };
        let each = candidates.first().map_or(0, Vec::len);
        let of_weight = |(slot, weight): (usize, &f64)| {
            let value = |hedge: &Vec<f64>| mean_objective(hedge, &seen.portfolio, *weight);
            let values: Vec<f64> = walked.hedges[slot * each..][..each].iter().map(value).collect();
            let best = lowest(&values);
            let nothing = value(&vec![0.0; seen.portfolio.len()]);
            let base = |first: usize| {
                let values: Vec<f64> = seen.hedges[first..][..PARTS.len()].iter().map(value).collect();
                Some(lowest(&values)).filter(|best| values[*best] < nothing)
            };
            Found {
                weight: *weight,
                trained: values[best],
                multipliers: candidates[slot][best].clone(),
                size: sizes[slot],
                bases: (0..self.approximations.len()).map(|i| base(1 + i * PARTS.len())).collect(),
            }
        };
        Ok(Some(self.weights.iter().enumerate().map(of_weight).collect()))
    }

    /// Rules that may be the best for a weight: the fixed size, and what the searches find, plain and mixed with it.
    fn candidates(&self, seen: &Yearly, portfolio: &DVector<f64>, weight: f64, size: f64) -> Vec<Vec<f64>> {
        let first = seen.hedges.len() - self.hats.len();
        let mut list = vec![vec![size; self.at.len()]];
        for charged in CHARGED {
            let net = |year: usize, hat: usize| {
                seen.hedges[first + hat][year] + (1.0 - charged) * seen.costs[first + hat][year]
            };
            let hedges = DMatrix::from_fn(portfolio.len(), self.hats.len(), net);
            let found = Objective { hedges: &hedges, portfolio, weight, beyond: BEYOND }.minimise(self.most);
            let mix = |part: &f64| found.iter().map(|x| x + part * (size - x)).collect();
            list.extend(MIXED.iter().map(mix));
        }
        list
    }
}

/// Place of the smallest value.
fn lowest(values: &[f64]) -> usize {
    (0..values.len()).min_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap_or(0)
}

fn mean_objective(hedge: &[f64], portfolio: &[f64], weight: f64) -> f64 {
    let years =
        hedge.iter().zip(portfolio).map(|(hedge, portfolio)| solve::of_year(*hedge, *portfolio, weight, BEYOND));
    years.sum::<f64>() / portfolio.len() as f64
}

impl Question for Optimal {
    fn intent(&self) -> String {
        format!(
            "Optimal rule: {} by the VIX through {} points, up to {}, for {} weights of squared losses; found on {} paths beyond \
             the run's, judged on the run's.",
            self.hedge,
            self.at.len(),
            self.most,
            self.weights.len(),
            self.train
        )
    }

    fn passes(&self, experiment: &Experiment) -> Vec<(u64, usize)> {
        let known = 1 + self.approximations.len() * PARTS.len();
        let candidates = self.weights.len() * (1 + CHARGED.len() * MIXED.len());
        vec![
            (self.train, known + self.hats.len()),
            (self.train, candidates),
            (experiment.paths, known + self.weights.len()),
        ]
    }

    fn bytes(&self, experiment: &Experiment) -> f64 {
        let of_pass = |(paths, rules): (u64, usize)| paths as f64 * ((rules + 1) * experiment.years()) as f64;
        // Rows, and two copies that are worked on.
        3.0 * size_of::<f64>() as f64 * self.passes(experiment).into_iter().map(of_pass).sum::<f64>()
    }

    fn answer(&self, experiment: &Experiment, _: &[f64], walk: &Walks<'_>) -> Result<Option<Answer>, String> {
        let Some(found) = self.train(experiment, walk)? else { return Ok(None) };
        let rules = self.known().into_iter().chain(found.iter().map(|found| self.rule(&found.multipliers))).collect();
        let fresh = self.yearly(experiment, rules, 0..experiment.paths, walk)?;
        Ok(fresh.map(|fresh| self.conclude(&found, &fresh)))
    }
}
