//! The way back to a run: list what is under a results directory, resolve what a user typed.
//!
//! There is no registry; the manifests are the only truth.

use std::cmp::Ordering;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::atomic::parent_of;
use super::error::StoreError;
use super::manifest::{FILE_NAME, Manifest, Status, SweepOf};
use super::run_dir::{UNFINISHED, safe_name};

/// One run, as its manifest and its directory tell.
#[derive(Debug, Clone, PartialEq)]
pub struct RunInfo {
    /// Name of the run directory.
    pub id: String,
    /// The scenario's name as written in its file.
    pub scenario: String,
    /// The folder that holds the scenario's runs.
    pub folder: String,
    /// The run directory.
    pub path: PathBuf,
    /// Complete or interrupted.
    pub status: Status,
    /// Paths asked for.
    pub paths_requested: u64,
    /// Paths simulated.
    pub paths_done: u64,
    /// The seed.
    pub seed: u64,
    /// Start in UTC, for example `2026-11-21T01:35:42.123Z`.
    pub started: String,
    /// What was varied and how many points there are, where it is a sweep and no run.
    pub sweep: Option<SweepOf>,
}

/// A run directory that cannot be used.
#[derive(Debug)]
pub struct BrokenRun {
    /// Name of the run directory; empty if the whole folder cannot be read.
    pub id: String,
    /// The folder that holds the scenario's runs.
    pub folder: String,
    /// The run directory.
    pub path: PathBuf,
    /// Why not.
    pub error: StoreError,
}

/// Everything under a results directory.
#[derive(Debug, Default)]
pub struct Listing {
    /// Usable runs, newest first.
    pub runs: Vec<RunInfo>,
    /// Sweeps, newest first.
    pub sweeps: Vec<RunInfo>,
    /// Run directories that cannot be used, in order of their names.
    pub broken: Vec<BrokenRun>,
    /// Directories of runs that are under way or were killed.
    pub unfinished: Vec<PathBuf>,
}

/// Lists all runs under `root`; a directory that does not exist yet has none.
pub fn list(root: &Path) -> Result<Listing, StoreError> {
    let mut listing = Listing::default();
    for (folder, path) in directories(root)? {
        if folder.starts_with('.') {
            continue;
        }
        match directories(&path) {
            Ok(runs) => runs.into_iter().for_each(|(id, path)| listing.enter(&folder, id, path)),
            Err(error) => listing.broken.push(BrokenRun { id: String::new(), folder, path, error }),
        }
    }
    listing.runs.sort_by(newest_first);
    listing.sweeps.sort_by(newest_first);
    Ok(listing)
}

impl Listing {
    /// Puts a directory where it belongs; one that is no run is passed over.
    fn enter(&mut self, folder: &str, id: String, path: PathBuf) {
        if id.starts_with(UNFINISHED) {
            self.unfinished.push(path);
            return;
        }
        if !path.join(FILE_NAME).exists() && !looks_like_id(&id) {
            return;
        }
        match read(&path) {
            Ok(run) if run.sweep.is_some() => self.sweeps.push(run),
            Ok(run) => self.runs.push(run),
            Err(error) => self.broken.push(BrokenRun { id, folder: folder.to_owned(), path, error }),
        }
    }
}

/// Finds the run that `asked` means: the path of a run directory (or of its manifest), a run id,
/// the beginning of one that fits a single run, either with `scenario/` before it, `@latest`, or
/// `scenario/@latest`.
pub fn resolve(root: &Path, asked: &str) -> Result<RunInfo, StoreError> {
    match resolve_any(root, asked)? {
        sweep if sweep.sweep.is_some() => Err(StoreError::IsSweep { path: sweep.path }),
        run => Ok(run),
    }
}

/// As [`resolve`], and finds sweeps as well: by path, by id, or as `scenario-sweep/@latest`.
pub fn resolve_any(root: &Path, asked: &str) -> Result<RunInfo, StoreError> {
    let direct = Path::new(asked);
    if direct.join(FILE_NAME).is_file() {
        return read(direct);
    }
    if direct.ends_with(FILE_NAME) && direct.is_file() {
        return read(parent_of(direct));
    }
    let listing = list(root)?;
    // `results/copper/@latest` means `copper/@latest`.
    let name = direct.strip_prefix(root).unwrap_or(direct);
    let name = name.to_string_lossy();
    let (folder, id) = match name.rsplit_once('/') {
        Some((folder, id)) => (Some(folder), id),
        None => (None, &*name),
    };
    let found = match id {
        "@latest" => latest(&listing, folder),
        _ => by_id(&listing, folder, id)?,
    };
    match found {
        Some(path) => read(path),
        None => Err(not_found(root, &listing, direct, &name)),
    }
}

fn latest<'a>(listing: &'a Listing, folder: Option<&str>) -> Option<&'a Path> {
    let run = listing.runs.iter().find(|r| folder.is_none_or(|f| is_of(f, &r.folder, &r.scenario)));
    // A sweep is meant only where its own folder is named.
    let sweep = || listing.sweeps.iter().find(|r| folder.is_some_and(|f| f == r.folder));
    let run = run.or_else(sweep)?;
    Some(&run.path)
}

