//! `sweep`: the run's own evaluation at every point of a grid of scenario numbers, on the same draws.

mod kept;
mod points;
mod record;

use super::asked::{Asked, Voice};
use super::evaluate::{How, evaluate};
use super::progress::Progress;
use super::record::Record;
use super::typed::command;
use super::{Done, Failure, interrupt, out, page};
use hedgelab::instruments::Prices;
use hedgelab::report::layout::count;
use hedgelab::report::sweep::measure::SHOWN;
use hedgelab::report::sweep::text::render;
use hedgelab::report::sweep::{Base, Point, Sweep, lean, values};
use hedgelab::scenario::nearest;
use hedgelab::store::{Ledger, Tool, atomic, probe};
use hedgelab::study::keys;
use kept::Kept;
use points::Points;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Schema of `sweep.json` and of the document on stdout.
pub const SCHEMA: &str = hedgelab::report::sweep::SCHEMA;

/// Points that a dry run shows.
const SHOWN_POINTS: usize = 20;

const EXAMPLES: &str = "\
Examples:
  hedgelab sweep scenarios/premium-response.yaml --vary 'market.regime_svj.premium.response.slope=range(-0.4,0.8,0.4)'
  hedgelab sweep scenarios/three-regimes.yaml --vary rules.vix_linear.limits.cap=1,2,3 --vary years=8,10 --dry-run
  hedgelab sweep mine.yaml --vary 'rules.static={ hedge: put_3m, hold: 1 },{ hedge: put_1m, hold: 1 }' --metric drawdown

A value is YAML, as in --set; commas inside brackets and quotes belong to it. range(from,to,step) includes its
end. Several --vary span a grid, the last one running fastest. Every point has the scenario's own seed. What a
point leaves out of a run: walk-forward, twins other than equal money, claims, mistakes, studies with own rules.

Ctrl-C keeps the points that are done and exits with 130; the same command goes on from there.";

/// Run a scenario at every point of a grid of its numbers, on common random numbers
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// Scenario file
    scenario: PathBuf,
    /// What is varied: key=a,b,c or key=range(from,to,step); repeatable
    #[arg(long, required = true, value_name = "KEY=LIST")]
    vary: Vec<String>,
    #[command(flatten)]
    asked: Asked,
    /// Results directory; the sweep is written to DIR/<name>-sweep/<id>
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Say which points there are and what they take, and simulate nothing
    #[arg(long)]
    dry_run: bool,
    /// Metric that is shown, as in summary.json or a claim; repeatable [default: money lost, HER at +21 days, worst years]
    #[arg(long, value_name = "NAME")]
    metric: Vec<String>,
    /// Rule that is shown; repeatable [default: those that fit]
    #[arg(long, value_name = "NAME")]
    rule: Vec<String>,
    /// Write no report.html; `hedgelab report` makes it later
    #[arg(long)]
    no_report: bool,
    /// Print one JSON document instead of tables
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    voice: Voice,
}

