//! The command line as a user meets it: exit codes, streams, what is said, what is written.

// A test says by panicking that something is missing.
#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

/// A working directory with the shipped scenario in it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.write("three-regimes.yaml", &fs::read_to_string(root().join("tests/scenarios/small.yaml")).unwrap());
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// Runs hedgelab in the directory: exit code, stdout, stderr.
    fn hedgelab(&self, line: &str) -> (i32, String, String) {
        let mut command = Command::cargo_bin("hedgelab").unwrap();
        command.env("HEDGELAB_CACHE", "off");
        command.current_dir(self.path()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        said(command.args(line.split_whitespace()).output().unwrap())
    }

    /// A small run, and its directory.
    fn small_run(&self) -> PathBuf {
        let (code, out, err) = self.hedgelab("run three-regimes.yaml --paths 64 --set years=2");
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        let last = out.lines().last().unwrap();
        self.path().join(last.strip_prefix("written to ").unwrap())
    }

    /// Refused with 2, nothing on stdout and nothing written.
    fn refused(&self, line: &str, words: &[&str]) {
        let before = names(self.path());
        let (code, out, err) = self.hedgelab(line);
        assert_eq!((code, out.as_str()), (2, ""), "{line}: {err}");
        for word in words {
            assert!(err.contains(word), "{line}: `{word}` is not in\n{err}");
        }
        assert_eq!(names(self.path()), before, "{line} has written something");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn said(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// Names in a directory, in order.
fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const HISTORY: &str = "\
version: 1
name: replay
market: { history: { csv: closes.csv, date: date, spot: close, vix: vix } }
warm_up: 5
portfolio: { capital: 1000000, assets: { index: { weight: 1 } } }
instruments: { vix: { vix_mark: {}, size: { vega_bp: 20 } } }
rules: { fixed: { hedge: vix, hold: 0.01 } }
";

fn closes() -> String {
    let day = |i: u32| format!("2020-{:02}-{:02},{},{}\n", 1 + i / 28, 1 + i % 28, 100 + i % 7, 20 + i % 5);
    std::iter::once("date,close,vix\n".to_owned()).chain((0..60).map(day)).collect()
}

#[test]
fn alone_it_shows_the_way() {
    let desk = Desk::new();
    desk.refused(
        "",
        &["Usage: hedgelab", "hedgelab run scenarios/three-regimes.yaml", "hedgelab path @latest", "hedgelab check"],
    );
    let (code, out, err) = desk.hedgelab("-V");
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("hedgelab "), "{out}");
    for verb in ["run", "check", "path", "compare", "price", "overfit", "schema", "ls", "completions"] {
        let (code, out, _) = desk.hedgelab(&format!("{verb} --help"));
        assert!(code == 0 && out.contains("Examples:\n  hedgelab "), "{out}");
    }
}

#[test]
fn wrong_words_are_refused() {
    let desk = Desk::new();
    desk.refused("run", &["<SCENARIO>", "Usage: hedgelab run"]);
    desk.refused("rum three-regimes.yaml", &["rum", "'run'"]);
    desk.refused("run three-regimes.yaml --paths many", &["--set paths=many", "expected a whole number"]);
    desk.refused("run three-regimes.yaml --threads 0", &["--threads"]);
    desk.refused("run three-regims.yaml", &["does not exist", "did you mean \"three-regimes.yaml\"?"]);
    desk.refused("run .", &[". is a folder, not a scenario file"]);
    desk.refused("path three-regimes.yaml --rule vix_liner", &["no rule `vix_liner`", "did you mean `vix_linear`?"]);
    desk.refused("path three-regimes.yaml", &["give --rule NAME", "static, vix_linear"]);
    desk.refused("path three-regimes.yaml --rule static --path 10000", &["no path 10000", "0 to 9999"]);
    desk.refused("path @latest --rule static", &["no finished runs under `results` yet"]);
    desk.refused("ls three-regimes.yaml", &["is a file, not a directory of results"]);
}

#[test]
fn wrong_keys_and_values_show_their_place() {
    let desk = Desk::new();
    let text = fs::read_to_string(desk.path().join("three-regimes.yaml")).unwrap();
    desk.write("slip.yaml", &text.replace("vol_of_vol", "vol_of_vols"));
    desk.refused("run slip.yaml", &["vol_of_vols", "slip.yaml:23:34", "did you mean \"vol_of_vol\"?"]);
    desk.refused("run three-regimes.yaml --set market.regime_svj.rates=0.01", &["rates", "did you mean \"rate\"?"]);
    desk.refused("run three-regimes.yaml --paths 0", &["`--set paths=0`", "must be"]);
    desk.refused("check three-regimes.yaml --set study.compare.against=statics", &["no rule `statics`", "`static`"]);
}

#[test]
fn history_has_no_number_of_paths() {
    let desk = Desk::new();
    desk.write("replay.yaml", HISTORY);
    desk.write("closes.csv", &closes());
    desk.refused("run replay.yaml --paths 8", &["paths=8", "a history market is one real path"]);
    desk.refused("run replay.yaml --seed 8", &["seed=8", "a history market is one real path"]);
    let (code, out, err) = desk.hedgelab("path replay.yaml --format csv");
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.lines().nth(1).unwrap().starts_with("5,2020-01-06,"), "{out}");
    assert_eq!(out.lines().count(), 1 + 55);
    let (code, out, err) = desk.hedgelab("run replay.yaml");
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let (code, out, _) = desk.hedgelab("path replay/@latest");
    assert!(code == 0 && out.contains("2020-01-06"), "{out}");
}

/// A run is read again elsewhere than it was made: its history file is found from any working directory.
#[test]
fn a_history_run_is_read_from_anywhere() {
    let desk = Desk::new();
    let sample = root().join("scenarios/history-sample.yaml");
    let out = desk.path().join("out");
    let run = |from: &Path, words: &[&str]| {
        let mut command = Command::cargo_bin("hedgelab").unwrap();
        command.env("HEDGELAB_CACHE", "off");
        said(command.current_dir(from).args(words).output().unwrap())
    };
    // From the repository, so that the path of the file is relative to it.
    let (code, said, err) = run(root(), &["run", "scenarios/history-sample.yaml", "--out", out.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""), "{said}");
    let directory = said.lines().last().unwrap().strip_prefix("written to ").unwrap();
    let resolved = fs::read_to_string(Path::new(directory).join("resolved.yaml")).unwrap();
    let csv = fs::canonicalize(root().join("scenarios/data/spx_vix_sample.csv")).unwrap();
    assert!(resolved.contains(csv.to_str().unwrap()), "{resolved}");
    let rule = "static";
    let (code, from_run, err) = run(desk.path(), &["path", directory, "--rule", rule, "--format", "csv"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let (_, from_file, _) = run(desk.path(), &["path", sample.to_str().unwrap(), "--rule", rule, "--format", "csv"]);
    assert!(from_run == from_file && from_run.lines().count() > 500, "{from_run}");
}

#[test]
fn stated_crashes_do_not_overlap() {
    let desk = Desk::new();
    desk.write("closes.csv", &closes());
    let dates = |second: &str| {
        let first = "{ name: a, start: 2020-01-10, end: 2020-01-20 }";
        format!("{HISTORY}study: {{ crash: {{ dates: [ {first}, {{ name: b, {second} }} ] }} }}\n")
    };
    desk.write("overlap.yaml", &dates("start: 2020-01-08, end: 2020-01-11"));
    let words = ["2020-01-08 to 2020-01-11 overlaps the window of 2020-01-10 to 2020-01-20", "overlap.yaml:8:"];
    desk.refused("path overlap.yaml", &words);
    desk.write("touch.yaml", &dates("start: 2020-01-20, end: 2020-01-22"));
    let (code, _, err) = desk.hedgelab("path touch.yaml");
    assert_eq!((code, err.as_str()), (0, ""));
}

#[test]
fn results_are_checked_before_the_simulation() {
    let desk = Desk::new();
    desk.write("taken", "");
    desk.refused(
        "run three-regimes.yaml --paths 10000000 --set years=1 --out taken",
        &["`taken`", "is a file, not a directory"],
    );
}

#[test]
fn failures_are_one_json_document() {
    let desk = Desk::new();
    desk.write("taken", "");
    for (line, code, schema) in [
        ("run missing.yaml --json", "scenario", "hedgelab.run/1"),
        ("run three-regimes.yaml --set pathes=1 --json", "scenario", "hedgelab.run/1"),
        ("run three-regimes.yaml --out taken --json", "store", "hedgelab.run/1"),
        ("run --json", "usage", "hedgelab.run/1"),
        ("run three-regimes.yaml --pathes 1 --json", "usage", "hedgelab.run/1"),
        ("check missing.yaml --json", "scenario", "hedgelab.check/1"),
        ("price missing.yaml --json", "scenario", "hedgelab.price/1"),
        ("price --json", "usage", "hedgelab.price/1"),
    ] {
        let (exit, out, err) = desk.hedgelab(line);
        let document: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((exit, &document["ok"], &document["schema"]), (2, &false.into(), &schema.into()), "{line}");
        assert_eq!(document["error"]["code"], code, "{line}");
        assert!(!document["error"]["message"].as_str().unwrap().is_empty() && !err.is_empty(), "{line}");
    }
    let (_, out, _) = desk.hedgelab("run three-regimes.yaml --set pathes=1 --json");
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["error"]["problems"][0]["override"], "pathes=1");
}

#[test]
fn a_run_leaves_a_whole_directory() {
    let desk = Desk::new();
    let run = desk.small_run();
    let files = [
        "manifest.json",
        "overrides.txt",
        "paths.parquet",
        "report.html",
        "report.json",
        "resolved.yaml",
        "sample_paths.parquet",
        "scenario.yaml",
        "summary.json",
    ];
    assert_eq!(names(&run), files);
    assert_eq!(names(run.parent().unwrap()).len(), 1, "temporary files remain");
    assert_eq!(fs::read(run.join("scenario.yaml")).unwrap(), fs::read(desk.path().join("three-regimes.yaml")).unwrap());
    assert_eq!(fs::read_to_string(run.join("overrides.txt")).unwrap(), "years=2\npaths=64\n");
    let json = |name: &str| -> Value { serde_json::from_str(&fs::read_to_string(run.join(name)).unwrap()).unwrap() };
    let manifest = json("manifest.json");
    assert_eq!((&manifest["status"], &manifest["paths_done"]), (&"complete".into(), &64.into()));
    let rows = |name: &str| {
        manifest["files"].as_array().unwrap().iter().find(|file| file["path"] == name).unwrap()["rows"].as_u64()
    };
    assert_eq!(rows("sample_paths.parquet"), Some(2 * 8 * 504));
    // The two named rules and the fixed twin they share.
    assert_eq!(rows("paths.parquet"), Some(3 * 64));
    let summary = json("summary.json");
    assert_eq!((&summary["schema"], &summary["run"]["seed"]), (&"hedgelab.run/1".into(), &20_081_015.into()));
    assert!(
        summary["rules"]["vix_linear"].is_object() && summary["studies"].is_object() && summary["caveats"].is_array()
    );
}

#[test]
fn a_run_can_be_listed_and_looked_into() {
    let desk = Desk::new();
    let run = desk.small_run();
    let id = run.file_name().unwrap().to_str().unwrap().to_owned();
    let (code, out, err) = desk.hedgelab("ls");
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains(&format!("three-regimes/{id}")) && out.contains("complete"), "{out}");
    let (code, from_run, _) = desk.hedgelab(&format!("path {id} --path 3 --rule vix_linear --format csv"));
    let header = "t,date,equity_pnl,hedge_mark_pnl,cost,multiplier,position,traded,event,price_or_vix,roll,vix,regime,\
                  delta,gamma,vega,theta,regime_switch,financing,rest,upkeep,hedge_pnl_sum,cost_sum";
    assert_eq!((code, from_run.lines().next()), (0, Some(header)));
    assert_eq!(from_run.lines().count(), 1 + 504);
    let (_, from_file, _) =
        desk.hedgelab("path three-regimes.yaml --set years=2 --path 3 --rule vix_linear --format csv");
    assert!(from_run == from_file, "the resolved scenario is not the one that was run");
    let last = from_run.lines().last().unwrap().rsplit(',').next().unwrap().parse::<f64>().unwrap();
    let costs = from_run.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().parse::<f64>().unwrap());
    assert!(last > 0.0 && (last / costs.sum::<f64>() - 1.0).abs() < 1e-9, "{last}");
    let (code, table, _) = desk.hedgelab("path @latest --rule static");
    assert_eq!(code, 0);
    let longest = table.lines().max_by_key(|line| line.chars().count()).unwrap();
    assert!(longest.chars().count() <= 100, "{longest}");
}

