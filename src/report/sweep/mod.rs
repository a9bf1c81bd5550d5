//! A sweep: the same question asked at every point of a grid of scenario numbers, on common random numbers.
//!
//! [`Sweep`] is what `sweep.json` holds: no time and no name of a machine, so that the same sweep gives the same bytes. The
//! table on the terminal ([`text`]) and the page ([`book`]) are made from it alone.

pub mod book;
mod charts;
pub mod measure;
#[cfg(test)]
mod sample;
pub mod text;
mod words;

use crate::named::Named;
use crate::scenario::resolve::Plan;
use crate::scenario::vary::Axis;
use crate::stats::estimate::Estimate;
use crate::study::comparison::{Differences, Twin, Verdict};
use crate::study::evaluate::Findings;
use crate::study::measure::Metric;
use crate::study::twins::is_dynamic;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The schema of `sweep.json`.
pub const SCHEMA: &str = "hedgelab.sweep/1";

/// What a point leaves out of a run's evaluation.
pub const LEFT_OUT: &str = "Each point is the run's own evaluation with its comparison and the fixed hedges of equal money; \
                            walk-forward, other twins, claims, mistakes and studies with rules of their own are left out.";

/// Everything that a sweep found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Always true: a sweep that failed has no document.
    pub ok: bool,
    /// The scenario that is varied.
    pub base: Base,
    /// What is varied, in order: the last axis runs fastest.
    pub axes: Vec<AxisAt>,
    /// Number of the point that is the scenario itself, where it is on the grid.
    pub base_point: Option<usize>,
    /// Is the seed the same at every point?
    pub common_random_numbers: bool,
    /// What the points leave out.
    pub left_out: String,
    /// The points.
    pub points: Vec<Point>,
    /// What they say, in sentences.
    pub closing: Vec<String>,
}

/// The scenario that is varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Base {
    /// Its name.
    pub name: String,
    /// Its question.
    pub question: Option<String>,
    /// Changes that hold at every point.
    pub overrides: Vec<String>,
    /// SHA-256 of its resolved text.
    pub scenario_sha256: String,
    /// Version of the program.
    pub version: String,
}

/// What is varied, and which of its values the scenario itself has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisAt {
    /// Key and values.
    #[serde(flatten)]
    pub axis: Axis,
    /// Number of the scenario's own value, where it is among them.
    pub base: Option<usize>,
}

/// One point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Number of its value on every axis.
    pub at: Vec<usize>,
    /// The values by key: numbers as numbers, everything else as it was written.
    pub values: Map<String, Value>,
    /// Its seed; none for history.
    pub seed: Option<u64>,
    /// Paths simulated.
    pub paths: u64,
    /// Evaluated years of a path.
    pub years: f64,
    /// The rule that others are set against.
    pub benchmark: Option<String>,
    /// The named rules.
    pub rules: Named<RuleAt>,
    /// What to know before believing a number.
    pub caveats: Vec<String>,
}

/// A rule at a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleAt {
    /// Does it ever change what it holds?
    pub dynamic: bool,
    /// Its metrics, as in summary.json.
    pub metrics: Named<Number>,
    /// Itself minus the benchmark, path by path; nothing for the benchmark.
    pub against: Named<Number>,
    /// Itself beside the fixed hedge that loses the same money; none for a fixed hedge.
    pub equal_money: Option<Beside>,
    /// HER and money lost in the world without premia.
    pub null_world: Named<Number>,
}

/// A dynamic rule beside the fixed hedge that loses the same money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// Size of the fixed hedge.
    pub size: Option<Number>,
    /// Why it has none.
    pub why: Option<String>,
    /// Does the rule protect better?
    pub verdict: String,
    /// Rule minus fixed hedge.
    pub differences: Named<Number>,
}

/// A number with its doubt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// The number; none where it is not defined.
    pub value: Option<f64>,
    /// Standard error.
    pub se: Option<f64>,
    /// Lower end of the 95 % interval.
    pub ci_low: Option<f64>,
    /// Upper end.
    pub ci_high: Option<f64>,
    /// Unit.
    pub unit: String,
}

