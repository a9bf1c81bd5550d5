//! Sweeps as a user meets them: which points there are, that each is the plain run, what is written, what is refused, and
//! that a sweep which was stopped goes on.

// A test says by panicking that something is missing.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Hedges are marked at the flat VIX, so that no price tables are made.
const QUICK: &str = "--set years=2 --set +market.regime_svj.marking=flat_vix";
const CAPS: &str = "--vary rules.vix_linear.limits.cap=1,2";

/// A working directory with a small scenario in it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/small.yaml");
        fs::copy(small, desk.path().join("small.yaml")).unwrap();
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hedgelab"));
        command.env("HEDGELAB_CACHE", "off");
        command.current_dir(self.path()).env("HEDGELAB_NO_PROGRESS", "1").args(line.split_whitespace());
        command
    }

    /// Exit code, stdout, stderr.
    fn hedgelab(&self, line: &str) -> (i32, String, String) {
        said(self.command(line).output().unwrap())
    }

    /// A sweep that is fine: its document and its directory.
    fn sweep(&self, words: &str) -> (Value, PathBuf) {
        let (code, out, err) = self.hedgelab(&format!("sweep small.yaml {QUICK} {words} --json"));
        assert_eq!(code, 0, "{words}: {err}");
        let last = err.lines().last().unwrap();
        let directory = self.path().join(last.strip_prefix("written to ").unwrap());
        (serde_json::from_str(&out).unwrap(), directory)
    }

    /// Refused with 2 and all of these words, and nothing is written.
    fn refused(&self, line: &str, words: &[&str]) {
        let before = names(self.path());
        let (code, out, err) = self.hedgelab(&format!("sweep small.yaml {QUICK} --set paths=8 {line}"));
        assert_eq!((code, out.as_str()), (2, ""), "{line}: {err}");
        for word in words {
            assert!(err.contains(word), "{line}: `{word}` is not in\n{err}");
        }
        assert_eq!(names(self.path()), before, "{line} has written something");
    }
}

