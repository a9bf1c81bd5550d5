//! Listing and resolving, on small trees of manifests.

use super::super::manifest::tests::sample;
use super::*;

/// Two scenarios; ids are written so that their order is not the order of the names.
fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let runs = [
        ("copper", "20261121T013542-7f3c9a1", "2026-11-21T01:35:42.100Z"),
        ("copper", "20261121T013542-7f3c9a1-2", "2026-11-21T01:35:42.100Z"),
        ("copper", "20261121T013542-7f3c9a1-10", "2026-11-21T01:35:42.100Z"),
        ("Öl & Gas", "20261120T000000-0000001", "2026-11-20T00:00:00.000Z"),
        ("Öl & Gas", "20261122T000000-0000001", "2026-11-22T00:00:00.000Z"),
    ];
    for (scenario, id, started) in runs {
        let dir = root.path().join(safe_name(scenario)).join(id);
        fs::create_dir_all(&dir).unwrap();
        sample(scenario, id, started).write(&dir).unwrap();
    }
    root
}

fn found(root: &Path, asked: &str) -> String {
    let run = resolve(root, asked).unwrap();
    format!("{}/{}", run.folder, run.id)
}

fn error(root: &Path, asked: &str) -> String {
    resolve(root, asked).unwrap_err().to_string()
}

#[test]
fn runs_are_listed_newest_first() {
    let root = tree();
    fs::create_dir_all(root.path().join("copper/notes")).unwrap();
    fs::create_dir_all(root.path().join(".git/20261121T013542-7f3c9a1")).unwrap();
    let listing = list(root.path()).unwrap();
    let ids: Vec<_> = listing.runs.iter().map(|r| r.id.as_str()).collect();
    let want = [
        "20261122T000000-0000001",
        "20261121T013542-7f3c9a1-10",
        "20261121T013542-7f3c9a1-2",
        "20261121T013542-7f3c9a1",
        "20261120T000000-0000001",
    ];
    assert_eq!(ids, want);
    assert_eq!((listing.broken.len(), listing.unfinished.len()), (0, 0));
    let run = &listing.runs[0];
    assert_eq!((run.scenario.as_str(), run.folder.as_str()), ("Öl & Gas", "Öl-Gas"));
    assert_eq!((run.paths_done, run.seed, run.status), (1000, u64::MAX, Status::Complete));
}

#[test]
fn broken_and_unfinished_runs_are_reported_and_do_no_harm() {
    let root = tree();
    let folder = root.path().join("copper");
    for (id, text) in [("20261123T000000-000000a", Some("{")), ("20261123T000000-000000b", None)] {
        fs::create_dir(folder.join(id)).unwrap();
        if let Some(text) = text {
            fs::write(folder.join(id).join(FILE_NAME), text).unwrap();
        }
    }
    fs::create_dir(folder.join(".tmp-20261123T000000-000000c")).unwrap();
    let listing = list(root.path()).unwrap();
    assert_eq!(listing.runs.len(), 5);
    let broken: Vec<_> = listing.broken.iter().map(|b| b.error.to_string()).collect();
    assert!(broken[0].contains("is not a usable manifest: it is not valid JSON"), "{}", broken[0]);
    assert!(broken[1].ends_with("manifest.json`: no such file or directory"), "{}", broken[1]);
    assert_eq!(listing.unfinished, [folder.join(".tmp-20261123T000000-000000c")]);

    assert_eq!(found(root.path(), "@latest"), "Öl-Gas/20261122T000000-0000001");
    assert_eq!(error(root.path(), "20261123T000000-000000a"), broken[0]);
    assert!(error(root.path(), "20261123").starts_with("`20261123` fits 2 runs: copper/"));
}

#[test]
fn a_run_is_found_by_each_of_its_names() {
    let tree = tree();
    let root = tree.path();
    let base = "copper/20261121T013542-7f3c9a1";
    let cases = [
        ("@latest", "Öl-Gas/20261122T000000-0000001"),
        ("copper/@latest", "copper/20261121T013542-7f3c9a1-10"),
        ("Öl-Gas/@latest", "Öl-Gas/20261122T000000-0000001"),
        ("Öl & Gas/@latest", "Öl-Gas/20261122T000000-0000001"),
        ("20261121T013542-7f3c9a1", base),
        ("copper/20261121T013542-7f3c9a1", base),
        ("20261121T013542-7f3c9a1-2", "copper/20261121T013542-7f3c9a1-2"),
        ("20261120", "Öl-Gas/20261120T000000-0000001"),
        ("Öl-Gas/20261122T", "Öl-Gas/20261122T000000-0000001"),
    ];
    for (asked, want) in cases {
        assert_eq!(found(root, asked), want, "{asked}");
    }
    let path = root.join(base);
    for asked in [path.clone(), path.join(""), path.join(FILE_NAME)] {
        assert_eq!(found(root, asked.to_str().unwrap()), base);
        assert_eq!(found(Path::new("elsewhere"), asked.to_str().unwrap()), base);
    }
    let inside = root.join("copper/@latest");
    assert_eq!(found(root, inside.to_str().unwrap()), "copper/20261121T013542-7f3c9a1-10");
}

