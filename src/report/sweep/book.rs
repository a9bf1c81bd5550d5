//! The page of a sweep as data: the answer, the figures, all points, the scenario.

use super::charts::{beside, drawn, map, metric};
use super::measure::{BESIDE, Measure, SHOWN, show};
use super::text::shown_rules;
use super::{Number, Point, RuleAt, Sweep};
use crate::report::book::{Book, Cell, Head, Part, SCHEMA, Section, Table};

/// Rows of the table of points that a page has; the Parquet table has all.
const ROWS: usize = 2_000;

/// The book of a sweep; `scenario` is the resolved text, `command` what makes it again.
pub fn book(sweep: &Sweep, scenario: &str, command: &str) -> Book {
    let mut figures = match &sweep.axes[..] {
        [_] => lines(sweep),
        _ => maps(sweep),
    };
    figures.insert(0, Part::Text(sweep.left_out.clone()));
    let code = |title: &str, text: &str, folded| Part::Code { title: title.to_owned(), text: text.to_owned(), folded };
    let section = |id: &str, title: &str, parts| Section { id: id.to_owned(), title: title.to_owned(), parts };
    Book {
        schema: SCHEMA.to_owned(),
        title: format!("{}: sweep", sweep.base.name),
        question: sweep.base.question.clone(),
        facts: facts(sweep),
        banners: Vec::new(),
        verdict: sweep.closing.clone(),
        sections: vec![
            section("sensitivity", "Sensitivity", figures),
            section("points", "All points", vec![Part::Table(table(sweep))]),
            section(
                "assumptions",
                "Assumptions",
                vec![code("The command that makes this again", command, false), code("The scenario", scenario, true)],
            ),
        ],
    }
}

fn facts(sweep: &Sweep) -> Vec<(String, String)> {
    let mut facts = vec![("Points".to_owned(), sweep.points.len().to_string())];
    facts.extend(sweep.axes.iter().map(|axis| (axis.axis.key.clone(), axis.axis.values.join(", "))));
    facts.push(("Simulated".to_owned(), sweep.size()));
    facts.push(("Version".to_owned(), sweep.base.version.clone()));
    facts
}

/// Figures along one axis.
fn lines(sweep: &Sweep) -> Vec<Part> {
    let mut parts = Vec::new();
    let compared = beside(sweep);
    if !compared.is_empty() {
        parts.push(Part::Figure(compared));
    }
    parts.extend(SHOWN.iter().map(|name| metric(sweep, name)).filter(|figure| !figure.is_empty()).map(Part::Figure));
    let shown = drawn(sweep);
    let left: Vec<String> = sweep
        .rules()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !shown.iter().any(|(known, _)| known == name))
        .collect();
    parts.extend(left_out(&left));
    parts
}

/// Heat maps over the first two axes; each says how flat the ground is.
fn maps(sweep: &Sweep) -> Vec<Part> {
    let rules = shown_rules(sweep, &[]);
    let mut parts = Vec::new();
    if sweep.axes.len() > 2 {
        parts.push(Part::Text(format!(
            "The maps span the first two axes at {}; the table has all points.",
            sweep.held(2)
        )));
    }
    let number = |rule: &str| sweep.rules().iter().position(|(known, _)| known == rule).unwrap_or(0);
    for rule in &rules {
        let measures = [
            Measure::Metric("total_cost_bp_per_year".to_owned()),
            Measure::EqualMoney("es5_yearly"),
            Measure::EqualMoney("her_plus21"),
        ];
        for measure in measures {
            if let Some(figure) = map(sweep, (number(rule), rule), &measure) {
                parts.push(Part::Figure(figure));
            }
        }
    }
    let left: Vec<String> =
        sweep.rules().into_iter().map(|(name, _)| name).filter(|name| !rules.contains(name)).collect();
    parts.extend(left_out(&left));
    parts
}

fn left_out(rules: &[String]) -> Option<Part> {
    (!rules.is_empty()).then(|| Part::Text(format!("Not drawn, in the table below: {}.", rules.join(", "))))
}

