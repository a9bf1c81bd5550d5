//! What to know before believing a number.

use crate::draws::{NETS, Sampling};
use crate::engine::{Experiment, Outcome, PathColumn};
use crate::market::Marking;

/// A doubt that stands beside the numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caveat {
    /// Short name, stable.
    pub code: &'static str,
    /// In words.
    pub text: String,
}

/// Fewer paths than this leave intervals that cover less than they say.
const FEW_PATHS: u64 = 200;

/// Doubts that follow from the rows and from how they were made.
pub(super) fn caveats(experiment: &Experiment, outcome: &Outcome, history: bool) -> Vec<Caveat> {
    let mut list = Vec::new();
    let mut say = |code, text: String| list.push(Caveat { code, text });
    if outcome.interrupted {
        say("interrupted", format!("stopped after {} of {} paths", outcome.simulated, experiment.paths));
    }
    if matches!(experiment.market.facts().marking, Marking::FlatVix { exact: false }) {
        say(
            "flat_vix_marks",
            "hedges are marked at the flat VIX, which is not the model's own price: skew, term structure and jump risk are \
             left out, and a fixed hedge need not lose money for being a hedge"
                .to_owned(),
        );
    }
    let held = outcome.path_column(PathColumn::HeldLookUps).iter().sum::<f64>() * outcome.bundle as f64;
    if held > 0.0 {
        let days = outcome.simulated as f64 * experiment.grid.days() as f64;
        say(
            "held_look_ups",
            format!(
                "{held:.0} look-ups in price tables ({:.1} in a million path-days) lay beyond their edge, at extreme variances \
                 or far from the strike, and were held there: the value of the edge is only near theirs",
                1e6 * held / days
            ),
        );
    }
    match experiment.sampling {
        Sampling::Independent => {}
        Sampling::Antithetic => say(
            "sampling",
            "paths are drawn in pairs with opposite draws; errors are counted by pair, and studies that choose among rules \
             have paths of their own"
                .to_owned(),
        ),
        Sampling::Tilted(tilt) => say(
            "sampling",
            format!(
                "{}, weighed by ratios of likelihoods: the effective share of the paths is {:.0} % at their end; \
                 distributions over paths are not told, nor drawdown and expected shortfall below 50 %; rows in paths.parquet \
                 are weighed; studies that choose among rules have paths of their own",
                tilt.words(),
                100.0 * outcome.effective_share()
            ),
        ),
        Sampling::Sobol => say(
            "sampling",
            format!(
                "paths are {NETS} scrambled Sobol nets; errors are told from how far the nets disagree, and studies that \
                 choose among rules have paths of their own"
            ),
        ),
    }
    if let Some(controls) = outcome.controls.first() {
        let count = controls.count();
        let text = match count {
            0 => "control variates are not used: there are too few paths to tell what they explain".to_owned(),
            _ => format!(
                "means over paths and ratios of them are adjusted by {count} control variates whose true mean is zero; \
                 distributions over paths are not"
            ),
        };
        say("control_variates", text);
    }
    if history {
        say(
            "one_path",
            "one real path: intervals come from a stationary block bootstrap of its days, and of the twins only equal \
             money is sized"
                .to_owned(),
        );
    } else if outcome.simulated < FEW_PATHS {
        let text = match outcome.simulated {
            1 => "of one path nothing has an interval".to_owned(),
            n => format!("{n} paths are few: intervals cover less than they say"),
        };
        say("few_paths", text);
    }
    if outcome.bundle > 1 {
        say(
            "bundles",
            format!(
                "{} rows are kept: means, ratios and their errors are of all {} paths, in bundles of {}; quantiles, expected \
                 shortfall, ratios of single paths and studies that choose among rules are of one path in each",
                outcome.paths, outcome.simulated, outcome.bundle
            ),
        );
    }
    let outcome = outcome.single();
    let without = outcome.path_column(PathColumn::Windows).iter().filter(|n| **n == 0.0).count();
    if without > 0 {
        say(
            "paths_without_crash",
            format!("{without} of {} paths have no crash; they are counted, not averaged, in HER", outcome.paths),
        );
    }
    list
}
