//! Rules: from the words of a scenario to legs with slots, and from tuned numbers to the members of a grid.

use super::raw::{self, BudgetSpec, ConditionSpec, LegSpec, LimitsSpec, RuleSpec, ShareSpec, TermSpec, TriggerSpec};
use super::resolve::in_market_of;
use super::tune;
use crate::engine::Experiment;
use crate::grid::{DAYS_PER_YEAR, TimeGrid};
use crate::market::Facts;
use crate::rules::{Combine, Condition, Leg, Limits, Rule, Share, Term, Trigger, Watch};
use crate::scenario::nearest;
use crate::shelf::{Refusal, join};
use crate::signals::{Known, Signal, SignalSpec, SmoothSpec};
use crate::study::question::WritesRules;
use crate::units::{Multiplier, Positive};
use garde::Validate;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Where rules are put together: known instruments, and the signals that were asked for so far.
pub(super) struct Desk<'a> {
    facts: &'a Facts,
    /// Slots of the rungs of each instrument.
    instruments: Vec<(String, Range<usize>)>,
    pub(super) names: Vec<String>,
    exposed: Vec<bool>,
    grid: TimeGrid,
    pub(super) signals: Vec<Arc<dyn Signal>>,
    keys: Vec<String>,
    pub(super) oracle: bool,
    /// Of the rule that is put together.
    lag: usize,
}

/// A rule with the members of its grid; without tuned numbers there is one.
pub(super) struct Expanded {
    pub(super) name: String,
    pub(super) members: Vec<Rule>,
    /// Name and values of each tuned number.
    pub(super) axes: Vec<(String, Vec<String>)>,
    pub(super) cautions: Vec<String>,
}

/// Most groups that a condition may spread into, and most conditions in one of them.
const MOST_GROUPS: usize = 64;

impl<'a> Desk<'a> {
    pub(super) fn new(
        facts: &'a Facts,
        instruments: Vec<(String, Range<usize>)>,
        (names, exposed): (Vec<String>, Vec<bool>),
        grid: TimeGrid,
    ) -> Self {
        Self { facts, instruments, names, exposed, grid, signals: Vec::new(), keys: Vec::new(), oracle: false, lag: 1 }
    }

    /// All members of a rule, at most `room`.
    pub(super) fn expand(&mut self, name: &str, spec: &RuleSpec, room: usize) -> Result<Expanded, Refusal> {
        self.oracle = false;
        let written = serde_json::to_value(spec).map_err(|error| Refusal::new("", error.to_string()))?;
        let size = tune::size(&written);
        if size > room {
            return Err(Refusal::new("", format!("has a grid of {size} members; {room} more fit into one scenario")));
        }
        let mut members = Vec::with_capacity(size);
        for member in tune::expand(&written) {
            let spec: RuleSpec =
                serde_json::from_value(member.value).map_err(|error| Refusal::new("", error.to_string()))?;
            let label = if member.label.is_empty() { name.to_owned() } else { format!("{name}[{}]", member.label) };
            members.push(Rule { name: label, legs: self.legs(&spec)? });
        }
        let mut cautions = Vec::new();
        if self.oracle {
            cautions.push(format!("rule {name} knows the hidden regime: it is an oracle, for comparison only"));
        }
        if members[0].legs.iter().any(|leg| leg.lag == 0 && !leg.signals().is_empty()) {
            cautions.push(format!("rule {name} trades at the close that it looks at (lag 0): nobody can"));
        }
        Ok(Expanded { name: name.to_owned(), members, axes: tune::named(&written), cautions })
    }

