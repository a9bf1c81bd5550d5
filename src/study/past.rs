//! The one real path of a history: its measures, its rules beside the benchmark, and beside fixed hedges of equal money.

use super::comparison::{Differences, Pairing, Twin};
use super::history::{PathMeasures, Setting, measure};
use super::measure::Metric;
use super::resample;
use super::twins::{self, is_dynamic};
use crate::engine::{Experiment, Trace};
use crate::instruments::Turnover;
use rayon::prelude::*;

/// Measures of the one real path, and bootstrap intervals for the metrics of its rules.
pub fn measures(experiment: &Experiment, traces: &[Trace], rules: &mut [(String, Vec<Metric>)]) -> Vec<PathMeasures> {
    let capital = experiment.portfolio.capital();
    rules
        .iter_mut()
        .enumerate()
        .map(|(rule, (_, metrics))| {
            resample::add_intervals(metrics, &traces[rule], capital);
            let turnover = match experiment.rules[rule].legs.first() {
                Some(leg) => experiment.instruments[leg.instrument].turnover(),
                None => Turnover::Premium,
            };
            measure(&traces[rule], &Setting { capital, turnover, dates: experiment.market.calendar() })
        })
        .collect()
}

/// Rules on the one real path beside the benchmark.
pub fn against(experiment: &Experiment, traces: &[Trace], benchmark: usize) -> Vec<(usize, Differences)> {
    let capital = experiment.portfolio.capital();
    (0..experiment.named)
        .into_par_iter()
        .filter(|rule| *rule != benchmark)
        .filter_map(|rule| Some((rule, resample::beside(&traces[rule], &traces[benchmark], capital)?)))
        .collect()
}

/// Dynamic rules on the one real path beside the fixed hedges that lost the same money on it.
pub fn pairs(experiment: &Experiment, traces: &[Trace]) -> Vec<Pairing> {
    let dynamic: Vec<usize> = (0..experiment.named).filter(|rule| is_dynamic(&experiment.rules[*rule])).collect();
    let capital = experiment.portfolio.capital();
    dynamic
        .into_par_iter()
        .map(|rule| {
            let fixed = &traces[experiment.fixed[rule]];
            let size = resample::equal_money(&traces[rule], fixed);
            let differences = match size {
                Ok(_) => resample::beside_fixed(&traces[rule], fixed, capital),
                Err(_) => None,
            };
            Pairing { rule, twin: twins::Sized { rule, twin: Twin::EqualMoney, size }, differences, trough: None }
        })
        .collect()
}
