//! One rule through one tile of days: look, decide, trade, be paid.
//!
//! The order of a day: what was held since yesterday is marked; if it is the first day, a roll or a trigger, the multiplier
//! becomes the target of yesterday's information; the change is traded at today's close and pays its cost.

use super::guard::{Always, Gate, Guard, OnAny, OnBand, OnCalendar, Pace};
use super::quick::pace_of;
use crate::grid::{DAYS_PER_YEAR, TimeGrid};
use crate::instruments::{Instrument, Mark, MarkRows, PARTS, Turnover};
use crate::lanes::{Mask, Row, WIDTH};
use crate::metrics::booked::LegTile;
use crate::rules::{Edges, Leg, Memory, Rule};

/// Days of a tile.
pub(super) const TILE: usize = 32;

/// What one leg remembers on eight paths.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LegState {
    pub(super) multiplier: Row,
    pub(super) contracts: Row,
    /// Of this year's budget.
    spent: Row,
    /// In this tile, under a budget.
    paid: Row,
}

/// A rule under way on eight paths.
pub(super) struct Walker<'a> {
    /// Its legs, one after the other.
    pub(super) legs: Vec<Walking<'a>>,
    pub(super) placebo: bool,
    /// How it goes in one pass over the days, if it can.
    pub(super) quick: Option<Pace>,
    /// Net P&L since the first day, share of capital.
    pub(super) cumulated: Row,
}

/// A leg under way.
pub(super) struct Walking<'a> {
    /// The leg.
    pub(super) leg: &'a Leg,
    instrument: &'a dyn Instrument,
    /// Its trigger, where that is simple.
    pub(super) pace: Option<Pace>,
    turnover: Turnover,
    fee: f64,
    pub(super) upkeep: bool,
    pub(super) state: LegState,
    /// What a band remembers.
    pub(super) edges: Edges,
    /// What other triggers remember.
    memory: Memory,
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
    pub(super) target: [Row; TILE],
    /// Net P&L since the first day, after each close.
    pub(super) levels: [Row; TILE],
    spare: [Row; TILE],
}

impl Buffers {
    pub(super) fn new() -> Self {
        let rows = [Row::splat(0.0); TILE];
        Self { held: rows, contracts: rows, traded: rows, events: rows, target: rows, levels: rows, spare: rows }
    }
}

/// What a tile of days offers to every rule.
pub(super) struct Offer<'a> {
    pub(super) grid: TimeGrid,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) capital: f64,
    pub(super) marks: &'a [MarkRows],
    pub(super) gates: &'a [Gate],
    pub(super) signals: &'a [Vec<Row>],
}

impl<'a> Offer<'a> {
    /// Days of the tile.
    pub(super) const fn days(&self) -> usize {
        self.end - self.start
    }

    /// A signal as it was `lag` days before each day of the tile: later rows are absent.
    #[inline(always)]
    pub(super) fn information(&self, slot: usize, lag: usize) -> &'a [Row] {
        &self.signals[slot][self.start - lag..self.end - lag]
    }

    /// Contracts of an instrument that a multiplier of 1 holds.
    #[inline(always)]
    pub(super) fn unit(&self, instrument: usize) -> &'a [Row] {
        &self.marks[instrument].rows(Mark::Unit)[self.start..self.end]
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
                Walking {
                    leg,
                    instrument,
                    pace: Pace::of(&leg.trigger),
                    turnover: instrument.turnover(),
                    fee: instrument.fee(),
                    upkeep: instrument.has_upkeep(),
                    state: LegState::default(),
                    edges: Edges::default(),
                    memory: Memory::default(),
                }
            })
            .collect::<Vec<_>>();
        let quick = pace_of(&legs, placebo);
        Self { legs, placebo, quick, cumulated: Row::splat(0.0) }
    }

    /// Ready for the next eight paths.
    pub(super) fn clear(&mut self) {
        self.cumulated = Row::splat(0.0);
        for walking in &mut self.legs {
            walking.state = LegState::default();
            (walking.edges, walking.memory) = (Edges::default(), Memory::default());
        }
    }

    /// Walks one leg through the tile.
    #[inline(always)]
    pub(super) fn walk(&mut self, leg: usize, offer: &Offer<'_>, out: &mut Buffers) -> Activity {
        let placebo = self.placebo;
        let walking = &mut self.legs[leg];
        walking.decide(offer, out);
        let trigger = &walking.leg.trigger;
        // One match per rule and tile; each arm is its own loop over days.
        match walking.pace {
            Some(Pace::Daily) => walking.guarded(offer, out, placebo, &mut Always),
            Some(Pace::Calendar(band)) => {
                let mut guard = OnCalendar { band, edges: walking.edges };
                let activity = walking.guarded(offer, out, placebo, &mut guard);
                walking.edges = guard.edges;
                activity
            }
            Some(Pace::Band(band)) => {
                let mut guard = OnBand { band, edges: walking.edges, rows: walking.watched(offer, 0) };
                let activity = walking.guarded(offer, out, placebo, &mut guard);
                walking.edges = guard.edges;
                activity
            }
            None => {
                let rows = std::array::from_fn(|i| walking.watched(offer, i));
                let mut guard = OnAny { trigger, memory: walking.memory, rows };
                let activity = walking.guarded(offer, out, placebo, &mut guard);
                walking.memory = guard.memory;
                activity
            }
        }
    }
}

