use super::*;
use crate::figure::Axis;

fn figure(x: Axis, y: Axis, layers: Vec<Layer>) -> Figure {
    let words = String::new;
    let panels = vec![Panel::new(y, layers)];
    Figure { id: "f".to_owned(), title: words(), summary: words(), basis: words(), x, panels, shades: Vec::new() }
}

fn names() -> Axis {
    Axis::names("", vec!["a".to_owned(), "b".to_owned()])
}

/// The series after the frame.
fn drawn(figure: &Figure) -> Vec<Value> {
    of_panel(figure, &figure.panels[0], 0).split_off(1)
}

fn bar(at: f64, from: f64, to: f64) -> Bar {
    Bar { at, from, to, interval: None }
}

#[test]
fn numbers_have_six_digits() {
    assert_eq!([1.0 / 3.0, -123_456_789.0, 0.0, f64::NAN].map(short), [0.333_333, -123_457_000.0, 0.0, 0.0]);
}

#[test]
fn a_line_can_be_dashed_stepped_and_filled() {
    let layer = Layer::line("a", Tone::DYNAMIC, [[0.0, 1.0], [1.0, 2.0]]).dashed().stepped(true);
    let one = &drawn(&figure(Axis::linear(""), Axis::linear(""), vec![layer]))[0];
    assert_eq!(
        (&one["type"], &one["step"], &one["lineStyle"]["type"]),
        (&json!("line"), &json!("end"), &json!("dashed"))
    );
    assert_eq!((&one["color"], &one["name"]), (&json!("#D55E00"), &json!("a")));
    assert!(one["areaStyle"]["opacity"].is_number() && one["sampling"].is_null());
}

#[test]
fn a_point_has_its_region_behind_its_errors_behind_itself() {
    let region = vec![[0.0, 1.0], [2.0, 1.5], [1.0, 3.0]];
    let point = Point { x: 1.0, y: 2.0, label: "<b>".to_owned(), along: Some([1.5, 2.5]), region, ..Point::default() };
    let list = drawn(&figure(Axis::linear(""), Axis::linear(""), vec![Layer::points("p", Tone::STATIC, vec![point])]));
    let kinds: Vec<_> = list.iter().map(|one| one["draw"].as_str().unwrap_or("point")).collect();
    assert_eq!(kinds, ["region", "errorbar", "point"]);
    assert_eq!(list[0]["data"][0]["value"], json!([0.0, 1.0, 2.0, 3.0]));
    assert_eq!(list[1]["data"][0], json!([1.0, 2.0, null, null, 1.5, 2.5]));
    assert_eq!(list[2]["data"][0], json!({ "value": [1.0, 2.0], "name": "<b>", "along": [1.5, 2.5] }));
    assert!(list.iter().all(|one| one["name"] == "p"), "one click in the legend hides all three");
}

#[test]
fn bars_that_would_cover_each_other_stand_side_by_side() {
    let beside = vec![
        Layer::bars("s", Tone::STATIC, vec![bar(0.0, 0.0, 5.0)]),
        Layer::bars("d", Tone::DYNAMIC, vec![bar(0.0, 0.0, 4.0)]),
    ];
    let one = figure(names(), Axis::linear(""), beside);
    assert_eq!(abreast(&one.panels[0], true), [(0, 2), (1, 2)]);
    let list = drawn(&one);
    assert_eq!((&list[0]["data"][0][0], &list[1]["data"][0][0]), (&json!(-0.19), &json!(0.19)));
    let waterfall = vec![
        Layer::bars("up", Tone::Gain, vec![bar(0.0, 0.0, 5.0)]),
        Layer::bars("down", Tone::Loss, vec![bar(0.0, 5.0, 7.0), bar(1.0, 5.0, 3.0)]),
    ];
    let two = figure(names(), Axis::linear(""), waterfall);
    assert_eq!(abreast(&two.panels[0], true), [(0, 1), (0, 1)], "the parts of a waterfall stand in one column");
}

