//! The instruments of a scenario: each name with the slots of its rungs.

use super::raw;
use super::resolve::{Refusals, place};
use super::rules::Desk;
use crate::grid::TimeGrid;
use crate::instruments::{Instrument, Setting};
use crate::market::Market;
use crate::portfolio::Portfolio;
use crate::shelf::Refusal;
use std::ops::Range;

/// The instruments by slot, and for each name the slots of its rungs.
#[derive(Default)]
pub(super) struct Hedges {
    pub(super) instruments: Vec<Box<dyn Instrument>>,
    pub(super) names: Vec<String>,
    pub(super) rungs: Vec<(String, Range<usize>)>,
}

/// Builds every rung of every instrument; `desk` collects the signals that decide terms of contracts.
pub(super) fn instruments(
    raw: &raw::Scenario,
    market: &dyn Market,
    grid: TimeGrid,
    portfolio: &Portfolio,
    desk: &mut Desk<'_>,
    refusals: &mut Refusals,
) -> Hedges {
    let mut hedges = Hedges::default();
    for (name, spec) in raw.instruments.iter() {
        let Some(kind) = spec.only() else { continue };
        let rungs = kind.rungs();
        // Known by its name even where it is refused: rules that hold it are not to blame.
        hedges.rungs.push((name.clone(), hedges.instruments.len()..hedges.instruments.len() + rungs));
        let dials =
            kind.dials().into_iter().map(|(field, written)| desk.dial(field, written)).collect::<Result<Vec<_>, _>>();
        let dials = match dials {
            Ok(dials) => dials,
            Err(refusal) => {
                place(refusals, &format!("instruments.{name}.{}", spec.name()), refusal);
                continue;
            }
        };
        for rung in 0..rungs {
            hedges.names.push(if rungs == 1 { name.clone() } else { format!("{name}[{}]", rung + 1) });
            let setting = Setting {
                facts: market.facts(),
                grid,
                portfolio,
                size: spec.size.unwrap_or_default(),
                costs: spec.cost.unwrap_or_default().costs(),
                rung,
                dials: &dials,
            };
            let path = format!("instruments.{name}");
            match kind.build(&setting) {
                Ok(instrument) => hedges.instruments.push(instrument),
                // `/size` of an instrument stands beside its kind.
                Err(refusal) if refusal.field.starts_with('/') => {
                    let field = refusal.field.trim_start_matches('/').to_owned();
                    let field = if spec.size.is_some() { field } else { String::new() };
                    refusals.push((path, Refusal { field, ..refusal }));
                    break;
                }
                Err(refusal) => {
                    refusals.push((format!("{path}.{}", spec.name()), refusal));
                    break;
                }
            }
        }
    }
    hedges
}
