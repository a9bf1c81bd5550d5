//! `paths.parquet` read back: the rows of a finished run, as the run itself had them.
//!
//! A row group is a rule; what is asked for is read and nothing else. Whatever measures a run measures these rows, with
//! the same numbers and errors.

use super::error::StoreError;
use super::returns::columnar::values;
use crate::engine::{Outcome, PATH_NAMES, PathColumn, Table};
use crate::metrics::tally::{Column, NAMES};
use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use std::fs::File;
use std::path::Path;

/// The file in a run directory.
pub const FILE_NAME: &str = "paths.parquet";

/// The rows of a run.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Names of the rules, by slot of the outcome: those of the scenario, their fixed twins, the portfolio without a hedge.
    pub rules: Vec<String>,
    /// Columns and facts of the paths that were asked for, and yearly returns. Regimes and records are not kept on disk.
    pub outcome: Outcome,
}

impl Kept {
    /// Slot of a rule.
    pub fn rule(&self, name: &str) -> Option<usize> {
        self.rules.iter().position(|rule| rule == name)
    }
}

/// Reads these columns of all rules and these facts of the paths; runs of earlier versions may lack others.
///
/// # Errors
/// A file that is not there, is broken, or is not the table of a run of this version.
pub fn read(path: &Path, columns: &[Column], facts: &[PathColumn]) -> Result<Kept, StoreError> {
    let file = File::open(path).map_err(|error| StoreError::io("read", path, error))?;
    // The decoders of the Parquet crate trust the file, and stop the program where its bytes were changed on the way.
    let found = std::panic::catch_unwind(|| decode(file, columns, facts))
        .unwrap_or_else(|_| Err("its pages do not hold what they promise".to_owned()));
    found.map_err(|what| StoreError::Unreadable { path: path.to_path_buf(), what })
}

/// One rule: its name, its first path, and what is read of it.
struct Group {
    rule: String,
    first: i64,
    step: i64,
    rows: usize,
    columns: Vec<Vec<f64>>,
}

fn decode(file: File, columns: &[Column], asked: &[PathColumn]) -> Result<Kept, String> {
    let broken = |error: ParquetError| format!("it is not a usable Parquet file: {error}");
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let all: Vec<&str> = schema.columns().iter().map(|column| column.name()).collect();
    let place = |name: &str| {
        let found = all.iter().position(|known| *known == name);
        found.ok_or_else(|| format!("it has no column `{name}`; another version of hedgelab wrote it"))
    };
    let (rule, path) = (place("rule")?, place("path")?);
    let mut wanted = Vec::new();
    for column in columns {
        wanted.push(place(NAMES[*column as usize].1)?);
    }
    let years = (1..).map_while(|year| all.iter().position(|name| *name == format!("year_{year}")));
    wanted.extend(years);
    let own = wanted.len();
    for fact in asked {
        wanted.push(place(PATH_NAMES[*fact as usize])?);
    }
    let (mut rules, mut data, mut span) = (Vec::new(), Vec::new(), None);
    let mut facts = vec![Vec::new(); PATH_NAMES.len()];
    for number in 0..reader.num_row_groups() {
        let group = reader.get_row_group(number).map_err(broken)?;
        // Facts of a path are the same beside every rule.
        let wanted = if number == 0 { &wanted[..] } else { &wanted[..own] };
        let Group { rule, first, step, rows, mut columns } = read_group(group.as_ref(), rule, path, wanted)?;
        if *span.get_or_insert((first, step, rows)) != (first, step, rows) {
            return Err(format!("rule `{rule}` has other paths than the rules before it"));
        }
        if number == 0 {
            asked.iter().zip(columns.split_off(own)).for_each(|(fact, column)| facts[*fact as usize] = column);
        }
        rules.push(rule);
        data.push(columns);
    }
    let Some((first, step, paths)) = span else { return Err("it holds no rule".to_owned()) };
    let first = u64::try_from(first).map_err(|_| format!("it begins with path {first}"))?;
    let outcome = Outcome::of(first, paths, step.unsigned_abs(), Table::of(columns.to_vec(), data), facts);
    Ok(Kept { rules, outcome })
}

