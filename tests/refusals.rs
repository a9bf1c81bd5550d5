//! Scenarios that read well but ask for too much, or for what does not fit together: refused at the right place, in words.

use hedgelab::scenario::{Loaded, Problems, load_text};

const SMALL: &str = include_str!("scenarios/small.yaml");

fn load(overrides: &[&str]) -> Result<Loaded, Problems> {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    load_text("small.yaml", SMALL, &overrides)
}

/// Asserts that the scenario with these overrides has one problem, at `path`, and that its text has all of `words`.
fn refused(overrides: &[&str], path: &str, words: &[&str]) {
    let Err(problems) = load(overrides) else { panic!("{overrides:?} is not refused") };
    let text = problems.render(false);
    assert_eq!(problems.list().iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), [path], "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` is not in\n{text}");
    }
}

/// Asserts that the scenario with these overrides is taken.
fn taken(overrides: &[&str]) {
    if let Err(problems) = load(overrides) {
        panic!("{overrides:?}: {problems}");
    }
}

#[test]
fn conditions_spread_into_few_groups() {
    let all = |lists: usize, each: usize| {
        let any = vec!["{ every: 5 }"; each].join(", ");
        let all = vec![format!("{{ any: [{any}] }}"); lists].join(", ");
        format!("+rules.static.rebalance={{ any: [ {{ every: 63 }}, {{ all: [{all}] }} ] }}")
    };
    taken(&[&all(2, 7)]);
    let at = "rules.static.rebalance.any[1].all";
    refused(&[&all(12, 10)], at, &["spreads into 100 groups of conditions or more, must be at most 64"]);
    refused(&[&all(65, 1)], at, &["65 conditions in one group"]);
    let any = vec!["{ every: 5 }"; 65].join(", ");
    refused(&[&format!("+rules.static.rebalance={{ any: [{any}] }}")], "rules.static.rebalance.any", &["65 groups"]);
}

#[test]
fn numbers_no_market_has_are_refused_where_they_stand() {
    let market = "market.regime_svj";
    for (at, value, words) in [
        ("market.regime_svj.regimes.stress.crash.per_year", "1e9", "must be from 0 to 2520 a year (ten a trading day)"),
        ("market.regime_svj.regimes.stress.crash.mean", "-5.5", "must be from -5 to 5"),
        ("market.regime_svj.regimes.stress.crash.sd", "6", "must be from 0 to 5"),
        ("market.regime_svj.regimes.stress.crash.variance_jump", "1e3", "must be from 0 to 100"),
        ("market.regime_svj.regimes.stress.variance", "101", "must be above 0 and at most 100"),
        ("market.regime_svj.switching.per_year.calm.normal", "2521", "must be from 0 to 2520 a year"),
        ("market.regime_svj.variance.reversion", "1e4", "must be above 0 and at most 1000 a year"),
        ("market.regime_svj.variance.vol_of_vol", "1e300", "must be above 0 and at most 100"),
        ("market.regime_svj.premium.crash_mean", "1e300", "must be from -5 to 5"),
        ("market.regime_svj.rate", "1.5", "must be from -1 to 1 (100 % a year)"),
        ("market.regime_svj.dividend", "-2", "must be from -1 to 1 (100 % a year)"),
        ("portfolio.assets.SPX.weight", "-101", "must be from -100 to 100"),
        ("portfolio.assets.SPX.volatility", "1e9", "must be above 0 and at most 100"),
        ("portfolio.assets.bonds.own_variance", "1e9", "must be above 0 and at most 100"),
        ("instruments.put_3m.put.moneyness", "0.001", "must be from 0.01 to 100"),
        ("rules.static.hold", "1e300", "must be from -1e6 to 1e6"),
        ("rules.vix_linear.limits.cap", "1e300", "must be from -1e6 to 1e6"),
        ("rules.vix_linear.scale[0].shape.linear.width", "1e-300", "must be from 1e-6 to 1e6"),
    ] {
        refused(&[&format!("{at}={value}")], at, &[words]);
    }
    let volatility = format!("{market}.regimes.stress={{ volatility: 11, correlation: 0.9 }}");
    refused(&[&volatility], "market.regime_svj.regimes.stress.volatility", &["at most 10 (1000 % a year)"]);
    // Each rate alone would do.
    let both = format!("{market}.switching.per_year.calm={{ normal: 2000, stress: 2000 }}");
    refused(&[&both], "market.regime_svj.switching.per_year.calm", &["the rate of leaving is 4000", "2520 a year"]);
    let steps = "rules.vix_linear.scale[0].shape={ steps: { at: [20], give: [0, 1e7] } }";
    refused(&[steps], "rules.vix_linear.scale[0].shape.steps.give[1]", &["must be from -1e6 to 1e6"]);
}

