//! Shapes: from the value of a signal to a multiplier.

use crate::lanes::{Row, flat, flat_mut, larger};
use crate::one_of;
use crate::shelf::{Described, Refusal};
use crate::units::{Extent, Multiplier, Tunable};
use garde::Validate;
use schemars::JsonSchema;
use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

/// A checked shape. All are evaluated on rows of eight paths.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// (x - from) / width.
    Linear {
        /// Value at which the multiplier is 0.
        from: f64,
        /// Change of the signal that adds 1.
        width: f64,
    },
    /// x / to.
    Ratio {
        /// Value at which the multiplier is 1.
        to: f64,
    },
    /// 1 / (1 + exp(-steepness (x - midpoint))).
    Sigmoid {
        /// Value at which the multiplier is one half.
        midpoint: f64,
        /// Steepness per unit of the signal.
        steepness: f64,
    },
    /// Steps, closed on the right: `give[0]` up to and including `at[0]`, ..., `give[n]` above `at[n-1]`.
    Steps {
        /// Increasing edges.
        at: Vec<f64>,
        /// One value more than edges.
        give: Vec<f64>,
    },
    /// 1 + slope max(0, x - above).
    Excess {
        /// Value above which the multiplier rises.
        above: f64,
        /// Rise per unit of the signal.
        slope: f64,
    },
    /// of / x.
    Inverse {
        /// Value at which the multiplier is 1.
        of: f64,
    },
    /// Piecewise linear through points, flat outside.
    Table {
        /// Increasing positions.
        at: Vec<f64>,
        /// Values there.
        give: Vec<f64>,
    },
    /// Cells of two signals, edges closed on the right as in steps.
    Table2 {
        /// Edges of the first signal.
        x: Vec<f64>,
        /// Edges of the second signal.
        y: Vec<f64>,
        /// Rows by the first signal, columns by the second.
        give: Vec<Vec<f64>>,
    },
    /// Straight lines between points of two signals (bilinear), flat outside.
    Surface {
        /// Increasing positions of the first signal.
        x: Vec<f64>,
        /// Increasing positions of the second signal.
        y: Vec<f64>,
        /// Rows by the first signal, columns by the second.
        give: Vec<Vec<f64>>,
    },
}

/// Evaluates an expression on each number or row: a loop in place, compiled for the vector unit of its caller.
macro_rules! each {
    ($x:expr, $out:expr, $then:expr, |$one:ident| $value:expr) => {
        for (out, one) in $out.iter_mut().zip($x) {
            let $one = *one;
            *out = $then.of($value);
        }
    };
}

/// What is done to each value of a shape before it is written, alike to a number and to a row.
pub trait Then<T> {
    /// The number that is written.
    fn of(&self, value: T) -> T;
}

/// Nothing.
struct Nothing;

impl<T> Then<T> for Nothing {
    #[inline(always)]
    fn of(&self, value: T) -> T {
        value
    }
}

/// How far `x` has come from one position to the next, from 0 to 1.
#[inline(always)]
fn part(x: Row, from: f64, to: f64) -> Row {
    ((x - from) / (to - from)).max(Row::splat(0.0)).min(Row::splat(1.0))
}

/// The line through `give(i)` at `at[i]`, flat outside.
#[inline(always)]
fn line(x: Row, at: &[f64], give: impl Fn(usize) -> f64) -> Row {
    let mut value = Row::splat(give(0));
    for i in 1..at.len() {
        value += part(x, at[i - 1], at[i]) * (give(i) - give(i - 1));
    }
    value
}

impl Shape {
    /// Evaluates the shape on each row; `second` is only read by shapes of two signals.
    #[inline(always)]
    pub fn apply(&self, x: &[Row], second: Option<&[Row]>, out: &mut [Row]) {
        self.apply_then(x, second, out, &Nothing);
    }

