//! The numerically optimal rule: a piecewise-linear function of the VIX, found on training paths and judged on fresh ones.
//!
//! "Least expected cost plus expected crash loss" is linear in the size of a hedge, so that its optimum is all or nothing.
//! What is minimised here is money lost a year + weight x E[((yearly portfolio loss - 10 %)+)^2] over 0 <= N(VIX) <= most.
//! The rule is found on training paths by the search of [`search`](super::search), whose known rule is the best fixed size.

mod answer;
mod figures;

use super::question::{Answer, BuildsStudy, Question, Walks, WritesRules};
use super::search::{CANDIDATES, Yearly, lowest};
use crate::engine::Experiment;
use crate::rules::{Rule, Shape};
use crate::shelf::Refusal;
use crate::units::{NonNegative, Positive, PositiveCount};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

/// Most VIX levels, weights and training paths.
const MOST: (usize, usize, u64) = (20, 20, 100_000);

/// Sizes at which approximations are tried, as parts of the largest multiplier.
const PARTS: [f64; 5] = [0.125, 0.25, 0.5, 0.75, 1.0];

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

    /// What training finds: from hats and known rules to candidates, which are walked on the same paths.
    fn train(&self, experiment: &Experiment, walk: &Walks<'_>) -> Result<Option<Vec<Found>>, String> {
        let paths = experiment.paths..experiment.paths + self.train;
        let rules = self.known().into_iter().chain(self.hats.iter().cloned()).collect();
        let Some(seen) = Yearly::walk(experiment, rules, paths.clone(), self.years, walk)? else { return Ok(None) };
        let hats = seen.hedges.len() - self.hats.len()..seen.hedges.len();
        let sizes: Vec<f64> = self.weights.iter().map(|weight| seen.best_size(0, *weight, self.most)).collect();
        let fixed = |size: &f64| vec![*size; self.at.len()];
        let candidates: Vec<Vec<Vec<f64>>> = self
            .weights
            .iter()
            .zip(&sizes)
            .map(|(weight, size)| seen.candidates(hats.clone(), &fixed(size), *weight, self.most))
            .collect();
        let rules = candidates.iter().flatten().map(|multipliers| self.rule(multipliers)).collect();
        let Some(walked) = Yearly::walk(experiment, rules, paths, self.years, walk)? else { return Ok(None) };
        let of_weight = |(slot, weight): (usize, &f64)| {
            let value = |hedge: &Vec<f64>| seen.objective(hedge, *weight);
            let values: Vec<f64> = walked.hedges[slot * CANDIDATES..][..CANDIDATES].iter().map(value).collect();
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
        let candidates = self.weights.len() * CANDIDATES;
        vec![
            (self.train, known + self.hats.len()),
            (self.train, candidates),
            (experiment.paths, known + self.weights.len()),
        ]
    }

    fn bytes(&self, experiment: &Experiment) -> f64 {
        Yearly::bytes(&self.passes(experiment), experiment.years())
    }

    fn answer(&self, experiment: &Experiment, _: &[f64], walk: &Walks<'_>) -> Result<Option<Answer>, String> {
        let Some(found) = self.train(experiment, walk)? else { return Ok(None) };
        let rules = self.known().into_iter().chain(found.iter().map(|found| self.rule(&found.multipliers))).collect();
        let fresh = Yearly::walk(experiment, rules, 0..experiment.paths, self.years, walk)?;
        Ok(fresh.map(|fresh| self.conclude(&found, &fresh)))
    }
}
