//! `schema`: the JSON Schema of scenario files, for editors and for checking.

use super::{Done, Failure, out};
use hedgelab::scenario::raw::Scenario;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  hedgelab schema > schema/scenario.v1.json
  hedgelab schema --check schema/scenario.v1.json

An editor that reads it completes keys and marks errors; put this line on top of a scenario:
  # yaml-language-server: $schema=../schema/scenario.v1.json";

/// Name of the schema.
const ID: &str = "scenario.v1.json";

/// Print the JSON Schema of scenario files
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// Exit with 1 if this file differs from the schema
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

/// Does it.
pub fn schema(verb: &Verb) -> Result<Done, Failure> {
    let text = text();
    let Some(file) = &verb.check else {
        return out::print(&text).map(|()| Done::Fine);
    };
    let shown = file.display();
    let written = std::fs::read_to_string(file)
        .map_err(|error| Failure::said("store", format!("cannot read `{shown}`: {error}")))?;
    // A checkout may have changed the line breaks.
    if written.replace("\r\n", "\n") == text {
        return Ok(Done::Fine);
    }
    out::say(&format!("`{shown}` is not the schema of this version; write it anew: hedgelab schema > {shown}"));
    Ok(Done::Failed)
}

/// The schema as the text of a file.
fn text() -> String {
    let made = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Scenario>().to_value();
    // What it is comes first, for readers.
    let mut schema = json!({ "$schema": made["$schema"], "$id": ID });
    if let (Some(schema), Value::Object(made)) = (schema.as_object_mut(), made) {
        schema.extend(made);
    }
    format!("{schema:#}\n")
}
