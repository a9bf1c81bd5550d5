//! What the figures of all studies are made of: points and lines from numbers with their errors, distributions in bins.

use crate::figure::{Axis, Bar, Figure, Guide, Layer, Panel, Point, Tone};
use crate::stats::estimate::Estimate;

/// What an interval in a figure is, unless its basis says otherwise.
pub const INTERVALS: &str = "95 % intervals";

/// The name of a figure: that of its study, what it shows, and a number where there is one for each of several rules.
pub fn id(study: &str, what: &str, number: usize) -> String {
    let study = study.replace('_', "-");
    if number == 0 { format!("{study}-{what}") } else { format!("{study}-{what}-{}", number + 1) }
}

/// The n-th colour; after the last one they begin anew.
pub fn tone(n: usize) -> Tone {
    Tone::Series((n % usize::from(Tone::SERIES)) as u8)
}

/// A line as such, dashed where its colour is used for the second time.
pub fn told_apart(layer: Layer, n: usize) -> Layer {
    if n / usize::from(Tone::SERIES) % 2 == 1 { layer.dashed() } else { layer }
}

/// Both ends of an interval, times a scale; none where one is open or both are the number itself.
pub fn interval(estimate: &Estimate, scale: f64) -> Option<[f64; 2]> {
    let ends = [estimate.ci_low?, estimate.ci_high?].map(|end| end * scale);
    let [low, high] = if scale < 0.0 { [ends[1], ends[0]] } else { ends };
    (low.is_finite() && high.is_finite() && low < high).then_some([low, high])
}

/// A number with its interval along the vertical axis.
pub fn upright(at: f64, estimate: Option<&Estimate>, scale: f64) -> Option<Point> {
    let e = estimate?;
    Some(Point { x: at, y: e.value * scale, along: interval(e, scale), ..Point::default() })
}

/// A number with its interval along the horizontal axis.
pub fn across(at: f64, estimate: Option<&Estimate>, scale: f64) -> Option<Point> {
    let e = estimate?;
    Some(Point { x: e.value * scale, y: at, across: interval(e, scale), ..Point::default() })
}

/// A bar from zero to a number, with its interval.
pub fn bar(at: f64, estimate: Option<&Estimate>, scale: f64) -> Option<Bar> {
    let e = estimate?;
    Some(Bar { at, from: 0.0, to: e.value * scale, interval: interval(e, scale) })
}

/// A line through numbers with the band of their intervals; a single number is a point with its interval.
pub fn course(name: &str, tone: Tone, numbers: &[(f64, Option<Estimate>)], scale: f64) -> Vec<Layer> {
    let known: Vec<Point> = numbers.iter().filter_map(|(at, e)| upright(*at, e.as_ref(), scale)).collect();
    if known.len() < 2 {
        return vec![Layer::points(name, tone, known)];
    }
    let band = known.iter().filter_map(|point| point.along.map(|[low, high]| [point.x, low, high]));
    let line = Layer::line(name, tone, known.iter().map(|point| [point.x, point.y]));
    // A band has a width everywhere or is none.
    let band = Layer::band(name, tone, band);
    if known.iter().all(|point| point.along.is_some()) { vec![band, line] } else { vec![line] }
}

/// A line upright at a place.
pub fn mark(at: f64, label: impl Into<String>) -> Guide {
    Guide { upright: true, at, label: label.into() }
}

/// A line across at a place.
pub fn level(at: f64, label: impl Into<String>) -> Guide {
    Guide { upright: false, at, label: label.into() }
}

/// To which bin a value between two bins belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// To the lower one.
    Below,
    /// To the upper one.
    Above,
}

/// Bins of one width; what lies outside counts in the first or the last one.
#[derive(Clone, Copy, Debug)]
pub struct Bins {
    /// Lower end of the first one.
    pub from: f64,
    /// Upper end of the last one.
    pub to: f64,
    /// How many.
    pub count: usize,
    /// Where values between two bins belong.
    pub edge: Edge,
}

