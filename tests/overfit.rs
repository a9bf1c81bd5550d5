//! `overfit` as a user meets it: the reference numbers through the command line, verdicts on tables whose truth is known,
//! and every bad table refused in one sentence.

// A test says by panicking that something is missing.
#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use hedgelab::store::{Column, write_table};
use hedgelab::study::overfit::verdict::Outcome;
use hedgelab::study::overfit::{Diagnosis, Settings, Table, diagnose};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const PUBLIC: &str = "tests/reference/public_strategy_returns.csv";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs hedgelab in the repository: exit code, stdout, stderr.
fn hedgelab(words: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::cargo_bin("hedgelab").unwrap();
    command.env("HEDGELAB_CACHE", "off");
    command.current_dir(root()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    let output = command.arg("overfit").args(words).write_stdin(input).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// The document of a run that works.
fn document(words: &[&str]) -> Value {
    let (code, out, err) = hedgelab(&[words, &["--json"]].concat(), "");
    assert_eq!((code, err.as_str()), (0, ""), "{words:?}");
    serde_json::from_str(&out).unwrap()
}

fn reference() -> Value {
    let text = std::fs::read_to_string(root().join("tests/reference/stats_inference.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Every number of `want` stands in `got` under the same name, to 1e-9.
fn same(got: &Value, want: &Value, at: &str) {
    match want {
        Value::Object(map) => map.iter().for_each(|(key, value)| same(&got[key], value, &format!("{at}/{key}"))),
        Value::Array(list) => {
            assert_eq!(got.as_array().map(Vec::len), Some(list.len()), "{at}");
            list.iter().enumerate().for_each(|(i, value)| same(&got[i], value, &format!("{at}/{i}")));
        }
        Value::Number(want) => {
            let (got, want) = (got.as_f64().unwrap_or_else(|| panic!("{at} is {got}")), want.as_f64().unwrap());
            assert!((got - want).abs() <= 1e-9 * want.abs().max(1e-3), "{at}: {got}, must be {want}");
        }
        other => assert_eq!(got, other, "{at}"),
    }
}

/// Only those keys of an object.
fn only(object: &Value, keys: &[&str]) -> Value {
    keys.iter().map(|key| ((*key).to_owned(), object[*key].clone())).collect::<serde_json::Map<_, _>>().into()
}

/// All but those keys of an object.
fn without(object: &Value, keys: &[&str]) -> Value {
    let map = object.as_object().unwrap().iter().filter(|(key, _)| !keys.contains(&key.as_str()));
    map.map(|(key, value)| (key.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn the_reference_comes_through_the_command_line() {
    let reference = reference();
    let found = document(&[PUBLIC, "--benchmark", "static", "--replications", "200"]);
    // That of another benchmark is a setting of the test.
    let sharpe = without(&reference["sharpe"]["csv"]["expected"], &["psr_benchmark_0p02"]);
    same(&found["sharpe"]["linear"], &sharpe, "sharpe");
    same(&found["deflated_sharpe"], &reference["deflated_sharpe"]["csv"]["expected"], "deflated_sharpe");
    let lengths = &reference["snooping_csv"]["expected_mc"]["optimal_block_length"];
    same(&found["optimal_block_length"]["linear"], lengths, "optimal_block_length");
    let reference = &reference["sharpe_difference"]["csv"]["expected"];
    let memmel = only(reference, &["jobson_korkie_memmel_ddof1"]);
    same(&found["sharpe_difference"]["a"]["linear"], &memmel, "sharpe_difference");
    let found = document(&[PUBLIC, "--benchmark", "static", "--lags", "8", "--replications", "200"]);
    same(&found["sharpe_difference"]["a"]["linear"], reference, "sharpe_difference");
}

#[test]
fn pbo_comes_through_the_command_line() {
    for (blocks, want) in reference()["pbo"]["csv"]["expected_by_S"].as_object().unwrap() {
        let found = document(&[PUBLIC, "--blocks", blocks, "--replications", "100"]);
        let want = without(want, &["logit_first5", "winners_first10"]);
        same(&found["pbo"], &want, blocks);
    }
}

#[test]
fn lengths_and_expected_maxima_come_through_the_command_line() {
    let reference = reference();
    for (n, want) in reference["deflated_sharpe"]["exp_max_z"].as_object().unwrap() {
        if n.parse::<u64>().unwrap() >= 9 {
            let found = document(&[PUBLIC, "--trials", n, "--blocks", "2", "--replications", "100"]);
            same(&found["deflated_sharpe"]["exp_max_z"], want, n);
        }
    }
    let found = document(&[PUBLIC, "--trials", "45", "--blocks", "2", "--replications", "100"]);
    let want = reference["min_lengths"]["minbtl_years"].as_array().unwrap().iter().find(|v| v["N"] == 45).unwrap();
    let want = only(want, &["target_annual_sr", "expected", "upper_bound_2lnN"]);
    same(&found["min_lengths"]["minbtl_years"][0], &want, "minbtl_years");
}

/// Bootstrap p-values agree with those of two other programs within the tolerance that the reference states:
/// four standard errors of both simulations and 0.002.
#[test]
fn bootstraps_agree_within_their_error() {
    const OURS: f64 = 4000.0;
    let found =
        document(&[PUBLIC, "--benchmark", "static", "--mean-block", "20", "--replications", "4000", "--seed", "3"]);
    let want = &reference()["snooping_csv"]["expected_mc"];
    let own = &want["own_studentised_B6000"];
    let near = |got: &Value, want: &Value, at: &str| {
        let (got, p) = (got.as_f64().unwrap(), want.as_f64().unwrap());
        let reach = 4.0 * (p * (1.0 - p) * (1.0 / 4000.0 + 1.0 / OURS)).sqrt() + 0.002;
        assert!((got - p).abs() <= reach, "{at}: {got}, must be within {reach} of {p}");
    };
    for (key, p) in own.as_object().unwrap().iter().filter(|(key, _)| key.starts_with("p_")) {
        near(&found["snooping"][key], p, key);
    }
    same(&found["snooping"], &only(own, &["T_spa_studentised", "T_rc"]), "snooping");
    same(&found["snooping"]["omega"], &want["own_omega_politis_romano"], "omega");
    same(&found["snooping"]["threshold"], &want["own_threshold"], "threshold");
    for (test, kind) in [("arch_SPA", "p_unstudentised"), ("arch_RealityCheck", "p_unstudentised")] {
        for (which, p) in want[test].as_object().unwrap() {
            near(&found["snooping"][format!("{kind}_{which}")], p, test);
        }
    }
    assert_eq!(found["snooping"]["stepm_unstudentised"]["rejected"], want["arch_StepM_superior"]);
    for (name, p) in want["arch_MCS_R_pvalues"].as_object().unwrap() {
        near(&found["model_confidence_set"]["MCS_R_pvalues"][name], p, name);
    }
}

/// Normal numbers by Box and Muller's rule; a generator of the standard library's kind is not at hand in tests.
fn noise(seed: u64, columns: usize, rows: usize) -> Vec<Vec<f64>> {
    let mut random = Pcg64::seed_from_u64(seed);
    let mut one = move || {
        let (u, v): (f64, f64) = (random.random(), random.random());
        0.01 * (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    };
    (0..columns).map(|_| (0..rows).map(|_| one()).collect()).collect()
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("s{i}")).collect()
}

fn small() -> Settings {
    Settings {
        benchmark: None,
        trials: None,
        blocks: 8,
        seed: 1,
        periods_per_year: 252.0,
        lags: None,
        mean_block: None,
        replications: 200,
    }
}

fn judged(columns: &[Vec<f64>], settings: &Settings) -> Diagnosis {
    let names = names(columns.len());
    diagnose(&Table { names: &names, columns, rows_per_year: None }, settings).unwrap()
}

/// 100 tables of 20 worthless columns of 500 days: SPA alone allows 5 % of them to look real, and all three checks have to
/// agree; most look like luck. Of these seeds none and 62.
#[test]
fn worthless_columns_look_like_luck() {
    let outcomes: Vec<Outcome> = (0..100).map(|seed| judged(&noise(seed, 20, 500), &small()).verdict.outcome).collect();
    let of = |outcome| outcomes.iter().filter(|o| **o == outcome).count();
    assert!(of(Outcome::Real) <= 5, "{} of 100 look real", of(Outcome::Real));
    assert!(of(Outcome::Luck) > 50, "{} of 100 look like luck", of(Outcome::Luck));
}

/// A Sharpe ratio of 4 a year over four years is eight standard errors above none, and four above what the best of 20
/// trials with it among them is expected to show.
#[test]
fn a_planted_column_looks_real() {
    for seed in 0..5 {
        let mut columns = noise(100 + seed, 20, 1008);
        columns[7].iter_mut().for_each(|r| *r += 4.0 * 0.01 / 252_f64.sqrt());
        let found = judged(&columns, &small());
        assert_eq!((found.best, found.verdict.outcome), (7, Outcome::Real), "{:?}", found.verdict);
        assert!(found.not_run().iter().all(|(_, why)| why.contains("no benchmark")));
        assert_eq!(found.snooping.unwrap().steps[0].selected(), [7]);
    }
}

/// All columns earn the same in truth: that they earn is real, which one was chosen is not.
#[test]
fn equal_skill_is_no_choice() {
    let mut columns = noise(5, 10, 2000);
    columns.iter_mut().flatten().for_each(|r| *r += 5.0 * 0.01 / 252_f64.sqrt());
    let found = judged(&columns, &small());
    assert!(found.splits.as_ref().unwrap().summary.probability > 0.2);
    assert_ne!(found.verdict.outcome, Outcome::Luck);
}

/// The drift that gives a column of `noise` this Sharpe ratio of a year.
fn drift(ratio: f64) -> f64 {
    ratio * 0.01 / 252_f64.sqrt()
}

/// Two columns that earn alike, about one standard error in all, each in the blocks in which the other loses: the ratio is
/// above what two trials show by luck, and the winner of one half loses in the other.
#[test]
fn luck_has_the_reason_of_the_check_that_found_it() {
    let base = noise(11, 1, 1000).remove(0);
    let mean = base.iter().sum::<f64>() / 1000.0;
    let column = |own: usize| {
        let swing = |i: usize| if i / 125 % 2 == own { drift(6.0) } else { drift(-6.0) };
        base.iter().enumerate().map(|(i, r)| r - mean + drift(0.5) + swing(i)).collect::<Vec<f64>>()
    };
    let found = judged(&[column(0), column(1)], &small());
    let probability = found.deflation.as_ref().unwrap().counted.probability;
    assert!(probability > 0.5 && probability < 0.95, "{probability}");
    assert_eq!(found.verdict.outcome, Outcome::Luck);
    let sentence = &found.verdict.sentence;
    assert!(
        sentence.ends_with("looks like luck: the winner of one half does no better than the median in the other."),
        "{sentence}"
    );
    // The deflated ratio is asked first: of 20 worthless columns some table is below what luck gives.
    let worthless = (0..20).map(|seed| judged(&noise(seed, 20, 500), &small()));
    let below = |found: &Diagnosis| found.deflation.as_ref().unwrap().counted.probability < 0.5;
    let found = worthless.into_iter().find(|found| below(found) && found.verdict.outcome == Outcome::Luck).unwrap();
    assert!(found.verdict.sentence.ends_with("the best of 20 worthless trials shows as much."), "{:?}", found.verdict);
}

#[test]
fn where_nothing_earns_nothing_is_cut() {
    let mut columns = noise(6, 5, 500);
    columns.iter_mut().flatten().for_each(|r| *r += drift(-8.0));
    let found = judged(&columns, &small());
    assert_eq!(found.verdict.outcome, Outcome::Luck);
    let annual = found.best_ratio().annual(252.0).unwrap();
    let sentence =
        format!("No column earns anything: the best, `s{}`, has a Sharpe ratio of {annual:.2} a year.", found.best);
    assert!(annual < 0.0);
    assert_eq!(found.verdict.sentence, sentence);
    assert_eq!(found.haircuts.unwrap_err(), "the best Sharpe ratio is not above zero, so there is nothing to cut");
}

#[test]
fn the_rule_and_both_limits_are_told() {
    let found = document(&[PUBLIC, "--replications", "100"]);
    let limits: Vec<[&Value; 3]> = found["verdict"]["criteria"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| [&c["check"], &c["limit"], &c["luck_limit"]])
        .collect();
    let want = serde_json::json!([["dsr", 0.95, 0.5], ["pbo", 0.2, 0.5], ["p_studentised_consistent", 0.05, null]]);
    assert_eq!(serde_json::json!(limits), want);
    let (_, out, _) = hedgelab(&[PUBLIC, "--replications", "100"], "");
    for words in ["luck if", "rule: looks real: DSR and SPA speak for skill", "(SR0)", "(MinBTL)"] {
        assert!(out.contains(words), "`{words}` is not in\n{out}");
    }
    assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
}

#[test]
fn the_least_risk_is_told_from_the_best_rule() {
    let base = noise(9, 2, 1000);
    let hedged = |k: usize| {
        let day = |(r, own): (&f64, &f64)| 0.0006 + (1.0 + 0.5 * k as f64) * r + 0.01 * own;
        base[0].iter().zip(&base[1]).map(day).collect::<Vec<f64>>()
    };
    let columns: Vec<Vec<f64>> = (0..6).map(hedged).collect();
    let found = judged(&columns, &small());
    assert!(found.risk_order.unwrap() <= -0.9);
    let told = |words: &str| found.verdict.cautions.iter().any(|caution| caution.contains(words));
    assert!(told("least hedge") && told("returns of the hedges alone") && told("--trials N"), "{:?}", found.verdict);
    let scattered = judged(&noise(9, 6, 1000), &Settings { trials: Some(6), ..small() });
    assert_eq!(scattered.verdict.cautions, Vec::<String>::new());
}

#[test]
fn columns_that_are_hardly_returns_are_told() {
    let mut columns = noise(9, 6, 1000);
    columns[2].iter_mut().for_each(|r| *r *= 100.0);
    columns[2][16] = -1.25;
    columns[4] = columns[1].clone();
    columns[5] = columns[1].clone();
    let found = judged(&columns, &Settings { trials: Some(6), ..small() });
    for words in ["`s2` has a volatility of ", "`s2` has a return of -", "`s1` and `s4` are equal on every row"] {
        let told = found.verdict.cautions.iter().filter(|caution| caution.starts_with(words)).count();
        assert_eq!(told, 1, "{words}: {:?}", found.verdict.cautions);
    }
}

#[test]
fn what_cannot_be_run_says_why() {
    let found = judged(&noise(1, 3, 11), &Settings { blocks: 16, ..small() });
    let why =
        |check: &str| found.not_run().iter().find(|(known, _)| known.contains(check)).map(|(_, why)| (*why).to_owned());
    assert!(why("year under autocorrelation").unwrap().contains("needs more than the 11 there are"));
    assert!(why("minus the benchmark").unwrap().contains("--benchmark NAME"));
    assert!(
        found.verdict.cautions.iter().any(|c| c.contains("11 rows allow 4 blocks, and 16 were asked for")),
        "{found:?}"
    );
    let mut columns = noise(1, 3, 100);
    columns[1] = columns[0].iter().map(|r| r + 0.001).collect();
    let found = judged(&columns, &Settings { benchmark: Some(0), ..small() });
    assert!(found.snooping.unwrap_err().contains("constant and not zero"));
    // A copy of the benchmark is neither better nor worse, and the other column is still tested.
    columns[1] = columns[0].clone();
    let found = judged(&columns, &Settings { benchmark: Some(0), ..small() });
    assert_eq!(found.snooping.unwrap().adjusted[0][0], 1.0);
}

/// A folder with a table in it.
fn desk(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn csv(columns: &[Vec<f64>]) -> String {
    let row = |i: usize| columns.iter().map(|c| c[i].to_string()).collect::<Vec<_>>().join(",") + "\n";
    format!("{}\n", names(columns.len()).join(",")) + &(0..columns[0].len()).map(row).collect::<String>()
}

#[test]
fn parquet_standard_input_and_threads_change_nothing() {
    let columns = noise(2, 4, 300);
    let (folder, path) = desk(&csv(&columns));
    let parquet = folder.path().join("t.parquet");
    let names = names(4);
    let table: Vec<(&str, Column)> =
        names.iter().map(String::as_str).zip(columns.iter().map(|c| Column::F64(c))).collect();
    write_table(&parquet, &table, &[]).unwrap();
    let plain = |mut document: Value| {
        document["table"]["source"] = Value::Null;
        document
    };
    let of = |path: &Path| plain(document(&[path.to_str().unwrap(), "--benchmark", "s1"]));
    let want = of(&path);
    assert_eq!(of(&parquet), want);
    let (code, out, _) = hedgelab(&["-", "--benchmark", "s1", "--json"], &csv(&columns));
    assert_eq!((code, plain(serde_json::from_str(&out).unwrap())), (0, want.clone()));
    let mut command = Command::cargo_bin("hedgelab").unwrap();
    command.env("HEDGELAB_CACHE", "off");
    let one = command.env("RAYON_NUM_THREADS", "1").arg("overfit").arg(&path).args(["--benchmark", "s1", "--json"]);
    assert_eq!(plain(serde_json::from_slice(&one.output().unwrap().stdout).unwrap()), want);
}

#[test]
fn the_text_tells_what_was_found() {
    let (code, out, err) = hedgelab(&[PUBLIC, "--benchmark", "static", "--replications", "200"], "");
    assert_eq!((code, err.as_str()), (0, ""));
    for words in [
        "9 columns of 1,007 rows, 2014-01-02 to 2017-12-29",
        "benchmark static, N = 9 trials",
        "cannot be told from luck",
        "deflated Sharpe ratio",
        "0.839",
        "sigmoid minus static",
        "Ledoit and Wolf",
        "note: N = 9 counts the columns",
    ] {
        assert!(out.contains(words), "`{words}` is not in\n{out}");
    }
    assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
}

/// Refused with 2: one line of error and perhaps one of help, and with `--json` exactly one document.
fn refused(words: &[&str], input: &str, said: &[&str]) {
    let (code, out, err) = hedgelab(words, input);
    assert_eq!((code, out.as_str()), (2, ""), "{words:?}: {err}");
    assert!(err.starts_with("error: ") && err.lines().count() <= 2, "{err}");
    for part in said {
        assert!(err.contains(part), "`{part}` is not in\n{err}");
    }
    let (code, out, _) = hedgelab(&[words, &["--json"]].concat(), input);
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, document["ok"].as_bool()), (2, Some(false)));
    assert_eq!(document["schema"], "hedgelab.overfit/1");
    assert!(err.contains(document["error"]["message"].as_str().unwrap()));
}

#[test]
fn bad_tables_are_refused() {
    let good = csv(&noise(3, 2, 40));
    let third = good.lines().nth(3).unwrap().to_owned();
    let with = |row: &str| good.replacen(&third, row, 1);
    let rows = |n: usize| good.lines().take(n + 1).map(|line| format!("{line}\n")).collect::<String>();
    let constant: String =
        good.lines().map(|line| format!("{line},{}\n", if line.starts_with('s') { "flat" } else { "0.1" })).collect();
    let alone: String = good.lines().map(|line| line.split(',').next().unwrap().to_owned() + "\n").collect();
    let cases: [(&str, &[&str]); 12] = [
        (&with("NaN,0.01"), &["`standard input`:4: `s0` is `NaN`, must be a finite number"]),
        (&with("inf,0.01"), &["`s0` is `inf`"]),
        (&with(",0.01"), &["`s0` is empty"]),
        (&with("0.01,abc"), &["`standard input`:4: `s1` is `abc`"]),
        (&with("0.01"), &["`standard input`:4: has 1 cells, the header has 2"]),
        (&with("0.01,0.02,0.03"), &["has 3 cells, the header has 2"]),
        (&rows(2), &["has 2 rows, must have at least 10"]),
        (&rows(0), &["has 0 rows"]),
        (&alone, &["has 1 column of returns (`s0`), must have at least two", "benchmark"]),
        (&constant, &["column `flat` is 0.1 on every row"]),
        (&good.replacen("s0,s1", "s0,s0", 1), &["two columns are named `s0`"]),
        ("", &["`standard input` is empty"]),
    ];
    for (table, said) in cases {
        refused(&["-"], table, said);
    }
    refused(&["no/such.csv"], "", &["cannot read `no/such.csv`: no such file"]);
    refused(&["tests"], "", &["`tests`: it is a folder"]);
}

#[test]
fn bad_words_are_refused() {
    let good = csv(&noise(3, 3, 40));
    refused(&["-", "--benchmark", "s11"], &good, &["there is no column `s11`", "did you mean `s1`?", "s0, s1, s2"]);
    refused(&["-", "--trials", "2"], &good, &["`--trials` is 2, must be at least the 3 columns"]);
    refused(&["-", "--blocks", "7"], &good, &["`--blocks` is 7, must be an even number from 2 to 20"]);
    refused(&["-", "--blocks", "22"], &good, &["`--blocks` is 22"]);
    refused(&["-", "--lags", "40"], &good, &["`--lags` is 40, must be fewer than the 40 rows"]);
    refused(&["-", "--mean-block", "0.5"], &good, &["`--mean-block` is 0.5, must be from 1 to the 40 rows"]);
    refused(&["-", "--periods-per-year", "0"], &good, &["`--periods-per-year` is 0, must be above 0"]);
    refused(&["-", "--periods-per-year", "NaN"], &good, &["`--periods-per-year` is NaN"]);
    refused(&["-", "--replications", "5"], &good, &["`--replications` is 5, must be from 100"]);
}
