//! Price tables on disk, kept from run to run by a hash of what they depend on.
//!
//! A file is read only if all of it is as it was written: its head names the format, the hash of what the bytes depend on, their
//! length and their SHA-256. Anything else is as good as no file, and is replaced. Nothing here fails: a folder that cannot be
//! read or written keeps nothing. Files are renamed into place, so several processes may share the folder. Above a limit, the
//! files that were not read for longest go first.

use super::atomic;
use crate::instruments::Vault;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Bytes that a folder may hold.
pub const LIMIT: u64 = 256 << 20;

/// What every file starts with; the last number is the format's.
const MAGIC: &[u8; 16] = b"hedgelab table 1";

/// Magic, hash of the description, length, hash of the bytes.
const HEAD: usize = 16 + 32 + 8 + 32;

/// End of the files' names.
const END: &str = "table";

/// Age of a temporary file that nobody is writing any more.
const FORGOTTEN: Duration = Duration::from_secs(24 * 3600);

/// A folder of tables.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    limit: u64,
}

impl Cache {
    /// Tables in this folder, which is made when the first one is kept.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), limit: LIMIT }
    }

    /// The same with room for so many bytes.
    #[must_use]
    pub fn of_at_most(self, limit: u64) -> Self {
        Self { limit, ..self }
    }

    /// The file of this description.
    fn file(&self, description: &[u8]) -> PathBuf {
        self.folder.join(atomic::sha256_hex(description)).with_extension(END)
    }

    /// Bytes of a file, if it is whole; it counts as used now.
    fn read(&self, description: &[u8]) -> Option<Vec<u8>> {
        let file = self.file(description);
        // A pipe or a device would be waited for.
        let size = fs::metadata(&file).ok().filter(|of| of.is_file() && of.len() <= self.limit)?.len();
        let mut file = File::open(file).ok()?;
        let mut head = [0; HEAD];
        file.read_exact(&mut head).ok()?;
        let mut bytes = Vec::with_capacity(usize::try_from(size).ok()?);
        (&mut file).take(size).read_to_end(&mut bytes).ok()?;
        if head != head_of(description, &bytes) {
            return None;
        }
        // A folder that is only read keeps its times: it is not pruned either.
        let _ = file.set_modified(SystemTime::now());
        Some(bytes)
    }

    /// Removes what nobody is writing any more, and the files that were not used for longest until the rest fits.
    fn prune(&self) {
        let now = SystemTime::now();
        let mut kept = Vec::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let (path, Ok(of)) = (entry.path(), entry.metadata()) else { continue };
            let Some(used) = of.modified().ok().filter(|_| of.is_file()) else { continue };
            match path.extension().and_then(|end| end.to_str()) {
                Some(END) => kept.push((used, path, of.len())),
                Some("tmp") if now.duration_since(used).is_ok_and(|age| age > FORGOTTEN) => {
                    let _ = fs::remove_file(path);
                }
                _ => {}
            }
        }
        kept.sort();
        let mut all: u64 = kept.iter().map(|(_, _, bytes)| bytes).sum();
        for (_, path, bytes) in kept {
            if all <= self.limit {
                break;
            }
            // Another process may have been faster.
            let _ = fs::remove_file(path);
            all -= bytes;
        }
    }
}

impl Vault for Cache {
    fn find(&self, description: &[u8]) -> Option<Vec<u8>> {
        self.read(description)
    }

    fn keep(&self, description: &[u8], bytes: &[u8]) {
        let file = self.file(description);
        let fits = bytes.len() as u64 + HEAD as u64 <= self.limit;
        if !fits || fs::create_dir_all(&self.folder).is_err() {
            return;
        }
        let head = head_of(description, bytes);
        let write = atomic::write_with(&file, |out| {
            out.write_all(&head)?;
            out.write_all(bytes)
        });
        if write.is_ok() {
            self.prune();
        }
    }
}

