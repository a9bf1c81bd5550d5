//! Tuned in one world, used in another: what the choice made on histories of each world is worth in every world, and which rule
//! of the grid regrets least in the worst of them.

mod figures;

use super::objective::Objective;
use super::question::{Answer, BuildsStudy, Cell, Question, Table, Walks, WritesRules, to_json, told};
use super::trials::population::{self, GridTruth, alone, beside, regret, size_of_population};
use super::trials::{Grid, Trials, best, cuts, months};
use crate::engine::{Experiment, Panel, Study, Twist};
use crate::shelf::Refusal;
use crate::stats::estimate::Estimate;
use crate::units::PositiveCount;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Tuned on histories of one market, judged in the others.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WorldShiftSpec")]
pub struct Spec {
    /// Scenario files whose markets are the other worlds; portfolio, hedges and rules are those of this one.
    #[garde(skip)]
    pub scenarios: Vec<PathBuf>,
    /// What is chosen by (default: es_at_equal_money).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Objective")]
    pub choose_by: Option<Objective>,
    /// Histories of each world (default: 300).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub paths: Option<PositiveCount>,
    /// Paths of the independent population of each world (default: 2000).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub truth: Option<PositiveCount>,
}

/// Members that are shown with their regret.
const SHOWN: usize = 5;

/// Most other worlds.
const MOST_WORLDS: usize = 12;

impl BuildsStudy for Spec {
    fn build(&self, desk: &mut dyn WritesRules) -> Result<Box<dyn Question>, Refusal> {
        if desk.simulated_years().is_none() {
            return Err(Refusal::new("", "needs a simulated market: history has no fresh paths"));
        }
        if self.scenarios.is_empty() || self.scenarios.len() > MOST_WORLDS {
            let message = format!("has {} files, must be 1 to {MOST_WORLDS}", self.scenarios.len());
            return Err(Refusal::new("scenarios", message));
        }
        let world = |(i, file): (usize, &PathBuf)| {
            desk.world(file).map_err(|refusal| refusal.within(&format!("scenarios[{i}]")))
        };
        let worlds = self.scenarios.iter().enumerate().map(world).collect::<Result<_, _>>()?;
        Ok(Box::new(WorldShift {
            objective: self.choose_by.unwrap_or_default(),
            worlds,
            paths: self.paths.map_or(300, PositiveCount::get),
            truth: size_of_population(self.truth)?,
        }))
    }
}

/// The checked study.
struct WorldShift {
    objective: Objective,
    /// The other worlds.
    worlds: Vec<(String, Experiment)>,
    paths: u64,
    truth: u64,
}

/// The best member of each grid on every path.
struct Picks {
    grids: Vec<Grid>,
    months: usize,
    objective: Objective,
}

impl Study for Picks {
    fn cuts(&self) -> Vec<usize> {
        cuts(self.months)
    }

    fn width(&self) -> usize {
        self.grids.len()
    }

    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]) {
        let mut values = Vec::new();
        for (grid, pick) in self.grids.iter().zip(out) {
            let trials = Trials::read(panel, lane, grid, self.months);
            trials.values(self.objective, std::slice::from_ref(&(0..self.months)), &mut values);
            *pick = best(&values) as f64;
        }
    }
}

/// One world: what histories of it lead to, and what is true in it.
struct World {
    name: String,
    /// `[grid][history]`.
    picks: Vec<Vec<usize>>,
    truths: Vec<GridTruth>,
}

impl WorldShift {
    fn look(&self, name: &str, experiment: &Experiment, walk: &Walks<'_>) -> Result<Option<World>, String> {
        let grids = Grid::wanted(experiment, 2).unwrap_or_default();
        let (walked, of_walked) = alone(experiment, &grids, Twist::None);
        let reader = Picks { months: months(experiment), objective: self.objective, grids: of_walked };
        let Some(records) = walk.read(&walked, &reader, 0..self.paths)? else { return Ok(None) };
        let paths = self.paths..self.paths + self.truth;
        let Some(truths) = population::truths(experiment, &grids, self.objective, paths, walk)? else {
            return Ok(None);
        };
        let of_grid = |grid: usize| records.chunks_exact(grids.len()).map(|path| path[grid] as usize).collect();
        Ok(Some(World { name: name.to_owned(), picks: (0..grids.len()).map(of_grid).collect(), truths }))
    }
}