#[test]
fn bars_and_boxes_lie_across_on_names_and_points_step_aside() {
    let boxes = |tone| Layer::boxes("", tone, vec![Quantiles { at: 1.0, values: [1.0, 2.0, 3.0, 4.0, 5.0] }]);
    let list = drawn(&figure(Axis::linear(""), names(), vec![boxes(Tone::STATIC), boxes(Tone::DYNAMIC)]));
    assert_eq!(list[0]["encode"], json!({ "x": [1, 2, 3, 4, 5], "y": [0] }));
    assert_eq!((&list[0]["across"], &list[0]["data"][0][0]), (&json!(true), &json!(0.81)));
    let point = |tone| Layer::points("", tone, vec![Point { x: 9.0, y: 1.0, ..Point::default() }]);
    let list = drawn(&figure(Axis::linear(""), names(), vec![point(Tone::STATIC), point(Tone::DYNAMIC)]));
    assert_eq!(list[1]["data"][0]["value"], json!([9.0, 1.15]));
}

#[test]
fn bars_on_values_are_as_wide_as_their_neighbours_let_them() {
    let layer = Layer::bars("", Tone::Quiet, vec![bar(3.0, 0.0, 1.0), bar(1.0, 0.0, 1.0), bar(1.5, 0.0, 1.0)]);
    let list = drawn(&figure(Axis::linear(""), Axis::linear(""), vec![layer]));
    assert_eq!(list[0]["width"], json!(0.48));
}

#[test]
fn cells_have_their_colours_and_readable_ink() {
    let cell = |x, value| Cell { x, y: 0, value, text: format!("{value}"), chosen: x == 1, near: false };
    let of = |middle| drawn(&figure(names(), names(), vec![Layer::cells(vec![cell(0, -1.0), cell(1, 3.0)], middle)]));
    assert_eq!(of(None)[0]["data"][0]["ground"], "#440154");
    assert_eq!(of(None)[0]["data"][0]["ink"], "#FFFFFF");
    assert_eq!(of(Some(0.0))[0]["data"][1]["ground"], palette::diverging(1.0));
    assert_eq!((&of(None)[0]["data"][1]["chosen"], &of(None)[0]["data"][0]["chosen"]), (&json!(true), &Value::Null));
    let same = drawn(&figure(names(), names(), vec![Layer::cells(vec![cell(0, 2.0)], Some(2.0))]));
    assert_eq!(same[0]["data"][0]["ground"], palette::diverging(0.0), "nothing to tell apart is the middle");
}

#[test]
fn guides_make_room_and_shades_speak_once() {
    let line = Layer::line("", Tone::Quiet, [[0.0, 5.0]]);
    let mut one = figure(Axis::linear(""), Axis::linear(""), vec![line]);
    one.panels[0].guides.push(Guide { upright: true, at: 4.0, label: "truth".to_owned() });
    one.panels[0] = one.panels[0].clone().with_zero();
    one.shades.push(Shade { from: 1.0, to: 2.0, label: "crash".to_owned() });
    let frame = &of_panel(&one, &one.panels[0], 0)[0];
    assert_eq!(frame["data"], json!([[4.0, null], [null, 0.0]]));
    assert_eq!(frame["markLine"]["data"][0], json!({ "xAxis": 4.0, "words": "truth" }));
    assert_eq!(frame["markArea"]["data"][0][0]["words"], "crash");
    assert_eq!(of_panel(&one, &one.panels[0], 1)[0]["markArea"]["data"][0][0]["words"], "");
    assert_eq!(reach(&one), (0.0, 4.0));
}

#[test]
fn what_lies_across_reaches_along_the_horizontal_axis() {
    let interval = Some([-9.0, 3.0]);
    let bars = Layer::bars("", Tone::Gain, vec![Bar { at: 1.0, from: 0.0, to: 2.0, interval }]);
    assert_eq!(reach(&figure(Axis::linear(""), names(), vec![bars.clone()])), (-9.0, 3.0));
    assert_eq!(reach(&figure(Axis::linear(""), Axis::linear(""), vec![bars])), (1.0, 1.0));
    let boxes = Layer::boxes("", Tone::Gain, vec![Quantiles { at: 1.0, values: [-1.0, 2.0, 3.0, 4.0, 7.0] }]);
    let point = Point { x: 5.0, y: 0.0, region: vec![[4.0, 0.0], [8.0, 1.0]], ..Point::default() };
    let layers = vec![boxes, Layer::points("", Tone::Gain, vec![point])];
    assert_eq!(reach(&figure(Axis::linear(""), names(), layers)), (-1.0, 8.0));
}
