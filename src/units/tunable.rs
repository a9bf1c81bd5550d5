//! A number that may be a tuning axis.

use garde::{Path, Report, Validate};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// One value, or `{ tune: [a, b, …] }`: the values of a tuning axis, at least one.
///
/// The first value of an axis is the one in force where nothing is tuned. `T` is a
/// number, a text or a list; a mapping is always read as an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tunable<T> {
    first: T,
    /// The values after the first; `None` when the value was written plainly.
    rest: Option<Vec<T>>,
}

impl<T> Tunable<T> {
    /// A value that is not tuned.
    pub const fn fixed(value: T) -> Self {
        Self { first: value, rest: None }
    }

    /// An axis; `None` if `values` is empty.
    pub fn axis(values: Vec<T>) -> Option<Self> {
        let mut values = values.into_iter();
        Some(Self { first: values.next()?, rest: Some(values.collect()) })
    }

    /// The value in force where nothing is tuned.
    pub const fn first(&self) -> &T {
        &self.first
    }

    /// All values, the first one first.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(self.rest.iter().flatten())
    }

    /// Whether it was written as an axis (be it of one value).
    pub const fn is_axis(&self) -> bool {
        self.rest.is_some()
    }
}

impl<T: Serialize> Serialize for Tunable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.is_axis() {
            return self.first.serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("tune", &self.values().collect::<Vec<_>>())?;
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Tunable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TunableVisitor(PhantomData))
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum AxisKey {
    Tune,
}

struct TunableVisitor<T>(PhantomData<T>);

/// Hands a plain value on to `T`, whose own message then names what is wrong.
macro_rules! plain {
    ($($method:ident: $kind:ty),*) => {
        $(fn $method<E: Error>(self, value: $kind) -> Result<Tunable<T>, E> {
            T::deserialize(value.into_deserializer()).map(Tunable::fixed)
        })*
    };
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for TunableVisitor<T> {
    type Value = Tunable<T>;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a value or { tune: [value, value, …] }")
    }

    plain!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Tunable<T>, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(items)).map(Tunable::fixed)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tunable<T>, A::Error> {
        let mut axis = None;
        while let Some(AxisKey::Tune) = map.next_key()? {
            axis = Some(map.next_value::<Vec<T>>()?);
        }
        let values = axis.ok_or_else(|| A::Error::missing_field("tune"))?;
        Tunable::axis(values).ok_or_else(|| A::Error::custom("`tune` needs at least one value"))
    }
}

impl<T: Validate> Validate for Tunable<T> {
    type Context = T::Context;

    fn validate_into(&self, ctx: &T::Context, at: &mut dyn FnMut() -> Path, report: &mut Report) {
        if !self.is_axis() {
            return self.first.validate_into(ctx, at, report);
        }
        for (index, value) in self.values().enumerate() {
            value.validate_into(ctx, &mut || at().join("tune").join(index), report);
        }
    }
}

impl<T: JsonSchema> JsonSchema for Tunable<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Tunable_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [
            value,
            {
                "type": "object",
                "properties": { "tune": { "type": "array", "items": value, "minItems": 1 } },
                "required": ["tune"],
                "additionalProperties": false,
            },
        ] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Count, Positive};
    use serde_json::{from_value, json, to_value};

    #[test]
    fn tunable_reads_checks_and_writes_both_forms() {
        let axis = json!({ "tune": [1.0, -2.0] });
        let read: Tunable<Positive> = from_value(axis.clone()).unwrap();
        assert_eq!((read.first().get(), read.values().count()), (1.0, 2));
        assert_eq!(to_value(&read).unwrap(), axis);
        let report = read.validate().unwrap_err();
        assert_eq!(report.to_string(), "tune[1]: is -2, must be above 0\n");

        let plain: Tunable<Count> = from_value(json!(7)).unwrap();
        assert_eq!(to_value(&plain).unwrap(), json!(7));
        assert!(from_value::<Tunable<Count>>(json!({ "tune": [] })).is_err());
        assert!(from_value::<Tunable<Count>>(json!({ "tine": [1] })).is_err());
    }

    #[test]
    fn the_schema_takes_both_forms() {
        let mut generator = SchemaGenerator::default();
        let schema = Tunable::<Positive>::json_schema(&mut generator).to_value();
        let number = json!({ "type": "number", "exclusiveMinimum": 0 });
        assert_eq!(schema["anyOf"][0], number);
        assert_eq!(schema["anyOf"][1]["properties"]["tune"]["items"], number);
    }
}
