//! What every instrument on the shelf must keep, whoever adds the next one: it is fairly priced where nobody pays a premium,
//! it does not know the future, a path does not depend on its neighbours, and its ledger adds up.
//!
//! Each kind is held as its specimen shows it. A statistical comparison fails beyond 4 standard errors (alpha 6.3e-5).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use hedgelab::engine::{Experiment, Keep, Options, Silent, Worker, run, trace_all};
use hedgelab::instruments::{InstrumentSpec, Mark, MarkRows, PARTS, Quotes};
use hedgelab::lanes::WIDTH;
use hedgelab::market::Factor;
use hedgelab::metrics::tally::Column;
use hedgelab::scenario::load_text;
use hedgelab::stats::moments::Moments;

/// Sizes that a kind may be stated in.
const SIZES: [&str; 2] = ["per_exposure: 1", "vega_bp: 20"];

/// Costs of a fair bet.
const FREE: &str = "half_spread_vol: 0";

/// One hedge and one rule for each kind on the shelf, in a market without premia; of `years`, on `paths`.
fn shelf(years: f64, paths: u64, costs: &str) -> Experiment {
    let mut text = format!(
        "version: 1\nname: shelf\nseed: 9\npaths: {paths}\nyears: {years}\nmarket: {{ regime_svj: {{ rate: 0.03, dividend: 0.01, \
         regimes: {{ calm: {{ variance: 0.02, correlation: 0.5, crash: {{ per_year: 0.5, mean: -0.03, sd: 0.03, variance_jump: 0.02 }} }}, \
         wild: {{ variance: 0.1, correlation: 0.8, crash: {{ per_year: 2, mean: -0.06, sd: 0.05, variance_jump: 0.1 }} }} }}, \
         switching: {{ per_year: {{ calm: {{ wild: 1 }}, wild: {{ calm: 4 }} }} }}, variance: {{ reversion: 8, vol_of_vol: 0.6 }} }} }}\n\
         portfolio: {{ capital: 1, assets: {{ SPX: {{ weight: 0.7, leverage: -0.7 }}, NDX: {{ weight: 0.3, volatility: 1.3, leverage: -0.7 }} }} }}\n\
         instruments:\n"
    );
    let mut rules = "rules:\n".to_owned();
    for kind in InstrumentSpec::KINDS {
        // Whichever way it is sized, and whether or not it trades the underlying, one of the ways must do.
        let ways = SIZES.iter().flat_map(|size| [true, false].map(|trades| (size, trades)));
        let spec = |(size, trades): (&&str, bool)| {
            let underlying = if trades && costs != FREE { ", underlying_bp: 1" } else { "" };
            format!("{{ {0}: {1}, size: {{ {size} }}, cost: {{ {costs}{underlying} }} }}", kind.name, kind.specimen)
        };
        let fits = |spec: &String| {
            let alone = format!("{text}  {0}: {spec}\nrules: {{ {0}: {{ hedge: {0}, hold: 1 }} }}\n", kind.name);
            load_text("one.yaml", &alone, &[]).is_ok()
        };
        let spec = ways.map(spec).find(fits).unwrap_or_else(|| panic!("{} has no size", kind.name));
        text += &format!("  {}: {spec}\n", kind.name);
        rules += &format!("  {0}: {{ hedge: {0}, hold: 1 }}\n", kind.name);
    }
    let loaded = load_text("shelf.yaml", &(text + &rules), &[]);
    loaded.unwrap_or_else(|problems| panic!("{}", problems.render(false))).plan.experiment
}

/// n = 40,000 paths of 64 days. The VIX itself is no price: it reverts, and what follows it need not be fair.
#[test]
fn every_kind_is_a_fair_bet_without_premia() {
    let experiment = shelf(64.0 / 252.0, 40_000, FREE);
    let outcome = run(&experiment, &[], &Options { keep: Keep::Gains, ..Options::all(&experiment) }, &Silent).unwrap();
    for (rule, kind) in InstrumentSpec::KINDS.iter().enumerate().filter(|(_, kind)| kind.name != "vix_mark") {
        let found = Moments::of(outcome.table.column(rule, Column::Mark));
        let (mean, error) = (found.mean().unwrap(), found.standard_error().unwrap());
        println!("{}: {mean:.3e} +- {error:.1e}, z {:+.2}", kind.name, mean / error);
        assert!(error > 1e-7 && mean.abs() < 4.0 * error, "{}", kind.name);
    }
}