    /// As [`Shape::apply`], and then something in the same pass.
    #[inline(always)]
    pub fn apply_then(&self, x: &[Row], second: Option<&[Row]>, out: &mut [Row], then: &(impl Then<f64> + Then<Row>)) {
        match self {
            Self::Linear { from, width } => each!(flat(x), flat_mut(out), then, |x| (x - *from) * (1.0 / *width)),
            Self::Ratio { to } => each!(flat(x), flat_mut(out), then, |x| x * (1.0 / *to)),
            Self::Sigmoid { midpoint, steepness } => {
                each!(x, out, then, |x| Row::splat(1.0) / (((x - *midpoint) * -*steepness).exp() + 1.0));
            }
            Self::Steps { at, give } => each!(x, out, then, |x| {
                let mut value = Row::splat(give[0]);
                for (edge, above) in at.iter().zip(&give[1..]) {
                    value = x.gt(Row::splat(*edge)).select(Row::splat(*above), value);
                }
                value
            }),
            Self::Excess { above, slope } => {
                each!(flat(x), flat_mut(out), then, |x| larger(x - *above, 0.0) * *slope + 1.0);
            }
            Self::Inverse { of } => each!(flat(x), flat_mut(out), then, |x| *of / x),
            Self::Table { at, give } => each!(x, out, then, |x| line(x, at, |i| give[i])),
            Self::Table2 { x: edges, y, give } => {
                for (i, (row, x)) in out.iter_mut().zip(x).enumerate() {
                    for lane in 0..row.0.len() {
                        let cell = |edges: &[f64], value: f64| edges.iter().take_while(|edge| value > **edge).count();
                        let other = second.map_or(0.0, |second| second[i].0[lane]);
                        row.0[lane] = then.of(give[cell(edges, x.0[lane])][cell(y, other)]);
                    }
                }
            }
            // The line at the first column, and what is added on the way to each next one: nothing where columns are equal,
            // so that a surface of equal columns is its table to the bit.
            Self::Surface { x: at, y, give } => {
                for (i, (row, x)) in out.iter_mut().zip(x).enumerate() {
                    let other = second.map_or(Row::default(), |second| second[i]);
                    let mut value = line(*x, at, |k| give[k][0]);
                    for j in 1..y.len() {
                        value += part(other, y[j - 1], y[j]) * line(*x, at, |k| give[k][j] - give[k][j - 1]);
                    }
                    *row = then.of(value);
                }
            }
        }
    }

    /// Can it give a negative number for a positive signal?
    pub fn may_be_negative(&self) -> bool {
        let below = |numbers: &[f64]| numbers.iter().any(|x| *x < 0.0);
        match self {
            Self::Linear { from, width } => *from > 0.0 || *width < 0.0,
            Self::Ratio { to: number } | Self::Inverse { of: number } => *number < 0.0,
            Self::Sigmoid { .. } => false,
            Self::Excess { slope, .. } => *slope < 0.0,
            Self::Steps { give, .. } | Self::Table { give, .. } => below(give),
            Self::Table2 { give, .. } | Self::Surface { give, .. } => give.iter().any(|row| below(row)),
        }
    }

    /// Free numbers of the shape.
    pub fn numbers(&self) -> usize {
        match self {
            Self::Ratio { .. } | Self::Inverse { .. } => 1,
            Self::Linear { .. } | Self::Sigmoid { .. } | Self::Excess { .. } => 2,
            Self::Steps { at, give } | Self::Table { at, give } => at.len() + give.len(),
            Self::Table2 { x, y, give } | Self::Surface { x, y, give } => {
                x.len() + y.len() + give.iter().map(Vec::len).sum::<usize>()
            }
        }
    }
}

/// How much a rule looks at and how many numbers were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Complexity {
    /// Distinct signals.
    pub inputs: usize,
    /// Free numbers of its shapes.
    pub numbers: usize,
}

/// Makes a checked shape; `mean` is the market's stationary mean of the signal where it is known.
pub trait MakesShape {
    /// The shape.
    ///
    /// # Errors
    /// A [`Refusal`] when the numbers do not fit together.
    fn shape(&self, mean: Option<f64>) -> Result<Shape, Refusal>;

    /// A second signal that is needed, as written in the scenario.
    fn second(&self) -> Option<&serde_json::Value> {
        None
    }
}

