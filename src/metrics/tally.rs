//! Sums of one rule on eight paths. Everything is a share of capital; every metric of a path follows from its tally.

use super::booked::{Booked, LegTile};
use super::passes::{Additive, Compounded, HedgeMoments, Moments, Twin, Water, over};
use super::review::ReviewBlock;
use super::windows::{Boundary, Reading, Wanted, WindowBlock};
use crate::grid::DAYS_PER_YEAR;
use crate::lanes::Row;

/// Columns of a tally. Money is a share of capital.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Column {
    /// P&L of the hedge before trading costs.
    Mark,
    /// Half-spreads paid.
    Spread,
    /// Of these, paid for holding: for keeping a maturity, hedging a delta, selling what has not expired.
    Upkeep,
    /// Fees paid.
    Fee,
    /// Attribution: delta.
    Delta,
    /// Attribution: gamma.
    Gamma,
    /// Attribution: vega.
    Vega,
    /// Attribution: theta.
    Theta,
    /// Attribution: switches of the regime.
    Regime,
    /// Attribution: financing.
    Financing,
    /// Net P&L inside windows, to the trough.
    GainTrough,
    /// To five days after.
    GainPlus5,
    /// To 21 days after.
    GainPlus21,
    /// To the end of the episode.
    GainRecovery,
    /// To the trough, crashes of at most 5 days.
    GainFlash,
    /// To the trough, crashes of 6 to 21 days.
    GainFast,
    /// To the trough, slower crashes.
    GainGrind,
    /// Sum of daily excess returns of portfolio and hedge.
    Returns,
    /// Sum of their squares.
    Squares,
    /// Sum of squares of the hedge's daily net P&L.
    HedgeSquares,
    /// Sum of products of the hedge's and the portfolio's daily P&L.
    Products,
    /// Compounded index at the end (1 at the start).
    Growth,
    /// Largest compounded drawdown, a positive decimal.
    Drawdown,
    /// Largest additive drawdown of cumulated returns, a positive decimal.
    DrawdownAdditive,
    /// Longest time under water, days.
    UnderWater,
    /// Sum of multipliers over days that earned a P&L (all but the last).
    Multipliers,
    /// Largest multiplier.
    MultiplierMax,
    /// Smallest multiplier.
    MultiplierMin,
    /// Turnover: premium as a share of capital, or quantity over its base.
    Turnover,
    /// Rebalance events.
    Events,
    /// Trades that changed something.
    Trades,
    /// Premium and trading cost paid under a budget.
    Paid,
    /// Largest net P&L inside one window, to the trough.
    BestWindow,
    /// Months whose net P&L is positive.
    MonthsWon,
    /// Smallest return of portfolio and hedge in a month.
    MonthWorst,
    /// Net P&L in months that hold a day of a crash.
    GainMonths,
}

/// Number of columns.
pub const COLUMNS: usize = 36;

/// All columns with the names under which they are stored.
pub const NAMES: [(Column, &str); COLUMNS] = [
    (Column::Mark, "gross_mark_pnl"),
    (Column::Spread, "spread"),
    (Column::Upkeep, "upkeep"),
    (Column::Fee, "fee"),
    (Column::Delta, "delta"),
    (Column::Gamma, "gamma"),
    (Column::Vega, "vega"),
    (Column::Theta, "theta"),
    (Column::Regime, "regime"),
    (Column::Financing, "financing"),
    (Column::GainTrough, "gain_trough"),
    (Column::GainPlus5, "gain_plus5"),
    (Column::GainPlus21, "gain_plus21"),
    (Column::GainRecovery, "gain_recovery"),
    (Column::GainFlash, "gain_flash"),
    (Column::GainFast, "gain_fast"),
    (Column::GainGrind, "gain_grind"),
    (Column::Returns, "sum_returns"),
    (Column::Squares, "sum_squared_returns"),
    (Column::HedgeSquares, "sum_squared_hedge"),
    (Column::Products, "sum_hedge_times_portfolio"),
    (Column::Growth, "growth"),
    (Column::Drawdown, "max_drawdown"),
    (Column::DrawdownAdditive, "max_drawdown_additive"),
    (Column::UnderWater, "days_under_water"),
    (Column::Multipliers, "sum_multiplier"),
    (Column::MultiplierMax, "max_multiplier"),
    (Column::MultiplierMin, "min_multiplier"),
    (Column::Turnover, "turnover"),
    (Column::Events, "rebalance_events"),
    (Column::Trades, "trades"),
    (Column::Paid, "paid_under_budget"),
    (Column::BestWindow, "best_window_gain"),
    (Column::MonthsWon, "months_won"),
    (Column::MonthWorst, "worst_month"),
    (Column::GainMonths, "gain_crash_months"),
];

