//! Cells of a grid, coloured by value with their text in them.

use super::canvas::{Anchor, Area, Words};
use super::field::Field;
use super::{palette, text};
use crate::figure::Cell;

/// Lowest and highest value, or the same distance both ways from a middle.
pub fn span(cells: &[Cell], middle: Option<f64>) -> (f64, f64) {
    let values = || cells.iter().map(|cell| cell.value).filter(|value| value.is_finite());
    match middle {
        Some(middle) => {
            let far = values().map(|value| (value - middle).abs()).fold(0.0, f64::max);
            (middle - far, middle + far)
        }
        None => (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max)),
    }
}

/// The colour of a value within a span.
pub fn shade(value: f64, (low, high): (f64, f64), middle: Option<f64>) -> String {
    // A grid of one value has the colour of the middle.
    let share = if high > low { (value - low) / (high - low) } else { 0.5 };
    match middle {
        Some(_) => palette::diverging(2.0 * share - 1.0),
        None => palette::sequential(share),
    }
}

/// Draws the cells: the chosen one in a thick frame, those that cannot be told from the best in a dotted one.
pub fn cells(field: &mut Field<'_>, cells: &[Cell], middle: Option<f64>) {
    let span = span(cells, middle);
    for cell in cells.iter().filter(|cell| cell.value.is_finite()) {
        let (x, y) = (field.x.place(cell.x as f64), field.y.place(cell.y as f64));
        let (across, down) = (field.x.slot() / 2.0, field.y.slot() / 2.0);
        let area = Area { left: x - across, right: x + across, top: y - down, bottom: y + down };
        if !area.inside(&grown(&field.area, 0.5)) {
            continue;
        }
        let fill = shade(cell.value, span, middle);
        let ink = palette::ink_on(&fill);
        field.canvas.rect(&grown(&area, -1.0), &fill, "rx=\"2\"");
        if cell.chosen {
            field.canvas.rect(&grown(&area, -3.5), "none", &format!("stroke=\"{ink}\" stroke-width=\"3\" rx=\"1\""));
        } else if cell.near {
            let dots = "stroke-width=\"2\" stroke-linecap=\"round\" stroke-dasharray=\"0.1 4.5\" rx=\"1\"";
            field.canvas.rect(&grown(&area, -4.0), "none", &format!("stroke=\"{ink}\" {dots}"));
        }
        let size =
            [13.0, 11.5, 10.0, 8.5].into_iter().find(|size| text::width(&cell.text, *size) < area.width() - 12.0);
        if let Some(size) = size.filter(|size| size + 3.0 < area.height()) {
            field.canvas.words(x, y + 0.36 * size, &Words::new(&cell.text, Anchor::Middle, size, ink));
        }
    }
}

fn grown(area: &Area, by: f64) -> Area {
    Area { left: area.left - by, right: area.right + by, top: area.top - by, bottom: area.bottom + by }
}
