//! When does tuning pay, and which way of choosing loses least? On histories of several lengths every protocol picks a rule of
//! the grid; what the pick is worth is known from an independent population of paths.

use super::measure::Measured;
use super::objective::{MONTHS_PER_YEAR, Objective};
use super::question::{Answer, BuildsStudy, Cell, Question, Table, Walks, WritesRules, to_json, told};
use super::trials::population::{self, BATCHES, GridTruth, batch_error};
use super::trials::protocol::{Manner, Protocol};
use super::trials::{Grid, Trials, cuts, months_of_days};
use crate::engine::{Experiment, Panel, Study};
use crate::grid::Span;
use crate::shelf::Refusal;
use crate::stats::estimate::{Estimate, LEVEL};
use crate::stats::quantile;
use crate::units::PositiveCount;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Ways to choose among tuned values, on histories of several lengths, against the truth.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ProtocolsSpec")]
pub struct Spec {
    /// What is chosen by (default: es_at_equal_money).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Objective")]
    pub choose_by: Option<Objective>,
    /// Lengths of the histories: the first years of each path (default: 5, 10, 20 and 30 as far as paths reach, whole paths if they are shorter).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<PositiveCount>")]
    pub years: Option<Vec<PositiveCount>>,
    /// Paths of the independent population that knows the truth (default: 2000).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub truth: Option<PositiveCount>,
    /// Training window of the walk-forward protocol (default: 5y).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Span")]
    pub train: Option<Span>,
}

/// Fewest and most paths of a population.
const POPULATION: (u64, u64) = (100, 100_000);

/// A population of a sensible size.
///
/// # Errors
/// A [`Refusal`] of the field `truth`.
pub(super) fn population_of(given: Option<PositiveCount>) -> Result<u64, Refusal> {
    let paths = given.map_or(2_000, PositiveCount::get);
    if (POPULATION.0..=POPULATION.1).contains(&paths) {
        return Ok(paths);
    }
    Err(Refusal::new("truth", format!("is {paths}, must be from {} to {} paths", POPULATION.0, POPULATION.1)))
}

impl BuildsStudy for Spec {
    fn build(&self, desk: &mut dyn WritesRules) -> Result<Box<dyn Question>, Refusal> {
        let Some(whole) = desk.simulated_years() else {
            return Err(Refusal::new("", "needs a simulated market: history has no fresh paths"));
        };
        let years: Vec<usize> = match &self.years {
            Some(list) => list.iter().map(|n| n.get() as usize).collect(),
            None if whole < 5 => vec![whole],
            None => [5, 10, 20, 30].into_iter().filter(|years| *years <= whole).collect(),
        };
        if years.is_empty() || !years.is_sorted_by(|a, b| a < b) || years.iter().any(|n| *n < 2 || *n > whole) {
            let message = format!("{years:?} must be increasing lengths from 2 to the {whole} years of a path");
            return Err(
                Refusal::new("years", message).help("raise `years` of the scenario, or ask for shorter histories")
            );
        }
        let truth = population_of(self.truth)?;
        let train = months_of_days(self.train.map_or(1_260, Span::days));
        Ok(Box::new(Protocols { objective: self.choose_by.unwrap_or_default(), years, truth, train }))
    }
}

/// The checked study.
struct Protocols {
    objective: Objective,
    years: Vec<usize>,
    truth: u64,
    train: usize,
}

/// Months of so many years.
fn months(years: usize) -> usize {
    years * MONTHS_PER_YEAR as usize
}

impl Protocols {
    fn reader(&self, experiment: &Experiment) -> Reader {
        let manner = Manner {
            objective: self.objective,
            train: self.train,
            purge: months_of_days(experiment.longest_tenor()),
            // The ledger knows what this user tried; the answer is about the protocol.
            earlier_trials: 0,
        };
        let months = self.years.iter().map(|years| months(*years)).collect();
        Reader { grids: Grid::wanted(experiment, 2).unwrap_or_default(), months, manner }
    }
}

