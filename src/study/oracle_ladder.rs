//! The oracle ladder: what the size of a hedge gains by knowing more, from nothing to the hidden regime.
//!
//! Each rung is the best piecewise-linear rule on its information for one objective, money lost a year + weight x
//! E[((yearly portfolio loss - 10 %)+)^2]: `nothing` a fixed size; `vix` straight lines between levels of the VIX; `filter`
//! and `hidden_regime` straight lines in the VIX and in a second signal (bilinear, so that each contains the rung `vix`): the
//! crash intensity that a Bayes filter infers from returns and the VIX, and the regime that no investor sees. All are found
//! on training paths by [`search`](super::search) and judged on the run's own, which they have not seen.
//!
//! What is asked is the share of the attainable gain: gain of a rung over `nothing` by that of `hidden_regime`, paired by
//! path (ratio of sums, delta method). It is undefined where the attainable gain is not above two of its standard errors:
//! prices know the regime, so that knowing it need not pay.

mod answer;
mod figures;
mod rung;

use super::question::{Answer, BuildsStudy, Question, Walks, WritesRules};
use super::search::{CANDIDATES, Yearly, lowest};
use crate::engine::Experiment;
use crate::rules::Rule;
use crate::shelf::Refusal;
use crate::units::{NonNegative, Positive, PositiveCount};
use garde::Validate;
use rung::{FILTER, HIDDEN, NOTHING, Rung, Second};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::ops::Range;

/// What knowing more is worth to one hedge.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OracleLadderSpec")]
pub struct Spec {
    /// Name of the instrument.
    #[garde(skip)]
    pub hedge: String,
    /// VIX levels between which rules are straight lines; they are flat outside.
    #[garde(dive)]
    pub vix: Vec<Positive>,
    /// Filtered crash intensities, a year, between which the rung `filter` is a straight line (default: those of the regimes).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<NonNegative>")]
    pub intensity: Option<Vec<NonNegative>>,
    /// Largest multiplier.
    #[garde(dive)]
    pub most: Positive,
    /// Weight of squared yearly losses beyond 10 %.
    #[garde(dive)]
    pub weight: NonNegative,
    /// Training paths, other ones than those of the run.
    #[garde(dive)]
    pub train: PositiveCount,
}

/// Most levels of a signal, most points of a rung, most training paths.
const MOST: (usize, usize, u64) = (20, 100, 100_000);

impl Spec {
    fn check(&self) -> Result<(), Refusal> {
        let refuse = |field: &str, message: String| Err(Refusal::new(field, message));
        let vix: Vec<f64> = self.vix.iter().map(|x| x.get()).collect();
        let increasing = |list: &[f64]| list.len() >= 2 && list.len() <= MOST.0 && list.is_sorted_by(|a, b| a < b);
        if !increasing(&vix) {
            return refuse("vix", format!("{vix:?} must be 2 to {} increasing levels of the VIX", MOST.0));
        }
        let intensity: Vec<f64> = self.intensity.iter().flatten().map(|x| x.get()).collect();
        if self.intensity.is_some() && !increasing(&intensity) {
            return refuse("intensity", format!("{intensity:?} must be 2 to {} increasing crashes a year", MOST.0));
        }
        if self.train.get() > MOST.2 {
            return refuse("train", format!("is {}, must be at most {} paths", self.train.get(), MOST.2));
        }
        Ok(())
    }

    /// The filter's signal, or why this market has none to offer.
    fn filter(&self, regimes: &[(String, f64)]) -> Result<Second, String> {
        let stated = self.intensity.as_ref().map(|list| list.iter().map(|x| x.get()).collect::<Vec<f64>>());
        let mut of_regimes: Vec<f64> = regimes.iter().map(|(_, crashes)| *crashes).collect();
        of_regimes.sort_by(f64::total_cmp);
        of_regimes.dedup();
        if of_regimes.len() < 2 {
            return Err("crashes are as frequent in every regime, so that there is nothing to infer".to_owned());
        }
        let at = stated.unwrap_or(of_regimes);
        let columns = at.iter().map(|x| format!("{x} crashes a year")).collect();
        Ok(Second { name: FILTER, signal: json!({ "crash_intensity": "filtered" }), at, columns })
    }

