//! The truth about a grid: what every member is worth over an independent population of paths.
//!
//! The value of a member is that of all its days on all paths together (sums, and months, are pooled), under the objective of
//! the choice. Its error comes from ten batches of paths, so that the error of any mix of members can be had from theirs.

use super::{Grid, Trials, cuts};
use crate::engine::{Experiment, Panel, Study, Twist};
use crate::shelf::Refusal;
use crate::stats::estimate::{Estimate, LEVEL};
use crate::stats::moments;
use crate::study::measure::Measured;
use crate::study::objective::{MONTH, Objective, Stream, Sums};
use crate::study::question::Walks;
use crate::units::PositiveCount;
use rayon::prelude::*;
use std::ops::Range;

/// Batches of paths that errors are formed over.
pub const BATCHES: usize = 10;

/// The experiment in which nothing but grids and their fixed hedges is walked, and the grids in it.
pub fn alone(experiment: &Experiment, grids: &[Grid], twist: Twist) -> (Experiment, Vec<Grid>) {
    let (mut rules, mut twists, mut list) = (Vec::new(), Vec::new(), Vec::new());
    for grid in grids {
        let fixed = rules.len();
        rules.push(experiment.rules[grid.fixed].clone());
        twists.push(Twist::None);
        for member in &grid.members {
            rules.push(experiment.rules[*member].clone());
            twists.push(twist);
        }
        let members = (fixed + 1..rules.len()).collect();
        list.push(Grid { name: grid.name.clone(), members, fixed, axes: grid.axes.clone() });
    }
    (experiment.with_rules(rules, twists), list)
}

/// Figures of a candidate: value of the objective, Sharpe ratio of portfolio and hedge, money lost in bp of capital a year, and
/// HER counted to 21 days after the trough (not finite where there was no crash).
pub type Figures = [f64; 4];

/// Over some days; `fixed` is the fixed hedge on them.
pub fn figures(objective: Objective, stream: &Stream, fixed: &Stream) -> Figures {
    let sums = &stream.sums;
    [stream.value(objective, fixed), sums.sharpe(), sums.cost_bp(), sums.her()]
}

/// What one member is worth.
#[derive(Clone, Debug)]
pub struct Truth {
    /// Over all paths.
    pub figures: Figures,
    /// Over each batch of paths.
    pub batches: Vec<Figures>,
}

impl Truth {
    /// Value of the objective.
    pub const fn value(&self) -> f64 {
        self.figures[0]
    }
}

/// Standard error of a number that is known from batches.
pub fn batch_error(batches: &[f64]) -> f64 {
    let known: Vec<f64> = batches.iter().copied().filter(|x| x.is_finite()).collect();
    moments::sd(&known).map_or(0.0, |sd| sd / (known.len() as f64).sqrt())
}

/// What the members of one grid are worth, and their equal mix.
#[derive(Clone, Debug)]
pub struct GridTruth {
    /// Members, in their order.
    pub members: Vec<Truth>,
    /// Value of holding all members in equal parts, and the same in each batch; none where it does not follow from months.
    pub mix: Option<(f64, Vec<f64>)>,
    /// Is the objective without meaning here? The fixed hedge's money lost is within two standard errors of zero.
    pub unmatched: bool,
}

impl GridTruth {
    /// The best member.
    pub fn best(&self) -> usize {
        super::best(&self.members.iter().map(Truth::value).collect::<Vec<_>>())
    }

    /// Value of a candidate: a member, or the mix behind the last one.
    pub fn value(&self, candidate: usize) -> f64 {
        self.members.get(candidate).map_or_else(|| self.mix.as_ref().map_or(f64::NAN, |mix| mix.0), Truth::value)
    }

    /// The same in one batch of paths.
    pub fn in_batch(&self, candidate: usize, batch: usize) -> f64 {
        let mix = || self.mix.as_ref().map_or(f64::NAN, |mix| mix.1[batch]);
        self.members.get(candidate).map_or_else(mix, |truth| truth.batches[batch][0])
    }

    /// Batches of paths.
    fn batches(&self) -> std::ops::Range<usize> {
        0..self.members.first().map_or(0, |truth| truth.batches.len())
    }

    /// In each batch, the value of the member that is best on batches of the other parity: a maximum that was found and
    /// valued on the same paths would be too large.
    fn best_in_batches(&self) -> Vec<f64> {
        let best_on = |parity: usize| {
            let mean = |member: usize| -> f64 {
                self.batches().filter(|batch| batch % 2 == parity).map(|batch| self.in_batch(member, batch)).sum()
            };
            super::best(&(0..self.members.len()).map(mean).collect::<Vec<_>>())
        };
        let best = [best_on(1), best_on(0)];
        self.batches().map(|batch| self.in_batch(best[batch % 2], batch)).collect()
    }