/// One row group; its rows are paths of one rule, all as far apart.
fn read_group(group: &dyn RowGroupReader, rule: usize, path: usize, wanted: &[usize]) -> Result<Group, String> {
    let broken = |error: ParquetError| error.to_string();
    let unlike = |what: &str| format!("its {what} is not as a run writes it");
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
    let reader = |column: usize| group.get_column_reader(column).map_err(broken);
    let ColumnReader::ByteArrayColumnReader(names) = reader(rule)? else { return Err(unlike("column `rule`")) };
    let text = |name: &parquet::data_type::ByteArray| String::from_utf8_lossy(name.data()).into_owned();
    let names: Vec<String> = values(names, rows, false, text).map_err(broken)?.into_iter().flatten().collect();
    let ColumnReader::Int64ColumnReader(paths) = reader(path)? else { return Err(unlike("column `path`")) };
    let paths: Vec<i64> = values(paths, rows, false, |x| *x).map_err(broken)?.into_iter().flatten().collect();
    let (Some(rule), Some(first)) = (names.first().cloned(), paths.first().copied()) else {
        return Err("it has an empty row group".to_owned());
    };
    // One path of each bundle stands a bundle behind the one before.
    let step = paths.get(1).map_or(1, |second| second - first);
    let in_order = step > 0 && paths.iter().zip((first..).step_by(step as usize)).all(|(path, at)| *path == at);
    if names.len() != rows || paths.len() != rows || !in_order || names.iter().any(|name| *name != rule) {
        return Err(unlike("order of rows"));
    }
    let mut columns = Vec::with_capacity(wanted.len());
    for &column in wanted {
        let ColumnReader::DoubleColumnReader(numbers) = reader(column)? else {
            return Err(unlike("column of numbers"));
        };
        let numbers = values(numbers, rows, true, |x| *x).map_err(broken)?;
        if numbers.len() != rows {
            return Err(unlike("number of rows"));
        }
        // What was not a number is kept as missing.
        columns.push(numbers.into_iter().map(|x| x.unwrap_or(f64::NAN)).collect());
    }
    Ok(Group { rule, first, step, rows, columns })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Column as Of, write_table};

    /// A table as a run writes it, with two rules, three paths and two years; `leave_out` is not written.
    fn table(path: &Path, leave_out: &str) {
        let rules = ["static".to_owned(), "unhedged".to_owned()];
        let (index, paths): (Vec<u32>, Vec<i64>) = ([0, 0, 0, 1, 1, 1].into(), [0, 1, 2, 0, 1, 2].into());
        let number = |k: usize| -> Vec<f64> { (0..6).map(|row| (10 * k + row) as f64).collect() };
        let (mark, one, two, mut fact) = (number(1), number(2), number(3), number(4));
        fact[1] = f64::NAN;
        let mut all = vec![("rule", Of::Dict { values: &rules, index: &index }), ("path", Of::I64(&paths))];
        all.extend([("gross_mark_pnl", Of::F64(&mark)), ("year_1", Of::F64(&one)), ("year_2", Of::F64(&two))]);
        all.extend(PATH_NAMES.map(|name| (name, Of::F64(&fact))));
        all.retain(|(name, _)| *name != leave_out);
        let schema: Vec<_> = all.iter().map(|(name, column)| (*name, column.column_type())).collect();
        let mut writer = crate::store::TableWriter::create(path, &schema, &[]).unwrap();
        for group in [0..3, 3..6] {
            let columns: Vec<Of> = all
                .iter()
                .map(|(_, column)| match column {
                    Of::F64(x) => Of::F64(&x[group.clone()]),
                    Of::I64(x) => Of::I64(&x[group.clone()]),
                    Of::Dict { values, index } => Of::Dict { values, index: &index[group.clone()] },
                    Of::Str(x) => Of::Str(x.clone()),
                })
                .collect();
            writer.write_rows(&columns).unwrap();
        }
        writer.close().unwrap();
    }

    #[test]
    fn rows_come_back_as_they_were_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(FILE_NAME);
        table(&file, "");
        let kept = read(&file, &[Column::Mark], &[PathColumn::Implied, PathColumn::Loss]).unwrap();
        assert_eq!((kept.rules.len(), kept.rule("unhedged"), kept.rule("other")), (2, Some(1), None));
        let outcome = &kept.outcome;
        assert_eq!((outcome.first, outcome.paths, outcome.table.years(1)), (0, 3, 2));
        assert_eq!(outcome.table.column(1, Column::Mark), [13.0, 14.0, 15.0]);
        assert_eq!(outcome.table.yearly(0), [20.0, 30.0, 21.0, 31.0, 22.0, 32.0]);
        let facts = [PathColumn::Loss, PathColumn::Implied, PathColumn::Open].map(|fact| outcome.path_column(fact));
        assert!(facts[0][1].is_nan() && facts[1][2] == 42.0 && facts[2].is_empty());
        assert_eq!(outcome.first_paths(2).table.column(0, Column::Mark), [10.0, 11.0]);
    }

    #[test]
    fn other_tables_are_refused_with_their_reason() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(FILE_NAME);
        let refused = |words: &str| {
            let said = read(&file, &[Column::Mark], &[PathColumn::Loss]).unwrap_err().to_string();
            assert!(said.contains(FILE_NAME) && said.contains(words), "{said}");
        };
        refused("cannot read");
        table(&file, "gross_mark_pnl");
        refused("no column `gross_mark_pnl`; another version");
        table(&file, "crash_loss");
        refused("no column `crash_loss`");
        table(&file, "rule");
        refused("no column `rule`");
        std::fs::write(&file, "PAR1").unwrap();
        refused("not a usable Parquet file");
        let numbers = [1.0, 2.0];
        write_table(&file, &[("rule", Of::F64(&numbers)), ("path", Of::F64(&numbers))], &[]).unwrap();
        refused("no column `gross_mark_pnl`");
    }
}
