//! Files that are either complete or not there.
//!
//! Bytes go to a temporary name in the same directory, are flushed to the disk, and only then
//! renamed. A writer dropped half way removes what it wrote. A symbolic link is followed and
//! its target replaced. A device or pipe (`/dev/stdout`) cannot be renamed over and is written
//! directly.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use super::error::StoreError;

/// Size and hash of a file that was written completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Rows, if the file is a table.
    pub rows: Option<u64>,
    /// Bytes on disk.
    pub bytes: u64,
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    pub sha256: String,
}

/// A file in the making: `Write` into it, then [`commit`](Self::commit).
#[derive(Debug)]
pub struct AtomicFile {
    /// The name the user knows, for errors.
    path: PathBuf,
    /// Where the bytes go, and where they end up; `None` once committed or for a device.
    rename: Option<Rename>,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

#[derive(Debug)]
struct Rename {
    from: PathBuf,
    to: PathBuf,
}

impl AtomicFile {
    /// Opens a temporary file beside `path`, whose directory must exist.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let fail = |e| StoreError::io("write", path, e);
        let (file, rename) = match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => return Err(fail(ErrorKind::IsADirectory.into())),
            Ok(meta) if !meta.is_file() => {
                let file = OpenOptions::new().write(true).open(path).map_err(fail)?;
                (file, None)
            }
            Ok(_) => {
                let to = fs::canonicalize(path).map_err(fail)?;
                temporary(to).map_err(fail)?
            }
            Err(e) if e.kind() == ErrorKind::NotFound => temporary(path.to_path_buf()).map_err(fail)?,
            Err(e) => return Err(fail(e)),
        };
        Ok(Self {
            path: path.to_path_buf(),
            rename,
            file: BufWriter::with_capacity(1 << 16, file),
            hash: Sha256::new(),
            bytes: 0,
        })
    }

    /// The final name, as given to [`create`](Self::create).
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Flushes to the disk and gives the file its final name.
    pub fn commit(mut self) -> Result<Written, StoreError> {
        self.commit_in_place()
    }

    /// [`commit`](Self::commit) for a writer that cannot give the file back.
    pub(crate) fn commit_in_place(&mut self) -> Result<Written, StoreError> {
        self.settle().map_err(|e| StoreError::io("write", &self.path, e))?;
        Ok(Written { rows: None, bytes: self.bytes, sha256: hex(&self.hash.clone().finalize()) })
    }

    fn settle(&mut self) -> io::Result<()> {
        self.file.flush()?;
        if let Some(rename) = &self.rename {
            self.file.get_ref().sync_all()?;
            fs::rename(&rename.from, &rename.to)?;
            sync_directory(parent_of(&rename.to));
            self.rename = None;
        }
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let n = self.file.write(buffer)?;
        self.hash.update(&buffer[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(rename) = &self.rename {
            // Nobody is left to hear of a failure, and the name is hidden.
            let _ = fs::remove_file(&rename.from);
        }
    }
}

/// Writes `bytes` as the whole content of `path`.
pub fn write(path: &Path, bytes: &[u8]) -> Result<Written, StoreError> {
    write_with(path, |out| out.write_all(bytes))
}

/// Writes what `fill` sends as the whole content of `path`.
pub fn write_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Written, StoreError> {
    let mut file = AtomicFile::create(path)?;
    fill(&mut file).map_err(|e| StoreError::io("write", path, e))?;
    file.commit()
}

/// SHA-256 of `bytes`, 64 hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of a file, read in pieces.
pub fn sha256_file(path: &Path) -> Result<String, StoreError> {
    let fail = |e| StoreError::io("read", path, e);
    let mut file = File::open(path).map_err(fail)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex(&hash.finalize())),
            Ok(n) => hash.update(&buffer[..n]),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(fail(e)),
        }
    }
}

/// Makes renames inside `directory` durable, as far as the system can; no error, because the
/// files themselves are safe and some file systems refuse this.
pub(crate) fn sync_directory(directory: &Path) {
    if cfg!(unix)
        && let Ok(handle) = File::open(directory)
    {
        let _ = handle.sync_all();
    }
}

/// The directory that holds `path`, `.` for a bare name.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A hidden name in `directory` that no other file of this process has.
pub(crate) fn hidden_name(directory: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    directory.join(format!(".hedgelab-{}-{n}.tmp", std::process::id()))
}

fn temporary(to: PathBuf) -> io::Result<(File, Option<Rename>)> {
    if to.file_name().is_none() {
        return Err(ErrorKind::InvalidFilename.into());
    }
    let directory = parent_of(&to);
    loop {
        let from = hidden_name(directory);
        let opened = OpenOptions::new().write(true).create_new(true).open(&from);
        match opened {
            Ok(file) => return Ok((file, Some(Rename { from, to }))),
            // Left by a killed process of the same number, or one on another machine.
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
}

fn hex(digest: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    digest.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn writes_replaces_and_hashes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        write(&path, b"old and longer").unwrap();
        let written = write(&path, b"abc").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((written.bytes, written.sha256.as_str()), (3, abc));
        assert_eq!(sha256_hex(b"abc"), abc);
        assert_eq!(sha256_file(&path).unwrap(), abc);
        assert_eq!(names(dir.path()), ["a.txt"]);
    }

    #[test]
    fn a_writer_that_fails_half_way_leaves_the_old_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        write(&path, b"old").unwrap();
        let result = write_with(&path, |out| {
            out.write_all(b"half")?;
            Err(ErrorKind::StorageFull.into())
        });
        assert!(result.unwrap_err().to_string().contains("the disk is full"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(dir.path()), ["a.txt"]);
    }

    #[test]
    fn errors_name_the_path_and_the_reason() {
        let dir = tempfile::tempdir().unwrap();
        let say = |path: &Path| write(path, b"x").unwrap_err().to_string();
        assert_eq!(say(dir.path()), format!("cannot write `{}`: it is a directory, not a file", dir.path().display()));
        let path = dir.path().join("none/a.txt");
        assert!(say(&path).ends_with("none/a.txt`: its directory does not exist"));
        write(&dir.path().join("plain"), b"").unwrap();
        let path = dir.path().join("plain/a.txt");
        assert!(say(&path).contains("a part of the path is a file"));
        let path = dir.path().join("n".repeat(300));
        assert!(say(&path).ends_with("the name is too long or not allowed here"));
        assert!(say(Path::new("")).contains("not allowed"));
        assert_eq!(names(dir.path()), ["plain"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_called_a_full_disk() {
        for size in [1, 1 << 20] {
            let error = write(Path::new("/dev/full"), &vec![0; size]).unwrap_err();
            let want = "cannot write `/dev/full`: the disk is full; \
                        free some space or choose another directory";
            assert_eq!(error.to_string(), want);
        }
        assert!(fs::metadata("/dev/full").is_ok_and(|m| !m.is_file()));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (target, link) = (dir.path().join("target"), dir.path().join("link"));
        write(&target, b"old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write(&link, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
