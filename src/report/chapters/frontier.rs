//! Protection against money lost: every rule with its region of error, and the fixed hedge at every size.

use super::{Material, section as put};
use crate::figure::{Axis, Figure, Layer, Panel, Point, Tone};
use crate::report::book::{Part, Section};
use crate::report::tables::show;
use crate::stats::estimate::Estimate;
use crate::study::comparison::Twin;
use crate::study::frontier::{Avoided, Kind, Place};
use crate::study::pictures::interval;

/// Root of the 95 % quantile of chi-squared with two degrees of freedom: the reach of a region of two errors.
const REACH: f64 = 2.447_746_830_680_816;

/// Corners of a region.
const CORNERS: usize = 32;

/// The section.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let places = &material.findings.places;
    if places.is_empty() {
        return None;
    }
    let panel = |title: &str, of: fn(&Place) -> &Avoided| {
        Panel::new(Axis::linear(title), layers(material, places, of)).with_zero().of_height(1.2)
    };
    let figure = Figure {
        id: "protection".to_owned(),
        title: "Protection against money lost".to_owned(),
        summary: summary(material),
        basis: format!(
            "n = {}; money lost in bp of capital a year, protection in points; {}; curves join the sizes that were walked, without \
             interval",
            material.paths(),
            material.intervals("regions and bars are 95 %, paired by path")
        ),
        x: Axis::linear("money lost, bp of capital a year"),
        panels: vec![
            panel("worst 5 % of years: loss avoided, points", |place| &place.shortfall),
            panel("maximum drawdown avoided, points", |place| &place.drawdown),
        ],
        shades: Vec::new(),
    };
    let text = "Further up protects more, further left costs less. A fixed hedge can be held in any size, so it is a curve and \
                not a point: a dynamic rule has merit only as far as it stands above the curve of its own hedge. Less equity \
                in place of any hedge is a curve as well. The dashed line is the outer edge of all hedges: none, and no mix of two, lies above it.";
    put("protection", "What the money buys", vec![Part::Figure(figure), Part::Text(text.to_owned())])
}

fn layers(material: &Material<'_>, places: &[Place], of: fn(&Place) -> &Avoided) -> Vec<Layer> {
    let at = |place: &Place| [place.cost.value, 100.0 * of(place).estimate.value];
    let mut list = Vec::new();
    let mut hedges: Vec<usize> = places
        .iter()
        .filter_map(|place| match place.kind {
            Kind::Fixed { of, .. } => Some(of),
            _ => None,
        })
        .collect();
    hedges.sort_unstable();
    hedges.dedup();
    for (n, hedge) in hedges.iter().enumerate() {
        let points = places.iter().filter_map(|place| match place.kind {
            Kind::Fixed { of, size } if of == *hedge => Some((size, at(place))),
            Kind::Static if holds_the_same(material, place, *hedge) => Some((1.0, at(place))),
            _ => None,
        });
        let names = hedge_names(material, *hedge);
        let tone = if n == 0 { Tone::STATIC } else { Tone::Series([2, 3, 5][(n - 1) % 3]) };
        list.push(Layer::line(format!("fixed {names}, by size"), tone, curve(points)));
    }
    let less = places.iter().filter_map(|place| match place.kind {
        Kind::HoldLess(share) => Some((share, at(place))),
        _ => None,
    });
    // Less equity reaches as far as the portfolio itself: it is drawn as far as hedges go.
    let hedges = places.iter().filter(|place| !matches!(place.kind, Kind::HoldLess(_)));
    let highest = hedges.clone().map(|place| at(place)[1]).fold(0.0, f64::max);
    list.push(Layer::line("less equity", Tone::PORTFOLIO, up_to(1.25 * highest, curve(less))));
    list.push(Layer::line("outer edge of the hedges", Tone::Quiet, edge(hedges.map(at))).dashed());
    for (kind, name, tone) in
        [(Kind::Static, "fixed rules", Tone::STATIC), (Kind::Dynamic, "dynamic rules", Tone::DYNAMIC)]
    {
        let mut points: Vec<Point> =
            places.iter().filter(|place| place.kind == kind).map(|place| point(place, of(place))).collect();
        // The rule that is spoken of is labelled before the others.
        points.sort_by_key(|point| Some(point.label.as_str()) != material.lead.map(|lead| material.name(lead)));
        list.push(Layer::points(name, tone, points));
    }
    list.retain(|layer| !layer.is_empty());
    list
}

/// Is a named rule the fixed hedge itself?
fn holds_the_same(material: &Material<'_>, place: &Place, hedge: usize) -> bool {
    let rules = &material.plan.experiment.rules;
    rules.iter().any(|rule| rule.name == place.name && rule.legs == rules[hedge].legs)
}

/// Names of the hedges that a fixed rule holds.
fn hedge_names(material: &Material<'_>, rule: usize) -> String {
    let experiment = &material.plan.experiment;
    let names: Vec<&str> =
        experiment.rules[rule].legs.iter().map(|leg| experiment.instrument_names[leg.instrument].as_str()).collect();
    names.join(" + ")
}

/// A curve through sizes, from no hedge on; a curve of one size is none.
fn curve(points: impl Iterator<Item = (f64, [f64; 2])>) -> Vec<[f64; 2]> {
    let mut list: Vec<(f64, [f64; 2])> = points.collect();
    list.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Sizes that are nearly the same differ by their errors: of such neighbours one is drawn.
    list.dedup_by(|a, b| a.0 - b.0 < 0.02);
    if list.is_empty() {
        return Vec::new();
    }
    std::iter::once([0.0, 0.0]).chain(list.into_iter().map(|(_, at)| at)).collect()
}

