//! Choosing on all but a few folds and judging on those, for every choice of folds (combinatorial purged cross-validation,
//! Lopez de Prado, "Advances in Financial Machine Learning", 2018): every path gives several out-of-sample histories.

mod figures;

use super::measure::mean_over_paths;
use super::objective::{MONTH, Objective, Stream};
use super::question::{Answer, BuildsStudy, Cell, Question, Table, Walks, WritesRules, to_json, told};
use super::trials::folds::{Folds, Pick};
use super::trials::{Grid, Trials, cuts, months, months_of_days};
use crate::engine::{Experiment, Panel, Study};
use crate::grid::Span;
use crate::shelf::Refusal;
use crate::stats::combinatorial::Combinatorial as Scheme;
use crate::stats::estimate::Estimate;
use crate::stats::moments;
use crate::stats::splits::SplitError;
use crate::units::PositiveCount;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Combinatorial purged cross-validation: choices on all but a few folds, judged on those.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CombinatorialSpec")]
pub struct Spec {
    /// Folds of a history, in months of 21 days (default: 6).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub folds: Option<PositiveCount>,
    /// Folds that are judged at a time (default: 2).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub test_folds: Option<PositiveCount>,
    /// Days left out on both sides of a judged fold, whole months (default: the longest tenor).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Span")]
    pub purge: Option<Span>,
    /// Further days left out after a judged fold, whole months (default: none).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Span")]
    pub embargo: Option<Span>,
    /// What is chosen by (default: es_at_equal_money).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Objective")]
    pub choose_by: Option<Objective>,
}

impl BuildsStudy for Spec {
    fn build(&self, _: &mut dyn WritesRules) -> Result<Box<dyn Question>, Refusal> {
        let count = |given: Option<PositiveCount>, default: usize| given.map_or(default, |n| n.get() as usize);
        let (folds, test_folds) = (count(self.folds, 6), count(self.test_folds, 2));
        Ok(Box::new(Combinatorial {
            folds,
            test_folds,
            purge: self.purge,
            embargo: self.embargo,
            objective: self.choose_by.unwrap_or_default(),
        }))
    }
}

/// The checked study.
struct Combinatorial {
    folds: usize,
    test_folds: usize,
    purge: Option<Span>,
    embargo: Option<Span>,
    objective: Objective,
}

/// Most splits, so that a path does not take seconds.
const MOST_SPLITS: usize = 1_000;

impl Combinatorial {
    /// Months left out before and after a judged fold.
    fn purge(&self, experiment: &Experiment) -> usize {
        months_of_days(self.purge.map_or_else(|| experiment.longest_tenor(), Span::days))
    }

    fn folds(&self, experiment: &Experiment) -> Result<Folds, Refusal> {
        let embargo = months_of_days(self.embargo.map_or(0, Span::days));
        let refuse = |error: SplitError| Refusal::new("", format!("{error}; rows are months of {MONTH} days"));
        let scheme = Scheme::new(self.folds, self.test_folds, self.purge(experiment), embargo).map_err(refuse)?;
        if scheme.split_count() > MOST_SPLITS {
            let message = format!("{} of {} folds make {} splits", self.test_folds, self.folds, scheme.split_count());
            return Err(Refusal::new("folds", format!("{message}, must be at most {MOST_SPLITS}")));
        }
        let splits = scheme.splits(months(experiment)).map_err(refuse)?;
        Ok(Folds { histories: scheme.paths(&splits), splits })
    }

    fn reader(&self, experiment: &Experiment) -> Option<Reader> {
        Some(Reader {
            grids: Grid::wanted(experiment, 2).ok()?,
            folds: self.folds(experiment).ok()?,
            months: months(experiment),
            objective: self.objective,
        })
    }
}

/// Reads the choices of every split on every path.
struct Reader {
    grids: Vec<Grid>,
    months: usize,
    folds: Folds,
    objective: Objective,
}

/// What is kept of a grid on a path; numbers of stitched histories are means over them.
const FIELDS: [&str; 8] = [
    "in_sample",
    "untuned_in_sample",
    "out_of_sample",
    "untuned_out_of_sample",
    "out_of_sample_sd",
    "out_of_sample_sharpe",
    "out_of_sample_cost",
    "picked_least_hedge",
];

impl Reader {
    fn grid(&self, trials: &Trials, out: &mut [f64]) {
        let picks = self.folds.picks(trials, self.objective);
        let least = trials.least_held(&(0..self.months));
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let of_picks = |number: &dyn Fn(&Pick) -> f64| mean(&picks.iter().map(number).collect::<Vec<_>>());
        let histories = 0..self.folds.histories.len();
        let stitched: Vec<(Stream, Stream)> =
            histories.map(|history| self.folds.stitched(trials, history, |split| picks[split].member)).collect();
        let values: Vec<f64> = stitched.iter().map(|(chosen, fixed)| chosen.value(self.objective, fixed)).collect();
        let (plain, fixed) = self.folds.stitched(trials, 0, |_| 0);
        let of = |number: &dyn Fn(&Stream) -> f64| {
            mean(&stitched.iter().map(|(chosen, _)| number(chosen)).collect::<Vec<_>>())
        };
        out.copy_from_slice(&[
            of_picks(&|pick| pick.value),
            of_picks(&|pick| pick.untuned),
            mean(&values),
            plain.value(self.objective, &fixed),
            moments::sd(&values).unwrap_or(f64::NAN),
            of(&|stream| stream.sums.sharpe()),
            of(&|stream| stream.sums.cost_bp()),
            of_picks(&|pick| f64::from(u8::from(pick.member == least))),
        ]);
    }
}

impl Study for Reader {
    fn cuts(&self) -> Vec<usize> {
        cuts(self.months)
    }

