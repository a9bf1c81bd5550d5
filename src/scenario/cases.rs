//! Files of cases: models, and questions to their prices.
//!
//! The shape is that of a reference file: `{ conventions, models: { name: {…} }, cases: [{ type, model, inputs }] }`, in YAML
//! or JSON. Everything is checked here; what was found stands in front of what is allowed, at its place. Units: years,
//! decimals a year, VIX points; regimes count from 0.

mod fields;
mod model;

use super::problem::Problems;
use super::reading::Reading;
use super::tree::{Data, Node};
use crate::pricing::cases::{Answer, Answers, Question, What};
use crate::pricing::cos::Contract;
use crate::pricing::law::{Model, Variance};
use crate::units::{Maturity, Price, Rate, SpotVariance, Volatility};
use fields::{Fields, Findings};
use serde_json::{Map, Value};

/// Most cases of a file.
pub const MOST_CASES: usize = 5_000;

/// Most work of a file: years (and four more for the start) times regimes squared, summed over cases. What is within takes minutes at worst for models that
/// resemble markets.
const MOST_WORK: f64 = 100_000.0;

/// Types of cases, in the order in which they are shown.
pub const TYPES: [&str; 7] = ["black_scholes", "option", "greeks", "vix", "vix_future", "varswap", "cf"];

/// A file of cases that can be answered.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// The models, by name, in order.
    pub models: Vec<(String, Model)>,
    /// The cases, in order.
    pub cases: Vec<Case>,
    written: Node,
}

/// One case.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// One of [`TYPES`].
    pub kind: &'static str,
    /// What it asks.
    pub question: Question,
}

impl CaseFile {
    /// Name of the model of a case; none for Black-Scholes.
    pub fn model_of(&self, case: &Case) -> Option<&str> {
        match case.question {
            Question::BlackScholes { .. } => None,
            Question::OfModel { model, .. } => Some(&self.models[model].0),
        }
    }

    /// The file as JSON with its answers: a case keeps its keys and their order, `values` are replaced or come last. What it
    /// said of the error of other values (`err`) goes with them.
    pub fn document(&self, answers: &[Answers]) -> Map<String, Value> {
        let mut document = object(&self.written);
        for key in WRITTEN_BY_US {
            document.shift_remove(key);
        }
        let cases = document.get_mut("cases").and_then(Value::as_array_mut);
        for (case, answers) in cases.into_iter().flatten().zip(answers) {
            if let Some(case) = case.as_object_mut() {
                case.shift_remove("err");
                case.insert("values".to_owned(), values(answers));
            }
        }
        document
    }
}

/// Keys in front of a document that this program wrote; such a document can be read again.
const WRITTEN_BY_US: [&str; 2] = ["schema", "ok"];

fn values(answers: &Answers) -> Value {
    let value = |answer: &Answer| match answer {
        Answer::Number(x) => (*x).into(),
        Answer::Numbers(list) => list.clone().into(),
        Answer::Nothing => Value::Null,
    };
    Value::Object(answers.iter().map(|(name, answer)| ((*name).to_owned(), value(answer))).collect())
}

