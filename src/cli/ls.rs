//! `ls`: the runs of a results directory, newest first; or what a scenario can be made of.

use super::{Done, Failure, out};
use hedgelab::instruments::InstrumentSpec;
use hedgelab::market::MarketSpec;
use hedgelab::rules::ShapeSpec;
use hedgelab::shelf::Kind;
use hedgelab::signals::SignalSpec;
use hedgelab::store::{Listing, RunInfo, Status, list};
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  hedgelab ls
  hedgelab ls elsewhere/results
  hedgelab ls --kinds";

/// List the runs of a results directory, or the kinds a scenario can use
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// Results directory
    #[arg(value_name = "DIR", default_value = "results")]
    directory: PathBuf,
    /// List the kinds of markets, instruments, signals and shapes instead
    #[arg(long)]
    kinds: bool,
}

/// The shelves, in the order of a scenario.
const SHELVES: [(&str, &[Kind]); 4] = [
    ("markets", MarketSpec::KINDS),
    ("instruments", InstrumentSpec::KINDS),
    ("signals", SignalSpec::KINDS),
    ("shapes", ShapeSpec::KINDS),
];

/// Does it.
pub fn ls(verb: &Verb) -> Result<Done, Failure> {
    if verb.kinds {
        return out::print(&kinds()).map(|()| Done::Fine);
    }
    if verb.directory.exists() && !verb.directory.is_dir() {
        return Err(Failure::usage(format!("`{}` is a file, not a results directory", verb.directory.display())));
    }
    let listing = list(&verb.directory)?;
    for broken in &listing.broken {
        out::say(&format!("unusable: {}", broken.error));
    }
    for path in &listing.unfinished {
        out::say(&format!("under way or killed: {}", path.display()));
    }
    if listing.runs.is_empty() {
        out::say(&format!("no finished runs under `{}` yet", verb.directory.display()));
        return Ok(Done::Fine);
    }
    out::print(&table(&listing))?;
    Ok(Done::Fine)
}

fn table(listing: &Listing) -> String {
    let name = |run: &RunInfo| format!("{}/{}", run.folder, run.id);
    let width = listing.runs.iter().map(|run| name(run).chars().count()).max().unwrap_or(0);
    let mut text = format!("{:width$}  {:20}  {:>12}  {:>20}  status\n", "run", "started (UTC)", "paths", "seed");
    for run in &listing.runs {
        let status = match run.status {
            Status::Complete => "complete".to_owned(),
            Status::Interrupted => format!("interrupted, {} paths were asked for", run.paths_requested),
        };
        let started = run.started.get(..19).unwrap_or(&run.started).replace('T', " ");
        let _ =
            writeln!(text, "{:width$}  {started:20}  {:>12}  {:>20}  {status}", name(run), run.paths_done, run.seed);
    }
    text
}

fn kinds() -> String {
    let width = SHELVES.iter().flat_map(|(_, kinds)| kinds.iter()).map(|kind| kind.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (shelf, kinds) in SHELVES {
        let _ = writeln!(text, "{}{shelf}", if text.is_empty() { "" } else { "\n" });
        for kind in kinds {
            let _ = writeln!(text, "  {:width$}  {}", kind.name, kind.help);
        }
    }
    text
}