one_of! {
    /// From a signal to a multiplier: exactly one shape.
    pub struct ShapeSpec: dyn MakesShape {
        linear: LinearSpec,
        ratio: RatioSpec,
        sigmoid: SigmoidSpec,
        steps: StepsSpec,
        excess: ExcessSpec,
        inverse: InverseSpec,
        table: TableSpec,
        table2: Table2Spec,
        surface: SurfaceSpec,
    }
}

macro_rules! shape_spec {
    ($(#[$doc:meta])* $name:ident, $help:literal, $specimen:literal, { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* #[garde(dive)] pub $field: $type),+ }
        impl Described for $name {
            const HELP: &'static str = $help;
            const SPECIMEN: &'static str = $specimen;
        }
    };
}

shape_spec!(/** (x - from) / width. */ LinearSpec, "(x - from) / width", "{ from: 10, width: 15 }", {
    /** Value at which the multiplier is 0. */ from: Tunable<Multiplier>,
    /** Change of the signal that adds 1. */ width: Tunable<Extent>
});
shape_spec!(/** x / to. */ RatioSpec, "x / to; `to: mean` is the market's stationary mean", "{ to: 15 }", {
    /** Value at which the multiplier is 1, or `mean`. */ to: Target
});
shape_spec!(/** A logistic curve. */ SigmoidSpec, "1 / (1 + exp(-steepness (x - midpoint)))", "{ midpoint: 20, steepness: 0.2 }", {
    /** Value at which the multiplier is one half. */ midpoint: Tunable<Multiplier>,
    /** Steepness per unit of the signal. */ steepness: Tunable<Extent>
});
shape_spec!(/** Steps. */ StepsSpec, "steps, closed on the right", "{ at: [15, 25], give: [0, 1, 2] }", {
    /** Increasing edges. */ at: Vec<Tunable<Multiplier>>,
    /** One value more than edges. */ give: Vec<Tunable<Multiplier>>
});
shape_spec!(/** 1 + slope max(0, x - above). */ ExcessSpec, "1 + slope max(0, x - above)", "{ above: 0.05, slope: 10 }", {
    /** Value above which the multiplier rises. */ above: Tunable<Multiplier>,
    /** Rise per unit of the signal. */ slope: Tunable<Multiplier>
});
shape_spec!(/** of / x. */ InverseSpec, "of / x", "{ of: 15 }", {
    /** Value at which the multiplier is 1. */ of: Tunable<Extent>
});
shape_spec!(/** Piecewise linear. */ TableSpec, "piecewise linear through points, flat outside", "{ at: [10, 20, 40], give: [0.2, 1, 2] }", {
    /** Increasing positions. */ at: Vec<Tunable<Multiplier>>,
    /** Values there. */ give: Vec<Tunable<Multiplier>>
});

/// Cells of two signals.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Table2Spec {
    /// Edges of the term's own signal.
    #[garde(dive)]
    pub x: Vec<Multiplier>,
    /// The second signal: written as a `signal`.
    #[garde(skip)]
    pub by: serde_json::Value,
    /// Edges of the second signal.
    #[garde(dive)]
    pub y: Vec<Multiplier>,
    /// Rows by the first signal, columns by the second.
    #[garde(dive)]
    pub give: Vec<Vec<Tunable<Multiplier>>>,
}

impl Described for Table2Spec {
    const HELP: &'static str = "cells of two signals";
    const SPECIMEN: &'static str =
        "{ x: [20], by: { realized_vol: { window: 20 } }, y: [15], give: [[0, 0.5], [1, 2]] }";
}

/// Lines between points of two signals.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SurfaceSpec {
    /// Increasing positions of the term's own signal.
    #[garde(dive)]
    pub x: Vec<Multiplier>,
    /// The second signal: written as a `signal`.
    #[garde(skip)]
    pub by: serde_json::Value,
    /// Increasing positions of the second signal.
    #[garde(dive)]
    pub y: Vec<Multiplier>,
    /// Values there: rows by the first signal, columns by the second.
    #[garde(dive)]
    pub give: Vec<Vec<Tunable<Multiplier>>>,
}

