//! Eight paths through the whole house: market, marks, signals, windows, and every rule tile by tile.

use super::controls::Sums;
use super::desk::{Depth, Desk, Sink, scale};
use super::experiment::{Experiment, Twist};
use super::guard::Gate;
use super::outcome::{Keep, Outcome};
use super::panel::{Panel, Study};
use super::walk::{Buffers, Offer, TILE, Walker};
use crate::instruments::{Mark, MarkRows, PARTS, Quotes};
use crate::lanes::{Row, WIDTH};
use crate::market::{Factor, PathBlock};
use crate::metrics::review::ReviewBlock;
use crate::metrics::tally::{Column, Tally};
use crate::metrics::windows::WindowBlock;
use crate::signals::View;
use std::ops::Range;

/// The scratch of one thread: everything that a group of eight paths needs, allocated once.
pub struct Worker<'a> {
    experiment: &'a Experiment,
    /// Number of the first of the eight paths.
    first_path: u64,
    /// The world.
    pub(super) paths: PathBlock,
    /// Marks of each instrument.
    pub(super) marks: Vec<MarkRows>,
    /// Rows of each signal that decides terms of contracts.
    dials: Vec<Vec<Row>>,
    /// Rows of each signal.
    pub(super) signals: Vec<Vec<Row>>,
    /// Portfolio's excess returns.
    pub(super) returns: Vec<Row>,
    index: Vec<Row>,
    windows: WindowBlock,
    review: ReviewBlock,
    walkers: Vec<Walker<'a>>,
    /// Of the kept rules.
    tallies: Vec<Tally>,
    /// What sums of other rules would stand in.
    unread: Tally,
    /// Rules that are walked through all days before the next ones.
    blocks: Vec<Range<usize>>,
    /// Where each instrument makes rules trade, in this tile.
    gates: Vec<Gate>,
    buffers: Buffers,
    /// Daily net P&L of the tile: a slot for each rule that others are a multiple of, and one that the rest share.
    nets: Vec<[Row; TILE]>,
    net_of: Vec<usize>,
    multiplier: [Row; TILE],
    panel: Option<Panel>,
    depth: Depth,
    attributes: bool,
    controls: Sums,
}

/// Rules of a block: what they remember stays in the second cache.
const BLOCK: usize = 128;

impl<'a> Worker<'a> {
    /// Scratch for this experiment and what its studies read.
    pub fn new(experiment: &'a Experiment, studies: &[&dyn Study], keep: Keep) -> Self {
        let grid = experiment.grid;
        let cuts: Vec<usize> = studies.iter().flat_map(|study| study.cuts()).collect();
        let instruments = &experiment.instruments;
        let (net_of, nets) = net_slots(experiment);
        let charged = studies.iter().any(|study| study.charges_switches());
        let legs = experiment.rules.iter().filter(|_| charged).map(|rule| rule.legs.len()).max().unwrap_or(0);
        let regimes = experiment.market.facts().regimes.len();
        let paths = room(experiment);
        let attributes = keep == Keep::All;
        let wanted = |mark: Mark| match mark {
            Mark::Shock | Mark::Jump => paths.has_surprises(),
            Mark::Exposure => experiment.prices.exposures(),
            part => attributes || !PARTS.contains(&part),
        };
        Self {
            experiment,
            first_path: 0,
            marks: instruments.iter().map(|_| MarkRows::of(grid.rows(), wanted)).collect(),
            paths,
            dials: experiment.dials.iter().map(|_| vec![Row::default(); grid.rows()]).collect(),
            signals: experiment.signals.iter().map(|_| vec![Row::default(); grid.rows()]).collect(),
            returns: vec![Row::default(); grid.rows()],
            index: vec![Row::default(); grid.rows()],
            windows: WindowBlock::new(grid.rows()),
            review: ReviewBlock::new(grid.first(), grid.rows(), regimes),
            walkers: experiment
                .rules
                .iter()
                .enumerate()
                .map(|(i, rule)| Walker::new(rule, instruments, experiment.twists.get(i) == Some(&Twist::Placebo)))
                .collect(),
            tallies: vec![Tally::new(experiment.years(), regimes); experiment.kept()],
            unread: Tally::new(experiment.years(), regimes),
            blocks: blocks(experiment, BLOCK),
            gates: vec![Gate::new(); instruments.len()],
            buffers: Buffers::new(),
            nets: vec![[Row::default(); TILE]; nets],
            net_of,
            multiplier: [Row::default(); TILE],
            depth: match keep {
                Keep::All => Depth::All,
                Keep::Twin => Depth::Twin,
                Keep::Gains => Depth::Gains,
                Keep::Years => Depth::Years,
            },
            attributes,
            controls: Sums::NONE,
            panel: (!studies.is_empty()).then(|| Panel::new(experiment.rules.len(), legs, grid.days(), &cuts)),
        }
    }