/// The head of a file with these bytes.
fn head_of(description: &[u8], bytes: &[u8]) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..16].copy_from_slice(MAGIC);
    head[16..48].copy_from_slice(&Sha256::digest(description));
    head[48..56].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
    head[56..].copy_from_slice(&Sha256::digest(bytes));
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF: &[u8] = b"what it depends on";
    const BYTES: &[u8] = b"the table";

    fn cache(limit: u64) -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(&folder.path().join("a/b")).of_at_most(limit);
        (folder, cache)
    }

    fn names(cache: &Cache) -> usize {
        fs::read_dir(&cache.folder).unwrap().count()
    }

    #[test]
    fn what_is_kept_is_found_by_its_description_alone() {
        let (_folder, cache) = cache(LIMIT);
        assert_eq!(cache.find(OF), None);
        cache.keep(OF, BYTES);
        cache.keep(b"other", b"");
        assert_eq!(cache.find(OF).as_deref(), Some(BYTES));
        assert_eq!(cache.find(b"other").as_deref(), Some(&[][..]));
        assert_eq!(cache.find(b"third"), None);
        assert_eq!(names(&cache), 2);
        // A file under another's name is not taken for it.
        fs::copy(cache.file(b"other"), cache.file(OF)).unwrap();
        assert_eq!(cache.find(OF), None);
    }

    /// Whatever happens to a file, it is not read, and the next table takes its place.
    #[test]
    fn a_damaged_file_is_no_file_and_is_replaced() {
        let (_folder, cache) = cache(LIMIT);
        cache.keep(OF, BYTES);
        let file = cache.file(OF);
        let good = fs::read(&file).unwrap();
        let mut damaged: Vec<Vec<u8>> = (0..good.len()).map(|cut| good[..cut].to_vec()).collect();
        damaged.push([&good[..], b"x"].concat());
        damaged.push(b"something else entirely, and longer than a head: ".repeat(3));
        for bit in 0..8 * good.len() {
            let mut flipped = good.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            damaged.push(flipped);
        }
        for bytes in damaged {
            fs::write(&file, bytes).unwrap();
            assert_eq!(cache.find(OF), None);
        }
        cache.keep(OF, BYTES);
        assert_eq!(fs::read(&file).unwrap(), good);
    }

    #[test]
    fn what_cannot_be_a_file_keeps_nothing_and_fails_nothing() {
        let (folder, cache) = cache(LIMIT);
        fs::create_dir_all(cache.file(OF)).unwrap();
        cache.keep(OF, BYTES);
        assert_eq!(cache.find(OF), None);
        assert_eq!(names(&cache), 1);
        // A file where the folder should be.
        let file = folder.path().join("file");
        fs::write(&file, b"mine").unwrap();
        let cache = Cache::new(&file);
        cache.keep(OF, BYTES);
        assert_eq!((cache.find(OF), fs::read(&file).unwrap()), (None, b"mine".to_vec()));
        let cache = Cache::new(Path::new("/dev/null/nowhere"));
        cache.keep(OF, BYTES);
        assert_eq!(cache.find(OF), None);
    }

    /// Room for three: the one that was read stays, the one that was not goes; what is no table stays.
    #[test]
    fn what_was_not_read_for_longest_goes_first() {
        let (_folder, cache) = cache(3 * (HEAD as u64 + 10) + 5);
        let ago = |file: &Path, hours: u64| {
            let then = SystemTime::now() - Duration::from_secs(3600 * hours);
            File::options().append(true).open(file).unwrap().set_modified(then).unwrap();
        };
        for (name, hours) in [(b"a", 30), (b"b", 20), (b"c", 10)] {
            cache.keep(name, &[0; 10]);
            ago(&cache.file(name), hours);
        }
        for (name, hours) in [("mine.txt", 1000), (".hedgelab-1-0.tmp", 25), (".hedgelab-1-1.tmp", 23)] {
            fs::write(cache.folder.join(name), [0; 500]).unwrap();
            ago(&cache.folder.join(name), hours);
        }
        assert!(cache.find(b"a").is_some());
        cache.keep(b"d", &[0; 10]);
        let found = [b"a", b"b", b"c", b"d"].map(|name| cache.find(name).is_some());
        assert_eq!(found, [true, false, true, true]);
        let there = ["mine.txt", ".hedgelab-1-0.tmp", ".hedgelab-1-1.tmp"].map(|name| cache.folder.join(name).exists());
        assert_eq!(there, [true, false, true]);
        // What is larger than the room drives nothing out.
        cache.keep(b"e", &[0; 1000]);
        assert_eq!((cache.find(b"e"), names(&cache)), (None, 5));
    }

    /// Many at once on one file and one folder: what is found is always whole.
    #[test]
    fn many_at_once_see_whole_files_only() {
        let (_folder, cache) = cache(6000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for turn in 0_u8..25 {
                        let of = [turn % 5];
                        if let Some(bytes) = cache.find(&of) {
                            assert_eq!(bytes, [of[0]; 2000]);
                        }
                        cache.keep(&of, &[of[0]; 2000]);
                    }
                });
            }
        });
        assert!(names(&cache) <= 5);
    }
}
