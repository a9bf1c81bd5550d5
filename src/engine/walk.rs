//! One rule through one tile of days: look, decide, trade, be paid.
//!
//! The order of a day: what was held since yesterday is marked; if it is the first day, a roll or a trigger, the multiplier
//! becomes the target of yesterday's information; the change is traded at today's close and pays its cost.

use crate::grid::{DAYS_PER_YEAR, TimeGrid};
use crate::instruments::{Instrument, Mark, MarkRows, PARTS, Turnover};
use crate::lanes::{Mask, Row, WIDTH};
use crate::metrics::tally::LegTile;
use crate::rules::{Band, Edges, Leg, MOST_WATCHES, Memory, Rule, Trigger};

/// Days of a tile.
pub(super) const TILE: usize = 32;

/// What one leg remembers on eight paths.
#[derive(Clone, Copy, Debug, Default)]
struct LegState {
    trigger: Memory,
    edges: Edges,
    multiplier: Row,
    contracts: Row,
    /// Of this year's budget.
    spent: Row,
    /// In this tile, under a budget.
    paid: Row,
}

/// A rule under way on eight paths.
pub(super) struct Walker<'a> {
    /// Its legs, one after the other.
    pub(super) legs: Vec<Walking<'a>>,
    placebo: bool,
}

/// A leg under way.
pub(super) struct Walking<'a> {
    /// The leg.
    pub(super) leg: &'a Leg,
    instrument: &'a dyn Instrument,
    band: Option<Band>,
    turnover: Turnover,
    state: LegState,
}

/// The rows of one tile that a leg fills.
pub(super) struct Buffers {
    /// Multiplier after each close.
    pub(super) held: [Row; TILE],
    /// Contracts after each close.
    pub(super) contracts: [Row; TILE],
    /// Contracts traded at each close.
    pub(super) traded: [Row; TILE],
    /// 1 on events.
    pub(super) events: [Row; TILE],
    target: [Row; TILE],
    spare: [Row; TILE],
}

impl Buffers {
    pub(super) fn new() -> Self {
        let rows = [Row::splat(0.0); TILE];
        Self { held: rows, contracts: rows, traded: rows, events: rows, target: rows, spare: rows }
    }
}

/// What a tile of days offers to every rule.
pub(super) struct Offer<'a> {
    pub(super) grid: TimeGrid,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) capital: f64,
    pub(super) marks: &'a [MarkRows],
    pub(super) signals: &'a [Vec<Row>],
}

impl Offer<'_> {
    /// Days of the tile.
    pub(super) const fn days(&self) -> usize {
        self.end - self.start
    }

    /// A signal as it was `lag` days before each day of the tile: later rows are absent.
    #[inline(always)]
    fn information(&self, slot: usize, lag: usize) -> &[Row] {
        &self.signals[slot][self.start - lag..self.end - lag]
    }
}

/// How often a leg acted in a tile.
#[derive(Clone, Copy)]
pub(super) struct Activity {
    /// Contracts held before the tile.
    pub(super) before: Row,
    /// Events.
    pub(super) events: Row,
    /// Trades that changed something.
    pub(super) trades: Row,
    /// Premium and trading cost paid under a budget.
    pub(super) paid: Row,
}

impl<'a> Walker<'a> {
    pub(super) fn new(rule: &'a Rule, instruments: &'a [Box<dyn Instrument>], placebo: bool) -> Self {
        let legs = rule
            .legs
            .iter()
            .map(|leg| {
                let instrument = instruments[leg.instrument].as_ref();
                let band = leg.trigger.band();
                Walking { leg, instrument, band, turnover: instrument.turnover(), state: LegState::default() }
            })
            .collect();
        Self { legs, placebo }
    }

    /// Ready for the next eight paths.
    pub(super) fn clear(&mut self) {
        for walking in &mut self.legs {
            walking.state = LegState::default();
        }
    }

    /// Walks one leg through the tile.
    #[inline(always)]
    pub(super) fn walk(&mut self, leg: usize, offer: &Offer<'_>, out: &mut Buffers) -> Activity {
        let placebo = self.placebo;
        let walking = &mut self.legs[leg];
        walking.decide(offer, out);
        let trigger: &'a Trigger = &walking.leg.trigger;
        let watched = |i: usize| match trigger.watches().get(i) {
            Some(watch) => offer.information(watch.signal, walking.leg.lag),
            None => &[],
        };
        // One match per rule and tile; each arm is its own loop over days.
        match walking.band {
            _ if trigger.is_daily() => walking.guarded(offer, out, placebo, &Always),
            Some(band) if trigger.watches().is_empty() => walking.guarded(offer, out, placebo, &OnCalendar(band)),
            Some(band) => walking.guarded(offer, out, placebo, &OnBand { band, rows: watched(0) }),
            None => {
                let guard = OnAny { trigger, rows: std::array::from_fn(watched) };
                walking.guarded(offer, out, placebo, &guard)
            }
        }
    }
}

