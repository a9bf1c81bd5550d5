//! What a run leaves: one row of sums per kept rule and path, facts of each path, and the records of the studies.

use super::controls::Kept;
use super::experiment::{Experiment, Twist};
use crate::draws::Replicates;
use crate::grid::{DAYS_PER_YEAR, TimeGrid};
use crate::lanes::WIDTH;
use crate::metrics::review::ReviewBlock;
use crate::metrics::tally::{COLUMNS, Column, Tally};
use crate::metrics::windows::{READINGS, Reading, Speed, Window, WindowBlock};
use crate::stats::controls::Controls;

/// Which columns of a tally are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Everything, and the yearly returns.
    All,
    /// Costs, gains in crashes and returns: what the null world is read for.
    Gains,
    /// What a twin is compared by.
    Twin,
    /// Yearly returns, and what was paid for trading.
    Years,
}

impl Keep {
    /// Kept columns, in order.
    pub fn columns(self) -> Vec<Column> {
        let all = crate::metrics::tally::NAMES.map(|(column, _)| column);
        let wanted = |column: &Column| match self {
            Self::All => true,
            Self::Gains => {
                (*column as usize) <= Column::Fee as usize
                    || *column == Column::Returns
                    || (Column::GainTrough as usize..=Column::GainRecovery as usize).contains(&(*column as usize))
            }
            Self::Years => [Column::Spread, Column::Fee].contains(column),
            Self::Twin => [Column::GainPlus21, Column::Returns, Column::Squares, Column::Drawdown].contains(column),
        };
        all.into_iter().filter(wanted).collect()
    }

    /// Are yearly returns of a rule kept? Those of scaled twins follow from the rules that they scale.
    const fn years(self, twist: Twist) -> bool {
        match self {
            Self::All | Self::Years => true,
            Self::Twin => matches!(twist, Twist::Placebo),
            Self::Gains => false,
        }
    }
}

/// What is known of a path whatever the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum PathColumn {
    /// Portfolio loss in crashes, share of capital.
    Loss,
    /// The same in crashes of at most 5 days.
    LossFlash,
    /// The same in crashes of 6 to 21 days.
    LossFast,
    /// The same in slower crashes.
    LossGrind,
    /// Number of crashes.
    Windows,
    /// Crashes of at most 5 days.
    WindowsFlash,
    /// Crashes of 6 to 21 days.
    WindowsFast,
    /// Slower crashes.
    WindowsGrind,
    /// Days inside crashes.
    CrashDays,
    /// Crashes still open at the end.
    Open,
    /// 1 if any number of the path is not finite.
    NonFinite,
    /// Look-ups that were held at the edge of the price tables.
    HeldLookUps,
    /// Whole months that hold a day of a crash.
    CrashMonths,
    /// Portfolio loss in those months, share of capital.
    LossMonths,
    /// Mean squared log return of the index that the VIX quotes, decimal a year.
    Realized,
    /// Mean square of the VIX at the close before, decimal a year.
    Implied,
    /// Depth of the deepest crash, a positive decimal; 0 on a path without one, and so in all columns below.
    Deepest,
    /// Row of its peak.
    DeepestPeak,
    /// Row of its trough.
    DeepestTrough,
    /// Depth of the quickest crash, the deeper of two that took as long.
    Quickest,
    /// Row of its peak.
    QuickestPeak,
    /// Row of its trough.
    QuickestTrough,
}

/// Number of path columns.
pub const PATH_COLUMNS: usize = 22;

/// Names of the path columns, in order.
pub const PATH_NAMES: [&str; PATH_COLUMNS] = [
    "crash_loss",
    "crash_loss_flash",
    "crash_loss_fast",
    "crash_loss_grind",
    "crashes",
    "crashes_flash",
    "crashes_fast",
    "crashes_grind",
    "crash_days",
    "open_crashes",
    "non_finite",
    "held_look_ups",
    "crash_months",
    "crash_months_loss",
    "realized_variance",
    "implied_variance",
    "deepest_crash",
    "deepest_crash_peak",
    "deepest_crash_trough",
    "quickest_crash",
    "quickest_crash_peak",
    "quickest_crash_trough",
];

