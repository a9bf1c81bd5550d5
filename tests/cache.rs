//! Price tables that are kept between runs: no result hangs on them, whatever happens to their files.

// A test says by panicking that something is missing.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// A small run in two worlds: options on an asset and on the VIX, of a few days.
const RUN: &str = "run small.yaml --no-report --set paths=16 --set years=1 --set instruments.put_3m.put.tenor=5 \
                   --set instruments.put_1m.put.tenor=3 --set instruments.var_1m.variance_swap.tenor=5 \
                   --set +instruments.vix={\"vix_call\":{\"moneyness\":1.2,\"tenor\":4},\"size\":{\"vega_bp\":20}} \
                   --set +rules.vix={\"hedge\":\"vix\",\"hold\":1}";

/// What is done to a file, with its name.
type Damage<'a> = (&'a str, &'a dyn Fn(&mut Vec<u8>));

/// A working directory with a scenario in it, and a folder for tables beside.
struct Desk(TempDir, AtomicUsize);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap(), AtomicUsize::new(0));
        let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/small.yaml");
        fs::copy(small, desk.0.path().join("small.yaml")).unwrap();
        desk
    }

    fn cache(&self) -> PathBuf {
        self.0.path().join("cache")
    }

    /// A small run, each with results of its own: no run counts the trials of another.
    fn command(&self, more: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hedgelab"));
        command.current_dir(self.0.path()).env("HEDGELAB_CACHE", self.cache()).env("HEDGELAB_NO_PROGRESS", "1");
        let line = format!("{RUN} {more} --out results-{}", self.1.fetch_add(1, Ordering::Relaxed));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).args(line.split_whitespace());
        command
    }

    /// What a run leaves, byte by byte: its summary without the run's id, which tells time, and its paths.
    fn result(&self, child: Child) -> (String, Vec<u8>) {
        let (result, said) = self.heard(child);
        assert_eq!(said, "");
        result
    }

    /// The same, and what was said on stderr.
    fn heard(&self, child: Child) -> ((String, Vec<u8>), String) {
        let output = child.wait_with_output().unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(0), "{out}{err}");
        let folder = self.0.path().join(out.lines().find_map(|line| line.strip_prefix("written to ")).unwrap());
        let id = folder.file_name().unwrap().to_str().unwrap();
        let summary = fs::read_to_string(folder.join("summary.json")).unwrap();
        assert!(summary.contains(id));
        ((summary.replace(id, ""), fs::read(folder.join("paths.parquet")).unwrap()), err)
    }

    fn run(&self, more: &str) -> (String, Vec<u8>) {
        self.result(self.command(more).spawn().unwrap())
    }

    /// The kept files with their bytes, in order of their names.
    fn kept(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let Ok(entries) = fs::read_dir(self.cache().join("tables")) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|file| (file.clone(), fs::read(&file).unwrap_or_default())).collect()
    }
}

#[test]
fn results_are_the_same_bytes_with_and_without_and_whatever_happens_to_a_file() {
    let desk = Desk::new();
    let want = desk.run("--no-cache");
    assert_eq!(desk.kept(), []);
    assert!(desk.run("") == want, "tables that are made and kept");
    let kept = desk.kept();
    // Options on an asset, VIX futures, and options on the VIX, in two worlds.
    assert_eq!(kept.len(), 6);
    assert!(desk.run("") == want, "tables that are read");
    assert_eq!(desk.kept(), kept);
    let flip = |at: usize| move |bytes: &mut Vec<u8>| bytes[at] ^= 4;
    let damages: [Damage<'_>; 7] = [
        ("another format", &flip(15)),
        ("another description", &flip(20)),
        ("a bit of a table", &flip(700)),
        ("a cut", &|bytes| bytes.truncate(700)),
        ("nothing", &Vec::clear),
        ("more", &|bytes| bytes.push(0)),
        ("something else", &|bytes| bytes.fill(b'x')),
    ];
    for (what, damage) in damages {
        for (file, bytes) in &kept {
            let mut damaged = bytes.clone();
            damage(&mut damaged);
            fs::write(file, damaged).unwrap();
        }
        assert!(desk.run("") == want, "{what}");
        assert!(desk.kept() == kept, "{what}: the files are not replaced");
    }
    // Each under the name of the next.
    for (i, (file, _)) in kept.iter().enumerate() {
        fs::write(file, &kept[(i + 1) % kept.len()].1).unwrap();
    }
    assert!(desk.run("") == want, "exchanged files");
    for (file, _) in &kept {
        fs::remove_file(file).unwrap();
        fs::create_dir(file).unwrap();
    }
    assert!(desk.run("") == want, "folders in place of files");
}

