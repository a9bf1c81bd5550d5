//! The layers of a panel as series of ECharts.
//!
//! Lines and points are its own; what has an extent (band, region, error, bar, box, cell) is a `custom` series that names in
//! `draw` how the page's script draws it. Colours are those of [`palette`] on white; the script changes them on a dark ground.

use super::abreast::abreast;
use crate::figure::{Bar, Cell, Figure, Guide, Layer, Marks, Panel, Point, Quantiles, Shade, Tone};
use crate::report::palette;
use serde_json::{Map, Value, json};

/// Share of the space of a name that its marks take together; points alone stand closer, so that a name keeps its own.
const SHARE: f64 = 0.76;
const SHARE_OF_POINTS: f64 = 0.34;
/// The same for points in rows, which have little height.
const SHARE_IN_ROWS: f64 = 0.6;

/// Shapes of points, one a series.
const SYMBOLS: [&str; 6] = ["circle", "diamond", "triangle", "rect", "roundRect", "path://M0,0L10,0L5,9Z"];

/// Rounded to six significant digits: more is not seen, and a page would carry it.
pub fn short(value: f64) -> f64 {
    if value.is_finite() { crate::figure::short(value) } else { 0.0 }
}

/// The shape of a point of a tone.
pub fn symbol(tone: Tone) -> &'static str {
    match tone {
        Tone::Series(number) => SYMBOLS[usize::from(number) % SYMBOLS.len()],
        Tone::Accent => "diamond",
        _ => "circle",
    }
}

/// All series of a panel, the frame with its guides and shades first.
pub fn of_panel(figure: &Figure, panel: &Panel, number: usize) -> Vec<Value> {
    let across = panel.y.list().is_some();
    let named = across || figure.x.list().is_some();
    let blocks = panel.layers.iter().any(|layer| matches!(layer.marks, Marks::Bars(_) | Marks::Boxes(_)));
    let share = match (blocks, across) {
        (true, _) => SHARE,
        (false, true) => SHARE_IN_ROWS,
        (false, false) => SHARE_OF_POINTS,
    };
    let mut list = vec![frame(figure, panel, number)];
    for (layer, place) in panel.layers.iter().zip(abreast(panel, named)) {
        if layer.is_empty() {
            continue;
        }
        let side = Side { across, named, lane: place.0, of: place.1, share };
        for mut one in of_layer(layer, side) {
            one.insert("xAxisIndex".to_owned(), json!(number));
            one.insert("yAxisIndex".to_owned(), json!(number));
            one.insert("color".to_owned(), json!(palette::colour(layer.tone)));
            if !layer.name.is_empty() {
                one.insert("name".to_owned(), json!(layer.name));
            }
            list.push(Value::Object(one));
        }
    }
    list
}

/// Smallest and largest place on the horizontal axis that a mark takes.
pub fn reach(figure: &Figure) -> (f64, f64) {
    let mut ends = (f64::INFINITY, f64::NEG_INFINITY);
    for panel in &figure.panels {
        let across = panel.y.list().is_some();
        panel.layers.iter().for_each(|layer| along(&layer.marks, across, &mut |x| widen(&mut ends, x)));
        panel.guides.iter().filter(|guide| guide.upright).for_each(|guide| widen(&mut ends, guide.at));
    }
    ends
}

fn widen(ends: &mut (f64, f64), x: f64) {
    *ends = (ends.0.min(x), ends.1.max(x));
}

/// Every place that marks take on the horizontal axis.
fn along(marks: &Marks, across: bool, see: &mut impl FnMut(f64)) {
    match marks {
        Marks::Line { points, .. } => points.iter().for_each(|point| see(point[0])),
        Marks::Band(points) => points.iter().for_each(|point| see(point[0])),
        Marks::Points(points) => {
            for point in points {
                see(point.x);
                point.across.iter().flatten().for_each(|x| see(*x));
                point.region.iter().for_each(|corner| see(corner[0]));
            }
        }
        Marks::Bars(bars) if across => {
            for bar in bars {
                [bar.from, bar.to].iter().chain(bar.interval.iter().flatten()).for_each(|x| see(*x));
            }
        }
        Marks::Bars(bars) => bars.iter().for_each(|bar| see(bar.at)),
        Marks::Boxes(boxes) if across => boxes.iter().flat_map(|one| one.values).for_each(see),
        Marks::Boxes(_) | Marks::Cells { .. } => {}
    }
}

/// How a layer lies and where it stands at its name.
#[derive(Clone, Copy)]
struct Side {
    across: bool,
    named: bool,
    lane: usize,
    of: usize,
    share: f64,
}

