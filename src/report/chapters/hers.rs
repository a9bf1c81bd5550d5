//! HER by window end, beside the world in which no rule has merit.

use super::words::{across, many};
use super::{Material, section as put};
use crate::figure::{Axis, Figure, Layer, Panel, Point, Tone};
use crate::report::book::{Part, Section};
use crate::report::tables::show;
use crate::study::measure::Metric;

/// Readings by their names in summary.json.
const ENDS: [(&str, &str, Tone); 4] = [
    ("her_pooled", "at the trough", Tone::Series(1)),
    ("her_plus5", "5 days later", Tone::Series(5)),
    ("her_plus21", "21 days later", Tone::Series(0)),
    ("her_recovery", "at the end of the episode", Tone::Series(2)),
];

/// The section.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let names = material.names();
    let axis = Axis::names("", names.clone());
    let findings = material.findings;
    let points = |metric: &str, of: &dyn Fn(usize) -> Option<crate::stats::estimate::Estimate>| -> Vec<Point> {
        let label = |rule: usize| format!("{}, {metric}", names[rule]);
        (0..names.len()).filter_map(|rule| across(of(rule).as_ref(), 1.0, rule as f64, &label(rule))).collect()
    };
    let null_at = |rule: usize, name: &str| {
        let (_, metrics) = findings.null.iter().find(|(known, _)| *known == rule)?;
        metrics.iter().find(|metric: &&Metric| metric.name == name)?.estimate
    };
    let mut layers = vec![
        Layer::points(
            "trough, null world",
            Tone::Quiet,
            points("trough, null world", &|rule| null_at(rule, "her_pooled")),
        ),
        Layer::points(
            "21 days later, null world",
            Tone::PORTFOLIO,
            points("21 days later, null world", &|rule| null_at(rule, "her_plus21")),
        ),
    ];
    layers.extend(ENDS.map(|(metric, name, tone)| {
        Layer::points(name, tone, points(name, &|rule| findings.metric(rule, metric).copied()))
    }));
    layers.retain(|layer| !layer.is_empty());
    let told = |rule: usize| {
        let her = |metric: &str| show(findings.metric(rule, metric), 1.0);
        let null =
            null_at(rule, "her_pooled").map_or_else(String::new, |e| format!(" (null world {})", show(Some(&e), 1.0)));
        format!("{}: {} at the trough{null}, {} 21 days later", names[rule], her("her_pooled"), her("her_plus21"))
    };
    let figure = Figure {
        id: "her".to_owned(),
        title: "HER by where the window ends".to_owned(),
        summary: format!("{}.", material.pair().into_iter().map(told).collect::<Vec<_>>().join("; ")),
        basis: format!(
            "n = {} with {}; share of the portfolio's loss to the trough; {}",
            material.paths(),
            crashes(material),
            material.intervals("bars are 95 %, clustered by path")
        ),
        x: Axis::linear("HER, share of the portfolio's loss paid back"),
        panels: vec![Panel::new(axis, layers).with_zero_upright().on_one_line()],
        shades: Vec::new(),
    };
    let mut text =
        "A window that ends at the trough knows the future of its path: it favours any rule that grows with the VIX."
            .to_owned();
    if !findings.null.is_empty() {
        text.push_str(
            " The null world has the same rules and shocks and no premia; every hedge is a fair bet there and no rule has \
             merit, so what HER a rule shows there is hindsight.",
        );
    }
    put("her", "What is paid back of a crash", vec![Part::Figure(figure), Part::Text(text)])
}

/// Crash windows of all paths: "15,025 crashes".
pub(super) fn crashes(material: &Material<'_>) -> String {
    let windows = material.findings.outcome.path_column(crate::engine::PathColumn::Windows);
    many(windows.iter().sum::<f64>() as u64, "crash", "crashes")
}
