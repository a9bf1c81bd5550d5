//! What is said of the comparison in sentences, wherever it is shown.

use super::{Apart, Between, Link, Side, UNHEDGED};
use crate::report::layout::{capital, count, figure, number};
use crate::stats::estimate::Estimate;
use crate::study::between::Compared;

/// A difference: zero on every path is told as such, one beyond its interval has a star.
pub fn shown(difference: Option<&Estimate>, scale: f64) -> String {
    match difference {
        Some(found) if is_equal(found) => "equal".to_owned(),
        Some(found) => {
            let sign = if found.value > 0.0 { "+" } else { "" };
            let star = if found.excludes_zero() { " *" } else { "" };
            format!("{sign}{}{star}", with_error(found, scale))
        }
        None => "-".to_owned(),
    }
}

/// `value ± se` to the second digit of the error: errors of paired differences are small.
fn with_error(found: &Estimate, scale: f64) -> String {
    match found.se.map(|se| se * scale).filter(|se| *se > 0.0) {
        Some(se) => {
            let digits = (1.0 - se.log10().floor()).clamp(0.0, 6.0) as usize;
            format!("{:.digits$} ±{se:.digits$}", found.value * scale)
        }
        None => figure(found.value * scale),
    }
}

/// Is there no difference on any path?
pub fn is_equal(difference: &Estimate) -> bool {
    difference.value == 0.0 && difference.se.is_none_or(|se| se == 0.0)
}

/// How large a run is.
pub fn size(side: &Side) -> String {
    let years = side.years();
    if side.is_history() {
        return format!("one real path of {years:.1} years");
    }
    let paths = count(side.kept.outcome.paths as u64);
    format!("{paths} paths of {years:.1} years, seed {}", side.manifest.seed)
}

/// What to know before the numbers.
pub fn banners(sides: &[Side]) -> Vec<String> {
    let stopped = |side: &Side| {
        let (done, asked) = (count(side.manifest.paths_done), count(side.manifest.paths_requested));
        format!("{} was interrupted: it has {done} of the {asked} paths that were asked for.", side.label)
    };
    sides.iter().filter(|side| side.is_interrupted()).map(stopped).collect()
}

/// How the differences were taken.
pub fn notes(found: &Between<'_>) -> Vec<String> {
    let first = &found.sides[0];
    let mut notes = Vec::new();
    for (at, ((other, link), same)) in found.sides[1..].iter().zip(&found.links).zip(&found.same_world).enumerate() {
        notes.push(linked(first, other, link));
        // Of two equal runs it is said once, at the end.
        if *same && !all_equal(found, at) {
            let (a, b) = (&first.label, &other.label);
            notes.push(format!(
                "The portfolio without a hedge is the same in {b} and {a}: what differs are hedges, their prices or rules."
            ));
        }
    }
    if let Some(gain) = found.gain {
        notes.push(format!(
            "Pairing makes the error of a difference {} times smaller than that of runs with seeds of their own, in the \
             middle over rules and metrics.",
            number(significant(gain))
        ));
    }
    notes.push(
        "Rules are compared as they are, not at equal size or equal money: less money lost may only mean less hedge (see the mean \
         multiplier). What a rule is worth beside a fixed hedge of equal money stands in the report of each run."
            .to_owned(),
    );
    if found.rules.iter().any(|rule| rule.changed) {
        notes.push("† a rule of this name is defined differently in another run.".to_owned());
    }
    notes
}

/// How one run is compared with the first.
fn linked(first: &Side, other: &Side, link: &Link) -> String {
    let (a, b) = (&first.label, &other.label);
    match link {
        Link::Paired(paths) => {
            let (one, two) = (first.kept.outcome.paths, other.kept.outcome.paths);
            let which = if one == two { String::new() } else { " that both have".to_owned() };
            let shocks = match first.days == other.days {
                true => "path k of both has the same shocks".to_owned(),
                false => "path k of both begins with the same draws, though their years differ".to_owned(),
            };
            let whole = match one == two {
                true => String::new(),
                false => "; the values of each run are those of all its paths".to_owned(),
            };
            let paths = count(*paths as u64);
            format!(
                "{b} - {a} is taken path by path on the {paths} paths{which}: the seed is the same, so {shocks}{whole}."
            )
        }
        Link::Independent(Apart::Seeds) => {
            format!("{b} - {a} is not paired, since their seeds differ: the errors of both add as squares.")
        }
        Link::Independent(Apart::Generators) => {
            format!(
                "{b} - {a} is not paired, since their draws come from other generators: the errors of both add as squares."
            )
        }
        Link::Independent(Apart::History) => {
            let real = if first.is_history() { a } else { b };
            format!(
                "{b} - {a} is not paired: {real} is one real path, whose errors come from a bootstrap of its days and add to \
                 those of the other as squares."
            )
        }
        Link::Point => format!("{b} - {a} has no error: both are one real path."),
    }
}