/// The first evaluated row is 252: a signal that is complete there, seen with its lag, is taken, and one day more is not.
#[test]
fn every_signal_is_complete_at_the_first_decision() {
    let term = "rules.vix_linear.scale[0]";
    let seen = |signal: &str, smooth: &str| {
        let smooth = if smooth.is_empty() { String::new() } else { format!(", smooth: {{ {smooth} }}") };
        format!("{term}={{ signal: {{ {signal} }}{smooth}, shape: {{ ratio: {{ to: 1 }} }} }}")
    };
    let at = "rules.vix_linear.scale[0].signal";
    for (signal, smooth) in [
        ("vix: {}", "mean: $"),
        ("vix: {}", "persist: $"),
        ("vix: {}", "ema: $"),
        ("vix_smoothed: { mean: $ }", ""),
        ("variance_ratio: { window: $ }", ""),
        ("percentile: { of: { vix: {} }, window: $ }", ""),
    ] {
        let of = |days: usize| seen(&signal.replace('$', &days.to_string()), &smooth.replace('$', &days.to_string()));
        taken(&[&of(252)]);
        refused(&[&of(253)], at, &["a warm-up of 253 days is needed, it is 252", "raise `warm_up`"]);
        taken(&[&of(233), "+rules.vix_linear.lag=20"]);
        refused(&[&of(234), "+rules.vix_linear.lag=20"], at, &["a lag of 20", "a warm-up of 253 days is needed"]);
        taken(&[&of(253), "+rules.vix_linear.lag=0"]);
    }
    // Row 0 has no return.
    taken(&[&seen("realized_vol: { window: 251 }", "")]);
    refused(&[&seen("realized_vol: { window: 252 }", "")], at, &["looks back 253 closes"]);
    taken(&[&seen("correlation: { window: 232 }", "mean: 20")]);
    refused(&[&seen("correlation: { window: 233 }", "mean: 20")], at, &["looks back 234 closes, 20 days of smoothing"]);
    let ranks =
        |window| seen(&format!("percentile: {{ of: {{ realized_vol: {{ window: 20 }} }}, window: {window} }}"), "");
    taken(&[&ranks(232)]);
    refused(&[&ranks(233)], at, &["looks back 253 closes"]);
    refused(&[&ranks(u64::MAX)], at, &["is needed, it is 252"]);
}

#[test]
fn a_signal_is_refused_where_it_is_written() {
    let watched = "rules.vix_linear.rebalance={ points: 3, of: { realized_vol: { window: 400 } } }";
    refused(&[watched], "rules.vix_linear.rebalance.of", &["looks back 401 closes"]);
    let table = |by: &str| {
        format!(
            "rules.vix_linear.scale[0].shape={{ table2: {{ x: [20], by: {by}, y: [15], give: [[0, 1], [1, 2]] }} }}"
        )
    };
    let at = "rules.vix_linear.scale[0].shape.table2.by";
    refused(&[&table("{ realized_vol: { window: 400 } }")], at, &["looks back 401 closes"]);
    refused(&[&table("{ realized_vol: { window: 0 } }")], &format!("{at}.realized_vol.window"), &["is 0, must be 1"]);
    let surface = table("{ realized_vol: { window: 400 } }").replace("table2", "surface").replace("[20]", "[20, 30]");
    let at = "rules.vix_linear.scale[0].shape.surface";
    refused(&[&surface.replace("y: [15]", "y: [15, 20]")], &format!("{at}.by"), &["looks back 401 closes"]);
    refused(&[&surface], &format!("{at}.give[0]"), &["has 2 numbers, must have 1"]);
    let lag =
        SMALL.replace("    limits: { floor: 0.2, cap: 2.0 }", "    limits: { floor: 0.2, cap: 2.0 }\n    lag: 300");
    let Err(problems) = load_text("small.yaml", &lag, &[]) else { panic!("a lag of 300 is taken") };
    let text = problems.render(false);
    assert!(
        text.contains("|     lag: 300\n") && text.contains("^^^ is 300 days, longer than the warm-up of 252"),
        "{text}"
    );
    let shared = "+rules.late={ hedge: put_3m, lag: 252, scale: [ { signal: { vix_smoothed: { mean: 9 } }, shape: { ratio: { to: 20 } } } ] }";
    let early = shared.replace("late", "early").replace("252", "2");
    taken(&[&early]);
    refused(&[&early, shared], "rules.late.scale[0].signal", &["a lag of 252"]);
}

