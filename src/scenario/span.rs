//! Values with two ways of writing: `daily` or a number, a number or a map.

use super::raw::{ConditionSpec, MistakeSpec, Mistakes, PortfolioRebalance, ShareSpec, TermSpec, TriggerSpec};
use crate::units::{Multiplier, PositiveCount, Tunable};
use garde::Validate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{F64Deserializer, MapAccessDeserializer, SeqAccessDeserializer, U64Deserializer};
use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// Visits one of two ways of writing; what is not overridden is refused with `expecting`.
macro_rules! either {
    ($type:ty, $expecting:literal, { $($method:item)* }) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;
                impl<'de> Visitor<'de> for Either {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }
                    $($method)*
                }
                deserializer.deserialize_any(Either)
            }
        }
    };
}

either!(PortfolioRebalance, "`daily` or a number of days", {
    fn visit_str<E: Error>(self, text: &str) -> Result<PortfolioRebalance, E> {
        if text == "daily" {
            Ok(PortfolioRebalance::Daily)
        } else {
            Err(E::invalid_value(Unexpected::Str(text), &self))
        }
    }
    fn visit_u64<E: Error>(self, days: u64) -> Result<PortfolioRebalance, E> {
        PositiveCount::deserialize(U64Deserializer::new(days)).map(PortfolioRebalance::Every)
    }
    fn visit_i64<E: Error>(self, days: i64) -> Result<PortfolioRebalance, E> {
        u64::try_from(days)
            .map_err(|_| E::invalid_value(Unexpected::Signed(days), &self))
            .and_then(|days| self.visit_u64(days))
    }
});

either!(ShareSpec, "a number, or a map with `signal` and `shape`", {
    fn visit_f64<E: Error>(self, x: f64) -> Result<ShareSpec, E> {
        Tunable::<Multiplier>::deserialize(F64Deserializer::new(x)).map(ShareSpec::Fixed)
    }
    fn visit_i64<E: Error>(self, x: i64) -> Result<ShareSpec, E> {
        self.visit_f64(x as f64)
    }
    fn visit_u64<E: Error>(self, x: u64) -> Result<ShareSpec, E> {
        self.visit_f64(x as f64)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ShareSpec, A::Error> {
        TermSpec::deserialize(MapAccessDeserializer::new(map)).map(|term| ShareSpec::Moving(Box::new(term)))
    }
});

either!(TriggerSpec, "`daily`, or a map such as `{ any: [{ points: 3 }, { every: 5 }] }`", {
    fn visit_str<E: Error>(self, text: &str) -> Result<TriggerSpec, E> {
        if text == "daily" { Ok(TriggerSpec::Daily) } else { Err(E::invalid_value(Unexpected::Str(text), &self)) }
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TriggerSpec, A::Error> {
        ConditionSpec::deserialize(MapAccessDeserializer::new(map)).map(|spec| TriggerSpec::When(Box::new(spec)))
    }
});

either!(Mistakes, "a map such as `{ mistake: daily, cure: weekly }`, or a list of them", {
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Mistakes, A::Error> {
        MistakeSpec::deserialize(MapAccessDeserializer::new(map)).map(Mistakes::One)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Mistakes, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Mistakes::Several)
    }
});

impl Serialize for PortfolioRebalance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Daily => serializer.serialize_str("daily"),
            Self::Every(days) => days.serialize(serializer),
        }
    }
}

impl Serialize for ShareSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(x) => x.serialize(serializer),
            Self::Moving(term) => term.serialize(serializer),
        }
    }
}

impl Serialize for TriggerSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Daily => serializer.serialize_str("daily"),
            Self::When(spec) => spec.serialize(serializer),
        }
    }
}

impl Serialize for Mistakes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(spec) => spec.serialize(serializer),
            Self::Several(list) => list.serialize(serializer),
        }
    }
}

macro_rules! schema {
    ($type:ty, $name:literal, |$generator:ident| $schema:expr) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

schema!(PortfolioRebalance, "PortfolioRebalance", |_generator| json_schema!({
    "anyOf": [{ "const": "daily" }, { "type": "integer", "minimum": 1 }]
}));
schema!(ShareSpec, "ShareSpec", |generator| {
    let (number, term) = (generator.subschema_for::<Tunable<Multiplier>>(), generator.subschema_for::<TermSpec>());
    json_schema!({ "anyOf": [number, term] })
});
schema!(TriggerSpec, "TriggerSpec", |generator| {
    let conditions = generator.subschema_for::<ConditionSpec>();
    json_schema!({ "anyOf": [{ "const": "daily" }, conditions] })
});

schema!(Mistakes, "Mistakes", |generator| {
    let (one, several) = (generator.subschema_for::<MistakeSpec>(), generator.subschema_for::<Vec<MistakeSpec>>());
    json_schema!({ "anyOf": [one, several] })
});

macro_rules! validate {
    ($type:ty, |$self:ident, $parent:ident, $report:ident| $body:expr) => {
        impl Validate for $type {
            type Context = ();
            fn validate_into(&$self, (): &(), $parent: &mut dyn FnMut() -> garde::Path, $report: &mut garde::Report) {
                $body
            }
        }
    };
}

validate!(PortfolioRebalance, |self, parent, report| if let Self::Every(days) = self {
    days.validate_into(&(), parent, report);
});
validate!(ShareSpec, |self, parent, report| match self {
    Self::Fixed(x) => x.validate_into(&(), parent, report),
    Self::Moving(term) => term.validate_into(&(), parent, report),
});
validate!(TriggerSpec, |self, parent, report| if let Self::When(spec) = self {
    spec.validate_into(&(), parent, report);
});

validate!(Mistakes, |self, parent, report| match self {
    Self::One(spec) => spec.validate_into(&(), parent, report),
    Self::Several(list) => list.validate_into(&(), parent, report),
});