impl<'a> Walking<'a> {
    /// Contracts that are held.
    pub(super) const fn contracts(&self) -> Row {
        self.state.contracts
    }

    /// Information on a signal that its trigger watches; nothing where it watches fewer.
    #[inline(always)]
    pub(super) fn watched<'t>(&self, offer: &Offer<'t>, watch: usize) -> &'t [Row] {
        match self.leg.trigger.watches().get(watch) {
            Some(watch) => offer.information(watch.signal, self.leg.lag),
            None => &[],
        }
    }

    /// Targets of the tile from the information of `lag` days before.
    #[inline(always)]
    pub(super) fn decide(&self, offer: &Offer<'_>, out: &mut Buffers) {
        let days = offer.days();
        let information = |slot: usize| offer.information(slot, self.leg.lag);
        self.leg.targets(information, &mut out.spare[..days], &mut out.target[..days]);
    }

    #[inline(always)]
    fn guarded(&mut self, offer: &Offer<'_>, out: &mut Buffers, placebo: bool, guard: &mut impl Guard) -> Activity {
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
        guard: &mut impl Guard,
    ) -> Activity {
        let days = offer.days();
        let (marks, gate) = (&offer.marks[self.leg.instrument], &offer.gates[self.leg.instrument]);
        let unit = offer.unit(self.leg.instrument);
        let mut state = self.state;
        state.paid = Row::splat(0.0);
        let (mut events, mut trades) = (Row::splat(0.0), Row::splat(0.0));
        for i in 0..days.min(TILE) {
            let event = guard.event(i, gate.reach[i]);
            let mut multiplier = event.select(out.target[i], state.multiplier);
            if BOUNDED {
                let purse = Purse {
                    leg: self.leg,
                    instrument: self.instrument,
                    offer,
                    marks,
                    row: offer.start + i,
                    stays: gate.stays[i],
                };
                multiplier = purse.bound(multiplier, event, &mut state);
            }
            state.multiplier = multiplier;
            let held = if PLACEBO { of_other_paths(multiplier) } else { multiplier };
            let contracts = held * unit[i];
            // At a roll the old contracts are gone (what selling them cost is upkeep) and the new ones are bought in full.
            let kept = state.contracts * gate.stays[i];
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

    /// What a contract earns and costs in this tile.
    #[inline(always)]
    pub(super) fn leg_tile<'t>(&self, offer: &Offer<'t>) -> LegTile<'t> {
        let marks = &offer.marks[self.leg.instrument];
        let column = |mark: Mark| &marks.rows(mark)[offer.start..offer.end];
        let (per_premium, per_contract) = match self.turnover {
            Turnover::Premium => (1.0 / offer.capital, 0.0),
            Turnover::Base(base) => (0.0, 1.0 / base),
        };
        LegTile {
            pnl: column(Mark::Pnl),
            price: column(Mark::Price),
            spread: column(Mark::Spread),
            upkeep: self.upkeep.then(|| column(Mark::Upkeep)),
            fee: self.fee,
            per_premium,
            per_contract,
        }
    }

    /// What shocks and jumps were to bring per contract in this tile.
    #[inline(always)]
    pub(super) fn surprises<'t>(&self, offer: &Offer<'t>) -> [&'t [Row]; 2] {
        [Mark::Shock, Mark::Jump].map(|part| &offer.marks[self.leg.instrument].rows(part)[offer.start..offer.end])
    }

    /// Parts of a contract's P&L in this tile.
    #[inline(always)]
    pub(super) fn parts<'t>(&self, offer: &Offer<'t>) -> [&'t [Row]; 6] {
        PARTS.map(|part| &offer.marks[self.leg.instrument].rows(part)[offer.start..offer.end])
    }
}

/// The multipliers of another path: persistence and trading are real, the information is not. Of four paths the first two and
/// the last two lend each other theirs, so that no path has those of its antithetic mirror.
#[inline(always)]
fn of_other_paths(row: Row) -> Row {
    let mut out = row;
    for lane in 0..WIDTH {
        out.0[lane] = row.0[lane ^ 2];
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
    stays: Row,
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
        let kept = state.multiplier * self.stays;
        let multiplier = wanted.min(kept + left / each);
        let change = multiplier - kept;
        let bought = change.max(Row::splat(0.0)) * premium;
        let traded = (bought + change.abs() * cost) * at(Mark::Unit);
        state.spent += traded;
        state.paid += upkeep + traded;
        multiplier
    }
}
