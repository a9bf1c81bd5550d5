//! A scenario read, and what is needed to place errors that are found later.

use super::overrides;
use super::problem::{Place, Problem, Problems, Source, dots, nearest, overridden_key};
use super::typed::typed;
use super::yaml::{self, Data, Node, Origin};
use crate::shelf::{Refusal, join};
use garde::Validate;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A scenario that fits its type and whose values are in range.
#[derive(Debug, Clone)]
pub struct Reading<T> {
    /// The value, overrides applied.
    pub value: T,
    /// The text as written.
    pub source: Source,
    /// The tree that `value` was read from, overrides applied.
    pub tree: Node,
    /// The overrides, as given.
    pub overrides: Vec<String>,
}

impl<T> Reading<T> {
    /// Places what was refused later: each refusal with the path of the spec it is about.
    pub fn problems(&self, found: Vec<(String, Refusal)>) -> Problems {
        let place = |(path, refusal): (String, Refusal)| {
            let Refusal { field, message, help } = refusal;
            let path = join(&path, &field);
            let origin = self.tree.locate(&path);
            blame(Problem { path, help, ..Problem::new(message) }, origin, &self.overrides)
        };
        Problems::new(Some(self.source.clone()), found.into_iter().map(place).collect())
    }
}

/// Reads a scenario file; `overrides` are the arguments of `--set`.
///
/// # Errors
/// A file that cannot be read, and everything [`read_text`] refuses.
pub fn read<T>(path: &Path, overrides: &[String]) -> Result<Reading<T>, Problems>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let name = path.display().to_string();
    let text = text_of(path)?;
    read_text(&name, &text, overrides)
}

/// The text of a file.
///
/// # Errors
/// A file that cannot be read, is too long or is not text.
pub(super) fn text_of(path: &Path) -> Result<String, Problems> {
    load(path).map_err(|problem| {
        let source = Source { name: path.display().to_string(), text: "".into() };
        Problems::new(Some(source), vec![*problem])
    })
}

/// Reads a scenario from a text that goes by `name`.
///
/// # Errors
/// The first error of structure (not YAML, unknown key, wrong type), or else all values
/// that are out of range. What an override gave is named by that override.
pub fn read_text<T>(name: &str, text: &str, overrides: &[String]) -> Result<Reading<T>, Problems>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let Reading { source, tree, .. } = read_tree(name, text, overrides)?;
    let fail = |list| Problems::new(Some(source.clone()), list);
    let value: T = typed(&tree).map_err(|error| {
        let origin = error.origin.unwrap_or_else(|| tree.origin.clone());
        let problem = Problem { path: error.path, help: error.help, ..Problem::new(error.message) };
        fail(vec![blame(problem, &origin, overrides)])
    })?;
    if let Err(report) = value.validate() {
        let place = |(path, error): &(garde::Path, garde::Error)| {
            let path = path.to_string();
            let origin = tree.locate(&path);
            blame(Problem { path, ..Problem::new(error.message()) }, origin, overrides)
        };
        let mut found: Vec<Problem> = report.iter().map(place).collect();
        found.sort_by_key(|problem| problem.place.map_or(usize::MAX, |place| place.start));
        return Err(fail(found));
    }
    Ok(Reading { value, source, tree, overrides: overrides.to_vec() })
}

/// Reads a text into a tree with its overrides, before it has a type.
pub(super) fn read_tree(name: &str, text: &str, overrides: &[String]) -> Result<Reading<()>, Problems> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = Source { name: name.to_owned(), text: text.into() };
    let fail = |list| Problems::new(Some(source.clone()), list);
    let mut tree = yaml::parse(text).map_err(|problem| fail(vec![*problem]))?;
    if tree.value == Data::Null {
        return Err(fail(vec![Problem::new(format!("{name} is empty"))]));
    }
    overrides::apply(&mut tree, overrides).map_err(fail)?;
    Ok(Reading { value: (), source, tree, overrides: overrides.to_vec() })
}

/// Adds to a problem who wrote the value: the override that names it or something above
/// it, or else the file at a place (with a hint if an override changed something below).
fn blame(mut problem: Problem, origin: &Origin, overrides: &[String]) -> Problem {
    let path = dots(&problem.path);
    let covers = |text: &&String| is_below(&path, &overridden_key(text));
    match origin {
        Origin::Override(text) => problem.from_override = Some(text.to_string()),
        Origin::File(place) => match overrides.iter().rev().find(covers) {
            Some(text) => problem.from_override = Some(text.clone()),
            None => {
                problem.place = Some(*place);
                let mut inside = overrides.iter().filter(|text| is_below(&overridden_key(text), &path));
                if let (None, Some(text)) = (&problem.help, inside.next_back()) {
                    problem.help = Some(format!("`--set {text}` changes something in it"));
                }
            }
        },
    }
    problem
}

/// Whether a dotted path is another one or lies below it.
fn is_below(path: &str, above: &str) -> bool {
    let rest = path.strip_prefix(above);
    rest.is_some_and(|rest| above.is_empty() || rest.is_empty() || rest.starts_with('.'))
}

fn load(path: &Path) -> Result<String, Box<Problem>> {
    let name = path.display();
    let refuse = |message: String| Box::new(Problem::new(message));
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => {
            let help = neighbour(path).map(|near| format!("did you mean \"{near}\"?"));
            let missing = Problem::new(format!("{name} does not exist"));
            Box::new(Problem { help, ..missing })
        }
        io::ErrorKind::PermissionDenied => refuse(format!("{name}: permission denied")),
        _ => refuse(format!("{name} cannot be read: {error}")),
    };
    let file = File::open(path).map_err(cannot)?;
    let about = file.metadata().map_err(cannot)?;
    if about.is_dir() {
        return Err(refuse(format!("{name} is a folder, not a scenario file")));
    }
    let limit = yaml::MAX_BYTES as u64;
    if about.len() > limit {
        let bytes = usize::try_from(about.len()).unwrap_or(usize::MAX);
        return Err(Box::new(yaml::too_long(bytes)));
    }
    let mut bytes = Vec::new();
    let mut start = file.take(limit + 1);
    start.read_to_end(&mut bytes).map_err(cannot)?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let before = String::from_utf8_lossy(valid);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        let place = Some(Place::point(line, column));
        let message = format!("{name} is not UTF-8 text");
        Box::new(Problem { place, ..Problem::new(message) })
    })
}

/// The file next to a missing one whose name is close.
fn neighbour(path: &Path) -> Option<String> {
    let word = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let files = folder.read_dir().ok()?.flatten().filter(|file| file.path().is_file());
    let names: Vec<String> = files.filter_map(|file| file.file_name().into_string().ok()).collect();
    let near = nearest(word, names.iter().map(String::as_str))?;
    Some(path.with_file_name(near).display().to_string())
}
