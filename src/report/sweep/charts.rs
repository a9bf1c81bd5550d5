//! The figures of a sweep: lines along one axis, heat maps over two.

use super::measure::{BESIDE, Measure, brief};
use super::words::{flatness, plateau};
use super::{Point, Sweep};
use crate::figure::{Axis, Cell, Figure, Guide, Layer, Panel, Point as Mark, Tone};

/// More values than this are drawn with a band, fewer with error bars.
const BARS: usize = 12;

/// Colours of dynamic rules; the portfolio's own is left out.
const DYNAMIC: [Tone; 4] = [Tone::DYNAMIC, Tone::Series(2), Tone::Series(3), Tone::Series(5)];

/// Rules that have lines: one fixed hedge, and dynamic rules while there are colours.
pub fn drawn(sweep: &Sweep) -> Vec<(String, Tone)> {
    let rules = sweep.rules();
    let fixed = rules.iter().find(|(_, dynamic)| !dynamic).map(|(name, _)| (name.clone(), Tone::STATIC));
    let dynamic = rules.iter().filter(|(_, dynamic)| *dynamic).map(|(name, _)| name.clone()).zip(DYNAMIC);
    fixed.into_iter().chain(dynamic).collect()
}

/// A metric along one axis.
pub fn metric(sweep: &Sweep, name: &str) -> Figure {
    let measure = Measure::Metric(name.to_owned());
    let rules = drawn(sweep);
    let panel = panel(sweep, &measure, &rules);
    let held = |rule: &str| ends(sweep, &measure, rule);
    Figure {
        id: format!("along-{}", name.replace('_', "-")),
        title: format!("{} along {}", measure.title(), sweep.label(0)),
        summary: rules.iter().filter_map(|(rule, _)| held(rule)).collect::<Vec<_>>().join(" "),
        basis: basis(sweep, &panel.y.title),
        x: across(sweep),
        panels: vec![panel],
        shades: Vec::new(),
    }
}

/// Dynamic rules minus fixed hedges of equal money, along one axis.
pub fn beside(sweep: &Sweep) -> Figure {
    let fixed = |name: &str| sweep.rules().iter().any(|(known, dynamic)| known == name && !dynamic);
    let rules: Vec<(String, Tone)> = drawn(sweep).into_iter().filter(|(name, _)| !fixed(name)).collect();
    let panels = BESIDE.map(|name| panel(sweep, &Measure::EqualMoney(name), &rules).with_zero()).to_vec();
    Figure {
        id: "along-equal-money".to_owned(),
        title: format!("Dynamic rules minus fixed hedges of equal money along {}", sweep.label(0)),
        summary: sweep.closing.join(" "),
        basis: basis(sweep, "worst 5 % of years and HER: above zero the rule is better; drawdown: below zero"),
        x: across(sweep),
        panels,
        shades: Vec::new(),
    }
}

/// Where a number starts and ends along the axis, in a sentence.
fn ends(sweep: &Sweep, measure: &Measure, rule: &str) -> Option<String> {
    let (first, last) = (sweep.points.first()?, sweep.points.last()?);
    let (scale, unit) = measure.scale(&sweep.points, &[rule.to_owned()]);
    let (from, to) = (measure.at(first, rule)?, measure.at(last, rule)?);
    let values = &sweep.axes[0].axis.values;
    Some(format!(
        "{rule}: {} {unit} at {}, {} at {}.",
        brief(from, scale),
        values[first.at[0]],
        brief(to, scale),
        values[last.at[0]]
    ))
}

/// The horizontal axis: by value where all values are numbers, else by name.
fn across(sweep: &Sweep) -> Axis {
    let axis = &sweep.axes[0].axis;
    match axis.numbers() {
        None => Axis::names(&axis.key, axis.values.clone()),
        Some(numbers) => {
            let (low, high) =
                numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
            if low > 0.0 && high / low >= 50.0 { Axis::log(&axis.key) } else { Axis::linear(&axis.key) }
        }
    }
}

/// One number of some rules along the axis.
fn panel(sweep: &Sweep, measure: &Measure, rules: &[(String, Tone)]) -> Panel {
    let names: Vec<String> = rules.iter().map(|(name, _)| name.clone()).collect();
    let (scale, unit) = measure.scale(&sweep.points, &names);
    let numbers = sweep.axes[0].axis.numbers();
    let place = |point: &Point| numbers.as_ref().map_or(point.at[0] as f64, |numbers| numbers[point.at[0]]);
    let mut layers = Vec::new();
    for (rule, tone) in rules {
        let mut points: Vec<Mark> = sweep
            .points
            .iter()
            .filter_map(|point| {
                let number = measure.at(point, rule)?;
                let along = number.interval().map(|ends| ends.map(|x| x * scale));
                Some(Mark { x: place(point), y: number.value? * scale, along, ..Mark::default() })
            })
            .collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        if numbers.is_some() {
            layers.push(Layer::line(rule, *tone, points.iter().map(|point| [point.x, point.y])));
            if points.len() > BARS {
                let band = points.iter().filter_map(|point| point.along.map(|[low, high]| [point.x, low, high]));
                layers.insert(0, Layer::band(rule, *tone, band));
                continue;
            }
        }
        layers.push(Layer::points(rule, *tone, points));
    }
    layers.retain(|layer| !layer.is_empty());
    let mut panel = Panel::new(Axis::linear(format!("{}, {unit}", measure.title())), layers);
    if let (Some(numbers), Some(base)) = (&numbers, sweep.axes[0].base) {
        panel.guides.push(Guide { upright: true, at: numbers[base], label: "the scenario".to_owned() });
    }
    panel
}

