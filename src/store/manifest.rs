//! `manifest.json`: what was run, with what, and what came out.
//!
//! All values of the clock stand in the one object `timing`, so that two runs of the same
//! scenario can be compared with `diff`.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::atomic::{self, Written};
use super::error::StoreError;

/// The schema this version writes and reads.
pub const SCHEMA: &str = "hedgelab.manifest/1";
/// The file name inside a run directory.
pub const FILE_NAME: &str = "manifest.json";

/// The content of `manifest.json`. Unknown fields are ignored when reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The program that wrote the run.
    pub tool: Tool,
    /// The scenario's name as written in its file.
    pub scenario: String,
    /// SHA-256 of the resolved scenario.
    pub scenario_sha256: String,
    /// The data files read.
    pub inputs: Vec<InputFile>,
    /// The random number generator.
    pub rng: String,
    /// The seed.
    pub seed: u64,
    /// The command line, program name first.
    pub argv: Vec<String>,
    /// `--set` overrides in the order given.
    pub overrides: Vec<String>,
    /// Worker threads; information only, results do not depend on it.
    pub threads: usize,
    /// Whether the run came to its end.
    pub status: Status,
    /// Paths asked for, per strategy.
    pub paths_requested: u64,
    /// Paths simulated, per strategy.
    pub paths_done: u64,
    /// Why the simulation stopped.
    pub stop_reason: StopReason,
    /// The points of a sweep; none for a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepOf>,
    /// The files of the run, in order of their names; the manifest itself is not among them.
    pub files: Vec<FileEntry>,
    /// Everything that depends on the clock.
    pub timing: Timing,
}

/// What a sweep varied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepOf {
    /// The keys of the scenario with their values, as given with `--vary`.
    pub vary: Vec<String>,
    /// Points asked for.
    pub points: u64,
    /// Points simulated.
    pub points_done: u64,
}

/// The program that wrote a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Version of the crate.
    pub version: String,
    /// Commit, if the build knew it.
    pub git_sha: Option<String>,
    /// Compiler, if the build knew it.
    pub rustc: Option<String>,
    /// Target triple, or architecture and system where the build did not know it.
    pub target: String,
}

impl Tool {
    /// This program, from what the build script put into the environment
    /// (`HEDGELAB_GIT_SHA`, `HEDGELAB_RUSTC`, `HEDGELAB_TARGET`; each may be missing).
    pub fn current() -> Self {
        use std::env::consts::{ARCH, OS};
        let target = option_env!("HEDGELAB_TARGET");
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            git_sha: option_env!("HEDGELAB_GIT_SHA").map(str::to_owned),
            rustc: option_env!("HEDGELAB_RUSTC").map(str::to_owned),
            target: target.map_or_else(|| format!("{ARCH}-{OS}"), str::to_owned),
        }
    }
}

/// A data file the run read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// The path as written in the scenario.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// A file the run wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name relative to the run directory, with `/`.
    pub path: String,
    /// Rows, if the file is a table.
    pub rows: Option<u64>,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes.
    pub sha256: String,
}

impl FileEntry {
    /// The entry of a file that was just written.
    pub fn new(path: impl Into<String>, written: Written) -> Self {
        Self { path: path.into(), rows: written.rows, bytes: written.bytes, sha256: written.sha256 }
    }
}

/// Whether a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All that was asked for is there.
    Complete,
    /// Stopped by the user; the results cover `paths_done` paths.
    Interrupted,
}

/// Why a simulation stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// All paths asked for are done.
    AllPaths,
    /// The standard error asked for is reached.
    TargetReached,
    /// The time limit is used up.
    MaxTime,
    /// The user stopped it.
    Interrupted,
    /// A reason that a later version writes.
    #[serde(other)]
    Other,
}

/// Everything in a manifest that depends on the clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The run id, because it begins with the time.
    pub run_id: String,
    /// Start in UTC, as [`super::RunDir::started`] gives it.
    pub started: String,
    /// Duration in seconds.
    pub wall_seconds: f64,
    /// Processor time of all threads in seconds, where it can be measured.
    pub cpu_seconds: Option<f64>,
}

