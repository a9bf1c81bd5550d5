//! A table that a terminal and a Markdown document both show: cells are made once.

use super::layout::item;
use std::fmt::Write;

/// Longest name that a terminal shows.
pub const NAME: usize = 18;

/// A table with a title above and a note below, either of which may be empty.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// What the rows are.
    pub title: String,
    /// Head and width of each column after the first; a head may have two lines. A column of width 0 stands in documents only.
    pub columns: Vec<(&'static str, usize)>,
    /// Rows.
    pub rows: Vec<Line>,
    /// What a reader needs to know of it.
    pub note: String,
    /// Head of the first column, which is [`NAME`] wide unless this says more.
    pub first: &'static str,
    /// Width of the first column where it holds more than a name: it is wrapped, and not cut.
    pub wide: Option<usize>,
}

/// A row.
#[derive(Clone, Debug)]
pub enum Line {
    /// Cells, the first of them a name.
    Cells(Vec<String>),
    /// A name and a sentence across all columns.
    Sentence(String, String),
    /// A paragraph below the row before.
    Below(String),
}

impl Sheet {
    /// For a terminal; nothing for a table without rows.
    pub fn text(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let name = self.wide.unwrap_or(NAME);
        let mut out = String::from("\n");
        if !self.title.is_empty() {
            out.push_str(&item("", &self.title));
        }
        let heads = |line: usize| self.columns.iter().map(move |(head, _)| head.split('\n').nth(line).unwrap_or(""));
        let lines = self.columns.iter().map(|(head, _)| head.split('\n').count()).max().unwrap_or(1);
        for line in 0..lines {
            let first = if line == 0 { self.first } else { "" };
            self.line(&mut out, name, first, heads(line));
        }
        for row in &self.rows {
            match row {
                Line::Cells(cells) => {
                    let mut first = match self.wide {
                        Some(_) => wrapped(&cells[0], name),
                        None => vec![cut(&cells[0], name)],
                    };
                    self.line(&mut out, name, &first.remove(0), cells[1..].iter().map(String::as_str));
                    first.iter().for_each(|more| self.line(&mut out, name, more, std::iter::empty()));
                }
                Line::Sentence(of, text) => {
                    let _ = writeln!(out, "{:name$} {text}", cut(of, name));
                }
                Line::Below(text) => out.push_str(&item("  ", text)),
            }
        }
        if !self.note.is_empty() {
            out.push_str(&item("", &self.note));
        }
        out
    }

    fn line<'a>(&self, out: &mut String, name: usize, first: &str, cells: impl Iterator<Item = &'a str>) {
        let mut line = format!("{first:name$}");
        for (cell, (_, width)) in cells.zip(&self.columns).filter(|(_, (_, width))| *width > 0) {
            let _ = write!(line, " {cell:>width$}");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }

    /// As a section of a Markdown document; nothing for a table without rows.
    pub fn markdown(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let mut out = String::new();
        if !self.title.is_empty() {
            let _ = writeln!(out, "\n## {}\n", self.title);
        }
        let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let heads: Vec<String> = std::iter::once(self.first)
            .chain(self.columns.iter().map(|(head, _)| *head))
            .map(|head| escape(&head.replace('\n', " ")))
            .collect();
        out.push_str(&row(&heads));
        let rule: Vec<String> = (0..heads.len()).map(|i| if i == 0 { "---" } else { "---:" }.to_owned()).collect();
        out.push_str(&row(&rule));
        for line in &self.rows {
            match line {
                Line::Cells(cells) => out.push_str(&row(&cells.iter().map(|cell| escape(cell)).collect::<Vec<_>>())),
                Line::Sentence(of, text) => {
                    let mut cells = vec![escape(of), escape(text)];
                    cells.resize(heads.len().max(2), String::new());
                    out.push_str(&row(&cells));
                }
                Line::Below(text) => {
                    let mut cells = vec![format!("*{}*", escape(text))];
                    cells.resize(heads.len(), String::new());
                    out.push_str(&row(&cells));
                }
            }
        }
        if !self.note.is_empty() {
            let _ = writeln!(out, "\n{}", escape(&self.note));
        }
        out
    }
}

/// What Markdown would take for its own.
pub(super) fn escape(cell: &str) -> String {
    cell.replace('|', "\\|").replace('*', "\\*").replace('_', "\\_")
}

/// Lines of at most so many characters; later ones are set in.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.trim().is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(format!("  {word}"));
        }
    }
    lines
}

pub(super) fn cut(name: &str, to: usize) -> String {
    if name.chars().count() <= to { name.to_owned() } else { name.chars().take(to - 1).chain(['~']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        Sheet {
            title: "Rules".to_owned(),
            first: "rule",
            columns: vec![("money lost\nbp/year", 12), ("HER", 6)],
            rows: vec![
                Line::Cells(vec!["vix_linear".to_owned(), "12.3 ±0.4".to_owned(), "0.31".to_owned()]),
                Line::Sentence("static".to_owned(), "no such | hedge".to_owned()),
                Line::Below("chosen: none".to_owned()),
            ],
            note: "± is one standard error".to_owned(),
            wide: None,
        }
    }

    #[test]
    fn long_names_are_cut_and_claims_wrapped() {
        assert_eq!(cut("a_rule_with_a_long_name", 10), "a_rule_wi~");
        assert_eq!(wrapped("dynamic costs half", 10), ["dynamic", "  costs", "  half"]);
        let claim = Line::Cells(vec!["dynamic costs half".to_owned(), "fails".to_owned(), "hidden".to_owned()]);
        let columns = vec![("verdict", 7), ("judged by", 0)];
        let sheet = Sheet { first: "claim", columns, rows: vec![claim], wide: Some(13), ..Sheet::default() };
        assert_eq!(sheet.text(), "\nclaim         verdict\ndynamic costs   fails\n  half\n");
        assert!(sheet.markdown().ends_with("| dynamic costs half | fails | hidden |\n"));
    }

    #[test]
    fn a_terminal_and_a_document_show_the_same_cells() {
        assert_eq!(
            sheet().text(),
            "\nRules\nrule                 money lost    HER\n                        bp/year\nvix_linear            12.3 ±0.4   0.31\n\
             static             no such | hedge\n  chosen: none\n± is one standard error\n"
        );
        assert_eq!(
            sheet().markdown(),
            "\n## Rules\n\n| rule | money lost bp/year | HER |\n| --- | ---: | ---: |\n| vix\\_linear | 12.3 ±0.4 | 0.31 |\n\
             | static | no such \\| hedge |  |\n| *chosen: none* |  |  |\n\n± is one standard error\n"
        );
        assert_eq!(Sheet::default().text() + &Sheet::default().markdown(), "");
    }
}
