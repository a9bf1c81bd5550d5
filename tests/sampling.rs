//! Ways to draw paths, control variates, and bundles of paths: the same answers, with smaller errors or in less memory.

// A test says by panicking that something is missing.
#![allow(clippy::unwrap_used)]

use hedgelab::draws::{Sampling, Tilt};
use hedgelab::engine::{Experiment, Keep, Options, Outcome, Panel, Silent, Study, Worker, run};
use hedgelab::lanes::WIDTH;
use hedgelab::market::Surprise;
use hedgelab::metrics::tally::Column;
use hedgelab::scenario::load;
use hedgelab::study::measure::{Measured, Rows};
use hedgelab::study::twins::{Profile, profile};
use std::path::Path;

/// A fixed put, a variance swap and a VIX future, and puts by the VIX, in the main market.
fn experiment(paths: u64, years: f64) -> Experiment {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/three-regimes.yaml");
    let changes = [
        format!("paths={paths}"),
        format!("years={years}"),
        "study.walk_forward=null".to_owned(),
        "study.split=null".to_owned(),
    ];
    let all = load(&file, &changes).unwrap_or_else(|problems| panic!("{}", problems.render(false))).plan.experiment;
    let rules = ["static", "static_var", "static_vx", "vix_linear"];
    let rules = rules.iter().map(|name| all.rules[all.rule(name).unwrap()].clone()).collect();
    all.with_rules(rules, Vec::new())
}

fn found(experiment: &Experiment) -> Outcome {
    run(experiment, &[], &Options { bundle: experiment.bundle(), ..Options::all(experiment) }, &Silent).unwrap()
}

fn profiles(experiment: &Experiment, outcome: &Outcome) -> Vec<Profile> {
    (0..experiment.named).map(|rule| profile(&Rows { outcome, rule, days: experiment.grid.days() })).collect()
}

/// Every estimate of every rule, and its paired difference to the fixed put.
fn estimates(experiment: &Experiment) -> Vec<Measured> {
    let outcome = found(experiment);
    let all = profiles(experiment, &outcome);
    let each = |of: &Profile| -> Vec<Measured> {
        [&of.cost, &of.shortfall, &of.drawdown, &of.her21, &of.sharpe].map(|m| m.clone().unwrap()).to_vec()
    };
    let fixed = each(&all[0]);
    let mut list = fixed.clone();
    for rule in &all[1..] {
        list.extend(each(rule).iter().zip(&fixed).map(|(rule, fixed)| rule.minus(fixed)));
        list.extend(each(rule));
    }
    list
}

/// n = 4,096 paths of five years a way, 35 estimates each (independent seeds, so that errors add): all within 4 standard
/// errors of independent paths (210 comparisons, false alarm below 1.4 %; t of 31 degrees of freedom widens it for nets).
#[test]
fn every_way_gives_the_same_answers() {
    let base = experiment(4_096, 5.0);
    let plain = estimates(&base);
    let ways = [
        (Sampling::Antithetic, false, 4.0),
        (Sampling::Sobol, false, 4.5),
        (Sampling::Tilted(Tilt { crashes: 1.2, entries: 1.1 }), false, 4.0),
        (Sampling::Independent, true, 4.0),
        (Sampling::Antithetic, true, 4.0),
        (Sampling::Sobol, true, 4.5),
    ];
    for (seed, (sampling, controls, most)) in ways.into_iter().enumerate() {
        let other = Experiment { seed: base.seed + 1 + seed as u64, sampling, controls, ..base.clone() };
        for (i, (mine, plain)) in estimates(&other).iter().zip(&plain).enumerate() {
            let z = (mine.value - plain.value) / mine.se().unwrap().hypot(plain.se().unwrap());
            assert!(z.abs() < most, "{sampling:?} with controls {controls}: estimate {i}, z {z:.2}");
        }
    }
}

/// n = 4,096: control variates cut the variance of the paired cost difference to less than a fifth and that of the paired
/// HER at +21 days to less than a half (measured by `cargo bench --bench variance_reduction`: far less).
#[test]
fn control_variates_reduce_the_variance() {
    let base = experiment(4_096, 5.0);
    let [plain, adjusted] = [false, true].map(|controls| {
        let experiment = Experiment { controls, ..base.clone() };
        let all = profiles(&experiment, &found(&experiment));
        let minus = |of: fn(&Profile) -> &Option<Measured>| {
            of(&all[3]).as_ref().unwrap().minus(of(&all[0]).as_ref().unwrap()).se().unwrap().powi(2)
        };
        [minus(|p| &p.cost), minus(|p| &p.her21)]
    });
    assert!(adjusted[0] < plain[0] / 5.0 && adjusted[1] < plain[1] / 2.0, "{plain:?} {adjusted:?}");
}