/// A row a point and rule.
fn table(sweep: &Sweep) -> Table {
    let levels: Vec<Measure> = SHOWN.iter().map(|name| Measure::Metric((*name).to_owned())).collect();
    let besides = BESIDE.map(Measure::EqualMoney);
    let compared = sweep.points.iter().any(|point| point.rules.iter().any(|(_, rule)| rule.equal_money.is_some()));
    let measures: Vec<&Measure> = levels.iter().chain(besides.iter().filter(|_| compared)).collect();
    let names: Vec<String> = sweep.rules().into_iter().map(|(name, _)| name).collect();
    let scales: Vec<(f64, String)> = measures.iter().map(|measure| measure.scale(&sweep.points, &names)).collect();
    let mut head: Vec<Head> = sweep.axes.iter().map(|axis| Head::new(&axis.axis.key, "")).collect();
    head.push(Head::new("rule", ""));
    head.extend(measures.iter().zip(&scales).map(|(measure, (_, unit))| Head::new(measure.title(), unit)));
    if compared {
        head.push(Head::new("protection at equal money", ""));
    }
    let row = |(point, (name, rule)): (&Point, (&String, &RuleAt))| {
        let mut cells: Vec<Cell> =
            point.at.iter().zip(&sweep.axes).map(|(at, axis)| value(&axis.axis.values[*at])).collect();
        cells.push(Cell::words(name));
        cells.extend(measures.iter().zip(&scales).map(|(measure, (scale, _))| {
            cell(measure.at(point, name), *scale, matches!(measure, Measure::EqualMoney(_)))
        }));
        if compared {
            cells.push(Cell::words(rule.equal_money.as_ref().map_or("-", |beside| &beside.verdict)));
        }
        cells
    };
    let all = || sweep.points.iter().flat_map(|point| point.rules.iter().map(move |rule| (point, rule)));
    let rows: Vec<Vec<Cell>> = all().take(ROWS).map(row).collect();
    let more = all().count() - rows.len();
    let cut = if more > 0 { format!(" {more} more rows are in sweep.json and sweep.parquet.") } else { String::new() };
    Table {
        id: "points-table".to_owned(),
        title: "Every rule at every point".to_owned(),
        head,
        rows,
        note: format!("± is one standard error; a difference stands out where its 95 % interval excludes zero.{cut}"),
    }
}

/// A value of an axis.
fn value(text: &str) -> Cell {
    Cell { value: text.parse().ok().filter(|x: &f64| x.is_finite()), ..Cell::words(text) }
}

fn cell(number: Option<&Number>, scale: f64, difference: bool) -> Cell {
    let Some(found) = number else { return Cell::words("-") };
    let interval = found.interval();
    let more = interval.map(|ends| ends.map(|x| x * scale));
    Cell {
        text: show(number, scale),
        value: found.value,
        strong: difference && interval.is_some_and(|[low, high]| low > 0.0 || high < 0.0),
        more: more.map_or_else(String::new, |[low, high]| format!("95 %: {low:.4} to {high:.4}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::sweep;
    use super::*;

    #[test]
    fn a_page_has_figures_and_all_points() {
        let one = book(&sweep(&["slope=0,1,2"], &["better"; 3]), "name: sample", "hedgelab sweep sample.yaml");
        assert_eq!(one.figures().count(), 4);
        let two = book(&sweep(&["a=0,1", "b=0,1", "c=0,1"], &["worse"; 8]), "", "");
        assert_eq!(two.figures().map(|figure| figure.id.as_str()).collect::<Vec<_>>().len(), 3);
        assert!(format!("{two:?}").contains("The maps span the first two axes at c = 0"));
        let Part::Table(table) = &two.sections[1].parts[0] else { panic!("no table") };
        assert_eq!((table.rows.len(), table.head.len()), (16, 3 + 1 + 6 + 1));
        assert!(table.rows.iter().all(|row| row.len() == table.head.len()));
        // 1 ± 0.6 excludes zero, 0 ± 0.6 does not; a level never stands out.
        assert!(table.rows[1][7].strong && !table.rows[3][7].strong && !table.rows[1][4].strong);
        let ids: std::collections::BTreeSet<&str> = two.figures().map(|figure| figure.id.as_str()).collect();
        assert_eq!(ids.len(), 3);
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Book>(&text).unwrap(), one);
    }
}
