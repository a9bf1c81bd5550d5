//! What a market needs to know of the portfolio's assets, and how it is checked.

use super::qe::PriceStep;
use crate::grid::DAY;
use crate::named::Named;
use crate::pricing::law::{Law, Variance};
use crate::shelf::Refusal;
use crate::units::Finite;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An asset as the scenario describes it to the market (weights belong to the portfolio).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssetTraits {
    /// Name.
    pub name: String,
    /// First close.
    pub spot: Option<f64>,
    /// Volatility as a multiple of the root of the common variance.
    pub volatility: Option<f64>,
    /// Correlation with the variance shock.
    pub leverage: Option<f64>,
    /// Its log jump as a multiple of the crash.
    pub crash: Option<f64>,
    /// Constant variance of its own, instead of the common one.
    pub own_variance: Option<f64>,
    /// Risk premium a year, instead of the one implied by the market's.
    pub premium: Option<f64>,
    /// Correlation with every other asset, instead of the regimes'.
    pub correlation: Option<f64>,
    /// Correlation with one other asset.
    pub pairs: Vec<(String, f64)>,
}

impl AssetTraits {
    /// A refusal that points at a field of this asset.
    pub(super) fn refuse(&self, field: &str, message: impl Into<String>) -> Refusal {
        Refusal::new(format!("/portfolio.assets.{}.{field}", self.name), message)
    }

    /// Refuses every field but the weight: for markets that bring their own prices.
    pub(super) fn refuse_all(&self, why: &str) -> Result<(), Refusal> {
        let given = [
            ("spot", self.spot.is_some()),
            ("volatility", self.volatility.is_some()),
            ("leverage", self.leverage.is_some()),
            ("crash", self.crash.is_some()),
            ("own_variance", self.own_variance.is_some()),
            ("premium", self.premium.is_some()),
            ("correlation", self.correlation.is_some()),
            ("pairs", !self.pairs.is_empty()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((field, _)) => Err(self.refuse(field, why)),
            None => Ok(()),
        }
    }
}

/// The equity premium of the market's first asset: exactly one of the three.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct PremiumSpec {
    /// The same number at all times, per year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Finite")]
    pub constant: Option<Finite>,
    /// This number times the spot variance, per year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Finite")]
    pub per_variance: Option<Finite>,
    /// One number a regime, per year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Named<Finite>")]
    pub per_regime: Option<Named<Finite>>,
}

/// One asset.
#[derive(Clone, Debug)]
pub(super) struct Asset {
    pub(super) spot: f64,
    pub(super) crash: f64,
    pub(super) kind: Kind,
}

/// How an asset's variance is made.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// s^2 v with leverage, under the square-root variance.
    Shared { multiple: f64, leverage: f64, day: PriceStep },
    /// s^2 theta of the regime.
    Level { multiple: f64 },
    /// A constant of its own.
    Own { variance: f64 },
}

impl Asset {
    /// The checked asset.
    pub(super) fn new(traits: &AssetTraits, law: &Law) -> Result<Self, Refusal> {
        let multiple = traits.volatility.unwrap_or(1.0);
        let leverage = traits.leverage.unwrap_or(0.0);
        let kind = match (traits.own_variance, law.variance) {
            (Some(variance), _) => {
                if traits.volatility.is_some() {
                    return Err(
                        traits.refuse("volatility", "an asset with its own variance has no multiple of the common one")
                    );
                }
                if leverage != 0.0 {
                    return Err(traits.refuse(
                        "leverage",
                        "an asset with its own variance has leverage 0: the shock is the common variance's",
                    ));
                }
                Kind::Own { variance }
            }
            (None, Variance::Constant) => {
                if leverage != 0.0 {
                    return Err(traits
                        .refuse("leverage", "this market's variance has no shock of its own, so leverage must be 0"));
                }
                Kind::Level { multiple }
            }
            (None, Variance::SquareRoot { reversion, vol_of_vol }) => {
                if !(leverage.abs() < 1.0) {
                    return Err(
                        traits.refuse("leverage", format!("is {leverage}, must be between -1 and 1, both exclusive"))
                    );
                }
                Kind::Shared { multiple, leverage, day: PriceStep::new(reversion, vol_of_vol, multiple, leverage, DAY) }
            }
        };
        Ok(Self { spot: traits.spot.unwrap_or(100.0), crash: traits.crash.unwrap_or(1.0), kind })
    }
}
