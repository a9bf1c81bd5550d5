//! What a sweep varies: `key=a,b,c` and `key=range(from,to,step)`, and the points that several of them span.
//!
//! A value is YAML, as in `--set`: a number, a word, a list or a map. Commas inside brackets and quotes belong to the value.

use super::problem::dots;
use serde::{Deserialize, Serialize};

/// Most points of one sweep.
pub const MOST_POINTS: usize = 10_000;

/// A key of the scenario and the values that it takes, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// Dotted key.
    pub key: String,
    /// Its values, as YAML.
    pub values: Vec<String>,
}

impl Axis {
    /// Reads one `key=a,b,c` or `key=range(from,to,step)`.
    ///
    /// # Errors
    /// A sentence that names the text, and a cure where one is known.
    pub fn read(text: &str) -> Result<Self, Refused> {
        let refuse = |message: String| Refused { message: format!("`--vary {text}`: {message}"), help: None };
        let Some((key, list)) = text.split_once('=') else {
            return Err(refuse("expected `key=a,b,c` or `key=range(from,to,step)`".to_owned()));
        };
        let key = key.trim();
        if key.starts_with(['+', '~']) {
            return Err(refuse("a sweep changes values; `+key=` and `~key` belong to --set".to_owned()));
        }
        let key = dots(key);
        if key.is_empty() || key.split('.').any(str::is_empty) {
            return Err(refuse("the key is empty or has an empty part".to_owned()));
        }
        if ["name", "question", "version"].contains(&key.as_str()) {
            return Err(refuse(format!("all points of a sweep share their `{key}`: it is set by --set")));
        }
        let list = list.trim();
        let values = match list.strip_prefix("range(") {
            Some(inside) => range(inside).map_err(refuse)?,
            None => pieces(list).map_err(refuse)?,
        };
        if values.len() > MOST_POINTS {
            return Err(refuse(too_many(values.len() as f64)));
        }
        for (i, value) in values.iter().enumerate() {
            if values[..i].contains(value) {
                return Err(refuse(format!("the value `{value}` is given twice")));
            }
        }
        Ok(Self { key, values })
    }

    /// The change of the scenario that the value of this number is.
    pub fn change(&self, value: usize) -> String {
        format!("{}={}", self.key, self.values[value])
    }

    /// The values as numbers, if all of them are numbers.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        let number = |text: &String| text.parse::<f64>().ok().filter(|x| x.is_finite());
        self.values.iter().map(number).collect()
    }
}

/// Why a sweep is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong.
    pub message: String,
    /// The cure, if one is known.
    pub help: Option<String>,
}

/// All points that the axes span, each the number of its value on every axis: the last axis runs fastest.
///
/// # Errors
/// A sentence for a key that is varied twice, or too many points.
pub fn points(axes: &[Axis]) -> Result<Vec<Vec<usize>>, Refused> {
    let refuse = |message: String| Err(Refused { message, help: None });
    for (i, axis) in axes.iter().enumerate() {
        let within = |a: &str, b: &str| a == b || a.strip_prefix(b).is_some_and(|rest| rest.starts_with('.'));
        let meets = |other: &&Axis| within(&axis.key, &other.key) || within(&other.key, &axis.key);
        if let Some(other) = axes[..i].iter().find(meets) {
            let same = other.key == axis.key;
            return refuse(match same {
                true => format!("`{}` is varied twice: give its values in one list", axis.key),
                false => format!("`{}` and `{}` are varied, and one holds the other", other.key, axis.key),
            });
        }
    }
    let number: f64 = axes.iter().map(|axis| axis.values.len() as f64).product();
    if number > MOST_POINTS as f64 {
        return refuse(too_many(number));
    }
    let mut list = vec![Vec::new()];
    for axis in axes {
        let longer = |point: Vec<usize>| {
            (0..axis.values.len()).map(move |value| point.iter().copied().chain([value]).collect::<Vec<_>>())
        };
        list = list.into_iter().flat_map(longer).collect();
    }
    Ok(list)
}

fn too_many(points: f64) -> String {
    format!("the sweep would have {points:.0} points, at most {MOST_POINTS} are allowed")
}

/// The values of a list, cut at commas outside brackets and quotes.
fn pieces(list: &str) -> Result<Vec<String>, String> {
    if list.is_empty() {
        return Err("the list is empty".to_owned());
    }
    let (mut found, mut piece) = (Vec::new(), String::new());
    let (mut open, mut quote) = (Vec::new(), None);
    for c in list.chars() {
        match (quote, c) {
            (Some(end), _) if c == end => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if piece.trim().is_empty() || !open.is_empty() => quote = Some(c),
            (None, '[') => open.push(']'),
            (None, '{') => open.push('}'),
            (None, ']' | '}') if open.pop() != Some(c) => return Err(format!("`{c}` closes nothing")),
            (None, ',') if open.is_empty() => {
                found.push(std::mem::take(&mut piece));
                continue;
            }
            _ => {}
        }
        piece.push(c);
    }
    if let Some(c) = quote.or_else(|| open.pop()) {
        return Err(format!("`{c}` is missing at the end"));
    }
    found.push(piece);
    let found: Vec<String> = found.iter().map(|piece| piece.trim().to_owned()).collect();
    match found.iter().position(String::is_empty) {
        Some(at) => Err(format!("value {} of {} is empty", at + 1, found.len())),
        None => Ok(found),
    }
}

