//! A scenario's instruments and rules in words, from what was written.
//!
//! Signals and shapes are read as data, so that a kind this file does not know still shows its name and its numbers.

use crate::instruments::{CostSpec, InstrumentSpec};
use crate::named::Named;
use crate::report::layout::{number, percent};
use crate::rules::Combine;
use crate::scenario::raw::{
    CompareSpec, ConditionSpec, CrashSpec, LimitsSpec, RuleSpec, ShareSpec, TermSpec, TriggerSpec,
};
use crate::units::{NonNegative, Tunable};
use serde::Serialize;
use serde_json::{Map, Value};

/// An instrument: the contract, its size, its cost.
pub fn instrument(spec: &InstrumentSpec) -> String {
    let kind = spec.name();
    let value = data(spec).get(kind).cloned().unwrap_or_default();
    let field = |name: &str| tuned(&value[name]);
    let days = |name: &str| format!("{} trading days", field(name));
    let contract = match kind {
        "put" | "call" => {
            let strike = match (value["moneyness"].as_f64(), value["delta"].as_f64()) {
                (Some(moneyness), _) => format!("at {} of spot", percent(moneyness)),
                (None, Some(delta)) => format!("of delta {}", number(delta)),
                (None, None) => String::new(),
            };
            let plain = ["underlying", "moneyness", "delta", "tenor", "roll"];
            let at_expiry = |(key, value): &(&String, &Value)| key.as_str() == "roll" && *value != "at_expiry";
            let others = value.as_object().into_iter().flatten();
            let others = others.filter(|entry| !plain.contains(&entry.0.as_str()) || at_expiry(entry));
            let others: Value = others.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>().into();
            let rest = generic(&others);
            let rest = if rest.is_empty() { rest } else { format!("; {rest}") };
            format!("{kind} on {} {strike} for {}, then rolled{rest}", field("underlying"), days("tenor"))
        }
        "variance_swap" => {
            let held = value["style"] == "held";
            let style = if held { "held to expiry, then rolled" } else { "reset every day" };
            format!("variance swap on {} of {}, {style}", field("underlying"), days("tenor"))
        }
        "vix_future" if value["basket"].is_object() => {
            let month = |side: &str| tuned(&value["basket"][side]);
            format!("VIX futures of the months {} to {}, a little rolled every day", month("from"), month("to"))
        }
        "vix_call" | "vix_put" => {
            let strike = match (value["moneyness"].as_f64(), value["delta"].as_f64()) {
                (Some(moneyness), _) => format!("at {} of its future", percent(moneyness)),
                (None, Some(delta)) => format!("of delta {}", number(delta)),
                (None, None) => String::new(),
            };
            format!("{} on the VIX {strike} for {}, then rolled", &kind[4..], days("tenor"))
        }
        "vix_future" if value["month"].is_null() => {
            format!("VIX futures of {}, a little rolled every day", days("maturity"))
        }
        "vix_future" => format!("VIX future number {} to expire, then rolled", field("month")),
        "hold_less" => "less of the portfolio, held in cash".to_owned(),
        "vix_mark" => "the VIX marked to market: not investable, a diagnostic".to_owned(),
        _ => format!("{} {}", kind.replace('_', " "), generic(&value)),
    };
    let size = spec.size.unwrap_or_default();
    let size = match (size.per_exposure, size.vega_bp) {
        (Some(share), _) if kind == "hold_less" => format!("1 sells {} of it", percent(share.get())),
        (Some(share), _) if share.get() == 1.0 => "1 holds contracts on all of the exposure".to_owned(),
        (Some(share), _) => format!("1 holds contracts on {} of the exposure", percent(share.get())),
        (_, Some(bp)) => format!("1 holds {} bp of capital per vol point", number(bp.get())),
        _ => match (size.premium, size.notional) {
            (Some(x), _) => format!("1 holds what {} of capital buys at a roll", percent(x.get())),
            (_, Some(x)) => format!("1 holds contracts worth {} of capital", percent(x.get())),
            _ => String::new(),
        },
    };
    let parts = [contract, size, cost(&spec.cost.unwrap_or_default())];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<String>>().join("; ")
}

