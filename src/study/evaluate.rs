//! From a plan to its findings: the run itself, the world without premia on the same draws, and the sized twins.

use super::checks::{self, Check};
use super::claims::{self, Claim, Evidence, Judged};
use super::comparison::{Comparison, Differences, Pairing, Twin, Verdict};
use super::flags::{self, Flag};
use super::formulas::{Formulas, formulas};
use super::frontier::{self, Place};
use super::history::PathMeasures;
use super::measure::{Measured, Metric, Rows};
use super::mistakes::{self, Pair, Told};
use super::past;
use super::precision::Precision;
use super::question::{Answer, Question, Walks};
use super::review::{Review, review};
use super::twins::{self, Profile, is_dynamic};
use super::walk_forward::{Choice, WalkForward};
use crate::draws::{NETS, Sampling};
use crate::engine::{Experiment, Keep, Observer, Options, Outcome, PathColumn, Study, run, trace_all};
use crate::market::Marking;
use crate::metrics::tally::Column;
use crate::stats::estimate::Estimate;
use rayon::prelude::*;
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

/// A doubt that stands beside the numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caveat {
    /// Short name, stable.
    pub code: &'static str,
    /// In words.
    pub text: String,
}

/// Fewer paths than this leave intervals that cover less than they say.
const FEW_PATHS: usize = 200;

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

