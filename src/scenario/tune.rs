//! The grid of a tuned rule: every combination of its `{ tune: [ … ] }` values.

use serde_json::Value;

/// One point of the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The values chosen, `steepness=0.2,midpoint=20`; empty for a rule without axes.
    pub label: String,
    /// The rule with every axis replaced by its value.
    pub value: Value,
}

/// An axis: its path below the rule and its values.
struct Axis<'v> {
    path: Vec<String>,
    values: &'v [Value],
}

/// How many members [`expand`] would make; `usize::MAX` if they cannot be counted. Ask
/// first: a few long axes make a grid that does not fit into memory.
pub fn size(rule: &Value) -> usize {
    let lengths = axes(rule).into_iter().map(|axis| axis.values.len());
    lengths.fold(1, usize::saturating_mul)
}

/// All members, in row-major order: the first axis (in the order of the keys) varies
/// slowest, and the first member has the first value of every axis.
///
/// An axis goes by the last key of its path, or by its dotted path below the rule where
/// two axes share that key.
pub fn expand(rule: &Value) -> Vec<Member> {
    let axes = axes(rule);
    let names = names(&axes);
    (0..size(rule)).map(|number| member(rule, &axes, &names, number)).collect()
}

/// Name and values of each axis, as they stand in the labels.
pub fn named(rule: &Value) -> Vec<(String, Vec<String>)> {
    let axes = axes(rule);
    let values = axes.iter().map(|axis| axis.values.iter().map(show).collect());
    names(&axes).into_iter().zip(values).collect()
}

fn member(rule: &Value, axes: &[Axis], names: &[String], number: usize) -> Member {
    let mut value = rule.clone();
    let mut labels = Vec::new();
    let mut rest = number;
    for (axis, name) in axes.iter().zip(names).rev() {
        let chosen = &axis.values[rest % axis.values.len()];
        rest /= axis.values.len();
        labels.push(format!("{name}={}", show(chosen)));
        let slot = axis.path.iter().try_fold(&mut value, |node, step| match node {
            Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
            other => other.get_mut(step),
        });
        if let Some(slot) = slot {
            *slot = chosen.clone();
        }
    }
    labels.reverse();
    Member { label: labels.join(","), value }
}

fn axes(rule: &Value) -> Vec<Axis<'_>> {
    let mut found = Vec::new();
    collect(rule, &mut Vec::new(), &mut found);
    found
}

fn collect<'v>(value: &'v Value, path: &mut Vec<String>, found: &mut Vec<Axis<'v>>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => match map.get("tune") {
            Some(Value::Array(values)) if map.len() == 1 && !values.is_empty() => {
                found.push(Axis { path: path.clone(), values });
                return;
            }
            _ => map.iter().map(|(key, child)| (key.clone(), child)).collect(),
        },
        Value::Array(items) => items.iter().enumerate().map(|(index, child)| (index.to_string(), child)).collect(),
        _ => return,
    };
    for (step, child) in children {
        path.push(step);
        collect(child, path, found);
        path.pop();
    }
}

fn names(axes: &[Axis]) -> Vec<String> {
    let short: Vec<String> = axes.iter().map(|axis| last_key(&axis.path)).collect();
    let shared = |name: &String| short.iter().filter(|other| *other == name).count() > 1;
    let name = |(axis, name): (&Axis, &String)| {
        if shared(name) { axis.path.join(".") } else { name.clone() }
    };
    axes.iter().zip(&short).map(name).collect()
}

/// The last key, with the indices that follow it: `weights.0`.
fn last_key(path: &[String]) -> String {
    let key = path.iter().rposition(|step| step.parse::<usize>().is_err());
    path[key.unwrap_or(0)..].join(".")
}

/// A value as a scenario would write it: `20` rather than `20.0`.
fn show(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or_else(|| number.to_string(), |x| x.to_string())
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn labels(rule: &Value) -> Vec<String> {
        expand(rule).into_iter().map(|member| member.label).collect()
    }

    #[test]
    fn a_rule_without_axes_is_its_own_member() {
        let rule = json!({ "hedge": "put", "hold": 1.0 });
        assert_eq!(expand(&rule), [Member { label: String::new(), value: rule.clone() }]);
        assert_eq!(size(&rule), 1);
    }

    #[test]
    fn the_first_axis_varies_slowest() {
        let rule = json!({ "scale": [{ "steepness": { "tune": [0.2, 0.4] },
                                       "midpoint": { "tune": [20.0, 25] } }] });
        assert_eq!(
            labels(&rule),
            [
                "steepness=0.2,midpoint=20",
                "steepness=0.2,midpoint=25",
                "steepness=0.4,midpoint=20",
                "steepness=0.4,midpoint=25",
            ]
        );
        let values = |list: [&str; 2]| list.map(str::to_owned).to_vec();
        assert_eq!(
            named(&rule),
            [("steepness".to_owned(), values(["0.2", "0.4"])), ("midpoint".to_owned(), values(["20", "25"]))]
        );
        let second = json!({ "scale": [{ "steepness": 0.2, "midpoint": 25 }] });
        assert_eq!(expand(&rule)[1].value, second);
    }

    #[test]
    fn axes_that_share_a_name_show_their_path() {
        let rule = json!({ "scale": [{ "from": { "tune": [1] } }, { "from": { "tune": [2] } }],
                           "weights": [{ "tune": [3] }, 4] });
        assert_eq!(labels(&rule), ["scale.0.from=1,scale.1.from=2,weights.0=3"]);
    }

    #[test]
    fn a_huge_grid_is_counted_not_made() {
        let axis = json!({ "tune": vec![1; 10_000] });
        let rule = json!([axis, axis, axis, axis, axis, axis]);
        assert_eq!(size(&rule), usize::MAX);
    }
}
