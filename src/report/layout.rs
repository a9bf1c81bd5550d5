//! Text for a terminal of 100 columns: wrapped paragraphs, numbers of a few digits.

/// Widest line.
pub const WIDTH: usize = 100;

/// `text` after `head`, wrapped at [`WIDTH`]; later lines start below the first word after `head`.
pub fn item(head: &str, text: &str) -> String {
    let indent = head.chars().count();
    let mut out = String::from(head);
    let mut column = indent;
    // A percent sign stays with its number.
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut().filter(|_| word.starts_with('%')) {
            Some(last) => last.push_str(&format!(" {word}")),
            None => words.push(word.to_owned()),
        }
    }
    for (i, word) in words.iter().enumerate() {
        let length = word.chars().count();
        if i > 0 && column + 1 + length > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if i > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
    out
}

/// A paragraph of at most [`WIDTH`] columns.
pub fn wrap(text: &str) -> String {
    item("", text)
}

/// Rows of cells in columns: the first column to the left, the others to the right, two spaces between.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::from("  ");
        for (column, cell) in row.iter().enumerate() {
            let space = " ".repeat(widths[column] - cell.chars().count());
            if column == 0 {
                line.push_str(&format!("{cell}{space}"));
            } else {
                line.push_str(&format!("  {space}{cell}"));
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Four significant digits, no zeros at the end.
pub fn number(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return if x == 0.0 { "0".to_owned() } else { format!("{x}") };
    }
    let places = (3 - x.abs().log10().floor() as i32).clamp(0, 8) as usize;
    let text = format!("{x:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Three significant digits, at most four decimals: for tables.
pub fn figure(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return number(x);
    }
    let places = (2 - x.abs().log10().floor() as i32).clamp(0, 4) as usize;
    format!("{x:.places$}")
}

/// So many significant digits, zeros included; very small and very large numbers with an exponent.
pub fn significant(x: f64, digits: usize) -> String {
    if x == 0.0 || !x.is_finite() {
        return number(x);
    }
    let size = x.abs().log10().floor() as i32;
    if (-5..9).contains(&size) {
        let places = (digits as i32 - 1 - size).max(0) as usize;
        format!("{x:.places$}")
    } else {
        format!("{x:.*e}", digits - 1)
    }
}

/// The first letter large.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A word as a shell reads it back.
pub fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=+@:,~%".contains(c));
    if plain && !word.is_empty() { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// A share as a percentage.
pub fn percent(x: f64) -> String {
    format!("{} %", number(100.0 * x))
}

/// A whole number with commas.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wrap_below_the_first_word() {
        let text = item("  rule  ", &"word ".repeat(40));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(text.lines().skip(1).all(|line| line.starts_with("        word")));
        assert_eq!(text.matches("word").count(), 40);
        assert_eq!(item("a ", ""), "a \n");
        let text = item("", &"7 % ".repeat(40));
        assert!(text.lines().all(|line| line.starts_with("7 %") && line.ends_with('%')));
    }

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [vec!["calm".to_owned(), "9.7".to_owned()], vec!["stress".to_owned(), "33.91".to_owned()]];
        assert_eq!(table(&rows), "  calm      9.7\n  stress  33.91\n");
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 10.0, 0.0185, 13.60147, -0.86, 7519.806, 12_345.6, 1.0 / 3.0].map(number);
        assert_eq!(shown, ["0", "10", "0.0185", "13.6", "-0.86", "7520", "12346", "0.3333"]);
        assert_eq!([19.387, -0.7246, 0.00123, 0.0, 204.6].map(figure), ["19.4", "-0.725", "0.0012", "0", "205"]);
        let shown = [4.2215926, -0.23504763, 1.854139e-84, 21_432.19, 3e12, 0.0].map(|x| significant(x, 5));
        assert_eq!(shown, ["4.2216", "-0.23505", "1.8541e-84", "21432", "3.0000e12", "0"]);
        assert_eq!(
            (percent(0.073), count(10_000_000), count(999)),
            ("7.3 %".to_owned(), "10,000,000".to_owned(), "999".to_owned())
        );
    }
}