/// Values from one number to another; the last one counts if it is reached within a billionth of a step.
fn range(inside: &str) -> Result<Vec<String>, String> {
    let form = || "a range is `range(from,to,step)` with three numbers".to_owned();
    let inside = inside.strip_suffix(')').ok_or_else(form)?;
    let numbers: Vec<f64> =
        inside.split(',').map(|word| word.trim().parse::<f64>()).collect::<Result<_, _>>().map_err(|_| form())?;
    let [from, to, step] = numbers[..] else { return Err(form()) };
    if !(from.is_finite() && to.is_finite() && step.is_finite()) {
        return Err(form());
    }
    if step == 0.0 || (to - from) * step < 0.0 {
        return Err(format!("a step of {step} does not lead from {from} to {to}"));
    }
    let steps = ((to - from) / step + 1e-9).floor();
    if steps >= MOST_POINTS as f64 {
        return Err(too_many(steps + 1.0));
    }
    // Twelve digits of the largest number: 0.1 three times is 0.3.
    let digits = 11 - from.abs().max(to.abs()).max(step.abs()).log10().floor() as i32;
    let value = |i: usize| {
        let x = from + i as f64 * step;
        let rounded =
            if (0..=300).contains(&digits) { format!("{x:.*}", digits as usize).parse().unwrap_or(x) } else { x };
        // Never `-0`.
        format!("{}", rounded + 0.0)
    };
    Ok((0..=steps as usize).map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        Axis::read(text).unwrap().values
    }

    #[test]
    fn lists_are_cut_outside_brackets() {
        assert_eq!(values("a.b=1, 2,3e1"), ["1", "2", "3e1"]);
        assert_eq!(values("a={x: 1, y: [2, 3]},off,\"p, q\""), ["{x: 1, y: [2, 3]}", "off", "\"p, q\""]);
        assert_eq!(values("a=it's,b"), ["it's", "b"]);
        assert_eq!(Axis::read("rules.x[0].hold=1,2").unwrap().key, "rules.x.0.hold");
    }

    #[test]
    fn a_range_includes_its_end() {
        assert_eq!(values("a=range(0,0.3,0.1)"), ["0", "0.1", "0.2", "0.3"]);
        assert_eq!(values("a=range(-0.4, 0.4, 0.4)"), ["-0.4", "0", "0.4"]);
        assert_eq!(values("a=range(10,1,-4)"), ["10", "6", "2"]);
        assert_eq!(values("a=range(3,3,1)"), ["3"]);
        assert_eq!(values("seed=range(9000000000,9000000002,1)"), ["9000000000", "9000000001", "9000000002"]);
    }

    #[test]
    fn refusals_name_what_is_wrong() {
        let say = |text: &str| Axis::read(text).unwrap_err().message;
        assert_eq!(say("a"), "`--vary a`: expected `key=a,b,c` or `key=range(from,to,step)`");
        assert_eq!(say("a="), "`--vary a=`: the list is empty");
        assert!(say("a=1,,2").ends_with("value 2 of 3 is empty"));
        assert!(say("a=1,[2").ends_with("`]` is missing at the end"));
        assert!(say("a=1],2").ends_with("`]` closes nothing"));
        assert!(say("a=1,2,1").ends_with("the value `1` is given twice"));
        assert!(say("a=range(0,1)").ends_with("with three numbers"));
        assert!(say("a=range(0,1,0)").ends_with("a step of 0 does not lead from 0 to 1"));
        assert!(say("a=range(0,1,-1)").contains("does not lead"));
        assert!(say("a=range(0,1e6,1)").contains("1000001 points, at most 10000"));
        assert!(say("+a=1").contains("belong to --set") && say("=1").contains("the key is empty"));
    }

    #[test]
    fn the_last_axis_runs_fastest() {
        let axes = [Axis::read("a=1,2").unwrap(), Axis::read("b=x,y,z").unwrap()];
        let all = points(&axes).unwrap();
        assert_eq!(all, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
        assert_eq!(axes[1].change(2), "b=z");
        assert_eq!((axes[0].numbers(), axes[1].numbers()), (Some(vec![1.0, 2.0]), None));
        let many = Axis::read("a=range(1,101,1)").unwrap();
        let other = Axis { key: "b".to_owned(), ..many.clone() };
        assert!(points(&[many.clone(), other]).unwrap_err().message.contains("10201 points"));
        assert!(points(&[many.clone(), many]).unwrap_err().message.contains("varied twice"));
        let inner = Axis::read("a.b=1").unwrap();
        assert!(points(&[axes[0].clone(), inner]).unwrap_err().message.contains("one holds the other"));
    }
}
