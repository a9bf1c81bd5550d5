//! Points with their intervals, regions and labels; each series has a shape of its own.

use super::canvas::{Area, Px, title};
use super::field::Field;
use super::lines::{path, straightened};
use super::palette;
use crate::figure::{Point, Tone};

/// More points without a label are written as one path.
const MANY: usize = 150;

/// The outline of a mark around a place.
pub fn marker(tone: Tone, place: (f64, f64), radius: f64) -> String {
    let (x, y, r) = (place.0, place.1, radius);
    let polygon = |corners: &[(f64, f64)]| {
        let corners: Vec<_> = corners.iter().map(|(right, down)| (x + right * r, y + down * r)).collect();
        format!("{}Z", path(&corners, false))
    };
    match tone {
        Tone::Series(number) => match number % Tone::SERIES {
            1 => polygon(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
            2 => polygon(&[(0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)]),
            3 => polygon(&[(-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)]),
            4 => polygon(&[
                (-0.5, -1.2),
                (0.5, -1.2),
                (1.2, -0.5),
                (1.2, 0.5),
                (0.5, 1.2),
                (-0.5, 1.2),
                (-1.2, 0.5),
                (-1.2, -0.5),
            ]),
            5 => polygon(&[(0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)]),
            _ => circle(x, y, r),
        },
        Tone::Gain => polygon(&[(0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)]),
        Tone::Loss => polygon(&[(0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)]),
        Tone::Accent => {
            let star =
                |n: u32| (f64::from(n) * std::f64::consts::PI / 5.0, if n.is_multiple_of(2) { 1.7 } else { 0.75 });
            let corners: Vec<_> = (0..10).map(star).map(|(turn, far)| (far * turn.sin(), -far * turn.cos())).collect();
            polygon(&corners)
        }
        Tone::Quiet => circle(x, y, 0.85 * r),
    }
}

fn circle(x: f64, y: f64, r: f64) -> String {
    let r = Px(r);
    format!("M{} {}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0Z", Px(x - r.0), Px(y), d = Px(2.0 * r.0))
}

/// A point with what stands beside it and its place.
struct Shown<'a> {
    point: &'a Point,
    label: &'a str,
    place: (f64, f64),
}

/// Draws points; `labels` is what stands beside them where there is room, `aside` are the pixels by which they stand beside their name, so that several series do not cover each
/// other.
pub fn points(field: &mut Field<'_>, tone: Tone, points: &[Point], labels: &[String], aside: f64) {
    let ink = palette::colour(tone);
    let lying = field.y.is_names();
    let shift = if lying { (0.0, aside) } else { (aside, 0.0) };
    let shown: Vec<Shown<'_>> = points
        .iter()
        .zip(labels)
        .filter_map(|(point, label)| {
            field.spot(point.x, point.y).map(|(x, y)| Shown { point, label, place: (x + shift.0, y + shift.1) })
        })
        .collect();
    for Shown { point, .. } in &shown {
        let places: Vec<_> = point.region.iter().filter_map(|place| field.spot(place[0], place[1])).collect();
        if places.len() > 2 {
            let outline = path(&straightened(&places, 0.3), false);
            field.canvas.put(format_args!(
                "<path d=\"{outline}Z\" fill=\"{ink}\" fill-opacity=\"0.09\" stroke=\"{ink}\" stroke-opacity=\"0.4\" stroke-width=\"0.8\"/>"
            ));
        }
    }
    // A region says more than the intervals of its point, which are then thin.
    let (bare, within): (Vec<_>, Vec<_>) = shown.iter().partition(|one| one.point.region.is_empty());
    intervals(field, &bare, ink, "stroke-width=\"1.6\" stroke-opacity=\"0.75\"");
    intervals(field, &within, ink, "stroke-width=\"0.8\" stroke-opacity=\"0.4\"");
    if shown.len() > MANY && points.iter().all(|point| point.label.is_empty()) {
        return cloud(field, ink, &shown);
    }
    let names = if lying { field.y } else { field.x };
    let crowded = shown.len() > 60 || names.is_names() && names.slot() < 24.0;
    let radius = if crowded { 3.2 } else { 4.4 };
    for Shown { point, label, place } in &shown {
        let said = if point.label.is_empty() { String::new() } else { title(&point.label) };
        field.canvas.put(format_args!(
            "<path d=\"{}\" fill=\"{ink}\" stroke=\"#fff\" stroke-width=\"1\">{said}</path>",
            marker(tone, *place, radius)
        ));
        let reach = radius + 1.0;
        field.labels.take(Area {
            left: place.0 - reach,
            right: place.0 + reach,
            top: place.1 - reach,
            bottom: place.1 + reach,
        });
        field.labels.want(*place, radius, label, tone == Tone::Accent);
    }
}

/// The intervals of points, as one path.
fn intervals(field: &mut Field<'_>, shown: &[&Shown<'_>], ink: &str, look: &str) {
    let mut way = String::new();
    for Shown { point, place: (x, y), .. } in shown {
        let across = point.across.map(|ends| ends.map(|end| (field.x.place(end), *y)));
        let along = point.along.map(|ends| ends.map(|end| (*x, field.y.place(end))));
        for [from, to] in across.into_iter().chain(along) {
            if [from.0, from.1, to.0, to.1].iter().all(|place| place.is_finite()) {
                way.push_str(&path(&[from, to], false));
                field.labels.cross(from, to);
            }
        }
    }
    if !way.is_empty() {
        field.canvas.put(format_args!("<path d=\"{way}\" stroke=\"{ink}\" {look}/>"));
    }
}

/// Many points, as dots of one path; those that cover each other within half a pixel are one.
fn cloud(field: &mut Field<'_>, ink: &str, shown: &[Shown<'_>]) {
    let halves = |place: &(f64, f64)| ((place.0 * 2.0).round() as i64, (place.1 * 2.0).round() as i64);
    let places: std::collections::BTreeSet<_> = shown.iter().map(|one| halves(&one.place)).collect();
    let dots: String =
        places.iter().map(|(x, y)| format!("M{} {}h0.01", Px(*x as f64 / 2.0), Px(*y as f64 / 2.0))).collect();
    let width = if places.len() > 1000 { 2.5 } else { 4.0 };
    field.canvas.put(format_args!(
        "<path d=\"{dots}\" stroke=\"{ink}\" stroke-width=\"{width}\" stroke-opacity=\"0.45\" stroke-linecap=\"round\"/>"
    ));
}
