//! From a plan to its findings: the run itself, the world without premia on the same draws, and the sized twins.

mod beside;
mod caveats;
mod sample;

use super::checks::{self, Check};
use super::claims::{self, Claim, Evidence, Judged};
use super::comparison::{Comparison, Differences, Pairing, Twin, Verdict};
use super::flags::{self, Flag};
use super::formulas::{Formulas, formulas};
use super::frontier::{self, Place};
use super::history::PathMeasures;
use super::measure::{Metric, Rows, metric};
use super::mistakes::{self, Pair, Told};
use super::past;
use super::precision::Precision;
use super::question::{Answer, Question, Walks};
use super::review::{Review, review};
use super::twins::{self, is_dynamic};
use super::walk_forward::{Choice, WalkForward};
use crate::draws::Sampling;
use crate::engine::{Experiment, Keep, Observer, Options, Outcome, PathColumn, Study, Trace, run, trace_all};
use crate::memory;
use beside::Beside;
pub use caveats::Caveat;
use caveats::caveats;
use sample::Sample;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// How to evaluate; nothing here changes the answer.
pub struct How<'a> {
    /// Threads (0: one a core).
    pub threads: usize,
    /// Set to stop.
    pub stop: Option<&'a AtomicBool>,
    /// Learns how far the run is.
    pub observer: &'a dyn Observer,
}

/// What is to be evaluated.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Comparison, where asked for.
    pub comparison: Option<&'a Comparison>,
    /// Choices over tuned rules.
    pub choices: &'a [WalkForward],
    /// What is said of rules and market.
    pub claims: &'a [Claim],
    /// Mistakes beside their cures.
    pub mistakes: &'a [Pair],
    /// Studies that walk rules of their own.
    pub questions: &'a [Arc<dyn Question>],
    /// Is it one real path?
    pub history: bool,
    /// Rules that earlier runs of the scenario tried: the best of this run was chosen among those as well.
    pub earlier_trials: u64,
    /// The precision to run for.
    pub precision: Option<Precision>,
}

/// Everything that was found.
pub struct Findings {
    /// Named rules with their metrics.
    pub rules: Vec<(String, Vec<Metric>)>,
    /// Metrics of the portfolio without a hedge.
    pub unhedged: Vec<Metric>,
    /// Crashes: number a year on a path, days inside them, and so on.
    pub crashes: Vec<Metric>,
    /// Rules minus the benchmark.
    pub against: Vec<(usize, Differences)>,
    /// Rules beside their twins.
    pub pairings: Vec<Pairing>,
    /// Where named rules and walked twins stand: protection against money lost.
    pub places: Vec<Place>,
    /// What must hold of the model itself.
    pub checks: Vec<Check>,
    /// HER and money lost in the world without premia.
    pub null: Vec<(usize, Vec<Metric>)>,
    /// Choices over tuned rules, by study.
    pub choices: Vec<(WalkForward, Vec<Choice>)>,
    /// Judged claims.
    pub claims: Vec<Judged>,
    /// Mistakes beside their cures.
    pub mistakes: Vec<Told>,
    /// What the studies with rules of their own found.
    pub answers: Vec<Answer>,
    /// Reviews of the named rules, by month and by regime.
    pub reviews: Vec<Review>,
    /// Textbook arithmetic beside what was found, by named rule.
    pub formulas: Vec<Option<Formulas>>,
    /// Signs that a rule's numbers are too good or hide a cost.
    pub flags: Vec<Flag>,
    /// What to know before believing a number.
    pub caveats: Vec<Caveat>,
    /// Measures of the one real path, by named rule; empty for simulated markets.
    pub history: Vec<PathMeasures>,
    /// Rows of the run.
    pub outcome: Outcome,
    /// Was the run stopped before its end?
    pub interrupted: bool,
}

impl Findings {
    /// Adds cautions about the rules.
    pub fn caution(&mut self, cautions: &[String]) {
        self.caveats.extend(cautions.iter().map(|text| Caveat { code: "rule", text: text.clone() }));
    }

    /// A metric of a named rule.
    pub fn metric(&self, rule: usize, name: &str) -> Option<&crate::stats::estimate::Estimate> {
        self.rules[rule].1.iter().find(|metric| metric.name == name)?.estimate.as_ref()
    }
}

/// How many passes over the paths an evaluation takes, for a progress bar.
pub fn passes(task: &Task<'_>) -> u64 {
    match task.comparison {
        Some(comparison) if !task.history => {
            1 + u64::from(comparison.null_world) + u64::from(!comparison.twins.is_empty())
        }
        _ => 1,
    }
}

