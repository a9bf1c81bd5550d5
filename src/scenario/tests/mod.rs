//! Every kind of error, with the exact text it shows.

mod files;
mod overrides;
mod values;

use super::{Problems, Reading, read_text};
use crate::one_of;
use crate::shelf::Described;
use crate::units::{Count, Fraction, NonNegative, Positive, Tunable};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct Plan {
    #[garde(skip)]
    name: String,
    #[garde(dive)]
    paths: Count,
    #[garde(skip)]
    #[serde(default)]
    quick: bool,
    #[garde(dive)]
    costs: Costs,
    #[garde(dive)]
    #[serde(default)]
    rules: BTreeMap<String, Rule>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct Costs {
    #[garde(dive)]
    bps: NonNegative,
    #[garde(dive)]
    #[serde(default)]
    floor: Option<Fraction>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[garde(dive)]
    signal: Signal,
    #[garde(dive)]
    #[serde(default)]
    rows: Vec<Vec<Fraction>>,
}

trait Names {
    fn unit(&self) -> &str;
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct Vix {}

impl Described for Vix {
    const HELP: &str = "the volatility index";
    const SPECIMEN: &str = "{}";
}

impl Names for Vix {
    fn unit(&self) -> &str {
        "points"
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct Realized {
    #[garde(dive)]
    window: Tunable<Positive>,
}

impl Described for Realized {
    const HELP: &str = "realised volatility";
    const SPECIMEN: &str = "{ window: 20 }";
}

impl Names for Realized {
    fn unit(&self) -> &str {
        "% a year"
    }
}

one_of! {
    /// What a rule looks at.
    struct Signal: dyn Names { vix: Vix, realized: Realized }
}

const GOOD: &str = "\
name: base
paths: 1e4 # many
costs: { bps: 2 }
rules:
  calm:
    signal: { vix: {} }
    rows:
      - [0.1, 0.9]
      - [0.2, 0.8] # second
  hot: { signal: { realized: { window: { tune: [20, 60] } } } }
";

/// Reads a plan.
fn read(text: &str, overrides: &[&str]) -> Result<Reading<Plan>, Problems> {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    read_text("plan.yaml", text, &overrides)
}

/// The good plan with one piece of its text replaced.
fn broken(good: &str, bad: &str) -> String {
    assert!(GOOD.contains(good), "the plan has no {good:?}");
    errors(&GOOD.replacen(good, bad, 1), &[])
}

fn errors(text: &str, overrides: &[&str]) -> String {
    read(text, overrides).map(|_| ()).unwrap_err().render(false)
}

/// Asserts the text shown; `expected` is freed of its outer line breaks.
fn shows(text: String, expected: &str) {
    assert_eq!(text, expected.trim(), "\n{text}\n");
}

#[test]
fn a_good_plan_reads() {
    let plan = read(GOOD, &[]).unwrap().value;
    assert_eq!(plan.paths.get(), 10_000);
    let signal = &plan.rules["hot"].signal;
    assert_eq!((signal.name(), signal.only().map(Names::unit)), ("realized", Some("% a year")));
    assert_eq!(Signal::KINDS.len(), 2);
    let twelve = GOOD.replace("1e4", "1e12");
    assert_eq!(read(&twelve, &[]).unwrap().value.paths.get(), 1_000_000_000_000);
}
