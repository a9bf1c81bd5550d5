//! Reference numbers for the tests of this room; they were computed without any code of the project.

use std::sync::OnceLock;

use rand::Rng;
use rand_pcg::Pcg64;
use serde_json::Value;

use crate::stats::normal;

const TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/stats_inference.json"));
const RETURNS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/public_strategy_returns.csv"));
const RESAMPLES: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/public_boot_idx_80x199.csv"));

fn all() -> &'static Value {
    static ALL: OnceLock<Value> = OnceLock::new();
    ALL.get_or_init(|| serde_json::from_str(TEXT).expect("the reference file is JSON"))
}

/// The nine daily return series of the public table, strategy by strategy, in the order of its header.
pub fn strategies() -> Vec<Vec<f64>> {
    let rows: Vec<Vec<f64>> = RETURNS.lines().skip(1).map(numbers_after_date).collect();
    (0..rows[0].len()).map(|k| rows.iter().map(|row| row[k]).collect()).collect()
}

/// One series of the public table.
pub fn strategy(name: &str) -> Vec<f64> {
    let header = RETURNS.lines().next().expect("a header");
    let k = header.split(',').skip(1).position(|h| h == name).expect("a column of the table");
    strategies().swap_remove(k)
}

fn numbers_after_date(line: &str) -> Vec<f64> {
    line.split(',').skip(1).map(|x| x.parse().expect("a number")).collect()
}

/// 199 resamples of 80 rows drawn by someone else's stationary bootstrap, one a row.
pub fn resamples() -> Vec<Vec<usize>> {
    RESAMPLES.lines().map(|line| line.split(',').map(|x| x.parse().expect("a row")).collect()).collect()
}

/// The entry at a JSON pointer such as `/mc_output/paired/input`.
pub fn at(pointer: &str) -> Value {
    all().pointer(pointer).unwrap_or_else(|| panic!("no reference at {pointer}")).clone()
}

/// The number at a pointer.
pub fn number(pointer: &str) -> f64 {
    at(pointer).as_f64().expect("a number")
}

/// The number at a pointer, `None` where the reference has null.
pub fn optional(pointer: &str) -> Option<f64> {
    at(pointer).as_f64()
}

/// The column of numbers at a pointer.
pub fn column(pointer: &str) -> Vec<f64> {
    floats(&at(pointer))
}

/// A JSON array as numbers.
pub fn floats(array: &Value) -> Vec<f64> {
    let array = array.as_array().expect("an array");
    array.iter().map(|x| x.as_f64().expect("a number")).collect()
}

/// A JSON array as counts.
pub fn counts(array: &Value) -> Vec<usize> {
    let array = array.as_array().expect("an array");
    array.iter().map(|x| x.as_u64().expect("a count") as usize).collect()
}

/// Asserts agreement to a relative 1e-9, the tolerance of the reference.
#[track_caller]
pub fn close(ours: f64, theirs: f64) {
    near(ours, theirs, 1e-9);
}

/// Asserts agreement to a relative tolerance.
#[track_caller]
pub fn near(ours: f64, theirs: f64, tolerance: f64) {
    let scale = ours.abs().max(theirs.abs());
    assert!((ours - theirs).abs() <= tolerance * scale, "{ours} is not within {tolerance} of {theirs}");
}

/// Standard normal draws from a fixed seed.
pub fn normals(seed: u128) -> impl FnMut() -> f64 {
    let mut random = Pcg64::new(seed, 0);
    move || {
        let u = ((random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        normal::quantile(u).expect("inside the unit interval")
    }
}