/// Memory that an evaluation keeps for each path: rows of rules and sized twins, and what each path adds to an error.
pub fn bytes_per_path(experiment: &Experiment, comparison: Option<&Comparison>) -> f64 {
    let row = Keep::All.columns().len() + experiment.years() + experiment.market.facts().regimes.len();
    let rows = experiment.kept() * row;
    let Some(comparison) = comparison else { return (rows * size_of::<f64>()) as f64 };
    let dynamic = experiment.rules[..experiment.named].iter().filter(|rule| is_dynamic(rule)).count();
    let placebos = if comparison.twins.contains(&Twin::Placebo) { dynamic * experiment.years() } else { 0 };
    let sized = dynamic * comparison.twins.len();
    // A row and a size for each twin, five contributions for each rule.
    let twins = sized * (Keep::Twin.columns().len() + 1) + placebos + dynamic * 5;
    ((rows + twins) * size_of::<f64>()) as f64
}

/// One pass over all paths of an experiment.
fn pass(experiment: &Experiment, studies: &[&dyn Study], keep: Keep, how: &How<'_>) -> Result<Outcome, String> {
    let bundle = experiment.bundle();
    let options = Options { threads: how.threads, keep, bundle, stop: how.stop, ..Options::all(experiment) };
    let outcome = run(experiment, studies, &options, how.observer);
    memory::give_back();
    outcome
}

/// Runs everything that a plan asks for.
///
/// # Errors
/// A sentence when the threads cannot be started, or when numbers of the world run out of range.
pub fn evaluate(task: &Task<'_>, how: &How<'_>) -> Result<Findings, String> {
    // Those who choose among rules see one history each: their paths are drawn by themselves.
    let plain = Experiment { sampling: Sampling::Independent, controls: false, ..task.experiment.clone() };
    let reads: Vec<Option<Box<dyn Study>>> =
        task.questions.iter().map(|question| question.reads(&plain, task.earlier_trials)).collect();
    let choosing = task.choices.iter().map(|choice| choice as &dyn Study);
    let studies: Vec<&dyn Study> = choosing.chain(reads.iter().flatten().map(AsRef::as_ref)).collect();
    let Sample { experiment, outcome, records, precise } = Sample::new(task, &plain, &studies, how)?;
    let mut caveats = caveats(&experiment, &outcome, task.history);
    caveats.extend(precise.map(|text| Caveat { code: "precision", text }));
    let measured = |rule: usize| Rows { outcome: &outcome, rule, days: experiment.grid.days() };
    let beside = match task.comparison.filter(|_| outcome.paths > 1) {
        Some(comparison) => Beside::new(&experiment, comparison, &outcome, how)?,
        None => Beside { interrupted: outcome.interrupted, ..Beside::default() },
    };
    caveats.extend(beside.caveats.iter().cloned());
    let mut interrupted = beside.interrupted;
    let mut answers = Vec::new();
    if !interrupted {
        answers = ask(task, (&plain, &reads), &records[task.choices.len()..], how)?;
        if answers.len() < task.questions.len() {
            interrupted = true;
            caveats.push(Caveat { code: "interrupted", text: "stopped before all studies were complete".to_owned() });
        }
    }
    let conclude = |(study, records): (&WalkForward, &Vec<f64>)| (study.clone(), study.conclude(&experiment, records));
    let choices: Vec<(WalkForward, Vec<Choice>)> = task.choices.iter().zip(&records).map(conclude).collect();
    let traces = if task.history { trace_all(&experiment, 0) } else { Vec::new() };
    let Rules { rules, history, against, pairings, places } =
        Rules::new(task, &experiment, &outcome, (beside.against, beside.pairings), &traces);
    let evidence =
        Evidence { experiment: &experiment, outcome: &outcome, rules: &rules, pairings: &pairings, traces: &traces };
    let walked = beside.places.into_iter().filter(|_| !task.history);
    Ok(Findings {
        claims: claims::judge(task.claims, &evidence),
        mistakes: mistakes::tell(task.mistakes, &evidence, &choices),
        flags: flags::flags(&experiment, &outcome, task.comparison),
        reviews: (0..experiment.named).map(|rule| review(&experiment, &outcome, rule)).collect(),
        formulas: (0..experiment.named).map(|rule| formulas(&experiment, &outcome, rule)).collect(),
        unhedged: measured(experiment.unhedged).risk().into_iter().map(unhedged_name).collect(),
        crashes: crashes(&experiment, &outcome),
        places: places.into_iter().chain(walked).collect(),
        checks: checks::of_prices(&experiment).into_iter().chain(beside.checks).collect(),
        null: beside.null,
        rules,
        history,
        against,
        pairings,
        choices,
        answers,
        caveats,
        interrupted,
        outcome: outcome.into_single(),
    })
}