    /// The market alone: what `check --realism` and benches need.
    pub fn simulate(&mut self, group: u64) -> &PathBlock {
        let experiment = self.experiment;
        self.first_path = group * WIDTH as u64;
        experiment.market.simulate(experiment.source(), self.first_path, experiment.grid, &mut self.paths);
        &self.paths
    }

    /// The portfolio, and marks of all instruments, for the simulated paths.
    pub fn mark(&mut self) {
        let experiment = self.experiment;
        self.protect();
        let mut dials = std::mem::take(&mut self.dials);
        let see = View { marks: &[], ..self.view() };
        for (dial, rows) in experiment.dials.iter().zip(&mut dials) {
            dial.read(&see, rows);
        }
        self.dials = dials;
        let see = Quotes {
            paths: &self.paths,
            prices: experiment.prices.tables(),
            responds: experiment.market.facts().premia_respond(),
            parts: self.attributes,
            exposures: experiment.prices.exposures(),
            dials: &self.dials,
        };
        for (instrument, rows) in experiment.instruments.iter().zip(&mut self.marks) {
            instrument.mark(&see, rows);
        }
    }

    /// What is to be protected.
    fn protect(&mut self) {
        let experiment = self.experiment;
        let facts = experiment.market.facts();
        let closes: Vec<&[Row]> = (0..facts.assets.len()).map(|asset| self.paths.rows(Factor::Spot(asset))).collect();
        experiment.portfolio.excess_returns(&closes, facts.rate, facts.dividend, &mut self.returns);
        let mut level = Row::splat(1.0);
        for (index, change) in self.index.iter_mut().zip(&self.returns) {
            level *= *change + 1.0;
            *index = level;
        }
    }

    /// Signals and crash windows for the marked paths.
    pub fn read(&mut self) {
        let experiment = self.experiment;
        let mut signals = std::mem::take(&mut self.signals);
        let see = self.view();
        for (signal, rows) in experiment.signals.iter().zip(&mut signals) {
            signal.read(&see, rows);
        }
        self.signals = signals;
        if self.paths.has_surprises() {
            let facts = experiment.market.facts();
            let (assets, quoted) = (facts.assets.len(), facts.quoted());
            self.controls = Sums::of(&self.paths, &experiment.portfolio, &self.index, assets, quoted);
        }
        let likelihood = self.paths.likelihood();
        self.windows.fill(&self.index, &self.returns, likelihood, experiment.grid.first(), &experiment.crash);
        if self.depth == Depth::All {
            self.review.fill(&self.returns, &self.windows, self.paths.rows(Factor::Regime));
            let quoted = Factor::LogReturn(experiment.market.facts().quoted());
            self.review.fill_variances(self.paths.rows(quoted), self.paths.rows(Factor::Vix));
        }
    }

