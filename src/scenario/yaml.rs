//! YAML text to an ordered tree that knows its places. The only file that names the
//! YAML parser.
//!
//! Limits: 1 MiB of text, 100 000 nodes after aliases are replayed, 64 levels, one
//! document. Only `true` and `false` are booleans, and a key given twice is an error.

use super::problem::{Place, Problem};
pub use super::tree::{Data, Entry, Node, Origin};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Location, MessageFormatter, NonFiniteFloatPolicy, Spanned};
use std::fmt;

/// The longest text that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// The most nodes of a tree, replayed aliases included.
const MAX_NODES: usize = 100_000;

/// The most levels of a tree.
const MAX_DEPTH: usize = 64;

/// Reads a text into a tree.
///
/// # Errors
/// A text that is too long, is not YAML, gives a key twice or breaks a limit.
pub fn parse(text: &str) -> Result<Node, Box<Problem>> {
    if text.len() > MAX_BYTES {
        return Err(Box::new(too_long(text.len())));
    }
    // The parser recurses with large frames, and callers may run on a small stack.
    let roomy = std::thread::Builder::new().stack_size(32 << 20);
    std::thread::scope(|scope| {
        let reader = roomy.spawn_scoped(scope, || parse_here(text));
        let read = reader.map(|reader| reader.join());
        match read {
            Ok(Ok(tree)) => tree,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => {
                let message = format!("cannot start a thread to read: {error}");
                Err(Box::new(Problem::new(message)))
            }
        }
    })
}

fn parse_here(text: &str) -> Result<Node, Box<Problem>> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        budget: serde_saphyr::budget! {
            max_documents: 1,
            max_nodes: MAX_NODES,
            max_depth: MAX_DEPTH,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 2 * MAX_NODES },
    };
    let raw: Spanned<Raw> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| Box::new(problem(text, &error)))?;
    let top = Place::point(1, 1);
    Ok(build(text, raw, top))
}

/// Writes a value as YAML.
///
/// # Errors
/// The message of the writer, for a value that has no YAML form.
pub fn write<T: serde::Serialize>(value: &T) -> Result<String, String> {
    serde_saphyr::to_string(value).map_err(|error| error.to_string())
}

pub(super) fn too_long(bytes: usize) -> Problem {
    let size = bytes as f64 / MAX_BYTES as f64;
    Problem::new(format!("the text is {size:.1} MiB long; a scenario is at most 1 MiB"))
}

fn problem(text: &str, error: &serde_saphyr::Error) -> Problem {
    use serde_saphyr::Error as E;
    let error = error.without_snippet();
    let place = error.location().map(|location| visible(text, place(text, location)));
    let message = match error {
        E::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key \"{key}\" is given twice")
        }
        // Only keys are read as a given type.
        E::Unexpected { .. } | E::NullIntoString { .. } => "a key must be a text".to_owned(),
        E::UnknownAnchor { .. } => "this alias names no anchor".to_owned(),
        E::MultipleDocuments { .. } | E::Budget { breach: BudgetBreach::Documents { .. }, .. } => {
            "a scenario is one document; here a second one begins".to_owned()
        }
        E::Budget { .. } | E::AliasReplayLimitExceeded { .. } | E::AliasReplayStackDepthExceeded { .. } => {
            format!("too large, with aliases written out: over {MAX_NODES} values or {MAX_DEPTH} levels")
        }
        E::AliasError { error: inner, .. } => {
            return Problem { place, ..problem(text, inner) };
        }
        other => serde_saphyr::UserMessageFormatter.format_message(other).into_owned(),
    };
    Problem { place, ..Problem::new(message) }
}

/// A bare position as the character that stands there, if one does; an alias in full.
fn visible(text: &str, place: Place) -> Place {
    let rest = text.get(place.start..).unwrap_or("");
    let length = match rest.chars().next() {
        Some('*') => rest.find([' ', ',', ']', '}', '\r', '\n']).unwrap_or(rest.len()),
        Some(c) if place.start == place.end && !c.is_whitespace() => c.len_utf8(),
        _ => return place,
    };
    Place { end: place.start + length, ..place }
}

fn place(text: &str, location: Location) -> Place {
    let span = location.span();
    let byte = |offset: Option<u64>| offset.and_then(|offset| usize::try_from(offset).ok());
    let [line, column] = [location.line(), location.column()].map(|n| n.max(1) as usize);
    let start = byte(span.byte_offset()).unwrap_or_else(|| position(text, line, column));
    let start = start.min(text.len());
    let length = byte(span.byte_len()).unwrap_or(0);
    let end = start.saturating_add(length).min(text.len());
    Place { line, column, start, end }
}

