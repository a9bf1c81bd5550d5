//! What a back-tester would be told: on every path the members of a tuned grid are tried on the whole history, the best one
//! is picked, and the usual checks are asked whether its advantage is luck.

mod figures;

use super::combinatorial::switched_off;
use super::measure::mean_over_paths;
use super::objective::{MONTHS_PER_YEAR, Objective};
use super::question::{Answer, BuildsStudy, Cell, Question, Table, Walks, WritesRules, to_json, told};
use super::trials::diagnose::{Bootstrap, Diagnosis, EACH, FIELDS, field};
use super::trials::{Grid, SIZING, months};
use crate::engine::{Experiment, Study};
use crate::shelf::Refusal;
use crate::stats::estimate::Estimate;
use crate::units::{Positive, PositiveCount};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The usual checks on every path: PBO, PSR, DSR, Reality Check and SPA over the tuned grids.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SelectionSpec")]
pub struct Spec {
    /// What is chosen by (default: es_at_equal_money).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Objective")]
    pub choose_by: Option<Objective>,
    /// How the bootstrap tests are made.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BootstrapSpec")]
    pub bootstrap: Option<BootstrapSpec>,
}

/// The bootstrap of Reality Check and SPA.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct BootstrapSpec {
    /// The first so many paths are tested (default: 500).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub paths: Option<PositiveCount>,
    /// Replications on each, at least 99 (default: 200).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub replications: Option<PositiveCount>,
    /// Mean length of a block, months of 21 days (default: 3).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Positive")]
    pub mean_block: Option<Positive>,
}

/// Fewest and most replications on a path: with fewer no p-value is below 1 %.
const REPLICATIONS: (u64, u64) = (99, 10_000);

impl BootstrapSpec {
    /// Checked, with defaults.
    ///
    /// # Errors
    /// A [`Refusal`] naming the field.
    pub fn build(spec: Option<&Self>) -> Result<Bootstrap, Refusal> {
        let (paths, replications, mean_block) =
            spec.map_or((None, None, None), |spec| (spec.paths, spec.replications, spec.mean_block));
        let replications = replications.map_or(200, PositiveCount::get);
        if !(REPLICATIONS.0..=REPLICATIONS.1).contains(&replications) {
            let message = format!("is {replications}, must be from {} to {}", REPLICATIONS.0, REPLICATIONS.1);
            return Err(Refusal::new("bootstrap.replications", message));
        }
        let mean_block = mean_block.map_or(3.0, Positive::get);
        if !(mean_block >= 1.0) {
            return Err(Refusal::new("bootstrap.mean_block", format!("is {mean_block}, must be at least 1 month")));
        }
        let paths = paths.map_or(500, PositiveCount::get);
        Ok(Bootstrap { paths, replications, mean_block, seed: 0 })
    }
}

impl BuildsStudy for Spec {
    fn build(&self, _: &mut dyn WritesRules) -> Result<Box<dyn Question>, Refusal> {
        let bootstrap = BootstrapSpec::build(self.bootstrap.as_ref())?;
        Ok(Box::new(Selection { objective: self.choose_by.unwrap_or_default(), bootstrap }))
    }
}

/// The checked study.
struct Selection {
    objective: Objective,
    bootstrap: Bootstrap,
}

/// Blocks must be short beside the history: one that spans it resamples nothing, and everything looks significant.
pub(super) fn fits(bootstrap: &Bootstrap, experiment: &Experiment) -> Result<(), Refusal> {
    let most = ((months(experiment) - SIZING) / 4) as f64;
    if bootstrap.mean_block <= most {
        return Ok(());
    }
    let message = format!("is {}, must be at most {most} months, a quarter of what is judged", bootstrap.mean_block);
    Err(Refusal::new("bootstrap.mean_block", message))
}

/// Years that the blocks of a probability of overfitting need.
pub(super) const LEAST_YEARS: usize = 2;

impl Selection {
    fn diagnosis(&self, experiment: &Experiment, earlier_trials: u64) -> Diagnosis {
        Diagnosis {
            grids: Grid::wanted(experiment, LEAST_YEARS).unwrap_or_default(),
            months: months(experiment),
            objective: self.objective,
            earlier_trials,
            bootstrap: Bootstrap { seed: experiment.seed, ..self.bootstrap },
            taken_off: Vec::new(),
            planted: None,
        }
    }
}