fn said(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn names(folder: &Path) -> Vec<String> {
    let mut list: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    list.sort();
    list
}

#[test]
fn a_point_is_the_plain_run_with_its_changes() {
    let desk = Desk::new();
    let (sweep, directory) = desk.sweep(&format!("--set paths=48 {CAPS} --vary rules.static.hold=1,0.5"));
    let points = sweep["points"].as_array().unwrap();
    let at: Vec<&Value> = points.iter().map(|point| &point["values"]).collect();
    let value = |cap: f64, hold: f64| serde_json::json!({ "rules.vix_linear.limits.cap": cap as i64, "rules.static.hold": if hold == 1.0 { 1.into() } else { Value::from(hold) } });
    assert_eq!(at, [&value(1.0, 1.0), &value(1.0, 0.5), &value(2.0, 1.0), &value(2.0, 0.5)]);
    assert_eq!((&sweep["base_point"], &sweep["common_random_numbers"]), (&2.into(), &true.into()));
    // The second point, as a run of its own.
    let changes = "--set rules.vix_linear.limits.cap=1 --set rules.static.hold=0.5";
    let (code, out, err) = desk.hedgelab(&format!("run small.yaml {QUICK} --set paths=48 {changes} --json"));
    assert_eq!(code, 0, "{err}");
    let run: Value = serde_json::from_str(&out).unwrap();
    let mut compared = 0;
    for rule in ["static", "vix_linear"] {
        let point = &points[1]["rules"][rule];
        for (metric, found) in point["metrics"].as_object().unwrap() {
            for part in ["value", "se", "ci_low", "ci_high"] {
                assert_eq!(found[part], run["rules"][rule][metric][part], "{rule} {metric} {part}");
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "{compared}");
    let twin = &run["studies"]["compare"]["twins"]["vix_linear"]["equal_money"];
    let beside = &points[1]["rules"]["vix_linear"]["equal_money"];
    assert_eq!(beside["verdict"], twin["verdict"]);
    assert_eq!(beside["size"]["value"], twin["size"]["value"]);
    let null = |of: &Value| of["her_pooled"]["value"].clone();
    let worlds = [&points[1]["rules"]["static"]["null_world"], &run["studies"]["compare"]["null_world"]["static"]];
    assert_eq!(null(worlds[0]), null(worlds[1]));
    for (metric, found) in beside["differences"].as_object().unwrap() {
        assert_eq!(found["value"], twin["differences"][metric]["value"], "{metric}");
        assert_eq!(found["se"], twin["differences"][metric]["se"], "{metric}");
    }
    // What is varied alone moves: the fixed hedge of the same size is the same number at both caps.
    assert_eq!(points[0]["rules"]["static"], points[2]["rules"]["static"]);
    assert_ne!(points[0]["rules"]["vix_linear"]["metrics"], points[2]["rules"]["vix_linear"]["metrics"]);
    let wanted = [
        "manifest.json",
        "overrides.txt",
        "report.html",
        "report.json",
        "resolved.yaml",
        "scenario.yaml",
        "sweep.json",
        "sweep.parquet",
    ];
    assert_eq!(names(&directory), wanted);
    let document: Value = serde_json::from_slice(&fs::read(directory.join("sweep.json")).unwrap()).unwrap();
    assert_eq!(document, sweep);
    assert_eq!(names(directory.parent().unwrap()).len(), 1, "the kept points are gone");
}

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    let desk = Desk::new();
    let before = names(desk.path());
    let line = format!("sweep small.yaml {QUICK} --paths 16 --vary years=range(1,12,1) {CAPS} --dry-run");
    let (code, out, err) = desk.hedgelab(&line);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(
        out.starts_with("#0  years=1  rules.vix_linear.limits.cap=1\n#1  years=1  rules.vix_linear.limits.cap=2\n")
    );
    assert!(out.contains("... and 4 more\n24 runs, 384 paths in all; about "), "{out}");
    let (code, out, _) = desk.hedgelab(&format!("{line} --json"));
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &document["runs"], &document["paths"]), (0, &24.into(), &384.into()));
    assert_eq!(names(desk.path()), before);
}

#[test]
fn what_is_wrong_is_said_before_anything_is_simulated() {
    let desk = Desk::new();
    desk.refused(
        "--vary rules.vix_linear.limits.cp=1,2",
        &["--vary rules.vix_linear.limits.cp=1", "cap", "point #0 of 2"],
    );
    desk.refused("--vary years=", &["`--vary years=`: the list is empty"]);
    desk.refused("--vary years=range(1,2)", &["a range is `range(from,to,step)`"]);
    desk.refused("--vary years=1,1", &["`1` is given twice"]);
    desk.refused("--vary years=1,2 --vary years=3", &["`years` is varied twice"]);
    desk.refused("--vary seed=range(1,10001,1)", &["10001 points, at most 10000"]);
    desk.refused(
        &format!("{CAPS},-3"),
        &["is 0.2, above the cap of -3", "point #2 of 3: rules.vix_linear.limits.cap=-3"],
    );
    desk.refused("--vary years=1,many", &["`--vary years=many`", "point #1 of 2"]);
    desk.refused(&format!("{CAPS} --rule vix_liner"), &["no rule `vix_liner`", "did you mean `vix_linear`?"]);
    desk.refused(&format!("{CAPS} --metric drawdwn"), &["no metric `drawdwn`", "did you mean `drawdown`?"]);
    let sealed = r#"--set +sealed={"from":9000,"to":9099}"#;
    desk.refused(&format!("{sealed} --vary seed=1,9001"), &["seed 9001 is among the sealed seeds 9000-9099"]);
    let (code, out, _) = desk.hedgelab("sweep small.yaml --vary years= --json");
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &document["schema"], &document["ok"]), (2, &"hedgelab.sweep/1".into(), &false.into()));
}

