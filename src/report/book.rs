//! A report as data: what stands on its page, in order, before anything is drawn or laid out.
//!
//! A run keeps its book as `report.json`, so that the page and its figures can be made again without simulating again. It
//! holds no time and no name of a machine: the same scenario, seed and version give the same bytes.

use crate::figure::Figure;
use serde::{Deserialize, Serialize};

/// The schema of `report.json`.
pub const SCHEMA: &str = "hedgelab.report/1";

/// The file in a run directory.
pub const FILE_NAME: &str = "report.json";

/// Everything on a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// What the page is about: the name of the scenario, or what is compared.
    pub title: String,
    /// The question that it answers.
    pub question: Option<String>,
    /// Name and value of what was run: seed, paths, years, version.
    pub facts: Vec<(String, String)>,
    /// What a reader must know before anything else: interrupted, a check failed.
    pub banners: Vec<String>,
    /// The answer in words; paragraphs.
    pub verdict: Vec<String>,
    /// Sections in order.
    pub sections: Vec<Section>,
}

/// A section of a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Its place on the page: lower-case words joined by `-`.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What stands in it, in order.
    pub parts: Vec<Part>,
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A paragraph.
    Text(String),
    /// A figure.
    Figure(Figure),
    /// A table.
    Table(Table),
    /// Lines as they are: a command, a scenario.
    Code {
        /// What they are.
        title: String,
        /// The lines.
        text: String,
        /// Are they shown only when asked for?
        folded: bool,
    },
}

/// A table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its place on the page: lower-case words joined by `-`.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// Heads of the columns.
    pub head: Vec<Head>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<Cell>>,
    /// What to know about it; may be empty.
    pub note: String,
}

/// Head of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// What the column has.
    pub text: String,
    /// Its unit; empty for words.
    pub unit: String,
    /// The metric of summary.json that it shows, where it is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
}

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// As it is read.
    pub text: String,
    /// The number, in the unit of summary.json: what the column is sorted by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Does it stand out: is it a difference whose interval excludes zero?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strong: bool,
    /// More about it, shown to a pointer: the interval.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub more: String,
}

impl Head {
    /// A head.
    pub fn new(text: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { text: text.into(), unit: unit.into(), key: String::new() }
    }
}

impl Cell {
    /// Words.
    pub fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

impl Book {
    /// All figures, in order.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.sections.iter().flat_map(|section| &section.parts).filter_map(|part| match part {
            Part::Figure(figure) => Some(figure),
            _ => None,
        })
    }
}
