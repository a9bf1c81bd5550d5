//! What every protocol gains and regrets by years of history, and how that spreads.

use super::answer::{Found, Outcome};
use super::{IN_SAMPLE, Protocols};
use crate::figure::{Axis, Figure, Layer, Panel, Quantiles, Tone};
use crate::stats::estimate::Estimate;
use crate::study::pictures::{INTERVALS, course, digits, drawn, id, tone};
use crate::study::question::told;
use crate::study::trials::plateau::Shown;
use crate::study::trials::protocol::Protocol;

impl Protocols {
    /// For each grid gain and regret by years, the spread on the longest histories, and the true values of its members.
    pub(super) fn figures(&self, found: &[Found<'_>], histories: usize) -> Vec<Figure> {
        let of_grid = |(number, grid): (usize, &Found<'_>)| {
            let shown = Shown {
                id: id("protocols", "grid", number),
                grid: grid.of,
                names: &grid.names,
                truth: grid.truth,
                picked: &grid.picked,
                how: "in sample".to_owned(),
                objective: self.objective,
                basis: format!("{}, the longest ones", self.basis(histories)),
            };
            [Some(self.by_years(number, grid, histories)), Some(self.spreads(number, grid, histories)), shown.figure()]
        };
        drawn(found.iter().enumerate().flat_map(of_grid).flatten())
    }

    fn basis(&self, histories: usize) -> String {
        let longest = self.years.last().copied().unwrap_or(0);
        format!("{histories} histories of up to {longest} years, truth over {} other paths", self.truth)
    }

    fn by_years(&self, number: usize, grid: &Found<'_>, histories: usize) -> Figure {
        let (scale, unit) = self.objective.shown();
        // One length is no course of time: protocols stand beside each other.
        let alone = self.years.len() < 2;
        let panel = |title: &str, with_untuned: bool, of: &dyn Fn(&Outcome) -> Option<Estimate>| {
            let mut layers = Vec::new();
            for (slot, protocol) in Protocol::ALL.iter().enumerate() {
                let at = |years: usize| if alone { slot as f64 } else { years as f64 };
                let numbers: Vec<(f64, Option<Estimate>)> =
                    self.years.iter().zip(&grid.outcomes).map(|(years, list)| (at(*years), of(&list[slot]))).collect();
                if *protocol != Protocol::Untuned || with_untuned {
                    let name = if alone { "" } else { protocol.name() };
                    layers.extend(course(name, colour(slot, *protocol), &numbers, scale));
                }
            }
            Panel::new(Axis::linear(format!("{title}, {unit}")), layers)
        };
        let names = || Protocol::ALL.iter().map(|protocol| protocol.name().to_owned()).collect();
        let last = grid.outcomes.last();
        let told_of = |(slot, protocol): (usize, &Protocol)| {
            let outcome = last.map(|list| &list[slot]);
            let number = |of: &dyn Fn(&Outcome) -> Option<Estimate>| told(outcome.and_then(of).as_ref(), scale);
            format!("{} gains {} and regrets {}", protocol.name(), number(&|o| o.gain), number(&|o| o.regret))
        };
        let list: Vec<String> = Protocol::ALL.iter().enumerate().skip(1).map(told_of).collect();
        let longest = self.years.last().copied().unwrap_or(0);
        let when = if alone { format!("after {longest} years") } else { "by years of history".to_owned() };
        Figure {
            id: id("protocols", "years", number),
            title: format!("{}: what choosing gains and regrets, {when}", grid.name),
            summary: format!(
                "With {} years of history, {unit}: {}; the untuned rule regrets {}.",
                longest,
                list.join("; "),
                told(last.and_then(|list| list[0].regret).as_ref(), scale)
            ),
            basis: format!(
                "{}; unit: {unit}; {INTERVALS}, errors of the truth included; in the text ± one standard error",
                self.basis(histories)
            ),
            x: if alone { Axis::names("protocol", names()) } else { Axis::log("years of history") },
            panels: vec![
                panel("true gain over the untuned rule", false, &|outcome| outcome.gain).with_zero(),
                panel("regret against the truly best member", true, &|outcome| outcome.regret),
            ],
            shades: Vec::new(),
        }
    }

    fn spreads(&self, number: usize, grid: &Found<'_>, histories: usize) -> Figure {
        let (scale, unit) = self.objective.shown();
        let longest = self.years.last().copied().unwrap_or(0);
        let known = |slot: usize| grid.outcomes.last().and_then(|list| list[slot].range);
        let a_box = |(at, slot): (usize, usize)| {
            known(slot).map(|values| Quantiles { at: at as f64, values: values.map(|value| value * scale) })
        };
        let shown = 1..Protocol::ALL.len();
        let told_of = |slot: usize| {
            known(slot).map(|values| {
                let [low, _, middle, _, high] = values.map(|value| digits(value * scale));
                format!("{} {middle}, from {low} to {high}", Protocol::ALL[slot].name())
            })
        };
        let list: Vec<String> = shown.clone().filter_map(told_of).collect();
        Figure {
            id: id("protocols", "spread", number),
            title: format!("{}: how the gain spreads over histories of {longest} years", grid.name),
            summary: format!(
                "Median true gain over the untuned rule and its middle 90 %, {unit}: {}.",
                list.join("; ")
            ),
            basis: format!(
                "{}; unit: {unit}; boxes: quantiles of 5, 25, 50, 75 and 95 % over histories",
                self.basis(histories)
            ),
            x: Axis::names("protocol", shown.clone().map(|slot| Protocol::ALL[slot].name().to_owned()).collect()),
            panels: vec![
                Panel::new(
                    Axis::linear(format!("true gain over the untuned rule, {unit}")),
                    vec![Layer::boxes("", tone(0), shown.enumerate().filter_map(a_box).collect())],
                )
                .with_zero(),
            ],
            shades: Vec::new(),
        }
    }
}

/// Those who do not choose stand apart from those who do.
fn colour(slot: usize, protocol: Protocol) -> Tone {
    match protocol {
        Protocol::Untuned => Tone::Quiet,
        Protocol::Mix => Tone::Accent,
        _ => tone(slot - IN_SAMPLE),
    }
}
