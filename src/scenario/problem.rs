//! What is wrong with a scenario, where, and how to cure it.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;

/// Where something stands in the source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// First byte. Equal to `end` when only the position is known.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Place {
    /// A position, with no bytes to underline.
    pub const fn point(line: usize, column: usize) -> Self {
        Self { line, column, start: 0, end: 0 }
    }
}

/// A text and the name it goes by, usually the path of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Shown in front of line and column.
    pub name: String,
    /// The whole text, which places point into.
    pub text: Arc<str>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Dotted path of the value (`rules.vix.scale[0]`); empty for the whole file.
    pub path: String,
    /// What is wrong, with the value.
    pub message: String,
    /// The cure, if one is known.
    pub help: Option<String>,
    /// Where it is written, if it is written in the file.
    pub place: Option<Place>,
    /// The override (`costs.bps=-1`) that gave the value, if one did.
    pub from_override: Option<String>,
    /// The option that the override was given with.
    pub option: &'static str,
}

impl Problem {
    /// A problem of the whole file, without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            message: message.into(),
            help: None,
            place: None,
            from_override: None,
            option: "--set",
        }
    }

    /// One line: the override or the path, then the message.
    fn title(&self) -> String {
        let Self { path, message, option, .. } = self;
        match &self.from_override {
            Some(given) if overridden_key(given) == dots(path) || path.is_empty() => {
                format!("`{option} {given}`: {message}")
            }
            Some(given) => format!("`{option} {given}`: `{path}`: {message}"),
            None if path.is_empty() => message.clone(),
            None => format!("`{path}`: {message}"),
        }
    }

    fn group<'a>(&'a self, source: Option<&'a Source>) -> Group<'a> {
        let title = Level::ERROR.primary_title(self.title()).id("scenario");
        let mut group = Group::with_title(title);
        if let (Some(source), Some(place)) = (source, self.place) {
            let range = first_line(&source.text, place);
            group = if range.is_empty() {
                let origin = Origin::path(&source.name).line(place.line);
                group.element(origin.char_column(place.column))
            } else {
                let mark = AnnotationKind::Primary.span(range).label(&self.message);
                let snippet = Snippet::source(&*source.text).path(&source.name);
                group.element(snippet.annotation(mark))
            };
        }
        match &self.help {
            Some(help) => group.element(Level::HELP.message(help)),
            None => group,
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "message": self.message,
            "path": self.path,
            "line": self.place.map(|place| place.line),
            "column": self.place.map(|place| place.column),
            "help": self.help,
            "override": self.from_override,
        })
    }
}

/// All that is wrong with one scenario. Never empty when returned as an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    source: Option<Source>,
    list: Vec<Problem>,
}

impl Problems {
    /// Problems whose places point into `source`.
    pub fn new(source: Option<Source>, list: Vec<Problem>) -> Self {
        Self { source, list }
    }

    /// The same problems at a point of a sweep, which is named in words: `varied` are the changes that `--vary` gave.
    pub fn at_point(mut self, varied: &[String], point: &str) -> Self {
        for problem in &mut self.list {
            if problem.from_override.as_ref().is_some_and(|given| varied.contains(given)) {
                problem.option = "--vary";
            }
            let help = problem.help.take().map(|help| {
                let told = |text: String, change: &String| {
                    text.replace(&format!("--set {change}"), &format!("--vary {change}"))
                };
                varied.iter().fold(help, told)
            });
            problem.help = Some(help.map_or_else(|| point.to_owned(), |help| format!("{help}; {point}")));
        }
        self
    }

    /// The problems, in the order they were found.
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// Whether nothing is wrong after all.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The text for a terminal: one block for each problem, with frames in ASCII and no
    /// line break at the end. `color` adds ANSI escapes.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let source = self.source.as_ref();
        let blocks = self.list.iter().map(|problem| renderer.render(&[problem.group(source)]));
        blocks.collect::<Vec<_>>().join("\n\n")
    }

    /// The `error` object of a JSON document: the first problem, and all in `problems`.
    pub fn to_json(&self) -> Value {
        let file = self.source.as_ref().map(|source| source.name.as_str());
        let first = self.list.first();
        let place = first.and_then(|problem| problem.place);
        json!({
            "code": "scenario",
            "message": first.map(|problem| problem.message.as_str()),
            "file": file,
            "line": place.map(|place| place.line),
            "column": place.map(|place| place.column),
            "path": first.map(|problem| problem.path.as_str()),
            "problems": self.list.iter().map(Problem::to_json).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

/// The bytes of `place` up to the end of its first line.
fn first_line(text: &str, place: Place) -> std::ops::Range<usize> {
    let marked = text.get(place.start..place.end).unwrap_or("");
    let line = marked.lines().next().unwrap_or("").trim_end();
    place.start..place.start + line.len()
}

/// The dotted key that an override speaks of: `a.b` of `+a.b=1` and of `~a.b`.
pub(super) fn overridden_key(text: &str) -> String {
    let key = text.split('=').next().unwrap_or("").trim();
    dots(key.strip_prefix(['+', '~']).unwrap_or(key))
}

/// `a[0].b` as `a.0.b`.
pub(super) fn dots(path: &str) -> String {
    let plain = path.replace('[', ".").replace(']', "");
    plain.trim_start_matches('.').to_owned()
}

/// Letters of a word that may stand for a longer one that begins with them.
const BEGUN: usize = 4;

/// The candidate that `word` most likely means, if one is close: at most one edit in
/// three letters, not counting upper and lower case.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let reach = (word.chars().count() / 3).max(1);
    let distance = |candidate: &str| strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
    let scored = candidates.into_iter().map(|candidate| (distance(candidate), candidate));
    // A word that was broken off, or is not in the plural.
    let begun = |candidate: &str| word.chars().count() >= BEGUN && candidate.to_lowercase().starts_with(&word);
    let close = scored.filter(|&(distance, candidate)| distance <= reach || begun(candidate));
    close.min_by_key(|&(distance, _)| distance).map(|(_, candidate)| candidate)
}

/// A help line for a word that is not among `allowed`: the nearest one, then all.
pub fn did_you_mean(word: &str, what: &str, allowed: &[&str]) -> String {
    let all = match allowed {
        [] => format!("there are no {what}"),
        _ => format!("{what}: {}", allowed.join(", ")),
    };
    match nearest(word, allowed.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"? {all}"),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_is_close_or_nothing() {
        let names = ["vix_linear", "vix_sigmoid", "static"];
        assert_eq!(nearest("vix_linaer", names), Some("vix_linear"));
        assert_eq!(nearest("Static", names), Some("static"));
        assert_eq!(nearest("garch", names), None);
        assert_eq!((nearest("crash", ["crashes", "entries"]), nearest("vix", names)), (Some("crashes"), None));
        assert_eq!(nearest("", names), None);
        assert_eq!(did_you_mean("x", "keys", &[]), "there are no keys");
    }

    #[test]
    fn overrides_name_their_key() {
        assert_eq!(overridden_key("+a.b[0]={c: =}"), "a.b.0");
        assert_eq!(overridden_key("~a"), "a");
    }

    #[test]
    fn color_only_adds_escapes() {
        let problems = Problems::new(None, vec![Problem::new("too long")]);
        assert_eq!(problems.render(false), "error[scenario]: too long");
        assert!(problems.render(true).contains("\u{1b}["));
    }
}
