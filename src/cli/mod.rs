//! The command line: one file a verb, results on stdout, everything else on stderr.
//!
//! Exit codes: 0 ok, 1 a requested check failed, 2 usage, bad scenario or I/O, 130 interrupted with partial results kept.

mod asked;
mod cache;
mod catalogue;
pub mod check;
pub mod compare;
pub mod completions;
mod evaluate;
mod failure;
mod interrupt;
mod ledger;
pub mod ls;
mod months;
mod out;
pub mod overfit;
mod page;
pub mod path;
mod path_page;
pub mod price;
mod progress;
mod record;
pub mod report;
pub mod run;
pub mod schema;
pub mod sweep;
mod tables;
mod trials;
mod typed;

pub use failure::{Done, Failure, finish};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use hedgelab::scenario::{self, Loaded, Priceable, Problems};
use std::path::Path;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  hedgelab check scenarios/three-regimes.yaml             is it right, and how large is it?
  hedgelab run scenarios/three-regimes.yaml --paths 1000  simulate, judge, write results/
  hedgelab sweep scenarios/three-regimes.yaml --vary rules.vix_linear.limits.cap=1,2,3
  hedgelab path @latest --path 0 --rule vix_linear        one path, day by day
  hedgelab report @latest --figures svg                   its figures, for a paper
  hedgelab compare 20261121T1914 @latest                  what differs between two runs
  hedgelab price scenarios/three-regimes.yaml             what options and VIX futures cost there
  hedgelab overfit returns.csv                            is the best column more than luck?

Exit codes: 0 ok, 1 a requested check failed, 2 usage, bad scenario or I/O, 130 interrupted.";

/// A Monte Carlo workbench for dynamic volatility hedges: what does a hedge rule cost, what does it pay back, and is it
/// better than a fixed hedge that loses the same money?
#[derive(Debug, Parser)]
#[command(name = "hedgelab", version, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 100)]
pub struct Args {
    /// When to use colours (NO_COLOR and CLICOLOR_FORCE are honoured)
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", hide_possible_values = true)]
    color: Color,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Simulate a scenario, judge its rules and write a run directory
    Run(run::Verb),
    /// Run a scenario at every point of a grid of its numbers, on common random numbers
    Sweep(sweep::Verb),
    /// Read a scenario and say what it means, without simulating it
    Check(check::Verb),
    /// Show one path of one rule, day by day
    Path(path::Verb),
    /// Make the page of a run again, or its figures as files
    Report(report::Verb),
    /// Show what differs between finished runs, in what was asked and in what came out
    Compare(compare::Verb),
    /// Price the cases of a file, or show what the prices of a scenario believe
    Price(price::Verb),
    /// Say how much of the best column's advantage is luck, in a table of returns
    Overfit(overfit::Verb),
    /// Print the JSON Schema of scenario files
    Schema(schema::Verb),
    /// List the runs of a results directory, the kinds a scenario can use, or the shipped scenarios
    Ls(ls::Verb),
    /// Print a completion script for a shell
    Completions(completions::Verb),
}

impl Verb {
    /// The schema of the verb's JSON document, and whether one was asked for.
    pub fn document(&self) -> (&'static str, bool) {
        match self {
            Self::Run(verb) => (run::SCHEMA, verb.json),
            Self::Sweep(verb) => (sweep::SCHEMA, verb.json),
            Self::Check(verb) => (check::SCHEMA, verb.json),
            Self::Compare(verb) => (compare::SCHEMA, verb.json),
            Self::Price(verb) => (price::SCHEMA, verb.json),
            Self::Overfit(verb) => (overfit::SCHEMA, verb.json),
            Self::Report(verb) => (report::SCHEMA, verb.json),
            Self::Ls(verb) => (ls::SCHEMA, verb.json),
            _ => (run::SCHEMA, false),
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// Changes of a scenario from the command line.
#[derive(Debug, clap::Args)]
pub struct Changes {
    /// Change the scenario: dotted key and YAML value; `+key=` adds, `~key` removes; repeatable
    #[arg(long = "set", short = 'S', value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl Changes {
    /// Reads and resolves a scenario file with these changes.
    fn load(&self, file: &Path) -> Result<Loaded, Problems> {
        scenario::load(file, &self.set)
    }

    /// Reads a file of cases or a scenario with these changes.
    fn load_priceable(&self, file: &Path) -> Result<Priceable, Problems> {
        scenario::load_priceable(file, &self.set)
    }
}

/// Reads the command line; an error, the help and the version are printed here and give the exit code.
///
/// # Errors
/// The exit code of a program that has nothing more to do.
pub fn parse() -> Result<Args, ExitCode> {
    let given: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    if let Some(color) = color_of(&given) {
        color.apply();
    }
    Args::try_parse().map_err(|error| {
        let wrong = error.use_stderr();
        if wrong && given.iter().any(|word| word == "--json") {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            let message = first.strip_prefix("error: ").unwrap_or(first);
            let _ = out::print_json(&Failure::usage(message).document(schema_of(&given)));
        }
        let _ = error.print();
        ExitCode::from(if wrong { 2 } else { 0 })
    })
}

/// The schema of the verb that was probably meant.
fn schema_of(given: &[String]) -> &'static str {
    let verbs = [
        ("sweep", sweep::SCHEMA),
        ("check", check::SCHEMA),
        ("compare", compare::SCHEMA),
        ("price", price::SCHEMA),
        ("overfit", overfit::SCHEMA),
        ("report", report::SCHEMA),
        ("ls", ls::SCHEMA),
    ];
    let meant = verbs.iter().find(|(verb, _)| given.iter().any(|word| word == verb));
    meant.map_or(run::SCHEMA, |(_, schema)| *schema)
}

/// `--color` is looked for before the rest is read, so that errors of usage obey it.
fn color_of(given: &[String]) -> Option<Color> {
    let at = given.iter().position(|word| word == "--color" || word.starts_with("--color="))?;
    let value = match given[at].split_once('=') {
        Some((_, value)) => value,
        None => given.get(at + 1)?,
    };
    Color::from_str(value, false).ok()
}

/// The whole command, for completions.
fn command() -> clap::Command {
    Args::command()
}