/// Columns that add up over days.
const ADDITIVE: [Column; 21] = [
    Column::Mark,
    Column::Spread,
    Column::Upkeep,
    Column::Fee,
    Column::Delta,
    Column::Gamma,
    Column::Vega,
    Column::Theta,
    Column::Regime,
    Column::Financing,
    Column::Returns,
    Column::Squares,
    Column::HedgeSquares,
    Column::Products,
    Column::Multipliers,
    Column::Turnover,
    Column::Events,
    Column::Trades,
    Column::Paid,
    Column::MonthsWon,
    Column::GainMonths,
];

/// Columns that are known at the end of a path alone, and whose mean is asked for.
const WHOLE: [Column; 6] = [
    Column::Drawdown,
    Column::DrawdownAdditive,
    Column::UnderWater,
    Column::MultiplierMax,
    Column::MultiplierMin,
    Column::MonthWorst,
];

/// Sums of one rule on eight paths.
#[derive(Clone, Debug)]
pub struct Tally {
    columns: [Row; COLUMNS],
    years: Vec<Row>,
    /// Net P&L by regime.
    regimes: Vec<Row>,
    below_peak: Row,
    below_sum: Row,
    run: Row,
    /// Cumulated P&L at the peak of the window that is open, at the end of the last month and of the last spell.
    at_peak: Row,
    at_month: Row,
    at_spell: Row,
    surprises: [Row; 2],
}

/// Where a tile of days stands in its path.
#[derive(Clone, Copy)]
pub struct Place {
    /// First row of the tile.
    pub start: usize,
    /// First evaluated row.
    pub first: usize,
    /// Last row of the path.
    pub last: usize,
}

impl Tally {
    /// An empty tally for so many years and regimes.
    pub fn new(years: usize, regimes: usize) -> Self {
        let mut tally = Self {
            columns: [Row::default(); COLUMNS],
            years: vec![Row::default(); years],
            regimes: vec![Row::default(); regimes],
            below_peak: Row::default(),
            below_sum: Row::default(),
            run: Row::default(),
            at_peak: Row::default(),
            at_month: Row::default(),
            at_spell: Row::default(),
            surprises: [Row::default(); 2],
        };
        tally.clear();
        tally
    }

    /// Ready for the next eight paths.
    pub fn clear(&mut self) {
        self.columns = [Row::splat(0.0); COLUMNS];
        self.years.fill(Row::splat(0.0));
        self.regimes.fill(Row::splat(0.0));
        self.columns[Column::Growth as usize] = Row::splat(1.0);
        self.columns[Column::MultiplierMax as usize] = Row::splat(f64::NEG_INFINITY);
        self.columns[Column::MultiplierMin as usize] = Row::splat(f64::INFINITY);
        self.columns[Column::MonthWorst as usize] = Row::splat(f64::INFINITY);
        self.below_peak = Row::splat(1.0);
        self.below_sum = Row::splat(0.0);
        self.run = Row::splat(0.0);
        (self.at_month, self.at_spell) = (Row::splat(0.0), Row::splat(0.0));
        self.surprises = [Row::splat(0.0); 2];
    }

    /// Everything that adds up over days counts times this weight since it stood at `before`; years keep their weights apart.
    pub fn weigh_since(&mut self, before: &Self, weight: Row) {
        for column in ADDITIVE {
            let (now, was) = (&mut self.columns[column as usize], before.columns[column as usize]);
            *now = was + (*now - was) * weight;
        }
        for (now, was) in self.regimes.iter_mut().zip(&before.regimes) {
            *now = *was + (*now - *was) * weight;
        }
    }

    /// What belongs to the whole path counts times this weight.
    pub fn weigh_whole(&mut self, weight: Row) {
        for column in WHOLE {
            self.columns[column as usize] *= weight;
        }
    }

    /// A column.
    pub fn column(&self, column: Column) -> &Row {
        &self.columns[column as usize]
    }

    /// All columns, in order.
    pub fn columns(&self) -> &[Row] {
        &self.columns
    }

    /// Return of portfolio and hedge in each year.
    pub fn years(&self) -> &[Row] {
        &self.years
    }