/// One path as a page, of a rule that only paths.parquet names.
#[test]
fn a_path_is_a_page_of_its_own() {
    let desk = Desk::new();
    desk.write("replay.yaml", HISTORY);
    desk.write("closes.csv", &closes());
    desk.write("hello.yaml", include_str!("scenarios/hello.yaml"));
    let page = |line: &str| {
        let (code, out, err) = desk.hedgelab(&format!("path {line} --html page.html"));
        assert_eq!((code, out.as_str(), err.as_str()), (0, "written to page.html\n", ""), "{line}");
        fs::read_to_string(desk.path().join("page.html")).unwrap()
    };
    let line = "hello.yaml --set seed=2 --path 3 --rule vix_linear";
    let once = page(line);
    for word in
        ["Days that matter", "running sum, bp", "multiplier", "--path 3 --rule vix_linear --set seed=2 --format csv"]
    {
        assert!(once.contains(word), "{word} is not on the page");
    }
    assert!(once == page(line), "the page depends on the clock");
    assert!(page("replay.yaml").contains("2020-01-06") && page("replay.yaml --rule unhedged").contains("unhedged"));
    desk.refused("path replay.yaml --html missing/page.html", &["missing/page.html"]);
    desk.refused("path replay.yaml --html page.html --months", &["--months"]);
    desk.write("grid.yaml", &include_str!("scenarios/hello.yaml").replace("cap: 2.0", "cap: { tune: [2, 1.5] }"));
    let grid = "grid.yaml --path 1 --format csv --rule";
    let (code, out, err) = desk.hedgelab(&format!("path {grid} vix_linear[cap=1.5]"));
    assert_eq!((code, err.as_str(), out.lines().count()), (0, "", 1 + 252));
    desk.refused(&format!("path {grid} vix_linear[cap=1.6]"), &["did you mean `vix_linear[cap=1.5]`?"]);
}

