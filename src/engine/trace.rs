//! One rule on one path, day by day: the ledger behind every number.

use super::experiment::Experiment;
use super::group::Worker;
use crate::instruments::Mark;
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
    /// Fees paid.
    pub fee: Vec<f64>,
    /// Attribution: delta, gamma, vega, theta, financing.
    pub parts: [Vec<f64>; 5],
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

impl Trace {
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
    let mut worker = Worker::new(experiment, &[]);
    worker.simulate(path / WIDTH as u64);
    worker.mark();
    worker.read();
    let capital = experiment.portfolio.capital();
    let mut traces = vec![Trace::default(); experiment.rules.len()];
    worker.walk(Some(&mut |rule, tile, buffers| {
        let trace = &mut traces[rule];
        let days = tile.portfolio.len();
        let add = |into: &mut Vec<f64>, rows: &[Row]| into.extend(rows[..days].iter().map(|row| row.0[lane]));
        trace.row.extend(tile.start..tile.start + days);
        trace.equity_pnl.extend(tile.portfolio.iter().map(|row| row.0[lane] * capital));
        add(&mut trace.hedge_mark_pnl, &buffers.mark);
        add(&mut trace.spread, &buffers.spread);
        add(&mut trace.fee, &buffers.fee);
        for (part, rows) in trace.parts.iter_mut().zip(&buffers.parts) {
            add(part, rows);
        }
        add(&mut trace.multiplier, &buffers.multiplier);
        add(&mut trace.position, &buffers.contracts);
        add(&mut trace.traded, &buffers.traded);
        add(&mut trace.event, &buffers.events);
        add(&mut trace.trade, &buffers.trades);
    }));
    let rows = experiment.grid.first()..experiment.grid.rows();
    let column = |all: &[Row]| -> Vec<f64> { all[rows.clone()].iter().map(|row| row.0[lane]).collect() };
    for (trace, rule) in traces.iter_mut().zip(&experiment.rules) {
        trace.rule.clone_from(&rule.name);
        if let Some(leg) = rule.legs.first() {
            trace.price = column(worker.marks[leg.instrument].rows(Mark::Price));
            let schedule = experiment.instruments[leg.instrument].schedule();
            trace.roll = rows.clone().map(|row| f64::from(u8::from(schedule.rolls_at(row)))).collect();
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
