//! What the template is given of a book: every part with its kind, numbers as text, and the drawings for who has no script.

use super::PageError;
use super::options;
use crate::report::book::{self, Book, Part, Table};
use crate::report::drawing;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Columns from which a table is printed on a page that lies.
const WIDE: usize = 9;

/// Characters up to which words in a cell stay on one line.
const SHORT: usize = 24;

/// The book.
#[derive(Debug, Serialize)]
pub struct View<'a> {
    title: &'a str,
    question: Option<&'a str>,
    facts: &'a [(String, String)],
    banners: &'a [String],
    verdict: &'a [String],
    sections: Vec<Section<'a>>,
}

#[derive(Debug, Serialize)]
struct Section<'a> {
    id: &'a str,
    title: &'a str,
    parts: Vec<Shown<'a>>,
}

/// A part by its `kind`.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shown<'a> {
    Text {
        text: &'a str,
    },
    Figure {
        id: &'a str,
        title: &'a str,
        summary: &'a str,
        basis: &'a str,
        /// About the height of the chart, so that the page does not jump when it is drawn.
        height: u32,
        /// The drawing, for who has no script.
        svg: String,
    },
    Table {
        id: &'a str,
        title: &'a str,
        note: &'a str,
        wide: bool,
        /// Does any cell have more to say?
        more: bool,
        head: Vec<Column>,
        rows: Vec<Vec<Entry<'a>>>,
    },
    Code {
        title: &'a str,
        text: &'a str,
        folded: bool,
    },
}

#[derive(Debug, Serialize)]
struct Column {
    text: String,
    unit: String,
    number: bool,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    text: &'a str,
    /// The number with all its digits; empty for words.
    value: String,
    strong: bool,
    more: &'a str,
    /// How it is set: `number`, `line` for words that are not broken, or nothing.
    class: &'static str,
}

/// The view of a book whose places have names of their own.
pub fn of(book: &Book) -> Result<View<'_>, PageError> {
    if book.schema != book::SCHEMA {
        return Err(PageError::Schema { found: book.schema.clone() });
    }
    let mut ids = BTreeSet::new();
    let mut once = |id: &str| match ids.insert(id.to_owned()) {
        true => Ok(()),
        false => Err(PageError::Twice { id: id.to_owned() }),
    };
    let mut sections = Vec::new();
    for section in &book.sections {
        once(&format!("section {}", section.id))?;
        for part in &section.parts {
            match part {
                Part::Figure(figure) => once(&format!("figure {}", figure.id))?,
                Part::Table(table) => once(&format!("table {}", table.id))?,
                _ => {}
            }
        }
        let parts = section.parts.iter().map(shown).collect();
        sections.push(Section { id: &section.id, title: &section.title, parts });
    }
    Ok(View {
        title: &book.title,
        question: book.question.as_deref(),
        facts: &book.facts,
        banners: &book.banners,
        verdict: &book.verdict,
        sections,
    })
}

/// All charts by the names of their figures, as JSON that cannot end the element around it.
pub fn charts(book: &Book) -> String {
    let charts: Map<String, Value> = book.figures().map(|figure| (figure.id.clone(), options::chart(figure))).collect();
    let all = serde_json::json!({ "dark": options::on_dark(), "charts": charts });
    // `<` could open `</script` or `<!--`; U+2028 and U+2029 end a line of a script.
    all.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

fn shown(part: &Part) -> Shown<'_> {
    match part {
        Part::Text(text) => Shown::Text { text },
        Part::Figure(figure) => {
            let panels = options::heights(figure);
            let height = panels.iter().sum::<f64>() + 46.0 * panels.len() as f64 + 80.0;
            Shown::Figure {
                id: &figure.id,
                title: &figure.title,
                summary: &figure.summary,
                basis: &figure.basis,
                height: height as u32,
                svg: drawing::svg(figure),
            }
        }
        Part::Table(table) => of_table(table),
        Part::Code { title, text, folded } => Shown::Code { title, text, folded: *folded },
    }
}

fn of_table(table: &Table) -> Shown<'_> {
    let number: Vec<bool> = (0..table.head.len())
        .map(|column| table.rows.iter().any(|row| row.get(column).is_some_and(|cell| cell.value.is_some())))
        .collect();
    let column = |(head, number): (&'_ book::Head, &bool)| Column {
        text: head.text.clone(),
        unit: head.unit.clone(),
        number: *number,
    };
    Shown::Table {
        id: &table.id,
        title: &table.title,
        note: &table.note,
        wide: table.head.len() >= WIDE,
        more: table.rows.iter().flatten().any(|cell| !cell.more.is_empty()),
        head: table.head.iter().zip(&number).map(column).collect(),
        rows: table.rows.iter().map(|row| row.iter().zip(&number).map(entry).collect()).collect(),
    }
}

fn entry<'a>((cell, number): (&'a book::Cell, &bool)) -> Entry<'a> {
    let value = cell.value.filter(|value| value.is_finite()).map(|value| value.to_string());
    let class = match number {
        true => "number",
        false if cell.text.chars().count() <= SHORT => "line",
        false => "",
    };
    Entry { text: &cell.text, value: value.unwrap_or_default(), strong: cell.strong, more: &cell.more, class }
}