/// Does it.
pub fn sweep(verb: &Verb) -> Result<Done, Failure> {
    let points = Points::read(&verb.scenario, &verb.asked.overrides(), &verb.vary)?;
    let metrics = verb.metrics()?;
    verb.check_rules(&points)?;
    if let Some(refusal) = points.sealed(&Ledger::open(&verb.out)?) {
        return Err(refusal);
    }
    let record = Record::start(&points.base, &verb.scenario)?;
    let kept = Kept::of(&verb.out, &points.base.plan.name, &hash(&record, &points));
    if verb.dry_run {
        return dry_run(verb, &points, &kept);
    }
    probe(&verb.out)?;
    let found = simulate(verb, &points, &kept)?;
    if found.len() < points.at.len() {
        return stopped(verb, &points, &kept, found.len());
    }
    let base = Base {
        name: points.base.plan.name.clone(),
        question: points.base.plan.question.clone(),
        overrides: points.base.overrides.clone(),
        scenario_sha256: record.hash().to_owned(),
        version: Tool::current().version,
    };
    let sweep = Sweep::new(base, points.axes.clone(), points.base_point, found);
    let text = render(&sweep, &metrics, &verb.rule);
    let threads = verb.asked.threads();
    // What took long to find out is shown even if it cannot be kept; the points stay where they are.
    let directory = record::write(&verb.out, record, &points, &sweep, threads, !verb.no_report)
        .inspect_err(|_| out::say(text.trim_end()))?;
    kept.remove();
    let page =
        if verb.no_report { String::new() } else { format!("report: {}\n", directory.join(page::FILE_NAME).display()) };
    let written = format!("{page}written to {}", directory.display());
    if verb.json {
        let document = serde_json::to_value(&sweep).map_err(|error| Failure::said("output", error.to_string()))?;
        out::print_json(&document)?;
        if !verb.voice.quiet {
            out::say(&written);
        }
    } else {
        out::print(&format!("{}\n\n{written}", text.trim_end()))?;
    }
    Ok(Done::Fine)
}

/// What the points hang on: the scenario with its data, what is varied, and this program.
fn hash(record: &Record, points: &Points) -> String {
    let data: Vec<&str> = record.inputs().iter().map(|input| input.sha256.as_str()).collect();
    let Tool { version, git_sha, .. } = Tool::current();
    atomic::sha256_hex(json!([record.hash(), data, points.vary(), version, git_sha]).to_string().as_bytes())
}

/// All points in order, those that are kept from an earlier sweep among them; fewer if it was stopped.
fn simulate(verb: &Verb, points: &Points, kept: &Kept) -> Result<Vec<Point>, Failure> {
    let mut known: Vec<Option<Point>> =
        points.at.iter().enumerate().map(|(number, at)| kept.point(number, at)).collect();
    let (there, all) = (known.iter().flatten().count(), known.len());
    let hidden = verb.voice.hides_progress(verb.json);
    if there > 0 && !verb.voice.quiet {
        out::say(&format!("{there} of {all} points are there from an earlier sweep: {}", kept.folder().display()));
    }
    let missing = known.iter().zip(&points.steps).filter(|(point, _)| point.is_none());
    let progress = Progress::new(missing.map(|(_, step)| step.walked_paths).sum(), hidden);
    let stop: &'static AtomicBool = interrupt::watch();
    let how = How { threads: verb.asked.threads(), stop: Some(stop), observer: &progress };
    let axes = points.bare_axes();
    let mut prices: Option<Arc<Prices>> = None;
    for (number, slot) in known.iter_mut().enumerate().filter(|(_, slot)| slot.is_none()) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let mut plan = lean(&points.load(number)?.plan);
        verb.asked.keeping.apply(&mut plan.experiment);
        // Tables that the point before has made, where they are the same.
        match &prices {
            Some(before) if before.same_as(&plan.experiment.prices) => plan.experiment.prices = Arc::clone(before),
            _ => prices = Some(Arc::clone(&plan.experiment.prices)),
        }
        let findings = evaluate(&plan, 0, &how).map_err(|message| {
            progress.finish();
            let place = points.changes(number).join("  ");
            Failure::said("run", message).help(format!("point #{number} of {all}: {place}"))
        })?;
        if findings.interrupted {
            break;
        }
        let point = Point::of(&axes, &points.at[number], &plan, &findings);
        kept.keep(number, &point)?;
        *slot = Some(point);
    }
    progress.finish();
    Ok(known.into_iter().flatten().collect())
}

/// Stopped before the last point: what is kept, and how to go on.
fn stopped(verb: &Verb, points: &Points, kept: &Kept, done: usize) -> Result<Done, Failure> {
    let all = points.at.len();
    let failure = if done == 0 {
        kept.remove();
        Failure::said("interrupted", "interrupted before the first point was finished; nothing is written")
    } else {
        let message = format!("interrupted: {done} of {all} points are kept in {}", kept.folder().display());
        Failure::said("interrupted", message).help(format!("the same command goes on from there: {}", command()))
    };
    if verb.json {
        out::print_json(&failure.document(SCHEMA))?;
    }
    out::say(&failure.text());
    Ok(Done::Interrupted)
}

