//! `check`: read a scenario and say what it means; on wish, set its market beside history.

use super::{Changes, Done, Failure, out};
use hedgelab::report::check::realism::{fresh_seed, realism};
use hedgelab::report::check::{describe, describe_json};
use hedgelab::scenario::Loaded;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Schema of the document on stdout.
pub const SCHEMA: &str = "hedgelab.check/1";

const EXAMPLES: &str = "\
Examples:
  hedgelab check scenarios/three-regimes.yaml
  hedgelab check scenarios/three-regimes.yaml --set rules.static.hold=0.5
  hedgelab check scenarios/three-regimes.yaml --realism";

/// Read a scenario and say what it means, without running its rules
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// Scenario file
    scenario: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// Simulate the market on fresh paths and set its facts beside the fit's and history's
    #[arg(long)]
    realism: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Does it.
pub fn check(verb: &Verb) -> Result<Done, Failure> {
    let loaded = verb.changes.load(&verb.scenario)?;
    let card = match verb.realism {
        true => Some(
            realism(&loaded.plan, fresh_seed(&loaded.plan), 0, &|_, _| {})
                .map_err(|message| Failure::said("realism", message))?,
        ),
        false => None,
    };
    if verb.json {
        let mut document = document(&loaded);
        if let Some(card) = &card {
            document["realism"] = card.json();
        }
        out::print_json(&document)?;
    } else {
        let card = card.map_or_else(String::new, |card| format!("\n{}", card.text()));
        out::print(&format!("{}{card}", describe(&loaded.plan)))?;
    }
    Ok(Done::Fine)
}

fn document(loaded: &Loaded) -> Value {
    let mut document = json!({ "schema": SCHEMA, "ok": true });
    if let (Some(object), Value::Object(said)) = (document.as_object_mut(), describe_json(&loaded.plan)) {
        object.extend(said);
    }
    document
}
