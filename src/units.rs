//! Numbers that carry their range.
//!
//! Reading a file only checks that a number *is* a number (finite, and whole for
//! the counts). The range is checked by [`garde::Validate`], so that all values
//! out of range are reported together. In code, [`Positive::new`] and its siblings
//! check everything at once. Every range check is written positively (`x > 0.0`),
//! so a NaN fails it.

mod tunable;

pub use tunable::Tunable;

use garde::{Path, Report, Validate};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

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

// The bounds below are far outside of what markets do: they keep a slip of the finger from filling the memory with
// events and a run with infinities.
real!(/// Events a year: from 0 to ten a trading day.
    EventRate, |x| x >= 0.0 && x <= 2520.0, "from 0 to 2520 a year (ten a trading day)", { "minimum": 0, "maximum": 2520 });
real!(/// A volatility, decimal per root year: up to 10, which is 1000 %.
    Volatility, |x| x > 0.0 && x <= 10.0, "above 0 and at most 10 (1000 % a year)", { "exclusiveMinimum": 0, "maximum": 10 });
real!(/// A volatility as a multiple of the common one: up to 100.
    VolatilityMultiple, |x| x > 0.0 && x <= 100.0, "above 0 and at most 100", { "exclusiveMinimum": 0, "maximum": 100 });
real!(/// A variance, decimal a year: up to 100, a volatility of 1000 %.
    Variance, |x| x > 0.0 && x <= 100.0, "above 0 and at most 100 (a volatility of 1000 %)", { "exclusiveMinimum": 0, "maximum": 100 });
real!(/// Mean size of the jumps of a variance, decimal a year: from 0 to 100.
    VarianceJump, |x| x >= 0.0 && x <= 100.0, "from 0 to 100", { "minimum": 0, "maximum": 100 });
real!(/// A spot variance, decimal a year: from 0 to 100.
    SpotVariance, |x| x >= 0.0 && x <= 100.0, "from 0 to 100 (a volatility of 1000 %)", { "minimum": 0, "maximum": 100 });
real!(/// A spot price or a strike, currency: from 1e-6 to 1e12.
    Price, |x| x >= 1e-6 && x <= 1e12, "from 1e-6 to 1e12", { "minimum": 1e-6, "maximum": 1e12 });
real!(/// Years to an expiry: above nothing, so that there is something to price, and at most 30.
    Maturity, |x| x >= 1e-4 && x <= 30.0, "from 0.0001 (an hour) to 30 years", { "minimum": 1e-4, "maximum": 30 });
real!(/// A VIX in points: up to 1000, a volatility of 1000 %.
    VixPoints, |x| x > 0.0 && x <= 1000.0, "above 0 and at most 1000 points", { "exclusiveMinimum": 0, "maximum": 1000 });
real!(/// A rate of interest or dividends, continuous, per year: from -1 to 1.
    Rate, |x| x >= -1.0 && x <= 1.0, "from -1 to 1 (100 % a year)", { "minimum": -1, "maximum": 1 });
real!(/// Mean of a log jump: from -5 to 5.
    LogJump, |x| x >= -5.0 && x <= 5.0, "from -5 to 5", { "minimum": -5, "maximum": 5 });
real!(/// Standard deviation of a log jump: from 0 to 5.
    LogJumpSd, |x| x >= 0.0 && x <= 5.0, "from 0 to 5", { "minimum": 0, "maximum": 5 });
real!(/// A speed of mean reversion, per year: up to 1000.
    Reversion, |x| x > 0.0 && x <= 1000.0, "above 0 and at most 1000 a year", { "exclusiveMinimum": 0, "maximum": 1000 });
real!(/// A volatility of variance: up to 100.
    VolOfVol, |x| x > 0.0 && x <= 100.0, "above 0 and at most 100", { "exclusiveMinimum": 0, "maximum": 100 });
real!(/// A multiple of stated premia: from 0 to 10.
    PremiumMultiple, |x| x >= 0.0 && x <= 10.0, "from 0 to 10", { "minimum": 0, "maximum": 10 });
real!(/// How many times as often events are drawn as they come: from 0.1 to 10.
    EventFactor, |x| x >= 0.1 && x <= 10.0, "from 0.1 to 10", { "minimum": 0.1, "maximum": 10 });
real!(/// The slope of a response: from -1000 to 1000.
    Slope, |x| x >= -1000.0 && x <= 1000.0, "from -1000 to 1000", { "minimum": -1000, "maximum": 1000 });
real!(/// A standard deviation of the noise on a log price, per day: from 0.001 to 100.
    LogNoise, |x| x >= 0.001 && x <= 100.0, "from 0.001 to 100 a day", { "minimum": 0.001, "maximum": 100 });
