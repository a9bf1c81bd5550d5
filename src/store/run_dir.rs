//! The directory of one run: `results/<scenario>/<run-id>/`.
//!
//! The id is the UTC time to the second and seven digits of the scenario's hash, for example
//! `20261121T013542-7f3c9a1`, with `-2`, `-3`, ... if that is taken. Files are collected in
//! `.tmp-<run-id>` beside it; [`RunDir::finish`] renames the whole, and a `RunDir` dropped
//! before that takes everything away again.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;

use super::atomic::{self, Written, hidden_name, parent_of, sync_directory};
use super::error::StoreError;
use super::manifest::{FileEntry, Manifest};

/// Beginning of the name of a run directory that is not finished.
pub(crate) const UNFINISHED: &str = ".tmp-";
/// Longest folder name made from a scenario's name, in bytes.
const NAME_BYTES: usize = 80;
/// How often a directory is made again that someone else has just taken away.
const TRIES: usize = 1000;

/// A run directory in the making.
#[derive(Debug)]
pub struct RunDir {
    id: String,
    started: String,
    temporary: PathBuf,
    target: PathBuf,
    /// Directories above the run that did not exist before, outermost first.
    made: Vec<PathBuf>,
    files: BTreeMap<String, FileEntry>,
    settled: bool,
}

impl RunDir {
    /// Makes a new directory for a run that starts `now`; `hash7` is seven hexadecimal digits.
    ///
    /// Never collides, also with runs started by other processes in the same second.
    pub fn create(root: &Path, scenario: &str, now: SystemTime, hash7: &str) -> Result<Self, StoreError> {
        let folder = root.join(safe_name(scenario));
        let (base, started) = name_and_start(now, hash7)?;
        let fail = |e| StoreError::io("create", &folder, e);
        let mut made = make_directories(&folder).map_err(fail)?;
        let (mut n, mut tries) = (1, 0);
        loop {
            let id = match n {
                1 => base.clone(),
                _ => format!("{base}-{n}"),
            };
            let (temporary, target) = (folder.join(format!("{UNFINISHED}{id}")), folder.join(&id));
            match fs::create_dir(&temporary) {
                // Looked at only now: whoever holds the temporary name alone may make the target.
                Ok(()) if fs::symlink_metadata(&target).is_ok() => {
                    let _ = fs::remove_dir(&temporary);
                    n += 1;
                }
                Ok(()) => {
                    return Ok(Self { id, started, temporary, target, made, files: BTreeMap::new(), settled: false });
                }
                Err(e) if e.kind() == ErrorKind::AlreadyExists => n += 1,
                // An interrupted neighbour has just taken the empty folder away.
                Err(e) if e.kind() == ErrorKind::NotFound && tries < TRIES => {
                    tries += 1;
                    let again = make_directories(&folder).map_err(fail)?;
                    if again.len() > made.len() {
                        made = again;
                    }
                }
                Err(e) => {
                    remove_empty(&made);
                    return Err(fail(e));
                }
            }
        }
    }

    /// The run id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The start of the run in UTC, for example `2026-11-21T01:35:42.123Z`.
    pub fn started(&self) -> &str {
        &self.started
    }

    /// Where files go until the run is finished.
    pub fn path(&self) -> &Path {
        &self.temporary
    }

    /// Where the run will be found.
    pub fn final_path(&self) -> &Path {
        &self.target
    }

    /// Writes one file and enters it in the list; `name` may have folders (`figures/pnl.svg`).
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.file(name)?;
        let written = atomic::write(&path, bytes)?;
        self.record(name, written);
        Ok(())
    }

    /// The path for a file that the caller writes, its folders made; see [`record`](Self::record).
    pub fn file(&self, name: &str) -> Result<PathBuf, StoreError> {
        let inside = |part| matches!(part, Component::Normal(_));
        if name.is_empty() || !Path::new(name).components().all(inside) {
            let name = name.to_owned();
            return Err(StoreError::FileName { name });
        }
        let path = self.temporary.join(name);
        let folder = parent_of(&path);
        fs::create_dir_all(folder).map_err(|e| StoreError::io("create", folder, e))?;
        Ok(path)
    }

    /// Enters a file in the list of the run; a second entry of the same name replaces the first.
    pub fn record(&mut self, name: &str, written: Written) {
        let entry = FileEntry::new(name, written);
        self.files.insert(name.to_owned(), entry);
    }

    /// Writes `manifest.json` with the list of files, the run id and the start filled in.
    pub fn write_manifest(&self, manifest: Manifest) -> Result<(), StoreError> {
        self.complete(manifest).write(&self.temporary).map(|_| ())
    }

    /// The manifest with the list of files as it is now, the run id and the start filled in.
    pub fn complete(&self, mut manifest: Manifest) -> Manifest {
        manifest.files = self.files.values().cloned().collect();
        manifest.timing.run_id.clone_from(&self.id);
        manifest.timing.started.clone_from(&self.started);
        manifest
    }

    /// Gives the directory its final name and returns it.
    ///
    /// If the rename fails, the files stay where they are and the error says where.
    pub fn finish(mut self) -> Result<PathBuf, StoreError> {
        self.settled = true;
        sync_directory(&self.temporary);
        let renamed = match fs::symlink_metadata(&self.target) {
            Ok(_) => Err(ErrorKind::AlreadyExists.into()),
            Err(_) => fs::rename(&self.temporary, &self.target),
        };
        match renamed {
            Ok(()) => {
                sync_directory(parent_of(&self.target));
                Ok(self.target.clone())
            }
            Err(source) => Err(StoreError::Finish { path: self.target.clone(), kept: self.temporary.clone(), source }),
        }
    }
}

