//! The numbers of every rule, and paired differences to the benchmark and to each twin.

use super::words::{cell, difference};
use super::{Material, section as put};
use crate::report::book::{Cell, Head, Part, Section, Table};
use crate::stats::estimate::Estimate;
use crate::study::comparison::{Differences, Twin, Verdict};

/// Metric of summary.json, head, unit and scale of each column.
const COLUMNS: [(&str, &str, &str, f64); 14] = [
    ("total_cost_bp_per_year", "money lost", "bp a year", 1.0),
    ("transaction_cost_bp_per_year", "of it trading", "bp a year", 1.0),
    ("mean_multiplier", "mean multiple", "", 1.0),
    ("es5_yearly", "worst years", "%", 100.0),
    ("max_drawdown", "drawdown", "%", 100.0),
    ("sharpe_hedged", "Sharpe", "annual", 1.0),
    ("her_pooled", "HER at trough", "share", 1.0),
    ("her_plus21", "HER +21 days", "share", 1.0),
    ("her_flash", "HER flash", "share", 1.0),
    ("her_fast", "HER fast", "share", 1.0),
    ("her_grind", "HER grind", "share", 1.0),
    ("gain_bp_per_year", "gain in crashes", "bp a year", 1.0),
    ("bleed_bp_per_year", "bleed outside", "bp a year", 1.0),
    ("trades_per_year", "trades", "a year", 1.0),
];

/// The section.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let money = |twin: Twin| twin == Twin::EqualMoney;
    let parts = [
        Some(rules(material)),
        against(material),
        twins(material, "equal-money", "Every dynamic rule minus the fixed hedge that loses the same money", money),
        twins(material, "twins", "Every dynamic rule minus its other twins", |twin| !money(twin)),
    ];
    put("rules", "The rules in numbers", parts.into_iter().flatten().map(Part::Table).collect())
}

fn heads(first: &str, columns: impl Iterator<Item = (String, String, String)>) -> Vec<Head> {
    std::iter::once(Head::new(first, ""))
        .chain(columns.map(|(text, unit, key)| Head { key, ..Head::new(text, unit) }))
        .collect()
}

fn rules(material: &Material<'_>) -> Table {
    let findings = material.findings;
    let columns =
        COLUMNS.iter().map(|(key, text, unit, _)| ((*text).to_owned(), (*unit).to_owned(), (*key).to_owned()));
    let unhedged = |key: &str| -> Option<Estimate> {
        let key = if key == "sharpe_hedged" { "sharpe_unhedged" } else { key };
        findings.unhedged.iter().find(|metric| metric.name == key)?.estimate
    };
    let row = |name: &str, of: &dyn Fn(&str) -> Option<Estimate>| -> Vec<Cell> {
        std::iter::once(Cell::words(name))
            .chain(COLUMNS.iter().map(|(key, _, _, scale)| cell(of(key).as_ref(), *scale)))
            .collect()
    };
    let named = (0..material.plan.experiment.named)
        .map(|rule| row(material.name(rule), &|key| findings.metric(rule, key).copied()));
    Table {
        id: "rules".to_owned(),
        title: "Every rule".to_owned(),
        head: heads("rule", columns),
        rows: std::iter::once(row("unhedged", &unhedged)).chain(named).collect(),
        note: format!(
            "n = {}. ± is one standard error, the 95 % interval is shown to a pointer. {}Money lost is minus the hedge's P&L over \
             all days, in excess of cash: bleed outside crashes less gain inside them.",
            material.paths(),
            if material.plan.history { "Intervals are those of a block bootstrap. " } else { "" }
        ),
    }
}

/// Head, unit and scale of each difference, in the order of [`Differences::named`].
const DIFFERENCES: [(&str, &str, f64); 5] = [
    ("money lost", "bp a year", 1.0),
    ("worst years", "points", 100.0),
    ("drawdown", "points", 100.0),
    ("HER +21 days", "share", 1.0),
    ("Sharpe", "annual", 1.0),
];

fn cells(found: Option<&Differences>) -> Vec<Cell> {
    match found {
        Some(found) => {
            found.named().iter().zip(DIFFERENCES).map(|((.., e), (.., scale))| difference(e.as_ref(), scale)).collect()
        }
        None => vec![Cell::words("-"); DIFFERENCES.len()],
    }
}

fn difference_heads(first: &[&str]) -> Vec<Head> {
    first
        .iter()
        .map(|text| Head::new(*text, ""))
        .chain(DIFFERENCES.iter().map(|(text, unit, _)| Head::new(*text, *unit)))
        .chain([Head::new("protects", "")])
        .collect()
}

fn against(material: &Material<'_>) -> Option<Table> {
    if material.findings.against.is_empty() {
        return None;
    }
    let row = |(rule, found): &(usize, Differences)| -> Vec<Cell> {
        let verdict = found.verdict(Twin::EqualMultiplier);
        std::iter::once(Cell::words(material.name(*rule)))
            .chain(cells(Some(found)))
            .chain([protects(verdict)])
            .collect()
    };
    Some(Table {
        id: "against".to_owned(),
        title: format!("Every rule minus {}, as they are", material.name(material.benchmark)),
        head: difference_heads(&["rule"]),
        rows: material.findings.against.iter().map(row).collect(),
        note: "Paired by path or day; bold where the 95 % interval excludes zero. Sizes differ, so that less money lost may only \
               mean less hedge: the next table has equal sizes. Worst years: positive is better; drawdown: negative is better."
            .to_owned(),
    })
}

fn twins(material: &Material<'_>, id: &str, title: &str, wanted: impl Fn(Twin) -> bool) -> Option<Table> {
    let pairings = material.findings.pairings.iter().filter(|pairing| wanted(pairing.twin.twin));
    let rows = pairings.map(|pairing| {
        let size = match &pairing.twin.size {
            Ok(size) => cell(size.estimate("ratio").as_ref(), 1.0),
            Err(why) => Cell { more: why.clone(), ..Cell::words("none") },
        };
        let last = match (&pairing.twin.size, &pairing.differences) {
            (Err(why), _) => Cell::words(why),
            (_, Some(found)) => protects(found.verdict(pairing.twin.twin)),
            _ => Cell::words("not defined"),
        };
        let names = [Cell::words(material.name(pairing.rule)), Cell::words(pairing.twin.twin.name().replace('_', " "))];
        names.into_iter().chain([size]).chain(cells(pairing.differences.as_ref())).chain([last]).collect()
    });
    Some(Table {
        id: id.to_owned(),
        title: title.to_owned(),
        head: difference_heads(&["rule", "twin", "size"]),
        rows: rows.collect(),
        note: "Twins are fixed hedges of one size for all paths (of equal mean multiplier, equal money lost, equal expected \
               shortfall), a portfolio that holds that share less, and a placebo with the multipliers of another path. Paired \
               by path or day, the error of the size included; bold where the 95 % interval excludes zero. \"better\" and \
               \"worse\" need worst years, drawdown and HER at +21 days to agree."
            .to_owned(),
    })
}

fn protects(verdict: Verdict) -> Cell {
    Cell { strong: matches!(verdict, Verdict::Better | Verdict::Worse), ..Cell::words(verdict.words()) }
}