impl Question for WorldShift {
    fn intent(&self) -> String {
        let names: Vec<&str> = self.worlds.iter().map(|(name, _)| name.as_str()).collect();
        format!(
            "World shift: chosen by {} on {} histories here and in {}, judged in each by {} fresh paths.",
            self.objective.name(),
            self.paths,
            names.join(", "),
            self.truth
        )
    }

    fn fits(&self, experiment: &Experiment) -> Result<(), Refusal> {
        Grid::wanted(experiment, 2).map(|_| ())
    }

    fn passes(&self, experiment: &Experiment) -> Vec<(u64, usize)> {
        let rules = Grid::wanted(experiment, 2).unwrap_or_default().iter().map(|grid| grid.members.len() + 1).sum();
        [(self.paths, rules), (self.truth, rules)].repeat(1 + self.worlds.len())
    }

    fn bytes(&self, experiment: &Experiment) -> f64 {
        // One population at a time.
        self.truth as f64 * population::bytes(experiment, &Grid::wanted(experiment, 2).unwrap_or_default())
    }

    fn answer(&self, experiment: &Experiment, _: &[f64], walk: &Walks<'_>) -> Result<Option<Answer>, String> {
        let mut found = Vec::new();
        let here = std::iter::once(("here", experiment));
        for (name, world) in here.chain(self.worlds.iter().map(|(name, world)| (name.as_str(), world))) {
            let Some(world) = self.look(name, world, walk)? else { return Ok(None) };
            found.push(world);
        }
        let grids = Grid::wanted(experiment, 2).unwrap_or_default();
        let shifts: Vec<Shift> =
            grids.iter().enumerate().map(|(i, grid)| Shift::of(grid, grid.names(experiment), i, &found)).collect();
        Ok(Some(self.conclude(&found, &shifts)))
    }
}

/// What was found for one grid.
struct Shift {
    name: String,
    members: Vec<String>,
    /// `[tuned in][used in]`: true value of the picks less that of the untuned rule there.
    gains: Vec<Vec<Option<Estimate>>>,
    /// For each member, what it truly loses against the best one of each world.
    regrets: Vec<Vec<Option<Estimate>>>,
    /// The truly best member of each world.
    best: Vec<usize>,
    /// `[world][member]`: it cannot be told from the best one there.
    near: Vec<Vec<bool>>,
    warnings: Vec<String>,
}

impl Shift {
    fn of(grid: &Grid, members: Vec<String>, at: usize, worlds: &[World]) -> Self {
        let gain = |from: &World, to: &World| beside(&to.truths[at], &from.picks[at], 0);
        let regrets = |member: usize| worlds.iter().map(|world| regret(&world.truths[at], &[member])).collect();
        let near = |world: &World| {
            let (truth, best) = (&world.truths[at], world.truths[at].best());
            let told = |member: usize| beside(truth, &[member], best).is_none_or(|found| found.excludes_zero());
            (0..members.len()).map(|member| member != best && !told(member)).collect()
        };
        let warning = |world: &World| world.truths[at].warning(&format!("{} in {}", grid.name, world.name));
        Self {
            name: grid.name.clone(),
            gains: worlds.iter().map(|from| worlds.iter().map(|to| gain(from, to)).collect()).collect(),
            regrets: (0..members.len()).map(regrets).collect(),
            best: worlds.iter().map(|world| world.truths[at].best()).collect(),
            near: worlds.iter().map(near).collect(),
            warnings: worlds.iter().filter_map(warning).collect(),
            members,
        }
    }

    /// The largest regret of a member in any world; none where one is not defined.
    fn worst(&self, member: usize) -> Option<Estimate> {
        let all: Option<Vec<Estimate>> = self.regrets[member].iter().copied().collect();
        all?.into_iter().max_by(|a, b| a.value.total_cmp(&b.value))
    }

    /// Members from the smallest to the largest worst regret.
    fn order(&self) -> Vec<usize> {
        let value = |member: usize| self.worst(member).map_or(f64::INFINITY, |worst| worst.value);
        let mut order: Vec<usize> = (0..self.members.len()).collect();
        order.sort_by(|a, b| value(*a).total_cmp(&value(*b)));
        order
    }

