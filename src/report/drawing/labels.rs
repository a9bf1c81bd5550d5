//! Labels of points: each where there is room, beside its point or a little away with a leader; what finds no room is
//! left out, the last in order first.

use super::canvas::{Anchor, Area, Canvas, FAINT, INK, Words};
use super::text;

/// Size of their letters.
const SIZE: f64 = 11.0;

/// Widest label, in pixels.
const MOST: f64 = 185.0;

/// Places to try, as shares of the way right and down.
const AROUND: [(f64, f64); 8] =
    [(1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0), (0.8, -0.8), (-0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)];

/// Distances to try, in pixels from the edge of the point.
const AWAY: [f64; 4] = [4.0, 13.0, 24.0, 38.0];

/// A label over more of a line than this many of its places, which are 6 pixels apart, hides it: it is left out.
const MOST_CROSSED: usize = 5;

/// A label that waits for its place.
struct Wanted {
    x: f64,
    y: f64,
    radius: f64,
    text: String,
    first: bool,
}

/// What stands in a panel already, and the labels that are to be placed.
pub struct Labels {
    field: Area,
    taken: Vec<Area>,
    crossed: Vec<(f64, f64)>,
    wanted: Vec<Wanted>,
}

impl Labels {
    /// Of an empty panel.
    pub fn new(field: Area) -> Self {
        Self { field, taken: Vec::new(), crossed: Vec::new(), wanted: Vec::new() }
    }

    /// Keeps an area free of labels.
    pub fn take(&mut self, area: Area) {
        self.taken.push(area);
    }

    /// Is an area free?
    pub fn is_free(&self, area: &Area) -> bool {
        area.inside(&self.field) && !self.taken.iter().any(|other| other.meets(area))
    }

    /// Says that a line runs from one place to another: labels rather avoid it.
    pub fn cross(&mut self, from: (f64, f64), to: (f64, f64)) {
        let long = (to.0 - from.0).hypot(to.1 - from.1);
        let steps = (long / 6.0).ceil().clamp(1.0, 200.0);
        for step in 0..=(steps as usize) {
            let share = step as f64 / steps;
            self.crossed.push((from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1)));
        }
    }

    /// How much of the lines an area would cover.
    pub fn crossings(&self, area: &Area) -> usize {
        self.crossed.iter().filter(|place| area.holds(place.0, place.1)).count()
    }

    /// Asks for a label of a point; those that are `first` choose before the others.
    pub fn want(&mut self, (x, y): (f64, f64), radius: f64, text: &str, first: bool) {
        // A point over another one, as a chosen one over its own, has one label.
        let same = |one: &Wanted| one.text == text && (one.x - x).hypot(one.y - y) < 2.0;
        if let Some(known) = self.wanted.iter_mut().find(|one| same(one)) {
            known.first |= first;
        } else if !text.trim().is_empty() {
            self.wanted.push(Wanted { x, y, radius, text: text.to_owned(), first });
        }
    }

    /// Places and writes what finds room.
    pub fn write(mut self, canvas: &mut Canvas) {
        let mut wanted = std::mem::take(&mut self.wanted);
        wanted.sort_by_key(|one| !one.first);
        for one in &wanted {
            let width = text::width(&one.text, SIZE).min(MOST) + 2.0;
            let Some((area, away)) = self.best(one, width) else { continue };
            if away > AWAY[1] {
                let (x, y) = (one.x.clamp(area.left, area.right), one.y.clamp(area.top, area.bottom));
                canvas.line((one.x, one.y), (x, y), FAINT, "stroke-width=\"0.7\"");
            }
            let words = Words { most: MOST, edged: true, ..Words::new(&one.text, Anchor::Middle, SIZE, INK) };
            canvas.words((area.left + area.right) / 2.0, area.bottom - 3.2, &words);
            self.taken.push(area);
        }
    }

    /// The free place that crosses least, the nearer the better.
    fn best(&self, one: &Wanted, width: f64) -> Option<(Area, f64)> {
        let mut best: Option<(f64, Area, f64)> = None;
        for (ring, away) in AWAY.into_iter().enumerate() {
            for (order, (right, down)) in AROUND.into_iter().enumerate() {
                let reach = one.radius + away;
                let (x, y) = (one.x + right * (reach + width / 2.0), one.y + down * (reach + SIZE / 2.0));
                let area = Area {
                    left: x - width / 2.0,
                    right: x + width / 2.0,
                    top: y - SIZE / 2.0,
                    bottom: y + SIZE / 2.0 + 1.0,
                };
                if !self.is_free(&area) {
                    continue;
                }
                let crossings = self.crossings(&area);
                if crossings > MOST_CROSSED && !one.first {
                    continue;
                }
                let price = 3.0 * crossings as f64 + 5.0 * ring as f64 + 0.3 * order as f64;
                if best.as_ref().is_none_or(|found| price < found.0) {
                    best = Some((price, area, away));
                }
            }
        }
        best.map(|(_, area, away)| (area, away))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_do_not_overlap_and_the_last_are_left_out() {
        let mut labels = Labels::new(Area { left: 0.0, top: 0.0, right: 300.0, bottom: 120.0 });
        for n in 0..40 {
            labels.want((150.0, 60.0), 4.0, &format!("a rule, number {n}"), n == 39);
        }
        let mut canvas = Canvas::default();
        labels.write(&mut canvas);
        let svg = canvas.finish(300.0, 120.0, "", "");
        let count = svg.matches("<text").count();
        assert!((3..20).contains(&count), "{count}");
        assert!(svg.contains("number 0<") && svg.contains("number 39<") && !svg.contains("number 38<"));
    }
}
