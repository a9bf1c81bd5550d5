//! The JSON document of `overfit`: every number under the name that the reference vectors give it.
//!
//! What was not computed is null, and `not_run` says why.

use crate::stats::block_length::BlockLength;
use crate::stats::deflated::Deflated;
use crate::stats::dominance::{Dominance, DominanceP};
use crate::stats::multiple::{Correction, Haircut, Tail};
use crate::stats::sharpe_difference::SharpeDifference;
use crate::stats::snooping::SuperiorAbility;
use crate::stats::stepm::StepM;
use crate::study::overfit::luck::{Deflation, Haircuts, Splits};
use crate::study::overfit::record::Record;
use crate::study::overfit::rivals::{Difference, Differences, MEMBERS_ALPHA, Members, Order, Snooping};
use crate::study::overfit::{ALPHA, Diagnosis, Settings, Table};
use serde_json::{Map, Value, json};

/// Everything, without the schema line.
pub fn json(table: &Table<'_>, settings: &Settings, found: &Diagnosis) -> Map<String, Value> {
    let name = |i: usize| json!(table.names[i]);
    let year = settings.periods_per_year;
    let verdict = &found.verdict;
    let criteria: Vec<Value> = verdict
        .criteria
        .iter()
        .map(|c| {
            json!({
                "check": c.check, "value": c.value, "limit": c.limit, "luck_limit": c.luck_limit,
                "speaks_for": c.speaks.word(), "says": c.says,
            })
        })
        .collect();
    let not_run: Vec<Value> =
        found.not_run().into_iter().map(|(check, why)| json!({ "check": check, "why": why })).collect();
    let records: Map<String, Value> =
        found.records.iter().zip(table.names).map(|(r, name)| (name.clone(), record(r, found, year))).collect();
    let blocks: Map<String, Value> =
        found.records.iter().zip(table.names).map(|(r, name)| (name.clone(), block_lengths(&r.blocks))).collect();
    let benchmark = found.benchmark.map(name);
    let whole = json!({
        "verdict": { "outcome": verdict.outcome.word(), "sentence": verdict.sentence, "criteria": criteria, "cautions": verdict.cautions },
        "best": name(found.best),
        "settings": {
            "benchmark": benchmark, "trials": found.trials as u64, "blocks": settings.blocks, "seed": settings.seed,
            "periods_per_year": year, "lags": found.lags, "mean_block": found.mean_block, "replications": settings.replications,
        },
        "sharpe": records,
        "sharpe_of_best_over_a_year": found.year.as_ref().ok().map(|y| json!({ "q": year.round(), "eta": y.factor, "sr_q": y.ratio, "naive_sqrt_q": y.independent })),
        "sharpe_volatility_rank_correlation": found.risk_order,
        "deflated_sharpe": found.deflation.as_ref().ok().map(|d| deflation(d, found, name(found.best))),
        "min_lengths": lengths(found, year),
        "pbo": found.splits.as_ref().ok().map(splits),
        "snooping": found.snooping.as_ref().ok().map(|s| snooping(s, table, found, settings)),
        "model_confidence_set": found.members.as_ref().ok().map(|m| members(m, table)),
        "sharpe_difference": found.differences.as_ref().ok().map(|d| differences(d, table, found)),
        "stochastic_dominance": found.order.as_ref().ok().map(|o| order(o, name(found.rival), benchmark.clone())),
        "multiple_testing": found.haircuts.as_ref().ok().map(|h| haircuts(h, table, found, year)),
        "optimal_block_length": blocks,
        "not_run": not_run,
    });
    match whole {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn record(r: &Record, found: &Diagnosis, year: f64) -> Value {
    let ratio = &r.ratio;
    let t = ratio.n as f64;
    let annual = format!("sr_annualised_sqrt{year}");
    // The normal interval at 95 %.
    let ends = ratio.se_mertens().zip(ratio.annual(year)).map(|(se, sr)| {
        let reach = crate::stats::normal::quantile(0.975).unwrap_or(f64::NAN) * se * year.sqrt();
        [sr - reach, sr + reach]
    });
    let month =
        r.month.1.map(|m| json!({ "q": r.month.0, "eta": m.factor, "sr_q": m.ratio, "naive_sqrt_q": m.independent }));
    json!({
        "T": ratio.n, "mean": r.mean, "sd_ddof1": r.sd, "sr_per_period": ratio.per_period, annual: ratio.annual(year),
        "sr_ddof0": ratio.per_period * (t / (t - 1.0)).sqrt(), "skew_population": ratio.skew,
        "kurtosis_nonexcess_population": ratio.kurtosis, "acf_1_to_5": r.autocorrelations, "se_iid_normal_T": ratio.se_iid(),
        "se_mertens_T": ratio.se_mertens(), "se_mertens_Tminus1": ratio.se_mertens_small(),
        "se_hac_bartlett": { "L": found.lags, "value": r.se_hac }, "ci95_annualised_mertens": ends, "lo_eta": month,
        "psr_benchmark_0": r.positive,
    })
}

fn block_lengths(blocks: &[Option<BlockLength>; 3]) -> Value {
    let one = |b: &Option<BlockLength>| b.map(|b| json!({ "stationary": b.stationary, "circular": b.circular }));
    json!({ "returns": one(&blocks[0]), "abs_returns": one(&blocks[1]), "squared_returns": one(&blocks[2]) })
}

fn deflation(d: &Deflation, found: &Diagnosis, best: Value) -> Value {
    let ratios: Vec<f64> = found.records.iter().map(|r| r.ratio.per_period).collect();
    let effective = d.effective.as_ref().ok();
    let counts = effective.map(|(all, _)| all);
    let with = |i: usize| effective.and_then(|(_, list)| list[i]).map(|with: Deflated| with.probability);
    json!({
        "N": found.trials as u64, "trial_srs": ratios, "var_trials_ddof1": d.counted.variance, "best": best,
        "exp_max_z": { "approx": d.expected.0, "exact_integral": d.expected.1 },
        "sr0": d.counted.threshold, "dsr": d.counted.probability,
        "avg_corr": counts.map(|c| c.average_correlation), "neff_avgcorr": counts.map(|c| c.average),
        "neff_participation": counts.map(|c| c.participation), "neff_entropy": counts.map(|c| c.entropy),
        "dsr_neff_avgcorr": with(0), "dsr_neff_participation": with(1), "dsr_neff_entropy": with(2),
    })
}

fn lengths(found: &Diagnosis, year: f64) -> Value {
    let (l, ratio) = (&found.lengths, found.best_ratio());
    let backtest = |target: Option<f64>, expected: Option<f64>| {
        let bound = target.filter(|t| *t > 0.0).map(|t| 2.0 * libm::log(found.trials) / (t * t));
        json!({ "N": found.trials as u64, "target_annual_sr": target, "expected": expected, "upper_bound_2lnN": bound })
    };
    let record = |bench: Option<f64>, expected: Option<f64>| json!({ "sr": ratio.per_period, "bench": bench, "skew": ratio.skew, "kurt": ratio.kurtosis, "alpha": l.alpha, "expected": expected });
    let threshold = found.deflation.as_ref().ok().map(|d| d.counted.threshold);
    json!({
        "minbtl_years": [backtest(Some(1.0), l.backtest_of_one), backtest(ratio.annual(year), l.backtest_of_best)],
        "mintrl_obs": [record(Some(0.0), l.record), record(threshold, l.record_deflated)],
    })
}

fn splits(s: &Splits) -> Value {
    let (all, d) = (&s.summary, &s.summary.degradation);
    json!({
        "S": s.blocks, "n_combos": all.combinations, "rows_used": s.rows, "pbo": all.probability,
        "pbo_strict_lt0": all.probability_strict, "logit_mean": all.logit_mean, "logit_median": all.logit_median,
        "slope": d.slope, "intercept": d.intercept, "r2": d.r_squared, "prob_loss": d.loss,
        "mean_is_best": d.mean_in_sample, "mean_oos_best": d.mean_out_of_sample,
        "fsd_optimised_over_random": s.dominance.map(|d| d.first), "fsd_max_violation": s.dominance.map(|d| d.first_violation),
        "ssd_optimised_over_random": s.dominance.map(|d| d.second), "ssd_min": s.dominance.map(|d| d.second_minimum),
    })
}

fn snooping(s: &Snooping, table: &Table<'_>, found: &Diagnosis, settings: &Settings) -> Value {
    let rivals = names(table, &s.rivals);
    let steps = |steps: &StepM| {
        let of = |list: &[usize]| names(table, &list.iter().map(|k| s.rivals[*k]).collect::<Vec<_>>());
        let rounds: Vec<Vec<&str>> = steps.rounds.iter().map(|round| of(round)).collect();
        json!({ "rejected": of(&steps.selected()), "rounds": rounds, "critical_values": steps.critical_values })
    };
    let [of, plain]: &[SuperiorAbility; 2] = &s.superior;
    json!({
        "benchmark": found.benchmark.map(|b| &table.names[b]), "columns": rivals, "mean_block": found.mean_block,
        "p_restart": 1.0 / found.mean_block, "B": settings.replications, "alpha": ALPHA,
        "mean": s.means, "omega": s.omegas, "threshold": s.thresholds,
        "T_spa_studentised": of.statistic,
        "p_studentised_lower": of.lower.share, "p_studentised_consistent": of.consistent.share, "p_studentised_upper": of.upper.share,
        "p_studentised_consistent_plus1": of.consistent.plus_one,
        "p_unstudentised_lower": plain.lower.share, "p_unstudentised_consistent": plain.consistent.share,
        "p_unstudentised_upper": plain.upper.share,
        "T_rc": s.reality.statistic, "p_white_rc": s.reality.p.share, "p_white_rc_plus1": s.reality.p.plus_one,
        "stepm_studentised": steps(&s.steps[0]), "stepm_unstudentised": steps(&s.steps[1]),
        "rw_adjusted_p_studentised": s.adjusted[0], "rw_adjusted_p_unstudentised": s.adjusted[1],
    })
}

fn names<'a>(table: &Table<'a>, list: &[usize]) -> Vec<&'a str> {
    list.iter().map(|i| table.names[*i].as_str()).collect()
}