/// Sums by rule, column and path; each column of one rule is one slice over the paths.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    slot: [Option<usize>; COLUMNS],
    regimes: usize,
    /// `[rule][column, then year, then regime][path]`.
    data: Vec<Vec<Vec<f64>>>,
}

impl Table {
    fn new(experiment: &Experiment, keep: Keep) -> Self {
        let columns = keep.columns();
        let mut slot = [None; COLUMNS];
        for (i, column) in columns.iter().enumerate() {
            slot[*column as usize] = Some(i);
        }
        let regimes = if keep == Keep::All { experiment.market.facts().regimes.len() } else { 0 };
        let width = |rule: usize| {
            let years = if keep.years(experiment.twists[rule]) { experiment.years() } else { 0 };
            columns.len() + years + regimes
        };
        let data = (0..experiment.kept()).map(|rule| vec![Vec::new(); width(rule)]).collect();
        Self { columns, slot, regimes, data }
    }

    /// A table that was kept elsewhere: for each rule these columns, then its years, each over the paths.
    pub fn of(columns: Vec<Column>, data: Vec<Vec<Vec<f64>>>) -> Self {
        let mut slot = [None; COLUMNS];
        for (i, column) in columns.iter().enumerate() {
            slot[*column as usize] = Some(i);
        }
        Self { columns, slot, regimes: 0, data }
    }

    /// Room for so many paths.
    pub(super) fn reserve(&mut self, paths: usize) {
        for column in self.data.iter_mut().flatten() {
            column.reserve_exact(paths);
        }
    }

    /// A column of a rule over the paths; empty if it was not kept.
    pub fn column(&self, rule: usize, column: Column) -> &[f64] {
        self.slot[column as usize].map_or(&[], |slot| &self.data[rule][slot])
    }

    /// Return of portfolio and hedge in one year of a rule, over the paths.
    pub fn year(&self, rule: usize, year: usize) -> &[f64] {
        &self.data[rule][self.columns.len() + year]
    }

    /// Kept years of a rule.
    pub fn years(&self, rule: usize) -> usize {
        self.data[rule].len() - self.columns.len() - self.regimes
    }

    /// Net P&L of a rule on the days that began in a regime, over the paths.
    pub fn regime(&self, rule: usize, regime: usize) -> &[f64] {
        &self.data[rule][self.columns.len() + self.years(rule) + regime]
    }

    /// Kept regimes.
    pub fn regimes(&self) -> usize {
        self.regimes
    }

    /// Kept columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns of all years and paths, path by path: years of one path stand together.
    pub fn yearly(&self, rule: usize) -> Vec<f64> {
        let years = self.years(rule);
        let paths = if years == 0 { 0 } else { self.year(rule, 0).len() };
        let mut all = Vec::with_capacity(paths * years);
        for path in 0..paths {
            all.extend((0..years).map(|year| self.year(rule, year)[path]));
        }
        all
    }

    /// Adds one lane of a rule's tally.
    pub(super) fn push(&mut self, rule: usize, tally: &Tally, lane: usize) {
        let years = self.years(rule);
        let (columns, rest) = self.data[rule].split_at_mut(self.columns.len());
        let (years, regimes) = rest.split_at_mut(years);
        for (into, column) in columns.iter_mut().zip(&self.columns) {
            into.push(tally.column(*column).0[lane]);
        }
        for (into, year) in years.iter_mut().zip(tally.years()) {
            into.push(year.0[lane]);
        }
        for (into, regime) in regimes.iter_mut().zip(tally.regimes()) {
            into.push(regime.0[lane]);
        }
    }

    /// Each column of each rule turned into another; years go with it or are left out.
    pub(super) fn map(&self, years: bool, of: &dyn Fn(&Vec<f64>) -> Vec<f64>) -> Self {
        let count = self.columns.len();
        let rule = |rule: usize| {
            let rest = count + self.years(rule);
            let all = self.data[rule].iter().enumerate();
            all.filter(|(i, _)| years || *i < count || *i >= rest).map(|(_, column)| of(column)).collect()
        };
        Self { data: (0..self.data.len()).map(rule).collect(), columns: self.columns.clone(), ..*self }
    }

