//! Models of the reference files, for the tests that price by them.

#![allow(dead_code, clippy::expect_used)]

use hedgelab::pricing::law::{Law, LogJump, Model, Variance};
use serde_json::Value;

pub fn number(value: &Value) -> f64 {
    value.as_f64().expect("number")
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("array").iter().map(number).collect()
}

pub fn model(value: &Value) -> Model {
    let level = numbers(&value["theta"]);
    let n = level.len();
    let mut switch_jump = Law::no_switch_jumps(n);
    if !value["switch_mu"].is_null() {
        for i in 0..n {
            for j in (0..n).filter(|j| *j != i) {
                let jump =
                    LogJump { mean: number(&value["switch_mu"][i][j]), sd: number(&value["switch_delta"][i][j]) };
                switch_jump[i][j] = jump;
            }
        }
    }
    let variance = if value["kind"] == "rsln" {
        Variance::Constant
    } else {
        Variance::SquareRoot { reversion: number(&value["kappa"]), vol_of_vol: number(&value["xi"]) }
    };
    Model {
        law: Law {
            generator: value["G"].as_array().expect("rows").iter().map(numbers).collect(),
            variance,
            level,
            intensity: numbers(&value["lam"]),
            jump_mean: numbers(&value["mu"]),
            jump_sd: numbers(&value["delta"]),
            variance_jump: numbers(&value["eta"]),
            switch_jump,
        },
        leverage: number(&value["rho"]),
        rate: number(&value["r"]),
        dividend: number(&value["q"]),
    }
}

/// A model of `pricing.json` by name.
pub fn reference(name: &str) -> Model {
    let file: Value = serde_json::from_str(include_str!("../reference/pricing.json")).expect("reference");
    model(&file["models"][name])
}
