//! Changes from the command line: `--set dotted.key=VALUE`.
//!
//! `key=VALUE` sets a value, `+key=VALUE` adds one that is not there yet, `~key`
//! removes one. `VALUE` is YAML (`1e5`, `true`, `[1, 2]`, `{ a: 1 }`). Lists are
//! entered by index: `rules.vix.scale.0.shape.linear.from=12`. A key that is not in the
//! tree may still be a legal one, so it is put there and the typed reading decides.

use super::problem::{Problem, did_you_mean, overridden_key};
use super::tree::{Data, Entry, Node, Origin};
use super::yaml;

#[derive(Clone, Copy, PartialEq)]
enum Act {
    Set,
    Add,
    Remove,
}

/// Applies the overrides in order.
///
/// # Errors
/// Every override that cannot be read or that names something which is not there; the
/// others are applied all the same.
pub fn apply(tree: &mut Node, overrides: &[String]) -> Result<(), Vec<Problem>> {
    let refused = |text: &String| {
        let refusal = apply_one(tree, text).err()?;
        let (message, help) = refusal;
        let path = overridden_key(text);
        Some(Problem { path, help, from_override: Some(text.clone()), ..Problem::new(message) })
    };
    let problems: Vec<_> = overrides.iter().filter_map(refused).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Message and help.
type Refused = (String, Option<String>);

fn refuse<T>(message: impl Into<String>) -> Result<T, Refused> {
    Err((message.into(), None))
}

fn apply_one(tree: &mut Node, text: &str) -> Result<(), Refused> {
    let act = match text.trim_start().chars().next() {
        Some('+') => Act::Add,
        Some('~') => Act::Remove,
        _ => Act::Set,
    };
    let origin = Origin::Override(text.trim_start().into());
    let value = match (text.split_once('='), act) {
        (None, Act::Remove) => Node { value: Data::Null, origin: origin.clone() },
        (Some((_, value)), Act::Set | Act::Add) => parse(value, &origin)?,
        (Some(_), Act::Remove) => return refuse("a key is removed with `~key`, without `=`"),
        (None, _) => return refuse("expected `key=VALUE`, `+key=VALUE` or `~key`"),
    };
    let key = overridden_key(text);
    let steps: Vec<&str> = key.split('.').collect();
    let Some((&last, way)) = steps.split_last().filter(|_| steps.iter().all(|s| !s.is_empty())) else {
        return refuse("the key is empty or has an empty part");
    };
    let mut node = tree;
    for &step in way {
        node = enter(node, step, act, &origin)?;
    }
    match act {
        Act::Remove => remove(node, last),
        Act::Set | Act::Add => put(node, last, value, act, &origin),
    }
}

fn parse(value: &str, origin: &Origin) -> Result<Node, Refused> {
    if value.trim().is_empty() {
        return refuse("the value is empty; `null` and `\"\"` are written out");
    }
    let mut node = yaml::parse(value).map_err(|problem| (problem.message, problem.help))?;
    node.stamp(origin);
    Ok(node)
}

/// The child of `node` that `step` names; a map that is missing is made.
fn enter<'n>(node: &'n mut Node, step: &str, act: Act, origin: &Origin) -> Result<&'n mut Node, Refused> {
    let new = || Node { value: Data::Map(Vec::new()), origin: origin.clone() };
    if node.value == Data::Null {
        *node = new();
    }
    match &mut node.value {
        Data::Map(entries) => {
            let index = match entries.iter().position(|entry| entry.key == step) {
                Some(index) => index,
                None if act == Act::Remove => return Err(absent(entries, step)),
                None => {
                    entries.push(Entry { key: step.to_owned(), origin: origin.clone(), node: new() });
                    entries.len() - 1
                }
            };
            Ok(&mut entries[index].node)
        }
        Data::List(items) => {
            let index = index(items, step)?;
            Ok(&mut items[index])
        }
        _ => refuse(format!("there is nothing below the single value before \"{step}\"")),
    }
}

fn put(node: &mut Node, key: &str, value: Node, act: Act, origin: &Origin) -> Result<(), Refused> {
    if node.value == Data::Null {
        *node = Node { value: Data::Map(Vec::new()), origin: origin.clone() };
    }
    match &mut node.value {
        Data::Map(entries) => match entries.iter_mut().find(|entry| entry.key == key) {
            Some(_) if act == Act::Add => {
                return Err(("is there already".into(), Some("`key=VALUE` changes it".into())));
            }
            Some(entry) => entry.node = value,
            None => {
                entries.push(Entry { key: key.to_owned(), origin: origin.clone(), node: value });
            }
        },
        Data::List(items) if act == Act::Add => {
            if key != items.len().to_string() {
                return refuse(format!("an item is added at the end, as {}", items.len()));
            }
            items.push(value);
        }
        Data::List(items) => {
            let index = index(items, key)?;
            items[index] = value;
        }
        _ => {
            return refuse(format!("there is nothing below the single value before \"{key}\""));
        }
    }
    Ok(())
}

fn remove(node: &mut Node, key: &str) -> Result<(), Refused> {
    match &mut node.value {
        Data::Map(entries) => match entries.iter().position(|entry| entry.key == key) {
            Some(index) => drop(entries.remove(index)),
            None => return Err(absent(entries, key)),
        },
        Data::List(items) => {
            let index = index(items, key)?;
            items.remove(index);
        }
        _ => {
            return refuse(format!("there is nothing below the single value before \"{key}\""));
        }
    }
    Ok(())
}

fn absent(entries: &[Entry], key: &str) -> Refused {
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    (format!("there is no \"{key}\" to remove"), Some(did_you_mean(key, "there are", &keys)))
}

/// A step into a list, as an index that exists.
fn index(items: &[Node], step: &str) -> Result<usize, Refused> {
    match step.parse::<usize>() {
        Ok(index) if index < items.len() => Ok(index),
        _ => refuse(match items.len() {
            0 => format!("\"{step}\" is not in the list, which is empty"),
            n => format!("\"{step}\" is not in the list, which has items 0 to {}", n - 1),
        }),
    }
}