impl Bins {
    /// Bins of a round width, about 30, over the middle 99 % of all values; none without two different values.
    pub fn over<'v>(values: impl Iterator<Item = &'v f64>) -> Option<Self> {
        let mut all: Vec<f64> = values.copied().filter(|x| x.is_finite()).collect();
        all.sort_by(f64::total_cmp);
        let at = |part: f64| all.get((part * all.len().saturating_sub(1) as f64).round() as usize).copied();
        let (low, high) = (at(0.005)?, at(0.995)?);
        let rough = (high - low) / 30.0;
        if !(rough > f64::MIN_POSITIVE) {
            return None;
        }
        let power = 10_f64.powf(rough.log10().floor());
        let width = [1.0, 2.0, 5.0, 10.0].map(|x| x * power).into_iter().find(|width| *width >= rough)?;
        let (first, last) = ((low / width).floor(), (high / width).ceil());
        Some(Self { from: first * width, to: last * width, count: (last - first) as usize, edge: Edge::Above })
    }

    /// The bin of a value.
    pub fn of(&self, value: f64) -> usize {
        let place = (value - self.from) * (self.count as f64 / (self.to - self.from));
        let bin = if self.edge == Edge::Above { place.floor() } else { place.ceil() - 1.0 };
        bin.clamp(0.0, self.count.saturating_sub(1) as f64) as usize
    }

    /// Share of the finite values in each bin, %.
    pub fn shares<'v>(&self, values: impl Iterator<Item = &'v f64>) -> Vec<f64> {
        let mut counts = vec![0.0; self.count];
        values.filter(|x| x.is_finite()).for_each(|x| counts[self.of(*x)] += 1.0);
        let all: f64 = counts.iter().sum();
        counts.iter().map(|count| if all > 0.0 { 100.0 * count / all } else { 0.0 }).collect()
    }

    /// The outline of so many shares.
    pub fn outline(&self, shares: &[f64]) -> Vec<[f64; 2]> {
        let edge = |i: usize| self.from + (self.to - self.from) * (i as f64 / self.count.max(1) as f64);
        let tops = shares.iter().enumerate().map(|(i, share)| [edge(i), *share]);
        std::iter::once([edge(0), 0.0]).chain(tops).chain([[edge(shares.len()), 0.0]]).collect()
    }
}

/// Figures with something in them, without layers and panels that have nothing.
pub fn drawn(figures: impl IntoIterator<Item = Figure>) -> Vec<Figure> {
    let kept = |mut figure: Figure| {
        figure.panels.iter_mut().for_each(|panel| panel.layers.retain(|layer| !layer.is_empty()));
        figure.panels.retain(|panel| !panel.layers.is_empty());
        (!figure.panels.is_empty()).then_some(figure)
    };
    figures.into_iter().filter_map(kept).collect()
}

/// A panel with guides.
pub fn panel(y: Axis, layers: Vec<Layer>, guides: Vec<Guide>) -> Panel {
    Panel { guides, ..Panel::new(y, layers) }
}

