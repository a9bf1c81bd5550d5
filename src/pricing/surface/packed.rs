//! Tables of option prices as bytes.

use super::{STRIKES, Sheet, Surface};
use crate::pricing::packed::{Packed, Table, Unpacking};

impl Table for Surface {
    const KIND: &'static str = "options";

    fn pack(&self, out: &mut Packed) {
        let Self { regimes, sheets, columns, coefficients } = self;
        out.count(*regimes);
        out.count(*columns);
        out.count(sheets.len());
        for Sheet { least, slope, low, per_node, jumps } in sheets {
            for number in [least, slope, low, per_node, jumps] {
                out.number(*number);
            }
        }
        out.short_numbers(coefficients);
    }

    fn unpack(from: &mut Unpacking<'_>) -> Option<Self> {
        let (regimes, columns) = (from.count()?, from.count()?);
        let sheets = (0..from.count()?).map(|_| sheet(from)).collect::<Option<Vec<Sheet>>>()?;
        let coefficients = from.short_numbers()?;
        // What a look-up indexes by.
        let each = columns.checked_mul(2 * 2 * (STRIKES + 2))?;
        let whole = regimes > 0 && sheets.len().is_multiple_of(regimes) && columns >= 4;
        let fits = sheets.len().checked_mul(each)? == coefficients.len();
        (whole && fits).then_some(Self { regimes, sheets, columns, coefficients })
    }
}

fn sheet(from: &mut Unpacking<'_>) -> Option<Sheet> {
    let mut next = || from.number();
    Some(Sheet { least: next()?, slope: next()?, low: next()?, per_node: next()?, jumps: next()? })
}
