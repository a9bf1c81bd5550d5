//! Walk-forwards and splits: what choices are worth in sample and out of sample, and which members are chosen.

use crate::figure::{Axis, Bar, Cell, Figure, Layer, Panel, Tone};
use crate::stats::estimate::Estimate;
use crate::study::pictures::{INTERVALS, bar, drawn, id, upright};
use crate::study::question::told;
use crate::study::trials::Grid;
use crate::study::trials::plateau::Layout;
use crate::study::walk_forward::{Choice, WalkForward};

/// Most members whose shares are drawn.
const MOST: usize = 600;

/// Values of a choice, by name: what they are called and their colour.
const VALUES: [(&str, &str, Tone); 4] = [
    ("in_sample", "choice, in sample", Tone::Accent),
    ("untuned_in_sample", "untuned, in sample", Tone::Quiet),
    ("out_of_sample", "choice, out of sample", Tone::Series(0)),
    ("untuned_out_of_sample", "untuned, out of sample", Tone::Series(2)),
];

/// For each study its values, and for each rule of it what is chosen.
pub fn figures(choices: &[(WalkForward, Vec<Choice>)]) -> Vec<Figure> {
    let of_study = |(study, list): &(WalkForward, Vec<Choice>)| -> Vec<Figure> {
        let shares = list.iter().zip(&study.grids).enumerate();
        let shares = shares.filter_map(|(number, (choice, grid))| chosen(study, number, choice, grid));
        std::iter::once(values(study, list)).chain(shares).collect()
    };
    drawn(choices.iter().flat_map(of_study))
}

/// Paths, folds and what an interval is.
fn basis(study: &WalkForward, list: &[Choice], unit: &str) -> String {
    let paths = list.iter().flat_map(|choice| &choice.numbers).flatten().map(|number| number.n).max().unwrap_or(0);
    let folds = study.splits.len();
    let doubt = if paths > 1 {
        format!("{INTERVALS} over paths; in the text ± one standard error")
    } else {
        "no interval: one history".to_owned()
    };
    let many = |n: u64, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    format!("{}, {} of each; unit: {unit}; {doubt}", many(paths, "path"), many(folds as u64, "fold"))
}

fn values(study: &WalkForward, list: &[Choice]) -> Figure {
    let (scale, unit) = study.objective.shown();
    let layer = |(number, name, tone): &(&str, &str, Tone)| {
        let point = |(at, choice): (usize, &Choice)| upright(at as f64, choice.number(number), scale);
        Layer::points(*name, *tone, list.iter().enumerate().filter_map(point).collect())
    };
    let bars = |of: &dyn Fn(&Choice) -> Option<Estimate>| -> Vec<Bar> {
        list.iter().enumerate().filter_map(|(at, choice)| bar(at as f64, of(choice).as_ref(), scale)).collect()
    };
    let told_of = |choice: &Choice| {
        let number = |name: &str| told(choice.number(name), scale);
        format!(
            "{}: {} in sample, {} out of sample (untuned {} and {}), optimism {}, gain of tuning {}",
            choice.rule,
            number("in_sample"),
            number("out_of_sample"),
            number("untuned_in_sample"),
            number("untuned_out_of_sample"),
            told(choice.optimism.as_ref(), scale),
            told(choice.gain_of_tuning.as_ref(), scale)
        )
    };
    let words = study.name.replace('_', " ");
    Figure {
        id: id(study.name, "values", 0),
        title: format!("{words}: choices in sample and out of sample"),
        summary: format!(
            "{}, {unit}. {}.",
            study.objective.name(),
            list.iter().map(told_of).collect::<Vec<_>>().join("; ")
        ),
        basis: format!(
            "{}; optimism: advantage over the untuned rule in sample less that out of sample",
            basis(study, list, &format!("{unit}, more is better"))
        ),
        x: Axis::names("tuned rule", list.iter().map(|choice| choice.rule.clone()).collect()),
        panels: vec![
            Panel::new(Axis::linear(format!("{}, {unit}", study.objective.name())), VALUES.iter().map(layer).collect())
                .of_height(1.6),
            Panel::new(
                Axis::linear(format!("optimism, {unit}")),
                vec![Layer::bars("optimism", Tone::Loss, bars(&|choice| choice.optimism))],
            )
            .with_zero()
            .of_height(0.8),
            Panel::new(
                Axis::linear(format!("gain of tuning, {unit}")),
                vec![Layer::bars("gain of tuning", Tone::Gain, bars(&|choice| choice.gain_of_tuning))],
            )
            .with_zero()
            .of_height(0.8),
        ],
        shades: Vec::new(),
    }
}

/// How often each member of a grid is chosen.
fn chosen(study: &WalkForward, number: usize, choice: &Choice, grid: &Grid) -> Option<Figure> {
    let layout = Layout::of(grid).filter(|layout| layout.places.len() <= MOST)?;
    let shares: Vec<f64> = choice.chosen.iter().map(|share| 100.0 * share).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
    let most = *order.first()?;
    let cell =
        |member: usize, cell: Cell| Cell { text: format!("{:.0} %", shares[member]), chosen: member == most, ..cell };
    let first: Vec<String> =
        order.iter().take(3).map(|member| format!("{} {:.0} %", choice.members[*member], shares[*member])).collect();
    Some(Figure {
        id: id(study.name, "chosen", number),
        title: format!("{}: how often each member of its grid is chosen", choice.rule),
        summary: format!(
            "Of {} members chosen most, in % of all folds and paths: {}; the untuned one {:.0} %.",
            shares.len(),
            first.join(", "),
            shares[0]
        ),
        basis: format!("{}; framed: chosen most", basis(study, std::slice::from_ref(choice), "% of folds and paths")),
        x: layout.across.clone(),
        panels: vec![layout.panel("chosen, % of folds and paths", &shares, cell, None)],
        shades: Vec::new(),
    })
}