/// n = 4,096: ratios of likelihoods have mean one at the end of every year within 4.5 standard errors, and tell how many paths
/// carry the weight.
#[test]
fn ratios_of_likelihoods_have_mean_one() {
    let tilt = Tilt { crashes: 1.5, entries: 1.5 };
    let outcome = found(&Experiment { sampling: Sampling::Tilted(tilt), ..experiment(4_096, 3.0) });
    assert_eq!(outcome.weights.len(), 3);
    for year in &outcome.weights {
        let mean = Measured::mean(year).unwrap();
        assert!(((mean.value - 1.0) / mean.se().unwrap()).abs() < 4.5 && mean.se().unwrap() > 0.0, "{}", mean.value);
    }
    assert!((0.5..0.9).contains(&outcome.effective_share()), "{}", outcome.effective_share());
    assert_eq!(found(&experiment(64, 1.0)).effective_share(), 1.0);
}

/// n = 1,024 paths of two years: every row of surprises has mean zero within 4.5 standard errors, alone and times the VIX of
/// the day before (26 means, false alarm 2e-4).
#[test]
fn surprises_have_mean_zero() {
    let base = Experiment { controls: true, ..experiment(1_024, 2.0) };
    let mut kinds = vec![Surprise::Variance, Surprise::VarianceJump, Surprise::Crashes, Surprise::Entries];
    kinds.extend((0..3).flat_map(|asset| [Surprise::Shock(asset), Surprise::Square(asset), Surprise::Jump(asset)]));
    let mut worker = Worker::new(&base, &[], Keep::All);
    let mut sums = vec![Vec::new(); 2 * kinds.len()];
    for group in 0..1_024 / WIDTH as u64 {
        let paths = worker.simulate(group);
        let vix = paths.rows(hedgelab::market::Factor::Vix);
        for (i, kind) in kinds.iter().enumerate() {
            let rows = paths.surprises(*kind);
            for lane in 0..WIDTH {
                sums[2 * i].push((1..rows.len()).map(|row| rows[row].0[lane]).sum::<f64>());
                sums[2 * i + 1].push((1..rows.len()).map(|row| vix[row - 1].0[lane] * rows[row].0[lane]).sum());
            }
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        let mean = Measured::mean(sums).unwrap();
        let z = mean.value / mean.se().unwrap();
        assert!(z.abs() < 4.5 && mean.se().unwrap() > 0.0, "{:?}: {z}", kinds[i / 2]);
    }
}

fn same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

/// Threads and blocks do not move a bit, whatever the way of drawing.
#[test]
fn the_same_bits_for_any_threads_and_blocks() {
    for (sampling, controls) in [(Sampling::Antithetic, true), (Sampling::Sobol, false)] {
        let base = Experiment { sampling, controls, ..experiment(200, 1.0) };
        let [one, other] = [(1, 128), (3, 24)].map(|(threads, block)| {
            run(&base, &[], &Options { threads, block, ..Options::all(&base) }, &Silent).unwrap()
        });
        for rule in 0..base.kept() {
            for column in [Column::Mark, Column::GainPlus21, Column::Growth] {
                assert!(same(one.table.column(rule, column), other.table.column(rule, column)));
            }
        }
        let costs = [&one, &other].map(|outcome| Rows { outcome, rule: 0, days: base.grid.days() }.cost().unwrap());
        assert_eq!(costs[0], costs[1]);
    }
}

/// Notes the number of each path.
struct Numbers;

impl Study for Numbers {
    fn cuts(&self) -> Vec<usize> {
        Vec::new()
    }
    fn width(&self) -> usize {
        1
    }
    fn read(&self, panel: &Panel, lane: usize, out: &mut [f64]) {
        out[0] = panel.path(lane) as f64;
    }
}

/// What a study reads of one path in each bundle is kept, whatever the blocks.
#[test]
fn studies_read_one_path_of_each_bundle() {
    let base = experiment(960, 1.0);
    for (threads, block, bundle) in [(1, 1024, 1), (1, 128, 16), (2, 32, 16)] {
        let options = Options { threads, block, bundle, ..Options::all(&base) };
        let mut outcome = run(&base, &[&Numbers, &Numbers], &options, &Silent).unwrap();
        let want: Vec<f64> = (0..960).step_by(bundle as usize).map(|path| path as f64).collect();
        assert_eq!(outcome.take_records(), [want.clone(), want]);
    }
}

/// Rows of bundles: means and ratios of all paths, single paths as they were, the same bits for any threads and blocks.
#[test]
fn bundles_have_the_means_of_all_paths() {
    let exact = Experiment { controls: true, ..experiment(960, 1.0) };
    let few = Experiment { rows: 100, ..exact.clone() };
    assert_eq!((exact.bundle(), few.bundle()), (1, 16));
    let (all, rows) = (found(&exact), found(&few));
    assert_eq!((rows.paths, rows.simulated, all.simulated), (60, 960, 960));
    let again = run(&few, &[], &Options { threads: 3, block: 24, bundle: 16, ..Options::all(&few) }, &Silent).unwrap();
    for rule in 0..exact.kept() {
        let mean = |outcome: &Outcome, column| {
            let column = outcome.table.column(rule, column);
            column.iter().sum::<f64>() / column.len() as f64
        };
        for column in [Column::Mark, Column::GainPlus21, Column::Squares] {
            let (a, b) = (mean(&all, column), mean(&rows, column));
            assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{a} {b}");
            assert!(same(rows.table.column(rule, column), again.table.column(rule, column)));
            let single: Vec<f64> = all.table.column(rule, column).iter().step_by(16).copied().collect();
            assert!(same(rows.single().table.column(rule, column), &single));
        }
        assert_eq!(rows.single().number(3), 48);
    }
    let her = |experiment: &Experiment, outcome: &Outcome| profiles(experiment, outcome)[3].her21.clone().unwrap();
    let (a, b) = (her(&Experiment { controls: false, ..exact }, &found(&experiment(960, 1.0))), {
        let plain = Experiment { rows: 100, ..experiment(960, 1.0) };
        her(&plain, &found(&plain))
    });
    assert!((a.value - b.value).abs() < 1e-12 && (a.se().unwrap() / b.se().unwrap() - 1.0).abs() < 0.4, "{a:?}");
}

/// The first line of what is refused in a scenario with these changes; the cautions of one that is not.
fn told(scenario: &str, changes: &[&str]) -> Result<Vec<String>, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(scenario);
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
    match load(&file, &changes) {
        Ok(loaded) => Ok(loaded.plan.cautions),
        Err(problems) => Err(problems.render(false)),
    }
}

