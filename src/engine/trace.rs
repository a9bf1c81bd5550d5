//! One rule on one path, day by day: the ledger behind every number.

use super::experiment::Experiment;
use super::group::{Worker, blocks};
use super::outcome::Keep;
use crate::instruments::{Mark, PARTS};
use crate::lanes::{Row, WIDTH};
use crate::market::Factor;
use crate::metrics::windows::Window;

/// The ledger of one rule on one path. Every vector has one entry an evaluated day; money is in currency.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Name of the rule.
    pub rule: String,
    /// Rows.
    pub row: Vec<usize>,
    /// Portfolio P&L in excess of cash.
    pub equity_pnl: Vec<f64>,
    /// Hedge P&L before costs.
    pub hedge_mark_pnl: Vec<f64>,
    /// Half-spreads paid.
    pub spread: Vec<f64>,
    /// Of these, paid for holding: for keeping a maturity, hedging a delta, selling what has not expired.
    pub upkeep: Vec<f64>,
    /// Fees paid.
    pub fee: Vec<f64>,
    /// Attribution: delta, gamma, vega, theta, regime, financing.
    pub parts: [Vec<f64>; 6],
    /// Multiplier after the close.
    pub multiplier: Vec<f64>,
    /// Contracts after the close.
    pub position: Vec<f64>,
    /// Contracts traded.
    pub traded: Vec<f64>,
    /// 1 on rebalance events.
    pub event: Vec<f64>,
    /// 1 on days with a trade that changed something.
    pub trade: Vec<f64>,
    /// Price of the first leg's contract (variance swaps: the VIX).
    pub price: Vec<f64>,
    /// 1 on rolls of the first leg.
    pub roll: Vec<f64>,
    /// VIX at the close.
    pub vix: Vec<f64>,
    /// Regime at the close.
    pub regime: Vec<f64>,
    /// Chain index of the unhedged portfolio.
    pub index: Vec<f64>,
    /// Close of the first asset.
    pub spot: Vec<f64>,
    /// Crashes of the path.
    pub windows: Vec<Window>,
}

/// What one leg held and traded.
#[derive(Clone, Debug)]
struct Holding {
    multiplier: Vec<f64>,
    contracts: Vec<f64>,
    traded: Vec<f64>,
    event: Vec<f64>,
}

impl Holding {
    fn new(days: usize) -> Self {
        let zeros = vec![0.0; days];
        Self { multiplier: zeros.clone(), contracts: zeros.clone(), traded: zeros.clone(), event: zeros }
    }
}

impl Trace {
    fn empty(days: usize) -> Self {
        let zeros = vec![0.0; days];
        Self {
            hedge_mark_pnl: zeros.clone(),
            spread: zeros.clone(),
            upkeep: zeros.clone(),
            fee: zeros.clone(),
            parts: std::array::from_fn(|_| zeros.clone()),
            multiplier: zeros.clone(),
            position: zeros.clone(),
            traded: zeros.clone(),
            event: zeros.clone(),
            trade: zeros,
            ..Self::default()
        }
    }

    /// Adds one leg: what was held since the day before is marked, what was traded pays its cost.
    fn book(&mut self, holding: &Holding, mark: impl Fn(Mark, usize) -> f64, fee: f64) {
        for day in 0..self.spread.len() {
            let before = if day == 0 { 0.0 } else { holding.contracts[day - 1] };
            self.hedge_mark_pnl[day] += before * mark(Mark::Pnl, day);
            for (part, column) in self.parts.iter_mut().zip(PARTS) {
                part[day] += before * mark(column, day);
            }
            let upkeep = before.abs() * mark(Mark::Upkeep, day);
            self.upkeep[day] += upkeep;
            self.spread[day] += holding.traded[day] * mark(Mark::Spread, day) + upkeep;
            self.fee[day] += holding.traded[day] * fee;
            self.multiplier[day] += holding.multiplier[day];
            self.position[day] += holding.contracts[day];
            self.traded[day] += holding.traded[day];
            self.event[day] += holding.event[day];
            self.trade[day] += f64::from(u8::from(holding.traded[day] > 0.0));
        }
    }

    /// Hedge P&L net of cost on one day.
    pub fn net(&self, day: usize) -> f64 {
        self.hedge_mark_pnl[day] - self.spread[day] - self.fee[day]
    }

    /// Half-spread and fee on one day.
    pub fn cost(&self, day: usize) -> f64 {
        self.spread[day] + self.fee[day]
    }

    /// Evaluated days.
    pub fn days(&self) -> usize {
        self.row.len()
    }
}

/// The ledger of one walked rule on one path.
pub fn trace(experiment: &Experiment, path: u64, rule: usize) -> Trace {
    trace_all(experiment, path).swap_remove(rule)
}