impl Number {
    fn of(found: Option<&Estimate>, unit: &str) -> Self {
        let unit = unit.to_owned();
        match found {
            Some(e) => Self { value: Some(e.value), se: e.se, ci_low: e.ci_low, ci_high: e.ci_high, unit },
            None => Self { unit, ..Self::default() },
        }
    }

    /// The interval, where it is bounded on both sides.
    pub fn interval(&self) -> Option<[f64; 2]> {
        Some([self.ci_low?, self.ci_high?])
    }
}

/// A plan with nothing left but what a point of a sweep asks for: see [`LEFT_OUT`]. Members of grids are not walked.
pub fn lean(plan: &Plan) -> Plan {
    let mut lean = plan.clone();
    let experiment = &mut lean.experiment;
    let kept = experiment.kept();
    experiment.rules.truncate(kept);
    experiment.twists.truncate(kept);
    experiment.families.clear();
    lean.choices.clear();
    lean.claims.clear();
    lean.mistakes.clear();
    lean.questions.clear();
    if let Some(comparison) = &mut lean.comparison {
        comparison.twins = vec![Twin::EqualMoney];
    }
    lean
}

impl Point {
    /// What was found at a point of these axes.
    pub fn of(axes: &[Axis], at: &[usize], plan: &Plan, findings: &Findings) -> Self {
        let experiment = &plan.experiment;
        let name = |rule: usize| experiment.rules[rule].name.clone();
        let rule = |rule: usize| {
            let of_rule = |list: &[(usize, Vec<Metric>)]| {
                list.iter().find(|(known, _)| *known == rule).map(|(_, list)| metrics(list)).unwrap_or_default()
            };
            let against = findings.against.iter().find(|(known, _)| *known == rule);
            let at = RuleAt {
                dynamic: is_dynamic(&experiment.rules[rule]),
                metrics: metrics(&findings.rules[rule].1),
                against: against.map(|(_, found)| differences(found)).unwrap_or_default(),
                equal_money: beside(findings, rule),
                null_world: of_rule(&findings.null),
            };
            (name(rule), at)
        };
        Self {
            at: at.to_vec(),
            values: values(axes, at),
            seed: (!plan.history).then_some(experiment.seed),
            paths: findings.outcome.simulated,
            years: experiment.grid.years(),
            benchmark: plan.comparison.as_ref().map(|comparison| name(comparison.against)),
            rules: (0..experiment.named).map(rule).collect(),
            caveats: findings.caveats.iter().map(|caveat| caveat.text.clone()).collect(),
        }
    }
}

/// The values of a point by key.
pub fn values(axes: &[Axis], at: &[usize]) -> Map<String, Value> {
    let value = |text: &str| match serde_json::from_str::<Value>(text) {
        Ok(number @ Value::Number(_)) => number,
        _ => text.into(),
    };
    axes.iter().zip(at).map(|(axis, at)| (axis.key.clone(), value(&axis.values[*at]))).collect()
}

fn metrics(list: &[Metric]) -> Named<Number> {
    list.iter().map(|metric| (metric.name.to_owned(), Number::of(metric.estimate.as_ref(), metric.unit))).collect()
}

fn differences(found: &Differences) -> Named<Number> {
    found.named().into_iter().map(|(name, unit, found)| (name.to_owned(), Number::of(found.as_ref(), unit))).collect()
}

