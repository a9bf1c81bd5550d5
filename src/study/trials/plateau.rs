//! The true value of every member of a grid as a picture: which is best, which cannot be told from it, and what histories
//! pick. Two axes lie across and upright; of more the later ones are told in one name; one is a row of points.

use super::Grid;
use super::population::{BATCHES, GridTruth, batch_error, beside};
use crate::figure::{Axis, Bar, Cell, Figure, Layer, Panel, Point, Tone};
use crate::stats::estimate::{Estimate, LEVEL};
use crate::study::objective::Objective;
use crate::study::pictures::{digits, upright};

/// Most cells that a reader can take in.
const MOST: usize = 600;

/// Where the members of a grid stand: names of columns and rows, and of each member its column and row.
pub struct Layout {
    /// What the columns are.
    pub across: Axis,
    /// What the rows are; one row where there is one axis.
    pub upright: Axis,
    /// Column and row of each member, in their order.
    pub places: Vec<(usize, usize)>,
}

type Tuned = (String, Vec<String>);

impl Layout {
    /// Of a grid; none where its axes do not tell its members apart.
    pub fn of(grid: &Grid) -> Option<Self> {
        let axes = &grid.axes;
        let lengths: Vec<usize> = axes.iter().map(|(_, values)| values.len()).collect();
        let members: usize = lengths.iter().product();
        if axes.is_empty() || members != grid.members.len() {
            return None;
        }
        let product = |list: &[usize]| list.iter().product::<usize>();
        let longer = |split: &usize| product(&lengths[..*split]).max(product(&lengths[*split..]));
        let split = (1..=axes.len()).min_by_key(longer).filter(|_| axes.len() > 1).unwrap_or(axes.len());
        let (columns, rows) = axes.split_at(split);
        let (places_across, names_across) = combined(columns);
        let (places_upright, names_upright) = combined(rows);
        let height = names_upright.len();
        let place = |member: usize| (places_across[member / height], places_upright[member % height]);
        Some(Self {
            across: Axis::names(title(columns), names_across),
            upright: Axis::names(title(rows), names_upright),
            places: (0..members).map(place).collect(),
        })
    }

    /// Is there one axis?
    pub fn is_a_row(&self) -> bool {
        self.upright.list().is_none_or(|rows| rows.len() < 2)
    }

    /// A panel with a number for each member: cells, or bars where there is one axis.
    pub fn panel(&self, title: &str, values: &[f64], cell: impl Fn(usize, Cell) -> Cell, middle: Option<f64>) -> Panel {
        if self.is_a_row() {
            let bar =
                |(value, place): (&f64, &(usize, usize))| Bar { at: place.0 as f64, to: *value, ..Bar::default() };
            let bars = values.iter().zip(&self.places).map(bar).collect();
            return Panel::new(Axis::linear(title), vec![Layer::bars("", Tone::Quiet, bars)]);
        }
        let of = |(member, value): (usize, &f64)| {
            let (x, y) = self.places[member];
            cell(member, Cell { x, y, value: *value, text: digits(*value), chosen: false, near: false })
        };
        let cells = values.iter().enumerate().map(of).collect();
        // The names of the rows say nothing of what stands in the cells.
        let rows = Axis { title: format!("{title}; rows: {}", self.upright.title), ..self.upright.clone() };
        Panel::new(rows, vec![Layer::cells(cells, middle)])
    }
}

fn title(axes: &[Tuned]) -> String {
    axes.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// All combinations of some axes, the first varying slowest: the place of each where values ascend, and the names there.
fn combined(axes: &[Tuned]) -> (Vec<usize>, Vec<String>) {
    let (mut places, mut names) = (vec![0], vec![String::new()]);
    for (_, values) in axes {
        let order = ascending(values);
        let rank = |value: usize| order.iter().position(|known| *known == value).unwrap_or(value);
        let before = std::mem::take(&mut places);
        for place in before {
            places.extend((0..values.len()).map(|value| place * values.len() + rank(value)));
        }
        let before = std::mem::take(&mut names);
        for name in before {
            let gap = if name.is_empty() { "" } else { ", " };
            names.extend(order.iter().map(|value| format!("{name}{gap}{}", values[*value])));
        }
    }
    (places, names)
}

/// The order in which numbers ascend; words stay as they are.
fn ascending(values: &[String]) -> Vec<usize> {
    let numbers: Vec<Option<f64>> = values.iter().map(|value| value.parse().ok()).collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    if numbers.iter().all(Option::is_some) {
        order.sort_by(|a, b| numbers[*a].unwrap_or(0.0).total_cmp(&numbers[*b].unwrap_or(0.0)));
    }
    order
}

/// What is shown of a grid.
pub struct Shown<'a> {
    /// Name of the figure.
    pub id: String,
    /// The grid.
    pub grid: &'a Grid,
    /// Names of its members.
    pub names: &'a [String],
    /// What they are worth.
    pub truth: &'a GridTruth,
    /// Share of histories that pick each member, and how; empty where nothing is picked.
    pub picked: &'a [f64],
    /// How it is picked, `in sample`.
    pub how: String,
    /// What is chosen by.
    pub objective: Objective,
    /// Histories and paths that it rests on.
    pub basis: String,
}

