//! PBO against its reference, a direct computation, and theory.

use super::*;
use crate::stats::{
    moments::{Moments, mean, sd},
    normal,
    vectors::{at, close, counts, floats, normals, strategies},
};
use serde_json::Value;

fn check(columns: &[Vec<f64>], blocks: usize, expected: &Value) {
    let table = Blocks::of(columns, blocks).unwrap();
    let choices = table.choices().unwrap();
    let all = Overfitting::of(&choices).unwrap();
    let number = |key: &str| expected[key].as_f64().unwrap();
    assert_eq!(all.combinations as f64, number("n_combos"));
    assert_eq!(table.rows() as f64, number("rows_used"));
    let line = all.degradation;
    for (ours, key) in [
        (all.probability, "pbo"),
        (all.probability_strict, "pbo_strict_lt0"),
        (all.logit_mean, "logit_mean"),
        (all.logit_median, "logit_median"),
        (line.slope.unwrap(), "slope"),
        (line.intercept.unwrap(), "intercept"),
        (line.r_squared.unwrap(), "r2"),
        (line.loss, "prob_loss"),
        (line.mean_in_sample.unwrap(), "mean_is_best"),
        (line.mean_out_of_sample.unwrap(), "mean_oos_best"),
    ] {
        close(ours, number(key));
    }
    choices.iter().zip(floats(&expected["logit_first5"])).for_each(|(c, logit)| close(c.logit(), logit));
    let winners: Vec<usize> = choices.iter().take(10).map(|c| c.winner).collect();
    assert_eq!(winners, counts(&expected["winners_first10"]));
    let dominance = table.dominance(&choices).unwrap();
    assert_eq!(dominance.first, expected["fsd_optimised_over_random"]);
    assert_eq!(dominance.second, expected["ssd_optimised_over_random"]);
    close(dominance.first_violation, number("fsd_max_violation"));
    assert!((dominance.second_minimum - number("ssd_min")).abs() < 1e-12);
}

#[test]
fn reference_pbo() {
    let small = at("/pbo/small");
    let rows: Vec<Vec<f64>> = small["input"]["matrix_rows"].as_array().unwrap().iter().map(floats).collect();
    let columns: Vec<Vec<f64>> = (0..rows[0].len()).map(|k| rows.iter().map(|r| r[k]).collect()).collect();
    check(&columns, small["input"]["S"].as_u64().unwrap() as usize, &small["expected"]);
    for (blocks, expected) in at("/pbo/csv/expected_by_S").as_object().unwrap() {
        check(&strategies(), blocks.parse().unwrap(), expected);
    }
}

fn noise(normal: &mut impl FnMut() -> f64, rows: usize, columns: usize) -> Vec<Vec<f64>> {
    (0..columns).map(|_| (0..rows).map(|_| normal()).collect()).collect()
}

/// Blocks far apart in level and size, with means a hundred times the deviations: the sums must not cancel.
#[test]
fn block_sums_agree_with_a_direct_computation() {
    let mut normal = normals(5);
    let mut columns = noise(&mut normal, 83, 6);
    for (k, column) in columns.iter_mut().enumerate() {
        let size = |t: usize| if t / 10 == k { 1e3 } else { 1.0 };
        let mut t = 0..;
        column.iter_mut().for_each(|x| *x = 100.0 * k as f64 + size(t.next().unwrap()) * *x);
    }
    let table = Blocks::of(&columns, 8).unwrap();
    let mut ours = Vec::new();
    for mask in crate::stats::combinations::Combinations::new(8, 4).unwrap() {
        table.sharpes(mask, &mut ours);
        for (k, column) in columns.iter().enumerate() {
            let half: Vec<f64> = (0..80).filter(|t| mask >> (t / 10) & 1 == 1).map(|t| column[t]).collect();
            close(ours[k], mean(&half).unwrap() / sd(&half).unwrap());
        }
    }
}

