//! Cells, intervals and short sentences that several chapters share.

use crate::figure::Point;
use crate::report::book::{Cell, Head, Table};
use crate::report::sheet::{Line, Sheet};
use crate::report::tables::show;
use crate::stats::estimate::Estimate;
use crate::study::pictures;

/// A number with its error, times a scale; the value that it is sorted by is that of summary.json.
pub fn cell(estimate: Option<&Estimate>, scale: f64) -> Cell {
    let Some(e) = estimate else { return Cell::words("-") };
    let more = match (e.ci_low, e.ci_high) {
        (Some(low), Some(high)) => format!(
            "{:.0} % interval {} to {}",
            100.0 * e.level,
            crate::report::layout::number(low * scale),
            crate::report::layout::number(high * scale)
        ),
        _ => String::new(),
    };
    Cell { text: show(estimate, scale), value: Some(e.value), more, strong: false }
}

/// A difference: bold where its interval excludes zero.
pub fn difference(estimate: Option<&Estimate>, scale: f64) -> Cell {
    Cell { strong: estimate.is_some_and(Estimate::excludes_zero), ..cell(estimate, scale) }
}

/// A point with its interval across an axis of names.
pub fn across(estimate: Option<&Estimate>, scale: f64, at: f64, label: &str) -> Option<Point> {
    Some(Point { label: label.to_owned(), ..pictures::across(at, estimate, scale)? })
}

/// A table that a terminal shows as well.
pub fn of_sheet(id: &str, sheet: &Sheet) -> Table {
    let head = std::iter::once(Head::new(sheet.first, ""))
        .chain(sheet.columns.iter().map(|(head, _)| Head::new(head.replace('\n', " "), "")));
    let head: Vec<Head> = head.collect();
    let row = |line: &Line| {
        let mut cells: Vec<Cell> = match line {
            Line::Cells(cells) => cells.iter().map(Cell::words).collect(),
            Line::Sentence(of, text) => vec![Cell::words(of), Cell::words(text)],
            Line::Below(text) => vec![Cell::words(format!("… {text}"))],
        };
        cells.resize(head.len(), Cell::default());
        cells
    };
    Table {
        id: id.to_owned(),
        title: sheet.title.clone(),
        rows: sheet.rows.iter().map(row).collect(),
        note: sheet.note.clone(),
        head,
    }
}

/// "1 path", "1,000 paths".
pub fn many(n: u64, one: &str, more: &str) -> String {
    format!("{} {}", crate::report::layout::count(n), if n == 1 { one } else { more })
}
