//! Numbers that carry their range.
//!
//! Reading a file only checks that a number *is* a number (finite, and whole for
//! the counts). The range is checked by [`garde::Validate`], so that all values
//! out of range are reported together. In code, [`Positive::new`] and its siblings
//! check everything at once. Every range check is written positively (`x > 0.0`),
//! so a NaN fails it.

use garde::{Path, Report, Validate};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Makes one newtype over `f64`: its test, the rule in words and the schema keywords.
macro_rules! real {
    ($(#[$doc:meta])* $name:ident, |$x:ident| $test:expr, $rule:literal, { $($schema:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl $name {
            /// Checks `value`; the error says what it is and what it must be.
            pub fn new(value: f64) -> Result<Self, String> {
                if Self::holds(value) { Ok(Self(value)) } else { Err(Self::complaint(value)) }
            }

            /// A constant written in code; out of range, it fails to compile in a `const`.
            pub const fn literal(value: f64) -> Self {
                assert!(Self::holds(value), "literal out of range");
                Self(value)
            }

            /// The number.
            pub const fn get(self) -> f64 {
                self.0
            }

            const fn holds($x: f64) -> bool {
                $x.is_finite() && $test
            }

            fn complaint(value: f64) -> String {
                format!("is {value}, must be {}", $rule)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_f64(self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_f64(RealVisitor).map(Self)
            }
        }

        impl Validate for $name {
            type Context = ();

            fn validate_into(&self, (): &(), at: &mut dyn FnMut() -> Path, report: &mut Report) {
                if !Self::holds(self.0) {
                    report.append(at(), garde::Error::new(Self::complaint(self.0)));
                }
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "number", $($schema)* })
            }
        }
    };
}

real!(/// Any finite number.
    Finite, |x| x.is_finite(), "a finite number", {});
real!(/// A finite number above 0.
    Positive, |x| x > 0.0, "above 0", { "exclusiveMinimum": 0 });
real!(/// A finite number, 0 or above.
    NonNegative, |x| x >= 0.0, "0 or above", { "minimum": 0 });
real!(/// A share of a whole: from 0 to 1.
    Fraction, |x| x >= 0.0 && x <= 1.0, "from 0 to 1", { "minimum": 0, "maximum": 1 });
real!(/// A correlation: from -1 to 1.
    Correlation, |x| x >= -1.0 && x <= 1.0, "from -1 to 1", { "minimum": -1, "maximum": 1 });

/// Takes any finite number.
struct RealVisitor;

impl Visitor<'_> for RealVisitor {
    type Value = f64;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a number")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
        if value.is_finite() {
            Ok(value)
        } else {
            Err(E::custom(format_args!("is {value}, must be a finite number")))
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }
}

/// Makes one newtype for whole numbers. A negative number is held until validation.
macro_rules! whole {
    ($(#[$doc:meta])* $name:ident, $minimum:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i128);

        impl $name {
            /// Checks `value`; the error says what it is and what it must be.
            pub fn new(value: u64) -> Result<Self, String> {
                let value = i128::from(value);
                if value >= $minimum { Ok(Self(value)) } else { Err(Self::complaint(value)) }
            }

            /// A constant written in code; out of range, it fails to compile in a `const`.
            pub const fn literal(value: u64) -> Self {
                assert!(value as i128 >= $minimum, "literal out of range");
                Self(value as i128)
            }

            /// The number. One that failed validation for being negative reads as 0.
            pub fn get(self) -> u64 {
                u64::try_from(self.0).unwrap_or(0)
            }

            fn complaint(value: i128) -> String {
                format!("is {value}, must be {}", $rule)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u64(self.get())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_f64(WholeVisitor).map(Self)
            }
        }

        impl Validate for $name {
            type Context = ();

            fn validate_into(&self, (): &(), at: &mut dyn FnMut() -> Path, report: &mut Report) {
                if !(self.0 >= $minimum) {
                    report.append(at(), garde::Error::new(Self::complaint(self.0)));
                }
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "integer", "minimum": $minimum })
            }
        }
    };
}

whole!(/// A whole number, 0 or above. Files may write `1e5`.
    Count, 0, "0 or above");
whole!(/// A whole number, 1 or above. Files may write `1e5`.
    PositiveCount, 1, "1 or above");

/// Takes a whole number, also when it is written like `1e5` or `3.0`.
struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = i128;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a whole number")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<i128, E> {
        let exact = 9_007_199_254_740_992.0; // 2^53: above it, floats skip whole numbers
        if value.trunc() == value && value.abs() <= exact {
            Ok(value as i128)
        } else {
            Err(E::custom(format_args!("is {value}, must be a whole number")))
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<i128, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<i128, E> {
        Ok(value.into())
    }
}

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
    use serde_json::{from_value, json, to_value};

    #[test]
    fn ranges_hold_and_nan_fails() {
        assert_eq!(Positive::new(-3.0), Err("is -3, must be above 0".into()));
        assert_eq!(Fraction::new(f64::NAN), Err("is NaN, must be from 0 to 1".into()));
        assert!(Finite::new(f64::INFINITY).is_err());
        assert!(NonNegative::new(0.0).is_ok() && Positive::new(0.0).is_err());
        assert!(Correlation::new(-1.0).is_ok() && Correlation::new(-1.01).is_err());
        assert_eq!(PositiveCount::new(0), Err("is 0, must be 1 or above".into()));
        const HALF: Fraction = Fraction::literal(0.5);
        assert_eq!(HALF.get(), 0.5);
    }

    #[test]
    fn counts_take_whole_floats() {
        assert_eq!(from_value::<Count>(json!(1e12)).unwrap().get(), 1_000_000_000_000);
        assert_eq!(from_value::<Count>(json!(u64::MAX)).unwrap().get(), u64::MAX);
        let refused = from_value::<Count>(json!(1.5)).unwrap_err();
        assert_eq!(refused.to_string(), "is 1.5, must be a whole number");
        let negative = from_value::<Count>(json!(-3)).unwrap();
        assert_eq!(negative.validate().unwrap_err().to_string(), "is -3, must be 0 or above\n");
    }

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
    fn schemas_carry_the_range() {
        let mut generator = SchemaGenerator::default();
        let schema = Tunable::<Positive>::json_schema(&mut generator).to_value();
        let number = json!({ "type": "number", "exclusiveMinimum": 0 });
        assert_eq!(schema["anyOf"][0], number);
        assert_eq!(schema["anyOf"][1]["properties"]["tune"]["items"], number);
        assert_eq!(
            PositiveCount::json_schema(&mut generator).to_value(),
            json!({ "type": "integer", "minimum": 1 })
        );
    }
}
