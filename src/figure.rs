//! A figure as data: what is drawn, in words and numbers, whatever draws it.
//!
//! A [`Figure`] is one or more [`Panel`]s above each other with a common horizontal axis. Everything that a reader needs
//! without seeing it stands in words: the title, a summary of what it shows, and the basis (n, unit, interval). A page draws
//! it with a pointer to follow, a paper as SVG or PNG; both read the same numbers, so both show the same.
//!
//! Places on an axis of names are the numbers of the names, from 0; on a vertical axis the first name is on top. All numbers are finite: builders leave out what is not.

use serde::{Deserialize, Serialize};

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Name of its file and place on a page: lower-case words joined by `-`.
    pub id: String,
    /// What it shows, in a few words.
    pub title: String,
    /// What it says, with its main numbers: for whoever does not see it.
    pub summary: String,
    /// Where the numbers come from: n, unit, interval.
    pub basis: String,
    /// The common horizontal axis.
    pub x: Axis,
    /// Panels from top to bottom.
    pub panels: Vec<Panel>,
    /// Spans of the horizontal axis that are shaded in every panel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shades: Vec<Shade>,
}

/// An axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Quantity and unit.
    pub title: String,
    /// How places on it are counted.
    pub scale: Scale,
}

/// How places on an axis are counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// By value.
    Linear,
    /// By the logarithm of a positive value.
    Log,
    /// By the number of a name.
    Names(Vec<String>),
}

/// One system of axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// The vertical axis. On an axis of names bars and boxes lie across.
    pub y: Axis,
    /// What is drawn, the first at the back.
    pub layers: Vec<Layer>,
    /// Straight lines from edge to edge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guides: Vec<Guide>,
    /// Height beside that of the other panels.
    pub height: f64,
    /// Do layers that stand at one name share its line? Otherwise they stand beside each other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub level: bool,
}

/// Marks of one kind and colour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Name in the legend; layers of one name are one entry, layers without a name have none.
    pub name: String,
    /// Its colour.
    pub tone: Tone,
    /// What is drawn.
    pub marks: Marks,
}

/// A colour by what it stands for. The palette is that of Okabe and Ito (2008), which colour-blind readers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// The n-th of several, from 0; the palette has [`Tone::SERIES`].
    Series(u8),
    /// Background: references, bands, what is not compared.
    Quiet,
    /// What counts in favour.
    Gain,
    /// What counts against.
    Loss,
    /// The one thing to look at.
    Accent,
}

impl Tone {
    /// Colours of the palette.
    pub const SERIES: u8 = 6;
    /// Fixed hedges, where they stand beside dynamic ones.
    pub const STATIC: Self = Self::Series(0);
    /// Dynamic hedges, where they stand beside fixed ones.
    pub const DYNAMIC: Self = Self::Series(1);
    /// The portfolio without a hedge, where it stands beside hedges.
    pub const PORTFOLIO: Self = Self::Series(4);
}

/// What a layer draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marks {
    /// A line through points.
    Line {
        /// Points in order.
        points: Vec<[f64; 2]>,
        /// Is it dashed?
        dashed: bool,
        /// Does it keep its height until the next point (a histogram, a multiplier)?
        stepped: bool,
        /// Is the space between it and zero filled lightly?
        filled: bool,
    },
    /// The space between two lines: x, low, high.
    Band(Vec<[f64; 3]>),
    /// Points with their errors.
    Points(Vec<Point>),
    /// Bars from one value to another.
    Bars(Vec<Bar>),
    /// Boxes over quantiles.
    Boxes(Vec<Quantiles>),
    /// Cells of a grid of two axes of names, coloured by value.
    Cells {
        /// The cells.
        cells: Vec<Cell>,
        /// The value that has the colour of the middle: colours run both ways from it. None: from lowest to highest.
        middle: Option<f64>,
    },
}

