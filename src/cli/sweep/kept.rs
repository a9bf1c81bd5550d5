//! Points that are done while a sweep is not: one small file each, so that the same command goes on where it was stopped.

use crate::cli::Failure;
use hedgelab::report::sweep::Point;
use hedgelab::store::{StoreError, atomic, sweep_folder};
use std::fs;
use std::path::{Path, PathBuf};

/// The kept points of one sweep.
pub struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// Where a sweep of this scenario and hash keeps its points; nothing is made yet.
    pub fn of(root: &Path, scenario: &str, hash: &str) -> Self {
        let name = format!(".partial-{}", hash.get(..16).unwrap_or(hash));
        Self { folder: root.join(sweep_folder(scenario)).join(name) }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn file(&self, point: usize) -> PathBuf {
        self.folder.join(format!("point-{point:05}.json"))
    }

    /// A point that was done before; a file that cannot be read or is about another point counts as none.
    pub fn point(&self, number: usize, at: &[usize]) -> Option<Point> {
        let bytes = fs::read(self.file(number)).ok()?;
        serde_json::from_slice::<Point>(&bytes).ok().filter(|point| point.at == at)
    }

    /// Keeps a point.
    ///
    /// # Errors
    /// What the system says when the file cannot be written.
    pub fn keep(&self, number: usize, point: &Point) -> Result<(), Failure> {
        let text = serde_json::to_vec(point)
            .map_err(|error| Failure::said("store", format!("cannot write point #{number}: {error}")))?;
        let file = self.file(number);
        // The same sweep elsewhere may have ended just now and taken the folder away.
        fs::create_dir_all(&self.folder).map_err(|source| StoreError::Io {
            action: "create",
            path: self.folder.clone(),
            source,
        })?;
        atomic::write(&file, &text)?;
        Ok(())
    }

    /// Takes everything away: the sweep is done, or nothing was kept.
    pub fn remove(&self) {
        // What remains does no harm: the same sweep would find its points.
        let _ = fs::remove_dir_all(&self.folder);
        if let Some(parent) = self.folder.parent() {
            let _ = fs::remove_dir(parent);
        }
    }
}