fn members(m: &Members, table: &Table<'_>) -> Value {
    let p: Map<String, Value> = table.names.iter().cloned().zip(m.set.p.iter().map(|p| json!(p))).collect();
    json!({
        "alpha": MEMBERS_ALPHA, "MCS_R_pvalues": p, "members": names(table, &m.members), "left_in_order": names(table, &m.set.order),
    })
}

fn differences(d: &Differences, table: &Table<'_>, found: &Diagnosis) -> Value {
    let one =
        |test: &Option<SharpeDifference>| test.map(|t| json!({ "diff": t.value, "se": t.se, "z": t.z, "p": t.p }));
    let each = |difference: &Difference| {
        let mut memmel = one(&difference.memmel);
        if let Some(memmel) = &mut memmel {
            memmel["rho"] = json!(difference.correlation);
        }
        let mut all = json!({
            "jobson_korkie_memmel_ddof1": memmel,
            format!("hac_bartlett_L{}", found.lags): one(&difference.bartlett),
            format!("hac_parzen_L{}_dof4", found.lags): one(&difference.parzen),
        });
        if let Some(b) = d.bootstrap.as_ref().ok().filter(|_| difference.column == found.rival) {
            all["studentised_circular_block_bootstrap"] = json!({
                "diff": b.plain.value, "se": b.plain.se, "d": b.plain.z.abs(), "p": b.p, "dstar_q95": b.reach(0.95).map(|x| x / b.plain.se),
                "block": d.block,
            });
        }
        (table.names[difference.column].clone(), all)
    };
    let pairs: Map<String, Value> = d.all.iter().map(each).collect();
    json!({ "b": found.benchmark.map(|b| &table.names[b]), "a": pairs })
}

