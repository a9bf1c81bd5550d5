//! What the rules are set beside: the benchmark, the world without premia on the same draws, and sized twins.

use super::{Caveat, How, pass};
use crate::engine::{Experiment, Keep, Outcome, PathColumn};
use crate::metrics::tally::Column;
use crate::stats::estimate::Estimate;
use crate::study::checks::{self, Check};
use crate::study::comparison::{Comparison, Differences, Pairing, Twin};
use crate::study::frontier::{self, Place};
use crate::study::measure::{HERS, Measured, Metric, Rows, metric};
use crate::study::twins::{self, Profile, is_dynamic};
use rayon::prelude::*;

/// What a comparison found.
#[derive(Default)]
pub(super) struct Beside {
    /// Rules minus the benchmark.
    pub(super) against: Vec<(usize, Differences)>,
    /// HER and money lost in the world without premia.
    pub(super) null: Vec<(usize, Vec<Metric>)>,
    /// Rules beside their twins.
    pub(super) pairings: Vec<Pairing>,
    /// Where walked twins stand.
    pub(super) places: Vec<Place>,
    /// What the world without premia says of the model.
    pub(super) checks: Vec<Check>,
    /// Doubts about the comparison.
    pub(super) caveats: Vec<Caveat>,
    /// Was it stopped?
    pub(super) interrupted: bool,
}

impl Beside {
    /// Compares the rules of a run that has more than one path.
    pub(super) fn new(
        experiment: &Experiment,
        comparison: &Comparison,
        outcome: &Outcome,
        how: &How<'_>,
    ) -> Result<Self, String> {
        let rows = |rule: usize| Rows { outcome, rule, days: experiment.grid.days() };
        let benchmark = twins::profile(&rows(comparison.against));
        let against = (0..experiment.named)
            .filter(|rule| *rule != comparison.against)
            .map(|rule| (rule, Differences::of(&twins::profile(&rows(rule)), &benchmark)))
            .collect();
        let mut beside = Self { against, interrupted: outcome.interrupted, ..Self::default() };
        if comparison.null_world {
            beside.null_world(experiment, how)?;
        }
        if !comparison.twins.is_empty() {
            beside.twins((experiment, &comparison.twins), outcome, how)?;
        }
        let earning = beside.pairings.iter().filter(|p| p.twin.twin == Twin::EqualMoney && p.differences.is_some());
        let earning = earning.filter(|p| rows(p.rule).cost().is_some_and(|lost| lost.value < 0.0)).count();
        if earning > 0 {
            let text = format!(
                "{earning} of the dynamic rules earn money, and so do the fixed hedges beside them: equal money lost is equal \
                 money earned there, and more of the hedge is better in every way"
            );
            beside.caveats.push(Caveat { code: "hedges_earn", text });
        }
        if beside.interrupted {
            let text = "stopped before the comparisons were complete".to_owned();
            beside.caveats.push(Caveat { code: "interrupted", text });
        }
        Ok(beside)
    }

    /// The same draws where every hedge is fairly priced.
    fn null_world(&mut self, experiment: &Experiment, how: &How<'_>) -> Result<(), String> {
        let Some(world) = experiment.null_world().filter(|_| !self.interrupted) else { return Ok(()) };
        let found = pass(&world, &[], Keep::Gains, how)?;
        self.interrupted |= found.interrupted;
        if !found.interrupted {
            self.null = fair(&world, &found);
            self.checks = checks::of_null_world(&world, &found, &self.null);
        }
        Ok(())
    }

    /// The rules beside fixed hedges, less equity and placebos of their size.
    fn twins(
        &mut self,
        (experiment, wanted): (&Experiment, &[Twin]),
        outcome: &Outcome,
        how: &How<'_>,
    ) -> Result<(), String> {
        if self.interrupted {
            return Ok(());
        }
        let sized = twins::sizes(experiment, outcome, wanted);
        let (walked, slots) = twins::experiment(experiment, &sized);
        let found = pass(&walked, &[], Keep::Twin, how)?;
        self.interrupted |= found.interrupted;
        if !found.interrupted {
            for (pairing, place) in pair(experiment, outcome, &found, sized, &slots) {
                self.pairings.push(pairing);
                self.places.extend(place);
            }
        }
        Ok(())
    }
}

/// Differences of every rule to its sized twins, and where the twins stand.
fn pair(
    experiment: &Experiment,
    outcome: &Outcome,
    walked: &Outcome,
    sized: Vec<twins::Sized>,
    slots: &[Option<usize>],
) -> Vec<(Pairing, Option<Place>)> {
    let days = experiment.grid.days();
    let unhedged = twins::profile(&Rows { outcome, rule: experiment.unhedged, days });
    let profiles: Vec<Option<Profile>> = (0..experiment.named)
        .into_par_iter()
        .map(|rule| is_dynamic(&experiment.rules[rule]).then(|| twins::profile(&Rows { outcome, rule, days })))
        .collect();
    sized
        .into_par_iter()
        .zip(slots.par_iter())
        .map(|(twin, slot)| {
            let other = slot.and_then(|slot| twins::twin_profile(experiment, outcome, walked, slot, &twin));
            let differences = profiles[twin.rule]
                .as_ref()
                .zip(other.as_ref())
                .map(|(rule, other)| Differences::to_twin(rule, other, twin.twin));
            let trough = (twin.twin == Twin::EqualMoney).then(|| trough(experiment, outcome, &twin)).flatten();
            let pairing = Pairing { rule: twin.rule, twin, differences, trough };
            let place = other.as_ref().and_then(|other| frontier::of_twin(experiment, &pairing, other, &unhedged));
            (pairing, place)
        })
        .collect()
}

/// HER to the trough of a rule less that of its scaled fixed hedge, which is the size times its own.
fn trough(experiment: &Experiment, outcome: &Outcome, twin: &twins::Sized) -> Option<Estimate> {
    let days = experiment.grid.days();
    let her = |rule: usize| Rows { outcome, rule, days }.her(Column::GainTrough, PathColumn::Loss);
    let (size, fixed) = (twin.size.as_ref().ok()?, her(experiment.fixed[twin.rule])?);
    let scaled = Measured { value: size.value * fixed.value, ..fixed.combine(size.value, size, fixed.value) };
    her(twin.rule)?.minus(&scaled).estimate("paired by path, error of the size included")
}

/// HER by window end, and money lost, where every hedge is fairly priced and no rule has merit.
fn fair(world: &Experiment, outcome: &Outcome) -> Vec<(usize, Vec<Metric>)> {
    (0..world.named)
        .map(|rule| {
            let rows = Rows { outcome, rule, days: world.grid.days() };
            let mut list: Vec<Metric> = HERS[..4]
                .iter()
                .map(|(name, column, loss)| {
                    metric(name, "share of the portfolio's loss", rows.her(*column, *loss), "ratio of sums, clustered")
                })
                .collect();
            list.push(metric("total_cost_bp_per_year", "bp of capital a year", rows.cost(), "mean over paths"));
            let gross: Vec<f64> = rows.column(Column::Mark).iter().map(|x| -x * 1e4 / world.grid.years()).collect();
            list.push(metric("gross_cost_bp_per_year", "bp of capital a year", rows.mean(&gross), "mean over paths"));
            (rule, list)
        })
        .collect()
}
