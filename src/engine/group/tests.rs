//! The pass of a plain rule against the general way, bit by bit.

use super::*;
use crate::draws::{Sampling, Tilt};
use crate::rules::Rule;
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
  kept: { put: { underlying: SPX, moneyness: 0.95, tenor: 63, roll: { any: [ { days_left: 21 } ] } }, size: { per_exposure: 1 }, cost: { half_spread_vol: 0.2 } }
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

fn plain() -> Experiment {
    let loaded = load_text("plain", SCENARIO, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    loaded.plan.experiment
}

/// A worker with one group of paths, ready for its rules.
fn ready<'a>(experiment: &'a Experiment, studies: &'a [&'a dyn Study], keep: Keep) -> Worker<'a> {
    let mut worker = Worker::new(experiment, studies, keep);
    worker.simulate(0);
    worker.mark();
    worker.read();
    worker
}

fn one_pass_as_many(experiment: &Experiment) {
    assert!(experiment.rules.len() > experiment.kept(), "members of a grid are walked");
    for keep in [Keep::All, Keep::Twin, Keep::Gains, Keep::Years] {
        for studies in [&[][..], &[&Cuts as &dyn Study]] {
            let mut worker = ready(experiment, studies, keep);
            let quick = worker.walkers.iter().filter(|walker| walker.quick.is_some()).count();
            assert_eq!(quick + 3, experiment.rules.len());
            worker.walk(None);
            let plain = bits(&worker);
            worker.walk(Some(&mut |_, _| {}));
            let general = bits(&worker);
            let first = plain.iter().zip(&general).position(|(plain, general)| plain != general);
            assert_eq!(first, None, "{keep:?} with {} studies: of {} numbers", studies.len(), plain.len());
        }
    }
}

#[test]
fn one_pass_gives_the_bits_of_many() {
    one_pass_as_many(&plain());
}

/// With surprises, which read what was held.
#[test]
fn one_pass_gives_the_bits_of_many_with_control_variates() {
    let experiment = Experiment { controls: true, ..plain() };
    assert!(experiment.market.knows_surprises());
    one_pass_as_many(&experiment);
}

/// With ratios of likelihoods, by which the sums of each tile count.
#[test]
fn one_pass_gives_the_bits_of_many_on_tilted_paths() {
    one_pass_as_many(&Experiment { sampling: Sampling::Tilted(Tilt { crashes: 1.0, entries: 1.5 }), ..plain() });
}

/// So many copies of a rule; the one at `scaled` is half of the third.
fn copies(base: &Experiment, count: usize, scaled: usize) -> Experiment {
    let rule = base.rules[base.rule("moved").unwrap()].clone();
    let mut twists = vec![Twist::None; count];
    twists[scaled] = Twist::Scaled { of: 2, by: 0.5 };
    let rules = (0..count).map(|i| if i == scaled { Rule { legs: Vec::new(), ..rule.clone() } } else { rule.clone() });
    base.with_rules(rules.collect(), twists)
}

#[test]
fn blocks_keep_multiples_with_what_they_multiply() {
    let ends = |scaled: usize| {
        // The portfolio without a hedge is the last one.
        let experiment = copies(&plain(), 3 * BLOCK - 1, scaled);
        blocks(&experiment, BLOCK).iter().map(|block| block.end).collect::<Vec<_>>()
    };
    assert_eq!(ends(3), [BLOCK, 2 * BLOCK, 3 * BLOCK]);
    assert_eq!(ends(BLOCK + 9), [BLOCK + 10, 2 * BLOCK + 10, 3 * BLOCK]);
}

/// A rule is measured the same in the first block and in the last, and so is a multiple of it.
#[test]
fn a_rule_does_not_hang_on_its_block() {
    let base = plain();
    let (few, many) = (copies(&base, 4, 3), copies(&base, 3 * BLOCK, BLOCK + 9));
    let [few, many] = [&few, &many].map(|experiment| {
        let mut worker = ready(experiment, &[], Keep::All);
        worker.walk(None);
        worker.tallies
    });
    let numbers = |tally: &Tally| tally.columns().iter().flat_map(|row| row.0.map(f64::to_bits)).collect::<Vec<_>>();
    for (i, tally) in many[..3 * BLOCK].iter().enumerate() {
        let want = if i == BLOCK + 9 { &few[3] } else { &few[0] };
        assert_eq!(numbers(tally), numbers(want), "rule {i}");
    }
    assert_ne!(numbers(&few[3]), numbers(&few[0]));
}