fn cost(spec: &CostSpec) -> String {
    let given = |x: Option<NonNegative>| x.map(NonNegative::get).filter(|x| *x > 0.0);
    let mut parts = Vec::new();
    if let Some(points) = given(spec.half_spread_vol) {
        let wider = given(spec.stress_widening)
            .map_or(String::new(), |b| format!(", {} more for each 10 VIX points above 20", percent(b)));
        parts.push(format!("half-spread {} vol points{wider}", number(points)));
    }
    if let Some(floor) = given(spec.premium_floor) {
        parts.push(format!("at least {} of the premium", percent(floor)));
    }
    if let Some(tick) = given(spec.tick) {
        parts.push(format!("at least half a tick of {}", number(tick)));
    }
    if let Some(share) = given(spec.of_premium) {
        parts.push(format!("{} of the premium traded", percent(share)));
    }
    if let Some(points) = given(spec.underlying_bp) {
        parts.push(format!("{} bp of the underlying traded", number(points)));
    }
    if let Some(fee) = given(spec.fee) {
        parts.push(format!("fee {} a contract", number(fee)));
    }
    if parts.is_empty() { "free to trade".to_owned() } else { format!("costs {}", parts.join(", ")) }
}

/// A rule: what it holds, by what, within what, and when it trades.
pub fn rule(spec: &RuleSpec) -> String {
    let mut text = match (&spec.hedge, &spec.legs) {
        (Some(hedge), _) => {
            let amount = amount(spec.hold.as_ref(), spec.scale.as_deref(), spec.combine);
            let bounds = spec.limits.as_ref().map_or(String::new(), limits);
            format!("{hedge} × {amount}{bounds}")
        }
        (None, Some(legs)) => legs
            .iter()
            .map(|leg| {
                let own = leg.hold.is_some() || leg.scale.is_some();
                let (hold, scale) = if own {
                    (leg.hold.as_ref(), leg.scale.as_deref())
                } else {
                    (spec.hold.as_ref(), spec.scale.as_deref())
                };
                let share = match &leg.share {
                    None => String::new(),
                    Some(ShareSpec::Fixed(share)) => format!("{} × ", tunable(share)),
                    Some(ShareSpec::Moving(one)) => format!("{} × ", term(one)),
                };
                let bounds = leg.limits.as_ref().or(spec.limits.as_ref()).map_or(String::new(), limits);
                format!("{share}{} × {}{bounds}", leg.hedge, amount(hold, scale, leg.combine.or(spec.combine)))
            })
            .collect::<Vec<String>>()
            .join(" plus "),
        (None, None) => String::new(),
    };
    match &spec.rebalance {
        Some(TriggerSpec::When(when)) => text.push_str(&format!("; trades {}", condition(when))),
        Some(TriggerSpec::Daily) => text.push_str("; trades daily"),
        // A fixed hedge trades at rolls, whatever the trigger.
        None if spec.scale.is_some() || spec.legs.is_some() => text.push_str("; trades daily"),
        None => {}
    }
    if let Some(lag) = spec.lag.filter(|lag| lag.get() != 1) {
        text.push_str(&format!("; on information {} days old", lag.get()));
    }
    text
}

fn amount<T: Serialize>(hold: Option<&Tunable<T>>, scale: Option<&[TermSpec]>, combine: Option<Combine>) -> String {
    if let Some(hold) = hold {
        return tunable(hold);
    }
    let terms: Vec<String> = scale.unwrap_or_default().iter().map(term).collect();
    match (terms.as_slice(), combine.unwrap_or_default()) {
        ([one], _) => one.clone(),
        (_, Combine::Product) => terms.join(" × "),
        (_, Combine::Mean) => format!("mean of {}", terms.join(" and ")),
        (_, Combine::Min) => format!("smaller of {}", terms.join(" and ")),
        (_, Combine::Max) => format!("larger of {}", terms.join(" and ")),
    }
}

fn term(spec: &TermSpec) -> String {
    let mut x = signal(&data(&spec.signal));
    if let Some(smooth) = &spec.smooth {
        x = format!("{x} ({})", smoothing(&data(smooth)));
    }
    shape(&data(&spec.shape), &x)
}

