//! Are the usual checks calibrated on hedges? Each is asked on histories where by construction no member of a grid has merit,
//! and on histories where one member was given some: how often does it raise a false alarm, how often does it stay silent?
//!
//! Nulls: the world without premia, where every hedge is a fair bet; and placebos, whose multipliers are those of another
//! path, so that persistence and trading are real and the information is not. What trading costs on average is taken off: each
//! member gets back its mean advantage over all histories, so that its merit is zero. A planted edge is a constant monthly
//! gain of the last placebo whose multiplier varies.

mod figures;

use super::measure::mean_over_paths;
use super::objective::{MONTHS_PER_YEAR, Objective};
use super::pictures::drawn;
use super::question::{Answer, BuildsStudy, Cell, Question, Table, Walks, WritesRules, to_json, told};
use super::selection::{BootstrapSpec, LEAST_YEARS, fits};
use super::trials::diagnose::{Bootstrap, Diagnosis, EACH, MeanAdvantages, field};
use super::trials::population::alone;
use super::trials::{Grid, SIZING, months};
use crate::engine::{Experiment, Twist};
use crate::shelf::Refusal;
use crate::stats::estimate::Estimate;
use crate::stats::normal;
use crate::units::{Positive, PositiveCount};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// False alarms and power of PSR, DSR, PBO, Reality Check and SPA in this market.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CalibrationSpec")]
pub struct Spec {
    /// What is chosen by (default: es_at_equal_money).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Objective")]
    pub choose_by: Option<Objective>,
    /// Histories of each kind (default: 500).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub paths: Option<PositiveCount>,
    /// Annualised Sharpe ratios that are given to one member (default: 0.5 and 1).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Positive>")]
    pub planted: Option<Vec<Positive>>,
    /// How the bootstrap tests are made (paths: all).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BootstrapSpec")]
    pub bootstrap: Option<BootstrapSpec>,
}

/// Most edges that are planted, and the largest.
const MOST_PLANTED: (usize, f64) = (6, 10.0);

/// Fewest and most histories of each kind.
const HISTORIES: (u64, u64) = (20, 100_000);

impl BuildsStudy for Spec {
    fn build(&self, desk: &mut dyn WritesRules) -> Result<Box<dyn Question>, Refusal> {
        if desk.simulated_years().is_none() {
            return Err(Refusal::new("", "needs a simulated market: history has no null world"));
        }
        let planted: Vec<f64> =
            self.planted.as_ref().map_or_else(|| vec![0.5, 1.0], |list| list.iter().map(|x| x.get()).collect());
        if planted.is_empty() || planted.len() > MOST_PLANTED.0 || planted.iter().any(|x| *x > MOST_PLANTED.1) {
            let message = format!("must be 1 to {} Sharpe ratios of at most {}", MOST_PLANTED.0, MOST_PLANTED.1);
            return Err(Refusal::new("planted", message));
        }
        let bootstrap = BootstrapSpec::build(self.bootstrap.as_ref())?;
        let paths = self.paths.map_or(500, PositiveCount::get);
        if !(HISTORIES.0..=HISTORIES.1).contains(&paths) {
            let message = format!("is {paths}, must be from {} to {} histories", HISTORIES.0, HISTORIES.1);
            return Err(Refusal::new("paths", message));
        }
        Ok(Box::new(Calibration { objective: self.choose_by.unwrap_or_default(), paths, planted, bootstrap }))
    }
}

/// The checked study.
struct Calibration {
    objective: Objective,
    paths: u64,
    planted: Vec<f64>,
    bootstrap: Bootstrap,
}

/// Nominal levels.
const LEVELS: [f64; 3] = [0.01, 0.05, 0.10];

/// Checks: name, field, and whether the field is one less the p-value.
const CHECKS: [(&str, &str, bool); 8] = [
    ("PSR", "psr", true),
    ("DSR", "dsr", true),
    ("DSR, effective N", "dsr_effective", true),
    ("Reality Check", "p_white_rc", false),
    ("SPA lower", "p_studentised_lower", false),
    ("SPA consistent", "p_studentised_consistent", false),
    ("SPA upper", "p_studentised_upper", false),
    ("PBO as a p-value", "pbo_of_advantages", false),
];

