//! A figure as a chart of ECharts: axes, grids and series as JSON, which the page's script completes.
//!
//! JSON has no functions, so a series that the library does not know names what draws it (`draw`), and an axis of names
//! carries its `names`. What depends on the room (margins, rotation of names) and on the theme (ink) is the script's part.
//! Names count as values, because a mark may stand beside its name: several marks at one name share its width.

use super::abreast::abreast;
use super::series;
use crate::figure::{Axis, Figure, Marks, Panel, Scale, Tone};
use crate::report::palette;
use serde_json::{Map, Value, json};

/// Height of a panel alone, and of all panels if there are several, in pixels.
const ALONE: f64 = 340.0;
const ALONE_WITH_NAMES: f64 = 440.0;
const TOGETHER: f64 = 250.0;
const TOGETHER_WITH_NAMES: f64 = 310.0;
/// Height of a name that nothing shares, of each block and of each point more at it, and of a row of cells.
const ROW: f64 = 26.0;
const ROW_PER_BLOCK: f64 = 12.0;
const ROW_PER_POINT: f64 = 5.0;
const ROW_OF_CELLS: f64 = 36.0;

/// The chart: its option, the heights of its panels, and its legend.
pub fn chart(figure: &Figure) -> Value {
    let across = figure.panels.iter().any(|panel| panel.y.list().is_some());
    let follows =
        figure.panels.iter().flat_map(|panel| &panel.layers).all(follows_pointer) && figure.x.list().is_none();
    let mut lists: Vec<Value> = Vec::new();
    for (number, panel) in figure.panels.iter().enumerate() {
        lists.extend(series::of_panel(figure, panel, number));
    }
    let legend = legend(figure);
    let names: Vec<&Value> = legend.iter().map(|entry| &entry["name"]).collect();
    let mut option = json!({
        "animation": false,
        "grid": vec![json!({ "outerBoundsMode": "none" }); figure.panels.len()],
        "xAxis": (0..figure.panels.len()).map(|number| x_axis(figure, number)).collect::<Vec<_>>(),
        "yAxis": figure.panels.iter().enumerate().map(|(number, panel)| y_axis(panel, number)).collect::<Vec<_>>(),
        "series": lists,
        "tooltip": { "trigger": if follows { "axis" } else { "item" } },
        "legend": { "show": false, "data": names },
    });
    if follows {
        option["axisPointer"] = json!({ "link": [{ "xAxisIndex": "all" }] });
    }
    let zoom = follows && !across && longest(figure) > 200;
    json!({
        "x": figure.x.title,
        "y": figure.panels.iter().map(|panel| &panel.y.title).collect::<Vec<_>>(),
        "heights": heights(figure),
        "zoom": zoom,
        "legend": legend,
        "option": option,
    })
}

/// The colours of tones by what they become on a dark ground.
pub fn on_dark() -> Value {
    let series = (0..Tone::SERIES).map(Tone::Series);
    let tones = series.chain([Tone::Quiet, Tone::Gain, Tone::Loss, Tone::Accent]);
    tones.map(|tone| (palette::colour(tone).to_owned(), json!(palette::on_dark(tone)))).collect::<Map<_, _>>().into()
}

/// Heights of the panels in pixels: enough for their names.
pub fn heights(figure: &Figure) -> Vec<f64> {
    let labelled = figure.panels.iter().flat_map(|panel| &panel.layers).any(|layer| match &layer.marks {
        Marks::Points(points) => points.iter().any(|point| !point.label.is_empty()),
        _ => false,
    });
    let count = figure.panels.len() as f64;
    let all = match figure.panels.len() {
        0 | 1 if labelled => ALONE_WITH_NAMES,
        0 | 1 => ALONE,
        _ if labelled => TOGETHER_WITH_NAMES * count,
        _ => TOGETHER + 130.0 * (count - 1.0),
    };
    let shares: f64 = figure.panels.iter().map(|panel| panel.height.max(0.1)).sum();
    let one = |panel: &Panel| match panel.y.list() {
        Some(names) => (names.len() as f64 * row(panel)).max(90.0).round(),
        None => (all * panel.height.max(0.1) / shares).max(80.0).round(),
    };
    figure.panels.iter().map(one).collect()
}

/// Height of one name of a vertical axis.
fn row(panel: &Panel) -> f64 {
    if panel.layers.iter().any(|layer| matches!(layer.marks, Marks::Cells { .. })) {
        return ROW_OF_CELLS;
    }
    let abreast = abreast(panel, true).into_iter().map(|(_, of)| of).max().unwrap_or(1);
    let blocks = panel.layers.iter().any(|layer| matches!(layer.marks, Marks::Bars(_) | Marks::Boxes(_)));
    ROW + (abreast as f64 - 1.0) * if blocks { ROW_PER_BLOCK } else { ROW_PER_POINT }
}

