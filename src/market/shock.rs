//! Scripted shocks: a stated fall over stated days, the same on every path. A script and not a law: nothing is drawn,
//! prices do not foresee it, and no discounted price is a martingale across it.
//!
//! Each day's part x of the log fall is added to the drawn return of the asset whose VIX is quoted; every other asset takes
//! it times its `crash` multiple over that of the quoted one, as in a crash. At the end of the day the spot variance is
//! raised by x (l + (j - l) min(1, x / m)): a small part as the model's own diffusion would on average (l = -rho xi, per unit
//! of log return), a part as large as a crash as its crashes do (j = eta / m, with m = -mu, of the most severe regime whose
//! crashes raise the variance), and in between in between. The variance then fades at its own speed. The rule is
//! a choice; beside history (S&P 500 and VIX at the closes), for the mean path of the calibrated set in its normal regime:
//!
//! | from, to | fall | VIX before | VIX after | by the rule |
//! |--|--|--|--|--|
//! | 2008-10-03, 10-10 | 18.2 % in 5 days | 45 | 70 | 72 |
//! | 2015-08-18, 08-24 | 9.7 % in 4 days | 14 | 41 | 39 |
//! | 2018-02-02, 02-05 | 4.1 % in 1 day | 17 | 37 | 33 |
//! | 2000-09-01, 2001-02-27 | 17.3 % in 123 days | 18 | 26 | 24 |
//! | 2022-01-03, 06-16 | 23.6 % in 115 days | 17 | 33 | 26 |

use super::assets::{Asset, Kind};
use super::changes::Shock;
use crate::grid::Span;
use crate::pricing::law::{Law, Variance};
use crate::shelf::Refusal;
use crate::units::Finite;
use garde::Validate;
use schemars::JsonSchema;
use serde::de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

/// A fall by script.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ShockSpec {
    /// First day whose return falls, counted from the first evaluated day (day 0).
    pub day: Span,
    /// Relative fall of the asset whose VIX is quoted, on top of the drawn returns: between 0 and 1.
    pub fall: Finite,
    /// Days over which it falls, in equal parts of the log.
    pub over: Span,
}

/// One shock, or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Shocks(Vec<ShockSpec>);

impl PartialEq for ShockSpec {
    fn eq(&self, other: &Self) -> bool {
        (self.day, self.fall.get(), self.over) == (other.day, other.fall.get(), other.over)
    }
}

impl Shocks {
    /// None?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Shocks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Shocks;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map such as `{ day: 500, fall: 0.2, over: 3 }`, or a list of them")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Shocks, A::Error> {
                ShockSpec::deserialize(MapAccessDeserializer::new(map)).map(|one| Shocks(vec![one]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Shocks, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = list.next_element()? {
                    all.push(one);
                }
                Ok(Shocks(all))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Shocks {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Shocks".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = generator.subschema_for::<ShockSpec>();
        schemars::json_schema!({ "anyOf": [one.clone(), { "type": "array", "items": one }] })
    }
}

/// The checked shocks; `law_on` gives the law of a day, `quoted` is the slot of the asset whose VIX is quoted.
pub(super) fn shocks<'a>(
    specs: &Shocks,
    assets: &[Asset],
    quoted: usize,
    law_on: impl Fn(usize) -> &'a Law,
) -> Result<Vec<Shock>, Refusal> {
    let mut list: Vec<Shock> = Vec::new();
    for (i, spec) in specs.0.iter().enumerate() {
        let field =
            |name: &str| if specs.0.len() == 1 { format!("shock.{name}") } else { format!("shock[{i}].{name}") };
        let (day, over, fall) = (spec.day.days(), spec.over.days(), spec.fall.get());
        if !(fall > 0.0 && fall < 1.0) {
            return Err(Refusal::new(field("fall"), format!("is {fall}, must be above 0 and below 1")));
        }
        if over == 0 {
            return Err(Refusal::new(field("over"), "is 0 days, must be at least 1"));
        }
        if day == 0 {
            return Err(Refusal::new(field("day"), "is 0, but nothing can be held before the close of day 0")
                .help("the first return that a hedge sees is that of day 1"));
        }
        if let Some(before) = list.last().filter(|before| day < before.day + before.over) {
            return Err(Refusal::new(
                field("day"),
                format!("is {day}, but the shock before it lasts until day {}", before.day + before.over - 1),
            ));
        }
        let part = -libm::log1p(-fall) / over as f64;
        let own = assets[quoted].crash;
        if own == 0.0 && assets.len() > 1 {
            return Err(Refusal::new(
                "shock",
                "the asset whose VIX is quoted has `crash: 0`: what the others fall cannot be said in proportion to it",
            ));
        }
        let returns =
            (0..assets.len()).map(|i| if i == quoted { -part } else { -part * assets[i].crash / own }).collect();
        list.push(Shock { day, over, fall, returns, variance: rise(part, &assets[quoted], law_on(day)) });
    }
    Ok(list)
}

/// What a day's part of a log fall adds to the common variance.
fn rise(part: f64, asset: &Asset, law: &Law) -> f64 {
    let (Variance::SquareRoot { vol_of_vol, .. }, Kind::Shared { multiple, leverage, .. }) =
        (law.variance, &asset.kind)
    else {
        return 0.0;
    };
    let small = (-leverage * vol_of_vol / multiple).max(0.0);
    let crash = (0..law.regimes()).rev().find_map(|k| {
        let size = -law.jump_mean[k] * asset.crash;
        (law.intensity[k] > 0.0 && law.variance_jump[k] > 0.0 && size > 0.0)
            .then(|| (size, law.variance_jump[k] / size))
    });
    part * crash.map_or(small, |(size, large)| small + (large - small) * (part / size).min(1.0))
}
