//! A table of returns from elsewhere: CSV or Parquet, a row a period, a column a strategy, perhaps dates.
//!
//! What a file is, its first bytes say and not its name. A table that exists is good: at least two columns of
//! different names and [`FEWEST_ROWS`] rows, every cell a finite number, no column constant, none that is made of prices
//! or percent, dates (if there are any) in order. Everything else is refused in one sentence with place, value and what
//! is allowed: statistics of a table that is half understood are worse than none.

pub(super) mod columnar;
mod dates;
mod delimited;

use crate::stats::sharpe::SharpeRatio;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Size above which a table is not read, bytes.
const LARGEST: u64 = 1 << 30;
/// Most strategies of a table.
const MOST_COLUMNS: usize = 20_000;
/// Most cells of a table.
const MOST_CELLS: usize = 100_000_000;
/// Fewest rows with which a table is one.
const FEWEST_ROWS: usize = 10;
/// Beginning of every Parquet file.
const PARQUET: &[u8] = b"PAR1";
/// Beginning of a zip archive, which a spreadsheet is.
const ZIP: &[u8] = b"PK\x03\x04";
/// Longest cell that a message repeats.
const SHOWN: usize = 40;

/// A table of returns, each 0.01 for one percent.
#[derive(Clone, Debug, PartialEq)]
pub struct Returns {
    /// The file as it was named.
    pub source: String,
    /// Names of the strategies, all different.
    pub names: Vec<String>,
    /// Their returns, `[column][row]`.
    pub columns: Vec<Vec<f64>>,
    /// Name of each row, in order of time, as it was written.
    pub dates: Option<Vec<String>>,
    /// Rows a calendar year, if the dates are days.
    pub rows_per_year: Option<f64>,
}

/// Why a table is refused: a sentence with its place, and the cure if one is known.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct BadTable {
    message: String,
    help: Option<String>,
}

impl BadTable {
    fn new(message: String) -> Self {
        Self { message, help: None }
    }

    fn help(self, cure: &str) -> Self {
        Self { help: Some(cure.to_owned()), ..self }
    }

