//! What prices believe: premia that respond to the variance, a priced volatility, how hedges are marked.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use hedgelab::draws::Source;
use hedgelab::grid::TimeGrid;
use hedgelab::lanes::WIDTH;
use hedgelab::market::{AssetTraits, Factor, Market, MarketSpec, Marking, PathBlock};
use serde_json::{Value, json};

/// Rows of a test's paths: three years.
const ROWS: usize = 757;

fn market(spec: Value) -> Box<dyn Market> {
    let spec: MarketSpec = serde_json::from_value(spec).unwrap();
    let asset = AssetTraits {
        name: "SPX".to_owned(),
        leverage: spec.regime_svj.is_some().then_some(-0.8),
        ..AssetTraits::default()
    };
    spec.only().unwrap().build(&[asset]).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn simulate(market: &dyn Market, group: u64) -> PathBlock {
    let mut paths = PathBlock::of(ROWS, market.facts());
    market.simulate(Source::independent(31), group * WIDTH as u64, TimeGrid::new(ROWS, 1).unwrap(), &mut paths);
    paths
}

fn bits(paths: &PathBlock, factor: Factor) -> Vec<u64> {
    paths.rows(factor).iter().flat_map(|row| row.0.map(f64::to_bits)).collect()
}

const COLUMNS: [Factor; 5] = [Factor::Vix, Factor::Variance, Factor::Regime, Factor::Spot(0), Factor::LogReturn(0)];

/// Two regimes with crashes and a jump at a switch, `multiple` times the premia, and perhaps a response of them.
fn two_regimes(multiple: f64, response: Option<Value>, start: Value) -> Value {
    let mut premium = json!({
        "equity": { "constant": 0.06 }, "variance": 3.2 * multiple, "crash_intensity": libm::pow(4.0, multiple),
        "crash_mean": -0.04 * multiple, "switch_mean": -0.02 * multiple, "regime": 0.6 * multiple
    });
    if let Some(response) = response {
        premium["response"] = response;
    }
    json!({ "regime_svj": {
        "rate": 0.03, "start": start,
        "regimes": {
            "calm": { "variance": 0.02, "crash": { "per_year": 0.5, "mean": -0.03, "sd": 0.04, "variance_jump": 0.03 } },
            "stress": { "variance": 0.12, "crash": { "per_year": 2, "mean": -0.06, "sd": 0.07, "variance_jump": 0.2 } }
        },
        "switching": {
            "per_year": { "calm": { "stress": 0.8 }, "stress": { "calm": 3 } },
            "jumps": { "calm": { "stress": { "mean": -0.06, "sd": 0.03 } } }
        },
        "variance": { "reversion": 8, "vol_of_vol": 0.7 },
        "premium": premium
    } })
}

fn stationary() -> Value {
    json!("stationary")
}

/// Where the weight stands at 0 or 1, the market is that of the low or the high set, whatever the other one is.
#[test]
fn at_an_end_of_the_weight_one_set_is_the_market() {
    for (weight, multiple) in [(0, 0.5), (1, 1.5)] {
        let response = json!({ "low": 0.5, "high": 1.5, "weight": weight, "slope": 0, "delay": 10 });
        let mixed = market(two_regimes(1.0, Some(response), stationary()));
        let alone = market(two_regimes(multiple, None, stationary()));
        let (a, b) = (mixed.facts(), alone.facts());
        assert_eq!((&a.vix, a.premia_respond(), b.premia_respond()), (&b.vix, true, false));
        assert_eq!(a.laws.as_ref().unwrap().priced[weight], b.laws.as_ref().unwrap().priced[0]);
        for group in 0..4 {
            let (x, y) = (simulate(&*mixed, group), simulate(&*alone, group));
            for factor in COLUMNS {
                assert!(bits(&x, factor) == bits(&y, factor), "{factor:?}");
            }
            assert!(x.rows(Factor::PremiumWeight).iter().flat_map(|row| row.0).all(|w| w == weight as f64));
        }
    }
    // At a multiple of 0 prices believe the truth.
    let response = json!({ "low": 0, "high": 1, "weight": 0.5, "slope": 0, "delay": 10 });
    let mixed = market(two_regimes(1.0, Some(response), stationary()));
    let laws = mixed.facts().laws.as_ref().unwrap();
    assert_eq!((&laws.priced[0].law, laws.priced.len()), (&laws.real, 2));
}

/// On every day of every path: w = clip(weight - slope (v - m) / theta, 0, 1), m an exponential mean of half-life `delay`
/// that starts at the first variance, VIX^2 = (1 - w) low + w high. It stands at both ends on some days.
#[test]
fn the_weight_and_the_vix_follow_their_formulas() {
    for (slope, start) in [(0.6, json!({ "regime": "stress", "vix": 41.5 })), (-0.6, stationary())] {
        let response = json!({ "low": 0.25, "high": 1.25, "weight": 0.4, "slope": slope, "delay": 10 });
        let world = market(two_regimes(1.0, Some(response), start.clone()));
        let facts = world.facts();
        let priced = &facts.laws.as_ref().unwrap().priced;
        let long_run: f64 = facts.stationary.iter().zip(&facts.level).map(|(share, level)| share * level).sum();
        let (mut at_ends, mut inside) = ([0; 2], 0);
        for group in 0..4 {
            let paths = simulate(&*world, group);
            for lane in 0..WIDTH {
                let of = |factor: Factor, row: usize| paths.rows(factor)[row].0[lane];
                let mut mean = of(Factor::Variance, 0);
                for row in 0..ROWS {
                    let (v, k) = (of(Factor::Variance, row), of(Factor::Regime, row) as usize);
                    if row > 0 {
                        let keep = 0.5_f64.powf(0.1);
                        mean = keep * mean + (1.0 - keep) * v;
                    }
                    let w = (0.4 - slope * (v - mean) / long_run).clamp(0.0, 1.0);
                    assert!((of(Factor::PremiumWeight, row) - w).abs() < 1e-9, "row {row}");
                    let square = |set: usize| priced[set].vix.a[k] + priced[set].vix.b * v;
                    let vix = ((1.0 - w) * square(0) + w * square(1)).sqrt();
                    assert!((of(Factor::Vix, row) - vix).abs() < 1e-6, "row {row}");
                    at_ends[0] += usize::from(w == 0.0);
                    at_ends[1] += usize::from(w == 1.0);
                    inside += usize::from(w > 0.0 && w < 1.0);
                }
                assert_eq!(of(Factor::PremiumWeight, 0), 0.4);
                if start != stationary() {
                    assert!((of(Factor::Vix, 0) - 41.5).abs() < 1e-9);
                }
            }
        }
        println!("slope {slope}: at 0 on {} days, at 1 on {}, between on {inside}", at_ends[0], at_ends[1]);
        assert!(at_ends.iter().all(|days| *days > 20) && inside > 10_000);
    }
}

/// What a constant premium leaves for diffusive risk: less what crashes and switches fall more often and deeper in prices.
#[test]
fn jumps_at_switches_are_part_of_the_premium() {
    let world = market(json!({ "regime_lognormal": {
        "regimes": {
            "calm": { "volatility": 0.1, "crash": { "per_year": 0.5, "mean": -0.03, "sd": 0.04 } },
            "wild": { "volatility": 0.3 }
        },
        "switching": {
            "per_year": { "calm": { "wild": 0.8 }, "wild": { "calm": 3 } },
            "jumps": { "calm": { "wild": { "mean": -0.06, "sd": 0.03 } } }
        },
        "premium": { "equity": { "constant": 0.06 }, "crash_intensity": 2, "crash_mean": -0.01, "switch_mean": -0.02, "regime": 0.6 }
    } }));
    let relative = |mean: f64, sd: f64| (mean + 0.5 * sd * sd).exp_m1();
    let crashes = 0.5 * relative(-0.03, 0.04) - 0.5 * 2.0 * relative(-0.04, 0.04);
    let switches = 0.8 * relative(-0.06, 0.03) - 0.8 * 0.6_f64.exp() * relative(-0.08, 0.03);
    let residual = &world.facts().residual_premium;
    assert!((residual[0][0] - (0.06 - crashes - switches)).abs() < 1e-14);
    // Nothing jumps in the other regime or at the switch out of it.
    assert!((residual[1][0] - 0.06).abs() < 1e-14);
}

#[test]
fn the_null_world_has_no_response() {
    let response = json!({ "low": 0.5, "high": 1.5, "weight": 0.5, "slope": 0.3, "delay": 5 });
    let null = market(two_regimes(1.0, Some(response), stationary())).null_world().unwrap();
    let plain = market(two_regimes(1.0, None, stationary())).null_world().unwrap();
    assert_eq!(null.facts(), plain.facts());
    let laws = null.facts().laws.as_ref().unwrap();
    assert_eq!((laws.priced.len(), &laws.priced[0].law), (1, &laws.real));
    let (x, y) = (simulate(&*null, 0), simulate(&*plain, 0));
    assert!(COLUMNS.into_iter().all(|factor| bits(&x, factor) == bits(&y, factor)));
}

#[test]
fn prices_may_believe_another_volatility() {
    let one = |only: Value| market(json!({ "regime_lognormal": { "regimes": { "only": only } } }));
    let dear = one(json!({ "volatility": 0.16, "priced_volatility": 0.19 }));
    let from_variance = one(json!({ "variance": 0.0256, "priced_volatility": 0.19 }));
    let plain = one(json!({ "volatility": 0.16 }));
    let (x, y) = (simulate(&*dear, 0), simulate(&*plain, 0));
    for (world, vix) in [(&x, 19.0), (&y, 16.0), (&simulate(&*from_variance, 0), 19.0)] {
        assert!(world.rows(Factor::Vix).iter().flat_map(|row| row.0).all(|x| (x - vix).abs() < 1e-9));
    }
    for factor in [Factor::Variance, Factor::Spot(0)] {
        assert_eq!(bits(&x, factor), bits(&y, factor));
    }
    let laws = dear.facts().laws.as_ref().unwrap();
    assert_eq!((&laws.real.level, &laws.priced[0].law.level), (&vec![0.16 * 0.16], &vec![0.19 * 0.19]));
    assert_eq!(dear.facts().marking, Marking::Model);
    assert_eq!(dear.null_world().unwrap().facts(), plain.facts());
    // Each regime for itself; the one that says nothing is priced as it is.
    let two = market(json!({ "regime_lognormal": {
        "regimes": { "calm": { "volatility": 0.1 }, "wild": { "volatility": 0.3, "priced_volatility": 0.25 } },
        "switching": { "per_year": { "calm": { "wild": 1 }, "wild": { "calm": 1 } } }
    } }));
    assert_eq!(two.facts().laws.as_ref().unwrap().priced[0].law.level, [0.1 * 0.1, 0.25 * 0.25]);
}

#[test]
fn a_market_says_how_it_is_marked() {
    let of = |marking: Option<&str>| {
        let mut svj = two_regimes(1.0, None, stationary());
        let mut lognormal = json!({ "regime_lognormal": { "regimes": { "only": { "volatility": 0.16 } } } });
        if let Some(marking) = marking {
            svj["regime_svj"]["marking"] = marking.into();
            lognormal["regime_lognormal"]["marking"] = marking.into();
        }
        [svj, lognormal].map(|spec| market(spec).facts().marking)
    };
    let flat = |exact| Marking::FlatVix { exact };
    assert_eq!(of(Some("flat_vix")), [flat(false), flat(true)]);
    assert_eq!(of(Some("model")), [Marking::Model; 2]);
    assert_eq!(of(None), of(Some("model")));
}