/// Histories of one kind.
struct World {
    name: String,
    /// Planted Sharpe ratio.
    planted: Option<f64>,
    /// Mean advantage of the members before it was taken off, by grid.
    taken_off: Vec<f64>,
    records: Vec<f64>,
}

/// One grid in one world.
struct Card<'w> {
    world: &'w World,
    width: usize,
    grid: usize,
}

impl Card<'_> {
    fn column(&self, name: &str) -> impl Iterator<Item = f64> {
        let at = self.grid * EACH + field(name);
        self.world.records.chunks_exact(self.width).map(move |path| path[at]).filter(|x| x.is_finite())
    }

    /// Share of histories on which a check rejects at a level.
    fn rejects(&self, check: (&str, &str, bool), level: f64) -> Option<Estimate> {
        let p = self.column(check.1).map(|x| if check.2 { 1.0 - x } else { x });
        mean_over_paths(p.map(|p| f64::from(u8::from(p <= level))))
    }

    /// Mean advantage of the members before it was taken off, share of capital a year.
    fn taken_off(&self) -> f64 {
        self.world.taken_off[self.grid]
    }

    fn mean(&self, name: &str) -> Option<Estimate> {
        mean_over_paths(self.column(name))
    }
}

impl Calibration {
    /// Histories of one market, as they are and with each planted edge; nothing if it was stopped.
    fn world(
        &self,
        name: &str,
        (market, grids): (&Experiment, &[Grid]),
        edges: &[f64],
        walk: &Walks<'_>,
    ) -> Result<Option<Vec<World>>, String> {
        let months = months(market);
        let means = MeanAdvantages { grids: grids.to_vec(), months };
        let Some(records) = walk.read(market, &means, 0..self.paths)? else { return Ok(None) };
        let taken_off = means.over_paths(&records);
        let mean = |list: &Vec<f64>| list.iter().sum::<f64>() / list.len() as f64 * MONTHS_PER_YEAR;
        let mut list = Vec::new();
        for planted in std::iter::once(None).chain(edges.iter().copied().map(Some)) {
            let diagnosis = Diagnosis {
                grids: grids.to_vec(),
                months,
                objective: self.objective,
                earlier_trials: 0,
                bootstrap: Bootstrap { paths: self.paths, seed: market.seed, ..self.bootstrap },
                taken_off: taken_off.clone(),
                planted,
            };
            let Some(records) = walk.read(market, &diagnosis, 0..self.paths)? else { return Ok(None) };
            let name = planted.map_or(name.to_owned(), |sharpe| format!("planted {sharpe}"));
            list.push(World { name, planted, taken_off: taken_off.iter().map(mean).collect(), records });
        }
        Ok(Some(list))
    }

    fn worlds(&self, experiment: &Experiment, walk: &Walks<'_>) -> Result<Option<Vec<World>>, String> {
        let grids = Grid::wanted(experiment, LEAST_YEARS).unwrap_or_default();
        let (plain, of_plain) = alone(experiment, &grids, Twist::None);
        let (placebo, of_placebo) = alone(experiment, &grids, Twist::Placebo);
        let mut list = Vec::new();
        if let Some(null) = plain.null_world() {
            let Some(found) = self.world("null world", (&null, &of_plain), &[], walk)? else { return Ok(None) };
            list.extend(found);
        }
        let Some(found) = self.world("placebo", (&placebo, &of_placebo), &self.planted, walk)? else { return Ok(None) };
        list.extend(found);
        Ok(Some(list))
    }
}

impl Question for Calibration {
    fn intent(&self) -> String {
        format!(
            "Calibration: false alarms of {} checks on {} histories of the null world and {} placebos, power with planted Sharpe \
             ratios {:?}.",
            CHECKS.len(),
            self.paths,
            self.paths,
            self.planted
        )
    }

