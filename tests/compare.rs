//! `compare` as a user meets it: what differs, how sure it is, what is refused.

// A test says by panicking that something is missing.
#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;

/// A working directory with the runs that all tests read, made once.
struct Desk {
    directory: TempDir,
    /// Directories of: the scenario itself, a rule changed, another seed with more paths, real history.
    runs: [String; 4],
}

fn desk() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("hello.yaml"), include_str!("scenarios/hello.yaml")).unwrap();
        let day = |i: u32| format!("2020-{:02}-{:02},{},{}\n", 1 + i / 28, 1 + i % 28, 100 + i % 7, 20 + i % 5);
        let closes: String = std::iter::once("date,close,vix\n".to_owned()).chain((0..60).map(day)).collect();
        fs::write(directory.path().join("closes.csv"), closes).unwrap();
        fs::write(directory.path().join("replay.yaml"), HISTORY).unwrap();
        let run = |line: &str| {
            let (code, out, err) = said(directory.path(), &format!("run {line}"));
            assert_eq!((code, err.as_str()), (0, ""), "{out}");
            let written = out.lines().find_map(|line| line.strip_prefix("written to ")).unwrap();
            written.to_owned()
        };
        let runs = [
            run("hello.yaml"),
            run("hello.yaml --set rules.vix_linear.limits.cap=1.2 --set +rules.two={hedge:\\ put,hold:\\ 2}"),
            run("hello.yaml --paths 96 --seed 5"),
            run("replay.yaml"),
        ];
        Desk { directory, runs }
    })
}

const HISTORY: &str = "\
version: 1
name: replay
market: { history: { csv: closes.csv, date: date, spot: close, vix: vix } }
warm_up: 5
portfolio: { capital: 1000000, assets: { index: { weight: 1 } } }
instruments: { vix: { vix_mark: {}, size: { vega_bp: 20 } } }
rules: { static: { hedge: vix, hold: 0.01 } }
";

