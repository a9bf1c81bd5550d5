//! `compare`: finished runs beside each other.

use super::typed::command;
use super::{Done, Failure, out};
use clap::builder::PossibleValuesParser;
use hedgelab::draws::Sampling;
use hedgelab::report::compare::{self, Side, between, common};
use hedgelab::report::page;
use hedgelab::scenario::{nearest, yaml};
use hedgelab::store::{self, Manifest, RunInfo, StoreError, Tool, atomic, paths};
use hedgelab::study::between::{COLUMNS, Compared, FACTS, METRICS};
use serde_json::Value;
use std::path::{Path, PathBuf};

pub use hedgelab::report::compare::SCHEMA;

const EXAMPLES: &str = "\
Examples:
  hedgelab compare 20261121T191454-85a06c6 @latest
  hedgelab compare three-regimes/@latest three-regimes-jumps/@latest --rule static --rule vix_linear
  hedgelab compare results/a/* --metric total_cost_bp_per_year --metric es5_yearly
  hedgelab compare @latest 20261121T1914 --html compare.html
  hedgelab compare @latest 20261121T1914 --json | jq .rules.static

All others are compared with the first. Runs with one seed have the same shocks on path k, whatever else differs: their
differences are taken path by path. Otherwise the errors of both add as squares; the output says which.";

/// Show what differs between finished runs, in what was asked and in what came out
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// Run directories, run ids or @latest; all others are compared with the first
    #[arg(value_name = "RUN", required = true, num_args = 2..=26)]
    runs: Vec<String>,
    /// Only this rule, by its name in paths.parquet; repeatable [default: all that every run has]
    #[arg(long, value_name = "NAME")]
    rule: Vec<String>,
    /// Only this metric, by its name in summary.json; repeatable [default: all]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(METRICS.iter().map(|metric| metric.name)))]
    metric: Vec<String>,
    /// Print one JSON document instead of tables
    #[arg(long)]
    pub json: bool,
    /// Write a page of its own as well, with the differences drawn
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Results directory in which runs are looked for
    #[arg(long, value_name = "DIR", default_value = "results")]
    results: PathBuf,
}

/// Does it.
pub fn compare(verb: &Verb) -> Result<Done, Failure> {
    let found: Vec<RunInfo> = verb
        .runs
        .iter()
        .map(|run| {
            let help = "a run is named by its directory, its id or @latest";
            store::resolve(&verb.results, run).map_err(|error| Failure::from(error).help(help))
        })
        .collect::<Result<_, _>>()?;
    let sides: Vec<Side> =
        found.iter().enumerate().map(|(number, run)| side(number, run)).collect::<Result<_, Failure>>()?;
    let rules = verb.rules(&sides)?;
    let found = between(&sides, &rules, verb.metrics());
    if let Some(file) = &verb.html {
        write_page(file, &compare::book(&found, &command()))?;
    }
    match verb.json {
        true => out::print_json(&compare::document(&found))?,
        false => out::print(&compare::text(&found))?,
    }
    Ok(Done::Fine)
}

/// Writes a page that depends on no clock.
pub fn write_page(file: &Path, book: &hedgelab::report::book::Book) -> Result<(), Failure> {
    let tool = Tool::current();
    let commit = tool.git_sha.map_or_else(String::new, |sha| format!(" ({sha})"));
    let page = page::html(book, &format!("hedgelab {}{commit}", tool.version))
        .map_err(|error| Failure::said("report", error.to_string()))?;
    atomic::write(file, page.as_bytes())?;
    Ok(())
}

/// Everything that is read of one run.
fn side(number: usize, run: &RunInfo) -> Result<Side, Failure> {
    let label = char::from(b'A' + (number % 26) as u8).to_string();
    let again = |error: StoreError| {
        let run = run.path.display();
        Failure::from(error).help(format!("`{run}` is compared by the rows of its paths: run its scenario again"))
    };
    let mut kept = paths::read(&run.path.join(paths::FILE_NAME), &COLUMNS, &FACTS).map_err(again)?;
    let broken = |name: &str, why: String| {
        Failure::said("store", format!("cannot read `{}`: {why}", run.path.join(name).display()))
    };
    let text =
        |name: &str| std::fs::read_to_string(run.path.join(name)).map_err(|error| broken(name, error.to_string()));
    let scenario = yaml::parse(&text("resolved.yaml")?).map_err(|problem| broken("resolved.yaml", problem.message))?;
    let told: Value =
        serde_json::from_str(&text("summary.json")?).map_err(|error| broken("summary.json", error.to_string()))?;
    let years =
        told["run"]["years"].as_f64().ok_or_else(|| broken("summary.json", "it has no `run.years`".to_owned()))?;
    let days = (years * hedgelab::grid::DAYS_PER_YEAR).round() as usize;
    if kept.outcome.bundle == 1 {
        kept.outcome.replicates =
            told["run"]["sampling"].as_str().map_or_else(Default::default, Sampling::replicates_of);
    }
    let manifest = Manifest::read(&run.path)?;
    let name = format!("{}/{}", run.folder, run.id);
    Ok(Side { label, name, manifest, scenario, told, days, kept })
}

impl Verb {
    /// The rules that are shown, which all runs have.
    fn rules(&self, sides: &[Side]) -> Result<Vec<String>, Failure> {
        for asked in &self.rule {
            let without: Vec<&str> =
                sides.iter().filter(|side| side.kept.rule(asked).is_none()).map(|side| side.name.as_str()).collect();
            if !without.is_empty() {
                let known: Vec<&str> = sides[0].kept.rules.iter().map(String::as_str).collect();
                let close = nearest(asked, known.iter().copied()).map(|close| format!("did you mean `{close}`? "));
                let help = format!("{}all runs have {}", close.unwrap_or_default(), common(sides).join(", "));
                return Err(Failure::usage(format!("there is no rule `{asked}` in {}", without.join(", "))).help(help));
            }
        }
        if self.rule.is_empty() {
            return Ok(common(sides));
        }
        let first = |(at, name): (usize, &String)| (!self.rule[..at].contains(name)).then(|| name.clone());
        Ok(self.rule.iter().enumerate().filter_map(first).collect())
    }

    /// The metrics that are shown, in their own order.
    fn metrics(&self) -> Vec<&'static Compared> {
        let asked = |metric: &&Compared| self.metric.is_empty() || self.metric.iter().any(|name| name == metric.name);
        METRICS.iter().filter(asked).collect()
    }
}