    /// What signals see of the simulated paths.
    pub fn view(&self) -> View<'_> {
        View {
            paths: &self.paths,
            portfolio: &self.returns,
            unhedged: &self.index,
            marks: &self.marks,
            prices: self.experiment.prices.tables(),
            responds: self.experiment.market.facts().premia_respond(),
        }
    }

    /// Every rule through all days of the simulated paths.
    pub fn rules(&mut self) {
        self.walk(None);
    }

    /// How much of a rule is measured.
    fn depth_of(&self, rule: usize) -> Depth {
        match self.depth {
            // Rows of grid members are not kept: studies read their sums over stretches.
            _ if rule >= self.experiment.kept() => Depth::Stretches,
            // What the portfolio itself earns is asked of every world.
            Depth::Gains if rule == self.experiment.unhedged => Depth::Twin,
            depth => depth,
        }
    }

    /// Every rule through all days; the sink sees what each rule did.
    fn walk(&mut self, mut sink: Option<&mut Sink<'_>>) {
        self.begin();
        for block in 0..self.blocks.len() {
            self.days(self.blocks[block].clone(), sink.as_deref_mut());
        }
        if let Some(weight) = self.paths.likelihood().last() {
            self.tallies.iter_mut().for_each(|tally| tally.weigh_whole(*weight));
        }
    }

    /// No rule has seen a day of these paths.
    pub(super) fn begin(&mut self) {
        self.walkers.iter_mut().for_each(Walker::clear);
        self.tallies.iter_mut().for_each(Tally::clear);
        if let Some(panel) = &mut self.panel {
            panel.clear(self.first_path, &self.windows, &self.returns, self.experiment.grid.first());
        }
    }

    /// A block of rules through all days; the sink sees what each rule did.
    pub(super) fn days(&mut self, block: Range<usize>, mut sink: Option<&mut Sink<'_>>) {
        let (first, rows) = (self.experiment.grid.first(), self.experiment.grid.rows());
        for start in (first..rows).step_by(TILE) {
            self.tile(block.clone(), start..(start + TILE).min(rows), sink.as_deref_mut());
        }
    }

    /// Some rules through a tile of days.
    fn tile(&mut self, rules: Range<usize>, days: Range<usize>, mut sink: Option<&mut Sink<'_>>) {
        let experiment = self.experiment;
        for (gate, marks) in self.gates.iter_mut().zip(&self.marks) {
            gate.read(marks, &days, experiment.grid.first());
        }
        for rule in rules {
            let depth = self.depth_of(rule);
            if depth == Depth::Stretches && self.panel.is_none() && sink.is_none() {
                continue;
            }
            let (before, this) = self.nets.split_at_mut(self.net_of[rule]);
            let net = &mut this[0][..days.len()];
            match experiment.twists[rule] {
                Twist::Scaled { of, by } => scale(&before[self.net_of[of]][..days.len()], by, net),
                Twist::HoldLess(less) => scale(&self.returns[days.clone()], -less, net),
                // The first leg starts its P&L.
                Twist::None | Twist::Placebo if !self.walkers[rule].legs.is_empty() => {}
                Twist::None | Twist::Placebo => net.fill(Row::splat(0.0)),
            }
            let offer = Offer {
                grid: experiment.grid,
                start: days.start,
                end: days.end,
                capital: experiment.portfolio.capital(),
                marks: &self.marks,
                gates: &self.gates,
                signals: &self.signals,
            };
            let mut desk = Desk {
                rule,
                walker: &mut self.walkers[rule],
                tally: self.tallies.get_mut(rule).unwrap_or(&mut self.unread),
                buffers: &mut self.buffers,
                net,
                multiplier: &mut self.multiplier[..days.len()],
                panel: self.panel.as_mut(),
                depth,
                watched: self.paths.has_surprises() && rule < experiment.unhedged,
                attributes: self.attributes && rule < experiment.unhedged,
                review: (self.depth == Depth::All && rule < experiment.kept()).then_some(&self.review),
            };
            // Any later ratio of likelihoods has the same mean: that of the tile's end serves all of its days.
            let weight = self.paths.likelihood().get(days.end - 1).filter(|_| depth != Depth::Stretches);
            let before = weight.map(|_| desk.tally.clone());
            desk.walk(&offer, &self.windows, &self.returns, sink.as_deref_mut());
            if let (Some(before), Some(weight)) = (before, weight) {
                desk.tally.weigh_since(&before, *weight);
            }
        }
    }

    /// One group from market to tallies; keeps those of its paths that lie in `wanted`.
    pub fn group(&mut self, group: u64, wanted: &Range<u64>, studies: &[&dyn Study], out: &mut Outcome) {
        self.simulate(group);
        self.mark();
        self.read();
        self.walk(None);
        for lane in 0..WIDTH {
            let path = group * WIDTH as u64 + lane as u64;
            if !wanted.contains(&path) {
                continue;
            }
            let mut finite = true;
            for rule in 0..self.experiment.kept() {
                out.table.push(rule, &self.tallies[rule], lane);
                let tally = &self.tallies[rule];
                finite &= [Column::Squares, Column::Growth].iter().all(|c| tally.column(*c).0[lane].is_finite());
            }
            let held = self.marks.iter().map(|marks| marks.held().0[lane]).sum();
            if self.paths.has_surprises() {
                out.kept.push(lane, &self.controls, &self.tallies[..self.experiment.kept()], &self.experiment.twists);
            }
            let ratios: Vec<f64> = self.paths.likelihood().iter().map(|row| row.0[lane]).collect();
            out.push_weights(&ratios, self.experiment.grid);
            out.push_path(&self.windows, &self.review, lane, finite, held);
        }
        if let Some(panel) = &self.panel {
            let lanes: Vec<usize> =
                (0..WIDTH).filter(|lane| wanted.contains(&(self.first_path + *lane as u64))).collect();
            for (study, records) in studies.iter().zip(&mut out.records) {
                let from = records.len();
                records.resize(from + lanes.len() * study.width(), 0.0);
                study.read_all(panel, &lanes, &mut records[from..]);
            }
        }
    }

    /// Chain index of the unhedged portfolio.
    pub fn index(&self) -> &[Row] {
        &self.index
    }

    /// Crash windows of the simulated paths.
    pub fn windows(&self) -> &WindowBlock {
        &self.windows
    }
}