/// Runs hedgelab: exit code, stdout, stderr. A space after a backslash belongs to its word.
fn said(directory: &Path, line: &str) -> (i32, String, String) {
    let words = line.replace("\\ ", "\u{0}");
    let words = words.split_whitespace().map(|word| word.replace('\u{0}', " "));
    let mut command = Command::cargo_bin("hedgelab").unwrap();
    command.env("HEDGELAB_CACHE", "off");
    let output = command.current_dir(directory).args(words).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

impl Desk {
    /// Compares these runs.
    fn compare(&self, runs: &[usize], more: &str) -> (i32, String, String) {
        let runs: Vec<&str> = runs.iter().map(|run| self.runs[*run].as_str()).collect();
        said(self.directory.path(), &format!("compare {} {more}", runs.join(" ")))
    }

    fn document(&self, runs: &[usize]) -> Value {
        let (code, out, err) = self.compare(runs, "--json");
        assert_eq!((code, err.as_str()), (0, ""));
        serde_json::from_str(&out).unwrap()
    }

    fn summary(&self, run: usize) -> Value {
        let file = self.directory.path().join(&self.runs[run]).join("summary.json");
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
    }

    fn refused(&self, runs: &[usize], more: &str, words: &[&str]) {
        let (code, out, err) = self.compare(runs, more);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        for word in words {
            assert!(err.contains(word), "`{word}` is not in\n{err}");
        }
    }
}

/// Numbers of each run are those of its summary, and a run beside itself is equal to it.
#[test]
fn numbers_are_those_of_the_runs() {
    let desk = desk();
    let found = desk.document(&[0, 1]);
    assert_eq!((found["schema"].as_str(), found["ok"].as_bool()), (Some("hedgelab.compare/1"), Some(true)));
    for (label, run) in [("A", 0), ("B", 1)] {
        let summary = desk.summary(run);
        for rule in ["static", "vix_linear"] {
            for (name, metric) in found["rules"][rule]["metrics"].as_object().unwrap() {
                for key in ["value", "se", "ci_low", "n", "unit"] {
                    let of = &summary["rules"][rule][name];
                    assert_eq!(metric["runs"][label][key], of[key], "{label} {rule} {name} {key}");
                }
            }
        }
        let without = &found["rules"]["unhedged"]["metrics"]["es5_yearly"]["runs"][label]["value"];
        assert_eq!(*without, summary["unhedged"]["es5_yearly"]["value"]);
    }
    let (code, out, _) = desk.compare(&[0, 0], "");
    assert!(code == 0 && out.contains("Nothing differs in the inputs."), "{out}");
    assert!(out.ends_with("B has the numbers of A on every path.\n"), "{out}");
}

#[test]
fn one_seed_is_paired_path_by_path() {
    let desk = desk();
    let found = desk.document(&[0, 1]);
    assert_eq!(found["differences_by"]["B"], serde_json::json!({ "paired": true, "paths": 64 }));
    let keys: Vec<&str> = found["inputs"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["rules.vix_linear.limits.cap", "rules.two"]);
    assert_eq!(found["rules_not_in_all"], serde_json::json!({ "two": ["B"] }));
    let rule = |name: &str| &found["rules"][name];
    assert_eq!(
        (&rule("static")["definition_differs"], &rule("vix_linear")["definition_differs"]),
        (&false.into(), &true.into())
    );
    let cost =
        |name: &str, key: &str| rule(name)["metrics"]["total_cost_bp_per_year"]["differences"]["B"][key].as_f64();
    assert_eq!((cost("static", "value"), cost("static", "se")), (Some(0.0), Some(0.0)));
    let se =
        |label: &str| rule("vix_linear")["metrics"]["total_cost_bp_per_year"]["runs"][label]["se"].as_f64().unwrap();
    let (paired, apart) = (cost("vix_linear", "se").unwrap(), se("A").hypot(se("B")));
    assert!(0.0 < paired && paired < 0.7 * apart, "{paired} {apart}");
    assert!(found["error_without_pairing_over_paired"].as_f64().unwrap() > 1.0);
}

#[test]
fn other_seeds_and_real_history_are_not_paired() {
    let desk = desk();
    let found = desk.document(&[0, 2]);
    assert_eq!(found["differences_by"]["B"]["why"], "other seed");
    let cost = &found["rules"]["static"]["metrics"]["total_cost_bp_per_year"];
    let of = |place: &Value, key: &str| place[key].as_f64().unwrap();
    let apart = of(&cost["runs"]["A"], "se").hypot(of(&cost["runs"]["B"], "se"));
    assert!((of(&cost["differences"]["B"], "se") - apart).abs() < 1e-9);
    let found = desk.document(&[0, 3]);
    assert_eq!(found["differences_by"]["B"]["why"], "one of them is one real path");
    assert_eq!(found["runs"][1]["seed"], Value::Null);
    let (code, out, _) = desk.compare(&[3, 3], "--metric total_cost_bp_per_year");
    assert!(code == 0 && out.contains("B - A has no error: both are one real path."), "{out}");
}

#[test]
fn many_runs_fit_a_terminal() {
    let desk = desk();
    let (code, out, err) = desk.compare(&[0, 1, 2, 3, 0], "");
    assert_eq!((code, err.as_str()), (0, ""));
    let longest = out.lines().max_by_key(|line| line.chars().count()).unwrap();
    assert!(longest.chars().count() <= 100, "{longest}");
    for word in ["E - A", "rules.two: only in B", "static †", "C - A is not paired, since their seeds differ"] {
        assert!(out.contains(word), "{word} is not in\n{out}");
    }
}

#[test]
fn the_page_has_the_same_numbers_every_time() {
    let desk = desk();
    let file = desk.directory.path().join("page.html");
    let page = || {
        let (code, out, err) =
            desk.compare(&[0, 1, 2], "--html page.html --metric total_cost_bp_per_year --metric es5_yearly");
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        fs::read_to_string(&file).unwrap()
    };
    let once = page();
    for word in [
        "Cost beside protection",
        "3 runs beside each other",
        "B - A",
        "rules.vix_linear.limits.cap",
        "--metric es5_yearly",
    ] {
        assert!(once.contains(word), "{word} is not on the page");
    }
    assert!(once == page(), "the page depends on the clock");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let desk = desk();
    desk.refused(&[0], "", &["2 values required"]);
    desk.refused(&[0], "20260101", &["no run `20260101` under `results`", "its id or @latest"]);
    desk.refused(
        &[0, 1],
        "--rule vix_liner",
        &["no rule `vix_liner`", "did you mean `vix_linear`?", "unhedged, static"],
    );
    desk.refused(&[0, 1], "--rule two", &["there is no rule `two` in hello/"]);
    desk.refused(&[0, 1], "--metric cost", &["total_cost_bp_per_year"]);
    desk.refused(&[0, 1], "--html missing/page.html", &["missing/page.html"]);
    let (from, to) = (desk.directory.path().join(&desk.runs[0]), desk.directory.path().join("without"));
    fs::create_dir(&to).unwrap();
    for name in ["manifest.json", "resolved.yaml", "summary.json"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
    desk.refused(&[0], "without", &["without/paths.parquet", "run its scenario again"]);
    fs::write(to.join("paths.parquet"), "PAR1").unwrap();
    desk.refused(&[0], "without", &["without/paths.parquet", "not a usable Parquet file"]);
    let manifest = fs::read_to_string(to.join("manifest.json")).unwrap();
    fs::copy(from.join("paths.parquet"), to.join("paths.parquet")).unwrap();
    fs::write(to.join("manifest.json"), manifest.replace("\"complete\"", "\"interrupted\"")).unwrap();
    let (code, out, _) = desk.compare(&[0], "without");
    assert!(code == 0 && out.contains("warning: B was interrupted: it has 64 of the 64 paths"), "{out}");
    let (code, out, _) = desk.compare(&[0], "missing --json");
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, document["schema"].as_str(), document["error"]["code"].as_str()),
        (2, Some("hedgelab.compare/1"), Some("store"))
    );
}
