//! The comparison as a page: the tables of the terminal, the differences drawn, and cost beside protection.

use super::text::only_in;
use super::words::{banners, closing, is_equal, notes, shown, size};
use super::{Between, UNHEDGED};
use crate::figure::{Axis, Figure, Layer, Panel, Point, Tone};
use crate::report::book::{self, Book, Cell, Head, Part, Section, Table};
use crate::report::layout::capital;
use crate::report::tables::show;
use crate::stats::estimate::Estimate;
use crate::study::between::Compared;

/// The page; `command` makes it.
pub fn book(found: &Between<'_>, command: &str) -> Book {
    let facts = found.sides.iter().map(|side| (side.label.clone(), format!("{}: {}", side.name, size(side)))).collect();
    let mut sections = vec![
        Section { id: "inputs".to_owned(), title: "What differs in the inputs".to_owned(), parts: inputs(found) },
        Section {
            id: "differences".to_owned(),
            title: "What differs in the results".to_owned(),
            parts: results(found),
        },
    ];
    if let Some(plane) = plane(found) {
        let title = "Cost beside protection".to_owned();
        sections.push(Section { id: "plane".to_owned(), title, parts: vec![Part::Figure(plane)] });
    }
    let code = Part::Code { title: "The command".to_owned(), text: command.to_owned(), folded: false };
    sections.push(Section { id: "again".to_owned(), title: "To make it again".to_owned(), parts: vec![code] });
    Book {
        schema: book::SCHEMA.to_owned(),
        title: format!("{} runs beside each other", found.sides.len()),
        question: None,
        facts,
        banners: banners(found.sides),
        verdict: vec![closing(found)],
        sections,
    }
}

fn inputs(found: &Between<'_>) -> Vec<Part> {
    if found.inputs.is_empty() {
        return vec![Part::Text("Nothing differs in the inputs.".to_owned())];
    }
    let mut head = vec![Head::new("input", "")];
    head.extend(found.sides.iter().map(|side| Head::new(side.label.clone(), "")));
    let row = |one: &crate::scenario::differing::Differing| {
        let values = one.values.iter().map(|value| value.clone().unwrap_or_else(|| "-".to_owned()));
        let mut cells: Vec<Cell> = std::iter::once(one.key.clone()).chain(values).map(Cell::words).collect();
        cells[0].more = only_in(found, one).unwrap_or_default();
        cells
    };
    vec![Part::Table(Table {
        id: "inputs-table".to_owned(),
        title: "Keys of the resolved scenarios whose values differ".to_owned(),
        head,
        rows: found.inputs.iter().map(row).collect(),
        note: "A dash: the run does not have it.".to_owned(),
    })]
}

fn results(found: &Between<'_>) -> Vec<Part> {
    let mut parts: Vec<Part> = notes(found).into_iter().map(Part::Text).collect();
    for (at, metric) in found.metrics.iter().enumerate() {
        let table = table(found, at, metric);
        if table.rows.is_empty() {
            continue;
        }
        parts.extend(differences(found, at, metric).map(Part::Figure));
        parts.push(Part::Table(table));
    }
    parts
}

fn table(found: &Between<'_>, at: usize, metric: &Compared) -> Table {
    let first = &found.sides[0].label;
    let unit = metric.shown_in;
    let mut head = vec![Head::new("rule", ""), Head::new(first.clone(), unit)];
    for side in &found.sides[1..] {
        head.extend([Head::new(side.label.clone(), unit), Head::new(format!("{} - {first}", side.label), unit)]);
    }
    let mut rows = Vec::new();
    for rule in &found.rules {
        let number = &rule.numbers[at];
        if number.values.iter().all(Option::is_none) {
            continue;
        }
        let name = if rule.changed { format!("{} †", rule.name) } else { rule.name.clone() };
        let value = |e: &Option<Estimate>| cell(e.as_ref(), metric, show(e.as_ref(), metric.scale));
        let mut cells = vec![Cell::words(name), value(&number.values[0])];
        for (one, difference) in number.values[1..].iter().zip(&number.differences) {
            let text = shown(difference.as_ref(), metric.scale).replace(" *", "");
            let strong = difference.is_some_and(|d| d.excludes_zero());
            cells.extend([value(one), Cell { strong, ..cell(difference.as_ref(), metric, text) }]);
        }
        rows.push(cells);
    }
    Table {
        id: format!("{}-table", metric.name.replace('_', "-")),
        title: capital(metric.label),
        head,
        rows,
        note: "± is one standard error; differences stand out where their 95 % interval excludes zero.".to_owned(),
    }
}

fn cell(found: Option<&Estimate>, metric: &Compared, text: String) -> Cell {
    let interval = found.and_then(|e| interval(e, metric.scale));
    let more = interval.map_or_else(String::new, |[low, high]| format!("95 % interval {low:.4} to {high:.4}"));
    Cell { text, value: found.map(|e| e.value), strong: false, more }
}