/// Picks of all protocols on all lengths of a path.
struct Reader {
    grids: Vec<Grid>,
    /// Months of each length.
    months: Vec<usize>,
    manner: Manner,
}

impl Study for Reader {
    fn cuts(&self) -> Vec<usize> {
        cuts(self.months.last().copied().unwrap_or(0))
    }

    fn width(&self) -> usize {
        self.grids.len() * self.months.len() * Protocol::ALL.len()
    }

    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]) {
        let longest = self.months.last().copied().unwrap_or(0);
        let each = self.months.len() * Protocol::ALL.len();
        for (grid, out) in self.grids.iter().zip(out.chunks_exact_mut(each)) {
            let trials = Trials::read(panel, lane, grid, longest);
            for (months, out) in self.months.iter().zip(out.chunks_exact_mut(Protocol::ALL.len())) {
                for (pick, protocol) in out.iter_mut().zip(Protocol::ALL) {
                    *pick = self.manner.pick(protocol, &trials, *months) as f64;
                }
            }
        }
    }
}

/// What a protocol's picks are worth, over histories.
struct Outcome {
    /// True value less that of the untuned rule.
    gain: Option<Estimate>,
    /// True value of the best member less that of the pick.
    regret: Option<Estimate>,
    /// Quantiles of the gain: 5, 50 and 95 %.
    spread: Option<Vec<f64>>,
    /// Share of histories whose pick is truly worse than the untuned rule.
    worse: f64,
}

impl Outcome {
    fn of(truth: &GridTruth, picks: &[usize]) -> Self {
        let best = truth.best();
        let gains: Vec<f64> = picks.iter().map(|pick| truth.value(*pick) - truth.value(0)).collect();
        let worse = gains.iter().filter(|gain| **gain < 0.0).count() as f64 / gains.len().max(1) as f64;
        Self {
            gain: beside(truth, picks, 0, 1.0),
            regret: beside(truth, picks, best, -1.0),
            spread: quantile::quantiles(&mut gains.clone(), &[0.05, 0.5, 0.95]),
            worse,
        }
    }
}

/// Mean true value of the picks less that of one member, times a sign. The error has two parts: histories differ in what is
/// picked, and the truth is known from a finite population.
pub(super) fn beside(truth: &GridTruth, picks: &[usize], member: usize, sign: f64) -> Option<Estimate> {
    let n = picks.len() as f64;
    let values: Vec<f64> = picks.iter().map(|pick| sign * (truth.value(*pick) - truth.value(member))).collect();
    let mean = Measured::mean(&values)?;
    let of_batch = |batch: usize| {
        picks.iter().map(|pick| truth.in_batch(*pick, batch) - truth.in_batch(member, batch)).sum::<f64>() / n
    };
    let known = batch_error(&(0..truth.members[0].batches.len()).map(of_batch).collect::<Vec<_>>());
    let se = mean.se().map(|se| (se * se + known * known).sqrt());
    let dof = (BATCHES - 1) as f64;
    Estimate::student(
        mean.value,
        se,
        dof,
        LEVEL,
        picks.len() as u64,
        "mean over histories, error of the truth included",
    )
}

impl Question for Protocols {
    fn intent(&self) -> String {
        format!(
            "Protocols: {} ways to choose by {} on histories of {:?} years, judged by the truth over {} fresh paths.",
            Protocol::ALL.len(),
            self.objective.name(),
            self.years,
            self.truth
        )
    }

    fn fits(&self, experiment: &Experiment) -> Result<(), Refusal> {
        Grid::wanted(experiment, 2).map(|_| ())
    }

    fn reads(&self, experiment: &Experiment, _: u64) -> Option<Box<dyn Study>> {
        Some(Box::new(self.reader(experiment)))
    }

