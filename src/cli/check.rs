//! `check`: read a scenario and say what it means; on wish, set its market beside history.

use super::{Changes, Done, Failure, out};
use hedgelab::engine::{Experiment, Keep, Worker};
use hedgelab::grid::{DAYS_PER_YEAR, TimeGrid};
use hedgelab::lanes::WIDTH;
use hedgelab::market::Factor;
use hedgelab::scenario::Loaded;
use hedgelab::study::realism::{DecisiveVerdict, Lean, decisive, decisive_verdicts, lean_sentence};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::PathBuf;

/// Schema of the document on stdout.
pub const SCHEMA: &str = "hedgelab.check/1";

const EXAMPLES: &str = "\
Examples:
  hedgelab check scenarios/three-regimes.yaml
  hedgelab check scenarios/three-regimes.yaml --set rules.static.hold=0.5
  hedgelab check scenarios/three-regimes.yaml --realism";

/// Most paths of ten years that are set beside history.
const REALISM_PATHS: u64 = 400;

/// Read a scenario and say what it means, without simulating it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Verb {
    /// Scenario file
    scenario: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// Simulate ten-year paths of the market and set them beside history
    #[arg(long)]
    realism: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Does it.
pub fn check(verb: &Verb) -> Result<Done, Failure> {
    let loaded = verb.changes.load(&verb.scenario)?;
    let realism = match verb.realism {
        true => Some(Realism::of(&loaded)?),
        false => None,
    };
    if verb.json {
        let mut document = document(&loaded);
        if let Some(realism) = &realism {
            document["realism"] = realism.to_json();
        }
        out::print_json(&document)?;
    } else {
        let realism = realism.map_or_else(String::new, |realism| realism.text());
        out::print(&format!("{}{realism}", text(&loaded)))?;
    }
    Ok(Done::Fine)
}

/// Bytes of the rows that a run keeps.
fn bytes(experiment: &Experiment) -> f64 {
    let columns = Keep::All.columns().len() + experiment.years();
    experiment.paths as f64 * (experiment.kept() * columns * 8) as f64
}

/// Regimes with their share of time, crashes a year and volatility.
fn regimes(experiment: &Experiment) -> Vec<(&str, f64, f64, f64)> {
    let facts = experiment.market.facts();
    let rows = facts.regimes.iter().zip(&facts.stationary).zip(&facts.intensity).zip(&facts.level);
    rows.map(|(((name, share), crashes), level)| (name.as_str(), *share, *crashes, level.sqrt())).collect()
}

fn document(loaded: &Loaded) -> Value {
    let (plan, experiment) = (&loaded.plan, &loaded.plan.experiment);
    let regimes: Vec<Value> = regimes(experiment)
        .into_iter()
        .map(|(name, share, crashes, volatility)| {
            json!({ "name": name, "share_of_time": share, "crashes_per_year": crashes, "volatility": volatility })
        })
        .collect();
    json!({
        "schema": SCHEMA,
        "ok": true,
        "scenario": {
            "name": plan.name,
            "question": plan.question,
            "market": loaded.raw.market.name(),
            "regimes": regimes,
            "seed": (!plan.history).then_some(experiment.seed),
            "paths": experiment.paths,
            "years": experiment.grid.years(),
            "warm_up_days": experiment.grid.first(),
            "capital": experiment.portfolio.capital(),
            "assets": experiment.market.facts().assets,
            "instruments": experiment.instrument_names,
            "rules": experiment.rules[..experiment.named].iter().map(|rule| &rule.name).collect::<Vec<_>>(),
            "walked_rules": experiment.rules.len(),
            "megabytes": bytes(experiment) / 1e6,
            "cautions": plan.cautions,
        },
    })
}

