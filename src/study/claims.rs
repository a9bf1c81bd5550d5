//! Claims as hypotheses: what somebody says of a rule or of the market, beside the number of the run, and a verdict.
//!
//! A claim *holds* if the whole 95 % interval of its number lies inside the stated bounds, *fails* if it lies wholly outside,
//! and is *undecided* otherwise, or where the number is not defined (then with the reason). Ratios and differences of two
//! rules are paired: the contribution of each path to both enters the error (delta method).

use super::comparison::{Differences, Pairing, Twin, Verdict};
use super::keys::measured;
use super::market_facts::{Fact, market_facts};
use super::measure::{Measured, Metric, Rows};
use super::resample;
use super::twins::{profile, quotient};
use crate::engine::{Experiment, Outcome, Trace};
use crate::stats::estimate::Estimate;

/// A claim with its rules as slots.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// In words.
    pub says: String,
    /// The number it speaks of.
    pub question: Question,
    /// Why it is left open, where it is.
    pub open: Option<String>,
}

/// What a claim speaks of; metrics by their names in `summary.json`.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// A metric of a rule.
    Level(usize, &'static str, Bounds),
    /// A metric of a rule over that of another.
    Ratio(usize, usize, &'static str, Bounds),
    /// A metric of a rule minus that of another.
    Difference(usize, usize, &'static str, Bounds),
    /// One of the five differences to a twin.
    Beside(usize, Twin, &'static str, Bounds),
    /// The verdict beside a twin.
    Protects(usize, Twin, Verdict),
    /// A fact of the market.
    Market(&'static Fact, Bounds),
    /// Nothing that this run can settle.
    Open,
}

/// Numbers between two ends, either of which may be open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Bounds {
    /// Whether an interval lies wholly inside, wholly outside, or neither.
    fn ruling(self, estimate: &Estimate) -> Option<Ruling> {
        let (from, to) = estimate.ci_low.zip(estimate.ci_high)?;
        let (low, high) = (self.low.unwrap_or(f64::NEG_INFINITY), self.high.unwrap_or(f64::INFINITY));
        Some(if from > low && to < high {
            Ruling::Holds
        } else if to < low || from > high {
            Ruling::Fails
        } else {
            Ruling::Undecided
        })
    }
}

impl std::fmt::Display for Bounds {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.low, self.high) {
            (Some(low), Some(high)) => write!(out, "{low} to {high}"),
            (Some(low), None) => write!(out, "above {low}"),
            (None, Some(high)) => write!(out, "below {high}"),
            (None, None) => write!(out, "any"),
        }
    }
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// The interval lies inside the bounds.
    Holds,
    /// It lies outside.
    Fails,
    /// Neither, or there is no interval.
    Undecided,
    /// Left open, for a stated reason.
    Open,
}

impl Ruling {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Undecided => "undecided",
            Self::Open => "open",
        }
    }
}

/// What was found of the number a claim speaks of.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A number; none where it is not defined.
    Number(Option<Estimate>),
    /// The verdict beside a twin.
    Protection(Verdict),
}

/// A judged claim.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The claim.
    pub claim: Claim,
    /// Unit of its number.
    pub unit: &'static str,
    /// What the run says.
    pub found: Found,
    /// What became of it.
    pub ruling: Ruling,
    /// Why it is undecided, where it is not for its interval.
    pub why: Option<String>,
}

/// What claims and pairs are judged on.
pub struct Evidence<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Rows of the run.
    pub outcome: &'a Outcome,
    /// Named rules with their metrics.
    pub rules: &'a [(String, Vec<Metric>)],
    /// Rules beside their twins.
    pub pairings: &'a [Pairing],
    /// Ledgers of the one real path; empty for simulated markets.
    pub traces: &'a [Trace],
}

