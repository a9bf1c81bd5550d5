//! A book as one page that needs nothing else: no network, no neighbour file, and no script to be read.
//!
//! Texts and tables are plain HTML. Every figure has its title, what it says and where its numbers come from in words; with
//! a script it is drawn to follow a pointer, without one stands the drawing of a paper. The same book gives the same bytes;
//! only `imprint`, one line at the foot, may tell the time.
//!
//! The template is a file and may be the user's own ([`html_from`]). It is given:
//!
//! - `book`: title, question, facts, banners, verdict, and sections of parts (see `contents.rs`)
//! - `css`, `js`, `echarts`, `licences`: what the page carries
//! - `data`: the charts as JSON that is safe inside a `script` element
//! - `imprint`, `version`

mod abreast;
mod contents;
mod options;
mod series;

use super::book::Book;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};

/// The template in use if a user gives none.
pub const TEMPLATE: &str = include_str!("template.html");
const STYLE: &str = include_str!("page.css");
/// One function, so that nothing of it is seen outside; its parts in the order in which they need each other.
const SCRIPT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    include_str!("script/page.js"),
    include_str!("script/marks.js"),
    include_str!("script/tips.js"),
    include_str!("script/room.js"),
    include_str!("script/charts.js"),
    include_str!("script/tables.js"),
    include_str!("script/begin.js"),
    "})();\n"
);
const ECHARTS: &str = include_str!("vendor/echarts.min.js");
const LICENCES: [&str; 4] = [
    include_str!("vendor/echarts-NOTICE.txt"),
    include_str!("vendor/echarts-LICENSE.txt"),
    include_str!("vendor/zrender-LICENSE.txt"),
    include_str!("vendor/d3-LICENSE.txt"),
];

/// Names that end in `.html` have their values escaped.
const NAME: &str = "report.html";

/// Why there is no page.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The book is of another time.
    #[error(
        "the report has schema `{found}`, and this program reads `{}`: make it again with `hedgelab run`",
        super::book::SCHEMA
    )]
    Schema {
        /// Its schema.
        found: String,
    },
    /// Two places of one name: a link would lead to the wrong one.
    #[error("`{id}` is the name of two places in the report; each name stands once")]
    Twice {
        /// The name.
        id: String,
    },
    /// The template cannot be read or filled.
    #[error("template, line {line}: {what}")]
    Template {
        /// Where.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

/// The page of a book. `imprint` is the line at its foot that may tell time and place.
pub fn html(book: &Book, imprint: &str) -> Result<String, PageError> {
    html_from(TEMPLATE, book, imprint)
}

/// The page of a book through a template of the user's own.
pub fn html_from(template: &str, book: &Book, imprint: &str) -> Result<String, PageError> {
    let view = contents::of(book)?;
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    // A line of statements alone leaves no empty line behind.
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build().map_err(in_template)?);
    environment.add_template(NAME, template).map_err(in_template)?;
    let filled = environment.get_template(NAME).and_then(|template| {
        template.render(context! {
            book => Value::from(Serde(&view)),
            css => Value::from_safe_string(STYLE.to_owned()),
            js => Value::from_safe_string(SCRIPT.to_owned()),
            echarts => Value::from_safe_string(ECHARTS.to_owned()),
            licences => LICENCES.join("\n\n\n"),
            data => Value::from_safe_string(contents::charts(book)),
            imprint => imprint,
            version => env!("CARGO_PKG_VERSION"),
        })
    });
    filled.map_err(in_template)
}

fn in_template(error: minijinja::Error) -> PageError {
    let what = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    PageError::Template { line: error.line().unwrap_or(1), what }
}

#[cfg(test)]
mod tests;
