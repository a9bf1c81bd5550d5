//! Eight paths through the whole house: market, marks, signals, windows, and every rule tile by tile.

use super::experiment::Experiment;
use super::outcome::Outcome;
use super::panel::{Panel, Study};
use super::walk::{Buffers, Offer, TILE, Walker};
use crate::instruments::MarkRows;
use crate::lanes::{Row, WIDTH};
use crate::market::{Factor, PathBlock};
use crate::metrics::tally::{Column, Tally, Tile};
use crate::metrics::windows::WindowBlock;
use crate::signals::View;
use multiversion::multiversion;
use std::ops::Range;

/// The scratch of one thread: everything that a group of eight paths needs, allocated once.
pub struct Worker<'a> {
    experiment: &'a Experiment,
    /// The world.
    pub(super) paths: PathBlock,
    /// Marks of each instrument.
    pub(super) marks: Vec<MarkRows>,
    /// Rows of each signal.
    pub(super) signals: Vec<Vec<Row>>,
    /// Portfolio's excess returns.
    pub(super) returns: Vec<Row>,
    index: Vec<Row>,
    windows: WindowBlock,
    walkers: Vec<Walker<'a>>,
    tallies: Vec<Tally>,
    buffers: Buffers,
    net: Vec<Row>,
    panel: Option<Panel>,
}

