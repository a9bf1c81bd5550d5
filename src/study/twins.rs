//! Twins of a dynamic rule: fixed hedges, less equity and a placebo, each sized by one number for the whole population.
//!
//! A twin's size is estimated from the same paths, so its error enters every difference: the contribution of a path to
//! the difference is that of the rule, minus that of the twin, minus the twin's derivative times that of the size.

use super::comparison::Twin;
use super::measure::{Measured, Rows};
use crate::engine::{Experiment, Outcome, PathColumn, Twist};
use crate::grid::DAYS_PER_YEAR;
use crate::metrics::tally::Column;
use crate::rules::Rule;
use rayon::prelude::*;

/// The size of a twin, or why it has none.
pub type Size = Result<Measured, String>;

/// A twin of one rule before it is walked.
#[derive(Clone, Debug)]
pub struct Sized {
    /// Slot of the dynamic rule.
    pub rule: usize,
    /// Kind.
    pub twin: Twin,
    /// Its size: multiple of the fixed hedge, or share less of the portfolio; 1 for a placebo.
    pub size: Size,
}

/// What a rule or a twin is judged by.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Money lost, basis points of capital a year.
    pub cost: Option<Measured>,
    /// Expected shortfall of yearly P&L, share of capital (a P&L).
    pub shortfall: Option<Measured>,
    /// Largest compounded drawdown, positive.
    pub drawdown: Option<Measured>,
    /// HER counted to 21 days after the trough.
    pub her21: Option<Measured>,
    /// Pooled Sharpe ratio.
    pub sharpe: Option<Measured>,
}

/// Largest multiple of a fixed hedge that is looked at.
const LARGEST: f64 = 8.0;

/// Does the rule ever change what it holds?
pub fn is_dynamic(rule: &Rule) -> bool {
    rule.legs.iter().any(|leg| !leg.scale.is_empty() || leg.limits.remembers() || leg.share.by.is_some())
}

/// The profile of a rule whose rows were kept in full.
pub fn profile(rows: &Rows<'_>) -> Profile {
    Profile {
        cost: rows.cost(),
        shortfall: rows.shortfall(),
        drawdown: rows.drawdown(),
        her21: rows.her(Column::GainPlus21, PathColumn::Loss),
        sharpe: rows.sharpe(),
    }
}

/// Sizes of all wanted twins of all dynamic rules.
pub fn sizes(experiment: &Experiment, outcome: &Outcome, twins: &[Twin]) -> Vec<Sized> {
    let days = experiment.grid.days();
    let dynamic: Vec<usize> = (0..experiment.named).filter(|rule| is_dynamic(&experiment.rules[*rule])).collect();
    dynamic
        .par_iter()
        .flat_map_iter(|&rule| {
            let bench = Bench {
                rule: Rows { outcome, rule, days },
                fixed: Rows { outcome, rule: experiment.fixed[rule], days },
                unhedged: Rows { outcome, rule: experiment.unhedged, days },
            };
            twins.iter().map(move |twin| Sized { rule, twin: *twin, size: bench.size(*twin) }).collect::<Vec<_>>()
        })
        .collect()
}

/// The rows that a size follows from.
struct Bench<'a> {
    rule: Rows<'a>,
    fixed: Rows<'a>,
    unhedged: Rows<'a>,
}

