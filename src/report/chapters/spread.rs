//! How money lost, HER and the Sharpe ratio spread over paths, by rule, by regime and by the speed of a crash.

use super::words::across;
use super::{Material, section as put};
use crate::engine::PathColumn;
use crate::figure::{Axis, Figure, Layer, Panel, Point, Quantiles, Tone};
use crate::grid::DAYS_PER_YEAR;
use crate::metrics::tally::Column;
use crate::report::book::{Part, Section};
use crate::report::layout::figure;
use crate::stats::quantile::quantiles;
use crate::study::measure::Rows;

/// A number of every path, as [`Of::values`] reads it.
struct Of {
    id: &'static str,
    title: &'static str,
    axis: &'static str,
    values: fn(&Rows<'_>) -> Vec<f64>,
}

/// What is spread out.
const SPREADS: [Of; 3] = [
    Of { id: "cost", title: "Money lost", axis: "money lost, bp of capital a year", values: cost },
    Of { id: "her-by-path", title: "HER at the trough", axis: "HER of a path at the trough", values: her },
    Of { id: "sharpe", title: "Sharpe ratio of portfolio and hedge", axis: "Sharpe ratio of a path", values: sharpe },
];

fn cost(rows: &Rows<'_>) -> Vec<f64> {
    rows.net().iter().map(|net| -net * 1e4 / rows.years()).collect()
}

/// NaN on paths without a loss in a crash.
fn her(rows: &Rows<'_>) -> Vec<f64> {
    let loss = rows.outcome.path_column(PathColumn::Loss);
    let ratio = |(gain, loss): (&f64, &f64)| if *loss > 0.0 { gain / loss } else { f64::NAN };
    rows.column(Column::GainTrough).iter().zip(loss).map(ratio).collect()
}

fn sharpe(rows: &Rows<'_>) -> Vec<f64> {
    let days = rows.days as f64;
    let of = |(sum, squares): (&f64, &f64)| {
        let mean = sum / days;
        mean / ((squares - days * mean * mean) / (days - 1.0)).sqrt() * DAYS_PER_YEAR.sqrt()
    };
    rows.column(Column::Returns).iter().zip(rows.column(Column::Squares)).map(of).collect()
}

/// Fewer paths than this have no distribution worth drawing.
const FEWEST: usize = 20;

/// The section.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let mut figures = Vec::new();
    if material.findings.outcome.paths >= FEWEST && material.findings.outcome.weights.is_empty() {
        for of in &SPREADS {
            figures.extend(overlaid(material, of));
            figures.push(boxes(material, of));
        }
    }
    figures.extend([by_regime(material), by_speed(material)].into_iter().flatten());
    put("distributions", "Distributions over paths", figures.into_iter().map(Part::Figure).collect())
}

fn rows<'a>(material: &Material<'a>, rule: usize) -> Rows<'a> {
    Rows { outcome: &material.findings.outcome, rule, days: material.plan.experiment.grid.days() }
}

/// Bars of a histogram.
const BINS: usize = 48;