impl Shown<'_> {
    /// The figure; none where the values have no meaning, or there are too many.
    pub fn figure(&self) -> Option<Figure> {
        let layout = Layout::of(self.grid).filter(|layout| layout.places.len() <= MOST)?;
        let (scale, unit) = self.objective.shown();
        let best = self.truth.best();
        let values: Vec<f64> = self.truth.members.iter().map(|member| member.value() * scale).collect();
        if !values[best].is_finite() {
            return None;
        }
        let near: Vec<bool> = (0..values.len()).map(|member| self.is_near(member, best)).collect();
        let title = format!("true {}, {unit}", self.objective.name());
        let mut panels = vec![if layout.is_a_row() {
            self.points(&layout, &near, &title)
        } else {
            let marked = |member: usize, cell: Cell| Cell { chosen: member == best, near: near[member], ..cell };
            layout.panel(&title, &values, marked, None)
        }];
        let most = super::best(self.picked);
        if !self.picked.is_empty() {
            let shares: Vec<f64> = self.picked.iter().map(|share| 100.0 * share).collect();
            let marked = |member: usize, cell: Cell| Cell {
                chosen: member == most,
                text: format!("{:.0} %", shares[member]),
                ..cell
            };
            panels.push(layout.panel(&format!("picked {}, % of histories", self.how), &shares, marked, None));
        }
        let title = format!("{}: what each member of the grid is truly worth, and what histories pick", self.grid.name);
        let second = if layout.is_a_row() || self.picked.is_empty() {
            ""
        } else {
            ". Upper part: the true value, framed: the best member and those that cannot be told from it; lower part: how often \
             each is picked"
        };
        Some(Figure {
            id: self.id.clone(),
            title,
            summary: self.summary(&near, best, most),
            basis: format!(
                "{}; unit: {unit}, more is better; a member is near the best where the 95 % interval of their \
                            difference holds zero{second}",
                self.basis
            ),
            x: layout.across.clone(),
            panels,
            shades: Vec::new(),
        })
    }

    /// Can a member not be told from the best one?
    fn is_near(&self, member: usize, best: usize) -> bool {
        member != best && beside(self.truth, &[member], best).is_some_and(|difference| !difference.excludes_zero())
    }

    /// One axis: points with the errors that batches of paths give them.
    fn points(&self, layout: &Layout, near: &[bool], title: &str) -> Panel {
        let (scale, _) = self.objective.shown();
        let best = self.truth.best();
        let point = |member: usize| -> Option<Point> {
            let truth = &self.truth.members[member];
            let doubt = batch_error(&truth.batches.iter().map(|figures| figures[0]).collect::<Vec<_>>());
            let n = truth.batches.len() as u64;
            let dof = (BATCHES - 1) as f64;
            let found = Estimate::student(truth.value(), Some(doubt), dof, LEVEL, n, "over batches of paths");
            upright(layout.places[member].0 as f64, found.as_ref(), scale)
        };
        let those =
            |of: &dyn Fn(usize) -> bool| (0..near.len()).filter(|member| of(*member)).filter_map(point).collect();
        let mut line: Vec<[f64; 2]> = (0..near.len()).filter_map(point).map(|point| [point.x, point.y]).collect();
        line.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let layers = vec![
            Layer::line("", Tone::Quiet, line),
            Layer::points("other members", Tone::Quiet, those(&|member| member != best && !near[member])),
            Layer::points("cannot be told from the best", Tone::Series(2), those(&|member| near[member])),
            Layer::points("truly best", Tone::Accent, those(&|member| member == best)),
        ];
        Panel::new(Axis::linear(title), layers)
    }

    fn summary(&self, near: &[bool], best: usize, most: usize) -> String {
        let (scale, unit) = self.objective.shown();
        let of = |member: usize| digits(self.truth.value(member) * scale);
        let plateau = match near.iter().filter(|near| **near).count() {
            0 => "all others are told from it".to_owned(),
            1 => "one other cannot be told from it".to_owned(),
            n => format!("{n} others cannot be told from it"),
        };
        let picked = match self.picked.get(most) {
            Some(share) => format!(
                " {} is picked most {}, by {:.0} % of histories; it is truly worth {}.",
                self.names[most],
                self.how,
                100.0 * share,
                of(most)
            ),
            None => String::new(),
        };
        format!(
            "Of {} members {} is truly best with {} {unit}; {plateau}; the untuned rule is worth {}.{picked}",
            near.len(),
            self.names[best],
            of(best),
            of(0)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Marks;
    use crate::study::pictures::tests::hold;
    use crate::study::trials::population::Truth;

    fn grid(axes: &[(&str, &[&str])]) -> Grid {
        let axes: Vec<Tuned> = axes
            .iter()
            .map(|(name, values)| ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect()))
            .collect();
        let members = axes.iter().map(|(_, values)| values.len()).product();
        Grid { name: "<b>".to_owned(), members: (0..members).collect(), fixed: 0, axes }
    }

    fn truth(values: &[f64], noise: f64) -> GridTruth {
        let batch =
            |value: f64, i: usize| [value + noise * ((i * 7 + (value * 1e4) as usize) % 5) as f64, 0.0, 0.0, 0.0];
        let member = |value: &f64| Truth {
            figures: [*value, 0.0, 0.0, 0.0],
            batches: (0..BATCHES).map(|i| batch(*value, i)).collect(),
        };
        GridTruth { members: values.iter().map(member).collect(), mix: None, unmatched: false }
    }

    fn figure(grid: &Grid, truth: &GridTruth, picked: &[f64]) -> Option<Figure> {
        let names: Vec<String> = (0..grid.members.len()).map(|i| format!("member {i}")).collect();
        let shown = Shown {
            id: "truth-grid".to_owned(),
            grid,
            names: &names,
            truth,
            picked,
            how: "in sample".to_owned(),
            objective: Objective::Cost,
            basis: "100 histories, truth from 200 paths".to_owned(),
        };
        shown.figure()
    }

    #[test]
    fn numbers_ascend_and_members_stand_where_their_numbers_say() {
        let grid = grid(&[("from", &["10", "6", "14"]), ("width", &["15", "9"]), ("mode", &["b", "a"])]);
        let layout = Layout::of(&grid).unwrap();
        assert_eq!(layout.across.list().unwrap(), ["6", "10", "14"]);
        assert_eq!(layout.upright.list().unwrap(), ["9, b", "9, a", "15, b", "15, a"]);
        assert_eq!(layout.upright.title, "width, mode");
        // Members: from 10, width 15, b; the same with a; from 10, width 9, b; and so on.
        assert_eq!(layout.places[..3], [(1, 2), (1, 3), (1, 0)]);
        assert_eq!((layout.places[4], layout.places[11]), ((0, 2), (2, 1)));
        assert!(Layout::of(&Grid { members: vec![0], ..grid }).is_none());
    }

    #[test]
    fn the_best_the_near_and_the_picked_are_marked() {
        let grid = grid(&[("from", &["1", "2"]), ("width", &["3", "4"])]);
        let found = figure(&grid, &truth(&[0.01, 0.03, 0.0301, 0.0], 1e-4), &[0.1, 0.2, 0.3, 0.4]).unwrap();
        hold(std::slice::from_ref(&found));
        let cells = |panel: usize| match &found.panels[panel].layers[0].marks {
            Marks::Cells { cells, .. } => cells.clone(),
            other => panic!("{other:?}"),
        };
        let marks: Vec<(bool, bool)> = cells(0).iter().map(|cell| (cell.chosen, cell.near)).collect();
        assert_eq!(marks, [(false, false), (false, true), (true, false), (false, false)]);
        assert_eq!(cells(1).iter().map(|cell| cell.chosen).collect::<Vec<_>>(), [false, false, false, true]);
        assert!(found.summary.contains("member 2 is truly best with 301 bp"), "{}", found.summary);
    }

    #[test]
    fn one_axis_is_a_row_and_without_values_there_is_nothing() {
        let grid = grid(&[("to", &["30", "10", "20"])]);
        let found = figure(&grid, &truth(&[0.01, 0.02, 0.03], 1e-4), &[]).unwrap();
        assert!(matches!(found.panels[0].layers[0].marks, Marks::Line { .. }));
        assert_eq!((found.panels.len(), found.x.list().unwrap().len()), (1, 3));
        assert!(figure(&grid, &truth(&[f64::NAN; 3], 0.0), &[]).is_none());
    }
}
