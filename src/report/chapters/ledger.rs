//! Where the P&L of a hedge comes from: the parts of its ledger, one after the other, to what is left.

use super::{Material, section as put};
use crate::figure::{Axis, Bar, Figure, Layer, Panel, Tone};
use crate::report::book::{Part, Section};
use crate::report::layout::{figure, percent};

/// Parts of the P&L by their names in summary.json; trading costs count against it.
const PARTS: [(&str, &str, f64); 10] = [
    ("attribution_delta", "delta", 1.0),
    ("attribution_gamma", "gamma", 1.0),
    ("attribution_vega", "vega", 1.0),
    ("attribution_theta", "theta", 1.0),
    ("attribution_regime", "regime", 1.0),
    ("attribution_financing", "financing", 1.0),
    ("attribution_rest", "rest", 1.0),
    ("upkeep_bp_per_year", "roll and upkeep", -1.0),
    ("spread_bp_per_year", "spread", -1.0),
    ("fee_bp_per_year", "fees", -1.0),
];

/// The section.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let figures: Vec<Part> =
        material.pair().into_iter().filter_map(|rule| waterfall(material, rule)).map(Part::Figure).collect();
    let text = "Delta, gamma, vega and theta are at frozen variance and regime; regime is the same contract repriced in the new \
                one; the rest is cross terms, jumps and premia that respond; roll and upkeep is the half-spread paid for holding: for keeping a \
                maturity, hedging a delta, selling what has not expired. A roll by itself is no P&L.";
    put("ledger", "Where the money goes", figures.into_iter().chain([Part::Text(text.to_owned())]).collect())
}

fn waterfall(material: &Material<'_>, rule: usize) -> Option<Figure> {
    let known = |metric: &str| material.findings.metric(rule, metric).map(|e| e.value);
    // What holding costs (rolling, keeping a maturity) stands apart from what trading costs.
    let value = |metric: &str| match metric {
        "spread_bp_per_year" => Some(known(metric)? - known("upkeep_bp_per_year").unwrap_or(0.0)),
        _ => known(metric),
    };
    let net = -value("total_cost_bp_per_year")?;
    let (mut gains, mut losses, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let mut sum = 0.0;
    for (metric, name, sign) in PARTS {
        let Some(step) = value(metric).map(|x| x * sign) else { continue };
        let bar = Bar { at: names.len() as f64, from: sum, to: sum + step, interval: None };
        if step >= 0.0 {
            gains.push(bar)
        } else {
            losses.push(bar)
        }
        sum += step;
        names.push(name.to_owned());
    }
    let interval =
        material.findings.metric(rule, "total_cost_bp_per_year").and_then(|e| Some([-e.ci_high?, -e.ci_low?]));
    let total = vec![Bar { at: names.len() as f64, from: 0.0, to: net, interval }];
    names.push("net".to_owned());
    let gap = sum - net;
    let largest = PARTS[..6].iter().filter_map(|(metric, ..)| value(metric)).map(f64::abs).fold(0.0, f64::max);
    let rest = value("attribution_rest")
        .map_or(0.0, |rest| if largest > 0.0 { (1e3 * rest.abs() / largest).round() / 1e3 } else { 0.0 });
    let told: Vec<String> = PARTS
        .iter()
        .filter_map(|(metric, name, sign)| Some((name, value(metric)? * sign)))
        .filter(|(_, x)| *x != 0.0)
        .map(|(name, x)| format!("{name} {}", figure(x)))
        .collect();
    Some(Figure {
        id: format!("ledger-{}", if rule == material.benchmark { "benchmark" } else { "lead" }),
        title: format!("Ledger of {}", material.name(rule)),
        summary: format!(
            "{}: together {} bp a year net. Sum check: the parts add up to {}, {gap:.1e} apart; the rest, which no greek explains, \
             is {} of the largest part.",
            told.join(", "),
            figure(net),
            figure(sum),
            percent(rest)
        ),
        basis: format!(
            "n = {}; bp of capital a year; {}",
            material.paths(),
            material.intervals("means over paths, the bar on net is its 95 % interval")
        ),
        x: Axis::names("", names),
        panels: vec![
            Panel::new(
                Axis::linear("hedge P&L, bp of capital a year"),
                vec![
                    Layer::bars("adds", Tone::Gain, gains),
                    Layer::bars("takes", Tone::Loss, losses),
                    Layer::bars("net", Tone::Accent, total),
                ],
            )
            .with_zero(),
        ],
        shades: Vec::new(),
    })
}
