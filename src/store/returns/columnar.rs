//! A table as Parquet: columns of numbers, and one of dates wherever it stands, since pandas puts an index last.
//!
//! Read are whole and floating numbers and decimals; days, timestamps and text for the dates. Pages are plain or
//! compressed with Snappy.

use super::dates::names_rows;
use super::{BadTable, Rough, dates, names_and_size, not_a_number, short, size};
use bytes::Bytes;
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Span};
use parquet::basic::{Compression, ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

/// What a column of the file holds.
enum Held {
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
    /// Days or moments, written as texts.
    Moments(Vec<Option<String>>),
}

/// Reads the file.
pub(super) fn read(source: &str, bytes: Vec<u8>) -> Result<Rough, BadTable> {
    // The decoders of the Parquet crate trust the file, and stop the program where its bytes were changed on the way.
    std::panic::catch_unwind(|| decode(source, bytes)).unwrap_or_else(|_| {
        Err(BadTable::new(format!("`{source}` is not a usable Parquet file: its pages do not hold what they promise")))
    })
}

fn decode(source: &str, bytes: Vec<u8>) -> Result<Rough, BadTable> {
    let refuse = |why: String| BadTable::new(format!("`{source}` {why}"));
    let broken = |error: ParquetError| refuse(format!("is not a usable Parquet file: {error}"));
    let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(broken)?;
    let file = reader.metadata().file_metadata();
    let (schema, rows) = (file.schema_descr(), usize::try_from(file.num_rows()).unwrap_or(usize::MAX));
    if let Some(nested) =
        schema.columns().iter().find(|column| column.path().parts().len() > 1 || column.max_rep_level() > 0)
    {
        return Err(refuse(format!(
            "has a column with parts, `{}`, must have plain columns",
            short(&nested.path().string())
        )));
    }
    // Asked before anything is read: a file may claim any number of rows. One column may be that of the dates.
    size(source, schema.num_columns().saturating_sub(1), rows)?;
    if let Some(codec) = other_compression(&reader) {
        let why = format!("is compressed with {codec}, must be compressed with snappy or not at all");
        return Err(refuse(why).help("both pandas and polars write it with compression=\"snappy\""));
    }
    let all: Vec<String> = schema.columns().iter().map(|column| column.name().to_owned()).collect();
    let place = {
        let source = source.to_owned();
        move |row: usize| format!("`{source}`, row {}", row + 1)
    };
    let (mut names, mut columns, mut dates) = (Vec::new(), Vec::new(), None);
    for (i, name) in all.iter().enumerate() {
        let column = schema.column(i);
        let held = held(&reader, i, &column, rows).map_err(broken)?;
        let Some(held) = held else {
            return Err(refuse(format!("has no numbers in column `{}`, must have returns there", short(name))));
        };
        match held {
            Held::Moments(list) if dates.is_none() => dates = Some((label(name), texts(list))),
            Held::Texts(list)
                if dates.is_none() && (i == 0 || dates::is_index(name)) && names_rows(name, first(&list)) =>
            {
                dates = Some((label(name), texts(list)));
            }
            Held::Numbers(list) if dates.is_none() && (i == 0 || dates::is_index(name)) && counts(name, &list) => {
                dates = Some((label(name), texts(list.into_iter().map(|x| x.map(|x| x.to_string())).collect())));
            }
            Held::Numbers(list) => {
                columns.push(numbers(list, name, &place)?);
                names.push(name.clone());
            }
            Held::Texts(list) | Held::Moments(list) => {
                return Err(not_a_number(&place(0), name, first(&list)));
            }
        }
    }
    names_and_size(source, &names, rows)?;
    Ok(Rough { names, columns, dates, place: Box::new(place) })
}

fn numbers(list: Vec<Option<f64>>, name: &str, place: &dyn Fn(usize) -> String) -> Result<Vec<f64>, BadTable> {
    let one = |(row, x): (usize, Option<f64>)| match x {
        Some(x) if x.is_finite() => Ok(x),
        Some(x) => Err(not_a_number(&place(row), name, &x.to_string())),
        None => Err(not_a_number(&place(row), name, "")),
    };
    list.into_iter().enumerate().map(one).collect()
}

fn texts(list: Vec<Option<String>>) -> Vec<String> {
    list.into_iter().map(Option::unwrap_or_default).collect()
}

fn first(list: &[Option<String>]) -> &str {
    list.first().and_then(Option::as_deref).unwrap_or_default()
}

/// Does a column of numbers count the rows?
fn counts(name: &str, list: &[Option<f64>]) -> bool {
    let cell = list.first().copied().flatten().map(|x| x.to_string()).unwrap_or_default();
    names_rows(name, &cell)
}

fn label(name: &str) -> String {
    if name.is_empty() || name.starts_with("__index") { "date".to_owned() } else { short(name) }
}

/// The column over all row groups; none if it holds what is neither number, day nor text.
fn held(
    reader: &SerializedFileReader<Bytes>,
    i: usize,
    column: &ColumnDescriptor,
    rows: usize,
) -> Result<Option<Held>, ParquetError> {
    let mut all: Option<Held> = None;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        let Some(next) = piece(group.get_column_reader(i)?, column, rows)? else { return Ok(None) };
        match (&mut all, next) {
            (None, next) => all = Some(next),
            (Some(Held::Numbers(list)), Held::Numbers(more)) => list.extend(more),
            (Some(Held::Texts(list)), Held::Texts(more)) | (Some(Held::Moments(list)), Held::Moments(more)) => {
                list.extend(more);
            }
            _ => return Ok(None),
        }
    }
    let all = all.unwrap_or(Held::Numbers(Vec::new()));
    let length = match &all {
        Held::Numbers(list) => list.len(),
        Held::Texts(list) | Held::Moments(list) => list.len(),
    };
    match length == rows {
        true => Ok(Some(all)),
        false => Err(ParquetError::General(format!("column `{}` has {length} rows of {rows}", column.name()))),
    }
}