/// The byte at a line and column.
fn position(text: &str, line: usize, column: usize) -> usize {
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(line - 1).map(str::len).sum();
    let within = lines.next().and_then(|line| line.char_indices().nth(column - 1));
    within.map_or(text.len(), |(offset, _)| before + offset)
}

/// A node as the parser hands it over.
enum Raw {
    Scalar(Data),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

/// Places a node; `key` is where its key is, for a value that has no place of its own.
fn build(text: &str, raw: Spanned<Raw>, key: Place) -> Node {
    let written = place(text, raw.referenced);
    let begins = |with: &[char]| text.get(written.start..).is_some_and(|rest| rest.starts_with(with));
    let (flow, alias) = (begins(&['[', '{']), begins(&['*']));
    let own = |place: Place| if flow || alias { written } else { place };
    let (value, at) = match raw.value {
        Raw::Scalar(Data::Null) if written.start == written.end => (Data::Null, key),
        Raw::Scalar(data) => (data, written),
        Raw::List(items) => {
            let items = items.into_iter().map(|item| {
                let first = place(text, first_key(&item));
                build(text, item, first)
            });
            (Data::List(items.collect()), own(key))
        }
        Raw::Map(entries) => {
            let entries = entries.into_iter().map(|(key, value)| {
                let at = place(text, key.referenced);
                Entry { key: key.value, origin: Origin::File(at), node: build(text, value, at) }
            });
            (Data::Map(entries.collect()), own(key))
        }
    };
    let mut node = Node { value, origin: Origin::File(at) };
    if flow && at == written {
        let place = Place { end: node.closing(text, written), ..written };
        node.origin = Origin::File(place);
    }
    node
}

/// Where a list item begins: a block map at its first key.
fn first_key(node: &Spanned<Raw>) -> Location {
    match &node.value {
        Raw::Map(entries) => entries.first().map_or(node.referenced, |(key, _)| key.referenced),
        Raw::List(items) => items.first().map_or(node.referenced, first_key),
        Raw::Scalar(_) => node.referenced,
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Integer(value.into())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Integer(value.into())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Float(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text at the place of a path.
    fn at<'t>(text: &'t str, path: &str) -> &'t str {
        match parse(text).unwrap().locate(path) {
            Origin::File(place) => &text[place.start..place.end],
            Origin::Override(_) => "",
        }
    }

    #[test]
    fn every_value_has_its_place() {
        let text = "a: [1, { b: 'x]', c }, # ]\n  2 ]\nd:\n  - e: é\n    f: [ ]\n  - - 7\ng.h: 1\n";
        assert_eq!(at(text, "a[0]"), "1");
        assert_eq!(at(text, "a.1.b"), "'x]'");
        assert_eq!(at(text, "a[1]"), "{ b: 'x]', c }");
        assert_eq!(at(text, "a"), "[1, { b: 'x]', c }, # ]\n  2 ]");
        assert_eq!(at(text, "d"), "d");
        assert_eq!(at(text, "d[0]"), "e");
        assert_eq!(at(text, "d[0].e"), "é");
        assert_eq!(at(text, "d[0].f"), "[ ]");
        assert_eq!(at(text, "d[1]"), "7");
        assert_eq!(at(text, "g.h"), "1");
        assert_eq!(at(text, "d[0].nothing.more"), "e");
    }

    #[test]
    fn keys_are_texts() {
        for text in ["[a]: 1", "? \n: 1", "{a: 1}: 2"] {
            assert_eq!(parse(text).unwrap_err().message, "a key must be a text");
        }
        assert_eq!(at("7: x", "7"), "x");
    }

    #[test]
    fn lines_and_columns_count_characters() {
        let tree = parse("a: 1\r\n\"é\": x\r\n").unwrap();
        let Origin::File(place) = tree.locate("é") else { panic!("not from the file") };
        assert_eq!((place.line, place.column), (2, 6));
    }

    #[test]
    fn written_yaml_reads_back() {
        let text = write(&serde_json::json!({ "a": [1, "yes", 2.5], "b": {} })).unwrap();
        assert_eq!(parse(&text).unwrap().locate("c"), parse(&text).unwrap().locate(""));
        assert_eq!(at(&text, "a[2]"), "2.5");
    }
}