fn interval(found: &Estimate, scale: f64) -> Option<[f64; 2]> {
    Some([found.ci_low? * scale, found.ci_high? * scale])
}

/// The differences of one metric, rule below rule.
fn differences(found: &Between<'_>, at: usize, metric: &Compared) -> Option<Figure> {
    let there = |rule: &&super::Rule| rule.numbers[at].differences.iter().any(Option::is_some);
    let rules: Vec<&super::Rule> = found.rules.iter().filter(there).collect();
    let others = found.links.len();
    let first = &found.sides[0].label;
    let layer = |other: usize| {
        let label = &found.sides[other + 1].label;
        let point = |(row, rule): (usize, &&super::Rule)| {
            let one = rule.numbers[at].differences[other].as_ref()?;
            let across = interval(one, metric.scale);
            let label = format!("{}, {label} - {first}", rule.name);
            Some(Point { x: one.value * metric.scale, y: row as f64, label, across, ..Point::default() })
        };
        let points = rules.iter().enumerate().filter_map(point).collect();
        Layer::points(format!("{label} - {first}"), Tone::Series((other % usize::from(Tone::SERIES)) as u8), points)
    };
    let names: Vec<String> = rules.iter().map(|rule| rule.name.clone()).collect();
    let layers = (0..others).map(layer).collect();
    let panel = Panel::new(Axis::names("", names), layers).with_zero_upright();
    let all = || rules.iter().flat_map(|rule| rule.numbers[at].differences.iter().flatten());
    let beyond = all().filter(|one| one.excludes_zero()).count();
    let equal = all().filter(|one| is_equal(one)).count();
    let figure = Figure {
        id: format!("{}-differences", metric.name.replace('_', "-")),
        title: format!("{}: difference to {first}", capital(metric.label)),
        summary: format!(
            "Of {} differences {beyond} lie beyond their interval and {equal} are exactly zero; they run from {:.3} to {:.3} {}.",
            all().count(),
            all().map(|one| one.value * metric.scale).fold(f64::INFINITY, f64::min),
            all().map(|one| one.value * metric.scale).fold(f64::NEG_INFINITY, f64::max),
            metric.shown_in
        ),
        basis: format!("n = {}; {}; 95 % intervals", paths(found), metric.shown_in),
        x: Axis::linear(format!("difference, {}", metric.shown_in)),
        panels: vec![panel],
        shades: Vec::new(),
    };
    (!figure.is_empty()).then_some(figure)
}

/// Money lost beside the worst years, the runs of each rule joined.
fn plane(found: &Between<'_>) -> Option<Figure> {
    let metric = |name: &str| found.metrics.iter().position(|metric| metric.name == name);
    let (cost, tail) = (metric("total_cost_bp_per_year")?, metric("es5_yearly")?);
    let (across, along) = (found.metrics[cost], found.metrics[tail]);
    let mut layers = Vec::new();
    let place = |rule: &super::Rule, side: usize| {
        let [x, y] = [cost, tail].map(|metric| rule.numbers[metric].values[side]);
        Some((x?, y?))
    };
    let rules: Vec<&super::Rule> = found.rules.iter().filter(|rule| rule.name != UNHEDGED).collect();
    for rule in &rules {
        let ends: Vec<[f64; 2]> = (0..found.sides.len())
            .filter_map(|side| place(rule, side).map(|(x, y)| [x.value * across.scale, y.value * along.scale]))
            .collect();
        layers.push(Layer::line("", Tone::Quiet, ends));
    }
    for (at, side) in found.sides.iter().enumerate() {
        let point = |rule: &&super::Rule| {
            let (x, y) = place(rule, at)?;
            Some(Point {
                x: x.value * across.scale,
                y: y.value * along.scale,
                // The last run's points have the names: the others are joined to them.
                label: if at + 1 == found.sides.len() { rule.name.clone() } else { String::new() },
                across: interval(&x, across.scale),
                along: interval(&y, along.scale),
                ..Point::default()
            })
        };
        let points = rules.iter().filter_map(point).collect();
        layers.push(Layer::points(side.label.clone(), Tone::Series((at % usize::from(Tone::SERIES)) as u8), points));
    }
    let figure = Figure {
        id: "cost-and-worst-years".to_owned(),
        title: "Money lost beside the worst years, in every run".to_owned(),
        summary: format!(
            "{} rules in {} runs; the points of one rule are joined. Higher protects better, further left costs less.",
            rules.len(),
            found.sides.len()
        ),
        basis: format!("n = {}; 95 % intervals of each run by itself", paths(found)),
        x: Axis::linear("money lost, bp of capital a year"),
        panels: vec![Panel::new(Axis::linear("mean of the worst 5 % of years, % of capital"), layers)],
        shades: Vec::new(),
    };
    (!figure.is_empty()).then_some(figure)
}

/// Paths of the runs.
fn paths(found: &Between<'_>) -> String {
    let all: Vec<String> =
        found.sides.iter().map(|side| format!("{} in {}", side.kept.outcome.paths, side.label)).collect();
    format!("{} paths", all.join(", "))
}