/// Runs everything that a plan asks for.
///
/// # Errors
/// A sentence when the threads cannot be started, or when numbers of the world run out of range.
pub fn evaluate(task: &Task<'_>, how: &How<'_>) -> Result<Findings, String> {
    // Those who choose among rules see one history each: their paths are drawn by themselves.
    let plain = Experiment { sampling: Sampling::Independent, controls: false, ..task.experiment.clone() };
    let together = task.experiment.sampling != Sampling::Independent;
    let walks =
        Walks { threads: how.threads, stop: how.stop, observer: how.observer, earlier_trials: task.earlier_trials };
    let read: Vec<Option<Box<dyn Study>>> =
        task.questions.iter().map(|question| question.reads(&plain, task.earlier_trials)).collect();
    let studies: Vec<&dyn Study> = task
        .choices
        .iter()
        .map(|choice| choice as &dyn Study)
        .chain(read.iter().flatten().map(|study| study.as_ref()))
        .collect();
    let pass = |experiment: &Experiment, studies: &[&dyn Study], keep: Keep| {
        let bundle = experiment.bundle();
        let options = Options { threads: how.threads, keep, bundle, stop: how.stop, ..Options::all(experiment) };
        run(experiment, studies, &options, how.observer)
    };
    let mut outcome = pass(task.experiment, if together { &[] } else { &studies }, Keep::All)?;
    let against = task.comparison.map(|comparison| comparison.against);
    let mut precise = None;
    while let Some(precision) = task.precision.filter(|_| !outcome.interrupted && outcome.paths > 1) {
        let Some((se, rule)) = Precision::reached(task.experiment, &outcome, against) else { break };
        precise = Some(precision.told(outcome.simulated(), (se, &task.experiment.rules[rule].name)));
        let Some(next) = precision.next(outcome.simulated(), se) else { break };
        let more = Experiment { paths: next, ..task.experiment.clone() };
        let studies: &[&dyn Study] = if together { &[] } else { &studies };
        if more.bundle() > 1 {
            // Rows change their meaning: from the first path on.
            outcome = pass(&more, studies, Keep::All)?;
            continue;
        }
        let range = outcome.paths as u64..next;
        let options = Options { threads: how.threads, keep: Keep::All, stop: how.stop, ..Options::of(range) };
        outcome.join(run(task.experiment, studies, &options, how.observer)?);
    }
    let experiment = &Experiment { paths: task.experiment.paths.max(outcome.simulated()), ..task.experiment.clone() };
    let mut records = outcome.take_records();
    if together && !studies.is_empty() && !outcome.interrupted {
        let mut apart = pass(&Experiment { paths: experiment.paths, ..plain.clone() }, &studies, Keep::Gains)?;
        outcome.interrupted |= apart.interrupted;
        records = apart.take_records();
    }
    records.resize(studies.len(), Vec::new());
    let broken = outcome.path_column(PathColumn::NonFinite).iter().filter(|x| **x > 0.0).count();
    if broken > 0 {
        return Err(format!(
            "on {broken} of {} paths numbers ran out of range: rates, volatilities, jumps or hedges are too large, nothing \
             was written",
            outcome.paths
        ));
    }
    let mut caveats = caveats(experiment, &outcome, task.history);
    caveats.extend(precise.map(|text| Caveat { code: "precision", text }));
    let days = experiment.grid.days();
    let rows = |rule: usize| Rows { outcome: &outcome, rule, days };
    let mut interrupted = outcome.interrupted;
    let (mut pairings, mut null, mut against) = (Vec::new(), Vec::new(), Vec::new());
    let (mut places, mut checks) = (Vec::new(), checks::of_prices(experiment));
    let unhedged = twins::profile(&rows(experiment.unhedged));
    if outcome.paths > 1 {
        places = frontier::of_rules(experiment, &outcome, &unhedged);
    }
    if let Some(comparison) = task.comparison.filter(|_| outcome.paths > 1) {
        let benchmark = twins::profile(&rows(comparison.against));
        against = (0..experiment.named)
            .filter(|rule| *rule != comparison.against)
            .map(|rule| (rule, Differences::of(&twins::profile(&rows(rule)), &benchmark)))
            .collect();
        if comparison.null_world
            && !interrupted
            && let Some(world) = experiment.null_world()
        {
            let found = pass(&world, &[], Keep::Gains)?;
            interrupted |= found.interrupted;
            if !found.interrupted {
                null = null_world(&world, &found);
                checks.extend(checks::of_null_world(&world, &found, &null));
            }
        }
        if !comparison.twins.is_empty() && !interrupted {
            let sized = twins::sizes(experiment, &outcome, &comparison.twins);
            let (walked, slots) = twins::experiment(experiment, &sized);
            let found = pass(&walked, &[], Keep::Twin)?;
            interrupted |= found.interrupted;
            if !found.interrupted {
                let found = pair(experiment, &outcome, &found, sized, &slots, &unhedged);
                for (pairing, place) in found {
                    pairings.push(pairing);
                    places.extend(place);
                }
            }
        }
        let earning = pairings.iter().filter(|p| p.twin.twin == Twin::EqualMoney && p.differences.is_some());
        let earning = earning.filter(|p| rows(p.rule).cost().is_some_and(|lost| lost.value < 0.0)).count();
        if earning > 0 {
            caveats.push(Caveat {
                code: "hedges_earn",
                text: format!(
                    "{earning} of the dynamic rules earn money, and so do the fixed hedges beside them: equal money lost is equal \
                     money earned there, and more of the hedge is better in every way"
                ),
            });
        }
        if interrupted {
            caveats
                .push(Caveat { code: "interrupted", text: "stopped before the comparisons were complete".to_owned() });
        }
    }
    let mut answers = Vec::new();
    let mut of_questions = records.iter().skip(task.choices.len());
    for (question, reads) in task.questions.iter().zip(&read).filter(|_| !interrupted) {
        let own = reads.as_ref().and_then(|_| of_questions.next()).map_or(&[][..], Vec::as_slice);
        answers.extend(question.answer(&plain, own, &walks)?);
    }
    if !interrupted && answers.len() < task.questions.len() {
        interrupted = true;
        caveats.push(Caveat { code: "interrupted", text: "stopped before all studies were complete".to_owned() });
    }
    let choices: Vec<(WalkForward, Vec<Choice>)> = task
        .choices
        .iter()
        .zip(&records)
        .map(|(study, records)| (study.clone(), study.conclude(experiment, records)))
        .collect();
    let mut rules: Vec<(String, Vec<Metric>)> =
        (0..experiment.named).map(|rule| (experiment.rules[rule].name.clone(), rows(rule).metrics())).collect();
    let mut history = Vec::new();
    let traces = if task.history { trace_all(experiment, 0) } else { Vec::new() };
    if task.history {
        history = past::measures(experiment, &traces, &mut rules);
        places = frontier::of_history(experiment, &traces);
        if let Some(comparison) = task.comparison {
            against = past::against(experiment, &traces, comparison.against);
            if comparison.twins.contains(&Twin::EqualMoney) {
                pairings = past::pairs(experiment, &traces);
            }
        }
    }
    let evidence = Evidence { experiment, outcome: &outcome, rules: &rules, pairings: &pairings, traces: &traces };
    let claims = claims::judge(task.claims, &evidence);
    let mistakes = mistakes::tell(task.mistakes, &evidence, &choices);
    let named = 0..experiment.named;
    let (flags, reviews, formulas) = (
        flags::flags(experiment, &outcome, task.comparison),
        named.clone().map(|rule| review(experiment, &outcome, rule)).collect(),
        named.map(|rule| formulas(experiment, &outcome, rule)).collect(),
    );
    Ok(Findings {
        claims,
        mistakes,
        answers,
        flags,
        reviews,
        formulas,
        rules,
        history,
        unhedged: rows(experiment.unhedged).risk().into_iter().map(unhedged_name).collect(),
        crashes: crashes(experiment, &outcome),
        against,
        pairings,
        places,
        checks,
        null,
        choices,
        caveats,
        interrupted,
        outcome: outcome.into_single(),
    })
}

