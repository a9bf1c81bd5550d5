//! What a mistake costs: a rule that makes it beside one that does not, on the same paths; or a choice judged on the days it
//! was made on beside the same choice on later ones.

use super::claims::Evidence;
use super::comparison::Differences;
use super::objective::Objective;
use super::walk_forward::{Choice, WalkForward};
use crate::stats::estimate::Estimate;

/// A pair whose difference is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pair {
    /// Slots of the rule that makes the mistake and of the one that does not.
    Rules {
        /// Makes it.
        mistake: usize,
        /// Does not.
        cure: usize,
    },
    /// A tuned rule by its name: in sample beside out of sample.
    Tuned(String),
}

/// A rule that makes a mistake beside one that does not.
#[derive(Clone, Debug)]
pub struct Beside {
    /// Slots: mistake, cure.
    pub rules: [usize; 2],
    /// Money lost by each, basis points of capital a year.
    pub lost: [Option<Estimate>; 2],
    /// Trading cost of each, basis points of capital a year.
    pub trading: [Option<Estimate>; 2],
    /// Mean multiplier of each.
    pub multiplier: [Option<Estimate>; 2],
    /// Mistake minus cure; none if not defined.
    pub differences: Option<Differences>,
}

/// What was found of a pair.
#[derive(Clone, Debug)]
pub enum Told {
    /// Two rules.
    Rules(Box<Beside>),
    /// A choice over a tuned rule.
    Tuned {
        /// The study that made it.
        study: &'static str,
        /// What was chosen by.
        objective: Objective,
        /// What it came to.
        choice: Box<Choice>,
    },
}

/// Reads every pair.
pub fn tell(pairs: &[Pair], evidence: &Evidence<'_>, choices: &[(WalkForward, Vec<Choice>)]) -> Vec<Told> {
    let one = |pair: &Pair| match pair {
        Pair::Rules { mistake, cure } => {
            let rules = [*mistake, *cure];
            let of_both = |name: &str| rules.map(|rule| evidence.metric(rule, name));
            Some(Told::Rules(Box::new(Beside {
                rules,
                lost: of_both("total_cost_bp_per_year"),
                trading: of_both("transaction_cost_bp_per_year"),
                multiplier: of_both("mean_multiplier"),
                differences: evidence.differences(*mistake, *cure),
            })))
        }
        Pair::Tuned(rule) => choices.iter().find_map(|(study, list)| {
            let choice = Box::new(list.iter().find(|choice| choice.rule == *rule)?.clone());
            Some(Told::Tuned { study: study.name, objective: study.objective, choice })
        }),
    };
    pairs.iter().filter_map(one).collect()
}