fn text(loaded: &Loaded) -> String {
    let (plan, experiment) = (&loaded.plan, &loaded.plan.experiment);
    let mut text = format!("{} is right\n", loaded.source.name);
    let mut line = |what: &str, words: String| {
        let _ = writeln!(text, "{what:12} {words}");
    };
    if let Some(question) = &plan.question {
        line("question", question.trim().to_owned());
    }
    let seed = if plan.history { String::new() } else { format!(", seed {}", experiment.seed) };
    line("market", format!("{}{seed}", loaded.raw.market.name()));
    for (name, share, crashes, volatility) in regimes(experiment) {
        let (share, volatility) = (100.0 * share, 100.0 * volatility);
        line("", format!("{name}: {share:.1} % of the time, volatility {volatility:.1} %, {crashes:.2} crashes a year"));
    }
    let grid = experiment.grid;
    line("paths", format!("{} of {:.2} years after {} days of warm-up", experiment.paths, grid.years(), grid.first()));
    line("assets", experiment.market.facts().assets.join(", "));
    line("instruments", experiment.instrument_names.join(", "));
    let names: Vec<&str> = experiment.rules[..experiment.named].iter().map(|rule| rule.name.as_str()).collect();
    line("rules", names.join(", "));
    if let Some(comparison) = &plan.comparison {
        let twins: Vec<&str> = comparison.twins.iter().map(|twin| twin.name()).collect();
        let world = if comparison.null_world { "; also in the world without premia" } else { "" };
        line("compare", format!("against {}, twins {}{world}", names[comparison.against], twins.join(", ")));
    }
    for choice in &plan.choices {
        let members: Vec<String> = choice.grids.iter().map(|grid| format!("{} ({} members)", grid.name, grid.members.len())).collect();
        line(choice.name, format!("{} splits of the days, choosing in {}", choice.splits.len(), members.join(", ")));
    }
    let walked = experiment.rules.len();
    line("size", format!("{walked} rules are walked with twins and grids, {:.1} MB are kept", bytes(experiment) / 1e6));
    for caution in &plan.cautions {
        line("caution", caution.clone());
    }
    text
}

/// The market beside history.
struct Realism {
    paths: usize,
    verdicts: Vec<DecisiveVerdict>,
}

impl Realism {
    /// Simulates ten-year paths of the market, the first asset as the index.
    fn of(loaded: &Loaded) -> Result<Self, Failure> {
        if loaded.plan.history {
            return Err(Failure::usage("a history market is history: there is nothing to set beside it"));
        }
        let given = &loaded.plan.experiment;
        let first = given.grid.first();
        let days = first + (10.0 * DAYS_PER_YEAR) as usize;
        let grid = TimeGrid::new(days, first).map_err(|message| Failure::said("run", message))?;
        let experiment = Experiment { grid, instruments: Vec::new().into(), signals: Vec::new().into(), ..given.with_rules(Vec::new(), Vec::new()) };
        let mut worker = Worker::new(&experiment, &[]);
        let mut paths = Vec::new();
        for group in 0..given.paths.min(REALISM_PATHS).div_ceil(WIDTH as u64) {
            let block = worker.simulate(group);
            for lane in 0..WIDTH {
                let column = |factor: Factor| -> Vec<f64> { block.rows(factor)[first..].iter().map(|row| row.0[lane]).collect() };
                paths.push(decisive(&column(Factor::Spot(0)), &column(Factor::Vix)));
            }
        }
        Ok(Self { paths: paths.len(), verdicts: decisive_verdicts(&paths) })
    }

    fn text(&self) -> String {
        let mut text = format!("\nrealism: {} paths of ten years beside 1990-2026\n", self.paths);
        for verdict in &self.verdicts {
            let number = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.3}"));
            let band = verdict.verdict.band;
            let (mean, error) = (number(verdict.verdict.mean), number(verdict.verdict.standard_error));
            let _ = writeln!(text, "  {}: {mean} ± {error}, history {:.3}{}", band.label, band.history, words(verdict.lean));
        }
        let _ = writeln!(text, "{}", lean_sentence(&self.verdicts));
        text
    }

    fn to_json(&self) -> Value {
        let entry = |verdict: &DecisiveVerdict| {
            json!({
                "name": verdict.decisive.name,
                "label": verdict.verdict.band.label,
                "mean": verdict.verdict.mean,
                "se": verdict.verdict.standard_error,
                "history": verdict.verdict.band.history,
                "lean": verdict.lean.map(|lean| match lean { Lean::Kinder => "kinder", Lean::Like => "like", Lean::Harsher => "harsher" }),
            })
        };
        let decisive: Vec<Value> = self.verdicts.iter().map(entry).collect();
        json!({ "paths": self.paths, "decisive": decisive, "sentence": lean_sentence(&self.verdicts) })
    }
}

fn words(lean: Option<Lean>) -> &'static str {
    match lean {
        Some(Lean::Kinder) => " (kinder to dynamic hedges)",
        Some(Lean::Harsher) => " (harsher to dynamic hedges)",
        Some(Lean::Like) | None => "",
    }
}
