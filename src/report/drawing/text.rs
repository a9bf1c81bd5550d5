//! Words in a drawing: how wide they are, how they are cut, and how they become harmless.
//!
//! Widths are those of DejaVu Sans, which drawings name first and PNG files use. A viewer without it takes Verdana, which
//! has nearly the same widths, or another: places are chosen with room to spare.

use std::fmt::Write;

/// Families of letters, the first at hand.
pub const FAMILIES: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

/// Advance widths of the characters from space to tilde in DejaVu Sans, in thousandths of the size.
const WIDTHS: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
    748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
    615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
    337, 636, 838,
];

/// Width of a text of a size, in pixels.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

fn advance(letter: char) -> f64 {
    match letter {
        ' '..='~' => f64::from(WIDTHS[letter as usize - 32]) / 1000.0,
        // Combining marks, joiners and variation selectors stand on the letter before them.
        _ if clings(letter) => 0.0,
        '\u{2000}'..='\u{2bff}' => 0.85,
        '\u{1100}'.. => 1.05,
        _ => 0.7,
    }
}

/// Does it belong to the character before it?
fn clings(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// The text, its end cut off with an ellipsis where it is wider than `most` pixels.
pub fn shorten(text: &str, size: f64, most: f64) -> String {
    cut(text, size, most, 0.0)
}

/// A name, its middle cut out where it is wider than `most` pixels: the end of a name is often what tells it from others.
pub fn squeeze(name: &str, size: f64, most: f64) -> String {
    cut(name, size, most, 0.45)
}

/// The text within `most` pixels: beginning, ellipsis, and an end that has a share of the room.
fn cut(text: &str, size: f64, most: f64, ending: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let room = (most - size).max(0.0) / size;
    let (mut first, mut used) = (letters.len(), 0.0);
    while first > 0 && used + advance(letters[first - 1]) <= ending * room {
        first -= 1;
        used += advance(letters[first]);
    }
    let mut end = 0;
    while end < first && used + advance(letters[end]) <= room {
        used += advance(letters[end]);
        end += 1;
    }
    // What clings to its neighbour goes with it.
    while end > 0 && end < letters.len() && (clings(letters[end]) || letters[end - 1] == '\u{200d}') {
        end -= 1;
    }
    while first < letters.len() && clings(letters[first]) {
        first += 1;
    }
    let (start, rest): (String, String) = (letters[..end].iter().collect(), letters[first..].iter().collect());
    format!("{}…{}", start.trim_end(), rest.trim_start())
}

/// The text in lines of at most `most` pixels, broken at spaces; the last of `lines` lines is cut.
pub fn wrap(text: &str, size: f64, most: f64, lines: usize) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if done.len() + 1 < lines && !line.is_empty() && width(&longer, size) > most {
            done.push(std::mem::replace(&mut line, word.to_owned()));
        } else {
            line = longer;
        }
    }
    done.push(line);
    done.into_iter().filter(|line| !line.is_empty()).map(|line| shorten(&line, size, most)).collect()
}

/// The text for the inside of an element or an attribute: no markup, no control characters, nothing that turns the
/// direction of what follows.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\r' | '\t' => out.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {}
            _ if letter.is_control() => {}
            _ => out.push(letter),
        }
    }
    out
}

/// A number with at most `places` decimals, commas between thousands from 10,000 on, and a true minus.
pub fn number(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let size = value.abs();
    if size >= 1e9 || (size > 0.0 && places > 6) {
        return format!("{value:.2e}").replace(".00e", "e").replace('-', "−");
    }
    let plain = format!("{size:.places$}");
    let (whole, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut out = String::new();
    if value < 0.0 && plain.bytes().any(|digit| matches!(digit, b'1'..=b'9')) {
        out.push('−');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && whole.len() > 4 && (whole.len() - place) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    let _ = out.write_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_markup_become_text() {
        assert_eq!(escape("<script>alert('x & \"y\"')</script>\u{0}\u{202e}\n"), {
            "&lt;script&gt;alert(&#39;x &amp; &quot;y&quot;&#39;)&lt;/script&gt; "
        });
    }

    #[test]
    fn long_names_are_cut_to_the_room_there_is_and_whole_characters_stay_whole() {
        let long = "a rule with quite a long name ".repeat(7);
        let short = shorten(&long, 12.0, 100.0);
        assert!(short.ends_with('…') && width(&short, 12.0) <= 100.0, "{short}");
        assert_eq!(shorten("static", 12.0, 100.0), "static");
        let family = "👨‍👩‍👧";
        assert!(!shorten(&family.repeat(9), 12.0, 60.0).trim_end_matches('…').ends_with('\u{200d}'));
        assert_eq!(shorten("static", 12.0, -5.0), "…");
        assert_eq!(squeeze("vix_linear[steepness=0.1]", 12.0, 130.0), "vix_linear[s…ss=0.1]");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three", 10.0, 45.0, 3), ["one two", "three"]);
        assert_eq!(wrap("one two three four", 10.0, 45.0, 1), ["one tw…"]);
        assert!(wrap("  ", 10.0, 45.0, 2).is_empty());
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(-1234567.0, 0), "−1,234,567");
        assert_eq!([number(2008.0, 0), number(10000.0, 0), number(0.5, 2)], ["2008", "10,000", "0.50"]);
        assert_eq!([number(-0.001, 1), number(1e12, 0), number(f64::NAN, 2)], ["0.0", "1e12", ""]);
    }
}
