//! The one error type of the store: every message names the place and says what happened.

use std::borrow::Cow;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use super::run_dir::UNFINISHED;

/// What can go wrong while results are written, listed or looked up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused to read, write, rename or remove something.
    #[error("cannot {action} `{}`: {}", path.display(), plain_words(action, source))]
    Io {
        /// What was tried, as it follows "cannot".
        action: &'static str,
        /// The file or directory the user knows, never a temporary name.
        path: PathBuf,
        /// The system's own error.
        source: io::Error,
    },

    /// The columns of a table do not fit together, or the Parquet writer refused them.
    #[error("cannot write the table `{}`: {what}", path.display())]
    Table {
        /// The Parquet file.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },

    /// A table of a run that cannot be read back.
    #[error("cannot read the table `{}`: {what}", path.display())]
    Unreadable {
        /// The Parquet file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },

    /// A file name inside a run directory that leads out of it.
    #[error("`{name}` is not a file name inside a run directory; use a relative name without `..`")]
    FileName {
        /// The name as given.
        name: String,
    },

    /// A run id cannot be made from the clock or the hash given.
    #[error("cannot name the run: {what}")]
    RunName {
        /// What is wrong with the clock or the hash.
        what: String,
    },

    /// The run is complete, but its directory could not be given its final name.
    #[error(
        "the run is complete but cannot be renamed to `{}`: {}; its files are kept in `{}`",
        path.display(), plain_words("rename", source), kept.display()
    )]
    Finish {
        /// The final name.
        path: PathBuf,
        /// The directory in which the files stay.
        kept: PathBuf,
        /// The system's own error.
        source: io::Error,
    },

    /// A `manifest.json` that cannot be understood.
    #[error("`{}` is not a usable manifest: {what}", path.display())]
    Manifest {
        /// The manifest file.
        path: PathBuf,
        /// The reason, with line and column where known.
        what: String,
    },

    /// A directory that was named as a run but is none.
    #[error("`{}` is not a run directory: it has no manifest.json{}", path.display(), help(hint))]
    NotARun {
        /// The directory as given.
        path: PathBuf,
        /// What to write instead.
        hint: Option<String>,
    },

    /// A sweep that was named as a run.
    #[error("`{}` is a sweep, not a run: its report.html and sweep.json have all its points", path.display())]
    IsSweep {
        /// The directory of the sweep.
        path: PathBuf,
    },

    /// There is nothing to choose from.
    #[error("no finished runs under `{}` yet", root.display())]
    NoRuns {
        /// The results directory.
        root: PathBuf,
    },

    /// No run of that name.
    #[error("no run `{asked}` under `{}`{}", root.display(), help_or_list(hint))]
    UnknownRun {
        /// What was asked for.
        asked: String,
        /// The results directory.
        root: PathBuf,
        /// The nearest name, in the form in which it can be typed.
        hint: Option<String>,
    },

    /// The beginning of an id that several runs share.
    #[error("`{asked}` fits {} runs: {}; give more of the id", candidates.len(), shortened(candidates))]
    Ambiguous {
        /// What was asked for.
        asked: String,
        /// All runs that fit, as `scenario/id`, newest first.
        candidates: Vec<String>,
    },
}

impl StoreError {
    /// An I/O error at `path`; `action` follows "cannot".
    pub fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = match action {
            "read" => path.to_path_buf(),
            _ => final_name(path),
        };
        Self::Io { action, path, source }
    }
}

/// The name that a file in an unfinished run directory is going to have: the temporary one means
/// nothing to the user and is gone when the message is read.
pub(crate) fn final_name(path: &Path) -> PathBuf {
    let known = |part: Component| match part {
        Component::Normal(name) => match name.to_str().and_then(|n| n.strip_prefix(UNFINISHED)) {
            Some(id) => PathBuf::from(id),
            None => PathBuf::from(name),
        },
        other => PathBuf::from(other.as_os_str()),
    };
    path.components().map(known).collect()
}

/// Says in plain words what the system reported, with the cure where there is one.
fn plain_words(action: &str, error: &io::Error) -> Cow<'static, str> {
    Cow::Borrowed(match error.kind() {
        ErrorKind::StorageFull => "the disk is full; free some space or choose another directory",
        ErrorKind::QuotaExceeded => "the disk quota is used up; free some space or choose another directory",
        ErrorKind::ReadOnlyFilesystem => {
            "the file system is read-only; choose another directory or remount it writable"
        }
        ErrorKind::PermissionDenied if action == "read" => "permission denied",
        ErrorKind::PermissionDenied => "permission denied; choose a directory you may write to",
        ErrorKind::IsADirectory => "it is a directory, not a file",
        ErrorKind::NotADirectory => "a part of the path is a file, not a directory",
        ErrorKind::NotFound if action == "write" => "its directory does not exist",
        ErrorKind::NotFound => "no such file or directory",
        ErrorKind::AlreadyExists => "something of that name exists already",
        ErrorKind::DirectoryNotEmpty => "a directory of that name exists already",
        ErrorKind::InvalidFilename => "the name is too long or not allowed here",
        ErrorKind::FileTooLarge => "the file would be larger than this file system allows",
        _ => return Cow::Owned(error.to_string()),
    })
}

fn help(hint: &Option<String>) -> String {
    hint.as_ref().map(|h| format!("; did you mean `{h}`?")).unwrap_or_default()
}

fn help_or_list(hint: &Option<String>) -> String {
    match hint {
        Some(_) => help(hint),
        None => "; `hedgelab ls` lists them".to_owned(),
    }
}

/// The first few candidates, so that a long list stays one readable line.
fn shortened(candidates: &[String]) -> String {
    const SHOWN: usize = 5;
    let more = candidates.len().saturating_sub(SHOWN);
    let mut text = candidates[..candidates.len() - more].join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_common_refusal_has_plain_words() {
        let say = |kind| StoreError::io("write", Path::new("r/a.json"), io::Error::from(kind));
        let cases = [
            (ErrorKind::StorageFull, "the disk is full"),
            (ErrorKind::QuotaExceeded, "the disk quota is used up"),
            (ErrorKind::ReadOnlyFilesystem, "the file system is read-only"),
            (ErrorKind::PermissionDenied, "permission denied"),
            (ErrorKind::IsADirectory, "it is a directory, not a file"),
            (ErrorKind::NotADirectory, "a part of the path is a file, not a directory"),
            (ErrorKind::NotFound, "its directory does not exist"),
            (ErrorKind::InvalidFilename, "the name is too long or not allowed here"),
        ];
        for (kind, words) in cases {
            let text = say(kind).to_string();
            let start = format!("cannot write `r/a.json`: {words}");
            assert!(text.starts_with(&start), "{text}");
        }
    }

    #[test]
    fn a_file_of_an_unfinished_run_goes_by_its_final_name() {
        let path = Path::new("/r/./copper/.tmp-20261121T013542-7f3c9a1/paths.parquet");
        let known = Path::new("/r/copper/20261121T013542-7f3c9a1/paths.parquet");
        assert_eq!(final_name(path), known);
    }

    #[test]
    fn a_long_list_of_candidates_is_cut() {
        let candidates = (1..=7).map(|i| format!("s/{i}")).collect();
        let error = StoreError::Ambiguous { asked: "2026".into(), candidates };
        let want = "`2026` fits 7 runs: s/1, s/2, s/3, s/4, s/5 and 2 more; give more of the id";
        assert_eq!(error.to_string(), want);
    }
}
