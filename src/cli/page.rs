//! The book and the page of a run directory, when it is made and when it is made again.

use super::Failure;
use super::evaluate::Findings;
use hedgelab::report::book::{self, Book};
use hedgelab::report::chapters::{self, Material, Sample};
use hedgelab::report::page;
use hedgelab::scenario::Loaded;
use hedgelab::store::Manifest;

/// The file of the page.
pub const FILE_NAME: &str = "report.html";

/// The book of a run, from what was found.
pub fn book(
    loaded: &Loaded,
    findings: &Findings,
    samples: &[Sample],
    threads: usize,
    (resolved, sealed): (&str, bool),
) -> Book {
    let again = command(loaded);
    chapters::book(&Material::new(&loaded.plan, findings, samples, threads, (&again, resolved), sealed))
}

/// The command that makes the run again, whatever else was on the command line.
fn command(loaded: &Loaded) -> String {
    let words = ["hedgelab", "run", &loaded.source.name].map(str::to_owned);
    let changes = loaded.overrides.iter().flat_map(|change| ["--set".to_owned(), change.clone()]);
    super::typed::typed(words.into_iter().chain(changes))
}

/// The page of a book, in a template of the user's own where there is one.
///
/// # Errors
/// What is wrong with the template.
pub fn page(book: &Book, manifest: &Manifest, template: Option<&str>) -> Result<String, Failure> {
    let imprint = imprint(manifest);
    let made = match template {
        Some(template) => page::html_from(template, book, &imprint),
        None => page::html(book, &imprint),
    };
    made.map_err(|error| Failure::said("report", error.to_string()))
}

/// Everything on the page that depends on the clock.
fn imprint(manifest: &Manifest) -> String {
    let timing = &manifest.timing;
    let threads = if manifest.threads == 1 { "1 thread".to_owned() } else { format!("{} threads", manifest.threads) };
    format!("Run {}, started {}, {:.1} s on {threads}.", timing.run_id, timing.started, timing.wall_seconds)
}

/// Reads a book.
///
/// # Errors
/// What is wrong with the text.
pub fn read(text: &str) -> Result<Book, String> {
    let book: Book = serde_json::from_str(text).map_err(|error| format!("it is not a report: {error}"))?;
    if book.schema != book::SCHEMA {
        return Err(format!("it says `{}`, this version reads `{}`", book.schema, book::SCHEMA));
    }
    // Figures are written to files of their names.
    let plain =
        |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if let Some(figure) = book.figures().find(|figure| !plain(&figure.id)) {
        return Err(format!("`{}` is no name of a figure: lower-case letters, digits and `-`", figure.id));
    }
    Ok(book)
}
