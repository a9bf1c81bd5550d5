//! The worst, the median and the quickest crash, day by day: portfolio, hedge and what is left.

use super::response::traces;
use super::words::many;
use super::{Material, section as put};
use crate::engine::{PathColumn, Trace};
use crate::figure::{Axis, Figure, Layer, Marks, Panel, Shade, Tone};
use crate::report::book::{Part, Section};
use crate::report::layout::figure as short;

/// A crash that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Show {
    /// Which one it is.
    pub kind: &'static str,
    /// Its path.
    pub path: u64,
    /// Row of its peak.
    pub peak: usize,
    /// Row of its trough.
    pub trough: usize,
    /// Depth, a positive decimal.
    pub depth: f64,
}

impl Show {
    /// Deepest of all.
    pub const WORST: &'static str = "worst";
    /// The median of every path's deepest.
    pub const MEDIAN: &'static str = "median";
    /// From peak to trough in the fewest days.
    pub const QUICKEST: &'static str = "quickest";
}

/// The crashes that are shown, as far as there are any.
pub(super) fn chosen(material: &Material<'_>) -> Vec<Show> {
    if material.sealed {
        return Vec::new();
    }
    let outcome = &material.findings.outcome;
    let column = |of: PathColumn| outcome.path_column(of);
    let show = |kind, at: usize, [depth, peak, trough]: [PathColumn; 3]| Show {
        kind,
        path: outcome.number(at),
        peak: column(peak)[at] as usize,
        trough: column(trough)[at] as usize,
        depth: column(depth)[at],
    };
    const DEEPEST: [PathColumn; 3] = [PathColumn::Deepest, PathColumn::DeepestPeak, PathColumn::DeepestTrough];
    const QUICKEST: [PathColumn; 3] = [PathColumn::Quickest, PathColumn::QuickestPeak, PathColumn::QuickestTrough];
    let depth = column(PathColumn::Deepest);
    let mut paths: Vec<usize> = (0..outcome.paths).filter(|path| depth[*path] > 0.0).collect();
    // Equal depths keep the order of the paths.
    paths.sort_by(|a, b| depth[*b].total_cmp(&depth[*a]));
    let (Some(worst), Some(median)) = (paths.first(), paths.get(paths.len() / 2)) else { return Vec::new() };
    let quick = |path: usize| {
        let days = column(PathColumn::QuickestTrough)[path] - column(PathColumn::QuickestPeak)[path];
        (days, -column(PathColumn::Quickest)[path], path)
    };
    let order = |a: &(f64, f64, usize), b: &(f64, f64, usize)| {
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
    };
    let quickest = paths.iter().map(|path| quick(*path)).min_by(order);
    [
        Some(show(Show::WORST, *worst, DEEPEST)),
        Some(show(Show::MEDIAN, *median, DEEPEST)),
        quickest.map(|(.., path)| show(Show::QUICKEST, path, QUICKEST)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Days shown before the peak and after the trough.
const BEFORE: usize = 10;
const AFTER: usize = 42;

/// The section.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let mut shows = chosen(material);
    // One real path, or few crashes: the same one is shown once.
    let all = shows.clone();
    let mut at = 0..all.len();
    shows.retain(|show| {
        let before = &all[..at.next().unwrap_or(0)];
        !before.iter().any(|known| (known.path, known.peak) == (show.path, show.peak))
    });
    let figures: Vec<Part> = shows.iter().filter_map(|show| figure(material, show)).map(Part::Figure).collect();
    let example = shows.first().map(|show| {
        let rule = material.lead.map_or("NAME", |rule| material.name(rule));
        let command = format!("hedgelab path RUN --path {} --rule {}", show.path, crate::report::layout::quoted(rule));
        Part::Code { title: "Any path, day by day".to_owned(), text: command, folded: false }
    });
    put("crashes", "Crashes, day by day", figures.into_iter().chain(example).collect())
}

fn figure(material: &Material<'_>, show: &Show) -> Option<Figure> {
    let rules = material.pair();
    let traces = traces(material, &rules, show.path);
    let first = traces.first()?;
    let start = *first.row.first()?;
    let capital = material.plan.experiment.portfolio.capital();
    let from = show.peak.saturating_sub(BEFORE).max(start) - start;
    let to = (show.trough + AFTER - start).min(first.days() - 1);
    let day = |day: usize| (day + start) as f64 - show.peak as f64;
    let peak = show.peak - start;
    let sum = |value: &dyn Fn(usize) -> f64| -> Vec<[f64; 2]> {
        let base: f64 = (from..=peak).map(value).sum();
        let running = (from..=to).scan(-base, |sum, i| {
            *sum += value(i);
            Some([day(i), *sum])
        });
        running.collect()
    };
    // Compounded daily returns, 0 at the peak.
    let index = |value: &dyn Fn(usize) -> f64| -> Vec<[f64; 2]> {
        let logs = sum(&|i| libm::log1p(value(i)));
        logs.into_iter().map(|[day, log]| [day, 100.0 * libm::expm1(log)]).collect()
    };
    let tones = [Tone::STATIC, Tone::DYNAMIC];
    let named =
        || rules.iter().zip(&traces).zip(tones).map(|((rule, trace), tone)| (material.name(*rule), trace, tone));
    let share = |x: f64| x / capital;
    let bare = |i: usize| share(first.equity_pnl[i]);
    let mut worth = vec![Layer::line("portfolio alone", Tone::PORTFOLIO, index(&bare))];
    worth.extend(named().map(|(name, trace, tone)| {
        Layer::line(format!("with {name}"), tone, index(&|i| share(first.equity_pnl[i] + trace.net(i))))
    }));
    let hedge = |trace: &Trace, i: usize| 100.0 * share(trace.net(i));
    let hedges: Vec<Layer> = named()
        .map(|(name, trace, tone)| Layer::line(format!("with {name}"), tone, sum(&|i| hedge(trace, i))))
        .collect();
    let line = |of: &[f64]| (from..=to).map(|i| [day(i), of[i]]).collect::<Vec<_>>();
    let multipliers = named()
        .map(|(name, trace, tone)| Layer::line(format!("with {name}"), tone, line(&trace.multiplier)).stepped(false));
    let at_trough = |layer: &Layer| match &layer.marks {
        Marks::Line { points, .. } => points.get(show.trough - start - from).map_or(f64::NAN, |point| point[1]),
        _ => f64::NAN,
    };
    let told: Vec<String> = worth.iter().map(|layer| format!("{} {} %", layer.name, short(at_trough(layer)))).collect();
    let earned: Vec<String> = named()
        .zip(&hedges)
        .map(|((name, ..), layer)| format!("{name} {} % of capital", short(at_trough(layer))))
        .collect();
    let days = show.trough - show.peak;
    Some(Figure {
        id: format!("crash-{}", show.kind),
        title: format!(
            "The {} crash: path {}, {} in {}",
            show.kind,
            show.path,
            crate::report::layout::percent((1e3 * show.depth).round() / 1e3),
            many(days as u64, "day", "days")
        ),
        summary: format!("From the peak to the trough: {}; the hedges earn {}.", told.join(", "), earned.join(", ")),
        basis: format!(
            "n = 1 path; the portfolio compounded from its peak, in percent; hedges as sums of daily P&L net of cost, in percent of capital; no interval: one path. The {} of {}",
            match show.kind {
                Show::WORST => "deepest",
                Show::MEDIAN => "median of the deepest crashes of all paths with one, among",
                _ => "quickest",
            },
            material.paths()
        ),
        x: Axis::linear("days from the peak"),
        panels: vec![
            Panel::new(Axis::linear("from the peak, %"), worth).with_zero().of_height(1.5),
            Panel::new(Axis::linear("hedge P&L, % of capital"), hedges).with_zero(),
            Panel::new(Axis::linear("multiplier"), multipliers.collect()).of_height(0.7),
            Panel::new(Axis::linear("VIX, points"), vec![Layer::line("VIX", Tone::Quiet, line(&first.vix))])
                .of_height(0.7),
        ],
        shades: vec![Shade { from: 0.0, to: days as f64, label: "crash".to_owned() }],
    })
}
