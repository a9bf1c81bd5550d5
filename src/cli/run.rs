//! `run`: simulate, judge, write the run directory, print what was found out.

use super::asked::{Asked, Voice};
use super::evaluate::{How, document, effort, evaluate, render, together};
use super::progress::Progress;
use super::record::Record;
use super::trials::Trials;
use super::typed::command;
use super::{Done, Failure, interrupt, out};
use hedgelab::scenario::{self, Loaded};
use hedgelab::store::{atomic, probe};
use std::path::{Path, PathBuf};

/// Schema of `summary.json` and of the document on stdout.
pub const SCHEMA: &str = "hedgelab.run/1";

const EXAMPLES: &str = "\
Examples:
  hedgelab run scenarios/three-regimes.yaml
  hedgelab run scenarios/three-regimes.yaml --paths 1000 --seed 7
  hedgelab run scenarios/three-regimes.yaml --set rules.vix_linear.limits.cap=3 --set years=12
  hedgelab run scenarios/three-regimes.yaml --json | jq .rules
  hedgelab run scenarios/strategies/1-vix-scaling.yaml --markdown report.md
  hedgelab run scenarios/overfitting/*.yaml --markdown overfitting.md
  hedgelab run mine.yaml --seed 9000        the one look at `sealed: { from: 9000, to: 9099 }`

Every run adds a line to DIR/trials.jsonl: which rules were tried, and which sealed seeds were
looked at. Both hang on the scenario's name: a seal that was judged holds for every scenario of
that name, whatever its `sealed` says, and not for another name. The ledger guards against
oneself: it is a plain file, and whoever deletes it or writes to another DIR starts anew.

Ctrl-C keeps the blocks of paths that are finished and exits with 130; a second Ctrl-C stops at once.";

/// Simulate a scenario, judge its rules and write a run directory
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// Scenario files; several are run one after the other
    #[arg(required = true)]
    scenario: Vec<PathBuf>,
    #[command(flatten)]
    asked: Asked,
    /// Results directory; the run is written to DIR/<name>/<id>
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Look again at sealed seeds that were judged before; this is recorded and said beside the results
    #[arg(long)]
    break_seal: bool,
    /// Write a Markdown document as well: the command, every table, claims and notes; one for all scenarios
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write no report.html (`hedgelab report RUN` makes it later)
    #[arg(long)]
    no_report: bool,
    /// Print one JSON document instead of tables
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    voice: Voice,
}

/// Does it.
pub fn run(verb: &Verb) -> Result<Done, Failure> {
    if verb.json && verb.scenario.len() > 1 {
        let why = "--json prints one document: give one scenario, or read the summary.json of each run";
        return Err(Failure::said("usage", why));
    }
    // Every file is read before the first one is simulated.
    let overrides = verb.asked.overrides();
    let mut all =
        verb.scenario.iter().map(|file| scenario::load(file, &overrides)).collect::<Result<Vec<Loaded>, _>>()?;
    all.iter_mut().for_each(|loaded| verb.asked.keeping.apply(&mut loaded.plan.experiment));
    probe(&verb.out)?;
    // A folder that cannot be written to is told before the run and not after it.
    if let Some(folder) =
        verb.markdown.as_ref().and_then(|file| file.parent()).filter(|folder| !folder.as_os_str().is_empty())
    {
        probe(folder)?;
    }
    let mut documents = Vec::new();
    for (file, loaded) in verb.scenario.iter().zip(&all) {
        let done = one(verb, file, loaded, &mut documents)?;
        if let Some(into) = &verb.markdown {
            let text = match &documents[..] {
                [whole] if all.len() == 1 => whole.clone(),
                parts => together(&title(into), parts, &command()),
            };
            atomic::write(into, text.as_bytes())?;
        }
        if !matches!(done, Done::Fine) {
            return Ok(done);
        }
    }
    Ok(Done::Fine)
}

/// Name of a document.
fn title(file: &Path) -> String {
    file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// Runs one scenario.
fn one(verb: &Verb, file: &Path, loaded: &Loaded, documents: &mut Vec<String>) -> Result<Done, Failure> {
    let mut trials = Trials::open(&verb.out, loaded, verb.break_seal)?;
    let record = Record::start(loaded, file)?;
    let threads = verb.asked.threads();
    let stop = interrupt::watch();
    let progress = Progress::new(effort(&loaded.plan), verb.voice.hides_progress(verb.json));
    let how = How { threads, stop: Some(stop), observer: &progress };
    let findings = evaluate(&loaded.plan, trials.earlier(), &how);
    progress.finish();
    let mut findings = findings.map_err(|message| Failure::said("run", message))?;
    let (done, asked) = (findings.outcome.simulated, loaded.plan.experiment.paths);
    if done == 0 {
        return nothing(verb);
    }
    trials.settle(&mut findings);
    let text = render(&loaded.plan, &findings);
    // What took long to find out is shown even if it cannot be kept; stdout stays empty, since the run failed.
    let recorded = record
        .write(&verb.out, loaded, threads, &findings, &trials, !verb.no_report)
        .inspect_err(|_| out::say(text.trim_end()))?;
    if verb.markdown.is_some() {
        let own = (verb.scenario.len() == 1).then(command);
        documents.push(document(&loaded.plan, &findings, own.as_deref()));
    }
    if let Err(error) = recorded.entered {
        out::say(text.trim_end());
        let kept = format!("the run itself is kept in {}", recorded.directory.display());
        return Err(Failure::from(error).help(kept));
    }
    if verb.json {
        out::print_json(&recorded.summary)?;
    } else {
        let page = recorded.directory.join(super::page::FILE_NAME);
        let page = if verb.no_report { String::new() } else { format!("report: {}\n", page.display()) };
        let written = format!("{page}written to {}{}", recorded.directory.display(), trials.text());
        out::print(&format!("{}\n\n{written}", text.trim_end()))?;
    }
    if findings.interrupted {
        out::say(&format!("interrupted: the results cover the first {done} of {asked} paths"));
        return Ok(Done::Interrupted);
    }
    Ok(Done::Fine)
}

/// Stopped before the first block of paths was finished.
fn nothing(verb: &Verb) -> Result<Done, Failure> {
    let failure =
        Failure::said("interrupted", "interrupted before the first block of paths was finished; nothing is written");
    if verb.json {
        out::print_json(&failure.document(SCHEMA))?;
    }
    out::say(&failure.text());
    Ok(Done::Interrupted)
}
