//! Regime switching as a scenario states it: rates or daily probabilities, and jumps of the price at a switch.

use super::premium::close_row;
use super::regimes::index_of;
use crate::grid::DAYS_PER_YEAR;
use crate::named::Named;
use crate::pricing::law::{self, Law};
use crate::shelf::Refusal;
use crate::units::{EventRate, Fraction, LogJump, LogJumpSd};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Regime switching; what is left is staying. Give exactly one of `per_year` and `daily`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["per_year"] }, { "required": ["daily"] }]))]
pub struct SwitchingSpec {
    /// Rates a year: from regime to regime.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Named<Named<EventRate>>")]
    pub per_year: Option<Named<Named<EventRate>>>,
    /// Probabilities a day: from regime to regime; a row sums to at most 1.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Named<Named<Fraction>>")]
    pub daily: Option<Named<Named<Fraction>>>,
    /// Log jumps of the price at a switch: from regime to regime (none if left out).
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Named<Named<SwitchJumpSpec>>")]
    pub jumps: Option<Named<Named<SwitchJumpSpec>>>,
}

/// A normal log jump at a switch, of which every asset takes its `crash` multiple. Mean and deviation 0 is no jump.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SwitchJumpSpec {
    /// Mean of the log jump.
    #[garde(dive)]
    pub mean: LogJump,
    /// Standard deviation of the log jump.
    #[garde(dive)]
    pub sd: LogJumpSd,
}

/// The rates of switching, per year.
pub(super) fn generator(names: &[String], switching: Option<&SwitchingSpec>) -> Result<Vec<Vec<f64>>, Refusal> {
    let n = names.len();
    let mut generator = vec![vec![0.0; n]; n];
    let Some(switching) = switching else {
        if n > 1 {
            return Err(Refusal::new("regimes", "several regimes need `switching`"));
        }
        return Ok(generator);
    };
    let (rows, key, daily) = match (&switching.per_year, &switching.daily) {
        (Some(rows), None) => (plain(rows, EventRate::get), "switching.per_year", false),
        (None, Some(rows)) => (plain(rows, Fraction::get), "switching.daily", true),
        _ => {
            return Err(Refusal::new("switching", "give exactly one of `per_year` and `daily`"));
        }
    };
    for (from, row) in rows.iter() {
        let field = format!("{key}.{from}");
        let i = index_of(from, names, &field)?;
        for (to, rate) in row.iter() {
            let j = index_of(to, names, &format!("{field}.{to}"))?;
            if i == j && !daily {
                return Err(Refusal::new(format!("{field}.{to}"), "staying is what is left; leave it out"));
            }
            generator[i][j] = *rate;
        }
        if daily {
            to_rates(&mut generator[i], i, &field)?;
        }
        close_row(&mut generator[i], i);
        EventRate::new(-generator[i][i])
            .map_err(|message| Refusal::new(field, format!("the rate of leaving {message}")))?;
    }
    Ok(generator)
}

/// The log jumps at switches, `[from][to]`. Each needs a switch that happens.
pub(super) fn jumps(
    names: &[String],
    switching: Option<&SwitchingSpec>,
    generator: &[Vec<f64>],
) -> Result<Vec<Vec<law::LogJump>>, Refusal> {
    let mut jumps = Law::no_switch_jumps(names.len());
    for (from, row) in switching.and_then(|switching| switching.jumps.as_ref()).iter().flat_map(|rows| rows.iter()) {
        let field = format!("switching.jumps.{from}");
        let i = index_of(from, names, &field)?;
        for (to, jump) in row.iter() {
            let field = format!("{field}.{to}");
            let j = index_of(to, names, &field)?;
            if i == j {
                return Err(Refusal::new(field, format!("staying in `{from}` is no switch and cannot jump"))
                    .help("a jump without a switch is a `crash` of the regime"));
            }
            if !(generator[i][j] > 0.0) {
                return Err(Refusal::new(field, format!("`{from}` never switches to `{to}`: the rate is 0"))
                    .help("leave the jump out, or give the switch a rate"));
            }
            jumps[i][j] = law::LogJump { mean: jump.mean.get(), sd: jump.sd.get() };
        }
    }
    Ok(jumps)
}

/// The numbers of both kinds of switching.
fn plain<T: Copy>(rows: &Named<Named<T>>, number: fn(T) -> f64) -> Named<Named<f64>> {
    let row = |row: &Named<T>| row.iter().map(|(to, x)| (to.clone(), number(*x))).collect();
    rows.iter().map(|(from, to)| (from.clone(), row(to))).collect()
}

/// Daily probabilities into rates a year with the same daily probability of leaving.
fn to_rates(row: &mut [f64], stay: usize, field: &str) -> Result<(), Refusal> {
    let stated = row[stay];
    let leaving: f64 = row.iter().enumerate().filter(|(j, _)| *j != stay).map(|(_, p)| p).sum();
    if !(leaving < 1.0) {
        return Err(Refusal::new(
            field,
            format!("the daily probabilities of leaving sum to {leaving}, must be below 1"),
        ));
    }
    if stated > 0.0 && !((stated + leaving - 1.0).abs() <= 1e-9) {
        return Err(Refusal::new(field, format!("the row sums to {}, expected 1", stated + leaving))
            .help("leave the probability of staying out: it is what is left"));
    }
    let scale = if leaving > 0.0 { -libm::log1p(-leaving) * DAYS_PER_YEAR / leaving } else { 0.0 };
    for rate in row.iter_mut() {
        *rate *= scale;
    }
    Ok(())
}
