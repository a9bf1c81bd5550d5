//! Lines and bands, thinned to what can be seen.

use super::canvas::Px;
use super::field::Field;
use super::palette;
use super::points::marker;
use crate::figure::Tone;
use std::fmt::Write;

/// A line of more points is thinned.
const MANY: usize = 600;

/// A place in pixels.
pub type Place = (f64, f64);

/// How a line is drawn.
#[derive(Clone, Copy)]
pub struct Look {
    /// Is it dashed?
    pub dashed: bool,
    /// Does it keep its height until the next point?
    pub stepped: bool,
    /// Is the space between it and zero filled?
    pub filled: bool,
    /// Does it carry marks now and then, to be told from others without colour?
    pub marked: bool,
}

/// Draws a line.
pub fn line(field: &mut Field<'_>, tone: Tone, points: &[[f64; 2]], look: Look) {
    let places = field.places(points);
    let Some(last) = places.last().copied() else { return };
    let ink = palette::colour(tone);
    let kept = thinned(&places, look.stepped);
    let way = path(&kept, look.stepped);
    if look.filled {
        let ground = Px(field.y.ground());
        field.canvas.put(format_args!(
            "<path d=\"{way}L{} {ground}L{} {ground}Z\" fill=\"{ink}\" fill-opacity=\"0.16\"/>",
            Px(last.0),
            Px(kept[0].0)
        ));
    }
    if kept.len() == 1 {
        // A single point is no line: it is shown as one.
        field.canvas.put(format_args!("<path d=\"{}\" fill=\"{ink}\"/>", marker(tone, last, 3.0)));
        return;
    }
    let width = match (tone, kept.len()) {
        (Tone::Quiet, _) => 1.3,
        (_, 400..) => 1.3,
        _ => 2.0,
    };
    let dash = if look.dashed { " stroke-dasharray=\"6 4\"" } else { "" };
    field.canvas.put(format_args!(
        "<path d=\"{way}\" stroke=\"{ink}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"{dash}/>"
    ));
    for pair in kept.windows(2).take(2 * MANY) {
        field.labels.cross(pair[0], pair[1]);
    }
    if look.marked {
        // On the ground, in the thin ends of a distribution, they say nothing.
        let high = |place: &Place| !look.filled || (place.1 - field.y.ground()).abs() > 10.0;
        let found = marks(&places, look.stepped, tone).into_iter().filter(high);
        let all: String = found.map(|place| marker(tone, place, 3.6)).collect();
        field.canvas.put(format_args!("<path d=\"{all}\" fill=\"{ink}\" stroke=\"#fff\" stroke-width=\"1\"/>"));
    }
}

/// Draws the space between two lines.
pub fn band(field: &mut Field<'_>, tone: Tone, points: &[[f64; 3]]) {
    // An end that has no place on an axis by logarithm stands at its edge.
    let edge = |end: usize| -> Vec<Place> {
        let places = points.iter().map(|point| (field.x.place(point[0]), field.y.place(point[end])));
        places.filter(|place| place.0.is_finite() && place.1.is_finite()).collect()
    };
    let (low, high) = (edge(1), edge(2));
    if low.is_empty() {
        return;
    }
    let mut outline = thinned(&low, false);
    outline.extend(thinned(&high, false).into_iter().rev());
    let opacity = if tone == Tone::Quiet { 0.28 } else { 0.18 };
    let (way, ink) = (path(&outline, false), palette::colour(tone));
    field.canvas.put(format_args!("<path d=\"{way}Z\" fill=\"{ink}\" fill-opacity=\"{opacity}\"/>"));
}

/// The places of the marks that tell lines apart: the points where they are few, else every so many pixels, each series
/// at places of its own.
fn marks(places: &[Place], stepped: bool, tone: Tone) -> Vec<Place> {
    if (4..=15).contains(&places.len()) && !stepped {
        return places.to_vec();
    }
    let number = if let Tone::Series(number) = tone { f64::from(number) } else { 2.5 };
    let (first, last) = (places[0].0, places[places.len() - 1].0);
    let mut found = Vec::new();
    let mut wanted = first + 40.0 + 47.0 * number % 170.0;
    for pair in places.windows(2) {
        while pair[0].0 <= wanted && wanted < pair[1].0 && wanted < last {
            let share = (wanted - pair[0].0) / (pair[1].0 - pair[0].0);
            found.push(match stepped {
                true => ((pair[0].0 + pair[1].0) / 2.0, pair[0].1),
                false => (wanted, pair[0].1 + share * (pair[1].1 - pair[0].1)),
            });
            wanted += 170.0;
        }
    }
    found
}

