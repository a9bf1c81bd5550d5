//! Estimates of an objective in other units: for JSON and in a sentence.

use crate::stats::estimate::Estimate;
use crate::study::question;
use serde_json::{Value, json};

/// Basis points in one.
pub const BP: f64 = 1e4;

/// Times `scale`, for JSON; null where it is not defined.
pub fn number(estimate: Option<Estimate>, scale: f64) -> Value {
    estimate.and_then(|estimate| estimate.scaled(scale)).map_or(Value::Null, |e| {
        json!({ "value": e.value, "se": e.se, "ci_low": e.ci_low, "ci_high": e.ci_high, "n": e.n, "method": e.method })
    })
}

/// Times `scale`, in a sentence.
pub fn told(estimate: Option<Estimate>, scale: f64) -> String {
    question::told(estimate.as_ref(), scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_two_digits_and_what_is_undefined_is_said() {
        let of = |value, se| Estimate::normal(value, Some(se), 0.95, 9, "");
        assert_eq!(told(of(0.001_234, 0.000_056), BP), "12.34 ±0.56");
        assert_eq!(told(of(0.5, 0.123), 100.0), "50 ±12");
        assert_eq!(told(of(0.5, 0.0), 1.0), "0.50");
        assert_eq!(told(None, 1.0), "not defined");
        assert_eq!(number(None, BP), Value::Null);
        assert_eq!(number(of(0.5, 0.25), 4.0)["se"], 1.0);
    }
}