    /// Says so where the objective has no meaning.
    pub fn warning(&self, rule: &str) -> Option<String> {
        self.unmatched.then(|| {
            format!(
                "{rule}: no value is given, because over all paths the fixed hedge's money lost is within two standard errors of \
                 zero and nothing can be matched at equal money; choose by another objective."
            )
        })
    }
}

/// Fewest and most paths of a population.
const POPULATION: (u64, u64) = (100, 100_000);

/// A population of a sensible size.
///
/// # Errors
/// A [`Refusal`] of the field `truth`.
pub fn size_of_population(given: Option<PositiveCount>) -> Result<u64, Refusal> {
    let paths = given.map_or(2_000, PositiveCount::get);
    if (POPULATION.0..=POPULATION.1).contains(&paths) {
        return Ok(paths);
    }
    Err(Refusal::new("truth", format!("is {paths}, must be from {} to {} paths", POPULATION.0, POPULATION.1)))
}

/// Mean true value of the picks less that of one member.
pub fn beside(truth: &GridTruth, picks: &[usize], member: usize) -> Option<Estimate> {
    let gain = |pick: usize| truth.value(pick) - truth.value(member);
    judged(truth, picks, gain, |pick, batch| truth.in_batch(pick, batch) - truth.in_batch(member, batch))
}

/// Mean true value that the picks lose against the best member.
pub fn regret(truth: &GridTruth, picks: &[usize]) -> Option<Estimate> {
    let best = truth.best_in_batches();
    let in_batch = |pick: usize, batch: usize| best[batch] - truth.in_batch(pick, batch);
    let n = best.len() as f64;
    judged(truth, picks, |pick| truth.batches().map(|batch| in_batch(pick, batch)).sum::<f64>() / n, in_batch)
}

/// A mean over picks. Its error has two parts: histories differ in what is picked, and the truth is known from a finite
/// population.
fn judged(
    truth: &GridTruth,
    picks: &[usize],
    value: impl Fn(usize) -> f64,
    in_batch: impl Fn(usize, usize) -> f64,
) -> Option<Estimate> {
    let n = picks.len() as f64;
    let mean = Measured::mean(&picks.iter().map(|pick| value(*pick)).collect::<Vec<_>>())?;
    let of_batch = |batch: usize| picks.iter().map(|pick| in_batch(*pick, batch)).sum::<f64>() / n;
    let doubt = batch_error(&truth.batches().map(of_batch).collect::<Vec<_>>());
    let own = if picks.len() > 1 { mean.se() } else { Some(0.0) };
    let se = own.map(|own| (own * own + doubt * doubt).sqrt());
    let method = "mean over histories, error of the truth included";
    Estimate::student(mean.value, se, (BATCHES - 1) as f64, LEVEL, picks.len() as u64, method)
}

/// The truth about grids over the paths of a range; none if it was stopped.
///
/// # Errors
/// A sentence when the threads cannot be started.
pub fn truths(
    experiment: &Experiment,
    grids: &[Grid],
    objective: Objective,
    paths: Range<u64>,
    walk: &Walks<'_>,
) -> Result<Option<Vec<GridTruth>>, String> {
    let (alone, grids) = alone(experiment, grids, Twist::None);
    let pool = Pool { months: super::months(experiment), grids };
    let Some(records) = walk.read(&alone, &pool, paths)? else { return Ok(None) };
    Ok(Some(pool.conclude(objective, &records)))
}

/// Bytes that the rows of [`truths`] take for each path.
pub fn bytes(experiment: &Experiment, grids: &[Grid]) -> f64 {
    let pool = Pool { months: super::months(experiment), grids: grids.to_vec() };
    (pool.width() * size_of::<f64>()) as f64
}

/// Keeps every month of every member.
struct Pool {
    months: usize,
    grids: Vec<Grid>,
}

/// Sums that are kept of a rule beside its months: squares, gain and multiplier.
const SUMS: usize = 3;

impl Pool {
    /// Of a grid: months of the portfolio and its loss in crashes, then sums and months of the fixed hedge and each member.
    fn grid_width(&self, grid: &Grid) -> usize {
        self.months + 1 + (1 + grid.members.len()) * (SUMS + self.months)
    }

    fn conclude(&self, objective: Objective, records: &[f64]) -> Vec<GridTruth> {
        let width = self.width();
        let mut from = 0;
        let mut list = Vec::new();
        for grid in &self.grids {
            let at = from..from + self.grid_width(grid);
            from = at.end;
            let paths: Vec<&[f64]> = records.chunks_exact(width).map(|path| &path[at.clone()]).collect();
            list.push(self.truth(objective, grid, &paths));
        }
        list
    }