/// The main numbers, a sentence for each other run.
pub fn closing(found: &Between<'_>) -> String {
    if found.rules.iter().all(|rule| rule.name == UNHEDGED) && found.metrics.iter().all(|metric| !metric.unhedged) {
        return "The runs have no rule in common.".to_owned();
    }
    (0..found.links.len()).map(|other| moved(found, other)).collect::<Vec<_>>().join(" ")
}

/// What moved in one other run.
fn moved(found: &Between<'_>, other: usize) -> String {
    let (a, b) = (&found.sides[0].label, &found.sides[other + 1].label);
    if all_equal(found, other) {
        return format!("{b} has the numbers of {a} on every path.");
    }
    let Some(main) = (0..found.metrics.len()).find(|metric| largest(found, *metric, other).is_some()) else {
        return format!("{b} and {a} have no number in common.");
    };
    let beside = found.metrics.iter().position(|metric| metric.name == "her_plus21").filter(|at| *at != main);
    let parts: Vec<String> =
        std::iter::once(main).chain(beside).filter_map(|metric| told(found, metric, other)).collect();
    format!("{}.", begun(&parts.join("; ")))
}

/// Is no number of another run different on any path?
fn all_equal(found: &Between<'_>, other: usize) -> bool {
    let all =
        || found.rules.iter().flat_map(|rule| &rule.numbers).filter_map(|number| number.differences[other].as_ref());
    all().count() > 0 && all().all(is_equal)
}

/// The rule whose number moves most: beyond its interval, if any does.
fn largest<'a>(found: &'a Between<'_>, metric: usize, other: usize) -> Option<(&'a str, &'a Estimate)> {
    let moves = found.rules.iter().filter_map(|rule| {
        let difference = rule.numbers[metric].differences[other].as_ref()?;
        Some((rule.name.as_str(), difference))
    });
    let rank = |found: &Estimate| (found.excludes_zero() || found.se.is_none(), found.value.abs());
    moves.max_by(|(_, one), (_, two)| {
        let ((sure, size), (also, other)) = (rank(one), rank(two));
        sure.cmp(&also).then(size.total_cmp(&other))
    })
}

/// One metric in words.
fn told(found: &Between<'_>, metric: usize, other: usize) -> Option<String> {
    let (rule, difference) = largest(found, metric, other)?;
    let (metric, a, b) = (found.metrics[metric], &found.sides[0].label, &found.sides[other + 1].label);
    let unit = unit(metric);
    let size =
        format!("{}{unit}", with_error(&Estimate { value: difference.value.abs(), ..*difference }, metric.scale));
    if !(difference.excludes_zero() || difference.se.is_none()) {
        let most = number(significant(difference.value.abs() * metric.scale));
        return Some(match is_equal(difference) {
            true => format!("no rule's {} differs in {b}", metric.label),
            false => {
                format!("no rule's {} moves beyond its interval in {b}, nor by more than {most}{unit}", metric.label)
            }
        });
    }
    Some(match metric.name {
        "total_cost_bp_per_year" => {
            let way = if difference.value > 0.0 { "more" } else { "less" };
            format!("{rule} loses {size} {way} in {b} than in {a}")
        }
        _ => {
            let way = if difference.value > 0.0 { "higher" } else { "lower" };
            format!("the {} of {rule} is {size} {way} in {b} than in {a}", label(metric))
        }
    })
}

/// A label inside a sentence.
fn label(metric: &Compared) -> &'static str {
    match metric.name {
        "es5_yearly" => "mean of the worst 5 % of years",
        _ => metric.label,
    }
}

/// The unit behind a difference in a sentence.
fn unit(metric: &Compared) -> &'static str {
    match metric.unit {
        "bp of capital a year" => " bp a year",
        "share of capital" | "share of peak" => " points",
        _ => "",
    }
}

/// Two significant digits.
fn significant(x: f64) -> f64 {
    if x == 0.0 {
        return 0.0;
    }
    let step = 10_f64.powi(1 - x.log10().floor() as i32);
    (x * step).round() / step
}

/// The first letter of a sentence, large unless it is that of a rule's name, which stays as it is written.
fn begun(text: &str) -> String {
    if text.starts_with("no rule") || text.starts_with("the ") { capital(text) } else { text.to_owned() }
}