/// Differences of every rule to its sized twins, and where the twins stand.
fn pair(
    experiment: &Experiment,
    outcome: &Outcome,
    walked: &Outcome,
    sized: Vec<twins::Sized>,
    slots: &[Option<usize>],
    unhedged: &Profile,
) -> Vec<(Pairing, Option<Place>)> {
    let days = experiment.grid.days();
    let profiles: Vec<Option<Profile>> = (0..experiment.named)
        .into_par_iter()
        .map(|rule| is_dynamic(&experiment.rules[rule]).then(|| twins::profile(&Rows { outcome, rule, days })))
        .collect();
    sized
        .into_par_iter()
        .zip(slots.par_iter())
        .map(|(twin, slot)| {
            let other = slot.and_then(|slot| twins::twin_profile(experiment, outcome, walked, slot, &twin));
            let differences = profiles[twin.rule]
                .as_ref()
                .zip(other.as_ref())
                .map(|(rule, other)| Differences::to_twin(rule, other, twin.twin));
            let trough = (twin.twin == Twin::EqualMoney).then(|| trough(experiment, outcome, &twin)).flatten();
            let pairing = Pairing { rule: twin.rule, twin, differences, trough };
            let place = other.as_ref().and_then(|other| frontier::of_twin(experiment, &pairing, other, unhedged));
            (pairing, place)
        })
        .collect()
}

/// HER to the trough of a rule less that of its scaled fixed hedge, which is the size times its own.
fn trough(experiment: &Experiment, outcome: &Outcome, twin: &twins::Sized) -> Option<Estimate> {
    let days = experiment.grid.days();
    let her = |rule: usize| Rows { outcome, rule, days }.her(Column::GainTrough, PathColumn::Loss);
    let (size, fixed) = (twin.size.as_ref().ok()?, her(experiment.fixed[twin.rule])?);
    let scaled = Measured { value: size.value * fixed.value, ..fixed.combine(size.value, size, fixed.value) };
    her(twin.rule)?.minus(&scaled).estimate("paired by path, error of the size included")
}

/// HER by window end, and money lost, where every hedge is fairly priced and no rule has merit.
fn null_world(world: &Experiment, outcome: &Outcome) -> Vec<(usize, Vec<Metric>)> {
    (0..world.named)
        .map(|rule| {
            let rows = Rows { outcome, rule, days: world.grid.days() };
            let mut list: Vec<Metric> = super::measure::HERS[..4]
                .iter()
                .map(|(name, column, loss)| {
                    super::measure::metric(
                        name,
                        "share of the portfolio's loss",
                        rows.her(*column, *loss),
                        "ratio of sums, clustered",
                    )
                })
                .collect();
            list.push(super::measure::metric(
                "total_cost_bp_per_year",
                "bp of capital a year",
                rows.cost(),
                "mean over paths",
            ));
            let gross: Vec<f64> = rows.column(Column::Mark).iter().map(|x| -x * 1e4 / world.grid.years()).collect();
            list.push(super::measure::metric(
                "gross_cost_bp_per_year",
                "bp of capital a year",
                rows.mean(&gross),
                "mean over paths",
            ));
            (rule, list)
        })
        .collect()
}

