//! Tables are read back with the crate's own reader, row by row.

use std::fs::{self, File};

use parquet::basic::Encoding;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::*;

const NAN: f64 = f64::NAN;

fn read(path: &Path) -> (SerializedFileReader<File>, Vec<Vec<Field>>) {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    let rows = rows.map(|row| row.unwrap().into_columns().into_iter().map(|(_, f)| f)).map(Iterator::collect).collect();
    (reader, rows)
}

fn text(s: &str) -> Field {
    Field::Str(s.to_owned())
}

fn sample<'a>(values: &'a [String], pnl: &'a [f64]) -> Vec<(&'static str, Column<'a>)> {
    vec![
        ("run_id", Column::Str(vec!["20261121T013542-7f3c9a1"])),
        ("strategy", Column::Dict { values, index: &[1, 0, 1] }),
        ("path", Column::I64(&[0, 1, i64::MIN])),
        ("pnl", Column::F64(pnl)),
        ("note", Column::Str(vec!["a", "", "é"])),
    ]
}

#[test]
fn what_is_written_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    let values = ["no hedge".to_owned(), "delta".to_owned()];
    let metadata = [("seed".to_owned(), "42".to_owned())];
    let columns = sample(&values, &[-0.0, NAN, f64::INFINITY]);
    let written = write_table(&path, &columns, &metadata).unwrap();

    let (reader, rows) = read(&path);
    let id = || text("20261121T013542-7f3c9a1");
    let want = [
        vec![id(), text("delta"), Field::Long(0), Field::Double(-0.0), text("a")],
        vec![id(), text("no hedge"), Field::Long(1), Field::Null, text("")],
        vec![id(), text("delta"), Field::Long(i64::MIN), Field::Double(f64::INFINITY), text("é")],
    ];
    assert_eq!(rows, want);
    let bytes = fs::read(&path).unwrap();
    assert_eq!(written.rows, Some(3));
    assert_eq!(written.bytes, bytes.len() as u64);
    assert_eq!(written.sha256, super::super::atomic::sha256_hex(&bytes));

    let meta = reader.metadata();
    let file = meta.file_metadata();
    assert_eq!((file.version(), file.created_by()), (1, Some("hedgelab")));
    let pairs = file.key_value_metadata().unwrap();
    assert_eq!(pairs, &[KeyValue::new("seed".to_owned(), "42".to_owned())]);
    let encoded = |column: usize, encoding| {
        let column = meta.row_group(0).column(column);
        column.compression() == Compression::SNAPPY && column.encodings().any(|e| e == encoding)
    };
    assert!(encoded(2, Encoding::DELTA_BINARY_PACKED));
    assert!(encoded(3, Encoding::BYTE_STREAM_SPLIT));
    assert!(meta.row_group(0).column(1).dictionary_page_offset().is_some());
    assert!(meta.row_group(0).column(3).dictionary_page_offset().is_none());
}

#[test]
fn the_same_table_has_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let n = 30_000;
    let values: Vec<_> = (0..50).map(|i| format!("strategy {i}")).collect();
    let index: Vec<_> = (0..n).map(|i| i % 50).collect();
    let path: Vec<_> = (0..i64::from(n)).collect();
    let pnl: Vec<_> = path.iter().map(|&i| (i as f64).sin()).collect();
    let columns = [
        ("strategy", Column::Dict { values: &values, index: &index }),
        ("path", Column::I64(&path)),
        ("pnl", Column::F64(&pnl)),
    ];
    let metadata = [("b".into(), "1".into()), ("a".into(), "2".into())];
    let file = |name| {
        let path = dir.path().join(name);
        write_table(&path, &columns, &metadata).unwrap();
        fs::read(path).unwrap()
    };
    assert!(file("one") == file("two"));
}

#[test]
fn row_groups_follow_one_another() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    let schema = [("path", ColumnType::I64), ("s", ColumnType::Str)];
    let mut table = TableWriter::create(&path, &schema, &[]).unwrap();
    for first in [0, 10] {
        let paths = [first, first + 1];
        table.write_rows(&[Column::I64(&paths), Column::Str(vec!["x"])]).unwrap();
    }
    table.write_rows(&[Column::I64(&[]), Column::Str(vec!["x"])]).unwrap();
    assert_eq!(table.rows(), 4);
    assert!(!path.exists());
    assert_eq!(table.close().unwrap().rows, Some(4));
    let (reader, rows) = read(&path);
    assert_eq!(reader.num_row_groups(), 2);
    let paths: Vec<_> = rows.iter().map(|r| r[0].clone()).collect();
    assert_eq!(paths, [0, 1, 10, 11].map(Field::Long));
}

#[test]
fn a_large_table_is_cut_into_groups() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    let n = ROWS_PER_GROUP + 1;
    let pnl = vec![0.5; n];
    let columns = [("pnl", Column::F64(&pnl)), ("s", Column::Str(vec!["x"]))];
    assert_eq!(write_table(&path, &columns, &[]).unwrap().rows, Some(n as u64));
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let groups = reader.metadata().row_groups().iter();
    let rows: Vec<_> = groups.map(|g| g.num_rows()).collect();
    assert_eq!(rows, [ROWS_PER_GROUP as i64, 1]);
}

#[test]
fn an_empty_table_is_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    let columns = [("pnl", Column::F64(&[])), ("s", Column::Str(vec!["x"]))];
    assert_eq!(write_table(&path, &columns, &[]).unwrap().rows, Some(0));
    assert_eq!(read(&path).1.len(), 0);
}

#[test]
fn columns_that_do_not_fit_are_refused_by_name_and_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    let one = ["a".to_owned()];
    let cases: [(&[(&str, Column)], &str); 4] = [
        (&[], "it has no columns"),
        (&[("a", Column::I64(&[])), ("a", Column::I64(&[]))], "two columns are named `a`"),
        (&[("a", Column::I64(&[1, 2])), ("b", Column::F64(&[0.0]))], "column `b` has 1 rows, others have 2"),
        (&[("s", Column::Dict { values: &one, index: &[0, 1] })], "column `s` picks value 1 of 1"),
    ];
    for (columns, what) in cases {
        let error = write_table(&path, columns, &[]).unwrap_err().to_string();
        assert_eq!(error, format!("cannot write the table `{}`: {what}", path.display()));
    }
    let mut table = TableWriter::create(&path, &[("a", ColumnType::F64)], &[]).unwrap();
    let error = table.write_rows(&[Column::I64(&[1])]).unwrap_err();
    assert!(error.to_string().ends_with("column `a` is I64, the schema says F64"));
    drop(table);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_called_a_full_disk() {
    for rows in [1, 300_000] {
        let pnl: Vec<_> = (0..rows).map(|i| f64::from(i).sin()).collect();
        let error = write_table(Path::new("/dev/full"), &[("pnl", Column::F64(&pnl))], &[]);
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("cannot write `/dev/full`: the disk is full"), "{error}");
    }
}