/// The column in one row group.
fn piece(reader: ColumnReader, column: &ColumnDescriptor, rows: usize) -> Result<Option<Held>, ParquetError> {
    let optional = column.max_def_level() > 0;
    let scale = 10_f64.powi(match column.converted_type() {
        ConvertedType::DECIMAL => column.type_scale(),
        _ => 0,
    });
    let logical = column.logical_type_ref();
    let day = matches!(logical, Some(LogicalType::Date)) || column.converted_type() == ConvertedType::DATE;
    let unsigned = matches!(column.converted_type(), ConvertedType::UINT_32 | ConvertedType::UINT_64);
    let moment = ticks(column);
    Ok(Some(match reader {
        ColumnReader::DoubleColumnReader(r) => Held::Numbers(values(r, rows, optional, |x| *x)?),
        ColumnReader::FloatColumnReader(r) => Held::Numbers(values(r, rows, optional, |x| f64::from(*x))?),
        ColumnReader::Int32ColumnReader(r) if day => Held::Moments(values(r, rows, optional, |days| date(*days))?),
        ColumnReader::Int32ColumnReader(r) if unsigned => {
            Held::Numbers(values(r, rows, optional, |x| f64::from(*x as u32))?)
        }
        ColumnReader::Int32ColumnReader(r) => Held::Numbers(values(r, rows, optional, |x| f64::from(*x) / scale)?),
        ColumnReader::Int64ColumnReader(r) => match moment {
            Some(ticks) => Held::Moments(values(r, rows, optional, |x| time(i128::from(*x) * ticks))?),
            None if unsigned => Held::Numbers(values(r, rows, optional, |x| *x as u64 as f64)?),
            None => Held::Numbers(values(r, rows, optional, |x| *x as f64 / scale)?),
        },
        ColumnReader::Int96ColumnReader(r) => {
            Held::Moments(values(r, rows, optional, |x| time(i128::from(x.to_micros()) * 1000))?)
        }
        ColumnReader::ByteArrayColumnReader(r) => {
            Held::Texts(values(r, rows, optional, |x| String::from_utf8_lossy(x.data()).into_owned())?)
        }
        ColumnReader::FixedLenByteArrayColumnReader(r) if column.converted_type() == ConvertedType::DECIMAL => {
            Held::Numbers(values(r, rows, optional, |x| wide(x.data()) / scale)?)
        }
        ColumnReader::FixedLenByteArrayColumnReader(_) | ColumnReader::BoolColumnReader(_) => return Ok(None),
    }))
}

