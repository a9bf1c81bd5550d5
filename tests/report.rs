//! The report of a run: the same run has the same page, its numbers are those of summary.json, and its figures come as files.

#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use hedgelab::report::book::{Book, Part};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn scenario() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/small.yaml")
}

/// Exit code, stdout and stderr of a command in a directory.
fn hedgelab(desk: &TempDir, words: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("hedgelab").unwrap();
    command.env("HEDGELAB_CACHE", "off");
    let output = command.current_dir(desk.path()).args(words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// A small run in a directory of its own, and its folder.
fn run(more: &[&str]) -> (TempDir, PathBuf) {
    let desk = tempfile::tempdir().unwrap();
    fs::copy(scenario(), desk.path().join("small.yaml")).unwrap();
    let mut words = vec!["run", "small.yaml", "--paths", "96", "--set", "years=2"];
    words.extend(more);
    let (code, out, err) = hedgelab(&desk, &words);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let folder = desk.path().join(out.lines().find_map(|line| line.strip_prefix("written to ")).unwrap());
    (desk, folder)
}

fn book(folder: &Path) -> Book {
    serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap()
}

/// A page without the one line that tells time.
fn timeless(folder: &Path) -> String {
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    let lines: Vec<&str> = page.lines().filter(|line| !line.contains("id=\"imprint\"")).collect();
    assert_eq!(page.matches("id=\"imprint\"").count(), 1);
    lines.join("\n")
}

#[test]
fn the_same_run_has_the_same_report_for_any_threads() {
    let ((_one, first), (_two, second)) = (run(&["--threads", "1"]), run(&["--threads", "3", "--out", "elsewhere"]));
    let read = |folder: &Path| fs::read_to_string(folder.join("report.json")).unwrap();
    assert_eq!(read(&first), read(&second));
    assert_eq!(timeless(&first), timeless(&second));
}

#[test]
fn a_report_is_made_again_from_its_run() {
    let (desk, folder) = run(&[]);
    let page = fs::read(folder.join("report.html")).unwrap();
    let manifest = fs::read(folder.join("manifest.json")).unwrap();
    fs::write(folder.join("report.html"), "lost").unwrap();
    let (code, out, err) = hedgelab(&desk, &["report", "@latest"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert_eq!(fs::read(folder.join("report.html")).unwrap(), page);
    assert_eq!(fs::read(folder.join("manifest.json")).unwrap(), manifest);
}

#[test]
fn a_run_without_a_page_can_have_one_later() {
    let (desk, folder) = run(&["--no-report"]);
    assert!(!folder.join("report.html").exists() && folder.join("report.json").exists());
    assert_eq!(hedgelab(&desk, &["report", "@latest", "--json"]).0, 0);
    let listed = fs::read_to_string(folder.join("manifest.json")).unwrap();
    assert!(folder.join("report.html").exists() && listed.contains("report.html"));
}

/// Heads name the metrics of summary.json, and cells have its numbers with all digits.
#[test]
fn tables_have_the_numbers_of_the_summary() {
    let (_desk, folder) = run(&[]);
    let summary: Value = serde_json::from_slice(&fs::read(folder.join("summary.json")).unwrap()).unwrap();
    let book = book(&folder);
    let tables = book.sections.iter().flat_map(|section| &section.parts);
    let rules = tables
        .filter_map(|part| match part {
            Part::Table(table) if table.id == "rules" => Some(table),
            _ => None,
        })
        .next()
        .unwrap();
    let mut seen = 0;
    for row in rules.rows.iter().filter(|row| row[0].text != "unhedged") {
        for (head, cell) in rules.head.iter().zip(row).skip(1) {
            let known = &summary["rules"][&row[0].text][&head.key]["value"];
            assert_eq!(known.as_f64(), cell.value, "{} of {}", head.key, row[0].text);
            seen += usize::from(cell.value.is_some());
        }
    }
    assert!(seen >= 20, "{seen}");
}

/// What every figure must say without being seen.
#[test]
fn every_figure_has_words_and_something_to_draw() {
    let (_desk, folder) = run(&[]);
    let book = book(&folder);
    let mut names: Vec<&str> = book.figures().map(|figure| figure.id.as_str()).collect();
    for figure in book.figures() {
        assert!(!figure.is_empty() && figure.basis.contains("n = "), "{}: {}", figure.id, figure.basis);
        assert!(figure.summary.len() > 20 && figure.summary.ends_with('.'), "{}: {}", figure.id, figure.summary);
        assert!(!figure.summary.contains("NaN") && !figure.summary.contains("inf"), "{}", figure.summary);
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert!(count >= 12 && names.len() == count, "{names:?}");
    let wanted =
        ["protection", "her", "cost-by-rule", "ledger-benchmark", "multiplier-and-vix", "convergence", "fair-bets"];
    assert!(wanted.iter().all(|name| names.contains(name)), "{names:?}");
    assert!(
        !book.verdict.is_empty() && book.verdict[0].starts_with("At equal money lost vix_linear"),
        "{:?}",
        book.verdict
    );
}

#[test]
fn figures_come_as_files() {
    let (desk, folder) = run(&["--no-report"]);
    let (code, out, _) = hedgelab(&desk, &["report", "@latest", "--figures", "svg"]);
    assert_eq!(code, 0);
    let count = book(&folder).figures().count();
    assert_eq!(out.lines().count(), count);
    let protection = fs::read_to_string(folder.join("figures/protection.svg")).unwrap();
    assert!(protection.starts_with("<svg") && protection.contains("vix_linear"));
    let words = ["report", "@latest", "--figures", "png", "--only", "protection", "--into", "paper", "--width", "400"];
    assert_eq!(hedgelab(&desk, &words).0, 0);
    let png = fs::read(desk.path().join("paper/protection.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG") && fs::read_dir(desk.path().join("paper")).unwrap().count() == 1);
    let (code, out, err) = hedgelab(&desk, &["report", "@latest", "--figures", "svg", "--only", "protectoin"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("no figure `protectoin`") && err.contains("did you mean `protection`"), "{err}");
}

#[test]
fn a_template_of_ones_own_is_used_and_its_mistakes_are_shown() {
    let (desk, _) = run(&["--no-report"]);
    fs::write(desk.path().join("mine.html"), "<h1>{{ book.title }}</h1>").unwrap();
    assert_eq!(hedgelab(&desk, &["report", "@latest", "--template", "mine.html", "--out", "mine-out.html"]).0, 0);
    assert_eq!(fs::read_to_string(desk.path().join("mine-out.html")).unwrap(), "<h1>three-regimes</h1>");
    fs::write(desk.path().join("mine.html"), "<h1>\n{{ book.titel }}</h1>").unwrap();
    let (code, out, err) = hedgelab(&desk, &["report", "@latest", "--template", "mine.html", "--out", "x.html"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("line 2") && !desk.path().join("x.html").exists(), "{err}");
}

#[test]
fn an_older_run_says_how_to_get_a_report() {
    let (desk, folder) = run(&["--no-report"]);
    fs::remove_file(folder.join("report.json")).unwrap();
    let (code, _, err) = hedgelab(&desk, &["report", "@latest"]);
    assert!(code == 2 && err.contains("no report.json") && err.contains("run its scenario again"), "{err}");
}

/// Names of the figures of a run.
fn figures(folder: &Path) -> Vec<String> {
    book(folder).figures().map(|figure| figure.id.clone()).collect()
}

#[test]
fn names_of_a_scenario_appear_as_text() {
    let desk = tempfile::tempdir().unwrap();
    let hostile = format!("<script>alert(1)</script> 'it' {{{{7*7}}}} 😀 {}", "long ".repeat(34));
    let quoted = format!("{:?}:\n    hedge", hostile.trim());
    let text = fs::read_to_string(scenario()).unwrap().replace("vix_linear:\n    hedge", &quoted);
    fs::write(desk.path().join("hostile.yaml"), text).unwrap();
    let (code, _, err) = hedgelab(&desk, &["run", "hostile.yaml", "--paths", "24", "--set", "years=1"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let folder = fs::read_dir(desk.path().join("results/three-regimes")).unwrap().next().unwrap().unwrap().path();
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert") && !page.contains("49 😀"));
}

#[test]
fn one_path_and_two_have_a_report_without_false_alarms() {
    for paths in ["1", "2"] {
        let desk = tempfile::tempdir().unwrap();
        fs::copy(scenario(), desk.path().join("small.yaml")).unwrap();
        let (code, _, err) = hedgelab(&desk, &["run", "small.yaml", "--paths", paths, "--set", "years=1"]);
        assert_eq!((code, err.as_str()), (0, ""), "{paths} paths");
        let folder = fs::read_dir(desk.path().join("results/three-regimes")).unwrap().next().unwrap().unwrap().path();
        let banners = book(&folder).banners;
        assert!(banners.iter().all(|banner| !banner.contains("failed")), "{paths} paths: {banners:?}");
    }
}

#[test]
fn real_history_is_told_as_one_path() {
    let desk = tempfile::tempdir().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/history-sample.yaml");
    let (code, _, err) = hedgelab(&desk, &["run", file.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""));
    let folder = fs::read_dir(desk.path().join("results/history-sample")).unwrap().next().unwrap().unwrap().path();
    let book = book(&folder);
    for figure in book.figures() {
        assert!(
            !figure.basis.contains("clustered by path") && !figure.basis.contains("bars are 95 %"),
            "{}",
            figure.basis
        );
    }
    assert!(book.figures().any(|figure| figure.id == "protection"));
}

/// Whoever reads the days of a sealed seed can tune by them: neither the report nor `path` shows one, whatever became of
/// the seal in the file.
#[test]
fn a_sealed_seed_has_no_single_path() {
    let seal = ["--set", "+sealed={from: 9000, to: 9099}", "--seed", "9000"];
    let (desk, folder) = run(&seal);
    let single =
        |name: &&String| name.starts_with("crash-") || *name == "multiplier-and-vix" || *name == "response-curve";
    assert!(!folder.join("sample_paths.parquet").exists());
    assert_eq!(figures(&folder).iter().find(single), None);
    let (code, out, err) = hedgelab(&desk, &["path", "small.yaml", "--set", "seed=9000", "--rule", "static"]);
    assert!(code == 2 && out.is_empty() && err.contains("sealed seeds 9000-9099"), "{err}");
    let words = ["run", "small.yaml", "--paths", "96", "--set", "years=2", "--seed", "9000", "--break-seal"];
    let (code, out, err) = hedgelab(&desk, &words);
    assert_eq!(code, 0, "{err}");
    let again = desk.path().join(out.lines().find_map(|line| line.strip_prefix("written to ")).unwrap());
    assert!(!again.join("sample_paths.parquet").exists() && !figures(&again).iter().any(|name| single(&name)));
    assert!(book(&again).banners.iter().any(|banner| banner.contains("seal")), "{:?}", book(&again).banners);
}

/// Pictures that the documents show are there, each below the command that made it.
#[test]
fn pictures_of_the_documents_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (document, least) in [("README.md", 3), ("results/figures/README.md", 8)] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        let folder = root.join(document);
        let shown: Vec<&str> = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        let pictures: Vec<&&str> = shown.iter().filter(|name| name.ends_with(".svg")).collect();
        for picture in &pictures {
            let stem = Path::new(picture).file_stem().unwrap().to_str().unwrap();
            assert!(folder.parent().unwrap().join(picture).exists(), "{document} shows {picture}");
            assert!(text.contains(&format!("--only {stem}")), "{document} has no command for {picture}");
        }
        assert!(pictures.len() >= least, "{document}");
    }
}
