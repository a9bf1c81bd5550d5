//! Crashes a year under the real-world measure: known (`oracle`, for comparison only) or inferred (`filtered`).
//!
//! `oracle` reads the hidden regime and the law of the day, breaks and seasons included, which no investor sees. `filtered` is the mean of the regimes' intensities under the
//! belief of a Bayes filter on daily returns and the VIX: see [`RegimeFilter`].

use super::regime_filter::RegimeFilter;
use super::{Known, ReadsSignal, Signal, View, belief};
use crate::lanes::Row;
use crate::market::{Factor, Facts};
use crate::shelf::{Described, Refusal};
use crate::units::LogNoise;
use garde::Validate;
use schemars::JsonSchema;
use serde::de::{Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// How the crash intensity is known: `oracle`, `filtered`, or `{ filtered: { vix_noise: 0.07 } }`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spec {
    /// The hidden truth.
    Oracle,
    /// Inferred from returns and the VIX.
    Filtered(Filtered),
}

/// A filter of the regime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Filtered {
    /// Standard deviation of the noise that the filter takes the daily change of the log VIX to have beyond the model's
    /// (default 0.07, about as much as the log VIX itself moves in a day).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LogNoise")]
    pub vix_noise: Option<LogNoise>,
}

/// The map form.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Map {
    filtered: Filtered,
}

/// Noise where none is stated: the model's own daily changes of the log VIX have a standard deviation of 0.074 in the main
/// scenario.
const VIX_NOISE: LogNoise = LogNoise::literal(0.07);

impl<'de> Deserialize<'de> for Spec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Spec;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`oracle`, `filtered` or a map such as `{ filtered: { vix_noise: 0.07 } }`")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Spec, E> {
                match text {
                    "oracle" => Ok(Spec::Oracle),
                    "filtered" => Ok(Spec::Filtered(Filtered::default())),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Spec, A::Error> {
                Map::deserialize(MapAccessDeserializer::new(map)).map(|map| Spec::Filtered(map.filtered))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Serialize for Spec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Oracle => serializer.serialize_str("oracle"),
            Self::Filtered(filter) if filter.vix_noise.is_none() => serializer.serialize_str("filtered"),
            Self::Filtered(filter) => Map { filtered: *filter }.serialize(serializer),
        }
    }
}

impl JsonSchema for Spec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CrashIntensity".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let filtered = generator.subschema_for::<Filtered>();
        let map = schemars::json_schema!({
            "type": "object", "properties": { "filtered": filtered }, "required": ["filtered"], "additionalProperties": false
        });
        schemars::json_schema!({ "anyOf": [{ "enum": ["oracle", "filtered"] }, map] })
    }
}

impl Validate for Spec {
    type Context = ();
    fn validate_into(&self, (): &(), parent: &mut dyn FnMut() -> garde::Path, report: &mut garde::Report) {
        if let Self::Filtered(filter) = self {
            filter.validate_into(&(), &mut || parent().join("filtered"), report);
        }
    }
}

impl Described for Spec {
    const HELP: &'static str =
        "crashes a year: `filtered` from returns and the VIX, or `oracle` (the hidden regime: no investor sees it)";
    const SPECIMEN: &'static str = "{ filtered: { vix_noise: 0.07 } }";
}

impl ReadsSignal for Spec {
    fn build(&self, known: &Known<'_>) -> Result<Arc<dyn Signal>, Refusal> {
        let facts = known.facts;
        match self {
            Self::Oracle if facts.regimes.is_empty() => {
                Err(Refusal::new("", "real history has no hidden regime to know"))
            }
            Self::Oracle => Ok(Arc::new(Oracle(facts.intensity_from()))),
            Self::Filtered(filter) => {
                let refuse = |why: &str| {
                    Refusal::new("", format!("`filtered` needs a simulated market with one law of prices: {why}"))
                        .help("an intensity that prices alone tell is `variance_ratio`")
                };
                if !facts.changes.breaks.is_empty() {
                    return Err(refuse("the law of this one breaks"));
                }
                let (belief, laws) = (belief(facts).map_err(refuse)?, facts.laws.as_ref());
                let real = &laws.ok_or_else(|| refuse("there is no law of its regimes"))?.real;
                Ok(Arc::new(RegimeFilter::new(real, belief, filter.vix_noise.unwrap_or(VIX_NOISE).get())))
            }
        }
    }

    fn stationary_mean(&self, facts: &Facts) -> Option<f64> {
        let mean: f64 = facts.intensity.iter().zip(&facts.stationary).map(|(rate, share)| rate * share).sum();
        (mean > 0.0).then_some(mean)
    }

    fn is_oracle(&self) -> bool {
        *self == Self::Oracle
    }

    fn look_back(&self) -> usize {
        match self {
            Self::Oracle => 1,
            // A return and a change; what came before fades at the rate at which regimes change.
            Self::Filtered(_) => 2,
        }
    }
}

/// Holds the intensity of each regime from a day on; the first from row 0 on.
struct Oracle(Vec<(usize, Vec<f64>)>);

impl Signal for Oracle {
    fn read(&self, see: &View<'_>, out: &mut [Row]) {
        let mut now = 0;
        for (row, (out, regime)) in out.iter_mut().zip(see.paths.rows(Factor::Regime)).enumerate() {
            while self.0.get(now + 1).is_some_and(|(day, _)| see.paths.first() + day <= row) {
                now += 1;
            }
            for (value, regime) in out.0.iter_mut().zip(regime.0) {
                *value = self.0[now].1[regime as usize];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Spec, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn both_forms_are_read_and_written() {
        let noise = |x| Spec::Filtered(Filtered { vix_noise: Some(LogNoise::literal(x)) });
        for (text, spec) in [
            (r#""oracle""#, Spec::Oracle),
            (r#""filtered""#, Spec::Filtered(Filtered::default())),
            (r#"{"filtered":{"vix_noise":0.15}}"#, noise(0.15)),
        ] {
            assert_eq!(read(text), Ok(spec));
            assert_eq!(serde_json::to_string(&spec).unwrap(), text);
            assert_eq!(spec.is_oracle(), spec == Spec::Oracle);
        }
        assert_eq!(read(r#"{ "filtered": {} }"#), Ok(Spec::Filtered(Filtered::default())));
    }

    #[test]
    fn anything_else_is_refused_with_what_is_allowed() {
        let refused = |text: &str| read(text).unwrap_err();
        let allowed = "expected `oracle`, `filtered` or a map such as `{ filtered: { vix_noise: 0.07 } }`";
        assert!(refused(r#""known""#).contains(allowed) && refused("3").contains(allowed));
        assert!(refused(r#"{ "oracle": {} }"#).contains("unknown field `oracle`, expected `filtered`"));
        assert!(refused(r#"{ "filtered": { "noise": 1 } }"#).contains("unknown field `noise`, expected `vix_noise`"));
        let spec = read(r#"{ "filtered": { "vix_noise": 0 } }"#).unwrap();
        assert_eq!(
            spec.validate().unwrap_err().to_string(),
            "filtered.vix_noise: is 0, must be from 0.001 to 100 a day\n"
        );
    }
}
