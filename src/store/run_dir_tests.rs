//! Run directories: names, collisions, what remains of an interrupted run.

use std::collections::HashSet;
use std::time::Duration;

use super::super::manifest::tests::sample;
use super::*;

/// 2026-11-21 01:35:42.789 UTC.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_224_942_789)
}

fn create(root: &Path) -> RunDir {
    RunDir::create(root, "copper", now(), "7f3c9a1").unwrap()
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory).unwrap().next().is_none()
}

#[test]
fn a_finished_run_has_its_name_and_its_files() {
    let root = tempfile::tempdir().unwrap();
    let mut run = create(root.path());
    assert_eq!(run.id(), "20261121T013542-7f3c9a1");
    assert_eq!(run.started(), "2026-11-21T01:35:42.789Z");
    run.write("scenario.yaml", b"version: 1\n").unwrap();
    run.write("figures/pnl.svg", b"<svg/>").unwrap();
    run.write("figures/pnl.svg", b"<svg></svg>").unwrap();
    run.write_manifest(sample("copper", "", "")).unwrap();
    assert!(!run.final_path().exists());
    let dir = run.finish().unwrap();
    assert_eq!(dir, root.path().join("copper/20261121T013542-7f3c9a1"));
    let manifest = Manifest::read(&dir).unwrap();
    assert_eq!(manifest.timing.run_id, "20261121T013542-7f3c9a1");
    assert_eq!(manifest.timing.started, "2026-11-21T01:35:42.789Z");
    let files: Vec<_> = manifest.files.iter().map(|f| (f.path.as_str(), f.bytes)).collect();
    assert_eq!(files, [("figures/pnl.svg", 11), ("scenario.yaml", 11)]);
    let folder = fs::read_dir(root.path().join("copper")).unwrap();
    assert_eq!(folder.count(), 1);
}

#[test]
fn an_interrupted_run_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let results = root.path().join("deep/results");
    let mut run = create(&results);
    run.write("figures/pnl.svg", b"<svg/>").unwrap();
    assert!(results.exists());
    drop(run);
    assert!(is_empty(root.path()));
}

#[test]
fn an_interrupted_run_leaves_its_neighbours_alone() {
    let root = tempfile::tempdir().unwrap();
    let first = create(root.path());
    let second = create(root.path());
    drop(first);
    let dir = second.finish().unwrap();
    drop(create(root.path()));
    assert!(dir.exists());
}

#[test]
fn runs_of_the_same_second_get_different_ids() {
    let root = tempfile::tempdir().unwrap();
    let base = "20261121T013542-7f3c9a1";
    let first = create(root.path());
    let second = create(root.path());
    assert_eq!((first.id(), second.id()), (base, &*format!("{base}-2")));
    first.finish().unwrap();
    second.finish().unwrap();
    assert_eq!(create(root.path()).id(), format!("{base}-3"));
}

#[test]
fn runs_started_at_once_by_many_get_different_ids() {
    let root = tempfile::tempdir().unwrap();
    let one = |i: usize| {
        let run = create(root.path());
        // Some end at once, some are interrupted: both make room for races.
        (!i.is_multiple_of(3)).then(|| run.finish().unwrap())
    };
    let runs: Vec<_> = std::thread::scope(|scope| {
        let work = || (0..20).filter_map(one).collect::<Vec<_>>();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
    });
    let different: HashSet<_> = runs.iter().collect();
    assert_eq!((runs.len(), different.len()), (8 * 13, 8 * 13));
}

#[test]
fn names_that_lead_out_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let mut run = create(root.path());
    for name in ["", "../a", "/a", "a/../b", "./a"] {
        let error = run.write(name, b"").unwrap_err().to_string();
        assert!(error.starts_with(&format!("`{name}` is not a file name")), "{error}");
    }
}

#[test]
fn a_name_taken_from_outside_keeps_the_files() {
    let root = tempfile::tempdir().unwrap();
    let run = create(root.path());
    fs::create_dir(run.final_path()).unwrap();
    let kept = run.path().to_path_buf();
    let error = run.finish().unwrap_err().to_string();
    assert!(error.contains("something of that name exists already"), "{error}");
    assert!(error.contains(&format!("kept in `{}`", kept.display())), "{error}");
    assert!(kept.exists());
}

#[test]
fn scenario_names_become_folder_names() {
    let cases = [
        ("copper-hedge_v1.2", "copper-hedge_v1.2"),
        ("Copper / delta, 5%", "Copper-delta-5"),
        ("../../etc/passwd", "etc-passwd"),
        ("Öl & Gas", "Öl-Gas"),
        (".hidden", "hidden"),
        ("@latest", "latest"),
        ("nul.txt", "_nul.txt"),
        ("com1", "_com1"),
        ("  ", "scenario"),
        ("", "scenario"),
    ];
    for (scenario, folder) in cases {
        assert_eq!(safe_name(scenario), folder);
    }
    assert_eq!(safe_name(&"ä".repeat(100)).len(), NAME_BYTES);
}

#[test]
fn a_bad_hash_or_clock_is_refused() {
    let root = tempfile::tempdir().unwrap();
    for hash in ["", "7f3c9a", "7f3c9ag", "7f3c9a11"] {
        let error = RunDir::create(root.path(), "s", now(), hash).unwrap_err();
        assert!(error.to_string().contains("is not seven hexadecimal digits"));
    }
    let far = now() + Duration::from_secs(60 * 60 * 24 * 366 * 9000);
    let error = RunDir::create(root.path(), "s", far, "7f3c9a1").unwrap_err();
    assert!(error.to_string().contains("the system clock"));
    assert!(is_empty(root.path()));
}

#[test]
fn a_probe_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    probe(root.path()).unwrap();
    probe(&root.path().join("a/b")).unwrap();
    assert!(is_empty(root.path()));
}

#[test]
fn probes_at_once_do_not_disturb_each_other() {
    let root = tempfile::tempdir().unwrap();
    let one = || (0..20).for_each(|_| probe(&root.path().join("a/b")).unwrap());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(one);
        }
    });
}

#[test]
fn a_file_in_the_place_of_the_results_is_named() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("results");
    atomic::write(&file, b"").unwrap();
    for path in [file.clone(), file.join("deeper")] {
        let want = format!(
            "cannot write to the results directory `{}`: \
             a part of the path is a file, not a directory",
            path.display()
        );
        assert_eq!(probe(&path).unwrap_err().to_string(), want);
    }
    let error = RunDir::create(&file, "s", now(), "7f3c9a1").unwrap_err();
    assert!(error.to_string().contains("is a file, not a directory"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_directory_without_write_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let allow = |mode| fs::set_permissions(root.path(), fs::Permissions::from_mode(mode)).unwrap();
    allow(0o555);
    if fs::write(root.path().join("x"), b"").is_ok() {
        println!("skipped: this user may write anywhere");
        return;
    }
    let probed = probe(root.path()).unwrap_err().to_string();
    let created = RunDir::create(root.path(), "s", now(), "7f3c9a1").unwrap_err();
    allow(0o755);
    let words = "permission denied; choose a directory you may write to";
    let place = root.path().display();
    let want = format!("cannot write to the results directory `{place}`: {words}");
    assert_eq!(probed, want);
    assert_eq!(created.to_string(), format!("cannot create `{place}/s`: {words}"));
}
