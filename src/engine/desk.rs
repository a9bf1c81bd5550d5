//! One rule through one tile: its legs are walked and booked, then the rule as a whole is measured, as deep as it is asked for.

use super::guard::Pace;
use super::panel::Panel;
use super::quick::Ground;
use super::walk::{Buffers, Offer, Walker};
use crate::lanes::Row;
use crate::metrics::booked::{Booked, Held};
use crate::metrics::passes::{cumulate, over};
use crate::metrics::review::ReviewBlock;
use crate::metrics::tally::{Place, Tally};
use crate::metrics::windows::{Wanted, WindowBlock};
use multiversion::multiversion;

/// How much of each rule is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Everything.
    All,
    /// What twins are compared by.
    Twin,
    /// Costs and gains in crashes.
    Gains,
    /// Yearly returns, and costs.
    Years,
    /// What studies read over stretches of days, and nothing of the rule itself.
    Stretches,
}

impl Depth {
    /// Are sums of what was earned, paid and traded kept?
    const fn has_ledger(self) -> bool {
        !matches!(self, Self::Twin | Self::Stretches)
    }
}

/// Receives what each leg of each rule held and traded in a tile; for traces.
pub(super) type Sink<'s> = dyn FnMut(Position, &Buffers) + 's;

/// Which leg of which rule in which rows.
#[derive(Clone, Copy)]
pub(super) struct Position {
    pub(super) rule: usize,
    pub(super) leg: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What one rule needs to be walked through a tile.
pub(super) struct Desk<'d, 'a> {
    pub(super) rule: usize,
    pub(super) walker: &'d mut Walker<'a>,
    pub(super) tally: &'d mut Tally,
    pub(super) buffers: &'d mut Buffers,
    pub(super) net: &'d mut [Row],
    pub(super) multiplier: &'d mut [Row],
    pub(super) panel: Option<&'d mut Panel>,
    pub(super) depth: Depth,
    pub(super) attributes: bool,
    /// Are control variates wanted of this rule?
    pub(super) watched: bool,
    pub(super) review: Option<&'d ReviewBlock>,
}

/// A hedge that is a multiple of known rows.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn scale(rows: &[Row], by: f64, net: &mut [Row]) {
    for (net, row) in net.iter_mut().zip(rows) {
        *net = *row * by;
    }
}

impl Desk<'_, '_> {
    /// Each leg is walked and booked, then the rule as a whole is measured.
    pub(super) fn walk(
        &mut self,
        offer: &Offer<'_>,
        windows: &WindowBlock,
        returns: &[Row],
        mut sink: Option<&mut Sink<'_>>,
    ) {
        let place = Place { start: offer.start, first: offer.grid.first(), last: offer.grid.rows() - 1 };
        let portfolio = &returns[offer.start..offer.end];
        if let (None, Some(pace)) = (&sink, self.walker.quick) {
            return walk_quick(self, pace, place, offer, portfolio, windows);
        }
        for leg in 0..self.walker.legs.len() {
            walk_leg(self, leg, place, offer);
            if let Some(sink) = sink.as_deref_mut() {
                sink(Position { rule: self.rule, leg, start: offer.start, end: offer.end }, self.buffers);
            }
        }
        if self.walker.legs.is_empty() {
            self.multiplier.fill(Row::splat(0.0));
        }
        measure(self, place, portfolio, windows);
    }

    /// What is left to do with a booked leg.
    #[inline(always)]
    fn settle(&mut self, leg: usize, place: Place, offer: &Offer<'_>, booked: &Booked) {
        let per_capital = 1.0 / offer.capital;
        let walking = &self.walker.legs[leg];
        let (tile, contracts) = (walking.leg_tile(offer), &self.buffers.contracts[..offer.days()]);
        if self.depth.has_ledger() {
            self.tally.add_booked(&tile, booked, per_capital);
        }
        if self.watched {
            self.tally.add_surprises(booked.before, contracts, walking.surprises(offer), per_capital);
        }
        if self.attributes {
            self.tally.attribute(booked.before, contracts, walking.parts(offer), per_capital);
        }
        if let Some(panel) = self.panel.as_deref_mut() {
            panel.add_exit((self.rule, leg), place, &tile, contracts, per_capital);
        }
    }