    /// The lowest of some gains.
    fn lowest(row: &[Option<Estimate>]) -> Option<Estimate> {
        row.iter().flatten().copied().min_by(|a, b| a.value.total_cmp(&b.value))
    }
}

impl WorldShift {
    fn conclude(&self, worlds: &[World], shifts: &[Shift]) -> Answer {
        let (scale, unit) = self.objective.shown();
        let table = |shift: &Shift| {
            let heads = worlds.iter().map(|world| format!("in {}", world.name)).chain(["worst".to_owned()]);
            let row = |(world, gains): (&World, &Vec<Option<Estimate>>)| {
                let cells = gains.iter().copied().chain([Shift::lowest(gains)]);
                (world.name.clone(), cells.map(|gain| Cell::Difference(gain, scale)).collect())
            };
            Table {
                title: format!(
                    "{}: true value of what was tuned in the world of the row less the untuned rule's, {unit}",
                    shift.name
                ),
                head: std::iter::once("tuned in".to_owned()).chain(heads).collect(),
                rows: worlds.iter().zip(&shift.gains).map(row).collect(),
            }
        };
        let told_member = |shift: &Shift, member: usize| {
            if member == 0 { format!("{} (untuned)", shift.members[0]) } else { shift.members[member].clone() }
        };
        let regrets = |shift: &Shift| {
            let heads = worlds.iter().map(|world| format!("in {}", world.name)).chain(["worst".to_owned()]);
            let row = |member: usize| {
                let cells = shift.regrets[member].iter().copied().chain([shift.worst(member)]);
                (told_member(shift, member), cells.map(|regret| Cell::Number(regret, scale)).collect())
            };
            let mut shown: Vec<usize> = shift.order().into_iter().take(SHOWN).collect();
            if !shown.contains(&0) {
                shown.push(0);
            }
            Table {
                title: format!("{}: what a member loses against the truly best one of each world, {unit}", shift.name),
                head: std::iter::once("member".to_owned()).chain(heads).collect(),
                rows: shown.into_iter().map(row).collect(),
            }
        };
        let sentence = |shift: &Shift| {
            let (least, here) = (shift.order()[0], &shift.gains[0]);
            format!(
                "World shift, {}: tuned here the choice gains {} {unit} here and {} in the worst world; {} has the smallest \
                 worst-case regret of the grid, {}, the untuned rule {}.",
                shift.name,
                told(here[0].as_ref(), scale),
                told(Shift::lowest(here).as_ref(), scale),
                told_member(shift, least),
                told(shift.worst(least).as_ref(), scale),
                told(shift.worst(0).as_ref(), scale)
            )
        };
        let entry = |shift: &Shift| {
            let matrix: Vec<Vec<Value>> =
                shift.gains.iter().map(|row| row.iter().map(|gain| to_json(gain.as_ref())).collect()).collect();
            let members = 0..shift.members.len();
            let worst: Map<String, Value> =
                members.map(|member| (shift.members[member].clone(), to_json(shift.worst(member).as_ref()))).collect();
            let least = shift.members[shift.order()[0]].clone();
            (shift.name.clone(), json!({ "gains": matrix, "worst_regret": worst, "least_regret": least }))
        };
        let mut notes = vec![format!(
            "{} histories of each world, the best of the whole history by {}; truth from {} other paths of each world. The \
             regret of a member is what it loses there against the truly best one; the {SHOWN} smallest worst regrets are shown.{}",
            self.paths,
            self.objective.name(),
            self.truth,
            self.objective.caution()
        )];
        notes.extend(shifts.iter().flat_map(|shift| shift.warnings.clone()));
        Answer {
            name: "world_shift",
            tables: shifts.iter().flat_map(|shift| [table(shift), regrets(shift)]).collect(),
            notes,
            closing: shifts.iter().map(sentence).collect::<Vec<_>>().join(" "),
            figures: self.figures(worlds, shifts),
            json: json!({
                "choose_by": self.objective,
                "unit": self.objective.unit(),
                "worlds": worlds.iter().map(|world| world.name.clone()).collect::<Vec<_>>(),
                "paths": self.paths,
                "truth_paths": self.truth,
                "rules": shifts.iter().map(entry).collect::<Map<_, _>>(),
            }),
        }
    }
}