#[test]
fn what_cannot_be_drawn_is_refused_at_its_place() {
    let refused = |scenario: &str, changes: &[&str], words: &str| {
        let said = told(scenario, changes).unwrap_err();
        assert!(said.contains(words), "{changes:?}: {said}");
    };
    let main = "three-regimes.yaml";
    refused(main, &["+sampling={tilt: {crashes: -1}}"], "`sampling.tilt.crashes`: is -1, must be from 0.1 to 10");
    refused(main, &["+sampling={tilt: {crashes: 8}}"], "`sampling.tilt`: leaves ");
    refused(main, &["+sampling={method: sobol, tilt: {crashes: 1.2}}"], "`sampling.tilt`: stands alone");
    refused(main, &["+sampling={method: sobo}"], "did you mean \"sobol\"?");
    refused(main, &["paths=100000", "+sampling={method: sobol}"], "must be at most 65536 with");
    refused("structural-break.yaml", &["+sampling={control_variates: true}"], "no mean is known there");
    for change in ["+sampling={method: sobol}", "+sampling={tilt: {crashes: 1.2}}"] {
        refused("history-sample.yaml", &[change], "a history market is one real path: nothing is drawn");
    }
    refused("history-sample.yaml", &["+rows=100"], "a history market is one real path: leave `paths`");
}

/// A tilt that leaves few paths, and numbers of paths that do not fit the way they are drawn, are told before the run.
#[test]
fn what_is_drawn_badly_is_said_beforehand() {
    let said = |changes: &[&str], words: &str| {
        let cautions = told("three-regimes.yaml", changes).unwrap();
        cautions.iter().any(|caution| caution.contains(words))
    };
    assert!(said(&["+sampling={tilt: {crashes: 2}}"], "the tilt leaves at most 16 % of the paths"));
    assert!(!said(&["+sampling={tilt: {crashes: 1.2}}"], "the tilt leaves"));
    assert!(said(&["paths=1000", "+sampling={method: sobol}"], "1024 paths rather than 1000, or 512"));
    assert!(!said(&["paths=1024", "+sampling={method: sobol}"], "paths rather than"));
    assert!(said(&["paths=101", "+sampling={method: antithetic}"], "the last path is without its mirror"));
    assert!(!said(&["paths=100", "+sampling={method: antithetic}"], "mirror"));
}

/// n = 16,384 paths of 3 years. The share that is told before a run is an upper bound of that which a run finds, and near it:
/// what it leaves out is that rates differ from path to path.
#[test]
fn the_expected_share_of_a_tilt_bounds_the_one_found() {
    for (crashes, entries) in [(1.5, 1.0), (1.0, 1.5), (0.7, 1.3)] {
        let tilt = Tilt { crashes, entries };
        let tilted = Experiment {
            sampling: Sampling::Tilted(tilt),
            ..experiment(16_384, 3.0).with_rules(Vec::new(), Vec::new())
        };
        let (facts, found) = (tilted.market.facts(), found(&tilted).effective_share());
        let law = &facts.laws.as_ref().unwrap().real;
        let mean = |rate: &dyn Fn(usize) -> f64| (0..3).map(|k| 3.0 * facts.stationary[k] * rate(k)).sum::<f64>();
        let entered = mean(&|k| if k < 2 { law.generator[k][2] } else { 0.0 });
        let expected = tilt.effective_share(mean(&|k| law.intensity[k]), entered);
        assert!(found < expected * 1.03 && found > expected * 0.8, "{tilt:?}: {found} of {expected}");
    }
}