#[test]
fn smoothing_has_an_end() {
    for kind in ["mean", "ema", "persist"] {
        let smooth = format!("+rules.vix_linear.scale[0].smooth={{ {kind}: 1.8e15 }}");
        refused(&[&smooth], &format!("rules.vix_linear.scale[0].smooth.{kind}"), &["must be from 1 to 2520 days"]);
    }
    let huge = "+rules.vix_linear.scale[0].smooth={ persist: 18446744073709551615 }";
    refused(&[huge], "rules.vix_linear.scale[0].smooth.persist", &["must be from 1 to 2520 days"]);
}

#[test]
fn a_warm_up_is_at_most_a_hundred_years() {
    taken(&["+warm_up=25200", "years=1"]);
    for days in ["25201", "18446744073709551615", "0"] {
        refused(&[&format!("+warm_up={days}")], "warm_up", &[&format!("is {days}, must be from 1 to 25200 days")]);
    }
}

#[test]
fn a_budget_is_one_purse() {
    let legs = |budget: &str, of_rule: &str| {
        let leg = |hedge: &str| format!("{{ hedge: {hedge}, share: 0.5, hold: 1, limits: {{ cap: 2{budget} }} }}");
        format!("+rules.both={{ legs: [ {}, {} ], limits: {{ cap: 2{of_rule} }} }}", leg("put_3m"), leg("put_1m"))
    };
    let budget = ", budget: { per_year: 0.02 }";
    taken(&[&legs(budget, "")]);
    taken(&["+rules.vix_linear.limits.budget={ per_year: 0.02 }"]);
    taken(&[
        "+rules.both={ legs: [ { hedge: put_3m, share: 0.5 }, { hedge: put_1m, share: 0.5 } ], hold: 1, limits: { budget: { per_year: 0.02 } } }",
    ]);
    // A leg with limits of its own does not see those of the rule.
    let words = ["leg 1 has limits of its own", "give each leg a budget of its own"];
    refused(&[&legs("", budget)], "rules.both.limits.budget", &words);
}

#[test]
fn jumps_need_a_switch_that_happens() {
    let jumps = |text: &str| format!("+market.regime_svj.switching.jumps={{ {text} }}");
    let at = "market.regime_svj.switching.jumps";
    taken(&[&jumps("calm: { stress: { mean: -0.06, sd: 0.03 } }, stress: { calm: { mean: 0.03, sd: 0 } }")]);
    for (text, field, words) in [
        ("clam: { stress: { mean: -0.06, sd: 0.03 } }", ".clam", ["there is no regime `clam`", "calm, normal, stress"]),
        (
            "calm: { stres: { mean: 0, sd: 0.03 } }",
            ".calm.stres",
            ["there is no regime `stres`", "calm, normal, stress"],
        ),
        (
            "calm: { calm: { mean: 0, sd: 0.03 } }",
            ".calm.calm",
            ["staying in `calm` is no switch", "a `crash` of the regime"],
        ),
        ("calm: { stress: { mean: -6, sd: 0.03 } }", ".calm.stress.mean", ["is -6", "must be from -5 to 5"]),
        ("calm: { stress: { mean: 0, sd: 6 } }", ".calm.stress.sd", ["is 6", "must be from 0 to 5"]),
    ] {
        refused(&[&jumps(text)], &format!("{at}{field}"), &words);
    }
    let never = "market.regime_svj.switching.per_year.calm.stress=0";
    let words = ["`calm` never switches to `stress`: the rate is 0", "leave the jump out, or give the switch a rate"];
    refused(&[never, &jumps("calm: { stress: { mean: -0.06, sd: 0.03 } }")], &format!("{at}.calm.stress"), &words);
    // Jumps say nothing of the rates.
    let only = "market.regime_svj.switching={ jumps: { calm: { stress: { mean: 0, sd: 0.1 } } } }";
    refused(&[only], "market.regime_svj.switching", &["give exactly one of `per_year` and `daily`"]);
}