    fn hidden(regimes: &[(String, f64)]) -> Result<Second, String> {
        if regimes.len() < 2 {
            return Err("the market has one regime, so that none is hidden".to_owned());
        }
        let columns = regimes.iter().map(|(name, _)| name.clone()).collect();
        let at = (0..regimes.len()).map(|number| number as f64).collect();
        Ok(Second { name: HIDDEN, signal: json!({ "regime": "oracle" }), at, columns })
    }
}

impl BuildsStudy for Spec {
    fn build(&self, desk: &mut dyn WritesRules) -> Result<Box<dyn Question>, Refusal> {
        let years = match desk.simulated_years() {
            None => return Err(Refusal::new("", "needs a simulated market: history has no hidden regime to know")),
            Some(0) => return Err(Refusal::new("", "needs at least one whole year; raise `years`")),
            Some(years) => years,
        };
        self.check()?;
        let vix: Vec<f64> = self.vix.iter().map(|x| x.get()).collect();
        let fixed = desk.rule("fixed", json!({ "hedge": self.hedge, "hold": 1 }))?;
        let regimes = desk.regimes();
        let mut rungs = vec![Rung::of_vix(&self.hedge, &vix, desk)?];
        let mut left_out = Vec::new();
        for (name, second) in [(FILTER, self.filter(&regimes)), (HIDDEN, Self::hidden(&regimes))] {
            let second = match second {
                Err(why) => {
                    left_out.push((name, why));
                    continue;
                }
                Ok(second) => second,
            };
            let points = vix.len() * second.at.len();
            if points > MOST.1 {
                let message = format!("gives the rung {name} {points} points, must be at most {}", MOST.1);
                return Err(Refusal::new("vix", message).help("state fewer levels"));
            }
            // A market need not have a law that a filter could follow.
            match Rung::of_both(&self.hedge, &vix, second, desk) {
                Ok(rung) => rungs.push(rung),
                Err(refusal) => left_out.push((name, refusal.message)),
            }
        }
        Ok(Box::new(Ladder {
            hedge: self.hedge.clone(),
            vix,
            most: self.most.get(),
            weight: self.weight.get(),
            train: self.train.get(),
            years,
            fixed,
            rungs,
            left_out,
        }))
    }
}

/// The checked study.
struct Ladder {
    hedge: String,
    vix: Vec<f64>,
    most: f64,
    weight: f64,
    train: u64,
    /// Whole years of a path.
    years: usize,
    fixed: Rule,
    /// From the VIX up; `nothing` stands below them.
    rungs: Vec<Rung>,
    /// Rungs that this market does not have, and why.
    left_out: Vec<(&'static str, String)>,
}

/// The best rule of a rung in training.
struct Best {
    multipliers: Vec<f64>,
    /// Its objective there, when walked.
    trained: f64,
}

/// What training found.
struct Found {
    /// Best fixed size and its objective.
    size: f64,
    trained: f64,
    /// By rung.
    rungs: Vec<Best>,
}

impl Ladder {
    /// Walks the candidates of some rungs and takes the best of each; also the value of each first candidate.
    fn choose(
        &self,
        experiment: &Experiment,
        walk: &Walks<'_>,
        tried: &[(&Rung, Vec<Vec<f64>>)],
    ) -> Result<Option<Vec<(Best, f64)>>, String> {
        let rules: Vec<Rule> = tried
            .iter()
            .flat_map(|(rung, list)| list.iter().map(|multipliers| rung.rule(&self.vix, multipliers)))
            .collect();
        let walked = Yearly::walk(experiment, rules, self.training(experiment), self.years, walk)?;
        let Some(walked) = walked else { return Ok(None) };
        let values: Vec<f64> = walked.hedges.iter().map(|hedge| walked.objective(hedge, self.weight)).collect();
        let of_rung = |((_, list), values): (&(&Rung, Vec<Vec<f64>>), &[f64])| {
            let best = lowest(values);
            (Best { multipliers: list[best].clone(), trained: values[best] }, values[0])
        };
        Ok(Some(tried.iter().zip(values.chunks(CANDIDATES)).map(of_rung).collect()))
    }