/// The ledgers of all walked rules on one path.
pub fn trace_all(experiment: &Experiment, path: u64) -> Vec<Trace> {
    let lane = (path % WIDTH as u64) as usize;
    let mut found = Vec::with_capacity(experiment.rules.len());
    let Ok(()) = trace_lanes(experiment, path / WIDTH as u64, &[lane], |_, traces| {
        found.extend(traces);
        Ok::<(), std::convert::Infallible>(())
    });
    found
}

/// The ledgers of all walked rules on the first `paths` paths: rule by rule, since those of many rules are large, and of each
/// rule path by path. Above a group of eight paths, one group after the other.
///
/// # Errors
/// The first that `seen` has; it is given the slot of the rule, the number of the first path and the ledgers.
pub fn trace_each<E>(
    experiment: &Experiment,
    paths: usize,
    mut seen: impl FnMut(usize, u64, Vec<Trace>) -> Result<(), E>,
) -> Result<(), E> {
    let lanes: Vec<usize> = (0..WIDTH).collect();
    for first in (0..paths).step_by(WIDTH) {
        let wanted = &lanes[..WIDTH.min(paths - first)];
        trace_lanes(experiment, (first / WIDTH) as u64, wanted, |rule, traces| seen(rule, first as u64, traces))?;
    }
    Ok(())
}

/// The ledgers of every walked rule on some paths of a group.
fn trace_lanes<E>(
    experiment: &Experiment,
    group: u64,
    lanes: &[usize],
    mut seen: impl FnMut(usize, Vec<Trace>) -> Result<(), E>,
) -> Result<(), E> {
    let mut worker = Worker::new(experiment, &[], Keep::All);
    worker.simulate(group);
    worker.mark();
    worker.read();
    let (first, days) = (experiment.grid.first(), experiment.grid.days());
    worker.begin();
    for block in blocks(experiment, 1) {
        let empty = |rule: usize| vec![Holding::new(days); experiment.rules[rule].legs.len()];
        let mut held: Vec<Vec<Vec<Holding>>> = lanes.iter().map(|_| block.clone().map(empty).collect()).collect();
        worker.days(
            block.clone(),
            Some(&mut |at, buffers| {
                for (held, &lane) in held.iter_mut().zip(lanes) {
                    let holding = &mut held[at.rule - block.start][at.leg];
                    for (i, row) in (at.start..at.end).enumerate() {
                        holding.multiplier[row - first] = buffers.held[i].0[lane];
                        holding.contracts[row - first] = buffers.contracts[i].0[lane];
                        holding.traded[row - first] = buffers.traded[i].0[lane];
                        holding.event[row - first] = buffers.events[i].0[lane];
                    }
                }
            }),
        );
        for rule in block.clone() {
            let ledgers = lanes.iter().zip(&held);
            let ledgers =
                ledgers.map(|(lane, held)| ledger(experiment, &worker, *lane, rule, &held[rule - block.start]));
            seen(rule, ledgers.collect())?;
        }
    }
    Ok(())
}

/// The ledger of one rule on one lane, from what its legs held there.
fn ledger(experiment: &Experiment, worker: &Worker<'_>, lane: usize, slot: usize, held: &[Holding]) -> Trace {
    let (rule, capital) = (&experiment.rules[slot], experiment.portfolio.capital());
    let rows = experiment.grid.first()..experiment.grid.rows();
    let column = |all: &[Row]| -> Vec<f64> { all[rows.clone()].iter().map(|row| row.0[lane]).collect() };
    let of_first = |mark: Mark| match rule.legs.first() {
        Some(leg) => column(worker.marks[leg.instrument].rows(mark)),
        None => vec![0.0; rows.len()],
    };
    let mut trace = Trace {
        rule: rule.name.clone(),
        row: rows.clone().collect(),
        equity_pnl: worker.returns[rows.clone()].iter().map(|row| row.0[lane] * capital).collect(),
        price: of_first(Mark::Price),
        roll: of_first(Mark::Roll),
        vix: column(worker.paths.rows(Factor::Vix)),
        regime: column(worker.paths.rows(Factor::Regime)),
        index: column(worker.index()),
        spot: column(worker.paths.rows(Factor::Spot(0))),
        windows: worker.windows().windows[lane].clone(),
        ..Trace::empty(experiment.grid.days())
    };
    for (leg, holding) in rule.legs.iter().zip(held) {
        let marks = &worker.marks[leg.instrument];
        let fee = experiment.instruments[leg.instrument].fee();
        trace.book(holding, |mark, day| marks.rows(mark)[rows.start + day].0[lane], fee);
    }
    trace
}
