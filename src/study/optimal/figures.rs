//! The function that was found beside the best fixed size, and what simpler rules lose against it.

use super::answer::Judged;
use super::{Found, Optimal};
use crate::figure::{Axis, Bar, Figure, Layer, Panel};
use crate::study::pictures::{INTERVALS, bar, digits, drawn, id, tone};
use crate::study::search::told::{BP, told};

/// Most weights whose functions are drawn, from the smallest to the largest.
const DRAWN: usize = 6;

impl Optimal {
    pub(super) fn figures(&self, found: &[Found], judged: &[Vec<Judged>], paths: usize) -> Vec<Figure> {
        if found.is_empty() {
            return Vec::new();
        }
        drawn([self.functions(found), self.lost(found, judged, paths)])
    }

    fn functions(&self, found: &[Found]) -> Figure {
        let (first, last) = (self.at[0], self.at[self.at.len() - 1]);
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.sort_by(|a, b| found[*a].weight.total_cmp(&found[*b].weight));
        let count = order.len().min(DRAWN);
        let shown: Vec<&Found> =
            (0..count).map(|i| &found[order[i * (order.len() - 1) / (count - 1).max(1)]]).collect();
        let lines = |(slot, found): (usize, &&Found)| {
            let points = self.at.iter().zip(&found.multipliers).map(|(vix, multiplier)| [*vix, *multiplier]);
            let fixed = [[first, found.size], [last, found.size]];
            [
                Layer::line("", tone(slot), fixed).dashed(),
                Layer::line(format!("weight {}", found.weight), tone(slot), points),
            ]
        };
        let told_of = |found: &&Found| {
            let held = |at: usize| digits(found.multipliers[at]);
            format!(
                "weight {}: {} at VIX {first}, {} at VIX {last}, best fixed size {}",
                found.weight,
                held(0),
                held(self.at.len() - 1),
                digits(found.size)
            )
        };
        let part =
            if shown.len() < found.len() { format!("{DRAWN} of {} weights; ", found.len()) } else { String::new() };
        Figure {
            id: id("optimal", "functions", 0),
            title: format!("The optimal multiplier of {} by the VIX", self.hedge),
            summary: format!("{}.", shown.iter().map(told_of).collect::<Vec<_>>().join("; ")),
            basis: format!(
                "found on {} training paths; {part}unit: multiplier, at most {}; dashed: the best fixed size of the same weight; \
                 no interval",
                self.train, self.most
            ),
            x: Axis::linear("VIX, points"),
            panels: vec![Panel::new(Axis::linear("multiplier"), shown.iter().enumerate().flat_map(lines).collect())],
            shades: Vec::new(),
        }
    }

    /// A panel for each simpler hedge, a bar for each weight.
    fn lost(&self, found: &[Found], judged: &[Vec<Judged>], paths: usize) -> Figure {
        let hedges = judged.first().map_or(0, Vec::len);
        let panel = |hedge: usize| {
            let one = |(at, list): (usize, &Vec<Judged>)| bar(at as f64, list[hedge].loss(&list[0]).as_ref(), BP);
            let bars: Vec<Bar> = judged.iter().enumerate().filter_map(one).collect();
            let layer = Layer::bars("", tone(hedge - 1), bars);
            Panel::new(Axis::linear(judged[0][hedge].name.clone()), vec![layer]).with_zero().of_height(0.6)
        };
        let heaviest = (0..found.len()).max_by(|a, b| found[*a].weight.total_cmp(&found[*b].weight)).unwrap_or(0);
        let told_of = |hedge: usize| {
            let list = &judged[heaviest];
            format!("{} {}", list[hedge].name, told(list[hedge].loss(&list[0]), BP))
        };
        Figure {
            id: id("optimal", "losses", 0),
            title: "What simpler hedges lose against the optimal rule".to_owned(),
            summary: format!(
                "At weight {} on {paths} fresh paths, bp of capital a year: {}.",
                found[heaviest].weight,
                (1..hedges).map(told_of).collect::<Vec<_>>().join("; ")
            ),
            basis: format!(
                "{paths} fresh paths, found on {} others; unit: bp of capital a year, above 0: worse than the optimal rule; \
                 {INTERVALS}, paired by path; in the text ± one standard error",
                self.train
            ),
            x: Axis::names(
                "weight of squared yearly losses",
                found.iter().map(|found| format!("weight {}", found.weight)).collect(),
            ),
            panels: (1..hedges).map(panel).collect(),
            shades: Vec::new(),
        }
    }
}
