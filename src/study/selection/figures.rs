//! How what the checks say spreads over combinations and over histories.

use super::Checks;
use crate::engine::Study;
use crate::figure::{Axis, Figure, Guide, Layer, Panel, Shade};
use crate::study::measure::mean_over_paths;
use crate::study::objective::MONTHS_PER_YEAR;
use crate::study::pictures::{Bins, Edge, drawn, id, mark, panel, told_apart, tone};
use crate::study::question::told;
use crate::study::trials::cscv::LOGITS;
use crate::study::trials::diagnose::{Diagnosis, EACH, FIELDS, field};

/// Checks: field, name, limit, and the side of the limit to which a value at it belongs, as where convinced ones are counted.
const SHOWN: [(&str, &str, f64, Edge); 4] = [
    ("pbo", "PBO", 0.5, Edge::Above),
    ("psr", "PSR", 0.95, Edge::Above),
    ("dsr", "DSR", 0.95, Edge::Above),
    ("p_studentised_consistent", "p of SPA", 0.05, Edge::Below),
];

/// Logits over combinations, checks over histories.
pub(super) fn figures(diagnosis: &Diagnosis, found: &[Checks], records: &[f64]) -> Vec<Figure> {
    let read = Read { diagnosis, found, records };
    drawn([read.logits(), read.checks()])
}

struct Read<'a> {
    diagnosis: &'a Diagnosis,
    found: &'a [Checks],
    records: &'a [f64],
}

impl Read<'_> {
    /// One number of a grid on every history.
    fn column(&self, grid: usize, at: usize) -> Vec<f64> {
        self.records.chunks_exact(self.diagnosis.width()).map(|path| path[grid * EACH + at]).collect()
    }

    /// A distribution for each grid, the only one filled.
    fn layers(&self, of: impl Fn(usize) -> Vec<[f64; 2]>) -> Vec<Layer> {
        let layer = |(grid, checks): (usize, &Checks)| {
            let line = Layer::line(&checks.name, tone(grid), of(grid)).stepped(self.found.len() == 1);
            told_apart(line, grid)
        };
        self.found.iter().enumerate().map(layer).collect()
    }

    fn histories(&self) -> String {
        let count = self.records.len() / self.diagnosis.width().max(1);
        format!("{count} histories of {:.1} years", self.diagnosis.months as f64 / MONTHS_PER_YEAR)
    }

    fn logits(&self) -> Figure {
        let mean = |grid: usize, bin: usize| {
            let shares = self.column(grid, FIELDS.len() + bin);
            mean_over_paths(shares.into_iter()).map_or(f64::NAN, |mean| mean.value)
        };
        let outline = |grid: usize| {
            let shares: Vec<f64> = (0..LOGITS.count).map(|bin| mean(grid, bin)).collect();
            // A history too short for blocks has no logits.
            if shares.iter().all(|share| share.is_finite()) { LOGITS.outline(&shares) } else { Vec::new() }
        };
        let layers = self.layers(outline);
        let told = |checks: &Checks| {
            format!("{} ({} members) {}", checks.name, checks.members, told(checks.get("pbo").as_ref(), 100.0))
        };
        let list: Vec<String> = self.found.iter().map(told).collect();
        Figure {
            id: id("selection", "logits", 0),
            title: "Where the winner of one half comes out in the other".to_owned(),
            summary: format!(
                "The winner of one half of a history is at or below the median of the other half in so many % of combinations \
                 (PBO): {}. Merit that lasts would lie to the right of zero.",
                list.join("; ")
            ),
            basis: format!(
                "{}, 70 combinations of 8 blocks each, their mean; unit: % of combinations in each bin of 0.5; the outer bins \
                 hold what lies beyond; ± one standard error over histories",
                self.histories()
            ),
            x: Axis::linear("logit of the winner's rank in the other half"),
            panels: vec![panel(Axis::linear("% of combinations"), layers, vec![mark(0.0, "median")])],
            shades: vec![Shade { from: LOGITS.from, to: 0.0, label: "overfit".to_owned() }],
        }
    }

    fn checks(&self) -> Figure {
        let of_check = |(name, shown, limit, edge): &(&str, &str, f64, Edge)| -> Panel {
            let bins = Bins { from: 0.0, to: 1.0, count: 20, edge: *edge };
            let layers = self.layers(|grid| {
                let column = self.column(grid, field(name));
                if column.iter().any(|x| x.is_finite()) {
                    bins.outline(&bins.shares(column.iter()))
                } else {
                    Vec::new()
                }
            });
            let guide: Guide = mark(*limit, "");
            panel(Axis::linear(format!("{shown}, % of histories")), layers, vec![guide])
        };
        let told = |checks: &Checks| {
            let share = |name: &str| told(checks.get(name).as_ref(), 100.0);
            format!(
                "{}: PBO below one half on {} % of histories, PSR at least .95 on {} %, DSR on {} %, SPA at most .05 on {} %",
                checks.name,
                share("share_pbo_below_half"),
                share("share_psr_95"),
                share("share_dsr_95"),
                share("share_spa_05")
            )
        };
        let list: Vec<String> = self.found.iter().map(told).collect();
        let tested = self.diagnosis.bootstrap.paths.min((self.records.len() / self.diagnosis.width().max(1)) as u64);
        Figure {
            id: id("selection", "checks", 0),
            title: "What the checks say of the best member, history by history".to_owned(),
            summary: format!("{}.", list.join("; ")),
            basis: format!(
                "{}, SPA on the first {tested}; unit: % of histories in each bin of 0.05; lines upright: the limits 0.5, 0.95, \
                 0.95 and 0.05; ± one standard error over histories",
                self.histories()
            ),
            x: Axis::linear("probability"),
            panels: SHOWN.iter().map(of_check).collect(),
            shades: Vec::new(),
        }
    }
}
