//! What a sweep says in sentences: where each rule's verdict changes, and how flat the ground is around the best point.

use super::measure::{Measure, show};
use super::{AxisAt, Point, RuleAt, Sweep};

/// Points whose interval overlaps that of the best one.
pub struct Plateau<'a> {
    /// The best point.
    pub best: &'a Point,
    /// Points that have the number.
    pub of: usize,
    /// Points that cannot be told from the best one by their intervals, itself among them.
    pub near: Vec<&'a Point>,
}

/// The best of some points by a number of a rule, and what is near it; none where no direction is good.
pub fn plateau<'a>(points: &[&'a Point], measure: &Measure, rule: &str) -> Option<Plateau<'a>> {
    let good = measure.good()?;
    let value = |point: &Point| measure.at(point, rule).and_then(|number| number.value);
    let defined: Vec<&'a Point> = points.iter().copied().filter(|point| value(point).is_some()).collect();
    let mut best = *defined.first()?;
    for point in &defined {
        if value(point).zip(value(best)).is_some_and(|(one, most)| one * good > most * good) {
            best = point;
        }
    }
    let reach = |point: &Point| {
        let number = measure.at(point, rule)?;
        number.interval().or_else(|| number.value.map(|x| [x, x]))
    };
    let [low, high] = reach(best)?;
    let overlaps = |point: &&&Point| reach(point).is_some_and(|[from, to]| from <= high && low <= to);
    Some(Plateau { best, of: defined.len(), near: defined.iter().filter(overlaps).copied().collect() })
}

/// How flat the ground is, in a sentence.
pub fn flatness(sweep: &Sweep, points: &[&Point], measure: &Measure, rule: &str) -> Option<String> {
    let found = plateau(points, measure, rule)?;
    if found.of < 2 {
        return None;
    }
    let rules = [rule.to_owned()];
    let (scale, unit) = measure.scale(points.iter().copied(), &rules);
    let number = measure.at(found.best, rule);
    let (n, of) = (found.near.len(), found.of);
    let others = if of == 2 { "the other point".to_owned() } else { format!("the other {} points", of - 1) };
    let rest = match n {
        1 => format!("no interval of {others} overlaps its own"),
        n if n == of => format!("the intervals of {others} overlap its own"),
        n => format!("the intervals of {} of {others} overlap its own", n - 1),
    };
    Some(format!(
        "{}: {rule} is best at {} with {} {unit}; {rest}.",
        measure.title(),
        place(sweep, found.best),
        show(number, scale)
    ))
}

/// The values of a point in words: `slope = 0.2, delay = 21`.
pub fn place(sweep: &Sweep, point: &Point) -> String {
    let words = |(i, (axis, at)): (usize, (&AxisAt, &usize))| format!("{} = {}", sweep.label(i), axis.axis.values[*at]);
    sweep.axes.iter().zip(&point.at).enumerate().map(words).collect::<Vec<_>>().join(", ")
}

/// The closing sentences.
pub fn closing(sweep: &Sweep) -> Vec<String> {
    let mut said = Vec::new();
    let rules = sweep.rules();
    let dynamic: Vec<&String> = rules.iter().filter(|(_, dynamic)| *dynamic).map(|(name, _)| name).collect();
    let compared = sweep.points.iter().any(|point| point.rules.iter().any(|(_, rule)| rule.equal_money.is_some()));
    // Rules of which the same is to be said share a sentence.
    let mut verdicts: Vec<(String, Vec<&str>)> = Vec::new();
    for rule in dynamic.iter().filter(|_| compared) {
        let changes = match &sweep.axes[..] {
            [_] => along(sweep, rule),
            _ => across(sweep, rule),
        };
        match verdicts.iter_mut().find(|(known, _)| *known == changes) {
            Some((_, rules)) => rules.push(rule),
            None => verdicts.push((changes, vec![rule])),
        }
    }
    said.extend(
        verdicts
            .iter()
            .map(|(changes, rules)| format!("At equal money lost the protection of {} is {changes}.", listed(rules))),
    );
    if dynamic.is_empty() {
        said.push("No rule is dynamic: there is nothing to set beside a fixed hedge of equal money.".to_owned());
    } else if !compared {
        said.push(
            "The scenario has no `study.compare`: its rules are not set beside fixed hedges of equal money.".to_owned(),
        );
    } else if let Some(rule) = dynamic.first() {
        let all: Vec<&Point> = sweep.points.iter().collect();
        said.extend(flatness(sweep, &all, &Measure::EqualMoney("es5_yearly"), rule));
    }
    if !sweep.common_random_numbers {
        said.push("The seed is varied: points differ by their draws as well.".to_owned());
    }
    said
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        names => names.concat(),
    }
}

/// A verdict as it stands after "is".
fn word(rule: Option<&RuleAt>) -> &str {
    match rule.and_then(|rule| rule.equal_money.as_ref()) {
        Some(beside) if beside.verdict != "unknown" => &beside.verdict,
        _ => "not to be compared",
    }
}

