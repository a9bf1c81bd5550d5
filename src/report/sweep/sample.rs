//! A small sweep made by hand, for tests.

use super::{AxisAt, Base, Beside, Number, Point, RuleAt, Sweep, values};
use crate::named::Named;
use crate::scenario::vary::{Axis, points};

/// A number with an interval of 0.6 to each side.
fn number(value: f64, unit: &str) -> Number {
    let (low, high) = (value - 0.6, value + 0.6);
    Number { value: Some(value), se: Some(0.3), ci_low: Some(low), ci_high: Some(high), unit: unit.to_owned() }
}

/// A sweep with a fixed and a dynamic rule; every number falls by one a point, and verdicts are as given.
pub fn sweep(axes: &[&str], verdicts: &[&str]) -> Sweep {
    let axes: Vec<Axis> = axes.iter().map(|text| Axis::read(text).unwrap()).collect();
    let names = [("total_cost_bp_per_year", "bp of capital a year"), ("her_plus21", "share of the portfolio's loss")];
    let names = names.into_iter().chain([("es5_yearly", "share of capital"), ("max_drawdown", "share of peak")]);
    let numbers =
        |x: f64| -> Named<Number> { names.clone().map(|(name, unit)| (name.to_owned(), number(x, unit))).collect() };
    let point = |(i, at): (usize, &Vec<usize>)| {
        let rule = |dynamic: bool| RuleAt {
            dynamic,
            metrics: numbers(10.0 - i as f64),
            against: if dynamic { numbers(1.0) } else { Named::default() },
            equal_money: dynamic.then(|| Beside {
                size: Some(number(0.9, "multiplier")),
                why: None,
                verdict: verdicts[i].to_owned(),
                differences: numbers(1.0 - i as f64),
            }),
            null_world: Named::default(),
        };
        Point {
            at: at.clone(),
            values: values(&axes, at),
            seed: Some(1),
            paths: 64,
            years: 2.0,
            benchmark: Some("static".to_owned()),
            rules: [("static", false), ("moving", true)]
                .map(|(name, is)| (name.to_owned(), rule(is)))
                .into_iter()
                .collect(),
            caveats: vec!["64 paths are few".to_owned()],
        }
    };
    let list = points(&axes).unwrap().iter().enumerate().map(point).collect();
    let base = Base {
        name: "sample".to_owned(),
        question: Some("Does it matter?".to_owned()),
        overrides: Vec::new(),
        scenario_sha256: "0".repeat(64),
        version: "0.0.0".to_owned(),
    };
    let axes = axes.into_iter().map(|axis| AxisAt { axis, base: Some(0) }).collect();
    Sweep::new(base, axes, Some(0), list)
}
