//! Prices against numbers that others computed: `pricing.json` (64 cases) and `pricing_switch_jumps.json` (42).

#![allow(clippy::unwrap_used, clippy::expect_used)]

use hedgelab::pricing::cos::{self, Contract};
use hedgelab::pricing::futures::vix_future;
use hedgelab::pricing::implied;
use hedgelab::pricing::law::Variance;
use hedgelab::pricing::transform::characteristic;
use serde_json::Value;

mod models;
use models::{model, number, numbers};

#[test]
fn prices_agree_with_the_reference() {
    let mut seen = 0;
    for text in [include_str!("reference/pricing.json"), include_str!("reference/pricing_switch_jumps.json")] {
        let reference: Value = serde_json::from_str(text).expect("reference");
        for case in reference["cases"].as_array().expect("cases") {
            let (inputs, values) = (&case["inputs"], &case["values"]);
            let close = |what: &str, got: f64, tolerance: f64| {
                let want = number(&values[what]);
                assert!((got - want).abs() <= tolerance, "{case}: {what} is {got}, off by {:e}", got - want);
            };
            let kind = case["type"].as_str().expect("type");
            if kind == "black_scholes" {
                continue;
            }
            let model = model(&reference["models"][case["model"].as_str().expect("model")]);
            let (v, k) = (number(&inputs["v"]), inputs["k"].as_u64().expect("k") as usize);
            let contract = || Contract {
                spot: number(&inputs["S"]),
                strike: number(&inputs["K"]),
                years: number(&inputs["tau"]),
                call: number(&inputs["cp"]) > 0.0,
            };
            match kind {
                "cf" => {
                    let u = numbers(&inputs["u"]);
                    let (re, im) = characteristic(&model, number(&inputs["tau"]), v, k, (u[0], u[1]));
                    close("re", re, 1e-11);
                    close("im", im, 1e-11);
                }
                "option" => {
                    let contract = contract();
                    let got = cos::option(&model, &contract, v, k);
                    close("price", got.price, 1e-8 * contract.spot);
                    if !values["implied_vol"].is_null() {
                        let vol = implied::volatility(&contract, got.price, model.rate, model.dividend);
                        close("implied_vol", vol.expect("a volatility"), 1e-7);
                    }
                }
                "greeks" => {
                    let got = cos::option(&model, &contract(), v, k);
                    close("price", got.price, 1e-8 * 100.0);
                    close("delta", got.delta, 1e-6);
                    close("gamma", got.gamma, 1e-6);
                    close("theta", got.theta, 1e-6);
                    if model.law.variance != Variance::Constant {
                        close("vega_v", got.vega_variance, 1e-6);
                        let vix = model.law.vix_squared();
                        let per_point = 2.0 * (vix.a[k] + vix.b * v).sqrt() / vix.b;
                        close("vega_vix", got.vega_variance * per_point, 1e-6);
                    }
                }
                "vix" => {
                    let vix = model.law.vix_squared();
                    close("vix", (vix.a[k] + vix.b * v).sqrt(), 1e-9);
                    if !values["b"].is_null() {
                        close("b", vix.b, 1e-6);
                        for (a, want) in vix.a.iter().zip(numbers(&values["a"])) {
                            assert!((a - want).abs() <= 1e-7, "{case}: {a}");
                        }
                    }
                }
                "vix_future" => close("future", vix_future(&model, v, k, number(&inputs["T"])), 1e-6),
                "varswap" => {
                    let strike = model.law.variance_strike(number(&inputs["tau"]));
                    close("variance", strike.a[k] + strike.b * v, 1e-8);
                }
                _ => panic!("{kind}"),
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 102);
}
