//! Sums over the days of a tile that are taken in one pass: each statistic sees a day once, while it stands in registers.

use crate::lanes::{Mask, Row, WIDTH};

/// One day of a rule.
#[derive(Clone, Copy)]
pub struct Day {
    /// Return of the portfolio.
    pub portfolio: Row,
    /// Net P&L of the hedge, share of capital.
    pub net: Row,
    /// Both together.
    pub total: Row,
}

/// What the only leg of a rule did on a day.
#[derive(Clone, Copy)]
pub struct Trade {
    /// P&L before trading costs.
    pub mark: Row,
    /// Half-spreads paid for trading.
    pub cost: Row,
    /// Paid for holding.
    pub paid: Row,
    /// Contracts traded.
    pub traded: Row,
    /// Premium traded.
    pub premium: Row,
    /// Where it was free to change.
    pub event: Mask<WIDTH>,
    /// Multiplier after the close.
    pub multiplier: Row,
}

/// Something that is summed day by day.
pub trait Pass {
    /// Is what was held and bought read again after the pass? Only then it is written down.
    const LEAVES_ROWS: bool = true;

    /// Takes a day.
    fn day(&mut self, day: &Day);

    /// Takes what the leg did on it, where a leg is walked and measured at once.
    #[inline(always)]
    fn trade(&mut self, _: &Trade) {}
}

impl<A: Pass, B: Pass> Pass for (A, B) {
    #[inline(always)]
    fn day(&mut self, day: &Day) {
        self.0.day(day);
        self.1.day(day);
    }

    #[inline(always)]
    fn trade(&mut self, trade: &Trade) {
        self.0.trade(trade);
        self.1.trade(trade);
    }
}

/// Takes all days of a tile.
#[inline(always)]
pub fn over(pass: &mut impl Pass, portfolio: &[Row], net: &[Row]) {
    let portfolio = &portfolio[..net.len()];
    for i in 0..net.len() {
        pass.day(&Day { portfolio: portfolio[i], net: net[i], total: portfolio[i] + net[i] });
    }
}

/// Goes on with the cumulated net P&L of a rule: `levels` is where it stands after each close, and the last is given back.
#[inline(always)]
pub fn cumulate(since: Row, net: &[Row], levels: &mut [Row]) -> Row {
    let levels = &mut levels[..net.len()];
    let mut sum = since;
    for i in 0..net.len() {
        sum += net[i];
        levels[i] = sum;
    }
    sum
}

/// First and second moments of the returns.
#[derive(Default)]
pub(super) struct Moments {
    pub(super) sum: Row,
    pub(super) squares: Row,
}

impl Pass for Moments {
    #[inline(always)]
    fn day(&mut self, day: &Day) {
        self.sum += day.total;
        self.squares += day.total * day.total;
    }
}

/// The hedge's own second moment, and its product with the portfolio.
#[derive(Default)]
pub(super) struct HedgeMoments {
    pub(super) squares: Row,
    pub(super) products: Row,
}

impl Pass for HedgeMoments {
    #[inline(always)]
    fn day(&mut self, day: &Day) {
        self.squares += day.net * day.net;
        self.products += day.net * day.portfolio;
    }
}

/// Drawdown of cumulated returns.
pub(super) struct Additive {
    /// Below the peak, zero or negative.
    pub(super) below: Row,
    /// The lowest in this tile.
    pub(super) lowest: Row,
}

impl Pass for Additive {
    #[inline(always)]
    fn day(&mut self, day: &Day) {
        self.below = (self.below + day.total).min(Row::splat(0.0));
        self.lowest = self.lowest.min(self.below);
    }
}

/// Compounded drawdown. The level over its running maximum is followed: no division.
pub(super) struct Compounded {
    /// Share of the peak, at most 1.
    pub(super) of_peak: Row,
    /// The lowest in this tile.
    pub(super) lowest: Row,
}

impl Pass for Compounded {
    #[inline(always)]
    fn day(&mut self, day: &Day) {
        self.of_peak = (self.of_peak * (day.total + 1.0)).min(Row::splat(1.0));
        self.lowest = self.lowest.min(self.of_peak);
    }
}

/// Compounded drawdown, growth and time under water.
pub(super) struct Water {
    pub(super) drawdown: Compounded,
    pub(super) growth: Row,
    pub(super) run: Row,
    pub(super) longest: Row,
}

impl Pass for Water {
    #[inline(always)]
    fn day(&mut self, day: &Day) {
        self.growth *= day.total + 1.0;
        self.drawdown.day(day);
        self.run = self.drawdown.of_peak.lt(Row::splat(1.0)).keep(self.run + 1.0);
        self.longest = self.longest.max(self.run);
    }
}

/// What a twin is compared by: moments and compounded drawdown.
pub struct Twin {
    pub(super) moments: Moments,
    pub(super) drawdown: Compounded,
}

impl Pass for Twin {
    const LEAVES_ROWS: bool = false;

    #[inline(always)]
    fn day(&mut self, day: &Day) {
        self.moments.day(day);
        self.drawdown.day(day);
    }
}