impl Described for SurfaceSpec {
    const HELP: &'static str = "straight lines between points of two signals, flat outside";
    const SPECIMEN: &'static str =
        "{ x: [15, 30], by: { realized_vol: { window: 20 } }, y: [10, 25], give: [[0, 0.5], [1, 2]] }";
}

fn numbers(list: &[Tunable<Multiplier>]) -> Vec<f64> {
    list.iter().map(|x| x.first().get()).collect()
}

fn increasing(list: &[f64], field: &str) -> Result<(), Refusal> {
    if list.windows(2).all(|pair| pair[0] < pair[1]) {
        Ok(())
    } else {
        Err(Refusal::new(field, "must increase from each number to the next"))
    }
}

fn count(found: usize, wanted: usize, field: &str) -> Result<(), Refusal> {
    if found == wanted { Ok(()) } else { Err(Refusal::new(field, format!("has {found} numbers, must have {wanted}"))) }
}

impl MakesShape for LinearSpec {
    fn shape(&self, _: Option<f64>) -> Result<Shape, Refusal> {
        Ok(Shape::Linear { from: self.from.first().get(), width: self.width.first().get() })
    }
}

impl MakesShape for RatioSpec {
    fn shape(&self, mean: Option<f64>) -> Result<Shape, Refusal> {
        match (&self.to, mean) {
            (Target::Number(to), _) => Ok(Shape::Ratio { to: to.first().get() }),
            (Target::Mean, Some(to)) if to > 0.0 => Ok(Shape::Ratio { to }),
            (Target::Mean, _) => {
                Err(Refusal::new("to", "the stationary mean of this signal is not known in this market")
                    .help("write a number; `mean` works for crash_intensity in a simulated market that has crashes"))
            }
        }
    }
}

impl MakesShape for SigmoidSpec {
    fn shape(&self, _: Option<f64>) -> Result<Shape, Refusal> {
        Ok(Shape::Sigmoid { midpoint: self.midpoint.first().get(), steepness: self.steepness.first().get() })
    }
}

impl MakesShape for StepsSpec {
    fn shape(&self, _: Option<f64>) -> Result<Shape, Refusal> {
        let (at, give) = (numbers(&self.at), numbers(&self.give));
        increasing(&at, "at")?;
        count(give.len(), at.len() + 1, "give")?;
        Ok(Shape::Steps { at, give })
    }
}

impl MakesShape for ExcessSpec {
    fn shape(&self, _: Option<f64>) -> Result<Shape, Refusal> {
        Ok(Shape::Excess { above: self.above.first().get(), slope: self.slope.first().get() })
    }
}

impl MakesShape for InverseSpec {
    fn shape(&self, _: Option<f64>) -> Result<Shape, Refusal> {
        Ok(Shape::Inverse { of: self.of.first().get() })
    }
}

impl MakesShape for TableSpec {
    fn shape(&self, _: Option<f64>) -> Result<Shape, Refusal> {
        let (at, give) = (numbers(&self.at), numbers(&self.give));
        increasing(&at, "at")?;
        count(give.len(), at.len().max(1), "give")?;
        Ok(Shape::Table { at, give })
    }
}

impl MakesShape for Table2Spec {
    fn shape(&self, _: Option<f64>) -> Result<Shape, Refusal> {
        let plain = |list: &[Multiplier]| -> Vec<f64> { list.iter().map(|x| x.get()).collect() };
        let (x, y) = (plain(&self.x), plain(&self.y));
        increasing(&x, "x")?;
        increasing(&y, "y")?;
        count(self.give.len(), x.len() + 1, "give")?;
        for (i, row) in self.give.iter().enumerate() {
            count(row.len(), y.len() + 1, &format!("give[{i}]"))?;
        }
        Ok(Shape::Table2 { x, y, give: self.give.iter().map(|row| numbers(row)).collect() })
    }

    fn second(&self) -> Option<&serde_json::Value> {
        Some(&self.by)
    }
}