/// Can a pointer go along the horizontal axis and read every layer at its place?
fn follows_pointer(layer: &crate::figure::Layer) -> bool {
    matches!(layer.marks, Marks::Line { .. } | Marks::Band(_))
}

fn longest(figure: &Figure) -> usize {
    let length = |marks: &Marks| match marks {
        Marks::Line { points, .. } => points.len(),
        Marks::Band(points) => points.len(),
        _ => 0,
    };
    figure.panels.iter().flat_map(|panel| &panel.layers).map(|layer| length(&layer.marks)).max().unwrap_or(0)
}

fn x_axis(figure: &Figure, number: usize) -> Value {
    let bars = figure.panels.iter().any(|panel| panel.y.list().is_some() && stands_on_zero(panel));
    let mut axis = axis(&figure.x, number, !bars);
    let (mut low, mut high) = series::reach(figure);
    if bars {
        (low, high) = (low.min(0.0), high.max(0.0));
    }
    // Every panel spans the same, whatever each has: their marks stand above each other.
    let together = figure.panels.len() > 1 || along_a_line(figure);
    if low < high && figure.x.list().is_none() && (together || matches!(figure.x.scale, Scale::Log)) {
        if !along_a_line(figure) {
            (low, high) = rounded(low, high, matches!(figure.x.scale, Scale::Log));
        }
        axis["min"] = json!(series::short(low));
        axis["max"] = json!(series::short(high));
    }
    axis
}

/// Ends with room at both sides, at round numbers.
fn rounded(low: f64, high: f64, log: bool) -> (f64, f64) {
    if log {
        return (low / 1.1, high * 1.1);
    }
    let rough = (high - low) / 10.0;
    let power = 10.0_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|step| *step >= rough).unwrap_or(rough);
    ((low / step).floor() * step, (high / step).ceil() * step)
}

fn y_axis(panel: &Panel, number: usize) -> Value {
    let mut axis = axis(&panel.y, number, !stands_on_zero(panel) || panel.y.list().is_some());
    if panel.y.list().is_some() {
        // The first name is at the top, as in a table.
        axis["inverse"] = json!(true);
    }
    axis
}

/// Do its marks stand on zero, so that zero must be seen?
fn stands_on_zero(panel: &Panel) -> bool {
    panel.layers.iter().any(|layer| matches!(&layer.marks, Marks::Bars(_) | Marks::Line { filled: true, .. }))
}

/// Is everything lines and bands that should end where the axis ends?
fn along_a_line(figure: &Figure) -> bool {
    figure.panels.iter().flat_map(|panel| &panel.layers).all(follows_pointer)
}

fn axis(axis: &Axis, number: usize, free: bool) -> Value {
    let mut one = json!({ "gridIndex": number });
    match &axis.scale {
        Scale::Linear => {
            one["type"] = json!("value");
            one["scale"] = json!(free);
        }
        Scale::Log => one["type"] = json!("log"),
        Scale::Names(names) => {
            one["type"] = json!("value");
            one["min"] = json!(-0.5);
            one["max"] = json!(names.len() as f64 - 0.5);
            one["names"] = json!(names);
        }
    }
    one
}

