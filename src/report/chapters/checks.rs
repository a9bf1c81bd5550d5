//! What must hold of the model, with the number that was found, and what to be careful about.

use super::words::of_sheet;
use super::{Material, section as put};
use crate::figure::{Axis, Figure, Guide, Layer, Panel, Point, Tone};
use crate::report::book::{Cell, Head, Part, Section, Table};
use crate::report::layout::capital;
use crate::report::tables::{claims, pairs, show};
use crate::study::checks::{Check, Found};

/// The section.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let checks = &material.findings.checks;
    let row = |check: &Check| {
        let (found, limit) = match check.found {
            Found::Error { size, most } => (
                Cell { value: Some(size), ..Cell::words(format!("{size:.1e} of spot")) },
                format!("at most {most:.0e}"),
            ),
            Found::Zero(mean) => {
                let z = check.z().map_or_else(|| "-".to_owned(), |z| format!("{z:.2}"));
                (
                    Cell { value: check.z(), ..Cell::words(format!("{} bp a year, z = {z}", show(Some(&mean), 1.0))) },
                    "|z| at most 4 (of few paths more)".to_owned(),
                )
            }
        };
        let word = if check.holds() { "holds" } else { "FAILS" };
        let name = capital(&check.name.replace('_', " "));
        vec![
            Cell::words(name),
            Cell::words(&check.about),
            found,
            Cell::words(limit),
            Cell { strong: !check.holds(), ..Cell::words(word) },
        ]
    };
    let table = Table {
        id: "checks".to_owned(),
        title: "Model checks".to_owned(),
        head: ["check", "of", "found", "limit", ""].map(|text| Head::new(text, "")).to_vec(),
        rows: checks.iter().map(row).collect(),
        note: "Parity asks the pricing measure for a martingale; tables are what hedges are marked by; bets are those of the world \
               without premia, over all of its paths."
            .to_owned(),
    };
    let mut parts: Vec<Part> = fair(material).map(Part::Figure).into_iter().collect();
    parts.push(Part::Table(table));
    let sheets =
        [("pairs", pairs(material.plan, material.findings)), ("claims", claims(material.plan, material.findings))];
    parts.extend(sheets.iter().map(|(id, sheet)| Part::Table(of_sheet(id, sheet))));
    parts.push(Part::Table(flags(material)));
    parts.extend(material.findings.caveats.iter().map(|caveat| Part::Text(format!("Note: {}.", caveat.text))));
    put("checks", "Model checks and doubts", parts)
}

/// z of every fair bet.
fn fair(material: &Material<'_>) -> Option<Figure> {
    let bets: Vec<(&Check, f64)> =
        material.findings.checks.iter().filter_map(|check| Some((check, check.z()?))).collect();
    let worst = bets.iter().map(|(_, z)| z.abs()).fold(0.0, f64::max);
    let names: Vec<String> =
        bets.iter().map(|(check, _)| check.about.split(", ").next().unwrap_or_default().to_owned()).collect();
    let axis = Axis::names("", names.clone());
    let points = bets.iter().enumerate().map(|(i, (check, z))| Point {
        x: *z,
        y: i as f64,
        label: check.about.clone(),
        ..Point::default()
    });
    let mut panel = Panel::new(axis, vec![Layer::points("z", Tone::Series(0), points.collect())]).with_zero_upright();
    panel.guides.extend([-4.0, 4.0].map(|at| Guide { upright: true, at, label: "limit".to_owned() }));
    (!bets.is_empty()).then(|| Figure {
        id: "fair-bets".to_owned(),
        title: "Nobody earns where nothing is paid for".to_owned(),
        summary: format!(
            "Of {} bets the farthest from zero is {worst:.2} standard errors off; 4 would fail.",
            bets.len()
        ),
        basis: format!(
            "n = {}, without premia; mean P&L before trading costs over its standard error",
            material.paths()
        ),
        x: Axis::linear("standard errors from zero"),
        panels: vec![panel],
        shades: Vec::new(),
    })
}

/// Signs that a number is too good, or hides a cost.
fn flags(material: &Material<'_>) -> Table {
    let row = |flag: &crate::study::flags::Flag| {
        vec![Cell::words(material.name(flag.rule)), Cell::words(capital(flag.kind.title)), Cell::words(&flag.text)]
    };
    Table {
        id: "flags".to_owned(),
        title: "Red flags".to_owned(),
        head: ["rule", "doubt", "found"].map(|text| Head::new(text, "")).to_vec(),
        rows: material.findings.flags.iter().map(row).collect(),
        note: String::new(),
    }
}
