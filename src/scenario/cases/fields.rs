//! Maps of a case file, key by key: each key known, each number in its range.

use crate::scenario::problem::did_you_mean;
use crate::scenario::tree::{Data, Entry, Node};
use crate::shelf::{Refusal, join};

/// What is wrong with a file, in the order in which it was found.
#[derive(Default)]
pub(super) struct Findings(Vec<(String, Refusal)>);

/// Problems that are shown of one file.
const MOST_SHOWN: usize = 20;

impl Findings {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first of them, and how many more there are.
    pub(super) fn list(mut self) -> Vec<(String, Refusal)> {
        let more = self.0.len().saturating_sub(MOST_SHOWN);
        self.0.truncate(MOST_SHOWN);
        if let (1.., Some((_, last))) = (more, self.0.last_mut()) {
            let before = last.help.take().map_or_else(String::new, |help| format!("{help}; "));
            last.help = Some(format!("{before}{more} more problems are not shown"));
        }
        self.0
    }

    pub(super) fn refuse(&mut self, path: &str, message: impl Into<String>) {
        self.0.push((path.to_owned(), Refusal::new("", message)));
    }

    fn helped(&mut self, path: &str, message: String, help: String) {
        self.0.push((path.to_owned(), Refusal::new("", message).help(help)));
    }

    /// Refuses a node of the wrong kind.
    pub(super) fn expected(&mut self, path: &str, what: &str, found: &Node) {
        self.refuse(path, format!("expected {what}, found {}", in_words(found)));
    }
}

fn in_words(node: &Node) -> String {
    match &node.value {
        Data::Null => "nothing".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Integer(value) => format!("the number {value}"),
        Data::Float(value) => format!("the number {value}"),
        Data::Text(value) => format!("the text \"{value}\""),
        Data::List(items) => format!("a list of {}", items.len()),
        Data::Map(_) => "a map".to_owned(),
    }
}

/// A map whose keys are known.
pub(super) struct Fields<'n> {
    at: String,
    entries: &'n [Entry],
    /// Some key is unknown: what is missing is probably that one, and not said.
    slipped: bool,
}

impl<'n> Fields<'n> {
    /// The map at `at`; unknown keys are refused. Nothing if it is no map.
    pub(super) fn new(node: &'n Node, at: &str, keys: &[&str], findings: &mut Findings) -> Option<Self> {
        let Data::Map(entries) = &node.value else {
            findings.expected(at, "a map of keys", node);
            return None;
        };
        let mut slipped = false;
        for Entry { key, .. } in entries.iter().filter(|entry| !keys.contains(&entry.key.as_str())) {
            let help = did_you_mean(key, "allowed keys", keys);
            findings.helped(&join(at, key), format!("unknown key \"{key}\""), help);
            slipped = true;
        }
        Some(Self { at: at.to_owned(), entries, slipped })
    }

    /// Path of one key.
    pub(super) fn path(&self, key: &str) -> String {
        join(&self.at, key)
    }

    /// The value of a key, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The value of a key that must be there.
    pub(super) fn need(&self, key: &str, findings: &mut Findings) -> Option<&'n Node> {
        let node = self.get(key);
        if node.is_none() && !self.slipped {
            findings.refuse(&self.path(key), "required, but missing");
        }
        node
    }

    /// A number that must be there, as `new` makes it.
    pub(super) fn number<T>(
        &self,
        key: &str,
        new: impl Fn(f64) -> Result<T, String>,
        findings: &mut Findings,
    ) -> Option<T> {
        number(self.need(key, findings)?, &self.path(key), new, findings)
    }

    /// A list of `count` numbers that must be there.
    pub(super) fn numbers(&self, key: &str, count: usize, of: &str, findings: &mut Findings) -> Option<Vec<f64>> {
        let node = self.need(key, findings)?;
        numbers(node, &self.path(key), (count, of), Ok, findings)
    }

    /// A whole number from 0 to below `count`; without one only its type is checked.
    pub(super) fn index(&self, key: &str, count: Option<usize>, what: &str, findings: &mut Findings) -> Option<usize> {
        let last = count.map_or(usize::MAX, |count| count.saturating_sub(1));
        let new = |x: f64| {
            if x.trunc() == x && x >= 0.0 && x <= last as f64 {
                return Ok(x as usize);
            }
            let range = count.map_or("0 or above".to_owned(), |_| format!("{what} from 0 to {last}"));
            Err(format!("is {x}, must be {range}, a whole number"))
        };
        self.number(key, new, findings)
    }

    /// A word among those allowed, which must be there.
    pub(super) fn word(
        &self,
        key: &str,
        what: &str,
        allowed: &[&'static str],
        findings: &mut Findings,
    ) -> Option<&'static str> {
        self.choice(key, what, allowed, findings).map(|slot| allowed[slot])
    }

    /// Slot of a word among those allowed, which must be there.
    pub(super) fn choice(&self, key: &str, what: &str, allowed: &[&str], findings: &mut Findings) -> Option<usize> {
        let node = self.need(key, findings)?;
        let Data::Text(word) = &node.value else {
            findings.expected(&self.path(key), "a text", node);
            return None;
        };
        let slot = allowed.iter().position(|known| known == word);
        if slot.is_none() {
            let message = format!("there is no {} \"{word}\"", what.trim_end_matches('s'));
            findings.helped(&self.path(key), message, did_you_mean(word, what, allowed));
        }
        slot
    }
}

/// A number as `new` makes it.
pub(super) fn number<T>(
    node: &Node,
    at: &str,
    new: impl Fn(f64) -> Result<T, String>,
    findings: &mut Findings,
) -> Option<T> {
    let x = match node.value {
        Data::Integer(x) => x as f64,
        Data::Float(x) => x,
        _ => {
            findings.expected(at, "a number", node);
            return None;
        }
    };
    new(x).map_err(|message| findings.refuse(at, message)).ok()
}

/// A list of `count` numbers (with words for what they are), each as `new` makes it.
pub(super) fn numbers<T>(
    node: &Node,
    at: &str,
    (count, of): (usize, &str),
    new: impl Fn(f64) -> Result<T, String>,
    findings: &mut Findings,
) -> Option<Vec<T>> {
    let items = match &node.value {
        Data::List(items) if items.len() == count => items,
        _ => {
            findings.expected(at, &format!("a list of {count} ({of})"), node);
            return None;
        }
    };
    let read = items.iter().enumerate().map(|(i, item)| number(item, &format!("{at}[{i}]"), &new, findings));
    // All of them are looked at, so that all that is wrong is said.
    read.collect::<Vec<_>>().into_iter().collect()
}
