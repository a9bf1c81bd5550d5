//! One rule through one tile of days: look, decide, trade, be paid.
//!
//! The order of a day: what was held since yesterday is marked; if it is the first day, a roll or a trigger, the multiplier
//! becomes the target of yesterday's information; the change is traded at today's close and pays its cost.

use crate::grid::{DAYS_PER_YEAR, TimeGrid};
use crate::instruments::{Instrument, Mark, MarkRows, Turnover};
use crate::lanes::{Mask, Row, WIDTH};
use crate::rules::{Band, Leg, Limits, Memory, Rule, Trigger};

/// Days of a tile.
pub(super) const TILE: usize = 32;

/// What one leg remembers on eight paths.
#[derive(Clone, Debug, Default)]
struct LegState {
    trigger: Memory,
    multiplier: Row,
    held: Row,
    contracts: Row,
    spent: Row,
}

/// A rule under way on eight paths.
pub(super) struct Walker<'a> {
    legs: Vec<Walking<'a>>,
    placebo: bool,
}

struct Walking<'a> {
    leg: &'a Leg,
    instrument: &'a dyn Instrument,
    band: Option<Band>,
    turnover: Turnover,
    state: LegState,
}

/// The rows of one tile that a walk fills, summed over legs; currency unless said otherwise.
pub(super) struct Buffers {
    pub(super) mark: Vec<Row>,
    pub(super) spread: Vec<Row>,
    pub(super) fee: Vec<Row>,
    pub(super) parts: [Vec<Row>; 5],
    pub(super) multiplier: Vec<Row>,
    pub(super) contracts: Vec<Row>,
    pub(super) traded: Vec<Row>,
    pub(super) turnover: Vec<Row>,
    pub(super) events: Vec<Row>,
    pub(super) trades: Vec<Row>,
    /// Cost of selling what is held.
    pub(super) exit: Vec<Row>,
    target: Vec<Row>,
    spare: Vec<Row>,
}

impl Buffers {
    pub(super) fn new() -> Self {
        let rows = || vec![Row::splat(0.0); TILE];
        Self {
            mark: rows(),
            spread: rows(),
            fee: rows(),
            parts: std::array::from_fn(|_| rows()),
            multiplier: rows(),
            contracts: rows(),
            traded: rows(),
            turnover: rows(),
            events: rows(),
            trades: rows(),
            exit: rows(),
            target: rows(),
            spare: rows(),
        }
    }

    #[inline(always)]
    fn clear(&mut self) {
        for rows in [
            &mut self.mark,
            &mut self.spread,
            &mut self.fee,
            &mut self.multiplier,
            &mut self.contracts,
            &mut self.traded,
            &mut self.turnover,
            &mut self.events,
            &mut self.trades,
            &mut self.exit,
        ] {
            rows.fill(Row::splat(0.0));
        }
        for part in &mut self.parts {
            part.fill(Row::splat(0.0));
        }
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

    /// Walks the tile and fills the buffers.
    #[inline(always)]
    pub(super) fn walk(&mut self, offer: &Offer<'_>, out: &mut Buffers) {
        out.clear();
        for walking in &mut self.legs {
            walking.decide(offer, out);
            let trigger = &walking.leg.trigger;
            let daily = trigger.is_daily();
            let info = |slot: usize| &offer.signals[slot][offer.start - walking.leg.lag..offer.end - walking.leg.lag];
            let placebo = self.placebo;
            // One match per rule and tile; each arm is its own loop over days.
            match (daily, walking.band) {
                (true, _) => walking.trade(offer, out, placebo, |_, _| Mask::all(true), |_, _, _| {}),
                (false, Some(band)) => {
                    let watched = trigger.watches().first().map(|watch| info(watch.signal));
                    let now = |i: usize| watched.map_or(Row::splat(1.0), |rows| rows[i]);
                    walking.trade(
                        offer,
                        out,
                        placebo,
                        |memory, i| band.fires(memory, now(i)),
                        |memory, event, i| Band::remember(memory, event, now(i)),
                    );
                }
                (false, None) => {
                    let now = |i: usize| move |watch: usize| info(trigger.watches()[watch].signal)[i];
                    walking.trade(
                        offer,
                        out,
                        placebo,
                        |memory, i| Trigger::fires(trigger, memory, now(i)),
                        |memory, event, i| Trigger::remember(trigger, memory, event, now(i)),
                    );
                }
            }
        }
    }
}

impl Walking<'_> {
    /// Targets of the tile from the information of `lag` days before.
    #[inline(always)]
    fn decide(&self, offer: &Offer<'_>, out: &mut Buffers) {
        let days = offer.end - offer.start;
        let lag = self.leg.lag;
        let info = |slot: usize| &offer.signals[slot][offer.start - lag..offer.end - lag];
        self.leg.targets(info, &mut out.spare[..days], &mut out.target[..days]);
    }