/// Receives the filled buffers of each rule and tile; for traces.
pub(super) type Sink<'s> = &'s mut dyn FnMut(usize, &Tile<'_>, &Buffers);

impl<'a> Worker<'a> {
    /// Scratch for this experiment and what its studies read.
    pub fn new(experiment: &'a Experiment, studies: &[&dyn Study]) -> Self {
        let (grid, assets) = (experiment.grid, experiment.market.facts().assets.len());
        let cuts: Vec<usize> = studies.iter().flat_map(|study| study.cuts()).collect();
        let instruments = &experiment.instruments;
        Self {
            experiment,
            paths: PathBlock::new(grid.rows(), assets),
            marks: instruments.iter().map(|_| MarkRows::new(grid.rows())).collect(),
            signals: experiment.signals.iter().map(|_| vec![Row::default(); grid.rows()]).collect(),
            returns: vec![Row::default(); grid.rows()],
            index: vec![Row::default(); grid.rows()],
            windows: WindowBlock::new(grid.rows()),
            walkers: experiment
                .rules
                .iter()
                .enumerate()
                .map(|(i, rule)| Walker::new(rule, instruments, experiment.placebo.get(i) == Some(&true)))
                .collect(),
            tallies: vec![Tally::new(experiment.years()); experiment.rules.len()],
            buffers: Buffers::new(),
            net: vec![Row::default(); TILE],
            panel: (!studies.is_empty()).then(|| Panel::new(experiment.rules.len(), grid.days(), &cuts)),
        }
    }

    /// The market alone: what `check --realism` and benches need.
    pub fn simulate(&mut self, group: u64) -> &PathBlock {
        let experiment = self.experiment;
        experiment.market.simulate(experiment.seed, group * WIDTH as u64, experiment.grid, &mut self.paths);
        &self.paths
    }

    /// Marks of all instruments for the simulated paths.
    pub fn mark(&mut self) {
        for (instrument, rows) in self.experiment.instruments.iter().zip(&mut self.marks) {
            instrument.mark(&self.paths, rows);
        }
    }

    /// Portfolio, signals and crash windows for the simulated paths.
    pub fn read(&mut self) {
        let experiment = self.experiment;
        let facts = experiment.market.facts();
        let closes: Vec<&[Row]> = (0..facts.assets.len()).map(|asset| self.paths.rows(Factor::Spot(asset))).collect();
        experiment.portfolio.excess_returns(&closes, facts.rate, facts.dividend, &mut self.returns);
        let mut level = Row::splat(1.0);
        for (index, change) in self.index.iter_mut().zip(&self.returns) {
            level = level * (*change + 1.0);
            *index = level;
        }
        let see = View { paths: &self.paths, unhedged: &self.index };
        for (signal, rows) in experiment.signals.iter().zip(&mut self.signals) {
            signal.read(&see, rows);
        }
        self.windows.fill(&self.index, &self.returns, experiment.grid.first(), &experiment.crash);
    }

    /// Every rule through all days.
    pub(super) fn walk(&mut self, mut sink: Option<Sink<'_>>) {
        let (first, rows) = (self.experiment.grid.first(), self.experiment.grid.rows());
        for (walker, tally) in self.walkers.iter_mut().zip(&mut self.tallies) {
            walker.clear();
            tally.clear();
        }
        if let Some(panel) = &mut self.panel {
            panel.clear(&self.windows, &self.returns, first);
        }
        let mut start = first;
        while start < rows {
            let end = (start + TILE).min(rows);
            let offer = Offer {
                grid: self.experiment.grid,
                start,
                end,
                capital: self.experiment.portfolio.capital(),
                marks: &self.marks,
                signals: &self.signals,
            };
            for rule in 0..self.walkers.len() {
                let desk = Desk {
                    walker: &mut self.walkers[rule],
                    tally: &mut self.tallies[rule],
                    buffers: &mut self.buffers,
                    net: &mut self.net,
                    rule,
                    panel: self.panel.as_mut(),
                };
                one_rule(desk, &offer, &self.windows, &self.returns, sink.as_deref_mut());
            }
            start = end;
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
                finite &= self.tallies[rule].column(Column::Squares).0[lane].is_finite();
            }
            out.push_path(&self.windows, lane, finite);
            if let Some(panel) = &self.panel {
                for (study, records) in studies.iter().zip(&mut out.records) {
                    let from = records.len();
                    records.resize(from + study.width(), 0.0);
                    study.read(panel, lane, &mut records[from..]);
                }
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

/// What one rule needs to be walked.
struct Desk<'d, 'a> {
    walker: &'d mut Walker<'a>,
    tally: &'d mut Tally,
    buffers: &'d mut Buffers,
    net: &'d mut [Row],
    rule: usize,
    panel: Option<&'d mut Panel>,
}

/// One rule through one tile, and into its sums.
fn one_rule(
    desk: Desk<'_, '_>,
    offer: &Offer<'_>,
    windows: &WindowBlock,
    returns: &[Row],
    sink: Option<&mut (dyn FnMut(usize, &Tile<'_>, &Buffers) + '_)>,
) {
    let days = offer.end - offer.start;
    walk_tile(desk.walker, desk.buffers, offer);
    let buffers: &Buffers = desk.buffers;
    let tile = Tile {
        start: offer.start,
        first: offer.grid.first(),
        last: offer.grid.rows() - 1,
        portfolio: &returns[offer.start..offer.end],
        mark: &buffers.mark[..days],
        spread: &buffers.spread[..days],
        fee: &buffers.fee[..days],
        parts: &buffers.parts,
        multiplier: &buffers.multiplier[..days],
        turnover: &buffers.turnover[..days],
        events: &buffers.events[..days],
        trades: &buffers.trades[..days],
    };
    add_tile(desk.tally, &tile, windows, 1.0 / offer.capital, &mut desk.net[..days]);
    if let Some(panel) = desk.panel {
        panel.add(desk.rule, &tile, &desk.net[..days], &buffers.exit, windows, 1.0 / offer.capital);
    }
    if let Some(sink) = sink {
        sink(desk.rule, &tile, buffers);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn walk_tile(walker: &mut Walker<'_>, buffers: &mut Buffers, offer: &Offer<'_>) {
    walker.walk(offer, buffers);
}

#[multiversion(targets("x86_64+avx2"))]
fn add_tile(tally: &mut Tally, tile: &Tile<'_>, windows: &WindowBlock, per_capital: f64, net: &mut [Row]) {
    tally.add(tile, windows, per_capital, net);
}