    /// Sums over the days of the tile.
    #[inline(always)]
    fn sum(&mut self, place: Place, portfolio: &[Row]) {
        let single = self.walker.legs.len() == 1;
        let multiplier = if single { &self.buffers.held[..self.net.len()] } else { &*self.multiplier };
        match self.depth {
            Depth::All => {
                self.tally.add_multipliers(place, multiplier);
                self.tally.add_returns(place, portfolio, self.net);
            }
            Depth::Twin => {
                let mut sums = self.tally.twin();
                over(&mut sums, portfolio, self.net);
                self.tally.add_twin(&sums);
                // Those of scaled twins follow from the rules that they scale.
                if self.walker.placebo {
                    self.tally.add_years(place, portfolio, self.net);
                }
            }
            Depth::Years => return self.tally.add_years(place, portfolio, self.net),
            Depth::Gains | Depth::Stretches => {}
        }
        if let Some(panel) = self.panel.as_deref_mut() {
            panel.add(self.rule, place, portfolio, self.net, multiplier);
        }
    }

    /// What the cumulated P&L says of months, spells and crashes.
    #[inline(always)]
    fn count(&mut self, place: Place, windows: &WindowBlock) {
        let levels = &self.buffers.levels[..self.net.len()];
        if let Some(review) = self.review {
            self.tally.add_review(place, review, levels);
        }
        let wanted = match (self.depth, &self.panel) {
            (Depth::Years, _) => return,
            (Depth::Stretches, _) => Wanted::Settled,
            (Depth::Twin, None) => Wanted::Plus21,
            _ => Wanted::All,
        };
        let (rule, panel) = (self.rule, &mut self.panel);
        self.tally.add_windows(place, (windows, wanted), levels, |boundary, value| {
            if let Some(panel) = panel.as_deref_mut() {
                panel.add_gain(rule, place.first, boundary, value);
            }
        });
    }
}

/// The only leg of a quick rule: what is measured of it in one pass with its trades, where that is little.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn walk_quick(
    desk: &mut Desk<'_, '_>,
    pace: Pace,
    place: Place,
    offer: &Offer<'_>,
    portfolio: &[Row],
    windows: &WindowBlock,
) {
    let days = offer.days();
    desk.walker.legs[0].decide(offer, desk.buffers);
    let before = desk.walker.legs[0].contracts();
    let mut ground = Ground { offer, portfolio, net: &mut *desk.net };
    match (desk.depth, desk.panel.as_deref_mut()) {
        // Neither parts nor surprises are asked for, which read what was held.
        (Depth::Twin, None) if !desk.attributes && !desk.watched => {
            let mut sums = desk.tally.twin();
            desk.walker.run(pace, &mut ground, desk.buffers, &(0..days), &mut sums);
            desk.tally.add_twin(&sums);
            return desk.count(place, windows);
        }
        (Depth::Stretches, Some(panel)) => {
            let (from, mut start) = (place.start - place.first, 0);
            while start < days {
                let stretch = panel.stretch_at(from + start);
                let end = panel.end_in(stretch, from, days);
                let mut sums = panel.enter(desk.rule, stretch, from + start);
                desk.walker.run(pace, &mut ground, desk.buffers, &(start..end), &mut sums);
                panel.leave(desk.rule, stretch, sums);
                start = end;
            }
        }
        _ => {
            let mut booked = Booked { before, ..Booked::default() };
            desk.walker.run(pace, &mut ground, desk.buffers, &(0..days), &mut booked);
            desk.settle(0, place, offer, &booked);
            desk.sum(place, portfolio);
            return desk.count(place, windows);
        }
    }
    desk.settle(0, place, offer, &Booked { before, ..Booked::default() });
    desk.count(place, windows);
}

/// One leg of any rule.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn walk_leg(desk: &mut Desk<'_, '_>, leg: usize, place: Place, offer: &Offer<'_>) {
    let per_capital = 1.0 / offer.capital;
    let activity = desk.walker.walk(leg, offer, desk.buffers);
    let held = Held { before: activity.before, contracts: &desk.buffers.contracts, traded: &desk.buffers.traded };
    let tile = desk.walker.legs[leg].leg_tile(offer);
    let booked = Booked::leg(&tile, held, per_capital, leg == 0, desk.net);
    // The multiplier of a rule is the sum over its legs; a single leg's is read where it was written.
    if desk.walker.legs.len() > 1 {
        for (sum, held) in desk.multiplier.iter_mut().zip(&desk.buffers.held) {
            *sum = if leg == 0 { *held } else { *sum + *held };
        }
    }
    let booked = Booked { events: activity.events, trades: activity.trades, ..booked };
    desk.settle(leg, place, offer, &booked);
    desk.tally.add_paid(activity.paid * per_capital);
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn measure(desk: &mut Desk<'_, '_>, place: Place, portfolio: &[Row], windows: &WindowBlock) {
    desk.walker.cumulated = cumulate(desk.walker.cumulated, desk.net, &mut desk.buffers.levels);
    desk.sum(place, portfolio);
    desk.count(place, windows);
}
