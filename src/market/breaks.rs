//! Structural breaks as a scenario states them: only what changes is said, the rest keeps what it was.

use super::regimes::{CrashSpec, RegimeSpec, index_of};
use super::switching::{SwitchJumpSpec, SwitchingSpec};
use crate::grid::Span;
use crate::named::Named;
use crate::shelf::Refusal;
use crate::units::{self, Correlation, EventRate, LogJump, LogJumpSd, Positive, VarianceJump, Volatility};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A structural break: from a day on, for good. `P` is the premia of the market.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct BreakSpec<P>
where
    P: Validate<Context = ()>,
{
    /// Length of time after the first evaluated day.
    #[garde(skip)]
    pub after: Span,
    /// Do prices know of it? (default: at once)
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PricedSpec")]
    pub priced: Option<PricedSpec>,
    /// What changes in some of the regimes, by name.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Named<RegimeChange>")]
    pub regimes: Option<Named<RegimeChange>>,
    /// Rates and jumps that change, in the unit of the market's own (0: it does not happen any more).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SwitchingSpec")]
    pub switching: Option<SwitchingSpec>,
    /// Premia that change.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "P")]
    pub premium: Option<P>,
}

/// Whether prices know of a break.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PricedSpec {
    /// From the close of its day on, prices are those of the new law.
    #[default]
    AtOnce,
    /// Prices go on believing what they believed.
    Never,
    /// The weight of the new belief is 1 - 2^(-t / n), t days after the break; n is stated.
    HalfLife(Positive),
}

impl Validate for PricedSpec {
    type Context = ();
    fn validate_into(&self, (): &(), parent: &mut dyn FnMut() -> garde::Path, report: &mut garde::Report) {
        if let Self::HalfLife(days) = self {
            days.validate_into(&(), &mut || parent().join("half_life"), report);
        }
    }
}

/// What changes in a regime.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RegimeChange {
    /// Long-run variance a year, decimal (this or `volatility`).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "units::Variance")]
    pub variance: Option<units::Variance>,
    /// Long-run volatility, decimal per root year (this or `variance`).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Volatility")]
    pub volatility: Option<Volatility>,
    /// Volatility that prices believe, decimal per root year; only where the variance is constant in a regime.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Volatility")]
    pub priced_volatility: Option<Volatility>,
    /// What changes in its crashes.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "CrashChange")]
    pub crash: Option<CrashChange>,
    /// Correlation of any two assets.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Correlation")]
    pub correlation: Option<Correlation>,
}

/// What changes in the crashes of a regime.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CrashChange {
    /// Expected number a year.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "EventRate")]
    pub per_year: Option<EventRate>,
    /// Mean of the log jump.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LogJump")]
    pub mean: Option<LogJump>,
    /// Standard deviation of the log jump.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LogJumpSd")]
    pub sd: Option<LogJumpSd>,
    /// Mean of the exponential jump of the variance, decimal a year.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "VarianceJump")]
    pub variance_jump: Option<VarianceJump>,
}

/// Premia of which some may be stated anew.
pub(super) trait Restated: Sized {
    /// These where they are stated, `earlier` ones elsewhere.
    fn over(&self, earlier: &Self) -> Self;
    /// Is there a response to the variance?
    fn responds(&self) -> bool;
}

/// The part of a market that a break may change.
#[derive(Clone, Debug)]
pub(super) struct Stated<P> {
    pub(super) regimes: Named<RegimeSpec>,
    pub(super) switching: Option<SwitchingSpec>,
    pub(super) premium: P,
}

/// Makes a plan of the market at each break; `plan` makes one of what is stated then.
pub(super) fn plans<P, T>(
    breaks: &[BreakSpec<P>],
    mut stated: Stated<P>,
    plan: impl Fn(&Stated<P>) -> Result<T, Refusal>,
) -> Result<Vec<(usize, PricedSpec, T)>, Refusal>
where
    P: Restated + Validate<Context = ()>,
{
    let mut list: Vec<(usize, PricedSpec, T)> = Vec::new();
    if !breaks.is_empty() && stated.premium.responds() {
        return Err(Refusal::new(
            "premium.response",
            "premia that respond to the variance and a break of the law (`then`) \
            each mix beliefs of their own, and prices can mix only one way",
        )
        .help("leave one of them out"));
    }
    for (i, change) in breaks.iter().enumerate() {
        let within = |refusal: Refusal| refusal.within(&format!("then[{i}]"));
        let day = change.after.days();
        if let Some((before, ..)) = list.last().filter(|(before, ..)| day <= *before) {
            return Err(within(
                Refusal::new("after", format!("is day {day}, but the break before it comes on day {before}"))
                    .help("list the breaks in order of time"),
            ));
        }
        if change.premium.as_ref().is_some_and(Restated::responds) {
            return Err(within(Refusal::new("premium.response", "premia cannot begin to respond at a break")));
        }
        stated = restate(change, stated).map_err(within)?;
        list.push((day, change.priced.unwrap_or_default(), plan(&stated).map_err(within)?));
    }
    Ok(list)
}