impl MakesShape for SurfaceSpec {
    fn shape(&self, _: Option<f64>) -> Result<Shape, Refusal> {
        let plain = |list: &[Multiplier]| -> Vec<f64> { list.iter().map(|x| x.get()).collect() };
        let (x, y) = (plain(&self.x), plain(&self.y));
        increasing(&x, "x")?;
        increasing(&y, "y")?;
        count(self.give.len(), x.len().max(1), "give")?;
        for (i, row) in self.give.iter().enumerate() {
            count(row.len(), y.len().max(1), &format!("give[{i}]"))?;
        }
        Ok(Shape::Surface { x, y, give: self.give.iter().map(|row| numbers(row)).collect() })
    }

    fn second(&self) -> Option<&serde_json::Value> {
        Some(&self.by)
    }
}

/// The value at which a ratio is 1: a number, several to tune, or the market's stationary mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A number.
    Number(Tunable<Extent>),
    /// The stationary mean of the signal in the market.
    Mean,
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Target;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number, `mean`, or `{ tune: [...] }`")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Target, E> {
                if text == "mean" {
                    Ok(Target::Mean)
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Str(text), &self))
                }
            }
            fn visit_f64<E: serde::de::Error>(self, x: f64) -> Result<Target, E> {
                Tunable::deserialize(serde::de::value::F64Deserializer::new(x)).map(Target::Number)
            }
            fn visit_i64<E: serde::de::Error>(self, x: i64) -> Result<Target, E> {
                self.visit_f64(x as f64)
            }
            fn visit_u64<E: serde::de::Error>(self, x: u64) -> Result<Target, E> {
                self.visit_f64(x as f64)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Target, A::Error> {
                Tunable::deserialize(MapAccessDeserializer::new(map)).map(Target::Number)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => number.serialize(serializer),
            Self::Mean => serializer.serialize_str("mean"),
        }
    }
}

impl JsonSchema for Target {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Target".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let number = generator.subschema_for::<Tunable<Extent>>();
        schemars::json_schema!({ "anyOf": [{ "const": "mean" }, number] })
    }
}

impl Validate for Target {
    type Context = ();
    fn validate_into(&self, (): &(), parent: &mut dyn FnMut() -> garde::Path, report: &mut garde::Report) {
        if let Self::Number(number) = self {
            number.validate_into(&(), parent, report);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(shape: &Shape, x: f64, y: f64) -> f64 {
        let mut out = [Row::default()];
        shape.apply(&[Row::splat(x)], Some(&[Row::splat(y)]), &mut out);
        out[0].0[3]
    }

    /// Corners, edges and the middle by hand; flat outside.
    #[test]
    fn a_surface_is_bilinear_between_its_points() {
        let give = vec![vec![0.0, 0.5], vec![1.0, 2.0]];
        let shape = Shape::Surface { x: vec![15.0, 30.0], y: vec![10.0, 25.0], give };
        for (x, y, value) in [
            (15.0, 10.0, 0.0),
            (30.0, 10.0, 1.0),
            (15.0, 25.0, 0.5),
            (30.0, 25.0, 2.0),
            (22.5, 10.0, 0.5),
            (30.0, 17.5, 1.5),
            (22.5, 17.5, 0.875),
            (5.0, 99.0, 0.5),
        ] {
            assert!((given(&shape, x, y) - value).abs() < 1e-15, "{x} {y}");
        }
    }

    #[test]
    fn a_surface_of_equal_columns_is_its_table() {
        let (at, give) = (vec![12.0, 17.0, 31.0], vec![0.13, 1.7, 0.9]);
        let table = Shape::Table { at: at.clone(), give: give.clone() };
        let columns = give.iter().map(|x| vec![*x; 4]).collect();
        let surface = Shape::Surface { x: at, y: vec![0.1, 0.4, 1.4, 2.0], give: columns };
        for i in 0..400 {
            let (x, y) = (8.0 + 0.07 * f64::from(i), 0.01 * f64::from(i * 37 % 300));
            assert_eq!(given(&surface, x, y).to_bits(), given(&table, x, y).to_bits());
        }
    }
}