    /// Appends the paths of the next block.
    pub(super) fn append(&mut self, next: Self) {
        for (into, from) in self.data.iter_mut().flatten().zip(next.data.into_iter().flatten()) {
            into.extend(from);
        }
    }
}

/// Everything a run leaves.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// First path.
    pub first: u64,
    /// Rows: paths from the first on, without gaps, or bundles of them.
    pub paths: usize,
    /// Paths that a row stands for.
    pub bundle: u64,
    /// Paths that were simulated.
    pub simulated: u64,
    /// Was the run stopped before its end?
    pub interrupted: bool,
    /// Rows of the kept rules.
    pub table: Table,
    /// `[column][path]`, see [`PathColumn`].
    pub path_columns: Vec<Vec<f64>>,
    /// Evaluated days in each regime, and the portfolio's excess return on them: `[regime][path]`.
    pub regimes: [Vec<Vec<f64>>; 2],
    /// For each study, its numbers path by path.
    pub records: Vec<Vec<f64>>,
    /// Ratio of likelihoods at the end of each year, where paths are tilted: `[year][path]`.
    pub weights: Vec<Vec<f64>>,
    /// Which paths depend on each other.
    pub replicates: Replicates,
    pub(super) kept: Kept,
    /// Control variates of each kept rule; none where they were not asked for.
    pub controls: Vec<Controls>,
    /// One path of each bundle.
    pub(super) single: Option<Box<Self>>,
}

impl Outcome {
    pub(super) fn empty(experiment: &Experiment, keep: Keep, studies: usize, first: u64) -> Self {
        Self {
            first,
            paths: 0,
            bundle: 1,
            simulated: 0,
            interrupted: false,
            table: Table::new(experiment, keep),
            path_columns: vec![Vec::new(); PATH_COLUMNS],
            regimes: std::array::from_fn(|_| {
                vec![Vec::new(); if keep == Keep::All { experiment.market.facts().regimes.len() } else { 0 }]
            }),
            records: vec![Vec::new(); studies],
            replicates: experiment.sampling.replicates(),
            weights: Vec::new(),
            kept: Kept::default(),
            controls: Vec::new(),
            single: None,
        }
    }

    /// The same on the first paths alone.
    #[must_use]
    pub fn first_paths(&self, paths: usize) -> Self {
        let mut first = self.clone();
        let columns = first.table.data.iter_mut().flatten().chain(&mut first.path_columns).chain(&mut first.weights);
        columns.chain(first.regimes.iter_mut().flatten()).for_each(|column| column.truncate(paths));
        first.paths = first.paths.min(paths);
        first.simulated = first.simulated.min(first.paths as u64 * first.bundle);
        first.kept.truncate(paths);
        first.controls = first.kept.controls();
        first
    }

    /// An outcome that was kept elsewhere: a table and facts of the paths, which are `bundle` apart.
    pub fn of(first: u64, paths: usize, bundle: u64, table: Table, path_columns: Vec<Vec<f64>>) -> Self {
        Self {
            first,
            paths,
            bundle,
            simulated: paths as u64 * bundle,
            interrupted: false,
            table,
            path_columns,
            regimes: [Vec::new(), Vec::new()],
            records: Vec::new(),
            replicates: Replicates::Paths,
            weights: Vec::new(),
            kept: Kept::default(),
            controls: Vec::new(),
            single: None,
        }
    }

    /// A fact of every path.
    pub fn path_column(&self, column: PathColumn) -> &[f64] {
        &self.path_columns[column as usize]
    }

    /// Adds the ratios of likelihoods of one path, by row; none where paths are not tilted.
    pub(super) fn push_weights(&mut self, ratios: &[f64], grid: TimeGrid) {
        let Some(last) = ratios.len().checked_sub(1) else { return };
        let years = grid.days().div_ceil(DAYS_PER_YEAR as usize);
        self.weights.resize(years, Vec::new());
        for (year, weights) in self.weights.iter_mut().enumerate() {
            weights.push(ratios[(grid.first() + (year + 1) * DAYS_PER_YEAR as usize - 1).min(last)]);
        }
    }