/// A number in a cell or a sentence, with as many digits as its size asks for.
pub fn digits(x: f64) -> String {
    let places = match x.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.995 || size == 0.0 => 2,
        _ => 3,
    };
    format!("{x:.places$}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::figure::Marks;
    use std::collections::BTreeSet;

    /// Does every figure say what it shows, of how many, in which unit, and is everything in it a number?
    pub fn hold(figures: &[Figure]) {
        let ids: BTreeSet<&str> = figures.iter().map(|figure| figure.id.as_str()).collect();
        assert_eq!(ids.len(), figures.len(), "two figures of one name: {ids:?}");
        for figure in figures {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(!figure.id.is_empty() && figure.id.chars().all(plain), "{}", figure.id);
            assert!(!figure.title.is_empty() && figure.summary.ends_with('.'), "{}: {}", figure.id, figure.summary);
            assert!(!figure.summary.contains("NaN") && !figure.summary.contains("inf"), "{}", figure.summary);
            let counted = |text: &str| text.chars().any(|c| c.is_ascii_digit());
            assert!(counted(&figure.summary) && counted(&figure.basis), "{}: {}", figure.id, figure.basis);
            assert!(figure.basis.contains("unit: "), "{}: {}", figure.id, figure.basis);
            assert!(!figure.panels.is_empty(), "{}", figure.id);
            for layer in figure.panels.iter().flat_map(|panel| &panel.layers) {
                assert!(!layer.is_empty(), "{}: an empty layer {}", figure.id, layer.name);
                assert!(numbers(&layer.marks).iter().all(|x| x.is_finite()), "{}: {}", figure.id, layer.name);
            }
            // What is no number would be null in JSON, and not come back.
            assert!(serde_json::from_str::<Figure>(&serde_json::to_string(figure).unwrap()).is_ok(), "{}", figure.id);
        }
    }

    fn numbers(marks: &Marks) -> Vec<f64> {
        match marks {
            Marks::Line { points, .. } => points.iter().flatten().copied().collect(),
            Marks::Band(points) => points.iter().flatten().copied().collect(),
            Marks::Points(points) => points
                .iter()
                .flat_map(|p| [p.x, p.y].into_iter().chain(p.across.into_iter().chain(p.along).flatten()))
                .collect(),
            Marks::Bars(bars) => bars
                .iter()
                .flat_map(|b| [b.at, b.from, b.to].into_iter().chain(b.interval.into_iter().flatten()))
                .collect(),
            Marks::Boxes(boxes) => boxes.iter().flat_map(|b| b.values).collect(),
            Marks::Cells { cells, .. } => cells.iter().map(|cell| cell.value).collect(),
        }
    }

    #[test]
    fn values_between_bins_belong_where_the_test_counts_them() {
        let bins = |edge| Bins { from: 0.0, to: 1.0, count: 20, edge };
        assert_eq!((bins(Edge::Above).of(0.95), bins(Edge::Below).of(0.95)), (19, 18));
        assert_eq!((bins(Edge::Above).of(0.05), bins(Edge::Below).of(0.05)), (1, 0));
        assert_eq!((bins(Edge::Above).of(7.0), bins(Edge::Below).of(-7.0)), (19, 0));
        assert_eq!((bins(Edge::Above).of(1.0), bins(Edge::Below).of(0.0)), (19, 0));
        let shares = bins(Edge::Above).shares([0.01, 0.02, 0.99, f64::NAN].iter());
        assert!((shares.iter().sum::<f64>() - 100.0).abs() < 1e-12 && (shares[0] - 200.0 / 3.0).abs() < 1e-12);
        let outline = bins(Edge::Above).outline(&shares);
        assert_eq!((outline.len(), outline[0], outline[21]), (22, [0.0, 0.0], [1.0, 0.0]));
    }

    #[test]
    fn bins_have_a_round_width_and_leave_out_what_is_far() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).chain([1e6, f64::NAN]).collect();
        let bins = Bins::over(values.iter()).unwrap();
        assert!((bins.to - bins.from) / bins.count as f64 - 0.05 < 1e-12 && bins.to < 1.1, "{bins:?}");
        assert!(Bins::over([1.0, 1.0].iter()).is_none() && Bins::over([f64::NAN].iter()).is_none());
    }

    #[test]
    fn numbers_without_an_interval_have_no_band() {
        let with = Estimate::normal(1.0, Some(0.5), 0.95, 9, "");
        let without = Estimate::point(2.0, 0.95, 9, "");
        assert_eq!(course("a", Tone::Gain, &[(1.0, with), (2.0, with)], 1.0).len(), 2);
        assert_eq!(course("a", Tone::Gain, &[(1.0, with), (2.0, without)], 1.0).len(), 1);
        assert!(matches!(course("a", Tone::Gain, &[(1.0, with), (2.0, None)], 1.0)[0].marks, Marks::Points(_)));
        let turned = interval(&with.unwrap(), -1.0).unwrap();
        assert!(turned[0] < -1.0 && turned[1] > -1.0);
        assert_eq!(id("world_shift", "gains", 0), "world-shift-gains");
        assert_eq!(id("truth", "grid", 2), "truth-grid-3");
    }
}