    fn passes(&self, experiment: &Experiment) -> Vec<(u64, usize)> {
        let rules = Grid::wanted(experiment, 2).unwrap_or_default().iter().map(|grid| grid.members.len() + 1).sum();
        vec![(self.truth, rules)]
    }

    fn bytes(&self, experiment: &Experiment) -> f64 {
        let reader = self.reader(experiment);
        let read = experiment.paths as f64 * (reader.width() * size_of::<f64>()) as f64;
        read + self.truth as f64 * population::bytes(experiment, &reader.grids)
    }

    fn answer(&self, experiment: &Experiment, records: &[f64], walk: &Walks<'_>) -> Result<Option<Answer>, String> {
        let reader = self.reader(experiment);
        let paths = experiment.paths..experiment.paths + self.truth;
        let Some(truths) = population::truths(experiment, &reader.grids, self.objective, paths, walk)? else {
            return Ok(None);
        };
        let (width, each) = (reader.width(), Protocol::ALL.len());
        let found: Vec<Found> = reader
            .grids
            .iter()
            .zip(&truths)
            .enumerate()
            .map(|(grid, (of, truth))| {
                let picks = |length: usize, protocol: usize| -> Vec<usize> {
                    let at = (grid * self.years.len() + length) * each + protocol;
                    records.chunks_exact(width).map(|path| path[at] as usize).collect()
                };
                let outcomes = (0..self.years.len())
                    .map(|length| (0..each).map(|protocol| Outcome::of(truth, &picks(length, protocol))).collect())
                    .collect();
                Found { name: of.name.clone(), truth, names: names(experiment, of), outcomes }
            })
            .collect();
        Ok(Some(self.conclude(&found, records.len() / width.max(1))))
    }
}

/// Names of the members of a grid.
pub(super) fn names(experiment: &Experiment, grid: &Grid) -> Vec<String> {
    grid.members.iter().map(|member| experiment.rules[*member].name.clone()).collect()
}

/// What was found for one grid.
struct Found<'t> {
    name: String,
    truth: &'t GridTruth,
    names: Vec<String>,
    /// `[length][protocol]`.
    outcomes: Vec<Vec<Outcome>>,
}

