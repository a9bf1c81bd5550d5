//! The shipped scenarios: each opens with its question, resolves, and (if simulated) runs with finite sums.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files should stop")]

use hedgelab::engine::{Options, PathColumn, Silent, run};
use hedgelab::market::Marking;
use hedgelab::metrics::tally::Column;
use hedgelab::report::terminal::closing;
use hedgelab::scenario::{Loaded, load, question_of};
use hedgelab::study::claims::Found;
use hedgelab::study::evaluate::{How, evaluate};
use std::path::{Path, PathBuf};

/// Paths of a quick run.
const PATHS: u64 = 200;

/// Real history that is not shipped: its scenario is skipped where the file is absent.
const HISTORY: &str = "../shared/data/spx_vix_daily.csv";

/// All scenario files, in order, those in folders included; data and cases to be priced are none.
fn files() -> Vec<PathBuf> {
    let mut list = Vec::new();
    below(Path::new("scenarios"), &mut list);
    list.retain(|path| question_of(path).is_some());
    list.sort();
    assert!(list.len() >= 27, "{} scenarios", list.len());
    list
}

fn below(folder: &Path, list: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, list);
        } else if path.extension().is_some_and(|kind| kind == "yaml") {
            list.push(path);
        }
    }
}

/// The scenario, or `None` (with a printed line) if its data is absent.
fn scenario(path: &Path) -> Option<Loaded> {
    if path.ends_with("history-1990-2022.yaml") && !Path::new(HISTORY).exists() {
        println!("skipped {}: {HISTORY} is absent", path.display());
        return None;
    }
    Some(load(path, &[]).unwrap_or_else(|problems| panic!("{}: {problems}", path.display())))
}

#[test]
fn each_opens_with_its_question() {
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let head: Vec<&str> = text.lines().take(4).collect();
        let up = "../".repeat(path.components().count() - 1);
        let schema = format!("# yaml-language-server: $schema={up}schema/scenario.v1.json");
        assert_eq!(head[0], schema, "{}", path.display());
        assert_eq!(head[1], "version: 1", "{}", path.display());
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(head[2], format!("name: {name}"), "{}", path.display());
        assert!(head[3].starts_with("question: ") && head[3].ends_with('?'), "{}: {}", path.display(), head[3]);
        assert!(text.lines().all(|line| line.chars().count() <= 260), "{}: a line is too long", path.display());
    }
}

/// Readers of YAML 1.1 and 1.2 agree on these files: no `1_000`, no word that one of them takes for a truth value.
#[test]
fn every_reader_reads_the_same() {
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            // Words of a text in quotes are nobody's truth values.
            let plain: String = line.split('"').step_by(2).collect();
            let written = plain.split('#').next().unwrap_or_default();
            let bad = written
                .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
                .find(|word| {
                    let numeric =
                        word.contains('_') && word.chars().all(|c| c.is_ascii_digit() || c == '_' || c == '.');
                    numeric || ["on", "off", "yes", "no", "y", "n", "null"].contains(&word.to_lowercase().as_str())
                })
                .filter(|_| !line.starts_with("question:"));
            assert!(bad.is_none(), "{}:{}: {bad:?}", path.display(), number + 1);
        }
    }
}

#[test]
fn all_resolve() {
    for path in files() {
        let Some(Loaded { plan, .. }) = scenario(&path) else { continue };
        assert_eq!(Some(plan.name.as_str()), path.file_stem().and_then(|stem| stem.to_str()));
        assert!(
            plan.question.is_some() && (plan.comparison.is_some() || !plan.questions.is_empty()),
            "{}",
            path.display()
        );
    }
}

