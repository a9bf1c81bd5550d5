//! What every verb that simulates is asked alike: changes of the scenario, threads, kept tables, and how much it says meanwhile.

use super::Changes;
use super::cache::Keeping;
use clap::ArgAction;
use clap::builder::{FalseyValueParser, RangedU64ValueParser};

/// Changes of the scenario, and threads.
#[derive(Debug, clap::Args)]
pub struct Asked {
    #[command(flatten)]
    changes: Changes,
    /// Number of paths, the same as --set paths=N
    #[arg(long, value_name = "N")]
    paths: Option<String>,
    /// Seed of all draws, the same as --set seed=N
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    seed: Option<String>,
    /// Threads; the results do not depend on it [default: one a core]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub threads: Option<usize>,
    /// Whether price tables are kept.
    #[command(flatten)]
    pub keeping: Keeping,
}

impl Asked {
    /// `--set` in the order given, then the short forms.
    pub fn overrides(&self) -> Vec<String> {
        let short = |key: &str, value: &Option<String>| value.as_ref().map(|value| format!("{key}={value}"));
        let shorts = short("paths", &self.paths).into_iter().chain(short("seed", &self.seed));
        self.changes.set.iter().cloned().chain(shorts).collect()
    }

    /// Threads, 0 for one a core.
    pub fn threads(&self) -> usize {
        self.threads.unwrap_or(0)
    }
}

/// How much is said beside the results.
#[derive(Debug, clap::Args)]
pub struct Voice {
    /// Say nothing but results and errors
    #[arg(long, short)]
    pub quiet: bool,
    /// Show no progress
    #[arg(long, env = "HEDGELAB_NO_PROGRESS", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    no_progress: bool,
}

impl Voice {
    /// Is no progress shown? A document for a machine stands alone.
    pub fn hides_progress(&self, json: bool) -> bool {
        self.quiet || json || self.no_progress
    }
}
