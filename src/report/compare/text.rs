//! The comparison for a terminal of 100 columns.

use super::words::{banners, closing, notes, shown, size};
use super::{Between, Number};
use crate::report::layout::{WIDTH, item, table, wrap};
use crate::report::tables::show;
use crate::scenario::differing::Differing;

/// Longest name of a rule or a metric.
const NAME: usize = 34;

/// Everything, the closing sentence last.
pub fn text(found: &Between<'_>) -> String {
    let mut text = String::new();
    let width = found.sides.iter().map(|side| side.name.chars().count()).max().unwrap_or(0);
    for side in found.sides {
        let line = format!("{}  {:width$}  {}", side.label, side.name, size(side));
        match line.chars().count() <= WIDTH {
            true => text.push_str(&format!("{line}\n")),
            false => text.push_str(&item(&format!("{}  ", side.label), &format!("{} {}", side.name, size(side)))),
        }
    }
    for banner in banners(found.sides) {
        text.push_str(&wrap(&format!("warning: {banner}")));
    }
    text.push_str(&inputs(found));
    for metric in 0..found.metrics.len() {
        text.push_str(&numbers(found, metric));
    }
    text.push('\n');
    text.push_str(&wrap("± is one standard error; * the 95 % interval of the difference excludes zero"));
    for note in notes(found) {
        text.push_str(&wrap(&note));
    }
    text.push('\n');
    text.push_str(&wrap(&closing(found)));
    text
}

/// What differs in the inputs.
fn inputs(found: &Between<'_>) -> String {
    if found.inputs.is_empty() {
        return "\nNothing differs in the inputs.\n".to_owned();
    }
    let labels = || found.sides.iter().map(|side| side.label.clone());
    let mut rows = vec![std::iter::once("input".to_owned()).chain(labels()).collect::<Vec<_>>()];
    let mut wide = String::new();
    for one in &found.inputs {
        let values = one.values.iter().map(|value| value.clone().unwrap_or_else(|| "-".to_owned()));
        let row: Vec<String> = std::iter::once(one.key.clone()).chain(values).collect();
        // A long value must not make the table of the short ones too wide.
        match only_in(found, one) {
            None if row[1..].iter().all(|cell| cell.chars().count() <= 60 / (row.len() - 1)) => rows.push(row),
            Some(place) => wide.push_str(&item("  ", &format!("{}: {place}", one.key))),
            None => {
                wide.push_str(&item("  ", &one.key));
                for (label, value) in labels().zip(&row[1..]) {
                    wide.push_str(&item(&format!("    {label}  "), value));
                }
            }
        }
    }
    let mut text = "\nWhat differs in the inputs\n".to_owned();
    if rows.len() > 1 {
        text.push_str(&table(&rows));
    }
    text + &wide
}

/// Where something with parts is, if it is not everywhere.
pub(super) fn only_in(found: &Between<'_>, one: &Differing) -> Option<String> {
    let has_parts = one.values.iter().flatten().any(|value| value.starts_with(['{', '[']));
    if !has_parts || one.values.iter().all(Option::is_some) {
        return None;
    }
    let there = found.sides.iter().zip(&one.values).filter(|(_, value)| value.is_some());
    Some(format!("only in {}", there.map(|(side, _)| side.label.as_str()).collect::<Vec<_>>().join(", ")))
}

/// One metric of all rules: as many other runs beside the first as a line holds.
fn numbers(found: &Between<'_>, metric: usize) -> String {
    let others = found.links.len();
    let shown: Vec<usize> = (0..found.rules.len())
        .filter(|rule| found.rules[*rule].numbers[metric].values.iter().any(Option::is_some))
        .collect();
    if shown.is_empty() {
        return String::new();
    }
    let block = |from: usize, to: usize| {
        let rows: Vec<Vec<String>> = std::iter::once(head(found, metric, from, to))
            .chain(shown.iter().map(|rule| row(found, *rule, metric, from, to)))
            .collect();
        table(&rows)
    };
    let fits = |text: &str| text.lines().all(|line| line.chars().count() <= WIDTH);
    for beside in (1..=others).rev() {
        let blocks: Vec<String> =
            (0..others).step_by(beside).map(|from| block(from, (from + beside).min(others))).collect();
        if beside == 1 || blocks.iter().all(|block| fits(block)) {
            return blocks.iter().map(|block| format!("\n{block}")).collect();
        }
    }
    String::new()
}

fn head(found: &Between<'_>, metric: usize, from: usize, to: usize) -> Vec<String> {
    let (metric, first) = (found.metrics[metric], &found.sides[0].label);
    let mut cells = vec![format!("{}, {}", metric.label, metric.shown_in), first.clone()];
    for side in &found.sides[from + 1..=to] {
        cells.extend([side.label.clone(), format!("{} - {first}", side.label)]);
    }
    cells
}

fn row(found: &Between<'_>, rule: usize, metric: usize, from: usize, to: usize) -> Vec<String> {
    let (rule, scale) = (&found.rules[rule], found.metrics[metric].scale);
    let Number { values, differences } = &rule.numbers[metric];
    let mark = if rule.changed { " †" } else { "" };
    let mut cells = vec![format!("{}{mark}", cut(&rule.name)), show(values[0].as_ref(), scale)];
    for other in from..to {
        cells.extend([show(values[other + 1].as_ref(), scale), shown(differences[other].as_ref(), scale)]);
    }
    cells
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME { name.to_owned() } else { name.chars().take(NAME - 1).chain(['~']).collect() }
}