    fn legs(&mut self, spec: &RuleSpec) -> Result<Vec<Leg>, Refusal> {
        let (lag, first) = (spec.lag.map_or(1, |lag| lag.get() as usize), self.grid.first());
        if lag > first {
            return Err(Refusal::new("lag", format!("is {lag} days, longer than the warm-up of {first} days")));
        }
        self.lag = lag;
        match (&spec.hedge, &spec.legs) {
            (Some(hedge), None) => {
                let leg = LegSpec {
                    hedge: hedge.clone(),
                    share: None,
                    hold: spec.hold.clone(),
                    scale: spec.scale.clone(),
                    combine: spec.combine,
                    rebalance: spec.rebalance.clone(),
                    limits: spec.limits.clone(),
                };
                self.rungs(&leg)
            }
            (None, Some(legs)) if !legs.is_empty() => {
                let mut all = Vec::new();
                let parts = parts_of_budget(spec, legs)?;
                for (i, leg) in legs.iter().enumerate() {
                    let mut leg = leg.clone();
                    if leg.hold.is_none() && leg.scale.is_none() {
                        (leg.hold, leg.scale) = (spec.hold.clone(), spec.scale.clone());
                    }
                    leg.combine = leg.combine.or(spec.combine);
                    leg.rebalance = leg.rebalance.or_else(|| spec.rebalance.clone());
                    leg.limits = leg.limits.or_else(|| spec.limits.clone());
                    let rungs = self.rungs(&leg).map_err(|refusal| refusal.within(&format!("legs[{i}]")))?;
                    all.extend(rungs.into_iter().map(|mut leg| {
                        leg.limits.budget *= parts[i];
                        leg
                    }));
                }
                Ok(all)
            }
            _ => Err(Refusal::new("", "give exactly one of `hedge` and `legs`")),
        }
    }

    /// A leg for each rung of its instrument, an equal part of share and budget each.
    fn rungs(&mut self, spec: &LegSpec) -> Result<Vec<Leg>, Refusal> {
        let names = || self.instruments.iter().map(|(name, _)| name.as_str());
        let Some((_, slots)) = self.instruments.iter().find(|(name, _)| *name == spec.hedge) else {
            let mut refusal = Refusal::new("hedge", format!("there is no instrument `{}`", spec.hedge));
            let known = names().collect::<Vec<_>>().join(", ");
            refusal = refusal.help(match nearest(&spec.hedge, names()) {
                Some(close) => format!("did you mean `{close}`? The instruments are {known}"),
                None => format!("the instruments are {known}"),
            });
            return Err(refusal);
        };
        let (slots, part) = (slots.clone(), 1.0 / slots.len() as f64);
        let mut leg = self.leg(spec, slots.start)?;
        leg.share.times *= part;
        leg.limits.budget *= part;
        Ok(slots.map(|instrument| Leg { instrument, ..leg.clone() }).collect())
    }

    fn leg(&mut self, leg: &LegSpec, instrument: usize) -> Result<Leg, Refusal> {
        let (hold, scale) = match (&leg.hold, &leg.scale) {
            (Some(hold), None) => (hold.first().get(), Vec::new()),
            (None, Some(scale)) if !scale.is_empty() => (1.0, scale.clone()),
            _ => return Err(Refusal::new("", "give exactly one of `hold` and `scale`")),
        };
        let mut terms = Vec::new();
        for (i, term) in scale.iter().enumerate() {
            terms.push(self.term(term).map_err(|refusal| refusal.within(&format!("scale[{i}]")))?);
        }
        let share = match &leg.share {
            None => Share { times: 1.0, by: None },
            Some(ShareSpec::Fixed(share)) => Share { times: share.first().get(), by: None },
            Some(ShareSpec::Moving(term)) => {
                Share { times: 1.0, by: Some(self.term(term).map_err(|refusal| refusal.within("share"))?) }
            }
        };
        let limits =
            leg.limits.as_ref().map_or(Ok(Limits::NONE), limits).map_err(|refusal| refusal.within("limits"))?;
        let limits =
            if hold < 0.0 && leg.limits.is_none() { Limits { floor: f64::NEG_INFINITY, ..limits } } else { limits };
        let trigger = self.trigger(leg.rebalance.as_ref()).map_err(|refusal| refusal.within("rebalance"))?;
        Ok(Leg {
            instrument,
            share,
            scale: terms,
            combine: leg.combine.unwrap_or(Combine::Product),
            hold,
            limits,
            trigger,
            lag: self.lag,
        })
    }

