//! Claims and mistakes as they are written, and from names to slots.

use super::nearest;
use super::raw::TwinSpec;
use super::resolve::{Refusals, twin};
use crate::engine::Experiment;
use crate::shelf::Refusal;
use crate::study::claims::{Bounds, Claim, FIVE, Question};
use crate::study::comparison::{Comparison, Verdict};
use crate::study::keys;
use crate::study::market_facts::{MARKET_FACTS, fact};
use crate::study::mistakes::Pair;
use crate::study::twins::is_dynamic;
use crate::study::walk_forward::WalkForward;
use crate::units::Finite;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody says, as a number with bounds: exactly one of `metric` (of a rule), `protects` and `market`; or `open`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ClaimSpec {
    /// The claim in words.
    #[garde(length(min = 1, max = 200))]
    pub says: String,
    /// Name of the rule, or `unhedged`.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub of: Option<String>,
    /// A metric, by the name in summary.json or a short one such as `total_cost`, `her_trough`, `sharpe`.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub metric: Option<String>,
    /// Divided by that of this rule.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub over: Option<String>,
    /// Less that of this rule, path by path.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub minus: Option<String>,
    /// Less that of this twin of the rule.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "TwinSpec")]
    pub beside: Option<TwinSpec>,
    /// The verdict beside the twin.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ProtectsSpec")]
    pub protects: Option<ProtectsSpec>,
    /// A fact of the market paths, such as `vix_to_15`.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub market: Option<String>,
    /// Both ends of what is claimed.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "[Finite; 2]")]
    pub between: Option<[Finite; 2]>,
    /// The lower end.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Finite")]
    pub above: Option<Finite>,
    /// The upper end.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Finite")]
    pub below: Option<Finite>,
    /// Why no run of this file can settle it, or where it is tested.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub open: Option<String>,
}

/// A verdict that is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProtectsSpec {
    /// Worst years, drawdown and HER at +21 days all better.
    Better,
    /// All worse.
    Worse,
}

/// A mistake and its cure: two rules, or a tuned rule in sample and out of sample.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MistakeSpec {
    /// Name of the rule that makes the mistake.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub mistake: Option<String>,
    /// Name of the rule that does not.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub cure: Option<String>,
    /// Name of a tuned rule: chosen and judged on the same days, beside later days of `split` or `walk_forward`.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub tuned: Option<String>,
}

/// Mistakes beside their cures: one map, or a list.
#[derive(Clone, Debug)]
pub enum Mistakes {
    /// One.
    One(MistakeSpec),
    /// Several.
    Several(Vec<MistakeSpec>),
}

/// Where claims and mistakes find their rules and twins.
pub(super) struct Names<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) comparison: Option<&'a Comparison>,
    pub(super) choices: &'a [WalkForward],
}

