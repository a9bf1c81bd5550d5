//! A length of time as a scenario writes it: `63d`, `5y`, or a number of trading days.

use super::DAYS_PER_YEAR;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// A length of time in trading days, written `63d`, `5y` or as a number of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(usize);

/// Longest length, days.
const MOST: u64 = 10_000_000;

impl Span {
    /// Trading days.
    pub const fn days(self) -> usize {
        self.0
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Span;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a length such as `63d` or `5y`, or a number of trading days")
            }
            fn visit_u64<E: Error>(self, days: u64) -> Result<Span, E> {
                if days < MOST {
                    Ok(Span(days as usize))
                } else {
                    Err(E::invalid_value(Unexpected::Unsigned(days), &self))
                }
            }
            fn visit_i64<E: Error>(self, days: i64) -> Result<Span, E> {
                match u64::try_from(days) {
                    Ok(days) => self.visit_u64(days),
                    Err(_) => Err(E::invalid_value(Unexpected::Signed(days), &self)),
                }
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Span, E> {
                let days = match text.strip_suffix('y') {
                    Some(years) => years.parse::<f64>().ok().map(|years| years * DAYS_PER_YEAR),
                    None => text.strip_suffix('d').unwrap_or(text).parse::<u32>().ok().map(f64::from),
                };
                match days {
                    Some(days) if (0.0..1e7).contains(&days) => Ok(Span(days.round() as usize)),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{}d", self.0))
    }
}

impl JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{ "type": "string", "pattern": "^[0-9.]+[dy]$" }, { "type": "integer", "minimum": 0 }]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        let span = |text: &str| serde_json::from_str::<Span>(text).map(Span::days).ok();
        assert_eq!(span("\"5y\""), Some(1260));
        assert_eq!(span("\"63d\""), Some(63));
        assert_eq!(span("21"), Some(21));
        assert_eq!(span("\"5 years\""), None);
        assert_eq!(span("-3"), None);
    }
}