/// The benchmark and the lead overlaid, and their difference path by path.
fn overlaid(material: &Material<'_>, of: &Of) -> Vec<Figure> {
    let Some(lead) = material.lead else { return Vec::new() };
    let names = [material.benchmark, lead].map(|rule| material.name(rule));
    let values = [material.benchmark, lead].map(|rule| (of.values)(&rows(material, rule)));
    let apart: Vec<f64> = values[0].iter().zip(&values[1]).map(|(fixed, dynamic)| dynamic - fixed).collect();
    let minus = format!("{} minus {}", names[1], names[0]);
    let [fixed, dynamic] = &values;
    let both = [(names[0], Tone::STATIC, &fixed[..]), (names[1], Tone::DYNAMIC, &dynamic[..])];
    let difference = [(&minus[..], Tone::Accent, &apart[..])];
    [
        histogram(material, of, "histogram", format!("{}: {} beside {}", of.title, names[0], names[1]), &both),
        histogram(material, of, "difference", format!("{}: {minus}, path by path", of.title), &difference),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Histograms on common axes; none where all values are alike.
fn histogram(
    material: &Material<'_>,
    of: &Of,
    id: &str,
    title: String,
    series: &[(&str, Tone, &[f64])],
) -> Option<Figure> {
    let all: Vec<f64> = series.iter().flat_map(|(.., values)| finite(values)).collect();
    let range = inner(&all)?;
    let layers =
        series.iter().map(|(name, tone, values)| Layer::line(*name, *tone, shares(values, range)).stepped(true));
    let told = series.iter().filter_map(|(name, _, values)| {
        let q = quantiles(&mut finite(values), &[0.05, 0.5, 0.95])?.into_iter().map(figure).collect::<Vec<_>>();
        Some(format!("{name}: median {}, {} to {} on the middle nine tenths of paths", q[1], q[0], q[2]))
    });
    Some(Figure {
        id: format!("{}-{id}", of.id),
        title,
        summary: format!("{}.", told.collect::<Vec<_>>().join("; ")),
        basis: format!(
            "n = {}{}; {}; the share of paths in each bar, the outermost 0.4 % of values are not drawn; no interval: the spread \
             itself",
            material.paths(),
            defined(series[0].2),
            of.axis
        ),
        x: Axis::linear(of.axis),
        panels: vec![Panel::new(Axis::linear("paths, %"), layers.collect()).with_zero_upright()],
        shades: Vec::new(),
    })
}

/// How many paths have a value, where not all do.
fn defined(values: &[f64]) -> String {
    let known = values.iter().filter(|x| x.is_finite()).count();
    if known == values.len() {
        String::new()
    } else {
        format!(", {} of them with a crash", crate::report::layout::count(known as u64))
    }
}

fn finite(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|x| x.is_finite()).collect()
}

/// All values but the outermost 0.2 % on either side; none where they are all alike.
fn inner(values: &[f64]) -> Option<[f64; 2]> {
    let q = quantiles(&mut values.to_vec(), &[0.002, 0.998])?;
    (q[1] > q[0]).then(|| [q[0], q[1]])
}

/// Share of the values in each bar, in percent, as a line in steps.
fn shares(values: &[f64], [low, high]: [f64; 2]) -> Vec<[f64; 2]> {
    let width = (high - low) / BINS as f64;
    let mut counts = [0usize; BINS];
    let known = finite(values);
    for x in &known {
        let bar = (x - low) / width;
        if (0.0..BINS as f64).contains(&bar) {
            counts[bar as usize] += 1;
        }
    }
    let share = |count: usize| 100.0 * count as f64 / known.len().max(1) as f64;
    let mut points: Vec<[f64; 2]> =
        counts.iter().enumerate().map(|(bar, count)| [low + width * bar as f64, share(*count)]).collect();
    points.push([high, 0.0]);
    points
}

/// Boxes of all rules, and below those of their differences to the benchmark.
fn boxes(material: &Material<'_>, of: &Of) -> Figure {
    let names = material.names();
    let axis = Axis::names("", names.clone());
    let base = (of.values)(&rows(material, material.benchmark));
    let five = |values: &[f64], at: f64| -> Option<Quantiles> {
        let q = quantiles(&mut finite(values), &[0.05, 0.25, 0.5, 0.75, 0.95])?;
        Some(Quantiles { at, values: [q[0], q[1], q[2], q[3], q[4]] })
    };
    let (mut fixed, mut dynamic, mut apart) = (Vec::new(), Vec::new(), Vec::new());
    for rule in 0..names.len() {
        let values = (of.values)(&rows(material, rule));
        let list = if material.is_dynamic(rule) { &mut dynamic } else { &mut fixed };
        list.extend(five(&values, rule as f64));
        let minus: Vec<f64> = values.iter().zip(&base).map(|(x, base)| x - base).collect();
        apart.extend(five(&minus, rule as f64).filter(|_| rule != material.benchmark));
    }
    let highest = |list: &[Quantiles]| {
        let all = list.iter().max_by(|a, b| a.values[2].total_cmp(&b.values[2]));
        all.map(|one| (one.at, one.values[2]))
    };
    let all: Vec<Quantiles> = fixed.iter().chain(&dynamic).copied().collect();
    let summary = highest(&all).map_or_else(String::new, |(at, median)| {
        format!(
            "Highest median: {} with {}; {} has {}.",
            names[at as usize],
            figure(median),
            material.name(material.benchmark),
            quantiles(&mut finite(&base), &[0.5]).map_or("-".to_owned(), |q| figure(q[0]))
        )
    });
    let list = axis.list().unwrap_or_default().to_vec();
    let level = Panel::new(
        axis,
        vec![Layer::boxes("fixed", Tone::STATIC, fixed), Layer::boxes("dynamic", Tone::DYNAMIC, dynamic)],
    );
    let mut panels = vec![level];
    panels.push(Panel::new(
        Axis::names("", list),
        vec![Layer::boxes(format!("minus {}, path by path", material.name(material.benchmark)), Tone::Quiet, apart)],
    ));
    panels.retain(|panel| panel.layers.iter().any(|layer| !layer.is_empty()));
    panels.iter_mut().for_each(|panel| panel.layers.retain(|layer| !layer.is_empty()));
    Figure {
        id: format!("{}-by-rule", of.id),
        title: format!("{} of every rule, and its difference to {}", of.title, material.name(material.benchmark)),
        summary,
        basis: format!(
            "n = {}{}; {}; boxes from 25 to 75 %, whiskers from 5 to 95 % of paths",
            material.paths(),
            defined(&base),
            of.axis
        ),
        x: Axis::linear(of.axis),
        panels,
        shades: Vec::new(),
    }
}

/// Tones of regimes and speeds, from quiet to loud.
const TONES: [Tone; 6] =
    [Tone::Series(2), Tone::Series(5), Tone::Series(1), Tone::Series(3), Tone::Series(0), Tone::Series(4)];

/// What a day of each regime costs.
fn by_regime(material: &Material<'_>) -> Option<Figure> {
    let names = material.names();
    let axis = Axis::names("", names.clone());
    let regimes = &material.plan.experiment.market.facts().regimes;
    if regimes.len() < 2 {
        return None;
    }
    let layers = regimes.iter().enumerate().map(|(k, regime)| {
        let points: Vec<Point> = (0..names.len())
            .filter_map(|rule| {
                let stay = material.findings.reviews[rule].regimes.get(k)?;
                let cost = stay.metrics.iter().find(|metric| metric.name == "cost")?.estimate;
                across(cost.as_ref(), 1.0, rule as f64, &format!("{}, {regime}", names[rule]))
            })
            .collect();
        Layer::points(regime, TONES[k % TONES.len()], points)
    });
    Some(Figure {
        id: "cost-by-regime".to_owned(),
        title: "Money lost by regime".to_owned(),
        summary: format!("Money lost a year spent in each of {} regimes, by rule; negative is earned.", regimes.len()),
        basis: format!(
            "n = {}; bp of capital a year in the regime; {}",
            material.paths(),
            material.intervals("bars are 95 %, ratio of sums clustered by path")
        ),
        x: Axis::linear("money lost, bp of capital a year in the regime"),
        panels: vec![Panel::new(axis, layers.collect()).with_zero_upright().on_one_line()],
        shades: Vec::new(),
    })
}

/// HER by the speed of the crash.
fn by_speed(material: &Material<'_>) -> Option<Figure> {
    let names = material.names();
    let axis = Axis::names("", names.clone());
    let speeds =
        [("her_flash", "flash, to 5 days"), ("her_fast", "fast, 6 to 21 days"), ("her_grind", "grind, longer")];
    let layers: Vec<Layer> = speeds
        .iter()
        .enumerate()
        .map(|(k, (metric, speed))| {
            let points = (0..names.len()).filter_map(|rule| {
                across(material.findings.metric(rule, metric), 1.0, rule as f64, &format!("{}, {speed}", names[rule]))
            });
            Layer::points(*speed, TONES[2 - k], points.collect())
        })
        .filter(|layer| !layer.is_empty())
        .collect();
    let told = |rule: usize| {
        let her = |metric: &str| crate::report::tables::show(material.findings.metric(rule, metric), 1.0);
        format!("{}: {} flash, {} fast, {} grind", names[rule], her("her_flash"), her("her_fast"), her("her_grind"))
    };
    (!layers.is_empty()).then(|| Figure {
        id: "her-by-speed".to_owned(),
        title: "HER by the speed of the crash".to_owned(),
        summary: format!("{}.", material.pair().into_iter().map(told).collect::<Vec<_>>().join("; ")),
        basis: format!(
            "n = {} with {}; share of the portfolio's loss, at the trough; {}",
            material.paths(),
            super::hers::crashes(material),
            material.intervals("bars are 95 %, clustered by path")
        ),
        x: Axis::linear("HER at the trough"),
        panels: vec![Panel::new(axis, layers).with_zero_upright().on_one_line()],
        shades: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_has_all_inner_values_once() {
        let values: Vec<f64> = (0..1000).map(|i| i as f64 / 1000.0).chain([f64::NAN]).collect();
        let range = inner(&finite(&values)).unwrap();
        let points = shares(&values, range);
        assert_eq!(points.len(), BINS + 1);
        let total: f64 = points.iter().map(|p| p[1]).sum();
        assert!((total - 99.6).abs() < 0.3, "{total}");
        assert_eq!(inner(&[1.0, 1.0]), None);
        assert_eq!(defined(&[1.0, f64::NAN]), ", 1 of them with a crash");
    }
}