/// A point with its errors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Place on the horizontal axis.
    pub x: f64,
    /// Place on the vertical axis.
    pub y: f64,
    /// What it is; shown where there is room, and to a pointer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Interval along the horizontal axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub across: Option<[f64; 2]>,
    /// Interval along the vertical axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub along: Option<[f64; 2]>,
    /// Outline of a region around it, as a closed polygon.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub region: Vec<[f64; 2]>,
}

/// A bar with an interval around its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Place on the axis of names, or of values.
    pub at: f64,
    /// Where it starts: 0, or where the bar before it ended.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Interval of the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
}

/// A box: quantiles of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// Place on the axis of names.
    pub at: f64,
    /// Quantiles of 5, 25, 50, 75 and 95 %.
    pub values: [f64; 5],
}

/// A cell of a grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Number of the name on the horizontal axis.
    pub x: usize,
    /// Number of the name on the vertical axis.
    pub y: usize,
    /// Its value.
    pub value: f64,
    /// What stands in it.
    pub text: String,
    /// Is it the chosen one?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chosen: bool,
    /// Can it not be told from the best one, which is the chosen one where nothing else was?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub near: bool,
}

/// A straight line from edge to edge of a panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guide {
    /// Does it stand upright, at a place of the horizontal axis?
    pub upright: bool,
    /// Its place.
    pub at: f64,
    /// What it says; may be empty.
    pub label: String,
}

/// A shaded span of the horizontal axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shade {
    /// First place.
    pub from: f64,
    /// Last place.
    pub to: f64,
    /// What it says; may be empty.
    pub label: String,
}

impl Axis {
    /// By value.
    pub fn linear(title: impl Into<String>) -> Self {
        Self { title: title.into(), scale: Scale::Linear }
    }

    /// By the logarithm.
    pub fn log(title: impl Into<String>) -> Self {
        Self { title: title.into(), scale: Scale::Log }
    }

    /// By name.
    pub fn names(title: impl Into<String>, names: Vec<String>) -> Self {
        Self { title: title.into(), scale: Scale::Names(names) }
    }

    /// The names, if it counts by them.
    pub fn list(&self) -> Option<&[String]> {
        match &self.scale {
            Scale::Names(names) => Some(names),
            _ => None,
        }
    }
}

impl Layer {
    /// A plain line; points that are not finite are left out.
    pub fn line(name: impl Into<String>, tone: Tone, points: impl IntoIterator<Item = [f64; 2]>) -> Self {
        let points = finite(points);
        Self { name: name.into(), tone, marks: Marks::Line { points, dashed: false, stepped: false, filled: false } }
    }

    /// The same line, dashed.
    pub fn dashed(mut self) -> Self {
        if let Marks::Line { dashed, .. } = &mut self.marks {
            *dashed = true;
        }
        self
    }

    /// The same line in steps, perhaps filled.
    pub fn stepped(mut self, fill: bool) -> Self {
        if let Marks::Line { stepped, filled, .. } = &mut self.marks {
            (*stepped, *filled) = (true, fill);
        }
        self
    }

    /// Points.
    pub fn points(name: impl Into<String>, tone: Tone, points: Vec<Point>) -> Self {
        let finite = points.into_iter().filter(|point| point.x.is_finite() && point.y.is_finite());
        let points =
            finite.map(|p| Point { region: p.region.into_iter().map(|at| at.map(short)).collect(), ..p }).collect();
        Self { name: name.into(), tone, marks: Marks::Points(points) }
    }

    /// A band.
    pub fn band(name: impl Into<String>, tone: Tone, points: impl IntoIterator<Item = [f64; 3]>) -> Self {
        Self { name: name.into(), tone, marks: Marks::Band(finite(points)) }
    }

    /// Bars.
    pub fn bars(name: impl Into<String>, tone: Tone, bars: Vec<Bar>) -> Self {
        let bars = bars.into_iter().filter(|bar| bar.from.is_finite() && bar.to.is_finite()).collect();
        Self { name: name.into(), tone, marks: Marks::Bars(bars) }
    }