fn crashes(experiment: &Experiment, outcome: &Outcome) -> Vec<Metric> {
    let years = experiment.grid.years();
    let rows = Rows { outcome, rule: experiment.unhedged, days: experiment.grid.days() };
    let mean = |name, unit, column: PathColumn, scale: f64| {
        let values: Vec<f64> = outcome.path_column(column).iter().map(|x| x * scale).collect();
        super::measure::metric(name, unit, rows.mean(&values), "mean over paths")
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

fn caveats(experiment: &Experiment, outcome: &Outcome, history: bool) -> Vec<Caveat> {
    let mut list = Vec::new();
    let mut say = |code, text: String| list.push(Caveat { code, text });
    if outcome.interrupted {
        say("interrupted", format!("stopped after {} of {} paths", outcome.simulated(), experiment.paths));
    }
    if matches!(experiment.market.facts().marking, Marking::FlatVix { exact: false }) {
        say(
            "flat_vix_marks",
            "hedges are marked at the flat VIX, which is not the model's own price: skew, term structure and jump risk are \
             left out, and a fixed hedge need not lose money for being a hedge"
                .to_owned(),
        );
    }
    let held = outcome.path_column(PathColumn::HeldLookUps).iter().sum::<f64>() * outcome.bundle as f64;
    if held > 0.0 {
        let days = outcome.simulated() as f64 * experiment.grid.days() as f64;
        say(
            "held_look_ups",
            format!(
                "{held} look-ups in price tables ({:.1} in a million path-days) lay beyond their edge, at extreme variances \
                 or far from the strike, and were held there: the value of the edge is only near theirs",
                1e6 * held / days
            ),
        );
    }
    match experiment.sampling {
        Sampling::Independent => {}
        Sampling::Antithetic => say(
            "sampling",
            "paths are drawn in pairs with opposite draws; errors are counted by pair, and studies that choose among rules \
             have paths of their own"
                .to_owned(),
        ),
        Sampling::Tilted(tilt) => say(
            "sampling",
            format!(
                "{} times the crashes and {} times the entries into the last regime, weighed by ratios of likelihoods: the \
                 effective share of the paths is {:.0} % at their end; distributions over paths are not told, nor drawdown \
                 and expected shortfall below 50 %; rows in paths.parquet are weighed; studies that choose among rules have \
                 paths of their own",
                tilt.crashes,
                tilt.entries,
                100.0 * outcome.effective_share()
            ),
        ),
        Sampling::Sobol => say(
            "sampling",
            format!(
                "paths are {NETS} scrambled Sobol nets; errors are told from how far the nets disagree, and studies that \
                 choose among rules have paths of their own"
            ),
        ),
    }
    if let Some(controls) = outcome.controls.first() {
        let count = controls.count();
        let text = match count {
            0 => "control variates are not used: there are too few paths to tell what they explain".to_owned(),
            _ => format!(
                "means over paths and ratios of them are adjusted by {count} control variates whose true mean is zero; \
                 distributions over paths are not"
            ),
        };
        say("control_variates", text);
    }
    if history {
        say(
            "one_path",
            "one real path: intervals come from a stationary block bootstrap of its days, and of the twins only equal \
             money is sized"
                .to_owned(),
        );
    } else if outcome.paths < FEW_PATHS {
        let text = match outcome.paths {
            1 => "of one path nothing has an interval".to_owned(),
            n => format!("{n} paths are few: intervals cover less than they say"),
        };
        say("few_paths", text);
    }
    if outcome.bundle > 1 {
        say(
            "bundles",
            format!(
                "{} rows are kept: means, ratios and their errors are of all {} paths, in bundles of {}; quantiles, expected \
                 shortfall, ratios of single paths and studies that choose among rules are of one path in each",
                outcome.paths,
                outcome.simulated(),
                outcome.bundle
            ),
        );
    }
    let outcome = outcome.single();
    let without = outcome.path_column(PathColumn::Windows).iter().filter(|n| **n == 0.0).count();
    if without > 0 {
        say(
            "paths_without_crash",
            format!("{without} of {} paths have no crash; they are counted, not averaged, in HER", outcome.paths),
        );
    }
    list
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
