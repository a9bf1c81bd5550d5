//! What studies with answers of their own found, for a terminal and for a document.

use super::layout::{item, table};
use super::sheet::escape;
use super::tables::show;
use crate::study::question::{Answer, Cell, Table};

/// Tables and notes of all answers.
pub fn text(answers: &[Answer]) -> String {
    let mut out = String::new();
    for answer in answers {
        for Table { title, head, rows } in &answer.tables {
            let row = |(name, cells): &(String, Vec<Cell>)| -> Vec<String> {
                std::iter::once(name.clone()).chain(cells.iter().map(words)).collect()
            };
            let lines: Vec<Vec<String>> = std::iter::once(head.clone()).chain(rows.iter().map(row)).collect();
            out.push_str(&format!("\n{}{}", item("", title), table(&lines)));
        }
        out.extend(answer.notes.iter().map(|note| item("", note)));
    }
    out
}

fn words(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(estimate, scale) | Cell::Difference(estimate, scale) => show(estimate.as_ref(), *scale),
    }
}

/// Tables and notes of all answers, in Markdown.
pub fn markdown(answers: &[Answer]) -> String {
    let mut out = String::new();
    let row = |cells: &mut dyn Iterator<Item = String>| {
        format!("|{}\n", cells.map(|cell| format!(" {} |", escape(&cell))).collect::<String>())
    };
    for answer in answers {
        for Table { title, head, rows } in &answer.tables {
            out.push_str(&format!("\n## {}\n\n", escape(title)));
            out.push_str(&row(&mut head.iter().cloned()));
            let rule = (0..head.len()).map(|i| if i == 0 { "---|" } else { "---:|" });
            out.push_str(&format!("|{}\n", rule.collect::<String>()));
            for (name, cells) in rows {
                out.push_str(&row(&mut std::iter::once(name.clone()).chain(cells.iter().map(words))));
            }
        }
        out.extend(answer.notes.iter().map(|note| format!("\n{}\n", escape(note))));
    }
    out
}
