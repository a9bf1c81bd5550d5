//! Reading a scenario: text to tree ([`yaml`]), changes from the command line
//! ([`overrides`]), tree to types ([`typed`]), and errors that show their place
//! ([`problem`]). [`tune`] spreads a tuned rule over its grid. Beside scenarios,
//! files of [`cases`]: models and questions to their prices.

pub mod cases;
mod claims;
mod crash;
pub mod differing;
mod hedges;
pub mod overrides;
pub mod problem;
pub mod raw;
pub mod reading;
pub mod resolve;
mod rules;
mod sampling;
mod sealed;
mod span;
#[cfg(test)]
mod tests;
pub mod tree;
pub mod tune;
pub mod typed;
pub mod vary;
pub mod yaml;

pub use cases::CaseFile;
pub use problem::{Place, Problem, Problems, Source, nearest};
pub use reading::{Reading, read, read_text};

/// A scenario as it was written and as it is meant.
pub struct Loaded {
    /// As written, with overrides.
    pub raw: raw::Scenario,
    /// As meant.
    pub plan: resolve::Plan,
    /// The file.
    pub source: Source,
    /// `--set` overrides, as given.
    pub overrides: Vec<String>,
}

/// Reads and resolves a scenario file with `key=value` overrides.
///
/// # Errors
/// All problems of the file, each with its place.
pub fn load(path: &std::path::Path, overrides: &[String]) -> Result<Loaded, Problems> {
    meaning(read(path, overrides)?, path.parent())
}

/// Reads and resolves a scenario from text; relative files start at the working directory.
///
/// # Errors
/// As [`load`].
pub fn load_text(name: &str, text: &str, overrides: &[String]) -> Result<Loaded, Problems> {
    meaning(read_text(name, text, overrides)?, None)
}

/// What a file to be priced holds.
pub enum Priceable {
    /// Models and questions to them.
    Cases(CaseFile),
    /// A scenario, whose market has prices of its own.
    Scenario(Box<Loaded>),
}

/// Reads a file of cases or a scenario, with `key=value` overrides: cases have a key of that name, or `models`.
///
/// # Errors
/// All problems of the file, each with its place.
pub fn load_priceable(path: &std::path::Path, overrides: &[String]) -> Result<Priceable, Problems> {
    let (name, text) = (path.display().to_string(), reading::text_of(path)?);
    let reading = reading::read_tree(&name, &text, overrides)?;
    if cases::are_in(&reading.tree) {
        return cases::read(reading).map(Priceable::Cases);
    }
    let loaded = meaning(read_text(&name, &text, overrides)?, path.parent())?;
    Ok(Priceable::Scenario(Box::new(loaded)))
}

/// What a scenario says of itself on top.
pub struct Question {
    /// Its name.
    pub name: String,
    /// Its question.
    pub question: Option<String>,
}

/// Name and question of a scenario file; none for any other file. Nothing else of it is checked.
pub fn question_of(path: &std::path::Path) -> Option<Question> {
    let text = reading::text_of(path).ok()?;
    let tree::Data::Map(entries) = reading::read_tree("", &text, &[]).ok()?.tree.value else { return None };
    let known = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node.value);
    let text = |key: &str| match known(key) {
        Some(tree::Data::Text(text)) => Some(text.clone()),
        _ => None,
    };
    known("market")?;
    Some(Question { name: text("name")?, question: text("question") })
}

fn meaning(reading: Reading<raw::Scenario>, beside: Option<&std::path::Path>) -> Result<Loaded, Problems> {
    match resolve::resolve(&reading.value, beside) {
        Ok(plan) => Ok(Loaded { raw: reading.value, plan, source: reading.source, overrides: reading.overrides }),
        Err(refusals) => Err(reading.problems(refusals)),
    }
}