/// What is stated from a break on.
fn restate<P>(change: &BreakSpec<P>, mut now: Stated<P>) -> Result<Stated<P>, Refusal>
where
    P: Restated + Validate<Context = ()>,
{
    if let Some(new) = &change.regimes {
        now.regimes = regimes(new, &now.regimes)?;
    }
    if let Some(new) = &change.switching {
        now.switching = Some(match &now.switching {
            Some(was) => switching(new, was)?,
            None => new.clone(),
        });
    }
    if let Some(new) = &change.premium {
        now.premium = new.over(&now.premium);
    }
    Ok(now)
}

fn regimes(new: &Named<RegimeChange>, was: &Named<RegimeSpec>) -> Result<Named<RegimeSpec>, Refusal> {
    for (name, _) in new.iter() {
        index_of(name, &was.names(), &format!("regimes.{name}"))?;
    }
    was.iter()
        .map(|(name, regime)| {
            let regime = new.get(name).map_or_else(|| Ok(regime.clone()), |change| change.over(regime));
            Ok((name.clone(), regime.map_err(|refusal| refusal.within(&format!("regimes.{name}")))?))
        })
        .collect::<Result<Vec<_>, Refusal>>()
        .map(|list| list.into_iter().collect())
}

impl RegimeChange {
    fn over(&self, was: &RegimeSpec) -> Result<RegimeSpec, Refusal> {
        let restated = self.variance.is_some() || self.volatility.is_some();
        Ok(RegimeSpec {
            variance: if restated { self.variance } else { was.variance },
            volatility: if restated { self.volatility } else { was.volatility },
            priced_volatility: self.priced_volatility.or(was.priced_volatility),
            crash: match self.crash {
                None => was.crash,
                Some(change) => Some(change.over(was.crash)?),
            },
            correlation: self.correlation.or(was.correlation),
        })
    }
}

impl CrashChange {
    fn over(&self, was: Option<CrashSpec>) -> Result<CrashSpec, Refusal> {
        let missing = |field: &str| {
            Refusal::new(
                "crash",
                format!("`{field}` is missing: this regime had no crashes before, so all of them is to be said"),
            )
        };
        Ok(CrashSpec {
            per_year: self.per_year.or(was.map(|c| c.per_year)).ok_or_else(|| missing("per_year"))?,
            mean: self.mean.or(was.map(|c| c.mean)).ok_or_else(|| missing("mean"))?,
            sd: self.sd.or(was.map(|c| c.sd)).ok_or_else(|| missing("sd"))?,
            variance_jump: self.variance_jump.or(was.and_then(|c| c.variance_jump)),
        })
    }
}

fn switching(new: &SwitchingSpec, was: &SwitchingSpec) -> Result<SwitchingSpec, Refusal> {
    for (field, stated, other) in [
        ("per_year", new.per_year.is_some(), was.per_year.is_none()),
        ("daily", new.daily.is_some(), was.daily.is_none()),
    ] {
        if stated && other {
            return Err(Refusal::new(
                format!("switching.{field}"),
                "the market states its switching in the other unit",
            )
            .help("a break changes single rates, so it needs the unit of the market's own"));
        }
    }
    Ok(SwitchingSpec {
        per_year: rows::<EventRate>(new.per_year.as_ref(), was.per_year.as_ref()),
        daily: rows::<units::Fraction>(new.daily.as_ref(), was.daily.as_ref()),
        jumps: rows::<SwitchJumpSpec>(new.jumps.as_ref(), was.jumps.as_ref()),
    })
}

/// Rows of `was` with the entries of `new` in their place.
fn rows<T: Copy>(new: Option<&Named<Named<T>>>, was: Option<&Named<Named<T>>>) -> Option<Named<Named<T>>> {
    let (Some(new), Some(was)) = (new, was) else { return new.or(was).cloned() };
    Some(merged(new, was, |new, was| merged(new, was, |new, _| *new)))
}

/// Entries of `was`, each by `both` where `new` has it too, and then those that only `new` has.
fn merged<T: Clone>(new: &Named<T>, was: &Named<T>, both: impl Fn(&T, &T) -> T) -> Named<T> {
    let kept =
        was.iter().map(|(name, old)| (name.clone(), new.get(name).map_or_else(|| old.clone(), |new| both(new, old))));
    let added = new.iter().filter(|(name, _)| was.get(name).is_none()).map(|(name, x)| (name.clone(), x.clone()));
    kept.chain(added).collect()
}