/// A signal in words.
fn signal(value: &Value) -> String {
    let Some((kind, value)) = single(value) else { return generic(value) };
    let field = |name: &str| tuned(&value[name]);
    match kind.as_str() {
        "vix" => "VIX".to_owned(),
        "vix_smoothed" => format!("VIX ({})", smoothing(value)),
        "realized_vol" => {
            let of = value["of"].as_str().map_or(String::new(), |asset| format!(" of {asset}"));
            format!("realized volatility{of} over {} days", field("window"))
        }
        "vix_minus_realized" => format!("VIX minus realized volatility over {} days", field("window")),
        "term_structure" if value["of"] == "vix_3m" => "VIX over VIX3M".to_owned(),
        "drawdown" => "drawdown of the portfolio".to_owned(),
        "correlation" => match value["between"].as_array() {
            Some(pair) => {
                let names: Vec<String> = pair.iter().map(tuned).collect();
                format!("correlation of {} over {} days", names.join(" and "), field("window"))
            }
            None => format!("mean correlation of all pairs over {} days", field("window")),
        },
        "percentile" => format!("percentile of {} in {} days", signal(&value["of"]), field("window")),
        "variance_ratio" => format!("VIX² over its mean of {} days", field("window")),
        "crash_intensity" => match value["filtered"]["vix_noise"].as_f64() {
            Some(noise) => format!("crash intensity (filtered, VIX noise {})", number(noise)),
            None if value["filtered"].is_object() => "crash intensity (filtered)".to_owned(),
            None => format!("crash intensity ({})", tuned(value)),
        },
        "regime" => format!("hidden regime ({})", tuned(value)),
        _ => format!("{} {}", kind.replace('_', " "), generic(value)).trim_end().to_owned(),
    }
}

fn smoothing(value: &Value) -> String {
    match single(value) {
        Some((kind, n)) if kind == "mean" => format!("mean of {} days", tuned(n)),
        Some((kind, n)) if kind == "ema" => format!("exponential mean of {} days", tuned(n)),
        Some((kind, n)) if kind == "persist" => format!("a change must last {} days", tuned(n)),
        _ => generic(value),
    }
}

/// A shape of `x` in words.
fn shape(value: &Value, x: &str) -> String {
    let Some((kind, value)) = single(value) else { return generic(value) };
    let field = |name: &str| tuned(&value[name]);
    match kind.as_str() {
        "linear" => format!("({x} − {}) / {}", field("from"), field("width")),
        "ratio" => match field("to").as_str() {
            "1" => x.to_owned(),
            "mean" => format!("{x} / its long-run mean"),
            to => format!("{x} / {to}"),
        },
        "sigmoid" => format!("sigmoid of {x} around {}, steepness {}", field("midpoint"), field("steepness")),
        "steps" => format!("steps of {x}: {} at {}", list(&value["give"]), list(&value["at"])),
        "excess" => format!("(1 + {} × ({x} above {}))", field("slope"), field("above")),
        "inverse" => format!("{} / {x}", field("of")),
        "table" => format!("line of {x} through {} at {}", list(&value["give"]), list(&value["at"])),
        "table2" => format!("table of {x} and {}", signal(&value["by"])),
        "surface" => format!("lines of {x} and {}", signal(&value["by"])),
        _ => format!("{} of {x} {}", kind.replace('_', " "), generic(value)),
    }
}

fn limits(spec: &LimitsSpec) -> String {
    let mut parts = Vec::new();
    match (&spec.floor, &spec.cap) {
        (Some(floor), Some(cap)) => parts.push(format!("from {} to {}", tunable(floor), tunable(cap))),
        (Some(floor), None) => parts.push(format!("at least {}", tunable(floor))),
        (None, Some(cap)) => parts.push(format!("from 0 to {}", tunable(cap))),
        (None, None) => {}
    }
    if let Some(change) = &spec.max_change_per_day {
        parts.push(format!("changed by at most {} a day", tunable(change)));
    }
    if let Some(budget) = &spec.budget {
        parts.push(format!("paying at most {} of capital a year", share(&budget.per_year)));
    }
    if parts.is_empty() { String::new() } else { format!(", {}", parts.join(", ")) }
}

fn condition(spec: &ConditionSpec) -> String {
    let of = spec.of.as_ref().map_or("VIX".to_owned(), |of| signal(&data(of)));
    let many = |list: &[ConditionSpec], word: &str| list.iter().map(condition).collect::<Vec<String>>().join(word);
    if let Some(days) = &spec.every {
        format!("after {} days", tunable(days))
    } else if let Some(points) = &spec.points {
        format!("when {of} moved by more than {}", tunable(points))
    } else if let Some(share) = &spec.relative {
        format!("when {of} moved by more than {}", self::share(share))
    } else if let Some(by) = &spec.drawdown {
        format!("when the drawdown moved by more than {}", share(by))
    } else if let Some(list) = &spec.any {
        many(list, " or ")
    } else if let Some(list) = &spec.all {
        format!("only {}", many(list, " and "))
    } else {
        String::new()
    }
}

