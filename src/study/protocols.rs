//! When does tuning pay, and which way of choosing loses least? On histories of several lengths every protocol picks a rule of
//! the grid; what the pick is worth is known from an independent population of paths.

mod answer;
mod figures;

use super::measure::mean_over_paths;
use super::objective::{MONTHS_PER_YEAR, Objective};
use super::question::{Answer, BuildsStudy, Question, Walks, WritesRules};
use super::trials::population;
use super::trials::protocol::{Manner, Protocol};
use super::trials::{Grid, Trials, cuts, months_of_days};
use crate::engine::{Experiment, Panel, Study};
use crate::grid::Span;
use crate::shelf::Refusal;
use crate::units::PositiveCount;
use answer::{Found, Outcome};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
        let truth = population::size_of_population(self.truth)?;
        let train = months_of_days(self.train.map_or(1_260, Span::days));
        if train < 6 {
            return Err(Refusal::new("train", format!("is {train} months, must be at least 6")));
        }
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
        let manner =
            Manner { objective: self.objective, train: self.train, purge: months_of_days(experiment.longest_tenor()) };
        let months = self.years.iter().map(|years| months(*years)).collect();
        Reader { grids: Grid::wanted(experiment, 2).unwrap_or_default(), months, manner }
    }
}

/// Numbers of one length: the picks, and whether the in-sample one holds least of the grid.
const EACH: usize = Protocol::ALL.len() + 1;

/// Place of the in-sample choice among the protocols.
const IN_SAMPLE: usize = 1;

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
        self.grids.len() * self.months.len() * EACH
    }

    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]) {
        let longest = self.months.last().copied().unwrap_or(0);
        let each = self.months.len() * EACH;
        for (grid, out) in self.grids.iter().zip(out.chunks_exact_mut(each)) {
            let trials = Trials::read(panel, lane, grid, longest);
            for (months, out) in self.months.iter().zip(out.chunks_exact_mut(EACH)) {
                for (pick, protocol) in out.iter_mut().zip(Protocol::ALL) {
                    *pick = self.manner.pick(protocol, &trials, *months) as f64;
                }
                let least = trials.least_held(&(0..*months)) as f64;
                out[EACH - 1] = f64::from(u8::from(out[IN_SAMPLE] == least));
            }
        }
    }
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
        let width = reader.width();
        let found: Vec<Found> = reader
            .grids
            .iter()
            .zip(&truths)
            .enumerate()
            .map(|(grid, (of, truth))| {
                let column = |length: usize, number: usize| {
                    let at = (grid * self.years.len() + length) * EACH + number;
                    records.chunks_exact(width).map(move |path| path[at])
                };
                let picks = |length, protocol| -> Vec<usize> { column(length, protocol).map(|x| x as usize).collect() };
                let of_length = |length| {
                    (0..Protocol::ALL.len()).map(|protocol| Outcome::of(truth, &picks(length, protocol))).collect()
                };
                let last = self.years.len() - 1;
                Found {
                    of,
                    picked: shares(&picks(last, IN_SAMPLE), of.members.len()),
                    name: of.name.clone(),
                    truth,
                    names: of.names(experiment),
                    outcomes: (0..self.years.len()).map(of_length).collect(),
                    least: mean_over_paths(column(last, EACH - 1)),
                }
            })
            .collect();
        let histories = records.len() / width.max(1);
        Ok(Some(Answer { figures: self.figures(&found, histories), ..self.conclude(&found, histories) }))
    }
}

/// Share of each member among some picks.
fn shares(picks: &[usize], members: usize) -> Vec<f64> {
    let mut shares = vec![0.0; members];
    picks.iter().for_each(|pick| shares[*pick] += 1.0 / picks.len() as f64);
    shares
}
