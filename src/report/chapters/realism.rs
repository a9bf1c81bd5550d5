//! The market beside history: each statistic by its place in the band that history gives it.

use super::{Material, section as put};
use crate::figure::{Axis, Figure, Guide, Layer, Panel, Point, Tone};
use crate::report::book::{Cell, Head, Part, Section, Table};
use crate::report::check::realism::RealismReport;
use crate::report::layout::{count, figure as short, number};
use crate::study::realism::{Gate, Lean, Verdict};

/// The section.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let card = material.realism.as_ref()?;
    let (inside, judged) = card.statistics_inside();
    let mut text = format!(
        "{inside} of {judged} statistics of the simulated index and VIX lie inside the band of 1990-2022, judged by the median over \
         {} ten-year stretches.",
        count(card.stretches as u64)
    );
    if material.plan.history {
        text = format!(
            "{inside} of {judged} statistics of this path lie inside the band of 1990-2022, which is made for ten years."
        );
    }
    if let Some(lean) = card.lean() {
        text.push(' ');
        text.push_str(&lean);
    }
    let parts =
        vec![Part::Text(text), Part::Figure(decisive(card)), Part::Figure(facts(card)), Part::Table(outside(card))];
    put("realism", "Is this world like history?", parts)
}

/// Place of a value in a band: 0 at its low end, 1 at its high end.
fn place(value: f64, (low, high): (f64, f64)) -> Option<f64> {
    (high > low).then(|| (value - low) / (high - low))
}

/// How far outside the band a place is still drawn where it is.
const FAR: f64 = 2.0;

/// Rows of places in their bands.
fn chart(id: &str, title: &str, rows: &[(String, f64, Option<f64>, bool)], summary: String, basis: String) -> Figure {
    let names: Vec<String> = rows.iter().map(|row| row.0.clone()).collect();
    let axis = Axis::names("", names.clone());
    let points = |wanted: bool| -> Vec<Point> {
        rows.iter()
            .enumerate()
            .filter(|(_, row)| row.3 == wanted)
            .map(|(i, (label, value, error, _))| Point {
                x: value.clamp(-FAR, 1.0 + FAR),
                y: i as f64,
                label: if (-FAR..=1.0 + FAR).contains(value) {
                    label.clone()
                } else {
                    format!("{label}, at {value:.1}")
                },
                across: error
                    .map(|e| [(value - e).max(-FAR), (value + e).min(1.0 + FAR)])
                    .filter(|[low, high]| low < high),
                ..Point::default()
            })
            .collect()
    };
    let edge = |at: f64, label: &str| Guide { upright: true, at, label: label.to_owned() };
    let mut panel = Panel::new(
        axis,
        vec![
            Layer::points("inside the band", Tone::Series(0), points(true)),
            Layer::points("outside", Tone::Series(1), points(false)),
        ],
    );
    panel.layers.retain(|layer| !layer.is_empty());
    panel.guides = vec![edge(0.0, "low end"), edge(1.0, "high end")];
    Figure {
        id: id.to_owned(),
        title: title.to_owned(),
        summary,
        basis,
        x: Axis::linear("place in the band (0 low end, 1 high end)"),
        panels: vec![panel],
        shades: Vec::new(),
    }
}

fn decisive(card: &RealismReport) -> Figure {
    let judged = card.decisive.iter().filter_map(|one| Some((one, one.verdict.mean?)));
    let rows: Vec<_> = judged
        .filter_map(|(one, mean)| {
            let band = one.verdict.band.boot.unwrap_or(one.verdict.band.rolling);
            let error = one.verdict.standard_error.map(|e| 1.96 * e / (band.1 - band.0));
            let at = place(mean, band)?;
            Some((one.verdict.band.label.to_owned(), at, error, (0.0..=1.0).contains(&at)))
        })
        .collect();
    let lean = |wanted: Lean| card.decisive.iter().filter(|one| one.lean == Some(wanted)).count();
    let outside = rows.iter().filter(|row| !row.3).count();
    let summary = format!(
        "{outside} of {} lie outside their band, beyond its width twice over at the edge. Of {} that favour one side {} are \
         kinder to dynamic hedges than history, {} harsher, {} like it: outside by more than two standard errors.",
        rows.len(),
        lean(Lean::Kinder) + lean(Lean::Harsher) + lean(Lean::Like),
        lean(Lean::Kinder),
        lean(Lean::Harsher),
        lean(Lean::Like)
    );
    let basis = format!(
        "n = {} stretches; the mean, with its 95 % interval, in the 95 % bootstrap band of history (its ten-year range where there is none)",
        card.stretches
    );
    chart("realism-decisive", "What decides for or against dynamic hedges", &rows, summary, basis)
}

fn facts(card: &RealismReport) -> Figure {
    let judged = card.facts.iter().filter_map(|row| Some((row, row.mean?, row.inside()?)));
    let rows: Vec<_> = judged
        .filter_map(|(row, mean, inside)| {
            let band = (row.fact.p10, row.fact.p90);
            let error = row.error.map(|e| 1.96 * e / (band.1 - band.0));
            Some((format!("{}: {}", row.fact.label, short(mean)), place(mean, band)?, error, inside))
        })
        .collect();
    let (inside, judged) = card.facts_inside();
    let summary =
        format!("{inside} of {judged} facts lie inside the range of the calibrated market's reference simulation.");
    let basis = format!(
        "n = {} runs of {} years; means with 95 % intervals, in the 10 to 90 % range of the reference",
        card.runs,
        card.days / 252
    );
    chart("realism-facts", "The facts that the market was fitted by", &rows, summary, basis)
}

/// Statistics outside their band.
fn outside(card: &RealismReport) -> Table {
    let row = |verdict: &Verdict| -> Option<Vec<Cell>> {
        let band = verdict.band;
        let (low, high) = band.range();
        let value = |x: f64| Cell { value: Some(x), ..Cell::words(number(x)) };
        let judged = if band.gate() == Gate::Bootstrap { "bootstrap" } else { "ten-year range" };
        Some(vec![
            Cell::words(band.label),
            Cell::words(band.unit),
            value(verdict.median?),
            value(band.history),
            value(low),
            value(high),
            Cell::words(judged),
        ])
    };
    let head = ["statistic", "unit", "median", "history", "band from", "to", "judged by"];
    Table {
        id: "realism-outside".to_owned(),
        title: "Statistics outside the band of history".to_owned(),
        head: head.map(|text| Head::new(text, "")).to_vec(),
        rows: card.verdicts.iter().filter(|verdict| verdict.passes == Some(false)).filter_map(row).collect(),
        note: format!("n = {} stretches of ten years.", card.stretches),
    }
}