    /// Boxes.
    pub fn boxes(name: impl Into<String>, tone: Tone, boxes: Vec<Quantiles>) -> Self {
        let boxes = boxes.into_iter().filter(|one| one.values.iter().all(|x| x.is_finite())).collect();
        Self { name: name.into(), tone, marks: Marks::Boxes(boxes) }
    }

    /// Cells.
    pub fn cells(cells: Vec<Cell>, middle: Option<f64>) -> Self {
        let cells = cells.into_iter().filter(|cell| cell.value.is_finite()).collect();
        Self { name: String::new(), tone: Tone::Quiet, marks: Marks::Cells { cells, middle } }
    }

    /// Is there nothing to draw?
    pub fn is_empty(&self) -> bool {
        match &self.marks {
            Marks::Line { points, .. } => points.is_empty(),
            Marks::Band(points) => points.is_empty(),
            Marks::Points(points) => points.is_empty(),
            Marks::Bars(bars) => bars.is_empty(),
            Marks::Boxes(boxes) => boxes.is_empty(),
            Marks::Cells { cells, .. } => cells.is_empty(),
        }
    }
}

impl Panel {
    /// A panel of common height without guides.
    pub fn new(y: Axis, layers: Vec<Layer>) -> Self {
        Self { y, layers, guides: Vec::new(), height: 1.0, level: false }
    }

    /// With a line at zero.
    pub fn with_zero(mut self) -> Self {
        self.guides.push(Guide { upright: false, at: 0.0, label: String::new() });
        self
    }

    /// With an upright line at zero.
    pub fn with_zero_upright(mut self) -> Self {
        self.guides.push(Guide { upright: true, at: 0.0, label: String::new() });
        self
    }

    /// With all layers of a name on one line.
    pub fn on_one_line(mut self) -> Self {
        self.level = true;
        self
    }

    /// Of another height.
    pub fn of_height(mut self, height: f64) -> Self {
        self.height = height;
        self
    }
}

impl Figure {
    /// Is there nothing to draw?
    pub fn is_empty(&self) -> bool {
        self.panels.iter().flat_map(|panel| &panel.layers).all(Layer::is_empty)
    }
}

/// Points that are finite, to six digits: more than any drawing shows, and a long line takes half the room.
fn finite<const N: usize>(points: impl IntoIterator<Item = [f64; N]>) -> Vec<[f64; N]> {
    points.into_iter().filter(|point| point.iter().all(|x| x.is_finite())).map(|point| point.map(short)).collect()
}

/// Six significant digits.
pub fn short(x: f64) -> f64 {
    // Zero has no sign here.
    format!("{x:.5e}").parse().unwrap_or(x) + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_survives_json_and_drops_what_is_not_finite() {
        let line = Layer::line("a", Tone::STATIC, [[0.0, 1.0], [1.0, f64::NAN], [2.0, 3.0]]).dashed().stepped(true);
        let points = Layer::points("b", Tone::Accent, vec![Point { x: f64::INFINITY, ..Point::default() }]);
        assert!(points.is_empty() && !line.is_empty());
        let panel = Panel::new(Axis::linear("y, bp"), vec![line, points]).with_zero().of_height(2.0);
        let figure = Figure {
            id: "a-b".to_owned(),
            title: "A and b".to_owned(),
            summary: "They cross.".to_owned(),
            basis: "n = 2".to_owned(),
            x: Axis::names("rule", vec!["static".to_owned(), "<script>".to_owned()]),
            panels: vec![panel],
            shades: vec![Shade { from: 0.0, to: 1.0, label: "crash".to_owned() }],
        };
        let text = serde_json::to_string(&figure).unwrap();
        assert_eq!(serde_json::from_str::<Figure>(&text).unwrap(), figure);
        assert!(!figure.is_empty());
    }
}
