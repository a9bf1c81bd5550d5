//! The page of a report in a real browser, with the network off.
//!
//! Needs Debian's chromium, node, and `npm ci --prefix tests/browser`; without them the tests are skipped with a line that
//! says so, and with `REQUIRE_BROWSER=1` they fail. `HEDGELAB_SCREENSHOTS=DIR` keeps pictures of the pages.

#![allow(clippy::expect_used, clippy::unwrap_used)]

#[path = "browser/book.rs"]
mod book;

use hedgelab::report::book::{Book, Part};
use hedgelab::report::page;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const CHROMIUM: &str = "/usr/bin/chromium";

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser")
}

/// What is missing to open a page; then the tests are skipped, unless a browser is required.
fn missing() -> Option<&'static str> {
    let node = Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success());
    let needs = [
        (Path::new(CHROMIUM).exists(), "no /usr/bin/chromium"),
        (node, "no node"),
        (tests().join("node_modules/playwright-core").exists(), "run `npm ci --prefix tests/browser` first"),
    ];
    let missing = needs.into_iter().find(|(there, _)| !there).map(|(_, what)| what)?;
    assert!(std::env::var("REQUIRE_BROWSER").as_deref() != Ok("1"), "REQUIRE_BROWSER=1, but {missing}");
    println!("SKIPPED: pages were not opened in a browser: {missing}");
    Some(missing)
}

/// What the browser found on a page.
fn opened(file: &Path, name: &str) -> Value {
    let mut command = Command::new("node");
    command.arg(tests().join("page.mjs")).arg(file).arg(CHROMIUM);
    if let Some(folder) = std::env::var_os("HEDGELAB_SCREENSHOTS") {
        let folder = PathBuf::from(folder).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        command.arg(folder);
    }
    let output = command.output().expect("node");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

/// What must hold of every page.
fn check(found: &Value, size: u64, figures: usize) {
    for key in ["console", "errors", "requests"] {
        assert_eq!(found[key], serde_json::json!([]), "{key}");
    }
    assert_eq!(found["failed"], Value::Null);
    for key in ["charts", "drawn", "described"] {
        assert_eq!(found[key], figures, "{key}");
    }
    assert_eq!(found["plain"]["figures"], figures, "without a script every figure is a drawing");
    assert_eq!(found["plain"]["buttons"], 0);
    assert!(
        found["overflow"].as_f64().unwrap() <= 0.0 && found["narrow"].as_f64().unwrap() <= 0.0,
        "it scrolls sideways"
    );
    for theme in ["light", "dark"] {
        assert!(found[theme]["lowest"].as_f64().unwrap() >= 4.5, "{theme}: {}", found[theme]);
    }
    assert_ne!(found["light"]["ground"], found["dark"]["ground"]);
    assert_eq!(found["light"]["ground"], found["switched"], "the button overrules the system");
    assert!(found["pages"].as_u64().unwrap() > 1);
    assert_eq!((&found["pwned"], &found["strangers"]), (&Value::Null, &Value::from(0)));
    let milliseconds = found["milliseconds"].as_f64().unwrap();
    println!("page of {size} bytes with {figures} figures: drawn after {milliseconds:.0} ms");
    assert!(size < 3_000_000 && milliseconds < 10_000.0);
    if !found["sorting"].is_null() {
        sorting(&found["sorting"]);
    }
    if !found["legend"].is_null() {
        let marks: Vec<u64> = found["legend"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
        assert!(marks[1] < marks[0] && marks[2] == marks[0], "a click in the legend hides, another shows: {marks:?}");
    }
}

fn sorting(found: &Value) {
    assert_eq!(found["orders"], serde_json::json!(["ascending", "descending", "none"]));
    let numbers = |key: &str| -> Vec<f64> {
        let rows = found[key].as_array().unwrap().iter();
        rows.map(|row| row[1].as_str().map_or(f64::NAN, |text| text.parse().unwrap())).collect()
    };
    let (up, down) = (numbers("up"), numbers("down"));
    let ordered = |list: &[f64], sign: f64| {
        let count = list.iter().take_while(|x| !x.is_nan()).count();
        list[..count].windows(2).all(|pair| sign * pair[0] <= sign * pair[1])
            && list[count..].iter().all(|x| x.is_nan())
    };
    assert!(ordered(&up, 1.0) && ordered(&down, -1.0), "{up:?}\n{down:?}");
    assert_eq!(found["before"], found["again"], "the third click restores the order");
}

/// Every number of the book's tables is on the page with all its digits.
fn same_numbers(found: &Value, book: &Book) {
    for part in book.sections.iter().flat_map(|section| &section.parts) {
        let Part::Table(table) = part else { continue };
        let rows = found["tables"][&table.id].as_array().expect("a table of the book");
        assert_eq!(rows.len(), table.rows.len());
        for (shown, row) in rows.iter().zip(&table.rows) {
            for (column, cell) in row.iter().enumerate() {
                let value: Option<f64> = shown[column].as_str().map(|text| text.parse().unwrap());
                assert_eq!(value, cell.value, "{} of {}", cell.text, table.id);
            }
        }
    }
}

#[test]
fn a_large_report_with_hostile_names_is_drawn_and_obeys_none() {
    if missing().is_some() {
        return;
    }
    let mut rules = book::hostile();
    rules.extend((rules.len()..40).map(|n| format!("rule {n}")));
    let book = book::book(&rules);
    let page = page::html(&book, "<b>made</b> today").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    std::fs::write(&file, &page).unwrap();
    let found = opened(&file, "hostile");
    check(&found, page.len() as u64, book.figures().count());
    same_numbers(&found, &book);
    assert!(found["tips"].as_u64().unwrap() > 0, "no tooltip was opened");
    let shown: Vec<&str> = found["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    for rule in &rules {
        assert!(shown.contains(&rule.as_str()), "{rule} is not on the page as it is");
    }
}

/// A small run of the main scenario: the numbers of its page are those of summary.json.
#[test]
fn the_page_of_a_run_has_the_numbers_of_its_summary() {
    if missing().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hedgelab"));
    command.env("HEDGELAB_CACHE", "off");
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["run", "scenarios/three-regimes.yaml", "--paths", "256", "--json", "--out"]).arg(folder.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let scenario = folder.path().join("three-regimes");
    let run = std::fs::read_dir(&scenario).unwrap().next().unwrap().unwrap().path();
    let page = std::fs::metadata(run.join("report.html")).unwrap().len();
    let book: Book = serde_json::from_slice(&std::fs::read(run.join("report.json")).unwrap()).unwrap();
    let found = opened(&run.join("report.html"), "run");
    check(&found, page, book.figures().count());
    same_numbers(&found, &book);
    let tables = book.sections.iter().flat_map(|section| &section.parts).filter_map(|part| match part {
        Part::Table(table) => Some(table),
        _ => None,
    });
    let mut compared = 0;
    for table in tables.filter(|table| table.id == "rules") {
        for row in &table.rows {
            let metrics = &summary["rules"][&row[0].text];
            for (head, cell) in
                table.head.iter().zip(row).filter(|(head, _)| !head.key.is_empty() && !metrics.is_null())
            {
                assert_eq!(metrics[&head.key]["value"].as_f64(), cell.value, "{} of {}", head.key, row[0].text);
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "only {compared} numbers were compared");
}