/// The main scenario answers what is asked of it: puts, a held variance swap and a VIX future marked by the model, 24 named
/// rules, all studies.
#[test]
fn the_main_scenario_is_complete() {
    let Some(Loaded { plan, .. }) = scenario(Path::new("scenarios/three-regimes.yaml")) else { return };
    let experiment = &plan.experiment;
    assert_eq!(experiment.instrument_names, ["put_3m", "var_1m", "vx_1m"]);
    assert_eq!(experiment.named, 24);
    assert_eq!(experiment.market.facts().marking, Marking::Model);
    assert_eq!((experiment.paths, experiment.grid.days(), experiment.seed), (10_000, 2_520, 20_081_015));
    assert_eq!(experiment.families.len(), 1);
    assert_eq!(experiment.families[0].members.len(), 3);
    assert_eq!(plan.choices.len(), 2);
    let comparison = plan.comparison.unwrap();
    assert!(comparison.null_world && comparison.twins.len() == 5);
    let used: Vec<usize> =
        experiment.rules.iter().flat_map(|rule| rule.legs.iter().map(|leg| leg.instrument)).collect();
    assert!((0..3).all(|slot| used.contains(&slot)));
}

/// Every scenario is answered on a few paths: its closing sentence has numbers, and every claim a verdict.
#[test]
fn each_closes_with_numbers() {
    for path in files() {
        let Some(Loaded { mut plan, .. }) = scenario(&path) else { continue };
        let start = std::time::Instant::now();
        if !plan.history {
            plan.experiment.paths = PATHS;
        }
        let how = How { threads: 0, stop: None, observer: &Silent };
        let findings = evaluate(&plan.task(), &how).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let closing = closing(&plan, &findings);
        let numbers =
            closing.split(|c: char| !(c.is_ascii_digit() || c == '.')).filter(|word| word.parse::<f64>().is_ok());
        println!("{} ({:.1} s): {closing}", path.display(), start.elapsed().as_secs_f64());
        assert!(numbers.count() >= 2 && closing.contains('±'), "{}: {closing}", path.display());
        assert!(!closing.contains("NaN") && !closing.contains("inf"), "{}: {closing}", path.display());
        assert_eq!(findings.claims.len(), plan.claims.len(), "{}", path.display());
        for judged in &findings.claims {
            let defined = matches!(&judged.found, Found::Number(Some(_)) | Found::Protection(_));
            assert!(defined || judged.why.is_some(), "{}: {}", path.display(), judged.claim.says);
        }
    }
}

#[test]
fn simulated_ones_run_with_finite_sums() {
    for path in files() {
        let Some(Loaded { plan, .. }) = scenario(&path) else { continue };
        let paths = if plan.history { 1 } else { PATHS };
        let options = Options { threads: 2, range: 0..paths, ..Options::all(&plan.experiment) };
        let outcome = run(&plan.experiment, &[], &options, &Silent).unwrap();
        assert_eq!(outcome.paths as u64, paths);
        assert!(outcome.path_column(PathColumn::NonFinite).iter().all(|x| *x == 0.0), "{}", path.display());
        for rule in 0..plan.experiment.kept() {
            for column in outcome.table.columns() {
                let finite = outcome.table.column(rule, *column).iter().all(|x| x.is_finite());
                assert!(finite, "{}: {:?} of {}", path.display(), column, plan.experiment.rules[rule].name);
            }
        }
        let crashes: f64 = outcome.path_column(PathColumn::Windows).iter().sum();
        assert!(crashes > 0.0, "{}: there is no crash on {paths} paths", path.display());
    }
}

/// Where every hedge is fairly priced and free to trade no rule loses money: |mean| within four standard errors for each
/// of the rules (false alarms: 6e-5 a rule), and every rule has moved money at all.
#[test]
fn nothing_is_lost_in_the_black_scholes_world() {
    let Some(Loaded { plan, .. }) = scenario(Path::new("scenarios/black-scholes.yaml")) else { return };
    let options = Options { threads: 2, range: 0..1_000, ..Options::all(&plan.experiment) };
    let outcome = run(&plan.experiment, &[], &options, &Silent).unwrap();
    for rule in 0..plan.experiment.named {
        let name = &plan.experiment.rules[rule].name;
        let column = |which| outcome.table.column(rule, which);
        assert!(column(Column::Spread).iter().chain(column(Column::Fee)).all(|cost| *cost == 0.0), "{name}");
        let gains = column(Column::Mark);
        let n = gains.len() as f64;
        let mean = gains.iter().sum::<f64>() / n;
        let variance = gains.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let error = (variance / n).sqrt();
        assert!(error > 0.0 && mean.abs() < 4.0 * error, "{name}: {mean} ± {error}");
    }
}