/// Where the verdict changes along one axis.
fn along(sweep: &Sweep, rule: &str) -> String {
    let (key, axis) = (sweep.label(0), &sweep.axes[0].axis);
    let values = &axis.values;
    let words: Vec<&str> = sweep.points.iter().map(|point| word(point.rules.get(rule))).collect();
    if words.windows(2).all(|pair| pair[0] == pair[1]) {
        let word = words.first().copied().unwrap_or("not to be compared");
        return format!("{word} at all {} values of {key}", values.len());
    }
    let numbers = axis.numbers();
    let ordered =
        |sign: f64| numbers.as_ref().is_some_and(|x| x.windows(2).all(|pair| sign * pair[0] < sign * pair[1]));
    let (rising, falling) = (ordered(1.0), ordered(-1.0));
    let mut parts: Vec<String> = Vec::new();
    let mut from = 0;
    while from < words.len() {
        let until = (from..words.len()).find(|i| words[*i] != words[from]).unwrap_or(words.len());
        let (first, last) = (&values[from], &values[until - 1]);
        let named = if parts.is_empty() { format!("{key} ") } else { String::new() };
        let at = match (from, until) {
            (0, _) if rising => format!("at {named}<= {last}"),
            (0, _) if falling => format!("at {named}>= {last}"),
            (_, end) if end == words.len() && (rising || falling) => format!("from {first} on"),
            (a, b) if a + 1 == b => format!("at {named}{}{first}", if named.is_empty() { "" } else { "= " }),
            _ if rising || falling => format!("from {first} to {last}"),
            _ => format!("at {named}{}{}", if named.is_empty() { "" } else { "= " }, values[from..until].join(", ")),
        };
        parts.push(format!("{} {at}", words[from]));
        from = until;
    }
    parts.join("; ")
}

/// How often each verdict stands on a grid, and where, if it is rare.
fn across(sweep: &Sweep, rule: &str) -> String {
    const NAMED: usize = 3;
    let all = sweep.points.len();
    let part = |wanted: &&str| {
        let found: Vec<&Point> = sweep.points.iter().filter(|point| word(point.rules.get(rule)) == *wanted).collect();
        let places: Vec<String> = found.iter().map(|point| place(sweep, point)).collect();
        match found.len() {
            0 => None,
            n if n == all => Some(format!("{wanted} at all {all} points")),
            n if n <= NAMED => Some(format!("{wanted} at {n} of {all} points ({})", places.join("; "))),
            n => Some(format!("{wanted} at {n} of {all} points")),
        }
    };
    let words = ["better", "worse", "mixed", "undecided", "not to be compared"];
    words.iter().filter_map(part).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::sample::sweep;
    use super::*;

    #[test]
    fn a_sentence_says_where_the_verdict_changes() {
        let verdicts = ["better", "better", "undecided", "worse", "worse"];
        let rising = sweep(&["slope=range(0,0.8,0.2)"], &verdicts);
        assert_eq!(
            rising.closing[0],
            "At equal money lost the protection of moving is better at slope <= 0.2; undecided at 0.4; worse from 0.6 on."
        );
        let falling = sweep(&["slope=range(0.8,0,-0.2)"], &verdicts);
        assert!(falling.closing[0].contains("better at slope >= 0.6; undecided at 0.4; worse from 0.2 on"));
        let words = sweep(&["kind=a,b,c,d,e"], &verdicts);
        assert!(
            words.closing[0].contains("better at kind = a, b; undecided at c; worse at d, e"),
            "{}",
            words.closing[0]
        );
        let same = sweep(&["slope=1,2"], &["mixed", "mixed"]);
        assert!(same.closing[0].ends_with("is mixed at all 2 values of slope."));
    }

    #[test]
    fn rules_of_one_fate_share_a_sentence() {
        assert_eq!(["a", "b", "c"].map(|last| listed(&["x", "y", last])), ["x, y and a", "x, y and b", "x, y and c"]);
        assert_eq!((listed(&["x"]), listed(&["x", "y"])), ("x".to_owned(), "x and y".to_owned()));
    }

    #[test]
    fn keys_are_short_where_that_is_clear() {
        let clear = sweep(&["market.slope=1", "rules.x.cap=2"], &["better"]);
        assert_eq!(place(&clear, &clear.points[0]), "slope = 1, cap = 2");
        let alike = sweep(&["rules.x.limits.cap=1", "rules.y.limits.cap=2", "years=3"], &["better"]);
        assert_eq!(place(&alike, &alike.points[0]), "x.limits.cap = 1, y.limits.cap = 2, years = 3");
    }

    #[test]
    fn a_grid_is_counted() {
        let grid = sweep(&["a=1,2", "b=1,2"], &["better", "unknown", "worse", "worse"]);
        let wanted = "better at 1 of 4 points (a = 1, b = 1); worse at 2 of 4 points (a = 2, b = 1; a = 2, b = 2); not to be \
                      compared at 1 of 4 points (a = 1, b = 2)";
        assert!(grid.closing[0].contains(wanted), "{}", grid.closing[0]);
    }

    /// The sample's numbers fall by one a point, with intervals of half a unit to each side and more.
    #[test]
    fn the_plateau_is_what_overlaps_the_best() {
        let sweep = sweep(&["a=1,2,3"], &["better"; 3]);
        let all: Vec<&Point> = sweep.points.iter().collect();
        let measure = Measure::Metric("es5_yearly".to_owned());
        let found = plateau(&all, &measure, "moving").unwrap();
        assert_eq!((found.best.at[0], found.near.len(), found.of), (0, 2, 3));
        let said = flatness(&sweep, &all, &measure, "moving").unwrap();
        assert!(said.contains("is best at a = 1 with") && said.contains("1 of the other 2 points overlap"), "{said}");
        let cost = plateau(&all, &Measure::Metric("total_cost_bp_per_year".to_owned()), "moving").unwrap();
        assert_eq!(cost.best.at[0], 2);
        assert!(plateau(&all, &Measure::Metric("turnover_per_year".to_owned()), "moving").is_none());
    }
}
