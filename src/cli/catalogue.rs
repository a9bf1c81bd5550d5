//! The catalogue: every kind that a scenario can use, and every scenario below a directory with its question.
//!
//! Kinds on shelves describe themselves; what stands in plain keys (triggers, limits, twins, studies) is described by the
//! JSON Schema of those keys, so that nothing is listed twice and nothing new is left out.

use super::Failure;
use hedgelab::instruments::InstrumentSpec;
use hedgelab::market::MarketSpec;
use hedgelab::report::layout::item;
use hedgelab::rules::ShapeSpec;
use hedgelab::scenario::raw::{ClaimSpec, ConditionSpec, CrashSpec, LimitsSpec, MistakeSpec, StudySpec, TwinSpec};
use hedgelab::scenario::{Question, question_of};
use hedgelab::shelf::Kind;
use hedgelab::signals::{SignalSpec, SmoothSpec};
use hedgelab::study::objective::Objective;
use schemars::{JsonSchema, schema_for};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// A shelf: its name, and name and line of each kind on it.
pub type Shelf = (&'static str, Vec<(String, String)>);

/// All shelves, in the order of a scenario.
pub fn shelves() -> Vec<Shelf> {
    let kinds = |list: &[Kind]| list.iter().map(|kind| (kind.name.to_owned(), kind.help.to_owned())).collect();
    vec![
        ("markets", kinds(MarketSpec::KINDS)),
        ("instruments", kinds(InstrumentSpec::KINDS)),
        ("signals", kinds(SignalSpec::KINDS)),
        ("smoothing", keys::<SmoothSpec>()),
        ("shapes", kinds(ShapeSpec::KINDS)),
        ("triggers", keys::<ConditionSpec>()),
        ("limits", keys::<LimitsSpec>()),
        ("studies", keys::<StudySpec>()),
        ("crashes", keys::<CrashSpec>()),
        ("twins", keys::<TwinSpec>()),
        ("objectives", keys::<Objective>()),
        ("claims", keys::<ClaimSpec>()),
        ("mistakes", keys::<MistakeSpec>()),
    ]
}

/// Keys of a map, or words of a choice, each with the first sentence of its description.
fn keys<T: JsonSchema>() -> Vec<(String, String)> {
    let schema = schema_for!(T).to_value();
    let told = |value: &Value| value["description"].as_str().unwrap_or_default().trim_end_matches('.').to_owned();
    match (&schema["properties"], schema["oneOf"].as_array()) {
        (Value::Object(properties), _) => properties.iter().map(|(key, value)| (key.clone(), told(value))).collect(),
        (_, Some(words)) => {
            let word = |value: &Value| {
                let plain = value["const"].as_str().map(str::to_owned);
                // A word with numbers of its own is a map of one key.
                let key = || value["properties"].as_object()?.keys().next().cloned();
                plain.or_else(key).map(|word| (word, told(value)))
            };
            words.iter().filter_map(word).collect()
        }
        _ => Vec::new(),
    }
}

/// The shelves as text.
pub fn kinds_text(shelves: &[Shelf]) -> String {
    let width = shelves.iter().flat_map(|(_, kinds)| kinds).map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (shelf, kinds) in shelves {
        let _ = writeln!(text, "{}{shelf}", if text.is_empty() { "" } else { "\n" });
        for (name, help) in kinds {
            text.push_str(&item(&format!("  {name:width$}  "), help));
        }
    }
    text
}

/// Kinds and scenarios.
pub struct Catalogue {
    shelves: Vec<Shelf>,
    scenarios: Vec<(PathBuf, Question)>,
}

impl Catalogue {
    /// Of all scenarios below a directory, in the order of their paths. Other YAML files, such as cases to be priced, are left out.
    pub fn of(directory: &Path) -> Result<Self, Failure> {
        let mut files = Vec::new();
        find(directory, &mut files)
            .map_err(|error| Failure::said("store", format!("cannot read `{}`: {error}", directory.display())))?;
        files.sort();
        let scenarios = files.into_iter().filter_map(|file| question_of(&file).map(|question| (file, question)));
        Ok(Self { shelves: shelves(), scenarios: scenarios.collect() })
    }

    /// Of kinds alone.
    pub fn of_kinds() -> Self {
        Self { shelves: shelves(), scenarios: Vec::new() }
    }

    /// A line each.
    pub fn text(&self) -> String {
        let mut text = kinds_text(&self.shelves);
        if !self.scenarios.is_empty() {
            text.push_str("\nscenarios\n");
        }
        for (file, Question { question, .. }) in &self.scenarios {
            let _ = writeln!(text, "  {}  {}", file.display(), question.as_deref().unwrap_or("-"));
        }
        text
    }

    /// One document.
    pub fn json(&self, schema: &str) -> Value {
        let kinds = |kinds: &[(String, String)]| -> Vec<Value> {
            kinds.iter().map(|(name, help)| json!({ "name": name, "help": help })).collect()
        };
        let shelves: serde_json::Map<String, Value> =
            self.shelves.iter().map(|(shelf, list)| ((*shelf).to_owned(), kinds(list).into())).collect();
        let scenario = |(file, asked): &(PathBuf, Question)| json!({ "file": file.display().to_string(), "name": asked.name, "question": asked.question });
        json!({
            "schema": schema,
            "ok": true,
            "kinds": shelves,
            "scenarios": self.scenarios.iter().map(scenario).collect::<Vec<_>>(),
        })
    }
}

/// YAML files below a directory.
fn find(directory: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_says_what_it_is() {
        for (shelf, kinds) in shelves() {
            assert!(!kinds.is_empty(), "{shelf}");
            for (name, help) in kinds {
                assert!(!name.is_empty() && help.len() > 3, "{shelf}: {name}: {help}");
            }
        }
    }
}
