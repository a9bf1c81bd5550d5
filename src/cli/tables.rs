//! The Parquet tables of a run.

use super::ledger::{AFTER, BEFORE, Ledger};
use hedgelab::engine::{Outcome, PATH_NAMES, Trace, trace_each};
use hedgelab::metrics::tally::NAMES;
use hedgelab::report::chapters::sampled;
use hedgelab::scenario::resolve::Plan;
use hedgelab::store::{Column, ColumnType, StoreError, TableWriter, Written};
use std::path::Path;

/// `paths.parquet`: a row a rule and path (one path of each bundle where paths are many), a row group a rule. Money is a share of capital.
pub fn write_paths(
    file: &Path,
    plan: &Plan,
    outcome: &Outcome,
    about: &[(String, String)],
) -> Result<Written, StoreError> {
    let experiment = &plan.experiment;
    let years: Vec<String> = (1..=outcome.table.years(0)).map(|year| format!("year_{year}")).collect();
    let kept: Vec<&str> =
        NAMES.iter().filter(|(column, _)| outcome.table.columns().contains(column)).map(|(_, name)| *name).collect();
    let mut schema = vec![("rule", ColumnType::Str), ("path", ColumnType::I64)];
    let numbers = kept.iter().copied().chain(years.iter().map(String::as_str)).chain(PATH_NAMES);
    schema.extend(numbers.map(|name| (name, ColumnType::F64)));
    let names: Vec<String> = experiment.rules[..experiment.kept()].iter().map(|rule| rule.name.clone()).collect();
    let paths: Vec<i64> = (0..outcome.paths).map(|row| outcome.number(row) as i64).collect();
    let mut table = TableWriter::create(file, &schema, about)?;
    for rule in 0..names.len() {
        let index = vec![rule as u32; outcome.paths];
        let mut columns = vec![Column::Dict { values: &names, index: &index }, Column::I64(&paths)];
        columns.extend(outcome.table.columns().iter().map(|column| Column::F64(outcome.table.column(rule, *column))));
        columns.extend((0..years.len()).map(|year| Column::F64(outcome.table.year(rule, year))));
        columns.extend(outcome.path_columns.iter().map(|column| Column::F64(column)));
        table.write_rows(&columns)?;
    }
    table.close()
}

/// `sample_paths.parquet`: every named rule on the first paths, day by day, a row group a rule; `seen` sees the ledgers of
/// each rule. Money is in currency.
pub fn write_samples(
    file: &Path,
    plan: &Plan,
    paths: usize,
    about: &[(String, String)],
    mut seen: impl FnMut(&[Trace]),
) -> Result<Written, StoreError> {
    let named = plan.experiment.named;
    let names: Vec<String> = plan.experiment.rules[..named].iter().map(|rule| rule.name.clone()).collect();
    let mut schema =
        vec![("rule", ColumnType::Str), ("path", ColumnType::I64), ("t", ColumnType::I64), ("date", ColumnType::Str)];
    schema.extend(BEFORE.iter().map(|(name, _)| (*name, ColumnType::F64)));
    schema.push(("regime", ColumnType::Str));
    schema.extend(AFTER.iter().map(|(name, _)| (*name, ColumnType::F64)));
    let mut table = TableWriter::create(file, &schema, about)?;
    trace_each(&sampled(plan), paths, |rule, first, traces| {
        // The portfolio without a hedge stands behind the named rules.
        if rule >= named {
            return Ok(());
        }
        seen(&traces);
        let ledgers: Vec<Ledger<'_>> = traces.iter().map(|trace| Ledger::new(plan, trace)).collect();
        write_days(&mut table, (&names, rule), first, &ledgers)
    })?;
    table.close()
}

/// The days of one rule on neighbouring paths, path after path.
fn write_days(
    table: &mut TableWriter,
    (names, rule): (&[String], usize),
    first: u64,
    ledgers: &[Ledger<'_>],
) -> Result<(), StoreError> {
    let days: Vec<(usize, usize)> = ledgers
        .iter()
        .enumerate()
        .flat_map(|(path, ledger)| (0..ledger.trace.days()).map(move |day| (path, day)))
        .collect();
    let index = vec![rule as u32; days.len()];
    let path: Vec<i64> = days.iter().map(|(path, _)| first as i64 + *path as i64).collect();
    let t: Vec<i64> = days.iter().map(|(path, day)| ledgers[*path].trace.row[*day] as i64).collect();
    let numbers: Vec<Vec<f64>> = BEFORE
        .iter()
        .chain(&AFTER)
        .map(|(_, number)| days.iter().map(|(path, day)| number(ledgers[*path].trace, *day)).collect())
        .collect();
    let (before, after) = numbers.split_at(BEFORE.len());
    let mut columns = vec![
        Column::Dict { values: names, index: &index },
        Column::I64(&path),
        Column::I64(&t),
        Column::Str(days.iter().map(|(path, day)| ledgers[*path].date(*day)).collect()),
    ];
    columns.extend(before.iter().map(|column| Column::F64(column)));
    columns.push(Column::Str(days.iter().map(|(path, day)| ledgers[*path].regime(*day)).collect()));
    columns.extend(after.iter().map(|column| Column::F64(column)));
    table.write_rows(&columns)
}