    fn width(&self) -> usize {
        self.grids.len() * FIELDS.len()
    }

    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]) {
        for (grid, out) in self.grids.iter().zip(out.chunks_exact_mut(FIELDS.len())) {
            self.grid(&Trials::read(panel, lane, grid, self.months), out);
        }
    }
}

impl Question for Combinatorial {
    fn intent(&self) -> String {
        format!(
            "Combinatorial: choices by {} on all but {} of {} folds, for every choice of folds.",
            self.objective.name(),
            self.test_folds,
            self.folds
        )
    }

    fn fits(&self, experiment: &Experiment) -> Result<(), Refusal> {
        Grid::wanted(experiment, 2)?;
        if self.objective == Objective::HerPlus21 {
            return Err(leaks());
        }
        self.folds(experiment).map(|_| ())
    }

    fn reads(&self, experiment: &Experiment, _: u64) -> Option<Box<dyn Study>> {
        self.reader(experiment).map(|reader| Box::new(reader) as Box<dyn Study>)
    }

    fn passes(&self, _: &Experiment) -> Vec<(u64, usize)> {
        Vec::new()
    }

    fn bytes(&self, experiment: &Experiment) -> f64 {
        (experiment.paths as usize * Grid::all(experiment).len() * FIELDS.len() * size_of::<f64>()) as f64
    }

    fn answer(&self, experiment: &Experiment, records: &[f64], _: &Walks<'_>) -> Result<Option<Answer>, String> {
        let Some(reader) = self.reader(experiment) else { return Ok(None) };
        let found: Vec<Found> = (0..reader.grids.len()).map(|grid| Found::of(&reader, grid, records)).collect();
        let (scale, unit) = self.objective.shown();
        let row = |found: &Found| {
            let cells = [0, 1, 2, 3, 4].map(|i| Cell::Number(found.numbers[i], scale));
            (found.name.clone(), cells.into_iter().chain([Cell::Difference(found.optimism, scale)]).collect())
        };
        let purge = self.purge(experiment) * MONTH;
        let why =
            if self.purge.is_some() { "what is stated, in whole months" } else { "the longest tenor, in whole months" };
        let mut notes = vec![format!(
            "{} splits, {} stitched histories on each path; {purge} days are left out on both sides of a judged fold ({why}), {} \
             more after it. Training days may follow judged ones: this estimates, it does not rehearse trading, and no switch \
             is charged.{}",
            reader.folds.splits.len(),
            reader.folds.histories.len(),
            months_of_days(self.embargo.map_or(0, Span::days)) * MONTH,
            self.objective.caution()
        )];
        notes.extend(found.iter().filter_map(|found| switched_off(&found.name, found.numbers[7].as_ref())));
        let sentence = |found: &Found| {
            format!(
                "Combinatorial, {}: out of sample {} against {} of the untuned rule, optimism {} ({unit}).",
                found.name,
                told(found.numbers[2].as_ref(), scale),
                told(found.numbers[3].as_ref(), scale),
                told(found.optimism.as_ref(), scale)
            )
        };
        Ok(Some(Answer {
            name: "combinatorial",
            tables: vec![Table {
                title: format!("combinatorial: chosen by {} ({unit})", self.objective.name()),
                head: ["rule", "in sample", "untuned", "out of sample", "untuned", "sd in a path", "optimism"]
                    .map(str::to_owned)
                    .to_vec(),
                rows: found.iter().map(row).collect(),
            }],
            notes,
            closing: found.iter().map(sentence).collect::<Vec<_>>().join(" "),
            figures: figures::figures(&reader, &found, records),
            json: json!({
                "choose_by": self.objective,
                "unit": self.objective.unit(),
                "folds": self.folds,
                "test_folds": self.test_folds,
                "purge_days": purge,
                "splits": reader.folds.splits.len(),
                "histories": reader.folds.histories.len(),
                "rules": found.iter().map(|found| (found.name.clone(), found.json())).collect::<Map<_, _>>(),
            }),
        }))
    }
}

/// Why gains in crashes are no objective of folds.
pub(super) fn leaks() -> Refusal {
    let why = "cannot be her_plus21: a crash counts where it is over, and a fold after a judged one would hold gains of judged days";
    Refusal::new("choose_by", why)
}

/// Says so where a choice merely held less.
pub fn switched_off(rule: &str, least: Option<&Estimate>) -> Option<String> {
    let share = least.filter(|share| share.value > 0.5)?.value;
    Some(format!(
        "{rule}: {:.0} % of the picks hold least of the grid: the choice mostly switched the hedge off.",
        100.0 * share
    ))
}

/// Means over paths of one grid.
struct Found {
    name: String,
    /// In the order of [`FIELDS`].
    numbers: Vec<Option<Estimate>>,
    optimism: Option<Estimate>,
}

impl Found {
    fn of(reader: &Reader, grid: usize, records: &[f64]) -> Self {
        let rows = || records.chunks_exact(reader.width()).map(|path| &path[grid * FIELDS.len()..][..FIELDS.len()]);
        Self {
            name: reader.grids[grid].name.clone(),
            numbers: (0..FIELDS.len()).map(|i| mean_over_paths(rows().map(|row| row[i]))).collect(),
            optimism: mean_over_paths(rows().map(|row| (row[0] - row[1]) - (row[2] - row[3]))),
        }
    }

    fn json(&self) -> Value {
        let mut numbers: Map<String, Value> =
            FIELDS.iter().zip(&self.numbers).map(|(name, e)| ((*name).to_owned(), to_json(e.as_ref()))).collect();
        numbers.insert("optimism".to_owned(), to_json(self.optimism.as_ref()));
        Value::Object(numbers)
    }
}