#[test]
fn the_same_run_as_json() {
    let desk = Desk::new();
    let line = "run three-regimes.yaml --set paths=32 --set years=1 --json --threads";
    let document = |threads: &str| -> Value {
        let (code, out, err) = desk.hedgelab(&format!("{line} {threads}"));
        assert_eq!((code, err.as_str()), (0, ""));
        serde_json::from_str(&out).unwrap()
    };
    let (one, two) = (document("1"), document("2"));
    assert_eq!(one["ok"], true);
    assert_eq!((&one["rules"], &one["run"]["paths"]), (&two["rules"], &32.into()));
    let file = |document: &Value, name: &str| {
        let id = document["run"]["id"].as_str().unwrap();
        fs::read(desk.path().join("results/three-regimes").join(id).join(name)).unwrap()
    };
    for name in ["paths.parquet", "sample_paths.parquet", "resolved.yaml", "report.json"] {
        assert!(file(&one, name) == file(&two, name), "{name} depends on the threads or on the clock");
    }
}

#[test]
fn colours_come_on_wish_alone() {
    let desk = Desk::new();
    let escape = '\u{1b}';
    assert!(!desk.hedgelab("run missing.yaml").2.contains(escape));
    assert!(desk.hedgelab("run missing.yaml --color always").2.contains(escape));
    assert!(desk.hedgelab("--color=always rum").2.contains(escape));
    desk.refused("run missing.yaml --color sometimes", &["sometimes"]);
}