fn object(node: &Node) -> Map<String, Value> {
    match json(node) {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn json(node: &Node) -> Value {
    match &node.value {
        Data::Null => Value::Null,
        Data::Bool(value) => (*value).into(),
        Data::Integer(value) => match i64::try_from(*value) {
            Ok(value) => value.into(),
            Err(_) => (*value as f64).into(),
        },
        Data::Float(value) => (*value).into(),
        Data::Text(value) => value.clone().into(),
        Data::List(items) => items.iter().map(json).collect(),
        Data::Map(entries) => {
            Value::Object(entries.iter().map(|entry| (entry.key.clone(), json(&entry.node))).collect())
        }
    }
}

/// Is this a file of cases? A scenario has neither key.
pub(super) fn are_in(tree: &Node) -> bool {
    matches!(&tree.value, Data::Map(entries) if entries.iter().any(|entry| ["cases", "models"].contains(&entry.key.as_str())))
}

/// Checks a file of cases.
pub(super) fn read(reading: Reading<()>) -> Result<CaseFile, Problems> {
    let mut findings = Findings::default();
    let (models, cases) = file(&reading.tree, &mut findings);
    if findings.is_empty() {
        let models = models.into_iter().filter_map(|(name, model)| Some((name, model?))).collect();
        return Ok(CaseFile { models, cases, written: reading.tree });
    }
    Err(reading.problems(findings.list()))
}

/// Models that have been read; nothing for one that is refused.
type Models = Vec<(String, Option<Model>)>;

fn file(tree: &Node, findings: &mut Findings) -> (Models, Vec<Case>) {
    let Some(top) = Fields::new(tree, "", &["schema", "ok", "conventions", "models", "cases"], findings) else {
        return Default::default();
    };
    let mut models = Models::new();
    if let Some(node) = top.get("models") {
        match &node.value {
            Data::Map(entries) => {
                for entry in entries {
                    let at = format!("models.{}", entry.key);
                    models.push((entry.key.clone(), model::read(&entry.node, &at, findings)));
                }
            }
            _ => findings.expected("models", "a map from names to models", node),
        }
    }
    let mut cases = Vec::new();
    match top.need("cases", findings).map(|node| (&node.value, node)) {
        Some((Data::List(items), _)) if items.len() > MOST_CASES => {
            findings.refuse("cases", format!("{} cases; at most {MOST_CASES} are possible", items.len()));
        }
        Some((Data::List(items), _)) => {
            for (index, item) in items.iter().enumerate() {
                cases.extend(case(item, &format!("cases[{index}]"), &models, findings));
            }
        }
        Some((_, node)) => findings.expected("cases", "a list of cases", node),
        None => {}
    }
    let work: f64 = cases.iter().map(|case| work(case, &models)).sum();
    if work > MOST_WORK {
        let rule = format!("at most {MOST_WORK} are possible");
        findings.refuse("cases", format!("{work:.0} (years + 4) times regimes squared over all cases; {rule}"));
    }
    (models, cases)
}

/// Years, and four more, times regimes squared of a case.
fn work(case: &Case, models: &Models) -> f64 {
    let Question::OfModel { model, what, .. } = &case.question else { return 0.0 };
    let years = match what {
        What::Option(contract) | What::Greeks(contract) => contract.years,
        What::Vix | What::VarianceSwap { .. } => return 0.0,
        What::VixFuture { years } | What::Characteristic { years, .. } => *years,
    };
    let regimes = models[*model].1.as_ref().map_or(0, |model| model.law.regimes());
    (years + 4.0) * (regimes * regimes) as f64
}

fn case(node: &Node, at: &str, models: &Models, findings: &mut Findings) -> Option<Case> {
    let keys = ["type", "name", "note", "model", "inputs", "values", "err"];
    let case = Fields::new(node, at, &keys, findings)?;
    let kind = case.word("type", "types", &TYPES, findings)?;
    let inputs = case.need("inputs", findings);
    if kind == "black_scholes" {
        if let Some(model) = case.get("model") {
            findings.expected(
                &case.path("model"),
                "nothing: black_scholes takes its volatility from `inputs.vol`",
                model,
            );
        }
        let inputs = Fields::new(inputs?, &case.path("inputs"), &["S", "K", "tau", "r", "q", "vol", "cp"], findings)?;
        let contract = contract(&inputs, findings);
        let rate = inputs.number("r", Rate::new, findings).map(Rate::get);
        let dividend = inputs.number("q", Rate::new, findings).map(Rate::get);
        let volatility = inputs.number("vol", Volatility::new, findings).map(Volatility::get);
        let question =
            Question::BlackScholes { contract: contract?, volatility: volatility?, rate: rate?, dividend: dividend? };
        return Some(Case { kind, question });
    }
    let names: Vec<&str> = models.iter().map(|(name, _)| name.as_str()).collect();
    let slot = case.choice("model", "models", &names, findings);
    let model = slot.and_then(|slot| models[slot].1.as_ref());
    let own: &[&str] = match kind {
        "option" | "greeks" => &["S", "K", "tau", "v", "k", "cp"],
        "vix" => &["v", "k"],
        "vix_future" => &["v", "k", "T"],
        "varswap" => &["v", "k", "tau"],
        _ => &["u", "tau", "v", "k"],
    };
    let inputs = Fields::new(inputs?, &case.path("inputs"), own, findings)?;
    let what = match kind {
        "option" => contract(&inputs, findings).map(What::Option),
        "greeks" => contract(&inputs, findings).map(What::Greeks),
        "vix" => Some(What::Vix),
        "vix_future" => years(&inputs, "T", findings).map(|years| What::VixFuture { years }),
        "varswap" => years(&inputs, "tau", findings).map(|years| What::VarianceSwap { years }),
        _ => {
            let (u, years) = (argument(&inputs, findings), years(&inputs, "tau", findings));
            u.zip(years).map(|(u, years)| What::Characteristic { years, u })
        }
    };
    let constant = model.is_some_and(|model| model.law.variance == Variance::Constant);
    let variance = match inputs.get("v") {
        None if constant => Some(0.0),
        _ => inputs.number("v", SpotVariance::new, findings).map(SpotVariance::get),
    };
    let name = slot.map_or("", |slot| names[slot]);
    let regime = inputs.index("k", model.map(|model| model.law.regimes()), &format!("a regime of `{name}`"), findings);
    let question = Question::OfModel { model: slot?, variance: variance?, regime: regime?, what: what? };
    Some(Case { kind, question })
}

fn years(inputs: &Fields<'_>, key: &str, findings: &mut Findings) -> Option<f64> {
    inputs.number(key, Maturity::new, findings).map(Maturity::get)
}

fn contract(inputs: &Fields<'_>, findings: &mut Findings) -> Option<Contract> {
    let spot = inputs.number("S", Price::new, findings);
    let strike = inputs.number("K", Price::new, findings);
    let years = years(inputs, "tau", findings);
    let side = |x: f64| match x {
        1.0 => Ok(true),
        -1.0 => Ok(false),
        _ => Err(format!("is {x}, must be 1 (a call) or -1 (a put)")),
    };
    let call = inputs.number("cp", side, findings);
    Some(Contract { spot: spot?.get(), strike: strike?.get(), years: years?, call: call? })
}

/// The argument of a characteristic function, where the expectation is finite in every model.
fn argument(inputs: &Fields<'_>, findings: &mut Findings) -> Option<(f64, f64)> {
    let parts = inputs.numbers("u", 2, "a real and an imaginary part", findings)?;
    let (re, im) = (parts[0], parts[1]);
    if !(re.abs() <= 1e4) {
        findings.refuse(&format!("{}[0]", inputs.path("u")), format!("is {re}, must be from -10000 to 10000"));
        return None;
    }
    if !(-1.0..=0.0).contains(&im) {
        let rule = "must be from -1 to 0: there the expectation is finite in every model";
        findings.refuse(&format!("{}[1]", inputs.path("u")), format!("is {im}, {rule}"));
        return None;
    }
    Some((re, im))
}
