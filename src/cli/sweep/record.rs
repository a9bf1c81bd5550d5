//! The directory of a sweep: `DIR/<scenario>-sweep/<id>/`, and its lines in the ledger of trials.

use super::points::Points;
use crate::cli::record::Record;
use crate::cli::typed::typed;
use crate::cli::{Failure, page};
use hedgelab::report::book;
use hedgelab::report::sweep::{Beside, Number, Point, RuleAt, Sweep};
use hedgelab::store::{
    Column, Ledger, Manifest, RunDir, StoreError, SweepOf, Trial, Written, sweep_folder, trials, write_table,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The document of a sweep.
const DOCUMENT: &str = "sweep.json";
/// Its table.
const TABLE: &str = "sweep.parquet";

/// Writes the directory and enters the ledger; where the sweep lies.
///
/// # Errors
/// What the system says when something cannot be written.
pub fn write(
    root: &Path,
    record: Record,
    points: &Points,
    sweep: &Sweep,
    threads: usize,
    with_page: bool,
) -> Result<PathBuf, Failure> {
    let base = &points.base;
    let mut run = record.directory(root, &sweep_folder(&base.plan.name))?;
    enter(root, &run, &record, points)?;
    run.write("scenario.yaml", base.source.text.as_bytes())?;
    run.write("resolved.yaml", record.resolved().as_bytes())?;
    if !base.overrides.is_empty() {
        run.write("overrides.txt", format!("{}\n", base.overrides.join("\n")).as_bytes())?;
    }
    run.write(DOCUMENT, &json(sweep)?)?;
    let about = [
        ("scenario".to_owned(), base.plan.name.clone()),
        ("scenario_sha256".to_owned(), record.hash().to_owned()),
        ("vary".to_owned(), points.vary().join(" ")),
    ];
    let written = table(&run.file(TABLE)?, sweep, &about)?;
    run.record(TABLE, written);
    let paths = points.steps.iter().map(|step| step.paths).sum();
    let done = points.steps.len() as u64;
    let of = SweepOf { vary: points.vary(), points: done, points_done: done };
    let book = hedgelab::report::sweep::book::book(sweep, record.resolved(), &command(points));
    let text = serde_json::to_vec(&book)
        .map_err(|error| Failure::said("store", format!("cannot write the report: {error}")))?;
    run.write(book::FILE_NAME, &text)?;
    let manifest = run.complete(Manifest { sweep: Some(of), ..record.complete(base, threads, paths) });
    if with_page {
        run.write(page::FILE_NAME, page::page(&book, &manifest, None)?.as_bytes())?;
    }
    run.write_manifest(manifest)?;
    Ok(run.finish()?)
}

fn json(document: &Sweep) -> Result<Vec<u8>, Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::said("store", format!("cannot write the sweep: {error}")))?;
    Ok(format!("{text}\n").into_bytes())
}

/// The command that makes the sweep again: what changes nothing in it is left out.
fn command(points: &Points) -> String {
    let words = ["hedgelab".to_owned(), "sweep".to_owned(), points.file.display().to_string()];
    let with = |option: &str, list: &[String]| -> Vec<String> {
        list.iter().flat_map(|text| [option.to_owned(), text.clone()]).collect()
    };
    let changes = with("--set", &points.base.overrides).into_iter().chain(with("--vary", &points.vary()));
    typed(words.into_iter().chain(changes))
}

/// A line in the ledger for every different set of rules and seed that was looked at: each is a trial.
fn enter(root: &Path, run: &RunDir, record: &Record, points: &Points) -> Result<(), StoreError> {
    let ledger = Ledger::open(root)?;
    let mut seen = BTreeSet::new();
    for step in points.steps.iter().filter(|step| seen.insert((step.rules_sha256.clone(), step.seed))) {
        ledger.append(&Trial {
            schema: trials::SCHEMA.to_owned(),
            time: run.started().to_owned(),
            scenario: points.base.plan.name.clone(),
            run: run.id().to_owned(),
            scenario_sha256: record.hash().to_owned(),
            rules_sha256: step.rules_sha256.clone(),
            seed: step.seed,
            paths: step.paths,
            tried: step.tried,
            sealed: None,
        })?;
    }
    Ok(())
}

/// A row of the table.
struct Row<'a> {
    point: &'a Point,
    rule: &'a str,
    metric: String,
    number: &'a Number,
}

/// The numbers of a rule under the names of their rows: plain for its own metrics, with a word before them for the rest.
fn named(rule: &RuleAt) -> Vec<(String, &Number)> {
    let with = |word: &'static str| move |(name, number): (&String, _)| (format!("{word}.{name}"), number);
    let mut list: Vec<(String, &Number)> = rule.metrics.iter().map(|(name, number)| (name.clone(), number)).collect();
    list.extend(rule.against.iter().map(with("against")));
    if let Some(Beside { size, differences, .. }) = &rule.equal_money {
        list.extend(size.iter().map(|size| ("equal_money.size".to_owned(), size)));
        list.extend(differences.iter().map(with("equal_money")));
    }
    list.extend(rule.null_world.iter().map(with("null_world")));
    list
}

/// `sweep.parquet`: a row a point, rule and metric. An axis of numbers is a column of numbers.
fn table(file: &Path, sweep: &Sweep, about: &[(String, String)]) -> Result<Written, StoreError> {
    let rows: Vec<Row<'_>> = sweep
        .points
        .iter()
        .flat_map(|point| point.rules.iter().map(move |(name, rule)| (point, name, rule)))
        .flat_map(|(point, rule, at)| {
            named(at).into_iter().map(move |(metric, number)| Row { point, rule, metric, number })
        })
        .collect();
    let number: Vec<i64> = sweep.points.iter().enumerate().flat_map(|(i, point)| vec![i as i64; size(point)]).collect();
    let numbers: Vec<Option<Vec<f64>>> = sweep
        .axes
        .iter()
        .enumerate()
        .map(|(i, axis)| Some((axis.axis.numbers()?, i)))
        .map(|known| known.map(|(values, i)| rows.iter().map(|row| values[row.point.at[i]]).collect()))
        .collect();
    let cell = |of: fn(&Number) -> Option<f64>| -> Vec<f64> {
        rows.iter().map(|row| of(row.number).unwrap_or(f64::NAN)).collect()
    };
    let (value, se) = (cell(|n| n.value), cell(|n| n.se));
    let (low, high) = (cell(|n| n.ci_low), cell(|n| n.ci_high));
    let mut columns: Vec<(&str, Column<'_>)> = vec![("point", Column::I64(&number))];
    for (i, (axis, numbers)) in sweep.axes.iter().zip(&numbers).enumerate() {
        let words = || Column::Str(rows.iter().map(|row| axis.axis.values[row.point.at[i]].as_str()).collect());
        columns.push((&axis.axis.key, numbers.as_ref().map_or_else(words, |numbers| Column::F64(numbers))));
    }
    columns.extend([
        ("rule", Column::Str(rows.iter().map(|row| row.rule).collect())),
        ("metric", Column::Str(rows.iter().map(|row| row.metric.as_str()).collect())),
        ("unit", Column::Str(rows.iter().map(|row| row.number.unit.as_str()).collect())),
        ("value", Column::F64(&value)),
        ("se", Column::F64(&se)),
        ("ci_low", Column::F64(&low)),
        ("ci_high", Column::F64(&high)),
    ]);
    write_table(file, &columns, about)
}

/// Rows of a point.
fn size(point: &Point) -> usize {
    point.rules.iter().map(|(_, rule)| named(rule).len()).sum()
}