    fn term(&mut self, spec: &TermSpec) -> Result<Term, Refusal> {
        let kind = spec.shape.only().ok_or_else(|| Refusal::new("shape", "give exactly one shape"))?;
        let mean =
            spec.signal.only().and_then(|signal| signal.stationary_mean(self.facts)).filter(|_| spec.smooth.is_none());
        let shape = kind.shape(mean).map_err(|refusal| refusal.within(&format!("shape.{}", spec.shape.name())))?;
        let signal = self.signal(&spec.signal, spec.smooth.as_ref(), "signal")?;
        let second = match kind.second() {
            None => None,
            Some(written) => {
                let at = format!("shape.{}.by", spec.shape.name());
                let at = at.as_str();
                let by: SignalSpec =
                    serde_json::from_value(written.clone()).map_err(|error| Refusal::new(at, error.to_string()))?;
                // It was held as a plain value so far: its numbers are not checked yet.
                if let Some((path, error)) = by.validate().err().iter().flat_map(garde::Report::iter).next() {
                    return Err(Refusal::new(path.to_string(), error.message()).within(at));
                }
                Some(self.signal(&by, None, at)?)
            }
        };
        Ok(Term { signal, second, shape })
    }

    /// A signal with a shape that decides a term of a contract; it was held as a plain value so far.
    pub(super) fn dial(&mut self, at: &str, written: &serde_json::Value) -> Result<Term, Refusal> {
        let spec: TermSpec =
            serde_json::from_value(written.clone()).map_err(|error| Refusal::new(at, error.to_string()))?;
        if let Some((path, error)) = spec.validate().err().iter().flat_map(garde::Report::iter).next() {
            return Err(Refusal::new(path.to_string(), error.message()).within(at));
        }
        self.term(&spec).map_err(|refusal| refusal.within(at))
    }

    /// Slot of a signal that is written at `at`; the same words share one.
    fn signal(&mut self, spec: &SignalSpec, smooth: Option<&SmoothSpec>, at: &str) -> Result<usize, Refusal> {
        let kind = spec.only().ok_or_else(|| Refusal::new(at, "give exactly one signal"))?;
        self.oracle |= kind.is_oracle();
        // Asked of every rule: one with a longer lag looks further back at the same signal.
        self.reaches(kind.look_back(), smooth.map_or(1, SmoothSpec::days)).map_err(|refusal| refusal.within(at))?;
        let key = serde_json::to_string(&(spec, smooth)).map_err(|error| Refusal::new(at, error.to_string()))?;
        if let Some(slot) = self.keys.iter().position(|known| *known == key) {
            return Ok(slot);
        }
        let known = Known { facts: self.facts, instruments: &self.names, exposed: &self.exposed, grid: self.grid };
        let mut signal = kind.build(&known).map_err(|refusal| refusal.within(&join(at, spec.name())))?;
        if let Some(smooth) = smooth {
            signal = smooth.around(signal).map_err(|refusal| refusal.within("smooth"))?;
        }
        self.keys.push(key);
        self.signals.push(signal);
        Ok(self.signals.len() - 1)
    }

    /// Refuses a signal of so many closes, smoothed over so many days, that is not complete at the first decision: the
    /// rule then sees the row that lies its lag before the first evaluated one.
    fn reaches(&self, look_back: usize, smoothing: usize) -> Result<(), Refusal> {
        let warm_up = look_back.saturating_add(smoothing - 1).saturating_add(self.lag) - 1;
        let first = self.grid.first();
        if warm_up <= first {
            return Ok(());
        }
        let smoothed = if smoothing > 1 { format!(", {smoothing} days of smoothing") } else { String::new() };
        Err(Refusal::new(
            "",
            format!(
                "looks back {look_back} closes{smoothed} and a lag of {}: a warm-up of {warm_up} days is needed, it is {first}",
                self.lag
            ),
        )
        .help("raise `warm_up` or shorten the window"))
    }