impl Drop for RunDir {
    fn drop(&mut self) {
        if !self.settled {
            // Nobody is left to hear of a failure; a listing shows what remains as unfinished.
            let _ = fs::remove_dir_all(&self.temporary);
            remove_empty(&self.made);
        }
    }
}

/// Checks before a long simulation that results can be written under `root`: makes a file there
/// and deletes it. Directories that had to be made are removed again (an empty one may remain if
/// another run starts at the same moment).
pub fn probe(root: &Path) -> Result<(), StoreError> {
    let fail = |e| StoreError::io("write to the results directory", root, e);
    let mut tries = 0;
    loop {
        tries += 1;
        let made = make_directories(root).map_err(fail)?;
        let tried = write_and_remove(&hidden_name(root));
        remove_empty(&made);
        match tried {
            // An interrupted neighbour has just taken the empty directory away.
            Err(e) if e.kind() == ErrorKind::NotFound && tries < TRIES => {}
            tried => return tried.map_err(fail),
        }
    }
}

fn write_and_remove(file: &Path) -> io::Result<()> {
    let mut out = OpenOptions::new().write(true).create_new(true).open(file)?;
    let written = out.write_all(&[0; 4096]).and_then(|()| out.sync_all());
    drop(out);
    written.and(fs::remove_file(file))
}

/// A folder name from any text: letters, digits and `-_.` stay, the rest becomes one `-`.
pub(crate) fn safe_name(scenario: &str) -> String {
    let mut name = String::new();
    for c in scenario.chars() {
        let keep = c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let c = if keep { c } else { '-' };
        if name.len() + c.len_utf8() > NAME_BYTES {
            break;
        }
        if keep || !name.ends_with('-') {
            name.push(c);
        }
    }
    let name = name.trim_matches(['-', '.']);
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.to_ascii_uppercase();
    match stem.as_str() {
        "" => "scenario".to_owned(),
        // Windows opens devices under these names, whatever the ending.
        "CON" | "PRN" | "AUX" | "NUL" => format!("_{name}"),
        _ if stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")) => {
            format!("_{name}")
        }
        _ => name.to_owned(),
    }
}

/// The folder of a scenario's sweeps, beside that of its runs.
pub fn sweep_folder(scenario: &str) -> String {
    const ENDING: &str = "-sweep";
    let mut name = safe_name(scenario);
    while name.len() + ENDING.len() > NAME_BYTES {
        name.pop();
    }
    format!("{}{ENDING}", name.trim_end_matches(['-', '.']))
}

/// The id without a counter, and the start for the manifest.
fn name_and_start(now: SystemTime, hash7: &str) -> Result<(String, String), StoreError> {
    let refuse = |what| StoreError::RunName { what };
    if hash7.len() != 7 || !hash7.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(refuse(format!("`{hash7}` is not seven hexadecimal digits")));
    }
    let now = Timestamp::try_from(now).map_err(|_| refuse("the system clock is outside the years 1 to 9999".into()))?;
    let time = now.strftime("%Y%m%dT%H%M%S");
    let id = format!("{time}-{}", hash7.to_ascii_lowercase());
    Ok((id, format!("{}", now.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))))
}

/// Like `create_dir_all`, but says which directories were missing, outermost first, and holds
/// its own against interrupted neighbours that take empty directories away.
fn make_directories(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut missing: Vec<_> =
        path.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.exists()).map(Path::to_path_buf).collect();
    missing.reverse();
    let mut tries = 0;
    loop {
        tries += 1;
        let Err(error) = fs::create_dir_all(path) else {
            return Ok(missing);
        };
        let is_file = |p: &Path| fs::metadata(p).is_ok_and(|m| !m.is_dir());
        let moving = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists);
        if path.ancestors().any(is_file) {
            remove_empty(&missing);
            return Err(ErrorKind::NotADirectory.into());
        }
        if !moving || tries == TRIES {
            remove_empty(&missing);
            return Err(error);
        }
    }
}

/// Takes directories away again, innermost first, as far as they are empty.
fn remove_empty(made: &[PathBuf]) {
    for directory in made.iter().rev() {
        let _ = fs::remove_dir(directory);
    }
}

#[cfg(test)]
#[path = "run_dir_tests.rs"]
mod tests;
