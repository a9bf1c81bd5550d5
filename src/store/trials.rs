//! The ledger of trials, `trials.jsonl` in the results directory: what every run tried, one JSON object a line.
//!
//! The best of many rules looks good by luck alone: the Sharpe ratio that luck gives the best of N trials grows with
//! N, and the deflated Sharpe ratio takes it off (Bailey and López de Prado, 2014, The Deflated Sharpe Ratio). One run
//! knows what it tries itself; what was tried before it is known only here. The ledger also remembers which sealed
//! seeds were looked at. It guards against oneself and not against others: whoever deletes it starts anew.

use super::atomic::parent_of;
use super::error::StoreError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// The schema this version writes and reads.
pub const SCHEMA: &str = "hedgelab.trial/1";
/// The file name inside the results directory.
pub const FILE_NAME: &str = "trials.jsonl";

/// One line: a run and what it tried. Unknown fields are ignored when reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Start of the run in UTC, for example `2026-11-21T01:35:42.123Z`.
    pub time: String,
    /// The scenario's name as written in its file.
    pub scenario: String,
    /// The run id.
    pub run: String,
    /// SHA-256 of the resolved scenario.
    pub scenario_sha256: String,
    /// SHA-256 of its instruments and rules alone: other seeds and paths of the same rules are the same trials.
    pub rules_sha256: String,
    /// The seed; none for history.
    pub seed: Option<u64>,
    /// Paths simulated.
    pub paths: u64,
    /// Different rules that were tried, members of grids counted.
    pub tried: u64,
    /// What became of a seal, where the run touched one.
    pub sealed: Option<Seal>,
}

/// A range of sealed seeds that a run looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Was it the one look that is allowed?
    pub verdict: Verdict,
    /// First seed of the range.
    pub from: u64,
    /// Last seed of the range.
    pub to: u64,
}

/// What a run did to a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It took the one look that is allowed.
    Judged,
    /// It looked again.
    Broken,
}

/// Trials that were made before a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// Runs.
    pub runs: usize,
    /// Different rules that they tried.
    pub tried: u64,
}

/// The ledger of one results directory, as it was when it was opened.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    trials: Vec<Trial>,
    unreadable: usize,
}

impl Ledger {
    /// Reads the ledger under `root` and makes sure that it can be added to; where there is none yet, it is empty.
    ///
    /// # Errors
    /// A ledger that cannot be read or written. Whether one can be made is what [`probe`](super::probe) finds out.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let path = root.join(FILE_NAME);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            read => {
                let bytes = read.map_err(|error| StoreError::io("read", &path, error))?;
                let writable = OpenOptions::new().append(true).open(&path);
                writable.map_err(|error| StoreError::io("write", &path, error))?;
                bytes
            }
        };
        let (mut trials, mut unreadable) = (Vec::new(), 0);
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            match serde_json::from_slice::<Trial>(line) {
                Ok(trial) if trial.schema == SCHEMA => trials.push(trial),
                _ => unreadable += 1,
            }
        }
        Ok(Self { path, trials, unreadable })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All trials, in the order in which they were entered.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Lines that could not be read: cut by a crash, edited, or written by a later version. They are not counted.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// What runs of this scenario's name tried, those with these very rules left out. Rules that several runs share
    /// count once; a variant that stands in two different sets of rules counts twice, which is the cautious side.
    pub fn tried(&self, scenario: &str, rules_sha256: &str) -> Earlier {
        let others = |trial: &&Trial| trial.scenario == scenario && trial.rules_sha256 != rules_sha256;
        let mut sets = BTreeMap::<&str, u64>::new();
        let mut runs = 0;
        for trial in self.trials.iter().filter(others) {
            runs += 1;
            let most = sets.entry(&trial.rules_sha256).or_default();
            *most = trial.tried.max(*most);
        }
        Earlier { runs, tried: sets.values().fold(0, |sum, tried| sum.saturating_add(*tried)) }
    }

    /// The first run of this scenario's name that looked at sealed seeds: its seal overlaps them, or its own seed lies
    /// among them, whether they were sealed then or not.
    pub fn first_look(&self, scenario: &str, seeds: &RangeInclusive<u64>) -> Option<&Trial> {
        let overlaps = |seal: &Seal| seal.from <= *seeds.end() && *seeds.start() <= seal.to;
        let looked = |trial: &Trial| {
            trial.sealed.as_ref().is_some_and(overlaps) || trial.seed.is_some_and(|seed| seeds.contains(&seed))
        };
        self.trials.iter().find(|trial| trial.scenario == scenario && looked(trial))
    }

    /// The first sealed range that a run of this scenario's name looked at and that holds this seed: a seal hangs on the
    /// name, whatever range a later version of the scenario states.
    pub fn sealed(&self, scenario: &str, seed: u64) -> Option<RangeInclusive<u64>> {
        let seals =
            self.trials.iter().filter(|trial| trial.scenario == scenario).filter_map(|trial| trial.sealed.as_ref());
        seals.map(|seal| seal.from..=seal.to).find(|seeds| seeds.contains(&seed))
    }

    /// Adds a line, with one write at the end of the file: runs that end at the same moment do not mix their lines.
    ///
    /// # Errors
    /// What the system says when the file cannot be written.
    pub fn append(&self, trial: &Trial) -> Result<(), StoreError> {
        let add = || -> io::Result<()> {
            let mut line = serde_json::to_vec(trial)?;
            line.push(b'\n');
            fs::create_dir_all(parent_of(&self.path))?;
            let mut file = OpenOptions::new().read(true).append(true).create(true).open(&self.path)?;
            if ends_inside_a_line(&mut file)? {
                line.insert(0, b'\n');
            }
            file.write_all(&line)?;
            file.sync_all()
        };
        add().map_err(|error| StoreError::io("write", &self.path, error))
    }
}

/// Was the last line cut, so that the next one has to begin afresh?
fn ends_inside_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last[0] != b'\n')
}

#[cfg(test)]
#[path = "trials_tests.rs"]
mod tests;