impl Names<'_> {
    /// Slot of the rule that `field` names.
    fn rule(&self, field: &str, name: &str, unhedged: bool) -> Result<usize, Refusal> {
        if unhedged && name == "unhedged" {
            return Ok(self.experiment.unhedged);
        }
        let names = self.experiment.rules[..self.experiment.named].iter().map(|rule| rule.name.as_str());
        self.experiment.rule(name).ok_or_else(|| unknown(field, "rule", name, names))
    }

    fn claim(&self, spec: &ClaimSpec) -> Result<Claim, Refusal> {
        Ok(Claim { says: spec.says.clone(), question: self.question(spec)?, open: spec.open.clone() })
    }

    fn question(&self, spec: &ClaimSpec) -> Result<Question, Refusal> {
        let one_of = "give exactly one of `metric`, `protects`, `market` and `open`";
        if spec.open.is_some() {
            let says = ClaimSpec { says: spec.says.clone(), open: spec.open.clone(), ..ClaimSpec::default() };
            return if *spec == says { Ok(Question::Open) } else { Err(Refusal::new("open", one_of)) };
        }
        match (&spec.metric, spec.protects, &spec.market) {
            (Some(metric), None, None) => self.metric(spec, metric),
            (None, Some(protects), None) => {
                let (rule, twin) = (self.dynamic(spec)?, self.twin(spec)?);
                alone(&[("over", spec.over.is_some()), ("minus", spec.minus.is_some())], "protects")?;
                let bound = [
                    ("between", spec.between.is_some()),
                    ("above", spec.above.is_some()),
                    ("below", spec.below.is_some()),
                ];
                alone(&bound, "protects")?;
                let wanted = match protects {
                    ProtectsSpec::Better => Verdict::Better,
                    ProtectsSpec::Worse => Verdict::Worse,
                };
                Ok(Question::Protects(rule, twin, wanted))
            }
            (None, None, Some(name)) => {
                let of_rule = [
                    ("of", spec.of.is_some()),
                    ("over", spec.over.is_some()),
                    ("minus", spec.minus.is_some()),
                    ("beside", spec.beside.is_some()),
                ];
                alone(&of_rule, "market")?;
                let known = MARKET_FACTS.iter().map(|fact| fact.name);
                let fact = fact(name).ok_or_else(|| unknown("market", "fact", name, known))?;
                Ok(Question::Market(fact, bounds(spec)?))
            }
            _ => Err(Refusal::new("", one_of)),
        }
    }

    fn metric(&self, spec: &ClaimSpec, metric: &str) -> Result<Question, Refusal> {
        let name = keys::full(metric).ok_or_else(|| keys_help(metric))?;
        let (rule, bounds) = (self.of(spec)?, bounds(spec)?);
        match (&spec.over, &spec.minus, spec.beside) {
            (None, None, None) => Ok(Question::Level(rule, name, bounds)),
            (Some(over), None, None) => Ok(Question::Ratio(rule, self.rule("over", over, true)?, name, bounds)),
            (None, Some(minus), None) => Ok(Question::Difference(rule, self.rule("minus", minus, true)?, name, bounds)),
            (None, None, Some(_)) if FIVE.contains(&name) => {
                Ok(Question::Beside(self.dynamic(spec)?, self.twin(spec)?, name, bounds))
            }
            (None, None, Some(_)) => {
                let message = format!("`{metric}` is not told apart from a twin; {} are", FIVE.join(", "));
                Err(Refusal::new("metric", message))
            }
            _ => Err(Refusal::new("", "give at most one of `over`, `minus` and `beside`")),
        }
    }

    /// A rule that has twins.
    fn dynamic(&self, spec: &ClaimSpec) -> Result<usize, Refusal> {
        let rule = self.of(spec)?;
        if is_dynamic(&self.experiment.rules[rule]) {
            return Ok(rule);
        }
        let name = &self.experiment.rules[rule].name;
        Err(Refusal::new("of", format!("`{name}` never changes what it holds: fixed hedges have no twins")))
    }

    fn of(&self, spec: &ClaimSpec) -> Result<usize, Refusal> {
        let name = spec.of.as_ref().ok_or_else(|| Refusal::new("", "`of` is missing: the name of a rule"))?;
        self.rule("of", name, spec.beside.is_none())
    }

    fn twin(&self, spec: &ClaimSpec) -> Result<crate::study::comparison::Twin, Refusal> {
        let wanted = twin(&spec.beside.ok_or_else(|| Refusal::new("", "`beside` is missing: the name of a twin"))?);
        if self.comparison.is_some_and(|comparison| comparison.twins.contains(&wanted)) {
            return Ok(wanted);
        }
        Err(Refusal::new("beside", format!("no `{}` is walked; add it to `study.compare.twins`", wanted.name())))
    }

    /// The pairs that are meant, each with the refusal of its place.
    pub(super) fn pairs(&self, written: &Mistakes, refusals: &mut Refusals) -> Vec<Pair> {
        match written {
            Mistakes::One(spec) => match self.pair(spec) {
                Ok(pair) => vec![pair],
                Err(refusal) => {
                    refusals.push(("study.mistake".to_owned(), refusal));
                    Vec::new()
                }
            },
            Mistakes::Several(list) => each(list, "study.mistake", refusals, |spec| self.pair(spec)),
        }
    }

    /// All claims that are meant.
    pub(super) fn claims(&self, written: &[ClaimSpec], refusals: &mut Refusals) -> Vec<Claim> {
        each(written, "study.claims", refusals, |spec| self.claim(spec))
    }

    fn pair(&self, spec: &MistakeSpec) -> Result<Pair, Refusal> {
        match (&spec.mistake, &spec.cure, &spec.tuned) {
            (Some(mistake), Some(cure), None) if mistake == cure => {
                Err(Refusal::new("cure", format!("is `{cure}`, the mistake itself")))
            }
            (Some(mistake), Some(cure), None) => Ok(Pair::Rules {
                mistake: self.rule("mistake", mistake, false)?,
                cure: self.rule("cure", cure, false)?,
            }),
            (None, None, Some(tuned)) => {
                let grids = || self.choices.iter().flat_map(|study| &study.grids).map(|grid| grid.name.as_str());
                if grids().any(|name| name == tuned) {
                    return Ok(Pair::Tuned(tuned.clone()));
                }
                Err(unknown("tuned", "tuned rule that `study.split` or `study.walk_forward` judges:", tuned, grids()))
            }
            _ => Err(Refusal::new("", "give `mistake` and `cure`, or `tuned` alone")),
        }
    }
}