#[test]
fn a_bad_name_gives_the_nearest() {
    let tree = tree();
    let root = tree.path();
    let place = root.display();
    let cases = [
        ("coper/@latest", "copper/@latest"),
        ("copper", "copper/@latest"),
        ("@lastest", "@latest"),
        ("20261211T0135", "20261121T013542-7f3c9a1-10"),
        ("copper/20261120T000000-0000001", "Öl-Gas/20261120T000000-0000001"),
    ];
    for (asked, hint) in cases {
        let want = format!("no run `{asked}` under `{place}`; did you mean `{hint}`?");
        assert_eq!(error(root, asked), want);
    }
    let want = format!("no run `xyz` under `{place}`; `hedgelab ls` lists them");
    assert_eq!(error(root, "xyz"), want);
    let folder = root.join("copper");
    let folder = folder.to_str().unwrap();
    let want = format!(
        "`{folder}` is not a run directory: it has no manifest.json; \
         did you mean `copper/@latest`?"
    );
    assert_eq!(error(root, folder), want);
    for nothing in ["", "/", ".."] {
        resolve(root, nothing).unwrap_err();
    }
}

#[test]
fn a_beginning_that_fits_several_names_them() {
    let root = tree();
    let want = "`20261121` fits 3 runs: copper/20261121T013542-7f3c9a1-10, \
                copper/20261121T013542-7f3c9a1-2, copper/20261121T013542-7f3c9a1; \
                give more of the id";
    assert_eq!(error(root.path(), "20261121"), want);
}

#[test]
fn no_runs_yet_is_no_error_for_a_list() {
    let root = tempfile::tempdir().unwrap();
    let missing = root.path().join("results");
    assert!(list(&missing).unwrap().runs.is_empty());
    let want = format!("no finished runs under `{}` yet", missing.display());
    assert_eq!(error(&missing, "@latest"), want);
    fs::write(&missing, "").unwrap();
    let text = list(&missing).unwrap_err().to_string();
    assert!(text.ends_with("a part of the path is a file, not a directory"), "{text}");
}

#[test]
fn a_sweep_is_listed_apart_and_is_no_run() {
    use super::super::manifest::SweepOf;
    use super::super::run_dir::sweep_folder;
    let root = tree();
    let (folder, id) = (sweep_folder("copper"), "20261123T000000-0000009");
    let directory = root.path().join(&folder).join(id);
    fs::create_dir_all(&directory).unwrap();
    fs::create_dir_all(root.path().join(&folder).join(".partial-0123456789abcdef")).unwrap();
    let of = SweepOf { vary: vec!["years=1,2".to_owned()], points: 2, points_done: 2 };
    let manifest = Manifest { sweep: Some(of.clone()), ..sample("copper", id, "2026-11-23T00:00:00.000Z") };
    manifest.write(&directory).unwrap();
    let listing = list(root.path()).unwrap();
    assert_eq!((listing.runs.len(), listing.sweeps.len(), listing.broken.len()), (5, 1, 0));
    assert_eq!(listing.sweeps[0].sweep, Some(of));
    // The newest of all, and yet not the latest run.
    assert_eq!(found(root.path(), "@latest"), "Öl-Gas/20261122T000000-0000001");
    assert_eq!(found(root.path(), "copper/@latest"), "copper/20261121T013542-7f3c9a1-10");
    for asked in [id, "20261123", "copper-sweep/@latest", &directory.display().to_string()] {
        assert!(error(root.path(), asked).contains("is a sweep, not a run"), "{asked}");
        assert_eq!(resolve_any(root.path(), asked).unwrap().id, id);
    }
    assert_eq!(sweep_folder(&"x".repeat(100)).len(), 80);
}