/// Answers of the studies with rules of their own, up to the first one that was stopped.
fn ask(
    task: &Task<'_>,
    (plain, reads): (&Experiment, &[Option<Box<dyn Study>>]),
    records: &[Vec<f64>],
    how: &How<'_>,
) -> Result<Vec<Answer>, String> {
    let walks =
        Walks { threads: how.threads, stop: how.stop, observer: how.observer, earlier_trials: task.earlier_trials };
    let mut records = records.iter();
    let mut answers = Vec::new();
    for (question, reads) in task.questions.iter().zip(reads) {
        let own = reads.as_ref().and_then(|_| records.next()).map_or(&[][..], Vec::as_slice);
        answers.extend(question.answer(plain, own, &walks)?);
    }
    Ok(answers)
}

/// What is measured of the named rules: over paths, or on the one real path.
struct Rules {
    rules: Vec<(String, Vec<Metric>)>,
    history: Vec<PathMeasures>,
    against: Vec<(usize, Differences)>,
    pairings: Vec<Pairing>,
    places: Vec<Place>,
}

impl Rules {
    fn new(
        task: &Task<'_>,
        experiment: &Experiment,
        outcome: &Outcome,
        (against, pairings): (Vec<(usize, Differences)>, Vec<Pairing>),
        traces: &[Trace],
    ) -> Self {
        let rows = |rule: usize| Rows { outcome, rule, days: experiment.grid.days() };
        let named = |rule: usize| (experiment.rules[rule].name.clone(), rows(rule).metrics());
        let rules = (0..experiment.named).map(named).collect();
        let mut found = Self { rules, history: Vec::new(), against, pairings, places: Vec::new() };
        if task.history {
            found.history = past::measures(experiment, traces, &mut found.rules);
            found.places = frontier::of_history(experiment, traces);
            if let Some(comparison) = task.comparison {
                found.against = past::against(experiment, traces, comparison.against);
                if comparison.twins.contains(&Twin::EqualMoney) {
                    found.pairings = past::pairs(experiment, traces);
                }
            }
        } else if outcome.paths > 1 {
            let unhedged = twins::profile(&rows(experiment.unhedged));
            found.places = frontier::of_rules(experiment, outcome, &unhedged);
        }
        found
    }
}

/// How many crashes there are, and what they take.
fn crashes(experiment: &Experiment, outcome: &Outcome) -> Vec<Metric> {
    let years = experiment.grid.years();
    let rows = Rows { outcome, rule: experiment.unhedged, days: experiment.grid.days() };
    let mean = |name, unit, column: PathColumn, scale: f64| {
        let values: Vec<f64> = outcome.path_column(column).iter().map(|x| x * scale).collect();
        metric(name, unit, rows.mean(&values), "mean over paths")
    };
    vec![
        mean("crashes", "a year", PathColumn::Windows, 1.0 / years),
        mean("crashes_flash", "a year", PathColumn::WindowsFlash, 1.0 / years),
        mean("crashes_fast", "a year", PathColumn::WindowsFast, 1.0 / years),
        mean("crashes_grind", "a year", PathColumn::WindowsGrind, 1.0 / years),
        mean("crash_days", "share of days", PathColumn::CrashDays, 1.0 / experiment.grid.days() as f64),
        mean("open_crashes", "a path", PathColumn::Open, 1.0),
        mean("crash_loss", "share of capital a year", PathColumn::Loss, 1.0 / years),
    ]
}

/// Without a hedge the Sharpe ratio is the portfolio's own.
fn unhedged_name(metric: Metric) -> Metric {
    match metric.name {
        "sharpe_hedged" => Metric { name: "sharpe_unhedged", ..metric },
        _ => metric,
    }
}

/// How many dynamic rules protect better, worse, mixed, or undecided at equal money lost.
pub fn count(pairings: &[Pairing], verdict: Verdict) -> usize {
    pairings
        .iter()
        .filter(|p| p.twin.twin == Twin::EqualMoney)
        .filter_map(|p| p.differences.as_ref())
        .filter(|d| d.verdict(Twin::EqualMoney) == verdict)
        .count()
}
