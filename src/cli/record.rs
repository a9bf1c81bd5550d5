//! The run directory: what was asked, what came out, and how it was made.

use super::Failure;
use super::evaluate::{Findings, to_json};
use super::page;
use super::tables::{write_paths, write_samples};
use super::trials::Trials;
use hedgelab::draws::Sampling;
use hedgelab::market::MarketSpec;
use hedgelab::memory;
use hedgelab::report::chapters::Sample;
use hedgelab::report::{book, chapters};
use hedgelab::scenario::Loaded;
use hedgelab::scenario::raw;
use hedgelab::store::{InputFile, Manifest, RunDir, Status, StopReason, StoreError, Timing, Tool, atomic, manifest};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

/// The generators of all draws, as the manifest names them.
const RNG: &str = "philox4x32-10 + pcg64dxsm";

/// The generators and, where paths are not drawn by themselves, how they go together.
fn rng(sampling: Sampling) -> String {
    match sampling {
        Sampling::Independent => RNG.to_owned(),
        together => format!("{RNG}, {}", together.name()),
    }
}

/// What is known before the simulation starts.
pub struct Record {
    resolved: String,
    hash: String,
    inputs: Vec<InputFile>,
    now: SystemTime,
    clock: Instant,
}

/// A run that is on disk.
pub struct Recorded {
    /// The run directory.
    pub directory: PathBuf,
    /// `summary.json`.
    pub summary: Value,
    /// Could it be entered in the ledger of trials?
    pub entered: Result<(), StoreError>,
}

impl Record {
    /// Looks at everything that is read, so that the manifest tells what the run saw.
    pub fn start(loaded: &Loaded, file: &Path) -> Result<Self, Failure> {
        let (now, clock) = (SystemTime::now(), Instant::now());
        let mut meant = with_found_files(&loaded.raw, file);
        let mut inputs = Vec::new();
        if let Some(history) = &mut meant.market.history {
            inputs.push(InputFile {
                path: history.csv.display().to_string(),
                sha256: atomic::sha256_file(&history.csv)?,
            });
            // The resolved text is read again from other working directories.
            history.csv = std::fs::canonicalize(&history.csv).unwrap_or_else(|_| history.csv.clone());
        }
        let text = |scenario: &raw::Scenario| {
            serde_saphyr::to_string(scenario)
                .map_err(|error| Failure::said("store", format!("cannot write the resolved scenario: {error}")))
        };
        // The hash is that of the scenario with its files as they were named: the same wherever they lie.
        let hash = atomic::sha256_hex(text(&loaded.raw)?.as_bytes());
        Ok(Self { hash, resolved: text(&meant)?, inputs, now, clock })
    }

    /// Writes the run directory, and the line of the ledger before it: what is going to be seen counts, whatever follows.
    pub fn write(
        self,
        root: &Path,
        loaded: &Loaded,
        threads: usize,
        findings: &Findings,
        trials: &Trials,
        with_page: bool,
    ) -> Result<Recorded, Failure> {
        let mut run = self.directory(root, &loaded.plan.name)?;
        let entered = trials.enter(run.id(), run.started(), &self.hash, findings.outcome.simulated);
        let summary = self.summary(run.id(), loaded, findings, trials);
        run.write("scenario.yaml", loaded.source.text.as_bytes())?;
        run.write("resolved.yaml", self.resolved.as_bytes())?;
        if !loaded.overrides.is_empty() {
            run.write("overrides.txt", format!("{}\n", loaded.overrides.join("\n")).as_bytes())?;
        }
        run.write("summary.json", format!("{summary:#}\n").as_bytes())?;
        let about = [
            ("scenario".to_owned(), loaded.plan.name.clone()),
            ("scenario_sha256".to_owned(), self.hash.clone()),
            ("seed".to_owned(), loaded.plan.experiment.seed.to_string()),
        ];
        let written = write_paths(&run.file("paths.parquet")?, &loaded.plan, &findings.outcome, &about)?;
        run.record("paths.parquet", written);
        // Whoever reads the days of a sealed path can tune by them.
        let sealed = trials.is_sealed();
        let mut samples = Vec::new();
        memory::give_back();
        if !sealed {
            let paths = findings.outcome.simulated.min(chapters::SAMPLE as u64) as usize;
            let file = run.file("sample_paths.parquet")?;
            samples.resize_with(paths, Sample::default);
            let written = write_samples(&file, &loaded.plan, paths, &about, |traces| {
                samples.iter_mut().zip(traces).for_each(|(sample, trace)| sample.push(trace));
            })?;
            run.record("sample_paths.parquet", written);
        }
        memory::give_back();
        let book = page::book(loaded, findings, &samples, threads, (&self.resolved, sealed));
        let text = serde_json::to_string(&book)
            .map_err(|error| Failure::said("store", format!("cannot write the report: {error}")))?;
        run.write(book::FILE_NAME, text.as_bytes())?;
        let manifest = run.complete(self.manifest(loaded, threads, findings));
        if with_page {
            let page = page::page(&book, &manifest, None)?;
            run.write(page::FILE_NAME, page.as_bytes())?;
        }
        run.write_manifest(manifest)?;
        Ok(Recorded { directory: run.finish()?, summary, entered })
    }

