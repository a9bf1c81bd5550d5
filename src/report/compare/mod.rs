//! Finished runs beside each other: what differs in what was asked, and in what came out.

mod document;
mod page;
mod text;
mod words;

pub use document::{SCHEMA, document};
pub use page::book;
pub use text::text;

use crate::scenario::differing::{Differing, at, differing, flow, keys};
use crate::scenario::tree::Node;
use crate::stats::estimate::{Estimate, LEVEL};
use crate::store::{Kept, Manifest, Status};
use crate::study::between::{Compared, independent, middle, point};
use crate::study::measure::Rows;
use serde_json::Value;

/// The portfolio without a hedge, as every run keeps it.
pub const UNHEDGED: &str = "unhedged";

/// One of the runs.
pub struct Side {
    /// `A` for the first, `B` for the second.
    pub label: String,
    /// Folder and id.
    pub name: String,
    /// How it was made.
    pub manifest: Manifest,
    /// The resolved scenario.
    pub scenario: Node,
    /// `summary.json`.
    pub told: Value,
    /// Evaluated days.
    pub days: usize,
    /// Its rows.
    pub kept: Kept,
}

/// How differences to the first run get their errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Path by path, on so many paths.
    Paired(usize),
    /// Errors add as squares, since the runs share no shocks.
    Independent(Apart),
    /// No errors: both are one real path.
    Point,
}

/// Why runs share no shocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// Other seeds.
    Seeds,
    /// Other generators of draws.
    Generators,
    /// One of them is real history.
    History,
}

/// A rule that all runs have.
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Is it defined differently in another run?
    pub changed: bool,
    /// Its numbers, by metric.
    pub numbers: Vec<Number>,
}

/// One metric of one rule.
pub struct Number {
    /// In each run.
    pub values: Vec<Option<Estimate>>,
    /// Each other run minus the first.
    pub differences: Vec<Option<Estimate>>,
}

/// Everything that is said of the runs.
pub struct Between<'a> {
    /// The runs.
    pub sides: &'a [Side],
    /// How each other run is compared with the first.
    pub links: Vec<Link>,
    /// Inputs that differ.
    pub inputs: Vec<Differing>,
    /// Metrics that are shown.
    pub metrics: Vec<&'static Compared>,
    /// Rules that all runs have, or those asked for.
    pub rules: Vec<Rule>,
    /// For each other run: is the portfolio without a hedge the same on every common path?
    pub same_world: Vec<bool>,
    /// How many times larger errors would be without pairing, in the middle over rules and metrics.
    pub gain: Option<f64>,
}

impl Side {
    /// Is it one real path?
    pub fn is_history(&self) -> bool {
        at(&self.scenario, &["market", "history"]).is_some()
    }

    /// Was it stopped before its end?
    pub fn is_interrupted(&self) -> bool {
        self.manifest.status == Status::Interrupted
    }

    /// Names of the scenario's rules.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        at(&self.scenario, &["rules"]).into_iter().flat_map(keys)
    }

    /// Evaluated years.
    pub fn years(&self) -> f64 {
        self.days as f64 / crate::grid::DAYS_PER_YEAR
    }

    /// A metric as the run itself has it; on one real path the error is that of its bootstrap.
    fn value(&self, rule: &str, metric: &Compared) -> Option<Estimate> {
        if self.is_history() {
            let of = if rule == UNHEDGED { &self.told[UNHEDGED] } else { &self.told["rules"][rule] };
            let name = if rule == UNHEDGED && metric.name == "sharpe_hedged" { "sharpe_unhedged" } else { metric.name };
            let told = |key: &str| of[name][key].as_f64();
            let (low, high) = (told("ci_low"), told("ci_high"));
            let n = of[name]["n"].as_u64().unwrap_or(1);
            return Estimate::with_interval(told("value")?, told("se"), low, high, LEVEL, n, "as in summary.json");
        }
        (metric.of)(&rows(&self.kept, rule, self.days)?)?.estimate("over paths, as in summary.json")
    }
}

/// How a run is compared with the first.
fn link(first: &Side, other: &Side) -> Link {
    if first.is_history() && other.is_history() {
        Link::Point
    } else if first.is_history() || other.is_history() {
        Link::Independent(Apart::History)
    } else if first.manifest.seed != other.manifest.seed {
        Link::Independent(Apart::Seeds)
    } else if first.manifest.rng != other.manifest.rng
        || first.kept.outcome.first != other.kept.outcome.first
        || first.kept.outcome.bundle != other.kept.outcome.bundle
    {
        Link::Independent(Apart::Generators)
    } else {
        Link::Paired(first.kept.outcome.paths.min(other.kept.outcome.paths))
    }
}

