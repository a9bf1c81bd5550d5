//! `ls`: the runs of a results directory, newest first; or the catalogue: what scenarios can be made of, and the shipped ones.

use super::catalogue::{self, Catalogue};
use super::{Done, Failure, out};
use hedgelab::store::{RunInfo, Status, SweepOf, list};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  hedgelab ls
  hedgelab ls elsewhere/results
  hedgelab ls --json | jq -r '.runs[0].directory'
  hedgelab ls --kinds
  hedgelab ls --catalogue
  hedgelab ls --catalogue elsewhere/scenarios --json | jq .scenarios";

/// Schema of the catalogue as a document.
pub const SCHEMA: &str = "hedgelab.catalogue/1";

/// Schema of the list of runs as a document.
const RUNS: &str = "hedgelab.ls/1";

/// List the runs of a results directory, the kinds a scenario can use, or the shipped scenarios
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// Results directory [default: results]; with --catalogue the directory of the scenarios [default: scenarios]
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
    /// List everything a scenario can be made of instead
    #[arg(long)]
    kinds: bool,
    /// List that, and every scenario with its question
    #[arg(long, conflicts_with = "kinds")]
    catalogue: bool,
    /// Print one JSON document: the runs and sweeps, or the catalogue
    #[arg(long, conflicts_with = "kinds")]
    pub json: bool,
}

/// Does it.
pub fn ls(verb: &Verb) -> Result<Done, Failure> {
    if verb.kinds {
        return out::print(&catalogue::kinds_text(&catalogue::shelves())).map(|()| Done::Fine);
    }
    let default = if verb.catalogue { "scenarios" } else { "results" };
    let directory = verb.directory.clone().unwrap_or_else(|| default.into());
    if directory.exists() && !directory.is_dir() {
        return Err(Failure::usage(format!("`{}` is a file, not a directory of {default}", directory.display())));
    }
    if verb.catalogue {
        let catalogue = if verb.directory.is_none() && !directory.exists() {
            out::say("there is no directory `scenarios` here: name one to list what is in it");
            Catalogue::of_kinds()
        } else {
            Catalogue::of(&directory)?
        };
        match verb.json {
            true => out::print_json(&catalogue.json(SCHEMA))?,
            false => out::print(&catalogue.text())?,
        }
        return Ok(Done::Fine);
    }
    let listing = list(&directory)?;
    if verb.json {
        let all = |list: &[RunInfo]| list.iter().map(entry).collect::<Vec<Value>>();
        let document =
            json!({ "schema": RUNS, "ok": true, "runs": all(&listing.runs), "sweeps": all(&listing.sweeps) });
        return out::print_json(&document).map(|()| Done::Fine);
    }
    for broken in &listing.broken {
        out::say(&format!("unusable: {}", broken.error));
    }
    for path in &listing.unfinished {
        out::say(&format!("under way or killed: {}", path.display()));
    }
    if listing.runs.is_empty() && listing.sweeps.is_empty() {
        out::say(&format!("no finished runs under `{}` yet", directory.display()));
        return Ok(Done::Fine);
    }
    let tables = [(&listing.runs[..], "run"), (&listing.sweeps, "sweep")];
    let tables = tables.iter().filter(|(list, _)| !list.is_empty()).map(|(list, what)| table(list, what));
    out::print(&tables.collect::<Vec<_>>().join("\n"))?;
    Ok(Done::Fine)
}

/// A run or a sweep for a machine.
fn entry(run: &RunInfo) -> Value {
    json!({
        "id": run.id,
        "directory": run.path.display().to_string(),
        "started": run.started,
        "paths": run.paths_done,
        "paths_requested": run.paths_requested,
        "seed": run.seed,
        "status": run.status,
        "varied": run.sweep.as_ref().map(|sweep| &sweep.vary),
        "points": run.sweep.as_ref().map(|sweep| sweep.points_done),
    })
}

/// Runs or sweeps, a line each.
fn table(list: &[RunInfo], what: &str) -> String {
    let name = |run: &RunInfo| format!("{}/{}", run.folder, run.id);
    let width = list.iter().map(|run| name(run).chars().count()).max().unwrap_or(0);
    let mut text = format!("{:width$}  {:20}  {:>12}  {:>20}  status\n", what, "started (UTC)", "paths", "seed");
    for run in list {
        let status = match run.status {
            _ if run.sweep.is_some() => run.sweep.as_ref().map_or_else(String::new, points),
            Status::Complete => "complete".to_owned(),
            Status::Interrupted => format!("interrupted, {} paths were asked for", run.paths_requested),
        };
        let started = run.started.get(..19).unwrap_or(&run.started).replace('T', " ");
        let _ =
            writeln!(text, "{:width$}  {started:20}  {:>12}  {:>20}  {status}", name(run), run.paths_done, run.seed);
    }
    text
}

/// What a sweep varied, and its points.
fn points(sweep: &SweepOf) -> String {
    let keys: Vec<&str> = sweep.vary.iter().map(|text| text.split('=').next().unwrap_or(text)).collect();
    format!("{} points over {}", sweep.points_done, keys.join(", "))
}
