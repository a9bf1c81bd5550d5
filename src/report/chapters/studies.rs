//! Studies with answers of their own: sentence, figures, tables and notes of each.

use super::words::of_sheet;
use super::{Material, choices, section as put};
use crate::report::book::{Cell, Head, Part, Section, Table};
use crate::report::tables::show;
use crate::stats::estimate::Estimate;
use crate::study::question::{self, Answer};

/// Studies whose numbers stand in summary.json in basis points.
const IN_BASIS_POINTS: [&str; 2] = ["optimal", "oracle_ladder"];

/// Basis points in one.
const BP: f64 = 1e4;

/// Choices over tuned rules, then what all studies found; none where none was asked for.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let findings = material.findings;
    let mut all: Vec<Part> = choices::figures(&findings.choices).into_iter().map(Part::Figure).collect();
    let sheets = crate::report::tables::choices(findings);
    all.extend(sheets.iter().enumerate().map(|(n, sheet)| Part::Table(of_sheet(&format!("choices-{}", n + 1), sheet))));
    all.extend(answers(&findings.answers));
    put("studies", "Walk-forward and overfitting", all)
}

/// What all studies found.
pub fn answers(answers: &[Answer]) -> Vec<Part> {
    answers.iter().flat_map(parts).collect()
}

/// One study: its sentence first, then what makes it visible, then everything in numbers.
fn parts(answer: &Answer) -> Vec<Part> {
    let mut parts = vec![Part::Text(answer.closing.clone())];
    parts.extend(answer.figures.iter().cloned().map(Part::Figure));
    parts.extend(answer.tables.iter().enumerate().map(|(number, of)| Part::Table(table(answer.name, number, of))));
    parts.extend(answer.notes.iter().cloned().map(Part::Text));
    parts
}

fn table(study: &str, number: usize, of: &question::Table) -> Table {
    let row = |(name, cells): &(String, Vec<question::Cell>)| {
        std::iter::once(Cell::words(name)).chain(cells.iter().map(|of| cell(study, of))).collect()
    };
    Table {
        id: format!("{}-table-{}", study.replace('_', "-"), number + 1),
        title: of.title.clone(),
        // Titles say the unit.
        head: of.head.iter().map(|head| Head::new(head, "")).collect(),
        rows: of.rows.iter().map(row).collect(),
        note: String::new(),
    }
}

fn cell(study: &str, cell: &question::Cell) -> Cell {
    match cell {
        question::Cell::Text(text) => {
            let value = text.trim().parse().ok().filter(|x: &f64| x.is_finite());
            Cell { value, ..Cell::words(text) }
        }
        question::Cell::Number(estimate, scale) => number(study, estimate.as_ref(), *scale),
        question::Cell::Difference(estimate, scale) => {
            let strong = estimate.is_some_and(|estimate| estimate.excludes_zero());
            Cell { strong, ..number(study, estimate.as_ref(), *scale) }
        }
    }
}

fn number(study: &str, estimate: Option<&Estimate>, scale: f64) -> Cell {
    let kept = if scale == BP && IN_BASIS_POINTS.contains(&study) { BP } else { 1.0 };
    Cell {
        text: show(estimate, scale),
        value: estimate.map(|estimate| estimate.value * kept),
        strong: false,
        more: estimate.map_or_else(String::new, |estimate| more(estimate, scale)),
    }
}

/// Interval and number of observations.
fn more(estimate: &Estimate, scale: f64) -> String {
    let digits = |x: f64| crate::report::layout::significant(x * scale, 4);
    let n = format!("n = {}", estimate.n);
    match (estimate.ci_low, estimate.ci_high) {
        (Some(low), Some(high)) => {
            format!("{:.0} % interval {} to {}, {n}", 100.0 * estimate.level, digits(low), digits(high))
        }
        _ => n,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_stand_out_where_zero_is_excluded_and_numbers_never() {
        let clear = Estimate::normal(0.02, Some(0.001), 0.95, 9, "");
        let made = |study: &str, of: question::Cell| cell(study, &of);
        let found = made("truth", question::Cell::Difference(clear, BP));
        assert_eq!((found.strong, found.value, found.text.as_str()), (true, Some(0.02), "200 ±10"));
        assert_eq!(found.more, "95 % interval 180.4 to 219.6, n = 9");
        assert!(!made("truth", question::Cell::Number(clear, BP)).strong);
        let vague = Estimate::normal(0.02, Some(0.02), 0.95, 9, "");
        assert!(!made("truth", question::Cell::Difference(vague, BP)).strong);
        assert_eq!(made("optimal", question::Cell::Number(clear, BP)).value, Some(200.0));
        assert_eq!(made("truth", question::Cell::Text(" 1.5".to_owned())).value, Some(1.5));
        assert_eq!(made("truth", question::Cell::Number(None, BP)), Cell::words("-"));
    }
}