impl Question for Selection {
    fn intent(&self) -> String {
        format!(
            "Selection: the best of each grid by {} on every path, with PBO over 70 combinations of 8 blocks, PSR and DSR; \
             Reality Check and SPA on the first {} paths ({} replications).",
            self.objective.name(),
            self.bootstrap.paths,
            self.bootstrap.replications
        )
    }

    fn fits(&self, experiment: &Experiment) -> Result<(), Refusal> {
        Grid::wanted(experiment, LEAST_YEARS)?;
        fits(&self.bootstrap, experiment)
    }

    fn reads(&self, experiment: &Experiment, earlier_trials: u64) -> Option<Box<dyn Study>> {
        Some(Box::new(self.diagnosis(experiment, earlier_trials)))
    }

    fn passes(&self, _: &Experiment) -> Vec<(u64, usize)> {
        Vec::new()
    }

    fn bytes(&self, experiment: &Experiment) -> f64 {
        (experiment.paths as usize * self.diagnosis(experiment, 0).width() * size_of::<f64>()) as f64
    }

    fn answer(&self, experiment: &Experiment, records: &[f64], walk: &Walks<'_>) -> Result<Option<Answer>, String> {
        let diagnosis = self.diagnosis(experiment, walk.earlier_trials);
        let found: Vec<Checks> = (0..diagnosis.grids.len()).map(|i| Checks::of(&diagnosis, i, records)).collect();
        let convinced = if walk.earlier_trials > 0 { &CONVINCED[..] } else { &CONVINCED[1..] };
        let tables = vec![
            table("What the checks say of the best of each grid, on the history of each path", &found, &CHECKS),
            table("How often they are convinced, % of paths", &found, convinced),
        ];
        let years = diagnosis.months as f64 / MONTHS_PER_YEAR;
        let Bootstrap { paths, replications, mean_block, .. } = diagnosis.bootstrap;
        let mut notes = vec![format!(
            "Histories of {years:.1} years in months of 21 days, picks by {}. PBO: 70 combinations of 8 blocks; worse: share of \
             combinations whose winner is worse than the untuned rule in the other half; slope: of the winner's value in the \
             other half on that in its own. PSR, DSR, Reality Check and SPA ask of the monthly advantage over the fixed hedge in \
             the size of the mean multiplier so far; the last two and the effective number of trials on the first {} paths, \
             {replications} replications, mean block {mean_block} months.{}",
            self.objective.name(),
            paths.min(experiment.paths),
            self.objective.caution()
        )];
        notes.extend(
            found.iter().filter_map(|checks| switched_off(&checks.name, checks.get("picked_least_hedge").as_ref())),
        );
        if walk.earlier_trials > 0 {
            notes.push(format!("DSR with the ledger counts {} variants that earlier runs tried.", walk.earlier_trials));
        }
        Ok(Some(Answer {
            name: "selection",
            tables,
            notes,
            closing: found.iter().map(|checks| checks.sentence(walk.earlier_trials > 0)).collect::<Vec<_>>().join(" "),
            figures: figures::figures(&diagnosis, &found, records),
            json: json!({
                "choose_by": self.objective,
                "months": diagnosis.months,
                "bootstrap": { "paths": paths.min(experiment.paths), "replications": replications, "mean_block": mean_block },
                "earlier_trials": walk.earlier_trials,
                "rules": found.iter().map(|checks| (checks.name.clone(), checks.json())).collect::<Map<_, _>>(),
            }),
        }))
    }
}

/// Columns of the first table: head, name and scale.
const CHECKS: [(&str, &str, f64); 8] = [
    ("PBO", "pbo", 1.0),
    ("slope", "degradation_slope", 1.0),
    ("worse", "worse_than_untuned", 1.0),
    ("best SR", "best_advantage_sharpe", 1.0),
    ("PSR", "psr", 1.0),
    ("DSR", "dsr", 1.0),
    ("SPA p", "p_studentised_consistent", 1.0),
    ("eff. trials", "effective_trials", 1.0),
];

