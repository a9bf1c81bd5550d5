//! What each way of judging reports of a choice, beside what the choice is worth.

use super::judged::{Found, Judged};
use super::reader::Reader;
use super::{ESTIMATES, FIGURES, TruthColumn};
use crate::engine::Experiment;
use crate::figure::{Axis, Figure, Layer, Panel, Tone};
use crate::stats::estimate::Estimate;
use crate::study::objective::MONTHS_PER_YEAR;
use crate::study::pictures::{INTERVALS, drawn, id, upright};
use crate::study::question::told;
use crate::study::trials::plateau::Shown;
use crate::study::trials::population::GridTruth;

impl TruthColumn {
    /// For each grid the figures of all ways of judging, and the true values of its members.
    pub(super) fn figures(
        &self,
        experiment: &Experiment,
        reader: &Reader,
        found: &[Found],
        truths: &[GridTruth],
    ) -> Vec<Figure> {
        let mut list = Vec::new();
        for (number, ((of, truth), grid)) in found.iter().zip(truths).zip(&reader.grids).enumerate() {
            let shown = Shown {
                id: id("truth", "grid", number),
                grid,
                names: &grid.names(experiment),
                truth,
                picked: &of.judged[0][0].picked,
                how: "in sample".to_owned(),
                objective: self.objective,
                basis: self.basis(reader, of),
            };
            list.push(self.estimates(number, reader, of));
            list.extend(shown.figure());
        }
        drawn(list)
    }

    fn basis(&self, reader: &Reader, found: &Found) -> String {
        let histories = found.judged.iter().flatten().filter_map(|judged| judged.reported).map(|e| e.n).max();
        format!(
            "{} histories of {:.1} years, truth pooled over {} other paths",
            histories.unwrap_or(0),
            reader.months as f64 / MONTHS_PER_YEAR,
            self.truth
        )
    }

    fn estimates(&self, number: usize, reader: &Reader, found: &Found) -> Figure {
        let (scale, unit) = self.objective.shown();
        let names = ESTIMATES.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut panels =
            vec![self.beside_truth(&found.judged[0]).of_height(1.6), bias(&found.judged[0], "", scale, unit)];
        for (figure, (name, unit, scale)) in FIGURES.iter().enumerate().skip(1) {
            if *name != self.objective.name() {
                panels.push(bias(&found.judged[figure], &format!(" of {name}"), *scale, unit));
            }
        }
        let told_of = |((name, _), judged): (&(&str, &str), &Judged)| {
            format!(
                "{name} reports {} where {} is true",
                told(judged.reported.as_ref(), scale),
                told(judged.truth.as_ref(), scale)
            )
        };
        let list: Vec<String> = ESTIMATES.iter().zip(&found.judged[0]).map(told_of).collect();
        Figure {
            id: id("truth", "estimates", number),
            title: format!("{}: the choice as reported and as it truly is", found.name),
            summary: format!("{} of the choice, {unit}: {}.", self.objective.name(), list.join("; ")),
            basis: format!(
                "{}; unit: {unit}, more is better; {INTERVALS}, errors of the truth included; in the text ± one standard error; \
                 bias: reported less true",
                self.basis(reader, found)
            ),
            x: Axis::names("judged", names),
            panels,
            shades: Vec::new(),
        }
    }

    /// Reported and true values side by side.
    fn beside_truth(&self, judged: &[Judged]) -> Panel {
        let (scale, unit) = self.objective.shown();
        let layer = |name: &str, tone: Tone, of: &dyn Fn(&Judged) -> Option<Estimate>| {
            let points = judged.iter().enumerate();
            let points = points.filter_map(|(at, judged)| upright(at as f64, of(judged).as_ref(), scale));
            Layer::points(name, tone, points.collect())
        };
        let layers = vec![
            layer("reported", Tone::Accent, &|judged| judged.reported),
            layer("true", Tone::Series(0), &|judged| judged.truth),
        ];
        Panel::new(Axis::linear(format!("{}, {unit}", self.objective.name())), layers)
    }
}

/// Reported less true; zero is honest.
fn bias(judged: &[Judged], of: &str, scale: f64, unit: &str) -> Panel {
    let points = judged.iter().enumerate();
    let points = points.filter_map(|(at, judged)| upright(at as f64, judged.bias.as_ref(), scale)).collect();
    // A long unit is that of the table.
    let unit = unit.split(',').next().unwrap_or(unit);
    let title = format!("bias{of}, {unit}");
    Panel::new(Axis::linear(title), vec![Layer::points("bias", Tone::Series(5), points)]).with_zero().of_height(0.7)
}
