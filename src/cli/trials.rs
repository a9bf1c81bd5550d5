//! What a run owes to the ledger of trials: how much was tried before it, and whether it may look at a sealed seed.
//!
//! A seal hangs on the scenario's name: once a run of the name has looked at a sealed range, the ledger alone keeps it.

use super::Failure;
use super::evaluate::{Caveat, Findings};
use hedgelab::scenario::{Loaded, raw};
use hedgelab::store::{Earlier, Ledger, Seal, StoreError, Trial, Verdict, atomic, trials};
use serde_json::{Value, json};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// A run beside the runs before it.
pub struct Trials {
    root: PathBuf,
    ledger: Ledger,
    scenario: String,
    seed: Option<u64>,
    rules_sha256: String,
    tried: u64,
    earlier: Earlier,
    sealed: Option<RangeInclusive<u64>>,
    /// The seal that this run touches, and the run that did so first.
    seal: Option<Seal>,
    first: Option<Trial>,
}

impl Trials {
    /// Opens the ledger under `root` and refuses a second look at sealed seeds, before anything is simulated.
    pub fn open(root: &Path, loaded: &Loaded, break_seal: bool) -> Result<Self, Failure> {
        let ledger = Ledger::open(root)?;
        let plan = &loaded.plan;
        let seed = (!plan.history).then_some(plan.experiment.seed);
        let stated = plan.sealed.clone().filter(|seeds| seed.is_some_and(|seed| seeds.contains(&seed)));
        // A seal that was taken stays, though `sealed` be removed from the scenario or made narrower.
        let sealed = stated.or_else(|| ledger.sealed(&plan.name, seed?));
        let rules_sha256 = rules_hash(&loaded.raw)?;
        let mut trials = Self {
            root: root.to_path_buf(),
            scenario: plan.name.clone(),
            seed,
            tried: plan.experiment.variants() as u64,
            earlier: ledger.tried(&plan.name, &rules_sha256),
            rules_sha256,
            ledger,
            sealed,
            seal: None,
            first: None,
        };
        trials.look();
        match (&trials.seal, break_seal) {
            (None, true) => Err(nothing_to_break(plan.sealed.as_ref(), seed)),
            (Some(Seal { verdict: Verdict::Judged, from, to }), true) => {
                let why = format!("there is nothing to break: seeds {from}-{to} have not been judged yet");
                Err(Failure::said("seal", why).help("leave --break-seal out: the first look is allowed"))
            }
            (Some(seal @ Seal { verdict: Verdict::Broken, .. }), false) => Err(trials.used_up(seal)),
            _ => Ok(trials),
        }
    }

    /// What the run does to the seal, as the ledger stands.
    fn look(&mut self) {
        let Some(seeds) = &self.sealed else { return };
        self.first = self.ledger.first_look(&self.scenario, seeds).cloned();
        let verdict = if self.first.is_some() { Verdict::Broken } else { Verdict::Judged };
        self.seal = Some(Seal { verdict, from: *seeds.start(), to: *seeds.end() });
    }

    /// Reads the ledger again after the simulation: of two runs that judged at the same time, the later one has broken
    /// the seal. Adds what there is to doubt.
    pub fn settle(&mut self, findings: &mut Findings) {
        if self.sealed.is_some()
            && let Ok(ledger) = Ledger::open(&self.root)
        {
            self.ledger = ledger;
            self.look();
        }
        if let (Some(seal), Some(_)) = (&self.seal, &self.first) {
            let text = format!(
                "the seal of seeds {}-{} is broken: {} before this run did; what was changed since then may have been \
                 changed in the light of it, and these numbers are no last judgement",
                seal.from,
                seal.to,
                self.first_look()
            );
            findings.caveats.push(Caveat { code: "seal_broken", text });
        }
    }

    /// Enters the run.
    pub fn enter(&self, run: &str, time: &str, scenario_sha256: &str, paths: u64) -> Result<(), StoreError> {
        self.ledger.append(&Trial {
            schema: trials::SCHEMA.to_owned(),
            time: time.to_owned(),
            scenario: self.scenario.clone(),
            run: run.to_owned(),
            scenario_sha256: scenario_sha256.to_owned(),
            rules_sha256: self.rules_sha256.clone(),
            seed: self.seed,
            paths,
            tried: self.tried,
            sealed: self.seal.clone(),
        })
    }

