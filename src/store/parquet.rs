//! Tables as Parquet files that DuckDB, pandas and polars read, the same bytes every time.
//!
//! Format version 1.0, Snappy; floats are split by byte position, integers delta packed, strings
//! in a dictionary. A NaN is written as null: NaN in pandas, NULL in SQL. Infinities stay. The
//! fields "created by" and the encodings are fixed, so that bytes change only with the data.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, Encoding, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnPath, Type};

use super::atomic::{AtomicFile, Written};
use super::error::{StoreError, final_name};

/// Rows that [`write_table`] puts into one row group.
const ROWS_PER_GROUP: usize = 1 << 20;
/// Rows converted at a time; bounds the scratch memory whatever the size of a row group.
const ROWS_PER_BATCH: usize = 8192;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// 64-bit floats; NaN is null.
    F64,
    /// 64-bit integers, never null.
    I64,
    /// UTF-8 text, never null.
    Str,
}

/// The values of one column, borrowed from the caller.
#[derive(Debug, Clone)]
pub enum Column<'a> {
    /// One float a row.
    F64(&'a [f64]),
    /// One integer a row.
    I64(&'a [i64]),
    /// One text a row, or a single one that is repeated on every row.
    Str(Vec<&'a str>),
    /// One number a row, which picks the text from `values`.
    Dict {
        /// The texts.
        values: &'a [String],
        /// Row -> position in `values`.
        index: &'a [u32],
    },
}

impl Column<'_> {
    /// The type of the column in the file.
    pub fn column_type(&self) -> ColumnType {
        match self {
            Self::F64(_) => ColumnType::F64,
            Self::I64(_) => ColumnType::I64,
            Self::Str(_) | Self::Dict { .. } => ColumnType::Str,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::F64(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::Str(v) => v.len(),
            Self::Dict { index, .. } => index.len(),
        }
    }

    fn is_repeated(&self) -> bool {
        matches!(self, Self::Str(v) if v.len() == 1)
    }

    fn slice(&self, rows: Range<usize>) -> Self {
        match self {
            Self::F64(v) => Self::F64(&v[rows]),
            Self::I64(v) => Self::I64(&v[rows]),
            Self::Str(v) if v.len() == 1 => self.clone(),
            Self::Str(v) => Self::Str(v[rows].to_vec()),
            Self::Dict { values, index } => Self::Dict { values, index: &index[rows] },
        }
    }
}

/// Writes a whole table at once; see [`TableWriter`] for one that comes in pieces.
///
/// `metadata` becomes the key/value metadata of the file, in this order.
pub fn write_table(
    path: &Path,
    columns: &[(&str, Column)],
    metadata: &[(String, String)],
) -> Result<Written, StoreError> {
    let schema: Vec<_> = columns.iter().map(|(n, c)| (*n, c.column_type())).collect();
    let mut table = TableWriter::create(path, &schema, metadata)?;
    let columns: Vec<_> = columns.iter().map(|(_, c)| c.clone()).collect();
    let rows = table.check(&columns)?;
    for start in (0..rows).step_by(ROWS_PER_GROUP) {
        let group = start..rows.min(start + ROWS_PER_GROUP);
        let group: Vec<_> = columns.iter().map(|c| c.slice(group.clone())).collect();
        table.write_rows(&group)?;
    }
    table.close()
}

/// A table written row group by row group; dropped without [`close`](Self::close) it leaves
/// nothing behind.
pub struct TableWriter {
    path: PathBuf,
    names: Vec<String>,
    types: Vec<ColumnType>,
    rows: u64,
    writer: SerializedFileWriter<AtomicFile>,
}

impl fmt::Debug for TableWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableWriter")
            .field("path", &self.path)
            .field("names", &self.names)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl TableWriter {
    /// Opens the table under a temporary name beside `path`.
    pub fn create(
        path: &Path,
        schema: &[(&str, ColumnType)],
        metadata: &[(String, String)],
    ) -> Result<Self, StoreError> {
        let refuse = |what: String| table_error(path, what);
        if schema.is_empty() {
            return Err(refuse("it has no columns".into()));
        }
        for (i, (name, _)) in schema.iter().enumerate() {
            if schema[..i].iter().any(|(earlier, _)| earlier == name) {
                return Err(refuse(format!("two columns are named `{name}`")));
            }
        }
        let root = message_type(schema).map_err(|e| from_parquet(path, e))?;
        let properties = Arc::new(properties(schema, metadata));
        let file = AtomicFile::create(path)?;
        let writer = SerializedFileWriter::new(file, Arc::new(root), properties).map_err(|e| from_parquet(path, e))?;
        Ok(Self {
            path: path.to_path_buf(),
            names: schema.iter().map(|(name, _)| (*name).to_owned()).collect(),
            types: schema.iter().map(|(_, kind)| *kind).collect(),
            rows: 0,
            writer,
        })
    }

    /// Writes one row group, columns in schema order.
    ///
    /// Readers want large groups: hand over 50,000 rows or more at a time where there are so many.
    pub fn write_rows(&mut self, columns: &[Column]) -> Result<(), StoreError> {
        let rows = self.check(columns)?;
        if rows == 0 {
            return Ok(());
        }
        write_group(&mut self.writer, columns, rows).map_err(|e| from_parquet(&self.path, e))?;
        self.rows += rows as u64;
        Ok(())
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes the footer, flushes to the disk, gives the file its name; rows, bytes and hash.
    pub fn close(mut self) -> Result<Written, StoreError> {
        self.writer.finish().map_err(|e| from_parquet(&self.path, e))?;
        let written = self.writer.inner_mut().commit_in_place()?;
        Ok(Written { rows: Some(self.rows), ..written })
    }

    /// The number of rows, if all columns agree with it and with the schema.
    fn check(&self, columns: &[Column]) -> Result<usize, StoreError> {
        let refuse = |what| Err(table_error(&self.path, what));
        let (got, want) = (columns.len(), self.types.len());
        if got != want {
            return refuse(format!("{got} columns were given, the schema has {want}"));
        }
        let rows = columns.iter().find(|c| !c.is_repeated()).map_or(1, Column::len);
        for ((name, kind), column) in self.names.iter().zip(&self.types).zip(columns) {
            let (got, len) = (column.column_type(), column.len());
            if got != *kind {
                return refuse(format!("column `{name}` is {got:?}, the schema says {kind:?}"));
            }
            if len != rows && !column.is_repeated() {
                return refuse(format!("column `{name}` has {len} rows, others have {rows}"));
            }
            if let Column::Dict { values, index } = column
                && let Some(bad) = index.iter().find(|i| **i as usize >= values.len())
            {
                let n = values.len();
                return refuse(format!("column `{name}` picks value {bad} of {n}"));
            }
        }
        Ok(rows)
    }
}

fn message_type(schema: &[(&str, ColumnType)]) -> Result<Type, ParquetError> {
    let field = |&(name, kind): &(&str, ColumnType)| {
        let (physical, repetition) = match kind {
            ColumnType::F64 => (Physical::DOUBLE, Repetition::OPTIONAL),
            ColumnType::I64 => (Physical::INT64, Repetition::REQUIRED),
            ColumnType::Str => (Physical::BYTE_ARRAY, Repetition::REQUIRED),
        };
        let mut field = Type::primitive_type_builder(name, physical).with_repetition(repetition);
        if kind == ColumnType::Str {
            field = field.with_converted_type(ConvertedType::UTF8).with_logical_type(Some(LogicalType::String));
        }
        field.build().map(Arc::new)
    };
    let fields: Result<_, _> = schema.iter().map(field).collect();
    Type::group_type_builder("hedgelab").with_fields(fields?).build()
}

fn properties(schema: &[(&str, ColumnType)], metadata: &[(String, String)]) -> WriterProperties {
    let pairs = metadata.iter();
    let pairs: Vec<_> = pairs.map(|(k, v)| KeyValue::new(k.clone(), v.clone())).collect();
    let mut builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::SNAPPY)
        .set_created_by("hedgelab".to_owned())
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_key_value_metadata((!pairs.is_empty()).then_some(pairs));
    for (name, kind) in schema {
        let column = || ColumnPath::from(*name);
        let encoding = match kind {
            ColumnType::F64 => Encoding::BYTE_STREAM_SPLIT,
            ColumnType::I64 => Encoding::DELTA_BINARY_PACKED,
            ColumnType::Str => {
                builder = builder.set_column_dictionary_enabled(column(), true);
                continue;
            }
        };
        builder = builder.set_column_dictionary_enabled(column(), false).set_column_encoding(column(), encoding);
    }
    builder.build()
}

fn write_group(
    writer: &mut SerializedFileWriter<AtomicFile>,
    columns: &[Column],
    rows: usize,
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for column in columns {
        let Some(mut out) = group.next_column()? else {
            return Err(ParquetError::General("a column too many".into()));
        };
        match column {
            Column::F64(values) => write_floats(&mut out, values)?,
            Column::I64(values) => {
                out.typed::<Int64Type>().write_batch(values, None, None)?;
            }
            Column::Str(values) if values.len() == 1 => {
                let text = ByteArray::from(values[0]);
                write_texts(&mut out, rows, |_| text.clone())?;
            }
            Column::Str(values) => write_texts(&mut out, rows, |row| values[row].into())?,
            Column::Dict { values, index } => {
                let texts: Vec<_> = values.iter().map(|v| ByteArray::from(v.as_str())).collect();
                write_texts(&mut out, rows, |row| texts[index[row] as usize].clone())?;
            }
        }
        out.close()?;
    }
    group.close().map(|_| ())
}

fn write_floats(out: &mut SerializedColumnWriter, values: &[f64]) -> Result<(), ParquetError> {
    let mut defined = Vec::with_capacity(ROWS_PER_BATCH);
    let mut levels = Vec::with_capacity(ROWS_PER_BATCH);
    for batch in values.chunks(ROWS_PER_BATCH) {
        defined.clear();
        defined.extend(batch.iter().copied().filter(|v| !v.is_nan()));
        levels.clear();
        levels.extend(batch.iter().map(|v| i16::from(!v.is_nan())));
        out.typed::<DoubleType>().write_batch(&defined, Some(&levels), None)?;
    }
    Ok(())
}

fn write_texts(
    out: &mut SerializedColumnWriter,
    rows: usize,
    text: impl Fn(usize) -> ByteArray,
) -> Result<(), ParquetError> {
    for start in (0..rows).step_by(ROWS_PER_BATCH) {
        let batch = start..rows.min(start + ROWS_PER_BATCH);
        let texts: Vec<_> = batch.map(&text).collect();
        out.typed::<ByteArrayType>().write_batch(&texts, None, None)?;
    }
    Ok(())
}

fn table_error(path: &Path, what: String) -> StoreError {
    let path = final_name(path);
    StoreError::Table { path, what }
}

/// Brings a full disk out of the Parquet crate's wrapping.
fn from_parquet(path: &Path, error: ParquetError) -> StoreError {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(io) => StoreError::io("write", path, *io),
            Err(other) => table_error(path, other.to_string()),
        },
        other => table_error(path, other.to_string()),
    }
}

#[cfg(test)]
#[path = "parquet_tests.rs"]
mod tests;