/// Entries of the legend in order: name, colour and sign of the first layer of that name.
fn legend(figure: &Figure) -> Vec<Value> {
    let mut entries: Vec<Value> = Vec::new();
    for layer in figure.panels.iter().flat_map(|panel| &panel.layers) {
        if layer.name.is_empty() || layer.is_empty() || entries.iter().any(|entry| entry["name"] == layer.name.as_str())
        {
            continue;
        }
        let sign = match &layer.marks {
            Marks::Line { dashed: true, .. } => "dashed",
            Marks::Line { .. } => "line",
            Marks::Band(_) => "band",
            Marks::Points(_) => "point",
            Marks::Bars(_) | Marks::Boxes(_) | Marks::Cells { .. } => "block",
        };
        let symbol = series::symbol(layer.tone);
        let colour = palette::colour(layer.tone);
        entries.push(json!({ "name": layer.name, "colour": colour, "sign": sign, "symbol": symbol }));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Bar, Layer, Point, Quantiles, Shade};

    fn figure(x: Axis, panels: Vec<Panel>) -> Figure {
        let words = String::new;
        Figure { id: "f".to_owned(), title: words(), summary: words(), basis: words(), x, panels, shades: Vec::new() }
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("rule {n}")).collect()
    }

    #[test]
    fn panels_are_linked_and_span_the_same() {
        let upper = Layer::line("vix", Tone::Quiet, (0..300).map(|day| [f64::from(day), 20.0]));
        let lower = Layer::line("multiplier", Tone::DYNAMIC, [[10.0, 1.0], [20.0, 2.0]]).stepped(false);
        let panels = vec![
            Panel::new(Axis::linear("VIX"), vec![upper]).of_height(2.0),
            Panel::new(Axis::log("multiplier"), vec![lower]),
        ];
        let mut one = figure(Axis::linear("day"), panels);
        one.shades.push(Shade { from: 5.0, to: 9.0, label: "crash".to_owned() });
        let chart = chart(&one);
        let option = &chart["option"];
        assert_eq!(option["axisPointer"]["link"][0]["xAxisIndex"], "all");
        assert_eq!(option["grid"].as_array().unwrap().len(), 2);
        for number in 0..2 {
            assert_eq!(
                (&option["xAxis"][number]["min"], &option["xAxis"][number]["max"]),
                (&json!(0.0), &json!(299.0))
            );
        }
        assert_eq!((&option["yAxis"][0]["type"], &option["yAxis"][1]["type"]), (&json!("value"), &json!("log")));
        assert_eq!(chart["zoom"], true);
        assert_eq!(chart["heights"], json!([253.0, 127.0]));
        let shaded = option["series"].as_array().unwrap().iter().filter(|s| !s["markArea"].is_null()).count();
        assert_eq!(shaded, 2, "every panel is shaded");
    }

    #[test]
    fn names_on_the_vertical_axis_make_the_figure_taller_and_run_from_the_top() {
        let boxes = |tone| {
            let one = |at| Quantiles { at: f64::from(at), values: [1.0, 2.0, 3.0, 4.0, 5.0] };
            Layer::boxes("cost", tone, (0..40).map(one).collect())
        };
        let y = Axis::names("rule", names(40));
        let one = figure(Axis::linear("cost, bp"), vec![Panel::new(y.clone(), vec![boxes(Tone::STATIC)])]);
        let two =
            figure(Axis::linear("cost, bp"), vec![Panel::new(y, vec![boxes(Tone::STATIC), boxes(Tone::DYNAMIC)])]);
        assert_eq!((heights(&one), heights(&two)), (vec![1040.0], vec![1520.0]));
        let option = &chart(&one)["option"];
        assert_eq!((&option["yAxis"][0]["inverse"], &option["yAxis"][0]["max"]), (&json!(true), &json!(39.5)));
        assert_eq!(option["tooltip"]["trigger"], "item");
    }

    #[test]
    fn panels_of_rows_share_an_axis_with_round_ends() {
        let boxes =
            |low: f64| Layer::boxes("", Tone::Quiet, vec![Quantiles { at: 0.0, values: [low, 2.0, 3.0, 4.0, 731.0] }]);
        let panel = |low| Panel::new(Axis::names("", names(1)), vec![boxes(low)]);
        let option = &chart(&figure(Axis::linear("bp"), vec![panel(-310.0), panel(1.0)]))["option"];
        for number in 0..2 {
            let axis = &option["xAxis"][number];
            assert_eq!((&axis["min"], &axis["max"]), (&json!(-400.0), &json!(800.0)));
        }
    }

    #[test]
    fn bars_stand_on_zero_and_points_do_not() {
        let bars = Layer::bars("", Tone::Gain, vec![Bar { at: 0.0, from: 0.0, to: 5.0, interval: None }]);
        let points = Layer::points("", Tone::Gain, vec![Point { x: 1.0, y: 100.0, ..Point::default() }]);
        let x = || Axis::names("part", names(1));
        let scale = |layer| {
            chart(&figure(x(), vec![Panel::new(Axis::linear("bp"), vec![layer])]))["option"]["yAxis"][0]["scale"]
                .clone()
        };
        assert_eq!((scale(bars), scale(points)), (json!(false), json!(true)));
    }

    #[test]
    fn a_name_is_one_entry_of_the_legend_and_no_name_is_none() {
        let line = |name: &str| Layer::line(name, Tone::STATIC, [[0.0, 1.0]]);
        let layers =
            vec![line("a"), line(""), line("a").dashed(), line("b").dashed(), Layer::line("empty", Tone::Quiet, [])];
        let chart = chart(&figure(Axis::linear("x"), vec![Panel::new(Axis::linear("y"), layers)]));
        let signs: Vec<_> = chart["legend"].as_array().unwrap().iter().map(|e| (&e["name"], &e["sign"])).collect();
        assert_eq!(signs, [(&json!("a"), &json!("line")), (&json!("b"), &json!("dashed"))]);
        assert_eq!(chart["option"]["legend"]["data"], json!(["a", "b"]));
    }

    #[test]
    fn a_figure_of_nothing_is_a_chart_of_nothing() {
        assert_eq!(chart(&figure(Axis::linear("x"), Vec::new()))["option"]["series"], json!([]));
        let empty = figure(Axis::log("x"), vec![Panel::new(Axis::linear("y"), Vec::new())]);
        assert_eq!(chart(&empty)["option"]["xAxis"][0]["min"], Value::Null);
    }
}