#[test]
fn responses_leave_a_measure_to_price_with() {
    let response = |low: &str, high: &str, rest: &str| {
        format!("+market.regime_svj.premium.response={{ low: {low}, high: {high}, {rest} }}")
    };
    let rest = "weight: 0.5, slope: 0.2, delay: 10";
    let at = "market.regime_svj.premium.response";
    taken(&[&response("0", "3.28", rest)]);
    let words =
        ["is 3.5, which leaves no mean reversion under the pricing measure (10.5 - 3.5 * 3.2)", "must be below 3.28"];
    refused(&[&response("0.5", "3.5", rest)], &format!("{at}.high"), &words);
    refused(
        &[&response("1.5", "0.5", rest)],
        &format!("{at}.low"),
        &["is 1.5, above `high`, which is 0.5", "exchange"],
    );
    for (low, high, rest, field, words) in [
        ("0.5", "11", rest, "high", "must be from 0 to 10"),
        ("-1", "1", rest, "low", "must be from 0 to 10"),
        ("0.5", "1", "weight: 1.5, slope: 0.2, delay: 10", "weight", "must be from 0 to 1"),
        ("0.5", "1", "weight: 0.5, slope: 1e4, delay: 10", "slope", "must be from -1000 to 1000"),
        ("0.5", "1", "weight: 0.5, slope: 0.2, delay: 0", "delay", "is 0, must be above 0"),
    ] {
        refused(&[&response(low, high, rest)], &format!("{at}.{field}"), &[words]);
    }
    let endless = "market.regime_svj.premium.regime=1e300";
    refused(&[endless], "market.regime_svj.premium", &["no finite VIX is left under the pricing measure"]);
    let power = ["market.regime_svj.premium.variance=0", "market.regime_svj.premium.crash_intensity=1e100"];
    refused(&[power[0], power[1], &response("0", "10", rest)], &format!("{at}.high"), &["no finite VIX is left"]);
}

#[test]
fn a_priced_volatility_needs_a_constant_variance() {
    let priced = "+market.regime_svj.regimes.calm.priced_volatility=0.2";
    let words = ["the variance of this market moves by itself", "`premium.variance`", "use regime_lognormal"];
    refused(&[priced], "market.regime_svj.regimes.calm.priced_volatility", &words);
}

#[test]
fn hedges_that_have_no_price_are_refused() {
    let flat = "+market.regime_svj.marking=flat_vix";
    let future = "+instruments.future={ vix_future: { month: 2 }, size: { vega_bp: 20 } }";
    taken(&[future]);
    refused(
        &[flat, future],
        "instruments.future.vix_future",
        &["a VIX future has no price at a flat VIX", "use a simulated market with `marking: model`"],
    );
    for kind in ["put", "call"] {
        let option = |strike: &str, tenor: usize| {
            format!(
                "+instruments.option={{ {kind}: {{ underlying: SPX{strike}, tenor: {tenor} }}, size: {{ per_exposure: 1 }} }}"
            )
        };
        let at = format!("instruments.option.{kind}");
        for strike in [", moneyness: 1", ", delta: 0.3"] {
            taken(&[&option(strike, 1260)]);
            taken(&[flat, &option(strike, 1261)]);
            let words = ["is 1261; the model prices up to 1260 days"];
            refused(&[&option(strike, 1261)], &format!("{at}.tenor"), &words);
        }
        for strike in ["", ", moneyness: 1, delta: 0.3"] {
            refused(&[&option(strike, 21)], &at, &["give exactly one of `moneyness` and `delta`"]);
        }
        refused(&[&option(", delta: 1.2", 21)], &format!("{at}.delta"), &["1.2"]);
        // Strikes that the model's tables do not reach, and deltas that no strike has where dividends are paid.
        let words = ["is 0.3; at this tenor the model's tables price strikes from 0.45 to 1.65 times spot"];
        refused(&[&option(", moneyness: 0.3", 21)], &format!("{at}.moneyness"), &words);
        taken(&[flat, &option(", moneyness: 0.3", 21)]);
        let dividend = "market.regime_svj.dividend=0.05";
        refused(&[dividend, &option(", delta: 0.99", 126)], &format!("{at}.delta"), &["is 0.99, must be below 0.9753"]);
    }
    let future = |of: &str| format!("+instruments.future={{ vix_future: {{ {of} }}, size: {{ vega_bp: 20 }} }}");
    taken(&[&future("maturity: 231")]);
    let at = "instruments.future.vix_future";
    refused(&[&future("maturity: 20")], &format!("{at}.maturity"), &["is 20, must be from 21 to 231 days"]);
    refused(&[&future("maturity: 232")], &format!("{at}.maturity"), &["is 232, must be from 21 to 231 days"]);
    refused(&[&future("maturity: 30, month: 1")], at, &["`month`", "`maturity`"]);
    taken(&[&future("basket: { from: 4, to: 7 }")]);
    for (from, to) in [(2, 2), (3, 1), (4, 10)] {
        let words = [&*format!("is from {from} to {to}, must be from a month to a later one, at most 9")];
        refused(&[&future(&format!("basket: {{ from: {from}, to: {to} }}"))], &format!("{at}.basket"), &words);
    }
    for kind in ["vix_call", "vix_put"] {
        let option =
            |terms: &str, size: &str| format!("+instruments.option={{ {kind}: {{ {terms} }}, size: {{ {size} }} }}");
        let (at, usual) = (format!("instruments.option.{kind}"), "vega_bp: 20");
        taken(&[&option("moneyness: 3, tenor: 252", usual)]);
        taken(&[&option("delta: 0.3, tenor: 21", "premium: 0.01")]);
        let no_price = ["an option on the VIX has no price at a flat VIX"];
        refused(&[flat, &option("delta: 0.3, tenor: 21", usual)], &at, &no_price);
        refused(
            &[&option("delta: 0.3, tenor: 253", usual)],
            &format!("{at}.tenor"),
            &["is 253, must be at most 252 days"],
        );
        let words = ["is 3.1; strikes are bought from 0.2 to 3 times the VIX future"];
        refused(&[&option("moneyness: 3.1, tenor: 21", usual)], &format!("{at}.moneyness"), &words);
        refused(&[&option("tenor: 21", usual)], &at, &["give exactly one of `moneyness` and `delta`"]);
        let words = ["an option on the VIX is sized by points or by premium"];
        refused(&[&option("delta: 0.3, tenor: 21", "per_exposure: 1")], "instruments.option.size", &words);
    }
}