/// Names of the rules that all runs keep, in the order of the first: those of its scenario, and the portfolio without a
/// hedge. Fixed twins are kept as well, and shown when they are asked for.
pub fn common(sides: &[Side]) -> Vec<String> {
    let Some(first) = sides.first() else { return Vec::new() };
    let everywhere = |name: &&str| sides.iter().all(|side| side.kept.rule(name).is_some());
    std::iter::once(UNHEDGED).chain(first.named()).filter(everywhere).map(str::to_owned).collect()
}

/// Compares the runs by these rules, which all of them have, and these metrics.
pub fn between<'a>(sides: &'a [Side], rules: &[String], metrics: Vec<&'static Compared>) -> Between<'a> {
    let links: Vec<Link> = sides.iter().skip(1).map(|other| link(&sides[0], other)).collect();
    let pairs: Vec<Option<[Kept; 2]>> =
        sides.iter().skip(1).zip(&links).map(|(other, link)| paired(&sides[0], other, link)).collect();
    let mut gains = Vec::new();
    let mut rule = |name: &String| {
        let numbers = metrics.iter().map(|metric| number(sides, &links, &pairs, name, metric, &mut gains)).collect();
        Rule { name: name.clone(), changed: changed(sides, name), numbers }
    };
    let rules = rules.iter().map(&mut rule).collect();
    let same_world = pairs.iter().map(|pair| pair.as_ref().is_some_and(is_same_world)).collect();
    Between { sides, links, inputs: inputs(sides), metrics, rules, same_world, gain: middle(&gains) }
}

/// The common paths of two runs.
fn paired(first: &Side, other: &Side, link: &Link) -> Option<[Kept; 2]> {
    let Link::Paired(paths) = link else { return None };
    Some(
        [first, other]
            .map(|side| Kept { rules: side.kept.rules.clone(), outcome: side.kept.outcome.first_paths(*paths) }),
    )
}

fn number(
    sides: &[Side],
    links: &[Link],
    pairs: &[Option<[Kept; 2]>],
    rule: &str,
    metric: &Compared,
    gains: &mut Vec<f64>,
) -> Number {
    let silent = rule == UNHEDGED && !metric.unhedged;
    let values: Vec<Option<Estimate>> =
        sides.iter().map(|side| if silent { None } else { side.value(rule, metric) }).collect();
    let mut difference = |other: usize| {
        let (first, second) = (values[0].as_ref()?, values[other].as_ref()?);
        match (&links[other - 1], &pairs[other - 1]) {
            (Link::Paired(_), Some([one, two])) => {
                let found = metric.paired(&rows(one, rule, sides[0].days)?, &rows(two, rule, sides[other].days)?)?;
                gains.extend(found.gain);
                Some(found.difference)
            }
            (Link::Point, _) => point(first, second, "no error: one real path each"),
            _ => independent(first, second),
        }
    };
    let differences = (1..sides.len()).map(&mut difference).collect();
    Number { values, differences }
}

fn rows<'a>(kept: &'a Kept, rule: &str, days: usize) -> Option<Rows<'a>> {
    Some(Rows { outcome: &kept.outcome, rule: kept.rule(rule)?, days })
}

/// Has the portfolio without a hedge the same returns in both?
fn is_same_world([first, second]: &[Kept; 2]) -> bool {
    let yearly = |kept: &Kept| kept.rule(UNHEDGED).map(|rule| kept.outcome.table.yearly(rule));
    yearly(first).is_some() && yearly(first) == yearly(second)
}

/// Is a rule of this name defined differently in another run?
fn changed(sides: &[Side], name: &str) -> bool {
    let text = |side: &Side| at(&side.scenario, &["rules", name]).map(flow);
    sides.iter().any(|side| text(side) != text(&sides[0]))
}

/// Inputs that differ: the program, the data, then the scenarios key by key.
fn inputs(sides: &[Side]) -> Vec<Differing> {
    let tool = |side: &Side| {
        let tool = &side.manifest.tool;
        let commit = tool.git_sha.as_ref().map_or_else(String::new, |sha| format!(" ({sha})"));
        Some(format!("{}{commit}", tool.version))
    };
    let data = |side: &Side| {
        let hashes: Vec<String> =
            side.manifest.inputs.iter().map(|file| file.sha256.chars().take(12).collect()).collect();
        (!hashes.is_empty()).then(|| hashes.join(", "))
    };
    let rng = |side: &Side| Some(side.manifest.rng.clone());
    let row = |key: &str, value: &dyn Fn(&Side) -> Option<String>| Differing {
        key: key.to_owned(),
        values: sides.iter().map(value).collect(),
    };
    let mut all = vec![row("hedgelab", &tool), row("generators", &rng), row("sha256 of the data", &data)];
    all.retain(|one| one.values.iter().any(|value| *value != one.values[0]));
    all.extend(differing(&sides.iter().map(|side| &side.scenario).collect::<Vec<_>>()));
    all
}
