//! VIX futures: a contract month, a constant maturity or a basket of months, kept up by a little trading each day.
//!
//! Contracts expire every 21 trading days from the first evaluated one on, at the VIX. `month: m` holds the m-th contract
//! to expire and moves on when the first does; from the second month on the old contract is sold then. `maturity: n` holds the two contracts around n days in the shares whose mean
//! maturity is n, and each day sells a twenty-first of the nearer for the farther, as the S&P 500 VIX futures indices do;
//! what selling pays in half-spreads and fees is a cost of the position, long or short. `basket: { from: a, to: b }` holds the
//! months from a to b: each in full but the first, which is sold day by day for the last (S&P Dow Jones Indices, "S&P VIX
//! Futures Indices Methodology": 1 to 2 is the short-term index and the same as `maturity: 21`, 4 to 7 the mid-term one).
//! The price is the market's own: E[VIX at expiry].

use super::prices::{STEP, State};
use super::{
    BuildsInstrument, Instrument, Mark, MarkRows, Needs, Quotes, Schedule, Setting, Size, Turnover, VEGA_LOT,
    model_only,
};
use crate::grid::TimeGrid;
use crate::lanes::{Mask, Row, WIDTH};
use crate::market::Factor;
use crate::shelf::{Described, Refusal};
use crate::units::{ContractMonth, PositiveCount};
use garde::Validate;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A VIX future; exactly one of `month`, `maturity` and `basket`.
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
    /// Several contract months.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Basket")]
    pub basket: Option<Basket>,
}

/// Contract months in equal shares, the first of which runs off into the last.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Basket {
    /// First month.
    #[garde(dive)]
    pub from: ContractMonth,
    /// Last month, after the first; at most 9.
    #[garde(dive)]
    pub to: ContractMonth,
}

impl Described for Spec {
    const HELP: &'static str = "a VIX future by contract month or constant maturity, or a basket of months";
    const SPECIMEN: &'static str = "{ month: 1 }";
}

/// Trading days between two expiries.
const MONTH: usize = 21;

/// Farthest constant maturity: eleven months.
const MOST_DAYS: u64 = 231;

/// Last month of a basket.
const LAST_MONTH: u64 = 9;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Position {
    Month(usize),
    Maturity(usize),
    Basket { from: usize, to: usize },
}

impl Spec {
    fn position(&self) -> Result<Position, Refusal> {
        match (self.month, self.maturity, &self.basket) {
            (Some(month), None, None) => Ok(Position::Month(month.get() as usize)),
            (None, Some(days), None) if (MONTH as u64..=MOST_DAYS).contains(&days.get()) => {
                Ok(Position::Maturity(days.get() as usize))
            }
            (None, Some(days), None) => {
                Err(Refusal::new("maturity", format!("is {}, must be from {MONTH} to {MOST_DAYS} days", days.get())))
            }
            (None, None, Some(Basket { from, to })) if from < to && to.get() <= LAST_MONTH => {
                Ok(Position::Basket { from: from.get() as usize, to: to.get() as usize })
            }
            (None, None, Some(Basket { from, to })) => Err(Refusal::new(
                "basket",
                format!(
                    "is from {} to {}, must be from a month to a later one, at most {LAST_MONTH}",
                    from.get(),
                    to.get()
                ),
            )),
            _ => Err(Refusal::new("", "give exactly one of `month`, `maturity` and `basket`")),
        }
    }
}

/// How many futures a multiplier of 1 holds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Worth {
    /// So much a point, currency.
    Dollars(f64),
    /// Worth so much, currency, day by day.
    Notional(f64),
}

impl Worth {
    fn new(setting: &Setting<'_>) -> Result<Self, Refusal> {
        let capital = setting.portfolio.capital();
        match setting.size.only() {
            Some(Size::Vega(share)) => Ok(Self::Dollars(share * capital)),
            Some(Size::Notional(share)) => Ok(Self::Notional(share * capital)),
            _ => Err(Refusal::new("/size", "a VIX future is sized by vega or by what it is worth")
                .help("write `size: { vega_bp: 20 }` or `size: { notional: 0.25 }`")),
        }
    }
}

