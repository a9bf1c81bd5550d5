//! Tables as people have them, and as they should not be.

use super::*;
use crate::store::{Column, write_table};

const DAYS: usize = 12;

/// A good table: dates, two strategies.
fn good() -> String {
    let row = |i: usize| format!("2024-01-{:02},0.0{},-0.00{}\n", i + 1, 1 + i % 5, 1 + i % 7);
    std::iter::once("date,a,b\n".to_owned()).chain((0..DAYS).map(row)).collect()
}

fn of(text: &str) -> Result<Returns, BadTable> {
    Returns::of("t.csv", text.as_bytes().to_vec())
}

/// The message of a refusal has all of `words`.
fn refused(text: &str, words: &[&str]) {
    let Err(error) = of(text) else { panic!("taken:\n{text}") };
    let said = format!("{error} {}", error.cure().unwrap_or_default());
    for word in words {
        assert!(said.contains(word), "`{word}` is not in `{said}`");
    }
    assert!(!said.contains('\n'), "{said}");
}

#[test]
fn a_table_is_read() {
    let table = of(&good()).unwrap();
    assert_eq!((table.names.as_slice(), table.rows()), (["a".to_owned(), "b".to_owned()].as_slice(), DAYS));
    assert_eq!((table.columns[0][1], table.columns[1][6]), (0.02, -0.007));
    assert_eq!(table.dates.as_ref().unwrap()[11], "2024-01-12");
    let per_year = table.rows_per_year.unwrap();
    assert!((per_year - 365.25).abs() < 1e-9, "{per_year}");
}

#[test]
fn every_way_to_write_it_gives_the_same_table() {
    let good = good();
    let want = of(&good).unwrap();
    let quoted: String = good.lines().map(|line| format!("\"{}\"\r\n", line.replace(',', "\" ,\""))).collect();
    let ways = [
        good.replace(',', ";"),
        good.replace(',', "\t"),
        good.replace(',', ";").replace('.', ","),
        format!("\u{feff}{quoted}"),
        format!("# exported\n\n{good}\n,,\n,,\n"),
        good.trim_end().to_owned(),
        good.replace(',', " , "),
        good.replace("date", "Date"),
        good.replacen("date", "", 1),
        good.replacen("date", "trading day", 1),
    ];
    for way in ways {
        assert_eq!(of(&way).as_ref(), Ok(&want), "{way}");
    }
    let bare: String = good.lines().map(|line| format!("{}\n", line.split_once(',').unwrap().1)).collect();
    assert_eq!(of(&bare).unwrap(), Returns { dates: None, rows_per_year: None, ..want.clone() });
    let numbered: String =
        good.lines().map(|line| line.replace("2024-01-", "").replacen("date", "", 1) + "\n").collect();
    assert_eq!(of(&numbered).unwrap().columns, want.columns);
    let both: String = good
        .lines()
        .enumerate()
        .map(|(i, line)| if i == 0 { format!(",{line}\n") } else { format!("{i},{line}\n") })
        .collect();
    assert_eq!(of(&both).as_ref(), Ok(&want));
    // A benchmark may be called what a column of row numbers is called.
    let bare = bare.replacen("a,b", "index,b", 1);
    for text in [good.replacen("a,b", "index,time", 1), bare] {
        assert_eq!(of(&text).map(|table| table.columns).as_ref(), Ok(&want.columns), "{text}");
    }
    let names = of(&good.replacen("a,b", "\"a, \"\"1\"\"\",b", 1)).unwrap().names;
    assert_eq!(names, ["a, \"1\"", "b"]);
}

#[test]
fn a_bad_cell_is_named_with_its_line() {
    for (cell, shown) in [("NaN", "`NaN`"), ("inf", "`inf`"), ("", "empty"), ("n/a", "`n/a`"), ("1.2%", "`1.2%`")] {
        let text = good().replacen("0.03", cell, 1);
        refused(&text, &["`t.csv`:4: `a` is ", shown, "must be a finite number"]);
    }
    let long = "x".repeat(300);
    refused(&good().replacen("0.03", &long, 1), &["xxx…`"]);
}

#[test]
fn bad_shapes_are_refused() {
    let good = good();
    let cut = |rows: usize| good.lines().take(rows + 1).map(|line| format!("{line}\n")).collect::<String>();
    let each = |of: &dyn Fn(&str) -> String| good.lines().map(|line| of(line) + "\n").collect::<String>();
    refused("", &["`t.csv` is empty"]);
    refused("\n\n", &["is empty"]);
    refused("date,a,b\n", &["has 0 rows, must have at least 10"]);
    refused(&cut(2), &["has 2 rows, must have at least 10"]);
    refused(
        &each(&|line| line.rsplit_once(',').unwrap().0.to_owned()),
        &["has 1 column of returns (`a`)", "benchmark"],
    );
    refused(&each(&|line| line.split(',').next().unwrap().to_owned()), &["has 0 column"]);
    refused(&good.replacen("a,b", "a,a", 1), &["two columns are named `a`"]);
    refused(&good.replacen("a,b", "a,", 1), &["column 2 of returns has no name"]);
    refused(&good.replacen("0.03,", "0.03,1,", 1), &["`t.csv`:4: has 4 cells, the header has 3"]);
    refused(&good.replacen(",0.03", "", 1), &["`t.csv`:4: has 2 cells, the header has 3"]);
    refused(&good.replacen("0.03", "\"0.03", 1), &["`t.csv`:4: has 2 cells"]);
    refused(&good.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>(), &["`t.csv`:1 holds values"]);
    let wide: String = (0..MOST_COLUMNS + 2).map(|i| format!("c{i},")).collect();
    refused(&format!("date,{wide}x\n"), &["columns, must have at most 20000"]);
}