    /// The days of the tile, one after the other.
    #[inline(always)]
    fn trade(
        &mut self,
        offer: &Offer<'_>,
        out: &mut Buffers,
        placebo: bool,
        fires: impl Fn(&Memory, usize) -> Mask<8>,
        remember: impl Fn(&mut Memory, Mask<8>, usize),
    ) {
        let marks = &offer.marks[self.leg.instrument];
        let column = |mark: Mark| &marks.rows(mark)[offer.start..offer.end];
        let (pnl, price, unit) = (column(Mark::Pnl), column(Mark::Price), column(Mark::Unit));
        let (spread, fee) = (column(Mark::Spread), column(Mark::Fee));
        let parts = [Mark::Delta, Mark::Gamma, Mark::Vega, Mark::Theta, Mark::Financing].map(column);
        let rolls = self.instrument.schedule().flags(offer.start, offer.end);
        let (per_premium, per_unit) = match self.turnover {
            Turnover::Premium => (1.0 / offer.capital, 0.0),
            Turnover::Base(base) => (0.0, 1.0 / base),
        };
        let limits = self.leg.limits;
        let bounded = limits.remembers();
        let state = &mut self.state;
        for i in 0..rolls.len() {
            let first = offer.start + i == offer.grid.first();
            let event = if first || rolls[i] { Mask::all(true) } else { fires(&state.trigger, i) };
            let mut multiplier = event.select(out.target[i], state.multiplier);
            if bounded {
                let purse = Purse { limits: &limits, instrument: self.instrument, offer, row: offer.start + i, rolls: rolls[i], first };
                multiplier = purse.bound(multiplier, event, state, price[i], spread[i] + fee[i], unit[i]);
            }
            remember(&mut state.trigger, event, i);
            state.multiplier = multiplier;
            let held = if placebo { next_path(multiplier) } else { multiplier };
            let contracts = held * unit[i];
            let before = state.contracts;
            // At a roll the old contracts expire free of cost and the new ones are bought in full.
            let traded = if rolls[i] { contracts.abs() } else { (contracts - before).abs() };
            out.mark[i] += before * pnl[i];
            out.spread[i] += traded * spread[i];
            out.fee[i] += traded * fee[i];
            for (part, rate) in out.parts.iter_mut().zip(parts) {
                part[i] += before * rate[i];
            }
            out.multiplier[i] += held;
            out.contracts[i] += contracts;
            out.traded[i] += traded;
            out.turnover[i] += traded * (price[i] * per_premium + Row::splat(per_unit));
            out.events[i] += event.as_number();
            out.trades[i] += traded.gt(Row::splat(0.0)).as_number();
            out.exit[i] += contracts.abs() * (spread[i] + fee[i]);
            state.held = held;
            state.contracts = contracts;
        }
    }
}

/// The multipliers of the neighbouring path: persistence and trading are real, the information is not.
#[inline(always)]
fn next_path(row: Row) -> Row {
    let mut out = row;
    for lane in 0..WIDTH {
        out.0[lane] = row.0[(lane + 1) % WIDTH];
    }
    out
}

/// Bounds that depend on what was held or paid before.
struct Purse<'a> {
    limits: &'a Limits,
    instrument: &'a dyn Instrument,
    offer: &'a Offer<'a>,
    row: usize,
    rolls: bool,
    first: bool,
}

impl Purse<'_> {
    /// The multiplier after the largest daily change and the yearly budget. The budget is earned pro rata over the year of
    /// 252 days, ahead by the days that a premium pays for; purchases are cut to what is left, sales refund nothing.
    /// `cost` is the half-spread and the fee of one contract.
    #[inline(always)]
    fn bound(&self, wanted: Row, event: Mask<8>, state: &mut LegState, price: Row, cost: Row, unit: Row) -> Row {
        let mut multiplier = wanted;
        if self.limits.max_change.is_finite() && !self.first {
            let (low, high) = (state.multiplier - self.limits.max_change, state.multiplier + self.limits.max_change);
            multiplier = event.select(multiplier.max(low).min(high), state.multiplier);
        }
        if self.limits.budget.is_finite() {
            let year = DAYS_PER_YEAR as usize;
            let day = (self.row - self.offer.grid.first()) % year;
            if day == 0 {
                state.spent = Row::splat(0.0);
            }
            let ahead = self.instrument.premium_days().max(1);
            let earned = self.limits.budget * self.offer.capital * ((day + ahead) as f64 / DAYS_PER_YEAR).min(1.0);
            let left = (Row::splat(earned) - state.spent).max(Row::splat(0.0));
            let premium = if self.instrument.premium_days() > 0 { price } else { Row::splat(0.0) };
            let each = ((premium + cost) * unit).max(Row::splat(1e-300));
            let base = if self.rolls { Row::splat(0.0) } else { state.multiplier };
            multiplier = multiplier.min(base + left / each);
            let bought = (multiplier - base).max(Row::splat(0.0)) * unit;
            let traded = if self.rolls { multiplier.abs() } else { (multiplier - base).abs() } * unit;
            state.spent += bought * premium + traded * cost;
        }
        multiplier
    }
}