/// The level at which the turnover of a size by worth is counted, points.
const USUAL: f64 = 20.0;

struct Future {
    position: Position,
    size: Worth,
    costs: super::Costs,
    schedule: Schedule,
    /// Expiries of the front contract.
    expiries: Schedule,
    grid: TimeGrid,
}

impl BuildsInstrument for Spec {
    fn build(&self, setting: &Setting<'_>) -> Result<Box<dyn Instrument>, Refusal> {
        model_only(setting, "a VIX future")?;
        let position = self.position()?;
        let expiries = Schedule::every(MONTH, setting.grid);
        let schedule = match position {
            Position::Month(_) => expiries.clone(),
            Position::Maturity(_) | Position::Basket { .. } => Schedule::never(setting.grid),
        };
        Ok(Box::new(Future {
            position,
            size: Worth::new(setting)?,
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
            Position::Basket { to, .. } => to * MONTH,
        });
    }

    fn turnover(&self) -> Turnover {
        Turnover::Base(match self.size {
            Worth::Dollars(a_point) => a_point,
            Worth::Notional(notional) => notional / USUAL,
        })
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

/// What is held overnight, in `months` equal parts: contracts a month apart, of the nearest this share of a part, and of
/// the last what is missing to it.
#[derive(Clone, Copy)]
struct Held {
    /// Days to expiry of the nearest.
    left: usize,
    share: f64,
    months: usize,
}

impl Future {
    /// What is held after the close of a row, `front` days before the next expiry.
    fn held(&self, front: usize) -> Held {
        match self.position {
            Position::Month(month) => Held { left: front + (month - 1) * MONTH, share: 1.0, months: 1 },
            Position::Maturity(days) => {
                let left = front + (days - front) / MONTH * MONTH;
                Held { left, share: 1.0 - (days - left) as f64 / MONTH as f64, months: 1 }
            }
            Position::Basket { from, to } => Held {
                left: front + (from - 1) * MONTH,
                share: 1.0 - (MONTH - front) as f64 / MONTH as f64,
                months: to - from,
            },
        }
    }

    /// Price of what is held, `passed` days later.
    #[inline(always)]
    fn price(&self, see: &Quotes<'_>, held: Held, passed: usize, at: &State) -> (Row, Mask<WIDTH>) {
        let of = |month: usize| see.prices.future(held.left + month * MONTH - passed, at);
        let (near, beyond) = of(0);
        if held.share == 1.0 && held.months == 1 {
            return (near, beyond);
        }
        let mut sum = near * held.share;
        for month in 1..held.months {
            sum += of(month).0;
        }
        if held.share < 1.0 {
            sum += of(held.months).0 * (1.0 - held.share);
        }
        (sum / held.months as f64, beyond)
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
                Position::Maturity(_) | Position::Basket { .. } => 2.0 / (MONTH * held.months) as f64,
            };
            *out.at(Mark::Pnl, row) = price - start;
            *out.at(Mark::Upkeep, row) = (spread + future.fee()) * sold;
            if see.paths.has_surprises() {
                let more = future.price(see, held, 1, &was.with_more_variance()).0;
                let slope = (more - future.price(see, held, 1, &was).0) * (1.0 / STEP);
                let none = Row::splat(0.0);
                let [shock, jump] = see.surprise(row, 0, none, none, slope);
                *out.at(Mark::Shock, row) = shock;
                *out.at(Mark::Jump, row) = jump;
            }
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
            Some((left, price)) if held.share == 1.0 && held.months == 1 && held.left == left => price,
            _ => future.price(see, held, 0, &now).0,
        };
        *out.at(Mark::Price, row) = price;
        *out.at(Mark::Unit, row) = match future.size {
            Worth::Dollars(a_point) => Row::splat(a_point),
            Worth::Notional(notional) => Row::splat(notional) / price,
        };
        *out.at(Mark::Spread, row) = spread;
        before = Some((now, held, price));
    }
    out.held = edges;
}