    /// Net P&L on the days that began in each regime.
    pub fn regimes(&self) -> &[Row] {
        &self.regimes
    }

    /// Adds what one leg earned, paid and traded in a tile.
    #[inline(always)]
    pub fn add_booked(&mut self, leg: &LegTile<'_>, booked: &Booked, per_capital: f64) {
        let mut spreads = booked.spreads;
        if leg.upkeep.is_some() {
            spreads += booked.upkeep;
            self.columns[Column::Upkeep as usize] += booked.upkeep * per_capital;
        }
        self.columns[Column::Mark as usize] += booked.marks * per_capital;
        self.columns[Column::Spread as usize] += spreads * per_capital;
        self.columns[Column::Fee as usize] += booked.quantity * (leg.fee * per_capital);
        self.columns[Column::Turnover as usize] +=
            booked.premium * leg.per_premium + booked.quantity * leg.per_contract;
        self.columns[Column::Events as usize] += booked.events;
        self.columns[Column::Trades as usize] += booked.trades;
    }

    /// Attributes the P&L of one leg that held so many contracts before the first day and after each close.
    #[inline(always)]
    pub fn attribute(&mut self, before: Row, contracts: &[Row], parts: [&[Row]; 6], per_capital: f64) {
        let parts = parts.map(|part| &part[..contracts.len()]);
        let mut sums = [Row::splat(0.0); 6];
        let mut before = before;
        for i in 0..contracts.len() {
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum += before * part[i];
            }
            before = contracts[i];
        }
        for (column, sum) in self.columns[Column::Delta as usize..].iter_mut().zip(sums) {
            *column += sum * per_capital;
        }
    }

    /// Adds what the surprises of each day were to bring to one leg that held so many contracts before the first day and
    /// after each close.
    #[inline(always)]
    pub fn add_surprises(&mut self, before: Row, contracts: &[Row], surprises: [&[Row]; 2], per_capital: f64) {
        let rows = surprises.map(|rows| &rows[..contracts.len()]);
        let mut before = before;
        for i in 0..contracts.len() {
            for (sum, rows) in self.surprises.iter_mut().zip(rows) {
                *sum += before * rows[i] * per_capital;
            }
            before = contracts[i];
        }
    }

    /// What surprises were to bring, share of capital: of diffusive shocks, and of jumps.
    pub fn surprises(&self) -> &[Row; 2] {
        &self.surprises
    }

    /// Adds the returns of portfolio and hedge.
    #[inline(always)]
    pub fn add_returns(&mut self, place: Place, portfolio: &[Row], net: &[Row]) {
        let additive = Additive { below: self.below_sum, lowest: Row::splat(0.0) };
        let water = Water {
            drawdown: Compounded { of_peak: self.below_peak, lowest: Row::splat(1.0) },
            growth: self.columns[Column::Growth as usize],
            run: self.run,
            longest: self.columns[Column::UnderWater as usize],
        };
        let mut passes = ((Moments::default(), HedgeMoments::default()), (additive, water));
        over(&mut passes, portfolio, net);
        let ((moments, hedge), (additive, water)) = passes;
        self.add_moments(&moments);
        self.columns[Column::HedgeSquares as usize] += hedge.squares;
        self.columns[Column::Products as usize] += hedge.products;
        self.below_sum = additive.below;
        let worst = &mut self.columns[Column::DrawdownAdditive as usize];
        *worst = worst.max(-additive.lowest);
        self.add_drawdown(&water.drawdown);
        self.columns[Column::Growth as usize] = water.growth;
        self.columns[Column::UnderWater as usize] = water.longest;
        self.run = water.run;
        self.add_years(place, portfolio, net);
    }

    /// What takes the days that a twin is compared by, to be added with [`Tally::add_twin`].
    #[inline(always)]
    pub fn twin(&self) -> Twin {
        let drawdown = Compounded { of_peak: self.below_peak, lowest: Row::splat(1.0) };
        Twin { moments: Moments::default(), drawdown }
    }

    /// Adds what a twin is compared by.
    #[inline(always)]
    pub fn add_twin(&mut self, twin: &Twin) {
        self.add_moments(&twin.moments);
        self.add_drawdown(&twin.drawdown);
    }

    #[inline(always)]
    fn add_moments(&mut self, moments: &Moments) {
        self.columns[Column::Returns as usize] += moments.sum;
        self.columns[Column::Squares as usize] += moments.squares;
    }

    #[inline(always)]
    fn add_drawdown(&mut self, drawdown: &Compounded) {
        let worst = &mut self.columns[Column::Drawdown as usize];
        // The deepest is one less the lowest: rounding keeps their order.
        *worst = worst.max(Row::splat(1.0) - drawdown.lowest);
        self.below_peak = drawdown.of_peak;
    }

    /// Adds the returns of portfolio and hedge by year: stretches of one year inside the tile.
    #[inline(always)]
    pub fn add_years(&mut self, place: Place, portfolio: &[Row], net: &[Row]) {
        let mut i = 0;
        while i < net.len() {
            let year = (place.start + i - place.first) / DAYS_PER_YEAR as usize;
            let until = ((year + 1) * DAYS_PER_YEAR as usize + place.first - place.start).min(net.len());
            let mut sum = Row::splat(0.0);
            for (portfolio, net) in portfolio[i..until].iter().zip(&net[i..until]) {
                sum += *portfolio + *net;
            }
            if let Some(total) = self.years.get_mut(year) {
                *total += sum;
            }
            i = until;
        }
    }

    /// Adds the gains inside crash windows; `seen` learns the cumulated P&L at each boundary.
    #[inline(always)]
    pub fn add_windows(
        &mut self,
        place: Place,
        (windows, wanted): (&WindowBlock, Wanted),
        cumulated: &[Row],
        mut seen: impl FnMut(&Boundary, f64),
    ) {
        let from = Column::GainTrough as usize;
        debug_assert_eq!(Column::GainGrind as usize - from, Reading::Grind as usize);
        for boundary in windows.boundaries(wanted, place.start, place.start + cumulated.len()) {
            let value = boundary.sign * cumulated[boundary.row - place.start].0[boundary.lane];
            if boundary.reading <= Reading::Grind as usize {
                self.columns[from + boundary.reading].0[boundary.lane] += value;
            }
            if boundary.reading == Reading::Trough as usize {
                self.close_window(boundary, value);
            }
            seen(boundary, value);
        }
    }

    /// The largest gain of one window. Windows of a path follow each other: at a peak one begins, at a trough it ends.
    #[inline(always)]
    fn close_window(&mut self, boundary: &Boundary, value: f64) {
        let lane = boundary.lane;
        if boundary.sign < 0.0 {
            self.at_peak.0[lane] = -value;
        } else {
            let best = &mut self.columns[Column::BestWindow as usize].0[lane];
            *best = best.max(value - self.at_peak.0[lane]);
        }
    }

    /// Adds the months and the spells of each regime that end in the tile.
    #[inline(always)]
    pub fn add_review(&mut self, place: Place, review: &ReviewBlock, cumulated: &[Row]) {
        let end = place.start + cumulated.len();
        for (row, crash, portfolio) in review.months(place.start, end) {
            let now = cumulated[row - place.start];
            let net = now - self.at_month;
            self.at_month = now;
            self.columns[Column::MonthsWon as usize] += net.gt(Row::splat(0.0)).as_number();
            self.columns[Column::GainMonths as usize] += crash * net;
            let worst = &mut self.columns[Column::MonthWorst as usize];
            *worst = worst.min(portfolio + net);
        }
        for spell in review.spells(place.start, end) {
            let now = cumulated[spell.row - place.start].0[spell.lane];
            self.regimes[spell.regime].0[spell.lane] += now - self.at_spell.0[spell.lane];
            self.at_spell.0[spell.lane] = now;
        }
    }

    /// Adds what was paid under a budget, as a share of capital.
    #[inline(always)]
    pub fn add_paid(&mut self, paid: Row) {
        self.columns[Column::Paid as usize] += paid;
    }

    /// Adds what was held.
    #[inline(always)]
    pub fn add_multipliers(&mut self, place: Place, multiplier: &[Row]) {
        let mut sum = self.columns[Column::Multipliers as usize];
        let mut max = self.columns[Column::MultiplierMax as usize];
        let mut min = self.columns[Column::MultiplierMin as usize];
        // The multiplier of the last close earns nothing any more.
        let earning = multiplier.len().min(place.last - place.start);
        for multiplier in &multiplier[..earning] {
            sum += *multiplier;
            max = max.max(*multiplier);
            min = min.min(*multiplier);
        }
        self.columns[Column::Multipliers as usize] = sum;
        self.columns[Column::MultiplierMax as usize] = max;
        self.columns[Column::MultiplierMin as usize] = min;
    }
}
