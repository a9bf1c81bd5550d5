//! Choosing among the members of a tuned grid on past days, and judging the choice on later ones, on every path.
//!
//! The halves (first against second) are a walk-forward with one fold. A fold's choice sees only sums over its training
//! days; test days are read afterwards. The stitched stream is the chosen members' own daily results; the trade from one
//! member's holdings to the next one's at the start of a fold is charged to it.
//!
//! Months are stretches of 21 days from the first day of each range, so that no other study and no other fold changes
//! them; what is left at the end of a range counts in all sums, but is no month.

use super::measure::Measured;
use super::objective::{MONTH, Objective, Stream, Sums};
use super::trials::Grid;
use crate::engine::{Experiment, Panel, Study, Sum};
use crate::grid::DAYS_PER_YEAR;
use crate::stats::estimate::Estimate;
use crate::stats::splits::Split;
use std::ops::Range;

/// A walk-forward over the grids of a scenario.
#[derive(Clone, Debug)]
pub struct WalkForward {
    /// Name of the study.
    pub name: &'static str,
    /// Folds, in evaluated days.
    pub splits: Vec<Split>,
    /// What is chosen by.
    pub objective: Objective,
    /// Grids.
    pub grids: Vec<Grid>,
}

/// How many [`NUMBERS`].
const WIDTH: usize = NUMBERS.len();

/// What is kept of a grid on a path: name and unit (empty: the objective's).
pub const NUMBERS: [(&str, &str); 12] = [
    ("in_sample", ""),
    ("untuned_in_sample", ""),
    ("out_of_sample", ""),
    ("untuned_out_of_sample", ""),
    ("in_sample_sharpe", "per root year"),
    ("out_of_sample_sharpe", "per root year"),
    ("untuned_sharpe", "per root year"),
    ("out_of_sample_cost", "bp of capital a year"),
    ("untuned_cost", "bp of capital a year"),
    ("switching_cost", "bp of capital a year"),
    ("choices_changed", "folds"),
    ("picked_least_hedge", "share of folds"),
];

/// Numbers that are kept of a grid on one path: [`NUMBERS`], then the share of folds in which each member was chosen.
fn grid_width(grid: &Grid) -> usize {
    WIDTH + grid.members.len()
}

/// Mean of shares; 0 of none.
fn share(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len().max(1) as f64
}

impl WalkForward {
    /// A study of these folds and grids.
    pub fn new(name: &'static str, splits: Vec<Split>, objective: Objective, grids: Vec<Grid>) -> Self {
        Self { name, splits, objective, grids }
    }

