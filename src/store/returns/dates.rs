//! The column that names the rows: which one it is, and whether its rows are in order of time.

use super::{BadTable, short};
use jiff::civil::DateTime;

/// Names of a column of dates or row numbers, in small letters; spreadsheets and pandas leave that of an index empty.
const NAMES: [&str; 10] =
    ["", "date", "day", "time", "datetime", "timestamp", "index", "row", "unnamed: 0", "__index_level_0__"];
/// Days of a year.
const YEAR: f64 = 365.25;

/// Does a column of this name and first cell name the rows? A strategy may be called `index`, but has fractions.
pub(super) fn names_rows(name: &str, cell: &str) -> bool {
    let return_like = When::of(cell).is_none() && cell.parse::<f64>().is_ok();
    is_date(cell) || NAMES.contains(&name.to_lowercase().as_str()) && !return_like
}

/// Is it the name that pandas gives an index, which it writes as the last column?
pub(super) fn is_index(name: &str) -> bool {
    name.starts_with("__index") || name.eq_ignore_ascii_case("date")
}

/// When a row is.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum When {
    /// A day, perhaps with a time of day.
    Moment(DateTime),
    /// A number that counts rows, or a day written 20240131.
    Number(i64),
}

impl When {
    fn of(text: &str) -> Option<Self> {
        let number = || text.parse().ok().map(Self::Number);
        // UTC or not, all rows are taken for the same zone.
        let plain = text.strip_suffix('Z').unwrap_or(text);
        number().or_else(|| plain.parse().ok().map(Self::Moment))
    }
}

/// Is this text a day of the calendar, and no plain number?
pub(super) fn is_date(text: &str) -> bool {
    matches!(When::of(text), Some(When::Moment(_)))
}

/// Rows a calendar year if the rows are days in order; none if they are numbers in order.
pub(super) fn in_order(name: &str, list: &[String], place: &dyn Fn(usize) -> String) -> Result<Option<f64>, BadTable> {
    let mut before: Option<When> = None;
    let mut first = None;
    for (row, text) in list.iter().enumerate() {
        let Some(now) = When::of(text) else {
            let cell = if text.is_empty() { "empty".to_owned() } else { format!("`{}`", short(text)) };
            let why = format!("{}: `{name}` is {cell}, must be a date of the form YYYY-MM-DD", place(row));
            return Err(BadTable::new(why).help("without a column of dates the rows count in the order they have"));
        };
        // A day and a number cannot be compared, and nothing is later than itself.
        if before
            .is_some_and(|before| !(before < now && std::mem::discriminant(&before) == std::mem::discriminant(&now)))
        {
            let earlier = row.checked_sub(1).map_or("", |row| &list[row]);
            let why = format!(
                "{}: `{name}` is `{}`, must be later than `{}` before it",
                place(row),
                short(text),
                short(earlier)
            );
            return Err(BadTable::new(why).help("rows are in order of time, each day once"));
        }
        first = first.or(Some(now));
        before = Some(now);
    }
    let (Some(When::Moment(first)), Some(When::Moment(last))) = (first, before) else { return Ok(None) };
    let days = first.date().until(last.date()).map_or(0, |span| span.get_days());
    let steps = list.len().saturating_sub(1) as f64;
    Ok((days > 0).then(|| steps * YEAR / f64::from(days)))
}