/// One number of a rule over the first two axes.
pub fn map(sweep: &Sweep, rule: (usize, &str), measure: &Measure) -> Option<Figure> {
    let (number, rule) = rule;
    let points = sweep.slice(2);
    let names = [rule.to_owned()];
    let (scale, unit) = measure.scale(points.iter().copied(), &names);
    let ground = plateau(&points, measure, rule);
    let base = sweep.base_point.map(|base| &sweep.points[base]).filter(|base| points.iter().any(|p| p.at == base.at));
    let chosen = base.or(ground.as_ref().map(|ground| ground.best)).map(|point| &point.at);
    let cells: Vec<Cell> = points
        .iter()
        .filter_map(|point| {
            let found = measure.at(point, rule)?;
            Some(Cell {
                x: point.at[1],
                y: point.at[0],
                value: found.value? * scale,
                text: brief(found, scale),
                chosen: Some(&point.at) == chosen,
                near: ground.as_ref().is_some_and(|ground| ground.near.iter().any(|near| near.at == point.at)),
            })
        })
        .collect();
    let middle = matches!(measure, Measure::EqualMoney(_)).then_some(0.0);
    let layer = Layer::cells(cells, middle);
    if layer.is_empty() {
        return None;
    }
    let [down, across] = [&sweep.axes[0].axis, &sweep.axes[1].axis];
    let framed = if base.is_some() { "the scenario's own point" } else { "the best point" };
    let marked = format!(
        "framed: {framed}; dotted: the interval overlaps that of the best point; each interval is of one point by itself, though all share their draws (`compare` of two runs is paired)"
    );
    let held = sweep.held(2);
    let held = if held.is_empty() { held } else { format!("; at {held}") };
    let kind = if middle.is_some() { "beside" } else { "level" };
    Some(Figure {
        id: format!("map-{number}-{kind}-{}", measure.name().replace('_', "-")),
        title: format!("{rule}: {} over {} and {}", measure.title(), sweep.label(0), sweep.label(1)),
        summary: flatness(sweep, &points, measure, rule).unwrap_or_else(|| measure.title()),
        basis: basis(sweep, &format!("{unit}; {marked}{held}")),
        x: Axis::names(&across.key, across.values.clone()),
        panels: vec![Panel::new(Axis::names(&down.key, down.values.clone()), vec![layer])],
        shades: Vec::new(),
    })
}

fn basis(sweep: &Sweep, unit: &str) -> String {
    format!("n = {} points, {}; {unit}; intervals at 95 %, clustered by path", sweep.points.len(), sweep.size())
}

#[cfg(test)]
mod tests {
    use super::super::sample::sweep;
    use super::*;
    use crate::figure::{Marks, Scale};

    #[test]
    fn one_axis_has_lines_with_errors() {
        let few = metric(&sweep(&["slope=0,1,2"], &["better"; 3]), "total_cost_bp_per_year");
        assert_eq!((few.id.as_str(), few.panels[0].layers.len()), ("along-total-cost-bp-per-year", 4));
        assert_eq!(few.panels[0].y.title, "Money lost, bp a year");
        assert!(few.summary.contains("moving: 10.0 bp a year at 0, 8.0 at 2."), "{}", few.summary);
        assert_eq!(few.panels[0].guides[0].at, 0.0);
        let many = metric(&sweep(&["slope=range(1,200,10)"], &["better"; 20]), "es5_yearly");
        assert!(matches!(many.panels[0].layers[0].marks, Marks::Band(_)));
        assert_eq!(many.x.scale, Scale::Log);
        let words = metric(&sweep(&["kind=a,b"], &["better"; 2]), "es5_yearly");
        assert!(words.x.list().is_some() && words.panels[0].layers.len() == 2);
        assert_eq!(beside(&sweep(&["slope=0,1"], &["worse"; 2])).panels.len(), 3);
    }

    #[test]
    fn two_axes_have_a_map_with_the_chosen_point_and_the_plateau() {
        let sweep = sweep(&["m.a=1,2", "m.b=1,2,3"], &["better"; 6]);
        let map = map(&sweep, (1, "moving"), &Measure::EqualMoney("es5_yearly")).unwrap();
        let Marks::Cells { cells, middle } = &map.panels[0].layers[0].marks else { panic!("no cells") };
        assert_eq!((cells.len(), *middle, map.x.list().map(<[_]>::len)), (6, Some(0.0), Some(3)));
        assert_eq!(cells.iter().filter(|cell| cell.chosen).count(), 1);
        assert!(cells[0].chosen && cells[0].near && cells[1].near && !cells[2].near);
        assert_eq!((map.id.as_str(), cells[0].text.as_str()), ("map-1-beside-es5-yearly", "100"));
        assert!(super::map(&sweep, (0, "static"), &Measure::EqualMoney("es5_yearly")).is_none());
    }
}