impl Evidence<'_> {
    fn rows(&self, rule: usize) -> Rows<'_> {
        Rows { outcome: self.outcome, rule, days: self.experiment.grid.days() }
    }

    fn history(&self) -> bool {
        !self.traces.is_empty()
    }

    /// One rule minus another, path by path; by bootstrap on real history.
    pub fn differences(&self, rule: usize, other: usize) -> Option<Differences> {
        if self.history() {
            return resample::beside(&self.traces[rule], &self.traces[other], self.experiment.portfolio.capital());
        }
        Some(Differences::of(&profile(&self.rows(rule)), &profile(&self.rows(other))))
    }

    /// A metric of a rule.
    pub fn metric(&self, rule: usize, name: &str) -> Option<Estimate> {
        let known = self.rules.get(rule).and_then(|(_, list)| list.iter().find(|metric| metric.name == name));
        match known {
            Some(metric) => metric.estimate,
            None => measured(&self.rows(rule), name)?.estimate("as of a rule"),
        }
    }

    fn unit(&self, name: &str) -> &'static str {
        let of_first = self.rules.first().and_then(|(_, list)| list.iter().find(|metric| metric.name == name));
        of_first.map_or("", |metric| metric.unit)
    }

    /// A number of two rules that is made of what each path contributes to both.
    fn paired(
        &self,
        rules: (usize, usize),
        name: &str,
        of: impl Fn(&Measured, &Measured) -> Result<Measured, String>,
    ) -> Result<Option<Estimate>, String> {
        let of_rule = |rule| measured(&self.rows(rule), name).ok_or_else(|| NOT_DEFINED.to_owned());
        Ok(of(&of_rule(rules.0)?, &of_rule(rules.1)?)?.estimate("paired by path, delta method"))
    }

    fn number(
        &self,
        question: &Question,
        facts: &[(&'static Fact, Option<Estimate>)],
    ) -> Result<Option<Estimate>, String> {
        match *question {
            Question::Level(rule, name, _) => Ok(self.metric(rule, name)),
            Question::Difference(rule, other, name, _) if self.history() => {
                of_five(self.differences(rule, other), name)
            }
            Question::Ratio(..) if self.history() => {
                Err("one real path gives a ratio of two rules no error".to_owned())
            }
            Question::Difference(rule, other, name, _) => self.paired((rule, other), name, |a, b| Ok(a.minus(b))),
            Question::Ratio(rule, other, name, _) => self.paired((rule, other), name, |a, b| {
                if b.value > 2.0 * b.se().unwrap_or(f64::INFINITY) {
                    Ok(quotient(a, b))
                } else {
                    Err(format!(
                        "the number below is {:.3}, not two standard errors above zero: no multiple of it",
                        b.value
                    ))
                }
            }),
            Question::Beside(rule, twin, name, _) => of_five(Some(self.twin(rule, twin)?.clone()), name),
            Question::Protects(..) | Question::Open => Ok(None),
            Question::Market(fact, _) => Ok(facts.iter().find(|(known, _)| *known == fact).and_then(|(_, e)| *e)),
        }
    }

    /// Differences of a rule to one of its twins.
    fn twin(&self, rule: usize, twin: Twin) -> Result<&Differences, String> {
        let pairing = self.pairings.iter().find(|p| p.rule == rule && p.twin.twin == twin);
        let pairing = pairing.ok_or_else(|| "this twin was not walked".to_owned())?;
        match (&pairing.twin.size, &pairing.differences) {
            (Err(why), _) => Err(format!("no such fixed hedge: {why}")),
            (Ok(_), Some(found)) => Ok(found),
            (Ok(_), None) => Err(NOT_DEFINED.to_owned()),
        }
    }

    fn judge(&self, claim: &Claim, facts: &[(&'static Fact, Option<Estimate>)]) -> Judged {
        let judged = |unit, found, ruling, why| Judged { claim: claim.clone(), unit, found, ruling, why };
        let (unit, bounds) = match claim.question {
            Question::Protects(rule, twin, wanted) => {
                return match self.twin(rule, twin).map(|found| found.verdict(twin)) {
                    Ok(verdict) => judged("", Found::Protection(verdict), protects(wanted, verdict), None),
                    Err(why) => judged("", Found::Protection(Verdict::Unknown), Ruling::Undecided, Some(why)),
                };
            }
            Question::Open => return judged("", Found::Number(None), Ruling::Open, claim.open.clone()),
            Question::Ratio(.., bounds) => ("ratio", bounds),
            Question::Market(fact, bounds) => (fact.unit, bounds),
            Question::Level(_, name, bounds)
            | Question::Difference(_, _, name, bounds)
            | Question::Beside(_, _, name, bounds) => (self.unit(name), bounds),
        };
        match self.number(&claim.question, facts) {
            Ok(Some(estimate)) => match bounds.ruling(&estimate) {
                Some(ruling) => judged(unit, Found::Number(Some(estimate)), ruling, None),
                None => {
                    let why = "its error is not known".to_owned();
                    judged(unit, Found::Number(Some(estimate)), Ruling::Undecided, Some(why))
                }
            },
            Ok(None) => judged(unit, Found::Number(None), Ruling::Undecided, Some(NOT_DEFINED.to_owned())),
            Err(why) => judged(unit, Found::Number(None), Ruling::Undecided, Some(why)),
        }
    }
}

const NOT_DEFINED: &str = "not defined on these paths";

/// One of the five numbers in which two hedges are told apart.
fn of_five(found: Option<Differences>, name: &str) -> Result<Option<Estimate>, String> {
    let found = found.ok_or_else(|| NOT_DEFINED.to_owned())?;
    let known = found.named().into_iter().find(|(known, ..)| *known == name).map(|(_, _, estimate)| *estimate);
    known.ok_or_else(|| format!("only {} are told apart there", FIVE.join(", ")))
}

/// Names of the numbers in which two hedges are told apart.
pub const FIVE: [&str; 5] = ["total_cost_bp_per_year", "es5_yearly", "max_drawdown", "her_plus21", "sharpe_hedged"];

/// A rule that is better in one and worse in another measure is neither better nor worse.
fn protects(wanted: Verdict, found: Verdict) -> Ruling {
    match found {
        found if found == wanted => Ruling::Holds,
        Verdict::Better | Verdict::Worse | Verdict::Mixed => Ruling::Fails,
        Verdict::Undecided | Verdict::Unknown => Ruling::Undecided,
    }
}

/// Judges all claims; the market is simulated once more where one of them speaks of it.
pub fn judge(claims: &[Claim], evidence: &Evidence<'_>) -> Vec<Judged> {
    let mut wanted: Vec<&'static Fact> = Vec::new();
    for claim in claims {
        if let Question::Market(fact, _) = claim.question
            && !wanted.contains(&fact)
        {
            wanted.push(fact);
        }
    }
    let found = market_facts(evidence.experiment, evidence.outcome.paths, evidence.history(), &wanted);
    let facts: Vec<(&'static Fact, Option<Estimate>)> = wanted.into_iter().zip(found).collect();
    claims.iter().map(|claim| evidence.judge(claim, &facts)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::estimate::LEVEL;

    #[test]
    fn an_interval_decides() {
        let ruling = |value, se, low, high| {
            let estimate = Estimate::normal(value, Some(se), LEVEL, 100, "").unwrap();
            Bounds { low, high }.ruling(&estimate).unwrap()
        };
        // 0.6 ± 1.96 x 0.02 lies between 0.5 and 0.7; with 0.1 it reaches beyond both.
        assert_eq!(ruling(0.6, 0.02, Some(0.5), Some(0.7)), Ruling::Holds);
        assert_eq!(ruling(0.6, 0.1, Some(0.5), Some(0.7)), Ruling::Undecided);
        assert_eq!(ruling(0.8, 0.02, Some(0.5), Some(0.7)), Ruling::Fails);
        assert_eq!(ruling(0.72, 0.02, Some(0.5), Some(0.7)), Ruling::Undecided);
        assert_eq!(ruling(0.01, 0.004, Some(0.0), None), Ruling::Holds);
        assert_eq!(ruling(-0.01, 0.004, Some(0.0), None), Ruling::Fails);
        assert_eq!(ruling(-0.01, 0.004, None, Some(0.0)), Ruling::Holds);
        // No difference at all is not above 0, and not below it.
        assert_eq!(ruling(0.0, 0.0, Some(0.0), None), Ruling::Undecided);
        let point = Estimate::point(0.6, LEVEL, 1, "").unwrap();
        assert_eq!(Bounds { low: Some(0.5), high: None }.ruling(&point), None);
    }

    /// The delta method on two means is the ratio of sums, whose error the statistics know.
    #[test]
    fn a_ratio_of_rules_has_the_error_of_a_ratio_of_sums() {
        let column = |seed: f64| (0..50).map(|i| 2.0 + (f64::from(i) * 12.9898 + seed).sin()).collect::<Vec<f64>>();
        let (a, b) = (column(1.0), column(2.0));
        let mine = quotient(&Measured::mean(&a).unwrap(), &Measured::mean(&b).unwrap());
        let known = crate::stats::ratio::ratio_of_sums(&a, &b, LEVEL).unwrap();
        assert!((mine.value - known.value).abs() < 1e-12);
        assert!((mine.se().unwrap() - known.se.unwrap()).abs() < 1e-12);
    }

    #[test]
    fn better_here_and_worse_there_is_not_better() {
        assert_eq!(protects(Verdict::Better, Verdict::Better), Ruling::Holds);
        assert_eq!(protects(Verdict::Better, Verdict::Mixed), Ruling::Fails);
        assert_eq!(protects(Verdict::Worse, Verdict::Better), Ruling::Fails);
        assert_eq!(protects(Verdict::Better, Verdict::Undecided), Ruling::Undecided);
    }
}