/// Decides on which days a leg may change.
trait Guard {
    /// Above zero where the leg may change.
    fn urge(&self, state: &LegState, day: usize) -> Row;
    fn remember(&self, state: &mut LegState, event: Mask<WIDTH>, day: usize);
}

/// Every day.
struct Always;

impl Guard for Always {
    #[inline(always)]
    fn urge(&self, _: &LegState, _: usize) -> Row {
        Row::splat(1.0)
    }
    #[inline(always)]
    fn remember(&self, _: &mut LegState, _: Mask<WIDTH>, _: usize) {}
}

/// Every so many days.
struct OnCalendar(Band);

impl Guard for OnCalendar {
    #[inline(always)]
    fn urge(&self, state: &LegState, _: usize) -> Row {
        self.0.urge(&state.edges, Row::splat(0.0))
    }
    #[inline(always)]
    fn remember(&self, state: &mut LegState, event: Mask<WIDTH>, _: usize) {
        self.0.remember(&mut state.edges, event, Row::splat(0.0));
    }
}

/// When one signal leaves its band, or after so many days.
struct OnBand<'a> {
    band: Band,
    rows: &'a [Row],
}

impl Guard for OnBand<'_> {
    #[inline(always)]
    fn urge(&self, state: &LegState, day: usize) -> Row {
        self.band.urge(&state.edges, self.rows[day])
    }
    #[inline(always)]
    fn remember(&self, state: &mut LegState, event: Mask<WIDTH>, day: usize) {
        self.band.remember(&mut state.edges, event, self.rows[day]);
    }
}

/// Any of several conditions on several signals.
struct OnAny<'a> {
    trigger: &'a Trigger,
    rows: [&'a [Row]; MOST_WATCHES],
}

impl Guard for OnAny<'_> {
    #[inline(always)]
    fn urge(&self, state: &LegState, day: usize) -> Row {
        self.trigger.fires(&state.trigger, |watch| self.rows[watch][day]).as_number()
    }
    #[inline(always)]
    fn remember(&self, state: &mut LegState, event: Mask<WIDTH>, day: usize) {
        self.trigger.remember(&mut state.trigger, event, |watch| self.rows[watch][day]);
    }
}

impl Walking<'_> {
    /// Targets of the tile from the information of `lag` days before.
    #[inline(always)]
    fn decide(&self, offer: &Offer<'_>, out: &mut Buffers) {
        let days = offer.days();
        let information = |slot: usize| offer.information(slot, self.leg.lag);
        self.leg.targets(information, &mut out.spare[..days], &mut out.target[..days]);
    }

    #[inline(always)]
    fn guarded(&mut self, offer: &Offer<'_>, out: &mut Buffers, placebo: bool, guard: &impl Guard) -> Activity {
        match (placebo, self.leg.limits.remembers()) {
            (false, false) => self.trade::<false, false>(offer, out, guard),
            (false, true) => self.trade::<false, true>(offer, out, guard),
            (true, false) => self.trade::<true, false>(offer, out, guard),
            (true, true) => self.trade::<true, true>(offer, out, guard),
        }
    }

    /// The days of the tile, one after the other. Without branches in a day, so that masks stay in vector registers.
    #[inline(always)]
    fn trade<const PLACEBO: bool, const BOUNDED: bool>(
        &mut self,
        offer: &Offer<'_>,
        out: &mut Buffers,
        guard: &impl Guard,
    ) -> Activity {
        let days = offer.days();
        let marks = &offer.marks[self.leg.instrument];
        let unit = &marks.rows(Mark::Unit)[offer.start..offer.end];
        let rolls = &marks.rows(Mark::Roll)[offer.start..offer.end];
        let mut state = self.state;
        state.paid = Row::splat(0.0);
        let (mut events, mut trades) = (Row::splat(0.0), Row::splat(0.0));
        for i in 0..days.min(TILE) {
            let first = f64::from(u8::from(offer.start + i == offer.grid.first()));
            let forced = rolls[i].max(Row::splat(first));
            let event = forced.max(guard.urge(&state, i)).gt(Row::splat(0.0));
            let mut multiplier = event.select(out.target[i], state.multiplier);
            if BOUNDED {
                let purse = Purse {
                    leg: self.leg,
                    instrument: self.instrument,
                    offer,
                    marks,
                    row: offer.start + i,
                    rolls: rolls[i],
                };
                multiplier = purse.bound(multiplier, event, &mut state);
            }
            guard.remember(&mut state, event, i);
            state.multiplier = multiplier;
            let held = if PLACEBO { next_path(multiplier) } else { multiplier };
            let contracts = held * unit[i];
            // At a roll the old contracts are gone (what selling them cost is upkeep) and the new ones are bought in full.
            let kept = state.contracts * (Row::splat(1.0) - rolls[i]);
            let traded = (contracts - kept).abs();
            let event = event.as_number();
            events += event;
            trades += traded.gt(Row::splat(0.0)).as_number();
            out.held[i] = held;
            out.contracts[i] = contracts;
            out.traded[i] = traded;
            out.events[i] = event;
            state.contracts = contracts;
        }
        let before = self.state.contracts;
        self.state = state;
        Activity { before, events, trades, paid: state.paid }
    }

    /// What the tally books of this tile.
    #[inline(always)]
    pub(super) fn leg_tile<'t>(&self, offer: &Offer<'t>, buffers: &'t Buffers, before: Row) -> LegTile<'t> {
        let marks = &offer.marks[self.leg.instrument];
        let column = |mark: Mark| &marks.rows(mark)[offer.start..offer.end];
        let (per_premium, per_contract) = match self.turnover {
            Turnover::Premium => (1.0 / offer.capital, 0.0),
            Turnover::Base(base) => (0.0, 1.0 / base),
        };
        LegTile {
            before,
            contracts: &buffers.contracts,
            traded: &buffers.traded,
            pnl: column(Mark::Pnl),
            price: column(Mark::Price),
            spread: column(Mark::Spread),
            parts: PARTS.map(column),
            surprises: [Mark::Shock, Mark::Jump].map(column),
            upkeep: self.instrument.has_upkeep().then(|| column(Mark::Upkeep)),
            fee: self.instrument.fee(),
            per_premium,
            per_contract,
        }
    }
}