/// The one run whose id is `id`, or else begins with it. Broken runs and sweeps count, so that a beginning
/// never silently means another run than the one it names.
fn by_id<'a>(listing: &'a Listing, folder: Option<&str>, id: &str) -> Result<Option<&'a Path>, StoreError> {
    if id.is_empty() {
        return Ok(None);
    }
    let runs = listing.runs.iter().chain(&listing.sweeps);
    let runs = runs.map(|r| (&r.id, &r.folder, &r.scenario, &r.path));
    let broken = listing.broken.iter();
    let broken = broken.map(|b| (&b.id, &b.folder, &b.folder, &b.path));
    let mut fitting: Vec<_> = runs
        .chain(broken)
        .filter(|(i, of, scenario, _)| i.starts_with(id) && folder.is_none_or(|f| is_of(f, of, scenario)))
        .collect();
    if fitting.iter().any(|(i, ..)| *i == id) {
        fitting.retain(|(i, ..)| *i == id);
    }
    match fitting[..] {
        [] => Ok(None),
        [(_, _, _, path)] => Ok(Some(path)),
        _ => {
            let candidates = fitting.iter().map(|(i, of, ..)| format!("{of}/{i}"));
            Err(StoreError::Ambiguous { asked: id.to_owned(), candidates: candidates.collect() })
        }
    }
}

/// Whether `asked` names this scenario, by its folder or as written in its file.
fn is_of(asked: &str, folder: &str, scenario: &str) -> bool {
    asked == folder || asked == scenario || safe_name(asked) == folder
}

fn not_found(root: &Path, listing: &Listing, asked: &Path, name: &str) -> StoreError {
    let hint = nearest(&listing.runs, name);
    if asked.is_dir() {
        let path = asked.to_path_buf();
        return StoreError::NotARun { path, hint };
    }
    let root = root.to_path_buf();
    if listing.runs.is_empty() && listing.broken.is_empty() {
        return StoreError::NoRuns { root };
    }
    StoreError::UnknownRun { asked: asked.to_string_lossy().into_owned(), root, hint }
}

/// The nearest thing that can be typed, unless more than half of the letters would change.
fn nearest(runs: &[RunInfo], asked: &str) -> Option<String> {
    let length = asked.chars().count();
    let mut best = (length / 2 + 1, None);
    let mut consider = |key: &str, shown: &str| {
        // A slip in the beginning of an id must not count the digits that were left out.
        let start: String = key.chars().take(length).collect();
        let distance = strsim::damerau_levenshtein(asked, &start);
        if distance < best.0 {
            best = (distance, Some(shown.to_owned()));
        }
    };
    for run in runs {
        let (latest, full) = (format!("{}/@latest", run.folder), format!("{}/{}", run.folder, run.id));
        consider("@latest", "@latest");
        consider(&run.folder, &latest);
        consider(&latest, &latest);
        consider(&run.id, &run.id);
        consider(&full, &full);
    }
    best.1
}

fn read(directory: &Path) -> Result<RunInfo, StoreError> {
    let manifest = Manifest::read(directory)?;
    // `.` and `..` have no name of their own.
    let whole = directory.canonicalize();
    let whole = whole.as_deref().unwrap_or(directory);
    let name = |p: Option<&Path>| {
        let name = p.and_then(Path::file_name).unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    Ok(RunInfo {
        id: name(Some(whole)),
        scenario: manifest.scenario,
        folder: name(whole.parent()),
        path: directory.to_path_buf(),
        status: manifest.status,
        paths_requested: manifest.paths_requested,
        paths_done: manifest.paths_done,
        seed: manifest.seed,
        started: manifest.timing.started,
        sweep: manifest.sweep,
    })
}

/// The directories inside `directory` with their names, in order of the names; none if it is
/// not there.
fn directories(directory: &Path) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let fail = |e| StoreError::io("read", directory, e);
    let entries = match fs::read_dir(directory) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(fail)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(fail)?;
        let path = entry.path();
        if path.is_dir() {
            found.push((entry.file_name().to_string_lossy().into_owned(), path));
        }
    }
    found.sort();
    Ok(found)
}

/// `20261121T013542-...`: such a directory is a run, even if its manifest is lost.
fn looks_like_id(name: &str) -> bool {
    let shape = |(i, b): (usize, u8)| match i {
        8 => b == b'T',
        15 => b == b'-',
        _ => b.is_ascii_digit(),
    };
    name.len() > 16 && name.bytes().take(16).enumerate().all(shape)
}

/// By start; runs of the same instant by the counter at the end of their ids.
fn newest_first(a: &RunInfo, b: &RunInfo) -> Ordering {
    let key = |r: &RunInfo| (r.started.clone(), r.id.len(), r.id.clone());
    key(b).cmp(&key(a))
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
