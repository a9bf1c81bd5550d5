//! The ledger of trials and sealed seeds as a user meets them: what is counted, what is refused, what is recorded.

// A test says by panicking that something is missing.
#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A quick run: hedges are marked at the flat VIX, so that no price tables are made.
const RUN: &str =
    "run small.yaml --set paths=16 --set years=1 --set study={} --set +market.regime_svj.marking=flat_vix";
/// Words of a line have no blanks: maps are written as JSON.
const SEALED: &str = r#"--set +sealed={"from":9000,"to":9099}"#;

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

    /// Runs the small scenario with more words: exit code, stdout, stderr.
    fn run(&self, words: &str) -> (i32, String, String) {
        let mut command = Command::cargo_bin("hedgelab").unwrap();
        command.env("HEDGELAB_CACHE", "off");
        let line = format!("{RUN} {words}");
        command.current_dir(self.path()).env("HEDGELAB_NO_PROGRESS", "1");
        let output = command.args(line.split_whitespace()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
    }

    /// A run that is fine: what stands below "written to".
    fn fine(&self, words: &str) -> String {
        let (code, out, err) = self.run(words);
        assert_eq!((code, err.as_str()), (0, ""), "{words}: {out}");
        let (_, below) = out.split_once("\nwritten to ").unwrap();
        below.split_once('\n').unwrap().1.to_owned()
    }

    /// Refused with 2 and all of these words before anything is written.
    fn refused(&self, line: &str, words: &[&str]) {
        let before = self.ledger();
        let (code, out, err) = self.run(line);
        assert_eq!((code, out.as_str()), (2, ""), "{line}: {err}");
        for word in words {
            assert!(err.contains(word), "{line}: `{word}` is not in\n{err}");
        }
        assert_eq!(self.ledger(), before, "{line} is in the ledger");
    }

    fn ledger(&self) -> String {
        fs::read_to_string(self.path().join("results/trials.jsonl")).unwrap_or_default()
    }

    /// Lines of the ledger that can be read.
    fn trials(&self) -> Vec<Value> {
        self.ledger().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// `summary.json` of the run in this line of the ledger.
    fn summary(&self, trial: &Value) -> Value {
        let folder = self.path().join("results").join(trial["scenario"].as_str().unwrap());
        let text = fs::read_to_string(folder.join(trial["run"].as_str().unwrap()).join("summary.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

#[test]
fn every_run_is_entered_and_other_rules_count() {
    let desk = Desk::new();
    assert_eq!(desk.fine(""), "");
    assert_eq!(desk.fine("--seed 7 --set warm_up=300"), "", "other seeds of the same rules are the same trials");
    let tuned = r#"--set rules.static.hold={"tune":[0.5,1,1.5]}"#;
    assert_eq!(
        desk.fine(tuned),
        "2 earlier runs of this name tried 2 variants; N = 6 counts them (results/trials.jsonl)\n"
    );
    assert_eq!(
        desk.fine("--seed 8"),
        "1 earlier run of this name tried 4 variants; N = 6 counts them (results/trials.jsonl)\n"
    );
    assert_eq!(desk.fine("--set name=another"), "", "another name is another question");
    let trials = desk.trials();
    let of = |key: &str| trials.iter().map(|trial| trial[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("tried"), [2, 2, 4, 2, 2]);
    assert_eq!(of("seed"), [20_081_015, 7, 20_081_015, 8, 20_081_015]);
    assert_eq!(of("paths"), [16; 5]);
    assert!(of("schema").iter().all(|schema| schema == "hedgelab.trial/1"));
    assert!(of("sealed").iter().all(Value::is_null));
    let (rules, scenarios) = (of("rules_sha256"), of("scenario_sha256"));
    assert!(rules[0] == rules[1] && rules[0] == rules[3] && rules[0] != rules[2]);
    assert!(scenarios[0] != scenarios[1] && rules[0].as_str().unwrap().len() == 64);
    let run = &desk.summary(&trials[2])["run"];
    assert_eq!((&run["trials"]["this_run"], &run["trials"]["earlier"]), (&4.into(), &2.into()));
    assert_eq!((&run["trials"]["ledger"], &run["sealed"]), (&"trials.jsonl".into(), &Value::Null));
    assert_eq!(run["scenario_sha256"], scenarios[2]);
}

#[test]
fn variants_that_are_the_same_count_once() {
    let desk = Desk::new();
    desk.fine(r#"--set rules={"a":{"hedge":"put_3m","hold":1},"b":{"hedge":"put_3m","hold":{"tune":[1,2]}},"c":{"hedge":"put_1m","hold":1}}"#);
    assert_eq!(desk.trials()[0]["tried"], 3);
}

#[test]
fn a_second_look_is_refused() {
    let desk = Desk::new();
    let other = format!("{SEALED} --seed 8999");
    assert_eq!(desk.fine(&other), "", "other seeds are free");
    let judged = "seeds 9000-9099 are judged now; a second look is refused (results/trials.jsonl)\n";
    assert_eq!(desk.fine(&format!("{SEALED} --seed 9005")), judged);
    let first = desk.trials()[1].clone();
    let run = first["run"].as_str().unwrap();
    assert_eq!(first["sealed"], serde_json::json!({ "verdict": "judged", "from": 9000, "to": 9099 }));
    assert_eq!(desk.summary(&first)["run"]["sealed"], first["sealed"]);
    let words = ["seeds 9000-9099 are judged once", "9000-9099 on 20", run, "--break-seal", "results/trials.jsonl"];
    for again in ["--seed 9005", "--seed 9099 --set rules.static.hold=0.5"] {
        desk.refused(&format!("{SEALED} {again}"), &words);
    }
    desk.refused(r#"--set +sealed={"from":9099,"to":9200} --seed 9150"#, &["seeds 9099-9200 are judged once", run]);
    desk.fine(r#"--set +sealed={"from":9100,"to":9200} --seed 9150"#);
    desk.fine(&other);
    desk.fine(&format!("{SEALED} --seed 9005 --set name=another"));
    let (code, out, _) = desk.run(&format!("{SEALED} --seed 9005 --json"));
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, document["error"]["code"].as_str()), (2, Some("seal")));
}

#[test]
fn a_broken_seal_is_recorded_and_said_everywhere() {
    let desk = Desk::new();
    desk.fine(&format!("{SEALED} --seed 9005"));
    let below = desk.fine(&format!("{SEALED} --seed 9006 --break-seal --markdown report.md"));
    assert_eq!(below, "the seal of seeds 9000-9099 is broken, which is recorded (results/trials.jsonl)\n");
    let trials = desk.trials();
    assert_eq!(trials[1]["sealed"]["verdict"], "broken");
    let said = format!("the seal of seeds 9000-9099 is broken: run {}", trials[0]["run"].as_str().unwrap());
    let summary = desk.summary(&trials[1]);
    let caveats = summary["caveats"].as_array().unwrap();
    let caveat = caveats.iter().find(|caveat| caveat["code"] == "seal_broken").unwrap();
    assert!(caveat["text"].as_str().unwrap().starts_with(&said), "{caveat}");
    assert_eq!(summary["run"]["sealed"]["verdict"], "broken");
    assert!(fs::read_to_string(desk.path().join("report.md")).unwrap().contains(&said));
    // Once broken it stays used up, and the run that judged it is still the one that is named.
    desk.refused(&format!("{SEALED} --seed 9007"), &[trials[0]["run"].as_str().unwrap()]);
}

#[test]
fn what_is_not_sealed_cannot_be_broken() {
    let desk = Desk::new();
    desk.refused("--break-seal", &["there is nothing to break: the scenario has no sealed seeds"]);
    desk.refused(
        &format!("{SEALED} --seed 1 --break-seal"),
        &["nothing to break: seed 1 is not among the sealed seeds 9000-9099"],
    );
    let unjudged = format!("{SEALED} --seed 9000 --break-seal");
    desk.refused(
        &unjudged,
        &["nothing to break: seeds 9000-9099 have not been judged yet", "the first look is allowed"],
    );
    assert_eq!(desk.ledger(), "");
}

#[test]
fn seeds_that_were_seen_before_are_no_last_judgement() {
    let desk = Desk::new();
    desk.fine("--seed 9005");
    desk.refused(&format!("{SEALED} --seed 9000"), &["looked at seed 9005, unsealed, on 20", " UTC\n"]);
}

#[test]
fn a_seal_hangs_on_the_name() {
    let desk = Desk::new();
    desk.fine(&format!("{SEALED} --seed 9005"));
    let run = desk.trials()[0]["run"].as_str().unwrap().to_owned();
    let judged = ["is sealed for `three-regimes`", "seeds 9000-9099 are judged once", run.as_str()];
    // The small scenario states no seal: the ledger does.
    desk.refused("--seed 9050", &judged);
    desk.refused(r#"--set +sealed={"from":9000,"to":9010} --seed 9050"#, &judged);
    desk.fine("--seed 8999");
    desk.fine("--seed 9050 --set name=another");
    let below = desk.fine("--seed 9050 --break-seal");
    assert!(below.contains("the seal of seeds 9000-9099 is broken, which is recorded"), "{below}");
    let last = desk.trials().pop().unwrap();
    assert_eq!(last["sealed"], serde_json::json!({ "verdict": "broken", "from": 9000, "to": 9099 }));
}

#[test]
fn single_paths_of_sealed_seeds_are_not_shown() {
    let desk = Desk::new();
    let path = |seed: u64| {
        let mut command = Command::cargo_bin("hedgelab").unwrap();
        command.env("HEDGELAB_CACHE", "off");
        let line = format!(
            "path small.yaml --rule static --set years=1 --set study={{}} \
             --set +market.regime_svj.marking=flat_vix {SEALED} --set seed={seed}"
        );
        let output = command.current_dir(desk.path()).args(line.split_whitespace()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, err) = path(9099);
    assert_eq!(code, Some(2));
    assert!(err.contains("seed 9099 is among the sealed seeds 9000-9099, of which no single path is shown"), "{err}");
    assert_eq!(path(9100), (Some(0), String::new()));
}

#[test]
fn a_damaged_ledger_is_told_and_added_to() {
    let desk = Desk::new();
    desk.fine("--set rules.static.hold=0.5");
    let whole = desk.ledger();
    fs::write(desk.path().join("results/trials.jsonl"), format!("{whole}scribble\n{}", &whole[..50])).unwrap();
    let below = desk.fine("");
    assert_eq!(
        below,
        "1 earlier run of this name tried 2 variants; N = 4 counts them (results/trials.jsonl)\n\
         2 lines of results/trials.jsonl cannot be read: what stood there is not counted\n"
    );
    let trials = desk.trials();
    assert_eq!(trials.len(), 2);
    assert_eq!(desk.summary(&trials[1])["run"]["trials"]["unreadable_lines"], 2);
}

#[test]
fn a_ledger_that_cannot_be_kept_stops_the_run_before_it_starts() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path().join("results/trials.jsonl")).unwrap();
    desk.refused("--paths 10000000", &["results/trials.jsonl", "it is a directory, not a file"]);
    let names: Vec<_> = fs::read_dir(desk.path().join("results")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["trials.jsonl"]);
}

#[cfg(unix)]
#[test]
fn a_read_only_directory_is_told_before_the_run() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let results = desk.path().join("results");
    fs::create_dir(&results).unwrap();
    fs::set_permissions(&results, fs::Permissions::from_mode(0o555)).unwrap();
    // The superuser may write there all the same.
    if fs::write(results.join("tried"), "").is_err() {
        desk.refused("--paths 10000000", &["cannot write to the results directory", "permission denied"]);
    }
}

#[test]
fn ranges_are_checked_and_checks_tell_them() {
    let desk = Desk::new();
    desk.refused(r#"--set +sealed={"from":9,"to":8}"#, &["is 9, above `to`, which is 8"]);
    desk.refused(r#"--set +sealed={"from":9}"#, &["`sealed.to`: required, but missing"]);
    desk.refused(r#"--set +sealed={"from":-1,"to":8}"#, &["is -1, must be 0 or above"]);
    desk.refused(r#"--set +sealed={"from":1,"to":8,"till":9}"#, &["till"]);
    let history = "version: 1\nname: past\nsealed: { from: 1, to: 2 }\nmarket: { history: { csv: a.csv, date: date, spot: close, \
                   vix: vix } }\nwarm_up: 1\nportfolio: { capital: 1, assets: { index: { weight: 1 } } }\n\
                   instruments: { vix: { vix_mark: {}, size: { vega_bp: 20 } } }\nrules: { fixed: { hedge: vix, hold: 1 } }\n";
    fs::write(desk.path().join("past.yaml"), history).unwrap();
    fs::write(desk.path().join("a.csv"), "date,close,vix\n2020-01-02,1,20\n2020-01-03,1,20\n2020-01-06,1,20\n")
        .unwrap();
    let hedgelab = |line: &str| {
        let mut command = Command::cargo_bin("hedgelab").unwrap();
        command.env("HEDGELAB_CACHE", "off");
        let output = command.current_dir(desk.path()).args(line.split_whitespace()).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let said = hedgelab("run past.yaml");
    assert!(said.contains("has no seeds to seal; leave `sealed` out") && said.contains("past.yaml:3:"), "{said}");
    let said = hedgelab(&format!("check small.yaml {SEALED}")).replace("\n    ", " ");
    assert!(said.contains("Sealed: seeds 9000-9099 are kept for one last judgement; seed 20081015 is none"), "{said}");
    let said = hedgelab(&format!("check small.yaml {SEALED} --set seed=9001 --json"));
    let document: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(document["sealed"], serde_json::json!({ "from": 9000, "to": 9099 }));
    assert!(said.contains("seed 9001 is one of them"), "{said}");
}

/// A run that was stopped has been seen: it is entered, and the seal is judged.
#[cfg(unix)]
#[test]
fn an_interrupted_run_has_judged_the_seal() {
    use std::process::{Command, Stdio};
    use std::time::Duration;
    let desk = Desk::new();
    // Twice as long until a block is finished in the wait: how fast the machine is, is not known.
    for wait in [1, 2, 4, 8, 16, 32] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hedgelab"));
        command.env("HEDGELAB_CACHE", "off");
        let line = format!("{RUN} {SEALED} --seed 9005 --set paths=2000000");
        command.current_dir(desk.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.args(line.split_whitespace()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs(wait));
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let output = child.wait_with_output().unwrap();
        if output.status.code() == Some(130) && !desk.ledger().is_empty() {
            assert_eq!(desk.trials()[0]["sealed"]["verdict"], "judged");
            desk.refused(&format!("{SEALED} --seed 9005"), &["are judged once"]);
            return;
        }
        // Stopped before anything was seen: the seal is whole.
        assert_eq!(desk.ledger(), "");
    }
    panic!("no block was finished in half a minute");
}
