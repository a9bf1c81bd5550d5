//! What a choice among tuned rules maximises, and the sums over days that every objective is a function of.
//!
//! Months are stretches of 21 days. On the raw Sharpe ratio the least hedge always wins (a hedge costs), so that the default
//! sets each rule beside the fixed hedge that loses the same money.

use super::measure::TAIL;
use crate::grid::DAYS_PER_YEAR;
use crate::units::{NonNegative, Positive};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Days of a month.
pub const MONTH: usize = 21;

/// Months of a year.
pub const MONTHS_PER_YEAR: f64 = DAYS_PER_YEAR / MONTH as f64;

/// Largest multiple of the fixed hedge that is set beside a rule.
pub const MOST_SIZE: f64 = 4.0;

/// What a choice maximises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema, Validate)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Objective {
    /// Expected shortfall of the portfolio's monthly P&L, against the fixed hedge that loses the same money. Where the fixed
    /// hedge earned money there is nothing to match: it is held at size 1; its size is at most 4.
    #[default]
    EsAtEqualMoney,
    /// Sharpe ratio of portfolio and hedge.
    Sharpe,
    /// Least money lost.
    Cost,
    /// HER, counted to 21 days after the trough and at most to the end of the crash.
    HerPlus21,
    /// Least money lost plus gamma times the squared losses of the portfolio's months, both a year.
    SquaredShortfall {
        /// Weight of the squares.
        #[garde(dive)]
        gamma: NonNegative,
    },
    /// Certainty equivalent of the portfolio's monthly P&L under exponential utility, a year.
    Utility {
        /// Absolute risk aversion, per unit of capital.
        #[garde(dive)]
        risk_aversion: Positive,
    },
}

impl Objective {
    /// Name, as in a scenario.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EsAtEqualMoney => "es_at_equal_money",
            Self::Sharpe => "sharpe",
            Self::Cost => "cost",
            Self::HerPlus21 => "her_plus21",
            Self::SquaredShortfall { .. } => "squared_shortfall",
            Self::Utility { .. } => "utility",
        }
    }

    /// Unit of its value.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::EsAtEqualMoney => "share of capital in 21 days",
            Self::Sharpe => "per root year",
            Self::HerPlus21 => "share of the portfolio's loss",
            Self::Cost | Self::SquaredShortfall { .. } | Self::Utility { .. } => "share of capital a year",
        }
    }

    /// Times this number it reads well, in this unit.
    pub const fn shown(self) -> (f64, &'static str) {
        match self {
            Self::EsAtEqualMoney => (100.0, "% of capital in 21 days"),
            Self::Sharpe | Self::HerPlus21 => (1.0, self.unit()),
            Self::Cost | Self::SquaredShortfall { .. } | Self::Utility { .. } => (1e4, "bp of capital a year"),
        }
    }

    /// What to know of values on short histories.
    pub const fn caution(self) -> &'static str {
        match self {
            Self::EsAtEqualMoney => {
                " Where the fixed hedge earned money in a history nothing can be matched, and it is held at size 1; its size is at most 4."
            }
            _ => "",
        }
    }

    /// From the sums over some days, and the sum over `months` whole months of what is additive over them.
    pub(super) fn of_sums(self, sums: &Sums, additive: f64, months: usize) -> f64 {
        let a_month = additive / months as f64;
        let years = sums.days / DAYS_PER_YEAR;
        match self {
            Self::EsAtEqualMoney => f64::NAN,
            Self::Sharpe => sums.sharpe(),
            Self::Cost => sums.net / years,
            Self::HerPlus21 => sums.gain / sums.loss,
            Self::SquaredShortfall { gamma } => sums.net / years - gamma.get() * a_month * MONTHS_PER_YEAR,
            Self::Utility { risk_aversion: a } => -libm::log(a_month) / a.get() * MONTHS_PER_YEAR,
        }
    }

    /// What a month's P&L of portfolio and hedge adds to the additive part.
    #[inline(always)]
    pub(super) fn of_month(self, total: f64) -> f64 {
        match self {
            Self::SquaredShortfall { .. } => total.min(0.0).powi(2),
            Self::Utility { risk_aversion } => libm::exp(-risk_aversion.get() * total),
            _ => 0.0,
        }
    }
}

