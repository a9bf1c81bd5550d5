//! Tables of options on the VIX as bytes.

use super::{Axis, Day, VixSurface};
use crate::pricing::packed::{Packed, Table, Unpacking};

impl Table for VixSurface {
    const KIND: &'static str = "options on the VIX";

    fn pack(&self, out: &mut Packed) {
        let Self { regimes, least_strike, days, discrete } = self;
        out.count(*regimes);
        out.number(*least_strike);
        // No regime has no VIX: an empty list is none.
        out.numbers(discrete.as_deref().unwrap_or_default());
        out.count(days.len());
        for Day { strikes, variances, coefficients, futures, chances } in days {
            for Axis { nodes, per_node } in [strikes, variances] {
                out.count(*nodes);
                out.number(*per_node);
            }
            out.short_numbers(coefficients);
            out.numbers(futures);
            out.numbers(chances);
        }
    }

    fn unpack(from: &mut Unpacking<'_>) -> Option<Self> {
        let (regimes, least_strike) = (from.count()?, from.number()?);
        let discrete = Some(from.numbers()?).filter(|roots| !roots.is_empty());
        let days = (0..from.count()?).map(|_| day(from, regimes)).collect::<Option<_>>()?;
        let fits = regimes > 0 && discrete.as_ref().is_none_or(|roots| roots.len() == regimes);
        fits.then_some(Self { regimes, least_strike, days, discrete })
    }
}

/// One maturity, with as many numbers as a look-up indexes.
fn day(from: &mut Unpacking<'_>, regimes: usize) -> Option<Day> {
    let (strikes, variances) = (axis(from)?, axis(from)?);
    let (coefficients, futures, chances) = (from.short_numbers()?, from.numbers()?, from.numbers()?);
    let table = strikes.coefficients().checked_mul(variances.coefficients())?;
    let fits = table.checked_mul(2 * regimes)? == coefficients.len()
        && variances.coefficients() * regimes == futures.len()
        && regimes * regimes == chances.len();
    fits.then_some(Day { strikes, variances, coefficients, futures, chances })
}

fn axis(from: &mut Unpacking<'_>) -> Option<Axis> {
    let (nodes, per_node) = (from.count()?, from.number()?);
    // Four billion nodes are no table; no sum of them overflows.
    (1..1 << 32).contains(&nodes).then_some(Axis { nodes, per_node })
}