    fn read_grid(&self, grid: &Grid, panel: &Panel, lane: usize, out: &mut [f64]) {
        let path = Path { panel, lane };
        let (mut chosen, mut untuned, mut fixed) = (Stream::default(), Stream::default(), Stream::default());
        let (mut inside, mut inside_untuned, mut inside_sharpe, mut switching, mut changed, mut least) =
            (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        let mut before: Option<usize> = None;
        let mut picks = Vec::with_capacity(self.splits.len());
        for split in &self.splits {
            let train = &split.train;
            let reference = path.stream(grid.fixed, train);
            let tried: Vec<(usize, f64, f64, f64)> = grid
                .members
                .iter()
                .map(|member| {
                    let stream = path.stream(*member, train);
                    let held = stream.sums.multiplier.abs();
                    (*member, stream.value(self.objective, &reference), stream.sums.sharpe(), held)
                })
                .collect();
            let (best, value, sharpe, held) =
                tried.iter().fold((grid.members[0], f64::NEG_INFINITY, f64::NAN, f64::NAN), |best, next| {
                    if next.1 > best.1 { *next } else { best }
                });
            least += f64::from(u8::from(tried.iter().all(|other| held <= other.3)));
            inside += value;
            inside_untuned += path.stream(grid.members[0], train).value(self.objective, &reference);
            inside_sharpe += sharpe;
            let test = &split.test;
            let mut stream = path.stream(best, test);
            if let Some(before) = before.filter(|before| *before != best) {
                changed += 1.0;
                // At the last close before the test.
                if let Some(last) = panel.stretches_of(test).start.checked_sub(1) {
                    let cost = panel.switch_cost(before, best, last, lane);
                    stream.charge(cost);
                    switching += cost;
                }
            }
            before = Some(best);
            picks.push(best);
            chosen.add(&stream);
            untuned.add(&path.stream(grid.members[0], test));
            fixed.add(&path.stream(grid.fixed, test));
        }
        let folds = self.splits.len() as f64;
        let (out, picked) = out.split_at_mut(WIDTH);
        for (share, member) in picked.iter_mut().zip(&grid.members) {
            *share = picks.iter().filter(|pick| *pick == member).count() as f64 / folds;
        }
        out.copy_from_slice(&[
            inside / folds,
            inside_untuned / folds,
            chosen.value(self.objective, &fixed),
            untuned.value(self.objective, &fixed),
            inside_sharpe / folds,
            chosen.sums.sharpe(),
            untuned.sums.sharpe(),
            chosen.sums.cost_bp(),
            untuned.sums.cost_bp(),
            switching / chosen.sums.days * DAYS_PER_YEAR * 1e4,
            changed,
            least / folds,
        ]);
    }

    /// Conclusions from the numbers of all paths.
    pub fn conclude(&self, experiment: &Experiment, records: &[f64]) -> Vec<Choice> {
        let width = self.width();
        let mut next = 0;
        self.grids
            .iter()
            .map(|grid| {
                let at = next;
                next += grid_width(grid);
                let paired = |of: &dyn Fn(&[f64]) -> f64| -> Vec<f64> {
                    let paths = records.chunks_exact(width).map(|path| of(&path[at..at + grid_width(grid)]));
                    paths.filter(|x| x.is_finite()).collect()
                };
                let mean = |values: Vec<f64>, method| Measured::mean(&values).and_then(|m| m.estimate(method));
                Choice {
                    rule: grid.name.clone(),
                    members: grid.members.iter().map(|m| experiment.rules[*m].name.clone()).collect(),
                    folds: self.splits.len(),
                    numbers: (0..WIDTH).map(|i| mean(paired(&|x| x[i]), "mean over paths")).collect(),
                    chosen: (0..grid.members.len()).map(|i| share(&paired(&|x| x[WIDTH + i]))).collect(),
                    optimism: mean(paired(&|x| (x[0] - x[1]) - (x[2] - x[3])), "paired by path"),
                    gain_of_tuning: mean(paired(&|x| x[2] - x[3]), "paired by path"),
                }
            })
            .collect()
    }
}

/// What the choice over one grid came to.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Name of the tuned rule.
    pub rule: String,
    /// Members of its grid.
    pub members: Vec<String>,
    /// Share of all folds and paths in which each member was chosen.
    pub chosen: Vec<f64>,
    /// Folds on each path.
    pub folds: usize,
    /// Means over paths, in the order of [`NUMBERS`].
    pub numbers: Vec<Option<Estimate>>,
    /// Advantage over the untuned rule in sample minus that out of sample: how much the back-test flatters. A plain
    /// difference would also show how the two kinds of days and their number differ.
    pub optimism: Option<Estimate>,
    /// Out-of-sample value of the choice minus that of the untuned rule.
    pub gain_of_tuning: Option<Estimate>,
}

impl Choice {
    /// One of [`NUMBERS`].
    pub fn number(&self, name: &str) -> Option<&Estimate> {
        let at = NUMBERS.iter().position(|(known, _)| *known == name)?;
        self.numbers.get(at)?.as_ref()
    }
}

impl Study for WalkForward {
    fn cuts(&self) -> Vec<usize> {
        let months = |days: &Range<usize>| days.clone().step_by(MONTH).chain([days.end]).collect::<Vec<_>>();
        self.splits.iter().flat_map(|split| [months(&split.train), months(&split.test)]).flatten().collect()
    }

    fn width(&self) -> usize {
        self.grids.iter().map(grid_width).sum()
    }

    fn charges_switches(&self) -> bool {
        true
    }

    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]) {
        let mut rest = out;
        for grid in &self.grids {
            let (out, others) = rest.split_at_mut(grid_width(grid));
            self.read_grid(grid, panel, lane, out);
            rest = others;
        }
    }
}

/// One path of a panel.
struct Path<'a> {
    panel: &'a Panel,
    lane: usize,
}

impl Path<'_> {
    /// Sums of one rule over days that were asked for as cuts.
    fn stream(&self, rule: usize, days: &Range<usize>) -> Stream {
        let mut stream = Stream::default();
        let mut month = (0.0, 0.0);
        for stretch in self.panel.stretches_of(days) {
            let sum = |sum: Sum| self.panel.sum(rule, stretch, sum, self.lane);
            let inside = self.panel.days(stretch);
            stream.sums += Sums {
                days: inside.len() as f64,
                net: sum(Sum::Net),
                returns: sum(Sum::Return),
                squares: sum(Sum::Square),
                gain: self.panel.gain(rule, stretch).0[self.lane],
                loss: self.panel.loss(stretch, self.lane),
                multiplier: sum(Sum::Multiplier),
            };
            month.0 += sum(Sum::Return) - sum(Sum::Net);
            month.1 += sum(Sum::Net);
            if (inside.end - days.start).is_multiple_of(MONTH) {
                stream.monthly.push(std::mem::take(&mut month));
            }
        }
        stream
    }
}