/// The pairing of equal money, as in summary.json.
fn beside(findings: &Findings, rule: usize) -> Option<Beside> {
    let pairing = findings.pairings.iter().find(|p| p.rule == rule && p.twin.twin == Twin::EqualMoney)?;
    let found = pairing.differences.as_ref();
    let verdict = found.map_or(Verdict::Unknown, |found| found.verdict(Twin::EqualMoney));
    let (size, why) = match &pairing.twin.size {
        Ok(size) => {
            let estimate = size.estimate("ratio");
            let bare = Number { value: Some(size.value), unit: "multiplier".to_owned(), ..Number::default() };
            (Some(estimate.map_or(bare, |e| Number::of(Some(&e), "multiplier"))), None)
        }
        Err(why) => (None, Some(why.clone())),
    };
    Some(Beside {
        size,
        why,
        verdict: verdict.words().to_owned(),
        differences: found.map(differences).unwrap_or_default(),
    })
}

impl Sweep {
    /// The document of a sweep whose points are all there.
    pub fn new(base: Base, axes: Vec<AxisAt>, base_point: Option<usize>, points: Vec<Point>) -> Self {
        let common = points.windows(2).all(|pair| pair[0].seed == pair[1].seed);
        let mut sweep = Self {
            schema: SCHEMA.to_owned(),
            ok: true,
            base,
            axes,
            base_point,
            common_random_numbers: common,
            left_out: LEFT_OUT.to_owned(),
            points,
            closing: Vec::new(),
        };
        sweep.closing = words::closing(&sweep);
        sweep
    }

    /// The end of an axis' key: as many steps as it takes to tell it from the others, for sentences and narrow columns.
    pub fn label(&self, axis: usize) -> &str {
        let key = &self.axes[axis].axis.key;
        let ends = key.char_indices().rev().filter(|(_, c)| *c == '.').map(|(i, _)| &key[i + 1..]);
        let others =
            || self.axes.iter().enumerate().filter(|(other, _)| *other != axis).map(|(_, other)| &other.axis.key);
        let alone = |end: &&str| !others().any(|key| key == end || key.ends_with(&format!(".{end}")));
        ends.into_iter().find(alone).unwrap_or(key)
    }

    /// All rules of all points, in the order in which they appear, and whether each is dynamic.
    pub fn rules(&self) -> Vec<(String, bool)> {
        let mut list: Vec<(String, bool)> = Vec::new();
        for (name, rule) in self.points.iter().flat_map(|point| point.rules.iter()) {
            if !list.iter().any(|(known, _)| known == name) {
                list.push((name.clone(), rule.dynamic));
            }
        }
        list
    }

    /// Points at which all axes after the first so many have the value of the scenario itself, or else their first one.
    pub fn slice(&self, axes: usize) -> Vec<&Point> {
        let kept = |point: &&Point| {
            let after = self.axes.iter().zip(&point.at).skip(axes);
            after.into_iter().all(|(axis, at)| *at == axis.base.unwrap_or(0))
        };
        self.points.iter().filter(kept).collect()
    }

    /// What is held fixed in a slice, in words; empty where nothing is.
    pub fn held(&self, axes: usize) -> String {
        let words = |(i, axis): (usize, &AxisAt)| {
            let from = if axis.base.is_some() { "" } else { " (the first one)" };
            format!("{} = {}{from}", self.label(i), axis.axis.values[axis.base.unwrap_or(0)])
        };
        self.axes.iter().enumerate().skip(axes).map(words).collect::<Vec<_>>().join(", ")
    }

    /// Paths, years and seed, where they are the same everywhere.
    pub fn size(&self) -> String {
        let Some(first) = self.points.first() else { return String::new() };
        let same = |differs: &dyn Fn(&Point) -> bool| !self.points.iter().any(differs);
        let Some(seed) = first.seed else { return format!("one real path of {:.1} years", first.years) };
        let paths = if same(&|point| point.paths != first.paths) {
            format!("{} paths", first.paths)
        } else {
            "different numbers of paths".to_owned()
        };
        let years = if same(&|point| point.years != first.years) {
            format!("{:.1} years", first.years)
        } else {
            "different numbers of years".to_owned()
        };
        let seed =
            if self.common_random_numbers { format!("seed {seed} at every point") } else { "several seeds".to_owned() };
        format!("{paths} of {years}, {seed}")
    }
}
