//! Marks of one name side by side: who stands where on an axis of names.

use crate::figure::{Marks, Panel, Point};

/// Where a layer stands at a name: its lane and the number of lanes. Marks of one kind that would cover each other
/// stand side by side; the parts of a waterfall do not cover each other.
pub fn abreast(panel: &Panel, named: bool) -> Vec<(usize, usize)> {
    let mut places = vec![(0, 1); panel.layers.len()];
    if !named || panel.level {
        return places;
    }
    for kind in [kind_of_bars, kind_of_boxes, kind_of_points] {
        let mut lanes: Vec<Vec<[f64; 3]>> = Vec::new();
        let mut members = Vec::new();
        for (number, layer) in panel.layers.iter().enumerate() {
            let Some(spans) = kind(&layer.marks, panel.y.list().is_some()) else { continue };
            let free = lanes.iter().position(|lane| !clash(lane, &spans));
            let lane = free.unwrap_or(lanes.len());
            if free.is_none() {
                lanes.push(Vec::new());
            }
            lanes[lane].extend(spans);
            members.push((number, lane));
        }
        for (number, lane) in members {
            places[number] = (lane, lanes.len());
        }
    }
    places
}

type Spans = Option<Vec<[f64; 3]>>;

fn kind_of_bars(marks: &Marks, _across: bool) -> Spans {
    let Marks::Bars(bars) = marks else { return None };
    Some(bars.iter().map(|bar| [bar.at, bar.from.min(bar.to), bar.from.max(bar.to)]).collect())
}

fn kind_of_boxes(marks: &Marks, _across: bool) -> Spans {
    let Marks::Boxes(boxes) = marks else { return None };
    Some(boxes.iter().map(|one| [one.at, f64::NEG_INFINITY, f64::INFINITY]).collect())
}

fn kind_of_points(marks: &Marks, across: bool) -> Spans {
    let Marks::Points(points) = marks else { return None };
    let at = |point: &Point| if across { point.y } else { point.x };
    Some(points.iter().map(|point| [at(point), f64::NEG_INFINITY, f64::INFINITY]).collect())
}

fn clash(lane: &[[f64; 3]], spans: &[[f64; 3]]) -> bool {
    spans.iter().any(|a| lane.iter().any(|b| a[0] == b[0] && a[1].max(b[1]) < a[2].min(b[2])))
}
