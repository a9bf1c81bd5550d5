//! Every study and every choice of a small scenario has figures that hold together, and tables that say what was found.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::{choices, studies};
use crate::engine::Silent;
use crate::figure::{Figure, Marks};
use crate::report::book::{Part, Table};
use crate::scenario::load_text;
use crate::study::evaluate::{Findings, How, evaluate};
use crate::study::pictures::tests::hold;
use std::path::Path;

/// Two regimes whose hedges are dear, two tuned rules: one of three axes, one of one.
fn scenario(study: &str) -> String {
    format!(
        "
version: 1
name: pictures
seed: 11
paths: 40
years: 5
market:
  regime_lognormal:
    rate: 0.0
    regimes: {{ calm: {{ volatility: 0.12, priced_volatility: 0.2 }}, wild: {{ volatility: 0.35, priced_volatility: 0.4 }} }}
    switching: {{ per_year: {{ calm: {{ wild: 0.8 }}, wild: {{ calm: 3 }} }} }}
portfolio: {{ capital: 1000000, assets: {{ SPX: {{ weight: 1 }} }} }}
instruments:
  put: {{ put: {{ underlying: SPX, moneyness: 0.95, tenor: 21 }}, size: {{ per_exposure: 1 }} }}
rules:
  fixed: {{ hedge: put, hold: 1 }}
  linear:
    hedge: put
    scale: [ {{ signal: {{ vix: {{}} }}, shape: {{ linear: {{ from: {{ tune: [10, 5, 15] }}, width: {{ tune: [15, 8] }} }} }} }} ]
    limits: {{ floor: {{ tune: [0.2, 0.8] }}, cap: 2 }}
  ratio:
    hedge: put
    scale: [ {{ signal: {{ vix: {{}} }}, shape: {{ ratio: {{ to: {{ tune: [20, 10, 40] }} }} }} }} ]
study:
{study}
"
    )
}

fn findings(study: &str) -> Findings {
    let loaded =
        load_text("pictures", &scenario(study), &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    evaluate(&loaded.plan.task(), &How { threads: 1, stop: None, observer: &Silent }).unwrap()
}

/// Figures of the one study that was asked for, its tables beside them.
fn found(study: &str) -> (Vec<Figure>, Vec<Table>) {
    let parts = studies::answers(&findings(study).answers);
    let (mut figures, mut tables) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Part::Figure(figure) => figures.push(figure),
            Part::Table(table) => tables.push(table),
            _ => {}
        }
    }
    hold(&figures);
    (figures, tables)
}

fn ids(figures: &[Figure]) -> Vec<&str> {
    figures.iter().map(|figure| figure.id.as_str()).collect()
}

#[test]
fn selection_shows_logits_and_checks() {
    let (figures, _) = found("  selection: { choose_by: cost, bootstrap: { paths: 20, replications: 99 } }");
    assert_eq!(ids(&figures), ["selection-logits", "selection-checks"]);
    assert_eq!((figures[0].panels[0].layers.len(), figures[1].panels.len()), (2, 4));
    // All combinations of a grid are somewhere.
    for layer in figures.iter().flat_map(|figure| &figure.panels).flat_map(|panel| &panel.layers) {
        let Marks::Line { points, stepped, .. } = &layer.marks else { panic!("{layer:?}") };
        let sum: f64 = points[1..].iter().map(|point| point[1]).sum();
        // Places have six digits.
        assert!(*stepped && (sum - 100.0).abs() < 1e-3, "{}: {sum}", layer.name);
    }
}

#[test]
fn truth_shows_estimates_beside_it_and_the_grid() {
    let (figures, tables) = found("  truth: { choose_by: cost, truth: 200, train: 2y }");
    assert_eq!(ids(&figures), ["truth-estimates", "truth-grid", "truth-estimates-2", "truth-grid-2"]);
    // The objective is the cost, which has no bias of its own beside it: value, its bias, those of Sharpe ratio and HER.
    assert_eq!(figures[0].panels.len(), 4);
    let Marks::Cells { cells, .. } = &figures[1].panels[0].layers[0].marks else { panic!("two axes are cells") };
    assert_eq!((cells.len(), cells.iter().filter(|cell| cell.chosen).count()), (12, 1));
    assert!(matches!(figures[3].panels[0].layers[0].marks, Marks::Line { .. }));
    // The bias is a difference and may stand out, what is reported never does.
    assert!(tables.iter().flat_map(|table| &table.rows).all(|row| !row[1].strong && !row[2].strong));
    assert!(tables[0].rows[0][1].more.starts_with("95 % interval"), "{:?}", tables[0].rows[0][1]);
}

