//! Gains of tuning by world tuned in and world used in, and what each member of a grid loses in each world.

use super::{Shift, World, WorldShift};
use crate::figure::{Axis, Cell, Figure, Layer, Panel};
use crate::stats::estimate::Estimate;
use crate::study::pictures::{digits, drawn, id};
use crate::study::question::told;

/// Most members that are shown: those with the smallest worst regret, and the untuned one.
const MOST: usize = 24;

impl WorldShift {
    /// Two for each grid.
    pub(super) fn figures(&self, worlds: &[World], shifts: &[Shift]) -> Vec<Figure> {
        let of =
            |(number, shift): (usize, &Shift)| [self.gains(number, worlds, shift), self.regrets(number, worlds, shift)];
        drawn(shifts.iter().enumerate().flat_map(of))
    }

    fn basis(&self, unit: &str) -> String {
        format!(
            "{} histories of each world, truth from {} other paths of each; unit: {unit}; in the text ± one standard error, errors \
             of the truth included",
            self.paths, self.truth
        )
    }

    fn gains(&self, number: usize, worlds: &[World], shift: &Shift) -> Figure {
        let (scale, unit) = self.objective.shown();
        let names: Vec<String> = worlds.iter().map(|world| world.name.clone()).collect();
        let cell = |(y, row): (usize, &Vec<Option<Estimate>>)| -> Vec<Cell> {
            let one = |(x, gain): (usize, &Option<Estimate>)| {
                let value = gain.as_ref()?.value * scale;
                Some(Cell { x, y, value, text: told(gain.as_ref(), scale), chosen: false, near: false })
            };
            row.iter().enumerate().filter_map(one).collect()
        };
        let cells = shift.gains.iter().enumerate().flat_map(cell).collect();
        let elsewhere = Shift::lowest(&shift.gains[0]);
        Figure {
            id: id("world_shift", "gains", number),
            title: format!("{}: tuned in one world, used in another", shift.name),
            summary: format!(
                "True value of what was tuned in the world of the row less that of the untuned rule in the world of the column, \
                 {unit}: tuned and used here {}, tuned here and used in the worst of {} worlds {}.",
                told(shift.gains[0][0].as_ref(), scale),
                worlds.len(),
                told(elsewhere.as_ref(), scale)
            ),
            basis: format!("{}; coloured both ways from zero, the untuned rule", self.basis(unit)),
            x: Axis::names("used in", names.clone()),
            panels: vec![Panel::new(Axis::names("tuned in", names), vec![Layer::cells(cells, Some(0.0))])],
            shades: Vec::new(),
        }
    }

    fn regrets(&self, number: usize, worlds: &[World], shift: &Shift) -> Figure {
        let (scale, unit) = self.objective.shown();
        let order = shift.order();
        let mut shown: Vec<usize> = order.iter().copied().take(MOST).collect();
        if !shown.contains(&0) {
            shown.push(0);
        }
        let cell = |(y, member): (usize, &usize)| -> Vec<Cell> {
            let one = |(x, regret): (usize, &Option<Estimate>)| {
                let value = regret.as_ref()?.value * scale;
                let (chosen, near) = (shift.best[x] == *member, shift.near[x][*member]);
                Some(Cell { x, y, value, text: digits(value), chosen, near })
            };
            shift.regrets[*member].iter().enumerate().filter_map(one).collect()
        };
        let cells = shown.iter().enumerate().flat_map(cell).collect();
        let name = |member: usize| match member {
            0 => format!("{} (untuned)", shift.members[0]),
            _ => shift.members[member].clone(),
        };
        // The name of the rule stands in the title.
        let short = |member: &usize| {
            let label =
                shift.members[*member].strip_prefix(&format!("{}[", shift.name)).and_then(|s| s.strip_suffix(']'));
            label.map_or_else(|| if *member == 0 { "untuned".to_owned() } else { name(*member) }, str::to_owned)
        };
        let best: Vec<String> =
            worlds.iter().zip(&shift.best).map(|(world, best)| format!("{} in {}", name(*best), world.name)).collect();
        let part = if shown.len() < shift.members.len() {
            format!("the {MOST} members of {} with the smallest worst regret, and the untuned one", shift.members.len())
        } else {
            format!("all {} members, the smallest worst regret first", shift.members.len())
        };
        Figure {
            id: id("world_shift", "regrets", number),
            title: format!("{}: what each member loses in each world", shift.name),
            summary: format!(
                "Truly best are {}. {} has the smallest worst regret, {} {unit}; the untuned rule has {}.",
                best.join(", "),
                name(order[0]),
                told(shift.worst(order[0]).as_ref(), scale),
                told(shift.worst(0).as_ref(), scale)
            ),
            basis: format!(
                "{}; {part}; chosen: truly best on all paths; near: the 95 % interval of the difference to it holds zero",
                self.basis(unit)
            ),
            x: Axis::names("used in", worlds.iter().map(|world| world.name.clone()).collect()),
            panels: vec![Panel::new(
                Axis::names("member", shown.iter().map(short).collect()),
                vec![Layer::cells(cells, None)],
            )],
            shades: Vec::new(),
        }
    }
}