impl Protocols {
    fn conclude(&self, found: &[Found<'_>], histories: usize) -> Answer {
        let (scale, unit) = self.objective.shown();
        let mut tables = Vec::new();
        for grid in found {
            let title = |what: &str| {
                format!("{}, {} members: {what}, {unit}, by years of history", grid.name, grid.names.len())
            };
            tables.push(self.table(
                grid,
                title("true value of the pick less that of the untuned rule"),
                |o| o.gain,
                scale,
            ));
            tables.push(self.table(
                grid,
                title("what the pick loses against the truly best member"),
                |o| o.regret,
                scale,
            ));
            tables.push(self.spread(grid, scale));
        }
        let protocols: Vec<String> =
            Protocol::ALL.iter().map(|protocol| format!("{}: {}", protocol.name(), protocol.words())).collect();
        let notes = vec![format!(
            "Chosen by {} on {histories} histories; the truth is the value over {} other paths. Errors count both. {}.",
            self.objective.name(),
            self.truth,
            protocols.join("; ")
        )];
        Answer {
            name: "protocols",
            tables,
            notes,
            closing: found.iter().map(|grid| self.sentence(grid)).collect::<Vec<_>>().join(" "),
            json: json!({
                "choose_by": self.objective,
                "unit": self.objective.unit(),
                "years": self.years,
                "truth_paths": self.truth,
                "rules": found.iter().map(|grid| (grid.name.clone(), self.json(grid))).collect::<Map<_, _>>(),
            }),
        }
    }

    fn head(&self) -> Vec<String> {
        std::iter::once("protocol".to_owned()).chain(self.years.iter().map(|years| format!("{years} y"))).collect()
    }

    fn table(&self, grid: &Found<'_>, title: String, of: impl Fn(&Outcome) -> Option<Estimate>, scale: f64) -> Table {
        let row = |(i, protocol): (usize, &Protocol)| {
            let cells = grid.outcomes.iter().map(|length| Cell::Number(of(&length[i]), scale)).collect();
            (protocol.name().to_owned(), cells)
        };
        let rows = Protocol::ALL.iter().enumerate();
        Table { title, head: self.head(), rows: rows.map(row).collect() }
    }

    /// How the gain of each protocol spreads over histories of the longest length.
    fn spread(&self, grid: &Found<'_>, scale: f64) -> Table {
        let last = self.years.len() - 1;
        let row = |(i, protocol): (usize, &Protocol)| {
            let outcome = &grid.outcomes[last][i];
            let text = |x: Option<f64>| Cell::Text(x.map_or("-".to_owned(), |x| format!("{:.3}", x * scale)));
            let quantile = |at: usize| text(outcome.spread.as_ref().map(|spread| spread[at]));
            let worse = Cell::Text(format!("{:.0}", 100.0 * outcome.worse));
            (protocol.name().to_owned(), vec![quantile(0), quantile(1), quantile(2), worse])
        };
        Table {
            title: format!("{}: spread of that gain over histories of {} years", grid.name, self.years[last]),
            head: ["protocol", "5 %", "median", "95 %", "% truly worse"].map(str::to_owned).to_vec(),
            rows: Protocol::ALL.iter().enumerate().map(row).collect(),
        }
    }

    fn sentence(&self, grid: &Found<'_>) -> String {
        let (scale, unit) = self.objective.shown();
        let place = |protocol: Protocol| Protocol::ALL.iter().position(|known| *known == protocol).unwrap_or(0);
        let tuned = place(Protocol::InSample);
        let pays = |outcome: &Outcome| outcome.gain.is_some_and(|gain| gain.ci_low.is_some_and(|low| low > 0.0));
        let first = (0..self.years.len()).find(|length| pays(&grid.outcomes[*length][tuned]));
        let when = match first {
            Some(length) => format!("tuning pays from histories of {} years on", self.years[length]),
            None => {
                format!("tuning is not shown to pay on histories of up to {} years", self.years[self.years.len() - 1])
            }
        };
        let last = &grid.outcomes[self.years.len() - 1];
        let regret = |i: usize| last[i].regret.map_or(f64::INFINITY, |regret| regret.value);
        let least = (0..last.len()).min_by(|a, b| regret(*a).total_cmp(&regret(*b))).unwrap_or(0);
        format!(
            "Protocols, {}: {when} (in-sample choice against the untuned rule: {} {unit} at {} years); least regret at {} years: \
             {}, {}.",
            grid.name,
            told(last[tuned].gain.as_ref(), scale),
            self.years[self.years.len() - 1],
            self.years[self.years.len() - 1],
            Protocol::ALL[least].name(),
            told(last[least].regret.as_ref(), scale)
        )
    }

    fn json(&self, grid: &Found<'_>) -> Value {
        let outcome = |outcome: &Outcome| {
            json!({
                "gain": to_json(outcome.gain.as_ref()),
                "regret": to_json(outcome.regret.as_ref()),
                "gain_quantiles": outcome.spread,
                "share_truly_worse": outcome.worse,
            })
        };
        let of_length = |(years, list): (&usize, &Vec<Outcome>)| {
            let protocols: Map<String, Value> =
                Protocol::ALL.iter().zip(list).map(|(p, o)| (p.name().to_owned(), outcome(o))).collect();
            (years.to_string(), Value::Object(protocols))
        };
        let members = grid.names.iter().zip(&grid.truth.members);
        json!({
            "true_values": members.map(|(name, truth)| (name.clone(), json!(truth.value()))).collect::<Map<_, _>>(),
            "best": grid.names[grid.truth.best()],
            "by_years": self.years.iter().zip(&grid.outcomes).map(of_length).collect::<Map<_, _>>(),
        })
    }
}