real!(/// A share of the capital, or a multiple of the market's crash: from -100 to 100.
    Weight, |x| x >= -100.0 && x <= 100.0, "from -100 to 100", { "minimum": -100, "maximum": 100 });
real!(/// A strike as a multiple of spot: from 0.01 to 100.
    Moneyness, |x| x >= 0.01 && x <= 100.0, "from 0.01 to 100", { "minimum": 0.01, "maximum": 100 });
real!(/// The size of a delta: between 0 and 1.
    DeltaSize, |x| x > 0.0 && x < 1.0, "above 0 and below 1", { "exclusiveMinimum": 0, "exclusiveMaximum": 1 });
real!(/// A multiplier, or the value of a signal at which it changes: from -1e6 to 1e6.
    Multiplier, |x| x >= -1e6 && x <= 1e6, "from -1e6 to 1e6", { "minimum": -1e6, "maximum": 1e6 });
real!(/// A width, steepness or level by which a signal is scaled to a multiplier: from 1e-6 to 1e6.
    Extent, |x| x >= 1e-6 && x <= 1e6, "from 1e-6 to 1e6", { "minimum": 1e-6, "maximum": 1e6 });

/// Takes any finite number.
struct RealVisitor;

impl Visitor<'_> for RealVisitor {
    type Value = f64;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a number")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
        if value.is_finite() { Ok(value) } else { Err(E::custom(format_args!("is {value}, must be a finite number"))) }
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
    ($(#[$doc:meta])* $name:ident, $range:expr, $rule:literal, { $($schema:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i128);

        impl $name {
            /// Checks `value`; the error says what it is and what it must be.
            pub fn new(value: u64) -> Result<Self, String> {
                let value = i128::from(value);
                if $range.contains(&value) { Ok(Self(value)) } else { Err(Self::complaint(value)) }
            }

            /// A constant written in code; out of range, it fails to compile in a `const`.
            pub const fn literal(value: u64) -> Self {
                let value = value as i128;
                assert!($range.start <= value && value < $range.end, "literal out of range");
                Self(value)
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
                if !$range.contains(&self.0) {
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
                json_schema!({ "type": "integer", $($schema)* })
            }
        }
    };
}

whole!(/// A whole number, 0 or above. Files may write `1e5`.
    Count, (0i128..i128::MAX), "0 or above", { "minimum": 0 });
whole!(/// A whole number, 1 or above. Files may write `1e5`.
    PositiveCount, (1i128..i128::MAX), "1 or above", { "minimum": 1 });
whole!(/// Rungs of a ladder: from 1 to 63.
    Rungs, (1i128..64), "from 1 to 63", { "minimum": 1, "maximum": 63 });
whole!(/// Days over which something is smoothed: from 1 to 2520, ten years.
    SmoothDays, (1i128..2521), "from 1 to 2520 days", { "minimum": 1, "maximum": 2520 });
whole!(/// A contract month: from 1, the next to expire, to 11.
    ContractMonth, (1i128..12), "from 1 to 11", { "minimum": 1, "maximum": 11 });
whole!(/// Days of a warm-up: from 1 to 25200, a hundred years.
    WarmUpDays, (1i128..25_201), "from 1 to 25200 days", { "minimum": 1, "maximum": 25200 });

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn ranges_hold_and_nan_fails() {
        assert_eq!(Positive::new(-3.0), Err("is -3, must be above 0".into()));
        assert_eq!(Fraction::new(f64::NAN), Err("is NaN, must be from 0 to 1".into()));
        assert!(Finite::new(f64::INFINITY).is_err());
        assert!(NonNegative::new(0.0).is_ok() && Positive::new(0.0).is_err());
        assert!(Correlation::new(-1.0).is_ok() && Correlation::new(-1.01).is_err());
        assert_eq!(PositiveCount::new(0), Err("is 0, must be 1 or above".into()));
        assert_eq!(EventRate::new(1e9), Err("is 1000000000, must be from 0 to 2520 a year (ten a trading day)".into()));
        assert!(Moneyness::new(0.001).is_err() && Extent::new(0.0).is_err() && Multiplier::new(-1e6).is_ok());
        assert_eq!(SmoothDays::new(2521), Err("is 2521, must be from 1 to 2520 days".into()));
        assert!(SmoothDays::new(2520).is_ok() && SmoothDays::new(0).is_err());
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
    fn schemas_carry_the_range() {
        let mut generator = SchemaGenerator::default();
        assert_eq!(PositiveCount::json_schema(&mut generator).to_value(), json!({ "type": "integer", "minimum": 1 }));
    }
}