/// The part of a rising curve below a height.
fn up_to(height: f64, points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let Some(beyond) = points.iter().position(|point| point[1] > height).filter(|at| *at > 0) else { return points };
    let (below, above) = (points[beyond - 1], points[beyond]);
    let share = (height - below[1]) / (above[1] - below[1]);
    let last = [below[0] + share * (above[0] - below[0]), height];
    points[..beyond].iter().copied().chain([last]).collect()
}

fn point(place: &Place, avoided: &Avoided) -> Point {
    let (cost, risk) = (&place.cost, &avoided.estimate);
    Point {
        x: cost.value,
        y: 100.0 * risk.value,
        label: place.name.clone(),
        across: interval(cost, 1.0),
        along: interval(risk, 100.0),
        region: match (cost.se, risk.se) {
            (Some(a), Some(b)) if a > 0.0 && b > 0.0 => {
                ellipse([cost.value, 100.0 * risk.value], [a, 100.0 * b], avoided.correlation)
            }
            _ => Vec::new(),
        },
    }
}

/// The 95 % region of two estimates with normal errors of this correlation.
fn ellipse(at: [f64; 2], se: [f64; 2], correlation: f64) -> Vec<[f64; 2]> {
    let own = (1.0 - correlation * correlation).max(0.0).sqrt();
    (0..CORNERS)
        .map(|corner| {
            let (sin, cos) = (std::f64::consts::TAU * corner as f64 / CORNERS as f64).sin_cos();
            [at[0] + REACH * se[0] * cos, at[1] + REACH * se[1] * (correlation * cos + own * sin)]
        })
        .collect()
}

/// The outer edge: no hedge, and no mix of two of them, protects more for the money.
fn edge(points: impl Iterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
    let mut list: Vec<[f64; 2]> = points.chain([[0.0, 0.0]]).collect();
    list.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let mut hull: Vec<[f64; 2]> = Vec::new();
    for point in list {
        // What costs more and protects less is on no edge.
        if hull.last().is_some_and(|last| point[1] <= last[1]) {
            continue;
        }
        while let [.., a, b] = hull[..] {
            let turns_left = (b[0] - a[0]) * (point[1] - a[1]) >= (b[1] - a[1]) * (point[0] - a[0]);
            if !turns_left {
                break;
            }
            hull.pop();
        }
        hull.push(point);
    }
    hull
}

/// "loses 12.3 ±0.4", or earns.
fn loses(cost: &Estimate) -> String {
    let shown = Estimate { value: cost.value.abs(), ..*cost };
    format!("{} {}", if cost.value < 0.0 { "earns" } else { "loses" }, show(Some(&shown), 1.0))
}

fn summary(material: &Material<'_>) -> String {
    let findings = material.findings;
    let of = |rule: usize| findings.places.iter().find(|place| place.name == material.name(rule));
    let told = |place: &Place| {
        format!(
            "{} {} bp a year and avoids {} points of the worst years and {} of the drawdown",
            place.name,
            loses(&place.cost),
            show(Some(&place.shortfall.estimate), 100.0),
            show(Some(&place.drawdown.estimate), 100.0)
        )
    };
    let mut list: Vec<String> = material.pair().into_iter().filter_map(of).map(told).collect();
    let merit = findings.pairings.iter().find(|p| Some(p.rule) == material.lead && p.twin.twin == Twin::EqualMoney);
    if let Some(found) = merit.and_then(|pairing| pairing.differences.as_ref()) {
        list.push(format!(
            "beside the curve of its own hedge, at the same money, that is {} points of the worst years and {} of drawdown",
            show(found.shortfall.as_ref(), 100.0),
            show(found.drawdown.as_ref().map(|e| Estimate { value: -e.value, ..*e }).as_ref(), 100.0)
        ));
    }
    format!("{}.", list.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ellipse_lies_around_its_point() {
        let round = ellipse([1.0, 2.0], [0.1, 0.1], 0.0);
        let far = |p: &[f64; 2]| ((p[0] - 1.0).powi(2) + (p[1] - 2.0).powi(2)).sqrt();
        assert!(round.iter().all(|p| (far(p) - 0.1 * REACH).abs() < 1e-12) && round.len() == CORNERS);
        let flat = ellipse([0.0, 0.0], [1.0, 1.0], 1.0);
        assert!(flat.iter().all(|p| (p[0] - p[1]).abs() < 1e-12));
    }

    #[test]
    fn the_edge_climbs_and_bends_down() {
        let line = edge([[10.0, 5.0], [5.0, 6.0], [20.0, 8.0], [-1.0, -2.0]].into_iter());
        assert_eq!(line, [[-1.0, -2.0], [0.0, 0.0], [5.0, 6.0], [20.0, 8.0]]);
        // Below the edge of its neighbours, and a twin of equal money that differs by rounding.
        let line = edge([[10.0, 8.0], [12.0, 8.2], [20.0, 12.0], [10.0 + 1e-13, 3.0]].into_iter());
        assert_eq!(line, [[0.0, 0.0], [10.0, 8.0], [20.0, 12.0]]);
    }

    #[test]
    fn curves_run_through_sizes() {
        let sizes = [(1.0, [10.0, 3.0]), (0.5, [5.0, 2.0]), (0.505, [5.1, 2.0])];
        assert_eq!(curve(sizes.into_iter()), [[0.0, 0.0], [5.0, 2.0], [10.0, 3.0]]);
        assert!(curve(std::iter::empty()).is_empty());
        assert_eq!(up_to(3.0, vec![[0.0, 0.0], [2.0, 2.0], [4.0, 4.0]]), [[0.0, 0.0], [2.0, 2.0], [3.0, 3.0]]);
        assert_eq!(up_to(9.0, vec![[0.0, 0.0], [2.0, 2.0]]), [[0.0, 0.0], [2.0, 2.0]]);
    }
}