    fn trigger(&mut self, spec: Option<&TriggerSpec>) -> Result<Trigger, Refusal> {
        match spec {
            None | Some(TriggerSpec::Daily) => Ok(Trigger::daily()),
            Some(TriggerSpec::When(condition)) => {
                let mut watches = Vec::new();
                let any_of = self.any_of(condition, &mut watches)?;
                Trigger::new(watches.into_iter().map(|signal| Watch { signal }).collect(), any_of)
                    .map_err(|message| Refusal::new("", message))
            }
        }
    }

    /// A condition as "any of these, each of which needs all of those".
    fn any_of(&mut self, spec: &ConditionSpec, watches: &mut Vec<usize>) -> Result<Vec<Vec<Condition>>, Refusal> {
        let given = [
            spec.every.is_some(),
            spec.points.is_some(),
            spec.relative.is_some(),
            spec.drawdown.is_some(),
            spec.any.is_some(),
            spec.all.is_some(),
        ];
        if given.iter().filter(|given| **given).count() != 1 {
            return Err(Refusal::new(
                "",
                "give exactly one of `every`, `points`, `relative`, `drawdown`, `any` and `all`",
            ));
        }
        if spec.of.is_some() && spec.points.is_none() && spec.relative.is_none() {
            return Err(Refusal::new("of", "only `points` and `relative` watch a signal"));
        }
        if let Some(n) = &spec.every {
            return Ok(vec![vec![Condition::Every(n.first().get() as usize)]]);
        }
        if let Some(list) = &spec.any {
            let mut all = Vec::new();
            for (i, one) in list.iter().enumerate() {
                all.extend(self.any_of(one, watches).map_err(|refusal| refusal.within(&format!("any[{i}]")))?);
                few(all.len(), "groups of conditions", "any")?;
            }
            return Ok(all);
        }
        if let Some(list) = &spec.all {
            let mut product: Vec<Vec<Condition>> = vec![Vec::new()];
            for (i, one) in list.iter().enumerate() {
                let choices = self.any_of(one, watches).map_err(|refusal| refusal.within(&format!("all[{i}]")))?;
                let longest = |groups: &[Vec<Condition>]| groups.iter().map(Vec::len).max().unwrap_or(0);
                // Asked before the product is made: ten lists of ten are ten thousand million groups.
                few(product.len() * choices.len(), "groups of conditions", "all")?;
                few(longest(&product) + longest(&choices), "conditions in one group", "all")?;
                product = product
                    .iter()
                    .flat_map(|so_far| choices.iter().map(|more| so_far.iter().chain(more).copied().collect()))
                    .collect();
            }
            return Ok(product);
        }
        let watched = if spec.drawdown.is_some() { r#"{"drawdown":{}}"# } else { r#"{"vix":{}}"# };
        let signal = match &spec.of {
            Some(signal) => self.signal(signal, None, "of")?,
            None => {
                let default = serde_json::from_str(watched).map_err(|error| Refusal::new("of", error.to_string()))?;
                self.signal(&default, None, "")?
            }
        };
        let watch = watches.iter().position(|known| *known == signal).unwrap_or_else(|| {
            watches.push(signal);
            watches.len() - 1
        });
        let condition = match (&spec.points, &spec.relative, &spec.drawdown) {
            (Some(by), None, None) | (None, None, Some(by)) => Condition::Points { watch, by: by.first().get() },
            (None, Some(by), None) => Condition::Relative { watch, by: by.first().get() },
            _ => return Err(Refusal::new("", "give exactly one condition")),
        };
        Ok(vec![vec![condition]])
    }
}

/// Parts of the rule's budget that its legs may spend: as large as their shares, for one purse cannot be looked into by legs
/// that trade at the same close.
fn parts_of_budget(spec: &RuleSpec, legs: &[LegSpec]) -> Result<Vec<f64>, Refusal> {
    if spec.limits.as_ref().is_none_or(|limits| limits.budget.is_none()) {
        return Ok(vec![1.0; legs.len()]);
    }
    let own = "give each leg a budget of its own, `limits: { budget: { per_year: … } }` in the leg";
    if let Some(i) = legs.iter().position(|leg| leg.limits.is_some()) {
        let message = format!("is not seen by a leg with limits of its own, and leg {} has limits of its own", i + 1);
        return Err(Refusal::new("limits.budget", message).help(own));
    }
    let sizes = legs
        .iter()
        .map(|leg| match &leg.share {
            None => Ok(1.0),
            Some(ShareSpec::Fixed(share)) => Ok(share.first().get().abs()),
            Some(ShareSpec::Moving(_)) => {
                Err(Refusal::new("limits.budget", "is split over the legs by their shares, and one of them moves")
                    .help(own))
            }
        })
        .collect::<Result<Vec<f64>, Refusal>>()?;
    let total: f64 = sizes.iter().sum();
    Ok(sizes.iter().map(|size| if total > 0.0 { size / total } else { 1.0 }).collect())
}

/// Writes rules for studies that walk rules of their own.
pub(super) struct Clerk<'c, 'a> {
    pub(super) desk: &'c mut Desk<'a>,
    /// Is the market one real path?
    pub(super) history: bool,
    /// The whole scenario.
    pub(super) raw: &'c raw::Scenario,
    /// The folder of its file.
    pub(super) beside: Option<&'c Path>,
}

impl WritesRules for Clerk<'_, '_> {
    fn rule(&mut self, name: &str, written: serde_json::Value) -> Result<Rule, Refusal> {
        let spec: RuleSpec = serde_json::from_value(written).map_err(|error| Refusal::new("", error.to_string()))?;
        Ok(Rule { name: name.to_owned(), legs: self.desk.legs(&spec)? })
    }

