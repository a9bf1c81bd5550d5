//! An ordered tree of values, each of which knows who wrote it and where.

use super::problem::Place;
use std::sync::Arc;

/// A value with its origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What is written.
    pub value: Data,
    /// Where. A block list or map is placed at its key, since it spans many lines.
    pub origin: Origin,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// Any other number, NaN and the infinities included.
    Float(f64),
    /// Any other scalar.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order written.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is written.
    pub origin: Origin,
    /// The value.
    pub node: Node,
}

/// Who wrote something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The file, at this place.
    File(Place),
    /// An override, as given (`costs.bps=-1`).
    Override(Arc<str>),
}

impl Node {
    /// The origin of the value at a dotted path (`rules.vix.scale[0]` or `…scale.0`), or of
    /// the deepest part of it that exists.
    pub fn locate(&self, path: &str) -> &Origin {
        let rest = path.trim_start_matches(['.', '[']);
        let child = match &self.value {
            Data::Map(entries) => entries
                .iter()
                .filter_map(|entry| Some((step(rest, &entry.key)?, &entry.node)))
                .min_by_key(|(rest, _)| rest.len()),
            Data::List(items) => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                let index = rest[..digits].parse::<usize>().ok();
                let rest = rest[digits..].trim_start_matches(']');
                index.and_then(|index| items.get(index)).map(|item| (rest, item))
            }
            _ => None,
        };
        child.map_or(&self.origin, |(rest, node)| node.locate(rest))
    }

    /// One past the bracket that closes the flow list or map which starts at `open`.
    pub(super) fn closing(&self, text: &str, open: Place) -> usize {
        let end = |source: &Origin| match source {
            Origin::File(place) => place.end,
            Origin::Override(_) => 0,
        };
        let inside = match &self.value {
            Data::List(items) => items.last().map(|item| end(&item.origin)),
            Data::Map(entries) => entries.iter().map(|entry| end(&entry.origin).max(end(&entry.node.origin))).max(),
            _ => None,
        };
        let start = inside.unwrap_or(0).max(open.start + 1).min(text.len());
        let mut comment = false;
        for (offset, byte) in text.bytes().enumerate().skip(start) {
            match byte {
                b'#' => comment = true,
                b'\n' => comment = false,
                b']' | b'}' if !comment => return offset + 1,
                _ => {}
            }
        }
        open.end
    }

    /// Marks the node and all below it as given by an override.
    pub(super) fn stamp(&mut self, source: &Origin) {
        self.origin = source.clone();
        match &mut self.value {
            Data::List(items) => items.iter_mut().for_each(|item| item.stamp(source)),
            Data::Map(entries) => entries.iter_mut().for_each(|entry| {
                entry.origin = source.clone();
                entry.node.stamp(source);
            }),
            _ => {}
        }
    }
}

/// What is left of `path` after its first step, if that is `key`.
fn step<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(key)?;
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
}
