//! What the two regime markets share in a scenario: regimes in order of severity, switching, crashes, start, correlation.

use super::switching::{self, SwitchingSpec};
use crate::named::Named;
use crate::pricing::law::{Law, Variance};
use crate::shelf::Refusal;
use crate::units::{self, Correlation, EventRate, LogJump, LogJumpSd, VarianceJump, VixPoints, Volatility};
use garde::Validate;
use schemars::JsonSchema;
use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

/// One regime.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RegimeSpec {
    /// Long-run variance a year, decimal (give this or `volatility`).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "units::Variance")]
    pub variance: Option<units::Variance>,
    /// Long-run volatility, decimal per root year (give this or `variance`).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Volatility")]
    pub volatility: Option<Volatility>,
    /// Volatility that prices believe, decimal per root year (default: the real one). Only where the variance is constant in
    /// a regime; there no change of measure moves it, so it says how dear options are and no more.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Volatility")]
    pub priced_volatility: Option<Volatility>,
    /// Crashes in this regime (none if left out).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "CrashSpec")]
    pub crash: Option<CrashSpec>,
    /// Correlation of any two assets in this regime.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Correlation")]
    pub correlation: Option<Correlation>,
}

/// Crashes: jumps of the log price and of the variance at one time.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CrashSpec {
    /// Expected number a year.
    #[garde(dive)]
    pub per_year: EventRate,
    /// Mean of the log jump.
    #[garde(dive)]
    pub mean: LogJump,
    /// Standard deviation of the log jump.
    #[garde(dive)]
    pub sd: LogJumpSd,
    /// Mean of the exponential jump of the variance, decimal a year.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "VarianceJump")]
    pub variance_jump: Option<VarianceJump>,
}

/// Where the paths start: `stationary`, or `{ regime: calm, vix: 15 }`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum StartSpec {
    /// Regime drawn from its long-run shares, variance at the regime's level.
    #[default]
    Stationary,
    /// A stated regime, and VIX (the regime's level if left out).
    At(StartPoint),
}

/// A stated starting point.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StartPoint {
    /// Name of the regime.
    #[garde(skip)]
    pub regime: String,
    /// VIX at row 0, points.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "VixPoints")]
    pub vix: Option<VixPoints>,
}

impl<'de> Deserialize<'de> for StartSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = StartSpec;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`stationary` or a map such as `{ regime: calm, vix: 15 }`")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<StartSpec, E> {
                if text == "stationary" {
                    Ok(StartSpec::Stationary)
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Str(text), &self))
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<StartSpec, A::Error> {
                StartPoint::deserialize(MapAccessDeserializer::new(map)).map(StartSpec::At)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Serialize for StartSpec {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Stationary => serializer.serialize_str("stationary"),
            Self::At(point) => point.serialize(serializer),
        }
    }
}

impl JsonSchema for StartSpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "StartSpec".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let point = generator.subschema_for::<StartPoint>();
        schemars::json_schema!({ "anyOf": [{ "const": "stationary" }, point] })
    }
}

impl Validate for StartSpec {
    type Context = ();
    fn validate_into(&self, (): &(), parent: &mut dyn FnMut() -> garde::Path, report: &mut garde::Report) {
        if let Self::At(point) = self {
            point.validate_into(&(), parent, report);
        }
    }
}

/// The real-world law of the regimes as the scenario states it.
pub(super) fn law(
    regimes: &Named<RegimeSpec>,
    switching: Option<&SwitchingSpec>,
    variance: Variance,
) -> Result<Law, Refusal> {
    let names: Vec<String> = regimes.iter().map(|(name, _)| name.clone()).collect();
    let most = super::correlation::MOST_REGIMES;
    if names.is_empty() || names.len() > most {
        return Err(Refusal::new("regimes", format!("{} regimes; from 1 to {most} are possible", names.len())));
    }
    let generator = switching::generator(&names, switching)?;
    let mut law = Law {
        switch_jump: switching::jumps(&names, switching, &generator)?,
        generator,
        variance,
        level: Vec::new(),
        intensity: Vec::new(),
        jump_mean: Vec::new(),
        jump_sd: Vec::new(),
        variance_jump: Vec::new(),
    };
    for (name, regime) in regimes.iter() {
        let level = match (regime.variance, regime.volatility) {
            (Some(variance), None) => variance.get(),
            (None, Some(volatility)) => volatility.get() * volatility.get(),
            _ => {
                return Err(Refusal::new(format!("regimes.{name}"), "give exactly one of `variance` and `volatility`"));
            }
        };
        if law.level.last().is_some_and(|before| !(level >= *before)) {
            return Err(Refusal::new(
                format!("regimes.{name}"),
                format!("regime `{name}` is calmer than the one before it; severity must not decrease"),
            )
            .help("list the regimes from the calmest to the most severe"));
        }
        let crash = regime.crash;
        let jump = crash.and_then(|c| c.variance_jump).map_or(0.0, VarianceJump::get);
        if jump > 0.0 && variance == Variance::Constant {
            return Err(Refusal::new(
                format!("regimes.{name}.crash.variance_jump"),
                "the variance of this market is constant in a regime and cannot jump; use regime_svj",
            ));
        }
        if regime.priced_volatility.is_some() && variance != Variance::Constant {
            return Err(Refusal::new(
                format!("regimes.{name}.priced_volatility"),
                "the variance of this market moves by itself; what prices believe of it is `premium.variance`",
            )
            .help("leave it out, or use regime_lognormal"));
        }
        law.level.push(level);
        law.intensity.push(crash.map_or(0.0, |c| c.per_year.get()));
        law.jump_mean.push(crash.map_or(0.0, |c| c.mean.get()));
        law.jump_sd.push(crash.map_or(0.0, |c| c.sd.get()));
        law.variance_jump.push(jump);
    }
    Ok(law)
}

/// The variance that prices believe in each regime of constant variance; nothing where it is the real one everywhere.
pub(super) fn priced_level(regimes: &Named<RegimeSpec>, law: &Law) -> Option<Vec<f64>> {
    let square = |regime: &RegimeSpec| regime.priced_volatility.map(|volatility| volatility.get() * volatility.get());
    let levels = regimes.iter().zip(&law.level).map(|((_, regime), real)| square(regime).unwrap_or(*real));
    regimes.iter().any(|(_, regime)| regime.priced_volatility.is_some()).then(|| levels.collect())
}

/// Index of a regime by name, or a refusal at `field`.
pub(super) fn index_of(name: &str, names: &[String], field: &str) -> Result<usize, Refusal> {
    names.iter().position(|known| known == name).ok_or_else(|| {
        Refusal::new(field, format!("there is no regime `{name}`"))
            .help(format!("the regimes are {}", names.join(", ")))
    })
}