/// Every part of a list as it is meant; a refusal stands at its place in the list.
fn each<S, T>(written: &[S], list: &str, refusals: &mut Refusals, meant: impl Fn(&S) -> Result<T, Refusal>) -> Vec<T> {
    let mut found = Vec::new();
    for (i, spec) in written.iter().enumerate() {
        match meant(spec) {
            Ok(one) => found.push(one),
            Err(refusal) => refusals.push((format!("{list}[{i}]"), refusal)),
        }
    }
    found
}

/// Refuses what does not go with `what`.
fn alone(given: &[(&str, bool)], what: &str) -> Result<(), Refusal> {
    match given.iter().find(|(_, given)| *given) {
        Some((field, _)) => Err(Refusal::new(*field, format!("does not go with `{what}`; leave it out"))),
        None => Ok(()),
    }
}

fn bounds(spec: &ClaimSpec) -> Result<Bounds, Refusal> {
    match (spec.between, spec.above, spec.below) {
        (Some([low, high]), None, None) if low <= high => Ok(Bounds { low: Some(low.get()), high: Some(high.get()) }),
        (Some([low, high]), None, None) => {
            Err(Refusal::new("between", format!("is {} to {}: the lower end comes first", low.get(), high.get())))
        }
        (None, Some(low), None) => Ok(Bounds { low: Some(low.get()), high: None }),
        (None, None, Some(high)) => Ok(Bounds { low: None, high: Some(high.get()) }),
        _ => Err(Refusal::new("", "give exactly one of `between`, `above` and `below`")),
    }
}

/// The nearest of all names of metrics; the short ones are listed.
fn keys_help(metric: &str) -> Refusal {
    let short = keys::KEYS.map(|(short, _)| short);
    let refusal = unknown("metric", "metric", metric, short.into_iter());
    match nearest(metric, keys::words()) {
        Some(close) => refusal.help(format!("did you mean `{close}`? There are {}", short.join(", "))),
        None => refusal,
    }
}

fn unknown<'a>(field: &str, what: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Refusal {
    let all = known.clone().collect::<Vec<_>>().join(", ");
    let refusal = Refusal::new(field, format!("there is no {what} `{name}`"));
    refusal.help(match nearest(name, known) {
        Some(close) => format!("did you mean `{close}`? There are {all}"),
        None => format!("there are {all}"),
    })
}
