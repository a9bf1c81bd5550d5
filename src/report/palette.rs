//! The colours of figures: one place for the page and for drawings, so that both show the same.
//!
//! Kinds have the colours of Okabe and Ito (2008), "Color universal design"; values run along two ramps whose lightness
//! alone tells their order, so that they survive a grey printer and any kind of colour blindness.

use crate::figure::Tone;

/// Colours of series on white; those of Okabe and Ito without black, yellow (too light for lines) and sky blue.
const SERIES: [&str; 6] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#4D4D4D", "#E69F00"];

/// The same on a dark ground: what would drown there is lifted.
const SERIES_ON_DARK: [&str; 6] = ["#56B4E9", "#F0803C", "#2FC49A", "#E29CC4", "#C4C9CF", "#E69F00"];

/// From low to high: dark violet, blue, green, yellow (after viridis, whose lightness grows evenly).
const RISING: [[f64; 3]; 9] = [
    [68.0, 1.0, 84.0],
    [71.0, 44.0, 122.0],
    [59.0, 81.0, 139.0],
    [44.0, 113.0, 142.0],
    [33.0, 144.0, 141.0],
    [39.0, 173.0, 129.0],
    [92.0, 200.0, 99.0],
    [170.0, 220.0, 50.0],
    [253.0, 231.0, 37.0],
];

/// From below the middle to above it: vermillion, nearly white, blue.
const AROUND: [[f64; 3]; 7] = [
    [166.0, 66.0, 0.0],
    [222.0, 121.0, 55.0],
    [246.0, 196.0, 160.0],
    [246.0, 246.0, 244.0],
    [166.0, 206.0, 232.0],
    [74.0, 150.0, 203.0],
    [0.0, 88.0, 146.0],
];

/// The colour of a tone on white, as `#rrggbb`.
pub fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Series(number) => SERIES[usize::from(number % Tone::SERIES)],
        Tone::Quiet => "#9AA0A6",
        Tone::Gain => "#009E73",
        Tone::Loss => "#D55E00",
        Tone::Accent => "#1A1A1A",
    }
}

/// The colour of a tone on white for large areas: a little lighter, and covering what is behind.
pub fn softened(tone: Tone) -> String {
    let part = |from: usize| {
        let byte = u8::from_str_radix(&colour(tone)[from..from + 2], 16).unwrap_or(255);
        (0.86 * f64::from(byte) + 0.14 * 255.0).round() as u8
    };
    format!("#{:02X}{:02X}{:02X}", part(1), part(3), part(5))
}

/// The colour of a tone on a dark ground, as `#rrggbb`.
pub fn on_dark(tone: Tone) -> &'static str {
    match tone {
        Tone::Series(number) => SERIES_ON_DARK[usize::from(number % Tone::SERIES)],
        Tone::Quiet => "#868D95",
        Tone::Gain => "#2FC49A",
        Tone::Loss => "#F0803C",
        Tone::Accent => "#F5F5F5",
    }
}

/// The colour of a value from lowest (0) to highest (1), as `#rrggbb`.
pub fn sequential(t: f64) -> String {
    along(&RISING, t)
}

/// The colour of a value around a middle, from -1 (vermillion) over 0 (nearly white) to 1 (blue), as `#rrggbb`.
pub fn diverging(t: f64) -> String {
    along(&AROUND, (t + 1.0) / 2.0)
}

/// Black or white: what is easier to read on a ground of colour `#rrggbb`.
pub fn ink_on(ground: &str) -> &'static str {
    let part = |from: usize| {
        let byte = ground.get(from..from + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or(255);
        let x = f64::from(byte) / 255.0;
        if x <= 0.04045 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }
    };
    // Relative luminance; at 0.18 the contrast (WCAG 2) with black equals that with white.
    if 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) > 0.18 { "#000000" } else { "#FFFFFF" }
}

fn along(ramp: &[[f64; 3]], t: f64) -> String {
    let last = ramp.len() - 1;
    let place = if t.is_nan() { 0.0 } else { t.clamp(0.0, 1.0) } * last as f64;
    let below = (place as usize).min(last - 1);
    let share = place - below as f64;
    let mixed = |part: usize| (ramp[below][part] * (1.0 - share) + ramp[below + 1][part] * share).round() as u8;
    format!("#{:02X}{:02X}{:02X}", mixed(0), mixed(1), mixed(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_has_a_colour_of_its_own_and_the_next_starts_over() {
        for of in [colour, on_dark] {
            let all: std::collections::BTreeSet<_> = (0..Tone::SERIES).map(|n| of(Tone::Series(n))).collect();
            assert_eq!(all.len(), usize::from(Tone::SERIES));
            assert_eq!(of(Tone::Series(Tone::SERIES)), of(Tone::Series(0)));
        }
    }

    #[test]
    fn ramps_end_where_they_should_and_hold_what_is_outside() {
        assert_eq!([sequential(0.0), sequential(1.0)], ["#440154", "#FDE725"]);
        assert_eq!([sequential(-3.0), sequential(f64::NAN), sequential(7.0)], ["#440154", "#440154", "#FDE725"]);
        assert_eq!([diverging(-1.0), diverging(0.0), diverging(1.0)], ["#A64200", "#F6F6F4", "#005892"]);
    }

    #[test]
    fn ink_stands_out_from_its_ground() {
        assert_eq!([sequential(0.0), sequential(1.0)].map(|ground| ink_on(&ground)), ["#FFFFFF", "#000000"]);
        assert_eq!([-1.0, 0.0, 1.0].map(|t| ink_on(&diverging(t))), ["#FFFFFF", "#000000", "#FFFFFF"]);
        assert_eq!(ink_on("no colour"), "#000000");
    }
}
