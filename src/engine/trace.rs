//! One rule on one path, day by day: the ledger behind every number.

use super::experiment::Experiment;
use super::group::Worker;
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
    let mut found = Vec::new();
    let Ok(()) = trace_lanes(experiment, path / WIDTH as u64, &[lane], |_, traces| {
        found = traces.to_vec();
        Ok::<(), std::convert::Infallible>(())
    });
    found
}

/// The ledgers of all walked rules on the first `paths` paths, one path after the other: those of many rules are large.
///
/// # Errors
/// The first that `seen` has.
pub fn trace_each<E>(
    experiment: &Experiment,
    paths: usize,
    mut seen: impl FnMut(u64, &[Trace]) -> Result<(), E>,
) -> Result<(), E> {
    let lanes: Vec<usize> = (0..WIDTH).collect();
    for first in (0..paths).step_by(WIDTH) {
        let wanted = &lanes[..WIDTH.min(paths - first)];
        trace_lanes(experiment, (first / WIDTH) as u64, wanted, |lane, traces| seen((first + lane) as u64, traces))?;
    }
    Ok(())
}

/// The ledgers of all walked rules on some paths of a group.
fn trace_lanes<E>(
    experiment: &Experiment,
    group: u64,
    lanes: &[usize],
    mut seen: impl FnMut(usize, &[Trace]) -> Result<(), E>,
) -> Result<(), E> {
    let mut worker = Worker::new(experiment, &[], Keep::All);
    worker.simulate(group);
    worker.mark();
    worker.read();
    let (first, days) = (experiment.grid.first(), experiment.grid.days());
    let empty: Vec<Vec<Holding>> =
        experiment.rules.iter().map(|rule| vec![Holding::new(days); rule.legs.len()]).collect();
    let mut held = vec![empty; lanes.len()];
    worker.walk(Some(&mut |at, buffers| {
        for (held, &lane) in held.iter_mut().zip(lanes) {
            let holding = &mut held[at.rule][at.leg];
            for (i, row) in (at.start..at.end).enumerate() {
                holding.multiplier[row - first] = buffers.held[i].0[lane];
                holding.contracts[row - first] = buffers.contracts[i].0[lane];
                holding.traded[row - first] = buffers.traded[i].0[lane];
                holding.event[row - first] = buffers.events[i].0[lane];
            }
        }
    }));
    lanes.iter().zip(&held).try_for_each(|(lane, held)| seen(*lane, &ledgers(experiment, &worker, *lane, held)))
}

/// The ledgers of one lane, from what the rules held there.
fn ledgers(experiment: &Experiment, worker: &Worker<'_>, lane: usize, held: &[Vec<Holding>]) -> Vec<Trace> {
    let (first, capital) = (experiment.grid.first(), experiment.portfolio.capital());
    let mut traces = vec![Trace::empty(experiment.grid.days()); experiment.rules.len()];
    for (trace, (rule, holdings)) in traces.iter_mut().zip(experiment.rules.iter().zip(held)) {
        trace.equity_pnl = worker.returns[first..].iter().map(|row| row.0[lane] * capital).collect();
        for (leg, holding) in rule.legs.iter().zip(holdings) {
            let marks = &worker.marks[leg.instrument];
            let fee = experiment.instruments[leg.instrument].fee();
            trace.book(holding, |mark, day| marks.rows(mark)[first + day].0[lane], fee);
        }
    }
    let rows = experiment.grid.first()..experiment.grid.rows();
    let column = |all: &[Row]| -> Vec<f64> { all[rows.clone()].iter().map(|row| row.0[lane]).collect() };
    for (trace, rule) in traces.iter_mut().zip(&experiment.rules) {
        trace.rule.clone_from(&rule.name);
        trace.row = rows.clone().collect();
        if let Some(leg) = rule.legs.first() {
            trace.price = column(worker.marks[leg.instrument].rows(Mark::Price));
            trace.roll = column(worker.marks[leg.instrument].rows(Mark::Roll));
        } else {
            trace.price = vec![0.0; rows.len()];
            trace.roll = vec![0.0; rows.len()];
        }
        trace.vix = column(worker.paths.rows(Factor::Vix));
        trace.regime = column(worker.paths.rows(Factor::Regime));
        trace.index = column(worker.index());
        trace.spot = column(worker.paths.rows(Factor::Spot(0)));
        trace.windows.clone_from(&worker.windows().windows[lane]);
    }
    traces
}