/// The days of a shorter run are those of a longer one, to the bit.
#[test]
fn no_kind_knows_the_future() {
    let (long, short) = (shelf(1.0, 8, "half_spread_vol: 0.2"), shelf(0.5, 8, "half_spread_vol: 0.2"));
    for path in 0..8 {
        for (long, short) in
            trace_all(&long, path).iter().zip(&trace_all(&short, path)).take(InstrumentSpec::KINDS.len())
        {
            let days = short.days();
            let bits = |x: &[f64]| x[..days].iter().map(|x| x.to_bits()).collect::<Vec<u64>>();
            for (long, short) in [
                (&long.hedge_mark_pnl, &short.hedge_mark_pnl),
                (&long.position, &short.position),
                (&long.spread, &short.spread),
                (&long.price, &short.price),
            ] {
                assert!(bits(long) == bits(short), "path {path}");
            }
        }
    }
}

/// A path is marked the same whatever stands in the other lanes.
#[test]
fn no_kind_looks_at_its_neighbours() {
    let experiment = shelf(1.0, 8, "half_spread_vol: 0.2");
    let mut worker = Worker::new(&experiment, &[], Keep::All);
    let mixed = worker.simulate(0).clone();
    let rows = experiment.grid.rows();
    let marked = |paths: &hedgelab::market::PathBlock, slot: usize| {
        let see = Quotes {
            paths,
            prices: experiment.prices.tables(),
            responds: false,
            parts: true,
            exposures: true,
            dials: &[],
        };
        let mut out = MarkRows::new(rows);
        experiment.instruments[slot].mark(&see, &mut out);
        out
    };
    let columns = [Mark::Pnl, Mark::Price, Mark::Unit, Mark::Spread, Mark::Upkeep, Mark::Roll, Mark::Exposure];
    for lane in 0..WIDTH {
        let mut same = mixed.clone();
        for factor in [Factor::Vix, Factor::Variance, Factor::Regime]
            .into_iter()
            .chain((0..2).flat_map(|asset| [Factor::Spot(asset), Factor::LogReturn(asset)]))
        {
            for row in same.rows_mut(factor) {
                row.0 = [row.0[lane]; WIDTH];
            }
        }
        for (slot, name) in experiment.instrument_names.iter().enumerate() {
            let (among, alone) = (marked(&mixed, slot), marked(&same, slot));
            for column in columns.into_iter().chain(PARTS) {
                for (row, (a, b)) in among.rows(column).iter().zip(alone.rows(column)).enumerate() {
                    let (a, b) = (a.0[lane], b.0[(lane + 3) % WIDTH]);
                    assert!(a.to_bits() == b.to_bits(), "{name}, {column:?}, row {row}: {a} {b}");
                }
            }
        }
    }
}

/// What the days of a ledger add up to is what the run reports, and parts, rest and costs are all of it.
#[test]
fn the_ledger_of_every_kind_adds_up() {
    let experiment = shelf(1.0, 16, "half_spread_vol: 0.2, fee: 0.5");
    let outcome = run(&experiment, &[], &Options { keep: Keep::All, ..Options::all(&experiment) }, &Silent).unwrap();
    for path in 0..16usize {
        for (rule, trace) in trace_all(&experiment, path as u64).iter().enumerate().take(InstrumentSpec::KINDS.len()) {
            let name = &trace.rule;
            let sum = |list: &[f64]| list.iter().sum::<f64>();
            let close = |column: Column, found: f64| {
                let told = outcome.table.column(rule, column)[path];
                assert!((told - found).abs() <= 1e-10 * (1.0 + told.abs()), "{name}, {column:?}: {told} {found}");
            };
            close(Column::Mark, sum(&trace.hedge_mark_pnl));
            close(Column::Spread, sum(&trace.spread));
            close(Column::Upkeep, sum(&trace.upkeep));
            close(Column::Fee, sum(&trace.fee));
            let net: f64 = (0..trace.days()).map(|day| trace.net(day)).sum();
            close(Column::Returns, sum(&trace.equity_pnl) + net);
            for (part, column) in trace.parts.iter().zip([
                Column::Delta,
                Column::Gamma,
                Column::Vega,
                Column::Theta,
                Column::Regime,
                Column::Financing,
            ]) {
                close(column, sum(part));
            }
            assert!(trace.upkeep.iter().zip(&trace.spread).all(|(part, all)| part <= all), "{name}");
        }
    }
}
