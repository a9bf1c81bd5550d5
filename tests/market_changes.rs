//! Markets that change: structural breaks and what prices know of them, seasons of calm, scripted shocks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use hedgelab::grid::TimeGrid;
use hedgelab::lanes::WIDTH;
use hedgelab::market::{AssetTraits, Factor, Market, MarketSpec, PathBlock};
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
    market.simulate(31, group * WIDTH as u64, grid(), &mut paths);
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