/// Sums of one rule over some days of one path, or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    /// Days.
    pub days: f64,
    /// Hedge P&L net of cost, share of capital.
    pub net: f64,
    /// Excess returns of portfolio and hedge.
    pub returns: f64,
    /// Their squares.
    pub squares: f64,
    /// Hedge gain in crashes that are over, counted to 21 days after the trough and at most to their end.
    pub gain: f64,
    /// Portfolio loss in crashes.
    pub loss: f64,
    /// Multipliers, day by day.
    pub multiplier: f64,
}

impl std::ops::AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.days += other.days;
        self.net += other.net;
        self.returns += other.returns;
        self.squares += other.squares;
        self.gain += other.gain;
        self.loss += other.loss;
        self.multiplier += other.multiplier;
    }
}

impl Sums {
    /// Annualised Sharpe ratio of portfolio and hedge.
    pub fn sharpe(&self) -> f64 {
        let mean = self.returns / self.days;
        mean / ((self.squares - self.days * mean * mean) / (self.days - 1.0)).sqrt() * DAYS_PER_YEAR.sqrt()
    }

    /// Money lost, bp of capital a year.
    pub fn cost_bp(&self) -> f64 {
        -self.net / self.days * DAYS_PER_YEAR * 1e4
    }

    /// HER, counted to 21 days after the trough and at most to the end of the crash; not finite without a crash.
    pub fn her(&self) -> f64 {
        self.gain / self.loss
    }
}

/// Multiple of the fixed hedge that loses what the rule loses; 1 where the fixed hedge lost nothing.
#[inline(always)]
pub(super) fn equal_money(net: f64, fixed: f64) -> f64 {
    if fixed < 0.0 { (net / fixed).clamp(0.0, MOST_SIZE) } else { 1.0 }
}

/// One rule over some days: its sums, and its months.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// Sums of all days.
    pub sums: Sums,
    /// Portfolio return and hedge P&L of each month.
    pub monthly: Vec<(f64, f64)>,
}

impl Stream {
    /// Goes on with other days.
    pub fn add(&mut self, other: &Self) {
        self.sums += other.sums;
        self.monthly.extend_from_slice(&other.monthly);
    }

    /// Pays a trade on the first day. Its part in the squares is of second order and left out.
    pub fn charge(&mut self, cost: f64) {
        self.sums.net -= cost;
        self.sums.returns -= cost;
        if let Some((_, hedge)) = self.monthly.first_mut() {
            *hedge -= cost;
        }
    }

    /// Larger is better; `fixed` is the fixed hedge on the same days.
    pub fn value(&self, objective: Objective, fixed: &Self) -> f64 {
        if objective == Objective::EsAtEqualMoney {
            let size = equal_money(self.sums.net, fixed.sums.net);
            return self.shortfall(1.0) - fixed.shortfall(size);
        }
        let additive = self.monthly.iter().map(|(portfolio, hedge)| objective.of_month(portfolio + hedge)).sum();
        objective.of_sums(&self.sums, additive, self.monthly.len())
    }

    /// Mean of the worst 5 % of months with `size` times the hedge, the last one counted in part.
    fn shortfall(&self, size: f64) -> f64 {
        let mut totals: Vec<f64> = self.monthly.iter().map(|(portfolio, hedge)| portfolio + size * hedge).collect();
        let tail = TAIL * totals.len() as f64;
        let count = tail.ceil() as usize;
        if count < totals.len() {
            totals.select_nth_unstable_by(count, f64::total_cmp);
            totals.truncate(count);
        }
        totals.sort_unstable_by(f64::total_cmp);
        weighted(totals.iter().copied(), tail)
    }
}

/// Mean of the first `tail` of ascending numbers, the last one counted in part.
#[inline(always)]
pub(super) fn weighted(ascending: impl Iterator<Item = f64>, tail: f64) -> f64 {
    let (mut left, mut sum) = (tail, 0.0);
    for value in ascending {
        let part = left.min(1.0);
        sum += part * value;
        left -= part;
        if !(left > 0.0) {
            break;
        }
    }
    sum / tail
}