/// Columns of the second table; the first one only where a ledger knows of other trials.
const CONVINCED: [(&str, &str, f64); 7] = [
    ("DSR with ledger", "share_dsr_with_earlier_trials_95", 100.0),
    ("PBO < 1/2", "share_pbo_below_half", 100.0),
    ("PSR >= .95", "share_psr_95", 100.0),
    ("DSR >= .95", "share_dsr_95", 100.0),
    ("RC p <= .05", "share_white_rc_05", 100.0),
    ("SPA p <= .05", "share_spa_05", 100.0),
    ("picks least", "picked_least_hedge", 100.0),
];

fn table(title: &str, found: &[Checks], columns: &[(&str, &str, f64)]) -> Table {
    let head = ["rule", "grid"].into_iter().chain(columns.iter().map(|(head, ..)| *head));
    let row = |checks: &Checks| {
        let size = Cell::Text(checks.members.to_string());
        let cells = columns.iter().map(|(_, name, scale)| Cell::Number(checks.get(name), *scale));
        (checks.name.clone(), std::iter::once(size).chain(cells).collect())
    };
    Table { title: title.to_owned(), head: head.map(str::to_owned).collect(), rows: found.iter().map(row).collect() }
}

/// What the checks say of one grid, over paths.
pub(super) struct Checks {
    pub(super) name: String,
    members: usize,
    numbers: Vec<(String, Option<Estimate>)>,
    picked: Vec<f64>,
}

impl Checks {
    /// From what a diagnosis left on each path.
    pub(super) fn of(diagnosis: &Diagnosis, grid: usize, records: &[f64]) -> Self {
        let width = diagnosis.width();
        let rows = || records.chunks_exact(width).map(|path| &path[grid * EACH..][..EACH]);
        let column = |name: &str| {
            let at = field(name);
            rows().map(move |row| row[at])
        };
        let mut numbers: Vec<(String, Option<Estimate>)> =
            FIELDS[..FIELDS.len() - 1].iter().map(|name| ((*name).to_owned(), mean_over_paths(column(name)))).collect();
        let mut share = |name: &str, of: &str, holds: &dyn Fn(f64) -> bool| {
            let hits = column(of).filter(|x| x.is_finite()).map(|x| f64::from(u8::from(holds(x))));
            numbers.push((name.to_owned(), mean_over_paths(hits)));
        };
        share("share_pbo_below_half", "pbo", &|x| x < 0.5);
        share("share_psr_95", "psr", &|x| x >= 0.95);
        share("share_dsr_95", "dsr", &|x| x >= 0.95);
        share("share_dsr_with_earlier_trials_95", "dsr_with_earlier_trials", &|x| x >= 0.95);
        share("share_white_rc_05", "p_white_rc", &|x| x <= 0.05);
        share("share_spa_05", "p_studentised_consistent", &|x| x <= 0.05);
        let members = diagnosis.grids[grid].members.len();
        let mut picked = vec![0.0; members];
        let paths = rows().count() as f64;
        column("picked").for_each(|pick| picked[pick as usize] += 1.0 / paths);
        Self { name: diagnosis.grids[grid].name.clone(), members, numbers, picked }
    }

    /// One number.
    pub(super) fn get(&self, name: &str) -> Option<Estimate> {
        self.numbers.iter().find(|(known, _)| known == name).and_then(|(_, estimate)| *estimate)
    }

    fn sentence(&self, ledger: bool) -> String {
        let share = |name: &str| told(self.get(name).as_ref(), 100.0);
        format!(
            "Selection, {} ({} variants): PBO {} on average; the best advantage convinces PSR on {} %, DSR{} on {} %, SPA on {} % \
             of histories.",
            self.name,
            self.members,
            told(self.get("pbo").as_ref(), 1.0),
            share("share_psr_95"),
            if ledger { " (earlier trials counted)" } else { "" },
            share(if ledger { "share_dsr_with_earlier_trials_95" } else { "share_dsr_95" }),
            share("share_spa_05")
        )
    }

    fn json(&self) -> Value {
        let numbers: Map<String, Value> =
            self.numbers.iter().map(|(name, estimate)| (name.clone(), to_json(estimate.as_ref()))).collect();
        json!({ "members": self.members, "picked": self.picked, "numbers": numbers })
    }
}
