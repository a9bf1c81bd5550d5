//! How the main numbers settle as paths are added.

use super::{Material, section as put};
use crate::engine::PathColumn;
use crate::figure::{Axis, Figure, Layer, Panel, Tone};
use crate::metrics::tally::Column;
use crate::report::book::{Part, Section};
use crate::report::layout::{count, figure as short};
use crate::stats::estimate::{Estimate, LEVEL};
use crate::stats::influence;
use crate::study::measure::{Measured, Rows};

/// Fewest paths of an estimate that is drawn.
const FIRST: usize = 32;

/// Points of a line.
const STEPS: usize = 24;

/// The section.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let outcome = &material.findings.outcome;
    if outcome.paths < 2 * FIRST {
        return None;
    }
    let counts = counts(outcome.paths);
    let days = material.plan.experiment.grid.days();
    let rows = |rule: usize| Rows { outcome, rule, days };
    let loss = outcome.path_column(PathColumn::Loss);
    let (mut lost, mut hers, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for (rule, tone) in material.pair().into_iter().zip([Tone::STATIC, Tone::DYNAMIC]) {
        let per_year = -1e4 / rows(rule).years();
        let cost: Vec<f64> = rows(rule).net().iter().map(|net| net * per_year).collect();
        let gain = rows(rule).column(Column::GainPlus21);
        let costs: Vec<_> = counts.iter().filter_map(|n| Some((*n, estimate(Measured::mean(&cost[..*n])?)?))).collect();
        let her: Vec<_> =
            counts.iter().filter_map(|n| Some((*n, estimate(Measured::ratio(&gain[..*n], &loss[..*n])?)?))).collect();
        if let (Some((n, half)), Some((_, last))) = (costs.get(costs.len() / 2), costs.last()) {
            told.push(format!(
                "money lost by {} is {} from the first {} paths and {} ±{} from all",
                material.name(rule),
                short(half.value),
                count(*n as u64),
                short(last.value),
                last.se.map_or_else(|| "-".to_owned(), short)
            ));
        }
        lost.extend(lines(material.name(rule), tone, &costs));
        hers.extend(lines(material.name(rule), tone, &her));
    }
    let figure = Figure {
        id: "convergence".to_owned(),
        title: "Convergence against paths".to_owned(),
        summary: format!("{}.", told.join("; ")),
        basis: format!(
            "n = {} to {} paths; bp of capital a year, and share of the loss; the band is the 95 % interval at that many paths",
            FIRST,
            count(outcome.paths as u64)
        ),
        x: Axis::log("paths"),
        panels: vec![
            Panel::new(Axis::linear("money lost, bp a year"), lost),
            Panel::new(Axis::linear("HER at +21 days"), hers),
        ],
        shades: Vec::new(),
    };
    put("convergence", "Are there enough paths?", vec![Part::Figure(figure)])
}

fn estimate(measured: Measured) -> Option<Estimate> {
    influence::estimate(measured.value, &measured.psi, measured.contributing, LEVEL, "running")
}

fn lines(name: &str, tone: Tone, found: &[(usize, Estimate)]) -> [Layer; 2] {
    let band = found.iter().filter_map(|(n, e)| Some([*n as f64, e.ci_low?, e.ci_high?]));
    [
        Layer::band(name, tone, band.collect::<Vec<_>>()),
        Layer::line(name, tone, found.iter().map(|(n, e)| [*n as f64, e.value]).collect::<Vec<_>>()),
    ]
}

/// Numbers of paths, evenly apart by their logarithm.
fn counts(paths: usize) -> Vec<usize> {
    let ratio = (paths as f64 / FIRST as f64).powf(1.0 / (STEPS - 1) as f64);
    let mut list: Vec<usize> = (0..STEPS)
        .map(|step| (FIRST as f64 * ratio.powi(step as i32)).round() as usize)
        .map(|n| n.min(paths))
        .collect();
    list.dedup();
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_run_to_the_last_path() {
        let list = counts(10_000);
        assert_eq!((list[0], *list.last().unwrap(), list.len()), (FIRST, 10_000, STEPS));
        assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(counts(64).len() <= STEPS && counts(64).last() == Some(&64));
    }
}
