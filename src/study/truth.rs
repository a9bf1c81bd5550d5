//! By how much do back-tests lie? Figures of what a choice picks, as each way of judging it reports them, beside what the pick
//! is worth in an independent population of paths.

use super::measure::{Measured, mean_over_paths};
use super::objective::{MONTHS_PER_YEAR, Objective, Stream};
use super::protocols::population_of;
use super::question::{Answer, BuildsStudy, Cell, Question, Table, Walks, WritesRules, to_json, told};
use super::trials::folds::Folds;
use super::trials::population::{self, BATCHES, GridTruth, Truth, batch_error, figures};
use super::trials::protocol::{FOLDS, Manner};
use super::trials::{Grid, Trials, cuts, months, months_of_days};
use crate::engine::{Experiment, Panel, Study};
use crate::grid::Span;
use crate::shelf::Refusal;
use crate::stats::combinatorial::Combinatorial;
use crate::stats::estimate::{Estimate, LEVEL};
use crate::stats::rank::rank_correlation;
use crate::units::PositiveCount;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::ops::Range;

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
            truth: population_of(self.truth)?,
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
    ("her_plus21", "share of loss", 1.0),
];

/// Reads the figures and the picks of every path.
struct Reader {
    grids: Vec<Grid>,
    months: usize,
    manner: Manner,
    folds: Folds,
}

impl TruthColumn {
    fn reader(&self, experiment: &Experiment) -> Option<Reader> {
        let purge = months_of_days(experiment.longest_tenor());
        let months = months(experiment);
        let scheme = Combinatorial::new(FOLDS.0, FOLDS.1, purge, 0).ok()?;
        Some(Reader {
            grids: Grid::wanted(experiment, LEAST_YEARS).ok()?,
            months,
            manner: Manner { objective: self.objective, train: self.train, purge, earlier_trials: 0 },
            folds: Folds::of(&scheme, months)?,
        })
    }
}

/// What one way of judging reports of a path: figures, and how often each member was picked.
struct Report {
    figures: [f64; FIGURES.len()],
    shares: Vec<f64>,
}

impl Reader {
    fn simple(&self, trials: &Trials, pick: usize, judged: Range<usize>) -> Report {
        let months = std::slice::from_ref(&judged);
        let mut shares = vec![0.0; trials.members()];
        shares[pick] = 1.0;
        Report { figures: figures(self.manner.objective, &trials.stream(pick, months), &trials.fixed(months)), shares }
    }

    fn walk_forward(&self, trials: &Trials) -> Report {
        let (mut chosen, mut fixed) = (Stream::default(), Stream::default());
        let mut shares = vec![0.0; trials.members()];
        let test = MONTHS_PER_YEAR as usize;
        let mut start = self.manner.train + self.manner.purge;
        let folds = (self.months - start) / test;
        for _ in 0..folds {
            let end = start - self.manner.purge;
            let pick = self.manner.best(trials, end - self.manner.train..end);
            let judged = start..start + test;
            chosen.add(&trials.stream(pick, std::slice::from_ref(&judged)));
            fixed.add(&trials.fixed(std::slice::from_ref(&judged)));
            shares[pick] += 1.0 / folds as f64;
            start += test;
        }
        Report { figures: figures(self.manner.objective, &chosen, &fixed), shares }
    }

    fn combinatorial(&self, trials: &Trials) -> Report {
        let picks = self.folds.picks(trials, self.manner.objective);
        let mut shares = vec![0.0; trials.members()];
        picks.iter().for_each(|pick| shares[pick.member] += 1.0 / picks.len() as f64);
        let mut mean = [0.0; FIGURES.len()];
        let histories = self.folds.histories.len();
        for history in 0..histories {
            let (chosen, fixed) = self.folds.stitched(trials, history, |split| picks[split].member);
            for (sum, figure) in mean.iter_mut().zip(figures(self.manner.objective, &chosen, &fixed)) {
                *sum += figure / histories as f64;
            }
        }
        Report { figures: mean, shares }
    }

    fn reports(&self, trials: &Trials) -> [Report; ESTIMATES.len()] {
        let half = self.months / 2;
        let first = self.manner.best(trials, 0..half - self.manner.purge.min(half / 2));
        let whole = 0..self.months;
        [
            self.simple(trials, self.manner.best(trials, whole.clone()), whole.clone()),
            self.walk_forward(trials),
            self.combinatorial(trials),
            self.simple(trials, first, half..self.months),
            self.simple(trials, 0, whole),
        ]
    }

    /// Numbers of a grid on a path: figures and shares of each way, then the value of every member on the whole history.
    fn grid_width(grid: &Grid) -> usize {
        ESTIMATES.len() * (FIGURES.len() + grid.members.len()) + grid.members.len()
    }
}

impl Study for Reader {
    fn cuts(&self) -> Vec<usize> {
        cuts(self.months)
    }

    fn width(&self) -> usize {
        self.grids.iter().map(Self::grid_width).sum()
    }

    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]) {
        let mut rest = out;
        for grid in &self.grids {
            let (out, others) = rest.split_at_mut(Self::grid_width(grid));
            let trials = Trials::read(panel, lane, grid, self.months);
            let each = FIGURES.len() + trials.members();
            for (report, out) in self.reports(&trials).iter().zip(out.chunks_exact_mut(each)) {
                out[..FIGURES.len()].copy_from_slice(&report.figures);
                out[FIGURES.len()..].copy_from_slice(&report.shares);
            }
            let mut values = Vec::new();
            trials.values(self.manner.objective, std::slice::from_ref(&(0..self.months)), &mut values);
            out[ESTIMATES.len() * each..].copy_from_slice(&values);
            rest = others;
        }
    }
}