#[test]
fn check_says_what_is_meant() {
    let desk = Desk::new();
    let (code, out, err) = desk.hedgelab("check three-regimes.yaml");
    assert_eq!((code, err.as_str()), (0, ""));
    let stress = out.lines().find(|line| line.trim_start().starts_with("stress")).unwrap_or_default();
    assert!(stress.contains("45.3") && stress.contains("5.5 %"), "{out}");
    let (code, out, _) = desk.hedgelab("check three-regimes.yaml --realism --json");
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &document["realism"]["runs"]), (0, &60.into()));
}

#[test]
fn the_committed_schema_is_current() {
    let desk = Desk::new();
    let file = root().join("schema/scenario.v1.json");
    let (code, out, err) = desk.hedgelab(&format!("schema --check {}", file.display()));
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    let (_, out, _) = desk.hedgelab("schema");
    let schema: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(schema["$id"], "scenario.v1.json");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    desk.write("old.json", "{}");
    let (code, out, err) = desk.hedgelab("schema --check old.json");
    assert!(code == 1 && out.is_empty() && err.contains("old.json"), "{err}");
    desk.refused("schema --check none.json", &["none.json"]);
}

#[test]
fn kinds_and_completions_are_printed() {
    let desk = Desk::new();
    let (code, out, _) = desk.hedgelab("ls --kinds");
    assert_eq!(code, 0);
    for word in ["markets", "regime_svj", "variance_swap", "drawdown", "linear", "one real path from a CSV file"] {
        assert!(out.contains(word), "{word}: {out}");
    }
    let (code, out, _) = desk.hedgelab("completions bash");
    assert!(code == 0 && out.contains("_hedgelab()"));
    let (code, out, err) = desk.hedgelab("ls");
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.contains("no finished runs under `results` yet"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_finished() {
    use std::process::{Command, Stdio};
    use std::time::Duration;
    let desk = Desk::new();
    // Twice as long until it is finished in the wait: how fast the machine is, is not known.
    for wait in [1, 2, 4, 8, 16, 32] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hedgelab"));
        command.env("HEDGELAB_CACHE", "off");
        command.current_dir(desk.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.args(["run", "three-regimes.yaml", "--paths", "2000000"]).spawn().unwrap();
        std::thread::sleep(Duration::from_secs(wait));
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let (code, out, err) = said(child.wait_with_output().unwrap());
        if code == 130 && out.contains("written to ") {
            assert!(err.contains("interrupted: the results cover the first "), "{err}");
            let (_, out, _) = desk.hedgelab("ls");
            assert!(out.contains("interrupted, 2000000 paths were asked for"), "{out}");
            return;
        }
        // Killed before it listened, or before the first block was finished.
        assert!(code == -1 || err.contains("nothing is written"), "{code}: {err}");
    }
    panic!("no block was finished in half a minute");
}

/// The catalogue has every shelf and every scenario below a directory, and leaves other YAML alone.
#[test]
fn the_catalogue_lists_kinds_and_scenarios() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path().join("scenarios/deeper")).unwrap();
    desk.write("scenarios/deeper/replay.yaml", HISTORY);
    desk.write("scenarios/cases.yaml", "models: {}\ncases: []\n");
    let (code, out, err) = desk.hedgelab("ls --catalogue");
    assert_eq!((code, err.as_str()), (0, ""));
    for word in
        ["markets", "regime_svj", "triggers", "budget", "equal_money", "es_at_equal_money", "deeper/replay.yaml"]
    {
        assert!(out.contains(word), "{word} is not in\n{out}");
    }
    let (code, out, _) = desk.hedgelab("ls --catalogue scenarios --json");
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, document["schema"].as_str()), (0, Some("hedgelab.catalogue/1")));
    assert_eq!(document["scenarios"].as_array().unwrap().len(), 1);
    assert_eq!(document["scenarios"][0]["name"], "replay");
    assert!(document["kinds"]["signals"].as_array().unwrap().len() > 5);
}