#[test]
fn claims_and_mistakes_name_what_there_is() {
    let claim = |rest: &str| format!("+study.claims=[{{ says: it is so, {rest} }}]");
    for rest in [
        "of: vix_linear, metric: total_cost, over: static, between: [0.5, 0.7]",
        "of: vix_linear, metric: her_pooled, minus: unhedged, above: 0",
        "of: unhedged, metric: sharpe, below: 1",
        "of: vix_linear, beside: equal_money, protects: better",
        "of: vix_linear, beside: equal_money, metric: worst_years, above: 0",
        "market: vix_to_15, above: 0.5",
    ] {
        taken(&[&claim(rest)]);
    }
    let at = "study.claims[0]";
    for (rest, field, words) in [
        ("of: vix_liner, metric: her_plus21, above: 0", ".of", "did you mean `vix_linear`?"),
        ("of: static, metric: her_plus12, above: 0", ".metric", "did you mean `her_plus21`?"),
        ("of: static, metric: total_cost_bp_per_yaer, above: 0", ".metric", "did you mean `total_cost_bp_per_year`?"),
        ("market: vix_to_51, above: 0", ".market", "did you mean `vix_to_15`?"),
        ("of: static, metric: sharpe", "", "exactly one of `between`, `above` and `below`"),
        ("of: static, metric: sharpe, between: [2, 1]", ".between", "the lower end comes first"),
        ("of: static, market: vix_to_15, above: 0", ".of", "does not go with `market`"),
        ("of: static, metric: trades, beside: equal_money, above: 0", ".metric", "is not told apart from a twin"),
        ("of: static, above: 0", "", "exactly one of `metric`, `protects`, `market` and `open`"),
    ] {
        refused(&[&claim(rest)], &format!("{at}{field}"), &[words]);
    }
    taken(&["+study.mistake={ mistake: vix_linear, cure: static }"]);
    refused(
        &["+study.mistake={ mistake: vix_linear, cure: statc }"],
        "study.mistake.cure",
        &["did you mean `static`?"],
    );
    let list = "+study.mistake=[{ mistake: vix_linear, cure: static }, { cure: static }]";
    refused(&[list], "study.mistake[1]", &["give `mistake` and `cure`, or `tuned` alone"]);
    refused(&["+study.mistake={ tuned: static }"], "study.mistake.tuned", &["there is no tuned rule"]);
}