/// Which points there are and what they take.
fn dry_run(verb: &Verb, points: &Points, kept: &Kept) -> Result<Done, Failure> {
    let all = points.at.len();
    let there: Vec<bool> = points.at.iter().enumerate().map(|(i, at)| kept.point(i, at).is_some()).collect();
    let missing = || (0..all).filter(|point| !there[*point]);
    let cores = verb.asked.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let seconds = points.seconds(cores, missing()).map_err(|message| Failure::said("run", message))?;
    let paths: u64 = points.steps.iter().map(|step| step.paths).sum();
    let done = there.iter().filter(|there| **there).count();
    if verb.json {
        let axes = points.bare_axes();
        let list: Vec<_> = points.at.iter().map(|at| values(&axes, at)).collect();
        out::print_json(&json!({
            "schema": SCHEMA, "ok": true, "dry_run": true, "runs": all, "kept": done, "paths": paths,
            "seconds": seconds, "threads": cores, "points": list,
        }))?;
        return Ok(Done::Fine);
    }
    let mut lines: Vec<String> =
        (0..all.min(SHOWN_POINTS)).map(|point| format!("#{point}  {}", points.changes(point).join("  "))).collect();
    if all > SHOWN_POINTS {
        lines.push(format!("... and {} more", all - SHOWN_POINTS));
    }
    let runs = if all == 1 { "1 run".to_owned() } else { format!("{} runs", count(all as u64)) };
    lines.push(format!(
        "{runs}, {} paths in all; about {} on {cores} {}, measured just now",
        count(paths),
        minutes(seconds),
        if cores == 1 { "thread" } else { "threads" }
    ));
    if done > 0 {
        lines.push(format!("{done} of them are there from an earlier sweep and are not run again"));
    }
    lines.push("a dry run: nothing is simulated to its end, nothing is written".to_owned());
    out::print(&lines.join("\n"))?;
    Ok(Done::Fine)
}

fn minutes(seconds: f64) -> String {
    match seconds / 60.0 {
        x if x >= 100.0 => format!("{:.1} hours", x / 60.0),
        x if x >= 10.0 => format!("{x:.0} minutes"),
        x => format!("{:.1} minutes", x.max(0.1)),
    }
}

impl Verb {
    /// The metrics that are shown, by their names in summary.json.
    fn metrics(&self) -> Result<Vec<String>, Failure> {
        if self.metric.is_empty() {
            return Ok(SHOWN.map(str::to_owned).to_vec());
        }
        let full = |word: &String| {
            keys::full(word).map(str::to_owned).ok_or_else(|| {
                let close = nearest(word, keys::words()).map(|close| format!("did you mean `{close}`? "));
                let all = keys::KEYS.map(|(short, _)| short).join(", ");
                Failure::usage(format!("there is no metric `{word}`"))
                    .help(format!("{}the metrics are {all}", close.unwrap_or_default()))
            })
        };
        self.metric.iter().map(full).collect()
    }

    /// Are the rules that are to be shown those of some point?
    fn check_rules(&self, points: &Points) -> Result<(), Failure> {
        let names: Vec<&str> = points.rules.iter().map(|(name, _)| name.as_str()).collect();
        let Some(unknown) = self.rule.iter().find(|rule| !names.contains(&rule.as_str())) else { return Ok(()) };
        let close = nearest(unknown, names.iter().copied()).map(|close| format!("did you mean `{close}`? "));
        let help = format!("{}the rules are {}", close.unwrap_or_default(), names.join(", "));
        Err(Failure::usage(format!("there is no rule `{unknown}`")).help(help))
    }
}