    /// Adds what is known of one path.
    pub(super) fn push_path(
        &mut self,
        windows: &WindowBlock,
        review: &ReviewBlock,
        lane: usize,
        finite: bool,
        held: f64,
    ) {
        let (crash_months, crash_months_loss) = review.crash_months(lane);
        let list = &windows.windows[lane];
        let losses = &windows.losses[lane];
        let of_speed = |speed: Speed| list.iter().filter(|w| w.speed() == speed).count() as f64;
        let deepest = list.iter().max_by(|a, b| b.depth.total_cmp(&a.depth));
        let quickness = |w: &Window| (w.trough - w.peak, w.depth);
        let quickest = list.iter().min_by(|a, b| {
            let (a, b) = (quickness(a), quickness(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        let place = |window: Option<&Window>| window.map_or([0.0; 3], |w| [-w.depth, w.peak as f64, w.trough as f64]);
        let (deepest, quickest) = (place(deepest), place(quickest));
        debug_assert!(READINGS > Reading::Grind as usize && lane < WIDTH);
        let values = [
            losses[Reading::Trough as usize],
            losses[Reading::Flash as usize],
            losses[Reading::Fast as usize],
            losses[Reading::Grind as usize],
            list.len() as f64,
            of_speed(Speed::Flash),
            of_speed(Speed::Fast),
            of_speed(Speed::Grind),
            list.iter().map(|w| w.trough - w.peak).sum::<usize>() as f64,
            list.iter().filter(|w| w.open).count() as f64,
            f64::from(u8::from(!finite)),
            held,
            crash_months,
            crash_months_loss,
            review.realized.0[lane],
            review.implied.0[lane],
            deepest[0],
            deepest[1],
            deepest[2],
            quickest[0],
            quickest[1],
            quickest[2],
        ];
        // Counts and facts of a whole path; losses are weighted where windows are found.
        let whole = self.weights.last().and_then(|weights| weights.last()).copied().unwrap_or(1.0);
        let is_loss = |i: usize| i <= PathColumn::LossGrind as usize;
        let is_fact = |i: usize| i >= PathColumn::Deepest as usize || i == PathColumn::NonFinite as usize;
        for (i, (column, value)) in self.path_columns.iter_mut().zip(values).enumerate() {
            column.push(if is_loss(i) || is_fact(i) { value } else { value * whole });
        }
        for (into, from) in self.regimes.iter_mut().zip([&review.days, &review.returns]) {
            for (column, value) in into.iter_mut().zip(from) {
                column.push(value.0[lane] * whole);
            }
        }
        self.paths += 1;
        self.simulated += 1;
    }

    /// Goes on with the paths behind these.
    pub fn join(&mut self, next: Self) {
        self.interrupted |= next.interrupted;
        self.append(next);
        self.settle();
    }

    /// Makes the control variates of all rows.
    pub(super) fn settle(&mut self) {
        self.controls = self.kept.controls();
        if let Some(single) = &mut self.single {
            single.settle();
        }
    }

    /// Appends the paths of the next block.
    pub(super) fn append(&mut self, next: Self) {
        self.paths += next.paths;
        self.simulated += next.simulated;
        self.table.append(next.table);
        for (into, from) in self.path_columns.iter_mut().zip(next.path_columns) {
            into.extend(from);
        }
        for (into, from) in self.regimes.iter_mut().flatten().zip(next.regimes.into_iter().flatten()) {
            into.extend(from);
        }
        for (into, from) in self.records.iter_mut().zip(next.records) {
            into.extend(from);
        }
        self.kept.append(next.kept);
        self.weights.resize(self.weights.len().max(next.weights.len()), Vec::new());
        for (into, from) in self.weights.iter_mut().zip(next.weights) {
            into.extend(from);
        }
        match (&mut self.single, next.single) {
            (Some(single), Some(next)) => single.append(*next),
            (single @ None, next) => *single = next,
            (Some(_), None) => {}
        }
    }
}