impl Side {
    fn width(self) -> f64 {
        self.share / self.of as f64
    }

    fn shift(self) -> f64 {
        if self.named { (self.lane as f64 - (self.of as f64 - 1.0) / 2.0) * self.width() } else { 0.0 }
    }
}

type One = Map<String, Value>;

fn of_layer(layer: &Layer, side: Side) -> Vec<One> {
    match &layer.marks {
        Marks::Line { points, dashed, stepped, filled } => vec![line(points, *dashed, *stepped, *filled)],
        Marks::Band(points) => {
            let data: Vec<_> = points.iter().map(|point| point.map(short)).collect();
            vec![custom("band", json!(data), [&[0], &[1, 2]])]
        }
        Marks::Points(points) => of_points(points, layer.tone, side),
        Marks::Bars(bars) => vec![of_bars(bars, side)],
        Marks::Boxes(boxes) => vec![of_boxes(boxes, side)],
        Marks::Cells { cells, middle } => vec![of_cells(cells, *middle)],
    }
}

fn line(points: &[[f64; 2]], dashed: bool, stepped: bool, filled: bool) -> One {
    let data: Vec<_> = points.iter().map(|point| point.map(short)).collect();
    let mut one = object(json!({
        "type": "line",
        "data": data,
        "symbolSize": 6,
        "showSymbol": points.len() == 1,
        "lineStyle": { "width": if points.len() > 500 { 1.2 } else { 2.0 } },
        "emphasis": { "disabled": true },
    }));
    if points.len() > 2000 {
        one.insert("sampling".to_owned(), json!("lttb"));
    }
    if dashed {
        one["lineStyle"]["type"] = json!("dashed");
    }
    if stepped {
        one.insert("step".to_owned(), json!("end"));
    }
    if filled {
        one.insert("areaStyle".to_owned(), json!({ "opacity": 0.14 }));
    }
    one
}

/// Regions at the back, then errors, then the points themselves.
fn of_points(points: &[Point], tone: Tone, side: Side) -> Vec<One> {
    let place = |point: &Point| {
        let shift = side.shift();
        if side.across { [short(point.x), short(point.y + shift)] } else { [short(point.x + shift), short(point.y)] }
    };
    let mut list = Vec::new();
    let regions: Vec<Value> = points.iter().filter(|point| point.region.len() > 2).map(region).collect();
    if !regions.is_empty() {
        list.push(custom("region", json!(&regions), [&[0, 2], &[1, 3]]));
    }
    let errors: Vec<Value> = points
        .iter()
        .filter(|point| point.across.is_some() || point.along.is_some())
        .map(|point| errors(point, place(point)))
        .collect();
    if !errors.is_empty() {
        let mut one = custom("errorbar", json!(errors), [&[0, 2, 3], &[1, 4, 5]]);
        // Within a region they say nothing new.
        one.insert("thin".to_owned(), json!(!regions.is_empty()));
        list.push(one);
    }
    let data: Vec<Value> = points
        .iter()
        .map(|point| {
            let mut one = object(json!({ "value": place(point) }));
            if !point.label.is_empty() {
                one.insert("name".to_owned(), json!(point.label));
            }
            for (key, interval) in [("across", point.across), ("along", point.along)] {
                if let Some(interval) = interval {
                    one.insert(key.to_owned(), json!(interval.map(short)));
                }
            }
            Value::Object(one)
        })
        .collect();
    let size = if points.len() > 200 { 4 } else { 9 };
    list.push(object(json!({ "type": "scatter", "symbol": symbol(tone), "symbolSize": size, "data": data })));
    list
}

fn region(point: &Point) -> Value {
    let of = |axis: usize, better: fn(f64, f64) -> f64| {
        short(point.region.iter().map(|corner| corner[axis]).reduce(better).unwrap_or_default())
    };
    let outline: Vec<_> = point.region.iter().map(|corner| corner.map(short)).collect();
    json!({ "value": [of(0, f64::min), of(1, f64::min), of(0, f64::max), of(1, f64::max)], "outline": outline })
}

fn errors(point: &Point, [x, y]: [f64; 2]) -> Value {
    let ends = |interval: Option<[f64; 2]>| interval.map(|ends| ends.map(short));
    let (across, along) = (ends(point.across), ends(point.along));
    json!([x, y, across.map(|e| e[0]), across.map(|e| e[1]), along.map(|e| e[0]), along.map(|e| e[1])])
}