    /// `summary.json`: the run, then what was found out.
    fn summary(&self, id: &str, loaded: &Loaded, findings: &Findings, trials: &Trials) -> Value {
        let experiment = &loaded.plan.experiment;
        let mut summary = json!({
            "schema": super::run::SCHEMA,
            "ok": true,
            "run": {
                "id": id,
                "name": loaded.plan.name,
                "question": loaded.plan.question,
                "market": loaded.raw.market.name(),
                "seed": (!loaded.plan.history).then_some(experiment.seed),
                "paths": findings.outcome.simulated,
                "paths_requested": experiment.paths,
                "paths_of_a_row": findings.outcome.bundle,
                "sampling": experiment.sampling.name(),
                "control_variates": experiment.controls,
                "years": experiment.grid.years(),
                "status": status(findings),
                "overrides": loaded.overrides,
                "scenario_sha256": self.hash,
                "trials": trials.json(),
                "sealed": trials.seal_json(),
            },
        });
        if let (Some(summary), Value::Object(found)) = (summary.as_object_mut(), to_json(&loaded.plan, findings)) {
            summary.extend(found);
        }
        summary
    }

    fn manifest(self, loaded: &Loaded, threads: usize, findings: &Findings) -> Manifest {
        let stop_reason = if findings.interrupted { StopReason::Interrupted } else { StopReason::AllPaths };
        Manifest {
            status: status(findings),
            paths_done: findings.outcome.simulated,
            stop_reason,
            ..self.complete(loaded, threads, loaded.plan.experiment.paths)
        }
    }

    /// The manifest of a run or sweep that came to its end with so many paths.
    pub fn complete(self, loaded: &Loaded, threads: usize, paths: u64) -> Manifest {
        Manifest {
            schema: manifest::SCHEMA.to_owned(),
            tool: Tool::current(),
            scenario: loaded.plan.name.clone(),
            scenario_sha256: self.hash,
            inputs: self.inputs,
            rng: rng(loaded.plan.experiment.sampling),
            seed: loaded.plan.experiment.seed,
            argv: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
            overrides: loaded.overrides.clone(),
            threads: if threads > 0 { threads } else { std::thread::available_parallelism().map_or(1, usize::from) },
            status: Status::Complete,
            paths_requested: paths,
            paths_done: paths,
            stop_reason: StopReason::AllPaths,
            sweep: None,
            files: Vec::new(),
            timing: Timing {
                run_id: String::new(),
                started: String::new(),
                wall_seconds: self.clock.elapsed().as_secs_f64(),
                cpu_seconds: None,
            },
        }
    }

    /// A new directory under `root` in this folder, named by the start and the scenario's hash.
    pub fn directory(&self, root: &Path, folder: &str) -> Result<RunDir, StoreError> {
        RunDir::create(root, folder, self.now, &self.hash[..7])
    }

    /// SHA-256 of the resolved scenario, with its files as they were named.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The resolved scenario, with its files as they were found.
    pub fn resolved(&self) -> &str {
        &self.resolved
    }

    /// The data files that are read.
    pub fn inputs(&self) -> &[InputFile] {
        &self.inputs
    }
}

fn status(findings: &Findings) -> Status {
    if findings.interrupted { Status::Interrupted } else { Status::Complete }
}

/// The scenario with the history file under the path at which it was found.
fn with_found_files(scenario: &raw::Scenario, file: &Path) -> raw::Scenario {
    let mut scenario = scenario.clone();
    if let (MarketSpec { history: Some(history), .. }, Some(beside)) = (&mut scenario.market, file.parent())
        && history.csv.is_relative()
        && !history.csv.exists()
    {
        history.csv = beside.join(&history.csv);
    }
    scenario
}