/// 200 tables of 240 independent days and 20 rules worth the same: the winner's rank out-of-sample is uniform, so
/// half of the winners come out below the median. Mean within 4 standard errors over the tables; fixed seed.
#[test]
fn noise_has_a_probability_of_one_half() {
    let mut normal = normals(2017);
    let mut all = Moments::default();
    for _ in 0..200 {
        let choices = Blocks::of(&noise(&mut normal, 240, 20), 8).unwrap().choices().unwrap();
        all.push(Overfitting::of(&choices).unwrap().probability);
    }
    let (mean, se) = (all.mean().unwrap(), all.standard_error().unwrap());
    assert!((mean - 0.5).abs() < 4.0 * se && se < 0.02, "{mean} ± {se}");
}

/// A rule with drift δ sd per day among N − 1 without: over n days its ratio leads by δ√n standard errors, so it wins a
/// half with probability ∫ φ(x) Φ(x + δ√n)^(N−1) dx. 200 tables of 240 days, 20 rules, three drifts; the share of
/// halves that it wins is within 4 standard errors (over tables) of that.
#[test]
fn a_planted_rule_wins_as_often_as_theory_says() {
    let mut normal = normals(45);
    for (drift, low, high) in [(0.1, 0.2, 0.4), (0.2, 0.6, 0.8), (0.4, 0.95, 1.0)] {
        let lead = drift * 120_f64.sqrt();
        let term = |i: i32| {
            let x = f64::from(i) / 50.0;
            (-0.5 * x * x).exp() * normal::cdf(x + lead).unwrap().powi(19)
        };
        let theory: f64 = (-400..=400).map(term).sum::<f64>() / 50.0 / (2.0 * std::f64::consts::PI).sqrt();
        assert!(low < theory && theory < high, "{theory}");
        let (mut wins, mut pbo) = (Moments::default(), Moments::default());
        for _ in 0..200 {
            let mut columns = noise(&mut normal, 240, 20);
            columns[7].iter_mut().for_each(|x| *x += drift);
            let choices = Blocks::of(&columns, 8).unwrap().choices().unwrap();
            wins.push(choices.iter().filter(|c| c.winner == 7).count() as f64 / choices.len() as f64);
            pbo.push(Overfitting::of(&choices).unwrap().probability);
        }
        let (share, se) = (wins.mean().unwrap(), wins.standard_error().unwrap());
        assert!((share - theory).abs() < 4.0 * se, "{drift}: {share} ± {se}, theory {theory}");
        assert!(pbo.mean().unwrap() + 2.0 * pbo.standard_error().unwrap() < 0.5);
    }
}

#[test]
fn a_rule_that_rests_in_a_half_scores_zero_there() {
    let mut normal = normals(8);
    let mut columns = noise(&mut normal, 40, 3);
    columns[1][..20].fill(0.0);
    columns[2][..20].fill(0.3);
    let mut half = Vec::new();
    Blocks::of(&columns, 4).unwrap().sharpes(0b0011, &mut half);
    assert!(half[0] != 0.0 && half[1] == 0.0 && half[2] == 0.0);
}

#[test]
fn undefined_is_none() {
    let columns = noise(&mut normals(1), 40, 3);
    for blocks in [0, 1, 3, 22, 40, 42] {
        assert!(Blocks::of(&columns, blocks).is_none(), "{blocks}");
    }
    assert!(Blocks::of::<Vec<f64>>(&[], 4).is_none() && Blocks::of(&columns[..1], 4).is_none());
    for bad in [vec![0.1; 40], vec![0.0; 40], vec![0.1, 0.2], vec![f64::NAN; 40], vec![]] {
        assert!(Blocks::of(&[columns[0].clone(), bad], 4).is_none());
    }
    assert!(Blocks::of(&[[0.1, 0.2, 0.3], [0.2, 0.1, 0.4]], 2).is_none());
    assert!(Blocks::of(&[[0.1, 0.2, 0.3, 0.1], [0.2, 0.1, 0.4, 0.3]], 2).is_some());
    assert!(Overfitting::of(&[]).is_none());
}