    fn fits(&self, experiment: &Experiment) -> Result<(), Refusal> {
        Grid::wanted(experiment, LEAST_YEARS)?;
        fits(&self.bootstrap, experiment)
    }

    fn passes(&self, experiment: &Experiment) -> Vec<(u64, usize)> {
        let rules = Grid::wanted(experiment, 2).unwrap_or_default().iter().map(|grid| grid.members.len() + 1).sum();
        // The null world and the placebos once for their means, then each kind of history.
        vec![(self.paths, rules); 4 + self.planted.len()]
    }

    fn bytes(&self, experiment: &Experiment) -> f64 {
        let width = EACH * Grid::all(experiment).len() * size_of::<f64>();
        self.paths as f64 * (width * (2 + self.planted.len())) as f64
    }

    fn answer(&self, experiment: &Experiment, _: &[f64], walk: &Walks<'_>) -> Result<Option<Answer>, String> {
        let Some(worlds) = self.worlds(experiment, walk)? else { return Ok(None) };
        let grids = Grid::wanted(experiment, LEAST_YEARS).unwrap_or_default();
        let (years, judged) = (months(experiment) as f64, (months(experiment) - SIZING) as f64);
        let (years, judged) = (years / MONTHS_PER_YEAR, judged / MONTHS_PER_YEAR);
        let (mut tables, mut figures, mut sentences, mut all) = (Vec::new(), Vec::new(), Vec::new(), Map::new());
        for (i, grid) in grids.iter().enumerate() {
            let width = grids.len() * EACH;
            let cards: Vec<Card> = worlds.iter().map(|world| Card { world, width, grid: i }).collect();
            tables.push(sizes(grid, &cards));
            tables.push(power(grid, &cards, judged));
            figures.extend(figures::figures(i, grid, &cards, judged));
            sentences.push(sentence(grid, &cards));
            all.insert(grid.name.clone(), card_json(&cards));
        }
        let Bootstrap { replications, mean_block, .. } = self.bootstrap;
        Ok(Some(Answer {
            name: "calibration",
            tables,
            notes: vec![format!(
                "{} histories of {years:.1} years each. Null world: every premium at identity. Placebo: the multipliers of another \
                 path. All checks ask of monthly advantages over the fixed hedge in the size of the mean multiplier so far \
                 ({replications} replications, mean block {mean_block} months), from which the mean over all histories is taken off \
                 (last row, bp of capital a year: what trading costs, mostly), so that no member has merit. PBO is no p-value; by \
                 {} it compares members that differ in risk even where none earns anything. Effective N: the participation number \
                 of correlated members. Theory: the power of a one-sided test that knew which member was given the edge, over the \
                 {judged:.1} years that are judged.",
                self.paths,
                self.objective.name()
            )],
            closing: sentences.join(" "),
            figures: drawn(figures),
            json: json!({ "choose_by": self.objective, "paths": self.paths, "years": years, "rules": all }),
        }))
    }
}