    fn truth(&self, objective: Objective, grid: &Grid, paths: &[&[f64]]) -> GridTruth {
        let each = paths.len().div_ceil(BATCHES).max(1);
        let batches: Vec<&[&[f64]]> = paths.chunks(each).collect();
        let fixed = self.pooled(paths, |path, months| self.rule(path, 0, months));
        let of_batch: Vec<Stream> =
            batches.iter().map(|batch| self.pooled(batch, |path, months| self.rule(path, 0, months))).collect();
        let lost: Vec<f64> = of_batch.iter().map(|fixed| -fixed.sums.net / fixed.sums.days).collect();
        let mean = lost.iter().sum::<f64>() / lost.len() as f64;
        let unmatched = objective == Objective::EsAtEqualMoney && !(mean > 2.0 * batch_error(&lost));
        let figures = |stream: &Stream, fixed: &Stream| {
            let mut figures = figures(objective, stream, fixed);
            if unmatched {
                figures[0] = f64::NAN;
            }
            figures
        };
        let known = |of: &(dyn Fn(&[f64], &mut Stream) + Sync)| {
            let batches = batches.iter().zip(&of_batch);
            let batches = batches.map(|(batch, fixed)| figures(&self.pooled(batch, of), fixed)).collect();
            Truth { figures: figures(&self.pooled(paths, of), &fixed), batches }
        };
        let member = |member: usize| known(&|path, stream| self.rule(path, 1 + member, stream));
        // Squares of a mix do not follow from the squares of its parts.
        let mix = (objective != Objective::Sharpe).then(|| {
            let mix = known(&|path, stream| self.mix(path, grid.members.len(), stream));
            (mix.value(), mix.batches.iter().map(|figures| figures[0]).collect())
        });
        GridTruth { members: (0..grid.members.len()).into_par_iter().map(member).collect(), mix, unmatched }
    }

    fn pooled(&self, paths: &[&[f64]], of: impl Fn(&[f64], &mut Stream)) -> Stream {
        let mut stream = Stream { monthly: Vec::with_capacity(paths.len() * self.months), ..Stream::default() };
        paths.iter().for_each(|path| of(path, &mut stream));
        stream
    }

    /// Adds a rule of one path: 0 is the fixed hedge.
    fn rule(&self, path: &[f64], rule: usize, into: &mut Stream) {
        let (portfolio, loss) = (&path[..self.months], path[self.months]);
        let row = &path[self.months + 1 + rule * (SUMS + self.months)..][..SUMS + self.months];
        let net = &row[SUMS..];
        self.add(into, portfolio, loss, net.iter().copied(), [row[0], row[1], row[2]]);
    }

    /// Adds all members of one path in equal parts.
    fn mix(&self, path: &[f64], members: usize, into: &mut Stream) {
        let (portfolio, loss) = (&path[..self.months], path[self.months]);
        let rows: Vec<&[f64]> = path[self.months + 1..].chunks_exact(SUMS + self.months).skip(1).collect();
        let mean = |at: usize| rows.iter().map(|row| row[at]).sum::<f64>() / members as f64;
        let net = (SUMS..SUMS + self.months).map(&mean);
        self.add(into, portfolio, loss, net, [f64::NAN, mean(1), mean(2)]);
    }

    fn add(&self, into: &mut Stream, portfolio: &[f64], loss: f64, net: impl Iterator<Item = f64>, sums: [f64; SUMS]) {
        let from = into.monthly.len();
        into.monthly.extend(portfolio.iter().copied().zip(net));
        let (returns, net) =
            into.monthly[from..].iter().fold((0.0, 0.0), |(returns, net), (p, h)| (returns + p + h, net + h));
        let days = (self.months * MONTH) as f64;
        let [squares, gain, multiplier] = sums;
        into.sums += Sums { days, net, returns, squares, gain, loss, multiplier };
    }
}

impl Study for Pool {
    fn cuts(&self) -> Vec<usize> {
        cuts(self.months)
    }

    fn width(&self) -> usize {
        self.grids.iter().map(|grid| self.grid_width(grid)).sum()
    }

    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]) {
        let mut rest = out;
        for grid in &self.grids {
            let (out, others) = rest.split_at_mut(self.grid_width(grid));
            let trials = Trials::read(panel, lane, grid, self.months);
            let whole = std::slice::from_ref(&(0..self.months)).to_vec();
            let fixed = trials.fixed(&whole);
            let (head, rows) = out.split_at_mut(self.months + 1);
            head[self.months] = fixed.sums.loss;
            for (into, (portfolio, _)) in head.iter_mut().zip(&fixed.monthly) {
                *into = *portfolio;
            }
            let streams = std::iter::once(fixed).chain((0..trials.members()).map(|i| trials.stream(i, &whole)));
            for (row, stream) in rows.chunks_exact_mut(SUMS + self.months).zip(streams) {
                row[..SUMS].copy_from_slice(&[stream.sums.squares, stream.sums.gain, stream.sums.multiplier]);
                for (into, (_, net)) in row[SUMS..].iter_mut().zip(&stream.monthly) {
                    *into = *net;
                }
            }
            rest = others;
        }
    }
}