/// The points that a reader can see: within each pixel column the first, lowest, highest and last, in order; then those
/// without which a straight line would be more than a third of a pixel off.
fn thinned(places: &[Place], stepped: bool) -> Vec<Place> {
    if places.len() <= MANY {
        return places.to_vec();
    }
    let mut kept = Vec::new();
    for column in places.chunk_by(|a, b| (a.0 / 1.5).floor() == (b.0 / 1.5).floor()) {
        let by_height = |a: &(usize, &Place), b: &(usize, &Place)| a.1.1.total_cmp(&b.1.1);
        let lowest = column.iter().enumerate().min_by(by_height).map_or(0, |one| one.0);
        let highest = column.iter().enumerate().max_by(by_height).map_or(0, |one| one.0);
        let mut chosen = [0, lowest, highest, column.len() - 1];
        chosen.sort_unstable();
        kept.extend(chosen.chunk_by(|a, b| a == b).map(|same| column[same[0]]));
    }
    if stepped { kept } else { straightened(&kept, 0.33) }
}

/// Ramer, Douglas and Peucker: the points without which the line would be more than `off` pixels away.
pub fn straightened(places: &[Place], off: f64) -> Vec<Place> {
    let mut keep = vec![false; places.len()];
    let mut open = vec![(0, places.len().saturating_sub(1))];
    while let Some((from, to)) = open.pop() {
        let Some((a, b)) = places.get(from).zip(places.get(to)) else { break };
        (keep[from], keep[to]) = (true, true);
        let far = (from + 1..to).map(|n| (n, distance(places[n], *a, *b))).max_by(|x, y| x.1.total_cmp(&y.1));
        if let Some((n, _)) = far.filter(|far| far.1 > off) {
            open.extend([(from, n), (n, to)]);
        }
    }
    places.iter().zip(keep).filter(|(_, keep)| *keep).map(|(place, _)| *place).collect()
}

/// From a place to a straight line between two others.
fn distance(place: Place, a: Place, b: Place) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let long = dx.hypot(dy);
    match long > 1e-9 {
        true => ((place.0 - a.0) * dy - (place.1 - a.1) * dx).abs() / long,
        false => (place.0 - a.0).hypot(place.1 - a.1),
    }
}

/// A path through places in tenths of a pixel, each written as its way from the one before.
pub fn path(places: &[Place], stepped: bool) -> String {
    let tenths = |place: &Place| ((place.0 * 10.0).round() as i64, (place.1 * 10.0).round() as i64);
    let Some(first) = places.first().map(tenths) else { return String::new() };
    let mut out = format!("M{} {}", Px(first.0 as f64 / 10.0), Px(first.1 as f64 / 10.0));
    let mut at = first;
    let mut straight = false;
    for next in places[1..].iter().map(tenths) {
        let (dx, dy) = (next.0 - at.0, next.1 - at.1);
        if (dx, dy) == (0, 0) {
            continue;
        }
        if stepped {
            // A level that lasts is one piece.
            if dy == 0 && next != places.last().map(tenths).unwrap_or_default() {
                continue;
            }
            let _ = write!(out, "h{}v{}", Px(dx as f64 / 10.0), Px(dy as f64 / 10.0));
        } else {
            let gap = if straight { if dx < 0 { "" } else { " " } } else { "l" };
            let between = if dy < 0 { "" } else { " " };
            let _ = write!(out, "{gap}{}{between}{}", Px(dx as f64 / 10.0), Px(dy as f64 / 10.0));
            straight = true;
        }
        at = next;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_steps_in_tenths() {
        assert_eq!(path(&[(1.0, 2.0), (2.55, 1.0), (3.0, 4.0)], false), "M1 2l1.6-1 0.4 3");
        assert_eq!(path(&[(1.0, 2.0), (2.0, 2.0), (3.0, 4.0), (5.0, 4.0)], true), "M1 2h2v2h2v0");
        assert_eq!(path(&[], true), "");
    }

    #[test]
    fn thinning_keeps_the_extremes_and_few_points() {
        let wave = |n: usize| ((n as f64) * 0.01, 50.0 + 40.0 * (n as f64 * 0.002).sin());
        let mut places: Vec<Place> = (0..50_000).map(wave).collect();
        places[31_234].1 = 3.0;
        let kept = thinned(&places, false);
        assert!(kept.len() < 800, "{}", kept.len());
        assert!(kept.iter().any(|place| place.1 == 3.0));
        assert_eq!((kept[0], kept[kept.len() - 1]), (places[0], places[49_999]));
        assert!(thinned(&places, true).len() < 2000);
    }

    #[test]
    fn a_straight_line_is_two_points() {
        let places: Vec<Place> = (0..100).map(|n| (n as f64, 2.0 * n as f64)).collect();
        assert_eq!(straightened(&places, 0.3).len(), 2);
        assert!(straightened(&[], 0.3).is_empty());
    }
}