/// One figure of one way of judging, over paths.
struct Judged {
    reported: Option<Estimate>,
    truth: Option<Estimate>,
    bias: Option<Estimate>,
    rmse: Option<f64>,
    /// Over paths, between what is reported and what is true of the pick.
    rank: Option<f64>,
}

impl Judged {
    fn of(truth: &GridTruth, rows: &[&[f64]], estimate: usize, figure: usize) -> Self {
        let members = &truth.members;
        let each = FIGURES.len() + members.len();
        let shares_of = |row: &[f64]| row[estimate * each + FIGURES.len()..][..members.len()].to_vec();
        let mixed = |shares: &[f64], of: &dyn Fn(&Truth) -> f64| -> f64 {
            let picked = members.iter().zip(shares).filter(|(_, share)| **share > 0.0);
            picked.map(|(truth, share)| share * of(truth)).sum()
        };
        let (mut reported, mut known) = (Vec::new(), Vec::new());
        let mut picked = vec![0.0; members.len()];
        for row in rows {
            let shares = shares_of(row);
            let (value, of_pick) = (row[estimate * each + figure], mixed(&shares, &|truth| truth.figures[figure]));
            // A history without a crash has no HER.
            if value.is_finite() && of_pick.is_finite() {
                reported.push(value);
                known.push(of_pick);
                picked.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
            }
        }
        let n = reported.len() as f64;
        picked.iter_mut().for_each(|sum| *sum /= n);
        let batches = 0..members[0].batches.len();
        let of_batch = |batch: usize| mixed(&picked, &|truth| truth.batches[batch][figure]);
        let doubt = batch_error(&batches.map(of_batch).collect::<Vec<_>>());
        let errors: Vec<f64> = reported.iter().zip(&known).map(|(a, b)| a - b).collect();
        let square = errors.iter().map(|x| x * x).sum::<f64>() / n;
        Self {
            reported: mean_over_paths(reported.iter().copied()),
            truth: with_doubt(&known, doubt),
            bias: with_doubt(&errors, doubt),
            rmse: Some(square.sqrt()).filter(|x| x.is_finite()),
            rank: rank_correlation(&reported, &known),
        }
    }

    fn json(&self) -> Value {
        json!({
            "reported": to_json(self.reported.as_ref()),
            "true": to_json(self.truth.as_ref()),
            "bias": to_json(self.bias.as_ref()),
            "rmse": self.rmse,
            "rank_correlation": self.rank,
        })
    }
}

/// A mean over histories whose truth is known from a finite population: both errors count.
fn with_doubt(values: &[f64], doubt: f64) -> Option<Estimate> {
    let mean = Measured::mean(values)?;
    let se = mean.se().map(|se| (se * se + doubt * doubt).sqrt());
    let method = "mean over histories, error of the truth included";
    Estimate::student(mean.value, se, (BATCHES - 1) as f64, LEVEL, values.len() as u64, method)
}

/// What was found for one grid.
struct Found {
    name: String,
    /// `[figure][estimate]`.
    judged: Vec<Vec<Judged>>,
    /// Mean over paths of the rank correlation, over members, of value in sample and true value.
    ranks: Option<Estimate>,
}

impl Found {
    fn of(grid: &Grid, truth: &GridTruth, rows: &[&[f64]]) -> Self {
        let of_figure =
            |figure| (0..ESTIMATES.len()).map(|estimate| Judged::of(truth, rows, estimate, figure)).collect();
        let values: Vec<f64> = truth.members.iter().map(Truth::value).collect();
        let from = ESTIMATES.len() * (FIGURES.len() + values.len());
        let of_path = |row: &&[f64]| rank_correlation(&row[from..], &values).unwrap_or(f64::NAN);
        Self {
            name: grid.name.clone(),
            judged: (0..FIGURES.len()).map(of_figure).collect(),
            ranks: mean_over_paths(rows.iter().map(of_path)),
        }
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
        Ok(Some(self.conclude(&reader, &found)))
    }
}

impl TruthColumn {
    fn conclude(&self, reader: &Reader, found: &[Found]) -> Answer {
        let ways: Vec<String> = ESTIMATES.iter().map(|(name, words)| format!("{name}: {words}")).collect();
        let tables = found.iter().flat_map(|grid| (0..FIGURES.len()).map(|figure| self.table(grid, figure)));
        let (scale, unit) = self.objective.shown();
        let sentence = |grid: &Found| {
            let bias = |estimate: usize| told(grid.judged[0][estimate].bias.as_ref(), scale);
            format!(
                "Truth, {}: the in-sample figure of the choice is {} {unit} above its true value, walk-forward {}, combinatorial \
                 {}, out of sample {}; the rank of a member in sample and in truth correlate {}.",
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
        Answer {
            name: "truth",
            tables: tables.collect(),
            notes: vec![format!(
                "Histories of {:.1} years, chosen by {}; truth: pooled over {} other paths. {}. The bias holds luck of the choice \
                 and what a short history does to the figure itself (see untuned, where nothing is chosen). Training and judged \
                 months stand {} months apart: the longest tenor.",
                reader.months as f64 / MONTHS_PER_YEAR,
                self.objective.name(),
                self.truth,
                ways.join("; "),
                reader.manner.purge
            )],
            closing: found.iter().map(sentence).collect::<Vec<_>>().join(" "),
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
                Cell::Number(judged.bias, scale),
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
