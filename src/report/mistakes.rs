//! What a mistake costs, in one sentence.

use super::layout::figure;
use super::tables::show;
use crate::scenario::resolve::Plan;
use crate::stats::estimate::Estimate;
use crate::study::comparison::Differences;
use crate::study::mistakes::{Beside, Told};

/// Nearly the same money: a difference smaller than this share of what the cure loses.
const NEARLY: f64 = 0.02;

/// The sentence that closes a run with a mistake in it.
pub fn sentence(plan: &Plan, told: &Told) -> String {
    match told {
        Told::Tuned { objective, choice, .. } => {
            let (scale, unit) = objective.shown();
            let inside = choice.optimism.zip(choice.gain_of_tuning).map(|(flattery, gain)| flattery.value + gain.value);
            format!(
                "The mistake flatters by {} ({unit}): choosing `{}` gains {} on the days it is chosen on and {} on later ones.",
                show(choice.optimism.as_ref(), scale),
                choice.rule,
                inside.map_or("-".to_owned(), |x| figure(x * scale)),
                show(choice.gain_of_tuning.as_ref(), scale),
            )
        }
        Told::Rules(beside) => {
            let Beside { rules, lost, differences, .. } = beside.as_ref();
            let name = |i: usize| plan.experiment.rules[rules[i]].name.as_str();
            let each = |i: usize| lost[i].map_or("-".to_owned(), |e| format!("{:.1}", e.value));
            let both = format!("{} loses {}, {} {}", name(0), each(0), name(1), each(1));
            match differences {
                Some(found) => format!("{}: {both}; {}.", money(found, lost[1]), protection(found)),
                None => format!("Beside its cure the mistake is not defined on these paths: {both} bp a year."),
            }
        }
    }
}

/// What it costs in money.
fn money(found: &Differences, cure: Option<Estimate>) -> String {
    let Some(cost) = &found.cost else { return "What the mistake costs is not defined".to_owned() };
    let nearly = cure.is_some_and(|cure| cost.value.abs() < NEARLY * cure.value.abs());
    if !nearly && !cost.excludes_zero() {
        return format!("What the mistake costs is within its error ({} bp a year)", show(Some(cost), 1.0));
    }
    if nearly {
        return format!(
            "Mistake and cure lose nearly the same money ({} bp a year between them)",
            show(Some(cost), 1.0)
        );
    }
    match cost.scaled(cost.value.signum()) {
        Some(size) if cost.value > 0.0 => format!("The mistake costs {} bp a year", show(Some(&size), 1.0)),
        size => format!("The mistake loses {} bp a year less than its cure", show(size.as_ref(), 1.0)),
    }
}

/// How it protects, beside the cure.
fn protection(found: &Differences) -> String {
    [
        word("worst years", found.shortfall.as_ref(), 100.0, ["points better", "points worse"]),
        word("drawdown", found.drawdown.as_ref(), 100.0, ["deeper", "smaller"]),
        word("HER at +21", found.her21.as_ref(), 1.0, ["higher", "lower"]),
    ]
    .join(", ")
}

/// A difference with the word for its side; where its interval holds 0, that it is none.
fn word(what: &str, estimate: Option<&Estimate>, scale: f64, sides: [&str; 2]) -> String {
    match estimate {
        None => format!("{what} not defined"),
        Some(e) if !e.excludes_zero() => format!("{what} alike ({})", show(Some(e), scale)),
        Some(e) => {
            let side = if e.value > 0.0 { sides[0] } else { sides[1] };
            format!("{what} {} {side}", show(e.scaled(e.value.signum()).as_ref(), scale))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::estimate::LEVEL;

    fn of(value: f64, se: f64) -> Option<Estimate> {
        Estimate::normal(value, Some(se), LEVEL, 100, "")
    }

    fn found(cost: f64) -> Differences {
        Differences {
            cost: of(cost, 0.4),
            shortfall: of(0.012, 0.001),
            drawdown: of(0.003, 0.002),
            her21: of(-0.02, 0.001),
            sharpe: None,
        }
    }

    #[test]
    fn what_costs_and_what_does_not() {
        assert_eq!(money(&found(12.3), of(177.8, 2.0)), "The mistake costs 12.30 ±0.40 bp a year");
        assert_eq!(money(&found(-12.3), of(177.8, 2.0)), "The mistake loses 12.30 ±0.40 bp a year less than its cure");
        let unclear = "What the mistake costs is within its error (0.50 ±0.40 bp a year)";
        assert_eq!(money(&found(0.5), of(10.0, 2.0)), unclear);
        let same = "Mistake and cure lose nearly the same money (-1.50 ±0.40 bp a year between them)";
        assert_eq!(money(&found(-1.5), of(177.8, 2.0)), same);
        assert_eq!(
            protection(&found(1.0)),
            "worst years 1.20 ±0.10 points better, drawdown alike (0.30 ±0.20), HER at +21 0.0200 ±0.0010 lower"
        );
    }
}