#[test]
fn a_sweep_is_listed_and_is_no_run() {
    let desk = Desk::new();
    let (code, out, err) = desk.hedgelab(&format!("sweep small.yaml {QUICK} --paths 16 {CAPS} --metric drawdown -q"));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("\nLargest drawdown, % of peak\n  cap "), "{out}");
    assert!(out.contains("At equal money lost the protection of vix_linear is "), "{out}");
    let (_, out, _) = desk.hedgelab("ls");
    assert!(out.starts_with("sweep ") && out.contains("2 points over rules.vix_linear.limits.cap"), "{out}");
    let (code, _, err) = desk.hedgelab("path @latest --rule static");
    assert!(code == 2 && err.contains("no finished runs under"), "{err}");
    let folder = desk.path().join("results/three-regimes-sweep");
    let id = names(&folder).remove(0);
    let (code, _, err) = desk.hedgelab(&format!("path {id} --rule static"));
    assert!(code == 2 && err.contains("is a sweep, not a run"), "{err}");
    // Two sets of rules were tried: two lines in the ledger.
    let ledger = fs::read_to_string(desk.path().join("results/trials.jsonl")).unwrap();
    assert_eq!(ledger.lines().count(), 2, "{ledger}");
}

/// Starts a sweep of six points, stops it once the first one is kept, and gives what it said; none if it was done before.
#[cfg(unix)]
fn stopped(desk: &Desk, line: &str) -> Option<String> {
    use std::time::{Duration, Instant};
    let child = desk.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let folder = desk.path().join("stopped/three-regimes-sweep");
    let first = |path: PathBuf| path.join("point-00000.json").exists();
    let kept =
        || fs::read_dir(&folder).is_ok_and(|mut inside| inside.any(|entry| entry.is_ok_and(|e| first(e.path()))));
    let begin = Instant::now();
    while !kept() && begin.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(2));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let (code, out, err) = said(child.wait_with_output().unwrap());
    if code == 0 {
        fs::remove_dir_all(desk.path().join("stopped")).unwrap();
        return None;
    }
    assert_eq!((code, out.as_str()), (130, ""), "{err}");
    Some(err)
}

#[cfg(unix)]
#[test]
fn a_stopped_sweep_goes_on_and_ends_with_the_same_bytes() {
    let desk = Desk::new();
    let line = |paths: u64, out: &str| {
        let vary = "--vary rules.vix_linear.limits.cap=range(1,3.5,0.5)";
        format!("sweep small.yaml {QUICK} --set paths={paths} {vary} --out {out}")
    };
    // More paths until there is time to stop it: how fast the machine is, is not known.
    let paths = [64, 256, 1024, 4096];
    let found = paths.into_iter().find_map(|paths| Some((paths, stopped(&desk, &line(paths, "stopped"))?)));
    let (paths, err) = found.expect("no sweep could be stopped");
    assert!(err.contains(" of 6 points are kept in stopped/three-regimes-sweep/.partial-"), "{err}");
    assert!(err.contains("goes on from there: hedgelab sweep small.yaml --set years=2"), "{err}");
    let (code, out, _) = desk.hedgelab(&format!("{} --dry-run", line(paths, "stopped")));
    assert!(code == 0 && out.contains("are there from an earlier sweep"), "{out}");
    for (out, earlier) in [("stopped", true), ("whole", false)] {
        let (code, _, err) = desk.hedgelab(&line(paths, out));
        assert_eq!((code, err.contains("points are there from an earlier sweep")), (0, earlier), "{err}");
    }
    let file = |out: &str, name: &str| {
        let folder = desk.path().join(out).join("three-regimes-sweep");
        let inside = names(&folder);
        assert_eq!(inside.len(), 1, "{inside:?}");
        fs::read(folder.join(&inside[0]).join(name)).unwrap()
    };
    for name in ["sweep.json", "sweep.parquet", "report.json", "resolved.yaml"] {
        assert_eq!(file("stopped", name), file("whole", name), "{name}");
    }
}
