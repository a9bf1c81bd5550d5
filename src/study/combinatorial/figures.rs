//! How values of choices in sample and out of sample spread over histories.

use super::{FIELDS, Found, Reader};
use crate::engine::Study;
use crate::figure::{Axis, Figure, Layer, Panel, Tone};
use crate::study::objective::MONTHS_PER_YEAR;
use crate::study::pictures::{Bins, drawn, id, mark};
use crate::study::question::told;

/// Names of the two distributions in each panel.
const WAYS: [(&str, Tone); 2] = [("in sample", Tone::Accent), ("out of sample", Tone::Series(0))];

/// One figure for each grid.
pub(super) fn figures(reader: &Reader, found: &[Found], records: &[f64]) -> Vec<Figure> {
    drawn(found.iter().enumerate().map(|(grid, found)| figure(reader, grid, found, records)))
}

fn figure(reader: &Reader, grid: usize, found: &Found, records: &[f64]) -> Figure {
    let (scale, unit) = reader.objective.shown();
    let column = |of: &dyn Fn(&[f64]) -> f64| -> Vec<f64> {
        let rows = records.chunks_exact(reader.width()).map(|path| &path[grid * FIELDS.len()..][..FIELDS.len()]);
        rows.map(|row| of(row) * scale).collect()
    };
    let values = [column(&|row| row[0]), column(&|row| row[2])];
    let advantages = [column(&|row| row[0] - row[1]), column(&|row| row[2] - row[3])];
    let panel = |title: &str, columns: &[Vec<f64>; 2]| -> Panel {
        let bins = Bins::over(columns.iter().flatten());
        let layer = |((name, tone), column): (&(&str, Tone), &Vec<f64>)| {
            let outline = bins.map(|bins| bins.outline(&bins.shares(column.iter()))).unwrap_or_default();
            Layer::line(*name, *tone, outline).stepped(true)
        };
        let mut panel =
            Panel::new(Axis::linear(format!("{title}, % of histories")), WAYS.iter().zip(columns).map(layer).collect());
        for ((name, _), column) in WAYS.iter().zip(columns) {
            let known: Vec<f64> = column.iter().copied().filter(|x| x.is_finite()).collect();
            if !known.is_empty() {
                let mean = known.iter().sum::<f64>() / known.len() as f64;
                panel.guides.push(mark(mean, format!("mean {name}")));
            }
        }
        panel
    };
    let number = |at: usize| told(found.numbers[at].as_ref(), scale);
    Figure {
        id: id("combinatorial", "values", grid),
        title: format!("{}: values of choices in sample and out of sample", found.name),
        summary: format!(
            "In sample the choice is worth {} {unit} and the untuned rule {}; out of sample {} and {}: an optimism of {}. The \
             stitched histories of one path spread by {} (standard deviation).",
            number(0),
            number(1),
            number(2),
            number(3),
            told(found.optimism.as_ref(), scale),
            number(4)
        ),
        basis: format!(
            "{} histories of {:.1} years, means over {} splits and {} stitched histories of each; unit: {unit}, more is \
             better; what lies beyond the axis counts in its last bin; ± one standard error over histories",
            records.len() / reader.width().max(1),
            reader.months as f64 / MONTHS_PER_YEAR,
            reader.folds.splits.len(),
            reader.folds.histories.len()
        ),
        x: Axis::linear(format!("{}, {unit}", reader.objective.name())),
        panels: vec![panel("value", &values), panel("advantage over the untuned rule", &advantages)],
        shades: Vec::new(),
    }
}
