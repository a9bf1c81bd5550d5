//! The points of a sweep, all read and resolved before anything is simulated.

use crate::cli::Failure;
use crate::cli::evaluate::effort;
use crate::cli::trials::rules_hash;
use hedgelab::engine::Experiment;
use hedgelab::report::check::Effort;
use hedgelab::report::sweep::{AxisAt, lean};
use hedgelab::scenario::resolve::Plan;
use hedgelab::scenario::vary::{Axis, Refused, points};
use hedgelab::scenario::{self, Loaded, raw};
use hedgelab::store::Ledger;
use hedgelab::study::evaluate::passes;
use hedgelab::study::twins::is_dynamic;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A scenario, what is varied in it, and the points that this spans.
pub struct Points {
    /// The scenario's file.
    pub file: PathBuf,
    /// The scenario itself.
    pub base: Loaded,
    /// What is varied, and which value the scenario itself has.
    pub axes: Vec<AxisAt>,
    /// Number of the value on every axis, point by point.
    pub at: Vec<Vec<usize>>,
    /// Number of the point that is the scenario itself.
    pub base_point: Option<usize>,
    /// What each point takes and tries.
    pub steps: Vec<Step>,
    /// Rules of all points in the order in which they appear, and whether each is dynamic.
    pub rules: Vec<(String, bool)>,
}

/// What is known of a point before it is simulated.
pub struct Step {
    /// Its paths.
    pub paths: u64,
    /// Paths of all passes, for the progress bar.
    pub walked_paths: u64,
    /// Its seed; none for history.
    pub seed: Option<u64>,
    /// SHA-256 of its instruments and rules.
    pub rules_sha256: String,
    /// Different rules that it tries.
    pub tried: u64,
    /// Rules that are walked, passes, and path-days of a pass.
    effort: (usize, usize, f64),
}

impl Points {
    /// Reads the scenario and every point of it.
    ///
    /// # Errors
    /// The first list that cannot be read, or the problems of the first point that the scenario refuses.
    pub fn read(file: &Path, overrides: &[String], vary: &[String]) -> Result<Self, Failure> {
        let axes = vary.iter().map(|text| Axis::read(text)).collect::<Result<Vec<_>, _>>().map_err(refused)?;
        let at = points(&axes).map_err(refused)?;
        let base = scenario::load(file, overrides)?;
        let mut read = Self {
            file: file.to_path_buf(),
            base_point: None,
            axes: axes.into_iter().map(|axis| AxisAt { axis, base: None }).collect(),
            steps: Vec::with_capacity(at.len()),
            at,
            base,
            rules: Vec::new(),
        };
        let own = meant(&read.base.raw);
        for point in 0..read.at.len() {
            let loaded = read.load(point)?;
            if let Some(refusal) = sealed(&loaded.plan) {
                return Err(refusal);
            }
            read.steps.push(step(&loaded)?);
            read.enter_rules(&loaded.plan.experiment);
            if meant(&loaded.raw) == own {
                read.base_point = Some(point);
            }
        }
        read.find_base(overrides, &own);
        Ok(read)
    }

    /// Reads one point.
    ///
    /// # Errors
    /// What the scenario refuses there.
    pub fn load(&self, point: usize) -> Result<Loaded, Failure> {
        let varied = self.changes(point);
        let all: Vec<String> = self.base.overrides.iter().chain(&varied).cloned().collect();
        Ok(scenario::load(&self.file, &all).map_err(|problems| {
            let place = format!("point #{point} of {}: {}", self.at.len(), varied.join("  "));
            problems.at_point(&varied, &place)
        })?)
    }

    /// The changes that make a point.
    pub fn changes(&self, point: usize) -> Vec<String> {
        self.axes.iter().zip(&self.at[point]).map(|(axis, at)| axis.axis.change(*at)).collect()
    }