fn order(o: &Order, a: Value, b: Option<Value>) -> Value {
    let one = |(d, p): &(Dominance, DominanceP)| {
        json!({
            "fsd_sup_violation": d.first_violation, "S1": d.first_statistic, "p_fsd": d.first_p, "fsd_holds": d.first_holds,
            "ssd_sup_violation": d.second_violation, "S2": d.second_statistic, "ssd_holds": d.second_holds,
            "mean_diff": d.mean_difference, "p_fsd_paired_bootstrap": p.first, "p_ssd_paired_bootstrap": p.second,
        })
    };
    json!({ "a": a, "b": b, "a_over_b": one(&o.over), "b_over_a": one(&o.under) })
}

fn haircuts(h: &Haircuts, table: &Table<'_>, found: &Diagnosis, year: f64) -> Value {
    let tails: Map<String, Value> =
        h.of_best.iter().map(|(tail, list)| (of_tail(*tail).to_owned(), tail_json(list, year))).collect();
    let adjusted: Map<String, Value> =
        h.adjusted.iter().map(|(how, list)| (of_correction(*how).to_owned(), json!(list))).collect();
    json!({
        "haircut": { "of": table.names[found.best], "sr_annual": found.best_ratio().annual(year), "periods_per_year": year,
            "T": found.rows, "n_tests": h.tests as u64, "tails": tails },
        "p_adjust": { "input": h.p, "adjusted": adjusted },
    })
}

fn tail_json(list: &[(Correction, Haircut); 4], year: f64) -> Value {
    let mut all = Map::new();
    all.insert("t".to_owned(), json!(list[0].1.t));
    all.insert("p_single".to_owned(), json!(list[0].1.p_single));
    for (how, haircut) in list {
        let how = of_correction(*how);
        all.insert(format!("p_{how}"), json!(haircut.p_adjusted));
        all.insert(format!("sr_haircut_{how}"), json!(haircut.per_period * year.sqrt()));
        all.insert(format!("haircut_{how}"), json!(haircut.share));
    }
    Value::Object(all)
}

fn of_tail(tail: Tail) -> &'static str {
    match tail {
        Tail::Normal => "normal",
        Tail::Student => "student_t",
    }
}

fn of_correction(how: Correction) -> &'static str {
    match how {
        Correction::Bonferroni => "bonferroni",
        Correction::Sidak => "sidak",
        Correction::Holm => "holm",
        Correction::BenjaminiHochberg => "bh",
        Correction::BenjaminiYekutieli => "by",
    }
}
