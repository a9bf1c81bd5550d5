//! Studies that answer with tables of their own: what such a study is asked, offered and answers. It may read the paths of
//! the run, walk other paths and other rules, or both.
//!
//! A kind is one file with a `Spec` that implements [`BuildsStudy`] and a [`Question`]; it stands in the scenario as one
//! field of `study` and in the list beside it. What is found goes out as plain tables, sentences and JSON, so that no
//! report needs to know the kind.

use crate::engine::{Experiment, Keep, Observer, Options, Outcome, Study, run};
use crate::figure::Figure;
use crate::rules::Rule;
use crate::shelf::Refusal;
use crate::stats::estimate::Estimate;
use serde_json::Value;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// What the description of a study turns into.
pub trait BuildsStudy {
    /// The checked study.
    ///
    /// # Errors
    /// A [`Refusal`] naming the field.
    fn build(&self, desk: &mut dyn WritesRules) -> Result<Box<dyn Question>, Refusal>;
}

/// Makes rules from a scenario's words: its hedges and signals stand behind it.
pub trait WritesRules {
    /// A rule as it would stand under `rules`.
    ///
    /// # Errors
    /// A [`Refusal`] naming the field of the rule.
    fn rule(&mut self, name: &str, written: Value) -> Result<Rule, Refusal>;

    /// Whole evaluated years of a path; none for real history.
    fn simulated_years(&self) -> Option<usize>;

    /// Name of a scenario file, and this scenario in its market.
    ///
    /// # Errors
    /// A [`Refusal`] of the file.
    fn world(&mut self, file: &Path) -> Result<(String, Experiment), Refusal>;

    /// Name and crashes a year of each regime, in order of severity; none for real history.
    fn regimes(&self) -> Vec<(String, f64)>;
}

/// A checked study.
pub trait Question: Send + Sync {
    /// What it will do, in a sentence.
    fn intent(&self) -> String;

    /// Can it be answered in this experiment?
    ///
    /// # Errors
    /// A [`Refusal`] naming the field.
    fn fits(&self, _experiment: &Experiment) -> Result<(), Refusal> {
        Ok(())
    }

    /// What it reads of the run's own paths, where it reads them; earlier runs tried so many variants.
    fn reads(&self, _experiment: &Experiment, _earlier_trials: u64) -> Option<Box<dyn Study>> {
        None
    }

    /// Paths and rules of each pass, for the effort.
    fn passes(&self, experiment: &Experiment) -> Vec<(u64, usize)>;

    /// Bytes that its rows take.
    fn bytes(&self, experiment: &Experiment) -> f64;

    /// Finds out; nothing if it was stopped. `records` has what was read of the run's own paths, path by path.
    ///
    /// # Errors
    /// A sentence when the threads cannot be started.
    fn answer(&self, experiment: &Experiment, records: &[f64], walk: &Walks<'_>) -> Result<Option<Answer>, String>;
}

/// How a study walks paths; nothing here changes the answer.
pub struct Walks<'a> {
    /// Threads (0: one a core).
    pub threads: usize,
    /// Set to stop.
    pub stop: Option<&'a AtomicBool>,
    /// Learns how far the walk is.
    pub observer: &'a dyn Observer,
    /// Variants that earlier runs tried.
    pub earlier_trials: u64,
}

impl Walks<'_> {
    /// Walks the paths of a range; none if it was stopped.
    ///
    /// # Errors
    /// A sentence when the threads cannot be started.
    pub fn walk(&self, experiment: &Experiment, range: Range<u64>, keep: Keep) -> Result<Option<Outcome>, String> {
        self.pass(experiment, &[], range, keep)
    }

    /// What a study reads of the paths of a range, path by path; none if it was stopped.
    ///
    /// # Errors
    /// A sentence when the threads cannot be started.
    pub fn read(
        &self,
        experiment: &Experiment,
        study: &dyn Study,
        range: Range<u64>,
    ) -> Result<Option<Vec<f64>>, String> {
        let outcome = self.pass(experiment, &[study], range, Keep::Gains)?;
        Ok(outcome.and_then(|mut outcome| outcome.records.pop()))
    }

    fn pass(
        &self,
        experiment: &Experiment,
        studies: &[&dyn Study],
        range: Range<u64>,
        keep: Keep,
    ) -> Result<Option<Outcome>, String> {
        let options = Options { threads: self.threads, keep, stop: self.stop, range, ..Options::all(experiment) };
        let outcome = run(experiment, studies, &options, self.observer)?;
        Ok((!outcome.interrupted).then_some(outcome))
    }
}

/// What a study found.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its key under `studies` in summary.json.
    pub name: &'static str,
    /// For a reader.
    pub tables: Vec<Table>,
    /// What to know about the tables.
    pub notes: Vec<String>,
    /// One sentence with its numbers.
    pub closing: String,
    /// What makes it visible.
    pub figures: Vec<Figure>,
    /// Everything, for a machine.
    pub json: Value,
}

/// A table of an answer.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it shows, with the unit.
    pub title: String,
    /// Heads of the columns, that of the names first.
    pub head: Vec<String>,
    /// Name and cells of each row.
    pub rows: Vec<(String, Vec<Cell>)>,
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Words, or a plain number.
    Text(String),
    /// A number with its error, times a scale.
    Number(Option<Estimate>, f64),
    /// A difference with its error, times a scale: zero has a meaning.
    Difference(Option<Estimate>, f64),
}

/// A number with its error in a sentence, times a scale.
pub fn told(estimate: Option<&Estimate>, scale: f64) -> String {
    let Some(e) = estimate else { return "not defined".to_owned() };
    match e.se {
        Some(se) if se > 0.0 => {
            let digits = (1.0 - (se * scale).abs().log10().floor()).clamp(0.0, 4.0) as usize;
            format!("{:.digits$} ±{:.digits$}", e.value * scale, se * scale)
        }
        _ => format!("{:.2}", e.value * scale),
    }
}

/// Numbers for a machine: null where they are not defined.
pub fn to_json(estimate: Option<&Estimate>) -> Value {
    estimate.map_or(Value::Null, |estimate| serde_json::to_value(estimate).unwrap_or(Value::Null))
}
