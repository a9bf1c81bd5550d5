//! A table as text: commas, semicolons or tabs between cells, perhaps quotes, a byte order mark, `#` comments.

use super::{BadTable, Rough, dates, names_and_size, not_a_number, short};
use csv::{ReaderBuilder, StringRecord, Trim};

/// What may stand between cells; the first is taken where the header has none.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// Reads the text.
pub(super) fn read(source: &str, bytes: &[u8]) -> Result<Rough, BadTable> {
    let refuse = |why: &str| BadTable::new(format!("`{source}` {why}"));
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(refuse("is neither Parquet nor UTF-8 text"));
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let separator = separator(text);
    let mut reader = ReaderBuilder::new()
        .delimiter(separator as u8)
        .comment(Some(b'#'))
        .trim(Trim::All)
        // Rows of another length get a message of our own.
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut records = reader.records().filter(|record| !record.as_ref().is_ok_and(blank));
    let mut next = || records.next().transpose().map_err(|error| refuse(&format!("cannot be read: {error}")));
    let Some(header) = next()? else { return Err(refuse("is empty, must have a header line and rows of returns")) };
    let mut record = next()?;
    let mut sheet = Sheet::new(source, separator, &header, record.as_ref())?;
    while let Some(row) = &record {
        sheet.push(row)?;
        record = next()?;
    }
    names_and_size(source, &sheet.names, sheet.lines.len())?;
    let Sheet { source, names, columns, dates, lines, .. } = sheet;
    let source = source.to_owned();
    let place = Box::new(move |row: usize| format!("`{source}`:{}", lines.get(row).copied().unwrap_or(0)));
    Ok(Rough { names, columns, dates, place })
}

/// What has been read so far.
struct Sheet<'a> {
    source: &'a str,
    /// Cells may have a decimal comma, as spreadsheets of half of Europe write it beside semicolons.
    decimal_comma: bool,
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    dates: Option<(String, Vec<String>)>,
    /// Cells before the first return: a name of the row, or its number and then its date.
    leading: usize,
    /// Line of each row, counted from 1.
    lines: Vec<u64>,
}

impl<'a> Sheet<'a> {
    fn new(
        source: &'a str,
        separator: char,
        header: &StringRecord,
        first: Option<&StringRecord>,
    ) -> Result<Self, BadTable> {
        let decimal_comma = separator != ',';
        let mut names: Vec<String> = header.iter().map(str::to_owned).collect();
        if names.iter().all(|name| dates::is_date(name) || number(name, decimal_comma).is_some()) {
            let why = format!(
                "`{source}`:{} holds values, must be a header line with the names of the columns",
                line(header)
            );
            return Err(BadTable::new(why));
        }
        let cell = |at: usize| first.and_then(|record| record.get(at)).unwrap_or_default();
        let leading = match names.first() {
            Some(name) if !dates::names_rows(name, cell(0)) => 0,
            // Row numbers that pandas puts before what was the first column.
            _ if !dates::is_date(cell(0)) && dates::is_date(cell(1)) => 2,
            _ => 1,
        };
        let dates = names.drain(..leading).next_back().map(|name| (label(name), Vec::new()));
        names_and_size(source, &names, 0)?;
        let columns = vec![Vec::new(); names.len()];
        Ok(Self { source, decimal_comma, names, columns, dates, leading, lines: Vec::new() })
    }

    fn push(&mut self, record: &StringRecord) -> Result<(), BadTable> {
        let place = || format!("`{}`:{}", self.source, line(record));
        let wanted = self.names.len() + self.leading;
        if record.len() != wanted {
            return Err(BadTable::new(format!("{}: has {} cells, the header has {wanted}", place(), record.len())));
        }
        if let Some((_, list)) = &mut self.dates {
            list.push(record.get(self.leading - 1).unwrap_or_default().to_owned());
        }
        let cells = record.iter().skip(self.leading);
        for ((name, column), cell) in self.names.iter().zip(&mut self.columns).zip(cells) {
            match number(cell, self.decimal_comma) {
                Some(x) => column.push(x),
                None => return Err(not_a_number(&place(), name, cell)),
            }
        }
        self.lines.push(line(record));
        Ok(())
    }
}

/// A cell as a finite number.
fn number(cell: &str, decimal_comma: bool) -> Option<f64> {
    let whole = match decimal_comma && cell.contains(',') && !cell.contains('.') {
        true => cell.replacen(',', ".", 1).parse(),
        false => cell.parse(),
    };
    whole.ok().filter(|x: &f64| x.is_finite())
}

/// The separator that the first line with words has most of.
fn separator(text: &str) -> char {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let header = lines.next().unwrap_or_default();
    // Every other piece between quotes stands inside them.
    let outside: String = header.split('"').step_by(2).collect();
    let count = |separator: &char| outside.matches(*separator).count();
    SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(',')
}

/// What messages call the column of dates.
fn label(name: String) -> String {
    if name.is_empty() { "date".to_owned() } else { short(&name) }
}

/// Spreadsheets end in lines without a single cell.
fn blank(record: &StringRecord) -> bool {
    record.iter().all(str::is_empty)
}

fn line(record: &StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}
