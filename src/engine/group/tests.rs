//! The pass of a plain rule against the general way, bit by bit.

use super::*;
use crate::scenario::load_text;

/// One rule for each form of trigger and of upkeep, fixed and dynamic, and others that are not plain beside them.
const SCENARIO: &str = "
version: 1
name: plain
seed: 5
paths: 8
years: 3
market:
  regime_lognormal:
    rate: 0.02
    regimes: { calm: { volatility: 0.12 }, wild: { volatility: 0.4 } }
    switching: { per_year: { calm: { wild: 1 }, wild: { calm: 3 } } }
portfolio: { capital: 1000000, assets: { SPX: { weight: 1 } } }
instruments:
  put: { put: { underlying: SPX, moneyness: 0.95, tenor: 63 }, size: { per_exposure: 1 }, cost: { half_spread_vol: 0.2, fee: 0.65 } }
  kept: { put: { underlying: SPX, moneyness: 0.95, tenor: 63, roll: 21 }, size: { per_exposure: 1 }, cost: { half_spread_vol: 0.2 } }
rules:
  fixed: { hedge: put, hold: 1 }
  fixed_kept: { hedge: kept, hold: 1 }
  daily: { hedge: put, scale: [ { signal: { vix: {} }, shape: { linear: { from: { tune: [10, 5, 15] }, width: { tune: [15, 8] } } } } ], limits: { floor: 0.2, cap: 2 } }
  weekly: { hedge: put, scale: [ { signal: { vix: {} }, shape: { sigmoid: { midpoint: 20, steepness: 0.2 } } } ], rebalance: { every: 5 } }
  moved: { hedge: put, scale: [ { signal: { vix: {} }, shape: { steps: { at: [15, 25], give: [0, 1, 2] } } } ], rebalance: { any: [ { points: 3 }, { relative: 0.15 }, { every: 5 } ] } }
  moved_kept: { hedge: kept, scale: [ { signal: { vix: {} }, shape: { ratio: { to: 20 } } } ], rebalance: { any: [ { points: 2 } ] } }
  both: { hedge: put, scale: [ { signal: { vix: {} }, shape: { ratio: { to: 20 } } } ], rebalance: { all: [ { every: 5 }, { points: 1 } ] } }
  slow: { hedge: put, scale: [ { signal: { vix: {} }, shape: { ratio: { to: 20 } } } ], limits: { floor: 0, cap: 2, max_change_per_day: 0.1 } }
study:
  walk_forward: { train: 1y, test: 1y }
";

/// All columns, years and regimes of all kept rules, and the panel's sums of all rules, as bits.
fn bits(worker: &Worker<'_>) -> Vec<u64> {
    let rows =
        worker.tallies.iter().flat_map(|tally| tally.columns().iter().chain(tally.years()).chain(tally.regimes()));
    let mut bits: Vec<u64> = rows.flat_map(|row| row.0.map(f64::to_bits)).collect();
    if let Some(panel) = &worker.panel {
        for (rule, stretch) in
            (0..worker.walkers.len()).flat_map(|rule| (0..panel.stretches()).map(move |at| (rule, at)))
        {
            let sums = panel.sums(rule, stretch).iter().chain([panel.gain(rule, stretch)]);
            bits.extend(sums.flat_map(|row| row.0.map(f64::to_bits)));
            bits.extend((0..WIDTH).map(|lane| panel.switch_cost(rule, 0, stretch, lane).to_bits()));
        }
    }
    bits
}

/// Cuts that no tile ends at.
struct Cuts;

impl Study for Cuts {
    fn cuts(&self) -> Vec<usize> {
        vec![1, 21, 42, 300, 601]
    }
    fn width(&self) -> usize {
        0
    }
    fn charges_switches(&self) -> bool {
        true
    }
    fn read(&self, _: &Panel, _: usize, _: &mut [f64]) {}
}

#[test]
fn one_pass_gives_the_bits_of_many() {
    let loaded = load_text("plain", SCENARIO, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    let experiment = &loaded.plan.experiment;
    assert!(experiment.rules.len() > experiment.kept(), "members of a grid are walked");
    for keep in [Keep::All, Keep::Twin, Keep::Gains, Keep::Years] {
        for studies in [&[][..], &[&Cuts as &dyn Study]] {
            let mut worker = Worker::new(experiment, studies, keep);
            assert_eq!(worker.walkers.iter().filter(|walker| walker.quick).count() + 3, experiment.rules.len());
            worker.simulate(0);
            worker.mark();
            worker.read();
            worker.walk(None);
            let plain = bits(&worker);
            worker.walk(Some(&mut |_, _| {}));
            let general = bits(&worker);
            let first = plain.iter().zip(&general).position(|(plain, general)| plain != general);
            assert_eq!(first, None, "{keep:?} with {} studies: of {} numbers", studies.len(), plain.len());
        }
    }
}