/// Rejections where nothing has merit.
fn sizes(grid: &Grid, cards: &[Card<'_>]) -> Table {
    let nulls: Vec<&Card> = cards.iter().filter(|card| card.world.planted.is_none()).collect();
    let level = |card: &Card<'_>, level: f64| format!("{} {:.0} %", card.world.name, 100.0 * level);
    let head = nulls.iter().flat_map(|card| LEVELS.map(|x| level(card, x)));
    let row = |check: &(&str, &str, bool)| {
        let cells = nulls.iter().flat_map(|card| LEVELS.map(|level| Cell::Number(card.rejects(*check, level), 100.0)));
        (check.0.to_owned(), cells.collect())
    };
    let mut rows: Vec<(String, Vec<Cell>)> = CHECKS.iter().map(row).collect();
    let row = |of: &dyn Fn(&Card<'_>) -> Cell| {
        nulls.iter().flat_map(|card| [of(card), Cell::Text(String::new()), Cell::Text(String::new())]).collect()
    };
    rows.push(("mean PBO".to_owned(), row(&|card| Cell::Number(card.mean("pbo_of_advantages"), 1.0))));
    rows.push(("mean PBO by objective".to_owned(), row(&|card| Cell::Number(card.mean("pbo"), 1.0))));
    rows.push(("mean taken off, bp".to_owned(), row(&|card| Cell::Text(format!("{:.1}", 1e4 * card.taken_off())))));
    Table {
        title: format!(
            "{}, {} members without merit: false alarms, % of histories, by nominal level",
            grid.name,
            grid.members.len()
        ),
        head: std::iter::once("check".to_owned()).chain(head).collect(),
        rows,
    }
}

/// Rejections where one member has merit.
fn power(grid: &Grid, cards: &[Card<'_>], years: f64) -> Table {
    let planted: Vec<&Card> = cards.iter().filter(|card| card.world.planted.is_some()).collect();
    let level = |card: &Card<'_>, level: f64| format!("{} {:.0} %", card.world.name, 100.0 * level);
    let row = |check: &(&str, &str, bool)| {
        let cells =
            planted.iter().flat_map(|card| LEVELS.map(|level| Cell::Number(card.rejects(*check, level), 100.0)));
        (check.0.to_owned(), cells.collect())
    };
    let mut rows: Vec<(String, Vec<Cell>)> = CHECKS.iter().map(row).collect();
    let theory = |card: &&Card<'_>| {
        let edge = card.world.planted.unwrap_or(0.0) * years.sqrt();
        LEVELS.map(|level| {
            let power = normal::quantile(1.0 - level).and_then(|reach| normal::cdf(edge - reach));
            Cell::Text(power.map_or("-".to_owned(), |power| format!("{:.1}", 100.0 * power)))
        })
    };
    rows.push(("theory".to_owned(), planted.iter().flat_map(theory).collect()));
    let mean = |card: &&Card<'_>| {
        [Cell::Number(card.mean("pbo_of_advantages"), 1.0), Cell::Text(String::new()), Cell::Text(String::new())]
    };
    rows.push(("mean PBO".to_owned(), planted.iter().flat_map(mean).collect()));
    Table {
        title: format!(
            "{}, one member with an edge: rejections, % of histories, by its annualised Sharpe ratio and nominal level",
            grid.name
        ),
        head: std::iter::once("check".to_owned())
            .chain(planted.iter().flat_map(|card| LEVELS.map(|x| level(card, x))))
            .collect(),
        rows,
    }
}

fn sentence(grid: &Grid, cards: &[Card<'_>]) -> String {
    let told_of = |card: &Card<'_>| {
        let check = |field: &str| CHECKS.iter().find(|check| check.1 == field).copied().unwrap_or(CHECKS[0]);
        let at = |field: &str| told(card.rejects(check(field), 0.05).as_ref(), 100.0);
        format!(
            "{}: PSR {} %, DSR {} %, SPA {} %, mean PBO {}",
            card.world.name,
            at("psr"),
            at("dsr"),
            at("p_studentised_consistent"),
            told(card.mean("pbo_of_advantages").as_ref(), 1.0)
        )
    };
    let all: Vec<String> = cards.iter().map(told_of).collect();
    format!("Calibration, {} (rejections at 5 %): {}.", grid.name, all.join("; "))
}

fn card_json(cards: &[Card<'_>]) -> Value {
    let of_world = |card: &Card<'_>| {
        let check = |check: &(&str, &str, bool)| {
            let levels: Map<String, Value> = LEVELS
                .iter()
                .map(|level| (level.to_string(), to_json(card.rejects(*check, *level).as_ref())))
                .collect();
            (check.1.to_owned(), Value::Object(levels))
        };
        let entry = json!({
            "planted_sharpe": card.world.planted,
            "mean_pbo": to_json(card.mean("pbo_of_advantages").as_ref()),
            "mean_pbo_by_objective": to_json(card.mean("pbo").as_ref()),
            "mean_advantage_taken_off": card.taken_off(),
            "rejects": CHECKS.iter().map(check).collect::<Map<_, _>>(),
        });
        (card.world.name.clone(), entry)
    };
    Value::Object(cards.iter().map(of_world).collect())
}