    /// Different rules that earlier runs of the scenario's name tried.
    pub fn is_sealed(&self) -> bool {
        self.sealed.is_some()
    }

    /// Rules that earlier runs of the name tried.
    pub fn earlier(&self) -> u64 {
        self.earlier.tried
    }

    /// `trials` of a run in summary.json.
    pub fn json(&self) -> Value {
        json!({
            "this_run": self.tried,
            "earlier": self.earlier.tried,
            "earlier_runs": self.earlier.runs,
            "unreadable_lines": self.ledger.unreadable(),
            "ledger": trials::FILE_NAME,
        })
    }

    /// `sealed` of a run in summary.json.
    pub fn seal_json(&self) -> Value {
        json!(self.seal)
    }

    /// What a reader of the terminal has to know, a line each.
    pub fn text(&self) -> String {
        let (Earlier { runs, tried }, file) = (self.earlier, self.ledger.path().display());
        let mut lines = Vec::new();
        if tried > 0 {
            lines.push(format!(
                "{} of this name tried {}; N = {} counts them ({file})",
                counted(runs as u64, "earlier run"),
                counted(tried, "variant"),
                tried.saturating_add(self.tried)
            ));
        }
        let unreadable = self.ledger.unreadable() as u64;
        if unreadable > 0 {
            lines.push(format!(
                "{} of {file} cannot be read: what stood there is not counted",
                counted(unreadable, "line")
            ));
        }
        lines.extend(self.seal.as_ref().map(|Seal { verdict, from, to }| match verdict {
            Verdict::Judged => format!("seeds {from}-{to} are judged now; a second look is refused ({file})"),
            Verdict::Broken => format!("the seal of seeds {from}-{to} is broken, which is recorded ({file})"),
        }));
        lines.iter().map(|line| format!("\n{line}")).collect()
    }

    /// The refusal of a second look.
    fn used_up(&self, seal: &Seal) -> Failure {
        let Seal { from, to, .. } = seal;
        let seed = self.seed.unwrap_or_default();
        let message = format!(
            "seed {seed} is sealed for `{}`, and seeds {from}-{to} are judged once: {}",
            self.scenario,
            self.first_look()
        );
        Failure::said("seal", message).help(format!(
            "take a seed outside the range; --break-seal looks again, which is recorded in {}",
            self.ledger.path().display()
        ))
    }

    /// Which run looked first, and when.
    fn first_look(&self) -> String {
        let Some(first) = &self.first else { return String::new() };
        let day = first.time.get(..16).unwrap_or(&first.time).replace('T', " ");
        match (&first.sealed, first.seed) {
            (Some(Seal { from, to, .. }), _) => format!("run {} judged seeds {from}-{to} on {day} UTC", first.run),
            (None, Some(seed)) => format!("run {} looked at seed {seed}, unsealed, on {day} UTC", first.run),
            (None, None) => format!("run {} looked at them on {day} UTC", first.run),
        }
    }
}

/// The refusal to break what is not sealed.
fn nothing_to_break(sealed: Option<&RangeInclusive<u64>>, seed: Option<u64>) -> Failure {
    let why = match (sealed, seed) {
        (Some(seeds), Some(seed)) => {
            format!("seed {seed} is not among the sealed seeds {}-{}", seeds.start(), seeds.end())
        }
        _ => "the scenario has no sealed seeds".to_owned(),
    };
    Failure::said("seal", format!("there is nothing to break: {why}")).help("leave --break-seal out")
}

/// SHA-256 of what is tried: the instruments and the rules as they are meant.
pub fn rules_hash(scenario: &raw::Scenario) -> Result<String, Failure> {
    let bytes = serde_json::to_vec(&(&scenario.instruments, &scenario.rules))
        .map_err(|error| Failure::said("store", format!("cannot write the rules for the ledger of trials: {error}")))?;
    Ok(atomic::sha256_hex(&bytes))
}

/// `1 line`, `2 lines`.
fn counted(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
