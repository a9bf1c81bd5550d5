//! A sweep for a terminal of 100 columns: a table for each number, verdicts at equal money, then the closing sentences.

use super::measure::{Measure, show};
use super::{AxisAt, Point, Sweep};
use crate::report::layout::{WIDTH, table, wrap};

/// Rules of a grid that are shown where none is asked for.
const GRIDS: usize = 2;

/// A cell without a value.
const NONE: &str = "-";

/// Rows of a table that are shown.
const ROWS: usize = 60;

/// The tables of these metrics and rules; no rules: those that fit.
pub fn render(sweep: &Sweep, metrics: &[String], rules: &[String]) -> String {
    let mut text = sweep.base.question.as_ref().map_or_else(String::new, |question| wrap(question));
    text.push_str(&wrap(&heading(sweep)));
    let measures: Vec<Measure> = metrics.iter().cloned().map(Measure::Metric).collect();
    match &sweep.axes[..] {
        [_] => text.push_str(&tables(sweep, &measures, rules)),
        _ => text.push_str(&grids(sweep, &measures, rules)),
    }
    text.push('\n');
    text.push_str(&wrap(&format!("± is one standard error; intervals at 95 % are in sweep.json. {}", sweep.left_out)));
    for caveat in shared_caveats(sweep) {
        text.push_str(&wrap(&format!("note: {caveat}")));
    }
    text.push('\n');
    sweep.closing.iter().for_each(|sentence| text.push_str(&wrap(sentence)));
    text
}

fn heading(sweep: &Sweep) -> String {
    let values = |axis: &AxisAt| {
        let n = axis.axis.values.len();
        format!("{n} value{} of {}", if n == 1 { "" } else { "s" }, axis.axis.key)
    };
    let axes: Vec<String> = sweep.axes.iter().map(values).collect();
    let points = if axes.len() > 1 { format!("{} points, ", sweep.points.len()) } else { String::new() };
    format!("{}: {points}{}; {}", sweep.base.name, axes.join(" by "), sweep.size())
}

/// Notes that hold at every point; those of single points are in the document.
fn shared_caveats(sweep: &Sweep) -> Vec<&String> {
    let Some((first, others)) = sweep.points.split_first() else { return Vec::new() };
    first.caveats.iter().filter(|text| others.iter().all(|point| point.caveats.contains(text))).collect()
}

/// One axis: a row a value, a column a rule.
fn tables(sweep: &Sweep, measures: &[Measure], rules: &[String]) -> String {
    let all = sweep.rules();
    let wanted = |dynamic_only: bool| -> Vec<String> {
        let fits = |(name, dynamic): &&(String, bool)| {
            (rules.is_empty() || rules.contains(name)) && (*dynamic || !dynamic_only)
        };
        all.iter().filter(fits).map(|(name, _)| name.clone()).collect()
    };
    let axis = &sweep.axes[0].axis;
    let mut text = String::new();
    let mut add = |title: &str, columns: &[String], cell: &dyn Fn(&Point, &str) -> String| {
        if columns.is_empty() {
            text.push_str(&format!("\n{}", wrap(title)));
            return;
        }
        let rows: Vec<Vec<String>> = sweep
            .points
            .iter()
            .map(|point| {
                let cells = columns.iter().map(|rule| cell(point, rule));
                std::iter::once(axis.values[point.at[0]].clone()).chain(cells).collect()
            })
            .collect();
        let head = std::iter::once(sweep.label(0).to_owned()).chain(columns.iter().cloned()).collect();
        text.push_str(&fitting(title, head, rows, "rules", "--rule NAME shows one"));
    };
    for measure in measures {
        let columns = wanted(false);
        if !columns.iter().any(|rule| sweep.points.iter().any(|point| measure.at(point, rule).is_some())) {
            add(&format!("{}: not defined at any point", measure.title()), &[], &|_, _| String::new());
            continue;
        }
        let (scale, unit) = measure.scale(&sweep.points, &columns);
        let title = format!("{}, {unit}", measure.title());
        add(&title, &columns, &|point, rule| show(measure.at(point, rule), scale));
    }
    let dynamic = wanted(true);
    if sweep.points.iter().any(|point| dynamic.iter().any(|rule| verdict(point, rule) != NONE)) {
        add("Protection beside a fixed hedge that loses the same money", &dynamic, &verdict);
    }
    text
}

