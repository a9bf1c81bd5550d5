//! What studies with rules of their own found, for a terminal.

use super::layout::{item, table};
use super::tables::show;
use crate::study::question::{Answer, Cell, Table};

/// Tables and notes of all answers.
pub fn text(answers: &[Answer]) -> String {
    let mut out = String::new();
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(estimate, scale) => show(estimate.as_ref(), *scale),
    };
    for answer in answers {
        for Table { title, head, rows } in &answer.tables {
            let row = |(name, cells): &(String, Vec<Cell>)| -> Vec<String> {
                std::iter::once(name.clone()).chain(cells.iter().map(cell)).collect()
            };
            let lines: Vec<Vec<String>> = std::iter::once(head.clone()).chain(rows.iter().map(row)).collect();
            out.push_str(&format!("\n{}{}", item("", title), table(&lines)));
        }
        out.extend(answer.notes.iter().map(|note| item("", note)));
    }
    out
}