    /// Training paths stand beyond the run's.
    fn training(&self, experiment: &Experiment) -> Range<u64> {
        experiment.paths..experiment.paths + self.train
    }

    /// The best fixed size, then the best rule of the VIX, then those that know more: each is chosen among candidates that
    /// contain the rule below it, so that in training a higher rung is never worse.
    fn train(&self, experiment: &Experiment, walk: &Walks<'_>) -> Result<Option<Found>, String> {
        let hats = self.rungs.iter().flat_map(|rung| rung.hats.iter().cloned());
        let rules = std::iter::once(self.fixed.clone()).chain(hats).collect();
        let seen = Yearly::walk(experiment, rules, self.training(experiment), self.years, walk)?;
        let Some(seen) = seen else { return Ok(None) };
        let size = seen.best_size(0, self.weight, self.most);
        let mut next = 1;
        let slots: Vec<Range<usize>> = self
            .rungs
            .iter()
            .map(|rung| {
                next += rung.hats.len();
                next - rung.hats.len()..next
            })
            .collect();
        let candidates = |rung: usize, known: &[f64]| {
            (&self.rungs[rung], seen.candidates(slots[rung].clone(), known, self.weight, self.most))
        };
        let first = [candidates(0, &vec![size; self.vix.len()])];
        let Some(mut chosen) = self.choose(experiment, walk, &first)? else { return Ok(None) };
        let Some((vix, trained)) = chosen.pop() else { return Ok(None) };
        let above: Vec<_> =
            (1..self.rungs.len()).map(|rung| candidates(rung, &self.rungs[rung].widened(&vix.multipliers))).collect();
        let mut rungs = vec![vix];
        if !above.is_empty() {
            let Some(chosen) = self.choose(experiment, walk, &above)? else { return Ok(None) };
            rungs.extend(chosen.into_iter().map(|(best, _)| best));
        }
        Ok(Some(Found { size, trained, rungs }))
    }
}

impl Question for Ladder {
    fn intent(&self) -> String {
        let names: Vec<&str> = std::iter::once(NOTHING).chain(self.rungs.iter().map(|rung| rung.name)).collect();
        format!(
            "Oracle ladder: {} up to {}, by {}, at weight {} of squared losses; found on {} paths beyond the run's, judged on \
             the run's.",
            self.hedge,
            self.most,
            names.join(", "),
            self.weight,
            self.train
        )
    }

    fn passes(&self, experiment: &Experiment) -> Vec<(u64, usize)> {
        let hats: usize = self.rungs.iter().map(|rung| rung.hats.len()).sum();
        let mut passes = vec![(self.train, 1 + hats), (self.train, CANDIDATES)];
        if self.rungs.len() > 1 {
            passes.push((self.train, (self.rungs.len() - 1) * CANDIDATES));
        }
        passes.push((experiment.paths, 1 + self.rungs.len()));
        passes
    }

    fn bytes(&self, experiment: &Experiment) -> f64 {
        Yearly::bytes(&self.passes(experiment), experiment.years())
    }

    fn answer(&self, experiment: &Experiment, _: &[f64], walk: &Walks<'_>) -> Result<Option<Answer>, String> {
        let Some(found) = self.train(experiment, walk)? else { return Ok(None) };
        let best = self.rungs.iter().zip(&found.rungs).map(|(rung, best)| rung.rule(&self.vix, &best.multipliers));
        let rules = std::iter::once(self.fixed.clone()).chain(best).collect();
        let fresh = Yearly::walk(experiment, rules, 0..experiment.paths, self.years, walk)?;
        Ok(fresh.map(|fresh| self.conclude(&found, &fresh)))
    }
}