    /// What is varied, as it is given with `--vary`: ranges as lists.
    pub fn vary(&self) -> Vec<String> {
        self.axes.iter().map(|AxisAt { axis, .. }| format!("{}={}", axis.key, axis.values.join(","))).collect()
    }

    /// The axes alone.
    pub fn bare_axes(&self) -> Vec<Axis> {
        self.axes.iter().map(|axis| axis.axis.clone()).collect()
    }

    /// Seconds on so many cores of these points: measured on the scenario itself, scaled to their paths, years and rules.
    ///
    /// # Errors
    /// A sentence when the threads cannot be started.
    pub fn seconds(&self, cores: usize, of: impl Iterator<Item = usize>) -> Result<f64, String> {
        let base = Effort::of(&lean(&self.base.plan))?;
        let each = |point: usize| {
            let (walked, passes, path_days) = self.steps[point].effort;
            Effort { walked, passes, path_days, ..base }.seconds(cores)
        };
        Ok(of.map(each).sum())
    }

    /// The refusal of seeds that a ledger holds sealed, whatever the scenario says now.
    pub fn sealed(&self, ledger: &Ledger) -> Option<Failure> {
        let name = &self.base.plan.name;
        let hit =
            self.steps.iter().filter_map(|step| step.seed).find_map(|seed| Some((seed, ledger.sealed(name, seed)?)));
        hit.map(|(seed, seeds)| refuse_seed(seed, *seeds.start(), *seeds.end()))
    }

    fn enter_rules(&mut self, experiment: &Experiment) {
        for rule in &experiment.rules[..experiment.named] {
            if !self.rules.iter().any(|(known, _)| *known == rule.name) {
                self.rules.push((rule.name.clone(), is_dynamic(rule)));
            }
        }
    }

    /// Which value of every axis is the scenario's own: the one that changes nothing.
    fn find_base(&mut self, overrides: &[String], own: &Value) {
        if let Some(base) = self.base_point {
            self.axes.iter_mut().zip(&self.at[base]).for_each(|(axis, at)| axis.base = Some(*at));
            return;
        }
        for axis in &mut self.axes {
            let same = |value: &usize| {
                let changed: Vec<String> = overrides.iter().cloned().chain([axis.axis.change(*value)]).collect();
                let read = scenario::read::<raw::Scenario>(&self.file, &changed);
                read.is_ok_and(|reading| meant(&reading.value) == *own)
            };
            axis.base = (0..axis.axis.values.len()).find(same);
        }
    }
}

/// A scenario as data: two that mean the same are the same, however they were written.
fn meant(scenario: &raw::Scenario) -> Value {
    serde_json::to_value(scenario).unwrap_or_default()
}

fn step(loaded: &Loaded) -> Result<Step, Failure> {
    let plan = lean(&loaded.plan);
    let experiment = &plan.experiment;
    let path_days = experiment.paths as f64 * experiment.grid.rows() as f64;
    Ok(Step {
        paths: experiment.paths,
        walked_paths: effort(&plan),
        seed: (!plan.history).then_some(experiment.seed),
        rules_sha256: rules_hash(&loaded.raw)?,
        tried: experiment.variants() as u64,
        effort: (experiment.rules.len(), passes(&plan.task()) as usize, path_days),
    })
}

/// The refusal of a sealed seed: a sweep looks many times.
fn sealed(plan: &Plan) -> Option<Failure> {
    let (seeds, seed) = (plan.sealed.as_ref()?, plan.experiment.seed);
    seeds.contains(&seed).then(|| refuse_seed(seed, *seeds.start(), *seeds.end()))
}

fn refuse_seed(seed: u64, from: u64, to: u64) -> Failure {
    let message = format!(
        "seed {seed} is among the sealed seeds {from}-{to}, which are looked at once: a sweep looks at every point"
    );
    Failure::said("seal", message).help("take a seed outside the range: --seed N")
}

fn refused(refused: Refused) -> Failure {
    let failure = Failure::usage(refused.message);
    match refused.help {
        Some(help) => failure.help(help),
        None => failure,
    }
}