#[test]
fn columns_that_are_no_returns_are_refused() {
    let column = |cell: &dyn Fn(usize) -> String| {
        let row = |i: usize| format!("{},{}\n", cell(i), 0.01 * (1 + i % 3) as f64);
        std::iter::once("a,b\n".to_owned()).chain((0..40).map(row)).collect::<String>()
    };
    refused(&column(&|_| "0.001".to_owned()), &["`t.csv`: column `a` is 0.001 on every row", "take the column out"]);
    refused(&column(&|_| "0".to_owned()), &["column `a` is 0 on every row"]);
    refused(
        &column(&|i| format!("{}", 100 + i % 7)),
        &["`a` looks like prices: 40 of 40", "the largest 106", "minus 1"],
    );
    refused(&column(&|i| format!("{}", i as f64 % 7.0 - 3.0)), &["`a` looks like percent or money", "divide by 100"]);
    refused(
        &column(&|i| if i == 3 { "1e300".to_owned() } else { "0.01".to_owned() }),
        &["`a` has values too large or too alike"],
    );
    // Two wild days are two wild days.
    assert!(of(&column(&|i| if i < 2 { "1.5".to_owned() } else { format!("0.0{}", 1 + i % 4) })).is_ok());
}

#[test]
fn dates_are_in_order() {
    let good = good();
    refused(
        &good.replacen("2024-01-03", "2024-01-02", 1),
        &["`t.csv`:4: `date` is `2024-01-02`, must be later than `2024-01-02`"],
    );
    refused(&good.replacen("2024-01-03", "2023-01-03", 1), &["`t.csv`:4", "rows are in order of time"]);
    refused(
        &good.replacen("2024-01-03", "03/01/2024", 1),
        &["`t.csv`:4: `date` is `03/01/2024`, must be a date of the form"],
    );
    refused(&good.replacen("2024-01-03", "", 1), &["`date` is empty"]);
    refused(&good.replacen("2024-01-03", "20240103", 1), &["must be later than"]);
    let with_time = good.replace("2024-01-", "2024-01-01T").replace(",0.", ":00:00Z,0.");
    assert!(of(&with_time).is_ok());
}

#[test]
fn what_is_no_table_is_refused() {
    let of = |bytes: &[u8]| Returns::of("t", bytes.to_vec()).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(of(b"PK\x03\x04rest").contains("spreadsheet or an archive"));
    assert!(of(b"\xff\xfed\0a\0").contains("neither Parquet nor UTF-8 text"));
    assert!(of(b"PAR1 and nothing more").contains("is not a usable Parquet file"));
    let read = |path: &str| Returns::read(Path::new(path)).err().map(|error| error.to_string()).unwrap_or_default();
    assert_eq!(read("no/such.csv"), "cannot read `no/such.csv`: no such file");
    assert!(read(".").ends_with("it is a folder, not a file"));
}

/// Bytes of a Parquet file with these columns.
fn parquet(columns: &[(&str, Column)]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    write_table(&path, columns, &[]).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn parquet_is_the_same_table() {
    let want = of(&good()).unwrap();
    let days: Vec<&str> = want.dates.as_ref().unwrap().iter().map(String::as_str).collect();
    let (a, b) = (Column::F64(&want.columns[0]), Column::F64(&want.columns[1]));
    let read = |columns: &[(&str, Column)]| Returns::of("t.csv", parquet(columns));
    let first = read(&[("day", Column::Str(days.clone())), ("a", a.clone()), ("b", b.clone())]);
    let last = read(&[("a", a.clone()), ("b", b.clone()), ("__index_level_0__", Column::Str(days.clone()))]);
    assert_eq!((first.as_ref(), last.as_ref()), (Ok(&want), Ok(&want)));
    let without = read(&[("a", a.clone()), ("b", b.clone())]).unwrap();
    assert_eq!((without.columns, without.dates), (want.columns.clone(), None));
    let said = |columns: &[(&str, Column)]| read(columns).err().map(|error| error.to_string()).unwrap_or_default();
    let mut holed = want.columns[0].clone();
    holed[4] = f64::NAN;
    assert_eq!(
        said(&[("a", Column::F64(&holed)), ("b", b.clone())]),
        "`t.csv`, row 5: `a` is empty, must be a finite number (0.01 for one percent)"
    );
    holed[4] = f64::INFINITY;
    assert!(said(&[("a", Column::F64(&holed)), ("b", b.clone())]).contains("row 5: `a` is `inf`"));
    assert!(said(&[("a", a.clone()), ("b", Column::Str(days))]).contains("row 1: `b` is `2024-01-01`"));
    assert!(said(&[("a", a)]).contains("has 1 column of returns"));
}

/// Bytes that were changed on the way are refused or read, and never end the program.
#[test]
fn broken_parquet_is_refused() {
    let table = of(&good()).unwrap();
    let whole = parquet(&[("a", Column::F64(&table.columns[0])), ("b", Column::F64(&table.columns[1]))]);
    for cut in [5, 40, whole.len() / 2, whole.len() - 1] {
        assert!(Returns::of("t", whole[..cut].to_vec()).is_err());
    }
    for at in (4..whole.len()).step_by(3) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        let _ = Returns::of("t", bytes);
    }
}