#[test]
fn another_world_has_other_tables_and_another_run_of_the_same_has_the_same() {
    let desk = Desk::new();
    desk.run("");
    let kept = desk.kept();
    desk.run("--seed 5 --set paths=8 --threads 1 --set years=2 --set portfolio.capital=2e6");
    assert_eq!(desk.kept(), kept);
    desk.run("--set market.regime_svj.premium.variance=3.1");
    // The world without premia is the same one.
    assert_eq!(desk.kept().len(), kept.len() + 3);
}

#[test]
fn the_folder_is_where_it_is_said_to_be() {
    let desk = Desk::new();
    let home = |name: &str| desk.0.path().join(name);
    let tables = |folder: PathBuf| fs::read_dir(folder.join("tables")).map_or(0, Iterator::count);
    let mut off = desk.command("");
    off.env("HEDGELAB_CACHE", "off").env("XDG_CACHE_HOME", home("x")).env("HOME", home("h"));
    let want = desk.result(off.spawn().unwrap());
    assert!(!home("x").exists() && !home("h").exists() && !home("off").exists());
    let mut system = desk.command("");
    system.env_remove("HEDGELAB_CACHE").env("XDG_CACHE_HOME", home("x")).env("HOME", home("h"));
    assert!(desk.result(system.spawn().unwrap()) == want);
    assert_eq!((tables(home("x/hedgelab")), home("h").exists()), (6, false));
    let mut own = desk.command("");
    own.env_remove("HEDGELAB_CACHE").env_remove("XDG_CACHE_HOME").env("HOME", home("h"));
    assert!(desk.result(own.spawn().unwrap()) == want);
    assert_eq!(tables(home("h/.cache/hedgelab")), 6);
    // Where no folder can be made, a run says so and does without.
    fs::write(home("file"), b"mine").unwrap();
    for nowhere in ["file", "/dev/null/nowhere"] {
        let mut command = desk.command("");
        let (result, said) = desk.heard(command.env("HEDGELAB_CACHE", nowhere).spawn().unwrap());
        assert!(result == want, "{nowhere}");
        assert!(said.starts_with(&format!("note: no price tables are kept: {nowhere}/tables: ")), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert_eq!(fs::read(home("file")).unwrap(), b"mine");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_read_and_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let want = desk.run("");
    let (folder, kept) = (desk.cache().join("tables"), desk.kept());
    fs::write(&kept[0].0, b"damaged").unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    assert!(desk.run("") == want);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(desk.run("") == want);
    assert_eq!(desk.kept(), kept);
}

#[test]
fn several_programs_share_an_empty_folder() {
    let desk = Desk::new();
    let want = desk.run("--no-cache");
    let children: Vec<Child> = (0..4).map(|_| desk.command("").spawn().unwrap()).collect();
    for child in children {
        assert!(desk.result(child) == want);
    }
    assert_eq!(desk.kept().len(), 6);
}

/// Whoever starts the program in a test says where its tables lie, so that none are put into the user's own folder.
#[test]
fn no_test_of_the_program_writes_to_the_folder_of_the_user() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for entry in fs::read_dir(tests).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        // Written in two parts, so that this file does not find itself.
        let starts = [concat!("cargo_bin(", "\"hedgelab\")"), concat!("CARGO_BIN_", "EXE_hedgelab")];
        let starts: usize = starts.iter().map(|start| text.matches(start).count()).sum();
        let said = text.matches("HEDGELAB_CACHE").count();
        assert!(
            said >= starts,
            "{}: the program is started {starts} times, HEDGELAB_CACHE set {said} times",
            path.display()
        );
    }
}
