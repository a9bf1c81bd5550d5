//! Markets that change: structural breaks and what prices know of them, seasons of calm, scripted shocks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use hedgelab::draws::Source;
use hedgelab::engine::{Experiment, Keep, Options, Silent, run};
use hedgelab::grid::TimeGrid;
use hedgelab::instruments::prices::{Needs, Prices, State};
use hedgelab::lanes::{Row, WIDTH};
use hedgelab::market::{AssetTraits, Factor, Market, MarketSpec, PathBlock};
use hedgelab::metrics::tally::Column;
use hedgelab::scenario::load_text;
use hedgelab::stats::moments::Moments;
use serde_json::{Value, json};

/// First evaluated row, and all rows: three evaluated years.
const FIRST: usize = 21;
const ROWS: usize = FIRST + 757;
/// Day of the break in most tests.
const DAY: usize = 300;

fn asset(name: &str, leverage: Option<f64>) -> AssetTraits {
    AssetTraits { name: name.to_owned(), leverage, ..AssetTraits::default() }
}

fn build(spec: &Value) -> Result<Box<dyn Market>, String> {
    let spec: MarketSpec = serde_json::from_value(spec.clone()).map_err(|error| error.to_string())?;
    let leverage = spec.regime_svj.is_some().then_some(-0.8);
    let second = AssetTraits { crash: Some(1.5), ..asset("NDX", leverage) };
    spec.only().unwrap().build(&[asset("SPX", leverage), second]).map_err(|refusal| refusal.to_string())
}

