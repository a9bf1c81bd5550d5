//! The figure that the claim is usually told with, from simulation: the multiplier beside the VIX through time, and the
//! multiplier against the VIX.

use super::crashes::{Show, chosen};
use super::words::many;
use super::{Material, section as put};
use crate::engine::{Trace, Twist, trace_all};
use crate::figure::{Axis, Figure, Layer, Panel, Shade, Tone};
use crate::grid::DAYS_PER_YEAR;
use crate::report::book::{Part, Section};
use crate::report::layout::{count, figure as short};
use crate::stats::quantile::quantiles;

/// The section.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let figures: Vec<Part> =
        [through_time(material), curves(material)].into_iter().flatten().map(Part::Figure).collect();
    put("response", "How the rules respond", figures)
}

/// Ledgers of some rules on one path.
pub(super) fn traces(material: &Material<'_>, rules: &[usize], path: u64) -> Vec<Trace> {
    let all = &material.plan.experiment;
    let picked: Vec<_> = rules.iter().map(|rule| all.rules[*rule].clone()).collect();
    let twists = vec![Twist::None; picked.len()];
    let mut traces = trace_all(&all.with_rules(picked, twists), path);
    traces.truncate(rules.len());
    traces
}

fn through_time(material: &Material<'_>) -> Option<Figure> {
    let lead = material.lead?;
    let show = chosen(material).into_iter().find(|show| show.kind == Show::MEDIAN)?;
    let rules = material.pair();
    let traces = traces(material, &rules, show.path);
    let first = traces.first()?;
    let year = |row: usize| (row - first.row[0]) as f64 / DAYS_PER_YEAR;
    let days = |of: &[f64]| first.row.iter().zip(of).map(|(row, x)| [year(*row), *x]).collect::<Vec<_>>();
    let tones = [Tone::STATIC, Tone::DYNAMIC];
    let multipliers =
        rules.iter().zip(&traces).zip(tones).map(|((rule, trace), tone)| {
            Layer::line(material.name(*rule), tone, days(&trace.multiplier)).stepped(false)
        });
    let of_lead = traces.last()?;
    let q = quantiles(&mut of_lead.multiplier.clone(), &[0.05, 0.5, 0.95])?;
    Some(Figure {
        id: "multiplier-and-vix".to_owned(),
        title: format!("Hedge multiplier of {} beside the VIX, path {}", material.name(lead), show.path),
        summary: format!(
            "{} holds {} at the median and {} to {} on nine tenths of days, while the VIX runs from {} to {}; {} shaded.",
            material.name(lead),
            short(q[1]),
            short(q[0]),
            short(q[2]),
            short(first.vix.iter().copied().fold(f64::INFINITY, f64::min)),
            short(first.vix.iter().copied().fold(0.0, f64::max)),
            many(first.windows.len() as u64, "crash is", "crashes are")
        ),
        basis: format!(
            "n = 1 path of {} days, {}; VIX in points, multiplier of the base \
             size; no interval: one path",
            count(first.days() as u64),
            if material.plan.history {
                "real history"
            } else {
                "the one whose deepest crash is the median of the paths with a crash"
            }
        ),
        x: Axis::linear("years from the first evaluated day"),
        panels: vec![
            Panel::new(Axis::linear("VIX, points"), vec![Layer::line("VIX", Tone::Quiet, days(&first.vix))]),
            Panel::new(Axis::linear("multiplier"), multipliers.collect()),
        ],
        shades: first
            .windows
            .iter()
            .map(|window| Shade { from: year(window.peak), to: year(window.trough), label: String::new() })
            .collect(),
    })
}

/// Width of a bucket of the VIX, points.
const BUCKET: f64 = 2.0;

/// Fewest days of a bucket that is drawn.
const FEWEST: usize = 20;

/// Dynamic rules that are drawn at most.
const MOST: usize = 6;

fn curves(material: &Material<'_>) -> Option<Figure> {
    let lead = material.lead?;
    let others = (0..material.plan.experiment.named).filter(|rule| *rule != lead && material.is_dynamic(*rule));
    let rules: Vec<usize> = std::iter::once(lead).chain(others).take(MOST).collect();
    let mut layers = Vec::new();
    let tones = [Tone::DYNAMIC, Tone::Series(2), Tone::Series(3), Tone::Series(5), Tone::Series(0), Tone::Series(4)];
    let mut told = String::new();
    let mut days = 0;
    for (rule, tone) in rules.iter().zip(tones) {
        let buckets = buckets(material, *rule);
        if *rule == lead {
            days = buckets.iter().map(|(_, n, _)| n).sum();
            layers.push(Layer::band(
                format!("{}, nine tenths of days", material.name(lead)),
                tone,
                buckets.iter().map(|(vix, _, q)| [*vix, q[0], q[2]]),
            ));
            let at = |wanted: f64| {
                buckets
                    .iter()
                    .min_by(|a, b| (a.0 - wanted).abs().total_cmp(&(b.0 - wanted).abs()))
                    .map(|b| (b.0, b.2[1]))
            };
            let mut near: Vec<(f64, f64)> = [15.0, 25.0, 40.0]
                .into_iter()
                .filter_map(|vix| at(vix).filter(|found| (found.0 - vix).abs() <= BUCKET))
                .collect();
            near.dedup();
            let spoken: Vec<String> =
                near.into_iter().map(|(vix, held)| format!("{} near a VIX of {}", short(held), short(vix))).collect();
            told = format!("{} holds {} at the median.", material.name(lead), spoken.join(", "));
        }
        let middle = buckets.iter().map(|(vix, _, q)| [*vix, q[1]]);
        let line = Layer::line(material.name(*rule), tone, middle);
        layers.push(if *rule == lead { line } else { line.dashed() });
    }
    Some(Figure {
        id: "response-curve".to_owned(),
        title: "Multiplier against the VIX".to_owned(),
        summary: told,
        basis: format!(
            "n = {} days of {}; the multiplier held (of all legs together) against the VIX of the close before, median of \
             each two points of the VIX; the band holds 90 % of days",
            count(days as u64),
            many(material.samples.len() as u64, "path", "paths, the first ones")
        ),
        x: Axis::linear("VIX at the close before, points"),
        panels: vec![Panel::new(Axis::linear("multiplier"), layers)],
        shades: Vec::new(),
    })
}

/// Middle, days and quantiles of 5, 50 and 95 % of the multiplier in each bucket of the VIX of the close before.
fn buckets(material: &Material<'_>, rule: usize) -> Vec<(f64, usize, [f64; 3])> {
    let mut found: Vec<Vec<f64>> = Vec::new();
    for (sample, multiplier) in material.samples.iter().filter_map(|path| Some((path, path.multipliers.get(rule)?))) {
        for (vix, held) in sample.vix.iter().zip(multiplier.iter().skip(1)) {
            let bucket = (vix / BUCKET) as usize;
            if found.len() <= bucket {
                found.resize(bucket + 1, Vec::new());
            }
            found[bucket].push(*held);
        }
    }
    let middle = |bucket: usize| (bucket as f64 + 0.5) * BUCKET;
    found
        .into_iter()
        .enumerate()
        .filter(|(_, held)| held.len() >= FEWEST)
        .filter_map(|(bucket, mut held)| {
            let n = held.len();
            let q = quantiles(&mut held, &[0.05, 0.5, 0.95])?;
            Some((middle(bucket), n, [q[0], q[1], q[2]]))
        })
        .collect()
}