/// Claims and a mistake: tables, the closing sentence, summary.json and the document say the same.
#[test]
fn claims_and_mistakes_are_told_everywhere() {
    let desk = Desk::new();
    let text = fs::read_to_string(desk.path().join("three-regimes.yaml")).unwrap();
    let claims = "  mistake: { mistake: vix_linear, cure: static }\n  claims:\n    - { says: It costs half, of: vix_linear, \
                  metric: total_cost, over: static, between: [0.45, 0.55] }\n    - { says: A calm world, market: vix_to_15, above: 0.99 }\n";
    desk.write("claims.yaml", &text.replacen("study:\n", &format!("study:\n{claims}"), 1));
    let (code, out, err) = desk.hedgelab("run claims.yaml --paths 64 --set years=2 --markdown report.md");
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let told = fs::read_to_string(desk.path().join("report.md")).unwrap();
    let summary =
        desk.path().join(out.lines().last().unwrap().strip_prefix("written to ").unwrap()).join("summary.json");
    let summary: Value = serde_json::from_str(&fs::read_to_string(summary).unwrap()).unwrap();
    assert!(told.contains("hedgelab run claims.yaml --paths 64 --set years=2 --markdown report.md"), "{told}");
    let closing = summary["closing"].as_str().unwrap();
    assert!(told.contains(closing) && closing.contains("vix_linear loses"), "{closing}");
    assert_eq!(summary["studies"]["mistake"][0]["cure"], "static");
    let claims = summary["studies"]["claims"].as_array().unwrap();
    assert_eq!((claims.len(), claims[1]["verdict"].as_str()), (2, Some("fails")));
    let share = claims[1]["value"].as_f64().unwrap();
    assert!(0.0 < share && share < 0.99, "{share}");
    let row = told.lines().find(|line| line.starts_with("| A calm world | fails | ")).unwrap();
    assert!(row.contains("above 0.99"), "{row}");
}