impl Bench<'_> {
    fn size(&self, twin: Twin) -> Size {
        let none = || "not defined on these paths".to_owned();
        match twin {
            Twin::Placebo => Ok(Measured::known(1.0, self.rule.outcome.paths)),
            Twin::EqualMultiplier => {
                let (rule, fixed) =
                    (self.rule.multiplier().ok_or_else(none)?, self.fixed.multiplier().ok_or_else(none)?);
                positive(quotient(&rule, &fixed), "the rule's mean multiplier is not positive")
            }
            Twin::EqualMoney => {
                let fixed = self.fixed.cost().ok_or_else(none)?;
                if !(fixed.value.abs() > 2.0 * fixed.se().unwrap_or(f64::INFINITY)) {
                    return Err("the fixed hedge's money lost is within two standard errors of zero".to_owned());
                }
                let rule = self.rule.cost().ok_or_else(none)?;
                positive(quotient(&rule, &fixed), &unlike(rule.value, fixed.value))
            }
            Twin::EqualEs => self.equal_shortfall(),
            Twin::HoldLess => {
                let per_year = 1e4 * DAYS_PER_YEAR / self.unhedged.days as f64;
                let earned: Vec<f64> = self.unhedged.column(Column::Returns).iter().map(|x| x * per_year).collect();
                let earned = self.unhedged.mean(&earned).ok_or_else(none)?;
                if !(earned.value > 2.0 * earned.se().unwrap_or(f64::INFINITY)) {
                    return Err("the portfolio's excess return is within two standard errors of zero".to_owned());
                }
                let size = positive(quotient(&self.rule.cost().ok_or_else(none)?, &earned), "the rule loses no money")?;
                if size.value <= 1.0 {
                    Ok(size)
                } else {
                    Err("the rule loses more than the whole portfolio earns".to_owned())
                }
            }
        }
    }

    /// Smallest multiple of the fixed hedge with the rule's expected shortfall.
    fn equal_shortfall(&self) -> Size {
        let (plain, hedged) = (self.unhedged.yearly(), self.fixed.yearly());
        let wanted = self.rule.shortfall().ok_or_else(|| "too few years for an expected shortfall".to_owned())?;
        let settled = |s: f64| self.fixed.shortfall_of(&blend(&plain, &hedged, s));
        let at = |s: f64| settled(s).map_or(f64::NAN, |es| es.value);
        if at(0.0) >= wanted.value {
            return Err("the rule's expected shortfall is no better than that of the unhedged portfolio".to_owned());
        }
        let mut high = 0.25;
        while at(high) < wanted.value {
            high *= 1.5;
            if !(high <= LARGEST) {
                return Err(format!(
                    "no multiple of the fixed hedge up to {LARGEST} reaches the rule's expected shortfall"
                ));
            }
        }
        let mut low = 0.0;
        for _ in 0..30 {
            let middle = 0.5 * (low + high);
            if at(middle) < wanted.value { low = middle } else { high = middle }
        }
        let twin = settled(high).ok_or_else(|| "not defined".to_owned())?;
        let slope = (at(high + STEP) - at(high - STEP)) / (2.0 * STEP);
        if !(slope > 0.0) {
            return Err("more of the fixed hedge does not raise the expected shortfall at that point".to_owned());
        }
        let mut size = wanted.minus(&twin).times(1.0 / slope);
        size.value = high;
        Ok(size)
    }
}

/// Step of numerical derivatives in the size.
const STEP: f64 = 0.02;

/// Yearly returns with `s` times the hedge of `hedged`.
fn blend(plain: &[f64], hedged: &[f64], s: f64) -> Vec<f64> {
    plain.iter().zip(hedged).map(|(plain, hedged)| plain + s * (hedged - plain)).collect()
}

/// a / b with its contributions.
pub(super) fn quotient(a: &Measured, b: &Measured) -> Measured {
    let value = a.value / b.value;
    Measured { value, ..a.combine(1.0 / b.value, b, -value / b.value) }
}

/// Why no size of a fixed hedge loses what a rule does: the one loses money and the other earns it (bp a year).
pub fn unlike(rule: f64, fixed: f64) -> String {
    let does = |lost: f64| if lost > 0.0 { format!("loses {lost:.1}") } else { format!("earns {:.1}", -lost) };
    format!("the rule {} bp a year, the fixed hedge {}", does(rule), does(fixed))
}

fn positive(size: Measured, why: &str) -> Size {
    if size.value > 0.0 && size.value.is_finite() { Ok(size) } else { Err(why.to_owned()) }
}

/// The experiment in which all sized twins are walked: fixed hedges first, then one rule for each sized twin.
pub fn experiment(base: &Experiment, sized: &[Sized]) -> (Experiment, Vec<Option<usize>>) {
    let (mut rules, mut twists, mut fixed_at) = (Vec::new(), Vec::new(), Vec::<(usize, usize)>::new());
    for twin in sized {
        let fixed = base.fixed[twin.rule];
        if !fixed_at.iter().any(|(known, _)| *known == fixed) {
            fixed_at.push((fixed, rules.len()));
            rules.push(base.rules[fixed].clone());
            twists.push(Twist::None);
        }
    }
    let mut slots = Vec::new();
    for twin in sized {
        let Ok(size) = &twin.size else {
            slots.push(None);
            continue;
        };
        let twist = match twin.twin {
            Twin::Placebo => Twist::Placebo,
            Twin::HoldLess => Twist::HoldLess(size.value),
            Twin::EqualMultiplier | Twin::EqualMoney | Twin::EqualEs => {
                let of = fixed_at.iter().find(|(known, _)| *known == base.fixed[twin.rule]).map_or(0, |(_, at)| *at);
                Twist::Scaled { of, by: size.value }
            }
        };
        slots.push(Some(rules.len()));
        let legs = if twist == Twist::Placebo { base.rules[twin.rule].legs.clone() } else { Vec::new() };
        rules.push(Rule { name: format!("{} of {}", twin.twin.name(), base.rules[twin.rule].name), legs });
        twists.push(twist);
    }
    let walked = base.with_rules(rules, twists);
    (walked, slots)
}

