//! By how much do back-tests lie? Figures of what a choice picks, as each way of judging it reports them, beside what the pick
//! is worth in an independent population of paths.

mod figures;
mod judged;
mod reader;

use super::combinatorial::leaks;
use super::objective::{MONTHS_PER_YEAR, Objective};
use super::question::{Answer, BuildsStudy, Cell, Question, Table, Walks, WritesRules, to_json, told};
use super::trials::folds::Folds;
use super::trials::population;
use super::trials::protocol::{FOLDS, Manner};
use super::trials::{Grid, months, months_of_days};
use crate::engine::{Experiment, Study};
use crate::grid::Span;
use crate::shelf::Refusal;
use crate::stats::combinatorial::Combinatorial;
use crate::stats::estimate::LEVEL;
use crate::units::PositiveCount;
use garde::Validate;
use judged::{Found, Judged};
use reader::Reader;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Figures of tuned choices in sample and out of sample, beside their true values.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TruthSpec")]
pub struct Spec {
    /// What is chosen by (default: es_at_equal_money).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Objective")]
    pub choose_by: Option<Objective>,
    /// Paths of the independent population that knows the truth (default: 2000).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub truth: Option<PositiveCount>,
    /// Training window of the rolling walk-forward (default: half of the path); it is judged year by year.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Span")]
    pub train: Option<Span>,
}

/// Years of a history that a truth column needs.
const LEAST_YEARS: usize = 4;

impl BuildsStudy for Spec {
    fn build(&self, desk: &mut dyn WritesRules) -> Result<Box<dyn Question>, Refusal> {
        let Some(years) = desk.simulated_years() else {
            return Err(Refusal::new("", "needs a simulated market: history has no fresh paths"));
        };
        let train = self.train.map_or(years * 6, |train| months_of_days(train.days()));
        Ok(Box::new(TruthColumn {
            objective: self.choose_by.unwrap_or_default(),
            truth: population::size_of_population(self.truth)?,
            train,
        }))
    }
}

/// The checked study.
struct TruthColumn {
    objective: Objective,
    truth: u64,
    train: usize,
}

/// Ways of judging a choice.
const ESTIMATES: [(&str, &str); 5] = [
    ("in_sample", "the best of the whole history, on that history"),
    ("walk_forward", "chosen each year on the training window before it, stitched"),
    ("combinatorial", "chosen on four of six folds, judged on the others, mean of five stitched histories"),
    ("out_of_sample", "chosen on the first half, judged on the second"),
    ("untuned", "the first value of the grid, on the whole history"),
];

/// Figures: name, unit of the objective's stands in its place, and scale.
const FIGURES: [(&str, &str, f64); 4] = [
    ("objective", "", 1.0),
    ("sharpe", "per root year", 1.0),
    ("cost", "bp of capital a year", 1.0),
    ("her_plus21", "share of loss, to the end of the crash at most", 1.0),
];

impl TruthColumn {
    fn reader(&self, experiment: &Experiment) -> Option<Reader> {
        let purge = months_of_days(experiment.longest_tenor());
        let months = months(experiment);
        let scheme = Combinatorial::new(FOLDS.0, FOLDS.1, purge, 0).ok()?;
        Some(Reader {
            grids: Grid::wanted(experiment, LEAST_YEARS).ok()?,
            months,
            manner: Manner { objective: self.objective, train: self.train, purge },
            folds: Folds::of(&scheme, months)?,
        })
    }
}

impl Question for TruthColumn {
    fn intent(&self) -> String {
        format!(
            "Truth: figures of choices by {} as {} ways of judging report them, beside their values over {} fresh paths.",
            self.objective.name(),
            ESTIMATES.len(),
            self.truth
        )
    }

    fn fits(&self, experiment: &Experiment) -> Result<(), Refusal> {
        Grid::wanted(experiment, LEAST_YEARS)?;
        if self.objective == Objective::HerPlus21 {
            return Err(leaks());
        }
        let Some(reader) = self.reader(experiment) else {
            let message = "the longest tenor leaves nothing to learn from between six folds";
            return Err(Refusal::new("", message).help("raise `years`"));
        };
        let needed = self.train + reader.manner.purge + MONTHS_PER_YEAR as usize;
        if self.train < 6 || needed > reader.months {
            let message = format!(
                "is {} months, must be at least 6 and leave {} months of purge and a year to judge in the {} months of a path",
                self.train, reader.manner.purge, reader.months
            );
            return Err(Refusal::new("train", message));
        }
        Ok(())
    }

    fn reads(&self, experiment: &Experiment, _: u64) -> Option<Box<dyn Study>> {
        self.reader(experiment).map(|reader| Box::new(reader) as Box<dyn Study>)
    }

    fn passes(&self, experiment: &Experiment) -> Vec<(u64, usize)> {
        let rules = Grid::wanted(experiment, 2).unwrap_or_default().iter().map(|grid| grid.members.len() + 1).sum();
        vec![(self.truth, rules)]
    }

    fn bytes(&self, experiment: &Experiment) -> f64 {
        let grids = Grid::wanted(experiment, 2).unwrap_or_default();
        let own: usize = grids.iter().map(Reader::grid_width).sum();
        (experiment.paths as usize * own * size_of::<f64>()) as f64
            + self.truth as f64 * population::bytes(experiment, &grids)
    }