    fn simulated_years(&self) -> Option<usize> {
        (!self.history).then(|| self.desk.grid.days() / DAYS_PER_YEAR as usize)
    }

    fn world(&mut self, file: &Path) -> Result<(String, Experiment), Refusal> {
        in_market_of(self.raw, self.beside, file)
    }

    fn regimes(&self) -> Vec<(String, f64)> {
        let facts = self.desk.facts;
        facts.regimes.iter().cloned().zip(facts.intensity.iter().copied()).collect()
    }
}

/// Refuses a condition that spreads too far.
fn few(count: usize, what: &str, key: &str) -> Result<(), Refusal> {
    if count <= MOST_GROUPS {
        return Ok(());
    }
    Err(Refusal::new(key, format!("spreads into {count} {what} or more, must be at most {MOST_GROUPS}"))
        .help("`all` over lists of `any` makes a group of every combination; shorten the lists"))
}

fn limits(spec: &LimitsSpec) -> Result<Limits, Refusal> {
    let number =
        |x: &Option<crate::units::Tunable<Multiplier>>, default: f64| x.as_ref().map_or(default, |x| x.first().get());
    let (floor, cap) = (number(&spec.floor, 0.0), number(&spec.cap, f64::INFINITY));
    if !(floor <= cap) {
        return Err(Refusal::new("floor", format!("is {floor}, above the cap of {cap}")));
    }
    let budget = spec.budget.as_ref().map(|BudgetSpec { per_year }| per_year.first().get());
    Ok(Limits {
        floor,
        cap,
        max_change: spec.max_change_per_day.as_ref().map(|x| x.first()).copied().map_or(f64::INFINITY, Positive::get),
        budget: budget.unwrap_or(f64::INFINITY),
    })
}