/// Money lost by a twin, basis points of capital a year: what the portfolio returns less with it than without. A scaled
/// twin has no ledger of its own to read it from.
fn cost(rows: &Rows<'_>, unhedged: usize, first: &Outcome) -> Option<Measured> {
    let per_year = 1e4 * DAYS_PER_YEAR / rows.days as f64;
    let without = first.table.column(unhedged, Column::Returns);
    let lost = without.iter().zip(rows.column(Column::Returns)).map(|(without, with)| (without - with) * per_year);
    rows.mean(&lost.collect::<Vec<_>>())
}

/// The profile of a walked twin, with the error of its size.
pub fn twin_profile(
    base: &Experiment,
    first: &Outcome,
    walked: &Outcome,
    slot: usize,
    twin: &Sized,
) -> Option<Profile> {
    let days = base.grid.days();
    let size = twin.size.as_ref().ok()?;
    let rows = Rows { outcome: walked, rule: slot, days };
    let of = |rule: usize| Rows { outcome: first, rule, days };
    let plain = profile(&of(base.unhedged));
    let (unhedged, fixed) = (of(base.unhedged).yearly(), of(base.fixed[twin.rule]).yearly());
    let shortfall_at = |s: f64| match twin.twin {
        Twin::HoldLess => {
            let less: Vec<f64> = unhedged.iter().map(|x| x * (1.0 - s)).collect();
            of(base.unhedged).shortfall_of(&less)
        }
        _ => of(base.fixed[twin.rule]).shortfall_of(&blend(&unhedged, &fixed, s)),
    };
    let at = Profile { cost: cost(&rows, base.unhedged, first), ..profile(&rows) };
    if twin.twin == Twin::Placebo {
        return Some(at);
    }
    // What is known at size 1: the fixed hedge itself, or a portfolio of which nothing is held.
    let whole = match twin.twin {
        Twin::HoldLess => Profile { drawdown: None, ..plain.clone() },
        _ => profile(&of(base.fixed[twin.rule])),
    };
    let moved = |metric: Option<Measured>, none: Option<&Measured>, one: Option<&Measured>| {
        metric.map(|metric| {
            let slope = slope(size.value, metric.value, none.map_or(0.0, |m| m.value), one.map(|m| m.value));
            Measured { value: metric.value, ..metric.combine(1.0, size, slope) }
        })
    };
    let shortfall = shortfall_at(size.value).map(|es| {
        let slope = match (shortfall_at(size.value + STEP), shortfall_at((size.value - STEP).max(0.0))) {
            (Some(high), Some(low)) => (high.value - low.value) / (STEP + size.value.min(STEP)),
            _ => 0.0,
        };
        Measured { value: es.value, ..es.combine(1.0, size, slope) }
    });
    Some(Profile {
        // Linear in the size: the chord is the derivative.
        cost: moved(at.cost, None, None),
        shortfall,
        drawdown: moved(at.drawdown, plain.drawdown.as_ref(), whole.drawdown.as_ref()),
        her21: moved(at.her21, None, None),
        sharpe: moved(at.sharpe, plain.sharpe.as_ref(), whole.sharpe.as_ref()),
    })
}

/// Derivative at `s` of a metric that is `none` at size 0, `at` at s and perhaps known at size 1: that of the parabola
/// through the three, or the chord from no hedge.
fn slope(s: f64, at: f64, none: f64, one: Option<f64>) -> f64 {
    let chord = (at - none) / s;
    match one {
        Some(one) if (s - 1.0).abs() > 0.01 => {
            let near = (at - one) / (s - 1.0);
            near + (near - (one - none)) * (s - 1.0) / s
        }
        _ => chord,
    }
}
