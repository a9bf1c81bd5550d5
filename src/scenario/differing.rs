//! What differs between scenarios: dotted keys whose values are not the same everywhere, in the order written.

use super::tree::{Data, Entry, Node};

/// A key that is not the same in all scenarios.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// Dotted key; what is missing in one scenario as a whole is named as a whole.
    pub key: String,
    /// Its value in each scenario on one line; none where it is not there.
    pub values: Vec<Option<String>>,
}

/// All keys that differ.
pub fn differing(scenarios: &[&Node]) -> Vec<Differing> {
    let mut found = Vec::new();
    let all: Vec<Option<&Node>> = scenarios.iter().map(|node| Some(*node)).collect();
    descend(String::new(), &all, &mut found);
    found
}

/// The value at a dotted path of keys; none if it is not there.
pub fn at<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a Node> {
    keys.iter().try_fold(node, |node, key| entry(node, key))
}

/// The keys of a map, in order.
pub fn keys(node: &Node) -> impl Iterator<Item = &str> {
    entries(node).iter().map(|entry| entry.key.as_str())
}

/// A value on one line, as a flow of YAML; the same text for the same value.
pub fn flow(node: &Node) -> String {
    match &node.value {
        Data::Null => "null".to_owned(),
        Data::Bool(is) => is.to_string(),
        Data::Integer(x) => x.to_string(),
        Data::Float(x) => x.to_string(),
        Data::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Data::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Data::Map(list) if list.is_empty() => "{}".to_owned(),
        Data::Map(list) => {
            let entries: Vec<String> = list.iter().map(|e| format!("{}: {}", e.key, flow(&e.node))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

fn descend(key: String, nodes: &[Option<&Node>], found: &mut Vec<Differing>) {
    let values: Vec<Option<String>> = nodes.iter().map(|node| node.map(flow)).collect();
    if values.iter().all(|value| *value == values[0]) {
        return;
    }
    let there: Vec<&Node> = nodes.iter().copied().flatten().collect();
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    if there.len() == nodes.len() && there.iter().all(|node| matches!(node.value, Data::Map(_))) {
        for name in names(&there) {
            let next: Vec<Option<&Node>> = there.iter().map(|node| entry(node, name)).collect();
            descend(below(name), &next, found);
        }
        return;
    }
    // Lists of parts of one length are compared part by part; lists of numbers are values.
    let parts = |node: &&Node| match &node.value {
        Data::List(items) if items.iter().any(|item| matches!(item.value, Data::Map(_))) => Some(items.len()),
        _ => None,
    };
    match there.first().and_then(parts) {
        Some(length) if there.len() == nodes.len() && there.iter().all(|node| parts(node) == Some(length)) => {
            for i in 0..length {
                let item = |node: &&'_ Node| match &node.value {
                    Data::List(items) => items.get(i).cloned(),
                    _ => None,
                };
                let items: Vec<Option<Node>> = there.iter().map(item).collect();
                descend(format!("{key}[{i}]"), &items.iter().map(Option::as_ref).collect::<Vec<_>>(), found);
            }
        }
        _ => found.push(Differing { key, values }),
    }
}

/// The keys of all maps: those of the first in their order, others behind the key that they follow.
fn names<'a>(maps: &[&'a Node]) -> Vec<&'a str> {
    let mut all: Vec<&str> = Vec::new();
    for map in maps {
        let mut place = 0;
        for Entry { key, .. } in entries(map) {
            match all.iter().position(|known| known == key) {
                Some(known) => place = known + 1,
                None => {
                    all.insert(place, key);
                    place += 1;
                }
            }
        }
    }
    all
}

fn entries(node: &Node) -> &[Entry] {
    match &node.value {
        Data::Map(entries) => entries,
        _ => &[],
    }
}

fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    entries(node).iter().find(|entry| entry.key == key).map(|entry| &entry.node)
}

#[cfg(test)]
mod tests {
    use super::super::yaml::parse;
    use super::*;

    fn told(texts: &[&str]) -> Vec<String> {
        let nodes: Vec<Node> = texts.iter().map(|text| parse(text).unwrap()).collect();
        let line = |one: Differing| {
            let values: Vec<String> = one.values.into_iter().map(|value| value.unwrap_or("-".to_owned())).collect();
            format!("{} = {}", one.key, values.join(" | "))
        };
        differing(&nodes.iter().collect::<Vec<_>>()).into_iter().map(line).collect()
    }

    #[test]
    fn keys_are_told_in_order_and_whole_where_they_are_missing() {
        let one = "seed: 1\nrules:\n  a: { hold: 1.0 }\n  b: { cap: 2, floor: 0 }\nstudy: { x: [1, 2] }";
        let two = "seed: 2\nrules:\n  a: { hold: 1 }\n  c: { hold: 3, by: { vix: {} } }\n  b: { cap: 3, floor: 0 }\nstudy: { x: [1, 3] }";
        assert_eq!(
            told(&[one, two]),
            [
                "seed = 1 | 2",
                "rules.c = - | { hold: 3, by: { vix: {} } }",
                "rules.b.cap = 2 | 3",
                "study.x = [1, 2] | [1, 3]"
            ]
        );
        assert_eq!(told(&[one, one, one]), [""; 0]);
        assert_eq!(told(&["a: 1\nb: 2", "a: 1", "b: 2\na: 1"]), ["b = 2 | - | 2"]);
    }

    #[test]
    fn parts_of_lists_have_numbers() {
        let scale = |cap: u32| format!("scale: [ {{ signal: vix, cap: {cap} }}, {{ signal: delta }} ]");
        assert_eq!(told(&[&scale(2), &scale(3)]), ["scale[0].cap = 2 | 3"]);
        assert_eq!(told(&["scale: [ { a: 1 } ]", "scale: [ { a: 1 }, { b: 1 } ]"]).len(), 1);
        assert_eq!(told(&["market: { one: { a: 1 } }", "market: { two: {} }"]).len(), 2);
    }

    #[test]
    fn a_value_is_found_by_its_keys() {
        let node = parse("rules: { a: { hold: \"x  y\" } }").unwrap();
        assert_eq!(at(&node, &["rules", "a", "hold"]).map(flow).as_deref(), Some("x y"));
        assert!(at(&node, &["rules", "b"]).is_none());
        assert_eq!(keys(&node).collect::<Vec<_>>(), ["rules"]);
    }
}