/// What counts as a crash.
pub fn crash(spec: Option<&CrashSpec>) -> String {
    let default =
        "a fall of 10 % from the peak; an episode also ends when the index has risen by 10 % from its low".to_owned();
    let Some(spec) = spec else { return default };
    if let Some(depth) = spec.drawdown {
        let end = spec.rally.map_or("only a new high ends an episode".to_owned(), |rally| {
            format!("an episode also ends when the index has risen by {} from its low", percent(rally.get()))
        });
        format!("a fall of {} from the peak; {end}", percent(depth.get()))
    } else if let Some(fall) = spec.fall {
        format!("a fall of {} within {} days", percent(fall.by.get()), fall.within.get())
    } else if let Some(dates) = &spec.dates {
        let list: Vec<String> = dates.iter().map(|w| format!("{} ({} to {})", w.name, w.start, w.end)).collect();
        format!("stated windows: {}", list.join(", "))
    } else {
        default
    }
}

/// What rules are compared with.
pub fn comparison(spec: &CompareSpec, null_world: bool) -> String {
    let twins = match &spec.twins {
        None => "of every kind".to_owned(),
        Some(list) if list.is_empty() => "of no kind".to_owned(),
        Some(list) => {
            let names: Vec<String> = list.iter().map(|twin| tuned(&data(twin)).replace('_', " ")).collect();
            format!("of {}", names.join(", "))
        }
    };
    let null = if null_world { "; and the same in the world without premia, where no rule has merit" } else { "" };
    format!(
        "every rule against {}, path by path, and each dynamic rule against fixed twins {twins}{null}",
        spec.against
    )
}

/// A map in the order of the file, one text an entry.
pub fn each<T>(map: &Named<T>, words: impl Fn(&T) -> String) -> Vec<(String, String)> {
    map.iter().map(|(name, value)| (name.clone(), words(value))).collect()
}

