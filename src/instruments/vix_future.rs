//! VIX futures: a contract month, or a constant maturity kept up by a little trading each day.
//!
//! Contracts expire every 21 trading days from the first evaluated one on, at the VIX. `month: m` holds the m-th contract
//! to expire and moves on when the first does; from the second month on the old contract is sold then. `maturity: n` holds the two contracts around n days in the shares whose mean
//! maturity is n, and each day sells a twenty-first of the nearer for the farther, as the S&P 500 VIX futures indices do;
//! what selling pays in half-spreads and fees is a cost of the position, long or short. The price is the market's own: E[VIX at expiry].

use super::prices::State;
use super::{
    BuildsInstrument, Instrument, Mark, MarkRows, Needs, Quotes, Schedule, Setting, Turnover, VEGA_LOT, model_only,
    vega_base,
};
use crate::grid::TimeGrid;
use crate::lanes::{Mask, Row};
use crate::market::Factor;
use crate::shelf::{Described, Refusal};
use crate::units::{ContractMonth, PositiveCount};
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A VIX future; exactly one of `month` and `maturity`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Spec {
    /// Which contract: 1 is the next to expire.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ContractMonth")]
    pub month: Option<ContractMonth>,
    /// Constant maturity in trading days, 21 to 231.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PositiveCount")]
    pub maturity: Option<PositiveCount>,
}

impl Described for Spec {
    const HELP: &'static str = "a VIX future by contract month or constant maturity";
    const SPECIMEN: &'static str = "{ month: 1 }";
}

/// Trading days between two expiries.
const MONTH: usize = 21;

/// Farthest constant maturity: eleven months.
const MOST_DAYS: u64 = 231;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Position {
    Month(usize),
    Maturity(usize),
}

struct Future {
    position: Position,
    base: f64,
    costs: super::Costs,
    schedule: Schedule,
    /// Expiries of the front contract.
    expiries: Schedule,
    grid: TimeGrid,
}

impl BuildsInstrument for Spec {
    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        model_only(setting, "a VIX future")?;
        let position = match (self.month, self.maturity) {
            (Some(month), None) => Position::Month(month.get() as usize),
            (None, Some(days)) if (MONTH as u64..=MOST_DAYS).contains(&days.get()) => {
                Position::Maturity(days.get() as usize)
            }
            (None, Some(days)) => {
                return Err(Refusal::new(
                    "maturity",
                    format!("is {}, must be from {MONTH} to {MOST_DAYS} days", days.get()),
                ));
            }
            _ => return Err(Refusal::new("", "give exactly one of `month` and `maturity`")),
        };
        let expiries = Schedule::every(MONTH, setting.grid);
        let schedule = match position {
            Position::Month(_) => expiries.clone(),
            Position::Maturity(_) => Schedule::never(setting.grid),
        };
        Ok(Box::new(Future {
            position,
            base: vega_base(setting)?,
            costs: setting.costs,
            schedule,
            expiries,
            grid: setting.grid,
        }))
    }
}

impl Instrument for Future {
    fn mark(&self, see: &Quotes<'_>, out: &mut MarkRows) {
        out.roll_by(&self.schedule);
        mark(self, see, out);
    }

    fn needs(&self, needs: &mut Needs) {
        needs.futures(match self.position {
            Position::Month(month) => month * MONTH,
            Position::Maturity(days) => days + MONTH,
        });
    }

    fn turnover(&self) -> Turnover {
        Turnover::Base(self.base)
    }

    fn fee(&self) -> f64 {
        self.costs.fee_per_unit(VEGA_LOT)
    }

    fn span_days(&self) -> usize {
        MONTH
    }

    fn has_upkeep(&self) -> bool {
        self.position != Position::Month(1)
    }
}

/// What is held overnight: days to expiry of the nearer contract, and its share; the rest is in the next one.
#[derive(Clone, Copy)]
struct Held {
    left: usize,
    share: f64,
}

impl Future {
    /// What is held after the close of a row, `front` days before the next expiry.
    fn held(&self, front: usize) -> Held {
        match self.position {
            Position::Month(month) => Held { left: front + (month - 1) * MONTH, share: 1.0 },
            Position::Maturity(days) => {
                let left = front + (days - front) / MONTH * MONTH;
                Held { left, share: 1.0 - (days - left) as f64 / MONTH as f64 }
            }
        }
    }

    /// Price of what is held, `passed` days later.
    #[inline(always)]
    fn price(&self, see: &Quotes<'_>, held: Held, passed: usize, at: &State) -> (Row, Mask<8>) {
        let (near, beyond) = see.prices.future(held.left - passed, at);
        if held.share == 1.0 {
            return (near, beyond);
        }
        let (far, _) = see.prices.future(held.left + MONTH - passed, at);
        (near * held.share + far * (1.0 - held.share), beyond)
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn mark(future: &Future, see: &Quotes<'_>, out: &mut MarkRows) {
    let vix = see.paths.rows(Factor::Vix);
    let mut before: Option<(State, Held, Row)> = None;
    let mut edges = Row::splat(0.0);
    for row in future.grid.first()..future.grid.rows() {
        let now = see.state(row);
        let front = future.expiries.days_left(row);
        let spread = future.costs.spread(vix[row], Row::splat(1.0), Row::splat(0.0));
        let mut end = None;
        if let Some((was, held, start)) = before {
            let (price, beyond) = future.price(see, held, 1, &now);
            edges += beyond.as_number();
            let sold = match future.position {
                // What has not expired at a roll is sold.
                Position::Month(month) => f64::from(u8::from(month > 1 && future.schedule.rolls_at(row))),
                // A share is sold and bought again farther out.
                Position::Maturity(_) => 2.0 / MONTH as f64,
            };
            *out.at(Mark::Pnl, row) = price - start;
            *out.at(Mark::Upkeep, row) = (spread + future.fee()) * sold;
            if see.parts {
                let (frozen, _) = future.price(see, held, 1, &was);
                let (stayed, _) = future.price(see, held, 1, &now.with_regime_of(&was));
                *out.at(Mark::Theta, row) = frozen - start;
                *out.at(Mark::Vega, row) = stayed - frozen;
                *out.at(Mark::Regime, row) = price - stayed;
            }
            end = Some((held.left - 1, price));
        }
        let held = future.held(front);
        let price = match end {
            // The same contract, one day on.
            Some((left, price)) if held.share == 1.0 && held.left == left => price,
            _ => future.price(see, held, 0, &now).0,
        };
        *out.at(Mark::Price, row) = price;
        *out.at(Mark::Unit, row) = Row::splat(future.base);
        *out.at(Mark::Spread, row) = spread;
        before = Some((now, held, price));
    }
    out.held = edges;
}