    /// The cure.
    pub fn cure(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

/// A table whose cells are numbers and that has not been looked at as a whole.
struct Rough {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    dates: Option<(String, Vec<String>)>,
    /// How a message names a row, counted from 0.
    place: Box<dyn Fn(usize) -> String>,
}

impl Returns {
    /// Reads the file; `-` is standard input.
    ///
    /// # Errors
    /// The first thing that is wrong with the table.
    pub fn read(path: &Path) -> Result<Self, BadTable> {
        let stdin = path.as_os_str() == "-";
        let source = if stdin { "standard input".to_owned() } else { path.display().to_string() };
        let bytes = if stdin { limited(io::stdin().lock()) } else { open(path).and_then(limited) };
        let bytes = bytes.map_err(|error| BadTable::new(format!("cannot read `{source}`: {}", said(&error))))?;
        Self::of(&source, bytes)
    }

    /// The table that these bytes are; messages call it `source`.
    ///
    /// # Errors
    /// The first thing that is wrong with the table.
    pub fn of(source: &str, bytes: Vec<u8>) -> Result<Self, BadTable> {
        let refuse = |why: &str| BadTable::new(format!("`{source}` {why}"));
        if bytes.len() as u64 > LARGEST {
            return Err(refuse(&format!("is longer than {} MB, the most that is read", LARGEST >> 20)));
        }
        if bytes.starts_with(ZIP) {
            return Err(refuse("is a spreadsheet or an archive, must be CSV or Parquet"));
        }
        let rough = match bytes.starts_with(PARQUET) {
            true => columnar::read(source, bytes)?,
            false => delimited::read(source, &bytes)?,
        };
        rough.finish(source)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }
}

impl Rough {
    /// What needs a look at whole columns.
    fn finish(self, source: &str) -> Result<Returns, BadTable> {
        let Self { names, columns, dates, place } = self;
        let rows = columns.first().map_or(0, Vec::len);
        let rows_per_year = match &dates {
            Some((name, list)) => dates::in_order(name, list, &place)?,
            None => None,
        };
        if rows < FEWEST_ROWS {
            return Err(BadTable::new(format!("`{source}` has {rows} rows, must have at least {FEWEST_ROWS}")));
        }
        for (name, column) in names.iter().zip(&columns) {
            like_returns(source, name, column)?;
            if SharpeRatio::of(column).is_none() {
                let name = short(name);
                let why = match column.iter().all(|r| *r == column[0]) {
                    true => format!("`{source}`: column `{name}` is {} on every row", column[0]),
                    false => {
                        format!("`{source}`: column `{name}` has values too large or too alike for a Sharpe ratio")
                    }
                };
                return Err(BadTable::new(why).help("without a variance there is no Sharpe ratio: take the column out"));
            }
        }
        Ok(Returns { source: source.to_owned(), names, columns, dates: dates.map(|(_, list)| list), rows_per_year })
    }
}

/// Refuses names that are missing or not different, and tables that are too small or too large.
fn names_and_size(source: &str, names: &[String], rows: usize) -> Result<(), BadTable> {
    if names.len() < 2 {
        let only = names.first().map_or_else(String::new, |name| format!(" (`{}`)", short(name)));
        let why = format!("`{source}` has {} column of returns{only}, must have at least two", names.len());
        return Err(BadTable::new(why)
            .help("with one strategy nothing was chosen; add those that were tried beside it, or its benchmark"));
    }
    size(source, names.len(), rows)?;
    let mut known = HashSet::new();
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(BadTable::new(format!("`{source}`: column {} of returns has no name", i + 1)));
        }
        if !known.insert(name) {
            return Err(BadTable::new(format!("`{source}`: two columns are named `{}`", short(name))));
        }
    }
    Ok(())
}

/// Refuses tables that are too large.
fn size(source: &str, columns: usize, rows: usize) -> Result<(), BadTable> {
    if columns > MOST_COLUMNS {
        return Err(BadTable::new(format!("`{source}` has {columns} columns, must have at most {MOST_COLUMNS}")));
    }
    if columns.saturating_mul(rows) > MOST_CELLS {
        let why = format!("`{source}` has {columns} columns of {rows} rows, must have at most {MOST_CELLS} cells");
        return Err(BadTable::new(why));
    }
    Ok(())
}

/// Refuses prices, percent and money: more than 5 % of the days beyond ±100 %, and not just two of them.
fn like_returns(source: &str, name: &str, column: &[f64]) -> Result<(), BadTable> {
    let beyond = column.iter().filter(|r| r.abs() > 1.0).count();
    if beyond <= 2 || beyond * 20 <= column.len() {
        return Ok(());
    }
    let (like, cure) = match column.iter().all(|r| *r > 0.0) {
        true => ("prices", "returns are price over the price before, minus 1"),
        false => ("percent or money", "divide by 100, or by the capital"),
    };
    let why = format!(
        "`{source}`: column `{}` looks like {like}: {beyond} of {} values are beyond ±1 (100 %), the largest {}",
        short(name),
        column.len(),
        column.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(f64::NAN)
    );
    Err(BadTable::new(why).help(cure))
}

/// A cell that is not a number.
fn not_a_number(place: &str, name: &str, cell: &str) -> BadTable {
    let cell = if cell.is_empty() { "empty".to_owned() } else { format!("`{}`", short(cell)) };
    BadTable::new(format!("{place}: `{}` is {cell}, must be a finite number (0.01 for one percent)", short(name)))
}

fn short(text: &str) -> String {
    match text.chars().count() > SHOWN {
        true => text.chars().take(SHOWN).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

fn open(path: &Path) -> io::Result<File> {
    match std::fs::metadata(path)?.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => File::open(path),
    }
}

/// All bytes, or one more than are allowed.
fn limited(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn said(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder, not a file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
