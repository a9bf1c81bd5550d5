//! The ledger: what it counts, what it remembers of seals, and what damage it survives.

use super::*;

fn trial(scenario: &str, rules: &str, seed: u64, tried: u64) -> Trial {
    Trial {
        schema: SCHEMA.to_owned(),
        time: "2026-11-21T01:35:42.123Z".to_owned(),
        scenario: scenario.to_owned(),
        run: format!("20261121T013542-{seed:07}"),
        scenario_sha256: format!("scenario {rules} {seed}"),
        rules_sha256: rules.to_owned(),
        seed: Some(seed),
        paths: 16,
        tried,
        sealed: None,
    }
}

fn sealed(mut trial: Trial, from: u64, to: u64) -> Trial {
    trial.sealed = Some(Seal { verdict: Verdict::Judged, from, to });
    trial
}

/// A ledger in a directory of its own that holds these trials.
fn ledger(trials: &[Trial]) -> (tempfile::TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    let empty = Ledger::open(dir.path()).unwrap();
    trials.iter().for_each(|trial| empty.append(trial).unwrap());
    let ledger = Ledger::open(dir.path()).unwrap();
    (dir, ledger)
}

#[test]
fn what_is_entered_is_read_again() {
    let trials = [trial("a", "x", 1, 20), sealed(trial("b", "y", 9005, 1), 9000, 9099)];
    let (dir, ledger) = ledger(&trials);
    assert_eq!((ledger.trials(), ledger.unreadable()), (&trials[..], 0));
    let text = fs::read_to_string(dir.path().join(FILE_NAME)).unwrap();
    let second = r#"{"schema":"hedgelab.trial/1","time":"2026-11-21T01:35:42.123Z","scenario":"b","run":"20261121T013542-0009005","scenario_sha256":"scenario y 9005","rules_sha256":"y","seed":9005,"paths":16,"tried":1,"sealed":{"verdict":"judged","from":9000,"to":9099}}"#;
    assert_eq!(text.lines().nth(1), Some(second));
}

#[test]
fn looking_alone_makes_no_ledger() {
    let dir = tempfile::tempdir().unwrap();
    let none = dir.path().join("none");
    let ledger = Ledger::open(&none).unwrap();
    assert_eq!((ledger.trials().len(), ledger.tried("a", "x")), (0, Earlier::default()));
    assert!(!none.exists());
}

#[test]
fn the_same_rules_are_the_same_trials() {
    let (_dir, ledger) = ledger(&[
        trial("a", "x", 1, 20),
        trial("a", "x", 2, 20),
        trial("a", "y", 1, 3),
        trial("a", "z", 1, 40),
        trial("b", "z", 1, 1000),
    ]);
    assert_eq!(ledger.tried("a", "x"), Earlier { runs: 2, tried: 43 });
    assert_eq!(ledger.tried("a", "new"), Earlier { runs: 4, tried: 63 });
    assert_eq!(ledger.tried("b", "z"), Earlier::default());
    assert_eq!(ledger.tried("c", "z"), Earlier::default());
}

#[test]
fn counts_beyond_all_bounds_stay_there() {
    let (_dir, ledger) = ledger(&[trial("a", "x", 1, u64::MAX), trial("a", "y", 1, 2)]);
    assert_eq!(ledger.tried("a", "z").tried, u64::MAX);
}

#[test]
fn a_look_is_an_overlapping_seal_or_a_seed_inside() {
    let (_dir, ledger) = ledger(&[
        trial("a", "x", 500, 1),
        sealed(trial("a", "x", 9005, 1), 9000, 9099),
        sealed(trial("a", "x", 9006, 1), 9000, 9099),
    ]);
    let look = |name: &str, seeds| ledger.first_look(name, &seeds).and_then(|trial| trial.seed);
    for seeds in [9000..=9099, 9099..=9200, 8000..=9000, 9050..=9050, 0..=8999] {
        assert_eq!(look("a", seeds.clone()).is_some(), *seeds.end() >= 9000 || seeds.contains(&500), "{seeds:?}");
    }
    assert_eq!(look("a", 9000..=9099), Some(9005), "the first look is named");
    assert_eq!(look("a", 9100..=9200), None);
    assert_eq!(look("a", 400..=600), Some(500), "seeds that were seen before they were sealed");
    assert_eq!(look("b", 9000..=9099), None);
}

#[test]
fn a_seal_hangs_on_the_name() {
    let (_dir, ledger) = ledger(&[
        trial("a", "x", 500, 1),
        sealed(trial("a", "x", 9005, 1), 9000, 9099),
        sealed(trial("a", "x", 9105, 1), 9090, 9200),
    ]);
    assert_eq!(ledger.sealed("a", 9000), Some(9000..=9099));
    assert_eq!(ledger.sealed("a", 9095), Some(9000..=9099), "the first of two");
    assert_eq!(ledger.sealed("a", 9200), Some(9090..=9200));
    assert_eq!((ledger.sealed("a", 500), ledger.sealed("b", 9000)), (None, None));
}

#[test]
fn a_damaged_line_costs_itself_alone() {
    let (dir, before) = ledger(&[trial("a", "x", 1, 20)]);
    let file = dir.path().join(FILE_NAME);
    let whole = fs::read_to_string(&file).unwrap();
    let later = whole.replace("trial/1", "trial/2");
    let more = whole.replace("\"tried\":20", "\"tried\":20,\"mood\":\"fine\"").replace('\n', "\r\n");
    let mut bytes = format!("{whole}\n[1, 2]\n{later}{more}").into_bytes();
    bytes.extend(b"\xff\xfe\n");
    bytes.extend(&whole.as_bytes()[..40]);
    fs::write(&file, bytes).unwrap();
    before.append(&trial("a", "y", 2, 3)).unwrap();
    let after = Ledger::open(dir.path()).unwrap();
    let rules: Vec<&str> = after.trials().iter().map(|trial| trial.rules_sha256.as_str()).collect();
    assert_eq!((rules, after.unreadable()), (vec!["x", "x", "y"], 4));
    assert!(fs::read_to_string(&file).is_err(), "damage is left as it is");
}

#[test]
fn lines_of_many_runs_do_not_mix() {
    const WRITERS: u64 = 8;
    const LINES: u64 = 50;
    let (dir, _) = ledger(&[]);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let root = dir.path();
            scope.spawn(move || {
                let ledger = Ledger::open(root).unwrap();
                let rules = writer.to_string().repeat(1000 * (1 + writer as usize));
                (0..LINES).for_each(|line| ledger.append(&trial("a", &rules, line, 1)).unwrap());
            });
        }
    });
    let ledger = Ledger::open(dir.path()).unwrap();
    assert_eq!((ledger.trials().len() as u64, ledger.unreadable()), (WRITERS * LINES, 0));
}

#[test]
fn a_ledger_that_cannot_be_kept_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let kept = Ledger::open(dir.path()).unwrap();
    fs::create_dir(dir.path().join(FILE_NAME)).unwrap();
    for told in [Ledger::open(dir.path()).map(|_| ()), kept.append(&trial("a", "x", 1, 1))] {
        let text = told.unwrap_err().to_string();
        assert!(text.ends_with("trials.jsonl`: it is a directory, not a file"), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_read_only_ledger_is_told_before_a_run() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, _) = ledger(&[trial("a", "x", 1, 1)]);
    let file = dir.path().join(FILE_NAME);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    // The superuser may write to it all the same.
    if OpenOptions::new().append(true).open(&file).is_err() {
        let text = Ledger::open(dir.path()).unwrap_err().to_string();
        assert!(text.contains("cannot write") && text.contains("permission denied"), "{text}");
    }
}