/// Room for the paths of an experiment.
fn room(experiment: &Experiment) -> PathBlock {
    let paths = PathBlock::of(experiment.grid.rows(), experiment.market.facts());
    let paths = if experiment.sampling.tilt().is_some() { paths.with_likelihood() } else { paths };
    if experiment.controls && experiment.market.knows_surprises() { paths.with_surprises() } else { paths }
}

/// For each rule the slot of its daily P&L, and the number of slots: the last is shared, so that it stays in the cache.
fn net_slots(experiment: &Experiment) -> (Vec<usize>, usize) {
    let again = |rule: usize| experiment.twists.iter().any(|t| matches!(t, Twist::Scaled { of, .. } if *of == rule));
    let kept: Vec<usize> = (0..experiment.rules.len()).filter(|rule| again(*rule)).collect();
    let slot = |rule: usize| kept.iter().position(|known| *known == rule).unwrap_or(kept.len());
    ((0..experiment.rules.len()).map(slot).collect(), kept.len() + 1)
}

/// Rules in blocks of at least so many where there are as many: a hedge that is a multiple of another stands with it.
pub(super) fn blocks(experiment: &Experiment, least: usize) -> Vec<Range<usize>> {
    let rules = experiment.rules.len();
    let apart = |cut: usize| {
        !experiment.twists[cut..].iter().any(|twist| matches!(twist, Twist::Scaled { of, .. } if *of < cut))
    };
    let mut blocks = Vec::new();
    let mut start = 0;
    for cut in 1..=rules {
        if cut == rules || (cut - start >= least && apart(cut)) {
            blocks.push(start..cut);
            start = cut;
        }
    }
    blocks
}

#[cfg(test)]
mod tests;
