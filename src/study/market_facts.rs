//! What claims say of the market itself: how often the VIX is low, how long it remembers, how often the index falls.
//!
//! A fact is the mean over paths of that statistic of each path ([`realism`](super::realism) defines them), on the paths of
//! the run: their first [`MOST`], since the market is simulated once more for it. On real history shares of days have an
//! interval from the block bootstrap and the other facts none.

use super::measure::Measured;
use super::realism::statistics;
use super::resample::{BLOCK, REPLICATIONS, SEED};
use crate::draws::Source;
use crate::engine::Experiment;
use crate::lanes::WIDTH;
use crate::market::{Factor, PathBlock};
use crate::stats::bootstrap::intervals;
use crate::stats::estimate::{Estimate, LEVEL};
use rayon::prelude::*;

/// A fact of the market paths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fact {
    /// Word of a claim.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// In words.
    pub help: &'static str,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    /// Share of days with the VIX above the one number and not above the other.
    Days(f64, f64),
    /// A statistic of the realism card.
    Statistic(&'static str),
}

const fn days(name: &'static str, help: &'static str, above: f64, to: f64) -> Fact {
    Fact { name, unit: "share of days", help, what: What::Days(above, to) }
}

const fn statistic(name: &'static str, unit: &'static str, help: &'static str, of: &'static str) -> Fact {
    Fact { name, unit, help, what: What::Statistic(of) }
}

/// All facts.
#[rustfmt::skip]
pub const MARKET_FACTS: [Fact; 18] = [
    days("vix_to_10", "days with the VIX at 10 or below", 0.0, 10.0),
    days("vix_to_12", "days with the VIX at 12 or below", 0.0, 12.0),
    days("vix_to_15", "days with the VIX at 15 or below", 0.0, 15.0),
    days("vix_15_to_25", "days with the VIX above 15 and not above 25", 15.0, 25.0),
    days("vix_above_20", "days with the VIX above 20", 20.0, f64::INFINITY),
    days("vix_above_25", "days with the VIX above 25", 25.0, f64::INFINITY),
    days("vix_above_30", "days with the VIX above 30", 30.0, f64::INFINITY),
    statistic("vix_mean", "points", "mean VIX", "vix_mean"),
    statistic("vix_memory_1", "correlation", "autocorrelation of the VIX over a day", "acf_vix_1"),
    statistic("vix_memory_21", "correlation", "autocorrelation of the VIX over 21 days", "acf_vix_21"),
    statistic("realized_memory_21", "correlation", "autocorrelation of 21-day realized volatility, months apart", "acf_rv21_nonoverlap_1"),
    statistic("premium", "points", "VIX less the next 21 days' realized volatility", "vrp_vol_mean"),
    statistic("premium_vix_to_15", "points", "the same where the VIX is below 15", "vrp_vol_mean_lt15"),
    statistic("premium_vix_above_25", "points", "the same where the VIX is above 25", "vrp_vol_mean_gt25"),
    statistic("fall_from_vix_to_15", "probability", "a fall of 10 % within 63 days of a VIX below 15", "p_fall10_within63_lt15"),
    statistic("fall_from_vix_15_to_25", "probability", "the same of a VIX of 15 to 25", "p_fall10_within63_15to25"),
    statistic("fall_from_vix_above_25", "probability", "the same of a VIX above 25", "p_fall10_within63_gt25"),
    statistic("moves_of_3_points", "a year", "moves of the VIX by more than 3 points since the last one", "trig3pt_per_yr"),
];

/// The fact of a word.
pub fn fact(name: &str) -> Option<&'static Fact> {
    MARKET_FACTS.iter().find(|fact| fact.name == name)
}

/// Most paths that are looked at.
const MOST: usize = 2_000;

/// Values of the wanted facts, in their order.
pub fn market_facts(experiment: &Experiment, paths: usize, history: bool, wanted: &[&Fact]) -> Vec<Option<Estimate>> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let paths = paths.min(MOST);
    let groups: Vec<Vec<Vec<f64>>> = (0..paths.div_ceil(WIDTH))
        .into_par_iter()
        .map_init(
            || PathBlock::of(experiment.grid.rows(), experiment.market.facts()),
            |block, group| {
                experiment.market.simulate(
                    Source::independent(experiment.seed),
                    (group * WIDTH) as u64,
                    experiment.grid,
                    block,
                );
                (0..WIDTH.min(paths - group * WIDTH)).map(|lane| of_path(experiment, block, lane, wanted)).collect()
            },
        )
        .collect();
    let by_path: Vec<Vec<f64>> = groups.into_iter().flatten().collect();
    if history {
        return wanted.iter().enumerate().map(|(i, fact)| of_history(experiment, fact, by_path[0][i])).collect();
    }
    (0..wanted.len())
        .map(|i| {
            let defined: Vec<f64> = by_path.iter().map(|path| path[i]).filter(|x| x.is_finite()).collect();
            Measured::mean(&defined).and_then(|m| m.estimate("mean over paths"))
        })
        .collect()
}

/// The wanted facts of one path; NaN where the path cannot carry one.
fn of_path(experiment: &Experiment, block: &PathBlock, lane: usize, wanted: &[&Fact]) -> Vec<f64> {
    let rows = experiment.grid.first()..experiment.grid.rows();
    let column = |factor| block.rows(factor)[rows.clone()].iter().map(|row| row.0[lane]).collect::<Vec<f64>>();
    let vix = column(Factor::Vix);
    let needs_all = wanted.iter().any(|fact| matches!(fact.what, What::Statistic(_)));
    let known = match needs_all {
        true => statistics(&column(Factor::Spot(experiment.market.facts().quoted())), &vix),
        false => Vec::new(),
    };
    let value = |fact: &&Fact| match fact.what {
        What::Days(above, to) => share(vix.iter(), above, to),
        What::Statistic(name) => {
            known.iter().find(|(known, _)| *known == name).and_then(|(_, x)| *x).unwrap_or(f64::NAN)
        }
    };
    wanted.iter().map(value).collect()
}

fn share<'a>(vix: impl ExactSizeIterator<Item = &'a f64>, above: f64, to: f64) -> f64 {
    let days = vix.len() as f64;
    vix.filter(|vix| **vix > above && **vix <= to).count() as f64 / days
}

/// One real path: shares of days are resampled.
fn of_history(experiment: &Experiment, fact: &Fact, value: f64) -> Option<Estimate> {
    let What::Days(above, to) = fact.what else { return Estimate::point(value, LEVEL, 1, "one real path") };
    let mut block = PathBlock::of(experiment.grid.rows(), experiment.market.facts());
    experiment.market.simulate(experiment.source(), 0, experiment.grid, &mut block);
    let vix: Vec<f64> = block.rows(Factor::Vix)[experiment.grid.first()..].iter().map(|row| row.0[0]).collect();
    let statistic = |order: &[usize]| {
        let days: Vec<f64> = order.iter().map(|day| vix[*day]).collect();
        vec![Some(share(days.iter(), above, to))]
    };
    intervals(vix.len(), BLOCK, REPLICATIONS, SEED, LEVEL, statistic).ok()?.swap_remove(0)
}