#[test]
fn protocols_show_years_spread_and_grid() {
    let (figures, _) = found("  protocols: { choose_by: cost, years: [2, 5], truth: 200, train: 2y }");
    assert_eq!(ids(&figures)[..3], ["protocols-years", "protocols-spread", "protocols-grid"]);
    assert!(figures[0].x.list().is_none() && figures.len() == 6);
    let (alone, _) = found("  protocols: { choose_by: cost, years: [5], truth: 200, train: 2y }");
    assert_eq!(alone[0].x.list().unwrap().len(), 8);
}

#[test]
fn calibration_shows_alarms_and_power() {
    let (figures, _) =
        found("  calibration: { choose_by: cost, paths: 40, planted: [1, 2], bootstrap: { replications: 99 } }");
    assert_eq!(ids(&figures)[..2], ["calibration-alarms", "calibration-power"]);
    assert_eq!((figures[0].panels.len(), figures[0].panels[0].guides.len()), (3, 1));
    assert_eq!(figures[0].panels[0].layers.len(), 2);
}

#[test]
fn combinatorial_shows_both_distributions() {
    let (figures, _) = found("  combinatorial: { choose_by: cost }");
    assert_eq!(ids(&figures), ["combinatorial-values", "combinatorial-values-2"]);
    assert_eq!(figures[0].panels.iter().map(|panel| panel.layers.len()).collect::<Vec<_>>(), [2, 2]);
}

#[test]
fn world_shift_shows_worlds_and_members() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("same.yaml");
    std::fs::write(&file, scenario("  selection: {}")).unwrap();
    let path = Path::new(&file).display();
    let (figures, _) =
        found(&format!("  world_shift: {{ scenarios: [{path}], choose_by: cost, paths: 20, truth: 200 }}"));
    assert_eq!(ids(&figures)[..2], ["world-shift-gains", "world-shift-regrets"]);
    let Marks::Cells { cells, middle } = &figures[0].panels[0].layers[0].marks else { panic!("cells") };
    assert_eq!((cells.len(), *middle), (4, Some(0.0)));
    let Marks::Cells { cells, .. } = &figures[1].panels[0].layers[0].marks else { panic!("cells") };
    assert_eq!((cells.len(), cells.iter().filter(|cell| cell.chosen).count()), (24, 2));
}

#[test]
fn the_ladder_shows_gains_and_functions() {
    let (figures, tables) = found("  oracle_ladder: { hedge: put, vix: [12, 20, 30], most: 2, weight: 20, train: 40 }");
    assert_eq!(ids(&figures), ["oracle-ladder-gains", "oracle-ladder-functions"]);
    assert_eq!(figures[1].panels.len(), figures[0].x.list().unwrap().len());
    // summary.json has basis points.
    let cell = &tables[0].rows[0][1];
    assert!(
        (cell.value.unwrap() - cell.text.split(' ').next().unwrap().parse::<f64>().unwrap()).abs() < 1.0,
        "{cell:?}"
    );
}

#[test]
fn the_optimal_rule_shows_functions_and_losses() {
    let (figures, _) = found("  optimal: { hedge: put, at: [15, 25, 40], most: 1, weight: [0, 5, 50], train: 40 }");
    assert_eq!(ids(&figures), ["optimal-functions", "optimal-losses"]);
    // Two lines for each weight.
    assert_eq!((figures[0].panels[0].layers.len(), figures[1].x.list().unwrap().len()), (6, 3));
}

#[test]
fn choices_show_values_and_shares() {
    let all = findings("  split: { choose_by: cost }\n  walk_forward: { train: 2y, test: 1y, choose_by: cost }");
    let figures = choices::figures(&all.choices);
    hold(&figures);
    assert_eq!(
        ids(&figures),
        [
            "split-values",
            "split-chosen",
            "split-chosen-2",
            "walk-forward-values",
            "walk-forward-chosen",
            "walk-forward-chosen-2"
        ]
    );
    assert_eq!(figures[0].panels.len(), 3);
    let Marks::Cells { cells, .. } = &figures[1].panels[0].layers[0].marks else { panic!("cells") };
    assert!((cells.iter().map(|cell| cell.value).sum::<f64>() - 100.0).abs() < 1e-9);
    assert!(choices::figures(&[]).is_empty() && studies::answers(&[]).is_empty());
}