fn market(spec: &Value) -> Box<dyn Market> {
    build(spec).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn grid() -> TimeGrid {
    TimeGrid::new(ROWS, FIRST).unwrap()
}

fn simulate(market: &dyn Market, group: u64) -> PathBlock {
    let mut paths = PathBlock::of(ROWS, market.facts());
    market.simulate(Source::independent(31), group * WIDTH as u64, grid(), &mut paths);
    paths
}

const COLUMNS: [Factor; 6] =
    [Factor::Vix, Factor::Variance, Factor::Regime, Factor::Spot(0), Factor::LogReturn(0), Factor::Spot(1)];

/// Three regimes with crashes and a jump at a switch, with these keys beside.
fn three(extra: Value) -> Value {
    let mut market = json!({
        "rate": 0.03,
        "regimes": {
            "calm": { "variance": 0.015, "correlation": 0.7, "crash": { "per_year": 0.3, "mean": -0.03, "sd": 0.04, "variance_jump": 0.03 } },
            "normal": { "variance": 0.03, "correlation": 0.8, "crash": { "per_year": 0.6, "mean": -0.04, "sd": 0.05, "variance_jump": 0.05 } },
            "stress": { "variance": 0.12, "correlation": 0.9, "crash": { "per_year": 2, "mean": -0.06, "sd": 0.07, "variance_jump": 0.2 } }
        },
        "switching": {
            "per_year": { "calm": { "normal": 2, "stress": 0.2 }, "normal": { "calm": 1, "stress": 0.6 }, "stress": { "normal": 3 } },
            "jumps": { "normal": { "stress": { "mean": -0.05, "sd": 0.03 } } }
        },
        "variance": { "reversion": 8, "vol_of_vol": 0.7 },
        "correlation": { "half_life": 5, "noise": 0.2 },
        "premium": { "equity": { "constant": 0.06 }, "variance": 3.2, "crash_intensity": 2, "crash_mean": -0.03, "regime": 0.5 }
    });
    for (key, value) in extra.as_object().unwrap() {
        market[key] = value.clone();
    }
    json!({ "regime_svj": market })
}

/// Another law: dearer, stormier, other correlations.
fn other() -> Value {
    json!({
        "regimes": {
            "calm": { "variance": 0.03, "correlation": 0.75 },
            "stress": { "variance": 0.2, "crash": { "per_year": 3 } }
        },
        "switching": { "per_year": { "calm": { "stress": 1 } } },
        "premium": { "variance": 2.0 }
    })
}

fn broken(after: Value, what: Value, priced: Value) -> Value {
    let mut change = what;
    change["after"] = after;
    change["priced"] = priced;
    three(json!({ "then": [change] }))
}

fn same_bits(a: &PathBlock, b: &PathBlock, rows: std::ops::Range<usize>, columns: &[Factor]) {
    for factor in columns {
        let bits = |paths: &PathBlock| -> Vec<u64> {
            paths.rows(*factor)[rows.clone()].iter().flat_map(|row| row.0.map(f64::to_bits)).collect()
        };
        let first = bits(a).iter().zip(bits(b)).position(|(x, y)| *x != y);
        assert!(first.is_none(), "{factor:?} differs at row {}", rows.start + first.unwrap_or(0) / WIDTH);
    }
}

/// A break that changes nothing gives the same bits, whatever prices know of it; so do several.
#[test]
fn a_break_that_changes_nothing_gives_the_same_bits() {
    let plain = market(&three(json!({})));
    let same = json!({ "regimes": { "calm": { "variance": 0.015, "crash": { "sd": 0.04 } } }, "premium": { "variance": 3.2 } });
    for priced in [json!("at_once"), json!("never"), json!({ "half_life": 20 })] {
        let with = market(&broken(json!(DAY), same.clone(), priced));
        assert!(!with.facts().premia_respond());
        for group in 0..4 {
            same_bits(&simulate(&*plain, group), &simulate(&*with, group), 0..ROWS, &COLUMNS);
        }
    }
    let twice = market(&three(json!({ "then": [{ "after": 100 }, { "after": "1y" }] })));
    same_bits(&simulate(&*plain, 0), &simulate(&*twice, 0), 0..ROWS, &COLUMNS);
}

/// Before the break everything is as without it; on its day only prices are new (`at_once`); then the world is another one.
#[test]
fn before_a_break_nothing_is_new() {
    let plain = market(&three(json!({})));
    let row = FIRST + DAY;
    for priced in [json!("at_once"), json!("never"), json!({ "half_life": 20 })] {
        let with = market(&broken(json!(DAY), other(), priced.clone()));
        for group in 0..4 {
            let (a, b) = (simulate(&*plain, group), simulate(&*with, group));
            same_bits(&a, &b, 0..row, &COLUMNS);
            same_bits(&a, &b, row..row + 1, &COLUMNS[1..]);
            let differ = |row: usize| a.rows(Factor::Vix)[row] != b.rows(Factor::Vix)[row];
            assert_eq!(differ(row), priced == "at_once");
            assert!(differ(row + 1));
        }
    }
}

/// After a break at once, the VIX is that of the law that a market would have which is stated so; after one that prices never
/// learn of, the old law's at the new variance and regime; in between, squares mix by 1 - 2^(-t / n).
#[test]
fn the_vix_follows_what_prices_know() {
    let (old, new) = (market(&three(json!({}))), market(&stated_so()));
    let affine = |market: &dyn Market| market.facts().vix.clone().unwrap();
    let (old, new) = (affine(&*old), affine(&*new));
    let n = 15.0;
    for (priced, beliefs) in [(json!("at_once"), 2), (json!("never"), 1), (json!({ "half_life": n }), 2)] {
        let with = market(&broken(json!(DAY), other(), priced.clone()));
        assert_eq!(with.facts().laws.as_ref().unwrap().priced.len(), beliefs);
        for group in 0..2 {
            let paths = simulate(&*with, group);
            for (row, lane) in (0..ROWS).flat_map(|row| (0..WIDTH).map(move |lane| (row, lane))) {
                let of = |factor: Factor| paths.rows(factor)[row].0[lane];
                let (v, k) = (of(Factor::Variance), of(Factor::Regime) as usize);
                let since = row.checked_sub(FIRST + DAY);
                let weight = match (since, priced.as_str()) {
                    (None, _) | (_, Some("never")) => 0.0,
                    (Some(_), Some(_)) => 1.0,
                    (Some(days), None) => 1.0 - 0.5_f64.powf(days as f64 / n),
                };
                let square = (1.0 - weight) * (old.a[k] + old.b * v) + weight * (new.a[k] + new.b * v);
                let vix = of(Factor::Vix);
                assert!((vix - square.sqrt()).abs() < 1e-10 * vix, "{priced}: row {row}, {vix} {}", square.sqrt());
                if beliefs > 1 {
                    assert!((of(Factor::PremiumWeight) - weight).abs() < 1e-14);
                }
            }
        }
    }
}

/// The market of `other` stated from the start.
fn stated_so() -> Value {
    let mut spec = three(json!({}));
    let market = &mut spec["regime_svj"];
    market["regimes"]["calm"]["variance"] = json!(0.03);
    market["regimes"]["calm"]["correlation"] = json!(0.75);
    market["regimes"]["stress"]["variance"] = json!(0.2);
    market["regimes"]["stress"]["crash"]["per_year"] = json!(3);
    market["switching"]["per_year"]["calm"]["stress"] = json!(1);
    market["premium"]["variance"] = json!(2.0);
    spec
}

/// Moments of numbers of each path over 2,000 paths.
fn moments<const N: usize>(
    market: &dyn Market,
    seed: u64,
    read: impl Fn(&PathBlock, usize) -> [f64; N],
) -> [Moments; N] {
    let mut found = [Moments::default(); N];
    let mut paths = PathBlock::of(ROWS, market.facts());
    for group in 0..250 {
        market.simulate(Source::independent(seed), group * WIDTH as u64, grid(), &mut paths);
        for lane in 0..WIDTH {
            for (sum, x) in found.iter_mut().zip(read(&paths, lane)) {
                sum.push(x);
            }
        }
    }
    found
}

/// Long after a break the market is the one that is stated so: means over the last year of variance, VIX, share of stress and
/// squared returns, and the correlation of two assets' returns by their product. The break comes on day 0, two years before
/// (slowest rate of forgetting about 2.5 a year: 1 % of the old is left). n = 2,000 paths each, of different seeds.
#[test]
fn long_after_a_break_the_market_is_the_one_stated_so() {
    let read = |paths: &PathBlock, lane: usize| {
        let rows = ROWS - 252..ROWS;
        let mean = |f: &dyn Fn(usize) -> f64| rows.clone().map(f).sum::<f64>() / 252.0;
        let of = |factor: Factor, row: usize| paths.rows(factor)[row].0[lane];
        [
            mean(&|row| of(Factor::Variance, row)),
            mean(&|row| of(Factor::Vix, row)),
            mean(&|row| f64::from(u8::from(of(Factor::Regime, row) == 2.0))),
            mean(&|row| of(Factor::LogReturn(0), row).powi(2) * 252.0),
            mean(&|row| of(Factor::LogReturn(0), row) * of(Factor::LogReturn(1), row) * 252.0),
        ]
    };
    let with = moments(&*market(&broken(json!(0), other(), json!("at_once"))), 5, read);
    let want = moments(&*market(&stated_so()), 6, read);
    let old = moments(&*market(&three(json!({}))), 6, read);
    for (i, ((with, want), old)) in with.iter().zip(&want).zip(&old).enumerate() {
        let error = with.standard_error().unwrap().hypot(want.standard_error().unwrap());
        let z = |other: &Moments| (with.mean().unwrap() - other.mean().unwrap()) / error;
        println!("{i}: {:?} {:?}, z {:+.2}; without the break {:+.1}", with.mean(), want.mean(), z(want), z(old));
        assert!(z(want).abs() < 4.0);
        assert!(z(old) > 8.0, "the break is to be seen");
    }
}

/// Options, futures and variance swaps between two beliefs are mixed linearly, futures by squares, and at a whole place are one
/// belief's.
#[test]
fn prices_mix_between_beliefs() {
    let mut needs = Needs::default();
    needs.options(0, 3);
    needs.squares(0, 3);
    needs.futures(3);
    let tables = |spec: &Value| Prices::new(market(spec).facts(), needs.clone());
    let third = json!({ "after": 500, "premium": { "variance": 0.0 } });
    let mut second = other();
    second["after"] = json!(DAY);
    let mut last = stated_so();
    last["regime_svj"]["premium"]["variance"] = json!(0.0);
    let mixed = tables(&three(json!({ "then": [second, third] })));
    let single = [tables(&three(json!({}))), tables(&stated_so()), tables(&last)];
    for k in 0..3 {
        let see = |prices: &Prices, place: f64| {
            let at = State { variance: Row::splat(0.05), regime: Row::splat(f64::from(k)), place: Row::splat(place) };
            let kk = Row::splat(-0.02);
            let put = prices.tables().put::<false>(0, 3, kk, kk.exp(), &at).put;
            let future = prices.tables().future(3, &at).0;
            [put, prices.tables().squares(0, 3, &at), future * future].map(|row| row.0[0])
        };
        let ends: Vec<[f64; 3]> = single.iter().map(|prices| see(prices, 0.0)).collect();
        assert!(ends[0].iter().zip(&ends[1]).all(|(a, b)| (a / b - 1.0).abs() > 1e-5), "{ends:?}");
        for place in [0.0, 0.3, 1.0, 1.6, 2.0] {
            let (near, weight) = if place < 1.0 { (0, place) } else { (1, place - 1.0) };
            for (i, found) in see(&mixed, place).into_iter().enumerate() {
                let want = (1.0 - weight) * ends[near][i] + weight * ends[near + 1][i];
                // The tables of one market reach to its own highest variance: their nodes differ, and values by 1e-6.
                assert!((found / want - 1.0).abs() < 1e-5, "{place}: {found} {want}");
                let near = see(&mixed, place.floor())[i] * (1.0 - place.fract())
                    + see(&mixed, place.ceil())[i] * place.fract();
                assert!((found / near - 1.0).abs() < 1e-12, "{place}: {found} {near}");
            }
        }
    }
}

/// Puts and variance swaps of 21 days, rolled on the day of the break (63), without premia or cost.
fn fair(priced: &str) -> String {
    format!(
        "
version: 1
name: fair
seed: 14
paths: 2000
years: 0.5
warm_up: 1
market:
  regime_svj:
    rate: 0.03
    regimes:
      calm: {{ variance: 0.02, crash: {{ per_year: 1, mean: -0.03, sd: 0.04, variance_jump: 0.03 }} }}
      stress: {{ variance: 0.09, crash: {{ per_year: 2, mean: -0.05, sd: 0.05, variance_jump: 0.05 }} }}
    switching: {{ per_year: {{ calm: {{ stress: 1 }}, stress: {{ calm: 4 }} }} }}
    variance: {{ reversion: 8, vol_of_vol: 0.6 }}
    then:
      - after: 63d
        priced: {priced}
        regimes: {{ calm: {{ variance: 0.06, crash: {{ per_year: 6 }} }}, stress: {{ variance: 0.2 }} }}
        switching: {{ per_year: {{ calm: {{ stress: 3 }} }} }}
portfolio: {{ capital: 1000000, assets: {{ SPX: {{ weight: 1, leverage: -0.7 }} }} }}
instruments:
  put: {{ put: {{ underlying: SPX, moneyness: 0.98, tenor: 21 }}, size: {{ per_exposure: 1 }} }}
  swap: {{ variance_swap: {{ underlying: SPX, tenor: 21, style: held }}, size: {{ vega_bp: 20 }} }}
rules:
  put: {{ hedge: put, hold: 1 }}
  swap: {{ hedge: swap, hold: 1 }}
  known: {{ hedge: put, scale: [ {{ signal: {{ crash_intensity: oracle }}, shape: {{ ratio: {{ to: 1 }} }} }} ] }}
"
    )
}

fn experiment(text: &str, overrides: &[&str]) -> Result<Experiment, String> {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    load_text("changes.yaml", text, &overrides).map(|loaded| loaded.plan.experiment).map_err(|p| p.render(false))
}

/// Without premia hedges that expire on the day of a break are fairly priced before it, and those bought at its close after it
/// if prices know of it at once: no rule loses or earns, whatever it knows of the law. Where prices never learn of a market
/// that has become stormier, hedges earn. n = 2,000 paths of half a year.
#[test]
fn hedges_are_fair_on_both_sides_of_a_break_that_prices_know_of() {
    for priced in ["at_once", "never", "{ half_life: 30 }"] {
        let experiment = experiment(&fair(priced), &[]).unwrap();
        let outcome = run(&experiment, &[], &Options::all(&experiment), &Silent).unwrap();
        for rule in 0..3 {
            let net: Vec<f64> = outcome.table.column(rule, Column::Mark).iter().map(|x| x * 1e4).collect();
            let found = Moments::of(&net);
            let z = found.mean().unwrap() / found.standard_error().unwrap();
            println!("{priced}, {}: {:.2} bp, z {z:+.2}", experiment.rules[rule].name, found.mean().unwrap());
            assert!(if priced == "at_once" { z.abs() < 4.0 } else { z > 4.0 });
        }
    }
}

/// The same numbers for any threads and blocks.
#[test]
fn threads_and_blocks_do_not_matter() {
    let more = [
        "+market.regime_svj.calm=[{ from: 20, until: 60 }, { from: 80, until: 90, regime: stress }]",
        "+market.regime_svj.shock={ day: 70, fall: 0.1, over: 4 }",
    ];
    let experiment = experiment(&fair("{ half_life: 30 }"), &more).unwrap();
    let with = |threads, block| {
        let options = Options { threads, block, range: 0..200, keep: Keep::All, bundle: 1, stop: None };
        let outcome = run(&experiment, &[], &options, &Silent).unwrap();
        (0..3)
            .flat_map(|rule| outcome.table.column(rule, Column::Mark).to_vec())
            .map(f64::to_bits)
            .collect::<Vec<u64>>()
    };
    let whole = with(1, 1024);
    assert!(whole.len() == 600 && whole == with(2, 8) && whole == with(3, 104));
}

/// In a season the regime is held from the day after its first close, nothing crashes, and the oracle knows it. Before it all
/// bits are as without it; after it those of every path whose hidden regime is the held one when it ends.
#[test]
fn a_season_of_calm_hides_switches_and_crashes() {
    let lognormal = |extra: Value| {
        let mut market = json!({
            "regimes": {
                "calm": { "volatility": 0.1, "crash": { "per_year": 4, "mean": -0.5, "sd": 0 } },
                "stress": { "volatility": 0.3, "crash": { "per_year": 8, "mean": -0.5, "sd": 0 } }
            },
            "switching": { "per_year": { "calm": { "stress": 4 }, "stress": { "calm": 4 } } }
        });
        for (key, value) in extra.as_object().unwrap() {
            market[key] = value.clone();
        }
        build(&json!({ "regime_lognormal": market })).unwrap()
    };
    let plain = lognormal(json!({}));
    for (held, name) in [(0.0, Value::Null), (1.0, json!("stress"))] {
        let mut season = json!({ "from": "1y", "until": 500 });
        if !name.is_null() {
            season["regime"] = name;
        }
        let with = lognormal(json!({ "calm": [season] }));
        let (from, until) = (FIRST + 252, FIRST + 500);
        let (mut crashes, mut alike, mut apart) = ([0; 3], 0, 0);
        for group in 0..40 {
            let (a, b) = (simulate(&*plain, group), simulate(&*with, group));
            same_bits(&a, &b, 0..from + 1, &COLUMNS);
            for lane in 0..WIDTH {
                let of = |paths: &PathBlock, factor: Factor, row: usize| paths.rows(factor)[row].0[lane];
                for row in 1..ROWS {
                    let inside = row > from && row <= until;
                    assert!(!inside || of(&b, Factor::Regime, row) == held);
                    let place = if row <= from { 0 } else { 1 + usize::from(!inside) };
                    crashes[place] += i32::from(of(&b, Factor::LogReturn(0), row) < -0.35);
                }
                let same = |factor: Factor| (until + 1..ROWS).all(|row| of(&a, factor, row) == of(&b, factor, row));
                if of(&a, Factor::Regime, until) == held {
                    assert!(same(Factor::Regime) && same(Factor::LogReturn(0)));
                    alike += 1;
                } else {
                    apart += i32::from(!same(Factor::Regime));
                }
            }
        }
        assert!(crashes[0] > 500 && crashes[1] == 0 && crashes[2] > 500, "{crashes:?}");
        assert!(alike > 100 && apart > 100, "{alike} {apart}");
        let intensity = with.facts().intensity_from();
        assert_eq!(intensity, [(0, vec![4.0, 8.0]), (252, vec![0.0, 0.0]), (500, vec![4.0, 8.0])]);
    }
}

/// A shock takes its fall off the drawn returns: to the last digits where the variance does not move, the other asset 1.5 times
/// as much of the log. Where it moves, the first day is exact, the variance is raised by the stated amount and the VIX is up.
#[test]
fn a_shock_falls_by_what_is_stated() {
    let base = json!({ "regimes": { "only": { "volatility": 0.2, "correlation": 0.5 } } });
    let mut shaken = base.clone();
    shaken["shock"] = json!({ "day": 100, "fall": 0.2, "over": 3 });
    let (plain, with) = (market(&json!({ "regime_lognormal": base })), market(&json!({ "regime_lognormal": shaken })));
    let (a, b) = (simulate(&*plain, 0), simulate(&*with, 0));
    same_bits(&a, &b, 0..FIRST + 100, &COLUMNS);
    for (row, done) in [(FIRST + 100, 1.0 / 3.0), (FIRST + 102, 1.0), (ROWS - 1, 1.0)] {
        for lane in 0..WIDTH {
            let ratio = |asset| b.rows(Factor::Spot(asset))[row].0[lane] / a.rows(Factor::Spot(asset))[row].0[lane];
            assert!((ratio(0) - 0.8_f64.powf(done)).abs() < 1e-12);
            assert!((ratio(1) - 0.8_f64.powf(1.5 * done)).abs() < 1e-12);
        }
    }
    // eta / m of stress 10/3, leverage scale 0.56: a third of the fall is larger than a mean crash, a 126th far smaller.
    let part = -(0.8_f64.ln());
    for (over, rise) in [
        (3, part / 3.0 * (0.2 / 0.06)),
        (126, {
            let x = part / 126.0;
            x * (0.56 + (0.2 / 0.06 - 0.56) * x / 0.06)
        }),
    ] {
        let plain = market(&three(json!({})));
        let with = market(&three(json!({ "shock": [{ "day": 100, "fall": 0.2, "over": over }] })));
        assert!((with.facts().changes.shocks[0].variance / rise - 1.0).abs() < 1e-12);
        let mut lifted = Moments::default();
        for group in 0..25 {
            let (a, b) = (simulate(&*plain, group), simulate(&*with, group));
            let row = FIRST + 100;
            same_bits(&a, &b, 0..row, &COLUMNS);
            for lane in 0..WIDTH {
                let differ = |factor: Factor, row: usize| b.rows(factor)[row].0[lane] - a.rows(factor)[row].0[lane];
                assert!((differ(Factor::LogReturn(0), row) + part / f64::from(over)).abs() < 1e-14);
                assert!((differ(Factor::Variance, row) - rise).abs() < 1e-14);
                assert!(differ(Factor::Vix, row) > 0.0);
                lifted.push(differ(Factor::Vix, row + over as usize - 1));
            }
        }
        println!("over {over} days: the VIX is {:.1} points higher at the end", lifted.mean().unwrap());
        assert!(lifted.mean().unwrap() > if over == 3 { 40.0 } else { 2.0 });
    }
}

/// What cannot be is refused with its place.
#[test]
fn impossible_changes_are_refused_with_their_place() {
    for (extra, want) in [
        (json!({ "then": [{ "after": 300 }, { "after": 300 }] }), "then[1].after: is day 300, but the break before it"),
        (
            json!({ "then": [{ "after": 10, "regimes": { "panic": { "variance": 1 } } }] }),
            "then[0].regimes.panic: there is no regime `panic`",
        ),
        (
            json!({ "then": [{ "after": 10, "regimes": { "calm": { "variance": 0.05 } } }] }),
            "then[0].regimes.normal: regime `normal` is calmer",
        ),
        (
            json!({ "then": [{ "after": 10, "switching": { "daily": { "calm": { "normal": 0.1 } } } }] }),
            "then[0].switching.daily: the market states",
        ),
        (json!({ "then": [{ "after": 10, "premium": { "variance": 9 } }] }), "then[0].premium.variance: is 9"),
        (json!({ "calm": [{ "from": 10, "until": 10 }] }), "calm[0].until: is day 10"),
        (json!({ "calm": [{ "from": 10, "until": 20 }, { "from": 19, "until": 30 }] }), "calm[1].from: is day 19"),
        (
            json!({ "calm": [{ "from": 10, "until": 20, "regime": "quiet" }] }),
            "calm[0].regime: there is no regime `quiet`",
        ),
        (json!({ "shock": { "day": 5, "fall": 1.0, "over": 3 } }), "shock.fall: is 1, must be above 0 and below 1"),
        (json!({ "shock": { "day": 5, "fall": 0.0, "over": 3 } }), "shock.fall: is 0"),
        (json!({ "shock": { "day": 5, "fall": 0.1, "over": 0 } }), "shock.over: is 0 days"),
        (
            json!({ "shock": [{ "day": 5, "fall": 0.1, "over": 3 }, { "day": 7, "fall": 0.1, "over": 3 }] }),
            "shock[1].day: is 7",
        ),
    ] {
        let refusal = build(&three(extra)).err().unwrap_or_default();
        assert!(refusal.starts_with(want), "{want}: {refusal}");
    }
    let mut response = three(json!({ "then": [{ "after": 10 }] }));
    response["regime_svj"]["premium"]["response"] =
        json!({ "low": 0.5, "high": 1.5, "weight": 0.5, "slope": 0.1, "delay": 9 });
    assert!(build(&response).err().unwrap_or_default().starts_with("premium.response: "));
    // What lies beyond the calendar, and a filter in a market that breaks, are known to the scenario alone.
    let text = fair("at_once");
    for (set, want) in [
        ("market.regime_svj.then[0].after=2y", "reaches day 504, but the last evaluated day is 125"),
        ("+market.regime_svj.calm=[{ from: 125, until: 300 }]", "reaches day 125, but the last evaluated day is 125"),
        (
            "+market.regime_svj.shock={ day: 120, fall: 0.2, over: 10 }",
            "reaches day 129, but the last evaluated day is 125",
        ),
        ("rules.known.scale[0].signal.crash_intensity=filtered", "the law of this one breaks"),
    ] {
        let refusal = experiment(&text, &["warm_up=2", set]).err().unwrap_or_default();
        assert!(refusal.contains(want), "{want}: {refusal}");
    }
}