impl Manifest {
    /// The text of the file: indented JSON, fields in the order of the struct.
    pub fn to_json(&self) -> String {
        // Plain fields and string keys only: there is nothing here that JSON cannot hold.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Writes `manifest.json` into `directory`.
    pub fn write(&self, directory: &Path) -> Result<Written, StoreError> {
        atomic::write(&directory.join(FILE_NAME), self.to_json().as_bytes())
    }

    /// Reads `manifest.json` from `directory`.
    pub fn read(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(FILE_NAME);
        let bytes = fs::read(&path).map_err(|e| StoreError::io("read", &path, e))?;
        Self::parse(&bytes).map_err(|what| StoreError::Manifest { path, what })
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        /// Looked at first, so that a newer file is called newer and not broken.
        #[derive(Deserialize)]
        struct Head {
            schema: Option<String>,
        }
        let explain = |e: serde_json::Error| match e.classify() {
            serde_json::error::Category::Data => e.to_string(),
            _ => format!("it is not valid JSON: {e}"),
        };
        let head: Head = serde_json::from_slice(bytes).map_err(explain)?;
        match head.schema.as_deref() {
            Some(SCHEMA) => serde_json::from_slice(bytes).map_err(explain),
            Some(other) if other.starts_with("hedgelab.manifest/") => {
                Err(format!("it says `{other}`, this version reads `{SCHEMA}`; use a newer hedgelab"))
            }
            Some(other) => Err(format!("its schema is `{other}`, not `{SCHEMA}`")),
            None => Err(format!("it has no `schema`, expected `{SCHEMA}`")),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(scenario: &str, run_id: &str, started: &str) -> Manifest {
        Manifest {
            schema: SCHEMA.to_owned(),
            tool: Tool {
                version: "0.1.0".into(),
                git_sha: None,
                rustc: Some("rustc 1.95.0".into()),
                target: "x86_64-unknown-linux-gnu".into(),
            },
            scenario: scenario.to_owned(),
            scenario_sha256: "7f3c9a1".into(),
            inputs: Vec::new(),
            rng: "pcg64".into(),
            seed: u64::MAX,
            argv: vec!["hedgelab".into(), "run".into()],
            overrides: vec!["costs.bps=2".into()],
            threads: 2,
            status: Status::Complete,
            paths_requested: 1000,
            paths_done: 1000,
            stop_reason: StopReason::AllPaths,
            sweep: None,
            files: vec![FileEntry { path: "paths.parquet".into(), rows: Some(1000), bytes: 9, sha256: "ab".into() }],
            timing: Timing {
                run_id: run_id.to_owned(),
                started: started.to_owned(),
                wall_seconds: 1.5,
                cpu_seconds: None,
            },
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = sample("copper", "id", "2026-11-21T01:35:42.000Z");
        manifest.write(dir.path()).unwrap();
        assert_eq!(Manifest::read(dir.path()).unwrap(), manifest);
    }

    #[test]
    fn the_text_has_a_fixed_shape() {
        let text = sample("copper", "id", "t").to_json();
        assert!(text.starts_with("{\n  \"schema\": \"hedgelab.manifest/1\",\n  \"tool\": {"));
        assert!(text.contains("\"status\": \"complete\""));
        assert!(text.contains("\"stop_reason\": \"all_paths\""));
        assert!(text.contains("\"seed\": 18446744073709551615"));
        let timing = "  \"timing\": {\n    \"run_id\": \"id\",\n    \"started\": \"t\",\n    \
                      \"wall_seconds\": 1.5,\n    \"cpu_seconds\": null\n  }\n}\n";
        assert!(text.ends_with(timing), "{text}");
    }

    #[test]
    fn a_manifest_that_cannot_be_read_says_why() {
        let say = |text: &str| Manifest::parse(text.as_bytes()).unwrap_err();
        assert!(say("{").starts_with("it is not valid JSON: "));
        assert!(say("[]").contains("line 1 column"));
        assert_eq!(say("{}"), "it has no `schema`, expected `hedgelab.manifest/1`");
        assert!(say(r#"{"schema":"hedgelab.manifest/2"}"#).ends_with("use a newer hedgelab"));
        assert!(say(r#"{"schema":"x"}"#).starts_with("its schema is `x`"));
        let missing = say(r#"{"schema":"hedgelab.manifest/1"}"#);
        assert!(missing.starts_with("missing field `tool` at line 1"), "{missing}");
        let later = sample("s", "i", "t").to_json();
        let later = later.replace("all_paths", "moon").replacen('{', "{\"new\": 1,", 1);
        let later = Manifest::parse(later.as_bytes()).unwrap();
        assert_eq!(later.stop_reason, StopReason::Other);
    }
}
