//! The card: how often each check raises a false alarm beside its nominal level, and how often it sees a planted edge.

use super::{CHECKS, Card, LEVELS};
use crate::figure::{Axis, Figure, Layer, Panel, Tone};
use crate::stats::estimate::Estimate;
use crate::stats::normal;
use crate::study::pictures::{INTERVALS, across, course, id, mark, tone};
use crate::study::question::told;
use crate::study::trials::Grid;

/// Checks whose power is drawn; the others nearly repeat one of them.
const DRAWN: [&str; 5] = ["psr", "dsr", "p_white_rc", "p_studentised_consistent", "pbo_of_advantages"];

/// The level at which power is drawn.
const AT: f64 = LEVELS[1];

type Check = (&'static str, &'static str, bool);

fn check(field: &str) -> Check {
    CHECKS.iter().find(|check| check.1 == field).copied().unwrap_or(CHECKS[0])
}

/// Both figures of the n-th grid; `years` are those that are judged.
pub(super) fn figures(number: usize, grid: &Grid, cards: &[Card<'_>], years: f64) -> [Figure; 2] {
    [alarms(number, grid, cards), power(number, grid, cards, years)]
}

fn histories(cards: &[Card<'_>]) -> usize {
    cards.first().map_or(0, |card| card.world.records.len() / card.width.max(1))
}

/// False alarms beside the nominal level: a panel for each, a row for each check.
fn alarms(number: usize, grid: &Grid, cards: &[Card<'_>]) -> Figure {
    let nulls: Vec<&Card> = cards.iter().filter(|card| card.world.planted.is_none()).collect();
    let names: Vec<String> = CHECKS.iter().map(|check| check.0.to_owned()).collect();
    let of_level = |level: &f64| -> Panel {
        let layer = |(slot, card): (usize, &&Card<'_>)| {
            let point =
                |(row, check): (usize, &Check)| across(row as f64, card.rejects(*check, *level).as_ref(), 100.0);
            Layer::points(&card.world.name, tone(slot), CHECKS.iter().enumerate().filter_map(point).collect())
        };
        let layers = nulls.iter().enumerate().map(layer).collect();
        let mut panel = Panel::new(Axis::names("", names.clone()), layers);
        panel.guides.push(mark(100.0 * level, format!("nominal {:.0} %", 100.0 * level)));
        panel
    };
    let told_of = |card: &&Card<'_>| {
        let at = |field: &str| told(card.rejects(check(field), AT).as_ref(), 100.0);
        format!(
            "{}: PSR {} %, DSR {} %, Reality Check {} %, SPA {} %",
            card.world.name,
            at("psr"),
            at("dsr"),
            at("p_white_rc"),
            at("p_studentised_consistent")
        )
    };
    let list: Vec<String> = nulls.iter().map(told_of).collect();
    Figure {
        id: id("calibration", "alarms", number),
        title: format!("{}: false alarms where no member has merit", grid.name),
        summary: format!(
            "Of histories without merit so many are rejected at a nominal 5 %: {}. A check that keeps its promise lies on the line, \
             one that is careful to its left.",
            list.join("; ")
        ),
        basis: format!(
            "{} histories of each kind, {} members; unit: % of histories; {INTERVALS}; in the text ± one standard error; \
             panels: nominal levels of 1, 5 and 10 %",
            histories(cards),
            grid.members.len()
        ),
        x: Axis::linear("rejected, % of histories"),
        panels: LEVELS.iter().map(of_level).collect(),
        shades: Vec::new(),
    }
}

/// Rejections at 5 % by the size of the planted edge.
fn power(number: usize, grid: &Grid, cards: &[Card<'_>], years: f64) -> Figure {
    // Edges are planted into placebos: without one they stand at zero.
    let mut worlds: Vec<(f64, &Card)> = cards
        .iter()
        .filter(|card| card.world.planted.is_some() || card.world.name == "placebo")
        .map(|card| (card.world.planted.unwrap_or(0.0), card))
        .collect();
    worlds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let most = worlds.last().map_or(1.0, |(edge, _)| *edge);
    let theory = |edge: f64| -> Option<f64> {
        normal::cdf(edge * years.sqrt() - normal::quantile(1.0 - AT)?).map(|power| 100.0 * power)
    };
    let line = (0..=60).filter_map(|i| {
        let edge = most * f64::from(i) / 60.0;
        Some([edge, theory(edge)?])
    });
    let mut layers = vec![Layer::line("theory, who knew which member", Tone::Quiet, line).dashed()];
    for (slot, field) in DRAWN.iter().enumerate() {
        let check = check(field);
        let numbers: Vec<(f64, Option<Estimate>)> =
            worlds.iter().map(|(edge, card)| (*edge, card.rejects(check, AT))).collect();
        layers.extend(course(check.0, tone(slot), &numbers, 100.0));
    }
    let told_of = |(edge, card): &(f64, &Card<'_>)| {
        let at = |field: &str| told(card.rejects(check(field), AT).as_ref(), 100.0);
        format!("{edge}: PSR {} %, DSR {} %, SPA {} %", at("psr"), at("dsr"), at("p_studentised_consistent"))
    };
    let list: Vec<String> = worlds.iter().filter(|(edge, _)| *edge > 0.0).map(told_of).collect();
    Figure {
        id: id("calibration", "power", number),
        title: format!("{}: how often an edge of one member is seen", grid.name),
        summary: format!(
            "Rejected at 5 %, by the annualised Sharpe ratio that one member was given: {}; a test that knew the member would \
             reject {:.0} % at {most}.",
            list.join("; "),
            theory(most).unwrap_or(0.0)
        ),
        basis: format!(
            "{} histories for each edge, {years:.1} years judged; unit: % of histories rejected at a nominal 5 %; bands: \
             {INTERVALS}; in the text ± one standard error",
            histories(cards)
        ),
        x: Axis::linear("planted Sharpe ratio, a year"),
        panels: vec![Panel::new(Axis::linear("rejected, % of histories"), layers)],
        shades: Vec::new(),
    }
}