    fn answer(&self, experiment: &Experiment, records: &[f64], walk: &Walks<'_>) -> Result<Option<Answer>, String> {
        let Some(reader) = self.reader(experiment) else { return Ok(None) };
        let paths = experiment.paths..experiment.paths + self.truth;
        let Some(truths) = population::truths(experiment, &reader.grids, self.objective, paths, walk)? else {
            return Ok(None);
        };
        let width = reader.width();
        let mut from = 0;
        let mut found = Vec::new();
        for (grid, truth) in reader.grids.iter().zip(&truths) {
            let at = from..from + Reader::grid_width(grid);
            from = at.end;
            let rows: Vec<&[f64]> = records.chunks_exact(width).map(|path| &path[at.clone()]).collect();
            found.push(Found::of(grid, truth, &rows));
        }
        let warnings = reader.grids.iter().zip(&truths).filter_map(|(grid, truth)| truth.warning(&grid.name)).collect();
        let figures = self.figures(experiment, &reader, &found, &truths);
        Ok(Some(Answer { figures, ..self.conclude(&reader, &found, warnings) }))
    }
}

impl TruthColumn {
    fn conclude(&self, reader: &Reader, found: &[Found], warnings: Vec<String>) -> Answer {
        let ways: Vec<String> = ESTIMATES.iter().map(|(name, words)| format!("{name}: {words}")).collect();
        // The objective's own figure is not shown twice.
        let shown = |figure: &usize| *figure == 0 || FIGURES[*figure].0 != self.objective.name();
        let tables =
            found.iter().flat_map(|grid| (0..FIGURES.len()).filter(shown).map(|figure| self.table(grid, figure)));
        let (scale, unit) = self.objective.shown();
        let sentence = |grid: &Found| {
            let bias = |estimate: usize| told(grid.judged[0][estimate].bias.as_ref(), scale);
            format!(
                "Truth, {}: the in-sample figure of the choice is {} {unit} above its true value, walk-forward {}, combinatorial \
                 {}, out of sample {}; over the members of one history value in sample and true value have a rank correlation of {} \
                 on average.",
                grid.name,
                bias(0),
                bias(1),
                bias(2),
                bias(3),
                told(grid.ranks.as_ref(), 1.0)
            )
        };
        let entry = |grid: &Found| {
            let figures: Map<String, Value> = FIGURES
                .iter()
                .zip(&grid.judged)
                .map(|((figure, ..), list)| {
                    let ways: Map<String, Value> = ESTIMATES
                        .iter()
                        .zip(list)
                        .map(|((name, _), judged)| ((*name).to_owned(), judged.json()))
                        .collect();
                    ((*figure).to_owned(), Value::Object(ways))
                })
                .collect();
            (
                grid.name.clone(),
                json!({ "figures": figures, "rank_correlation_of_members": to_json(grid.ranks.as_ref()) }),
            )
        };
        let mut notes = vec![format!(
            "Histories of {:.1} years, chosen by {}; truth: pooled over {} other paths, whose error counts in all errors but that of \
             rank correlations. {}. The bias holds luck of the choice and what a short history does to the figure itself (see \
             untuned, where nothing is chosen). rank corr.: over histories, between what is reported and what is true of the \
             pick. Training and judged months stand {} months apart, the longest tenor; no switch is charged.{}",
            reader.months as f64 / MONTHS_PER_YEAR,
            self.objective.name(),
            self.truth,
            ways.join("; "),
            reader.manner.purge,
            self.objective.caution()
        )];
        notes.extend(warnings);
        Answer {
            name: "truth",
            tables: tables.collect(),
            notes,
            closing: found.iter().map(sentence).collect::<Vec<_>>().join(" "),
            figures: Vec::new(),
            json: json!({
                "choose_by": self.objective,
                "unit": self.objective.unit(),
                "truth_paths": self.truth,
                "train_months": self.train,
                "purge_months": reader.manner.purge,
                "level": LEVEL,
                "rules": found.iter().map(entry).collect::<Map<_, _>>(),
            }),
        }
    }

    fn table(&self, grid: &Found, figure: usize) -> Table {
        let (name, unit, plain) = FIGURES[figure];
        let (scale, unit) = if figure == 0 { self.objective.shown() } else { (plain, unit) };
        let name = if figure == 0 { self.objective.name() } else { name };
        let row = |((name, _), judged): (&(&str, &str), &Judged)| {
            let plain =
                |x: Option<f64>, scale: f64| Cell::Text(x.map_or("-".to_owned(), |x| format!("{:.3}", x * scale)));
            let cells = vec![
                Cell::Number(judged.reported, scale),
                Cell::Number(judged.truth, scale),
                Cell::Difference(judged.bias, scale),
                plain(judged.rmse, scale),
                plain(judged.rank, 1.0),
            ];
            ((*name).to_owned(), cells)
        };
        Table {
            title: format!("{}: {name} of the choice as reported and in truth, {unit}", grid.name),
            head: ["judged", "reported", "true", "bias", "rmse", "rank corr."].map(str::to_owned).to_vec(),
            rows: ESTIMATES.iter().zip(&grid.judged[figure]).map(row).collect(),
        }
    }
}