/// Paths that are each other's neighbours, by their numbers: eight, also where more are simulated together. With fewer
/// lanes than that the neighbour is not at hand, and a placebo is another one.
const NEIGHBOURS: usize = if WIDTH < 8 { WIDTH } else { 8 };

/// The multipliers of the neighbouring path: persistence and trading are real, the information is not.
#[inline(always)]
fn next_path(row: Row) -> Row {
    let mut out = row;
    for lane in 0..WIDTH {
        out.0[lane] = row.0[lane / NEIGHBOURS * NEIGHBOURS + (lane + 1) % NEIGHBOURS];
    }
    out
}

/// Bounds that depend on what was held or paid before.
struct Purse<'a> {
    leg: &'a Leg,
    instrument: &'a dyn Instrument,
    offer: &'a Offer<'a>,
    marks: &'a MarkRows,
    row: usize,
    rolls: Row,
}

impl Purse<'_> {
    /// The multiplier after the largest daily change and the yearly budget. The budget is earned pro rata over the year of
    /// 252 days, ahead by the days that a premium pays for; purchases are cut to what is left, sales refund nothing.
    #[inline(always)]
    fn bound(&self, wanted: Row, event: Mask<WIDTH>, state: &mut LegState) -> Row {
        let limits = &self.leg.limits;
        let mut multiplier = wanted;
        if limits.max_change.is_finite() && self.row != self.offer.grid.first() {
            let (low, high) = (state.multiplier - Row::splat(limits.max_change), state.multiplier + limits.max_change);
            multiplier = event.select(multiplier.max(low).min(high), state.multiplier);
        }
        if limits.budget.is_finite() {
            multiplier = self.afford(multiplier, state);
        }
        multiplier
    }

    #[inline(always)]
    fn afford(&self, wanted: Row, state: &mut LegState) -> Row {
        let day = (self.row - self.offer.grid.first()) % DAYS_PER_YEAR as usize;
        if day == 0 {
            state.spent = Row::splat(0.0);
        }
        let at = |mark: Mark| self.marks.rows(mark)[self.row];
        let upkeep = state.contracts.abs() * at(Mark::Upkeep);
        let paid_ahead = self.instrument.premium_days();
        let earned_days = (day + paid_ahead.max(1)) as f64;
        let earned = self.leg.limits.budget * self.offer.capital * (earned_days / DAYS_PER_YEAR).min(1.0);
        state.spent += upkeep;
        let left = (Row::splat(earned) - state.spent).max(Row::splat(0.0));
        // What brings money when it is bought spends none of the budget, and earns none.
        let premium = if paid_ahead > 0 { at(Mark::Price).max(Row::splat(0.0)) } else { Row::splat(0.0) };
        let cost = at(Mark::Spread) + self.instrument.fee();
        let each = ((premium + cost) * at(Mark::Unit)).max(Row::splat(1e-300));
        let kept = state.multiplier * (Row::splat(1.0) - self.rolls);
        let multiplier = wanted.min(kept + left / each);
        let change = multiplier - kept;
        let bought = change.max(Row::splat(0.0)) * premium;
        let traded = (bought + change.abs() * cost) * at(Mark::Unit);
        state.spent += traded;
        state.paid += upkeep + traded;
        multiplier
    }
}