/// Two axes and more: a grid for each rule and number.
fn grids(sweep: &Sweep, measures: &[Measure], rules: &[String]) -> String {
    let points = sweep.slice(2);
    let shown = shown_rules(sweep, rules);
    let [down, across] = [&sweep.axes[0].axis, &sweep.axes[1].axis];
    let grid = |title: &str, cell: &dyn Fn(&Point) -> String| {
        let at = |row: usize, column: usize| {
            points
                .iter()
                .find(|point| point.at[..2] == [row, column])
                .map_or_else(|| "-".to_owned(), |point| cell(point))
        };
        let rows = (0..down.values.len()).map(|row| {
            let cells = (0..across.values.len()).map(|column| at(row, column));
            std::iter::once(down.values[row].clone()).chain(cells).collect()
        });
        let corner = format!("{} \\ {}", sweep.label(0), sweep.label(1));
        let head = std::iter::once(corner).chain(across.values.iter().cloned()).collect();
        fitting(title, head, rows.collect(), "columns", "sweep.json has all")
    };
    let mut text = String::new();
    for rule in &shown {
        for measure in measures {
            if !points.iter().any(|point| measure.at(point, rule).is_some()) {
                text.push_str(&format!(
                    "\n{}",
                    wrap(&format!("{rule}: {}: not defined at any point", measure.title()))
                ));
                continue;
            }
            let (scale, unit) = measure.scale(points.iter().copied(), std::slice::from_ref(rule));
            let title = format!("{rule}: {}, {unit}", measure.title());
            text.push_str(&grid(&title, &|point| show(measure.at(point, rule), scale)));
        }
        if points.iter().any(|point| point.rules.get(rule).is_some_and(|rule| rule.equal_money.is_some())) {
            let title = format!("{rule}: protection beside a fixed hedge that loses the same money");
            text.push_str(&grid(&title, &|point| verdict(point, rule)));
        }
    }
    let mut notes = Vec::new();
    if sweep.axes.len() > 2 {
        notes.push(format!(
            "Grids of the first two axes at {}; sweep.json and sweep.parquet have all points.",
            sweep.held(2)
        ));
    }
    let left: Vec<String> =
        sweep.rules().into_iter().map(|(name, _)| name).filter(|name| !shown.contains(name)).collect();
    if !left.is_empty() && rules.is_empty() {
        notes.push(format!("Not shown: {}; --rule NAME shows one.", left.join(", ")));
    }
    notes.iter().for_each(|note| text.push_str(&format!("\n{}", wrap(note))));
    text
}

/// The rules of grids: those asked for, or the first dynamic ones, or the first ones.
pub(super) fn shown_rules(sweep: &Sweep, rules: &[String]) -> Vec<String> {
    if !rules.is_empty() {
        return rules.to_vec();
    }
    let all = sweep.rules();
    let dynamic: Vec<String> = all.iter().filter(|(_, dynamic)| *dynamic).map(|(name, _)| name.clone()).collect();
    let from = if dynamic.is_empty() { all.into_iter().map(|(name, _)| name).collect() } else { dynamic };
    from.into_iter().take(GRIDS).collect()
}

fn verdict(point: &Point, rule: &str) -> String {
    point.rules.get(rule).and_then(|rule| rule.equal_money.as_ref()).map_or(NONE, |beside| &beside.verdict).to_owned()
}

/// A table with as many columns and rows as fit, and what was left out.
fn fitting(title: &str, mut head: Vec<String>, mut rows: Vec<Vec<String>>, what: &str, cure: &str) -> String {
    let (columns, lines) = (head.len(), rows.len());
    rows.truncate(ROWS);
    let widest = |head: &[String], rows: &[Vec<String>]| {
        let text = table(&[&[head.to_vec()], rows].concat());
        text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
    };
    while head.len() > 2 && widest(&head, &rows) > WIDTH {
        head.pop();
        rows.iter_mut().for_each(|row| row.truncate(head.len()));
    }
    let mut text = format!("\n{title}\n{}", table(&[&[head.clone()][..], &rows].concat()));
    if head.len() < columns {
        text.push_str(&format!("  {} more {what} do not fit: {cure}\n", columns - head.len()));
    }
    if rows.len() < lines {
        text.push_str(&format!("  {} more rows: sweep.json has all\n", lines - rows.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::measure::SHOWN;
    use super::super::sample::sweep;
    use super::*;

    fn shown(sweep: &Sweep) -> String {
        render(sweep, &SHOWN.map(str::to_owned), &[])
    }

    #[test]
    fn one_axis_is_a_table_of_rules() {
        let text = shown(&sweep(&["market.slope=0,1"], &["better", "worse"]));
        let table = "\nMoney lost, bp a year\n  slope       static      moving\n  0      10.00 ±0.30  10.00 ±0.30\n  1       9.00 ±0.30   \
                     9.00 ±0.30\n";
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(squeezed(&text).contains(&squeezed(table)), "{text}");
        assert!(text.contains("  slope  moving\n  0      better\n  1       worse\n"), "{text}");
        assert!(text.contains("sample: 2 values of market.slope; 64 paths of 2.0 years, seed 1 at every point"));
        assert!(
            text.ends_with("overlap its own: the choice cannot be told to matter here.\n")
                || text.contains("is best at")
        );
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn what_is_nowhere_defined_is_said_in_a_line() {
        let text = render(&sweep(&["a=1,2"], &["better"; 2]), &["sharpe_hedged".to_owned()], &[]);
        assert!(text.contains("\nSharpe ratio: not defined at any point\n\nProtection"), "{text}");
        let text = render(&sweep(&["a=1", "b=2"], &["better"]), &["sharpe_hedged".to_owned()], &[]);
        assert!(text.contains("\nmoving: Sharpe ratio: not defined at any point\n"), "{text}");
    }

    #[test]
    fn grids_say_what_they_leave_out() {
        let all: Vec<&str> = vec!["better"; 60];
        let text = shown(&sweep(&["a=1,2", "b=range(1,15,1)", "c=5,6"], &all));
        assert!(text.contains("moving: Money lost, bp a year\n  a \\ b"), "{text}");
        assert!(text.contains("more columns do not fit"), "{text}");
        assert!(text.contains("at c = 5; sweep.json and sweep.parquet have all points"), "{text}");
        assert!(text.contains("Not shown: static"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }
}