fn of_bars(bars: &[Bar], side: Side) -> One {
    let row = |bar: &Bar| {
        let ends = bar.interval.map(|ends| ends.map(short));
        json!([short(bar.at + side.shift()), short(bar.from), short(bar.to), ends.map(|e| e[0]), ends.map(|e| e[1])])
    };
    let data: Vec<Value> = bars.iter().map(row).collect();
    let mut one = custom("bar", json!(data), lying(side, &[1, 2, 3, 4]));
    one.insert("across".to_owned(), json!(side.across));
    one.insert("width".to_owned(), json!(short(if side.named { side.width() } else { 0.96 * gap(bars) })));
    one
}

/// The smallest distance of neighbours.
fn gap(bars: &[Bar]) -> f64 {
    let mut places: Vec<f64> = bars.iter().map(|bar| bar.at).collect();
    places.sort_by(f64::total_cmp);
    let smallest = places.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0.0).reduce(f64::min);
    smallest.unwrap_or(1.0)
}

fn of_boxes(boxes: &[Quantiles], side: Side) -> One {
    let row = |one: &Quantiles| {
        let mut row = vec![short(one.at + side.shift())];
        row.extend(one.values.map(short));
        row
    };
    let data: Vec<_> = boxes.iter().map(row).collect();
    let mut one = custom("box", json!(data), lying(side, &[1, 2, 3, 4, 5]));
    one.insert("across".to_owned(), json!(side.across));
    one.insert("width".to_owned(), json!(short(side.width())));
    one
}

fn of_cells(cells: &[Cell], middle: Option<f64>) -> One {
    let low = cells.iter().map(|cell| cell.value).fold(f64::INFINITY, f64::min);
    let high = cells.iter().map(|cell| cell.value).fold(f64::NEG_INFINITY, f64::max);
    let colour = |value: f64| match middle {
        Some(middle) => {
            let most = (high - middle).abs().max((low - middle).abs());
            palette::diverging(if most > 0.0 { (value - middle) / most } else { 0.0 })
        }
        None => palette::sequential(if high > low { (value - low) / (high - low) } else { 0.5 }),
    };
    let one = |cell: &Cell| {
        let ground = colour(cell.value);
        let mut one = object(json!({ "value": [cell.x, cell.y, short(cell.value)], "text": cell.text }));
        one.insert("ink".to_owned(), json!(palette::ink_on(&ground)));
        one.insert("ground".to_owned(), json!(ground));
        for (key, flag) in [("chosen", cell.chosen), ("near", cell.near)] {
            if flag {
                one.insert(key.to_owned(), json!(true));
            }
        }
        Value::Object(one)
    };
    let data: Vec<Value> = cells.iter().map(one).collect();
    custom("cell", json!(data), [&[0], &[1]])
}

/// An invisible series that carries guides and shades, and makes room for the guides.
fn frame(figure: &Figure, panel: &Panel, number: usize) -> Value {
    let places: Vec<Value> =
        panel.guides.iter().map(|g| if g.upright { json!([g.at, null]) } else { json!([null, g.at]) }).collect();
    let mut one = custom("frame", json!(places), [&[0], &[1]]);
    one.insert("xAxisIndex".to_owned(), json!(number));
    one.insert("yAxisIndex".to_owned(), json!(number));
    if !panel.guides.is_empty() {
        one.insert("markLine".to_owned(), json!({ "data": panel.guides.iter().map(guide).collect::<Vec<_>>() }));
    }
    if !figure.shades.is_empty() {
        let data: Vec<Value> = figure.shades.iter().map(|shade| span(shade, number == 0)).collect();
        one.insert("markArea".to_owned(), json!({ "data": data }));
    }
    Value::Object(one)
}

fn guide(guide: &Guide) -> Value {
    let axis = if guide.upright { "xAxis" } else { "yAxis" };
    json!({ axis: short(guide.at), "words": guide.label })
}

/// A shade says what it is in the first panel only.
fn span(shade: &Shade, first: bool) -> Value {
    let words = if first { shade.label.as_str() } else { "" };
    json!([{ "xAxis": short(shade.from), "words": words }, { "xAxis": short(shade.to) }])
}

fn custom(draw: &str, data: Value, [x, y]: [&[usize]; 2]) -> One {
    object(json!({ "type": "custom", "draw": draw, "data": data, "encode": { "x": x, "y": y }, "clip": true }))
}

/// Values along the vertical axis, or along the horizontal one where marks lie across.
fn lying(side: Side, values: &'static [usize]) -> [&'static [usize]; 2] {
    if side.across { [values, &[0]] } else { [&[0], values] }
}

fn object(value: Value) -> One {
    match value {
        Value::Object(map) => map,
        _ => One::new(),
    }
}

#[cfg(test)]
mod tests;
