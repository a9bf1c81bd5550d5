//! `report`: the page of a run made again, and its figures as files.

use super::{Done, Failure, out, page};
use clap::ValueEnum;
use clap::builder::RangedU64ValueParser;
use hedgelab::figure::Figure;
use hedgelab::report::book::{self, Book};
use hedgelab::report::drawing;
use hedgelab::store::manifest::FileEntry;
use hedgelab::store::{self, Manifest, StoreError, atomic};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Schema of the document on stdout.
pub const SCHEMA: &str = "hedgelab.report/1";

const EXAMPLES: &str = "\
Examples:
  hedgelab report @latest                                     RUN/report.html made again
  hedgelab report @latest --figures svg                       every figure, into RUN/figures/
  hedgelab report @latest --figures png --width 2400 --only protection --into paper/
  hedgelab report @latest --template mine.html --out mine-report.html

Page and figures are made from RUN/report.json; nothing is simulated again. `--only` takes the names that
`--list` shows. A template is a minijinja template; the shipped one is src/report/page/template.html.";

/// Make the page of a run again, or its figures as files
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// Directory or id of a run or sweep, @latest, or SCENARIO-sweep/@latest
    #[arg(value_name = "RUN")]
    run: String,
    /// Write figures instead of the page
    #[arg(long, value_enum, value_name = "svg|png", hide_possible_values = true)]
    figures: Option<Format>,
    /// Only this figure; repeatable
    #[arg(long, value_name = "NAME", requires = "figures")]
    only: Vec<String>,
    /// Directory of the figures [default: RUN/figures]
    #[arg(long, value_name = "DIR", requires = "figures")]
    into: Option<PathBuf>,
    /// Width of a PNG in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 1600, value_parser = RangedU64ValueParser::<u32>::new().range(200..=10_000))]
    width: u32,
    /// Write the page elsewhere [default: RUN/report.html]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A page template of your own
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Show the names and titles of the figures, write nothing
    #[arg(long)]
    list: bool,
    /// Print one JSON document: what was written
    #[arg(long)]
    pub json: bool,
    /// Results directory in which runs are looked for
    #[arg(long, value_name = "DIR", default_value = "results")]
    results: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Svg,
    Png,
}

impl Format {
    const fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// Does it.
pub fn report(verb: &Verb) -> Result<Done, Failure> {
    let run = store::resolve_any(&verb.results, &verb.run)?.path;
    let book = read(&run)?;
    let figures = verb.chosen(&book)?;
    if verb.list {
        return listed(verb, &figures);
    }
    let written = match verb.figures {
        Some(format) => verb.draw(format, &figures, &run)?,
        None => vec![verb.write_page(&book, &run)?],
    };
    if verb.json {
        let files: Vec<String> = written.iter().map(|file| file.display().to_string()).collect();
        out::print_json(&json!({ "schema": SCHEMA, "ok": true, "files": files }))?;
    } else {
        let lines: Vec<String> = written.iter().map(|file| format!("written: {}", file.display())).collect();
        out::print(&lines.join("\n"))?;
    }
    Ok(Done::Fine)
}

/// The book of a run.
fn read(run: &Path) -> Result<Book, Failure> {
    let file = run.join(book::FILE_NAME);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let why = format!("{} has no {}: it was made by an earlier version", run.display(), book::FILE_NAME);
            return Err(Failure::said("report", why).help("run its scenario again: `hedgelab run RUN/scenario.yaml`"));
        }
        Err(error) => return Err(Failure::from(StoreError::io("read", &file, error))),
    };
    page::read(&text).map_err(|why| Failure::said("report", format!("{}: {why}", file.display())))
}

fn listed(verb: &Verb, figures: &[&Figure]) -> Result<Done, Failure> {
    if verb.json {
        let list: Vec<Value> =
            figures.iter().map(|f| json!({ "id": f.id, "title": f.title, "summary": f.summary })).collect();
        out::print_json(&json!({ "schema": SCHEMA, "ok": true, "figures": list }))?;
    } else {
        let width = figures.iter().map(|figure| figure.id.len()).max().unwrap_or(0);
        let lines: Vec<String> =
            figures.iter().map(|figure| format!("{:width$}  {}", figure.id, figure.title)).collect();
        out::print(&lines.join("\n"))?;
    }
    Ok(Done::Fine)
}

impl Verb {
    /// The figures that are asked for.
    fn chosen<'a>(&self, book: &'a Book) -> Result<Vec<&'a Figure>, Failure> {
        let all: Vec<&Figure> = book.figures().collect();
        for name in &self.only {
            if !all.iter().any(|figure| figure.id == *name) {
                let close = hedgelab::scenario::nearest(name, all.iter().map(|figure| figure.id.as_str()));
                let failure = Failure::usage(format!("this run has no figure `{name}`"));
                return Err(match close {
                    Some(close) => failure.help(format!("did you mean `{close}`? `--list` shows all")),
                    None => failure.help("`--list` shows all"),
                });
            }
        }
        Ok(all.into_iter().filter(|figure| self.only.is_empty() || self.only.contains(&figure.id)).collect())
    }

    fn draw(&self, format: Format, figures: &[&Figure], run: &Path) -> Result<Vec<PathBuf>, Failure> {
        let folder = self.into.clone().unwrap_or_else(|| run.join("figures"));
        std::fs::create_dir_all(&folder).map_err(|error| StoreError::io("create", &folder, error))?;
        let mut written = Vec::with_capacity(figures.len());
        for figure in figures {
            let svg = drawing::svg(figure);
            let bytes = match format {
                Format::Svg => svg.into_bytes(),
                Format::Png => drawing::png(&svg, self.width)
                    .map_err(|error| Failure::said("report", format!("figure {}: {error}", figure.id)))?,
            };
            let file = folder.join(format!("{}.{}", figure.id, format.ending()));
            atomic::write(&file, &bytes)?;
            written.push(file);
        }
        Ok(written)
    }

    fn write_page(&self, book: &Book, run: &Path) -> Result<PathBuf, Failure> {
        let mut manifest = Manifest::read(run)?;
        let template = match &self.template {
            Some(file) => Some(std::fs::read_to_string(file).map_err(|error| StoreError::io("read", file, error))?),
            None => None,
        };
        let text = page::page(book, &manifest, template.as_deref())?;
        if let Some(file) = &self.out {
            atomic::write(file, text.as_bytes())?;
            return Ok(file.clone());
        }
        let file = run.join(page::FILE_NAME);
        let entry = FileEntry::new(page::FILE_NAME, atomic::write(&file, text.as_bytes())?);
        manifest.files.retain(|known| known.path != page::FILE_NAME);
        let at = manifest.files.partition_point(|known| known.path.as_str() < page::FILE_NAME);
        manifest.files.insert(at, entry);
        manifest.write(run)?;
        Ok(file)
    }
}