/// All values of a column in a row group; what is missing is none.
pub(in crate::store) fn values<T: DataType, U>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    optional: bool,
    convert: impl Fn(&T::T) -> U,
) -> Result<Vec<Option<U>>, ParquetError> {
    let (mut levels, mut found) = (Vec::new(), Vec::new());
    let mut done = 0;
    while done < rows {
        let (records, ..) = reader.read_records(rows - done, optional.then_some(&mut levels), None, &mut found)?;
        if records == 0 {
            break;
        }
        done += records;
    }
    let mut found = found.iter();
    let mut next = |there: bool| if there { found.next().map(&convert) } else { None };
    Ok(if optional {
        levels.iter().map(|level| next(*level > 0)).collect()
    } else {
        (0..done).map(|_| next(true)).collect()
    })
}

/// Nanoseconds of a tick, if the column holds moments.
fn ticks(column: &ColumnDescriptor) -> Option<i128> {
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Timestamp(stamp)), _) => Some(match stamp.unit {
            TimeUnit::MILLIS => 1_000_000,
            TimeUnit::MICROS => 1000,
            TimeUnit::NANOS => 1,
        }),
        (_, ConvertedType::TIMESTAMP_MILLIS) => Some(1_000_000),
        (_, ConvertedType::TIMESTAMP_MICROS) => Some(1000),
        _ => None,
    }
}

/// Days since 1970 as YYYY-MM-DD; a day beyond the calendar stays a number and is refused as a date.
fn date(days: i32) -> String {
    let span = Span::new().try_days(days);
    let day = span.and_then(|span| Date::constant(1970, 1, 1).checked_add(span));
    day.map_or_else(|_| format!("{days} days"), |day| day.to_string())
}

/// Nanoseconds since 1970 as a day, with the time of day where there is one.
fn time(nanoseconds: i128) -> String {
    let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).unwrap_or(i64::MAX);
    let rest = nanoseconds.rem_euclid(1_000_000_000) as i32;
    let moment = DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(SignedDuration::new(seconds, rest));
    match moment {
        Ok(moment) if moment.time() == jiff::civil::Time::midnight() => moment.date().to_string(),
        Ok(moment) => moment.to_string(),
        Err(_) => format!("{nanoseconds} ns"),
    }
}

/// A whole number of up to 16 bytes, highest first.
fn wide(bytes: &[u8]) -> f64 {
    let negative = bytes.first().is_some_and(|first| *first >= 0x80);
    let start: i128 = if negative { -1 } else { 0 };
    bytes.iter().fold(start, |sum, byte| (sum << 8) | i128::from(*byte)) as f64
}

/// The first compression that is not read.
fn other_compression(reader: &SerializedFileReader<Bytes>) -> Option<String> {
    let chunks = reader.metadata().row_groups().iter().flat_map(|group| group.columns());
    let mut all = chunks.map(|chunk| chunk.compression());
    let other = all.find(|codec| !matches!(codec, Compression::UNCOMPRESSED | Compression::SNAPPY))?;
    let name = other.to_string();
    Some(name.split('(').next().unwrap_or_default().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_written_as_dates() {
        assert_eq!((date(0), date(19_723), date(-1)), ("1970-01-01".into(), "2024-01-01".into(), "1969-12-31".into()));
        assert_eq!(date(i32::MAX), "2147483647 days");
        assert_eq!(time(86_400_000_000_000), "1970-01-02");
        assert_eq!(
            (time(-1_000_000_000), time(1)),
            ("1969-12-31T23:59:59".into(), "1970-01-01T00:00:00.000000001".into())
        );
        assert!(time(i128::MAX).ends_with(" ns"));
    }

    #[test]
    fn wide_numbers_keep_their_sign() {
        assert_eq!([&[0x01, 0x00][..], &[0xff, 0xfe], &[0x80], &[]].map(wide), [256.0, -2.0, -128.0, 0.0]);
    }
}