fn data(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// The one key of a map, and what stands there.
fn single(value: &Value) -> Option<(&String, &Value)> {
    value.as_object().filter(|map| map.len() == 1)?.iter().next()
}

fn tunable<T: Serialize>(value: &Tunable<T>) -> String {
    tuned(&data(value))
}

/// A share as a percentage, or an axis of shares.
fn share<T: Serialize>(value: &Tunable<T>) -> String {
    shown(&data(value), percent)
}

/// A number, a word, or an axis with its alternatives.
fn tuned(value: &Value) -> String {
    shown(value, number)
}

fn shown(value: &Value, figure: fn(f64) -> String) -> String {
    match value {
        Value::Number(x) => x.as_f64().map_or_else(|| x.to_string(), figure),
        Value::String(text) => text.clone(),
        Value::Object(map) => match map.get("tune").and_then(Value::as_array).filter(|_| map.len() == 1) {
            Some(axis) => {
                let values: Vec<String> = axis.iter().map(|value| shown(value, figure)).collect();
                let (first, rest) =
                    values.split_first().map_or((String::new(), String::new()), |(a, b)| (a.clone(), b.join(", ")));
                if rest.is_empty() { first } else { format!("{first} (tuned: also {rest})") }
            }
            None => generic(value),
        },
        Value::Array(_) => list(value),
        other => other.to_string(),
    }
}

fn list(value: &Value) -> String {
    let items: Vec<String> = value.as_array().map(|items| items.iter().map(tuned).collect()).unwrap_or_default();
    format!("[{}]", items.join(", "))
}

/// Keys and values of anything.
fn generic(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let parts: Vec<String> =
                map.iter().map(|(key, value)| format!("{} {}", key.replace('_', " "), tuned(value))).collect();
            parts.join(", ")
        }
        other => tuned(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(value: Value) -> String {
        rule(&serde_json::from_value(value).unwrap())
    }

    #[test]
    fn rules_in_words() {
        let vix = json!({ "vix": {} });
        assert_eq!(of(json!({ "hedge": "put_3m", "hold": 1.0 })), "put_3m × 1");
        assert_eq!(
            of(json!({
                "hedge": "put_3m",
                "scale": [{ "signal": vix, "shape": { "linear": { "from": 10, "width": 15 } } }],
                "rebalance": { "any": [{ "points": 3 }, { "relative": 0.15 }, { "every": 5 }] },
                "limits": { "floor": 0.2, "cap": 2.0 }
            })),
            "put_3m × (VIX − 10) / 15, from 0.2 to 2; trades when VIX moved by more than 3 or when VIX moved by more than 15 % \
             or after 5 days"
        );
        assert_eq!(
            of(json!({
                "hedge": "put_3m",
                "scale": [{ "signal": vix, "smooth": { "persist": 3 },
                    "shape": { "sigmoid": { "midpoint": 20, "steepness": { "tune": [0.2, 0.1, 0.4] } } } }],
                "rebalance": { "all": [{ "every": 5 }, { "points": 3 }] }
            })),
            "put_3m × sigmoid of VIX (a change must last 3 days) around 20, steepness 0.2 (tuned: also 0.1, 0.4); trades only \
             after 5 days and when VIX moved by more than 3"
        );
        assert_eq!(
            of(json!({
                "legs": [{ "hedge": "a", "share": 0.5 }, { "hedge": "b", "hold": 2, "limits": { "cap": 3 } }],
                "scale": [{ "signal": { "crash_intensity": "oracle" }, "shape": { "ratio": { "to": "mean" } } }]
            })),
            "0.5 × a × crash intensity (oracle) / its long-run mean plus b × 2, from 0 to 3; trades daily"
        );
        let words = |text: &str| signal(&serde_json::from_str(text).unwrap());
        assert_eq!(words(r#"{ "crash_intensity": "filtered" }"#), "crash intensity (filtered)");
        assert_eq!(
            words(r#"{ "crash_intensity": { "filtered": { "vix_noise": 0.15 } } }"#),
            "crash intensity (filtered, VIX noise 0.15)"
        );
        assert_eq!(words(r#"{ "regime": "oracle" }"#), "hidden regime (oracle)");
        assert_eq!(words(r#"{ "term_structure": { "of": "vix_3m" } }"#), "VIX over VIX3M");
        assert_eq!(
            words(r#"{ "vix_minus_realized": { "window": 21 } }"#),
            "VIX minus realized volatility over 21 days"
        );
    }

    #[test]
    fn instruments_in_words() {
        let spec = json!({
            "put": { "underlying": "SPX", "moneyness": 0.95, "tenor": 63 }, "size": { "per_exposure": 1.0 },
            "cost": { "half_spread_vol": 0.2, "stress_widening": 0.5, "premium_floor": 0.02, "fee": 0.65 }
        });
        assert_eq!(
            instrument(&serde_json::from_value(spec).unwrap()),
            "put on SPX at 95 % of spot for 63 trading days, then rolled; 1 holds contracts on all of the exposure; costs half-spread \
             0.2 vol points, 50 % more for each 10 VIX points above 20, at least 2 % of the premium, fee 0.65 a contract"
        );
        for (spec, words) in [
            (
                json!({ "call": { "underlying": "SPX", "delta": 0.25, "tenor": 21 } }),
                "call on SPX of delta 0.25 for 21 trading days, then rolled",
            ),
            (
                json!({ "variance_swap": { "underlying": "SPX", "tenor": 21, "style": "held" } }),
                "variance swap on SPX of 21 trading days, held to expiry, then rolled",
            ),
            (
                json!({ "variance_swap": { "underlying": "SPX", "tenor": 21 } }),
                "variance swap on SPX of 21 trading days, reset every day",
            ),
            (json!({ "vix_future": { "month": 1 } }), "VIX future number 1 to expire, then rolled"),
            (json!({ "vix_future": { "maturity": 30 } }), "VIX futures of 30 trading days, a little rolled every day"),
            (
                json!({ "vix_future": { "basket": { "from": 4, "to": 7 } } }),
                "VIX futures of the months 4 to 7, a little rolled every day",
            ),
            (
                json!({ "vix_call": { "moneyness": 1.2, "tenor": 21 } }),
                "call on the VIX at 120 % of its future for 21 trading days, then rolled",
            ),
            (
                json!({ "vix_put": { "delta": 0.3, "tenor": 42 } }),
                "put on the VIX of delta 0.3 for 42 trading days, then rolled",
            ),
        ] {
            let said = instrument(&serde_json::from_value(spec).unwrap());
            assert!(said.starts_with(words), "{said}");
        }
    }
}
