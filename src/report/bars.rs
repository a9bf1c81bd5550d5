//! Money lost and HER of every rule at one look: numbers with small bars, for a terminal.

use super::layout::item;
use super::sheet::NAME;
use super::tables::show;
use crate::scenario::resolve::Plan;
use crate::stats::estimate::Estimate;
use crate::study::evaluate::Findings;
use std::fmt::Write;

/// Cells of the longest bar.
const CELLS: f64 = 20.0;

/// Eighths of a cell.
const EIGHTHS: [char; 8] = ['█', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// Money lost beside HER 21 days after the trough, in the order of the scenario.
pub fn text(plan: &Plan, findings: &Findings) -> String {
    let columns = [("total_cost_bp_per_year", 1.0), ("her_plus21", 1.0)];
    let of = |rule: usize, metric: &str| findings.metric(rule, metric);
    let most = columns.map(|(metric, _)| {
        let sizes = (0..plan.experiment.named).filter_map(|rule| of(rule, metric)).map(|e| e.value.abs());
        sizes.fold(0.0, f64::max)
    });
    let width = CELLS as usize;
    let mut out = format!("\n{:NAME$} {:>13} {:width$} {:>15}\n", "rule", "money lost", "bp a year", "HER +21 days");
    for rule in 0..plan.experiment.named {
        let [lost, her] = [0, 1].map(|i| {
            let (metric, scale) = columns[i];
            let estimate = of(rule, metric);
            (show(estimate, scale), bar(estimate, most[i]))
        });
        let name = super::sheet::cut(&plan.experiment.rules[rule].name, NAME);
        let line = format!("{name:NAME$} {:>13} {:width$} {:>15} {}", lost.0, lost.1, her.0, her.1);
        let _ = writeln!(out, "{}", line.trim_end());
    }
    if most[0] > 0.0 {
        out.push_str(&item(
            "",
            "bars from zero; a light bar is negative: money earned, or a hedge that lost in crashes",
        ));
    }
    out
}

/// A bar of the share that a value has of the largest one.
fn bar(estimate: Option<&Estimate>, most: f64) -> String {
    let Some(value) = estimate.map(|e| e.value).filter(|_| most > 0.0) else { return String::new() };
    let eighths = (value.abs() / most * CELLS * 8.0).round() as usize;
    if value < 0.0 {
        return "░".repeat(eighths.div_ceil(8));
    }
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8]);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion() {
        let of = |value: f64| bar(Estimate::point(value, 0.95, 1, "test").as_ref(), 2.0);
        assert_eq!(of(2.0), "█".repeat(20));
        assert_eq!(of(1.0), "█".repeat(10));
        assert_eq!(of(0.05), "▌");
        assert_eq!(of(-1.0), "░".repeat(10));
        assert_eq!((of(0.0), bar(None, 1.0)), (String::new(), String::new()));
    }
}
